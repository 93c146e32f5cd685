//! What is known of depots at one moment, for rules to judge.
//!
//! **Invariant.** A fixed number of statements, whatever the number of depots: twenty, and seven more
//! where a rule set asks for people or for what suppliers promise. What no table knows is absent,
//! never zero.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Months, NaiveDate, Utc};
use domain::{
    depots::{Operation, ProfileFacts},
    duties::months_begun,
    kernel::{
        Id,
        kinds::{Depot, Item},
    },
    rating::{Facts, Measure, RuleSet, has_enough_life},
};
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    catalogue::{self, ItemFacts},
    clock::{day_at_depots, start_of_day},
    depots::{self, DepotFacts, DepotSelection},
    disclosure, dispatch, duties, organisations,
    problem::Problem,
    scope::Scope,
    stock::{CountRow, DonatedRow, LotsRow, PileRow, rating_rows},
};

use super::{goods::Asked, kept_in_time::InTime};

/// Papers older than this say nothing of how a depot is kept today.
const PAPERS_MONTHS: u32 = 12;

/// A depot and what is known of it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) depot: DepotFacts,
    pub(crate) facts: Facts,
}

/// The depots that `scope` reaches and `selection` means, by code, with all that `rule_set` asks.
pub(crate) async fn known(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: &DepotSelection,
    rule_set: &RuleSet,
    now: DateTime<Utc>,
) -> Result<Vec<Known>, Problem> {
    let day = day_at_depots(now);
    let found = depots::profiles_where(db, scope, selection).await?;
    let asked = Asked::find(db, rule_set, day).await?;
    let people = people(db, rule_set, &found).await?;
    let first = first_of_papers(day);
    let since = start_of_day(first);
    let items = asked.ids();
    let depots = selection.ids(scope);
    let rows = rating_rows(db, &depots, &items, day, since).await?;
    let stocked = rows.lots.iter().map(|row| Id::from_uuid(row.item_id));
    let mut wanted: BTreeSet<Id<Item>> = items.iter().copied().collect();
    wanted.extend(stocked);
    let wanted: Vec<_> = wanted.into_iter().collect();
    let items = catalogue::item_facts(db, &wanted).await?;
    let categories =
        catalogue::category_names(db, items.values().map(|item| item.category_id)).await?;
    let mut in_time = InTime {
        papers: rows.papers,
        orders: dispatch::order_times(db, &depots, since, now).await?,
        gifts: disclosure::gift_rows(db, &depots, since).await?,
        duties: duties::duty_facts(db, &depots, first, now).await?,
        day,
        now,
    }
    .by_depot()?;

    let mut of = Rows::default();
    by_depot(&mut of.piles, rows.piles, |row| row.depot_id);
    by_depot(&mut of.lots, rows.lots, |row| row.depot_id);
    by_depot(&mut of.donated, rows.donated, |row| row.depot_id);
    by_depot(&mut of.counts, rows.counts, |row| row.depot_id);
    found
        .into_iter()
        .map(|(depot, profile)| {
            let id = depot.id.uuid();
            let mut readings = of_profile(&profile, day);
            let lots = of.lots.remove(&id).unwrap_or_default();
            of_lots(&mut readings, &lots, &items);
            let donated = of.donated.remove(&id).unwrap_or_default();
            of_donations(&mut readings, &donated)?;
            of_counts(
                &mut readings,
                &of.counts.remove(&id).unwrap_or_default(),
                day,
            );
            in_time.read(&mut readings, id);
            let piles = of.piles.remove(&id).unwrap_or_default();
            let stock = asked.stock(&depot, &piles, &items, &categories)?;
            let facts = Facts {
                as_of: now,
                day,
                depot_level: depot.level,
                readings,
                stock,
                population: people.get(&depot.organisation_id.uuid()).copied(),
                weekday_years: in_time.weekday_years.clone(),
                stated: BTreeMap::new(),
                waived: BTreeMap::new(),
            };
            Ok(Known { depot, facts })
        })
        .collect()
}

fn first_of_papers(day: NaiveDate) -> NaiveDate {
    day.checked_sub_months(Months::new(PAPERS_MONTHS))
        .unwrap_or(day)
}

// How many people live where the society of each depot works, if a criterion asks for it.
async fn people(
    db: &impl ConnectionTrait,
    rule_set: &RuleSet,
    depots: &[(DepotFacts, ProfileFacts)],
) -> Result<BTreeMap<Uuid, u64>, Problem> {
    let mut criteria = rule_set.parts().criteria.iter();
    if !criteria.any(|criterion| criterion.kind.asks_population()) {
        return Ok(BTreeMap::new());
    }
    let societies: BTreeSet<_> = depots
        .iter()
        .map(|(depot, _)| depot.organisation_id.uuid())
        .collect();
    let societies: Vec<_> = societies.into_iter().collect();
    organisations::people_served(db, &societies).await
}

