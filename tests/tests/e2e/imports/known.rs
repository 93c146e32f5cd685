//! Files about what is known already: what is the same, what contradicts it, and what only looks alike.

use serde_json::{Value, json};
use tests::{
    Client,
    files::{made, mistakes},
    on_both,
};

use super::{STOCK_HEADER, county, on_hand};

async fn check(steward: &Client, kind: &str, file: &str, expected: &[(&str, &str)]) -> Value {
    let report = steward
        .ended(
            steward
                .send_file(kind, "again.csv", file)
                .query("again", true),
        )
        .await;
    let expected: Vec<_> = expected
        .iter()
        .map(|(cell, code)| ((*cell).to_owned(), (*code).to_owned()))
        .collect();
    assert_eq!(mistakes(&report), expected, "{file}\n{report}");
    report
}

on_both!(things_that_share_a_name_are_all_made, async |server| {
    let steward = &server.ground().await.steward;
    // Townships of one name in three counties; the last row has no code and cannot tell which.
    let organisations = "单位代码,单位名称,级别,上级单位\n\
        a,白云街道,乡级,330203\nb,白云街道,乡级,330203\nc,白云街道,乡级,330281\n";
    let report = check(steward, "organisations", organisations, &[]).await;
    assert_eq!(made(&report, "organisations"), 3, "{report}");
    let report = check(steward, "organisations", organisations, &[]).await;
    assert_eq!(report["summary"]["unchanged"], 3, "{report}");
    let unclear = "单位名称,级别,上级单位\n白云街道,乡级,330203\n";
    check(steward, "organisations", unclear, &[("A2", "ambiguous")]).await;

    let depots = "储备库代码,储备库名称,级别,保管单位\n\
        d1,白云街道库,乡级,a\nd2,白云街道库,乡级,b\nd3,白云街道库,乡级,c\n";
    let report = check(steward, "depots", depots, &[]).await;
    assert_eq!(made(&report, "depots"), 3, "{report}");
    let unclear = "储备库名称,级别,保管单位\n白云街道库,乡级,a\n";
    check(steward, "depots", unclear, &[("A2", "ambiguous")]).await;
    // By name they are told apart only by their codes.
    let items = "物资编码,物资名称,规格,基本单位\n\
        tent-12,帐篷,12 平方米,顶\ntent-36,帐篷,36 平方米,顶\n";
    let report = check(steward, "items", items, &[]).await;
    assert_eq!(made(&report, "items"), 2, "{report}");
    check(
        steward,
        "items",
        "物资名称,基本单位\n帐篷,顶\n",
        &[("A2", "ambiguous")],
    )
    .await;
    let stock =
        format!("{STOCK_HEADER}d1,帐篷,5,,,,\n白云街道库,tent-12,5,,,,\nd2,tent-36,7,,,,\n");
    check(
        steward,
        "opening-stock",
        &stock,
        &[("B2", "ambiguous"), ("A3", "ambiguous")],
    )
    .await;
    let stock = format!("{STOCK_HEADER}d1,tent-12,5,,,,\nd2,tent-36,7,,,,\n");
    check(steward, "opening-stock", &stock, &[]).await;
    assert_eq!(on_hand(steward).await, [5, 7]);
});

on_both!(
    a_row_that_contradicts_what_is_known_is_refused,
    async |server| {
        let steward = &county(server).await;
        let organisations = "单位代码,单位名称,级别,上级单位,区划代码\n";
        for (row, cell) in [
            ("330203,海曙红会,县级,330200,330203", "B2"),
            ("330203,海曙区红十字会,市级,330200,330203", "C2"),
            ("330203,海曙区红十字会,县级,330000,330203", "D2"),
            ("330203,海曙区红十字会,县级,330200,330281", "E2"),
        ] {
            let file = format!("{organisations}{row}\n");
            check(steward, "organisations", &file, &[(cell, "exists")]).await;
        }
        let same = "330203,海曙区红十字会,县级,宁波市红十字会,330203000000\n";
        let same = check(
            steward,
            "organisations",
            &format!("{organisations}{same}"),
            &[],
        )
        .await;
        assert_eq!(same["summary"]["unchanged"], 1, "{same}");

        let depots = "代码,名称,级别,经营方式,保管单位,区划代码,地址,经度,纬度,坐标系\n";
        for (row, cells) in [
            (
                "hs,海曙,县级,自有,330203,330203,,121.5509,29.8599,高德",
                &["B2"][..],
            ),
            (
                "hs,海曙库,市级,合作,330281,330281,,,,",
                &["C2", "D2", "E2", "F2"],
            ),
            ("hs,海曙库,县级,,330203,330203,中山路 1 号,,,", &["G2"]),
            // The same figures in another datum are another point.
            (
                "hs,海曙库,县级,,330203,330203,,121.5509,29.8599,",
                &["H2", "I2"],
            ),
        ] {
            let cells: Vec<_> = cells.iter().map(|cell| (*cell, "exists")).collect();
            check(steward, "depots", &format!("{depots}{row}\n"), &cells).await;
        }
        let same = "hs,海曙库,县级,自有,海曙区红十字会,330203,,121.5509,29.8599,高德\n";
        let same = check(steward, "depots", &format!("{depots}{same}"), &[]).await;
        assert_eq!(same["summary"]["unchanged"], 1, "{same}");

        let items = "物资编码,物资名称,分类,基本单位,包装,包装数量,重量克,商品条码,别名\n";
        for (row, cells) in [
            ("quilt,毯子,被服,床,,,,,", &[("B2", "exists")][..]),
            ("quilt,棉被,食品,床,,,,,", &[("C2", "exists")]),
            (
                "quilt,棉被,被服,条,包,7,,,",
                &[("D2", "exists"), ("E2", "exists")],
            ),
            ("quilt,棉被,被服,床,箱,12,,,", &[("F2", "exists")]),
            ("quilt,棉被,被服,床,,,3500,,", &[("G2", "exists")]),
            ("quilt,棉被,被服,床,,,,6901234567892,", &[("H2", "exists")]),
            ("quilt,棉被,被服,床,,,,,被子", &[("I2", "exists")]),
            // Nobody can tell whether a code of another list means the same item.
            (",棉被,被服,床,,,,6901234567892,", &[("H2", "exists")]),
        ] {
            check(steward, "items", &format!("{items}{row}\n"), cells).await;
        }
        let same = "quilt,棉被,被服,床,托,100,,,\n,棉被,,床,,,,,\n";
        let same = check(steward, "items", &format!("{items}{same}"), &[]).await;
        assert_eq!(same["summary"]["unchanged"], 2, "{same}");
    }
);

