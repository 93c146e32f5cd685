//! What other contexts ask of incidents.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    incidents::{GuaranteedMinimum, Priority, Substitutes},
    kernel::{Id, Place, Quantity, kinds},
    organisations::DivisionCode,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{LockType, SelectStatement},
};
use uuid::Uuid;

use crate::{
    incidents::{queries::with_substitutes, rows},
    problem::Problem,
    scope::{Scope, visible},
    storage::VALUES_A_STATEMENT,
};

/// An incident that is open, and stays so until the transaction ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenIncident {
    pub(crate) id: Id<kinds::Incident>,
    pub(crate) organisation: Id<kinds::Organisation>,
}

/// Where a site lies and who receives there.
#[derive(Debug, Clone)]
pub(crate) struct SiteFacts {
    pub(crate) id: Id<kinds::Site>,
    pub(crate) incident: Id<kinds::Incident>,
    pub(crate) receiver: Id<kinds::Organisation>,
    pub(crate) name: String,
    pub(crate) division: Option<DivisionCode>,
    pub(crate) place: Place,
}

/// A need that was not withdrawn.
#[derive(Debug, Clone)]
pub(crate) struct NeedFacts {
    pub(crate) id: Id<kinds::Need>,
    pub(crate) site: Id<kinds::Site>,
    pub(crate) item: Id<kinds::Item>,
    pub(crate) quantity: Quantity,
    pub(crate) minimum: Option<GuaranteedMinimum>,
    pub(crate) priority: Priority,
    pub(crate) needed_by: Option<DateTime<Utc>>,
    /// What may go in its place.
    pub(crate) substitutes: Substitutes,
}

/// An incident that may be worked on, held open until the transaction ends; a closed one is refused.
pub(crate) async fn open_incident(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Incident>,
) -> Result<OpenIncident, Problem> {
    open(super::held(db, scope, id, LockType::Share).await?)
}

fn open(row: rows::incident::Model) -> Result<OpenIncident, Problem> {
    super::state(&row).work().map_err(super::wrong_state)?;
    Ok(OpenIncident {
        id: Id::from_uuid(row.id),
        organisation: Id::from_uuid(row.organisation_id),
    })
}

/// As [`open_incident`], and until the transaction ends nobody else answers its needs or ends it.
pub(crate) async fn hold_incident(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Incident>,
) -> Result<OpenIncident, Problem> {
    open(super::held(db, scope, id, LockType::NoKeyUpdate).await?)
}

/// Those among `ids` that `scope` reaches: one statement.
pub(crate) async fn incidents_among(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Id<kinds::Incident>],
) -> Result<BTreeSet<Id<kinds::Incident>>, Problem> {
    use rows::incident::{Column, Entity};
    let found: Vec<Uuid> = visible::<Entity>(scope)
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().map(Id::from_uuid).collect())
}

/// What these incidents are called: one statement.
pub(crate) async fn names(
    db: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, String>, Problem> {
    use rows::incident::{Column, Entity};
    let found: Vec<(Uuid, String)> = visible::<Entity>(&Scope::Everything)
        .select_only()
        .columns([Column::Id, Column::Name])
        .filter(Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// At most `limit` sites of an incident, in the order of their ids: one statement.
pub(crate) async fn sites_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    limit: u64,
) -> Result<Vec<SiteFacts>, Problem> {
    use rows::site::{Column, Entity};
    visible::<Entity>(scope)
        .filter(Column::IncidentId.eq(incident.uuid()))
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?
        .into_iter()
        .map(SiteFacts::try_from)
        .collect()
}

/// The sites among `ids` that the caller sees: one statement.
pub(crate) async fn sites(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Id<kinds::Site>],
) -> Result<Vec<SiteFacts>, Problem> {
    use rows::site::{Column, Entity};
    visible::<Entity>(scope)
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .order_by_asc(Column::Id)
        .all(db)
        .await?
        .into_iter()
        .map(SiteFacts::try_from)
        .collect()
}

/// At most `limit` needs of an incident that were not withdrawn, the most urgent first: one
/// statement, and one for what may go instead. `only`, if not empty, names those that count.
pub(crate) async fn open_needs(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    only: &[Id<kinds::Need>],
    limit: u64,
) -> Result<Vec<NeedFacts>, Problem> {
    use rows::need::{Column, Entity};
    let mut select = visible::<Entity>(scope)
        .filter(Column::IncidentId.eq(incident.uuid()))
        .filter(Column::State.eq("open"));
    if !only.is_empty() {
        select = select.filter(Column::Id.is_in(only.iter().map(|id| id.uuid())));
    }
    let rows = select
        .order_by_asc(Column::Priority)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    with_substitutes(db, rows, NeedFacts::new).await
}

/// The sites of these needs, for a query over what goes to sites.
pub(crate) fn sites_of_needs(needs: &[Id<kinds::Need>]) -> SelectStatement {
    use rows::need::{Column, Entity};
    visible::<Entity>(&Scope::Everything)
        .select_only()
        .column(Column::SiteId)
        .filter(Column::Id.is_in(needs.iter().map(|id| id.uuid())))
        .into_query()
}

/// All needs at these sites that were not withdrawn, for whoever sees some of them and judges what they
/// share: two statements for every 10,000 sites.
pub(crate) async fn needs_at(
    db: &impl ConnectionTrait,
    sites: &BTreeSet<Id<kinds::Site>>,
) -> Result<Vec<NeedFacts>, Problem> {
    use rows::need::{Column, Entity};
    let sites: Vec<_> = sites.iter().map(|id| id.uuid()).collect();
    let mut needs = Vec::new();
    for sites in sites.chunks(VALUES_A_STATEMENT) {
        let rows = visible::<Entity>(&Scope::Everything)
            .filter(Column::SiteId.is_in(sites.iter().copied()))
            .filter(Column::State.eq("open"))
            .order_by_asc(Column::Id)
            .all(db)
            .await?;
        needs.extend(with_substitutes(db, rows, NeedFacts::new).await?);
    }
    Ok(needs)
}

impl TryFrom<rows::site::Model> for SiteFacts {
    type Error = Problem;

    fn try_from(row: rows::site::Model) -> Result<Self, Problem> {
        let place = Place::new(row.longitude, row.latitude).map_err(Problem::internal)?;
        let division = row
            .division_code
            .map(|code| code.parse().map_err(Problem::internal));
        Ok(Self {
            id: Id::from_uuid(row.id),
            incident: Id::from_uuid(row.incident_id),
            receiver: Id::from_uuid(row.organisation_id),
            name: row.name,
            division: division.transpose()?,
            place,
        })
    }
}

impl NeedFacts {
    fn new(row: rows::need::Model, substitutes: Substitutes) -> Result<Self, Problem> {
        let priority = u8::try_from(row.priority).map_err(Problem::internal)?;
        let quantity = Quantity::new(row.quantity).map_err(Problem::internal)?;
        let minimum = row.minimum_quantity.map(|units| {
            let asked = Quantity::new(units).map_err(Problem::internal)?;
            GuaranteedMinimum::new(asked, quantity).map_err(Problem::internal)
        });
        Ok(Self {
            id: Id::from_uuid(row.id),
            site: Id::from_uuid(row.site_id),
            item: Id::from_uuid(row.item_id),
            quantity,
            minimum: minimum.transpose()?,
            priority: Priority::new(priority).map_err(Problem::internal)?,
            needed_by: row.needed_by,
            substitutes,
        })
    }
}
