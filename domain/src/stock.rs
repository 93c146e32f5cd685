//! Stock: a ledger, not a number (DESIGN §4).
//!
//! **Invariant.** Goods move from one account to another, so that the sum over all accounts of a
//! lot, the outside world included, is always zero. Movements are never changed; a mistake is
//! undone by a reversal that names it. On every balanced account `on_hand ≥ 0` and
//! `0 ≤ reserved ≤ on_hand`. A reservation ends exactly once.
//!
//! [`Movement`], [`Reservation`] and [`pick()`] decide; [`Book`] is the whole ledger in memory,
//! which proves the rules and re-adds what tables hold.

mod account;
mod availability;
mod book;
mod condition_change;
mod conversion;
mod disposal;
mod late_fact;
mod loan;
mod lot;
mod lot_change;
mod lot_recall;
mod movement;
mod ownership;
mod pick;
mod receipt_code;
mod recovery;
mod reservation;
mod restriction;
mod stocktake;

pub use account::{Account, BalanceKey, Outside};
pub use availability::{Availability, Fitness, Withheld};
pub use book::{BALANCE_MAX, Balance, Book, Insufficient, PostError, ReserveError, ReservedError};
pub use condition_change::{ConditionReason, ConditionStep, ConditionStepError};
pub use conversion::{
    Assembled, AssemblyError, Fate, Inside, Named, NoValue, Out, Part, TakeApartError, Way,
    assemble, take_apart,
};
pub use disposal::{
    Disposal, DisposalAction, DisposalError, DisposalGround, DisposalState, DisposalStateName,
    DisposalWay, Heritage, MixedRestrictions, Outcome, disposable, heritage,
};
pub use late_fact::{
    Concession, ConcessionError, LateFactState, LateFactStateName, ReviewError, Shortage, concede,
};
pub use loan::{
    Loan, LoanAction, LoanError, LoanLine, LoanRate, LoanState, LoanStateName, is_overdue,
};
pub use lot::{Condition, Holding, LifeWarning, Lot, LotError, LotFacts, Source};
pub use lot_change::{
    Consent, LotChange, LotChangeAction, LotChangeError, LotChangeKind, LotChangeState,
    LotChangeStateName, LotChangeTo, UnchangedLot,
};
pub use lot_recall::{
    HeldAs, LiftedAlready, LotRecallState, LotRecallStateName, RECALL_LOTS_MAX, RecallExtent,
    RecallGrade, recalled_since,
};
pub use movement::{Kind, LINES_MAX, Line, Movement, MovementError, ReversalError};
pub use ownership::Ownership;
pub use pick::{Candidate, PackPolicy, PassedOver, Picking, Wanted, pick};
pub use receipt_code::{NoReceiptCode, ReceiptCode};
pub use recovery::{
    Demand, Found, RecoveryClass, RecoveryRule, USED_MONTHS_MAX, entered_as, recovery,
};
pub use reservation::{End, EndError, Hold, Reservation, ReservationError, ReservationState};
pub use restriction::{Programme, Purpose, Restriction};
pub use stocktake::{
    Agreement, Extent, FIRST_ROUND, Limit, LineDifference, ROUNDS_MAX, RoundResult,
    SHEET_LINES_MAX, Signature, StocktakeAction, StocktakeError, StocktakeState,
    StocktakeStateName, Tally, Verdict, agree, difference_lines, verdict,
};
