//! Shapes of the virtual warehouse on the wire.
//!
//! **Invariant.** What is asked is parsed here into a question of the domain, or refused with every
//! fault at once.

mod answers;
mod coverage;
mod filter;
mod graded;
mod levels;
mod mutual_aid;
mod promised;
mod reach;
mod road;
mod sending;

pub(super) use answers::{FiguresView, PooledDepotView, PooledItemView, PooledLotView};
pub(super) use coverage::{
    AskedCoverage, CoverageBody, CoverageGapView, CoverageLineView, CoverageView, CoveredAreaView,
    CoveredView, UnmatchedLineView,
};
pub(super) use filter::{Asked, Target, WarehouseFilter};
pub(super) use graded::GradedFilter;
pub(super) use levels::{LevelFilter, LevelView, ProposalView, RotationFilter, RotationView};
pub(super) use mutual_aid::{LackView, MutualAidFilter, MutualAidView, PossibleLoanView};
pub(super) use promised::{AgreementStockView, PromisedView};
pub(super) use reach::{
    AskedPlace, AskedReach, EverythingView, ReachBody, ReachHourView, ReachItemView,
    ReachPlaceView, ReachStepView, ReachView, StepSourceView,
};
pub(super) use road::RoadView;
pub(super) use sending::{Keeps, Sending};
