//! Somebody asks.
//!
//! **Invariant.** All goods of a disposal are of one owner and past use when it is asked for, and
//! held from then on. Goods that are taken apart are bound to one purpose, so that their parts are.

use chrono::TimeDelta;
use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{
        DisposalStateName, DisposalWay, MixedRestrictions, Purpose, Reservation, disposable,
        heritage,
    },
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    clock::day_at_depots,
    problem::{Faults, Problem},
    scope::Scope,
    stock::{
        columns,
        ledger::{self, Terms},
    },
    uow::{Command, Permission, Uow},
};

use super::{
    Draw, Stuff, disposal,
    drawing::{Asked, merged},
    places, queries,
    wire::DisposalView,
};

/// Scrapping is asked for once a year (RULES 3.16), and an auction takes its time.
const HELD: TimeDelta = TimeDelta::days(400);

/// Asks the owner to let goods go for good.
#[derive(Debug, Clone)]
pub(crate) struct AskDisposal {
    pub(crate) id: Option<Id<kinds::Disposal>>,
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) way: DisposalWay,
    pub(crate) reason: Text<500>,
    /// Who found that the goods are past use.
    pub(crate) assessed_by: Text<200>,
    pub(crate) reference: Option<Text<64>>,
    /// Each names its lot.
    pub(crate) lines: Vec<Draw>,
}

impl Command for AskDisposal {
    type Output = DisposalView;
    const NAME: &'static str = "stock.ask_disposal";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["assessed_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DisposalView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::PostStock).await?;
        let id = self.id(uow).await?;
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
            disposal: Some(id),
            ..Terms::default()
        };
        ledger::reserve(uow, &reservation, &terms).await?;
        disposal::ActiveModel {
            depot_id: Set(depot.id.uuid()),
            id: Set(id.uuid()),
            owner_id: Set(owner.uuid()),
            way: Set(self.way.name().to_owned()),
            state: Set(DisposalStateName::Asked.name().to_owned()),
            reservation_id: Set(reservation.id().uuid()),
            reason: Set(self.reason.as_str().to_owned()),
            assessed_by: Set(self.assessed_by.as_str().to_owned()),
            reference: Set(self.reference.as_ref().map(|text| text.as_str().to_owned())),
            asked_at: Set(uow.now()),
            asked_by: Set(uow.caller().principal()),
            approved_at: Set(None),
            approved_by: Set(None),
            ended_at: Set(None),
            ended_by: Set(None),
            end_reason: Set(None),
            movement_id: Set(None),
            parts_movement_id: Set(None),
            proceeds_e4: Set(None),
            currency: Set(None),
            version: Set(1),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, Some(owner.uuid()));
        queries::disposal(uow.db(), &Scope::Everything, id).await
    }
}

impl AskDisposal {
    async fn id(&self, uow: &Uow<'_>) -> Result<Id<kinds::Disposal>, Problem> {
        let Some(id) = self.id else {
            return Ok(uow.id());
        };
        // The key of the table holds the depot too, so another depot's paper would not collide.
        let found = queries::disposal_row(uow.db(), &Scope::Everything, id).await;
        Problem::unless_new(found, "disposal.id").map(|()| id)
    }

    // Whose goods they all are, or why they do not leave on one paper.
    async fn owner(&self, uow: &Uow<'_>) -> Result<Id<kinds::Organisation>, Problem> {
        let goods: Vec<_> = self
            .lines
            .iter()
            .filter_map(|draw| match draw.stuff {
                Stuff::Lot { lot, condition, .. } => Some((lot, condition)),
                Stuff::Item(_) => None,
            })
            .collect();
        let ids: Vec<_> = goods.iter().map(|(lot, _)| *lot).collect();
        let lots = queries::lots_by_id(uow.db(), &Scope::Everything, &ids).await?;
        let mut faults = Faults::default();
        let mut owner = None;
        let mut bound = Vec::new();
        for (number, (id, condition)) in goods.into_iter().enumerate() {
            let lot = lots.get(&id).ok_or_else(Problem::not_found)?;
            let at = format!("/lines/{number}/lot_id");
            let fitness = columns::fitness(lot, condition)?;
            if disposable(&fitness, self.way, day_at_depots(uow.now())).is_none() {
                still_good(&mut faults, &at);
            }
            if *owner.get_or_insert(lot.owner_id) != lot.owner_id {
                faults.note(
                    at,
                    "owner",
                    "一张处置单只处置一个物权单位的物资",
                    "a disposal is of goods of one owner",
                );
            }
            bound.push(columns::heritage(lot)?);
        }
        if self.way == DisposalWay::PartsReused
            && let Err(MixedRestrictions { lot }) = heritage(&bound)
        {
            faults.note(
                format!("/lines/{lot}/lot_id"),
                "restriction",
                "拆件利用的物资须为同一定向，否则无法确定零件的定向",
                "goods that are taken apart are bound to one purpose, and their parts after them",
            );
        }
        faults.finish(owner.map(Id::from_uuid))
    }
}

fn still_good(faults: &mut Faults, at: &str) {
    faults.note(
        at,
        "still-good",
        "既未报废也未过期（被召回的物资只能退回厂家），不得处置",
        "neither condemned nor expired (recalled goods go back to their maker only)",
    );
}
