//! Whether what leaves may leave.
//!
//! **Invariant.** Goods that were recalled, are not usable, have expired, or are bound to another
//! purpose leave a zone only with an override that says why and who decided it, and only by the
//! word of somebody who may speak for their owner (I9, I10). What came off the road is not asked
//! again: it was judged when it left.

use std::collections::BTreeMap;

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{Account, Availability, Line, Movement, Outside, Restriction, Withheld},
};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    clock::day_at_depots,
    problem::{Code, Problem},
    scope::{Scope, visible},
    uow::Uow,
};

use super::{
    super::{columns, rows},
    Papers,
};

/// The decision of whoever runs the command that goods leave although they otherwise may not. They
/// must hold `approve_order` over every owner concerned.
#[derive(Debug, Clone)]
pub(crate) struct Override {
    /// Why.
    pub(crate) reason: Text<500>,
}

/// Refuses what may not leave. Answers the reason and the name that an override put under it,
/// where one was needed.
pub(super) async fn judge(
    uow: &Uow<'_>,
    movement: &Movement,
    papers: &Papers,
) -> Result<Option<(String, String)>, Problem> {
    let outward: Vec<_> = movement
        .lines()
        .iter()
        .filter(|line| movement.kind().reverses().is_none() && leaves(line))
        .collect();
    if outward.is_empty() {
        return Ok(None);
    }
    let lots = lots(uow, outward.iter().map(|line| line.lot)).await?;
    let day = day_at_depots(papers.occurred_at.unwrap_or_else(|| uow.now()));
    let mut withheld = Vec::new();
    let mut owners = Vec::new();
    for line in outward {
        let lot = lots.get(&line.lot.uuid()).ok_or_else(Problem::not_found)?;
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
        return Ok(None);
    }
    match &papers.overriding {
        None => Err(Problem::new(Code::GoodsWithheld).with("withheld", withheld)),
        Some(Override { reason }) => {
            owners.sort_unstable();
            owners.dedup();
            for owner in owners {
                uow.require(Capability::ApproveOrder, owner).await?;
            }
            Ok(Some((reason.as_str().to_owned(), uow.caller().principal())))
        }
    }
}

fn leaves(line: &Line) -> bool {
    let out = match line.to {
        Account::Road { .. } => true,
        Account::Outside { side, .. } => side == Outside::Recipient,
        Account::Zone { .. } => false,
    };
    out && matches!(line.from, Account::Zone { .. })
}

async fn lots(
    uow: &Uow<'_>,
    ids: impl Iterator<Item = Id<kinds::Lot>>,
) -> Result<BTreeMap<Uuid, rows::lot::Model>, Problem> {
    let found = visible::<rows::lot::Entity>(&Scope::Everything)
        .filter(rows::lot::Column::Id.is_in(ids.map(Id::uuid)))
        .all(uow.db())
        .await?;
    Ok(found.into_iter().map(|lot| (lot.id, lot)).collect())
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
