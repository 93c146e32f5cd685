//! The supplier brings what was called off: to a depot, which receives it, or straight to a site.
//!
//! **Invariant.** The call-off's row is locked before stock's. What comes to a depot is bought at the
//! price of the call-off and belongs to the society that called it off, unless the receipt says
//! otherwise.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    identity::Capability,
    kernel::{Currency, Id, Money, Quantity, Text, kinds},
    stock::{Restriction, Source},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    incidents,
    problem::{Code, Faults, Problem},
    scope::Scope,
    stock::{Paper, Receive, Reverse, ledger::Origin},
    uow::{Command, Permission, Uow},
};

use super::{
    super::rows::{call_off, delivery, delivery_line},
    Wanted, in_base, queries, refused, save, signature,
    wire::CallOffView,
};

/// Receives into the depot what was called off for it.
#[derive(Debug, Clone)]
pub(crate) struct ReceiveCallOff {
    pub(crate) call_off: Id<kinds::CallOff>,
    pub(crate) receipt: Receive,
}

impl Command for ReceiveCallOff {
    type Output = CallOffView;
    const NAME: &'static str = "agreements.receive_call_off";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<CallOffView, Problem> {
        let (row, before) =
            queries::call_off_to_change(uow.db(), &uow.scope(), self.call_off).await?;
        let receipt = self.completed(uow, &row).await?;
        let done = receipt.run(uow).await?.movement;
        let came = done
            .lines
            .iter()
            .map(|line| {
                let quantity = Quantity::new(line.quantity).map_err(Problem::internal)?;
                Ok((line.item_id, quantity))
            })
            .collect::<Result<Vec<_>, Problem>>()?;
        let after = before
            .deliver(&came, signature(uow))
            .map_err(|error| refused(self.call_off, error))?;
        let of_receipt = delivery::ActiveModel {
            way: Set("receipt".to_owned()),
            depot_id: Set(Some(done.depot_id.uuid())),
            movement_id: Set(Some(done.id.uuid())),
            note: Set(done.note),
            occurred_at: Set(done.occurred_at),
            ..blank(uow, self.call_off)
        };
        write(uow, of_receipt, &came).await?;
        let organisation = row.organisation_id;
        save(uow, row, &before, &after).await?;
        uow.subject(self.call_off, Some(organisation));
        queries::call_off(uow.db(), &Scope::Everything, self.call_off).await
    }
}

impl ReceiveCallOff {
    // The receipt with what the call-off knows, or what of it does not fit.
    async fn completed(&self, uow: &Uow<'_>, row: &call_off::Model) -> Result<Receive, Problem> {
        let mut faults = Faults::default();
        if row.to_depot_id != Some(self.receipt.depot.uuid()) {
            faults.note(
                "/depot_id",
                "mismatch",
                "该次要货不是送到这个储备库的",
                "the goods were not called off for this depot",
            );
        }
        let lines = queries::lines_of_call_off(uow.db(), self.call_off).await?;
        let prices = lines.into_iter().filter_map(|line| {
            let price = (line.price_e4?, line.currency?);
            Some((line.item_id, price))
        });
        let prices: BTreeMap<_, _> = prices.collect();
        let bound = self
            .receipt
            .lines
            .iter()
            .filter_map(|line| match line.restriction {
                Restriction::Incident(incident) => Some(incident),
                _ => None,
            });
        let bound: Vec<_> = bound.collect();
        let known = incidents::incidents_among(uow.db(), &uow.scope(), &bound).await?;
        let mut receipt = self.receipt.clone();
        receipt.origin = Origin::CallOff(self.call_off);
        for (number, line) in receipt.lines.iter_mut().enumerate() {
            if line.source != Source::Purchase {
                faults.note(
                    format!("/lines/{number}/source"),
                    "mismatch",
                    "协议要货的物资来源须是采购",
                    "what a supplier brings is a purchase",
                );
            }
            if let Restriction::Incident(incident) = line.restriction
                && !known.contains(&incident)
            {
                faults.note(
                    format!("/lines/{number}/restriction/incident_id"),
                    "reference",
                    "没有这个灾害事件",
                    "there is no such incident",
                );
            }
            line.owner
                .get_or_insert_with(|| Id::from_uuid(row.organisation_id));
            if line.unit_value.is_none()
                && let Some((price, currency)) = prices.get(&line.item.uuid())
            {
                let currency: Currency = currency.parse().map_err(Problem::internal)?;
                let price = Money::from_ten_thousandths(*price, currency);
                line.unit_value = Some(price.map_err(Problem::internal)?);
            }
        }
        faults.finish(Some(receipt))
    }
}

/// Notes what a supplier brought straight to a site.
#[derive(Debug, Clone)]
pub(crate) struct DeliverCallOff {
    pub(crate) call_off: Id<kinds::CallOff>,
    pub(crate) id: Option<Id<kinds::Delivery>>,
    pub(crate) received_by: Text<100>,
    /// Now, if absent.
    pub(crate) occurred_at: Option<DateTime<Utc>>,
    pub(crate) note: Option<Text<1000>>,
    pub(crate) lines: Vec<Wanted>,
}

