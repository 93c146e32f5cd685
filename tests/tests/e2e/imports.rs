//! Files in: what is read, what is refused at which cell, and that nothing is half done.

mod agreements;
mod files;
mod known;
mod many;
mod timor_leste;

use serde_json::json;
use tests::{
    Client, Server,
    files::{made, mistakes},
    on_both,
};

const STOCK_HEADER: &str = "储备库,物资,数量,单位,生产日期,有效期至,定向区划\n";

/// A county with a depot and an item, all of it imported.
async fn county(server: &Server) -> Client {
    let ground = server.ground().await;
    let steward = ground.steward;
    let depots = "储备库代码,储备库名称,级别,保管单位,区划代码,经度,纬度,坐标系\n\
        hs,海曙库,县级,海曙区红十字会,330203,121.5509,29.8599,高德\n";
    let report = steward.import("depots", "depots.csv", depots).await;
    assert_eq!(made(&report, "depots"), 1, "{report}");
    let items = "物资编码,物资名称,分类,基本单位,包装,包装数量\n\
        quilt,棉被,被服,床,箱,10\nquilt,棉被,被服,床,托,100\n";
    let report = steward.import("items", "items.csv", items).await;
    assert_eq!(
        (made(&report, "items"), made(&report, "categories")),
        (1, 1),
        "{report}"
    );
    steward
}

async fn on_hand(steward: &Client) -> Vec<i64> {
    let page = steward.get("/v1/balances?limit=200").await.expect(200);
    let items = page["items"].as_array().unwrap();
    let mut quantities: Vec<_> = items
        .iter()
        .filter_map(|row| row["on_hand"].as_i64())
        .collect();
    quantities.sort_unstable();
    quantities
}

on_both!(
    a_file_is_checked_written_once_and_recognised_again,
    async |server| {
        let ground = server.ground().await;
        let steward = &ground.steward;
        let file = "单位名称,级别,上级单位,单位代码\n\
        洞桥镇红十字会,乡级,330203,330203104\n宁波市第二分会,县级,宁波市红十字会,x\n";
        let send = || steward.send_file("organisations", "orgs.csv", file);

        let before = server.row_counts().await;
        let checked = send().dry_run().await.expect(200);
        assert_eq!(checked["import"]["state"], "checked");
        assert_eq!(made(&checked, "organisations"), 2);
        assert_eq!(
            server.row_counts().await,
            before,
            "a dry run leaves nothing"
        );

        let report = steward.ended(send()).await;
        assert_eq!(report["import"]["state"], "done");
        assert_eq!(report["import"]["rows_done"], 2);
        let entries = "SELECT COUNT(*) FROM journal WHERE command LIKE 'exchange.%' OR command LIKE 'organisations.create%'";
        // Three organisations of the ground and the root, the opening of the run, the import.
        assert_eq!(server.number(entries).await, 5, "one entry for all rows");

        let refused = send().await;
        assert_eq!(
            refused.refused(409, "already-exists")["earlier"],
            report["import"]["id"]
        );
        let again = steward.ended(send().query("again", true)).await;
        assert_eq!(
            again["summary"]["unchanged"], 2,
            "what is known already changes nothing"
        );

        let (first, second) = (
            send().key("k").query("again", true),
            send().key("k").query("again", true),
        );
        let (first, second) = (first.await, second.await);
        assert_eq!(first.expect(202)["id"], second.expect(202)["id"]);
        assert_eq!(second.header("idempotency-replayed"), "true");
        let other = steward
            .send_file("organisations", "orgs.csv", format!("{file}\n"))
            .key("k")
            .query("again", true);
        other.await.refused(422, "idempotency-key-reused");

        let list = steward
            .get("/v1/imports?kind=organisations")
            .await
            .expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 3);
        let keeper = server.person(&["keeper"], &ground.province).await;
        keeper.get("/v1/imports").await.refused(403, "forbidden");
        // Nor is their file taken: the refusal does not wait for the body.
        let mut raw = tests::raw::Wire::open(server.address).await;
        let head = format!(
            "POST /v1/imports?kind=organisations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Idempotency-Key: early\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\n",
            keeper.token()
        );
        raw.send(head.as_bytes()).await;
        assert!(raw.some().await.starts_with("HTTP/1.1 403"));
    }
);

on_both!(every_bad_cell_is_named, async |server| {
    let steward = &county(server).await;
    let check = async |row: &str, expected: (&str, &str)| {
        let report = steward
            .import(
                "opening-stock",
                "stock.csv",
                format!("{STOCK_HEADER}{row}\n"),
            )
            .await;
        assert_eq!(report["import"]["state"], "failed", "{row}: {report}");
        let (cell, code) = expected;
        assert_eq!(
            mistakes(&report),
            [(cell.to_owned(), code.to_owned())],
            "{row}"
        );
    };
    check("海曙库,棉被,1.5,床,,,", ("C2", "not-whole")).await;
    check("海曙库,棉被,0,床,,,", ("C2", "out-of-range")).await;
    check("海曙库,棉被,-1,床,,,", ("C2", "out-of-range")).await;
    check("海曙库,棉被,10000000000000,床,,,", ("C2", "out-of-range")).await;
    check("海曙库,棉被,999999999999,托,,,", ("C2", "out-of-range")).await;
    check("海曙库,棉被,\"1,00\",床,,,", ("C2", "grouping")).await;
    check("海曙库,棉被,,床,,,", ("C2", "blank")).await;
    check("海曙库,棉被,5,件,,,", ("D2", "unit")).await;
    check("海曙库,帐篷,5,床,,,", ("B2", "reference")).await;
    check("江北库,棉被,5,床,,,", ("A2", "reference")).await;
    check(
        "海曙库,棉被,5,床,2024-05-01,2024-04-30,",
        ("F2", "out-of-order"),
    )
    .await;
    check("海曙库,棉被,5,床,2999-05-01,,", ("E2", "out-of-order")).await;
    check("海曙库,棉被,5,床,03/04/2021,,", ("E2", "date-order")).await;
    check("海曙库,棉被,5,床,2021-02-30,,", ("E2", "no-such-day")).await;
    check("海曙库,棉被,5,床,,,330103", ("G2", "abolished")).await;
    check("海曙库,棉被,5,床,,,339999", ("G2", "reference")).await;
    assert_eq!(on_hand(steward).await, [0_i64; 0]);

    // An abolished division of a depot, and a point the wrong way round.
    let depots = "名称,级别,保管单位,区划代码,经度,纬度\n\
        甲库,县级,330203,330103,,\n乙库,县级,330203,330203,29.8,121.5\n丙库,县级,330203,,121.5,\n";
    let report = steward.import("depots", "d.csv", depots).await;
    let expected = [("D2", "abolished"), ("F3", "swapped"), ("F4", "required")];
    assert_eq!(
        mistakes(&report),
        expected.map(|(cell, code)| (cell.to_owned(), code.to_owned()))
    );
});

