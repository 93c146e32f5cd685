//! A statement is written down.
//!
//! **Invariant.** What it says is fixed here, with its digest; a correction says here in what it
//! differs.

use domain::{
    disclosure::differences,
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use super::{
    queries,
    rows::statement,
    wire::{
        CorrectsView, StatementAsked, StatementContent, StatementDifferenceView,
        StatementSummaryView, digest_of,
    },
};
use crate::{
    problem::{Code, Faults, Problem},
    scope::Scope,
    uow::{Command, Permission, Uow},
};

/// Writes a statement down, for somebody else to publish.
#[derive(Debug, Clone)]
pub(in crate::disclosure) struct PrepareStatement {
    pub(in crate::disclosure) id: Option<Id<kinds::Statement>>,
    pub(in crate::disclosure) title: Text<200>,
    pub(in crate::disclosure) asked: StatementAsked,
    /// Which published statement it takes the place of, and why.
    pub(in crate::disclosure) corrects: Option<(Id<kinds::Statement>, Text<500>)>,
}

impl Command for PrepareStatement {
    type Output = StatementSummaryView;
    const NAME: &'static str = "disclosure.prepare_statement";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PrepareStatement]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<StatementSummaryView, Problem> {
        let body = self.asked.organisation.uuid();
        let corrected = self.corrected(uow).await?;
        let found = queries::content(uow.db(), &uow.scope(), &self.asked, uow.now()).await;
        let mut content = found.map_err(in_body)?;
        uow.require(Capability::PrepareStatement, body).await?;
        if content.donor_id.is_some() && content.donor_name.is_none() {
            return Err(Problem::field(
                "/donor_id",
                "not-public",
                "该捐赠人未同意公开姓名，不得单独公示",
                "the public may not know this donor by name",
            ));
        }
        if let (Some(row), Some((id, reason))) = (&corrected, &self.corrects) {
            let before: StatementContent =
                serde_json::from_str(&row.content).map_err(Problem::internal)?;
            content.differences = told(&before, &content);
            content.corrects = Some(CorrectsView {
                statement_id: *id,
                digest: row.digest.clone(),
                reason: reason.as_str().to_owned(),
            });
        }
        let id = match self.id {
            Some(id) => {
                let found = queries::statement(uow.db(), &Scope::Everything, id).await;
                Problem::unless_new(found, "statement.id").map(|()| id)?
            }
            None => uow.id(),
        };
        let row = self.row(uow, id, &content)?.insert(uow.db()).await?;
        uow.subject(id, Some(body));
        Ok(StatementSummaryView::from(row))
    }
}

impl PrepareStatement {
    fn row(
        &self,
        uow: &Uow<'_>,
        id: Id<kinds::Statement>,
        content: &StatementContent,
    ) -> Result<statement::ActiveModel, Problem> {
        let canonical = content.canonical()?;
        Ok(statement::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(self.asked.organisation.uuid()),
            title: Set(self.title.as_str().to_owned()),
            incident_id: Set(self.asked.incident.map(Id::uuid)),
            donor_id: Set(self.asked.donor.map(Id::uuid)),
            item_id: Set(self.asked.item.map(Id::uuid)),
            source: Set(self.asked.source.map(|source| source.name().to_owned())),
            from_at: Set(content.from),
            until_at: Set(content.until),
            position: Set(content.position),
            state: Set("prepared".to_owned()),
            corrects_id: Set(self.corrects.as_ref().map(|(id, _)| id.uuid())),
            digest: Set(digest_of(&canonical)),
            content: Set(canonical),
            line_count: Set(i64::try_from(content.lines.len()).map_err(Problem::internal)?),
            prepared_at: Set(uow.now()),
            prepared_by: Set(uow.caller().principal()),
            ended_at: Set(None),
            ended_by: Set(None),
            reason: Set(None),
            version: Set(1),
        })
    }

    // The statement that it takes the place of, which is about the same.
    async fn corrected(&self, uow: &Uow<'_>) -> Result<Option<statement::Model>, Problem> {
        let Some((id, _)) = &self.corrects else {
            return Ok(None);
        };
        let row = queries::statement_to_change(uow.db(), &uow.scope(), *id).await;
        let row = row.map_err(|problem| {
            problem.named_at("/corrects_id", "没有这个公示", "there is no such statement")
        })?;
        standing_alone(uow, &row).await?;
        let then = queries::asked_of(&row)?;
        let now = &self.asked;
        let mut faults = Faults::default();
        for (pointer, is_same) in [
            ("/organisation_id", then.organisation == now.organisation),
            ("/incident_id", then.incident == now.incident),
            ("/donor_id", then.donor == now.donor),
            ("/item_id", then.item == now.item),
            ("/source", then.source == now.source),
            ("/from", then.from == now.from),
        ] {
            if !is_same {
                faults.note(
                    pointer,
                    "contradictory",
                    "更正须与被更正的公示范围相同",
                    "a correction is about what the statement was about that it corrects",
                );
            }
        }
        faults.finish(Some(Some(row)))
    }
}

/// Refuses unless a statement is published and nothing took its place.
pub(super) async fn standing_alone(uow: &Uow<'_>, row: &statement::Model) -> Result<(), Problem> {
    let statement: Id<kinds::Statement> = Id::from_uuid(row.id);
    let wrong = |state: &str| {
        Problem::new(Code::WrongState)
            .with("state", state)
            .with("statement_id", statement.to_string())
    };
    if row.state != "published" {
        return Err(wrong(&row.state));
    }
    match queries::corrected_by(uow.db(), row.id).await? {
        None => Ok(()),
        Some(_) => Err(wrong("corrected").detail(
            "该公示已被更正，请更正新的公示",
            "a newer statement took its place: correct that one",
        )),
    }
}

// What was found wrong with a query is wrong with the body that asks the same.
fn in_body(mut problem: Problem) -> Problem {
    if problem.code == Code::InvalidQuery {
        problem.code = Code::InvalidRequest;
        for fault in &mut problem.faults {
            fault.pointer.insert(0, '/');
        }
    }
    problem
}

fn told(before: &StatementContent, after: &StatementContent) -> Vec<StatementDifferenceView> {
    let named = |lot: Id<kinds::Lot>| {
        let mut lines = after.lines.iter().chain(&before.lines);
        lines
            .find(|line| line.lot_id == lot)
            .map(|line| line.item_name.clone())
            .unwrap_or_default()
    };
    let mut names = std::collections::BTreeMap::new();
    let found = differences(&before.said(), &after.said());
    found
        .into_iter()
        .map(|difference| {
            let (lot_id, place) = difference.of;
            let item_name: &String = names.entry(lot_id).or_insert_with(|| named(lot_id));
            let (division_code, incident_id) = place.unwrap_or_default();
            StatementDifferenceView {
                lot_id,
                item_name: item_name.clone(),
                division_code,
                incident_id,
                member: difference.what.to_owned(),
                before: difference.before,
                after: difference.after,
            }
        })
        .collect()
}
