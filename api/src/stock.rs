//! Stock: lots, movements, balances and reservations; a ledger, not a number.
//!
//! **Invariant.** Every change of stock goes through `ledger`, in the transaction of the command
//! that asks for it. Balances are what movements add up to, always (I3). Goods are seen by those
//! who see their custodian and by those who see their owner.

pub(crate) mod audit;
pub(crate) mod available;
mod columns;
mod commands;
pub(crate) mod ledger;
mod queries;
mod routes;
mod rows;
mod sweep;
mod wire;

pub(crate) use commands::{
    AskLotChange, Count, Issue, NoteTraceCode, Paper, Receive, ReleaseReservation, Reserve, Reverse,
};
pub(crate) use queries::{
    AccountAsked, AccountLot, AccountLots, Ageing, CountRow, DonatedRow, FlowRow, GiftLot, Grain,
    LotsRow, NearDepot, PapersRow, PileRow, PooledDepots, PooledGoods, PooledKey, PooledSelection,
    StepRow, account_flows, account_lots, ageing, bound_gifts, coded_receipts, day_of,
    depots_moved, free_at, gift_receipts, held_by, item_balances, lot_views, lots_lying,
    lots_of_receipt, movement, owned, pooled_goods, pooled_keys, pooled_road, rating_rows,
    recall_hands, recalled_among, recalled_lots, recorded_papers, recorded_receipts, shorted_among,
    shorted_reservations, steps_of_lots, stored_lots,
};
pub(crate) use routes::router;
pub(crate) use sweep::expire_overdue;
pub(crate) use wire::{
    AskLotChangeBody, ConditionChangeBody, CountBody, IssueBody, LotChangeView, MovementView,
    PostReservationBody, RecallHandView, ReceiptBody, ReceiptView, ReleaseBody, ReservationView,
    ReserveBody, RestrictionView, ZoneTransferBody,
};

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
