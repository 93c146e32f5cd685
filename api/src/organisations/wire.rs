//! Shapes of organisations and divisions on the wire.
//!
//! **Invariant.** Input is parsed into domain types here or refused with every fault at once.

mod population;

use domain::{
    kernel::{Id, Text, kinds::Organisation},
    organisations::{Body, DivisionCode},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::versioned,
    problem::{Faults, Problem},
};

use super::{commands, rows};

pub(crate) use population::PopulationView;
pub(super) use population::{PopulationFilter, SetPopulationBody};

/// Names have at most this many characters.
pub(super) const NAME_MAX: usize = 200;
/// Local codes have at most this many characters.
pub(super) const CODE_MAX: usize = 32;

/// A new organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateOrganisationBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    id: Option<Id<Organisation>>,
    /// A short code, unique in the whole tree.
    #[schema(min_length = 1, max_length = 32, examples("330100"))]
    code: String,
    /// The name in the society's own language.
    #[schema(min_length = 1, max_length = 200, examples("杭州市红十字会"))]
    name: String,
    /// The name in English.
    #[schema(min_length = 1, max_length = 200)]
    name_en: Option<String>,
    /// `national`, `provincial`, `municipal`, `county`, `township` or `partner`.
    #[schema(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township|partner)$"
    )]
    level: String,
    /// The organisation above; absent for the root of a tree.
    #[schema(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    parent_id: Option<Id<Organisation>>,
    /// The division it works in.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<String>,
}

impl CreateOrganisationBody {
    pub(super) fn parse(self) -> Result<commands::CreateOrganisation, Problem> {
        let mut faults = Faults::default();
        let code = faults.take("/code", Text::<CODE_MAX>::new(&self.code));
        let name = faults.take("/name", Text::<NAME_MAX>::new(&self.name));
        let name_en = optional(&mut faults, "/name_en", self.name_en.as_deref());
        let body = faults.take("/level", self.level.parse::<Body>());
        let division = self
            .division_code
            .map(|code| faults.take("/division_code", code.parse::<DivisionCode>()));
        let command = (|| {
            Some(commands::CreateOrganisation {
                id: self.id,
                code: code?,
                name: name?,
                name_en: name_en?,
                body: body?,
                parent: self.parent_id,
                division: division.map_or(Some(None), |code| code.map(Some))?,
            })
        })();
        faults.finish(command)
    }
}

/// A change of an organisation; absent members stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateOrganisationBody {
    /// The name in the society's own language.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The name in English.
    #[schema(min_length = 1, max_length = 200)]
    name_en: Option<String>,
    /// The division it works in.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<String>,
}

impl UpdateOrganisationBody {
    pub(super) fn parse(
        self,
        id: Id<Organisation>,
        based_on: i64,
    ) -> Result<commands::UpdateOrganisation, Problem> {
        let mut faults = Faults::default();
        let name = optional(&mut faults, "/name", self.name.as_deref());
        let name_en = optional(&mut faults, "/name_en", self.name_en.as_deref());
        let division = self
            .division_code
            .map(|code| faults.take("/division_code", code.parse::<DivisionCode>()));
        let command = (|| {
            Some(commands::UpdateOrganisation {
                id,
                based_on,
                name: name?,
                name_en: name_en?,
                division: division.map_or(Some(None), |code| code.map(Some))?,
            })
        })();
        faults.finish(command)
    }
}

// An optional text: outer `None` when it was at fault.
fn optional(
    faults: &mut Faults,
    pointer: &str,
    text: Option<&str>,
) -> Option<Option<Text<NAME_MAX>>> {
    match text {
        Some(text) => faults.take(pointer, Text::new(text)).map(Some),
        None => Some(None),
    }
}

