//! Shapes of the public account.
//!
//! **Invariant.** Nothing that anybody may read has a member for a person.

mod content;
mod donors;
mod page;
mod statements;
mod trace;

pub(super) use content::{CorrectsView, FORMAT, digest_of};
pub(crate) use content::{
    LotFiguresView, StatementContent, StatementDifferenceView, StatementLineView,
    StatementPlaceView, StatementTotalView,
};
pub(crate) use donors::{DonorFilter, DonorView, RecordDonorBody, RecordNamingBody};
pub(super) use page::{listed, shown};
pub(super) use statements::{
    DraftQuery, PrepareStatementBody, PublicFilter, PublishedFullView, PublishedView,
    StatementAsked, StatementFilter, StatementSummaryView, StatementView, WithdrawStatementBody,
};
pub(super) use trace::{
    PublicLotView, PublicShipmentLineView, PublicShipmentView, TraceBody, TraceGoodsView,
    TraceStepView, TraceView,
};
