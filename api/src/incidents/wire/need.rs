//! Needs on the wire.

use chrono::{DateTime, Utc};
use domain::{
    incidents::Substitutes,
    kernel::{Id, Text, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{Whole, versioned},
    incidents::{commands, rows},
    problem::{Faults, Problem},
};

use super::{
    moment, optional,
    substitute::{SubstituteBody, SubstituteView, substitutes},
};

/// Needs that a person states.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateNeedsBody {
    /// One line for each item and site.
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<NeedLineBody>,
}

/// One thing that a site needs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NeedLineBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^need_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Need>>,
    #[schema(value_type = String, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    site_id: Id<kinds::Site>,
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Id<kinds::Item>,
    /// How many of `unit`.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000i64)]
    quantity: Whole,
    /// How much of it comes before the rest of any need of its priority, in the same unit; at most
    /// `quantity`. Nothing does if absent or 0.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000_000i64)]
    minimum_quantity: Option<Whole>,
    /// The base unit or a pack of the item; the base unit if absent.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
    /// 1 (first) to 3 (last); 2 if absent.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 3)]
    priority: Option<Whole>,
    /// By when.
    needed_by: Option<DateTime<Utc>>,
    #[schema(min_length = 1, max_length = 200)]
    note: Option<String>,
    /// What may go in its place, the preferred first: it comes where the item itself is missing. Each
    /// another item, and at one site none that leads back to the item.
    #[schema(max_items = 5)]
    substitutes: Option<Vec<SubstituteBody>>,
}

impl StateNeedsBody {
    pub(crate) fn parse(
        self,
        incident: Id<kinds::Incident>,
    ) -> Result<commands::StateNeeds, Problem> {
        let mut faults = Faults::default();
        let lines: Vec<_> = self
            .lines
            .into_iter()
            .enumerate()
            .map(|(index, line)| line.parse(&mut faults, &format!("/lines/{index}")))
            .collect();
        let lines: Option<Vec<_>> = lines.into_iter().collect();
        faults.finish(lines.map(|lines| commands::StateNeeds { incident, lines }))
    }
}

impl NeedLineBody {
    fn parse(self, faults: &mut Faults, at: &str) -> Option<commands::NeedLine> {
        let unit = optional(faults, &format!("{at}/unit"), self.unit.as_deref());
        let needed_by = match self.needed_by {
            Some(by) => moment(faults, &format!("{at}/needed_by"), by).map(Some),
            None => Some(None),
        };
        let note = optional(faults, &format!("{at}/note"), self.note.as_deref());
        let substitutes = substitutes(
            faults,
            &format!("{at}/substitutes"),
            self.item_id,
            self.substitutes.unwrap_or_default(),
        );
        Some(commands::NeedLine {
            id: self.id,
            site: self.site_id,
            item: self.item_id,
            count: self.quantity.0,
            minimum: self.minimum_quantity.map_or(0, |Whole(minimum)| minimum),
            unit: unit?,
            priority: self.priority.map_or(2, |Whole(priority)| priority),
            needed_by: needed_by?,
            note: note?,
            substitutes: substitutes?,
        })
    }
}

/// Needs that a standard computes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComputeNeedsBody {
    #[schema(value_type = String, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    site_id: Id<kinds::Site>,
    /// One of `/v1/need-standards`.
    #[schema(min_length = 1, max_length = 64, examples("sphere-2018"))]
    standard_id: String,
    /// For how many people.
    #[schema(value_type = i64, minimum = 1, maximum = 100_000_000)]
    people: Whole,
    /// In how many households, where that is known.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100_000_000)]
    households: Option<Whole>,
    /// For how many days.
    #[schema(value_type = i64, minimum = 1, maximum = 366)]
    days: Whole,
    /// 1 (first) to 3 (last); 2 if absent.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 3)]
    priority: Option<Whole>,
    /// By when.
    needed_by: Option<DateTime<Utc>>,
}

impl ComputeNeedsBody {
    pub(crate) fn parse(
        self,
        incident: Id<kinds::Incident>,
    ) -> Result<commands::ComputeNeeds, Problem> {
        let mut faults = Faults::default();
        let standard = faults.take("/standard_id", Text::new(&self.standard_id));
        let needed_by = match self.needed_by {
            Some(by) => moment(&mut faults, "/needed_by", by).map(Some),
            None => Some(None),
        };
        let command = (|| {
            Some(commands::ComputeNeeds {
                incident,
                site: self.site_id,
                standard: standard?,
                people: u64::try_from(self.people.0).ok()?,
                households: match self.households {
                    Some(Whole(households)) => Some(u64::try_from(households).ok()?),
                    None => None,
                },
                days: u32::try_from(self.days.0).ok()?,
                priority: self.priority.map_or(2, |Whole(priority)| priority),
                needed_by: needed_by?,
            })
        })();
        faults.finish(command)
    }
}