on_both!(
    rows_of_one_file_do_not_contradict_each_other,
    async |server| {
        let steward = &county(server).await;
        let file = "代码,名称,级别,保管单位,地址\n\
        x,甲库,县级,330203,东门\nx,甲库,县级,330203,\nx,甲库,县级,330203,西门\n";
        check(steward, "depots", file, &[("E4", "contradicts")]).await;
        let file = "物资编码,物资名称,基本单位,包装,包装数量,规格\n\
        a,大米,千克,袋,25,\na,大米,千克,袋,50,\na,大米,千克,,,东北\n";
        let expected = [("E3", "exists"), ("F4", "contradicts")];
        check(steward, "items", file, &expected).await;
        // What is left out is left out alone, a code that is in use where nobody looks included.
        let yuyao = server
            .person(&["data_steward"], &branch(steward, "330281").await)
            .await;
        let file = "代码,名称,级别,保管单位\nhs,余姚库,县级,\nyy,余姚库,县级,\n";
        let call = yuyao
            .send_file("depots", "d.csv", file)
            .query("mode", "skip-bad-rows");
        let report = yuyao.ended(call).await;
        assert_eq!(report["import"]["state"], "done", "{report}");
        assert_eq!(mistakes(&report), [("A2".to_owned(), "exists".to_owned())]);
        assert_eq!(made(&report, "depots"), 1, "{report}");
    }
);

async fn branch(steward: &Client, code: &str) -> String {
    let page = steward
        .get("/v1/organisations")
        .query("q", code)
        .await
        .expect(200);
    page["items"][0]["id"].as_str().unwrap().to_owned()
}

on_both!(divisions_change_where_a_file_says_so, async |server| {
    let steward = &server.ground().await.steward;
    let before = steward.get("/v1/divisions/330203").await.expect(200);
    assert!(before["longitude"].is_number());
    let abolished = steward.get("/v1/divisions/330103").await.expect(200);
    // A plain list of codes and names, as the state publishes it.
    let file = format!(
        "区划代码,名称\n330203,{}\n330103,{}\n330299,试验区\n",
        before["name"].as_str().unwrap(),
        abolished["name"].as_str().unwrap()
    );
    let report = check(steward, "divisions", &file, &[]).await;
    assert_eq!(report["summary"]["unchanged"], 2, "{report}");
    assert_eq!(made(&report, "divisions"), 1, "{report}");
    for known in [&before, &abolished] {
        let path = format!("/v1/divisions/{}", known["code"].as_str().unwrap());
        assert_eq!(steward.get(&path).await.expect(200), *known);
    }
    let file = "区划代码,名称,撤销,现区划\n330299,试验新区,2024,330203;330205\n";
    let report = check(steward, "divisions", file, &[]).await;
    assert_eq!(report["summary"]["changed"], 1, "{report}");
    let changed = steward.get("/v1/divisions/330299").await.expect(200);
    assert_eq!(changed["name"], "试验新区");
    assert_eq!(changed["valid_to"], "2024");
    assert_eq!(changed["successors"], json!(["330203", "330205"]));
    let report = check(steward, "divisions", file, &[]).await;
    assert_eq!(report["summary"]["unchanged"], 1, "{report}");
});

on_both!(
    a_division_that_will_end_is_there_until_then,
    async |server| {
        let steward = &county(server).await;
        let day = (server.clock.now() + chrono::TimeDelta::days(2)).date_naive();
        let row = format!("{STOCK_HEADER}海曙库,棉被,5,床,,,330203\n");
        for end in [day.to_string(), day.to_string()[..4].to_owned()] {
            let sql = format!("UPDATE division SET valid_to = '{end}' WHERE code = '330203'");
            server.execute(&sql).await;
            let report = check(steward, "opening-stock", &row, &[]).await;
            assert_eq!(made(&report, "lots"), 1, "{end}: {report}");
        }
        let day = (server.clock.now() - chrono::TimeDelta::days(2)).date_naive();
        let sql = format!("UPDATE division SET valid_to = '{day}' WHERE code = '330203'");
        server.execute(&sql).await;
        check(steward, "opening-stock", &row, &[("G2", "abolished")]).await;
    }
);
