//! Dispatch orders on the wire.
//!
//! **Invariant.** An order goes to one place: a site or another depot, never both.

use chrono::{DateTime, Utc};
use domain::{
    dispatch::order::{PaperDeadline, PaperDeadlineError},
    kernel::{Id, Text, kinds},
    stock::Condition,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    dispatch::commands::{CreateOrder, Destination, Wish},
    http::{Whole, versioned},
    problem::{Fault, Faults, Problem},
};

/// A new order without a plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct CreateOrderBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::DispatchOrder>>,
    /// The depot that is to send.
    #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Id<kinds::Depot>,
    /// The site that receives; this or `to_depot_id`.
    #[schema(value_type = Option<String>, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    site_id: Option<Id<kinds::Site>>,
    /// The depot that receives; this or `site_id`.
    #[schema(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    to_depot_id: Option<Id<kinds::Depot>>,
    /// Whose goods: an order has goods of one owner.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    owner_id: Id<kinds::Organisation>,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<OrderLineBody>,
    /// How many hours the goods stay reserved, 1 to 2160; a week if absent.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 2160)]
    hold_hours: Option<Whole>,
    #[schema(min_length = 1, max_length = 200)]
    contact_from: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    contact_to: Option<String>,
    #[schema(min_length = 1, max_length = 1000)]
    note: Option<String>,
}

/// Goods to send: of an item, first expired first, or of one lot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct OrderLineBody {
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Id<kinds::Item>,
    /// Only of this lot.
    #[schema(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Option<Id<kinds::Lot>>,
    #[schema(value_type = i64, minimum = 1, maximum = 1000000000000_i64)]
    quantity: Whole,
    /// The base unit if absent, or a pack's name.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
    /// The need that it answers.
    #[schema(value_type = Option<String>, pattern = "^need_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    need_id: Option<Id<kinds::Need>>,
}

const HOLD_HOURS_DEFAULT: i64 = 7 * 24;

impl CreateOrderBody {
    pub(in crate::dispatch) fn parse(self) -> Result<CreateOrder, Problem> {
        let mut faults = Faults::default();
        let destination = match (self.site_id, self.to_depot_id) {
            (Some(site), None) => Some(Destination::Site(site)),
            (None, Some(depot)) => Some(Destination::Depot(depot)),
            _ => {
                faults.note(
                    "/site_id",
                    "choice",
                    "site_id 与 to_depot_id 须且只须填一个",
                    "give either site_id or to_depot_id",
                );
                None
            }
        };
        let contact_from =
            super::optional(&mut faults, "/contact_from", self.contact_from.as_deref());
        let contact_to = super::optional(&mut faults, "/contact_to", self.contact_to.as_deref());
        let note = super::optional(&mut faults, "/note", self.note.as_deref());
        let wishes = self
            .lines
            .into_iter()
            .map(|line| Wish {
                item: line.item_id,
                lot: line.lot_id,
                count: line.quantity.0,
                unit: line.unit,
                need: line.need_id,
            })
            .collect();
        let command = (|| {
            Some(CreateOrder {
                id: self.id,
                depot: self.depot_id,
                destination: destination?,
                owner: self.owner_id,
                wishes,
                hold_hours: self.hold_hours.map_or(HOLD_HOURS_DEFAULT, |hours| hours.0),
                contact_from: contact_from?,
                contact_to: contact_to?,
                note: note?,
            })
        })();
        faults.finish(command)
    }
}

/// An action that needs a reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct ReasonBody {
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

impl ReasonBody {
    pub(in crate::dispatch) fn parse(self) -> Result<Text<1000>, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        faults.finish(reason)
    }
}

/// A spoken order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct OralOrderBody {
    /// Who gave the word.
    #[schema(min_length = 1, max_length = 200)]
    given_by: String,
    /// How many hours the paper may take; 48 if absent.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 168)]
    paper_within_hours: Option<Whole>,
}

impl OralOrderBody {
    pub(in crate::dispatch) fn parse(self) -> Result<(Text<200>, PaperDeadline), Problem> {
        let mut faults = Faults::default();
        let given_by = faults.take("/given_by", Text::new(&self.given_by));
        let deadline = match self.paper_within_hours {
            Some(Whole(hours)) => {
                let checked = u16::try_from(hours)
                    .map_err(|_| PaperDeadlineError)
                    .and_then(PaperDeadline::from_hours)
                    .map_err(|error| {
                        Fault::new(
                            "out-of-range",
                            "补单时限须为 1 到 168 小时",
                            error.to_string(),
                        )
                    });
                faults.take("/paper_within_hours", checked)
            }
            None => Some(PaperDeadline::default()),
        };
        faults.finish(given_by.zip(deadline))
    }
}

