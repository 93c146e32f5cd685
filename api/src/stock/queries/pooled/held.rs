//! What lies in depots and on the road, now or at a past instant.
//!
//! **Invariant.** Both come under the same names, so that one query reads the present and the past. A look
//! at the past reads the lines of what is asked for, and not the whole ledger.

use sea_orm::sea_query::{ExprTrait, Query, SelectStatement};

use super::{
    super::{
        super::columns::{ROAD, ZONE},
        fold,
        wire::BalanceFilter,
    },
    PooledDepots, PooledSelection,
    parts::{col, ranks, when},
};

impl PooledSelection {
    // Said again inside, so that a look at one item's past reads that item's lines only.
    fn narrowed(&self) -> fold::Narrowed {
        if self.items.is_some() || self.categories.is_some() || self.owner.is_some() {
            let mut lots = Query::select();
            lots.column(("lot", "id"))
                .from("lot")
                .cond_where(self.lots());
            return fold::Narrowed::Lots(lots);
        }
        fold::Narrowed::Depots(match &self.depots {
            PooledDepots::Chosen(ids) => SelectStatement::clone(ids),
            PooledDepots::Near(depots) => Query::select()
                .column("depot_id")
                .from_subquery(ranks(depots), "near")
                .to_owned(),
        })
    }

    // What balances hold, at the zones and on the road apart.
    pub(super) fn held(&self) -> SelectStatement {
        let on_hand = || col("balance", "on_hand");
        let kind = || col("balance", "account_kind");
        let mut held = Query::select();
        held.columns([
            ("balance", "depot_id"),
            ("balance", "account_id"),
            ("balance", "lot_id"),
            ("balance", "condition"),
        ])
        .expr_as(when(kind(), ZONE, on_hand()), "on_hand")
        .expr_as(col("balance", "reserved"), "reserved")
        .expr_as(when(kind(), ROAD, on_hand()), "on_road")
        .and_where(on_hand().gt(0));
        match self.as_of {
            None => held.from("balance"),
            Some(then) => {
                let past = fold::balances_at(then, &BalanceFilter::default(), &self.narrowed());
                held.from_subquery(past, "balance")
            }
        };
        held
    }
}
