//! What people do with agreements.
//!
//! **Invariant.** An agreement's row is locked before anything of it is promised or given back, and
//! a call-off's row after it and before it is judged.

mod agreement;
mod call_off;
mod confirmation;
mod delivery;
mod parties;

use std::collections::BTreeMap;

use domain::{
    agreements::{CallOff, CallOffError, CallOffState},
    kernel::{Id, Quantity, Text, kinds},
    stock::Signature,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    catalogue::{self, ItemFacts},
    problem::{Code, Faults, Problem},
    stock::Count,
    uow::Uow,
};

use super::{
    queries,
    rows::{call_off as row, call_off_line},
    wire,
};

pub(crate) use agreement::{
    AgreedLine, Changes, CreateAgreement, EndAgreement, Terms, UpdateAgreement,
};
pub(crate) use call_off::{CallGoodsOff, CancelCallOff, Destination};
pub(crate) use confirmation::{ConfirmAgreement, ConfirmedLine};
pub(crate) use delivery::{DeliverCallOff, ReceiveCallOff, ReverseDelivery};

/// How much of which item, as somebody wrote it.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) item: Id<kinds::Item>,
    pub(crate) number: i64,
    /// The base unit, if absent.
    pub(crate) unit: Option<Text<16>>,
}

impl Wanted {
    fn count(&self) -> Count {
        Count {
            number: self.number,
            unit: self.unit.clone(),
        }
    }
}

// Lines in base units, or all that is wrong with them.
async fn in_base(
    uow: &Uow<'_>,
    lines: &[Wanted],
    faults: &mut Faults,
) -> Result<Option<Vec<(Id<kinds::Item>, Quantity)>>, Problem> {
    let ids: Vec<_> = lines.iter().map(|line| line.item).collect();
    let items = catalogue::item_facts(uow.db(), &ids).await?;
    let read = lines
        .iter()
        .enumerate()
        .map(|(number, line)| of_item(&items, number, line, faults));
    let read: Vec<_> = read.collect();
    Ok(read.into_iter().collect())
}

fn of_item(
    items: &BTreeMap<Id<kinds::Item>, ItemFacts>,
    number: usize,
    line: &Wanted,
    faults: &mut Faults,
) -> Option<(Id<kinds::Item>, Quantity)> {
    let at = format!("/lines/{number}/item_id");
    let item = faults.take(at, catalogue::known(items, line.item))?;
    match line.count().in_base(&item.units) {
        Ok(quantity) => Some((line.item, quantity)),
        Err((field, fault)) => {
            let at = format!("/lines/{number}/{field}");
            faults.take::<Quantity, _>(at, Err(fault));
            None
        }
    }
}

fn signature(uow: &Uow<'_>) -> Signature {
    Signature {
        by: uow.caller().principal(),
        at: uow.now(),
    }
}

fn refused(id: Id<kinds::CallOff>, error: CallOffError) -> Problem {
    let english = error.to_string();
    match error {
        CallOffError::WrongState { state, action } => Problem::new(Code::WrongState)
            .with("call_off_id", id.to_string())
            .with("state", state.name())
            .with("action", action.name())
            .detail("该次要货当前的状态不允许这一步", english),
        CallOffError::NotCalled { line } => Problem::field(
            format!("/lines/{line}/item_id"),
            "not-called",
            "该次要货没有这种物资",
            english,
        ),
        CallOffError::TooMuch { line, left } => Problem::field(
            format!("/lines/{line}/quantity"),
            "too-many",
            format!("该物资待交数量只有 {left}"),
            english,
        ),
    }
}

// Writes down what of a call-off has come and where it stands.
async fn save(
    uow: &Uow<'_>,
    found: row::Model,
    before: &CallOff,
    after: &CallOff,
) -> Result<(), Problem> {
    for (item, called) in &after.lines {
        if before.lines.get(item) == Some(called) {
            continue;
        }
        call_off_line::ActiveModel {
            call_off_id: Set(found.id),
            item_id: Set(item.uuid()),
            delivered: Set(called.delivered),
            ..Default::default()
        }
        .update(uow.db())
        .await?;
    }
    let version = found.version + 1;
    let mut change = found.into_active_model();
    change.state = Set(after.state.name().name().to_owned());
    change.version = Set(version);
    let (ended, reason) = match &after.state {
        CallOffState::Called => (None, None),
        CallOffState::Delivered { last } => (Some(last), None),
        CallOffState::Ended { ended, reason } => (Some(ended), Some(reason)),
        CallOffState::Cancelled { cancelled, reason } => (Some(cancelled), Some(reason)),
    };
    change.ended_at = Set(ended.map(|signature| signature.at));
    change.ended_by = Set(ended.map(|signature| signature.by.clone()));
    change.end_reason = Set(reason.cloned());
    change.update(uow.db()).await?;
    Ok(())
}