/// One depot's order to send.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct OrderView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) id: Id<kinds::DispatchOrder>,
    /// The number on its paper: depot, day and the count of that day, from 1.
    #[schema(max_length = 64)]
    pub(in crate::dispatch) number: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) depot_id: Id<kinds::Depot>,
    /// Whose depot.
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) custodian_id: Id<kinds::Organisation>,
    /// Whose goods: who approves.
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) owner_id: Id<kinds::Organisation>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) requester_id: Id<kinds::Organisation>,
    /// Who receives and signs.
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) receiver_id: Id<kinds::Organisation>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) incident_id: Option<Id<kinds::Incident>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) plan_id: Option<Id<kinds::Plan>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) site_id: Option<Id<kinds::Site>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) to_depot_id: Option<Id<kinds::Depot>>,
    /// `draft`, `submitted`, `approved`, `picking`, `dispatched`, `delivered`, `closed`,
    /// `rejected`, `cancelled` or `recalled`.
    #[schema(max_length = 16)]
    pub(in crate::dispatch) state: String,
    pub(in crate::dispatch) state_at: DateTime<Utc>,
    #[schema(max_length = 1000)]
    pub(in crate::dispatch) reason: Option<String>,
    pub(in crate::dispatch) approved_at: Option<DateTime<Utc>>,
    /// Why who asked for the goods agreed to it for their owner as well, if that is so.
    #[schema(max_length = 1000)]
    pub(in crate::dispatch) approved_alone_because: Option<String>,
    /// Who gave the word, if it ran on a spoken one.
    #[schema(max_length = 200)]
    pub(in crate::dispatch) oral_given_by: Option<String>,
    pub(in crate::dispatch) paper_due_at: Option<DateTime<Utc>>,
    pub(in crate::dispatch) papered_at: Option<DateTime<Utc>>,
    /// Whether the paper is missing although its time has passed.
    pub(in crate::dispatch) paper_overdue: bool,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) reservation_id: Option<Id<kinds::Reservation>>,
    /// Whether goods of it had left already, as a late fact told: nothing is picked until the rest
    /// is reserved anew.
    pub(in crate::dispatch) reservation_short: bool,
    #[schema(max_length = 200)]
    pub(in crate::dispatch) contact_from: Option<String>,
    #[schema(max_length = 200)]
    pub(in crate::dispatch) contact_to: Option<String>,
    #[schema(max_length = 1000)]
    pub(in crate::dispatch) note: Option<String>,
    #[schema(max_items = 5000)]
    pub(in crate::dispatch) lines: Vec<OrderLineView>,
    /// What became of it; empty in lists.
    #[schema(max_items = 1000)]
    pub(in crate::dispatch) events: Vec<OrderEventView>,
    #[schema(minimum = 1)]
    pub(in crate::dispatch) version: i64,
}

versioned!(OrderView);

/// Goods of an order.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct OrderLineView {
    #[schema(minimum = 0)]
    pub(in crate::dispatch) line: i64,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) need_id: Option<Id<kinds::Need>>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) item_id: Id<kinds::Item>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) zone_id: Id<kinds::Zone>,
    #[schema(value_type = String, max_length = 16)]
    pub(in crate::dispatch) condition: String,
    /// Ordered, in base units.
    #[schema(minimum = 1)]
    pub(in crate::dispatch) quantity: i64,
    /// On the road or beyond.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) sent: i64,
    /// Signed for as it was sent.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) received: i64,
    /// Damaged or short on arrival, or short when it came back.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) lost: i64,
    /// Will not be sent: the order was stopped, or its last load left without it.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) given_up: i64,
    /// Recalled, and not back in the depot yet.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) recalled: i64,
    /// Recalled, and back in the depot.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) returned: i64,
    /// Whether its lot is recalled now: what is still to leave of it stays until that is lifted.
    pub(in crate::dispatch) lot_recalled: bool,
}

impl OrderLineView {
    /// What is still to be sent.
    pub(in crate::dispatch) fn to_leave(&self) -> i64 {
        self.quantity - self.sent - self.given_up
    }

    /// What did come of it or may still come.
    pub(in crate::dispatch) fn ordered(&self) -> i64 {
        self.quantity - self.given_up - self.recalled - self.returned
    }

    pub(in crate::dispatch) fn condition(&self) -> Result<Condition, Problem> {
        self.condition.parse().map_err(Problem::internal)
    }
}

/// One step of an order's life.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct OrderEventView {
    #[schema(max_length = 32)]
    pub(in crate::dispatch) action: String,
    #[schema(max_length = 16)]
    pub(in crate::dispatch) state: String,
    pub(in crate::dispatch) at: DateTime<Utc>,
    /// On whose behalf.
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) by_id: Id<kinds::Organisation>,
    /// Who asked the server.
    #[schema(max_length = 64)]
    pub(in crate::dispatch) principal: String,
    #[schema(max_length = 1000)]
    pub(in crate::dispatch) reason: Option<String>,
}

/// Which orders to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::dispatch) struct OrderFilter {
    /// Orders to this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) depot_id: Option<Id<kinds::Depot>>,
    /// Orders for goods of this owner.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) owner_id: Option<Id<kinds::Organisation>>,
    /// Orders for this incident.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) incident_id: Option<Id<kinds::Incident>>,
    /// Orders in this state.
    #[param(
        max_length = 16,
        pattern = "^(draft|submitted|approved|picking|dispatched|delivered|closed|rejected|cancelled|recalled)$"
    )]
    pub(in crate::dispatch) state: Option<String>,
    /// `true` for orders that were agreed to by whoever had asked for them, `false` for all others.
    pub(in crate::dispatch) approved_alone: Option<bool>,
    /// Only oral orders whose paper is overdue.
    pub(in crate::dispatch) paper_overdue: Option<bool>,
    /// `true` for orders whose reservation lost goods to a late fact.
    pub(in crate::dispatch) reservation_short: Option<bool>,
    /// `true` for orders of which goods of a recalled lot are still to leave.
    pub(in crate::dispatch) lot_recalled: Option<bool>,
}
