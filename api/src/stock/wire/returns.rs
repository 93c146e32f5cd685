//! Goods that come back, on the wire.
//!
//! **Invariant.** A line names the lot that had been issued, or the item of goods that nobody can
//! assign to one, and then what else is known of them.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    stock::{Condition, Found, RecoveryClass, Restriction, Source},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    http::Whole,
    problem::{Faults, Problem},
};

use super::{
    super::{
        commands::{Came, Count, ReceiptLine, ReturnLine, TakeBack},
        rows::{lot, movement, movement_line, returns::return_line},
    },
    parts::{count, lines, paper_body, paragraphs},
};

paper_body! {
    /// Goods that come back. `counterparty` names the site or the recipient, and must be there.
    pub(in crate::stock) struct GoodsReturnBody {
        /// Where they come back to.
        #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        depot_id: Id<kinds::Depot>,
        #[schema(min_items = 1, max_items = 500)]
        lines: Vec<GoodsReturnLineBody>,
    }
}

/// Goods of one lot that came back in one state.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct GoodsReturnLineBody {
    /// The lot that had been issued. For goods that nobody can assign, leave it out and give
    /// `item_id`.
    #[schema(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Option<Id<kinds::Lot>>,
    /// The item of goods that nobody can assign to a lot; they become a new lot.
    #[schema(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Option<Id<kinds::Item>>,
    /// The id of the new lot, made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    new_lot_id: Option<Id<kinds::Lot>>,
    /// Whose goods a new lot is; the depot's organisation if absent.
    #[schema(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    owner_id: Option<Id<kinds::Organisation>>,
    /// What a new lot should say of itself.
    #[schema(min_length = 1, max_length = 500)]
    remark: Option<String>,
    /// How many units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
    /// How they were found.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    condition: String,
    /// For how many months they were used; 0 if they were not.
    #[schema(value_type = i64, minimum = 0, maximum = 1200)]
    used_months: Whole,
    /// Whether they were cleaned and disinfected.
    cleaned: bool,
    /// What recovery rules call them; `other` if absent, for what no rule names.
    #[schema(
        max_length = 20,
        pattern = "^(command_tent|prefab_house|large_equipment|single_tent|cotton_tent|clothing|bedding|bed|stove|other)$"
    )]
    recovery_class: Option<String>,
    /// The zone that takes them; the depot's main zone if absent.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Option<Id<kinds::Zone>>,
    /// The bin inside the zone.
    #[schema(value_type = Option<String>, pattern = "^bin_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    bin_id: Option<Id<kinds::Bin>>,
}

impl GoodsReturnLineBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<ReturnLine> {
        let at = |member: &str| format!("{line}/{member}");
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let condition = faults.take(at("condition"), self.condition.parse());
        let class = match &self.recovery_class {
            Some(name) => faults.take(at("recovery_class"), name.parse()),
            None => Some(RecoveryClass::Other),
        };
        let remark = paragraphs(faults, at("remark"), self.remark.as_deref());
        let Whole(used_months) = self.used_months;
        let found = Found {
            class: class?,
            condition: condition?,
            used_months: u16::try_from(used_months).ok()?,
            cleaned: self.cleaned,
        };
        let came = self.came(faults, &at, count?, remark?, found.condition)?;
        Some(ReturnLine { came, found })
    }

    fn came(
        &self,
        faults: &mut Faults,
        at: &impl Fn(&str) -> String,
        count: Count,
        remark: Option<Text<500>>,
        condition: Condition,
    ) -> Option<Came> {
        let Some(lot) = self.lot_id else {
            return self.unknown(faults, at, count, remark, condition);
        };
        let given = [
            ("item_id", self.item_id.is_some()),
            ("new_lot_id", self.new_lot_id.is_some()),
            ("owner_id", self.owner_id.is_some()),
            ("remark", self.remark.is_some()),
        ];
        let mut fits = true;
        for (member, _) in given.into_iter().filter(|(_, there)| *there) {
            fits = false;
            faults.note(
                at(member),
                "ambiguous",
                "已指明批次时不得给出",
                "goes with goods of no known lot only",
            );
        }
        fits.then_some(Came::OfLot {
            lot,
            count,
            zone: self.zone_id,
            bin: self.bin_id,
        })
    }

    fn unknown(
        &self,
        faults: &mut Faults,
        at: &impl Fn(&str) -> String,
        count: Count,
        remark: Option<Text<500>>,
        condition: Condition,
    ) -> Option<Came> {
        let Some(item) = self.item_id else {
            faults.note(
                at("lot_id"),
                "required",
                "须给出 lot_id；无法认定批次的给出 item_id",
                "give lot_id, or item_id for goods that nobody can assign to a lot",
            );
            return None;
        };
        Some(Came::Unknown(Box::new(ReceiptLine {
            lot: self.new_lot_id,
            item,
            count,
            source: Source::Recovery,
            owner: self.owner_id,
            donor: None,
            batch: None,
            maker: None,
            produced_on: None,
            expires_on: None,
            unit_value: None,
            restriction: Restriction::None,
            zone: self.zone_id,
            bin: self.bin_id,
            condition,
            remark,
        })))
    }
}

