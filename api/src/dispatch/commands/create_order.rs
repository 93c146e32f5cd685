//! An order without a plan.
//!
//! **Invariant.** Its goods are reserved when it is written, all or nothing, and belong to one
//! owner.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{
    dispatch::order::Parties,
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
    stock::{PackPolicy, Purpose, Wanted, pick},
};

use super::new_order::{NewLine, NewOrder};
use crate::{
    catalogue,
    clock::day_at_depots,
    depots,
    dispatch::{queries, wire::OrderView},
    incidents::{self, NeedFacts},
    problem::{Code, Faults, Problem},
    stock::available::{self, Shelf},
    uow::{Command, Permission, Uow},
};

/// Where goods go.
#[derive(Debug, Clone, Copy)]
pub(in crate::dispatch) enum Destination {
    Site(Id<kinds::Site>),
    Depot(Id<kinds::Depot>),
}

/// What is wanted, as it was said.
#[derive(Debug)]
pub(in crate::dispatch) struct Wish {
    pub(in crate::dispatch) item: Id<kinds::Item>,
    pub(in crate::dispatch) lot: Option<Id<kinds::Lot>>,
    pub(in crate::dispatch) count: i64,
    pub(in crate::dispatch) unit: Option<String>,
    pub(in crate::dispatch) need: Option<Id<kinds::Need>>,
}

/// Writes a draft and reserves its goods.
#[derive(Debug)]
pub(in crate::dispatch) struct CreateOrder {
    pub(in crate::dispatch) id: Option<Id<kinds::DispatchOrder>>,
    pub(in crate::dispatch) depot: Id<kinds::Depot>,
    pub(in crate::dispatch) destination: Destination,
    pub(in crate::dispatch) owner: Id<kinds::Organisation>,
    pub(in crate::dispatch) wishes: Vec<Wish>,
    pub(in crate::dispatch) hold_hours: i64,
    pub(in crate::dispatch) contact_from: Option<Text<200>>,
    pub(in crate::dispatch) contact_to: Option<Text<200>>,
    pub(in crate::dispatch) note: Option<Text<1000>>,
}

// Where goods go, looked up.
struct Target {
    receiver: Id<kinds::Organisation>,
    requester: Id<kinds::Organisation>,
    incident: Option<Id<kinds::Incident>>,
    site: Option<Id<kinds::Site>>,
    to_depot: Option<Id<kinds::Depot>>,
    purpose: Purpose,
}

impl Command for CreateOrder {
    type Output = OrderView;
    const NAME: &'static str = "dispatch.create_order";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PlanDispatch]);
    const PERSONAL: &'static [&'static str] = &["contact_from", "contact_to", "oral_given_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<OrderView, Problem> {
        let depot = depots::depot(uow.db(), &uow.scope(), self.depot)
            .await
            .map_err(|problem| unknown(problem, "/depot_id"))?;
        let target = self.target(uow).await?;
        uow.require(Capability::PlanDispatch, target.requester.uuid())
            .await?;
        self.check_needs(uow, &target).await?;
        let lines = self.lines(uow, &target.purpose).await?;
        let id = self.id.unwrap_or_else(|| uow.id());
        let order = NewOrder {
            id,
            depot: self.depot,
            depot_code: depot.code,
            parties: Parties {
                requester: target.requester,
                owner: self.owner,
                keeper: depot.organisation_id,
                receiver: target.receiver,
            },
            incident: target.incident,
            plan: None,
            site: target.site,
            to_depot: target.to_depot,
            lines,
            purpose: target.purpose,
            held_until: uow.now() + TimeDelta::hours(self.hold_hours),
            contact_from: self.contact_from.clone(),
            contact_to: self.contact_to.clone(),
            note: self.note.clone(),
        };
        order.insert(uow).await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        queries::order(uow.db(), &uow.scope(), id, uow.now()).await
    }
}

impl CreateOrder {
    async fn target(&self, uow: &Uow<'_>) -> Result<Target, Problem> {
        match self.destination {
            Destination::Site(id) => {
                let found = incidents::sites(uow.db(), &uow.scope(), &[id]).await?;
                let site = found.into_iter().next().ok_or_else(|| {
                    Problem::field(
                        "/site_id",
                        "reference",
                        "没有这个地点",
                        "there is no such site",
                    )
                })?;
                // Whoever answers needs does so alone, so that nobody answers them twice.
                let incident = if self.wishes.iter().any(|wish| wish.need.is_some()) {
                    incidents::hold_incident(uow.db(), &uow.scope(), site.incident).await?
                } else {
                    incidents::open_incident(uow.db(), &uow.scope(), site.incident).await?
                };
                Ok(Target {
                    receiver: site.receiver,
                    requester: incident.organisation,
                    incident: Some(incident.id),
                    site: Some(id),
                    to_depot: None,
                    purpose: Purpose {
                        incident: Some(incident.id),
                        division: site.division,
                        programme: None,
                    },
                })
            }
            Destination::Depot(id) => {
                let to = depots::depot(uow.db(), &uow.scope(), id)
                    .await
                    .map_err(|problem| unknown(problem, "/to_depot_id"))?;
                Ok(Target {
                    receiver: to.organisation_id,
                    requester: to.organisation_id,
                    incident: None,
                    site: None,
                    to_depot: Some(id),
                    purpose: Purpose::default(),
                })
            }
        }
    }