/// An organisation.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrganisationView {
    #[schema(value_type = String, max_length = 30)]
    pub(crate) id: Id<Organisation>,
    /// A short code, unique in the whole tree.
    #[schema(max_length = 32)]
    pub(crate) code: String,
    /// The name in the society's own language.
    #[schema(max_length = 200)]
    pub(crate) name: String,
    /// The name in English.
    #[schema(max_length = 200)]
    pub(crate) name_en: Option<String>,
    /// Its level, or `partner`.
    #[schema(max_length = 16)]
    pub(crate) level: String,
    /// The organisation above.
    #[schema(value_type = Option<String>, max_length = 30)]
    pub(crate) parent_id: Option<Id<Organisation>>,
    /// The division it works in.
    #[schema(max_length = 12)]
    pub(crate) division_code: Option<String>,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(OrganisationView);

impl From<rows::organisation::Model> for OrganisationView {
    fn from(row: rows::organisation::Model) -> Self {
        let rows::organisation::Model {
            id,
            code,
            name,
            name_en,
            level,
            parent_id,
            division_code,
            name_key: _,
            version,
            created_at: _,
        } = row;
        Self {
            id: Id::from_uuid(id),
            code,
            name,
            name_en,
            level,
            parent_id: parent_id.map(Id::from_uuid),
            division_code,
            version,
        }
    }
}

/// Which organisations to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OrganisationFilter {
    /// A part of the name, or the beginning of the code.
    #[param(min_length = 1, max_length = 100)]
    pub(super) q: Option<String>,
    /// Its level, or `partner`.
    #[param(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township|partner)$"
    )]
    pub(super) level: Option<String>,
    /// Those right under this one.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(super) parent_id: Option<Id<Organisation>>,
}

/// An administrative division.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DivisionView {
    /// 6 digits down to counties, 9 for townships.
    #[schema(max_length = 12, examples("330203"))]
    pub(crate) code: String,
    #[schema(max_length = 100, examples("海曙区"))]
    pub(crate) name: String,
    /// `province`, `city`, `county` or `township`.
    #[schema(max_length = 16)]
    pub(crate) level: String,
    /// The division above.
    #[schema(max_length = 12)]
    pub(crate) parent_code: Option<String>,
    /// Degrees east of a point inside, WGS-84.
    #[schema(minimum = -180, maximum = 180)]
    pub(crate) longitude: Option<f64>,
    /// Degrees north of a point inside, WGS-84.
    #[schema(minimum = -90, maximum = 90)]
    pub(crate) latitude: Option<f64>,
    /// The first year or day it existed, where known.
    #[schema(max_length = 10)]
    pub(crate) valid_from: Option<String>,
    /// The last year or day it existed, for one that was abolished.
    #[schema(max_length = 10)]
    pub(crate) valid_to: Option<String>,
    /// The codes that took its place.
    #[schema(max_items = 50)]
    pub(crate) successors: Vec<String>,
    /// Where the entry comes from.
    #[schema(max_length = 500)]
    pub(crate) source: String,
}

impl From<rows::division::Model> for DivisionView {
    fn from(row: rows::division::Model) -> Self {
        let rows::division::Model {
            code,
            name,
            level,
            parent_code,
            longitude,
            latitude,
            valid_from,
            valid_to,
            successors,
            source,
            name_key: _,
        } = row;
        Self {
            code,
            name,
            level,
            parent_code,
            longitude,
            latitude,
            valid_from,
            valid_to,
            successors: successors
                .as_deref()
                .unwrap_or("")
                .split([' ', ';', '|'])
                .filter(|code| !code.is_empty())
                .map(str::to_owned)
                .collect(),
            source,
        }
    }
}

/// Which divisions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DivisionFilter {
    /// A part of the name.
    #[param(min_length = 1, max_length = 100)]
    pub(super) name: Option<String>,
    /// The beginning of the code.
    #[param(min_length = 1, max_length = 12, pattern = "^[0-9]+$")]
    pub(super) prefix: Option<String>,
    /// `province`, `city`, `county` or `township`.
    #[param(max_length = 16, pattern = "^(province|city|county|township)$")]
    pub(super) level: Option<String>,
    /// Also those that were abolished.
    #[param(default = false)]
    pub(super) abolished: Option<bool>,
}
