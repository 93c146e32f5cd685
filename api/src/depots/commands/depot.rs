//! New depots and changes of their master data and profile.
//!
//! **Invariant.** A depot comes with its first zone in one transaction. What is odd but real (a
//! national depot that a province keeps, a place far from its division) is a warning, not a fault.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    depots::{DepotState, Operation, Profile, ProfileFacts},
    identity::Capability,
    kernel::{
        Crs, Id, NameKey, Place, PlaceError, Text,
        kinds::{Depot, Organisation, Zone},
    },
    organisations::{Body, DivisionCode, Level},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel, TryIntoModel};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    depots::{
        queries, rows,
        wire::{CODE_MAX, DepotProfile, DepotView, LINE_MAX, NAME_MAX, merged, profile_faults},
    },
    http::unchanged,
    organisations::{self, Centre},
    problem::{Fault, Faults, Problem},
    uow::{Command, Permission, Uow},
};

use super::oddities::{above_custodian, far_from_division};

/// A point and, where it was given in another datum, how it was given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GivenPlace {
    pub(crate) place: Place,
    /// Datum, longitude and latitude as they came.
    pub(crate) given: Option<(Crs, f64, f64)>,
}

/// A point as a file or a list gives it, for [`CreateDepot`].
///
/// # Errors
/// [`PlaceError`] for what is not finite or out of range.
pub(crate) fn given_place(
    longitude: f64,
    latitude: f64,
    crs: Crs,
) -> Result<GivenPlace, PlaceError> {
    Ok(GivenPlace {
        place: Place::from_crs(longitude, latitude, crs)?,
        given: (crs != Crs::Wgs84).then_some((crs, longitude, latitude)),
    })
}

/// Opens a depot.
#[derive(Debug)]
pub(crate) struct CreateDepot {
    pub(crate) id: Option<Id<Depot>>,
    /// The custodian.
    pub(crate) organisation: Id<Organisation>,
    pub(crate) code: Text<CODE_MAX>,
    pub(crate) name: Text<NAME_MAX>,
    pub(crate) name_en: Option<Text<NAME_MAX>>,
    pub(crate) level: Level,
    pub(crate) operation: Operation,
    pub(crate) division: Option<DivisionCode>,
    pub(crate) address: Option<Text<LINE_MAX>>,
    pub(crate) place: Option<GivenPlace>,
    pub(crate) remark: Option<Text<LINE_MAX>>,
    pub(crate) profile: ProfileFacts,
}

impl Command for CreateDepot {
    type Output = DepotView;
    const NAME: &'static str = "depots.create_depot";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageDepots]);
    const PERSONAL: &'static [&'static str] = &["contacts"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DepotView, Problem> {
        let known = Known::read(uow, std::slice::from_ref(self)).await?;
        let (custodian, profile) = self.check(uow, &known)?;
        let id = self.id.unwrap_or_else(|| uow.id());
        let row = self.row(uow, id, profile);
        let mut view = DepotView::try_from(row.clone().try_into_model()?)?;
        insert(uow, vec![row]).await?;
        uow.subject(id, Some(self.organisation.uuid()));
        let place = self.place.map(|given| given.place);
        view.warnings
            .extend(far_from_division(place, centre(uow, self.division).await?));
        view.warnings.extend(above_custodian(self.level, custodian));
        Ok(view)
    }
}

/// Opens many depots, in a few statements for every thousand. Answers for each of them why it was
/// not opened, if it was not; what is odd but real is not told.
///
/// Refuses with `already-exists` for a code that another depot has.
pub(crate) async fn create_depots(
    uow: &Uow<'_>,
    depots: &[CreateDepot],
) -> Result<Vec<Result<(), Problem>>, Problem> {
    let known = Known::read(uow, depots).await?;
    let (mut rows, mut answers) = (Vec::new(), Vec::new());
    for depot in depots {
        let answer = match depot.check(uow, &known) {
            Err(problem) if !problem.is_refusal() => return Err(problem),
            Err(problem) => Err(problem),
            Ok((_, profile)) => {
                let id = depot.id.unwrap_or_else(|| uow.id());
                rows.push(depot.row(uow, id, profile));
                Ok(())
            }
        };
        answers.push(answer);
    }
    insert(uow, rows).await?;
    Ok(answers)
}

// What new depots are judged by.
struct Known {
    // The organisations that the caller knows, and those among them whose depots they manage.
    custodians: BTreeMap<Uuid, Body>,
    managed: BTreeSet<Uuid>,
    // Why a division that is named is none of today.
    no_divisions: BTreeMap<DivisionCode, Fault>,
}

