//! Reads of closed roads.
//!
//! **Invariant.** Everyone who is logged in reads them all. What is closed at a moment costs a fixed
//! number of statements.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    routing::ClosedGround,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    incidents::{self, KeptPart},
    problem::Problem,
    routing::{
        rows::{
            closure::{Column, Entity},
            of_alert, part,
        },
        wire::{RoadClosureFilter, RoadClosureView},
    },
    scope::reference,
};

/// All ground that is closed at a moment: four statements, or a few more for thousands of divisions.
pub(super) async fn closed_ground(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<ClosedGround, Problem> {
    let standing: Vec<Uuid> = reference::<Entity>()
        .select_only()
        .column(Column::Id)
        .filter(in_force(now))
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    if standing.is_empty() {
        return Ok(ClosedGround::default());
    }
    let parts = reference::<part::Entity>()
        .filter(part::Column::ClosureId.is_in(standing))
        .order_by_asc(part::Column::ClosureId)
        .order_by_asc(part::Column::Part)
        .all(db)
        .await?;
    // One area for each shape: a line then looks only at shapes in whose boxes it lies.
    let ground = incidents::ground(db, parts.into_iter().map(KeptPart::from)).await?;
    Ok(ClosedGround::of_parts(ground.area.parts()))
}

fn in_force(now: DateTime<Utc>) -> Condition {
    let until = Expr::col((Entity, Column::ClosedUntil));
    Condition::all()
        .add(Column::LiftedAt.is_null())
        .add(Column::ClosedFrom.lte(now))
        .add(until.clone().is_null().or(until.gt(now)))
}

/// One closure, or not found.
pub(in crate::routing) async fn road_closure(
    db: &impl ConnectionTrait,
    id: Id<kinds::RoadClosure>,
    now: DateTime<Utc>,
) -> Result<RoadClosureView, Problem> {
    let row = reference::<Entity>()
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let of_alert = of_alert(db, id).await?;
    Ok(RoadClosureView::new(row, of_alert.as_ref(), now))
}

/// From which alert a closure was drawn, if from one.
pub(in crate::routing) async fn of_alert(
    db: &impl ConnectionTrait,
    id: Id<kinds::RoadClosure>,
) -> Result<Option<of_alert::Model>, Problem> {
    let select = reference::<of_alert::Entity>().filter(of_alert::Column::ClosureId.eq(id.uuid()));
    Ok(select.one(db).await?)
}

/// The area of a closure as a feature collection: four statements.
pub(in crate::routing) async fn closure_area(
    db: &impl ConnectionTrait,
    id: Id<kinds::RoadClosure>,
    now: DateTime<Utc>,
) -> Result<Value, Problem> {
    road_closure(db, id, now).await?;
    let parts = reference::<part::Entity>()
        .filter(part::Column::ClosureId.eq(id.uuid()))
        .order_by_asc(part::Column::Part)
        .all(db)
        .await?;
    incidents::features(db, parts.into_iter().map(KeptPart::from).collect()).await
}

/// A page of closures, the newest ids first: two statements.
pub(in crate::routing) async fn road_closures(
    db: &impl ConnectionTrait,
    filter: &RoadClosureFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<RoadClosureView>, Problem> {
    let mut select = reference::<Entity>();
    if let Some(wanted) = filter.in_force {
        let standing = in_force(now);
        select = select.filter(if wanted { standing } else { standing.not() });
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    let drawn = reference::<of_alert::Entity>()
        .filter(of_alert::Column::ClosureId.is_in(found.items.iter().map(|row| row.id)))
        .all(db)
        .await?;
    Ok(found.map(|row| {
        let drawn = drawn.iter().find(|it| it.closure_id == row.id);
        RoadClosureView::new(row, drawn, now)
    }))
}

impl From<part::Model> for KeptPart {
    fn from(row: part::Model) -> Self {
        Self {
            kind: row.kind,
            division_code: row.division_code,
            geometry: row.geometry,
        }
    }
}
