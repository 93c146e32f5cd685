//! Plans on the wire.
//!
//! **Invariant.** A plan is shown as it was computed: what is stored is what is answered.

use chrono::{DateTime, Utc};
use domain::{
    dispatch::planner::{
        Allocation, Explanation, Limited, Measure, PlanResult, Shortfall, Substitution,
    },
    incidents::Priority,
    kernel::{Id, PlaceOrigin, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ChangeView, PolicyBody, PolicyView};
use crate::{
    http::{IdText, versioned},
    incidents::SubstituteRateView,
};

/// How a plan is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct CreatePlanBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^plan_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) id: Option<Id<kinds::Plan>>,
    /// Only these needs; all open needs of the incident if absent.
    #[schema(value_type = Option<Vec<IdText>>, max_items = 5000)]
    pub(in crate::dispatch) need_ids: Option<Vec<Id<kinds::Need>>>,
    pub(in crate::dispatch) policy: Option<PolicyBody>,
    /// Whether orders of the incident may be changed that are drafts, submitted or approved: the plan
    /// may use their goods again, changes as little as it can for what counts more, and says what
    /// becomes of each of their lines (`changes`). What is being picked or on the road stays. Default
    /// false.
    pub(in crate::dispatch) replan: Option<bool>,
}

/// A lot in a zone that the plan sends to a need.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct AllocationView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) need_id: Id<kinds::Need>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) item_id: Id<kinds::Item>,
    /// At which rate it stands for what the need wants, if that is another item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    substitute: Option<SubstituteRateView>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) site_id: Id<kinds::Site>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) depot_id: Id<kinds::Depot>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) zone_id: Id<kinds::Zone>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) lot_id: Id<kinds::Lot>,
    /// Whose goods, and so who approves.
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) owner_id: Id<kinds::Organisation>,
    /// Base units.
    #[schema(minimum = 1)]
    pub(in crate::dispatch) quantity: i64,
    /// What of it orders send already; the rest is new.
    #[schema(minimum = 0, required = true)]
    #[serde(default)]
    pub(in crate::dispatch) kept: i64,
    /// How far up the request goes: `county`, `city`, `province`, `block` or `nation`.
    #[schema(max_length = 16)]
    tier: String,
    #[schema(minimum = 0)]
    distance_km: f64,
    #[schema(minimum = 0)]
    travel_min: u32,
    /// Who said how far it is.
    #[schema(max_length = 32)]
    leg_source: String,
    /// Where the depot stands: `given`, or `division` where the way is measured from the centre of
    /// its division.
    #[schema(max_length = 16, required = true)]
    #[serde(default = "given")]
    place_origin: String,
    /// When it would be there if it left when the plan was computed.
    arrives_at: DateTime<Utc>,
}

impl AllocationView {
    /// What no order sends yet.
    pub(in crate::dispatch) fn to_order(&self) -> i64 {
        self.quantity - self.kept
    }

    pub(in crate::dispatch) fn is_new(&self) -> bool {
        self.to_order() > 0
    }
}

// Plans that were kept before this was said joined only depots with a place of their own.
fn given() -> String {
    PlaceOrigin::Given.name().to_owned()
}

impl From<&Allocation> for AllocationView {
    fn from(allocation: &Allocation) -> Self {
        Self {
            need_id: allocation.need,
            item_id: allocation.item,
            substitute: allocation.rate.map(SubstituteRateView::from),
            site_id: allocation.site,
            depot_id: allocation.depot,
            zone_id: allocation.zone,
            lot_id: allocation.lot,
            owner_id: allocation.owner,
            quantity: allocation.quantity.get(),
            kept: allocation.kept,
            tier: allocation.tier.name().to_owned(),
            distance_km: allocation.leg.distance_km(),
            travel_min: allocation.leg.time_min,
            leg_source: allocation.leg.source.name().to_owned(),
            place_origin: allocation.leg.start.name().to_owned(),
            arrives_at: allocation.arrives_at,
        }
    }
}

/// A need that is not wholly answered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct ShortfallView {
    #[schema(value_type = String, max_length = 40)]
    need_id: Id<kinds::Need>,
    /// Base units.
    #[schema(minimum = 1)]
    missing: i64,
    /// What stands in the way of most of it; `fair_use` if its owner lets no more of it go, `handling_capacity` if the depot hands out all it can in
    /// the hours of the plan, `vehicles` if they are full.
    #[schema(max_length = 32)]
    binding: String,
    /// What lies in depots and may not be sent, by obstacle.
    #[schema(max_items = 16)]
    held_back: Vec<HeldBackView>,
}

