//! From a published shape to a table.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{exchange::value::Value, problem::Language};

use super::*;

#[test]
fn every_column_of_every_list_has_a_name_of_its_own() {
    let lists = Lists::read(&crate::http::describe()).unwrap();
    assert!(
        lists
            .plain_routes()
            .any(|route| route == "/v1/organisations")
    );
    for (route, shape) in &lists.0 {
        assert_eq!(shape.unnamed(), Vec::<String>::new(), "{route}");
        for language in [Language::Zh, Language::En] {
            let names = shape.header(language);
            let distinct: BTreeSet<_> = names.iter().collect();
            assert_eq!(distinct.len(), names.len(), "{route} {names:?}");
        }
    }
    let distinct: BTreeSet<_> = headings::names()
        .into_iter()
        .map(|[name, ..]| name)
        .collect();
    assert_eq!(distinct.len(), headings::names().len());
}

fn movements() -> Lists {
    Lists::read(&json!({
        "paths": { "/v1/movements": { "get": { "responses": { "200": { "content": {
            "application/json": { "schema": { "$ref": "#/components/schemas/Page_Movement" } }
        } } } } } },
        "components": { "schemas": {
            "Page_Movement": { "properties": { "items": { "items": { "$ref": "#/components/schemas/Movement" } } } },
            "Movement": { "properties": {
                "remark": { "type": ["string", "null"] },
                "created_at": { "type": "string", "format": "date-time" },
                "id": { "type": "string" },
                "place": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Place" }] },
                "successors": { "type": "array", "items": { "type": "string" } },
                "lines": { "type": "array", "items": { "$ref": "#/components/schemas/Line" } }
            } },
            "Place": { "properties": { "latitude": { "type": "number" }, "longitude": { "type": "number" } } },
            "Line": { "properties": {
                "version": { "type": "integer" },
                "remark": { "type": "string" },
                "valid_to": { "type": "string", "format": "date" },
                "state": { "type": "boolean" }
            } }
        } }
    }))
    .unwrap()
}

#[test]
fn an_item_with_lines_becomes_a_row_for_each_line() {
    let lists = movements();
    let shape = lists.at("/v1/movements").unwrap();
    assert_eq!(
        shape.header(Language::En),
        [
            "ID",
            "Longitude",
            "Latitude",
            "Successors",
            "Remark",
            "Created at",
            "State",
            "Valid to",
            "Line Remark",
            "Version",
        ]
    );
    let item = json!({
        "id": "movement_1", "created_at": "2026-11-23T10:00:00.5Z", "remark": null,
        "place": { "longitude": 120.25, "latitude": 1e-7 }, "successors": ["a", "b"],
        "lines": [
            { "version": 1_000_000_000_000_i64, "remark": "=1+1", "valid_to": "2027-01-31", "state": true },
            { "version": 2 },
        ],
    });
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let document = |rest: Vec<Option<Value>>| {
        let own = vec![
            text("movement_1"),
            Some(Value::Decimal("120.25".parse().unwrap())),
            Some(Value::Decimal("0.0000001".parse().unwrap())),
            text("a; b"),
            None,
            Some(Value::Instant("2026-11-23T10:00:00.5Z".parse().unwrap())),
        ];
        [own, rest].concat()
    };
    assert_eq!(
        shape.rows(&item, Language::En),
        [
            document(vec![
                Some(Value::Flag(true)),
                Some(Value::Date("2027-01-31".parse().unwrap())),
                text("=1+1"),
                Some(Value::Whole(1_000_000_000_000)),
            ]),
            document(vec![None, None, None, Some(Value::Whole(2))]),
        ]
    );
    let empty = json!({ "id": "movement_2", "lines": [] });
    assert_eq!(shape.rows(&empty, Language::En).len(), 1);
}

#[test]
fn values_of_closed_lists_are_words_in_chinese() {
    let lists = Lists::read(&crate::http::describe()).unwrap();
    let shape = lists.at("/v1/balances").unwrap();
    let item = json!({
        "account": "road", "condition": "needs_repair", "withheld": "something new",
        "item_name": "road", "restriction": { "kind": "programme" },
    });
    let cell = |heading: &str, language| {
        let at = shape
            .header(language)
            .iter()
            .position(|name| name == heading);
        shape.rows(&item, language)[0][at.unwrap()].clone()
    };
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(cell("所在", Language::Zh), text("在途"));
    assert_eq!(cell("质量状态", Language::Zh), text("待修"));
    assert_eq!(cell("定向方式", Language::Zh), text("定向项目"));
    assert_eq!(cell("物资", Language::Zh), text("road"));
    assert_eq!(cell("Condition", Language::En), text("needs_repair"));
}

#[test]
fn a_rating_is_said_in_words_and_a_profile_is_what_errors_call_it() {
    let lists = Lists::read(&crate::http::describe()).unwrap();
    let told = |route: &str, item: serde_json::Value| {
        let shape = lists.at(route).unwrap();
        let names = shape.header(Language::Zh);
        let cells = names
            .into_iter()
            .zip(shape.rows(&item, Language::Zh).remove(0));
        let cells: Vec<_> = cells.collect();
        move |name: &str| {
            let cell = cells.iter().find(|(known, _)| known == name);
            match cell {
                Some((_, Some(Value::Text(text)))) => text.clone(),
                other => panic!("{name}: {other:?}"),
            }
        }
    };
    let assessment = told(
        "/v1/assessments",
        json!({
            "state": "ended", "ending": "revoked", "profile": "rural", "next_step": "site_visit",
            "grade": "star3", "grade_zh": "三星",
        }),
    );
    assert_eq!(assessment("状态"), "已结束");
    assert_eq!(assessment("结束方式"), "已撤销");
    assert_eq!(assessment("方案"), "rural");
    assert_eq!(assessment("下一步骤"), "现场查看");
    assert_eq!(assessment("等级名称"), "三星");
    let rule_set = told("/v1/rule-sets", json!({ "status": "withdrawn" }));
    assert_eq!(rule_set("状态（规则）"), "已废止");
    let depots = lists.at("/v1/depots").unwrap().header(Language::Zh);
    assert!(
        depots.iter().any(|name| name == "概况·库房面积m²"),
        "{depots:?}"
    );
}
