//! Who could lend what to whom in time.
//!
//! **Invariant.** A fixed number of statements, whatever the number of depots: what is short, what
//! the others have, and the ways between them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    kernel::{
        Id,
        kinds::{Depot, Item},
    },
    stock::Purpose,
    virtual_warehouse::{Lack, Loan, Origin, Shortfall, Surplus, loans},
};
use sea_orm::ConnectionTrait;

use crate::{
    app::App,
    catalogue::ItemFacts,
    depots::{self, DepotFacts, DepotSelection, LevelSelection, levels_short},
    problem::Problem,
    scope::Scope,
    stock::free_at,
};

use super::{
    super::wire::{Keeps, LackView, MutualAidFilter, MutualAidView, PossibleLoanView, Sending},
    depots_called, items_called, known,
    levels::{LOOKED_AT_MAX, lack},
    sources::sources,
    travel::travel,
};

/// Every loan that would be there in time, and what nobody can lend.
pub(in crate::virtual_warehouse) async fn mutual_aid(
    app: &App,
    scope: &Scope,
    filter: &MutualAidFilter,
    day: NaiveDate,
) -> Result<MutualAidView, Problem> {
    let db = app.db.read();
    let depots = DepotSelection {
        organisation: filter.organisation_id,
        ..DepotSelection::default()
    };
    let lacks = lacks(db, scope, filter, depots.clone(), day).await?;
    let items: BTreeSet<_> = lacks.iter().map(|lack| lack.item).collect();
    let sending = Sending {
        depots,
        items: items.iter().copied().collect(),
        owner: None,
        purpose: Purpose::default(),
        keeps: Keeps::Minima,
        handling_min: 0,
    };
    let found = sources(db, scope, &sending, day).await?;
    let surpluses: Vec<_> = found
        .holdings
        .iter()
        .filter_map(|holding| {
            let Origin::Depot(depot) = holding.origin else {
                return None;
            };
            Some(Surplus {
                depot,
                organisation: found.depots.get(&depot)?.organisation_id,
                item: holding.item,
                spare: holding.free_on(day),
            })
        })
        .collect();
    let borrowers = depots_called(db, lacks.iter().map(|lack| lack.depot)).await?;
    let mut shortfalls = Vec::new();
    for lack in &lacks {
        shortfalls.push(Shortfall {
            depot: lack.depot,
            organisation: known(&borrowers, lack.depot)?.organisation_id,
            item: lack.item,
            missing: lack.missing,
        });
    }
    let lenders: BTreeSet<_> = surpluses.iter().map(|surplus| surplus.depot).collect();
    let lenders = lenders.iter().filter_map(|id| found.depots.get(id));
    let ways = ways(app, lenders, &borrowers).await?;
    let way = |from: Id<Depot>, to: Id<Depot>| ways.get(&to)?.get(&Origin::Depot(from)).copied();
    let within_h = filter.within_h();
    let loans = loans(&surpluses, &shortfalls, way, within_h.saturating_mul(60));
    let names = Names {
        items: items_called(db, items.into_iter()).await?,
        lenders: &found.depots,
        borrowers: &borrowers,
    };
    names.view(within_h, &loans, &shortfalls)
}

// What depots lack of their minima.
async fn lacks(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &MutualAidFilter,
    depots: DepotSelection,
    day: NaiveDate,
) -> Result<Vec<Lack>, Problem> {
    let selection = LevelSelection {
        depots: DepotSelection {
            division: filter.to_division()?,
            ..depots
        },
        item: filter.item_id,
        standing: None,
    };
    let there = |depot, item| free_at(depot, item, day);
    let short = levels_short(db, scope, selection, there, LOOKED_AT_MAX + 1).await?;
    if short.len() as u64 > LOOKED_AT_MAX {
        return Err(too_many());
    }
    short.iter().map(lack).collect()
}

// How long it takes to each borrower from each lender, as well as it is known where they stand.
async fn ways<'a>(
    app: &App,
    lenders: impl Iterator<Item = &'a DepotFacts>,
    borrowers: &BTreeMap<Id<Depot>, DepotFacts>,
) -> Result<BTreeMap<Id<Depot>, BTreeMap<Origin, u32>>, Problem> {
    let db = app.db.read();
    let placed = depots::places(db, borrowers.values()).await?;
    let points: Vec<_> = placed.values().map(|(place, _)| *place).collect();
    let travel = travel(app, lenders, &[], &points).await;
    let travel = travel.map_err(|problem| {
        if problem.is_refusal() {
            too_many()
        } else {
            problem
        }
    })?;
    let numbered = placed.keys().zip(0_usize..);
    Ok(numbered
        .map(|(depot, number)| (*depot, travel.to_nearest(&[number])))
        .collect())
}

fn too_many() -> Problem {
    Problem::field(
        "organisation_id",
        "too-many",
        "范围过大，请按下级单位、区划或单个物资查询",
        "too many depots or levels are meant: ask for a part or for one item",
    )
    .of_query()
}

struct Names<'a> {
    items: BTreeMap<Id<Item>, ItemFacts>,
    lenders: &'a BTreeMap<Id<Depot>, DepotFacts>,
    borrowers: &'a BTreeMap<Id<Depot>, DepotFacts>,
}

impl Names<'_> {
    fn view(
        &self,
        within_h: u32,
        loans: &[Loan],
        shortfalls: &[Shortfall],
    ) -> Result<MutualAidView, Problem> {
        let helped: BTreeSet<_> = loans.iter().map(|loan| (loan.to, loan.item)).collect();
        let is_alone = |lack: &&Shortfall| !helped.contains(&(lack.depot, lack.item));
        let alone = shortfalls.iter().filter(is_alone);
        let loans = loans.iter().map(|loan| self.loan(loan));
        Ok(MutualAidView {
            within_h,
            loans: loans.collect::<Result<_, _>>()?,
            without_help: alone
                .map(|lack| self.lack(lack))
                .collect::<Result<_, _>>()?,
        })
    }

    fn loan(&self, loan: &Loan) -> Result<PossibleLoanView, Problem> {
        let item = known(&self.items, loan.item)?;
        let from = known(self.lenders, loan.from)?;
        let to = known(self.borrowers, loan.to)?;
        Ok(PossibleLoanView {
            item_id: item.id,
            item_name: item.name.clone(),
            base_unit: item.units.base().as_str().to_owned(),
            from_depot_id: from.id,
            from_depot_name: from.name.clone(),
            from_organisation_id: from.organisation_id,
            to_depot_id: to.id,
            to_depot_name: to.name.clone(),
            to_organisation_id: to.organisation_id,
            travel_min: loan.minutes,
            possible: loan.possible,
            proposed: loan.proposed,
        })
    }

    fn lack(&self, lack: &Shortfall) -> Result<LackView, Problem> {
        let item = known(&self.items, lack.item)?;
        let depot = known(self.borrowers, lack.depot)?;
        Ok(LackView {
            depot_id: depot.id,
            depot_name: depot.name.clone(),
            item_id: item.id,
            item_name: item.name.clone(),
            base_unit: item.units.base().as_str().to_owned(),
            missing: lack.missing,
        })
    }
}
