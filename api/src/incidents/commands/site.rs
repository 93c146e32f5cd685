//! Sites: where goods are brought.
//!
//! **Invariant.** A site has a place: the one that was given, or the centre of its division or of
//! the nearest one round it, and it says which.

use domain::{
    identity::Capability,
    incidents::SiteKind,
    kernel::{Id, Place, Text, kinds},
    organisations::DivisionCode,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::LockType,
};

use crate::{
    http::unchanged,
    incidents::{
        rows,
        wire::{ContactView, NAME_MAX, SiteView},
    },
    organisations,
    problem::Problem,
    scope::visible,
    uow::{Command, Permission, Uow},
};

use super::{held_open, require_for_site};

/// A point, and how it was given where its datum was another one.
#[derive(Debug, Clone)]
pub(crate) struct GivenPlace {
    pub(crate) place: Place,
    pub(crate) given: Option<String>,
}

/// Adds a site to an open incident.
#[derive(Debug)]
pub(crate) struct CreateSite {
    pub(crate) id: Option<Id<kinds::Site>>,
    pub(crate) incident: Id<kinds::Incident>,
    pub(crate) organisation: Id<kinds::Organisation>,
    pub(crate) name: Text<NAME_MAX>,
    pub(crate) kind: SiteKind,
    pub(crate) division: Option<DivisionCode>,
    pub(crate) address: Option<Text<300>>,
    pub(crate) place: Option<GivenPlace>,
    pub(crate) people: Option<i64>,
    pub(crate) households: Option<i64>,
    pub(crate) contacts: Vec<ContactView>,
}

impl Command for CreateSite {
    type Output = SiteView;
    const NAME: &'static str = "incidents.create_site";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);
    const PERSONAL: &'static [&'static str] = &["contacts"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<SiteView, Problem> {
        let id = self.id.unwrap_or_else(|| uow.id());
        let incident = held_open(uow, self.incident).await?;
        let receiver = receiver(uow, self.organisation).await?;
        require_for_site(uow, &incident, self.organisation.uuid()).await?;
        let division = match self.division {
            Some(code) => Some(code),
            None => receiver,
        };
        let (place, origin) = place(uow, self.place.as_ref(), division).await?;
        let row = rows::site::ActiveModel {
            id: Set(id.uuid()),
            incident_id: Set(incident.id),
            organisation_id: Set(self.organisation.uuid()),
            name: Set(self.name.to_string()),
            kind: Set(self.kind.name().to_owned()),
            division_code: Set(division.map(|code| code.to_string())),
            address: Set(self.address.as_ref().map(Text::to_string)),
            longitude: Set(place.longitude()),
            latitude: Set(place.latitude()),
            place_origin: Set(origin.to_owned()),
            given: Set(self.place.as_ref().and_then(|place| place.given.clone())),
            people: Set(self.people),
            households: Set(self.households),
            contacts: Set(contacts(&self.contacts)?),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, Some(self.organisation.uuid()));
        row.try_into()
    }
}

/// Changes a site of an open incident.
#[derive(Debug)]
pub(crate) struct UpdateSite {
    pub(crate) id: Id<kinds::Site>,
    pub(crate) based_on: i64,
    pub(crate) organisation: Option<Id<kinds::Organisation>>,
    pub(crate) name: Option<Text<NAME_MAX>>,
    pub(crate) kind: Option<SiteKind>,
    pub(crate) division: Option<DivisionCode>,
    pub(crate) address: Option<Option<Text<300>>>,
    pub(crate) place: Option<GivenPlace>,
    pub(crate) people: Option<Option<i64>>,
    pub(crate) households: Option<Option<i64>>,
    pub(crate) contacts: Option<Vec<ContactView>>,
}

impl Command for UpdateSite {
    type Output = SiteView;
    const NAME: &'static str = "incidents.update_site";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);
    const PERSONAL: &'static [&'static str] = &["contacts"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<SiteView, Problem> {
        use rows::site::{Column, Entity};
        let row = visible::<Entity>(&uow.scope())
            .filter(Column::Id.eq(self.id.uuid()))
            .lock(LockType::Update)
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        let incident = held_open(uow, Id::from_uuid(row.incident_id)).await?;
        require_for_site(uow, &incident, row.organisation_id).await?;
        unchanged(row.version, self.based_on)?;
        let (version, was_derived) = (row.version + 1, row.place_origin == "division");
        let mut change = row.into_active_model();
        if let Some(organisation) = self.organisation {
            receiver(uow, organisation).await?;
            change.organisation_id = Set(organisation.uuid());
        }
        if let Some(name) = &self.name {
            change.name = Set(name.to_string());
        }
        if let Some(kind) = self.kind {
            change.kind = Set(kind.name().to_owned());
        }
        if let Some(address) = &self.address {
            change.address = Set(address.as_ref().map(Text::to_string));
        }
        if let Some(code) = self.division {
            organisations::existing_division(uow.db(), &code, uow.today(), "/division_code")
                .await?;
            change.division_code = Set(Some(code.to_string()));
        }
        if self.place.is_some() || (self.division.is_some() && was_derived) {
            let (place, origin) = place(uow, self.place.as_ref(), self.division).await?;
            change.longitude = Set(place.longitude());
            change.latitude = Set(place.latitude());
            change.place_origin = Set(origin.to_owned());
            change.given = Set(self.place.as_ref().and_then(|place| place.given.clone()));
        }
        if let Some(people) = self.people {
            change.people = Set(people);
        }
        if let Some(households) = self.households {
            change.households = Set(households);
        }
        if let Some(list) = &self.contacts {
            change.contacts = Set(contacts(list)?);
        }
        change.version = Set(version);
        let changed = change.update(uow.db()).await?;
        uow.subject(self.id, Some(changed.organisation_id));
        changed.try_into()
    }
}

// The division of an organisation that the caller knows.
async fn receiver(
    uow: &Uow<'_>,
    organisation: Id<kinds::Organisation>,
) -> Result<Option<DivisionCode>, Problem> {
    let tree = uow.caller().tree();
    let found = organisations::named(uow.db(), &tree, organisation, "/organisation_id").await?;
    found
        .division_code
        .map(|code| code.parse().map_err(Problem::internal))
        .transpose()
}

// The place that was given, or the centre of the division, and which of the two it is.
async fn place(
    uow: &Uow<'_>,
    given: Option<&GivenPlace>,
    division: Option<DivisionCode>,
) -> Result<(Place, &'static str), Problem> {
    if let Some(code) = &division {
        organisations::existing_division(uow.db(), code, uow.today(), "/division_code").await?;
    }
    if let Some(given) = given {
        return Ok((given.place, "given"));
    }
    let centre = match &division {
        Some(code) => organisations::centre(uow.db(), code).await?,
        None => None,
    };
    centre
        .map(|centre| (centre.place, "division"))
        .ok_or_else(|| {
            Problem::field(
                "/longitude",
                "required",
                "该区划没有已知的中心点，请给出经纬度",
                "no centre of the division is known: give longitude and latitude",
            )
        })
}

fn contacts(contacts: &[ContactView]) -> Result<Option<String>, Problem> {
    if contacts.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(contacts)
        .map(Some)
        .map_err(Problem::internal)
}
