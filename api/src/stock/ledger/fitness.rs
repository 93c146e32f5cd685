//! Whether what leaves may leave.
//!
//! **Invariant.** Goods that were recalled, are not usable, have expired, or are bound to another
//! purpose leave a zone only with an override that says why and who decided it, and only by the
//! word of somebody who may speak for their owner (I9, I10). Goods of others leave only as
//! [`owners`] lets them. What came off the road is not asked again: it was judged when it left.
//! No paper is dated back past an expiry, or to before its goods came in.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{
        Account, Availability, Fitness, Line, Movement, Outside, Purpose, Restriction, Way,
        Withheld,
    },
};
use sea_orm::{
    ColumnTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use serde_json::{Value, json};

use crate::{
    clock::day_at_depots,
    problem::{Code, Problem},
    scope::{Scope, visible},
    uow::Uow,
};

use super::{
    super::{columns, queries, rows},
    Papers, owners,
};

type Lots = BTreeMap<Id<kinds::Lot>, rows::lot::Model>;

// Papers that name a day and clocks of the field that go slow are not held against anybody.
const DATED_BEFORE_RECEIPT_MAX: TimeDelta = TimeDelta::days(1);

/// The decision of whoever runs the command that goods leave although they otherwise may not. They
/// must hold `approve_order` over every owner concerned.
#[derive(Debug, Clone)]
pub(crate) struct Override {
    /// Why.
    pub(crate) reason: Text<500>,
}

/// The day on which goods that leave must be fit: when they left, as the paper says, and also now.
pub(in crate::stock) fn judged_on(uow: &Uow<'_>, occurred_at: Option<DateTime<Utc>>) -> NaiveDate {
    let now = uow.now();
    day_at_depots(occurred_at.map_or(now, |at| std::cmp::max(at, now)))
}

/// What may leave.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// The lots of what leaves.
    pub(super) lots: Lots,
    /// The reason and the name that an override put under it, where one was needed.
    pub(super) overridden: Option<(String, String)>,
}

/// Refuses what may not leave. The owner is not asked about what leaves under a dispatch order.
pub(super) async fn judge(
    uow: &Uow<'_>,
    movement: &Movement,
    papers: &Papers,
    is_ordered: bool,
    known: &Lots,
) -> Result<Judged, Problem> {
    let outward: Vec<_> = movement
        .lines()
        .iter()
        .filter(|line| movement.kind().reverses().is_none() && leaves(line))
        .collect();
    if outward.is_empty() {
        return Ok(Judged::default());
    }
    let lots = lots(uow, outward.iter().map(|line| line.lot), known).await?;
    if !is_ordered {
        let owners = lots.values().map(|lot| lot.owner_id);
        owners::consent(uow, Capability::PostStock, owners).await?;
    }
    not_before_receipt(uow, &lots, papers.occurred_at).await?;
    let day = judged_on(uow, papers.occurred_at);
    let mut withheld = Vec::new();
    let mut owners = Vec::new();
    for line in outward {
        let lot = lots.get(&line.lot).ok_or_else(Problem::not_found)?;
        let mut fitness = columns::fitness(lot, line.condition)?;
        let purpose = papers.purpose.clone().unwrap_or_default();
        if papers.purpose.is_none() {
            fitness.restriction = Restriction::None;
        }
        if let Availability::Withheld(reason) = fitness.availability(day, &purpose) {
            withheld.push(describe(line, reason));
            owners.push(lot.owner_id);
        }
    }
    if withheld.is_empty() {
        return Ok(Judged {
            lots,
            overridden: None,
        });
    }
    match &papers.overriding {
        None => Err(Problem::new(Code::GoodsWithheld).with("withheld", withheld)),
        Some(Override { reason }) => {
            owners.sort_unstable();
            owners.dedup();
            for owner in owners {
                uow.require(Capability::ApproveOrder, owner).await?;
            }
            let word = (reason.as_str().to_owned(), uow.caller().principal());
            Ok(Judged {
                lots,
                overridden: Some(word),
            })
        }
    }
}

