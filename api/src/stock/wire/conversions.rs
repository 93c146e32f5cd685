//! Kits that are put together and taken apart, on the wire.
//!
//! **Invariant.** A line names goods exactly or the item that they are picked of; what no line
//! names follows from the version of the contents.

use domain::{
    kernel::{Id, Quantity, kinds},
    stock::{Condition, Fate, NoValue},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    catalogue::ItemFacts,
    http::Whole,
    problem::{Faults, Problem},
};

use super::{
    super::{
        commands::{AssembleKits, OpenedLine, OpenedStuff, TakeKitsApart},
        rows,
    },
    lots::{LotView, named},
    movements::MovementView,
    parts::{DrawBody, condition, count, lines, optional, paper_body, paragraphs},
};

paper_body! {
    /// Kits that are put together out of goods of the same depot. They become a lot of their own.
    pub(in crate::stock) struct KitAssemblyBody {
        #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        depot_id: Id<kinds::Depot>,
        /// The kit.
        #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        item_id: Id<kinds::Item>,
        /// By which version of its contents.
        #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
        kit_version: Whole,
        /// How many kits.
        #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
        quantity: Whole,
        /// The name of the kit's base unit or of one of its packs; the base unit if absent.
        #[schema(min_length = 1, max_length = 16)]
        unit: Option<String>,
        /// Whose goods are picked; the depot's organisation if absent. One owner's goods make kits.
        #[schema(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
        owner_id: Option<Id<kinds::Organisation>>,
        /// Goods that go in. What of the contents is not named is picked: usable and unrestricted,
        /// first expired first.
        #[serde(default)]
        #[schema(max_items = 500)]
        lines: Vec<DrawBody>,
        /// The id of the new lot of kits, made by the client if it likes.
        #[schema(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        lot_id: Option<Id<kinds::Lot>>,
        /// The batch number of the kits.
        #[schema(min_length = 1, max_length = 64)]
        batch: Option<String>,
        /// The zone that takes the kits; the depot's main zone if absent.
        #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        zone_id: Option<Id<kinds::Zone>>,
        /// The bin inside the zone.
        #[schema(value_type = Option<String>, pattern = "^bin_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        bin_id: Option<Id<kinds::Bin>>,
        #[schema(min_length = 1, max_length = 500)]
        remark: Option<String>,
    }
}

impl KitAssemblyBody {
    pub(in crate::stock) fn parse(self) -> Result<AssembleKits, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let count = count(&mut faults, "", self.quantity, self.unit.as_deref());
        let lines = lines(&self.lines, &mut faults, DrawBody::parse);
        let batch = optional(&mut faults, "/batch", self.batch.as_deref());
        let remark = paragraphs(&mut faults, "/remark", self.remark.as_deref());
        let command = (|| {
            Some(AssembleKits {
                depot: self.depot_id,
                paper: paper?,
                kit: self.item_id,
                version: self.kit_version.0,
                count: count?,
                owner: self.owner_id,
                lines: lines?,
                lot: self.lot_id,
                batch: batch?,
                zone: self.zone_id,
                bin: self.bin_id,
                remark: remark?,
            })
        })();
        faults.finish(command)
    }
}

paper_body! {
    /// Kits that are taken apart: their contents lie on the shelf again, as the lots that went in.
    pub(in crate::stock) struct KitDisassemblyBody {
        #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        depot_id: Id<kinds::Depot>,
        /// The lot of kits.
        #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        lot_id: Id<kinds::Lot>,
        /// Where the kits lie; may be left out when all of the lot lies in one zone.
        #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        zone_id: Option<Id<kinds::Zone>>,
        /// The condition of the kits; `usable` if absent.
        #[schema(
            max_length = 16,
            pattern = "^(usable|quarantined|needs_repair|condemned)$"
        )]
        condition: Option<String>,
        /// How many kits.
        #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
        quantity: Whole,
        /// The name of the kit's base unit or of one of its packs; the base unit if absent.
        #[schema(min_length = 1, max_length = 16)]
        unit: Option<String>,
        /// The version of the contents. Required for kits that came in whole; for kits that were
        /// put together here it is on record, and no other is taken.
        #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000_000_000_i64)]
        kit_version: Option<Whole>,
        /// The zone that takes the contents; that of the kits if absent.
        #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        to_zone_id: Option<Id<kinds::Zone>>,
        /// What was found out of the ordinary, and which lots came out. What no line names comes
        /// back in the condition of the kits (quarantined, if they were recalled), the lot that
        /// expires first before the others.
        #[serde(default)]
        #[schema(max_items = 500)]
        lines: Vec<OpenedLineBody>,
    }
}

/// Contents that whoever opened the kits looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct OpenedLineBody {
    /// The item; of its lots the one that expires first. Give this or `lot_id`.
    #[schema(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Option<Id<kinds::Item>>,
    /// A lot that went into these kits.
    #[schema(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Option<Id<kinds::Lot>>,
    /// How many units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
    /// In what condition they came out, or `missing`: then they are written off. `usable` if
    /// absent.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned|missing)$"
    )]
    found: Option<String>,
}

// The word for what was not there, beside the conditions.
const MISSING: &str = "missing";

