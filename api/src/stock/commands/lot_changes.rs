//! Goods get another owner, or come to serve something else.
//!
//! **Invariant.** A change's row is locked before it is judged, then its reservation, then the lots.
//! What was asked for is held until the change ends, so that nobody moves it meanwhile. The owner's
//! approver agrees and the new owner's takes title; who asked does neither. Goods that are done are
//! new lots that name what they were, and nothing else of them differs.

mod ask;

use std::collections::BTreeMap;

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{
        Account, Kind, Line, Lot, LotChange, LotChangeError, LotChangeState, Movement, Outside,
    },
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    clock::day_at_depots,
    depots,
    problem::{Code, Problem},
    scope::Scope,
    stock::{
        columns,
        ledger::{self, NewLot, Origin, Papers},
    },
    uow::{Command, Permission, Uow},
};

use super::{
    Draw, Stuff, drawing, places, queries,
    rows::{self, lot_changes::lot_change},
    stocktakes::signature,
    wire::{self, LotChangeView},
};

pub(crate) use ask::AskLotChange;

/// Agrees, for the owner. A change of purpose is done by that.
#[derive(Debug, Clone)]
pub(crate) struct ApproveLotChange {
    pub(crate) change: Id<kinds::LotChange>,
}

impl Command for ApproveLotChange {
    type Output = LotChangeView;
    const NAME: &'static str = "stock.approve_lot_change";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveOrder]);
    const PERSONAL: &'static [&'static str] = &["given_by", "heard_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LotChangeView, Problem> {
        let held = Held::lock(uow, self.change).await?;
        held.by_person_of(uow, held.row.owner_id, "approve").await?;
        let state = held.change.approve(signature(uow), uow.id());
        let state = state.map_err(|error| held.refused(error))?;
        held.carry_out(uow, &state).await?;
        held.save(uow, &state).await
    }
}

/// Takes title, for the new owner.
#[derive(Debug, Clone)]
pub(crate) struct AcceptLotChange {
    pub(crate) change: Id<kinds::LotChange>,
}

impl Command for AcceptLotChange {
    type Output = LotChangeView;
    const NAME: &'static str = "stock.accept_lot_change";
    const PERMISSION: Permission =
        Permission::Holds(&[Capability::ApproveOrder, Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["given_by", "heard_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LotChangeView, Problem> {
        let held = Held::lock(uow, self.change).await?;
        let state = held.change.accept(signature(uow), uow.id());
        if let Some(owner) = held.row.to_owner_id {
            held.by_person_of(uow, owner, "accept").await?;
        }
        let state = state.map_err(|error| held.refused(error))?;
        held.carry_out(uow, &state).await?;
        held.save(uow, &state).await
    }
}

/// Refuses, for the owner or, once they agreed, for the new one.
#[derive(Debug, Clone)]
pub(crate) struct RefuseLotChange {
    pub(crate) change: Id<kinds::LotChange>,
    pub(crate) reason: Text<500>,
}

impl Command for RefuseLotChange {
    type Output = LotChangeView;
    const NAME: &'static str = "stock.refuse_lot_change";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveOrder]);
    const PERSONAL: &'static [&'static str] = &["given_by", "heard_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LotChangeView, Problem> {
        let held = Held::lock(uow, self.change).await?;
        let asked = match (&held.change.state, held.row.to_owner_id) {
            (LotChangeState::Approved { .. }, Some(new)) => new,
            _ => held.row.owner_id,
        };
        held.by_person_of(uow, asked, "refuse").await?;
        let reason = self.reason.to_string();
        let state = held.change.refuse(signature(uow), reason);
        let state = state.map_err(|error| held.refused(error))?;
        held.let_go(uow).await?;
        held.save(uow, &state).await
    }
}

/// Takes it back, for the depot.
#[derive(Debug, Clone)]
pub(crate) struct WithdrawLotChange {
    pub(crate) change: Id<kinds::LotChange>,
    pub(crate) reason: Text<500>,
}

impl Command for WithdrawLotChange {
    type Output = LotChangeView;
    const NAME: &'static str = "stock.withdraw_lot_change";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["given_by", "heard_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LotChangeView, Problem> {
        let held = Held::lock(uow, self.change).await?;
        let depot = depots::depot(uow.db(), &Scope::Everything, held.depot()).await?;
        uow.require(Capability::PostStock, depot.organisation_id.uuid())
            .await?;
        let reason = self.reason.to_string();
        let state = held.change.withdraw(signature(uow), reason);
        let state = state.map_err(|error| held.refused(error))?;
        held.let_go(uow).await?;
        held.save(uow, &state).await
    }
}

