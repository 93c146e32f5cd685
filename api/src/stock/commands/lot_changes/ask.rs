//! Somebody asks.
//!
//! **Invariant.** All goods of a change are of one owner, and each would really change. They are held
//! from then on; what others hold is not to be had.

use chrono::TimeDelta;
use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{LotChangeStateName, LotChangeTo, Purpose, Reservation, Restriction, UnchangedLot},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    clock::day_at_depots,
    organisations,
    problem::{Faults, Problem},
    scope::Scope,
    stock::{
        columns,
        ledger::{self, Terms},
    },
    uow::{Command, Permission, Uow},
};

use super::{
    Draw, Stuff,
    drawing::{Asked, merged},
    lot_change, places, queries,
    wire::LotChangeView,
};

// Two societies agree within a season, or ask again.
const HELD: TimeDelta = TimeDelta::days(90);

/// Asks that goods become another's, or serve something else.
#[derive(Debug, Clone)]
pub(crate) struct AskLotChange {
    pub(crate) id: Option<Id<kinds::LotChange>>,
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) reason: Text<500>,
    pub(crate) to: LotChangeTo,
    /// Each names its lot.
    pub(crate) lines: Vec<Draw>,
}

impl Command for AskLotChange {
    type Output = LotChangeView;
    const NAME: &'static str = "stock.ask_lot_change";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["given_by", "heard_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LotChangeView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::PostStock).await?;
        let id = self.id(uow).await?;
        self.check_references(uow).await?;
        let asked = Asked {
            depot: depot.id,
            owner: None,
            draws: &self.lines,
            purpose: &Purpose::default(),
            day: day_at_depots(uow.now()),
        };
        let holds = merged(asked.resolve(uow).await?)?;
        let owner = self.owner(uow).await?;
        let deadline = uow.now() + HELD;
        let reservation = Reservation::hold(uow.id(), depot.id, holds, uow.now(), deadline)
            .map_err(Problem::internal)?;
        let terms = Terms {
            lot_change: Some(id),
            ..Terms::default()
        };
        ledger::reserve(uow, &reservation, &terms).await?;
        self.row(uow, id, owner, reservation.id())
            .insert(uow.db())
            .await?;
        uow.subject(id, Some(owner.uuid()));
        queries::lot_change(uow.db(), &Scope::Everything, id).await
    }
}

impl AskLotChange {
    async fn id(&self, uow: &Uow<'_>) -> Result<Id<kinds::LotChange>, Problem> {
        let Some(id) = self.id else {
            return Ok(uow.id());
        };
        // The key of the table holds the depot too, so another depot's paper would not collide.
        let found = queries::lot_change_row(uow.db(), &Scope::Everything, id).await;
        Problem::unless_new(found, "lot_change.id").map(|()| id)
    }

    async fn check_references(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        match &self.to {
            LotChangeTo::Owner { to } => {
                // Owners are reference data: a county gives to its province.
                if organisations::known(uow.db(), &[*to]).await?.is_empty() {
                    return Err(Problem::field(
                        "/to_owner_id",
                        "reference",
                        "没有这个单位",
                        "there is no such organisation",
                    ));
                }
                Ok(())
            }
            LotChangeTo::Purpose { to, consent } => {
                if consent.given_on > uow.today() {
                    return Err(Problem::field(
                        "/consent/given_on",
                        "out-of-range",
                        "不得晚于今天",
                        "must not be in the future",
                    ));
                }
                let Restriction::Division(code) = to else {
                    return Ok(());
                };
                let pointer = "/to_restriction/division_code";
                organisations::existing_division(uow.db(), code, uow.today(), pointer)
                    .await
                    .map(drop)
            }
        }
    }

    // Whose goods they all are, or why they do not change.
    async fn owner(&self, uow: &Uow<'_>) -> Result<Id<kinds::Organisation>, Problem> {
        let named = self.lines.iter().filter_map(|draw| match draw.stuff {
            Stuff::Lot { lot, .. } => Some(lot),
            Stuff::Item(_) => None,
        });
        let named: Vec<_> = named.collect();
        let lots = queries::lots_by_id(uow.db(), &Scope::Everything, &named).await?;
        let assembled = queries::assembled_among(uow.db(), &named).await?;
        let mut faults = Faults::default();
        let mut owner = None;
        for (number, id) in named.into_iter().enumerate() {
            let lot = lots.get(&id).ok_or_else(Problem::not_found)?;
            let at = format!("/lines/{number}/lot_id");
            if *owner.get_or_insert(lot.owner_id) != lot.owner_id {
                faults.note(
                    at.clone(),
                    "owner",
                    "一张变更单只变更一个物权单位的物资",
                    "a change is of goods of one owner",
                );
            }
            if assembled.contains(&id) {
                faults.note(
                    at.clone(),
                    "kit",
                    "自行组装的套装请先拆解，再变更内容物",
                    "kits that were put together here are taken apart first",
                );
            }
            if lot.recalled_at.is_some() {
                faults.note(
                    at.clone(),
                    "recalled",
                    "批次已被召回",
                    "the lot is recalled",
                );
            }
            if let Err(error) = self.to.facts(&columns::lot_facts(lot)?) {
                unchanged(&mut faults, at, &error);
            }
        }
        faults.finish(owner.map(Id::from_uuid))
    }

    fn row(
        &self,
        uow: &Uow<'_>,
        id: Id<kinds::LotChange>,
        owner: Id<kinds::Organisation>,
        reservation: Id<kinds::Reservation>,
    ) -> lot_change::ActiveModel {
        let mut row = lot_change::ActiveModel {
            depot_id: Set(self.depot.uuid()),
            id: Set(id.uuid()),
            owner_id: Set(owner.uuid()),
            kind: Set(self.to.kind().name().to_owned()),
            state: Set(LotChangeStateName::Asked.name().to_owned()),
            reservation_id: Set(reservation.uuid()),
            reason: Set(self.reason.as_str().to_owned()),
            asked_at: Set(uow.now()),
            asked_by: Set(uow.caller().principal()),
            version: Set(1),
            ..Default::default()
        };
        match &self.to {
            LotChangeTo::Owner { to } => row.to_owner_id = Set(Some(to.uuid())),
            LotChangeTo::Purpose { to, consent } => {
                let (kind, bound_to) = columns::of_restriction(to);
                let text = |text: &str| Set(Some(text.to_owned()));
                row.to_restriction_kind = text(kind);
                row.to_restriction = Set(bound_to);
                row.consent_given_by = text(consent.given_by.as_str());
                row.consent_reference = text(consent.reference.as_str());
                row.consent_given_on = text(&consent.given_on.to_string());
                row.consent_heard_by = text(consent.heard_by.as_str());
                row.consent_sha256 = text(consent.evidence_sha256.as_str());
            }
        }
        row
    }
}

fn unchanged(faults: &mut Faults, at: String, error: &UnchangedLot) {
    let english = error.to_string();
    match error {
        UnchangedLot::SameOwner => {
            faults.note(at, "unchanged", "物资已属于该单位", english);
        }
        UnchangedLot::SamePurpose => {
            faults.note(at, "unchanged", "物资已是这一定向用途", english);
        }
        UnchangedLot::OtherDonor { donor } => faults.note(
            at,
            "donor",
            format!("捐赠人是{donor}，不是同意书上的捐赠人"),
            english,
        ),
    }
}
