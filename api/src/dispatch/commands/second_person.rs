//! Whoever asks for goods does not agree to it for their owner.
//!
//! **Invariant.** Of one order nobody is both who asked and who agreed, unless they said that nobody
//! else was there (`approve_alone`). Who made its plan, drew it up, submitted it or wrote a spoken
//! order down has asked for it.

use domain::dispatch::order::OrderAction;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};

use super::DRAFT;
use crate::{
    dispatch::rows::{order, order_event, plan},
    problem::{Code, Problem},
    scope::{Scope, reference, visible},
    uow::Uow,
};

/// Refuses whoever has asked for the order themselves.
pub(super) async fn refuse_asker(uow: &Uow<'_>, row: &order::Model) -> Result<(), Problem> {
    if has_asked(uow, row).await? {
        return Err(Problem::new(Code::SecondPersonNeeded));
    }
    Ok(())
}

async fn has_asked(uow: &Uow<'_>, row: &order::Model) -> Result<bool, Problem> {
    let me = uow.caller().principal();
    let asking = asking_steps();
    let steps = reference::<order_event::Entity>()
        .filter(order_event::Column::OrderId.eq(row.id))
        .filter(order_event::Column::Action.is_in(asking))
        .filter(order_event::Column::Principal.eq(&me))
        .count(uow.db())
        .await?;
    if steps > 0 {
        return Ok(true);
    }
    let Some(plan) = row.plan_id else {
        return Ok(false);
    };
    let mine = visible::<plan::Entity>(&Scope::Everything)
        .filter(plan::Column::Id.eq(plan))
        .filter(plan::Column::MadeBy.eq(&me))
        .count(uow.db())
        .await?;
    Ok(mine > 0)
}

/// The steps of an order that are the word of whoever asks.
pub(in crate::dispatch) fn asking_steps() -> impl Iterator<Item = &'static str> {
    let actions = OrderAction::ALL.iter().filter(|action| action.asks());
    std::iter::once(DRAFT).chain(actions.map(|action| action.name()))
}