// A change that nobody else changes until the transaction ends.
struct Held {
    row: lot_change::Model,
    change: LotChange,
}

impl Held {
    /// Locks one that the caller sees.
    async fn lock(uow: &Uow<'_>, id: Id<kinds::LotChange>) -> Result<Self, Problem> {
        let row = queries::lot_change_to_change(uow.db(), &uow.scope(), id).await?;
        let change = row.change()?;
        Ok(Self { row, change })
    }

    fn id(&self) -> Id<kinds::LotChange> {
        Id::from_uuid(self.row.id)
    }

    fn reservation(&self) -> Id<kinds::Reservation> {
        Id::from_uuid(self.row.reservation_id)
    }

    fn depot(&self) -> Id<kinds::Depot> {
        Id::from_uuid(self.row.depot_id)
    }

    /// Refuses whoever does not speak for the owner, or is no person.
    async fn by_person_of(
        &self,
        uow: &Uow<'_>,
        owner: uuid::Uuid,
        action: &str,
    ) -> Result<(), Problem> {
        uow.require(Capability::ApproveOrder, owner).await?;
        if uow.caller().account().is_none() {
            // Who is behind a key, and whether they asked, nobody knows.
            return Err(Problem::new(Code::Forbidden)
                .with("action", action)
                .detail("须由本人登录办理", "a person does this, not a key"));
        }
        Ok(())
    }

    fn refused(&self, error: LotChangeError) -> Problem {
        let english = error.to_string();
        match error {
            LotChangeError::WrongState { state, action } => Problem::new(Code::WrongState)
                .with("state", state.name())
                .with("action", action.name())
                .with("lot_change_id", self.id().to_string())
                .detail("变更单当前的状态不允许这一步", english),
            LotChangeError::AskerApproves => Problem::new(Code::Forbidden)
                .with("action", "approve")
                .detail("申请变更的人不得审批", english),
            LotChangeError::PartyAccepts => Problem::new(Code::Forbidden)
                .with("action", "accept")
                .detail("申请或批准变更的人不得代表新的物权单位接收", english),
        }
    }

    /// Gives the goods back to the shelf, if nothing else ended the hold.
    async fn let_go(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        if ledger::holds(uow, self.reservation()).await? {
            ledger::release(uow, self.reservation()).await?;
        }
        Ok(())
    }

    // Turns what is held into the lots that it becomes, if the state says that it is done.
    async fn carry_out(&self, uow: &Uow<'_>, state: &LotChangeState) -> Result<(), Problem> {
        let LotChangeState::Done { movement, .. } = *state else {
            return Ok(());
        };
        if !ledger::holds(uow, self.reservation()).await? {
            return Err(Problem::new(Code::WrongState)
                .with("state", "expired")
                .with("lot_change_id", self.id().to_string())
                .with("reservation_id", self.reservation().to_string())
                .detail(
                    "该变更的预占已到期或已短缺，请撤回后重新申请",
                    "its hold on the goods ran out or is short: withdraw it and ask again",
                ));
        }
        ledger::release(uow, self.reservation()).await?;
        let row = queries::reservation_row(uow.db(), &Scope::Everything, self.reservation());
        let row = row.await?;
        let holds = queries::reservation_lines(uow.db(), std::slice::from_ref(&row)).await?;
        let holds = columns::reservation(&row, &holds)?.holds().to_vec();
        let mut became = BTreeMap::new();
        for new in self
            .new_lots(uow, holds.iter().map(|hold| hold.lot))
            .await?
        {
            if let Origin::Changed { was, .. } = new.origin {
                became.insert(was, new);
            }
        }
        let new: Vec<_> = became.values().cloned().collect();
        ledger::create_lots(uow, &new).await?;
        let depot = self.depot();
        let between = Account::Outside {
            depot,
            side: Outside::Conversion,
        };
        let lines = holds.iter().flat_map(|hold| {
            let zone = hold.key(depot).account;
            let out = Line {
                lot: hold.lot,
                condition: hold.condition,
                quantity: hold.quantity,
                from: zone,
                to: between,
            };
            let into = became.get(&hold.lot).map(|new| Line {
                lot: new.id,
                from: between,
                to: zone,
                ..out
            });
            std::iter::once(out).chain(into)
        });
        let movement = Movement::new(movement, depot, Kind::Conversion, lines.collect());
        let movement = movement.map_err(Problem::internal)?;
        let papers = Papers {
            note: Text::new(&self.row.reason).ok(),
            ..Papers::default()
        };
        ledger::post(uow, &movement, &papers).await.map(drop)
    }

