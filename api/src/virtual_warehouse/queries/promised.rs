//! What suppliers promise, beside what depots hold.
//!
//! **Invariant.** A promise is never added to stock. One that a question rules out (of some level or
//! state of depots, in another condition, of somebody's own goods) is not told as an answer to it. A
//! fixed number of statements.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    depots::Operation,
    kernel::{Id, Place, kinds::Item},
    stock::{Condition, Ownership},
    virtual_warehouse::Origin,
};
use uuid::Uuid;

use crate::{
    agreements::{Promise, PromiseSelection, promises},
    app::App,
    catalogue,
    http::{Page, PageQuery},
    problem::Problem,
    scope::Scope,
};

use super::{
    super::wire::{AgreementStockView, Asked, PromisedView},
    items_called, known,
    near::{Distances, UNKNOWN_METRES},
    sources::few_enough,
};

const PROMISES_READ: u64 = 10_001;

/// A promise and how far away it is, in metres; nothing where no distance counts.
pub(super) struct Near {
    pub(super) promise: Promise,
    metres: i64,
    minutes: Option<u32>,
}

/// Whether promises can answer a question at all.
fn are_meant(asked: &Asked) -> bool {
    let depots = &asked.depots;
    let of_suppliers = depots
        .operations
        .as_ref()
        .is_none_or(|operations| operations.contains(&Operation::Supplier) || operations.len() > 1);
    of_suppliers
        && depots.level.is_none()
        && depots.state.is_none()
        && depots.depot.is_none()
        && asked.question.condition == Condition::Usable
        && asked
            .ownership
            .is_none_or(|ownership| ownership == Ownership::Reserved)
}

/// The promises that answer a question, by item and agreement.
pub(super) async fn promised(
    app: &App,
    scope: &Scope,
    asked: &Asked,
    distances: &Distances,
) -> Result<Vec<Near>, Problem> {
    let db = app.db.read();
    if !are_meant(asked) {
        return Ok(Vec::new());
    }
    let selection = PromiseSelection {
        items: asked.item.map(|item| vec![item.uuid()]),
        categories: match asked.category {
            Some(category) => Some(catalogue::category_subtree(db, category).await?),
            None => None,
        },
        organisation: asked.depots.organisation,
        supplier: asked.owner,
        as_of: asked.as_of,
    };
    let day = asked.question.day;
    let mut found = promises(db, scope, &selection, day, PROMISES_READ).await?;
    few_enough(found.len()).map_err(Problem::of_query)?;
    if let Some(division) = asked.depots.division {
        found.retain(|promise| {
            let of = promise.division;
            of.is_some_and(|of| of.as_str().starts_with(division.prefix()))
        });
    }
    if let Some(until) = asked.question.usable_until {
        // An agreement that has run out by then promises nothing for then.
        found.retain(|promise| {
            let last = promise.last_day.as_deref();
            last.is_none_or(|last| last >= until.to_string().as_str())
        });
    }
    let minutes = distances.minutes_of(app, &found).await?;
    let near = found.into_iter().filter_map(|promise| {
        let place = promise.place.map(|(place, _)| place);
        let metres = distances.metres_to(place, promise.division.as_ref())?;
        let minutes = match &minutes {
            None => None,
            Some(minutes) => {
                let way = minutes.get(&Origin::Agreement(promise.agreement))?;
                let ready = u32::try_from(promise.response_h.saturating_mul(60));
                let all = way.saturating_add(ready.unwrap_or(u32::MAX));
                Some(distances.in_time(all)?)
            }
        };
        Some(Near {
            promise,
            metres,
            minutes,
        })
    });
    Ok(near.collect())
}

/// Promises of each item, added up.
pub(super) fn by_item(promises: &[Near]) -> BTreeMap<Id<Item>, PromisedView> {
    let mut sums: BTreeMap<_, PromisedView> = BTreeMap::new();
    for Near { promise, .. } in promises {
        let sum = sums.entry(promise.item).or_default();
        sum.promised = sum.promised.saturating_add(promise.promised);
        sum.agreements += 1;
        let first = sum.first_response_h.unwrap_or(i64::MAX);
        sum.first_response_h = Some(first.min(promise.response_h));
        if let Some((quantity, at)) = promise.confirmed {
            let confirmed = sum.confirmed.unwrap_or(0).saturating_add(quantity);
            sum.confirmed = Some(confirmed);
            sum.confirmed_since = Some(sum.confirmed_since.map_or(at, |since| since.min(at)));
        }
    }
    sums
}

type Rank = (i64, Uuid, Uuid);

fn rank(near: &Near) -> Rank {
    let Near {
        promise, metres, ..
    } = near;
    (*metres, promise.item.uuid(), promise.agreement.uuid())
}

fn read_rank(key: &str, agreement: Uuid) -> Option<Rank> {
    let (metres, item) = key.split_once('/')?;
    Some((metres.parse().ok()?, item.parse().ok()?, agreement))
}

/// A page of promises, the nearest first, then by item.
pub(in crate::virtual_warehouse) async fn agreement_stock(
    app: &App,
    scope: &Scope,
    asked: &Asked,
    page: &PageQuery,
    mark: &str,
) -> Result<Page<AgreementStockView>, Problem> {
    let db = app.db.read();
    let after = match page.cursor(mark)? {
        Some(cursor) => Some(cursor.read(|key| read_rank(key, cursor.id()))?),
        None => None,
    };
    let distances = Distances::measure(app, scope, asked).await?;
    let mut found = promised(app, scope, asked, &distances).await?;
    found.sort_unstable_by_key(rank);
    found.retain(|near| after.is_none_or(|after| rank(near) > after));
    let most = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    found.truncate(most.saturating_add(1));
    let items = items_called(db, found.iter().map(|near| near.promise.item)).await?;
    let place = |near: &Near| {
        let (metres, item, agreement) = rank(near);
        (format!("{metres}/{item}"), agreement)
    };
    let cut = Page::cut(found, page, mark, place, |near| {
        let item = known(&items, near.promise.item)?;
        Ok(view(near, item))
    });
    cut.whole()
}

fn view(near: Near, item: &catalogue::ItemFacts) -> AgreementStockView {
    let Near {
        promise,
        metres,
        minutes,
    } = near;
    let (confirmed, confirmed_at): (Option<i64>, Option<DateTime<Utc>>) = promise.confirmed.unzip();
    let place = promise.place;
    let metres = i32::try_from(metres)
        .ok()
        .filter(|_| metres < UNKNOWN_METRES);
    AgreementStockView {
        agreement_id: promise.agreement,
        agreement_number: promise.number,
        organisation_id: promise.organisation,
        supplier_id: promise.supplier,
        supplier_name: promise.supplier_name,
        ownership: Ownership::Reserved.name().to_owned(),
        item_id: promise.item,
        item_name: item.name.clone(),
        base_unit: item.units.base().as_str().to_owned(),
        promised: promise.promised,
        response_h: promise.response_h,
        confirmed,
        confirmed_at,
        last_day: promise.last_day,
        depot_id: promise.depot,
        division_code: promise.division.map(|code| code.to_string()),
        longitude: place.map(|(place, _)| Place::longitude(place)),
        latitude: place.map(|(place, _)| Place::latitude(place)),
        place_origin: place.map(|(_, origin)| origin.name().to_owned()),
        distance_km: metres.map(|metres| f64::from(metres) / 1_000.0),
        time_min: minutes,
    }
}
