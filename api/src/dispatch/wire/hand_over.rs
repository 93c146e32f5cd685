//! Hand-overs on the wire.
//!
//! **Invariant.** The names of those who sign are personal: the journal keeps only commitments to
//! them.

use chrono::{DateTime, Utc};
use domain::{
    dispatch::hand_over::{Ending, LineKey, ReceivedLine},
    kernel::{Id, Text, UnknownName, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shipment::condition;
use crate::{
    dispatch::commands::{ReceiveBack, ReverseHandOver, SignHandOver, Signature},
    http::Whole,
    problem::{Faults, Problem},
};

/// What was signed for at one drop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct CreateHandOverBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^handover_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::HandOver>>,
    /// Who gave.
    #[schema(min_length = 1, max_length = 100)]
    given_by: String,
    /// Who received.
    #[schema(min_length = 1, max_length = 100)]
    received_by: String,
    /// When, as the field says; now if absent.
    occurred_at: Option<DateTime<Utc>>,
    #[schema(max_items = 500)]
    lines: Vec<SignedLineBody>,
    /// Whether nothing more will come: what is then still on the road is short. Default false: what
    /// is not named stays on the road.
    last: Option<bool>,
    /// How many people the goods served.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100000000)]
    people_served: Option<Whole>,
    #[schema(min_length = 1, max_length = 1000)]
    note: Option<String>,
}

/// What was signed for of one lot, in base units.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct SignedLineBody {
    #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Id<kinds::Lot>,
    /// As it was sent; `usable` if absent.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    condition: Option<String>,
    /// Received as it was sent.
    #[schema(value_type = i64, minimum = 0, maximum = 1000000000000_i64)]
    received: Whole,
    /// Received damaged.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1000000000000_i64)]
    damaged: Option<Whole>,
    /// Found missing.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1000000000000_i64)]
    short: Option<Whole>,
}

/// What came back at one drop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct ReceiveBackBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^handover_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::HandOver>>,
    /// Who brought it back.
    #[schema(min_length = 1, max_length = 100)]
    given_by: String,
    /// Who took it in.
    #[schema(min_length = 1, max_length = 100)]
    received_by: String,
    /// When, as the field says; now if absent.
    occurred_at: Option<DateTime<Utc>>,
    /// Where it lies now; the depot's first zone if absent.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Option<Id<kinds::Zone>>,
    #[schema(max_items = 500)]
    lines: Vec<SignedLineBody>,
    /// Whether nothing more comes back: what is then still on the road is lost. Default false.
    last: Option<bool>,
    #[schema(min_length = 1, max_length = 1000)]
    note: Option<String>,
}

/// Why a hand-over is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct ReverseHandOverBody {
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// When, as the field says; now if absent.
    occurred_at: Option<DateTime<Utc>>,
}

impl CreateHandOverBody {
    pub(in crate::dispatch) fn parse(
        self,
        shipment: Id<kinds::Shipment>,
    ) -> Result<SignHandOver, Problem> {
        let mut faults = Faults::default();
        let given_by = faults.take("/given_by", Text::new(&self.given_by));
        let received_by = faults.take("/received_by", Text::new(&self.received_by));
        let note = super::optional(&mut faults, "/note", self.note.as_deref());
        let lines = lines(&mut faults, &self.lines);
        let signature = (|| {
            Some(Signature {
                id: self.id,
                shipment,
                given_by: given_by?,
                received_by: received_by?,
                occurred_at: self.occurred_at,
                lines,
                ending: ending(self.last),
                people_served: self.people_served.map(|people| people.0),
                note: note?,
            })
        })();
        faults.finish(signature.map(SignHandOver))
    }
}

impl ReceiveBackBody {
    pub(in crate::dispatch) fn parse(
        self,
        shipment: Id<kinds::Shipment>,
    ) -> Result<ReceiveBack, Problem> {
        // The same paper as at the destination, where nobody was served.
        let zone = self.zone_id;
        let paper = CreateHandOverBody {
            id: self.id,
            given_by: self.given_by,
            received_by: self.received_by,
            occurred_at: self.occurred_at,
            lines: self.lines,
            last: self.last,
            people_served: None,
            note: self.note,
        };
        let SignHandOver(signature) = paper.parse(shipment)?;
        Ok(ReceiveBack { signature, zone })
    }
}

impl ReverseHandOverBody {
    pub(in crate::dispatch) fn parse(
        self,
        hand_over: Id<kinds::HandOver>,
    ) -> Result<ReverseHandOver, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        faults.finish(reason.map(|reason| ReverseHandOver {
            hand_over,
            reason,
            occurred_at: self.occurred_at,
        }))
    }
}

fn lines(faults: &mut Faults, lines: &[SignedLineBody]) -> Vec<ReceivedLine> {
    lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| {
            let pointer = format!("/lines/{index}/condition");
            let condition = condition(faults, pointer, line.condition.as_deref())?;
            Some(ReceivedLine {
                key: LineKey {
                    lot: line.lot_id,
                    condition,
                },
                good: line.received.0,
                damaged: line.damaged.map_or(0, |whole| whole.0),
                short: line.short.map_or(0, |whole| whole.0),
            })
        })
        .collect()
}

// A loss is said, never taken from silence.
fn ending(last: Option<bool>) -> Ending {
    if last.unwrap_or(false) {
        Ending::Last
    } else {
        Ending::MoreToCome
    }
}

/// Who gave, who received, and what.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct HandOverView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) id: Id<kinds::HandOver>,
    pub(in crate::dispatch) occurred_at: DateTime<Utc>,
    pub(in crate::dispatch) recorded_at: DateTime<Utc>,
    #[schema(max_length = 100)]
    pub(in crate::dispatch) given_by: String,
    #[schema(max_length = 100)]
    pub(in crate::dispatch) received_by: String,
    #[schema(max_length = 1000)]
    pub(in crate::dispatch) note: Option<String>,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) people_served: Option<i64>,
    #[schema(max_items = 5000)]
    pub(in crate::dispatch) lines: Vec<HandOverLineView>,
    /// `out`, where the receiver took the goods; `back`, where the depot that sent them did.
    #[schema(max_length = 16)]
    pub(in crate::dispatch) way: String,
    /// When it was undone: then nothing of it counts.
    pub(in crate::dispatch) reversed_at: Option<DateTime<Utc>>,
    /// On whose behalf it was undone.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) reversed_by_id: Option<Id<kinds::Organisation>>,
    #[schema(max_length = 1000)]
    pub(in crate::dispatch) reversal_reason: Option<String>,
}

/// What was signed for of one lot at one drop, in base units.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct HandOverLineView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) lot_id: Id<kinds::Lot>,
    #[schema(max_length = 16)]
    pub(in crate::dispatch) condition: String,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) received: i64,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) damaged: i64,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) short: i64,
}

impl TryFrom<&HandOverLineView> for ReceivedLine {
    type Error = UnknownName;

    fn try_from(line: &HandOverLineView) -> Result<Self, UnknownName> {
        Ok(Self {
            key: LineKey {
                lot: line.lot_id,
                condition: line.condition.parse()?,
            },
            good: line.received,
            damaged: line.damaged,
            short: line.short,
        })
    }
}

impl From<&ReceivedLine> for HandOverLineView {
    fn from(line: &ReceivedLine) -> Self {
        Self {
            lot_id: line.key.lot,
            condition: line.key.condition.name().to_owned(),
            received: line.good,
            damaged: line.damaged,
            short: line.short,
        }
    }
}
