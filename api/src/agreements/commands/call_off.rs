//! Goods are called off, or what has not come of them is given up.
//!
//! **Invariant.** Both happen under the lock of the agreement, whose count of what was called off
//! is what its call-offs claim.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::{
    agreements::CallOffRefused,
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    depots, incidents,
    problem::{Code, Faults, Problem},
    scope::Scope,
    uow::{Command, Permission, Uow},
};

use super::{
    super::rows::{agreement, agreement_item, call_off, call_off_line},
    Wanted, in_base, queries, refused, save, signature,
    wire::CallOffView,
};

/// Where the supplier is to bring the goods.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Destination {
    Depot(Id<kinds::Depot>),
    Site(Id<kinds::Site>),
}

/// Calls goods off.
#[derive(Debug, Clone)]
pub(crate) struct CallGoodsOff {
    pub(crate) id: Option<Id<kinds::CallOff>>,
    pub(crate) agreement: Id<kinds::Agreement>,
    pub(crate) to: Destination,
    pub(crate) note: Option<Text<1000>>,
    pub(crate) lines: Vec<Wanted>,
}

// Where the goods go, as the table keeps it.
#[derive(Default)]
struct Going {
    receiver: uuid::Uuid,
    depot: Option<uuid::Uuid>,
    site: Option<uuid::Uuid>,
    incident: Option<uuid::Uuid>,
}

impl Command for CallGoodsOff {
    type Output = CallOffView;
    const NAME: &'static str = "agreements.call_goods_off";
    const PERMISSION: Permission = Permission::Holds(&[Capability::CallOff]);
    const PERSONAL: &'static [&'static str] = &["received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<CallOffView, Problem> {
        let mut faults = Faults::default();
        // The incident first, as everybody does who locks both.
        let going = faults.absorb(self.going(uow).await)?;
        let row = queries::agreement_to_change(uow.db(), &uow.scope(), self.agreement).await?;
        uow.require(Capability::CallOff, row.organisation_id)
            .await?;
        let lines = in_base(uow, &self.lines, &mut faults).await?;
        let (going, lines) = faults.finish(going.zip(lines))?;
        let items = queries::items_of_agreement(uow.db(), self.agreement).await?;
        let agreement = queries::judged(&row, &items)?;
        let next = agreement
            .call_off(uow.today(), &lines)
            .map_err(|reasons| self.not_promised(&reasons, &lines))?;
        let id = self.new_id(uow).await?;
        let mut sums: BTreeMap<_, i64> = BTreeMap::new();
        for (item, quantity) in &lines {
            *sums.entry(item.uuid()).or_default() += quantity.get();
            // A guard of its own stands in the table as well.
            agreement_item::ActiveModel {
                agreement_id: Set(row.id),
                item_id: Set(item.uuid()),
                called: Set(next.items.get(item).map_or(0, |agreed| agreed.called)),
                ..Default::default()
            }
            .update(uow.db())
            .await?;
        }
        self.write(uow, id, &row, &items, &going, &sums).await?;
        uow.subject(id, Some(row.organisation_id));
        queries::call_off(uow.db(), &Scope::Everything, id).await
    }
}

impl CallGoodsOff {
    async fn new_id(&self, uow: &Uow<'_>) -> Result<Id<kinds::CallOff>, Problem> {
        let Some(id) = self.id else {
            return Ok(uow.id());
        };
        let found = queries::call_off_row(uow.db(), &Scope::Everything, id).await;
        Problem::unless_new(found, "call_off.id").map(|()| id)
    }

    async fn going(&self, uow: &Uow<'_>) -> Result<Going, Problem> {
        match self.to {
            Destination::Depot(id) => {
                let held = depots::depots_facts(uow.db(), &uow.scope(), &[id]).await?;
                let depot = held.get(&id).ok_or_else(|| {
                    Problem::field(
                        "/to_depot_id",
                        "reference",
                        "没有这个储备库",
                        "there is no such depot",
                    )
                })?;
                Ok(Going {
                    receiver: depot.organisation_id.uuid(),
                    depot: Some(id.uuid()),
                    ..Going::default()
                })
            }
            Destination::Site(id) => {
                let found = incidents::sites(uow.db(), &uow.scope(), &[id]).await?;
                let site = found.first().ok_or_else(|| {
                    Problem::field(
                        "/site_id",
                        "reference",
                        "没有这个安置点",
                        "there is no such site",
                    )
                })?;
                incidents::open_incident(uow.db(), &Scope::Everything, site.incident).await?;
                Ok(Going {
                    receiver: site.receiver.uuid(),
                    site: Some(id.uuid()),
                    incident: Some(site.incident.uuid()),
                    ..Going::default()
                })
            }
        }
    }

