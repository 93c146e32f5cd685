//! It was done.
//!
//! **Invariant.** What left is posted against what was held, so that it is never more; the rest is
//! free again. Parts that were kept are new lots that name the disposal, with the owner and the
//! restriction of what they were parts of.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::Capability,
    kernel::{Id, Money, Quantity, Text, kinds},
    stock::{
        Account, Condition, Hold, Kind, Line, Lot, LotFacts, Movement, Outcome, Outside, Purpose,
        Source, heritage,
    },
};

use crate::{
    catalogue::{self, ItemFacts},
    clock::day_at_depots,
    problem::{Faults, Problem},
    scope::Scope,
    stock::{
        columns,
        ledger::{self, NewLot, Origin},
    },
    uow::{Command, Permission, Uow},
};

use super::{
    Count, Draw, Held, Paper, drawing::Asked, places, queries, signature, wire::DisposalView,
};

// Papers that name a day are not held against anybody.
const DATED_BEFORE_APPROVAL_MAX: TimeDelta = TimeDelta::days(1);

/// Says what came of a disposal.
#[derive(Debug, Clone)]
pub(crate) struct CarryOutDisposal {
    pub(crate) disposal: Id<kinds::Disposal>,
    pub(crate) paper: Paper,
    pub(crate) done: Done,
    /// What left; all that is held, if absent. Each names its lot.
    pub(crate) lines: Option<Vec<Draw>>,
}

/// What was done.
#[derive(Debug, Clone)]
pub(crate) enum Done {
    Destroyed,
    PartsReused(Vec<PartLine>),
    Auctioned(Money),
    ReturnedToMaker,
}

/// Parts that were kept, a new lot.
#[derive(Debug, Clone)]
pub(crate) struct PartLine {
    /// The id of the lot, if the client made one.
    pub(crate) lot: Option<Id<kinds::Lot>>,
    pub(crate) item: Id<kinds::Item>,
    pub(crate) count: Count,
    pub(crate) condition: Condition,
    /// The depot's main zone, if absent.
    pub(crate) zone: Option<Id<kinds::Zone>>,
    pub(crate) remark: Option<Text<500>>,
}

impl Command for CarryOutDisposal {
    type Output = DisposalView;
    const NAME: &'static str = "stock.carry_out_disposal";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["assessed_by", "counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DisposalView, Problem> {
        let held = Held::lock(uow, self.disposal).await?;
        held.by_keeper(uow).await?;
        let parts_movement = uow.id();
        let (outcome, parts) = match &self.done {
            Done::Destroyed => (Outcome::Destroyed, &[][..]),
            Done::ReturnedToMaker => (Outcome::ReturnedToMaker, &[][..]),
            Done::Auctioned(proceeds) => {
                let proceeds = *proceeds;
                (Outcome::Auctioned { proceeds }, &[][..])
            }
            Done::PartsReused(lines) => {
                let parts = parts_movement;
                (Outcome::PartsReused { parts }, lines.as_slice())
            }
        };
        let state = held.disposal.carry_out(signature(uow), outcome);
        let state = state.map_err(|error| held.refused(error))?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        not_before_approval(&held, occurred_at)?;
        let parts = checked(uow, &held, parts).await?;
        let taken = self.taken(uow, &held).await?;
        let papers = self.paper.papers(occurred_at);
        let movement = to_loss(id, &held, &taken).map_err(Problem::internal)?;
        ledger::post_reserved(uow, held.reservation(), &movement, &papers).await?;
        if !parts.is_empty() {
            let kept = Kept {
                held: &held,
                taken: &taken,
                occurred_at,
            };
            let (lots, lines) = kept.of(uow, parts).await?;
            ledger::create_lots(uow, &lots).await?;
            let movement = Movement::new(parts_movement, held.depot(), Kind::Receipt, lines);
            let movement = movement.map_err(Problem::internal)?;
            ledger::post(uow, &movement, &papers).await?;
        }
        held.save(uow, &state, Some(id)).await
    }
}

impl CarryOutDisposal {
    async fn taken(&self, uow: &Uow<'_>, held: &Held) -> Result<Vec<Hold>, Problem> {
        let Some(draws) = &self.lines else {
            let reservation = held.reservation();
            let row = queries::reservation_row(uow.db(), &Scope::Everything, reservation).await?;
            let lines = queries::reservation_lines(uow.db(), std::slice::from_ref(&row)).await?;
            return Ok(columns::reservation(&row, &lines)?.holds().to_vec());
        };
        let asked = Asked {
            depot: held.depot(),
            owner: None,
            draws,
            purpose: &Purpose::default(),
            day: day_at_depots(uow.now()),
        };
        asked.resolve(uow).await
    }
}