#[derive(Default)]
struct Rows {
    piles: BTreeMap<Uuid, Vec<PileRow>>,
    lots: BTreeMap<Uuid, Vec<LotsRow>>,
    donated: BTreeMap<Uuid, Vec<DonatedRow>>,
    counts: BTreeMap<Uuid, Vec<CountRow>>,
}

fn by_depot<R>(into: &mut BTreeMap<Uuid, Vec<R>>, rows: Vec<R>, depot: impl Fn(&R) -> Uuid) {
    for row in rows {
        into.entry(depot(&row)).or_default().push(row);
    }
}

fn date(text: &str) -> Result<NaiveDate, Problem> {
    text.parse().map_err(Problem::internal)
}

fn of_profile(profile: &ProfileFacts, day: NaiveDate) -> BTreeMap<Measure, Decimal> {
    let whole = |count: Option<u32>| count.map(Decimal::from);
    let truth = |is: Option<bool>| is.map(|is| Decimal::from(u8::from(is)));
    let age = |on: Option<NaiveDate>| on.map(|on| Decimal::from(months_begun(on, day)));
    [
        (Measure::StorageArea, profile.storage_area_m2),
        (Measure::TotalArea, profile.total_area_m2),
        (Measure::ClearHeight, profile.clear_height_m),
        (Measure::Capacity, profile.capacity_m3),
        (Measure::Storeys, whole(profile.storeys)),
        (Measure::StaffPosts, whole(profile.staff_posts)),
        (Measure::AboveFloodLevel, truth(profile.above_flood_level)),
        (Measure::HeavyLorryAccess, truth(profile.heavy_lorry_access)),
        (Measure::Networked, truth(profile.networked)),
        (Measure::FireCheckAge, age(profile.fire_check_on)),
        (Measure::FireTrainingAge, age(profile.fire_training_on)),
        (Measure::FireDrillAge, age(profile.fire_drill_on)),
    ]
    .into_iter()
    .filter_map(|(measure, value)| Some((measure, value?)))
    .collect()
}

// Hundredths of the whole, rounded down to two decimals, so that only all of it is a hundred.
fn percent(part: i64, whole: i64) -> Option<Decimal> {
    let parts = i128::from(part) * 10_000;
    let hundredths = parts.checked_div(i128::from(whole))?;
    Decimal::try_from_i128_with_scale(hundredths, 2).ok()
}

fn of_lots(
    readings: &mut BTreeMap<Measure, Decimal>,
    rows: &[LotsRow],
    items: &BTreeMap<Id<Item>, ItemFacts>,
) {
    let (mut lots, mut labelled, mut usable, mut expired) = (0, 0, 0_i64, 0_i64);
    for row in rows {
        lots += row.lots;
        usable = usable.saturating_add(row.usable);
        expired = expired.saturating_add(row.expired);
        // Name, quantity, quality and day of entry are always on record; the specification is the
        // item's, and batch, maker and day of production are the lot's.
        let item = items.get(&Id::from_uuid(row.item_id));
        if item.is_some_and(|item| item.is_specified) {
            labelled += row.labelled;
        }
    }
    readings.insert(Measure::ExpiredUsable, expired.into());
    // Rounded up, so that nothing is only where there is none.
    if let Some(fresh) = percent(usable.saturating_sub(expired), usable) {
        readings.insert(Measure::ExpiredShare, Decimal::ONE_HUNDRED - fresh);
    }
    if let Some(share) = percent(labelled, lots) {
        readings.insert(Measure::LabelCompleteness, share);
    }
}

fn of_donations(
    readings: &mut BTreeMap<Measure, Decimal>,
    rows: &[DonatedRow],
) -> Result<(), Problem> {
    let mut short = 0_u32;
    for row in rows {
        let Some(expires_on) = &row.expires_on else {
            continue;
        };
        let produced_on = row.produced_on.as_deref().map(date).transpose()?;
        let entered_on = day_at_depots(row.created_at);
        if !has_enough_life(entered_on, produced_on, date(expires_on)?) {
            short += 1;
        }
    }
    readings.insert(Measure::ShortLifeDonations, short.into());
    Ok(())
}

fn of_counts(readings: &mut BTreeMap<Measure, Decimal>, rows: &[CountRow], day: NaiveDate) {
    let Some(last) = rows.iter().max_by_key(|row| row.ended_at) else {
        return;
    };
    if let Some(ended_at) = last.ended_at {
        let age = months_begun(day_at_depots(ended_at), day);
        readings.insert(Measure::CountAge, age.into());
    }
    if let Some(share) = percent(last.right_first, last.lines) {
        readings.insert(Measure::CountAccuracy, share);
    }
}

/// Of the depots that are meant those that are rated: no stores of suppliers.
pub(super) fn rated(selection: DepotSelection) -> DepotSelection {
    let ways = Operation::ALL.iter().copied();
    DepotSelection {
        operations: Some(ways.filter(|way| way.is_rated()).collect()),
        ..selection
    }
}

/// The depot of this id alone.
pub(crate) fn only(depot: Id<Depot>) -> DepotSelection {
    DepotSelection {
        depot: Some(depot),
        ..DepotSelection::default()
    }
}
