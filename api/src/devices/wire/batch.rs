//! A batch of commands, and what became of each.
//!
//! **Invariant.** A command's hash is the SHA-256 of its canonical form (RFC 8785) as it was sent,
//! members that are null left out; since each may name the hash of the one before, it stands for the
//! whole history.

use chrono::{DateTime, Utc};
use domain::{
    devices::{BATCH_MAX, Operation, Outcome, Target},
    kernel::{Id, kinds},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use crate::{
    http::Whole,
    problem::{Bilingual, Fault, Faults, Problem},
};

use super::super::{
    commands::{Aim, Told},
    rows::device_command,
};

/// What a device did where there was no network, in the order of its numbers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchBody {
    #[schema(min_items = 1, max_items = 5000)]
    commands: Vec<DeviceCommandBody>,
}

const _: () = assert!(BATCH_MAX == 5_000);

/// One command. Its idempotency key follows from the device and `sequence`.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceCommandBody {
    /// The device's own number, from 1 without a gap. A command that was refused has used its
    /// number up.
    #[schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    sequence: Whole,
    /// The operation that does it.
    #[schema(
        max_length = 32,
        pattern = "^(create_receipt|create_issue|create_zone_transfer|create_condition_change|create_reservation|release_reservation|post_reservation|count_stocktake)$"
    )]
    operation: String,
    /// What the operation's path names: the reservation or the stocktake.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 40)]
    target: Option<String>,
    /// When it happened, as the device says. Becomes `occurred_at` of a paper
    /// and `counted_at` of a count that have none.
    #[schema(value_type = String, format = "date-time", max_length = 40)]
    occurred_at: String,
    /// The hash of the command before it: SHA-256 of that command's canonical form (RFC 8785), in
    /// hex. A device that says so is told apart from a copy of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, pattern = "^[0-9a-f]{64}$")]
    previous: Option<String>,
    /// The number of an earlier command without which this one makes no sense: it is not run if
    /// that one was not done. Others are run whatever became of those before them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    depends_on: Option<Whole>,
    #[schema(schema_with = any_body)]
    body: Map<String, Value>,
}

fn any_body() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .max_properties(Some(100))
        .description(Some(
            "The body of the operation, checked as the operation itself checks it.",
        ))
        .into()
}

impl BatchBody {
    /// The commands in order, or everything that is wrong with the batch itself.
    pub(in crate::devices) fn parse(self) -> Result<Vec<Told>, Problem> {
        let mut faults = Faults::default();
        let first = self.commands.first().map_or(1, |first| first.sequence.0);
        let mut told = Vec::new();
        for ((number, command), sequence) in self.commands.into_iter().enumerate().zip(first..) {
            let at = format!("/commands/{number}");
            if command.sequence.0 != sequence {
                faults.note(
                    format!("{at}/sequence"),
                    "out-of-order",
                    format!("序号须连续，此处应为 {sequence}"),
                    format!("numbers have no gap: this one is {sequence}"),
                );
            }
            told.extend(command.parse(&mut faults, &at)?);
        }
        faults.finish(Some(told))
    }
}

impl DeviceCommandBody {
    fn parse(self, faults: &mut Faults, at: &str) -> Result<Option<Told>, Problem> {
        let sent = serde_json::to_value(&self).map_err(Problem::internal)?;
        let canonical = serde_jcs::to_vec(&sent).map_err(Problem::internal)?;
        let operation = faults.take(
            format!("{at}/operation"),
            self.operation.parse::<Operation>(),
        );
        let occurred_at = DateTime::parse_from_rfc3339(&self.occurred_at)
            .map_err(|error| Fault::new("format", "没有这一时刻", error.to_string()));
        let occurred_at = faults.take(format!("{at}/occurred_at"), occurred_at);
        let aim = operation.and_then(|it| aim(faults, at, it.target(), self.target.as_deref()));
        let sequence = self.sequence.0;
        let depends_on = self.depends_on.map(|Whole(number)| number);
        if depends_on.is_some_and(|number| number >= sequence) {
            faults.note(
                format!("{at}/depends_on"),
                "out-of-order",
                "须是更早的序号",
                "names an earlier command",
            );
        }
        Ok((|| {
            Some(Told {
                sequence,
                operation: operation?,
                aim: aim?,
                occurred_at: occurred_at?.with_timezone(&Utc),
                occurred_at_text: self.occurred_at,
                previous: self.previous,
                depends_on,
                hash: hex::encode(Sha256::digest(&canonical)),
                body: self.body,
            })
        })())
    }
}

fn aim(faults: &mut Faults, at: &str, wanted: Target, target: Option<&str>) -> Option<Aim> {
    let at = format!("{at}/target");
    match (wanted, target) {
        (Target::Nothing, None) => Some(Aim::Nothing),
        (Target::Reservation, Some(id)) => faults.take(at, id.parse()).map(Aim::Reservation),
        (Target::Stocktake, Some(id)) => faults.take(at, id.parse()).map(Aim::Stocktake),
        (Target::Nothing, Some(_)) => {
            let en = "the operation names nothing in its path";
            faults.note(at, "unknown", "该操作的地址不含编号", en);
            None
        }
        (_, None) => {
            let en = "the operation's path names something";
            faults.note(at, "required", "该操作的地址须含编号", en);
            None
        }
    }
}

