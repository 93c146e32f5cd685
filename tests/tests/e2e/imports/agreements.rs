//! Files of agreements.

use serde_json::{Value, json};
use tests::{
    Client,
    client::id,
    files::{made, mistakes},
    on_both,
};

use crate::agreements::agreed;

const HEADER: &str =
    "协议编号,签约单位,供应商,起始日,终止日,物资,承诺数量,单位,响应小时,协议单价,联系人,联系电话\n";

async fn check(steward: &Client, rows: &str, skipping: bool, expected: &[(&str, &str)]) -> Value {
    let file = format!("{HEADER}{rows}");
    let mut sent = steward
        .send_file("agreements", "agreements.csv", file.clone())
        .query("again", true);
    if skipping {
        sent = sent.query("mode", "skip-bad-rows");
    }
    let report = steward.ended(sent).await;
    let expected: Vec<_> = expected
        .iter()
        .map(|(cell, code)| ((*cell).to_owned(), (*code).to_owned()))
        .collect();
    assert_eq!(mistakes(&report), expected, "{file}\n{report}");
    report
}

on_both!(rows_of_one_number_are_one_agreement, async |server| {
    let agreed = agreed(server).await;
    let (steward, relief) = (&agreed.relief.worker, &agreed.relief);
    let tent = json!({
        "organisation_id": relief.ground.province, "name": "帐篷", "base_unit": "顶",
        "category_id": steward.get("/v1/categories").await.expect(200)["items"][0]["id"],
    });
    let tent = id(&steward.post("/v1/items", tent).await.expect(201));
    let rows = "XY-7,330000,绍兴纺织厂,2026-01-01,2098-12-31,棉被,50,箱,24,58.5,王厂长,0575-8000\n\
                XY-7,330000,绍兴纺织厂,2026-01-01,2098-12-31,帐篷,30,,48,,王厂长,0575-8000\n\
                XY-8,330000,mill-1,2026-01-01,,帐篷,5,,0,,,\n";
    let report = check(steward, rows, false, &[]).await;
    assert_eq!(made(&report, "agreements"), 2, "{report}");
    let page = steward.get("/v1/agreements").await.expect(200);
    let numbered = |number: &str| -> Value {
        let items = page["items"].as_array().unwrap().iter();
        let mut found = items.filter(|it| it["number"] == number);
        found.next().expect("it was made").clone()
    };
    let first = numbered("XY-7");
    assert_eq!(first["supplier_id"], *agreed.supplier);
    assert_eq!(first["organisation_id"], *relief.ground.province);
    assert_eq!(first["contacts"][0]["phone"], "0575-8000");
    let line = |item: &str| -> Value {
        let lines = first["lines"].as_array().unwrap().iter();
        let mut found = lines.filter(|it| it["item_id"] == item);
        found.next().expect("it was agreed").clone()
    };
    let quilts = line(&relief.item);
    assert_eq!(
        (&quilts["quantity"], &quilts["response_h"], &quilts["price"]),
        (&json!(500), &json!(24), &json!("58.5"))
    );
    assert_eq!(
        (&line(&tent)["quantity"], &line(&tent)["price"]),
        (&json!(30), &Value::Null)
    );
    assert_eq!(numbered("XY-8")["last_day"], Value::Null);

    // It is known now: the same is nothing new, and anything else is refused.
    let again = check(steward, rows, false, &[]).await;
    assert_eq!(again["summary"]["unchanged"], 3, "{again}");
    let known = "XY-7,330000,绍兴纺织厂,2026-01-01,2098-12-31,棉被,60,箱,24,58.5,,\n\
                 XY-7,330000,绍兴纺织厂,2026-01-01,2097-12-31,帐篷,30,,47,1,,\n\
                 XY-8,330000,绍兴纺织厂,2026-01-02,,棉被,5,,0,,,\n";
    let wrong = [
        ("G2", "exists"),
        ("E3", "exists"),
        ("I3", "exists"),
        ("J3", "exists"),
        ("D4", "exists"),
        ("F4", "not-agreed"),
    ];
    check(steward, known, false, &wrong).await;
    server.prove().await;
});

on_both!(a_row_that_is_wrong_spoils_its_agreement, async |server| {
    let agreed = agreed(server).await;
    let steward = &agreed.relief.worker;
    for (row, wrong) in [
        (
            "A,330000,没有的厂,2026-01-01,,棉被,5,,1,,,",
            ("C2", "reference"),
        ),
        (
            "A,330000,330200,2026-01-01,,棉被,5,,1,,,",
            ("C2", "not-a-partner"),
        ),
        (
            "A,330000,mill-1,2026-01-01,2025-01-01,棉被,5,,1,,,",
            ("E2", "out-of-order"),
        ),
        (
            "A,330000,mill-1,2026-01-01,,毛毯,5,,1,,,",
            ("F2", "reference"),
        ),
        (
            "A,330000,mill-1,2026-01-01,,棉被,0,,1,,,",
            ("G2", "out-of-range"),
        ),
        ("A,330000,mill-1,2026-01-01,,棉被,5,托,1,,,", ("H2", "unit")),
        (
            "A,330000,mill-1,2026-01-01,,棉被,5,,8761,,,",
            ("I2", "out-of-range"),
        ),
        (
            "A,330000,mill-1,2026-01-01,,棉被,5,,1,-1,,",
            ("J2", "out-of-range"),
        ),
        (
            "A,330000,mill-1,2026-01-01,,棉被,5,,1,,王,",
            ("L2", "required"),
        ),
        (
            "A,330000,mill-1,2026-01-01,,棉被,5,,1,,王,x",
            ("L2", "format"),
        ),
        (
            "A,没有的会,mill-1,2026-01-01,,棉被,5,,1,,,",
            ("B2", "reference"),
        ),
    ] {
        check(steward, &format!("{row}\n"), false, &[wrong]).await;
    }
    let rows = "A,330000,mill-1,2026-01-01,,棉被,5,,1,,,\n\
                A,330000,mill-1,2026-01-02,,棉被,5,,1,,,\n";
    check(
        steward,
        rows,
        false,
        &[("D3", "contradicts"), ("F3", "repeated")],
    )
    .await;
    // Good agreements are written though another is spoiled, and no half of one.
    let rows = "B,330000,mill-1,2026-01-01,,棉被,5,,1,,,\n\
                B,330000,mill-1,2026-01-01,,毛毯,5,,1,,,\n\
                C,330000,mill-1,2026-01-01,,棉被,5,,1,,,\n";
    let report = check(
        steward,
        rows,
        true,
        &[("A2", "incomplete"), ("F3", "reference")],
    )
    .await;
    assert_eq!(made(&report, "agreements"), 1, "{report}");
    // Whoever may not make agreements imports none.
    let county = server
        .person(&["data_steward"], &agreed.relief.ground.county)
        .await;
    let row = "D,330000,mill-1,2026-01-01,,棉被,5,,1,,,\n";
    check(&county, row, false, &[("B2", "forbidden")]).await;

    let template = steward.get("/v1/import-templates/agreements").await;
    assert_eq!(template.status, 200, "{}", template.text);
    server.prove().await;
});
