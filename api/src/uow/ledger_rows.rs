//! What an entry of the journal commits to of the rows of the ledger that its command wrote.
//!
//! **Invariant.** A row of a table of [`TABLES`] is committed to by the entry of the command that wrote
//! it, with every member that never changes, and by that of the command after which nothing of it does:
//! whoever reads the rows again and finds another digest knows that somebody changed them. What a
//! person wrote or is named by is committed to apart and salted, so that erasing the salt leaves the
//! figures provable.
//!
//! A member that holds nothing is not written down, so that a column which a later migration adds
//! changes no digest.

use domain::journal::CryptoSuite;
use sea_orm::{Value, prelude::DateTimeUtc};
use serde_json::{Map, Value as Json, json};

use super::{Digest, Together};
use crate::problem::Problem;

/// The member of an entry's body that holds the commitment.
pub(crate) const MEMBER: &str = "ledger_rows";

/// A table of which rows are committed to.
struct Table {
    name: &'static str,
    /// What changes in its place, and what is told by other rows.
    changing: &'static [&'static str],
    /// What somebody wrote, or whom it names.
    written: &'static [&'static str],
}

const TABLES: &[Table] = &[
    Table {
        name: "lot",
        changing: &["recalled_at"],
        written: &["donor", "maker", "remark"],
    },
    Table {
        name: "movement",
        changing: &[],
        written: &["counterparty", "note", "override_reason", "paper_number"],
    },
    Table {
        name: "movement_line",
        changing: &[],
        written: &[],
    },
    Table {
        name: "reservation",
        changing: &["state", "ended_at", "ended_in", "movement_id", "version"],
        written: &["note"],
    },
    Table {
        name: "reservation_line",
        changing: &["posted", "short"],
        written: &[],
    },
];

/// A reservation from its end on, to which the entry of the command that ended it commits.
const ENDED: Table = Table {
    name: "reservation_end",
    changing: &["note"],
    written: &[],
};

/// The rows that a command wrote, as they are committed to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct LedgerRows {
    facts: Vec<String>,
    texts: Vec<String>,
}

/// What stands in the body.
#[derive(Debug)]
pub(crate) struct Committed {
    /// Over the rows without what somebody wrote.
    pub(crate) facts: Digest,
    /// Over what somebody wrote, to be salted; absent where nobody wrote anything.
    pub(crate) texts: Option<Digest>,
}

impl LedgerRows {
    /// Notes those of the writes that are of the ledger.
    pub(crate) fn note(&mut self, writes: &Together) -> Result<(), Problem> {
        for (table, row) in writes.rows() {
            if let Some(table) = TABLES.iter().find(|it| it.name == table) {
                self.add(table, row)?;
            }
        }
        Ok(())
    }

    /// Notes rows that ended and stay from now on as they are.
    pub(crate) fn note_ended(&mut self, rows: &Together) -> Result<(), Problem> {
        rows.rows().try_for_each(|(_, row)| self.add(&ENDED, row))
    }

    fn add<'a>(
        &mut self,
        table: &Table,
        row: impl Iterator<Item = (&'static str, &'a Value)>,
    ) -> Result<(), Problem> {
        let (mut facts, mut texts) = (Map::new(), Map::new());
        for (column, value) in row {
            let Some(value) = member(value)? else {
                continue;
            };
            if table.changing.contains(&column) {
                continue;
            }
            if table.written.contains(&column) {
                texts.insert(column.to_owned(), value);
            } else {
                // Which row it is that somebody wrote into.
                if matches!(column, "id" | "depot_id") {
                    texts.insert(column.to_owned(), value.clone());
                }
                facts.insert(column.to_owned(), value);
            }
        }
        let is_written = table.written.iter().any(|it| texts.contains_key(*it));
        if is_written {
            self.texts.push(canonical(table, texts)?);
        }
        self.facts.push(canonical(table, facts)?);
        Ok(())
    }

    /// The digests over all of them, in whichever order they were written; `None` of no rows.
    pub(crate) fn committed(mut self, suite: CryptoSuite) -> Option<Committed> {
        if self.facts.is_empty() {
            return None;
        }
        self.facts.sort_unstable();
        self.texts.sort_unstable();
        Some(Committed {
            facts: Digest::of(suite, &self.facts.join("\n")),
            texts: (!self.texts.is_empty()).then(|| Digest::of(suite, &self.texts.join("\n"))),
        })
    }
}

fn canonical(table: &Table, members: Map<String, Json>) -> Result<String, Problem> {
    let row = json!({ "row": members, "table": table.name });
    serde_jcs::to_string(&row).map_err(Problem::internal)
}

// A value as both databases give it back; nothing of nothing.
fn member(value: &Value) -> Result<Option<Json>, Problem> {
    Ok(match value {
        Value::Uuid(id) => id.map(|id| json!(id.to_string())),
        Value::String(text) => text.as_ref().map(|text| json!(text)),
        Value::BigInt(number) => number.map(|number| json!(number)),
        Value::Bool(is) => is.map(|is| json!(is)),
        // To the microsecond, which is what PostgreSQL keeps.
        Value::ChronoDateTimeUtc(at) => at.as_ref().map(|at| json!(moment(at))),
        other => {
            let error = anyhow::anyhow!("a row of the ledger holds {other:?}");
            return Err(Problem::internal(error));
        }
    })
}

fn moment(at: &DateTimeUtc) -> i64 {
    at.timestamp_micros()
}
