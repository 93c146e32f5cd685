//! Statements on the wire.
//!
//! **Invariant.** What anybody may read says who published nothing but the organisation.

use chrono::{DateTime, SubsecRound as _, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    stock::Source,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::versioned,
    problem::{Faults, Problem},
};

use super::{
    super::{
        commands::{PrepareStatement, WithdrawStatement},
        rows::statement,
    },
    StatementContent,
};

/// What a statement is about, as the domain has it.
#[derive(Debug, Clone)]
pub(in crate::disclosure) struct StatementAsked {
    pub(in crate::disclosure) organisation: Id<kinds::Organisation>,
    pub(in crate::disclosure) incident: Option<Id<kinds::Incident>>,
    pub(in crate::disclosure) donor: Option<Id<kinds::Donor>>,
    pub(in crate::disclosure) item: Option<Id<kinds::Item>>,
    pub(in crate::disclosure) source: Option<Source>,
    pub(in crate::disclosure) from: Option<DateTime<Utc>>,
    pub(in crate::disclosure) until: Option<DateTime<Utc>>,
    /// The size of the checkpoint; the newest, if absent.
    pub(in crate::disclosure) position: Option<i64>,
}

/// What a statement is about.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::disclosure) struct DraftQuery {
    /// Goods of this organisation and of those below it.
    #[param(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    /// Goods that are bound to this incident, and what moved for it.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    incident_id: Option<Id<kinds::Incident>>,
    /// Gifts of this donor.
    #[param(value_type = Option<String>, pattern = "^donor_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    donor_id: Option<Id<kinds::Donor>>,
    /// Of this item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Option<Id<kinds::Item>>,
    /// Goods that came so.
    #[param(
        max_length = 16,
        pattern = "^(purchase|donation|transfer_in|forfeit|opening|conversion|disposal|recovery)$"
    )]
    source: Option<String>,
    /// When the period begins, by the server's time; it has no beginning, if absent.
    from: Option<DateTime<Utc>>,
    /// What was recorded before this moment counts; now, if absent.
    until: Option<DateTime<Utc>>,
    /// The size of a checkpoint: what was sealed after it is not counted. The newest, if absent.
    #[param(minimum = 1, maximum = 9007199254740991_i64)]
    position: Option<i64>,
}

impl DraftQuery {
    pub(in crate::disclosure) fn parse(
        &self,
        now: DateTime<Utc>,
    ) -> Result<StatementAsked, Problem> {
        let mut faults = Faults::default();
        let source = faults.take_if("source", self.source.as_deref().map(str::parse));
        check_period(&mut faults, "", self.from, self.until, now);
        let asked = source.map(|source| StatementAsked {
            organisation: self.organisation_id,
            incident: self.incident_id,
            donor: self.donor_id,
            item: self.item_id,
            source,
            from: kept(self.from),
            until: kept(self.until),
            position: self.position,
        });
        faults.finish(asked).map_err(Problem::of_query)
    }
}

// As fine as the server's own time, so that tables give back what they were given.
fn kept(moment: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    moment.map(|moment| moment.trunc_subsecs(3))
}

fn check_period(
    faults: &mut Faults,
    before: &str,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) {
    if until.is_some_and(|until| until > now) {
        faults.note(
            format!("{before}until"),
            "out-of-range",
            "须是过去的时刻",
            "must be a past moment",
        );
    }
    if from.is_some_and(|from| from >= until.unwrap_or(now)) {
        faults.note(
            format!("{before}from"),
            "out-of-range",
            "须早于期末",
            "must be before the end of the period",
        );
    }
}

/// What a statement is about, and what it is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::disclosure) struct PrepareStatementBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^statement_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Statement>>,
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// Goods of this organisation and of those below it.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    /// Goods that are bound to this incident, and what moved for it.
    #[schema(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    incident_id: Option<Id<kinds::Incident>>,
    /// Gifts of this donor, whom the public may know by name.
    #[schema(value_type = Option<String>, pattern = "^donor_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    donor_id: Option<Id<kinds::Donor>>,
    /// Of this item.
    #[schema(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Option<Id<kinds::Item>>,
    /// Goods that came so.
    #[schema(
        max_length = 16,
        pattern = "^(purchase|donation|transfer_in|forfeit|opening|conversion|disposal|recovery)$"
    )]
    source: Option<String>,
    /// When the period begins, by the server's time; it has no beginning, if absent.
    from: Option<DateTime<Utc>>,
    /// What was recorded before this moment counts; now, if absent.
    until: Option<DateTime<Utc>>,
    /// The published statement that this one takes the place of. It is about the same.
    #[schema(value_type = Option<String>, pattern = "^statement_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    corrects_id: Option<Id<kinds::Statement>>,
    /// Why; goes with `corrects_id` only.
    #[schema(min_length = 1, max_length = 500)]
    correction_reason: Option<String>,
}

impl PrepareStatementBody {
    pub(in crate::disclosure) fn parse(
        &self,
        now: DateTime<Utc>,
    ) -> Result<PrepareStatement, Problem> {
        let mut faults = Faults::default();
        let title = faults.take("/title", Text::new(&self.title));
        let source = faults.take_if("/source", self.source.as_deref().map(str::parse));
        let reason = self.correction_reason.as_deref().map(Text::new);
        let reason = faults.take_if("/correction_reason", reason);
        check_period(&mut faults, "/", self.from, self.until, now);
        if self.corrects_id.is_some() != self.correction_reason.is_some() {
            faults.note(
                "/correction_reason",
                "required",
                "更正的公示与更正原因须同时给出",
                "the statement that is corrected and the reason go together",
            );
        }
        let command = (|| {
            let reason: Option<Text<500>> = reason?;
            Some(PrepareStatement {
                id: self.id,
                title: title?,
                asked: StatementAsked {
                    organisation: self.organisation_id,
                    incident: self.incident_id,
                    donor: self.donor_id,
                    item: self.item_id,
                    source: source?,
                    from: kept(self.from),
                    until: kept(self.until),
                    position: None,
                },
                corrects: self.corrects_id.zip(reason),
            })
        })();
        faults.finish(command)
    }
}

