//! Disposals on the wire.
//!
//! **Invariant.** An outcome has what its way asks for and nothing else: proceeds of an auction,
//! parts of what was taken apart.

mod views;

use domain::{
    kernel::{Currency, Id, Money, Text, kinds},
    stock::{Condition, DisposalWay},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    http::Whole,
    problem::{Fault, Faults, Problem},
};

use super::{
    super::commands::{
        AskDisposal, CarryOutDisposal, Done, Draw, PartLine, RefuseDisposal, Stuff,
        WithdrawDisposal,
    },
    parts::{condition, count, lines, optional, paper_body, paragraphs},
};

pub(in crate::stock) use views::DisposalFilter;
pub(crate) use views::{DisposalLineView, DisposalPartView, DisposalView};

/// Goods that nobody can use any more, and what is to become of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct AskDisposalBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^disposal_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Disposal>>,
    #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Id<kinds::Depot>,
    /// `destroyed`, `parts_reused`, `auctioned` or `returned_to_maker`.
    #[schema(
        max_length = 20,
        pattern = "^(destroyed|parts_reused|auctioned|returned_to_maker)$"
    )]
    way: String,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// The test house or the experts that looked at the goods.
    #[schema(min_length = 1, max_length = 200)]
    assessed_by: String,
    /// The number of their report.
    #[schema(min_length = 1, max_length = 64)]
    reference: Option<String>,
    /// Condemned or expired goods of one owner; recalled ones, too, if they go back to their maker.
    #[schema(min_items = 1, max_items = 1000)]
    lines: Vec<DisposalLineBody>,
}

/// Goods of one lot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct DisposalLineBody {
    #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Id<kinds::Lot>,
    /// Where the lot lies; may be left out when all of it lies in one zone.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Option<Id<kinds::Zone>>,
    /// `condemned` if absent.
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

impl DisposalLineBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<Draw> {
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let condition = match &self.condition {
            Some(name) => faults.take(format!("{line}/condition"), name.parse()),
            None => Some(Condition::Condemned),
        };
        Some(Draw {
            stuff: Stuff::Lot {
                lot: self.lot_id,
                zone: self.zone_id,
                condition: condition?,
            },
            count: count?,
        })
    }
}

impl AskDisposalBody {
    pub(in crate::stock) fn parse(self) -> Result<AskDisposal, Problem> {
        let mut faults = Faults::default();
        let way: Option<DisposalWay> = faults.take("/way", self.way.parse());
        let reason = faults.take("/reason", Text::new(&self.reason));
        let assessed_by = faults.take("/assessed_by", Text::new(&self.assessed_by));
        let reference = optional(&mut faults, "/reference", self.reference.as_deref());
        let lines = lines(&self.lines, &mut faults, DisposalLineBody::parse);
        let command = (|| {
            Some(AskDisposal {
                id: self.id,
                depot: self.depot_id,
                way: way?,
                reason: reason?,
                assessed_by: assessed_by?,
                reference: reference?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

/// Why a disposal does not happen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct EndDisposalBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl EndDisposalBody {
    fn reason(&self) -> Result<Text<500>, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        faults.finish(reason)
    }

    pub(in crate::stock) fn refuse(
        &self,
        disposal: Id<kinds::Disposal>,
    ) -> Result<RefuseDisposal, Problem> {
        let reason = self.reason()?;
        Ok(RefuseDisposal { disposal, reason })
    }

    pub(in crate::stock) fn withdraw(
        &self,
        disposal: Id<kinds::Disposal>,
    ) -> Result<WithdrawDisposal, Problem> {
        let reason = self.reason()?;
        Ok(WithdrawDisposal { disposal, reason })
    }
}

paper_body! {
    /// What came of a disposal. `counterparty` names the buyer, the maker or the witness.
    pub(in crate::stock) struct CarryOutDisposalBody {
        /// As it was approved.
        #[schema(
            max_length = 20,
            pattern = "^(destroyed|parts_reused|auctioned|returned_to_maker)$"
        )]
        way: String,
        /// What left, at most what was asked for; all of it, if absent. The rest stays and is free.
        #[serde(default)]
        #[schema(min_items = 1, max_items = 1000)]
        lines: Option<Vec<DisposalLineBody>>,
        /// What an auction brought, all together, with at most four decimals.
        #[schema(
            max_length = 20,
            pattern = "^[0-9]{1,10}(\\.[0-9]{1,4})?$",
            examples("1280.50")
        )]
        proceeds: Option<String>,
        /// `CNY` if absent.
        #[schema(max_length = 3, pattern = "^[A-Z]{3}$")]
        currency: Option<String>,
        /// What was kept of goods that were taken apart, each line a new lot.
        #[serde(default)]
        #[schema(min_items = 1, max_items = 500)]
        parts: Option<Vec<DisposalPartBody>>,
    }
}

