//! Receipts on the wire.
//!
//! **Invariant.** Every line is a new lot.

use domain::{
    kernel::{Currency, Id, Money, kinds},
    stock::{LifeWarning, Restriction, Source},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::Whole,
    problem::{Fault, Faults, Problem},
    stock::ledger::Origin,
};

use super::{
    super::commands::{ReceiptLine, Receive},
    movements::MovementView,
    parts::{condition, count, day, lines, optional, paper_body, paragraphs},
};

paper_body! {
    /// Goods that come in, each line a new lot.
    pub(crate) struct ReceiptBody {
        #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        depot_id: Id<kinds::Depot>,
        #[schema(min_items = 1, max_items = 1000)]
        lines: Vec<ReceiptLineBody>,
    }
}

/// A new lot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct ReceiptLineBody {
    /// The id of the new lot, made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Option<Id<kinds::Lot>>,
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Id<kinds::Item>,
    /// How many units came in.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16, examples("箱"))]
    unit: Option<String>,
    /// Where the goods came from.
    #[schema(
        max_length = 16,
        pattern = "^(purchase|donation|transfer_in|forfeit|opening)$"
    )]
    source: String,
    /// Whose goods these are; the depot's organisation if absent.
    #[schema(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    owner_id: Option<Id<kinds::Organisation>>,
    /// Who gave them, as named on the receipt.
    #[schema(min_length = 1, max_length = 200)]
    donor: Option<String>,
    /// The maker's batch number.
    #[schema(min_length = 1, max_length = 64)]
    batch: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    maker: Option<String>,
    #[schema(format = "date", max_length = 10)]
    produced_on: Option<String>,
    /// The last day of use. If absent, it follows from the day of production and the item's shelf
    /// life, where both are known.
    #[schema(format = "date", max_length = 10)]
    expires_on: Option<String>,
    /// The value of one base unit, with at most four decimals.
    #[schema(
        max_length = 20,
        pattern = "^[0-9]{1,10}(\\.[0-9]{1,4})?$",
        examples("45.70")
    )]
    unit_value: Option<String>,
    /// `CNY` if absent.
    #[schema(max_length = 3, pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    restriction: Option<RestrictionBody>,
    /// The zone that takes them; the depot's main zone if absent.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Option<Id<kinds::Zone>>,
    /// The bin inside the zone.
    #[schema(value_type = Option<String>, pattern = "^bin_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    bin_id: Option<Id<kinds::Bin>>,
    /// `usable` if absent.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    condition: Option<String>,
    #[schema(min_length = 1, max_length = 500)]
    remark: Option<String>,
}

/// What the donor bound the goods to: exactly the member that `kind` names.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct RestrictionBody {
    /// `none`, `incident`, `division` or `programme`.
    #[schema(max_length = 16, pattern = "^(none|incident|division|programme)$")]
    kind: String,
    #[schema(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    incident_id: Option<Id<kinds::Incident>>,
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<String>,
    #[schema(min_length = 1, max_length = 64)]
    programme: Option<String>,
}

impl RestrictionBody {
    pub(super) fn parse(&self, faults: &mut Faults, pointer: &str) -> Option<Restriction> {
        let given = [
            ("incident_id", "incident", self.incident_id.is_some()),
            ("division_code", "division", self.division_code.is_some()),
            ("programme", "programme", self.programme.is_some()),
        ];
        let mut fits = true;
        for (member, kind, there) in given {
            if there && kind != self.kind {
                fits = false;
                faults.note(
                    format!("{pointer}/{member}"),
                    "ambiguous",
                    format!("kind 为 {} 时不得给出", self.kind),
                    format!("goes with the kind `{kind}` only"),
                );
            }
            if !there && kind == self.kind {
                fits = false;
                faults.note(
                    format!("{pointer}/{member}"),
                    "required",
                    "必填",
                    "this field is required",
                );
            }
        }
        if !fits {
            return None;
        }
        if let Some(incident) = self.incident_id {
            return Some(Restriction::Incident(incident));
        }
        if let Some(code) = &self.division_code {
            let code = faults.take(format!("{pointer}/division_code"), code.parse());
            return code.map(Restriction::Division);
        }
        if self.programme.is_some() {
            let pointer = format!("{pointer}/programme");
            let programme = optional(faults, pointer, self.programme.as_deref());
            return programme.flatten().map(Restriction::Programme);
        }
        Some(Restriction::None)
    }
}

