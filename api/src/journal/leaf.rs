//! What the tree commits to of an entry.
//!
//! **Invariant.** Every column of the entry, and nothing else: canonical JSON (RFC 8785) of texts
//! and nulls. The body stands in it as the text that it is kept as, so that not one byte of it can
//! change; of persons the body holds commitments alone, so that erasing a salt changes no leaf.

use chrono::SecondsFormat;
use domain::{
    journal::{CryptoSuite, Hash},
    kernel::{Id, kinds},
};
use serde::Serialize;

use crate::problem::Problem;

use super::rows::entry;

#[derive(Serialize)]
struct Leaf<'a> {
    body: &'a str,
    command: &'a str,
    id: Id<kinds::JournalEntry>,
    idempotency_key: Option<&'a str>,
    organisation_id: Option<Id<kinds::Organisation>>,
    principal: &'a str,
    recorded_at: String,
    request_id: &'a str,
    subject: Option<&'a str>,
}

/// The bytes that are hashed.
pub(super) fn content(row: &entry::Model) -> Result<Vec<u8>, Problem> {
    let entry::Model {
        id,
        recorded_at,
        command,
        principal,
        organisation_id,
        subject,
        request_id,
        idempotency_key,
        body,
    } = row;
    let leaf = Leaf {
        body,
        command,
        id: Id::from_uuid(*id),
        idempotency_key: idempotency_key.as_deref(),
        organisation_id: organisation_id.map(Id::from_uuid),
        principal,
        // As fine as either database keeps it, so that a changed digit cannot hide.
        recorded_at: recorded_at.to_rfc3339_opts(SecondsFormat::Nanos, true),
        request_id,
        subject: subject.as_deref(),
    };
    serde_jcs::to_vec(&leaf).map_err(Problem::internal)
}

/// The hash of the entry as a leaf.
pub(super) fn hash(suite: CryptoSuite, row: &entry::Model) -> Result<Hash, Problem> {
    Ok(suite.leaf(&content(row)?))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_leaf_is_canonical_and_has_every_column() {
        let row = entry::Model {
            id: Uuid::nil(),
            recorded_at: "2026-11-26T08:00:00.001Z".parse().unwrap(),
            command: "stock.receive".to_owned(),
            principal: "operator:张三".to_owned(),
            organisation_id: None,
            subject: Some("movement_1".to_owned()),
            request_id: "r\"1".to_owned(),
            idempotency_key: None,
            body: r#"{"a":1}"#.to_owned(),
        };
        let text = String::from_utf8(content(&row).unwrap()).unwrap();
        assert_eq!(
            text,
            r#"{"body":"{\"a\":1}","command":"stock.receive","id":"entry_00000000000000000000000000","idempotency_key":null,"organisation_id":null,"principal":"operator:张三","recorded_at":"2026-11-26T08:00:00.001000000Z","request_id":"r\"1","subject":"movement_1"}"#
        );
    }
}
