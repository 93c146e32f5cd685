//! What a body of an item is refused for.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

fn body(change: Value) -> CreateItemBody {
    let mut body = json!({
        "organisation_id": Id::<Organisation>::from_uuid(Uuid::from_u128(1)),
        "category_id": Id::<Category>::from_uuid(Uuid::from_u128(2)),
        "name": "家庭包",
        "base_unit": "个",
    });
    if let (Some(body), Value::Object(change)) = (body.as_object_mut(), change) {
        body.extend(change);
    }
    serde_json::from_value(body).unwrap()
}

fn check(change: Value, expected: &[(&str, &str)]) {
    let faults = body(change)
        .parse()
        .err()
        .map_or(Vec::new(), |problem| problem.faults);
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault.pointer.as_str(), fault.code))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn names_can_be_found_again_and_are_there_once() {
    check(json!({}), &[]);
    check(json!({ "name": "——" }), &[("/name", "format")]);
    check(json!({ "name_en": " " }), &[("/name_en", "required")]);
    check(json!({ "aliases": ["Family Pack", "赈济包"] }), &[]);
    check(
        json!({ "aliases": ["Family Pack", "赈济包", "family-pack"] }),
        &[("/aliases/2", "repeated")],
    );
    check(
        json!({ "aliases": ["…", "x\u{7}"] }),
        &[("/aliases/0", "format"), ("/aliases/1", "format")],
    );
}

#[test]
fn codes_keep_the_form_of_their_list() {
    let code = |system: &str, value: &str| json!({ "system": system, "value": value });
    check(
        json!({ "codes": [code("ifrc", "KRELCOOSETA"), code("local", "A-1")] }),
        &[],
    );
    check(
        json!({ "codes": [
            code("gtin", "4006381333932"),
            code("gbt38565", "4010101"),
            code("ifrc", "kit"),
            code("local", "A-1"),
            code("local", "A-1"),
        ] }),
        &[
            ("/codes/0", "check-digit"),
            ("/codes/1", "format"),
            ("/codes/2", "format"),
            ("/codes/4", "repeated"),
        ],
    );
}

#[test]
fn units_are_unique_and_packs_hold_at_least_two() {
    let pack = |name: &str, base_units: f64| json!({ "name": name, "base_units": base_units });
    check(
        json!({ "packs": [pack("箱", 10.0), pack("托", 400.0)] }),
        &[],
    );
    check(
        json!({ "packs": [pack("箱", 1.0), pack("箱", 20.0)] }),
        &[("/packs/0", "out-of-range"), ("/packs/1", "repeated")],
    );
    check(
        json!({ "packs": [pack("箱", 10.0), pack("个", 2.0)] }),
        &[("/packs/1/name", "repeated")],
    );
}

#[test]
fn null_takes_away_what_absence_leaves() {
    let id = Id::from_uuid(Uuid::from_u128(3));
    let parse = |body: Value| {
        let body: UpdateItemBody = serde_json::from_value(body).unwrap();
        body.parse(id, 1).unwrap()
    };
    let absent = parse(json!({}));
    assert_eq!((absent.weight_g, absent.shelf_life), (None, None));
    let null = parse(json!({ "weight_g": null, "shelf_life_days": null }));
    assert_eq!((null.weight_g, null.shelf_life), (Some(None), Some(None)));
    let given = parse(json!({ "weight_g": 5e3 }));
    assert_eq!(given.weight_g, Some(Some(5_000)));
}