impl ReceiptLineBody {
    pub(super) fn parse(&self, faults: &mut Faults, line: &str) -> Option<ReceiptLine> {
        let at = |field: &str| format!("{line}/{field}");
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let source = faults.take(at("source"), self.source.parse::<Source>());
        let donor = optional(faults, at("donor"), self.donor.as_deref());
        let batch = optional(faults, at("batch"), self.batch.as_deref());
        let maker = optional(faults, at("maker"), self.maker.as_deref());
        let produced_on = day(faults, at("produced_on"), self.produced_on.as_deref());
        let expires_on = day(faults, at("expires_on"), self.expires_on.as_deref());
        let unit_value = self.value(faults, line);
        let restriction = match &self.restriction {
            Some(body) => body.parse(faults, &at("restriction")),
            None => Some(Restriction::None),
        };
        let condition = condition(faults, at("condition"), self.condition.as_deref());
        let remark = paragraphs(faults, at("remark"), self.remark.as_deref());
        Some(ReceiptLine {
            lot: self.lot_id,
            item: self.item_id,
            count: count?,
            source: source?,
            owner: self.owner_id,
            donor: donor?,
            batch: batch?,
            maker: maker?,
            produced_on: produced_on?,
            expires_on: expires_on?,
            unit_value: unit_value?,
            restriction: restriction?,
            zone: self.zone_id,
            bin: self.bin_id,
            condition: condition?,
            remark: remark?,
        })
    }

    fn value(&self, faults: &mut Faults, line: &str) -> Option<Option<Money>> {
        let currency = match &self.currency {
            Some(code) => faults.take(format!("{line}/currency"), code.parse()),
            None => Some(Currency::CNY),
        };
        match &self.unit_value {
            Some(amount) => faults
                .take(
                    format!("{line}/unit_value"),
                    Money::parse(amount, currency?).map_err(Fault::from),
                )
                .map(Some),
            None => currency.map(|_| None),
        }
    }
}

impl ReceiptBody {
    pub(crate) fn parse(self) -> Result<Receive, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let lines = lines(&self.lines, &mut faults, ReceiptLineBody::parse);
        let command = (|| {
            Some(Receive {
                depot: self.depot_id,
                paper: paper?,
                origin: Origin::Itself,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

/// A receipt and what should be known about it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReceiptView {
    pub(crate) movement: MovementView,
    #[schema(max_items = 2000)]
    pub(crate) warnings: Vec<WarningView>,
    /// Of gifts: the code to print beside the number of the receipt, by which the donor asks what
    /// became of them. It is told once.
    #[schema(max_length = 19)]
    pub(crate) trace_code: Option<String>,
}

/// The code of a receipt.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TraceCodeView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) movement_id: Id<kinds::Movement>,
    /// The number on the paper; without one, the id stands for it.
    #[schema(max_length = 64)]
    pub(crate) number: Option<String>,
    /// To be printed beside it. It is told once.
    #[schema(max_length = 19)]
    pub(crate) trace_code: Option<String>,
}

/// Something that is no reason to refuse and should be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct WarningView {
    /// The line of the receipt, from 0.
    #[schema(value_type = i64, minimum = 0, maximum = 999)]
    pub(crate) line: usize,
    /// `expired`, `short_life` or `expiry_derived`.
    #[schema(max_length = 32)]
    pub(crate) code: String,
    /// The last day of use.
    #[schema(max_length = 10)]
    pub(crate) expires_on: String,
    /// For `short_life`: the rule asks for a last day of use after this day.
    #[schema(max_length = 10)]
    pub(crate) wanted_after: Option<String>,
}

impl WarningView {
    pub(in crate::stock) fn of_life(line: usize, warning: LifeWarning) -> Self {
        let (code, expires_on, wanted_after) = match warning {
            LifeWarning::Expired { expires_on } => ("expired", expires_on, None),
            LifeWarning::ShortLife {
                expires_on,
                wanted_after,
            } => ("short_life", expires_on, Some(wanted_after)),
        };
        Self {
            line,
            code: code.to_owned(),
            expires_on: expires_on.to_string(),
            wanted_after: wanted_after.map(|day| day.to_string()),
        }
    }
}
