//! Changes of stock, as people ask for them.
//!
//! **Invariant.** A command checks who may do it and turns units into base units; what is then
//! posted goes through `ledger`. Goods are counted at the depot's own zones only.

mod close;
mod conditions;
mod conversions;
mod disposals;
mod drawing;
mod issue;
mod late_facts;
mod loans;
mod lot_changes;
mod places;
mod recalls;
mod receipt_codes;
mod receive;
mod reservations;
mod returns;
mod shift;
mod stocktakes;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    catalogue::{UnitError, Units},
    kernel::{Id, Quantity, Text, kinds},
    stock::Condition,
};

use crate::{
    problem::{Fault, Problem},
    uow::Uow,
};

use super::{
    ledger::{Override, Papers},
    queries, rows, wire,
};

pub(crate) use close::CloseDepot;
pub(crate) use conditions::{ChangeCondition, ConditionLine};
pub(crate) use conversions::{AssembleKits, OpenedLine, OpenedStuff, TakeKitsApart};
pub(crate) use disposals::{
    ApproveDisposal, AskDisposal, CarryOutDisposal, Done, PartLine, RefuseDisposal,
    WithdrawDisposal,
};
pub(crate) use issue::Issue;
pub(crate) use late_facts::ReviewLateFact;
pub(crate) use loans::{BackLine, Borrower, ForgiveLoan, GiveBackLoan, Lend, SettleLoan};
pub(crate) use lot_changes::{
    AcceptLotChange, ApproveLotChange, AskLotChange, RefuseLotChange, WithdrawLotChange,
};
pub(crate) use recalls::{LiftRecall, RecallLots, Recalled};
pub(crate) use receipt_codes::{NoteTraceCode, RenewTraceCode};
pub(crate) use receive::{ReceiptLine, Receive};
pub(crate) use reservations::{ExpireReservation, PostReservation, ReleaseReservation, Reserve};
pub(crate) use returns::{Came, ReturnLine, TakeBack};
pub(crate) use shift::{Reverse, TransferBetweenZones, ZoneLine};
pub(crate) use stocktakes::{
    AbandonStocktake, AddFoundLots, ApproveStocktake, CloseRound, CountLine, CountStocktake,
    OpenStocktake, RecountStocktake, SetCountLimit, SettleStocktake,
};

/// How far back the field may report: the books of ten years.
const OCCURRED_PAST_MAX: TimeDelta = TimeDelta::days(3_653);
/// How far a clock in the field may run ahead.
const OCCURRED_AHEAD_MAX: TimeDelta = TimeDelta::minutes(5);

/// What a paper says beside its lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paper {
    /// The id of the movement, if the client made one.
    pub(crate) id: Option<Id<kinds::Movement>>,
    /// When it happened, as the field says; now, if absent.
    pub(crate) occurred_at: Option<DateTime<Utc>>,
    pub(crate) number: Option<Text<64>>,
    pub(crate) counterparty: Option<Text<200>>,
    pub(crate) note: Option<Text<1000>>,
}

/// How many of which unit, as somebody counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) number: i64,
    /// The base unit, if absent.
    pub(crate) unit: Option<Text<16>>,
}

/// Goods that are to be taken.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    pub(crate) stuff: Stuff,
    pub(crate) count: Count,
}

/// Which goods.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stuff {
    /// Those of an item that expire first.
    Item(Id<kinds::Item>),
    /// Those of one lot in one zone; in the only zone that holds any of it, if absent.
    Lot {
        lot: Id<kinds::Lot>,
        zone: Option<Id<kinds::Zone>>,
        condition: Condition,
    },
}

impl Paper {
    /// The id of the movement: the client's, which must be new, or a fresh one.
    async fn movement(&self, uow: &Uow<'_>) -> Result<Id<kinds::Movement>, Problem> {
        let Some(id) = self.id else {
            return Ok(uow.id());
        };
        // The key of the table holds the depot too, so another depot's paper would not collide.
        if queries::movement_exists(uow.db(), id).await? {
            return Err(
                Problem::new(crate::problem::Code::AlreadyExists).with("constraint", "movement.id")
            );
        }
        Ok(id)
    }

    /// When it happened.
    pub(crate) fn occurred_at(&self, uow: &Uow<'_>) -> Result<DateTime<Utc>, Problem> {
        let Some(at) = self.occurred_at else {
            return Ok(uow.now());
        };
        if at > uow.now() + OCCURRED_AHEAD_MAX {
            return Err(Problem::field(
                "/occurred_at",
                "out-of-range",
                "不得晚于现在 5 分钟以上",
                "is more than 5 minutes ahead of the server",
            ));
        }
        if at < uow.now() - OCCURRED_PAST_MAX {
            return Err(Problem::field(
                "/occurred_at",
                "out-of-range",
                "不得早于 10 年前",
                "is more than 10 years ago",
            ));
        }
        Ok(at)
    }

    fn papers(&self, occurred_at: DateTime<Utc>) -> Papers {
        Papers {
            occurred_at: Some(occurred_at),
            paper_number: self.number.clone(),
            counterparty: self.counterparty.clone(),
            note: self.note.clone(),
            ..Papers::default()
        }
    }
}

/// An override in the caller's own name.
fn by_caller(reason: Option<&Text<500>>) -> Option<Override> {
    reason.map(|reason| Override {
        reason: reason.clone(),
    })
}

impl Count {
    /// The count in base units, or what is wrong and with which field.
    pub(crate) fn in_base(&self, units: &Units) -> Result<Quantity, (&'static str, Fault)> {
        let unit = self.unit.as_ref().unwrap_or(units.base());
        units
            .to_base(self.number, unit.as_str())
            .map_err(|error| match error {
                UnitError::Quantity(error) => ("quantity", Fault::from(error)),
                UnitError::Unknown | UnitError::Repeated { .. } | UnitError::TooManyPacks => {
                    let names: Vec<_> = [units.base().as_str()]
                        .into_iter()
                        .chain(units.packs().iter().map(|pack| pack.name().as_str()))
                        .collect();
                    let names = names.join("、");
                    let fault = Fault::new(
                        "unit",
                        format!("该物资没有这种单位或包装；可用：{names}"),
                        format!("the item has no such unit or pack; it has: {names}"),
                    );
                    ("unit", fault)
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use domain::catalogue::Pack;

    use super::*;

    #[test]
    fn counts_become_base_units_or_say_which_field_is_wrong() {
        let pack = Pack::new(Text::new("箱").unwrap(), 24).unwrap();
        let units = Units::new(Text::new("瓶").unwrap(), vec![pack]).unwrap();
        let check = |number, unit: Option<&str>, expected: Result<i64, &str>| {
            let unit = unit.map(|unit| Text::new(unit).unwrap());
            let count = Count { number, unit };
            let answer = count.in_base(&units).map(Quantity::get);
            assert_eq!(answer.map_err(|(field, _)| field), expected, "{count:?}");
        };
        check(5, None, Ok(5));
        check(5, Some("瓶"), Ok(5));
        check(5, Some("箱"), Ok(120));
        check(5, Some("托"), Err("unit"));
        check(0, Some("箱"), Err("quantity"));
        check(50_000_000_000, Some("箱"), Err("quantity"));
    }
}
