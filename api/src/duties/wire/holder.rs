//! Who answers for duties, on the wire.
//!
//! **Invariant.** Somebody named for a kind of duty answers for it, and else who is named for all.

use chrono::{DateTime, Utc};
use domain::{
    duties::DutyKind,
    kernel::{Id, Text, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::{commands::NameDutyHolder, rows::duty_holder};
use crate::{
    http::versioned,
    problem::{Faults, Problem},
};

/// What stands for every kind for which nobody else is named.
pub(in crate::duties) const ALL_KINDS: &str = "all";

/// The kind that a path names, or not found.
pub(in crate::duties) fn holder_kind(text: &str) -> Result<&'static str, Problem> {
    if text == ALL_KINDS {
        return Ok(ALL_KINDS);
    }
    let kind: DutyKind = text.parse().map_err(|_| Problem::not_found())?;
    Ok(kind.name())
}

/// Whose duty holders.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DutyHolderFilter {
    /// Of this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::duties) depot_id: Option<Id<kinds::Depot>>,
}

/// Who answers for duties of a kind in a depot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DutyHolderView {
    #[schema(value_type = String, max_length = 40)]
    depot_id: Id<kinds::Depot>,
    /// A kind of duty, or `all` for every kind for which nobody else is named.
    #[schema(max_length = 16)]
    kind: String,
    #[schema(max_length = 100)]
    person: Option<String>,
    named_at: Option<DateTime<Utc>>,
    /// 0 where nobody was ever named.
    #[schema(minimum = 0)]
    version: i64,
}

versioned!(DutyHolderView);

impl DutyHolderView {
    pub(in crate::duties) fn nobody(depot: Id<kinds::Depot>, kind: &str) -> Self {
        Self {
            depot_id: depot,
            kind: kind.to_owned(),
            person: None,
            named_at: None,
            version: 0,
        }
    }
}

impl From<duty_holder::Model> for DutyHolderView {
    fn from(row: duty_holder::Model) -> Self {
        Self {
            depot_id: Id::from_uuid(row.depot_id),
            kind: row.kind,
            person: row.person,
            named_at: Some(row.named_at),
            version: row.version,
        }
    }
}

/// Who answers from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameDutyHolderBody {
    /// Nobody, if absent.
    #[schema(min_length = 1, max_length = 100)]
    person: Option<String>,
}

impl NameDutyHolderBody {
    pub(in crate::duties) fn parse(
        &self,
        depot: Id<kinds::Depot>,
        kind: &'static str,
        based_on: i64,
    ) -> Result<NameDutyHolder, Problem> {
        let mut faults = Faults::default();
        let person = faults.take_if("/person", self.person.as_deref().map(Text::new));
        let command = person.map(|person| NameDutyHolder {
            depot,
            kind,
            based_on,
            person,
        });
        faults.finish(command)
    }
}
