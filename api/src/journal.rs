//! The append-only record of every successful command.
//!
//! **Invariant.** One entry per command, written in the command's transaction and never touched
//! again. Its body is canonical (RFC 8785), so that its hash can be recomputed from any copy. Of
//! what names a person it holds only a salted commitment; the salt lies apart, so that erasing the
//! salt erases the person and keeps every proof. Nobody reads the journal to decide anything.
//!
//! A command writes its entry and a mark that it waits; the sealer gives it its position in the tree
//! apart from all commands (`sealer.rs`).

pub(crate) mod audit;
mod commands;
mod commitment;
pub(crate) mod export;
mod key;
mod leaf;
pub(crate) mod mark;
mod proofs;
mod public;
mod queries;
mod routes;
mod rows;
mod sealer;
mod wire;

use chrono::{DateTime, Utc};
use domain::{
    journal::CryptoSuite,
    kernel::{Id, Kind, kinds},
};
use sea_orm::ActiveValue::Set;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    problem::Problem,
    uow::{
        Request, Together,
        ledger_rows::{Committed, MEMBER},
    },
};

pub(crate) use key::{file as key_file, public_keys, standing as key_standing};
pub(crate) use queries::{
    bodies, checkpoint, count_of, entry_proof, events_from, extent_before, latest_checkpoint,
    public_proofs, sealed_before, sealed_between, size, suite, written_since,
};
pub(crate) use routes::router;
pub(crate) use sealer::{Seals, prepare, seal};
pub(crate) use wire::{CheckpointView, EntryProofView, EventView, PublicProofView};

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    id: String,
    organisation: Option<Uuid>,
}

impl Subject {
    pub(crate) fn new<K: Kind>(id: Id<K>, organisation: Option<Uuid>) -> Self {
        Self {
            id: id.to_string(),
            organisation,
        }
    }
}

/// Who did what: everything of an entry but its body.
pub(crate) struct Record<'a> {
    pub(crate) id: Id<kinds::JournalEntry>,
    pub(crate) command: &'static str,
    pub(crate) personal: &'static [&'static str],
    pub(crate) secret: &'static [&'static str],
    pub(crate) subject: Option<Subject>,
    pub(crate) request: &'a Request,
    pub(crate) recorded_at: DateTime<Utc>,
    /// How persons are committed to.
    pub(crate) suite: CryptoSuite,
}

/// Adds the entry of a command that is about to be committed to what is written last.
pub(crate) fn append(
    last: &mut Together,
    record: &Record<'_>,
    output: &Value,
    rows: Option<Committed>,
) -> Result<(), Problem> {
    let mut withheld = Withheld {
        suite: record.suite,
        personal: record.personal,
        secret: record.secret,
        salts: Vec::new(),
    };
    let body = withheld.committed(output, "");
    let body = withheld.with_rows(body, rows)?;
    let body = serde_jcs::to_string(&body).map_err(Problem::internal)?;
    let organisation = record
        .subject
        .as_ref()
        .and_then(|subject| subject.organisation);
    let entry = rows::entry::ActiveModel {
        id: Set(record.id.uuid()),
        recorded_at: Set(record.recorded_at),
        command: Set(record.command.to_owned()),
        principal: Set(record.request.caller.principal()),
        organisation_id: Set(organisation.or(record.request.caller.organisation())),
        subject: Set(record.subject.as_ref().map(|subject| subject.id.clone())),
        request_id: Set(record.request.request_id.clone()),
        idempotency_key: Set(record.request.key.as_ref().map(|key| key.text.clone())),
        body: Set(body),
    };
    last.insert([entry]);
    last.insert([rows::waiting::ActiveModel {
        entry_id: Set(record.id.uuid()),
    }]);
    last.insert(
        withheld
            .salts
            .into_iter()
            .map(|(pointer, salt)| rows::salt::ActiveModel {
                entry_id: Set(record.id.uuid()),
                pointer: Set(pointer),
                salt: Set(salt),
            }),
    );
    Ok(())
}

/// The output without what must be kept nowhere.
pub(crate) fn without_secrets(output: &Value, secret: &[&str]) -> Value {
    match output {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let kept = if secret.contains(&name.as_str()) {
                        Value::Null
                    } else {
                        without_secrets(value, secret)
                    };
                    (name.clone(), kept)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| without_secrets(item, secret))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// What an entry does not say, and the salts of what it says only to those who have them.
struct Withheld<'a> {
    suite: CryptoSuite,
    personal: &'a [&'a str],
    secret: &'a [&'a str],
    salts: Vec<(String, String)>,
}

impl Withheld<'_> {
    // The body with what it commits to of the rows that its command wrote.
    fn with_rows(&mut self, body: Value, rows: Option<Committed>) -> Result<Value, Problem> {
        let Some(rows) = rows else {
            return Ok(body);
        };
        let Value::Object(mut members) = body else {
            let error = anyhow::anyhow!("a command wrote to the ledger and answers {body}");
            return Err(Problem::internal(error));
        };
        let mut kept = Map::new();
        let digest = |digest| serde_json::to_value(digest).map_err(Problem::internal);
        kept.insert("facts".to_owned(), digest(rows.facts)?);
        if let Some(texts) = rows.texts {
            let (commitment, salt) = commitment::commit(self.suite, &digest(texts)?);
            self.salts.push((format!("/{MEMBER}/texts"), salt));
            kept.insert("texts".to_owned(), commitment);
        }
        members.insert(MEMBER.to_owned(), Value::Object(kept));
        Ok(Value::Object(members))
    }

    fn committed(&mut self, value: &Value, pointer: &str) -> Value {
        match value {
            Value::Object(members) => {
                let mut kept = Map::new();
                for (name, member) in members {
                    if self.secret.contains(&name.as_str()) {
                        continue;
                    }
                    let pointer = format!("{pointer}/{name}");
                    let member = if self.personal.contains(&name.as_str()) && !member.is_null() {
                        let (commitment, salt) = commitment::commit(self.suite, member);
                        self.salts.push((pointer, salt));
                        commitment
                    } else {
                        self.committed(member, &pointer)
                    };
                    kept.insert(name.clone(), member);
                }
                Value::Object(kept)
            }
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.committed(item, &format!("{pointer}/{index}")))
                .collect(),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn persons_become_commitments_and_secrets_vanish() {
        let output = json!({
            "name": "杭州库", "contacts": [{ "phone": "13800000000" }],
            "lines": [{ "received_by": "张三", "quantity": 3 }], "secret": "s",
        });
        let mut withheld = Withheld {
            suite: CryptoSuite::Std,
            personal: &["contacts", "received_by"],
            secret: &["secret"],
            salts: Vec::new(),
        };
        let body = withheld.committed(&output, "");
        let text = body.to_string();
        for private in ["13800000000", "张三", "\"s\""] {
            assert!(!text.contains(private), "{text}");
        }
        assert!(text.contains("杭州库") && text.contains("\"quantity\":3"));
        let salts = withheld.salts.iter();
        let pointers: Vec<_> = salts.map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/contacts", "/lines/0/received_by"]);
        assert_eq!(without_secrets(&output, &["secret"])["secret"], Value::Null);
    }
}
