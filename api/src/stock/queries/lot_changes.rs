//! Changes of owner and of purpose.
//!
//! **Invariant.** All goods of a change are of one owner in one depot, so whoever sees it sees all of
//! them. A page costs five statements.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    stock::{
        Consent, LotChange, LotChangeKind, LotChangeState, LotChangeStateName, LotChangeTo,
        Signature,
    },
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

use super::{
    columns, held_lines, holds_lot,
    lots::{items_of, lots_by_id},
    rows::{
        lot,
        lot_changes::lot_change::{Column, Entity, Model},
        movement,
    },
    wire::{LotChangeFilter, LotChangeLineView, LotChangeView, named},
};

/// A change as the table keeps it, or not found.
pub(in crate::stock) async fn lot_change_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::LotChange>,
) -> Result<Model, Problem> {
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// As [`lot_change_row`], and others who would change it wait.
pub(in crate::stock) async fn lot_change_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::LotChange>,
) -> Result<Model, Problem> {
    to_change::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The change that a movement carried out, if it did.
pub(in crate::stock) async fn lot_change_of_movement(
    db: &impl ConnectionTrait,
    row: &movement::Model,
) -> Result<Option<Id<kinds::LotChange>>, Problem> {
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(row.depot_id))
        .filter(Column::MovementId.eq(row.id))
        .one(db)
        .await?;
    Ok(found.map(|change| Id::from_uuid(change.id)))
}

impl Model {
    /// Where it stands, read back.
    pub(in crate::stock) fn change(&self) -> Result<LotChange, Problem> {
        let state: LotChangeStateName = self.state.parse().map_err(Problem::internal)?;
        let kind: LotChangeKind = self.kind.parse().map_err(Problem::internal)?;
        let approved = || signature(self.approved_at, self.approved_by.as_ref());
        let accepted = || signature(self.accepted_at, self.accepted_by.as_ref());
        let ended = || required(signature(self.ended_at, self.ended_by.as_ref()));
        let reason = || self.end_reason.clone().unwrap_or_default();
        let state = match state {
            LotChangeStateName::Asked => LotChangeState::Asked,
            LotChangeStateName::Approved => LotChangeState::Approved {
                approved: required(approved())?,
            },
            LotChangeStateName::Done => LotChangeState::Done {
                approved: required(approved())?,
                accepted: accepted(),
                movement: required(self.movement_id.map(Id::from_uuid))?,
            },
            LotChangeStateName::Refused => LotChangeState::Refused {
                approved: approved(),
                refused: ended()?,
                reason: reason(),
            },
            LotChangeStateName::Withdrawn => LotChangeState::Withdrawn {
                approved: approved(),
                withdrawn: ended()?,
                reason: reason(),
            },
        };
        Ok(LotChange {
            asked_by: self.asked_by.clone(),
            kind,
            state,
        })
    }

    /// What becomes of the goods, read back.
    pub(in crate::stock) fn to(&self) -> Result<LotChangeTo, Problem> {
        if let Some(to) = self.to_owner_id {
            let to = Id::from_uuid(to);
            return Ok(LotChangeTo::Owner { to });
        }
        let kind = required(self.to_restriction_kind.as_deref())?;
        Ok(LotChangeTo::Purpose {
            to: columns::restriction(kind, self.to_restriction.as_deref())?,
            consent: Consent {
                given_by: text(self.consent_given_by.as_ref())?,
                reference: text(self.consent_reference.as_ref())?,
                given_on: required(columns::day(self.consent_given_on.as_deref())?)?,
                heard_by: text(self.consent_heard_by.as_ref())?,
                evidence_sha256: text(self.consent_sha256.as_ref())?,
            },
        })
    }
}

fn signature(at: Option<DateTime<Utc>>, by: Option<&String>) -> Option<Signature> {
    let (at, by) = (at?, by?.clone());
    Some(Signature { by, at })
}

fn required<T>(there: Option<T>) -> Result<T, Problem> {
    there.ok_or_else(|| Problem::internal(anyhow::anyhow!("a change that is half written")))
}

fn text<const MAX: usize>(text: Option<&String>) -> Result<Text<MAX>, Problem> {
    Text::new(required(text)?).map_err(Problem::internal)
}

/// One change, or not found.
pub(in crate::stock) async fn lot_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::LotChange>,
) -> Result<LotChangeView, Problem> {
    let row = lot_change_row(db, scope, id).await?;
    let mut views = views(db, vec![row]).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// A page of changes, the newest ids first.
pub(in crate::stock) async fn lot_changes(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &LotChangeFilter,
    page: &PageQuery,
) -> Result<Page<LotChangeView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(owner) = filter.owner_id {
        select = select.filter(Column::OwnerId.eq(owner.uuid()));
    }
    if let Some(owner) = filter.to_owner_id {
        select = select.filter(Column::ToOwnerId.eq(owner.uuid()));
    }
    if let Some(kind) = &filter.kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
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

async fn views(
    db: &impl ConnectionTrait,
    found: Vec<Model>,
) -> Result<Vec<LotChangeView>, Problem> {
    let by = found.iter().map(|row| (row.depot_id, row.reservation_id));
    let holds = held_lines(db, by).await?;
    let became = visible::<lot::Entity>(&Scope::Everything)
        .filter(lot::Column::LotChangeId.is_in(found.iter().map(|row| row.id)))
        .all(db)
        .await?;
    let became: BTreeMap<_, _> = became
        .into_iter()
        .map(|lot| ((lot.lot_change_id, lot.parent_lot_id), lot.id))
        .collect();
    let lots: Vec<_> = holds
        .iter()
        .map(|line| Id::from_uuid(line.lot_id))
        .collect();
    let lots = lots_by_id(db, &Scope::Everything, &lots).await?;
    let items = items_of(db, lots.values()).await?;
    let mut lines_of: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in holds {
        let lines = lines_of.entry(line.reservation_id).or_default();
        lines.push(line);
    }
    found
        .into_iter()
        .map(|row| {
            let lines = lines_of.remove(&row.reservation_id).unwrap_or_default();
            let lines = lines.into_iter().map(|line| {
                let lot = lots.get(&Id::from_uuid(line.lot_id));
                let item = Id::from_uuid(lot.ok_or_else(Problem::not_found)?.item_id);
                let new = became.get(&(Some(row.id), Some(line.lot_id)));
                let goods = (item, named(items.get(&item)));
                Ok(LotChangeLineView::new(line, goods, new.copied()))
            });
            let lines = lines.collect::<Result<_, Problem>>()?;
            LotChangeView::new(row, lines)
        })
        .collect()
}
