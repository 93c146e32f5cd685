//! Shapes of devices on the wire.
//!
//! **Invariant.** What is wrong with the batch itself is told at once and nothing of it is run; what is
//! wrong with one command is told with that command.

mod batch;

use chrono::{DateTime, Utc};
use domain::kernel::{Id, Text, kinds};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::versioned,
    problem::{Faults, Problem},
};

use super::{commands::RegisterDevice, rows::device};

pub(super) use batch::{BatchBody, BatchView, ToldView, told_problem};
pub(super) use batch::{NOT_RUN_BUSY, NOT_RUN_DEPENDENCY, NOT_RUN_TIME};

/// A device that gathers commands where there is no network.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeviceBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^device_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Device>>,
    /// Whose device it is.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    organisation_id: Id<kinds::Organisation>,
    /// What people call it.
    #[schema(min_length = 1, max_length = 100, examples("海曙库手持 3 号"))]
    name: String,
}

impl DeviceBody {
    pub(super) fn parse(self) -> Result<RegisterDevice, Problem> {
        let mut faults = Faults::default();
        let name = faults.take("/name", Text::new(&self.name));
        let command = name.map(|name| RegisterDevice {
            id: self.id,
            organisation: self.organisation_id,
            name,
        });
        faults.finish(command)
    }
}

/// A device, and how far the server has followed it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeviceView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Device>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 100)]
    pub(crate) name: String,
    /// The principal, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) registered_by: String,
    pub(crate) registered_at: DateTime<Utc>,
    /// The number of the command that is expected next.
    #[schema(minimum = 1)]
    pub(crate) next_sequence: i64,
    /// The hash of the command before.
    #[schema(max_length = 64)]
    pub(crate) last_hash: Option<String>,
    /// When two that call themselves this device were noticed. Nothing new is taken from it since.
    pub(crate) cloned_at: Option<DateTime<Utc>>,
    /// The number that both had used.
    #[schema(minimum = 1)]
    pub(crate) cloned_sequence: Option<i64>,
    /// The count of changes, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(DeviceView);

impl DeviceView {
    pub(super) fn new(row: device::Model) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            organisation_id: Id::from_uuid(row.organisation_id),
            name: row.name,
            registered_by: row.registered_by,
            registered_at: row.registered_at,
            next_sequence: row.next_sequence,
            last_hash: row.last_hash,
            cloned_at: row.cloned_at,
            cloned_sequence: row.cloned_sequence,
            version: row.version,
        }
    }
}

/// Which devices to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeviceFilter {
    /// Those of this organisation.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(super) organisation_id: Option<Id<kinds::Organisation>>,
    /// `true` for those of which there are two.
    pub(super) cloned: Option<bool>,
}
