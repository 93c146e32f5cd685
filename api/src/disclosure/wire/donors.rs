//! Donors on the wire.
//!
//! **Invariant.** A donor is known to one organisation by the name that stands on its receipts.

use chrono::{DateTime, Utc};
use domain::{
    disclosure::{DonorClass, Naming},
    kernel::{Id, Text, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::versioned,
    problem::{Faults, Problem},
};

use super::super::{
    commands::{RecordDonor, RecordNaming},
    rows::donor,
};

/// Who gives, and what they said to being named.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordDonorBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^donor_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Donor>>,
    /// To whom they give.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    /// As receipts name them.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[schema(
        max_length = 16,
        pattern = "^(individual|enterprise|institution|foundation|society|government)$"
    )]
    class: String,
    /// `unstated` if absent: then an organisation is named and a person is not.
    #[schema(max_length = 16, pattern = "^(unstated|agreed|refused)$")]
    naming: Option<String>,
    /// The paper on which they said so.
    #[schema(min_length = 1, max_length = 200)]
    ground: Option<String>,
}

impl RecordDonorBody {
    pub(in crate::disclosure) fn parse(&self) -> Result<RecordDonor, Problem> {
        let mut faults = Faults::default();
        let name = faults.take("/name", Text::new(&self.name));
        let class = faults.take("/class", self.class.parse::<DonorClass>());
        let naming = match &self.naming {
            Some(text) => faults.take("/naming", text.parse()),
            None => Some(Naming::Unstated),
        };
        let ground = faults.take_if("/ground", self.ground.as_deref().map(Text::new));
        if naming == Some(Naming::Agreed) && self.ground.is_none() {
            without_paper(&mut faults);
        }
        let command = (|| {
            Some(RecordDonor {
                id: self.id,
                organisation: self.organisation_id,
                name: name?,
                class: class?,
                naming: naming?,
                ground: ground?,
            })
        })();
        faults.finish(command)
    }
}

fn without_paper(faults: &mut Faults) {
    faults.note(
        "/ground",
        "required",
        "同意公开须注明依据的文书",
        "an agreement to be named stands on a paper: name it",
    );
}

/// What a donor says now to being named.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordNamingBody {
    #[schema(max_length = 16, pattern = "^(unstated|agreed|refused)$")]
    naming: String,
    /// The paper on which they said so.
    #[schema(min_length = 1, max_length = 200)]
    ground: Option<String>,
}

impl RecordNamingBody {
    pub(in crate::disclosure) fn parse(
        &self,
        donor: Id<kinds::Donor>,
        based_on: i64,
    ) -> Result<RecordNaming, Problem> {
        let mut faults = Faults::default();
        let naming = faults.take("/naming", self.naming.parse());
        let ground = faults.take_if("/ground", self.ground.as_deref().map(Text::new));
        if naming == Some(Naming::Agreed) && self.ground.is_none() {
            without_paper(&mut faults);
        }
        let command = (|| {
            Some(RecordNaming {
                donor,
                naming: naming?,
                ground: ground?,
                based_on,
            })
        })();
        faults.finish(command)
    }
}

/// Which donors.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DonorFilter {
    /// Who give to this organisation or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(in crate::disclosure) organisation_id: Option<Id<kinds::Organisation>>,
}

/// Who gives, and what they said to being named.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DonorView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Donor>,
    #[schema(value_type = String, max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    name: String,
    #[schema(max_length = 16)]
    class: String,
    #[schema(max_length = 16)]
    naming: String,
    #[schema(max_length = 200)]
    ground: Option<String>,
    recorded_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    recorded_by: String,
    #[schema(minimum = 1)]
    version: i64,
}

versioned!(DonorView);

impl From<donor::Model> for DonorView {
    fn from(row: donor::Model) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            organisation_id: Id::from_uuid(row.organisation_id),
            name: row.name,
            class: row.class,
            naming: row.naming,
            ground: row.ground,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
            version: row.version,
        }
    }
}