    // An agreement that promises nothing, or lines that ask for more than is left.
    fn not_promised(
        &self,
        reasons: &[CallOffRefused],
        lines: &[(Id<kinds::Item>, Quantity)],
    ) -> Problem {
        let mut faults = Faults::default();
        for reason in reasons {
            let english = reason.to_string();
            match *reason {
                CallOffRefused::NotInForce(standing) => {
                    return Problem::new(Code::WrongState)
                        .with("agreement_id", self.agreement.to_string())
                        .with("state", standing.name())
                        .detail("协议不在有效期内，不再承诺供货", english);
                }
                CallOffRefused::NotAgreed { line } => faults.note(
                    format!("/lines/{line}/item_id"),
                    "not-agreed",
                    "协议中没有这种物资",
                    english,
                ),
                CallOffRefused::TooMuch { line, left } => {
                    let asked = lines.get(line);
                    return Problem::new(Code::InsufficientStock)
                        .with("agreement_id", self.agreement.to_string())
                        .with("available", left)
                        .with("requested", asked.map_or(0, |(_, quantity)| quantity.get()))
                        .with("item_id", asked.map(|(item, _)| item.to_string()))
                        .detail(format!("协议剩余可要货数量只有 {left}"), english);
                }
            }
        }
        match faults.finish::<()>(None) {
            Err(problem) => problem,
            Ok(()) => Problem::internal(anyhow::anyhow!("refused for no reason")),
        }
    }

    async fn write(
        &self,
        uow: &Uow<'_>,
        id: Id<kinds::CallOff>,
        row: &agreement::Model,
        items: &[agreement_item::Model],
        going: &Going,
        sums: &BTreeMap<uuid::Uuid, i64>,
    ) -> Result<(), Problem> {
        let mut lines = Vec::new();
        let mut due = uow.now();
        for item in items {
            let Some(&quantity) = sums.get(&item.item_id) else {
                continue;
            };
            let due_at = uow.now() + TimeDelta::hours(item.response_h);
            due = due.max(due_at);
            lines.push(call_off_line::ActiveModel {
                call_off_id: Set(id.uuid()),
                item_id: Set(item.item_id),
                quantity: Set(quantity),
                delivered: Set(0),
                due_at: Set(due_at),
                price_e4: Set(item.price_e4),
                currency: Set(item.currency.clone()),
            });
        }
        call_off::ActiveModel {
            id: Set(id.uuid()),
            agreement_id: Set(row.id),
            organisation_id: Set(row.organisation_id),
            supplier_id: Set(row.supplier_id),
            receiver_id: Set(going.receiver),
            to_depot_id: Set(going.depot),
            site_id: Set(going.site),
            incident_id: Set(going.incident),
            state: Set("called".to_owned()),
            note: Set(self.note.as_ref().map(Text::to_string)),
            called_at: Set(uow.now()),
            called_by: Set(uow.caller().principal()),
            due_at: Set(due),
            ended_at: Set(None),
            ended_by: Set(None),
            end_reason: Set(None),
            version: Set(1),
        }
        .insert(uow.db())
        .await?;
        uow.insert_all(lines).await
    }
}

/// Gives up what has not come of a call-off.
#[derive(Debug, Clone)]
pub(crate) struct CancelCallOff {
    pub(crate) call_off: Id<kinds::CallOff>,
    pub(crate) reason: Text<500>,
}

impl Command for CancelCallOff {
    type Output = CallOffView;
    const NAME: &'static str = "agreements.cancel_call_off";
    const PERMISSION: Permission = Permission::Holds(&[Capability::CallOff]);
    const PERSONAL: &'static [&'static str] = &["received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<CallOffView, Problem> {
        let seen = queries::call_off_row(uow.db(), &uow.scope(), self.call_off).await?;
        uow.require(Capability::CallOff, seen.organisation_id)
            .await?;
        let agreement = Id::from_uuid(seen.agreement_id);
        queries::agreement_to_change(uow.db(), &Scope::Everything, agreement).await?;
        let (row, before) =
            queries::call_off_to_change(uow.db(), &Scope::Everything, self.call_off).await?;
        let after = before
            .cancel(signature(uow), self.reason.to_string())
            .map_err(|error| refused(self.call_off, error))?;
        let (claimed, claims) = (before.claims(), after.claims());
        for item in queries::items_of_agreement(uow.db(), agreement).await? {
            let id = Id::from_uuid(item.item_id);
            let (Some(was), Some(is)) = (claimed.get(&id), claims.get(&id)) else {
                continue;
            };
            agreement_item::ActiveModel {
                agreement_id: Set(item.agreement_id),
                item_id: Set(item.item_id),
                called: Set(item.called - was + is),
                ..Default::default()
            }
            .update(uow.db())
            .await?;
        }
        let organisation = row.organisation_id;
        save(uow, row, &before, &after).await?;
        uow.subject(self.call_off, Some(organisation));
        queries::call_off(uow.db(), &Scope::Everything, self.call_off).await
    }
}
