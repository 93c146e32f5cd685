//! What other contexts ask of depots.
//!
//! **Invariant.** A depot that the caller does not see is not there. What a table holds against the
//! domain's rules is a fault of ours and never silently skipped.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    depots::{DepotState, Operation, ProfileFacts},
    incidents::BoundingBox,
    kernel::{
        Id, Place,
        kinds::{Depot, Organisation, Zone},
    },
    organisations::{DivisionCode, Level},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
    sea_query::{Expr, ExprTrait, LockType, SelectStatement},
};

use crate::{
    depots::wire::DepotProfile,
    problem::{Faults, Problem},
    scope::{Scope, Visible, descendants, visible},
    storage::VALUES_A_STATEMENT,
};

use super::super::rows;

/// The code of the zone that every depot has from its first moment.
pub(crate) const DEFAULT_ZONE: &str = "main";

/// What the rules of other contexts need to know of a depot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DepotFacts {
    pub(crate) id: Id<Depot>,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) name_en: Option<String>,
    pub(crate) level: Level,
    pub(crate) operation: Operation,
    pub(crate) state: DepotState,
    /// The custodian.
    pub(crate) organisation_id: Id<Organisation>,
    pub(crate) division_code: Option<DivisionCode>,
    pub(crate) address: Option<String>,
    pub(crate) place: Option<Place>,
    /// What an import or the demonstration marked.
    pub(crate) remark: Option<String>,
    /// When it was entered here.
    pub(crate) created_at: DateTime<Utc>,
}

/// Which depots; what is `None` does not restrict.
#[derive(Debug, Clone, Default)]
pub(crate) struct DepotSelection {
    /// Kept by this organisation or one below it.
    pub(crate) organisation: Option<Id<Organisation>>,
    /// Inside this division.
    pub(crate) division: Option<DivisionCode>,
    pub(crate) level: Option<Level>,
    /// This one.
    pub(crate) depot: Option<Id<Depot>>,
    /// One of these.
    pub(crate) among: Option<Vec<Id<Depot>>>,
    /// Run in one of these ways.
    pub(crate) operations: Option<Vec<Operation>>,
    pub(crate) state: Option<DepotState>,
    /// Inside one of these boxes, edges included. A depot without a place is inside none.
    pub(crate) boxes: Option<Vec<BoundingBox>>,
    /// So many of them, by code.
    pub(crate) at_most: Option<u64>,
}

/// A part of a depot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ZoneFacts {
    pub(crate) id: Id<Zone>,
    pub(crate) code: String,
    pub(crate) name: String,
}

/// One depot, or not found.
pub(crate) async fn depot(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<Depot>,
) -> Result<DepotFacts, Problem> {
    row(db, scope, id).await?.try_into()
}

