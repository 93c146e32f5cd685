//! The ledger measured against its own rules.
//!
//! **Invariant.** What is compared is added up from movement lines and reservation lines anew;
//! nothing is taken from the balances but what is compared with the sums.

mod conditions;
mod conversions;
mod disposals;
mod documents;
mod late_facts;
mod loans;
mod lot_changes;
mod promises;
mod recalls;
mod stocktakes;
mod sums;
mod written;

use super::{
    columns,
    commands::{
        AcceptLotChange, ApproveStocktake, AssembleKits, CarryOutDisposal, ChangeCondition,
        ForgiveLoan, GiveBackLoan, Issue, Lend, PostReservation, Receive, Reverse, SettleLoan,
        TakeBack, TakeKitsApart, TransferBetweenZones,
    },
    queries::lots_by_id,
    rows,
};
use crate::uow::Command;

pub(crate) use conditions::conditions;
pub(crate) use conversions::conversions;
pub(crate) use disposals::{disposals, returns};
pub(crate) use documents::documents;
pub(crate) use late_facts::late_facts;
pub(crate) use loans::loans;
pub(crate) use lot_changes::lot_changes;
pub(crate) use promises::promises;
pub(crate) use recalls::recalls;
pub(crate) use stocktakes::stocktakes;
pub(crate) use sums::{sums, sums_of};
pub(crate) use written::rows_of;

/// The commands of this context that never succeed without a movement, as the journal names them.
pub(crate) const POSTING: &[&str] = &[
    Receive::NAME,
    Issue::NAME,
    TransferBetweenZones::NAME,
    ChangeCondition::NAME,
    Reverse::NAME,
    PostReservation::NAME,
    ApproveStocktake::NAME,
    AssembleKits::NAME,
    TakeKitsApart::NAME,
    CarryOutDisposal::NAME,
    TakeBack::NAME,
    AcceptLotChange::NAME,
    Lend::NAME,
    GiveBackLoan::NAME,
    SettleLoan::NAME,
    ForgiveLoan::NAME,
];

/// A balance's key in words, from columns of these names.
fn place(row: &sea_orm::QueryResult) -> Result<String, sea_orm::DbErr> {
    let (kind, condition): (String, String) = (
        row.try_get("", "account_kind")?,
        row.try_get("", "condition")?,
    );
    let depot = row.try_get("", "depot_id")?;
    let account = row.try_get("", "account_id")?;
    let lot: domain::kernel::Id<domain::kernel::kinds::Lot> =
        domain::kernel::Id::from_uuid(row.try_get("", "lot_id")?);
    let place = match columns::account(&kind, depot, account) {
        Ok(domain::stock::Account::Zone { depot, zone }) => format!("{depot} {zone}"),
        Ok(domain::stock::Account::Road { depot, shipment }) => format!("{depot} {shipment}"),
        _ => format!("{kind} {depot} {account}"),
    };
    Ok(format!("{place} {lot} {condition}"))
}
