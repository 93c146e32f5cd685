//! Reads of the virtual warehouse.
//!
//! **Invariant.** A page costs a fixed number of statements, whatever it pools: which depots (where
//! a distance counts), which keys, the goods under them, when what of them is on the road is due, and
//! the names of what is shown.

mod coverage;
mod graded;
mod levels;
mod mutual_aid;
mod near;
mod promised;
mod reach;
mod road;
mod sources;
mod travel;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    kernel::{
        Id,
        kinds::{Depot, Item, Lot},
    },
    organisations::Body,
    stock::{Condition, Ownership},
    virtual_warehouse::{Figures, Goods, Road, pool},
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    app::App,
    catalogue::{self, ItemFacts},
    depots::{self, DepotFacts},
    http::{Page, PageQuery},
    organisations,
    problem::Problem,
    scope::Scope,
    stock::{
        self, Grain, PooledDepots, PooledGoods, PooledKey, PooledSelection, free_at, pooled_goods,
        pooled_keys,
    },
};

pub(super) use coverage::coverage;
pub(super) use graded::Graded;
pub(super) use levels::{levels, rotation};
pub(super) use mutual_aid::mutual_aid;
pub(super) use promised::agreement_stock;
pub(super) use reach::reach;

use self::{near::Distances, road::road};
use super::wire::{
    Asked, FiguresView, PooledDepotView, PooledItemView, PooledLotView, PromisedView, RoadView,
};

/// Items and what all depots together hold of them, by id.
pub(super) async fn items(
    app: &App,
    scope: &Scope,
    asked: &Asked,
    page: &PageQuery,
    mark: &str,
) -> Result<Page<PooledItemView>, Problem> {
    let db = app.db.read();
    let found = Found::read(app, scope, asked, Grain::Item, page, mark).await?;
    let items = found.items(db).await?;
    let floors = found.floors_of_items(db, scope, asked).await?;
    found.page(page, mark, |key, figures| {
        let item = known(&items, key.item)?;
        Ok(PooledItemView {
            item_id: key.item,
            item_name: item.name.clone(),
            category_id: item.category_id,
            base_unit: item.units.base().as_str().to_owned(),
            figures,
            floors_kept: floors
                .as_ref()
                .map(|floors| floors.get(&key.item).copied().unwrap_or(0)),
            on_road_due: found.road(key),
            agreements: found.promised.get(&key.item).copied().unwrap_or_default(),
        })
    })
}

/// Depots and what each holds of an item, the nearest first, then by id.
pub(super) async fn depots(
    app: &App,
    scope: &Scope,
    asked: &Asked,
    page: &PageQuery,
    mark: &str,
) -> Result<Page<PooledDepotView>, Problem> {
    let db = app.db.read();
    let found = Found::read(app, scope, asked, Grain::Depot, page, mark).await?;
    let items = found.items(db).await?;
    let depots = found.depots(db).await?;
    let floors = found.floors_of_depots(db, asked, &depots).await?;
    found.page(page, mark, |key, figures| {
        let depot = known(&depots, key.depot)?;
        let floor = |floors: &BTreeMap<_, i64>| floors.get(&(key.depot, key.item)).copied();
        let item = known(&items, key.item)?;
        Ok(PooledDepotView {
            depot_id: key.depot,
            depot_code: depot.code.clone(),
            depot_name: depot.name.clone(),
            level: depot.level.name().to_owned(),
            operation: depot.operation.name().to_owned(),
            state: depot.state.name().to_owned(),
            organisation_id: depot.organisation_id,
            division_code: depot.division_code.map(|code| code.to_string()),
            longitude: depot.place.map(|place| place.longitude()),
            latitude: depot.place.map(|place| place.latitude()),
            distance_km: found.distances.of(key.depot),
            time_min: found.distances.minutes(key.depot),
            stock_grade: None,
            rule_set: None,
            label_zh: None,
            label_en: None,
            item_id: key.item,
            item_name: item.name.clone(),
            base_unit: item.units.base().as_str().to_owned(),
            floors_kept: floors
                .as_ref()
                .map(|floors| floor(floors).unwrap_or(0).min(figures.available())),
            on_road_due: found.road(key),
            figures,
        })
    })
}

