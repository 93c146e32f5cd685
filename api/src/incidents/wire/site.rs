//! Sites on the wire.

use domain::{
    incidents::SiteKind,
    kernel::{Id, Text, kinds},
    organisations::DivisionCode,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{Whole, given, versioned},
    incidents::{
        commands::{self, GivenPlace},
        rows,
    },
    problem::{Faults, Problem},
};

use super::{Change, area, optional};

/// A new site of an incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateSiteBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Site>>,
    /// Who receives goods there and signs for them.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    /// Unique in the incident.
    #[schema(min_length = 1, max_length = 200, examples("洞桥镇发放点"))]
    name: String,
    /// `settlement`, `distribution_point`, `hospital`, `branch_office` or `other`.
    #[schema(
        max_length = 32,
        pattern = "^(settlement|distribution_point|hospital|branch_office|other)$"
    )]
    kind: String,
    /// Where it lies; that of the receiving organisation if absent.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<String>,
    #[schema(min_length = 1, max_length = 300)]
    address: Option<String>,
    /// Degrees east; the centre of the division, or of the nearest one round it with a known centre,
    /// if absent.
    #[schema(minimum = -180, maximum = 180)]
    longitude: Option<f64>,
    /// Degrees north.
    #[schema(minimum = -180, maximum = 180)]
    latitude: Option<f64>,
    /// The datum of the point: `wgs84` if absent.
    #[schema(max_length = 8, pattern = "^(wgs84|gcj02|bd09)$")]
    crs: Option<String>,
    /// How many people are there.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000)]
    people: Option<Whole>,
    /// How many households.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000)]
    households: Option<Whole>,
    /// Whom to call.
    #[schema(max_items = 10)]
    #[serde(default)]
    contacts: Vec<ContactView>,
}

/// A person to call.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactView {
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) name: String,
    /// Digits, spaces, `+`, `-`, `(`, `)` and `#`.
    #[schema(min_length = 1, max_length = 32, pattern = "^[0-9 +()#-]+$")]
    pub(crate) phone: String,
}

impl CreateSiteBody {
    pub(crate) fn parse(
        self,
        incident: Id<kinds::Incident>,
    ) -> Result<commands::CreateSite, Problem> {
        let mut faults = Faults::default();
        let name = faults.take("/name", Text::new(&self.name));
        let kind = faults.take("/kind", self.kind.parse::<SiteKind>());
        let division = division(&mut faults, self.division_code.as_deref());
        let address = optional(&mut faults, "/address", self.address.as_deref());
        let place = place(
            &mut faults,
            self.longitude,
            self.latitude,
            self.crs.as_deref(),
        );
        let contacts = contacts(&mut faults, &self.contacts);
        let command = (|| {
            Some(commands::CreateSite {
                id: self.id,
                incident,
                organisation: self.organisation_id,
                name: name?,
                kind: kind?,
                division: division?,
                address: address?,
                place: place?,
                people: self.people.map(|Whole(people)| people),
                households: self.households.map(|Whole(households)| households),
                contacts: contacts?,
            })
        })();
        faults.finish(command)
    }
}

/// A change of a site: absent members stay as they are, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateSiteBody {
    /// Who receives goods there.
    #[schema(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Option<Id<kinds::Organisation>>,
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// As for a new site.
    #[schema(
        max_length = 32,
        pattern = "^(settlement|distribution_point|hospital|branch_office|other)$"
    )]
    kind: Option<String>,
    /// Where it lies. A site whose place came from its division moves with it.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 300)]
    address: Change<String>,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180)]
    longitude: Option<f64>,
    /// Degrees north.
    #[schema(minimum = -180, maximum = 180)]
    latitude: Option<f64>,
    /// The datum of the point.
    #[schema(max_length = 8, pattern = "^(wgs84|gcj02|bd09)$")]
    crs: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000)]
    people: Change<Whole>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000)]
    households: Change<Whole>,
    /// Takes the place of the whole list.
    #[schema(max_items = 10)]
    contacts: Option<Vec<ContactView>>,
}

impl UpdateSiteBody {
    pub(crate) fn parse(
        self,
        id: Id<kinds::Site>,
        based_on: i64,
    ) -> Result<commands::UpdateSite, Problem> {
        let mut faults = Faults::default();
        let name = optional(&mut faults, "/name", self.name.as_deref());
        let kind = self
            .kind
            .map(|kind| faults.take("/kind", kind.parse::<SiteKind>()));
        let division = division(&mut faults, self.division_code.as_deref());
        let address = match self.address {
            None => Some(None),
            Some(text) => optional(&mut faults, "/address", text.as_deref()).map(Some),
        };
        let place = place(
            &mut faults,
            self.longitude,
            self.latitude,
            self.crs.as_deref(),
        );
        let contacts = self
            .contacts
            .map(|contacts_| contacts(&mut faults, &contacts_));
        let whole = |change: Change<Whole>| change.map(|it| it.map(|Whole(number)| number));
        let command = (|| {
            Some(commands::UpdateSite {
                id,
                based_on,
                organisation: self.organisation_id,
                name: name?,
                kind: kind.map_or(Some(None), |it| it.map(Some))?,
                division: division?,
                address: address?,
                place: place?,
                people: whole(self.people),
                households: whole(self.households),
                contacts: contacts.map_or(Some(None), |it| it.map(Some))?,
            })
        })();
        faults.finish(command)
    }
}

