//! What other depots could lend to close the gaps of one.
//!
//! **Invariant.** Of depots that the caller sees alone. It is read and nothing is promised: who wants
//! the goods asks for them. Some twenty statements, however many depots there are.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{
        Id,
        kinds::{Depot, Item},
    },
    rating::{Lender, RuleSet, loans, spare},
};
use sea_orm::ConnectionTrait;

use super::{
    super::wire::{GradeView, LenderView},
    facts::known,
    grades::{DEPOTS_MAX, judged},
};
use crate::{
    catalogue,
    depots::{self, DepotFacts, DepotSelection},
    problem::Problem,
    scope::Scope,
};

// As many are worth a call.
const LENDERS_MAX: usize = 20;

/// Lays beside each missing item who could lend it to `depot`.
pub(super) async fn lend(
    db: &impl ConnectionTrait,
    scope: &Scope,
    view: &mut GradeView,
    depot: &DepotFacts,
    (rule_set, profile): (&RuleSet, Option<&str>),
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let missing = view.missing_items();
    if missing.is_empty() {
        return Ok(());
    }
    let selection = DepotSelection {
        at_most: Some(DEPOTS_MAX),
        ..DepotSelection::default()
    };
    let mut others = known(db, scope, &selection, rule_set, now).await?;
    others.retain(|other| other.depot.id != depot.id && other.depot.state.accepts_issues());
    let items = catalogue::find_items(db, missing.iter().map(String::as_str)).await?;
    let items: BTreeMap<String, Id<Item>> = items
        .into_iter()
        .filter_map(|(text, found)| Some((text, *found.first()?)))
        .collect();
    let kept = depots::kept_levels(db, &selection.ids(scope), items.values().copied()).await?;
    let asked = others.len();
    let mut lenders: BTreeMap<String, Vec<Lender<String>>> = BTreeMap::new();
    let mut names: BTreeMap<String, (Id<Depot>, String)> = BTreeMap::new();
    for other in others {
        let evaluation = judged(rule_set, profile, &other.facts)?;
        let code = &other.depot.code;
        let places = depot.place.zip(other.depot.place);
        for item in &missing {
            let Some(id) = items.get(item) else { continue };
            let kept = kept.get(&(other.depot.id, *id)).copied().unwrap_or(0);
            let spare = spare(rule_set, &other.facts, &evaluation, item, kept);
            if spare > 0 {
                lenders.entry(item.clone()).or_default().push(Lender {
                    depot: code.clone(),
                    distance_km: places.map(|(here, there)| here.distance_km(there)),
                    spare,
                });
            }
        }
        names.insert(code.clone(), (other.depot.id, other.depot.name.clone()));
    }
    view.lend(asked, |item, missing| {
        let lenders = lenders.get(item).cloned().unwrap_or_default();
        let loans = loans(missing, lenders).into_iter().take(LENDERS_MAX);
        let views = loans.filter_map(|loan| {
            let (depot_id, name) = names.get(&loan.lender.depot)?;
            Some(LenderView {
                depot_id: *depot_id,
                depot_code: loan.lender.depot.clone(),
                depot_name: name.clone(),
                distance_km: loan
                    .lender
                    .distance_km
                    .map(|far| (far * 10.0).round() / 10.0),
                spare: loan.lender.spare,
                quantity: loan.quantity,
            })
        });
        views.collect()
    });
    Ok(())
}
