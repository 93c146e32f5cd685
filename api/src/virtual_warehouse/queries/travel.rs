//! How long it takes from depots and suppliers to places.
//!
//! **Invariant.** Routing answers, for whatever is asked. It knows depots and sites, so that every
//! origin is put to it as a depot and every place as a site, under ids of their own.

use std::collections::BTreeMap;

use chrono::DateTime;
use domain::{
    depots::{DepotState, Operation},
    kernel::{
        Id, Place,
        kinds::{Depot, Site},
    },
    organisations::Level,
    routing::TravelMatrix,
    virtual_warehouse::Origin,
};
use uuid::Uuid;

use crate::{
    agreements::Promise, app::App, depots::DepotFacts, incidents::SiteFacts, problem::Problem,
    routing,
};

/// As many ways are looked up at once at most.
pub(super) const WAYS_MAX: usize = 500_000;

/// Minutes from origins to places.
#[derive(Debug)]
pub(super) struct Travel {
    matrix: TravelMatrix,
    origins: Vec<(Origin, Id<Depot>)>,
}

/// Asks routing for the ways from all origins to all places: four statements at most.
pub(super) async fn travel(
    app: &App,
    depots: impl IntoIterator<Item = &DepotFacts>,
    promises: &[Promise],
    places: &[Place],
) -> Result<Travel, Problem> {
    let db = app.db.read();
    let mut facts: Vec<DepotFacts> = depots.into_iter().cloned().collect();
    let of_depots = facts
        .iter()
        .map(|depot| (Origin::Depot(depot.id), depot.id));
    let mut origins: Vec<_> = of_depots.collect();
    let suppliers: BTreeMap<_, _> = promises
        .iter()
        .map(|promise| (promise.agreement, promise))
        .collect();
    for (agreement, promise) in suppliers {
        let supplier = as_depot(promise);
        origins.push((Origin::Agreement(agreement), supplier.id));
        facts.push(supplier);
    }
    if facts.len().saturating_mul(places.len()) > WAYS_MAX {
        return Err(Problem::field(
            "/places",
            "too-many",
            format!("来处与去处的组合超过 {WAYS_MAX} 个，请缩小范围"),
            format!("there are more than {WAYS_MAX} pairs of an origin and a place; ask for less"),
        ));
    }
    let sites: Vec<_> = places
        .iter()
        .enumerate()
        .map(|(number, place)| as_site(number, *place))
        .collect();
    let question = routing::question(db, &facts, &sites, app.clock.now()).await?;
    let matrix = app.routing.answer(question).await?;
    Ok(Travel { matrix, origins })
}

impl Travel {
    /// The minutes from every origin that has a way to the nearest of these places, which are named
    /// by their numbers.
    pub(super) fn to_nearest(&self, places: &[usize]) -> BTreeMap<Origin, u32> {
        let minutes = self.origins.iter().filter_map(|(origin, id)| {
            let ways = places
                .iter()
                .filter_map(|number| self.matrix.leg(*id, site(*number)));
            Some((*origin, ways.map(|leg| leg.time_min).min()?))
        });
        minutes.collect()
    }

    /// What said how long the ways are, by name.
    pub(super) fn sources(&self) -> Vec<String> {
        let named = self.matrix.reaches().filter_map(|reach| reach.leg());
        let names: std::collections::BTreeSet<_> = named.map(|leg| leg.source.name()).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

fn site(number: usize) -> Id<Site> {
    Id::from_uuid(Uuid::from_u128(number as u128 + 1))
}

fn as_site(number: usize, place: Place) -> SiteFacts {
    SiteFacts {
        id: site(number),
        incident: Id::from_uuid(Uuid::nil()),
        receiver: Id::from_uuid(Uuid::nil()),
        name: String::new(),
        division: None,
        place,
    }
}

fn as_depot(promise: &Promise) -> DepotFacts {
    DepotFacts {
        id: Id::from_uuid(promise.agreement.uuid()),
        code: promise.number.clone(),
        name: promise.supplier_name.clone(),
        name_en: None,
        level: Level::County,
        operation: Operation::Supplier,
        state: DepotState::Operating,
        organisation_id: promise.supplier,
        division_code: promise.division,
        address: None,
        place: promise.place.map(|(place, _)| place),
        remark: None,
        // A supplier is as old as nobody asks.
        created_at: DateTime::UNIX_EPOCH,
    }
}
