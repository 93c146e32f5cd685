//! Nobody orders more of an owner's goods than the owner's rules leave them.
//!
//! **Invariant.** Of two orders of one organisation under one rule the second is measured with the first
//! counted in: whoever orders goods of an owner holds the owner's rules until the order stands.

use std::collections::BTreeMap;

use domain::{
    dispatch::fair_use::Claim,
    kernel::{Id, kinds},
};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::new_order::NewOrder;
use crate::{
    dispatch::{
        queries::{claims, figures},
        rows::fair_use::rule,
    },
    problem::{Code, Problem},
    scope::{Scope, to_change},
    uow::Uow,
};

/// What organisations want of owners who are others, by owner, item and requester.
type Wanted =
    BTreeMap<Id<kinds::Organisation>, BTreeMap<(Id<kinds::Item>, Id<kinds::Organisation>), i64>>;

/// Refuses orders with `fair-use-exceeded` that go beyond any rule: one statement, and three for each
/// rule that is in force for their owners.
pub(super) async fn refuse_excess(uow: &Uow<'_>, orders: &[NewOrder]) -> Result<(), Problem> {
    let mut wanted = Wanted::new();
    let of_others = orders
        .iter()
        .filter(|it| it.parties.requester != it.parties.owner);
    for order in of_others {
        let of_owner = wanted.entry(order.parties.owner).or_default();
        for line in &order.lines {
            let sum = of_owner
                .entry((line.item, order.parties.requester))
                .or_default();
            *sum = line.quantity.get().saturating_add(*sum);
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    // In one order, before any goods, so that two of them do not wait for each other.
    let rules = to_change::<rule::Entity>(&Scope::Everything)
        .filter(rule::Column::OwnerId.is_in(wanted.keys().map(|id| id.uuid())))
        .filter(rule::Column::EndedAt.is_null())
        .order_by_asc(rule::Column::Id)
        .all(uow.db())
        .await?;
    let mut excess = Vec::new();
    for rule in &rules {
        if let Some(of_owner) = wanted.get(&Id::from_uuid(rule.owner_id)) {
            excess.extend(beyond(uow, rule, of_owner).await?);
        }
    }
    if excess.is_empty() {
        return Ok(());
    }
    Err(Problem::new(Code::FairUseExceeded).with("excess", excess))
}

// What of the wishes goes beyond a rule.
async fn beyond(
    uow: &Uow<'_>,
    rule: &rule::Model,
    wanted: &BTreeMap<(Id<kinds::Item>, Id<kinds::Organisation>), i64>,
) -> Result<Vec<Value>, Problem> {
    let wishes = wanted.keys().copied().collect();
    let claims = claims(uow.db(), rule, &wishes, &uow.caller().principal()).await?;
    let figures = figures(rule)?;
    let mut excess = Vec::new();
    for (key @ (item, requester), claim) in claims {
        let wanted = wanted.get(&key).copied().unwrap_or(0);
        let claim = Claim { wanted, ..claim };
        if let Some(over) = figures.excess(claim) {
            excess.push(json!({
                "rule_id": Id::<kinds::FairUseRule>::from_uuid(rule.id).to_string(),
                "owner_id": Id::<kinds::Organisation>::from_uuid(rule.owner_id).to_string(),
                "requester_id": requester.to_string(),
                "item_id": item.to_string(),
                "wanted": claim.wanted,
                "drawn": claim.drawn,
                "permitted": claim.permitted,
                "share_limit": figures.limit(claim.pool),
                "beyond": over,
            }));
        }
    }
    Ok(excess)
}
