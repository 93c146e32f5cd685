//! What a body of a depot is refused for.

use serde_json::json;
use uuid::Uuid;

use super::*;

fn faults<T>(parsed: Result<T, Problem>) -> Vec<(String, &'static str)> {
    let problem = parsed.err();
    let faults = problem.into_iter().flat_map(|problem| problem.faults);
    faults.map(|fault| (fault.pointer, fault.code)).collect()
}

#[test]
fn every_fault_of_a_new_depot_is_told_at_once() {
    let body = json!({
        "organisation_id": Id::<Organisation>::from_uuid(Uuid::from_u128(1)),
        "code": "A\u{7}B", "name": " ", "level": "county", "operation": "own",
        "division_code": "003300",
        "place": { "longitude": 30.3, "latitude": 120.2 },
        "profile": { "opening_hours": " ", "contacts": [{ "name": " ", "phone": "1" }] },
    });
    let body: CreateDepotBody = serde_json::from_value(body).unwrap();
    let expected = [
        ("/code", "format"),
        ("/name", "required"),
        ("/division_code", "format"),
        ("/place", "swapped"),
        ("/profile/opening_hours", "required"),
        ("/profile/contacts/0", "required"),
    ];
    let found = faults(body.parse());
    let found: Vec<_> = found
        .iter()
        .map(|(at, code)| (at.as_str(), *code))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn closing_is_not_a_change_of_state_like_others() {
    let id = Id::from_uuid(Uuid::from_u128(1));
    let check = |state: &str, expected: &[(String, &str)]| {
        let body = json!({ "state": state, "reason": "满库" });
        let body: ChangeDepotStateBody = serde_json::from_value(body).unwrap();
        assert_eq!(faults(body.parse(id)), expected, "{state}");
    };
    check("saturated", &[]);
    check("paused", &[]);
    check("closed", &[("/state".to_owned(), "choice")]);
}

#[test]
fn null_takes_away_what_absence_leaves() {
    let id = Id::from_uuid(Uuid::from_u128(1));
    let parse = |body: Value| {
        let body: UpdateDepotBody = serde_json::from_value(body).unwrap();
        body.parse(id, 1).unwrap()
    };
    let absent = parse(json!({}));
    assert!(absent.place.is_none() && absent.division.is_none() && absent.remark.is_none());
    let null = parse(json!({ "place": null, "division_code": null, "remark": null }));
    assert_eq!(
        (null.place, null.division, null.remark),
        (Some(None), Some(None), Some(None))
    );
}
