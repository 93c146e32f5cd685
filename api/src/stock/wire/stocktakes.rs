//! Stocktakes on the wire.
//!
//! **Invariant.** A count names where it was made, of which lot and in which condition; what the
//! book has of it no request says.

mod views;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Currency, Id, Money, Text, kinds},
    stock::{Extent, Limit},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    http::{IdText, Whole},
    problem::{Fault, Faults, Problem},
};

use super::{
    super::commands::{
        AbandonStocktake, AddFoundLots, Count, CountLine, CountStocktake, OpenStocktake,
        RecountStocktake, SetCountLimit,
    },
    parts::{condition, count, lines, optional, paragraphs},
    receipts::ReceiptLineBody,
};

pub(crate) use views::{
    APPROVAL_GIVEN, CountAccuracyView, CountLimitView, CountedView, FOUND, LIMIT_BUILT_IN, OPEN,
    StocktakeCountView, StocktakeLineView, StocktakeView, Sums,
};

/// A stocktake to begin: of a whole depot, or of one of zones, categories and items.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct OpenStocktakeBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Stocktake>>,
    #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Id<kinds::Depot>,
    /// Only these zones.
    #[serde(default)]
    #[schema(value_type = Option<Vec<IdText>>, min_items = 1, max_items = 200)]
    zone_ids: Option<Vec<Id<kinds::Zone>>>,
    /// Only items in these categories or below them.
    #[serde(default)]
    #[schema(value_type = Option<Vec<IdText>>, min_items = 1, max_items = 100)]
    category_ids: Option<Vec<Id<kinds::Category>>>,
    /// Only these items.
    #[serde(default)]
    #[schema(value_type = Option<Vec<IdText>>, min_items = 1, max_items = 500)]
    item_ids: Option<Vec<Id<kinds::Item>>>,
    /// Whether those who count are shown no figures until they are done; they are not, if absent.
    blind: Option<bool>,
    #[schema(min_length = 1, max_length = 1000)]
    note: Option<String>,
}

fn uuids<K: domain::kernel::Kind>(ids: &[Id<K>]) -> Vec<Uuid> {
    let mut uuids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    uuids.sort_unstable();
    uuids.dedup();
    uuids
}

impl OpenStocktakeBody {
    pub(in crate::stock) fn parse(self) -> Result<OpenStocktake, Problem> {
        let mut faults = Faults::default();
        let note = paragraphs(&mut faults, "/note", self.note.as_deref());
        let given = [
            (
                Extent::Zones,
                "/zone_ids",
                self.zone_ids.as_deref().map(uuids),
            ),
            (
                Extent::Categories,
                "/category_ids",
                self.category_ids.as_deref().map(uuids),
            ),
            (
                Extent::Items,
                "/item_ids",
                self.item_ids.as_deref().map(uuids),
            ),
        ];
        let mut chosen = None;
        for (extent, pointer, ids) in given {
            let Some(ids) = ids else { continue };
            if chosen.is_some() {
                faults.note(
                    pointer,
                    "ambiguous",
                    "库区、分类、品类只能按其中一种划定范围",
                    "a stocktake is of zones, of categories or of items",
                );
            } else {
                chosen = Some((extent, ids));
            }
        }
        let (extent, parts) = chosen.unwrap_or((Extent::Whole, Vec::new()));
        let command = note.map(|note| OpenStocktake {
            id: self.id,
            depot: self.depot_id,
            extent,
            parts,
            blind: self.blind.unwrap_or(true),
            note,
        });
        faults.finish(command)
    }
}

/// What one person counted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountBody {
    /// When the goods were counted: after the cut-off, and at most 5 minutes ahead of the server.
    /// Now, if absent. The count is compared with the book of this moment, by the time at which
    /// the server learned of movements.
    counted_at: Option<DateTime<Utc>>,
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<CountLineBody>,
}

/// How much of a lot in one condition lies in a zone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct CountLineBody {
    #[schema(value_type = String, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Id<kinds::Zone>,
    #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Id<kinds::Lot>,
    /// `usable` if absent.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    condition: Option<String>,
    /// How many units are there; 0 says that none are.
    #[schema(value_type = i64, minimum = 0, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16, examples("箱"))]
    unit: Option<String>,
    /// The revision of the caller's own count of this line that this one corrects; both are kept.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    corrects: Option<Whole>,
    /// What was noticed, or why the count is corrected.
    #[schema(min_length = 1, max_length = 500)]
    note: Option<String>,
}

impl CountLineBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<CountLine> {
        let count: Option<Count> = count(faults, line, self.quantity, self.unit.as_deref());
        let condition = condition(
            faults,
            format!("{line}/condition"),
            self.condition.as_deref(),
        );
        let note = paragraphs(faults, format!("{line}/note"), self.note.as_deref());
        Some(CountLine {
            zone: self.zone_id,
            lot: self.lot_id,
            condition: condition?,
            count: count?,
            corrects: self.corrects.map(|Whole(revision)| revision),
            note: note?,
        })
    }
}

