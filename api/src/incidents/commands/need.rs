//! Needs that people state, and taking needs back.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    catalogue::UnitError,
    identity::Capability,
    incidents::{GuaranteedMinimum, StandIns, Substitutes, leads_back},
    kernel::{Id, Quantity, Text, kinds},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, prelude::Uuid, sea_query::LockType,
};

use crate::{
    catalogue::{self, ItemFacts},
    incidents::{
        queries, rows,
        wire::{NOTE_MAX, NeedView, NeedsView},
    },
    problem::{Code, Fault, Faults, Problem},
    scope::visible,
    uow::{Command, Permission, Uow},
};

use super::{held_open, require_for_site};

/// States what sites of an open incident need.
#[derive(Debug)]
pub(crate) struct StateNeeds {
    pub(crate) incident: Id<kinds::Incident>,
    pub(crate) lines: Vec<NeedLine>,
}

/// One thing that a site needs.
#[derive(Debug)]
pub(crate) struct NeedLine {
    pub(crate) id: Option<Id<kinds::Need>>,
    pub(crate) site: Id<kinds::Site>,
    pub(crate) item: Id<kinds::Item>,
    /// How many of the unit.
    pub(crate) count: i64,
    /// How many of them come first; 0 for none.
    pub(crate) minimum: i64,
    /// The base unit if absent.
    pub(crate) unit: Option<Text<16>>,
    /// 1 to 3.
    pub(crate) priority: i64,
    pub(crate) needed_by: Option<DateTime<Utc>>,
    pub(crate) note: Option<Text<200>>,
    pub(crate) substitutes: Substitutes,
}

impl Command for StateNeeds {
    type Output = NeedsView;
    const NAME: &'static str = "incidents.state_needs";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<NeedsView, Problem> {
        let incident = held_open(uow, self.incident).await?;
        let sites = self.sites(uow).await?;
        let wanted = self.lines.iter().map(|line| line.item);
        let instead = self.lines.iter().flat_map(|line| line.substitutes.iter());
        let ids: BTreeSet<_> = wanted.chain(instead.map(|it| it.item)).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let items = catalogue::item_facts(uow.db(), &ids).await?;
        let mut faults = Faults::default();
        self.check_circles(uow, &mut faults, &sites).await?;
        let asked: Vec<_> = self
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| line.check(&mut faults, index, &sites, &items))
            .collect();
        let asked = faults.finish(asked.into_iter().collect::<Option<Vec<_>>>())?;
        for organisation in sites.values().collect::<BTreeSet<_>>() {
            require_for_site(uow, &incident, *organisation).await?;
        }
        let rows: Vec<_> = self
            .lines
            .iter()
            .zip(asked)
            .map(|(line, asked)| line.row(uow, incident.id, asked))
            .collect();
        insert(uow, &rows).await?;
        insert_substitutes(uow, &rows, &self.lines).await?;
        uow.subject(self.incident, Some(incident.organisation_id));
        let needs = rows.into_iter().zip(&self.lines);
        let needs = needs.map(|(row, line)| NeedView::new(row, line.substitutes.clone()));
        Ok(NeedsView {
            needs: needs.collect::<Result<_, _>>()?,
        })
    }
}