    // Nobody recalls the lots before they have become others.
    async fn new_lots(
        &self,
        uow: &Uow<'_>,
        lots: impl Iterator<Item = Id<kinds::Lot>>,
    ) -> Result<Vec<NewLot>, Problem> {
        let to = self.row.to()?;
        let lots: std::collections::BTreeSet<_> = lots.collect();
        let lots: Vec<_> = lots.into_iter().collect();
        let lots = queries::lots_to_change(uow.db(), &Scope::Everything, &lots).await?;
        let recalled = lots.values().find(|lot| lot.recalled_at.is_some());
        if let Some(lot) = recalled {
            let lot: Id<kinds::Lot> = Id::from_uuid(lot.id);
            return Err(Problem::new(Code::WrongState)
                .with("state", "recalled")
                .with("lot_id", lot.to_string())
                .with("lot_change_id", self.id().to_string())
                .detail(
                    "批次已被召回，召回解除前不得变更权属或用途",
                    "the lot is recalled: it changes neither owner nor purpose until that is lifted",
                ));
        }
        let today = day_at_depots(uow.now());
        lots.into_iter()
            .map(|(was, row)| {
                let facts = to.facts(&columns::lot_facts(&row)?);
                let facts = facts.map_err(Problem::internal)?;
                Ok(NewLot {
                    id: uow.id(),
                    depot: self.depot(),
                    lot: Lot::new(facts, today).map_err(Problem::internal)?,
                    remark: row
                        .remark
                        .as_deref()
                        .and_then(|text| Text::paragraphs(text).ok()),
                    origin: Origin::Changed { was, by: self.id() },
                })
            })
            .collect()
    }

    /// Writes the state down.
    async fn save(
        self,
        uow: &mut Uow<'_>,
        state: &LotChangeState,
    ) -> Result<LotChangeView, Problem> {
        let (id, owner, version) = (self.id(), self.row.owner_id, self.row.version + 1);
        let mut change = self.row.into_active_model();
        change.state = Set(state.name().name().to_owned());
        change.version = Set(version);
        match state {
            LotChangeState::Asked => {}
            LotChangeState::Approved { approved } => {
                change.approved_at = Set(Some(approved.at));
                change.approved_by = Set(Some(approved.by.clone()));
            }
            LotChangeState::Done {
                approved,
                accepted,
                movement,
            } => {
                change.approved_at = Set(Some(approved.at));
                change.approved_by = Set(Some(approved.by.clone()));
                change.accepted_at = Set(accepted.as_ref().map(|accepted| accepted.at));
                change.accepted_by = Set(accepted.as_ref().map(|accepted| accepted.by.clone()));
                change.movement_id = Set(Some(movement.uuid()));
            }
            LotChangeState::Refused {
                refused: ended,
                reason,
                ..
            }
            | LotChangeState::Withdrawn {
                withdrawn: ended,
                reason,
                ..
            } => {
                change.ended_at = Set(Some(ended.at));
                change.ended_by = Set(Some(ended.by.clone()));
                change.end_reason = Set(Some(reason.clone()));
            }
        }
        change.update(uow.db()).await?;
        uow.subject(id, Some(owner));
        queries::lot_change(uow.db(), &Scope::Everything, id).await
    }
}

/// Refuses to undo a movement by which goods changed: others rely on whose they are. They change
/// back as they changed.
pub(super) async fn before_reversal(
    uow: &Uow<'_>,
    row: &rows::movement::Model,
) -> Result<(), Problem> {
    let Some(change) = queries::lot_change_of_movement(uow.db(), row).await? else {
        return Ok(());
    };
    Err(Problem::new(Code::WrongState)
        .with("state", "done")
        .with("lot_change_id", change.to_string())
        .detail(
            "该单据是一次权属或用途变更的结果，不得冲红；确需恢复，请再作一次变更",
            "the movement changed owner or purpose and is not reversed: change them back",
        ))
}