/// Parts of one item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct DisposalPartBody {
    /// The id of the new lot, made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Option<Id<kinds::Lot>>,
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Id<kinds::Item>,
    /// How many units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
    /// `usable` if absent.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    condition: Option<String>,
    /// The zone that takes them; the depot's main zone if absent.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Option<Id<kinds::Zone>>,
    #[schema(min_length = 1, max_length = 500)]
    remark: Option<String>,
}

impl DisposalPartBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<PartLine> {
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let at = |member: &str| format!("{line}/{member}");
        let condition = condition(faults, at("condition"), self.condition.as_deref());
        let remark = paragraphs(faults, at("remark"), self.remark.as_deref());
        Some(PartLine {
            lot: self.lot_id,
            item: self.item_id,
            count: count?,
            condition: condition?,
            zone: self.zone_id,
            remark: remark?,
        })
    }
}

impl CarryOutDisposalBody {
    pub(in crate::stock) fn parse(
        self,
        disposal: Id<kinds::Disposal>,
    ) -> Result<CarryOutDisposal, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let done = self.done(&mut faults);
        let lines = match &self.lines {
            Some(bodies) => lines(bodies, &mut faults, DisposalLineBody::parse).map(Some),
            None => Some(None),
        };
        let command = (|| {
            Some(CarryOutDisposal {
                disposal,
                paper: paper?,
                done: done?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }

    fn done(&self, faults: &mut Faults) -> Option<Done> {
        let way: DisposalWay = faults.take("/way", self.way.parse())?;
        let given = [
            ("/proceeds", DisposalWay::Auctioned, self.proceeds.is_some()),
            ("/currency", DisposalWay::Auctioned, self.currency.is_some()),
            ("/parts", DisposalWay::PartsReused, self.parts.is_some()),
        ];
        for (pointer, of, there) in given {
            if there && of != way {
                faults.note(
                    pointer,
                    "ambiguous",
                    format!("way 为 {way} 时不得给出"),
                    format!("goes with the way `{of}` only"),
                );
            }
        }
        let mut required = |pointer| {
            faults.note(pointer, "required", "必填", "this field is required");
            None
        };
        match way {
            DisposalWay::Destroyed => Some(Done::Destroyed),
            DisposalWay::ReturnedToMaker => Some(Done::ReturnedToMaker),
            DisposalWay::Auctioned => match &self.proceeds {
                None => required("/proceeds"),
                Some(amount) => self.proceeds(faults, amount).map(Done::Auctioned),
            },
            DisposalWay::PartsReused => match &self.parts {
                None => required("/parts"),
                Some(parts) => {
                    let parse = |(number, part): (usize, &DisposalPartBody)| {
                        part.parse(faults, &format!("/parts/{number}"))
                    };
                    let parts: Vec<_> = parts.iter().enumerate().map(parse).collect();
                    let parts: Option<_> = parts.into_iter().collect();
                    parts.map(Done::PartsReused)
                }
            },
        }
    }

    fn proceeds(&self, faults: &mut Faults, amount: &str) -> Option<Money> {
        let currency = match &self.currency {
            Some(code) => faults.take("/currency", code.parse()),
            None => Some(Currency::CNY),
        };
        let proceeds = Money::parse(amount, currency?).map_err(Fault::from);
        faults.take("/proceeds", proceeds)
    }
}
