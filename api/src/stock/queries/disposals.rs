//! Disposals.
//!
//! **Invariant.** All goods of a disposal are of one owner, so whoever sees it sees all of them. A
//! page costs five statements.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Currency, Id, Money, kinds},
    stock::{Disposal, DisposalState, DisposalStateName, DisposalWay, Outcome, Signature},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

use super::{
    held_lines, holds_lot,
    lots::{items_of, lots_by_id},
    rows::{
        disposals::disposal::{Column, Entity, Model},
        movement, movement_line as moved,
    },
    wire::{DisposalFilter, DisposalLineView, DisposalPartView, DisposalView},
};
use crate::stock::wire::named;

/// A disposal as the table keeps it, or not found.
pub(in crate::stock) async fn disposal_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Disposal>,
) -> Result<Model, Problem> {
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// As [`disposal_row`], and others who would change it wait.
pub(in crate::stock) async fn disposal_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Disposal>,
) -> Result<Model, Problem> {
    to_change::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The disposal that a movement carried out, if it did.
pub(in crate::stock) async fn disposal_of_movement(
    db: &impl ConnectionTrait,
    row: &movement::Model,
) -> Result<Option<Id<kinds::Disposal>>, Problem> {
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(row.depot_id))
        .filter(
            Condition::any()
                .add(Column::MovementId.eq(row.id))
                .add(Column::PartsMovementId.eq(row.id)),
        )
        .one(db)
        .await?;
    Ok(found.map(|disposal| Id::from_uuid(disposal.id)))
}

impl Model {
    /// Where it stands, read back.
    pub(in crate::stock) fn disposal(&self) -> Result<Disposal, Problem> {
        let state: DisposalStateName = self.state.parse().map_err(Problem::internal)?;
        let way: DisposalWay = self.way.parse().map_err(Problem::internal)?;
        let approved = || signature(self.approved_at, self.approved_by.as_ref());
        let ended = || signature(self.ended_at, self.ended_by.as_ref());
        let reason = || self.end_reason.clone().unwrap_or_default();
        let state = match state {
            DisposalStateName::Asked => DisposalState::Asked,
            DisposalStateName::Approved => DisposalState::Approved {
                approved: approved()?,
            },
            DisposalStateName::CarriedOut => DisposalState::CarriedOut {
                approved: approved()?,
                carried_out: ended()?,
                outcome: self.outcome(way)?,
            },
            DisposalStateName::Refused => DisposalState::Refused {
                refused: ended()?,
                reason: reason(),
            },
            DisposalStateName::Withdrawn => DisposalState::Withdrawn {
                approved: self.approved_at.map(|_| approved()).transpose()?,
                withdrawn: ended()?,
                reason: reason(),
            },
        };
        Ok(Disposal {
            asked_by: self.asked_by.clone(),
            way,
            state,
        })
    }

    fn outcome(&self, way: DisposalWay) -> Result<Outcome, Problem> {
        Ok(match way {
            DisposalWay::Destroyed => Outcome::Destroyed,
            DisposalWay::ReturnedToMaker => Outcome::ReturnedToMaker,
            DisposalWay::PartsReused => Outcome::PartsReused {
                parts: self
                    .parts_movement_id
                    .map(Id::from_uuid)
                    .ok_or_else(half_written)?,
            },
            DisposalWay::Auctioned => Outcome::Auctioned {
                proceeds: self.proceeds()?.ok_or_else(half_written)?,
            },
        })
    }

    fn proceeds(&self) -> Result<Option<Money>, Problem> {
        let (Some(amount), Some(currency)) = (self.proceeds_e4, &self.currency) else {
            return Ok(None);
        };
        let currency: Currency = currency.parse().map_err(Problem::internal)?;
        let money = Money::from_ten_thousandths(amount, currency);
        money.map(Some).map_err(Problem::internal)
    }
}

fn signature(at: Option<DateTime<Utc>>, by: Option<&String>) -> Result<Signature, Problem> {
    match (at, by) {
        (Some(at), Some(by)) => Ok(Signature { by: by.clone(), at }),
        _ => Err(half_written()),
    }
}

fn half_written() -> Problem {
    Problem::internal(anyhow::anyhow!("a disposal that is half written"))
}

/// One disposal, or not found.
pub(in crate::stock) async fn disposal(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Disposal>,
) -> Result<DisposalView, Problem> {
    let row = disposal_row(db, scope, id).await?;
    let mut views = views(db, vec![row]).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// A page of disposals, the newest ids first.
pub(in crate::stock) async fn disposals(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &DisposalFilter,
    page: &PageQuery,
) -> Result<Page<DisposalView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(owner) = filter.owner_id {
        select = select.filter(Column::OwnerId.eq(owner.uuid()));
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    if let Some(way) = &filter.way {
        select = select.filter(Column::Way.eq(way));
    }
    if let Some(lot) = filter.lot_id {
        let (depot, paper) = ((Entity, Column::DepotId), (Entity, Column::ReservationId));
        select = select.filter(holds_lot(depot, paper, lot));
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    Ok(Page {
        items: views(db, found.items).await?,
        next_cursor: found.next_cursor,
    })
}

async fn views(db: &impl ConnectionTrait, found: Vec<Model>) -> Result<Vec<DisposalView>, Problem> {
    let by = found.iter().map(|row| (row.depot_id, row.reservation_id));
    let holds = held_lines(db, by).await?;
    let parts = visible::<moved::Entity>(&Scope::Everything)
        .filter(moved::Column::DepotId.is_in(found.iter().map(|row| row.depot_id)))
        .filter(
            moved::Column::MovementId.is_in(found.iter().filter_map(|row| row.parts_movement_id)),
        )
        .order_by_asc(moved::Column::Line)
        .all(db)
        .await?;
    let of_holds = holds.iter().map(|line| line.lot_id);
    let of_parts = parts.iter().map(|line| line.lot_id);
    let lots: Vec<_> = of_holds.chain(of_parts).map(Id::from_uuid).collect();
    let lots = lots_by_id(db, &Scope::Everything, &lots).await?;
    let items = items_of(db, lots.values()).await?;
    let goods = |lot: Uuid| {
        let lot = lots
            .get(&Id::from_uuid(lot))
            .ok_or_else(Problem::not_found)?;
        let item = Id::from_uuid(lot.item_id);
        Ok::<_, Problem>((item, named(items.get(&item))))
    };
    let mut lines_of: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in holds {
        let goods = goods(line.lot_id)?;
        let lines = lines_of.entry(line.reservation_id).or_default();
        lines.push(DisposalLineView::new(line, goods));
    }
    let mut parts_of: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in parts {
        let goods = goods(line.lot_id)?;
        let parts = parts_of.entry(line.movement_id).or_default();
        parts.push(DisposalPartView::new(line, goods));
    }
    found
        .into_iter()
        .map(|row| {
            let lines = lines_of.remove(&row.reservation_id).unwrap_or_default();
            let parts = row.parts_movement_id.and_then(|id| parts_of.remove(&id));
            DisposalView::new(row, lines, parts.unwrap_or_default())
        })
        .collect()
}
