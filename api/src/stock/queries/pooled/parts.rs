//! Parts of the statements that pool goods.
//!
//! **Invariant.** Each is one expression and reads nothing.

use domain::stock::Ownership;
use sea_orm::{
    Condition,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func, Query, SelectStatement},
};

use crate::{depots, organisations};

use super::NearDepot;

/// Whether goods of the lot that lies in the depot are owned so.
pub(super) fn owned(ownership: Option<Ownership>) -> Condition {
    let by_custodian = || depots::is_kept_by(col("held", "depot_id"), col("lot", "owner_id"));
    let by_partner = || col("lot", "owner_id").in_subquery(organisations::partner_ids());
    let all = Condition::all();
    match ownership {
        // What is reserved at a supplier lies in no depot and is not looked for.
        None | Some(Ownership::Reserved) => all,
        Some(Ownership::Own) => all.add(by_custodian()),
        Some(Ownership::Held) => all.add(by_custodian().not()).add(by_partner().not()),
        Some(Ownership::Consigned) => all.add(by_custodian().not()).add(by_partner()),
    }
}

/// Depots with their ranks, as rows.
pub(super) fn ranks(depots: &[NearDepot]) -> SelectStatement {
    let values = depots.iter().map(|near| {
        let day = near.arrives_on.map(|day| day.to_string());
        (near.depot.uuid(), near.metres, day)
    });
    Query::select()
        .expr_as(col("ranked", "column1"), "depot_id")
        .expr_as(col("ranked", "column2"), "metres")
        .expr_as(col("ranked", "column3"), "arrives_on")
        .from_values(values, "ranked")
        .to_owned()
}

pub(super) fn col(table: &'static str, column: &'static str) -> Expr {
    Expr::col((Alias::new(table), Alias::new(column)))
}

// `amount` where the account is of this kind, nothing elsewhere.
pub(super) fn when(kind: Expr, name: &'static str, amount: Expr) -> Expr {
    CaseStatement::new()
        .case(kind.eq(name), amount)
        .finally(Expr::val(0_i64))
        .into()
}

// PostgreSQL adds whole numbers up to a decimal.
pub(super) fn total(column: &'static str) -> Expr {
    Expr::from(Func::sum(col("held", column))).cast_as("bigint")
}
