//! Loans as they are shown.
//!
//! **Invariant.** Of every lot, what was lent, what became of it and what is owed stand side by side.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::{LoanLine, LoanStateName, is_overdue},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::versioned,
    problem::Problem,
    stock::rows::loans::{loan, loan_movement},
};

use super::due;

/// Goods of one owner in one depot that another society has, and owes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LoanView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Loan>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// Whose goods they are.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) owner_id: Id<kinds::Organisation>,
    /// Who borrowed them, if it is an organisation of this system.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) borrower_id: Option<Id<kinds::Organisation>>,
    #[schema(max_length = 200)]
    pub(crate) borrower_name: String,
    #[schema(max_length = 10)]
    pub(crate) due_on: String,
    #[schema(max_length = 64)]
    pub(crate) reference: Option<String>,
    /// `open`, `closed` or `forgiven`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    /// Whether something is owed after the day on which it was due.
    pub(crate) overdue: bool,
    pub(crate) lent_at: DateTime<Utc>,
    /// The principal, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) lent_by: String,
    /// When nothing was owed any more.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) ended_by: Option<String>,
    /// Why the rest was forgiven.
    #[schema(max_length = 500)]
    pub(crate) end_reason: Option<String>,
    #[schema(max_items = 1000)]
    pub(crate) lines: Vec<LoanLineView>,
    /// What moved goods of the loan.
    #[schema(max_items = 100000)]
    pub(crate) movements: Vec<LoanMovementView>,
    /// The count of changes, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(LoanView);

impl LoanView {
    pub(in crate::stock) fn new(
        row: loan::Model,
        lines: Vec<LoanLineView>,
        movements: Vec<LoanMovementView>,
        today: NaiveDate,
    ) -> Result<Self, Problem> {
        let state: LoanStateName = row.state.parse().map_err(Problem::internal)?;
        Ok(Self {
            id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            owner_id: Id::from_uuid(row.owner_id),
            borrower_id: row.borrower_id.map(Id::from_uuid),
            borrower_name: row.borrower_name,
            overdue: is_overdue(state, due(&row.due_on)?, today),
            due_on: row.due_on,
            reference: row.reference,
            state: row.state,
            lent_at: row.lent_at,
            lent_by: row.lent_by,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            end_reason: row.end_reason,
            lines,
            movements,
            version: row.version,
        })
    }
}

/// What was lent of one lot, and what became of it, in base units.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LoanLineView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    #[schema(minimum = 1)]
    pub(crate) lent: i64,
    /// Goods of the lot that came back.
    #[schema(minimum = 0)]
    pub(crate) given_back: i64,
    /// Those that other goods came for.
    #[schema(minimum = 0)]
    pub(crate) settled: i64,
    /// Those that are not asked for.
    #[schema(minimum = 0)]
    pub(crate) forgiven: i64,
    /// What is owed.
    #[schema(minimum = 0)]
    pub(crate) owed: i64,
}

impl LoanLineView {
    pub(in crate::stock) fn new(
        line: &LoanLine,
        item_id: Id<kinds::Item>,
        (item_name, base_unit): (String, String),
    ) -> Self {
        Self {
            lot_id: line.lot,
            item_id,
            item_name,
            base_unit,
            lent: line.lent,
            given_back: line.given_back,
            settled: line.settled,
            forgiven: line.forgiven,
            owed: line.rest(),
        }
    }
}

/// A movement of goods of a loan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LoanMovementView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) movement_id: Id<kinds::Movement>,
    /// `lend`, `give_back`, `settle` or `forgive`.
    #[schema(max_length = 16)]
    pub(crate) act: String,
    /// The receipt of what came in their place.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) receipt_id: Option<Id<kinds::Movement>>,
    pub(crate) rate_lent: Option<i64>,
    pub(crate) rate_given: Option<i64>,
    #[schema(max_length = 64)]
    pub(crate) agreed_in: Option<String>,
}

impl LoanMovementView {
    pub(in crate::stock) fn new(row: loan_movement::Model) -> Self {
        Self {
            movement_id: Id::from_uuid(row.movement_id),
            act: row.act,
            receipt_id: row.receipt_id.map(Id::from_uuid),
            rate_lent: row.rate_lent,
            rate_given: row.rate_given,
            agreed_in: row.agreed_in,
        }
    }
}

/// Which loans to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct LoanFilter {
    /// Those of this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// Those of goods of this owner.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) owner_id: Option<Id<kinds::Organisation>>,
    /// Those that this organisation borrowed.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) borrower_id: Option<Id<kinds::Organisation>>,
    /// Those in this state.
    #[param(max_length = 16, pattern = "^(open|closed|forgiven)$")]
    pub(in crate::stock) state: Option<String>,
    /// Those that are overdue, or those that are not.
    pub(in crate::stock) overdue: Option<bool>,
    /// Those of goods of this lot.
    #[param(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) lot_id: Option<Id<kinds::Lot>>,
}