/// Lots and how much of each lies in which depot, the nearest depot first, then by id.
pub(super) async fn lots(
    app: &App,
    scope: &Scope,
    asked: &Asked,
    page: &PageQuery,
    mark: &str,
) -> Result<Page<PooledLotView>, Problem> {
    let db = app.db.read();
    let found = Found::read(app, scope, asked, Grain::Lot, page, mark).await?;
    let depots = found.depots(db).await?;
    let ids: Vec<Id<Lot>> = found.keys.iter().map(|key| key.lot).collect();
    // What lies in these lots was seen, so that its lot may be shown.
    let lots = stock::lot_views(db, &Scope::Everything, &ids).await?;
    let owners: BTreeSet<_> = lots.values().map(|lot| lot.owner_id.uuid()).collect();
    let owners: Vec<_> = owners.into_iter().collect();
    let bodies = organisations::bodies(db, &owners).await?;
    found.page(page, mark, |key, figures| {
        let depot = known(&depots, key.depot)?;
        let lot = known(&lots, key.lot)?.clone();
        let by_partner = bodies.get(&lot.owner_id.uuid()) == Some(&Body::Partner);
        let ownership = Ownership::in_depot(lot.owner_id == depot.organisation_id, by_partner);
        Ok(PooledLotView {
            depot_id: key.depot,
            depot_code: depot.code.clone(),
            depot_name: depot.name.clone(),
            distance_km: found.distances.of(key.depot),
            item_id: key.item,
            item_name: lot.item_name,
            base_unit: lot.base_unit,
            lot_id: key.lot,
            owner_id: lot.owner_id,
            ownership: ownership.name().to_owned(),
            batch: lot.batch,
            produced_on: lot.produced_on,
            expires_on: lot.expires_on,
            restriction: lot.restriction,
            recalled_at: lot.recalled_at,
            on_road_due: found.road(key),
            figures,
        })
    })
}

// What stands on a page, and one key more where there is a next.
struct Found {
    keys: Vec<PooledKey>,
    figures: BTreeMap<PooledKey, Figures>,
    // Where something is on the road, by when it is due.
    road: BTreeMap<PooledKey, Road>,
    distances: Distances,
    // What suppliers promise of items; of nothing else.
    promised: BTreeMap<Id<Item>, PromisedView>,
}

impl Found {
    async fn read(
        app: &App,
        scope: &Scope,
        asked: &Asked,
        grain: Grain,
        page: &PageQuery,
        mark: &str,
    ) -> Result<Self, Problem> {
        let db = app.db.read();
        let after = match page.cursor(mark)? {
            Some(cursor) => Some(cursor.read(|key| read_place(key, cursor.id()))?),
            None => None,
        };
        let distances = Distances::measure(app, scope, asked).await?;
        let selection = PooledSelection {
            // Owners see their goods in depots that they do not see; what is seen is decided by goods.
            depots: distances.ranked(asked.moment).map_or_else(
                || PooledDepots::Chosen(Box::new(asked.depots.ids(&Scope::Everything))),
                PooledDepots::Near,
            ),
            items: asked.item.map(|item| vec![item.uuid()]),
            categories: match asked.category {
                Some(category) => Some(catalogue::category_subtree(db, category).await?),
                None => None,
            },
            owner: asked.owner,
            ownership: asked.ownership,
            as_of: asked.as_of,
        };
        let limit = page.limit() + 1;
        let mut keys = pooled_keys(db, scope, &selection, grain, after.as_ref(), limit).await?;
        let mut promised = BTreeMap::new();
        if grain == Grain::Item {
            promised = promised::by_item(&promised::promised(app, scope, asked, &distances).await?);
            keys = with_promised(keys, promised.keys(), after.as_ref(), limit);
        }
        let rows = pooled_goods(db, scope, &selection, grain, &keys).await?;
        let rows = rows.into_iter().map(|goods| {
            let PooledGoods {
                key,
                fitness,
                on_hand,
                reserved,
                on_road,
                is_shut,
                arrives_on,
            } = goods;
            let goods = Goods {
                fitness,
                on_hand,
                reserved,
                on_road,
                is_shut,
                arrives_on,
            };
            (key, goods)
        });
        let figures = pool(rows, &asked.question);
        Ok(Self {
            road: road(db, scope, asked, &selection, grain, &figures).await?,
            figures,
            keys,
            distances,
            promised,
        })
    }

    fn road(&self, key: &PooledKey) -> Option<RoadView> {
        self.road.get(key).map(RoadView::from)
    }