/// Refuses a conversion of what is not there yet by the paper, of goods of others without their
/// word, and of what may not go into kits. What goods are bound to, the kits are bound to after
/// them; whether it may serve is asked when they leave.
pub(super) async fn judge_conversion(
    uow: &Uow<'_>,
    movement: &Movement,
    papers: &Papers,
    way: Way,
) -> Result<(), Problem> {
    let taken = || {
        let lines = movement.lines().iter();
        lines.filter(|line| line.from.is_balanced())
    };
    let lots: Vec<_> = taken().map(|line| line.lot).collect();
    let lots = queries::held_lots(uow.db(), &Scope::Everything, &lots).await?;
    let owners = lots.values().map(|lot| lot.owner_id);
    owners::consent(uow, Capability::PostStock, owners).await?;
    not_before_receipt(uow, &lots, papers.occurred_at).await?;
    if way == Way::TakeApart {
        // Expired, damaged or recalled kits are opened for what of them is still good.
        return Ok(());
    }
    let day = judged_on(uow, papers.occurred_at);
    let mut withheld = Vec::new();
    for line in taken() {
        let lot = lots.get(&line.lot).ok_or_else(Problem::not_found)?;
        let fitness = Fitness {
            restriction: Restriction::None,
            ..columns::fitness(lot, line.condition)?
        };
        if let Availability::Withheld(reason) = fitness.availability(day, &Purpose::default()) {
            withheld.push(describe(line, reason));
        }
    }
    if withheld.is_empty() {
        return Ok(());
    }
    Err(Problem::new(Code::GoodsWithheld)
        .with("withheld", withheld)
        .detail(
            "所列物资已过期、被召回或非可用状态，不得装入套装",
            "the goods in `withheld` have expired, were recalled or are not usable: they do not go \
             into kits",
        ))
}

fn leaves(line: &Line) -> bool {
    let out = match line.to {
        Account::Road { .. } => true,
        Account::Outside { side, .. } => matches!(side, Outside::Recipient | Outside::Loan),
        Account::Zone { .. } => false,
    };
    out && matches!(line.from, Account::Zone { .. })
}

// What happened to a lot began with its receipt, whenever that was recorded.
async fn not_before_receipt(
    uow: &Uow<'_>,
    lots: &Lots,
    occurred_at: Option<DateTime<Utc>>,
) -> Result<(), Problem> {
    use rows::{lot, movement, movement_line as line};
    let Some(by) = occurred_at.map(|at| at + DATED_BEFORE_RECEIPT_MAX) else {
        return Ok(());
    };
    let recorded_later: Vec<_> = lots.values().filter(|lot| lot.created_at > by).collect();
    if recorded_later.is_empty() {
        return Ok(());
    }
    let of_line = |column| Expr::col((line::Entity, column));
    let of_movement = |column| Expr::col((movement::Entity, column));
    let there_by_then = Query::select()
        .expr(Expr::val(1))
        .from(line::Entity)
        .inner_join(
            movement::Entity,
            of_movement(movement::Column::DepotId)
                .equals((line::Entity, line::Column::DepotId))
                .and(
                    of_movement(movement::Column::Id)
                        .equals((line::Entity, line::Column::MovementId)),
                ),
        )
        .and_where(of_line(line::Column::LotId).equals((lot::Entity, lot::Column::Id)))
        .and_where(of_movement(movement::Column::OccurredAt).lte(by))
        .to_owned();
    let not_there = visible::<lot::Entity>(&Scope::Everything)
        .filter(lot::Column::Id.is_in(recorded_later.iter().map(|lot| lot.id)))
        .filter(Expr::exists(there_by_then).not())
        .limit(1)
        .one(uow.db())
        .await?;
    match not_there {
        None => Ok(()),
        Some(lot) => {
            let lot: Id<kinds::Lot> = Id::from_uuid(lot.id);
            Err(Problem::field(
                "/occurred_at",
                "out-of-order",
                format!("不得早于批次 {lot} 的入库"),
                format!("is before the receipt of {lot}"),
            ))
        }
    }
}

// The lots of `ids`, of which those that are known are not read again.
async fn lots(
    uow: &Uow<'_>,
    ids: impl Iterator<Item = Id<kinds::Lot>>,
    known: &Lots,
) -> Result<Lots, Problem> {
    let (mut lots, mut unknown) = (Lots::new(), Vec::new());
    for id in ids {
        match known.get(&id) {
            Some(lot) => drop(lots.insert(id, lot.clone())),
            None => unknown.push(id),
        }
    }
    lots.extend(queries::held_lots(uow.db(), &Scope::Everything, &unknown).await?);
    Ok(lots)
}

fn describe(line: &Line, reason: Withheld) -> Value {
    let mut member = json!({
        "lot_id": line.lot.to_string(),
        "condition": line.condition.name(),
        "quantity": line.quantity.get(),
        "reason": name(reason),
    });
    if let Account::Zone { zone, .. } = line.from {
        member["zone_id"] = json!(zone.to_string());
    }
    if let Withheld::Expired { expires_on } = reason {
        member["expires_on"] = json!(expires_on.to_string());
    }
    member
}

/// The name of a reason on the wire.
pub(in crate::stock) fn name(reason: Withheld) -> &'static str {
    match reason {
        Withheld::Recalled => "recalled",
        Withheld::Condition(condition) => condition.name(),
        Withheld::Expired { .. } => "expired",
        Withheld::Restricted => "restricted",
    }
}
