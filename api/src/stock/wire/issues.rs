//! Issues, transfers inside a depot and reversals on the wire.
//!
//! **Invariant.** A line names goods exactly, or the item that they are picked of.

use domain::kernel::{Id, kinds};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    http::Whole,
    problem::{Faults, Problem},
};

use super::{
    super::commands::{Issue, Reverse, TransferBetweenZones, ZoneLine},
    parts::{DrawBody, OverrideBody, PurposeBody, condition, count, lines, paper_body},
};

paper_body! {
    /// Goods that leave for use.
    pub(crate) struct IssueBody {
        #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        depot_id: Id<kinds::Depot>,
        #[serde(default)]
        purpose: Option<PurposeBody>,
        #[serde(default, rename = "override")]
        overriding: Option<OverrideBody>,
        /// They have left already, as `occurred_at` says, whatever the book says: what it misses
        /// is found first as a count difference, what it had promised of them is short, and
        /// somebody reviews it (`/v1/late-facts`). Each line names its lot and zone.
        #[serde(default)]
        late_fact: Option<bool>,
        #[schema(min_items = 1, max_items = 500)]
        lines: Vec<DrawBody>,
    }
}

impl IssueBody {
    // What has happened, happened to these goods at that moment, and is not picked any more.
    fn check_fact(&self, faults: &mut Faults) {
        if self.occurred_at.is_none() {
            faults.note(
                "/occurred_at",
                "required",
                "迟报的出库须写明发生时间",
                "a late fact says when it happened",
            );
        }
        for (number, line) in self.lines.iter().enumerate() {
            if !line.names_its_place() {
                faults.note(
                    format!("/lines/{number}/zone_id"),
                    "required",
                    "迟报的出库须写明批次与库区",
                    "a late fact names the lot and the zone that it left",
                );
            }
        }
    }

    pub(crate) fn parse(self) -> Result<Issue, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let purpose = self.purpose.as_ref();
        let purpose = purpose.map_or(Some(Default::default()), |purpose| {
            purpose.parse(&mut faults, "/purpose")
        });
        let overriding = OverrideBody::parse(self.overriding.as_ref(), &mut faults);
        let late_fact = self.late_fact == Some(true);
        if late_fact {
            self.check_fact(&mut faults);
        }
        let lines = lines(&self.lines, &mut faults, DrawBody::parse);
        let command = (|| {
            Some(Issue {
                late_fact,
                depot: self.depot_id,
                paper: paper?,
                purpose: purpose?,
                overriding: overriding?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

paper_body! {
    /// Goods that go from one zone of a depot to another.
    pub(crate) struct ZoneTransferBody {
        #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        depot_id: Id<kinds::Depot>,
        #[schema(min_items = 1, max_items = 1000)]
        lines: Vec<ZoneTransferLineBody>,
    }
}

/// Goods of one lot that go to another zone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct ZoneTransferLineBody {
    #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    from_zone_id: Id<kinds::Zone>,
    #[schema(value_type = String, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    to_zone_id: Id<kinds::Zone>,
    /// The bin that takes them.
    #[schema(value_type = Option<String>, pattern = "^bin_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    bin_id: Option<Id<kinds::Bin>>,
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

impl ZoneTransferLineBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<ZoneLine> {
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let condition = condition(
            faults,
            format!("{line}/condition"),
            self.condition.as_deref(),
        );
        if self.from_zone_id == self.to_zone_id {
            faults.note(
                format!("{line}/to_zone_id"),
                "same",
                "须是另一个库区",
                "must be another zone",
            );
        }
        Some(ZoneLine {
            lot: self.lot_id,
            from: self.from_zone_id,
            to: self.to_zone_id,
            bin: self.bin_id,
            condition: condition?,
            count: count?,
        })
    }
}

impl ZoneTransferBody {
    pub(crate) fn parse(self) -> Result<TransferBetweenZones, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let lines = lines(&self.lines, &mut faults, ZoneTransferLineBody::parse);
        let command = (|| {
            Some(TransferBetweenZones {
                depot: self.depot_id,
                paper: paper?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

paper_body! {
    /// The paper of a reversal.
    pub(in crate::stock) struct ReverseBody {}
}

impl ReverseBody {
    pub(in crate::stock) fn parse(self, movement: Id<kinds::Movement>) -> Result<Reverse, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let command = paper.map(|paper| Reverse {
            movement,
            paper,
            call_off: None,
        });
        faults.finish(command)
    }
}