/// Why a statement is given up before anybody outside read it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::disclosure) struct WithdrawStatementBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl WithdrawStatementBody {
    pub(in crate::disclosure) fn parse(
        &self,
        statement: Id<kinds::Statement>,
    ) -> Result<WithdrawStatement, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let command = reason.map(|reason| WithdrawStatement { statement, reason });
        faults.finish(command)
    }
}

/// Which statements.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::disclosure) struct StatementFilter {
    /// Of this organisation or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(in crate::disclosure) organisation_id: Option<Id<kinds::Organisation>>,
    /// About this incident.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::disclosure) incident_id: Option<Id<kinds::Incident>>,
    /// In this state.
    #[param(max_length = 16, pattern = "^(prepared|published|withdrawn)$")]
    pub(in crate::disclosure) state: Option<String>,
}

/// Which published statements.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::disclosure) struct PublicFilter {
    /// Of this organisation or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(in crate::disclosure) organisation_id: Option<Id<kinds::Organisation>>,
    /// About this incident.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::disclosure) incident_id: Option<Id<kinds::Incident>>,
}

/// A statement without what it says.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatementSummaryView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Statement>,
    #[schema(value_type = String, max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    title: String,
    #[schema(value_type = Option<String>, max_length = 40)]
    incident_id: Option<Id<kinds::Incident>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    donor_id: Option<Id<kinds::Donor>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    item_id: Option<Id<kinds::Item>>,
    #[schema(max_length = 16)]
    source: Option<String>,
    from: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
    /// How many entries of the journal were sealed.
    #[schema(minimum = 0)]
    position: i64,
    /// `prepared`, `published` or `withdrawn`.
    #[schema(max_length = 16)]
    state: String,
    /// The SHA-256 of what it says, in hex.
    #[schema(max_length = 64)]
    digest: String,
    /// How many lots.
    #[schema(minimum = 0)]
    line_count: i64,
    /// The statement that it takes the place of.
    #[schema(value_type = Option<String>, max_length = 40)]
    corrects_id: Option<Id<kinds::Statement>>,
    prepared_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    prepared_by: String,
    /// When it was published or withdrawn.
    ended_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    ended_by: Option<String>,
    /// Why it was withdrawn.
    #[schema(max_length = 500)]
    reason: Option<String>,
    #[schema(minimum = 1)]
    version: i64,
}

versioned!(StatementSummaryView);

impl From<statement::Model> for StatementSummaryView {
    fn from(row: statement::Model) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            organisation_id: Id::from_uuid(row.organisation_id),
            title: row.title,
            incident_id: row.incident_id.map(Id::from_uuid),
            donor_id: row.donor_id.map(Id::from_uuid),
            item_id: row.item_id.map(Id::from_uuid),
            source: row.source,
            from: row.from_at,
            until: row.until_at,
            position: row.position,
            state: row.state,
            digest: row.digest,
            line_count: row.line_count,
            corrects_id: row.corrects_id.map(Id::from_uuid),
            prepared_at: row.prepared_at,
            prepared_by: row.prepared_by,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            reason: row.reason,
            version: row.version,
        }
    }
}

/// A statement and what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::disclosure) struct StatementView {
    pub(in crate::disclosure) statement: StatementSummaryView,
    pub(in crate::disclosure) content: StatementContent,
}

impl crate::http::Versioned for StatementView {
    fn version(&self) -> i64 {
        self.statement.version
    }
}

/// A published statement without what it says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::disclosure) struct PublishedView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) id: Id<kinds::Statement>,
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::disclosure) organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) title: String,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::disclosure) incident_id: Option<Id<kinds::Incident>>,
    pub(in crate::disclosure) from: Option<DateTime<Utc>>,
    pub(in crate::disclosure) until: DateTime<Utc>,
    /// How many entries of the journal were sealed.
    #[schema(minimum = 0)]
    pub(in crate::disclosure) position: i64,
    /// The SHA-256 of the content's canonical form (RFC 8785), in hex.
    #[schema(max_length = 64)]
    pub(in crate::disclosure) digest: String,
    /// How many lots.
    #[schema(minimum = 0)]
    pub(in crate::disclosure) line_count: i64,
    pub(in crate::disclosure) published_at: Option<DateTime<Utc>>,
    /// The statement that it takes the place of.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::disclosure) corrects_id: Option<Id<kinds::Statement>>,
    /// The newer statement that took its place.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::disclosure) corrected_by_id: Option<Id<kinds::Statement>>,
}

impl PublishedView {
    pub(in crate::disclosure) fn new(
        row: statement::Model,
        corrected_by: Option<uuid::Uuid>,
    ) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            organisation_id: Id::from_uuid(row.organisation_id),
            title: row.title,
            incident_id: row.incident_id.map(Id::from_uuid),
            from: row.from_at,
            until: row.until_at,
            position: row.position,
            digest: row.digest,
            line_count: row.line_count,
            published_at: row.ended_at,
            corrects_id: row.corrects_id.map(Id::from_uuid),
            corrected_by_id: corrected_by.map(Id::from_uuid),
        }
    }
}

/// A published statement and what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::disclosure) struct PublishedFullView {
    pub(in crate::disclosure) statement: PublishedView,
    pub(in crate::disclosure) content: StatementContent,
}
