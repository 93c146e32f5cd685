//! What became of needs.
//!
//! **Invariant.** The figures are sums over the lines of orders, and of what was called off from suppliers
//! for the sites: nothing is kept twice.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    agreements::Direct,
    dispatch::{
        direct::{self, Missing},
        order::LineAccount,
    },
    incidents::{Substitute, SubstituteRate},
    kernel::{Id, kinds},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    agreements,
    dispatch::{
        queries::account,
        rows::order_line,
        wire::{NeedProgressView, ProgressView, SubstituteProgressView},
    },
    http::{Page, PageQuery},
    incidents::{self, NeedFilter, NeedView},
    problem::Problem,
    scope::{Scope, parts},
    storage::VALUES_A_STATEMENT,
};

/// The needs of an incident with what became of each: a fixed number of statements.
pub(in crate::dispatch) async fn needs(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    filter: &NeedFilter,
    page: &PageQuery,
) -> Result<Page<NeedProgressView>, Problem> {
    let needs = incidents::needs(db, scope, incident, filter, page).await?;
    let ids: Vec<_> = needs.items.iter().map(|need| need.id).collect();
    let mut progress = progress(db, &ids).await?;
    Ok(Page {
        items: needs
            .items
            .into_iter()
            .map(|need| with_progress(need, &mut progress))
            .collect(),
        next_cursor: needs.next_cursor,
    })
}

/// One need with what became of it.
pub(in crate::dispatch) async fn need(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Need>,
) -> Result<NeedProgressView, Problem> {
    let need = incidents::need(db, scope, id).await?;
    let mut progress = progress(db, &[id]).await?;
    Ok(with_progress(need, &mut progress))
}

fn with_progress(
    need: NeedView,
    progress: &mut BTreeMap<Id<kinds::Need>, ProgressView>,
) -> NeedProgressView {
    let progress = progress.remove(&need.id).unwrap_or_default();
    NeedProgressView { need, progress }
}

/// How much of each need is in orders, on the road, received and lost, and how much of it suppliers
/// bring: three statements, and six more where they bring anything to the sites.
pub(in crate::dispatch) async fn progress(
    db: &impl ConnectionTrait,
    needs: &[Id<kinds::Need>],
) -> Result<BTreeMap<Id<kinds::Need>, ProgressView>, Problem> {
    let mut progress = by_orders(db, needs).await?;
    for (need, direct) in by_suppliers(db, needs, &progress).await? {
        let sum = progress.entry(need).or_default();
        sum.brought = direct.brought;
        sum.called_off = direct.called_off;
    }
    Ok(progress)
}

async fn by_orders(
    db: &impl ConnectionTrait,
    needs: &[Id<kinds::Need>],
) -> Result<BTreeMap<Id<kinds::Need>, ProgressView>, Problem> {
    let mut sums: BTreeMap<_, Sums> = BTreeMap::new();
    let mut substitutes = incidents::substitutes_of(db, needs).await?;
    for needs in needs.chunks(VALUES_A_STATEMENT) {
        // Who sees a need is told how far it is answered, by whomever.
        let lines = parts::<order_line::Entity>()
            .filter(order_line::Column::NeedId.is_in(needs.iter().map(|id| id.uuid())))
            .all(db)
            .await?;
        for line in lines {
            let Some(need) = line.need_id.map(Id::from_uuid) else {
                continue;
            };
            let list = substitutes.get(&need).map_or(&[][..], Vec::as_slice);
            let item = Id::from_uuid(line.item_id);
            let sums = sums.entry(need).or_default();
            let is_instead = list.iter().any(|it| it.item == item);
            let sum = match is_instead {
                true => sums.instead.entry(item).or_default(),
                false => &mut sums.own,
            };
            sum.add(&account(&line));
        }
    }
    let told = sums.into_iter().map(|(need, sums)| {
        let list = substitutes.remove(&need).unwrap_or_default();
        (need, sums.told(&list))
    });
    Ok(told.collect())
}

