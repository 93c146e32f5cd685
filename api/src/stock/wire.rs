//! Shapes of stock on the wire.
//!
//! **Invariant.** Input is parsed into domain types here or refused with every fault at once. Units
//! are only names here: the command knows which units an item has.

mod balances;
mod conditions;
mod conversions;
mod disposals;
mod issues;
mod late_facts;
mod loans;
mod lot_changes;
mod lots;
mod movements;
mod parts;
mod recalls;
mod receipts;
mod reservations;
mod returns;
mod stocktakes;

pub(super) use balances::check_as_of;
pub(crate) use balances::{BalanceFilter, BalanceView};
pub(super) use conditions::ConditionChangeFilter;
pub(crate) use conditions::{ConditionChangeBody, ConditionChangeLineView, ConditionChangeView};
pub(crate) use conversions::{ConversionView, ConvertedPartView, KitPartView};
pub(super) use conversions::{KitAssemblyBody, KitDisassemblyBody, no_value};
pub(super) use disposals::{
    AskDisposalBody, CarryOutDisposalBody, DisposalFilter, EndDisposalBody,
};
pub(crate) use disposals::{DisposalLineView, DisposalPartView, DisposalView};
pub(super) use issues::ReverseBody;
pub(crate) use issues::{IssueBody, ZoneTransferBody};
pub(crate) use late_facts::{FoundView, LateFactView, ShortageView};
pub(super) use late_facts::{LateFactFilter, ReviewBody};
pub(super) use loans::{ForgiveLoanBody, GiveBackBody, LendBody, LoanFilter, SettleLoanBody};
pub(crate) use loans::{LoanLineView, LoanMovementView, LoanView};
pub(crate) use lot_changes::{AskLotChangeBody, LotChangeLineView, LotChangeView};
pub(super) use lot_changes::{EndLotChangeBody, LotChangeFilter};
pub(super) use lots::{HistoryFilter, LotFilter, LotStandingView, named};
pub(crate) use lots::{LotHistoryView, LotTotalsView, LotView, PassageView};
pub(super) use movements::MovementFilter;
pub(crate) use movements::{
    LedgerAccountView, MovementLineView, MovementSummaryView, MovementView,
};
pub(super) use parts::{CloseBody, malformed_cursor};
pub(crate) use parts::{PurposeView, RestrictionView};
pub(super) use recalls::{LiftRecallBody, LotRecallFilter, RecallLotsBody};
pub(crate) use recalls::{LotRecallView, RecallHandView};
pub(crate) use receipts::{ReceiptBody, ReceiptView, TraceCodeView, WarningView};
pub(super) use reservations::ReservationFilter;
pub(crate) use reservations::{
    PostReservationBody, ReleaseBody, ReservationLineView, ReservationView, ReserveBody,
};
pub(super) use returns::{GoodsReturnBody, GoodsReturnFilter};
pub(crate) use returns::{GoodsReturnLineView, GoodsReturnView};
pub(super) use stocktakes::{
    APPROVAL_GIVEN, CountAccuracyFilter, CountLimitBody, FOUND, FoundLotsBody, LIMIT_BUILT_IN,
    OPEN, OpenStocktakeBody, StocktakeCountFilter, StocktakeFilter, StocktakeLineFilter,
    StocktakeReasonBody, Sums,
};
pub(crate) use stocktakes::{
    CountAccuracyView, CountBody, CountLimitView, CountedView, StocktakeCountView,
    StocktakeLineView, StocktakeView,
};
