//! Whether the depot lets goods in or out.
//!
//! **Invariant.** A depot that is closed moves nothing; one that is paused lets nothing in or out
//! of its zones, and only says what it found in them; one that is saturated takes nothing in. Kits
//! are put together and taken apart where goods may leave. A correction by reversal is refused only
//! where the books are closed, also those of a depot on whose road it puts goods back.
//!
//! The depot is held when its state is read, so that it is not closed before the goods are in.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    depots::DepotState,
    kernel::{Id, kinds},
    stock::{Account, Kind, Line, Movement, Outside},
};

use crate::{
    depots::{self, DepotFacts},
    problem::{Code, Problem},
    scope::Scope,
    uow::Uow,
};

/// Refuses what the states of the depots do not allow.
pub(super) async fn check(
    uow: &Uow<'_>,
    movements: &[&Movement],
    known: BTreeMap<Id<kinds::Depot>, DepotFacts>,
) -> Result<(), Problem> {
    let depots = movements.iter().flat_map(|movement| touched(movement));
    let unknown = depots.filter(|depot| !known.contains_key(depot));
    let mut states = states(uow, unknown).await?;
    states.extend(known.into_iter().map(|(depot, facts)| (depot, facts.state)));
    for movement in movements {
        let reversal = movement.kind().reverses().is_some();
        for depot in touched(movement) {
            let &state = states.get(&depot).ok_or_else(Problem::not_found)?;
            let open = |line: &Line| {
                if reversal {
                    state != DepotState::Closed
                } else {
                    lets_through(movement.kind(), state, line)
                }
            };
            if !movement.lines().iter().all(open) {
                return Err(shut(depot, state));
            }
        }
    }
    Ok(())
}

// A reversal puts goods back wherever they were, which may be on the road of another depot.
fn touched(movement: &Movement) -> BTreeSet<Id<kinds::Depot>> {
    if movement.kind().reverses().is_none() {
        return BTreeSet::from([movement.depot()]);
    }
    let lines = movement.lines().iter();
    lines
        .flat_map(|line| [line.from.depot(), line.to.depot()])
        .collect()
}

/// Refuses promises that the states of the depots do not let them keep.
pub(super) async fn check_promises(
    uow: &Uow<'_>,
    depots: impl IntoIterator<Item = Id<kinds::Depot>>,
) -> Result<(), Problem> {
    let depots: BTreeSet<_> = depots.into_iter().collect();
    let states = states(uow, depots.iter().copied()).await?;
    for depot in depots {
        let &state = states.get(&depot).ok_or_else(Problem::not_found)?;
        if !state.accepts_issues() {
            return Err(shut(depot, state));
        }
    }
    Ok(())
}

// Depots are held in the order of their ids.
async fn states(
    uow: &Uow<'_>,
    depots: impl IntoIterator<Item = Id<kinds::Depot>>,
) -> Result<BTreeMap<Id<kinds::Depot>, DepotState>, Problem> {
    let depots: BTreeSet<_> = depots.into_iter().collect();
    let depots: Vec<_> = depots.into_iter().collect();
    let held = depots::held_depots(uow.db(), &Scope::Everything, &depots).await?;
    Ok(held
        .into_iter()
        .map(|(id, facts)| (id, facts.state))
        .collect())
}

fn lets_through(kind: Kind, state: DepotState, line: &Line) -> bool {
    if kind == Kind::Conversion {
        // Work, and no mere word about what lies there.
        return state.accepts_issues();
    }
    let is_zone = |account: &Account| matches!(account, Account::Zone { .. });
    match (&line.from, &line.to) {
        // What was counted or found spoiled is a fact, whether or not anything may move.
        (Account::Outside { side, .. }, _) | (_, Account::Outside { side, .. })
            if matches!(side, Outside::CountDifference | Outside::Conversion) =>
        {
            state != DepotState::Closed
        }
        (from, to) if is_zone(from) && is_zone(to) => state.accepts_issues(),
        (_, to) if is_zone(to) => state.accepts_receipts(),
        (from, _) if is_zone(from) => state.accepts_issues(),
        // Off the road and out of the world: the depot has no hand in it.
        _ => true,
    }
}

fn shut(depot: Id<kinds::Depot>, state: DepotState) -> Problem {
    Problem::new(Code::WrongState)
        .with("state", state.name())
        .with("depot_id", depot.to_string())
        .detail(
            "该库当前状态不允许这样收发物资",
            "the state of the depot does not let these goods in or out",
        )
}

#[cfg(test)]
mod tests {
    use domain::{kernel::Quantity, stock::Condition};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_each_state_lets_through() {
        let depot = Id::from_uuid(Uuid::from_u128(1));
        let zone = |number| Account::Zone {
            depot,
            zone: Id::from_uuid(Uuid::from_u128(number)),
        };
        let outside = |side| Account::Outside { depot, side };
        let road = Account::Road {
            depot,
            shipment: Id::from_uuid(Uuid::from_u128(9)),
        };
        // Which of operating, saturated, paused and closed let it through.
        let check_kind = |kind, from, to, expected: &str| {
            let line = Line {
                lot: Id::from_uuid(Uuid::from_u128(5)),
                condition: Condition::Usable,
                quantity: Quantity::new(1).unwrap(),
                from,
                to,
            };
            let answer: String = DepotState::ALL
                .iter()
                .filter(|&&state| lets_through(kind, state, &line))
                .map(|state| state.name().chars().next().unwrap())
                .collect();
            assert_eq!(answer, expected, "{line:?}");
        };
        let check = |from, to, expected| check_kind(Kind::ConditionChange, from, to, expected);
        check_kind(
            Kind::Conversion,
            outside(Outside::Conversion),
            zone(2),
            "os",
        );
        check_kind(
            Kind::Conversion,
            zone(2),
            outside(Outside::Conversion),
            "os",
        );
        check(outside(Outside::Source), zone(2), "o");
        check(outside(Outside::Recipient), zone(2), "o");
        check(road, zone(2), "o");
        check(zone(2), outside(Outside::Recipient), "os");
        check(zone(2), road, "os");
        check(zone(2), zone(3), "os");
        check(zone(2), outside(Outside::Loss), "os");
        check(zone(2), outside(Outside::CountDifference), "osp");
        check(outside(Outside::Conversion), zone(2), "osp");
        check(road, outside(Outside::Recipient), "ospc");
    }
}