// What lines of orders say of one item for one need.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    ordered: i64,
    on_the_road: i64,
    received: i64,
    lost: i64,
    recalled: i64,
}

// What they say of the item that is wanted, and of each that goes instead.
#[derive(Debug, Default)]
struct Sums {
    own: Sum,
    instead: BTreeMap<Id<kinds::Item>, Sum>,
}

impl Sum {
    fn add(&mut self, line: &LineAccount) {
        self.ordered += line.ordered();
        self.on_the_road += line.on_the_road();
        self.received += line.received;
        self.lost += line.lost;
        self.recalled += line.recalled;
    }

    // The whole units for which it stands. What is left of a group of which a part is lost stands for
    // less, so the loss is what it takes from the whole.
    fn worth(self, rate: SubstituteRate) -> Self {
        let ordered = rate.worth(self.ordered);
        Self {
            ordered,
            on_the_road: rate.worth(self.on_the_road),
            received: rate.worth(self.received),
            lost: ordered - rate.worth(self.ordered - self.lost),
            recalled: rate.worth(self.recalled),
        }
    }
}

impl Sums {
    fn told(self, substitutes: &[Substitute]) -> ProgressView {
        let mut told = ProgressView::default();
        let mut add = |sum: Sum| {
            told.ordered += sum.ordered;
            told.on_the_road += sum.on_the_road;
            told.received += sum.received;
            told.lost += sum.lost;
            told.recalled += sum.recalled;
        };
        add(self.own);
        let mut instead = Vec::new();
        for substitute in substitutes {
            if let Some(sum) = self.instead.get(&substitute.item) {
                let worth = sum.worth(substitute.rate);
                add(worth);
                instead.push(SubstituteProgressView {
                    item_id: substitute.item,
                    ordered: sum.ordered,
                    on_the_road: sum.on_the_road,
                    received: sum.received,
                    lost: sum.lost,
                    recalled: sum.recalled,
                    stands_for: worth.ordered - worth.lost,
                });
            }
        }
        told.substitutes = instead;
        told
    }
}

// What suppliers bring straight to a site answers its needs in their order; so all of them are looked
// at, and not only those that are asked for.
async fn by_suppliers(
    db: &impl ConnectionTrait,
    asked: &[Id<kinds::Need>],
    ordered: &BTreeMap<Id<kinds::Need>, ProgressView>,
) -> Result<BTreeMap<Id<kinds::Need>, Direct>, Problem> {
    let mut brought = BTreeMap::new();
    for needs in asked.chunks(VALUES_A_STATEMENT) {
        let sites = incidents::sites_of_needs(needs);
        brought.extend(agreements::brought_to_sites(db, sites).await?);
    }
    if brought.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sites: BTreeSet<_> = brought.keys().map(|(site, _)| *site).collect();
    let there = incidents::needs_at(db, &sites).await?;
    let asked: BTreeSet<_> = asked.iter().copied().collect();
    let beside = there.iter().map(|need| need.id);
    let beside: Vec<_> = beside.filter(|need| !asked.contains(need)).collect();
    let others = by_orders(db, &beside).await?;
    let mut missing: BTreeMap<_, Vec<Missing>> = BTreeMap::new();
    for need in there {
        let answered = ordered.get(&need.id).or_else(|| others.get(&need.id));
        let quantity = need.quantity.get() - answered.map_or(0, ProgressView::answered);
        missing
            .entry((need.site, need.item))
            .or_default()
            .push(Missing {
                need: need.id,
                priority: need.priority,
                needed_by: need.needed_by,
                quantity,
            });
    }
    let answers = brought.into_iter().flat_map(|(key, direct)| {
        let needs = missing.get(&key).map_or(&[][..], Vec::as_slice);
        direct::answered(needs, direct)
    });
    Ok(answers.filter(|(need, _)| asked.contains(need)).collect())
}