impl Command for DeliverCallOff {
    type Output = CallOffView;
    const NAME: &'static str = "agreements.deliver_call_off";
    const PERMISSION: Permission = Permission::Holds(&[Capability::SignHandOver]);
    const PERSONAL: &'static [&'static str] = &["received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<CallOffView, Problem> {
        let (row, before) =
            queries::call_off_to_change(uow.db(), &uow.scope(), self.call_off).await?;
        may_sign(uow, &row).await?;
        if row.site_id.is_none() {
            return Err(Problem::new(Code::WrongState)
                .with("call_off_id", self.call_off.to_string())
                .with("state", row.state.clone())
                .with("action", "deliver")
                .detail(
                    "该次要货送到储备库，请在该库办理入库",
                    "the goods go to a depot: receive them there",
                ));
        }
        let occurred_at = Paper {
            occurred_at: self.occurred_at,
            ..Paper::default()
        }
        .occurred_at(uow)?;
        let mut faults = Faults::default();
        let came = in_base(uow, &self.lines, &mut faults).await?;
        let came = faults.finish(came)?;
        let after = before
            .deliver(&came, signature(uow))
            .map_err(|error| refused(self.call_off, error))?;
        let mut direct = delivery::ActiveModel {
            way: Set("direct".to_owned()),
            received_by: Set(Some(self.received_by.to_string())),
            note: Set(self.note.as_ref().map(Text::to_string)),
            occurred_at: Set(occurred_at),
            ..blank(uow, self.call_off)
        };
        if let Some(id) = self.id {
            direct.id = Set(id.uuid());
        }
        write(uow, direct, &came).await?;
        let organisation = row.organisation_id;
        save(uow, row, &before, &after).await?;
        uow.subject(self.call_off, Some(organisation));
        queries::call_off(uow.db(), &Scope::Everything, self.call_off).await
    }
}

/// Takes back that goods came: the receipt is reversed with it, if there is one.
#[derive(Debug, Clone)]
pub(crate) struct ReverseDelivery {
    pub(crate) delivery: Id<kinds::Delivery>,
    pub(crate) reason: Text<500>,
}

impl Command for ReverseDelivery {
    type Output = CallOffView;
    const NAME: &'static str = "agreements.reverse_delivery";
    const PERMISSION: Permission =
        Permission::Holds(&[Capability::PostStock, Capability::SignHandOver]);
    const PERSONAL: &'static [&'static str] = &["received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<CallOffView, Problem> {
        let seen = queries::delivery_row(uow.db(), self.delivery).await?;
        let id = Id::from_uuid(seen.call_off_id);
        let (row, before) = queries::call_off_to_change(uow.db(), &uow.scope(), id).await?;
        // As it is now that nobody else changes the call-off.
        let found = queries::delivery_row(uow.db(), self.delivery).await?;
        if found.undone_at.is_some() {
            return Err(Problem::new(Code::WrongState)
                .with("call_off_id", id.to_string())
                .with("state", "undone")
                .detail("该次交货已撤销", "the delivery was undone already"));
        }
        match found.movement_id {
            // Whoever keeps the depot's books, as the reversal itself demands.
            Some(movement) => {
                let note = Text::paragraphs(self.reason.as_str()).map_err(Problem::internal)?;
                let reverse = Reverse {
                    movement: Id::from_uuid(movement),
                    paper: Paper {
                        note: Some(note),
                        ..Paper::default()
                    },
                    call_off: Some(id),
                };
                reverse.run(uow).await?;
            }
            None => may_sign(uow, &row).await?,
        }
        let lines = queries::lines_of_delivery(uow.db(), self.delivery).await?;
        let lines = lines
            .into_iter()
            .map(|line| (Id::from_uuid(line.item_id), line.quantity));
        let after = before
            .undo_delivery(&lines.collect())
            .map_err(|error| refused(id, error))?;
        let mut change = found.into_active_model();
        change.undone_at = Set(Some(uow.now()));
        change.undone_by = Set(Some(uow.caller().principal()));
        change.update(uow.db()).await?;
        let organisation = row.organisation_id;
        save(uow, row, &before, &after).await?;
        uow.subject(id, Some(organisation));
        queries::call_off(uow.db(), &Scope::Everything, id).await
    }
}

// Whoever receives at the site signs, or whoever called the goods off for them.
async fn may_sign(uow: &Uow<'_>, row: &call_off::Model) -> Result<(), Problem> {
    let either = [row.receiver_id, row.organisation_id];
    uow.require_one(&either.map(|it| (Capability::SignHandOver, it)))
        .await
        .map(drop)
}

fn blank(uow: &Uow<'_>, call_off: Id<kinds::CallOff>) -> delivery::ActiveModel {
    delivery::ActiveModel {
        id: Set(uow.id::<kinds::Delivery>().uuid()),
        call_off_id: Set(call_off.uuid()),
        way: Set(String::new()),
        depot_id: Set(None),
        movement_id: Set(None),
        received_by: Set(None),
        note: Set(None),
        occurred_at: Set(uow.now()),
        recorded_at: Set(uow.now()),
        recorded_by: Set(uow.caller().principal()),
        undone_at: Set(None),
        undone_by: Set(None),
    }
}

async fn write(
    uow: &Uow<'_>,
    delivery: delivery::ActiveModel,
    came: &[(Id<kinds::Item>, Quantity)],
) -> Result<(), Problem> {
    let id = delivery.insert(uow.db()).await?.id;
    let mut sums: BTreeMap<_, i64> = BTreeMap::new();
    for (item, quantity) in came {
        *sums.entry(item.uuid()).or_default() += quantity.get();
    }
    let lines = sums
        .into_iter()
        .map(|(item, quantity)| delivery_line::ActiveModel {
            delivery_id: Set(id),
            item_id: Set(item),
            quantity: Set(quantity),
        });
    uow.insert_all(lines.collect()).await
}
