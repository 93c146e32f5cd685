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
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    prepare::standing_alone,
    queries,
    rows::{disclosed_gift, statement},
    wire::{StatementContent, StatementSummaryView, digest_of},
};
use crate::{
    problem::{Code, Problem},
    scope::Scope,
    uow::{Command, Permission, Uow},
};

/// Lets everybody read a statement.
#[derive(Debug, Clone)]
pub(in crate::disclosure) struct PublishStatement {
    pub(in crate::disclosure) statement: Id<kinds::Statement>,
}

impl Command for PublishStatement {
    type Output = StatementSummaryView;
    const NAME: &'static str = "disclosure.publish_statement";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PublishStatement]);

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
        if uow.caller().account().is_none() {
            // Who is behind a key, and whether they prepared it, nobody knows.
            return Err(Problem::new(Code::Forbidden)
                .with("action", "publish")
                .detail("发布须由本人登录办理", "a person publishes, not a key"));
        }
        let publisher = uow.caller().principal();
        let state = row.state.parse().map_err(Problem::internal)?;
        may_publish(state, &row.prepared_by, &publisher).map_err(refused)?;
        let content = seen.content;
        still_holds(uow, &row, &content).await?;
        disclose(uow, row.id, &content).await?;
        end(uow, row, "published", None).await
    }
}

// Does what is due to the gifts of which it tells. What an earlier statement did, perhaps one that is
// published at this moment, stays done by that one.
async fn disclose(
    uow: &Uow<'_>,
    statement: Uuid,
    content: &StatementContent,
) -> Result<(), Problem> {
    use disclosed_gift::{ActiveModel, Column, Entity};
    const GIFTS_A_STATEMENT: usize = 1_000;
    let day = uow.today().to_string();
    let told = queries::gifts_told(uow.db(), content).await?;
    for told in told.chunks(GIFTS_A_STATEMENT) {
        let gifts = told.iter().map(|gift| ActiveModel {
            depot_id: Set(gift.depot_id),
            movement_id: Set(gift.movement_id),
            lot_id: Set(gift.lot_id),
            statement_id: Set(statement),
            disclosed_on: Set(day.clone()),
        });
        let key = OnConflict::columns([Column::DepotId, Column::MovementId, Column::LotId])
            .do_nothing()
            .to_owned();
        Entity::insert_many(gifts)
            .on_conflict(key)
            .exec_without_returning(uow.db())
            .await?;
    }
    Ok(())
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
            "名称、发放地点或捐赠人的意愿已有变化，与拟稿时不同，请重新拟稿",
            "names, places, or what a donor said to being named, changed since it was prepared: prepare it anew",
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
    const PERMISSION: Permission =
        Permission::Holds(&[Capability::PrepareStatement, Capability::PublishStatement]);

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
