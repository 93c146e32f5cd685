//! Files as others make them: every encoding and habit that is read, and what cannot be read at all.

use rust_xlsxwriter::{Format, Workbook};
use serde_json::{Value, json};
use tests::{
    files::{XLSX, made, mistakes},
    on_both,
};

use super::{STOCK_HEADER, county, on_hand};

on_both!(foreign_files_are_read_as_they_were_meant, async |server| {
    let steward = &county(server).await;
    let rows = "海曙库,棉被,１２,床,,,\n储备库,物资,数量,单位,生产日期,有效期至,定向区划\n海曙库,棉被,\"1,000\",,,,\n";
    let text = format!("{STOCK_HEADER}{rows}");
    // GBK bytes of the same text, made by the encoder of another library than ours would be.
    let (gbk, _, lossy) = encoding_rs::GBK.encode(&text);
    assert!(!lossy);
    let report = steward
        .import("opening-stock", "gbk.csv", gbk.into_owned())
        .await;
    assert_eq!(
        (made(&report, "lots"), made(&report, "movements")),
        (2, 1),
        "{report}"
    );
    let remarks = report["summary"]["remarks"].to_string();
    assert!(
        remarks.contains("row 3 of gbk.csv repeats the header"),
        "{remarks}"
    );
    let bom = format!("\u{feff}{text}");
    let report = steward.import("opening-stock", "bom.csv", bom).await;
    assert_eq!(made(&report, "lots"), 2, "{report}");
    assert_eq!(on_hand(steward).await, [12, 12, 1_000, 1_000]);

    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("库存").unwrap();
    for (column, name) in ["储备库", "物资", "数量", "单位", "生产日期"]
        .iter()
        .enumerate()
    {
        sheet
            .write(0, u16::try_from(column).unwrap(), *name)
            .unwrap();
    }
    sheet
        .merge_range(1, 0, 2, 0, "海曙库", &Format::new())
        .unwrap();
    for row in 1..3 {
        sheet.write(row, 1, "quilt").unwrap();
        sheet.write(row, 2, 2).unwrap();
        sheet.write(row, 3, "箱").unwrap();
        // The day number of 2021-07-25.
        sheet.write(row, 4, 44_402).unwrap();
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let report = steward
        .import("opening-stock", "merged.xlsx", bytes.clone())
        .await;
    assert_eq!(
        mistakes(&report),
        [("A3".to_owned(), "blank-by-merge".to_owned())]
    );
    let mapping = json!({ "fill_down": ["depot"] }).to_string();
    let call = steward
        .send_file("opening-stock", "merged.xlsx", bytes)
        .query("mapping", mapping);
    let report = steward.ended(call).await;
    assert_eq!(made(&report, "lots"), 2, "{report}");
    assert_eq!(
        on_hand(steward).await,
        [12, 12, 20, 20, 1_000, 1_000],
        "a box holds ten"
    );
    let lots = steward.get("/v1/lots?limit=200").await.expect(200);
    let days: Vec<_> = lots["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|lot| lot["produced_on"] == "2021-07-25")
        .collect();
    assert_eq!(days.len(), 2, "{lots}");
});

on_both!(a_column_that_nobody_knows_is_not_lost, async |server| {
    let steward = &county(server).await;
    let head = "序号,仓库,品名,库存数量,计量单位,效期";
    let known = format!("{head}\n1,海曙库,棉被,3,床,2031-05-01\n");
    let report = steward.import("opening-stock", "known.csv", known).await;
    assert_eq!(made(&report, "lots"), 1, "{report}");
    let lots = steward.get("/v1/lots").await.expect(200);
    assert_eq!(lots["items"][0]["expires_on"], "2031-05-01", "{lots}");

    let file = format!("{head},货架,空列\n1,海曙库,棉被,5,床,,A-3,\n2,海曙库,棉被,x,床,,A-4,\n");
    let send = |mode: &str| {
        steward
            .send_file("opening-stock", "shelves.csv", file.as_str())
            .query("mode", mode)
    };
    let at = |cell: &str, code: &str| (cell.to_owned(), code.to_owned());
    let unknown = at("G1", "column-unknown");
    // Whoever wants the good rows did not say that a column may go.
    for mode in ["all-or-nothing", "skip-bad-rows"] {
        let checked = send(mode).dry_run().await;
        checked.refused(422, "file-rejected");
        let wrong = [
            at("shelves.csv!D3", "not-a-number"),
            at("shelves.csv!G1", "column-unknown"),
        ];
        assert_eq!(checked.faults(), wrong, "{mode}");
        let report = steward.ended(send(mode)).await;
        assert_eq!(report["import"]["state"], "failed", "{report}");
        let wrong = [unknown.clone(), at("D3", "not-a-number")];
        assert_eq!(mistakes(&report), wrong, "{report}");
        let said = report["errors"][0]["message"].to_string();
        assert!(said.contains("ignore_unknown_columns"), "{said}");
    }
    assert_eq!(on_hand(steward).await, [3]);

    let mapping = json!({ "columns": { "货架": null } }).to_string();
    let call = send("skip-bad-rows").query("mapping", mapping);
    let report = steward.ended(call).await;
    assert_eq!(made(&report, "lots"), 1, "{report}");
    let call = send("skip-bad-rows").query("ignore_unknown_columns", true);
    let report = steward.ended(call.query("again", true)).await;
    assert_eq!(made(&report, "lots"), 1, "{report}");
    let remarks = report["summary"]["remarks"].to_string();
    assert!(
        remarks.contains("货架") && !remarks.contains("空列"),
        "{remarks}"
    );
    assert_eq!(on_hand(steward).await, [3, 5, 5]);
});

on_both!(
    files_that_cannot_be_read_say_why,
    ["file_bytes_max" = "1000000"],
    async |server| {
        let steward = &server.ground().await.steward;
        let check = async |name: &str, bytes: Vec<u8>, code: &str| {
            let refused = steward.send_file("items", name, bytes).await;
            refused.refused(422, "file-rejected");
            assert_eq!(refused.faults()[0].1, code, "{name}");
        };
        check("empty.csv", Vec::new(), "file-empty").await;
        check(
            "picture.xlsx",
            b"\x89PNG\r\n\x1a\n\0".to_vec(),
            "file-not-a-table",
        )
        .await;
        let mut workbook = Workbook::new();
        workbook.add_worksheet().write(0, 0, "名称").unwrap();
        let whole = workbook.save_to_buffer().unwrap();
        check(
            "cut.xlsx",
            whole[..whole.len() / 2].to_vec(),
            "file-damaged",
        )
        .await;
        let bomb = bomb();
        assert!(bomb.len() < 1_000_000, "the bomb itself is small");
        check("bomb.xlsx", bomb, "file-unsafe").await;

        let json = steward
            .send_file("items", "x.csv", "名称")
            .header("content-type", "application/json");
        json.await.refused(415, "unsupported-media-type");
        let nonsense = (422, "invalid-query");
        for (name, value, (status, code)) in [
            ("mapping", "{\"columns\":{\"a\":\"nothing\"}}", nonsense),
            ("encoding", "klingon", nonsense),
            ("kind", "people", (400, "invalid-parameter")),
        ] {
            let call = steward.send_file("items", "x.csv", "名称");
            let call = if name == "kind" {
                steward.send_file(value, "x.csv", "名称")
            } else {
                call.query(name, value)
            };
            assert_eq!(
                call.await.refused(status, code)["errors"][0]["pointer"],
                name
            );
        }
        // After the others: the server does not read what it refuses, so the connection ends with it.
        let large = steward
            .send_file("items", "large.csv", vec![b'a'; 1_000_001])
            .await;
        assert_eq!(
            large.refused(413, "body-too-large")["limit_bytes"],
            1_000_000
        );
        // Two gigabytes on paper: refused before the first byte.
        let mut raw = tests::raw::Wire::open(server.address).await;
        let head = format!(
            "POST /v1/imports?kind=items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: big\r\n\
         Content-Type: text/csv\r\nContent-Length: 2147483648\r\n\r\n",
            steward.token()
        );
        raw.send(head.as_bytes()).await;
        assert!(raw.some().await.starts_with("HTTP/1.1 413"));
    }
);

/// A workbook whose one sheet inflates to 600 times its size.
fn bomb() -> Vec<u8> {
    use std::io::{Cursor, Write as _};
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("[Content_Types].xml", options).unwrap();
    writer.write_all(b"<Types/>").unwrap();
    writer
        .start_file("xl/worksheets/sheet1.xml", options)
        .unwrap();
    for _ in 0..8_000 {
        writer.write_all(&b"<row></row>".repeat(1_000)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

on_both!(a_template_comes_back_as_it_went, async |server| {
    let steward = &server.ground().await.steward;
    for kind in [
        "divisions",
        "organisations",
        "depots",
        "items",
        "opening-stock",
    ] {
        for language in ["zh", "en"] {
            let path = format!("/v1/import-templates/{kind}");
            let template = steward.get(&path).language(language).send().await.unwrap();
            assert_eq!(template.header("content-type"), XLSX);
            let report = steward.import(kind, "template.xlsx", template.bytes).await;
            assert_eq!(
                report["import"]["state"], "done",
                "{kind} {language}: {report}"
            );
            assert_eq!(report["import"]["rows_total"], 0);
            assert_eq!(report["summary"]["remarks"], Value::Array(Vec::new()));
        }
    }
    steward
        .get("/v1/import-templates/people")
        .await
        .refused(404, "not-found");
});