impl StateNeeds {
    // What would lead back to what it is to stand for, by what all needs at the site accept. Who states
    // needs there at the same moment is not seen: a circle hurts nobody who plans (`Substitutes`), it is
    // told because nobody means it.
    async fn check_circles(
        &self,
        uow: &Uow<'_>,
        faults: &mut Faults,
        known: &BTreeMap<Uuid, Uuid>,
    ) -> Result<(), Problem> {
        let accepting = self.lines.iter().filter(|it| !it.substitutes.is_empty());
        let sites: BTreeSet<_> = accepting.map(|line| line.site).collect();
        let known = sites
            .into_iter()
            .filter(|site| known.contains_key(&site.uuid()));
        let known: BTreeSet<_> = known.collect();
        if known.is_empty() {
            return Ok(());
        }
        let there = queries::needs_at(uow.db(), &known).await?;
        let there = there.iter().map(|it| (it.site, it.item, &it.substitutes));
        let fresh = self
            .lines
            .iter()
            .map(|it| (it.site, it.item, &it.substitutes));
        let mut by_site: BTreeMap<_, StandIns> = BTreeMap::new();
        for (site, item, substitutes) in there.chain(fresh) {
            let of_item = by_site.entry(site).or_default().entry(item).or_default();
            of_item.extend(substitutes.iter().map(|it| it.item));
        }
        for (index, line) in self.lines.iter().enumerate() {
            let Some(at_site) = by_site.get(&line.site) else {
                continue;
            };
            for (place, it) in line.substitutes.iter().enumerate() {
                if leads_back(line.item, it.item, at_site) {
                    faults.note(
                        format!("/lines/{index}/substitutes/{place}/item_id"),
                        "cyclic",
                        "该地点的需求互为替代品，形成循环",
                        "needs at this site accept each other's items in a circle",
                    );
                }
            }
        }
        Ok(())
    }

    // The sites of this incident that the lines name and the caller sees, and who receives there.
    async fn sites(&self, uow: &Uow<'_>) -> Result<BTreeMap<Uuid, Uuid>, Problem> {
        use rows::site::{Column, Entity};
        let ids = self.lines.iter().map(|line| line.site.uuid());
        let found = visible::<Entity>(&uow.scope())
            .filter(Column::IncidentId.eq(self.incident.uuid()))
            .filter(Column::Id.is_in(ids))
            .all(uow.db())
            .await?;
        let sites = found
            .into_iter()
            .map(|site| (site.id, site.organisation_id));
        Ok(sites.collect())
    }
}

// How much is needed and how much of it comes first, in base units.
#[derive(Debug, Clone, Copy)]
struct Asked {
    quantity: Quantity,
    minimum: Option<Quantity>,
}

impl NeedLine {
    fn check(
        &self,
        faults: &mut Faults,
        index: usize,
        sites: &BTreeMap<Uuid, Uuid>,
        items: &BTreeMap<Id<kinds::Item>, ItemFacts>,
    ) -> Option<Asked> {
        let at = |member: &str| format!("/lines/{index}/{member}");
        let site = sites.get(&self.site.uuid());
        if site.is_none() {
            faults.note(
                at("site_id"),
                "reference",
                "该事件没有这个安置点",
                "the incident has no such site",
            );
        }
        let item = faults.take(at("item_id"), catalogue::known(items, self.item))?;
        for (place, it) in self.substitutes.iter().enumerate() {
            let at = at(&format!("substitutes/{place}/item_id"));
            faults.take(at, catalogue::known(items, it.item));
        }
        let unit = self
            .unit
            .as_ref()
            .map_or_else(|| item.units.base().as_str(), Text::as_str);
        let quantity = match item.units.to_base(self.count, unit) {
            Ok(quantity) => Some(quantity),
            Err(UnitError::Quantity(error)) => faults.take(at("quantity"), Err(error)),
            Err(error) => {
                let fault = Fault::new("unit", "该物资没有这个单位", error.to_string());
                faults.take(at("unit"), Err(fault))
            }
        };
        let quantity = quantity?;
        let minimum = self.minimum(faults, at("minimum_quantity"), quantity, item, unit)?;
        site.map(|_| Asked { quantity, minimum })
    }

    fn minimum(
        &self,
        faults: &mut Faults,
        at: String,
        quantity: Quantity,
        item: &ItemFacts,
        unit: &str,
    ) -> Option<Option<Quantity>> {
        if self.minimum == 0 {
            return Some(None);
        }
        let fault = |text: String| Fault::new("out-of-range", "保障下限不能大于需求数量", text);
        let minimum = item.units.to_base(self.minimum, unit);
        let checked = minimum
            .map_err(|error| fault(error.to_string()))
            .and_then(|minimum| {
                GuaranteedMinimum::new(minimum, quantity)
                    .map(|_| minimum)
                    .map_err(|error| fault(error.to_string()))
            });
        faults.take(at, checked).map(Some)
    }

