//! What depots and suppliers could send: the ground of every look ahead.
//!
//! **Invariant.** A fixed number of statements, whatever is asked: depots, lots, shelves, levels, and
//! the promises with what belongs to them. Goods count that are usable, in date today, not recalled,
//! fit for the purpose, promised to nobody, and in a depot that lets goods out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    depots::StockLevels,
    kernel::{
        Id,
        kinds::{Depot, Item},
    },
    stock::Availability,
    virtual_warehouse::{Holding, Origin, Ready},
};
use sea_orm::ConnectionTrait;

use crate::{
    agreements::{Promise, PromiseSelection, promises},
    clock::day_at_depots,
    depots::{self, DepotFacts, DepotSelection},
    dispatch::coming_to_depots,
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
    levels: BTreeMap<(Id<Depot>, Id<Item>), StockLevels>,
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
            kept: sending.keeps.of(levels.get(&(depot, item))),
            ..Holding::now(Origin::Depot(depot), item, lots, sending.handling_min)
        })
        .collect();
    let promises = promised(db, scope, sending, day).await?;
    holdings.extend(promises.iter().map(|promise| {
        let origin = Origin::Agreement(promise.agreement);
        let ready_min = promise.response_h.saturating_mul(60);
        let ready_min = u32::try_from(ready_min).unwrap_or(u32::MAX);
        Holding::now(
            origin,
            promise.item,
            vec![(None, promise.promised)],
            ready_min,
        )
    }));
    Ok(Sources {
        depots,
        promises,
        levels,
        holdings,
    })
}

impl Sources {
    /// Adds what is on its way to the depots, ready to leave there once it has arrived: two
    /// statements. What nobody said a time for, and what is overdue, does not count.
    pub(super) async fn add_coming(
        &mut self,
        db: &impl ConnectionTrait,
        scope: &Scope,
        sending: &Sending,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let day = day_at_depots(now);
        let coming = coming_to_depots(db, scope, &sending.items, now).await?;
        let mut ready: BTreeMap<(Id<Depot>, Id<Item>), Vec<Ready>> = BTreeMap::new();
        for coming in coming {
            let is_owned = sending.owner.is_none_or(|owner| owner == coming.owner);
            let lets_out =
                (self.depots.get(&coming.to)).is_some_and(|depot| depot.state.accepts_issues());
            let is_fit =
                coming.fitness.availability(day, &sending.purpose) == Availability::Available;
            if !is_owned || !lets_out || !is_fit {
                continue;
            }
            // A minute that has begun has not passed.
            let minutes = (coming.due_at - now).num_seconds().saturating_add(59) / 60;
            let at_min = u32::try_from(minutes).unwrap_or(u32::MAX);
            let lots = vec![(coming.fitness.expires_on, coming.quantity)];
            ready
                .entry((coming.to, coming.item))
                .or_default()
                .push(Ready {
                    at_min: at_min.saturating_add(sending.handling_min),
                    lots,
                });
        }
        for holding in &mut self.holdings {
            if let Origin::Depot(depot) = holding.origin {
                let more = ready.remove(&(depot, holding.item));
                holding.ready.extend(more.unwrap_or_default());
            }
        }
        let fresh = ready.into_iter().map(|((depot, item), ready)| Holding {
            origin: Origin::Depot(depot),
            item,
            ready,
            kept: sending.keeps.of(self.levels.get(&(depot, item))),
        });
        self.holdings.extend(fresh);
        Ok(())
    }
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