impl OpenedLineBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<OpenedLine> {
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let fate = match self.found.as_deref() {
            Some(MISSING) => Some(Fate::Missing),
            found => condition(faults, format!("{line}/found"), found).map(Fate::Back),
        };
        let stuff = match (self.item_id, self.lot_id) {
            (Some(item), None) => Some(OpenedStuff::Item(item)),
            (None, Some(lot)) => Some(OpenedStuff::Lot(lot)),
            (None, None) => {
                faults.note(
                    format!("{line}/item_id"),
                    "required",
                    "须给出 item_id 或 lot_id",
                    "give item_id or lot_id",
                );
                None
            }
            (Some(_), Some(_)) => {
                faults.note(
                    format!("{line}/item_id"),
                    "ambiguous",
                    "item_id 与 lot_id 只给其一",
                    "give item_id or lot_id, not both",
                );
                None
            }
        };
        Some(OpenedLine {
            stuff: stuff?,
            count: count?,
            fate: fate?,
        })
    }
}

impl KitDisassemblyBody {
    pub(in crate::stock) fn parse(self) -> Result<TakeKitsApart, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let count = count(&mut faults, "", self.quantity, self.unit.as_deref());
        let condition = condition(
            &mut faults,
            "/condition".to_owned(),
            self.condition.as_deref(),
        );
        let lines = lines(&self.lines, &mut faults, OpenedLineBody::parse);
        let command = (|| {
            Some(TakeKitsApart {
                depot: self.depot_id,
                paper: paper?,
                lot: self.lot_id,
                zone: self.zone_id,
                condition: condition?,
                count: count?,
                version: self.kit_version.map(|Whole(number)| number),
                to_zone: self.to_zone_id,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

/// What was converted, and the movement that did it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ConversionView {
    pub(crate) movement: MovementView,
    /// The movement that wrote off what was not in the kits.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) loss_movement_id: Option<Id<kinds::Movement>>,
    /// `assemble` or `take_apart`.
    #[schema(max_length = 16)]
    pub(crate) way: String,
    /// The lot of kits.
    pub(crate) kit_lot: LotView,
    /// The version of the contents.
    #[schema(minimum = 1)]
    pub(crate) kit_version: i64,
    /// How many kits.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
    /// What went in, or came out.
    #[schema(max_items = 1000)]
    pub(crate) parts: Vec<ConvertedPartView>,
    /// Why one kit has no value: `unvalued`, `currencies`, `inexact` or `too_large`.
    #[schema(max_length = 16)]
    pub(crate) no_value_because: Option<String>,
}

/// Goods of one lot that went into kits or came out of them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ConvertedPartView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 16)]
    pub(crate) condition: String,
    /// `in`, `back` or `missing`.
    #[schema(max_length = 16)]
    pub(crate) fate: String,
    /// In base units.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
}

impl ConvertedPartView {
    pub(in crate::stock) fn new(
        (lot_id, item_id): (Id<kinds::Lot>, Id<kinds::Item>),
        condition: Condition,
        fate: &str,
        quantity: Quantity,
    ) -> Self {
        Self {
            lot_id,
            item_id,
            condition: condition.name().to_owned(),
            fate: fate.to_owned(),
            quantity: quantity.get(),
        }
    }
}

/// Why a kit has no value, on the wire.
pub(in crate::stock) fn no_value(reason: NoValue) -> &'static str {
    match reason {
        NoValue::Unvalued => "unvalued",
        NoValue::Currencies => "currencies",
        NoValue::Inexact => "inexact",
        NoValue::TooLarge => "too_large",
    }
}

/// Goods of one lot in one lot of kits, over all that was put together and taken apart and stands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct KitPartView {
    /// The lot of kits.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) kit_lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) kit_item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) kit_item_name: String,
    /// What went in, or came out.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    #[schema(value_type = String, max_length = 30)]
    pub(crate) owner_id: Id<kinds::Organisation>,
    #[schema(max_length = 16)]
    pub(crate) source: String,
    #[schema(max_length = 200)]
    pub(crate) donor: Option<String>,
    #[schema(max_length = 64)]
    pub(crate) batch: Option<String>,
    /// The last day of use.
    #[schema(max_length = 10)]
    pub(crate) expires_on: Option<String>,
    /// In base units; nothing for contents of kits that came in whole.
    #[schema(minimum = 0)]
    pub(crate) went_in: i64,
    #[schema(minimum = 0)]
    pub(crate) came_back: i64,
    /// Not there when the kits were opened.
    #[schema(minimum = 0)]
    pub(crate) missing: i64,
    /// What is still in kits, wherever those are.
    #[schema(minimum = 0)]
    pub(crate) inside: i64,
}

impl KitPartView {
    /// A part of which nothing was added up yet.
    pub(in crate::stock) fn new(
        (kit, kit_item): (&rows::lot::Model, Option<&ItemFacts>),
        (part, item): (&rows::lot::Model, Option<&ItemFacts>),
    ) -> Self {
        let (kit_item_name, _) = named(kit_item);
        let (item_name, base_unit) = named(item);
        Self {
            kit_lot_id: Id::from_uuid(kit.id),
            kit_item_id: Id::from_uuid(kit.item_id),
            kit_item_name,
            lot_id: Id::from_uuid(part.id),
            item_id: Id::from_uuid(part.item_id),
            item_name,
            base_unit,
            owner_id: Id::from_uuid(part.owner_id),
            source: part.source.clone(),
            donor: part.donor.clone(),
            batch: part.batch.clone(),
            expires_on: part.expires_on.clone(),
            went_in: 0,
            came_back: 0,
            missing: 0,
            inside: 0,
        }
    }
}