// What is done before the owner agreed was not approved.
fn not_before_approval(held: &Held, occurred_at: DateTime<Utc>) -> Result<(), Problem> {
    let approved_at = held.row.approved_at;
    if approved_at.is_some_and(|at| occurred_at + DATED_BEFORE_APPROVAL_MAX < at) {
        return Err(Problem::field(
            "/occurred_at",
            "out-of-order",
            "不得早于物权单位的批准",
            "is before the owner agreed",
        ));
    }
    Ok(())
}

fn to_loss(
    id: Id<kinds::Movement>,
    held: &Held,
    taken: &[Hold],
) -> Result<Movement, domain::stock::MovementError> {
    let depot = held.depot();
    let lines = taken.iter().map(|hold| Line {
        lot: hold.lot,
        condition: hold.condition,
        quantity: hold.quantity,
        from: hold.key(depot).account,
        to: Account::Outside {
            depot,
            side: Outside::Loss,
        },
    });
    Movement::new(id, depot, Kind::Disposal, lines.collect())
}

// A part and what its line refers to.
type CheckedPart<'a> = (&'a PartLine, Quantity, Id<kinds::Zone>);

async fn checked<'a>(
    uow: &Uow<'_>,
    held: &Held,
    parts: &'a [PartLine],
) -> Result<Vec<CheckedPart<'a>>, Problem> {
    let items: BTreeSet<_> = parts.iter().map(|part| part.item).collect();
    let items: Vec<_> = items.into_iter().collect();
    let items = catalogue::item_facts(uow.db(), &items).await?;
    let zones = places::Zones::of(uow, held.depot()).await?;
    let main = zones.main()?;
    let mut faults = Faults::default();
    let mut seen = BTreeSet::new();
    let mut checked = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let at = |member: &str| format!("/parts/{number}/{member}");
        let zone = part.zone.unwrap_or(main);
        zones.check(&mut faults, at("zone_id"), zone);
        if part.lot.is_some_and(|lot| !seen.insert(lot)) {
            faults.note(
                at("lot_id"),
                "repeated",
                "每行须是一个新批次",
                "every line is a lot of its own",
            );
        }
        let quantity = counted(part, &items, &at, &mut faults);
        checked.extend(quantity.map(|quantity| (part, quantity, zone)));
    }
    faults.finish(Some(checked))
}

fn counted(
    part: &PartLine,
    items: &BTreeMap<Id<kinds::Item>, ItemFacts>,
    at: &impl Fn(&str) -> String,
    faults: &mut Faults,
) -> Option<Quantity> {
    let item = faults.take(at("item_id"), catalogue::known(items, part.item))?;
    match part.count.in_base(&item.units) {
        Ok(quantity) => Some(quantity),
        Err((field, fault)) => faults.take(at(field), Err(fault)),
    }
}

// What is kept of the goods that left.
struct Kept<'a> {
    held: &'a Held,
    taken: &'a [Hold],
    occurred_at: DateTime<Utc>,
}

impl Kept<'_> {
    // The new lots, and the lines that put them on the shelves. What a part is worth, nobody can
    // say.
    async fn of(
        &self,
        uow: &Uow<'_>,
        parts: Vec<CheckedPart<'_>>,
    ) -> Result<(Vec<NewLot>, Vec<Line>), Problem> {
        let depot = self.held.depot();
        let taken: Vec<_> = self.taken.iter().map(|hold| hold.lot).collect();
        let taken = queries::lots_by_id(uow.db(), &Scope::Everything, &taken).await?;
        let bound = taken.values().map(columns::heritage);
        let bound = bound.collect::<Result<Vec<_>, _>>()?;
        let heritage = heritage(&bound).map_err(Problem::internal)?;
        let (mut lots, mut lines) = (Vec::new(), Vec::new());
        for (part, quantity, zone) in parts {
            let facts = LotFacts {
                item: part.item,
                owner: Id::from_uuid(self.held.row.owner_id),
                source: Source::Disposal,
                donor: heritage.donor.clone(),
                batch: None,
                maker: None,
                produced_on: None,
                expires_on: None,
                unit_value: None,
                restriction: heritage.restriction.clone(),
            };
            let lot = Lot::new(facts, day_at_depots(self.occurred_at));
            let id = part.lot.unwrap_or_else(|| uow.id());
            lots.push(NewLot {
                id,
                depot,
                lot: lot.map_err(Problem::internal)?,
                remark: part.remark.clone(),
                origin: Origin::Disposal(self.held.id()),
            });
            lines.push(Line {
                lot: id,
                condition: part.condition,
                quantity,
                from: Account::Outside {
                    depot,
                    side: Outside::Source,
                },
                to: Account::Zone { depot, zone },
            });
        }
        Ok((lots, lines))
    }
}
