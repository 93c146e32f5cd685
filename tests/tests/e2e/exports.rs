//! Any list as a file.

use serde_json::json;
use tests::on_both;

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

on_both!(
    a_list_comes_whole_as_a_file_and_is_read_back,
    async |server| {
        let ground = server.ground().await;
        let steward = &ground.steward;
        let divisions = steward.get("/v1/divisions").query("prefix", "3302");
        let file = divisions.clone().header("accept", CSV).language("zh").await;
        assert_eq!(file.status, 200, "{}", file.text);
        assert!(file.header("content-type").starts_with("text/csv"));
        assert_eq!(file.header("content-language"), "zh-CN");
        let disposition = file.header("content-disposition");
        assert!(
            disposition.starts_with("attachment; filename=\"divisions-")
                && disposition.ends_with(".csv\""),
            "{disposition}"
        );
        let lines: Vec<_> = file.text.lines().collect();
        assert!(
            lines[0].starts_with("\u{feff}\"代码\",\"名称\",\"级别\""),
            "{}",
            lines[0]
        );
        let listed = divisions.clone().query("limit", 200).await.expect(200);
        assert_eq!(lines.len(), 1 + listed["items"].as_array().unwrap().len());
        assert!(listed["next_cursor"].is_null());
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("\"330203\",\"海曙区\""))
        );

        // What was exported is read by the import, and says nothing new.
        let body = file.text.clone().into_bytes();
        let read = steward
            .act("/v1/imports")
            .query("kind", "divisions")
            .query("file_name", "divisions.csv")
            .dry_run()
            .body(CSV, body)
            .await
            .expect(200);
        assert_eq!(read["import"]["rows_total"], lines.len() - 1, "{read}");
        assert_eq!(read["import"]["rows_bad"], 0, "{read}");
        assert_eq!(read["summary"]["unchanged"], lines.len() - 1, "{read}");

        // All pages are in it, not only the first 200 rows.
        let all = steward.get("/v1/divisions").query("level", "county");
        let all = all.header("accept", CSV).language("en").await;
        assert!(all.text.starts_with("\u{feff}\"Code\",\"Name\",\"Level\""));
        assert!(all.text.lines().count() > 2_000);

        let workbook = steward
            .get("/v1/organisations")
            .header("accept", XLSX)
            .await;
        assert_eq!(workbook.status, 200);
        assert_eq!(workbook.header("content-type"), XLSX);
        assert!(workbook.text.starts_with("PK"));
        let json = steward
            .get("/v1/organisations")
            .header("accept", "*/*")
            .await;
        assert_eq!(json.header("content-type"), "application/json");
    }
);

on_both!(what_was_exported_says_nothing_new, async |server| {
    let relief = server.relief().await;
    let again = async |kind: &str, language: &str| {
        let list = relief.worker.get(&format!("/v1/{kind}"));
        let file = list.header("accept", CSV).language(language).await;
        let rows = file.text.lines().count() - 1;
        assert!(rows > 0, "{}", file.text);
        // A list says more than an import asks for, such as when something was made.
        let call = relief.worker.send_file(kind, "list.csv", file.text);
        let call = call.query("ignore_unknown_columns", true);
        let read = call.dry_run().await.expect(200);
        assert_eq!(read["import"]["rows_bad"], 0, "{read}");
        assert_eq!(read["summary"]["unchanged"], rows, "{read}");
    };
    for kind in ["organisations", "depots", "items"] {
        for language in ["zh", "en"] {
            again(kind, language).await;
        }
    }
});

on_both!(
    what_cannot_be_a_file_is_refused,
    ["export_rows_max" = "3"],
    async |server| {
        let ground = server.ground().await;
        let steward = &ground.steward;
        let organisations = || steward.get("/v1/organisations").header("accept", CSV);
        let paged = organisations().query("limit", 2).await;
        paged.refused(422, "invalid-query");
        assert_eq!(
            paged.faults(),
            [("limit".to_owned(), "not-applicable".to_owned())]
        );
        let wrong = organisations().query("level", "galactic").await;
        wrong.refused(400, "invalid-parameter");
        // Four organisations do not fit; three do.
        let long = organisations().await.refused(422, "list-too-long");
        assert_eq!(long["rows_max"], 3);
        let long = steward
            .get("/v1/organisations")
            .header("accept", XLSX)
            .await;
        long.refused(422, "list-too-long");
        let fits = organisations().query("level", "county").await;
        assert_eq!(fits.text.lines().count(), 3);
        // Those who see a list may not always take it away.
        let admin = ground.admin.get("/v1/organisations").header("accept", CSV);
        let refused = admin.await.refused(403, "forbidden");
        assert_eq!(refused["capability"], "export_data");
        server
            .anonymous()
            .get("/v1/organisations")
            .header("accept", CSV)
            .await
            .refused(401, "unauthenticated");
    }
);