fn division(faults: &mut Faults, code: Option<&str>) -> Option<Option<DivisionCode>> {
    match code {
        Some(code) => faults
            .take("/division_code", code.parse::<DivisionCode>())
            .map(Some),
        None => Some(None),
    }
}

fn place(
    faults: &mut Faults,
    longitude: Option<f64>,
    latitude: Option<f64>,
    crs: Option<&str>,
) -> Option<Option<GivenPlace>> {
    let (longitude, latitude) = match (longitude, latitude) {
        (Some(longitude), Some(latitude)) => (longitude, latitude),
        (None, None) if crs.is_none() => return Some(None),
        (longitude, latitude) => {
            area::required(faults, "/longitude".to_owned(), longitude);
            area::required(faults, "/latitude".to_owned(), latitude);
            return None;
        }
    };
    let place = area::place(faults, "", longitude, latitude, area::crs(crs))?;
    let given = crs
        .filter(|crs| *crs != "wgs84")
        .map(|crs| json!({ "longitude": longitude, "latitude": latitude, "crs": crs }).to_string());
    Some(Some(GivenPlace { place, given }))
}

// Contacts are kept as they are shown; only blanks and control characters are refused.
fn contacts(faults: &mut Faults, contacts: &[ContactView]) -> Option<Vec<ContactView>> {
    let read: Vec<_> = contacts
        .iter()
        .enumerate()
        .map(|(index, contact)| {
            let name = faults.take(
                format!("/contacts/{index}/name"),
                Text::<64>::new(&contact.name),
            );
            let phone = faults.take(
                format!("/contacts/{index}/phone"),
                Text::<32>::new(&contact.phone),
            );
            Some(ContactView {
                name: name?.to_string(),
                phone: phone?.to_string(),
            })
        })
        .collect();
    read.into_iter().collect()
}

/// A place that needs goods.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct SiteView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Site>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) incident_id: Id<kinds::Incident>,
    /// Who receives goods there and signs for them.
    #[schema(value_type = String, max_length = 30)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    pub(crate) name: String,
    /// What kind of place it is.
    #[schema(max_length = 32)]
    pub(crate) kind: String,
    /// Where it lies, for the level rule.
    #[schema(max_length = 12)]
    pub(crate) division_code: Option<String>,
    #[schema(max_length = 300)]
    pub(crate) address: Option<String>,
    /// Degrees east, WGS-84.
    #[schema(minimum = -180, maximum = 180)]
    pub(crate) longitude: f64,
    /// Degrees north, WGS-84.
    #[schema(minimum = -90, maximum = 90)]
    pub(crate) latitude: f64,
    /// `given`, or `division` for the centre of the division or of the nearest one round it.
    #[schema(max_length = 16)]
    pub(crate) place_origin: String,
    #[schema(minimum = 0)]
    pub(crate) people: Option<i64>,
    #[schema(minimum = 0)]
    pub(crate) households: Option<i64>,
    /// Whom to call.
    #[schema(max_items = 10)]
    pub(crate) contacts: Vec<ContactView>,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(SiteView);

impl TryFrom<rows::site::Model> for SiteView {
    type Error = Problem;

    fn try_from(row: rows::site::Model) -> Result<Self, Problem> {
        let rows::site::Model {
            id,
            incident_id,
            organisation_id,
            name,
            kind,
            division_code,
            address,
            longitude,
            latitude,
            place_origin,
            given: _,
            people,
            households,
            contacts,
            version,
            created_at: _,
        } = row;
        let contacts = match contacts {
            Some(json) => serde_json::from_str(&json).map_err(Problem::internal)?,
            None => Vec::new(),
        };
        Ok(Self {
            id: Id::from_uuid(id),
            incident_id: Id::from_uuid(incident_id),
            organisation_id: Id::from_uuid(organisation_id),
            name,
            kind,
            division_code,
            address,
            longitude,
            latitude,
            place_origin,
            people,
            households,
            contacts,
            version,
        })
    }
}

/// Which sites to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SiteFilter {
    /// Those where this organisation receives.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(crate) organisation_id: Option<Id<kinds::Organisation>>,
    /// What kind of place it is.
    #[param(
        max_length = 32,
        pattern = "^(settlement|distribution_point|hospital|branch_office|other)$"
    )]
    pub(crate) kind: Option<String>,
}
