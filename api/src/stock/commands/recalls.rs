//! Lots are recalled, and the recall is lifted.
//!
//! **Invariant.** Whoever keeps stock for an organisation may recall what lies or was received below
//! it at once; to let goods be used again takes somebody who speaks for owners there. Promises of
//! recalled goods stay as they are: they are shown as recalled, and nothing of them leaves. Kits that
//! hold some of it are recalled with it, wherever they are, and let go with it.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{HeldAs, RECALL_LOTS_MAX, RecallExtent, RecallGrade},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, IntoActiveModel};

use crate::{
    catalogue, organisations,
    problem::{Code, Faults, Problem},
    scope::Scope,
    stock::ledger::{hold_back, lots_alone, moment_of_recall, settle_recalls},
    uow::{Command, Permission, Uow},
};

use super::{
    queries,
    rows::{lot, recalls::lot_recall},
    stocktakes::signature,
    wire::LotRecallView,
};

/// So long a command may have waited for a recall to be lifted, since the moment that it is dated to.
const WAITED_MAX: TimeDelta = TimeDelta::minutes(1);

/// What is recalled.
#[derive(Debug, Clone)]
pub(crate) enum Recalled {
    /// These lots.
    Lots(Vec<Id<kinds::Lot>>),
    /// A maker's batch, wherever it lies below the organisation, and what comes in of it later.
    Batch {
        item: Id<kinds::Item>,
        batch: Text<64>,
    },
}

/// Recalls lots.
#[derive(Debug, Clone)]
pub(crate) struct RecallLots {
    pub(crate) id: Option<Id<kinds::LotRecall>>,
    /// On whose behalf, and how far down it reaches.
    pub(crate) organisation: Id<kinds::Organisation>,
    pub(crate) recalled: Recalled,
    pub(crate) reference: Text<64>,
    pub(crate) reason: Text<500>,
    pub(crate) grade: RecallGrade,
    pub(crate) announced_by: Text<200>,
    pub(crate) announced_on: Option<NaiveDate>,
}

impl Command for RecallLots {
    type Output = LotRecallView;
    const NAME: &'static str = "stock.recall_lots";
    const PERMISSION: Permission =
        Permission::Holds(&[Capability::ApproveOrder, Capability::PostStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LotRecallView, Problem> {
        self.check_organisation(uow).await?;
        if self.announced_on.is_some_and(|day| day > uow.today()) {
            return Err(Problem::field(
                "/announced_on",
                "out-of-range",
                "不得晚于今天",
                "must not be in the future",
            ));
        }
        let id = self.id(uow).await?;
        let mut lots = self.lots(uow).await?;
        let mut kits = self.further(uow, &lots).await?;
        own_goods_first(&mut lots, &mut kits);
        let moment = moment_of_recall(uow, &lots)
            .await?
            .max(moment_of_recall(uow, &kits).await?);
        let (extent, item_id, batch) = match &self.recalled {
            Recalled::Lots(_) => (RecallExtent::Lots, None, None),
            Recalled::Batch { item, batch } => (
                RecallExtent::Batch,
                Some(item.uuid()),
                Some(batch.as_str().to_owned()),
            ),
        };
        lot_recall::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(self.organisation.uuid()),
            extent: Set(extent.name().to_owned()),
            item_id: Set(item_id),
            batch: Set(batch),
            reference: Set(self.reference.as_str().to_owned()),
            reason: Set(self.reason.as_str().to_owned()),
            grade: Set(self.grade.name().to_owned()),
            announced_by: Set(self.announced_by.as_str().to_owned()),
            announced_on: Set(self.announced_on.map(|day| day.to_string())),
            recalled_at: Set(moment),
            recalled_by: Set(uow.caller().principal()),
            lifted_at: Set(None),
            lifted_by: Set(None),
            lift_reason: Set(None),
            held_until: Set(None),
            version: Set(1),
        }
        .insert(uow.db())
        .await?;
        for (lots, held_as) in [(lots, HeldAs::Lot), (kits, HeldAs::Kit)] {
            let lots: Vec<_> = lots.iter().map(|lot| lot.id).collect();
            hold_back(uow, id, &lots, held_as).await?;
        }
        uow.subject(id, Some(self.organisation.uuid()));
        queries::lot_recall(uow.db(), &Scope::Everything, id).await
    }
}

impl RecallLots {
    async fn check_organisation(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let (scope, pointer) = (uow.scope(), "/organisation_id");
        organisations::named(uow.db(), &scope, self.organisation, pointer).await?;
        let organisation = self.organisation.uuid();
        let either = [Capability::ApproveOrder, Capability::PostStock];
        uow.require_one(&either.map(|it| (it, organisation)))
            .await
            .map(drop)
    }

    async fn id(&self, uow: &Uow<'_>) -> Result<Id<kinds::LotRecall>, Problem> {
        let Some(id) = self.id else {
            return Ok(uow.id());
        };
        let found = queries::lot_recall_row(uow.db(), &Scope::Everything, id).await;
        Problem::unless_new(found, "lot_recall.id").map(|()| id)
    }

