//! Beginning and ending rules of fair use, and permitting more.
//!
//! **Invariant.** Who speaks for the owner of goods says how much of them others may order. A rule ends
//! once; what was permitted stays written.

use domain::{
    dispatch::fair_use::FairUse,
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};

use crate::{
    catalogue,
    dispatch::{
        rows::fair_use::{permit, rule},
        wire::{FairUsePermitView, FairUseRuleView},
    },
    organisations,
    problem::{Code, Problem},
    scope::{Scope, to_change},
    uow::{Command, Permission, Uow},
};

/// Puts a rule in force.
#[derive(Debug)]
pub(in crate::dispatch) struct BeginFairUse {
    pub(in crate::dispatch) id: Option<Id<kinds::FairUseRule>>,
    pub(in crate::dispatch) owner: Id<kinds::Organisation>,
    pub(in crate::dispatch) item: Option<Id<kinds::Item>>,
    pub(in crate::dispatch) figures: FairUse,
    pub(in crate::dispatch) reason: Text<500>,
}

impl Command for BeginFairUse {
    type Output = FairUseRuleView;
    const NAME: &'static str = "dispatch.begin_fair_use";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveOrder]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<FairUseRuleView, Problem> {
        organisations::named(uow.db(), &uow.scope(), self.owner, "/owner_id").await?;
        let owner = self.owner.uuid();
        uow.require(Capability::ApproveOrder, owner).await?;
        if let Some(item) = self.item {
            known_item(uow, item).await?;
        }
        let id = self.id.unwrap_or_else(|| uow.id());
        let row = rule::ActiveModel {
            id: Set(id.uuid()),
            owner_id: Set(owner),
            item_id: Set(self.item.map(Id::uuid)),
            share_percent: Set(self.figures.share_percent()),
            free_quantity: Set(self.figures.free()),
            reason: Set(self.reason.to_string()),
            begun_at: Set(uow.now()),
            begun_by: Set(uow.caller().principal()),
            ended_at: Set(None),
            ended_by: Set(None),
            end_reason: Set(None),
            version: Set(1),
        };
        let row = row.insert(uow.db()).await?;
        uow.subject(id, Some(owner));
        Ok(row.into())
    }
}

async fn known_item(uow: &Uow<'_>, item: Id<kinds::Item>) -> Result<(), Problem> {
    let known = catalogue::item_facts(uow.db(), &[item]).await?;
    let at = |fault| Problem::at("/item_id", fault);
    catalogue::known(&known, item).map(drop).map_err(at)
}

// Everybody may know of it, so that it is no secret that there is one.
async fn in_force(uow: &Uow<'_>, id: Id<kinds::FairUseRule>) -> Result<rule::Model, Problem> {
    let row = to_change::<rule::Entity>(&Scope::Everything)
        .filter(rule::Column::Id.eq(id.uuid()))
        .one(uow.db())
        .await?
        .ok_or_else(Problem::not_found)?;
    uow.require(Capability::ApproveOrder, row.owner_id).await?;
    if row.ended_at.is_some() {
        return Err(Problem::new(Code::WrongState)
            .with("state", "ended")
            .detail("该规则已经结束", "the rule has ended"));
    }
    Ok(row)
}

/// Lets everybody order as before.
#[derive(Debug)]
pub(in crate::dispatch) struct EndFairUse {
    pub(in crate::dispatch) rule: Id<kinds::FairUseRule>,
    pub(in crate::dispatch) reason: Text<500>,
}

impl Command for EndFairUse {
    type Output = FairUseRuleView;
    const NAME: &'static str = "dispatch.end_fair_use";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveOrder]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<FairUseRuleView, Problem> {
        let row = in_force(uow, self.rule).await?;
        let (owner, version) = (row.owner_id, row.version + 1);
        let mut change = row.into_active_model();
        change.ended_at = Set(Some(uow.now()));
        change.ended_by = Set(Some(uow.caller().principal()));
        change.end_reason = Set(Some(self.reason.to_string()));
        change.version = Set(version);
        let row = change.update(uow.db()).await?;
        uow.subject(self.rule, Some(owner));
        Ok(row.into())
    }
}

/// Lets one organisation order so much beside its share.
#[derive(Debug)]
pub(in crate::dispatch) struct PermitBeyondShare {
    pub(in crate::dispatch) id: Option<Id<kinds::FairUsePermit>>,
    pub(in crate::dispatch) rule: Id<kinds::FairUseRule>,
    pub(in crate::dispatch) requester: Id<kinds::Organisation>,
    pub(in crate::dispatch) item: Id<kinds::Item>,
    pub(in crate::dispatch) quantity: Quantity,
    pub(in crate::dispatch) reason: Text<500>,
}

impl Command for PermitBeyondShare {
    type Output = FairUsePermitView;
    const NAME: &'static str = "dispatch.permit_beyond_share";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveOrder]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<FairUsePermitView, Problem> {
        let rule = in_force(uow, self.rule).await?;
        // Who asks may stand anywhere in the tree, and is named by whom it asked.
        let known = organisations::known(uow.db(), &[self.requester]).await?;
        if !known.contains(&self.requester) {
            return Err(Problem::field(
                "/requester_id",
                "reference",
                "没有这个单位",
                "there is no such organisation",
            ));
        }
        known_item(uow, self.item).await?;
        if rule.item_id.is_some_and(|item| item != self.item.uuid()) {
            return Err(Problem::field(
                "/item_id",
                "reference",
                "该规则不涉及这个品类",
                "the rule is not about this item",
            ));
        }
        let id = self.id.unwrap_or_else(|| uow.id());
        let row = permit::ActiveModel {
            id: Set(id.uuid()),
            rule_id: Set(rule.id),
            owner_id: Set(rule.owner_id),
            requester_id: Set(self.requester.uuid()),
            item_id: Set(self.item.uuid()),
            quantity: Set(self.quantity.get()),
            reason: Set(self.reason.to_string()),
            permitted_at: Set(uow.now()),
            permitted_by: Set(uow.caller().principal()),
        };
        let row = row.insert(uow.db()).await?;
        uow.subject(id, Some(rule.owner_id));
        Ok(row.into())
    }
}
