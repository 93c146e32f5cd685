//! Reservations on the wire.
//!
//! **Invariant.** A reservation past its deadline is shown as expired, whether or not it was swept
//! up yet.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::{End, LINES_MAX},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{Whole, versioned},
    problem::{Faults, Problem},
};

use super::{
    super::{
        commands::{Draw, PostReservation, Reserve, Stuff},
        rows,
    },
    parts::{
        DrawBody, OverrideBody, PurposeBody, PurposeView, condition, count, lines, paper_body,
        paragraphs,
    },
};

/// Goods to hold back for somebody, all of them or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReserveBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^reservation_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Reservation>>,
    #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Id<kinds::Depot>,
    /// Until when: in the future and at most 90 days ahead.
    deadline_at: DateTime<Utc>,
    #[serde(default)]
    purpose: Option<PurposeBody>,
    #[schema(min_length = 1, max_length = 1000)]
    note: Option<String>,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<DrawBody>,
}

impl ReserveBody {
    pub(crate) fn parse(self) -> Result<Reserve, Problem> {
        let mut faults = Faults::default();
        let purpose = self.purpose.as_ref();
        let purpose = purpose.map_or(Some(Default::default()), |purpose| {
            purpose.parse(&mut faults, "/purpose")
        });
        let note = paragraphs(&mut faults, "/note", self.note.as_deref());
        let lines = lines(&self.lines, &mut faults, DrawBody::parse);
        let command = (|| {
            Some(Reserve {
                id: self.id,
                depot: self.depot_id,
                deadline: self.deadline_at,
                purpose: purpose?,
                note: note?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

/// Nothing to say: the release of a reservation takes no words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseBody {}

paper_body! {
    /// The issue of what a reservation holds.
    pub(crate) struct PostReservationBody {
        #[serde(default, rename = "override")]
        overriding: Option<OverrideBody>,
        /// What leaves, at most what is held; all of it, if absent. The rest is free again.
        #[serde(default)]
        #[schema(min_items = 1, max_items = 1000)]
        lines: Option<Vec<PostLineBody>>,
    }
}

/// Goods of a reservation that leave.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct PostLineBody {
    #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Id<kinds::Zone>,
    /// `usable` if absent.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    condition: Option<String>,
    /// How many units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
}

impl PostLineBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<Draw> {
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let pointer = format!("{line}/condition");
        let condition = condition(faults, pointer, self.condition.as_deref());
        Some(Draw {
            stuff: Stuff::Lot {
                lot: self.lot_id,
                zone: Some(self.zone_id),
                condition: condition?,
            },
            count: count?,
        })
    }
}

impl PostReservationBody {
    pub(crate) fn parse(
        self,
        reservation: Id<kinds::Reservation>,
    ) -> Result<PostReservation, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let overriding = OverrideBody::parse(self.overriding.as_ref(), &mut faults);
        let lines = match &self.lines {
            Some(bodies) => lines(bodies, &mut faults, PostLineBody::parse).map(Some),
            None => Some(None),
        };
        let command = (|| {
            Some(PostReservation {
                reservation,
                paper: paper?,
                overriding: overriding?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

/// A hold on goods of one depot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReservationView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Reservation>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// `held`, `shorted`: it holds less than was promised, `posted`, `released` or `expired`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    pub(crate) deadline_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// The movement that posted it.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) movement_id: Option<Id<kinds::Movement>>,
    pub(crate) purpose: PurposeView,
    /// The dispatch order that it belongs to.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) order_id: Option<Id<kinds::DispatchOrder>>,
    /// The disposal that it belongs to.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) disposal_id: Option<Id<kinds::Disposal>>,
    /// The change of owner or purpose that it belongs to.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) lot_change_id: Option<Id<kinds::LotChange>>,
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    #[schema(max_items = 1000)]
    pub(crate) lines: Vec<ReservationLineView>,
    /// Lots of it that are recalled now: nothing of them leaves until the recall is lifted.
    #[schema(value_type = Vec<String>, max_items = 1000)]
    pub(crate) recalled_lot_ids: Vec<Id<kinds::Lot>>,
    /// The count of changes, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(ReservationView);

// A view holds as many lines as the domain allows.
const _: () = assert!(LINES_MAX == 1000);

impl ReservationView {
    pub(in crate::stock) fn new(
        row: rows::reservation::Model,
        lines: Vec<ReservationLineView>,
        recalled_lot_ids: Vec<Id<kinds::Lot>>,
        now: DateTime<Utc>,
    ) -> Self {
        let overdue = row.ended_at.is_none() && row.deadline_at <= now;
        Self {
            id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            state: if overdue {
                End::Expired.name().to_owned()
            } else {
                row.state
            },
            deadline_at: row.deadline_at,
            ended_at: row.ended_at,
            movement_id: row.movement_id.map(Id::from_uuid),
            purpose: PurposeView::new(row.incident_id, row.division_code, row.programme),
            order_id: row.order_id.map(Id::from_uuid),
            disposal_id: row.disposal_id.map(Id::from_uuid),
            lot_change_id: row.lot_change_id.map(Id::from_uuid),
            note: row.note,
            created_at: row.created_at,
            lines,
            recalled_lot_ids,
            version: row.version,
        }
    }
}

/// What a reservation holds, or held.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReservationLineView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) zone_id: Id<kinds::Zone>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    #[schema(max_length = 16)]
    pub(crate) condition: String,
    /// Base units that it was taken up for.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
    /// Base units of them that the movement took.
    #[schema(minimum = 0)]
    pub(crate) posted: i64,
    /// Base units of them that had left already, as a late fact told: they are not held any more.
    #[schema(minimum = 0)]
    pub(crate) short: i64,
}

/// Which reservations to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct ReservationFilter {
    /// Those of this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// `held`, `shorted`, `posted`, `released` or `expired`.
    #[param(max_length = 16, pattern = "^(held|shorted|posted|released|expired)$")]
    pub(in crate::stock) state: Option<String>,
    /// Those for this incident.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) incident_id: Option<Id<kinds::Incident>>,
    /// Those of this dispatch order.
    #[param(value_type = Option<String>, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) order_id: Option<Id<kinds::DispatchOrder>>,
    /// Those that hold goods of this lot.
    #[param(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) lot_id: Option<Id<kinds::Lot>>,
    /// `true` for those that hold goods of a lot that is recalled now.
    pub(in crate::stock) recalled: Option<bool>,
}