/// Goods that lie in depots and may not be sent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct HeldBackView {
    #[schema(max_length = 32)]
    obstacle: String,
    /// Base units.
    #[schema(minimum = 0)]
    quantity: i64,
}

impl From<&Shortfall> for ShortfallView {
    fn from(shortfall: &Shortfall) -> Self {
        Self {
            need_id: shortfall.need,
            missing: shortfall.missing.get(),
            binding: shortfall.binding.name().to_owned(),
            held_back: shortfall
                .held_back
                .iter()
                .map(|(obstacle, quantity)| HeldBackView {
                    obstacle: obstacle.name().to_owned(),
                    quantity: *quantity,
                })
                .collect(),
        }
    }
}

/// Something else that goes for a need.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct SubstitutionView {
    #[schema(value_type = String, max_length = 40)]
    need_id: Id<kinds::Need>,
    /// What goes.
    #[schema(value_type = String, max_length = 40)]
    item_id: Id<kinds::Item>,
    rate: SubstituteRateView,
    /// How much of it goes, in its base units.
    #[schema(minimum = 1)]
    quantity: i64,
    /// For how many base units of what the need wants that stands: whole ones, and no more than are
    /// missing.
    #[schema(minimum = 0)]
    stands_for: i64,
    /// What stands in the way of most of what the need wants itself, as in `shortfalls`.
    #[schema(max_length = 32)]
    because: String,
}

impl SubstitutionView {
    fn all(explanations: &[Explanation]) -> Vec<Self> {
        let all = explanations.iter().flat_map(|explanation| {
            let of_need = explanation.substitutions.iter();
            of_need.map(|it| Self::new(explanation.need, it))
        });
        all.collect()
    }

    fn new(need: Id<kinds::Need>, it: &Substitution) -> Self {
        Self {
            need_id: need,
            item_id: it.item,
            rate: it.rate.into(),
            quantity: it.quantity.get(),
            stands_for: it.stands_for,
            because: it.because.name().to_owned(),
        }
    }
}

/// Goods of which their owner's rules of fair use leave the plan no more.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct LimitedView {
    /// Whose goods.
    #[schema(value_type = String, max_length = 40)]
    owner_id: Id<kinds::Organisation>,
    #[schema(value_type = String, max_length = 40)]
    item_id: Id<kinds::Item>,
    /// How much the organisation that leads the response may still have, in base units.
    #[schema(minimum = 0)]
    left: i64,
    /// How much the plan would take without the rules, in base units.
    #[schema(minimum = 0)]
    without_limit: i64,
}

impl From<&Limited> for LimitedView {
    fn from(limited: &Limited) -> Self {
        Self {
            owner_id: limited.limit.owner,
            item_id: limited.limit.item,
            left: limited.limit.left,
            without_limit: limited.without,
        }
    }
}

/// How good a plan is by one yardstick. They stand in the order in which they decide.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct MeasureView {
    /// `missing` (by priority), `substituted` (units for which other items stand; only where any may),
    /// `below_minimum` and `uneven` (by priority), `asked_nation`, `asked_block`,
    /// `asked_province`, `asked_city`, `late` (unit-minutes), `changed` (units of standing orders that
    /// go otherwise, or not), `travel` (unit-minutes), `loads` (pairs of a depot and a site),
    /// `freshness` (unit-days), `distance` (unit-metres).
    #[schema(max_length = 32)]
    yardstick: String,
    /// Of which priority, if the yardstick concerns one.
    #[schema(minimum = 1, maximum = 3)]
    priority: Option<u8>,
    /// The less, the better.
    value: i64,
    /// What no plan can undercut that is as good by the yardsticks before; absent if nothing is
    /// proven. Where it is the value itself, nothing better is possible.
    bound: Option<i64>,
    /// What nearest first would come to.
    nearest_first: Option<i64>,
    /// What it would come to to keep the orders that stand and do nothing else, as far as they can
    /// be carried out within the policy; only with `replan`.
    keeping: Option<i64>,
}

impl MeasureView {
    fn all(result: &PlanResult) -> Vec<Self> {
        // Figures past what JSON readers can count are past what anyone compares.
        let shown = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
        let among = |measures: &[Measure], of: &Measure| {
            let mut measures = measures.iter();
            let found = measures.find(|measure| measure.yardstick == of.yardstick);
            found.map(|measure| shown(measure.value))
        };
        let measures = result.measures.iter();
        measures
            .map(|measure| Self {
                yardstick: measure.yardstick.name().to_owned(),
                priority: measure.yardstick.class().map(Priority::get),
                value: shown(measure.value),
                bound: measure.bound.map(shown),
                nearest_first: among(&result.nearest_first, measure),
                keeping: among(&result.keeping, measure),
            })
            .collect()
    }
}