impl Known {
    async fn read(uow: &Uow<'_>, depots: &[CreateDepot]) -> Result<Self, Problem> {
        let custodians: BTreeSet<_> = depots.iter().map(|new| new.organisation.uuid()).collect();
        let custodians: Vec<_> = custodians.into_iter().collect();
        let divisions: BTreeSet<_> = depots.iter().filter_map(|new| new.division).collect();
        let divisions: Vec<_> = divisions.into_iter().collect();
        let reach = uow.reach(Capability::ManageDepots);
        let tree = organisations::within(uow.db(), &uow.caller().tree(), &custodians).await?;
        let mut bodies = organisations::bodies(uow.db(), &custodians).await?;
        bodies.retain(|id, _| tree.contains(id));
        Ok(Self {
            custodians: bodies,
            managed: organisations::within(uow.db(), &reach, &custodians).await?,
            no_divisions: organisations::not_of_today(uow.db(), &divisions, uow.today()).await?,
        })
    }
}

// Every depot comes with its first zone.
async fn insert(uow: &Uow<'_>, depots: Vec<rows::depot::ActiveModel>) -> Result<(), Problem> {
    let zones: Vec<_> = depots
        .iter()
        .map(|depot| {
            let zone: Id<Zone> = uow.id();
            rows::zone::ActiveModel {
                depot_id: depot.id.clone(),
                id: Set(zone.uuid()),
                code: Set(queries::DEFAULT_ZONE.to_owned()),
                name: Set("主库区".to_owned()),
                version: Set(1),
                created_at: Set(uow.now()),
            }
        })
        .collect();
    uow.insert_all(depots).await?;
    uow.insert_all(zones).await
}

impl CreateDepot {
    // What the custodian is, and the profile as the table keeps it.
    fn check(&self, uow: &Uow<'_>, known: &Known) -> Result<(Body, String), Problem> {
        let organisation = self.organisation.uuid();
        let Some(&custodian) = known.custodians.get(&organisation) else {
            return Err(Problem::field(
                "/organisation_id",
                "reference",
                "没有这个单位",
                "there is no such organisation",
            ));
        };
        if !known.managed.contains(&organisation) {
            return Err(Problem::forbidden(Capability::ManageDepots));
        }
        let mut faults = Faults::default();
        let no_division = self.division.and_then(|code| known.no_divisions.get(&code));
        if let Some(fault) = no_division {
            faults.take::<(), _>("/division_code", Err(fault.clone()));
        }
        let profile = profile_json(uow, &mut faults, self.profile.clone())?;
        Ok((custodian, faults.finish(profile)?))
    }

    fn row(&self, uow: &Uow<'_>, id: Id<Depot>, profile: String) -> rows::depot::ActiveModel {
        let mut row = rows::depot::ActiveModel {
            id: Set(id.uuid()),
            code: Set(self.code.to_string()),
            name: Set(self.name.to_string()),
            name_en: Set(self.name_en.as_ref().map(Text::to_string)),
            level: Set(self.level.name().to_owned()),
            operation: Set(self.operation.name().to_owned()),
            organisation_id: Set(self.organisation.uuid()),
            division_code: Set(self.division.map(|code| code.to_string())),
            address: Set(self.address.as_ref().map(Text::to_string)),
            state: Set(DepotState::Operating.name().to_owned()),
            state_reason: Set(None),
            state_since: Set(uow.now()),
            profile: Set(profile),
            remark: Set(self.remark.as_ref().map(Text::to_string)),
            name_key: Set(NameKey::of(self.name.as_str()).to_string()),
            version: Set(1),
            created_at: Set(uow.now()),
            ..Default::default()
        };
        put_place(&mut row, self.place);
        row
    }
}

/// Changes a depot; `None` leaves a value as it is.
#[derive(Debug)]
pub(crate) struct UpdateDepot {
    pub(crate) id: Id<Depot>,
    pub(crate) based_on: i64,
    pub(crate) name: Option<Text<NAME_MAX>>,
    pub(crate) name_en: Option<Option<Text<NAME_MAX>>>,
    pub(crate) level: Option<Level>,
    pub(crate) operation: Option<Operation>,
    pub(crate) division: Option<Option<DivisionCode>>,
    pub(crate) address: Option<Option<Text<LINE_MAX>>>,
    pub(crate) place: Option<Option<GivenPlace>>,
    pub(crate) remark: Option<Option<Text<LINE_MAX>>>,
    /// Members of the profile that change, null for those that go.
    pub(crate) profile: Option<Map<String, Value>>,
}