    // What floors keep of each item on the page: one statement.
    async fn floors_of_items(
        &self,
        db: &impl ConnectionTrait,
        scope: &Scope,
        asked: &Asked,
    ) -> Result<Option<BTreeMap<Id<Item>, i64>>, Problem> {
        if !has_floors(asked) {
            return Ok(None);
        }
        let items: Vec<_> = self.keys.iter().map(|key| key.item.uuid()).collect();
        let only = self.distances.depots();
        let day = asked.question.day;
        let there = |depot, item| free_at(depot, item, day);
        let depots = asked.depots.ids(scope);
        depots::floors_kept(db, depots, only, &items, there)
            .await
            .map(Some)
    }

    // The floors of the depots on the page: one statement.
    async fn floors_of_depots(
        &self,
        db: &impl ConnectionTrait,
        asked: &Asked,
        depots: &BTreeMap<Id<Depot>, DepotFacts>,
    ) -> Result<Option<BTreeMap<(Id<Depot>, Id<Item>), i64>>, Problem> {
        if !has_floors(asked) {
            return Ok(None);
        }
        let ids: Vec<_> = depots.keys().copied().collect();
        depots::floors(db, &ids).await.map(Some)
    }

    async fn items(
        &self,
        db: &impl ConnectionTrait,
    ) -> Result<BTreeMap<Id<Item>, ItemFacts>, Problem> {
        items_called(db, self.keys.iter().map(|key| key.item)).await
    }

    async fn depots(
        &self,
        db: &impl ConnectionTrait,
    ) -> Result<BTreeMap<Id<Depot>, DepotFacts>, Problem> {
        depots_called(db, self.keys.iter().map(|key| key.depot)).await
    }

    fn page<T>(
        &self,
        page: &PageQuery,
        mark: &str,
        view: impl Fn(&PooledKey, FiguresView) -> Result<T, Problem>,
    ) -> Result<Page<T>, Problem> {
        let shown = Page::cut(self.keys.clone(), page, mark, place, |key| {
            let figures = self.figures.get(&key).copied().unwrap_or_default();
            view(&key, figures.into())
        });
        shown.whole()
    }
}

// Floors are those of today, and of goods that can be used.
fn has_floors(asked: &Asked) -> bool {
    asked.as_of.is_none() && asked.question.condition == Condition::Usable
}

// The first keys of items that depots hold or that suppliers promise.
fn with_promised<'a>(
    held: Vec<PooledKey>,
    promised: impl Iterator<Item = &'a Id<Item>>,
    after: Option<&PooledKey>,
    limit: u64,
) -> Vec<PooledKey> {
    let promised = promised.map(|item| PooledKey {
        metres: 0,
        depot: Id::from_uuid(Uuid::nil()),
        item: *item,
        lot: Id::from_uuid(Uuid::nil()),
    });
    let later = promised.filter(|key| after.is_none_or(|after| key > after));
    let all: BTreeSet<_> = held.into_iter().chain(later).collect();
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    all.into_iter().take(most).collect()
}

// What items are called. One statement for their packs and one for themselves.
async fn items_called(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = Id<Item>>,
) -> Result<BTreeMap<Id<Item>, ItemFacts>, Problem> {
    let ids: BTreeSet<_> = ids.collect();
    let ids: Vec<_> = ids.into_iter().collect();
    catalogue::item_facts(db, &ids).await
}

// What depots are called whose goods or levels were seen, so that they may be shown.
async fn depots_called(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = Id<Depot>>,
) -> Result<BTreeMap<Id<Depot>, DepotFacts>, Problem> {
    let ids: BTreeSet<_> = ids.collect();
    let ids: Vec<_> = ids.into_iter().collect();
    depots::depots_facts(db, &Scope::Everything, &ids).await
}

// A key as a cursor keeps it.
fn place(key: &PooledKey) -> (String, Uuid) {
    let PooledKey {
        metres,
        depot,
        item,
        lot,
    } = key;
    let text = format!("{metres}/{}/{}", depot.uuid(), item.uuid());
    (text, lot.uuid())
}

fn read_place(text: &str, lot: Uuid) -> Option<PooledKey> {
    let mut parts = text.split('/');
    Some(PooledKey {
        metres: parts.next()?.parse().ok()?,
        depot: Id::from_uuid(parts.next()?.parse().ok()?),
        item: Id::from_uuid(parts.next()?.parse().ok()?),
        lot: Id::from_uuid(lot),
    })
}

fn known<K: Ord + std::fmt::Debug, T>(known: &BTreeMap<K, T>, id: K) -> Result<&T, Problem> {
    known
        .get(&id)
        .ok_or_else(|| Problem::internal(anyhow::anyhow!("{id:?} holds goods and is not there")))
}
