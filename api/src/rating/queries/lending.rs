//! What other depots could lend to close the gaps of one.
//!
//! **Invariant.** Of depots that the caller sees, and of those under the society above, which would
//! arrange the loan: of these a caller who does not see them learns their names, how far they are and
//! what would close the gap, and not what else they have. It is read and nothing is promised: who
//! wants the goods asks for them. Some twenty statements, however many depots there are.

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
    facts::{known, rated},
    grades::{DEPOTS_MAX, judged},
};
use crate::{
    catalogue,
    depots::{self, DepotFacts, DepotSelection},
    organisations,
    problem::Problem,
    scope::Scope,
};

// As many are worth a call.
const LENDERS_MAX: usize = 20;

struct Named {
    id: Id<Depot>,
    name: String,
    is_seen: bool,
}

// Whose depots are asked, and what the society above is called.
struct Pool {
    scope: Scope,
    above: Option<String>,
}

impl Pool {
    async fn of(
        db: &impl ConnectionTrait,
        scope: &Scope,
        depot: &DepotFacts,
    ) -> Result<Self, Problem> {
        let chain = organisations::above(db, &[depot.organisation_id.uuid()]).await?;
        let mut chain = chain.into_values().flatten();
        let above = chain.find(|(_, depth)| *depth == 1).map(|(id, _)| id);
        let Some(above) = above else {
            return Ok(Self {
                scope: scope.clone(),
                above: None,
            });
        };
        let mut names = organisations::names(db, &[above]).await?;
        let scope = match scope {
            Scope::Everything => Scope::Everything,
            Scope::Subtrees(roots) => {
                Scope::Subtrees(roots.iter().copied().chain([above]).collect())
            }
        };
        Ok(Self {
            scope,
            above: names.remove(&above),
        })
    }
}

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
    let pool = Pool::of(db, scope, depot).await?;
    let selection = rated(DepotSelection {
        at_most: Some(DEPOTS_MAX),
        ..DepotSelection::default()
    });
    let mut others = known(db, &pool.scope, &selection, rule_set, now).await?;
    others.retain(|other| other.depot.id != depot.id && other.depot.state.accepts_issues());
    let items = catalogue::find_items(db, missing.iter().map(String::as_str)).await?;
    let items: BTreeMap<String, Id<Item>> = items
        .into_iter()
        .filter_map(|(text, found)| Some((text, *found.first()?)))
        .collect();
    let kept =
        depots::kept_levels(db, &selection.ids(&pool.scope), items.values().copied()).await?;
    let custodians: Vec<_> = others
        .iter()
        .map(|other| other.depot.organisation_id.uuid())
        .collect();
    let seen = organisations::within(db, scope, &custodians).await?;
    let mut offers = Offers::default();
    for other in &others {
        let evaluation = judged(rule_set, profile, &other.facts)?;
        let is_seen = seen.contains(&other.depot.organisation_id.uuid());
        for (item, id) in items.iter().filter(|(item, _)| missing.contains(*item)) {
            let kept = kept.get(&(other.depot.id, *id)).copied().unwrap_or(0);
            let spare = spare(rule_set, &other.facts, &evaluation, item, kept);
            offers.note(item, depot, (&other.depot, is_seen), spare);
        }
    }
    view.lend(others.len(), pool.above.as_deref(), |item, missing| {
        offers.views(item, missing)
    });
    Ok(())
}

// Who could lend how much of which item.
#[derive(Default)]
struct Offers {
    lenders: BTreeMap<String, Vec<Lender<String>>>,
    named: BTreeMap<String, Named>,
}

impl Offers {
    fn note(
        &mut self,
        item: &str,
        to: &DepotFacts,
        (from, is_seen): (&DepotFacts, bool),
        spare: i64,
    ) {
        if spare <= 0 {
            return;
        }
        let places = to.place.zip(from.place);
        let lenders = self.lenders.entry(item.to_owned()).or_default();
        lenders.push(Lender {
            depot: from.code.clone(),
            distance_km: places.map(|(here, there)| here.distance_km(there)),
            spare,
        });
        let named = Named {
            id: from.id,
            name: from.name.clone(),
            is_seen,
        };
        self.named.insert(from.code.clone(), named);
    }

    fn views(&self, item: &str, missing: i64) -> Vec<LenderView> {
        let lenders = self.lenders.get(item).cloned().unwrap_or_default();
        let loans = loans(missing, lenders).into_iter().take(LENDERS_MAX);
        let views = loans.filter_map(|loan| {
            let named = self.named.get(&loan.lender.depot)?;
            Some(LenderView {
                depot_id: named.id,
                depot_code: loan.lender.depot.clone(),
                depot_name: named.name.clone(),
                distance_km: loan
                    .lender
                    .distance_km
                    .map(|far| (far * 10.0).round() / 10.0),
                spare: named.is_seen.then_some(loan.lender.spare),
                quantity: loan.quantity,
            })
        });
        views.collect()
    }
}
