//! Needs that a standard computes.
//!
//! **Invariant.** Every line of the standard is in the answer: as a need, or as unmatched with the
//! reason.

use chrono::{DateTime, Utc};
use domain::{
    identity::Capability,
    incidents::{Population, Standard, StandardError, StandardLine, Substitutes},
    kernel::{Id, Quantity, Text, kinds},
};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    incidents::{
        queries, rows, standards,
        wire::{ComputedNeedsView, NeedBasisView, NeedView, UnmatchedView},
    },
    problem::{Fault, Faults, Problem},
    scope::visible,
    uow::{Command, Permission, Uow},
};

use super::{held_open, need, require_for_site};

/// Computes what a site needs and states it.
#[derive(Debug)]
pub(crate) struct ComputeNeeds {
    pub(crate) incident: Id<kinds::Incident>,
    pub(crate) site: Id<kinds::Site>,
    pub(crate) standard: Text<64>,
    pub(crate) people: u64,
    pub(crate) households: Option<u64>,
    pub(crate) days: u32,
    /// 1 to 3.
    pub(crate) priority: i64,
    pub(crate) needed_by: Option<DateTime<Utc>>,
}

impl Command for ComputeNeeds {
    type Output = ComputedNeedsView;
    const NAME: &'static str = "incidents.compute_needs";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ComputedNeedsView, Problem> {
        let incident = held_open(uow, self.incident).await?;
        let mut faults = Faults::default();
        let site = visible::<rows::site::Entity>(&uow.scope())
            .filter(rows::site::Column::Id.eq(self.site.uuid()))
            .filter(rows::site::Column::IncidentId.eq(incident.id))
            .one(uow.db())
            .await?
            .ok_or_else(|| {
                Fault::new(
                    "reference",
                    "该事件没有这个安置点",
                    "the incident has no such site",
                )
            });
        let site = faults.take("/site_id", site);
        let standard = standards::standard(self.standard.as_str())?
            .ok_or_else(|| Fault::new("reference", "没有这个标准", "there is no such standard"));
        let standard = faults.take("/standard_id", standard);
        let answers = standard.as_ref().and_then(|standard| {
            let answers = self.answers(standard);
            faults.take("/households", answers)
        });
        let (site, answers) = faults.finish(site.zip(answers))?;
        require_for_site(uow, &incident, site.organisation_id).await?;
        let (rows, unmatched) = self.match_items(uow, &answers).await?;
        if !rows.is_empty() {
            need::insert(uow, &rows).await?;
        }
        uow.subject(self.incident, Some(incident.organisation_id));
        // Standards name no substitutes.
        let needs = rows.into_iter();
        let needs = needs.map(|row| NeedView::new(row, Substitutes::default()));
        Ok(ComputedNeedsView {
            standard_id: self.standard.to_string(),
            needs: needs.collect::<Result<_, _>>()?,
            unmatched,
        })
    }
}

impl ComputeNeeds {
    fn answers(&self, standard: &Standard) -> Result<Vec<(StandardLine, Quantity)>, Fault> {
        let population = Population {
            people: self.people,
            households: self.households,
        };
        let answers = standard.compute(population, self.days).map_err(|error| {
            let (code, zh) = match &error {
                StandardError::HouseholdsUnknown { .. } => {
                    ("required", "该标准按户计算，请给出户数")
                }
                StandardError::TooLarge { .. } => ("out-of-range", "结果超过 10^12"),
            };
            Fault::new(code, zh, error.to_string())
        })?;
        let owned = |(line, quantity): (&StandardLine, Quantity)| (line.clone(), quantity);
        Ok(answers.into_iter().map(owned).collect())
    }

    async fn match_items(
        &self,
        uow: &Uow<'_>,
        answers: &[(StandardLine, Quantity)],
    ) -> Result<(Vec<rows::need::Model>, Vec<UnmatchedView>), Problem> {
        let lines = answers.iter().map(|(line, _)| line.clone());
        let lines = queries::matched(uow.db(), lines).await?;
        let (mut rows, mut unmatched) = (Vec::new(), Vec::new());
        for (matched, (line, asked)) in lines.into_iter().zip(answers) {
            let quantity = matched.in_base_units(*asked);
            let item = matched.item.map(|item| item.id);
            match item.and_then(|item| quantity.map(|quantity| (item, quantity)).ok_or("unit")) {
                Ok((item, quantity)) => rows.push(self.row(uow, line, *asked, item, quantity)?),
                Err(reason) => unmatched.push(UnmatchedView {
                    item_key: line.item_key.clone(),
                    title_zh: line.title_zh.clone(),
                    title_en: line.title_en.clone(),
                    asked: asked.get(),
                    unit: line.unit.clone(),
                    reason: reason.to_owned(),
                }),
            }
        }
        Ok((rows, unmatched))
    }

    fn row(
        &self,
        uow: &Uow<'_>,
        line: &StandardLine,
        asked: Quantity,
        item: Id<kinds::Item>,
        quantity: Quantity,
    ) -> Result<rows::need::Model, Problem> {
        let basis = NeedBasisView {
            standard_id: self.standard.to_string(),
            item_key: line.item_key.clone(),
            people: self.people,
            households: self.households,
            days: self.days,
            asked: asked.get(),
            unit: line.unit.clone(),
        };
        Ok(rows::need::Model {
            id: uow.id::<kinds::Need>().uuid(),
            incident_id: self.incident.uuid(),
            site_id: self.site.uuid(),
            item_id: item.uuid(),
            quantity: quantity.get(),
            minimum_quantity: None,
            priority: self.priority,
            needed_by: self.needed_by,
            origin: "computed".to_owned(),
            basis: Some(serde_json::to_string(&basis).map_err(Problem::internal)?),
            note: None,
            state: "open".to_owned(),
            withdrawn_at: None,
            withdrawn_reason: None,
            version: 1,
            created_at: uow.now(),
        })
    }
}
