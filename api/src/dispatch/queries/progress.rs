//! What became of needs.
//!
//! **Invariant.** The figures are sums over the orders' lines: nothing is kept twice.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    dispatch::{
        queries::account,
        rows::order_line,
        wire::{NeedProgressView, ProgressView},
    },
    http::{Page, PageQuery},
    incidents::{self, NeedFilter, NeedView},
    problem::Problem,
    scope::{Scope, reference},
};

/// The needs of an incident with what became of each: two statements.
pub(in crate::dispatch) async fn needs(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    filter: &NeedFilter,
    page: &PageQuery,
) -> Result<Page<NeedProgressView>, Problem> {
    let needs = incidents::needs(db, scope, incident, filter, page).await?;
    let ids: Vec<_> = needs.items.iter().map(|need| need.id).collect();
    let mut progress = progress(db, &ids).await?;
    Ok(Page {
        items: needs
            .items
            .into_iter()
            .map(|need| with_progress(need, &mut progress))
            .collect(),
        next_cursor: needs.next_cursor,
    })
}

/// One need with what became of it.
pub(in crate::dispatch) async fn need(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Need>,
) -> Result<NeedProgressView, Problem> {
    let need = incidents::need(db, scope, id).await?;
    let mut progress = progress(db, &[id]).await?;
    Ok(with_progress(need, &mut progress))
}

fn with_progress(
    need: NeedView,
    progress: &mut BTreeMap<Id<kinds::Need>, ProgressView>,
) -> NeedProgressView {
    let progress = progress.remove(&need.id).unwrap_or_default();
    NeedProgressView { need, progress }
}

/// How much of each need is in orders, on the road, received and lost: one statement.
pub(in crate::dispatch) async fn progress(
    db: &impl ConnectionTrait,
    needs: &[Id<kinds::Need>],
) -> Result<BTreeMap<Id<kinds::Need>, ProgressView>, Problem> {
    let lines = reference::<order_line::Entity>()
        .filter(order_line::Column::NeedId.is_in(needs.iter().map(|id| id.uuid())))
        .all(db)
        .await?;
    let mut progress: BTreeMap<_, ProgressView> = BTreeMap::new();
    for line in lines {
        let Some(need) = line.need_id.map(Id::from_uuid) else {
            continue;
        };
        let sum = progress.entry(need).or_default();
        let line = account(&line);
        sum.ordered += line.ordered();
        sum.on_the_road += line.on_the_road();
        sum.received += line.received;
        sum.lost += line.lost;
        sum.recalled += line.recalled;
    }
    Ok(progress)
}