/// The plan in words.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct SentencesView {
    #[schema(max_items = 100000)]
    pub(in crate::dispatch) zh: Vec<String>,
    #[schema(max_items = 100000)]
    pub(in crate::dispatch) en: Vec<String>,
}

/// What a plan keeps of its computation, with the members of its view.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::dispatch) struct PlanContent {
    // The first member, by which one knows a text that can be passed on as it is.
    #[serde(default)]
    pub(in crate::dispatch) substitutions: Vec<SubstitutionView>,
    #[serde(default)]
    pub(in crate::dispatch) replan: bool,
    pub(in crate::dispatch) allocations: Vec<AllocationView>,
    pub(in crate::dispatch) shortfalls: Vec<ShortfallView>,
    // Plans that were kept before they were measured have none.
    #[serde(default)]
    pub(in crate::dispatch) measures: Vec<MeasureView>,
    #[serde(default)]
    pub(in crate::dispatch) changes: Vec<ChangeView>,
    #[serde(default, alias = "unmeasured")]
    pub(in crate::dispatch) unmeasured_item_ids: Vec<Id<kinds::Item>>,
    #[serde(default)]
    pub(in crate::dispatch) limited: Vec<LimitedView>,
    pub(in crate::dispatch) sentences: SentencesView,
}

impl PlanContent {
    pub(in crate::dispatch) fn new(
        result: &PlanResult,
        sentences: SentencesView,
        replan: bool,
    ) -> Self {
        Self {
            substitutions: SubstitutionView::all(&result.explanations),
            replan,
            changes: result.changes.iter().map(ChangeView::from).collect(),
            allocations: result
                .allocations
                .iter()
                .map(AllocationView::from)
                .collect(),
            shortfalls: result.shortfalls.iter().map(ShortfallView::from).collect(),
            measures: MeasureView::all(result),
            unmeasured_item_ids: result.unmeasured.clone(),
            limited: result.limited.iter().map(LimitedView::from).collect(),
            sentences,
        }
    }
}

/// A proposed answer to needs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct PlanView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) id: Id<kinds::Plan>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) incident_id: Id<kinds::Incident>,
    /// `proposed`, `confirmed` or `discarded`.
    #[schema(max_length = 16)]
    pub(in crate::dispatch) state: String,
    pub(in crate::dispatch) policy: PolicyView,
    pub(in crate::dispatch) computed_at: DateTime<Utc>,
    pub(in crate::dispatch) confirmed_at: Option<DateTime<Utc>>,
    #[schema(max_items = 100000)]
    pub(in crate::dispatch) allocations: Vec<AllocationView>,
    #[schema(max_items = 20000)]
    pub(in crate::dispatch) shortfalls: Vec<ShortfallView>,
    /// What goes in the place of what needs want and miss.
    #[schema(max_items = 100000)]
    pub(in crate::dispatch) substitutions: Vec<SubstitutionView>,
    /// How good it is.
    #[schema(max_items = 32)]
    pub(in crate::dispatch) measures: Vec<MeasureView>,
    /// Whether it may change orders.
    pub(in crate::dispatch) replan: bool,
    /// What becomes of the lines of orders that stood when it was computed: all that could be
    /// changed, if it may change them.
    #[schema(max_items = 100000)]
    pub(in crate::dispatch) changes: Vec<ChangeView>,
    /// Items of which nobody knows how much room or weight they take of what is limited: they are
    /// counted as if they took none.
    #[schema(value_type = Vec<String>, max_items = 5000)]
    pub(in crate::dispatch) unmeasured_item_ids: Vec<Id<kinds::Item>>,
    /// Of which goods of others it would take more if rules of fair use left more.
    #[schema(max_items = 100_000)]
    pub(in crate::dispatch) limited: Vec<LimitedView>,
    pub(in crate::dispatch) sentences: SentencesView,
    /// The orders that its confirmation made.
    #[schema(value_type = Vec<String>, max_items = 100000)]
    pub(in crate::dispatch) order_ids: Vec<Id<kinds::DispatchOrder>>,
    #[schema(minimum = 1)]
    pub(in crate::dispatch) version: i64,
}

versioned!(PlanView);

/// Which plans to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::dispatch) struct PlanFilter {
    /// Plans for this incident.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) incident_id: Option<Id<kinds::Incident>>,
}
