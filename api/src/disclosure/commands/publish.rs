//! A statement is given to everybody, or given up.
//!
//! **Invariant.** What is published is what the ledger says at its place of the journal at this very
//! moment, under the names that hold now; where that is no longer what was written down, it is
//! prepared anew. Publishing it does what is due to the gifts of which it speaks.

use domain::{
    disclosure::{PublishError, may_publish, may_withdraw},
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::{
    prepare::standing_alone,
    queries,
    rows::{disclosed_receipt, statement},
    wire::{StatementContent, StatementSummaryView, digest_of},
};
use crate::{
    problem::{Code, Problem},
    scope::Scope,
    uow::{Command, Uow},
};

/// Lets everybody read a statement.
#[derive(Debug, Clone)]
pub(in crate::disclosure) struct PublishStatement {
    pub(in crate::disclosure) statement: Id<kinds::Statement>,
}

impl Command for PublishStatement {
    type Output = StatementSummaryView;
    const NAME: &'static str = "disclosure.publish_statement";

    async fn run(&self, uow: &mut Uow<'_>) -> Result<StatementSummaryView, Problem> {
        let seen = queries::statement(uow.db(), &uow.scope(), self.statement).await?;
        // The one that it corrects is older, and locked first.
        if let Some(older) = seen
            .content
            .corrects
            .as_ref()
            .map(|older| older.statement_id)
        {
            let older = queries::statement_to_change(uow.db(), &Scope::Everything, older).await?;
            standing_alone(uow, &older).await?;
        }
        let row = queries::statement_to_change(uow.db(), &uow.scope(), self.statement).await?;
        uow.require(Capability::PublishStatement, row.organisation_id)
            .await?;
        let publisher = uow.caller().principal();
        let state = row.state.parse().map_err(Problem::internal)?;
        may_publish(state, &row.prepared_by, &publisher).map_err(refused)?;
        let content = seen.content;
        still_holds(uow, &row, &content).await?;
        let day = uow.today().to_string();
        let disclosed = queries::undisclosed(uow.db(), &content).await?;
        let disclosed =
            disclosed
                .into_iter()
                .map(|(depot, movement)| disclosed_receipt::ActiveModel {
                    depot_id: Set(depot),
                    movement_id: Set(movement),
                    statement_id: Set(row.id),
                    disclosed_on: Set(day.clone()),
                });
        uow.insert_all(disclosed.collect()).await?;
        end(uow, row, "published", None).await
    }
}

// Whether the ledger and the names are still what was written down.
async fn still_holds(
    uow: &Uow<'_>,
    row: &statement::Model,
    content: &StatementContent,
) -> Result<(), Problem> {
    let asked = queries::asked_of(row)?;
    let mut now = queries::content(uow.db(), &Scope::Everything, &asked, uow.now()).await?;
    now.corrects.clone_from(&content.corrects);
    now.differences.clone_from(&content.differences);
    if digest_of(&now.canonical()?) == row.digest {
        return Ok(());
    }
    Err(Problem::new(Code::WrongState)
        .with("state", "stale")
        .detail(
            "名称或捐赠人的意愿已有变化，与拟稿时不同，请重新拟稿",
            "names, or what a donor said to being named, changed since it was prepared: prepare it anew",
        ))
}

fn refused(error: PublishError) -> Problem {
    match error {
        PublishError::Ended(state) => Problem::new(Code::WrongState).with("state", state.name()),
        PublishError::SamePerson => Problem::forbidden(Capability::PublishStatement).detail(
            "拟稿人不得发布自己拟的公示",
            "who prepared a statement does not publish it",
        ),
    }
}

/// Gives a statement up before anybody outside read it.
#[derive(Debug, Clone)]
pub(in crate::disclosure) struct WithdrawStatement {
    pub(in crate::disclosure) statement: Id<kinds::Statement>,
    pub(in crate::disclosure) reason: Text<500>,
}

impl Command for WithdrawStatement {
    type Output = StatementSummaryView;
    const NAME: &'static str = "disclosure.withdraw_statement";

    async fn run(&self, uow: &mut Uow<'_>) -> Result<StatementSummaryView, Problem> {
        let row = queries::statement_to_change(uow.db(), &uow.scope(), self.statement).await?;
        let body = row.organisation_id;
        // Who may publish may also say that it is not to be.
        if uow
            .require(Capability::PrepareStatement, body)
            .await
            .is_err()
        {
            uow.require(Capability::PublishStatement, body).await?;
        }
        let state = row.state.parse().map_err(Problem::internal)?;
        may_withdraw(state).map_err(refused)?;
        end(uow, row, "withdrawn", Some(self.reason.as_str())).await
    }
}

async fn end(
    uow: &mut Uow<'_>,
    row: statement::Model,
    state: &str,
    reason: Option<&str>,
) -> Result<StatementSummaryView, Problem> {
    let (id, body, version): (Id<kinds::Statement>, _, _) =
        (Id::from_uuid(row.id), row.organisation_id, row.version + 1);
    let mut change = row.into_active_model();
    change.state = Set(state.to_owned());
    change.ended_at = Set(Some(uow.now()));
    change.ended_by = Set(Some(uow.caller().principal()));
    change.reason = Set(reason.map(str::to_owned));
    change.version = Set(version);
    let row = change.update(uow.db()).await?;
    uow.subject(id, Some(body));
    Ok(StatementSummaryView::from(row))
}
