//! Sealed days measured against the journal and the ledger.
//!
//! **Invariant.** Each day says what its entry says, the depots of each day have its root, and what
//! each depot was sealed with last is what the ledger says of that day. So whoever changes any column
//! of a day changes a hash, and whoever rewrites the ledger parts from what was sealed.

use std::collections::BTreeMap;

use domain::{
    journal::CryptoSuite,
    kernel::{Id, kinds},
    sealed_days::{SealedDepots, day_root},
};
use sea_orm::DatabaseTransaction;

use super::{
    commands::SealDay,
    queries,
    rows::{sealed_day, sealed_depot},
    wire::SealedDayView,
};
use crate::{
    journal,
    problem::Problem,
    uow::Command as _,
    verify::{Finding, NAMED_MAX},
};

const I3: &str = "I3";

/// Checks all days, and with `whole` what they say of the ledger, too.
pub(crate) async fn days(
    snapshot: &DatabaseTransaction,
    whole: bool,
) -> Result<Vec<Finding>, Problem> {
    let days = queries::all_days(snapshot).await?;
    let mut findings = Vec::new();
    if whole {
        let said = journal::count_of(snapshot, SealDay::NAME).await?;
        if said != days.len() as u64 {
            let what = format!(
                "the journal sealed {said} days, and {} are there",
                days.len()
            );
            findings.push(Finding::new(I3, what));
        }
    }
    if days.is_empty() {
        return Ok(findings);
    }
    let suite = journal::suite(snapshot).await?;
    let entries = journal::bodies(snapshot, days.iter().map(|day| day.journal_id)).await?;
    let (mut depots, mut latest) = (SealedDepots::new(), BTreeMap::new());
    for day in &days {
        for row in queries::sealed_on(snapshot, &day.day).await? {
            let depot = Id::from_uuid(row.depot_id);
            match queries::sealed(suite, &row) {
                Ok(sealed) => drop(depots.insert(depot, sealed)),
                Err(_) => drop(depots.remove(&depot)),
            }
            latest.insert(depot, (row, day));
        }
        let entry = entries.get(&day.journal_id);
        findings.extend(fault(suite, day, entry, &depots));
    }
    if whole {
        findings.extend(of_ledger(snapshot, suite, latest).await?);
    }
    if findings.len() > NAMED_MAX {
        findings.truncate(NAMED_MAX);
        findings.push(Finding::new(I3, "… and more of the same"));
    }
    Ok(findings)
}

fn fault(
    suite: CryptoSuite,
    day: &sealed_day::Model,
    entry: Option<&(String, String)>,
    depots: &SealedDepots,
) -> Option<Finding> {
    let said = entry
        .filter(|(command, _)| command == SealDay::NAME)
        .and_then(|(_, body)| serde_json::from_str::<SealedDayView>(body).ok());
    let what = if said != Some(SealedDayView::of(day.clone())) {
        "is not what the journal says of it"
    } else if day_root(suite, depots).to_string() != day.root {
        "has other balances than were sealed"
    } else {
        return None;
    };
    Some(Finding::new(I3, format!("the day {} {what}", day.day)))
}

async fn of_ledger(
    snapshot: &DatabaseTransaction,
    suite: CryptoSuite,
    latest: BTreeMap<Id<kinds::Depot>, (sealed_depot::Model, &sealed_day::Model)>,
) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for (depot, (row, day)) in latest {
        let balances = queries::balances_of(snapshot, &row, day).await;
        let is = balances.map(|balances| balances.sealed(suite)).ok();
        if is.is_none() || is != queries::sealed(suite, &row).ok() {
            let what = format!(
                "{depot}: the ledger does not say what was sealed of {}",
                row.day
            );
            findings.push(Finding::new(I3, what));
        }
        if findings.len() > NAMED_MAX {
            break;
        }
    }
    Ok(findings)
}