/// Goods that a site waits for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct NeedView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Need>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) incident_id: Id<kinds::Incident>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) site_id: Id<kinds::Site>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    /// In base units of the item.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
    /// The guaranteed minimum: how much of it comes before the rest of any need of its priority.
    #[schema(minimum = 1)]
    pub(crate) minimum_quantity: Option<i64>,
    /// 1 (first) to 3 (last).
    #[schema(minimum = 1, maximum = 3)]
    pub(crate) priority: i64,
    /// By when, if it was said.
    pub(crate) needed_by: Option<DateTime<Utc>>,
    /// `stated` by a person, or `computed` by a standard.
    #[schema(max_length = 16)]
    pub(crate) origin: String,
    pub(crate) basis: Option<NeedBasisView>,
    #[schema(max_length = 200)]
    pub(crate) note: Option<String>,
    /// What may go in its place, the preferred first.
    #[schema(max_items = 5, required = true)]
    #[serde(default)]
    pub(crate) substitutes: Vec<SubstituteView>,
    /// When it was taken back, if it was.
    pub(crate) withdrawn_at: Option<DateTime<Utc>>,
    #[schema(max_length = 2000)]
    pub(crate) withdrawn_reason: Option<String>,
    /// When it was stated or computed, by the server.
    pub(crate) created_at: DateTime<Utc>,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(NeedView);

/// What a computed need was computed from.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct NeedBasisView {
    #[schema(max_length = 64)]
    pub(crate) standard_id: String,
    /// The line of the standard.
    #[schema(max_length = 64)]
    pub(crate) item_key: String,
    #[schema(minimum = 1)]
    pub(crate) people: u64,
    #[schema(minimum = 1)]
    pub(crate) households: Option<u64>,
    #[schema(minimum = 1)]
    pub(crate) days: u32,
    /// How much the standard asks for, in its own unit.
    #[schema(minimum = 1)]
    pub(crate) asked: i64,
    #[schema(max_length = 16)]
    pub(crate) unit: String,
}

impl NeedView {
    pub(crate) fn new(row: rows::need::Model, substitutes: Substitutes) -> Result<Self, Problem> {
        let rows::need::Model {
            id,
            incident_id,
            site_id,
            item_id,
            quantity,
            minimum_quantity,
            priority,
            needed_by,
            origin,
            basis,
            note,
            state: _,
            withdrawn_at,
            withdrawn_reason,
            version,
            created_at,
        } = row;
        let basis = basis
            .map(|json| serde_json::from_str(&json).map_err(Problem::internal))
            .transpose()?;
        Ok(Self {
            id: Id::from_uuid(id),
            incident_id: Id::from_uuid(incident_id),
            site_id: Id::from_uuid(site_id),
            item_id: Id::from_uuid(item_id),
            quantity,
            minimum_quantity,
            priority,
            needed_by,
            origin,
            basis,
            note,
            substitutes: substitutes.iter().map(SubstituteView::from).collect(),
            withdrawn_at,
            withdrawn_reason,
            created_at,
            version,
        })
    }
}

/// The needs that were stated.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct NeedsView {
    /// In the order of the lines.
    #[schema(max_items = 500)]
    pub(crate) needs: Vec<NeedView>,
}

/// What a standard comes to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ComputedNeedsView {
    #[schema(max_length = 64)]
    pub(crate) standard_id: String,
    /// What the catalogue has an item for.
    #[schema(max_items = 500)]
    pub(crate) needs: Vec<NeedView>,
    /// What it has not, or does not count in the unit of the standard: state these by hand.
    #[schema(max_items = 500)]
    pub(crate) unmatched: Vec<UnmatchedView>,
}

/// A line of a standard that became no need.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct UnmatchedView {
    #[schema(max_length = 64)]
    pub(crate) item_key: String,
    #[schema(max_length = 200)]
    pub(crate) title_zh: String,
    #[schema(max_length = 200)]
    pub(crate) title_en: String,
    /// How much the standard asks for, in its own unit.
    #[schema(minimum = 1)]
    pub(crate) asked: i64,
    #[schema(max_length = 16)]
    pub(crate) unit: String,
    /// `no-item`: no code, name or alias of the catalogue is this key. `several-items`: more than
    /// one. `unit`: the item is not counted in the unit of the standard.
    #[schema(max_length = 16)]
    pub(crate) reason: String,
}

/// Which needs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NeedFilter {
    /// Of this site.
    #[param(value_type = Option<String>, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) site_id: Option<Id<kinds::Site>>,
    /// Of this item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) item_id: Option<Id<kinds::Item>>,
    /// Also those that were withdrawn.
    #[param(default = false)]
    pub(crate) withdrawn: Option<bool>,
}