    // A line answers an open need of the same site and item, or one that accepts the item, or none.
    async fn check_needs(&self, uow: &Uow<'_>, target: &Target) -> Result<(), Problem> {
        let ids: Vec<_> = self.wishes.iter().filter_map(|wish| wish.need).collect();
        let known: Vec<NeedFacts> = match target.incident {
            Some(incident) if !ids.is_empty() => {
                let limit = ids.len() as u64;
                incidents::open_needs(uow.db(), &uow.scope(), incident, &ids, limit).await?
            }
            _ => Vec::new(),
        };
        let mut faults = Faults::default();
        for (index, wish) in self.wishes.iter().enumerate() {
            let fits = wish.need.is_none_or(|id| {
                known.iter().any(|need| {
                    let item = need.item == wish.item || need.substitutes.rate(wish.item).is_some();
                    need.id == id && Some(need.site) == target.site && item
                })
            });
            if !fits {
                faults.note(
                    format!("/lines/{index}/need_id"),
                    "reference",
                    "该地点没有这项未撤回的、需要或接受该物资的需求",
                    "the site has no such open need that wants or accepts this item",
                );
            }
        }
        faults.finish(Some(()))
    }

    async fn lines(&self, uow: &Uow<'_>, purpose: &Purpose) -> Result<Vec<NewLine>, Problem> {
        let items: Vec<_> = self
            .wishes
            .iter()
            .map(|wish| wish.item)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let facts = catalogue::item_facts(uow.db(), &items).await?;
        let mut shelves = available::shelves(uow.db(), &uow.scope(), &[self.depot], &items).await?;
        shelves.retain(|shelf| shelf.owner == self.owner);
        let mut lines = Vec::new();
        for (index, wish) in self.wishes.iter().enumerate() {
            let at = |fault| Problem::at(format!("/lines/{index}/item_id"), fault);
            let item = catalogue::known(&facts, wish.item).map_err(at)?;
            let quantity = match &wish.unit {
                Some(unit) => item.units.to_base(wish.count, unit).map_err(|error| {
                    let pointer = format!("/lines/{index}/unit");
                    Problem::field(pointer, "unit", "数量或单位不对", error.to_string())
                })?,
                None => Quantity::new(wish.count).map_err(Problem::internal)?,
            };
            lines.extend(self.pick(uow, wish, quantity, purpose, &mut shelves)?);
        }
        Ok(lines)
    }

    // Takes from the shelves what one wish asks for, first expired first.
    fn pick(
        &self,
        uow: &Uow<'_>,
        wish: &Wish,
        quantity: Quantity,
        purpose: &Purpose,
        shelves: &mut [Shelf],
    ) -> Result<Vec<NewLine>, Problem> {
        let candidates: Vec<_> = shelves
            .iter()
            .filter(|shelf| shelf.item == wish.item && wish.lot.is_none_or(|lot| lot == shelf.lot))
            .map(Shelf::candidate)
            .collect();
        let wanted = Wanted {
            quantity,
            day: day_at_depots(uow.now()),
            purpose: purpose.clone(),
            packs: PackPolicy::Loose,
        };
        let picking = pick(&candidates, &wanted);
        if picking.missing > 0 {
            return Err(Problem::new(Code::InsufficientStock)
                .with("item_id", wish.item.to_string())
                .with("available", quantity.get() - picking.missing)
                .with("requested", quantity.get()));
        }
        for hold in &picking.picked {
            if let Some(shelf) = shelves
                .iter_mut()
                .find(|shelf| (shelf.zone, shelf.lot) == (hold.zone, hold.lot))
            {
                shelf.available -= hold.quantity.get();
            }
        }
        Ok(picking
            .picked
            .into_iter()
            .map(|hold| NewLine {
                need: wish.need,
                item: wish.item,
                lot: hold.lot,
                zone: hold.zone,
                condition: hold.condition,
                quantity: hold.quantity,
            })
            .collect())
    }
}

// What a body refers to and the caller does not see is a fault of the body.
pub(super) fn unknown(problem: Problem, pointer: &str) -> Problem {
    problem.named_at(pointer, "没有这个储备库", "there is no such depot")
}
