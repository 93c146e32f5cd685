//! Changes of owner and of purpose on the wire.
//!
//! **Invariant.** A change is of the one or of the other, and has what that asks for and nothing else.

mod views;

use domain::{
    kernel::{Id, Text, kinds},
    stock::{Consent, LotChangeTo},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    http::Whole,
    problem::{Faults, Problem},
};

use super::{
    super::commands::{AskLotChange, Draw, RefuseLotChange, Stuff, WithdrawLotChange},
    parts::{condition, count, day, lines},
    receipts::RestrictionBody,
};

pub(in crate::stock) use views::LotChangeFilter;
pub(crate) use views::{LotChangeLineView, LotChangeView};

/// Goods of one owner that are to be another's, or are to serve something else.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskLotChangeBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^change_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::LotChange>>,
    #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Id<kinds::Depot>,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// Whose they are to be. Give this, or `to_restriction` with `consent`.
    #[schema(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    to_owner_id: Option<Id<kinds::Organisation>>,
    to_restriction: Option<RestrictionBody>,
    consent: Option<ConsentBody>,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<LotChangeLineBody>,
}

/// The donor's word that goods may serve something else. Without it nothing is changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct ConsentBody {
    /// The donor, as the lots name them.
    #[schema(min_length = 1, max_length = 200)]
    given_by: String,
    /// The number of the paper.
    #[schema(min_length = 1, max_length = 64)]
    reference: String,
    #[schema(format = "date", max_length = 10)]
    given_on: String,
    /// Who heard it.
    #[schema(min_length = 1, max_length = 200)]
    heard_by: String,
    /// The SHA-256 of the paper or the recording.
    #[schema(max_length = 64, pattern = "^[0-9a-f]{64}$")]
    evidence_sha256: String,
}

impl ConsentBody {
    fn parse(&self, faults: &mut Faults) -> Option<Consent> {
        let given_by = faults.take("/consent/given_by", Text::new(&self.given_by));
        let reference = faults.take("/consent/reference", Text::new(&self.reference));
        let given_on = day(faults, "/consent/given_on".to_owned(), Some(&self.given_on));
        let heard_by = faults.take("/consent/heard_by", Text::new(&self.heard_by));
        let evidence = Text::new(&self.evidence_sha256);
        let evidence = faults.take("/consent/evidence_sha256", evidence);
        Some(Consent {
            given_by: given_by?,
            reference: reference?,
            given_on: given_on.flatten()?,
            heard_by: heard_by?,
            evidence_sha256: evidence?,
        })
    }
}

/// Goods of one lot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct LotChangeLineBody {
    #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Id<kinds::Lot>,
    /// Where the lot lies; may be left out when all of it lies in one zone.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Option<Id<kinds::Zone>>,
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

impl LotChangeLineBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<Draw> {
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let at = format!("{line}/condition");
        let condition = condition(faults, at, self.condition.as_deref());
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

impl AskLotChangeBody {
    pub(crate) fn parse(self) -> Result<AskLotChange, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let to = self.to(&mut faults);
        let lines = lines(&self.lines, &mut faults, LotChangeLineBody::parse);
        let command = (|| {
            Some(AskLotChange {
                id: self.id,
                depot: self.depot_id,
                reason: reason?,
                to: to?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }

    fn to(&self, faults: &mut Faults) -> Option<LotChangeTo> {
        match (self.to_owner_id, &self.to_restriction, &self.consent) {
            (Some(to), None, None) => Some(LotChangeTo::Owner { to }),
            (None, Some(to), Some(consent)) => {
                let to = to.parse(faults, "/to_restriction");
                let consent = consent.parse(faults);
                Some(LotChangeTo::Purpose {
                    to: to?,
                    consent: consent?,
                })
            }
            (None, None, None) => {
                faults.note(
                    "/to_owner_id",
                    "required",
                    "须给出 to_owner_id，或 to_restriction 与 consent",
                    "give to_owner_id, or to_restriction with consent",
                );
                None
            }
            (None, Some(_), None) => {
                faults.note(
                    "/consent",
                    "required",
                    "变更用途须附捐赠人书面同意的记录",
                    "the purpose changes only with the recorded consent of the donor",
                );
                None
            }
            (None, None, Some(_)) => {
                faults.note(
                    "/to_restriction",
                    "required",
                    "必填",
                    "this field is required",
                );
                None
            }
            (Some(_), ..) => {
                faults.note(
                    "/to_owner_id",
                    "ambiguous",
                    "一张变更单只变更权属或用途之一",
                    "a change is of the owner or of the purpose, not of both",
                );
                None
            }
        }
    }
}

/// Why a change does not happen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct EndLotChangeBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl EndLotChangeBody {
    fn reason(&self) -> Result<Text<500>, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        faults.finish(reason)
    }

    pub(in crate::stock) fn refuse(
        &self,
        change: Id<kinds::LotChange>,
    ) -> Result<RefuseLotChange, Problem> {
        let reason = self.reason()?;
        Ok(RefuseLotChange { change, reason })
    }

    pub(in crate::stock) fn withdraw(
        &self,
        change: Id<kinds::LotChange>,
    ) -> Result<WithdrawLotChange, Problem> {
        let reason = self.reason()?;
        Ok(WithdrawLotChange { change, reason })
    }
}