pub(super) async fn row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<Depot>,
) -> Result<rows::depot::Model, Problem> {
    visible::<rows::depot::Entity>(scope)
        .filter(rows::depot::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// One depot that this transaction is going to change: others who would change it, or hold it as it
/// is, wait.
pub(in crate::depots) async fn depot_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<Depot>,
) -> Result<rows::depot::Model, Problem> {
    visible::<rows::depot::Entity>(scope)
        .filter(rows::depot::Column::Id.eq(id.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Keeps the book of a depot as it is until this transaction ends: whoever posts to it or promises
/// from it holds it, and waits.
pub(crate) async fn still_depot(db: &impl ConnectionTrait, id: Id<Depot>) -> Result<(), Problem> {
    depot_to_change(db, &Scope::Everything, id).await.map(drop)
}

/// As [`depots_facts`], and the depots stay as they are until this transaction ends: goods may be
/// posted to a depot that was held without fear that it is closed meanwhile. Any number of
/// transactions may hold one depot; a change of its state waits for them.
pub(crate) async fn held_depots(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Id<Depot>],
) -> Result<BTreeMap<Id<Depot>, DepotFacts>, Problem> {
    let mut facts = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let rows = visible::<rows::depot::Entity>(scope)
            .filter(rows::depot::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .order_by_asc(rows::depot::Column::Id)
            .lock(LockType::Share)
            .all(db)
            .await?;
        gather(&mut facts, rows)?;
    }
    Ok(facts)
}

fn gather(
    facts: &mut BTreeMap<Id<Depot>, DepotFacts>,
    rows: Vec<rows::depot::Model>,
) -> Result<(), Problem> {
    for row in rows {
        let depot = DepotFacts::try_from(row)?;
        facts.insert(depot.id, depot);
    }
    Ok(())
}

/// The facts of the depots that `scope` reaches among `ids`: one statement for every 10,000.
pub(crate) async fn depots_facts(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Id<Depot>],
) -> Result<BTreeMap<Id<Depot>, DepotFacts>, Problem> {
    let mut facts = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let rows = visible::<rows::depot::Entity>(scope)
            .filter(rows::depot::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .all(db)
            .await?;
        gather(&mut facts, rows)?;
    }
    Ok(facts)
}

/// The depots that `scope` reaches and `selection` means, by code: one statement.
pub(crate) async fn depots_where(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: &DepotSelection,
) -> Result<Vec<DepotFacts>, Problem> {
    selection
        .of(visible::<rows::depot::Entity>(scope))
        .order_by_asc(rows::depot::Column::Code)
        .limit(selection.at_most)
        .all(db)
        .await?
        .into_iter()
        .map(DepotFacts::try_from)
        .collect()
}

/// As [`depots_where`], each with what its profile says: one statement.
pub(crate) async fn profiles_where(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: &DepotSelection,
) -> Result<Vec<(DepotFacts, ProfileFacts)>, Problem> {
    let found = selection
        .of(visible::<rows::depot::Entity>(scope))
        .order_by_asc(rows::depot::Column::Code)
        .limit(selection.at_most)
        .all(db)
        .await?;
    let read = |row: rows::depot::Model| {
        let kept: DepotProfile = serde_json::from_str(&row.profile).map_err(Problem::internal)?;
        let mut faults = Faults::default();
        let profile = kept.parse(&mut faults);
        let profile = faults.finish(profile).map_err(Problem::internal)?;
        Ok((DepotFacts::try_from(row)?, profile))
    };
    found.into_iter().map(read).collect()
}

impl DepotSelection {
    pub(in crate::depots) fn of(
        &self,
        mut select: Select<rows::depot::Entity>,
    ) -> Select<rows::depot::Entity> {
        use rows::depot::{Column, Entity};
        if let Some(organisation) = self.organisation {
            let subtree = descendants(&[organisation.uuid()]);
            let column = Expr::col((Entity, Column::OrganisationId));
            select = select.filter(column.in_subquery(subtree));
        }
        if let Some(division) = &self.division {
            select = select.filter(Column::DivisionCode.starts_with(division.prefix()));
        }
        if let Some(depot) = self.depot {
            select = select.filter(Column::Id.eq(depot.uuid()));
        }
        if let Some(among) = &self.among {
            select = select.filter(Column::Id.is_in(among.iter().map(|id| id.uuid())));
        }
        if let Some(level) = self.level {
            select = select.filter(Column::Level.eq(level.name()));
        }
        if let Some(operations) = &self.operations {
            let names = operations.iter().map(|operation| operation.name());
            select = select.filter(Column::Operation.is_in(names));
        }
        if let Some(state) = self.state {
            select = select.filter(Column::State.eq(state.name()));
        }
        if let Some(boxes) = &self.boxes {
            let inside = boxes.iter().fold(Condition::any(), |any, bounds| {
                any.add(
                    Condition::all()
                        .add(Column::Longitude.between(bounds.west, bounds.east))
                        .add(Column::Latitude.between(bounds.south, bounds.north)),
                )
            });
            select = select.filter(inside);
        }
        select
    }

    /// The ids of the depots that `scope` reaches and the selection means, for a condition of a
    /// query over what lies in them.
    pub(crate) fn ids(&self, scope: &Scope) -> SelectStatement {
        self.of(visible::<rows::depot::Entity>(scope))
            .select_only()
            .column(rows::depot::Column::Id)
            .into_query()
    }
}

/// Whether the organisation in one column keeps the depot in the other, for a query over what lies
/// in depots.
pub(crate) fn is_kept_by(depot: Expr, organisation: Expr) -> Expr {
    use rows::depot::{Column, Entity};
    let kept = visible::<Entity>(&Scope::Everything)
        .select_only()
        .column(Column::Id)
        .filter(Expr::col((Entity, Column::Id)).eq(depot))
        .filter(Expr::col((Entity, Column::OrganisationId)).eq(organisation))
        .into_query();
    Expr::exists(kept)
}

/// The ids of all depots that let nothing out, for a query over what lies in depots.
pub(crate) fn shut_ids() -> SelectStatement {
    let shut = DepotState::ALL
        .iter()
        .filter(|state| !state.accepts_issues());
    visible::<rows::depot::Entity>(&Scope::Everything)
        .filter(rows::depot::Column::State.is_in(shut.map(|state| state.name())))
        .select_only()
        .column(rows::depot::Column::Id)
        .into_query()
}

impl TryFrom<rows::depot::Model> for DepotFacts {
    type Error = Problem;

    fn try_from(row: rows::depot::Model) -> Result<Self, Problem> {
        Ok(Self {
            id: Id::from_uuid(row.id),
            level: row.level.parse().map_err(Problem::internal)?,
            operation: row.operation.parse().map_err(Problem::internal)?,
            state: row.state.parse().map_err(Problem::internal)?,
            organisation_id: Id::from_uuid(row.organisation_id),
            division_code: row
                .division_code
                .map(|code| code.parse().map_err(Problem::internal))
                .transpose()?,
            place: row
                .longitude
                .zip(row.latitude)
                .map(|(longitude, latitude)| {
                    Place::new(longitude, latitude).map_err(Problem::internal)
                })
                .transpose()?,
            code: row.code,
            name: row.name,
            name_en: row.name_en,
            address: row.address,
            remark: row.remark,
            created_at: row.created_at,
        })
    }
}

/// The zones of a depot that the caller is known to see, by code.
pub(crate) async fn zones(
    db: &impl ConnectionTrait,
    depot: Id<Depot>,
) -> Result<Vec<ZoneFacts>, Problem> {
    let found = of_depot::<rows::zone::Entity>(rows::zone::Column::DepotId, depot)
        .order_by_asc(rows::zone::Column::Code)
        .all(db)
        .await?;
    Ok(found
        .into_iter()
        .map(|row| ZoneFacts {
            id: Id::from_uuid(row.id),
            code: row.code,
            name: row.name,
        })
        .collect())
}

/// The zones of depots that the caller is known to see, by code: one statement for every 10,000
/// depots.
pub(crate) async fn zones_of(
    db: &impl ConnectionTrait,
    depots: &[Id<Depot>],
) -> Result<BTreeMap<Id<Depot>, Vec<ZoneFacts>>, Problem> {
    let mut zones: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for depots in depots.chunks(VALUES_A_STATEMENT) {
        let found = visible::<rows::zone::Entity>(&Scope::Everything)
            .filter(rows::zone::Column::DepotId.is_in(depots.iter().map(|id| id.uuid())))
            .order_by_asc(rows::zone::Column::Code)
            .all(db)
            .await?;
        for row in found {
            zones
                .entry(Id::from_uuid(row.depot_id))
                .or_default()
                .push(ZoneFacts {
                    id: Id::from_uuid(row.id),
                    code: row.code,
                    name: row.name,
                });
        }
    }
    Ok(zones)
}

/// Whether `zone` is a zone of `depot`.
pub(crate) async fn zone_exists(
    db: &impl ConnectionTrait,
    depot: Id<Depot>,
    zone: Id<Zone>,
) -> Result<bool, Problem> {
    let found = of_depot::<rows::zone::Entity>(rows::zone::Column::DepotId, depot)
        .filter(rows::zone::Column::Id.eq(zone.uuid()))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// The zone that takes goods for which no other is named.
pub(crate) async fn default_zone(
    db: &impl ConnectionTrait,
    depot: Id<Depot>,
) -> Result<Id<Zone>, Problem> {
    of_depot::<rows::zone::Entity>(rows::zone::Column::DepotId, depot)
        .filter(rows::zone::Column::Code.eq(DEFAULT_ZONE))
        .one(db)
        .await?
        .map(|row| Id::from_uuid(row.id))
        .ok_or_else(Problem::not_found)
}

// Rows of one depot, which the caller is known to see.
pub(super) fn of_depot<E: Visible>(column: impl ColumnTrait, depot: Id<Depot>) -> Select<E> {
    visible::<E>(&Scope::Everything).filter(column.eq(depot.uuid()))
}