    fn row(&self, uow: &Uow<'_>, incident: Uuid, asked: Asked) -> rows::need::Model {
        let id = self.id.unwrap_or_else(|| uow.id());
        rows::need::Model {
            id: id.uuid(),
            incident_id: incident,
            site_id: self.site.uuid(),
            item_id: self.item.uuid(),
            quantity: asked.quantity.get(),
            minimum_quantity: asked.minimum.map(Quantity::get),
            priority: self.priority,
            needed_by: self.needed_by,
            origin: "stated".to_owned(),
            basis: None,
            note: self.note.as_ref().map(Text::to_string),
            state: "open".to_owned(),
            withdrawn_at: None,
            withdrawn_reason: None,
            version: 1,
            created_at: uow.now(),
        }
    }
}

/// Writes fresh needs down; 500 of them stay below SQLite's limit of bound values.
pub(super) async fn insert(uow: &Uow<'_>, rows: &[rows::need::Model]) -> Result<(), Problem> {
    let fresh = rows.iter().cloned().map(|row| {
        // What comes from a table counts as unchanged; all of this is new.
        row.into_active_model().reset_all()
    });
    rows::need::Entity::insert_many(fresh)
        .exec_without_returning(uow.db())
        .await?;
    Ok(())
}

// What may go for fresh needs in their place.
async fn insert_substitutes(
    uow: &Uow<'_>,
    needs: &[rows::need::Model],
    lines: &[NeedLine],
) -> Result<(), Problem> {
    use rows::need_substitute::{ActiveModel, Entity};
    let fresh = needs.iter().zip(lines).flat_map(|(need, line)| {
        let list = line.substitutes.iter().zip(0_i64..);
        list.map(|(it, place)| ActiveModel {
            need_id: Set(need.id),
            place: Set(place),
            item_id: Set(it.item.uuid()),
            units: Set(it.rate.units()),
            stand_for: Set(it.rate.stand_for()),
        })
    });
    let fresh: Vec<_> = fresh.collect();
    if !fresh.is_empty() {
        Entity::insert_many(fresh)
            .exec_without_returning(uow.db())
            .await?;
    }
    Ok(())
}

/// Takes a need back. What was handed over for it stays handed over.
#[derive(Debug)]
pub(crate) struct WithdrawNeed {
    pub(crate) id: Id<kinds::Need>,
    pub(crate) reason: Text<NOTE_MAX>,
}

impl Command for WithdrawNeed {
    type Output = NeedView;
    const NAME: &'static str = "incidents.withdraw_need";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<NeedView, Problem> {
        use rows::need::{Column, Entity};
        let row = visible::<Entity>(&uow.scope())
            .filter(Column::Id.eq(self.id.uuid()))
            .lock(LockType::Update)
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        let incident = held_open(uow, Id::from_uuid(row.incident_id)).await?;
        let site = visible::<rows::site::Entity>(&uow.scope())
            .filter(rows::site::Column::Id.eq(row.site_id))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        require_for_site(uow, &incident, site.organisation_id).await?;
        if row.withdrawn_at.is_some() {
            return Err(Problem::new(Code::WrongState)
                .detail("该需求已撤回", "the need was withdrawn already")
                .with("state", "withdrawn"));
        }
        let version = row.version + 1;
        let mut change = row.into_active_model();
        change.state = Set("withdrawn".to_owned());
        change.withdrawn_at = Set(Some(uow.now()));
        change.withdrawn_reason = Set(Some(self.reason.to_string()));
        change.version = Set(version);
        let changed = change.update(uow.db()).await?;
        uow.subject(self.id, Some(site.organisation_id));
        let views = queries::with_substitutes(uow.db(), vec![changed], NeedView::new).await?;
        views.into_iter().next().ok_or_else(Problem::not_found)
    }
}
