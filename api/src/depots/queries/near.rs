//! Depots near a point.
//!
//! **Invariant.** SQL looks in the boxes round the circle, the great circle decides. Distances are
//! whole metres, so that pages are cut the same way every time.

use std::collections::BTreeMap;

use domain::kernel::Place;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use crate::{
    depots::{
        rows::depot::{Column, Entity, Model},
        wire::{DepotView, Near},
    },
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, visible},
};

/// A page of the depots of `select` that lie within the radius, nearest first. Distances cannot be
/// sorted in SQL that both databases take, so the ids and points in the boxes are all read, and the
/// depots of one page after them: two statements.
pub(super) async fn nearest(
    db: &impl ConnectionTrait,
    select: Select<Entity>,
    near: &Near,
    page: &PageQuery,
    mark: &str,
) -> Result<Page<DepotView>, Problem> {
    let points: Vec<(Uuid, Option<f64>, Option<f64>)> = select
        .select_only()
        .columns([Column::Id, Column::Longitude, Column::Latitude])
        .into_tuple()
        .all(db)
        .await?;
    let mut found: Vec<_> = points
        .into_iter()
        .filter_map(|(id, longitude, latitude)| {
            let place = Place::new(longitude?, latitude?).ok()?;
            Some((metres(near, place)?, id))
        })
        .collect();
    found.sort_unstable();
    if let Some(cursor) = page.cursor(mark)? {
        let last = (cursor.read(|key| key.parse().ok())?, cursor.id());
        found.retain(|place| *place > last);
    }
    // One more than the page holds, so that it knows whether there is a next.
    let most = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    found.truncate(most.saturating_add(1));
    // That the caller sees them was judged by the statement before.
    let rows = visible::<Entity>(&Scope::Everything)
        .filter(Column::Id.is_in(found.iter().map(|(_, id)| *id)))
        .all(db)
        .await?;
    let depots = in_order(&found, rows)?;
    Ok(Page::cut(
        depots,
        page,
        mark,
        |(metres, depot)| (metres.to_string(), depot.id.uuid()),
        |(_, depot)| depot,
    ))
}

fn in_order(found: &[(u32, Uuid)], rows: Vec<Model>) -> Result<Vec<(u32, DepotView)>, Problem> {
    let mut rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    found
        .iter()
        .filter_map(|(metres, id)| Some((*metres, rows.remove(id)?)))
        .map(|(metres, row)| {
            let mut depot = DepotView::try_from(row)?;
            depot.distance_km = Some(f64::from(metres) / 1_000.0);
            Ok((metres, depot))
        })
        .collect()
}

// How far a depot is from the point in whole metres, if it lies in the circle.
fn metres(near: &Near, place: Place) -> Option<u32> {
    let km = near.circle.centre().distance_km(place);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a circle reaches 2,000,000 m"
    )]
    (km <= near.circle.radius_km()).then_some((km * 1_000.0).round() as u32)
}