impl GoodsReturnBody {
    pub(in crate::stock) fn parse(self) -> Result<TakeBack, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        if self.counterparty.is_none() {
            faults.note(
                "/counterparty",
                "required",
                "须写明交回的安置点或单位",
                "name the site or the recipient that gives the goods back",
            );
        }
        let lines = lines(&self.lines, &mut faults, GoodsReturnLineBody::parse);
        let command = (|| {
            Some(TakeBack {
                depot: self.depot_id,
                paper: paper?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

/// Goods that came back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoodsReturnView {
    /// The movement, by which the return is known.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) movement_id: Id<kinds::Movement>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) recorded_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    pub(crate) paper_number: Option<String>,
    /// Who gave them back, as the paper names them.
    #[schema(max_length = 200)]
    pub(crate) counterparty: Option<String>,
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
    /// The movement that undid it.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) reversed_by_id: Option<Id<kinds::Movement>>,
    #[schema(max_items = 500)]
    pub(crate) lines: Vec<GoodsReturnLineView>,
    /// How many more lines it has, of goods that the reader does not see.
    #[schema(minimum = 0, maximum = 500)]
    pub(crate) hidden_line_count: i64,
}

impl GoodsReturnView {
    pub(in crate::stock) fn new(
        row: movement::Model,
        reversed_by: Option<Uuid>,
        lines: Vec<GoodsReturnLineView>,
        hidden_line_count: i64,
    ) -> Self {
        Self {
            movement_id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            paper_number: row.paper_number,
            counterparty: row.counterparty,
            note: row.note,
            reversed_by_id: reversed_by.map(Id::from_uuid),
            lines,
            hidden_line_count,
        }
    }
}

/// Goods of one lot that came back in one state, and what is to be done with them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct GoodsReturnLineView {
    #[schema(minimum = 0, maximum = 499)]
    pub(crate) line: i64,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    /// Where the lot came from; `recovery` for goods that nobody could assign to one.
    #[schema(max_length = 16)]
    pub(crate) source: String,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) zone_id: Id<kinds::Zone>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) bin_id: Option<Id<kinds::Bin>>,
    /// In base units.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
    /// How they were found.
    #[schema(max_length = 16)]
    pub(crate) found_condition: String,
    /// In which condition they are in the book: what is to be repaired needs repair, and what is
    /// to be disposed of is condemned.
    #[schema(max_length = 16)]
    pub(crate) condition: String,
    #[schema(max_length = 20)]
    pub(crate) recovery_class: String,
    #[schema(minimum = 0, maximum = 1200)]
    pub(crate) used_months: i64,
    /// Whether they were cleaned and disinfected.
    pub(crate) cleaned: bool,
    /// `keep`, `repair` or `dispose`.
    #[schema(max_length = 16)]
    pub(crate) demand: String,
    /// Which rule decided: `gansu_must_be_recovered`, `gansu_within_months`, `gansu_past_months`,
    /// `gansu_not_recovered`, `zoucheng_unused` or `as_found`.
    #[schema(max_length = 32)]
    pub(crate) rule: String,
}

impl GoodsReturnLineView {
    pub(in crate::stock) fn new(
        line: movement_line::Model,
        came: return_line::Model,
        lot: &lot::Model,
        (item_name, base_unit): (String, String),
    ) -> Self {
        Self {
            line: line.line,
            lot_id: Id::from_uuid(lot.id),
            source: lot.source.clone(),
            item_id: Id::from_uuid(lot.item_id),
            item_name,
            base_unit,
            zone_id: Id::from_uuid(line.to_id),
            bin_id: line.bin_id.map(Id::from_uuid),
            quantity: line.quantity,
            found_condition: came.found_condition,
            condition: line.condition,
            recovery_class: came.recovery_class,
            used_months: came.used_months,
            cleaned: came.cleaned == "yes",
            demand: came.demand,
            rule: came.rule,
        }
    }
}

/// Which returns to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct GoodsReturnFilter {
    /// Those to this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// Those of goods of this lot.
    #[param(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) lot_id: Option<Id<kinds::Lot>>,
    /// Those with goods of which this is demanded: `keep`, `repair` or `dispose`.
    #[param(max_length = 16, pattern = "^(keep|repair|dispose)$")]
    pub(in crate::stock) demand: Option<String>,
    /// Those that occurred at this moment or later.
    pub(in crate::stock) since: Option<DateTime<Utc>>,
}
