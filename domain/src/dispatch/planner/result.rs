//! What a plan says: who sends what, what is missing, and why.
//!
//! **Invariant.** For every need there is one explanation, and what is allotted to it plus what is
//! missing is what was wanted.

use chrono::{DateTime, Utc};

use crate::{
    dispatch::{
        Tier,
        planner::{Change, Limited, Measure},
    },
    incidents::SubstituteRate,
    kernel::{Id, Quantity, kinds, named},
    routing::Leg,
};

/// The answer to all needs, in the order in which they were served.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanResult {
    /// Who sends what: one entry for each lot in a zone.
    pub allocations: Vec<Allocation>,
    /// Which needs are not wholly answered.
    pub shortfalls: Vec<Shortfall>,
    /// Why, one entry for each need.
    pub explanations: Vec<Explanation>,
    /// How good it is, in the order in which it is judged.
    pub measures: Vec<Measure>,
    /// How good nearest first would be, but for the freshness, which it would take a plan to know.
    pub nearest_first: Vec<Measure>,
    /// What becomes of the orders that stand.
    pub changes: Vec<Change>,
    /// How good it would be to keep them and do nothing else, as far as they can be carried out;
    /// without freshness. Empty if none stand.
    pub keeping: Vec<Measure>,
    /// Items of which nobody knows how much of a limit they take, so that they are counted as if
    /// they took none of it.
    pub unmeasured: Vec<Id<kinds::Item>>,
    /// Limits of fair use that the plan would have passed and keeps to, by owner and item.
    pub limited: Vec<Limited>,
}

/// A lot in a zone that goes to a need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allocation {
    /// For which need.
    pub need: Id<kinds::Need>,
    /// Of what.
    pub item: Id<kinds::Item>,
    /// At which rate it stands for what is wanted, if it is something else.
    pub rate: Option<SubstituteRate>,
    /// To where.
    pub site: Id<kinds::Site>,
    /// From where.
    pub depot: Id<kinds::Depot>,
    /// From which zone.
    pub zone: Id<kinds::Zone>,
    /// Of which lot.
    pub lot: Id<kinds::Lot>,
    /// Whose goods, and so who will be asked to approve.
    pub owner: Id<kinds::Organisation>,
    /// How much.
    pub quantity: Quantity,
    /// How much of it orders send already.
    pub kept: i64,
    /// How far up the request goes.
    pub tier: Tier,
    /// The way, with its source.
    pub leg: Leg,
    /// When they would be there if they left at the plan's departure.
    pub arrives_at: DateTime<Utc>,
}

named! {
    /// Why a depot gave nothing, or nothing more.
    pub enum Obstacle {
        /// It has none of the item that may serve.
        NoStock = "no_stock",
        /// More urgent needs have all of it.
        Taken = "taken",
        /// Others have all of it, some of them no more urgent: by that all together are served best.
        Shared = "shared",
        /// It is closed.
        Closed = "closed",
        /// It is paused.
        Paused = "paused",
        /// The policy leaves it out.
        Excluded = "excluded",
        /// Nobody knows where it stands.
        PlaceUnknown = "place_unknown",
        /// No way to the site is known.
        Unreachable = "unreachable",
        /// The drive is longer than the policy allows.
        TooFar = "too_far",
        /// The goods would come after they are needed, and the policy refuses that.
        TooLate = "too_late",
        /// What is left is the floor that it keeps.
        KeptFloor = "kept_floor",
        /// Its people hand out all they can in the hours of the plan.
        HandlingCapacity = "handling_capacity",
        /// Its owner lets whoever plans have no more of it.
        FairUse = "fair_use",
        /// The vehicles are full.
        Vehicles = "vehicles",
        /// Levels that are asked before it had enough.
        LevelRule = "level_rule",
        /// It would be no better: goods from it would not be there sooner, and the plan has fewer
        /// loads or older stock without it.
        NoGain = "no_gain",
        /// Orders stand for the need, and nothing that counts more would be better with it.
        OrdersStand = "orders_stand",
        /// Of a standing order: the need was taken back, or is answered otherwise.
        NotWanted = "not_wanted",
        /// Of a standing order: all together are served better if others send, or to others.
        GoesElsewhere = "goes_elsewhere",
    }
}

/// A need that is not wholly answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// Which need.
    pub need: Id<kinds::Need>,
    /// How much is missing.
    pub missing: Quantity,
    /// What stands in the way of most: the one of `held_back` with most units, or
    /// [`Obstacle::Taken`] or [`Obstacle::NoStock`] if nothing is left anywhere.
    pub binding: Obstacle,
    /// What lies in depots and may not be sent, by obstacle.
    pub held_back: Vec<(Obstacle, i64)>,
}

/// Why a need was answered as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Which need.
    pub need: Id<kinds::Need>,
    /// Of what.
    pub item: Id<kinds::Item>,
    /// Where.
    pub site: Id<kinds::Site>,
    /// How much was wanted.
    pub wanted: Quantity,
    /// How much is missing, whatever goes instead counted for what it stands for.
    pub missing: i64,
    /// Which depots send, in the order in which they were asked.
    pub choices: Vec<Choice>,
    /// What goes in the place of what no depot can send more of, the preferred first.
    pub substitutions: Vec<Substitution>,
    /// Which depots do not although they are asked before or stand nearer: at most
    /// [`Explanation::PASSED_OVER_MAX`], those that hold the item first, then the nearest.
    pub passed_over: Vec<PassedOver>,
    /// How many more were passed over.
    pub passed_over_more: usize,
}

impl Explanation {
    /// The most depots that an explanation names as passed over.
    pub const PASSED_OVER_MAX: usize = 10;
}

/// A depot that sends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Which depot.
    pub depot: Id<kinds::Depot>,
    /// How far up the request goes.
    pub tier: Tier,
    /// How much.
    pub quantity: Quantity,
    /// The way.
    pub leg: Leg,
    /// Whole minutes, rounded up, by which the goods come too late, if they do.
    pub late_by_min: Option<i64>,
    /// Who could have sent it instead.
    pub next_best: Option<Alternative>,
}

/// Something else that goes for a need.
#[derive(Debug, Clone, PartialEq)]
pub struct Substitution {
    /// Of what.
    pub item: Id<kinds::Item>,
    /// At which rate.
    pub rate: SubstituteRate,
    /// How much of it.
    pub quantity: Quantity,
    /// For how many units of what is wanted that stands: whole ones, and no more than are missing.
    pub stands_for: i64,
    /// What stands in the way of most of what is wanted itself.
    pub because: Obstacle,
    /// Which depots send, in the order in which they were asked.
    pub choices: Vec<Choice>,
}

/// The first depot by level and nearness that still has some to spare, and what it would cost more
/// than the choice. Below zero it is nearer, but it is asked later by the level rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    /// Which depot.
    pub depot: Id<kinds::Depot>,
    /// How far up its request would go.
    pub tier: Tier,
    /// Minutes more.
    pub extra_min: i64,
    /// Metres more, in whole hundreds.
    pub extra_m: i64,
}

/// A depot that does not send although it is asked before, or stands nearer than, one that does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PassedOver {
    /// Which depot.
    pub depot: Id<kinds::Depot>,
    /// How far up its request would go.
    pub tier: Tier,
    /// The way, if there is one.
    pub leg: Option<Leg>,
    /// Why it does not send.
    pub obstacle: Obstacle,
}
