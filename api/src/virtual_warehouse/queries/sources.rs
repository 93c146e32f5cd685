//! What depots and suppliers could send: the ground of every look ahead.
//!
//! **Invariant.** A fixed number of statements, whatever is asked: depots, lots, shelves, levels, and
//! the promises with what belongs to them. Goods count that are usable, in date today, not recalled,
//! fit for the purpose, promised to nobody, and in a depot that lets goods out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    kernel::{
        Id,
        kinds::{Depot, Item},
    },
    stock::Availability,
    virtual_warehouse::{Holding, Origin},
};
use sea_orm::ConnectionTrait;

use crate::{
    agreements::{Promise, PromiseSelection, promises},
    depots::{self, DepotFacts, DepotSelection},
    problem::Problem,
    scope::Scope,
    stock::available,
};

use super::super::wire::Sending;

/// Depots, and promises, looked at at once at most.
const SOURCES_MAX: usize = 10_000;
const SOURCES_READ: u64 = 10_001;

/// What was found.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) depots: BTreeMap<Id<Depot>, DepotFacts>,
    pub(super) promises: Vec<Promise>,
    /// Of depots and of suppliers.
    pub(super) holdings: Vec<Holding>,
}

/// Reads what could be sent: four statements for depots, and five for suppliers.
pub(super) async fn sources(
    db: &impl ConnectionTrait,
    scope: &Scope,
    sending: &Sending,
    day: NaiveDate,
) -> Result<Sources, Problem> {
    let selection = DepotSelection {
        at_most: Some(SOURCES_READ),
        ..sending.depots.clone()
    };
    // Owners see their goods in depots that they do not see.
    let found = depots::depots_where(db, &Scope::Everything, &selection).await?;
    few_enough(found.len())?;
    let depots: BTreeMap<_, _> = found.into_iter().map(|depot| (depot.id, depot)).collect();
    let ids: Vec<_> = depots.keys().copied().collect();
    let shelves = available::shelves(db, scope, &ids, &sending.items).await?;
    let levels = depots::stock_levels(db, &ids).await?;
    let mut there: BTreeMap<(Id<Depot>, Id<Item>), Vec<_>> = BTreeMap::new();
    for shelf in shelves {
        let is_owned = sending.owner.is_none_or(|owner| owner == shelf.owner);
        let lets_out = depots
            .get(&shelf.depot)
            .is_some_and(|depot| depot.state.accepts_issues());
        let is_fit = shelf.fitness.availability(day, &sending.purpose) == Availability::Available;
        if is_owned && lets_out && is_fit {
            let lots = there.entry((shelf.depot, shelf.item)).or_default();
            lots.push((shelf.fitness.expires_on, shelf.available));
        }
    }
    let mut holdings: Vec<_> = there
        .into_iter()
        .map(|((depot, item), lots)| Holding {
            origin: Origin::Depot(depot),
            item,
            lots,
            kept: sending.keeps.of(levels.get(&(depot, item))),
            ready_min: sending.handling_min,
        })
        .collect();
    let promises = promised(db, scope, sending, day).await?;
    holdings.extend(promises.iter().map(|promise| Holding {
        origin: Origin::Agreement(promise.agreement),
        item: promise.item,
        lots: vec![(None, promise.promised)],
        kept: 0,
        ready_min: u32::try_from(promise.response_h.saturating_mul(60)).unwrap_or(u32::MAX),
    }));
    Ok(Sources {
        depots,
        promises,
        holdings,
    })
}

// What suppliers promise to those whose depots are meant. Somebody else's goods, or those of depots
// of some level, are no promise.
async fn promised(
    db: &impl ConnectionTrait,
    scope: &Scope,
    sending: &Sending,
    day: NaiveDate,
) -> Result<Vec<Promise>, Problem> {
    let DepotSelection {
        level,
        state,
        depot,
        division,
        organisation,
        ..
    } = sending.depots;
    if level.is_some() || state.is_some() || depot.is_some() || sending.owner.is_some() {
        return Ok(Vec::new());
    }
    let items: BTreeSet<_> = sending.items.iter().map(|item| item.uuid()).collect();
    let selection = PromiseSelection {
        items: Some(items.into_iter().collect()),
        organisation,
        ..PromiseSelection::default()
    };
    let mut found = promises(db, scope, &selection, day, SOURCES_READ).await?;
    few_enough(found.len())?;
    if let Some(division) = division {
        found.retain(|promise| {
            let of = promise.division;
            of.is_some_and(|of| of.as_str().starts_with(division.prefix()))
        });
    }
    Ok(found)
}

pub(super) fn few_enough(found: usize) -> Result<(), Problem> {
    if found <= SOURCES_MAX {
        return Ok(());
    }
    Err(Problem::field(
        "/division",
        "too-many",
        format!("范围内的储备库或协议超过 {SOURCES_MAX} 个，请缩小范围"),
        format!("more than {SOURCES_MAX} depots or promises are meant; ask for a part of them"),
    ))
}