impl CountBody {
    pub(crate) fn parse(self, stocktake: Id<kinds::Stocktake>) -> Result<CountStocktake, Problem> {
        let mut faults = Faults::default();
        let lines = lines(&self.lines, &mut faults, CountLineBody::parse);
        let command = lines.map(|lines| CountStocktake {
            stocktake,
            counted_at: self.counted_at,
            lines,
        });
        faults.finish(command)
    }
}

/// Goods of no known lot that lie there; each line becomes a new lot, and the caller's count of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct FoundLotsBody {
    #[schema(min_items = 1, max_items = 100)]
    lines: Vec<ReceiptLineBody>,
}

impl FoundLotsBody {
    pub(in crate::stock) fn parse(
        self,
        stocktake: Id<kinds::Stocktake>,
    ) -> Result<AddFoundLots, Problem> {
        let mut faults = Faults::default();
        let lines = lines(&self.lines, &mut faults, ReceiptLineBody::parse);
        faults.finish(lines.map(|lines| AddFoundLots { stocktake, lines }))
    }
}

/// Why a stocktake is sent back or given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct StocktakeReasonBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl StocktakeReasonBody {
    fn reason(&self) -> Result<Text<500>, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        faults.finish(reason)
    }

    pub(in crate::stock) fn recount(
        &self,
        stocktake: Id<kinds::Stocktake>,
    ) -> Result<RecountStocktake, Problem> {
        let reason = self.reason()?;
        Ok(RecountStocktake { stocktake, reason })
    }

    pub(in crate::stock) fn abandon(
        &self,
        stocktake: Id<kinds::Stocktake>,
    ) -> Result<AbandonStocktake, Problem> {
        let reason = self.reason()?;
        Ok(AbandonStocktake { stocktake, reason })
    }
}

/// Past which limit what a stocktake found needs somebody's approval.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct CountLimitBody {
    /// The share of a line's book, in ten-thousandths: 100 is 1 %.
    #[schema(value_type = i64, minimum = 0, maximum = 10_000)]
    share_e4: Whole,
    /// The value of all differences of a stocktake together.
    #[schema(
        max_length = 20,
        pattern = "^[0-9]{1,10}(\\.[0-9]{1,4})?$",
        examples("1000")
    )]
    value: String,
    /// `CNY` if absent.
    #[schema(max_length = 3, pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    /// The rule that the figures come from.
    #[schema(min_length = 1, max_length = 200)]
    source: String,
}

impl CountLimitBody {
    pub(in crate::stock) fn parse(
        &self,
        depot: Id<kinds::Depot>,
        based_on: i64,
    ) -> Result<SetCountLimit, Problem> {
        let mut faults = Faults::default();
        let source = optional(&mut faults, "/source", Some(&self.source)).flatten();
        let currency = match &self.currency {
            Some(code) => faults.take("/currency", code.parse()),
            None => Some(Currency::CNY),
        };
        let value = currency.and_then(|currency| {
            let value = Money::parse(&self.value, currency).map_err(Fault::from);
            faults.take("/value", value)
        });
        let Whole(share_e4) = self.share_e4;
        let limit = value.and_then(|value| {
            let limit = Limit::new(share_e4, value).ok_or_else(|| {
                Fault::new("out-of-range", "须在 0 到 10000 之间", "must be 0 to 10000")
            });
            faults.take("/share_e4", limit)
        });
        let command = (|| {
            Some(SetCountLimit {
                depot,
                based_on,
                limit: limit?,
                source: source?,
            })
        })();
        faults.finish(command)
    }
}

/// Which stocktakes to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct StocktakeFilter {
    /// Those of this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// `counting`, `recounting`, `counted`, `awaiting_approval`, `settled` or `abandoned`.
    #[param(
        max_length = 20,
        pattern = "^(counting|recounting|counted|awaiting_approval|settled|abandoned)$"
    )]
    pub(in crate::stock) state: Option<String>,
}

/// Which lines of a stocktake to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct StocktakeLineFilter {
    /// Those in this zone.
    #[param(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) zone_id: Option<Id<kinds::Zone>>,
    /// `true` for those that the running round counts.
    pub(in crate::stock) to_count: Option<bool>,
    /// `true` for those that were found to differ from the book. None, for readers who are shown
    /// no figures.
    pub(in crate::stock) differing: Option<bool>,
}

/// Which counts of a stocktake to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct StocktakeCountFilter {
    /// Those of this line.
    #[param(minimum = 1, maximum = 1_000_000)]
    pub(in crate::stock) line: Option<i64>,
}

/// Whose accuracy to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct CountAccuracyFilter {
    /// Of this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// Of stocktakes that were settled then or later.
    pub(in crate::stock) settled_from: Option<DateTime<Utc>>,
}
