//! Files of thousands of rows, and what others write while one is read.

use std::fmt::Write as _;

use serde_json::Value;
use tests::{
    Database,
    files::{made, mistakes},
    on_both,
};

use super::county;

// A file of so many rows, each made of its number.
fn file(header: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    let mut file = format!("{header}\n");
    for number in 0..rows {
        writeln!(file, "{}", row(number)).unwrap();
    }
    file
}

on_both!(thousands_of_rows_are_written_together, async |server| {
    let steward = &county(server).await;
    let expect = async |kind: &str, file: String, count: u64| -> Value {
        let report = steward.import(kind, "many.csv", file).await;
        assert_eq!(report["import"]["state"], "done", "{kind}: {report}");
        assert_eq!(made(&report, kind), count, "{kind}: {report}");
        report
    };
    // Each under the one before it, so that a file may build the tree that it stands on.
    let partners = file(
        "单位代码,单位名称,级别,上级单位",
        1_200,
        |n| match n % 40 {
            0 => format!("p{n},合作单位{n},合作单位,330203"),
            _ => format!("p{n},合作单位{n},合作单位,p{}", n - 1),
        },
    );
    expect("organisations", partners, 1_200).await;
    let root_to_leaf = "SELECT COUNT(*) FROM organisation_closure c \
        JOIN organisation o ON o.id = c.descendant_id WHERE o.code = 'p1199'";
    // The province, the city and the county stand above the forty.
    assert_eq!(server.number(root_to_leaf).await, 43);

    let depots = file("代码,名称,级别,保管单位", 1_100, |n| {
        format!("m{n},第 {n} 库,县级,330203")
    });
    expect("depots", depots, 1_100).await;
    let zones = "SELECT COUNT(*) FROM zone z JOIN depot d ON d.id = z.depot_id";
    assert_eq!(server.number(zones).await, 1_101);

    let items = file(
        "物资编码,物资名称,分类,基本单位,包装,包装数量,别名",
        2_100,
        |n| format!("i{n},物资 {n},类 {},件,箱,10,别名 {n};又名 {n}", n % 3),
    );
    let report = expect("items", items, 2_100).await;
    assert_eq!(made(&report, "categories"), 3, "{report}");
    let found = steward.get("/v1/items?q=%E5%8F%88%E5%90%8D%202099").await;
    assert_eq!(found.expect(200)["items"][0]["packs"][0]["base_units"], 10);

    // One depot with more than a receipt holds, and hundreds with a row or two.
    let stock = file("储备库,物资,数量,单位", 3_300, |n| {
        let depot = n.saturating_sub(2_200);
        format!("m{depot},i{},{},箱", n % 2_100, 1 + n % 7)
    });
    let report = steward.import("opening-stock", "many.csv", stock).await;
    assert_eq!(made(&report, "lots"), 3_300, "{report}");
    assert_eq!(made(&report, "movements"), 1_102, "{report}");
    assert_eq!(report["import"]["rows_done"], 3_300);
    let sum: usize = (0..3_300).map(|n| 10 * (1 + n % 7)).sum();
    let on_hand = server
        .number("SELECT CAST(SUM(on_hand) AS BIGINT) FROM balance")
        .await;
    assert_eq!(usize::try_from(on_hand).unwrap(), sum);
    server.prove().await;
});

on_both!(
    a_row_that_meets_what_was_made_meanwhile_is_skipped,
    async |server| {
        let steward = &county(server).await;
        let other = server.connect().await;
        let run = async |sql: &str| {
            use sea_orm::ConnectionTrait as _;
            other.execute_unprepared(sql).await.unwrap();
        };
        run("BEGIN").await;
        run("INSERT INTO item_code (item_id, system, value) SELECT id, 'local', 'bed' FROM item")
            .await;
        let file = "物资编码,物资名称,分类,基本单位\nbed,行军床,被服,床\nmat,席子,被服,张\n";
        let call = steward
            .send_file("items", "items.csv", file)
            .query("mode", "skip-bad-rows");
        let commit = async {
            // On SQLite the import waits before it has read anything.
            let waits = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted";
            while server.database() == Database::Postgres && server.number(waits).await == 0 {
                tokio::task::yield_now().await;
            }
            run("COMMIT").await;
        };
        let (report, ()) = tokio::join!(steward.ended(call), commit);
        assert_eq!(report["import"]["state"], "done", "{report}");
        assert_eq!(mistakes(&report), [("B2".to_owned(), "exists".to_owned())]);
        assert_eq!(made(&report, "items"), 1, "{report}");
        assert_eq!(report["import"]["rows_done"], 1);
        other.close().await.unwrap();
    }
);
