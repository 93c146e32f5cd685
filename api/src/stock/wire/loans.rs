//! Loans on the wire.
//!
//! **Invariant.** Every loan names one borrower: an organisation of the tree, or a society outside it
//! by its name.

mod views;

use chrono::NaiveDate;
use domain::{
    kernel::{Id, Quantity, Text, kinds},
    stock::{Condition, LoanRate},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    http::Whole,
    problem::{Fault, Faults, Problem},
};

use super::{
    super::commands::{
        BackLine, Borrower, Draw, ForgiveLoan, GiveBackLoan, Lend, SettleLoan, Stuff,
    },
    parts::{condition, count, day, lines, optional, paper_body},
    receipts::ReceiptLineBody,
};

pub(in crate::stock) use views::LoanFilter;
pub(crate) use views::{LoanLineView, LoanMovementView, LoanView};

paper_body! {
    /// Goods that another society gets for a time.
    pub(in crate::stock) struct LendBody {
        /// The id of the loan, made by the client if it likes.
        #[schema(value_type = Option<String>, pattern = "^loan_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        loan_id: Option<Id<kinds::Loan>>,
        #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        depot_id: Id<kinds::Depot>,
        /// Who borrows them. Give this or `borrower_name`.
        #[schema(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        borrower_id: Option<Id<kinds::Organisation>>,
        /// Who borrows them, where it is no organisation of this system.
        #[schema(min_length = 1, max_length = 200)]
        borrower_name: Option<String>,
        /// The last day on which they are to be back.
        #[schema(format = "date", max_length = 10)]
        due_on: String,
        /// The number of the agreement.
        #[schema(min_length = 1, max_length = 64)]
        reference: Option<String>,
        /// Usable goods of one owner.
        #[schema(min_items = 1, max_items = 1000)]
        lines: Vec<LoanLineBody>,
    }
}

/// Goods of one lot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct LoanLineBody {
    #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Id<kinds::Lot>,
    /// Where the lot lies; may be left out when all of it lies in one zone.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Option<Id<kinds::Zone>>,
    /// How many units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
}

impl LoanLineBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<Draw> {
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        Some(Draw {
            stuff: Stuff::Lot {
                lot: self.lot_id,
                zone: self.zone_id,
                condition: Condition::Usable,
            },
            count: count?,
        })
    }
}

impl LendBody {
    pub(in crate::stock) fn parse(self) -> Result<Lend, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let borrower = self.borrower(&mut faults);
        let due_on = day(&mut faults, "/due_on".to_owned(), Some(&self.due_on));
        let reference = optional(&mut faults, "/reference", self.reference.as_deref());
        let lines = lines(&self.lines, &mut faults, LoanLineBody::parse);
        let command = (|| {
            Some(Lend {
                id: self.loan_id,
                depot: self.depot_id,
                paper: paper?,
                borrower: borrower?,
                due_on: due_on.flatten()?,
                reference: reference?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }

    fn borrower(&self, faults: &mut Faults) -> Option<Borrower> {
        match (self.borrower_id, &self.borrower_name) {
            (Some(id), None) => Some(Borrower::Organisation(id)),
            (None, Some(name)) => {
                let name = faults.take("/borrower_name", Text::new(name));
                name.map(Borrower::Foreign)
            }
            (None, None) => {
                faults.note(
                    "/borrower_id",
                    "required",
                    "须给出 borrower_id 或 borrower_name",
                    "give borrower_id or borrower_name",
                );
                None
            }
            (Some(_), Some(_)) => {
                faults.note(
                    "/borrower_name",
                    "ambiguous",
                    "已给出 borrower_id，不得再给出 borrower_name",
                    "give borrower_id or borrower_name, not both",
                );
                None
            }
        }
    }
}

paper_body! {
    /// Goods that come back from a loan.
    pub(in crate::stock) struct GiveBackBody {
        #[schema(min_items = 1, max_items = 1000)]
        lines: Vec<GiveBackLineBody>,
    }
}

/// Goods of one lot that come back in one state.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct GiveBackLineBody {
    /// The lot that was lent.
    #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Id<kinds::Lot>,
    /// How many units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
    /// How they came back; `usable` if absent.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    condition: Option<String>,
    /// The zone that takes them; the depot's main zone if absent.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Option<Id<kinds::Zone>>,
}

impl GiveBackLineBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<BackLine> {
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let at = format!("{line}/condition");
        let condition = condition(faults, at, self.condition.as_deref());
        Some(BackLine {
            lot: self.lot_id,
            count: count?,
            condition: condition?,
            zone: self.zone_id,
        })
    }
}

impl GiveBackBody {
    pub(in crate::stock) fn parse(self, loan: Id<kinds::Loan>) -> Result<GiveBackLoan, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let lines = lines(&self.lines, &mut faults, GiveBackLineBody::parse);
        let command = (|| {
            Some(GiveBackLoan {
                loan,
                paper: paper?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

paper_body! {
    /// Other goods that come in the place of some that were lent, by an agreed rate.
    pub(in crate::stock) struct SettleLoanBody {
        /// The lot that was lent.
        #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        lot_id: Id<kinds::Lot>,
        /// How many units of it are settled.
        #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
        quantity: Whole,
        /// The name of the item's base unit or of one of its packs; the base unit if absent.
        #[schema(min_length = 1, max_length = 16)]
        unit: Option<String>,
        /// For so many base units that were lent …
        #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
        rate_lent: Whole,
        /// … come so many base units of the other goods.
        #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
        rate_given: Whole,
        /// Where the rate was agreed.
        #[schema(min_length = 1, max_length = 64)]
        agreed_in: String,
        /// What came, all of one item, each line a new lot of the owner's.
        #[schema(min_items = 1, max_items = 1000)]
        lines: Vec<ReceiptLineBody>,
    }
}

impl SettleLoanBody {
    pub(in crate::stock) fn parse(self, loan: Id<kinds::Loan>) -> Result<SettleLoan, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let count = count(&mut faults, "", self.quantity, self.unit.as_deref());
        let mut rate = |pointer, Whole(number)| {
            faults.take(pointer, Quantity::new(number).map_err(Fault::from))
        };
        let (lent, given) = (
            rate("/rate_lent", self.rate_lent),
            rate("/rate_given", self.rate_given),
        );
        let agreed_in = faults.take("/agreed_in", Text::new(&self.agreed_in));
        let lines = lines(&self.lines, &mut faults, ReceiptLineBody::parse);
        let command = (|| {
            Some(SettleLoan {
                loan,
                paper: paper?,
                lot: self.lot_id,
                count: count?,
                rate: LoanRate {
                    lent: lent?,
                    given: given?,
                },
                agreed_in: agreed_in?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

/// Why the rest of a loan is not asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct ForgiveLoanBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl ForgiveLoanBody {
    pub(in crate::stock) fn parse(&self, loan: Id<kinds::Loan>) -> Result<ForgiveLoan, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let reason = faults.finish(reason)?;
        Ok(ForgiveLoan { loan, reason })
    }
}

/// Whether the day has passed on which a loan was due.
pub(super) fn due(text: &str) -> Result<NaiveDate, Problem> {
    text.parse().map_err(Problem::internal)
}