/// What became of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BatchView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) device_id: Id<kinds::Device>,
    /// The number of the command that is expected next: send from there on.
    #[schema(minimum = 1)]
    pub(crate) next_sequence: i64,
    /// One for each command, in the order of the batch.
    #[schema(max_items = 5000)]
    pub(crate) commands: Vec<ToldView>,
}

/// What became of one command.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ToldView {
    #[schema(minimum = 1)]
    pub(crate) sequence: i64,
    /// `done`; `replayed`: done when it was sent before; `refused`; or `not_run`.
    #[schema(max_length = 16)]
    pub(crate) outcome: String,
    /// What it made or changed.
    #[schema(max_length = 40)]
    pub(crate) result_id: Option<String>,
    /// Why it was not run. `dependency`: what it depends on was not done, and its number is used
    /// up. `time` or `busy`: send it again.
    #[schema(max_length = 16)]
    pub(crate) reason: Option<String>,
    /// Why it was refused, as a problem document.
    #[schema(value_type = Option<Object>)]
    pub(crate) problem: Option<Value>,
}

/// It depends on what was not done.
pub(in crate::devices) const NOT_RUN_DEPENDENCY: &str = "dependency";
/// The time of the batch was over.
pub(in crate::devices) const NOT_RUN_TIME: &str = "time";
/// The server could not do it now.
pub(in crate::devices) const NOT_RUN_BUSY: &str = "busy";

impl ToldView {
    pub(in crate::devices) fn done(sequence: i64, result_id: String, replayed: bool) -> Self {
        Self {
            sequence,
            outcome: if replayed { "replayed" } else { "done" }.to_owned(),
            result_id: Some(result_id),
            reason: None,
            problem: None,
        }
    }

    pub(in crate::devices) fn refused(sequence: i64, problem: Value) -> Self {
        Self {
            sequence,
            outcome: Outcome::Refused.name().to_owned(),
            result_id: None,
            reason: None,
            problem: Some(problem),
        }
    }

    pub(in crate::devices) fn not_run(sequence: i64, reason: &'static str) -> Self {
        Self {
            sequence,
            outcome: Outcome::NotRun.name().to_owned(),
            result_id: None,
            reason: Some(reason.to_owned()),
            problem: None,
        }
    }

    /// What became of a command that was heard before.
    pub(in crate::devices) fn heard(row: &device_command::Model) -> Result<Self, Problem> {
        let outcome: Outcome = row.outcome.parse().map_err(Problem::internal)?;
        Ok(match outcome {
            Outcome::Done => Self::done(
                row.sequence,
                row.result_id.clone().unwrap_or_default(),
                true,
            ),
            Outcome::Refused => {
                let problem = row.problem.as_deref().unwrap_or("null");
                let problem = serde_json::from_str(problem).map_err(Problem::internal)?;
                Self::refused(row.sequence, problem)
            }
            Outcome::NotRun => Self::not_run(row.sequence, NOT_RUN_DEPENDENCY),
        })
    }
}

/// A refusal as it is kept: a device reads it when there is a network again, whoever reads it then,
/// so it is written in both languages.
pub(in crate::devices) fn told_problem(problem: &Problem) -> Value {
    let both = |text: &Bilingual| format!("{} / {}", text.zh, text.en);
    let code = problem.code;
    let explanation = code.explanation();
    let detail = problem.detail.as_ref().unwrap_or(&explanation);
    let mut told = Map::new();
    told.insert("type".into(), json!(format!("/problems/{}", code.slug())));
    told.insert("title".into(), json!(both(&code.title())));
    told.insert("status".into(), json!(code.status().as_u16()));
    told.insert("code".into(), json!(code.slug()));
    told.insert("detail".into(), json!(both(detail)));
    if !problem.faults.is_empty() {
        let faults = problem.faults.iter().map(|fault| {
            json!({
                "pointer": fault.pointer, "code": fault.code, "message": both(&fault.message),
            })
        });
        told.insert("errors".into(), Value::Array(faults.collect()));
    }
    told.extend(problem.extension.clone());
    Value::Object(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_may_do_is_what_the_document_lists() {
        let document = crate::http::describe();
        let listed =
            &document["components"]["schemas"]["DeviceCommandBody"]["properties"]["operation"];
        let names: Vec<_> = Operation::ALL.iter().map(|it| json!(it.name())).collect();
        assert_eq!(listed["enum"], Value::Array(names));
        let text = document["paths"].to_string();
        for operation in Operation::ALL {
            assert!(
                text.contains(&format!("\"operationId\":\"{operation}\"")),
                "{operation}"
            );
        }
    }
}