on_both!(no_text_runs_as_a_formula, async |server| {
    let ground = server.ground().await;
    let body = json!({
        "organisation_id": ground.province, "code": "X", "name": "=1+1", "name_en": "@SUM(A1)",
    });
    ground
        .steward
        .post("/v1/categories", body)
        .await
        .expect(201);
    let file = ground
        .steward
        .get("/v1/categories")
        .header("accept", CSV)
        .await;
    assert!(file.text.contains("\"'=1+1\""), "{}", file.text);
    assert!(file.text.contains("\"'@SUM(A1)\""), "{}", file.text);
});

on_both!(the_operator_exports_at_the_console, async |server| {
    let ground = server.ground().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("organisations.csv");
    let export = |arguments: &[&str]| {
        server
            .operate("export")
            .args(arguments)
            .args(["--language", "en", "--out"])
            .arg(&file)
            .output()
            .unwrap()
    };
    let done = export(&["organisations", "--filter", "level=county"]);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(String::from_utf8_lossy(&done.stdout).contains("2 row(s)"));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains(&ground.county) && text.contains(&ground.other_county),
        "{text}"
    );
    // A file that is there is not written over; what is not a list or a filter is told as 2.
    assert_eq!(export(&["organisations"]).status.code(), Some(1));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(export(&["stars"]).status.code(), Some(2));
    let wrong = export(&["organisations", "--filter", "level=galactic"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("level"));
    assert!(!file.exists());
});

on_both!(a_file_shows_one_moment, async |server| {
    let steward = &server.ground().await.steward;
    // Four thousand divisions more, after all others, with names of some length.
    let name = "试验区".repeat(20);
    let more = format!(
        "INSERT INTO division (code, name, level, source, name_key) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) \
         SELECT CAST(900000000 + i AS TEXT), '{name}', 'township', 'test', 'test' FROM n"
    );
    server.execute(&more).await;
    let mut reader = tests::raw::Wire::open_slow(server.address).await;
    let head = format!(
        "GET /v1/divisions?abolished=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Accept: text/csv\r\nConnection: close\r\n\r\n",
        steward.token()
    );
    reader.send(head.as_bytes()).await;
    let begun = reader.some().await;
    assert!(begun.starts_with("HTTP/1.1 200"), "{begun}");
    // The last one goes, and the one before it gets another name, while the first are on their way.
    server
        .execute("DELETE FROM division WHERE code = '900004000'")
        .await;
    server
        .execute("UPDATE division SET name = 'later' WHERE code = '900003999'")
        .await;
    let file = begun + &reader.rest().await;
    assert!(file.contains("\"900004000\""), "a row went missing");
    assert!(!file.contains("later"), "a row is of another moment");
    // What comes after is of its own moment, and others are not kept waiting for a place.
    for _ in 0..6 {
        let file = steward.get("/v1/divisions").query("prefix", "90000399");
        let file = file.header("accept", CSV).await;
        assert_eq!(file.status, 200, "{}", file.text);
        assert!(file.text.contains("later"), "{}", file.text);
    }
});

on_both!(the_life_of_a_lot_comes_as_a_file, async |server| {
    let relief = server.relief().await;
    let history = relief
        .worker
        .get(&format!("/v1/lots/{}/history", relief.lot));
    let listed = history.clone().await.expect(200);
    let file = history.clone().header("accept", CSV).language("en").await;
    assert_eq!(file.status, 200, "{}", file.text);
    let disposition = file.header("content-disposition");
    assert!(disposition.contains("lots-history-"), "{disposition}");
    let lines: Vec<_> = file.text.lines().collect();
    assert_eq!(lines.len(), 1 + listed["items"].as_array().unwrap().len());
    assert!(lines[0].contains("\"Movement ID\""), "{}", lines[0]);
    let movement = listed["items"][0]["movement_id"].as_str().unwrap();
    assert!(lines[1].contains(movement), "{}", lines[1]);
    let workbook = history.header("accept", XLSX).await;
    assert!(workbook.text.starts_with("PK"));
});