    // The lots, which nobody moves until the recall stands.
    async fn lots(&self, uow: &Uow<'_>) -> Result<Vec<lot::Model>, Problem> {
        let below = Scope::Subtrees(vec![self.organisation.uuid()]);
        let one_more = RECALL_LOTS_MAX as u64 + 1;
        match &self.recalled {
            Recalled::Lots(ids) => {
                let which = lot::Column::Id.is_in(ids.iter().map(|id| id.uuid()));
                let which = Condition::all().add(which);
                let lots = lots_alone(uow, &below, which, one_more).await?;
                let found: BTreeSet<_> = lots.iter().map(|lot| lot.id).collect();
                let mut faults = Faults::default();
                for (number, id) in ids.iter().enumerate() {
                    if !found.contains(&id.uuid()) {
                        faults.note(
                            format!("/lot_ids/{number}"),
                            "reference",
                            "该单位及其下级没有这个批次",
                            "the organisation and those below it have no such lot",
                        );
                    }
                }
                faults.finish(Some(lots))
            }
            Recalled::Batch { item, batch } => {
                // Lots that come in at the same time wait, and find the recall.
                if !catalogue::item_alone(uow.db(), *item).await? {
                    return Err(Problem::at("/item_id", catalogue::no_such_item()));
                }
                let which = Condition::all()
                    .add(lot::Column::ItemId.eq(item.uuid()))
                    .add(lot::Column::Batch.eq(batch.as_str()));
                let lots = lots_alone(uow, &below, which, one_more).await?;
                if lots.len() > RECALL_LOTS_MAX {
                    return Err(self.too_many());
                }
                Ok(lots)
            }
        }
    }

    // What goods of them became: lots of kits that hold some of it, of kits that hold those, and lots
    // of another owner or purpose. Nobody moves them either.
    async fn further(
        &self,
        uow: &Uow<'_>,
        lots: &[lot::Model],
    ) -> Result<Vec<lot::Model>, Problem> {
        let mut known: BTreeSet<_> = lots.iter().map(|lot| lot.id).collect();
        let mut kits = Vec::new();
        loop {
            let mut found = queries::kits_holding(uow.db(), &known).await?;
            found.retain(|kit| !known.contains(kit));
            if found.is_empty() {
                return Ok(kits);
            }
            known.extend(found.iter().copied());
            if known.len() > RECALL_LOTS_MAX {
                return Err(self.too_many());
            }
            // Somebody may have put these into other kits before they were locked: look again.
            let which = Condition::all().add(lot::Column::Id.is_in(found));
            kits.extend(lots_alone(uow, &Scope::Everything, which, u64::MAX >> 1).await?);
        }
    }

    fn too_many(&self) -> Problem {
        let pointer = match self.recalled {
            Recalled::Lots(_) => "/lot_ids",
            Recalled::Batch { .. } => "/batch",
        };
        Problem::field(
            pointer,
            "too-many",
            format!(
                "连同装有它们的套装，批次超过 {RECALL_LOTS_MAX} 个，请分次或按下级单位分别召回"
            ),
            format!(
                "with the kits that hold them these are more than {RECALL_LOTS_MAX} lots: recall \
                 them in parts, or for each organisation below"
            ),
        )
    }
}

// What only changed its owner or its purpose is the recalled goods themselves, however often it did.
fn own_goods_first(lots: &mut Vec<lot::Model>, kits: &mut Vec<lot::Model>) {
    loop {
        let known: BTreeSet<_> = lots.iter().map(|lot| Some(lot.id)).collect();
        let (same, others): (Vec<_>, Vec<_>) = std::mem::take(kits)
            .into_iter()
            .partition(|lot| lot.parent_lot_id.is_some() && known.contains(&lot.parent_lot_id));
        *kits = others;
        if same.is_empty() {
            return;
        }
        lots.extend(same);
    }
}

/// Lifts a recall: its lots may be used again, if no other recall holds them back.
#[derive(Debug, Clone)]
pub(crate) struct LiftRecall {
    pub(crate) recall: Id<kinds::LotRecall>,
    pub(crate) reason: Text<500>,
}

impl Command for LiftRecall {
    type Output = LotRecallView;
    const NAME: &'static str = "stock.lift_recall";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveOrder]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LotRecallView, Problem> {
        let row = queries::lot_recall_to_change(uow.db(), &uow.scope(), self.recall).await?;
        uow.require(Capability::ApproveOrder, row.organisation_id)
            .await?;
        let state = queries::lot_recall_state(&row)?;
        let refused = |english: String| {
            Problem::new(Code::WrongState)
                .with("state", state.name().name())
                .with("recall_id", self.recall.to_string())
                .detail("该召回已经解除", english)
        };
        state
            .lift(signature(uow), self.reason.to_string())
            .map_err(|error| refused(error.to_string()))?;
        let lots = queries::lots_of_recall(uow.db(), self.recall).await?;
        let which = Condition::all().add(lot::Column::Id.is_in(lots.iter().copied()));
        lots_alone(uow, &Scope::Everything, which, u64::MAX >> 1).await?;
        let (organisation, version) = (row.organisation_id, row.version + 1);
        // Held back until now and not after, even where the clock of the recall was ahead.
        let lifted_at = uow.now().max(row.recalled_at);
        let held_until = (lifted_at - WAITED_MAX).max(row.recalled_at);
        let mut change = row.into_active_model();
        change.lifted_at = Set(Some(lifted_at));
        change.lifted_by = Set(Some(uow.caller().principal()));
        change.lift_reason = Set(Some(self.reason.as_str().to_owned()));
        change.held_until = Set(Some(held_until));
        change.version = Set(version);
        change.update(uow.db()).await?;
        settle_recalls(uow, &lots).await?;
        uow.subject(self.recall, Some(organisation));
        queries::lot_recall(uow.db(), &Scope::Everything, self.recall).await
    }
}