impl Command for UpdateDepot {
    type Output = DepotView;
    const NAME: &'static str = "depots.update_depot";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageDepots]);
    const PERSONAL: &'static [&'static str] = &["contacts"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DepotView, Problem> {
        let row = queries::depot_to_change(uow.db(), &uow.scope(), self.id).await?;
        uow.require(Capability::ManageDepots, row.organisation_id)
            .await?;
        unchanged(row.version, self.based_on)?;
        let mut faults = Faults::default();
        let division = self.division.as_ref().and_then(Option::as_ref);
        check_division(uow, &mut faults, division).await?;
        let profile = self.profile(uow, &mut faults, &row.profile)?;
        let profile = faults.finish(profile)?;
        let row = self.changed(row, profile).update(uow.db()).await?;
        uow.subject(self.id, Some(row.organisation_id));
        let facts = queries::DepotFacts::try_from(row.clone())?;
        let mut view = DepotView::try_from(row)?;
        let centre = centre(uow, facts.division_code).await?;
        let far = far_from_division(facts.place, centre);
        view.warnings.extend(far);
        let custodian = facts.organisation_id;
        let custodian = organisations::standing(uow.db(), &uow.caller().tree(), custodian).await?;
        view.warnings
            .extend(above_custodian(facts.level, custodian));
        Ok(view)
    }
}

impl UpdateDepot {
    fn profile(
        &self,
        uow: &Uow<'_>,
        faults: &mut Faults,
        kept: &str,
    ) -> Result<Option<String>, Problem> {
        let Some(change) = &self.profile else {
            return Ok(Some(kept.to_owned()));
        };
        let Some(merged) = faults.absorb(merged(kept, change))? else {
            return Ok(None);
        };
        match merged.parse(faults) {
            Some(facts) => profile_json(uow, faults, facts),
            None => Ok(None),
        }
    }

    fn changed(&self, row: rows::depot::Model, profile: String) -> rows::depot::ActiveModel {
        let version = row.version + 1;
        let mut change = row.into_active_model();
        if let Some(name) = &self.name {
            change.name = Set(name.to_string());
            change.name_key = Set(NameKey::of(name.as_str()).to_string());
        }
        if let Some(name) = &self.name_en {
            change.name_en = Set(name.as_ref().map(Text::to_string));
        }
        if let Some(level) = self.level {
            change.level = Set(level.name().to_owned());
        }
        if let Some(operation) = self.operation {
            change.operation = Set(operation.name().to_owned());
        }
        if let Some(division) = self.division {
            change.division_code = Set(division.map(|code| code.to_string()));
        }
        if let Some(address) = &self.address {
            change.address = Set(address.as_ref().map(Text::to_string));
        }
        if let Some(remark) = &self.remark {
            change.remark = Set(remark.as_ref().map(Text::to_string));
        }
        if let Some(place) = self.place {
            put_place(&mut change, place);
        }
        change.profile = Set(profile);
        change.version = Set(version);
        change
    }
}

fn put_place(row: &mut rows::depot::ActiveModel, place: Option<GivenPlace>) {
    let given = place.and_then(|place| place.given);
    row.longitude = Set(place.map(|given| given.place.longitude()));
    row.latitude = Set(place.map(|given| given.place.latitude()));
    row.given_crs = Set(given.map(|(crs, ..)| crs.name().to_owned()));
    row.given_longitude = Set(given.map(|(_, longitude, _)| longitude));
    row.given_latitude = Set(given.map(|(.., latitude)| latitude));
}

// A division that is named must exist.
async fn check_division(
    uow: &Uow<'_>,
    faults: &mut Faults,
    code: Option<&DivisionCode>,
) -> Result<(), Problem> {
    let Some(code) = code else { return Ok(()) };
    let found =
        organisations::existing_division(uow.db(), code, uow.today(), "/division_code").await;
    faults.absorb(found).map(drop)
}

async fn centre(uow: &Uow<'_>, code: Option<DivisionCode>) -> Result<Option<Centre>, Problem> {
    match code {
        Some(code) => organisations::centre(uow.db(), &code).await,
        None => Ok(None),
    }
}

// The profile as the table keeps it, once the domain has nothing against it.
fn profile_json(
    uow: &Uow<'_>,
    faults: &mut Faults,
    facts: ProfileFacts,
) -> Result<Option<String>, Problem> {
    match Profile::new(facts, uow.today()) {
        Ok(profile) => {
            let profile = DepotProfile::from(profile.facts());
            let json = serde_json::to_string(&profile).map_err(Problem::internal)?;
            Ok(Some(json))
        }
        Err(errors) => {
            profile_faults(faults, &errors);
            Ok(None)
        }
    }
}