on_both!(
    a_bad_row_keeps_all_out_unless_it_is_skipped,
    async |server| {
        let steward = &county(server).await;
        let file = format!(
            "{STOCK_HEADER}海曙库,棉被,5,床,,,\n海曙库,棉被,x,床,,,\n海曙库,棉被,7,箱,,,\n"
        );
        let before = server.row_counts().await;
        let report = steward
            .import("opening-stock", "stock.csv", file.clone())
            .await;
        assert_eq!(report["import"]["state"], "failed");
        assert_eq!(
            (
                &report["import"]["rows_total"],
                &report["import"]["rows_bad"]
            ),
            (&json!(3), &json!(1))
        );
        let after = server.row_counts().await;
        let changed: Vec<_> = before
            .iter()
            .zip(&after)
            .filter(|(old, new)| old != new)
            .map(|(old, _)| old.0.as_str())
            .collect();
        assert_eq!(changed, ["idempotency", "import_run", "journal"]);

        let refused = steward
            .send_file("opening-stock", "stock.csv", file.clone())
            .dry_run()
            .await;
        refused.refused(422, "file-rejected");
        assert_eq!(
            refused.faults(),
            [("stock.csv!C3".to_owned(), "not-a-number".to_owned())]
        );
        let skipping = || {
            steward
                .send_file("opening-stock", "stock.csv", file.clone())
                .query("mode", "skip-bad-rows")
        };
        let checked = skipping().dry_run().await.expect(200);
        assert_eq!(
            mistakes(&checked),
            [("C3".to_owned(), "not-a-number".to_owned())]
        );
        let report = steward.ended(skipping()).await;
        assert_eq!(report["import"]["state"], "done");
        assert_eq!(
            mistakes(&report),
            [("C3".to_owned(), "not-a-number".to_owned())]
        );
        assert_eq!(on_hand(steward).await, [5, 70]);
        let zh = steward
            .get(&format!(
                "/v1/imports/{}",
                report["import"]["id"].as_str().unwrap()
            ))
            .language("zh");
        assert_eq!(zh.await.expect(200)["errors"][0]["message"], "“x”不是数字");
        server.prove().await;
    }
);

on_both!(a_steward_imports_for_the_own_branch_only, async |server| {
    let ground = server.ground().await;
    let steward = server.person(&["data_steward"], &ground.county).await;
    let file =
        "名称,级别,保管单位\n甲库,县级,\n乙库,县级,余姚市红十字会\n丙库,县级,宁波市红十字会\n";
    let report = steward.import("depots", "d.csv", file).await;
    let expected = [("C3", "reference"), ("C4", "reference")];
    assert_eq!(
        mistakes(&report),
        expected.map(|(cell, code)| (cell.to_owned(), code.to_owned()))
    );
    let divisions = steward
        .import("divisions", "v.csv", "区划代码,名称\n330299,试验区\n")
        .await;
    assert_eq!(
        divisions["errors"][0]["code"], "forbidden",
        "divisions are everyone's: {divisions}"
    );
    let divisions = ground
        .steward
        .import("divisions", "v.csv", "区划代码,名称\n330299,试验区\n")
        .await;
    assert_eq!(made(&divisions, "divisions"), 1, "{divisions}");
    let made = steward.get("/v1/divisions/330299").await.expect(200);
    assert_eq!(made["parent_code"], "330200");
    // What another branch imported is not to be seen.
    let run = ground.steward.get("/v1/imports").await.expect(200)["items"][0]["id"].clone();
    let path = format!("/v1/imports/{}", run.as_str().unwrap());
    steward.get(&path).await.refused(404, "not-found");
});

on_both!(a_run_whose_server_stopped_is_closed, async |server| {
    let steward = &server.ground().await.steward;
    let report = steward
        .import("divisions", "v.csv", "区划代码,名称\n330299,试验区\n")
        .await;
    let id = report["import"]["id"].as_str().unwrap();
    server
        .execute("UPDATE import_run SET state = 'reading', finished_at = NULL")
        .await;
    server.clock.advance(std::time::Duration::from_secs(7_200));
    server.run_hourly_jobs().await;
    let steward = &server.log_in_again(steward).await;
    let run = steward.get(&format!("/v1/imports/{id}")).await.expect(200);
    assert_eq!(run["import"]["state"], "failed");
    assert_eq!(run["errors"][0]["code"], "internal");
});
