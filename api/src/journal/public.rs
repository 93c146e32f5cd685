//! What of the journal anybody may read who holds a receipt.
//!
//! **Invariant.** An entry is shown whole or not at all, since only the whole can be hashed; it is
//! shown only where every text in it is an id, a moment, a word of a closed list or the name of a
//! thing, and no lot is among them but those of the receipt. Persons are commitments already.

use std::collections::BTreeSet;

use domain::kernel::{Id, kinds};
use serde_json::Value;
use uuid::Uuid;

use super::rows::entry;

const DIGITS_IN_A_ROW_MAX: usize = 7;
const KEY_MAX: usize = 64;

// Members whose text is chosen from a list or names a thing.
const HARMLESS: &[&str] = &[
    "account",
    "base_unit",
    "batch",
    "code",
    "condition",
    "currency",
    "depot_code",
    "depot_name",
    "division_code",
    "expires_on",
    "from",
    "item_name",
    "kind",
    "number",
    "paper_number",
    "programme",
    "quantity_unit",
    "salt_sha256",
    "salt_sm3",
    "sha256",
    "sm3",
    "salted_sha256",
    "salted_sm3",
    "site_name",
    "state",
    "to",
    "unit",
    "unit_value",
    "wanted_after",
    "waybill",
    "way",
    "withheld",
];

/// Whether an entry may be shown to whoever may know of these lots and of nothing else.
pub(super) fn may_be_shown(row: &entry::Model, lots: &BTreeSet<Id<kinds::Lot>>) -> bool {
    let body: Option<Value> = serde_json::from_str(&row.body).ok();
    let by_account = row.principal.parse::<Id<kinds::Account>>().is_ok()
        || row.principal.parse::<Id<kinds::ApiKey>>().is_ok()
        || row.principal.starts_with("operator:");
    by_account
        && is_opaque(&row.request_id)
        && row.idempotency_key.as_deref().is_none_or(is_opaque)
        && body.is_some_and(|body| is_harmless("", &body, lots))
}

fn is_harmless(name: &str, value: &Value, lots: &BTreeSet<Id<kinds::Lot>>) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .all(|(name, member)| is_harmless(name, member, lots)),
        Value::Array(items) => items.iter().all(|item| is_harmless(name, item, lots)),
        Value::String(text) => {
            if let Ok(lot) = text.parse::<Id<kinds::Lot>>() {
                return lots.contains(&lot);
            }
            let is_dated = name.ends_with("_at") || name.ends_with("_on");
            let is_id = name == "id" || name.ends_with("_id") || name.ends_with("_ids");
            HARMLESS.contains(&name) || (is_dated || is_id) && is_opaque_text(text)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

fn is_opaque_text(text: &str) -> bool {
    text.len() <= KEY_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

// What a program made and no person typed: no long row of digits, which could be a telephone number.
fn is_opaque(text: &str) -> bool {
    if text.parse::<Uuid>().is_ok() {
        return true;
    }
    let is_hex = text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let longest = text
        .split(|character: char| !character.is_ascii_digit())
        .map(str::len)
        .max()
        .unwrap_or(0);
    text.len() <= KEY_MAX && (is_hex || plain && longest <= DIGITS_IN_A_ROW_MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(body: &Value) -> entry::Model {
        entry::Model {
            id: Uuid::nil(),
            recorded_at: "2026-11-26T08:00:00.001Z".parse().unwrap(),
            command: "stock.issue".to_owned(),
            principal: Id::<kinds::Account>::from_uuid(Uuid::nil()).to_string(),
            organisation_id: None,
            subject: None,
            request_id: "r-1".to_owned(),
            idempotency_key: Some("key-4711-12".to_owned()),
            body: body.to_string(),
        }
    }

    #[test]
    fn an_entry_with_anything_that_somebody_wrote_is_not_shown() {
        let plain = json!({
            "id": "movement_01h455vb4pex5vsknk084sn02q", "kind": "issue", "note": null,
            "recorded_at": "2026-11-26T08:00:00Z",
            "counterparty": { "salted_sha256": "00", "salt_sha256": "11" },
            "lines": [{ "item_name": "棉被", "lot_id": Id::<kinds::Lot>::from_uuid(Uuid::nil()), "quantity": 3 }],
        });
        let own = BTreeSet::from([Id::from_uuid(Uuid::nil())]);
        assert!(may_be_shown(&row(&plain), &own));
        assert!(!may_be_shown(&row(&plain), &BTreeSet::new()));
        for (member, text) in [
            ("note", "张三 13800000000"),
            ("remark", "zhangsan"),
            ("anything_new", "x"),
            ("received_by", "李四"),
            ("site_id", "张三"),
        ] {
            let mut told = plain.clone();
            told["lines"][0][member] = json!(text);
            assert!(!may_be_shown(&row(&told), &own), "{member}");
        }
        for key in ["13800000000", "key-13800000000", "张三", "a b"] {
            let mut typed = row(&plain);
            typed.idempotency_key = Some(key.to_owned());
            assert!(!may_be_shown(&typed, &own), "{key}");
        }
    }
}
