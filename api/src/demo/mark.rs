//! Whether a database has the demonstration, and whether it is whole.
//!
//! **Invariant.** The mark is set before anything is made and completed after everything was. A
//! demonstration that was interrupted is never taken for a whole one.

use chrono::Utc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, entity::prelude::*};

use crate::{
    app::App,
    config::Config,
    problem::Problem,
    scope::{Reference, reference},
    storage::sqlite_file,
    uow::{self, Command, Permission, Request, Uow},
};

use super::OPERATOR;

const ID: i64 = 1;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "demonstration")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    begun_at: DateTimeUtc,
    completed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Reference for Entity {}

/// A demonstration was begun and not completed.
#[derive(Debug, thiserror::Error)]
#[error(
    "the demonstration in this database was begun at {} and never completed. It cannot be \
     continued: {place}, then start again",
    begun_at.format("%Y-%m-%d %H:%M UTC")
)]
pub(crate) struct Interrupted {
    begun_at: chrono::DateTime<Utc>,
    /// What to delete.
    place: String,
}

/// Refuses a database with half a demonstration in it.
pub(super) async fn check_whole(app: &App) -> anyhow::Result<()> {
    let mark = reference::<Entity>().one(app.db.read()).await?;
    match mark {
        Some(mark) if mark.completed_at.is_none() => Err(Interrupted {
            begun_at: mark.begun_at,
            place: what_to_delete(&app.config),
        }
        .into()),
        _ => Ok(()),
    }
}

fn what_to_delete(config: &Config) -> String {
    match sqlite_file(config) {
        Some(file) => {
            let file = file.display();
            format!("delete {file} with {file}-wal and {file}-shm beside it")
        }
        // The address holds a password.
        None => "drop the database that database_url names and create it empty".to_owned(),
    }
}

/// Sets the mark; of two who begin at once one is refused.
pub(super) async fn begin(app: &App) -> anyhow::Result<()> {
    uow::execute(app, &Request::operator(OPERATOR), Begin).await?;
    Ok(())
}

/// Says that everything was made.
pub(super) async fn complete(app: &App) -> anyhow::Result<()> {
    uow::execute(app, &Request::operator(OPERATOR), Complete).await?;
    Ok(())
}

struct Begin;

impl Command for Begin {
    type Output = ();
    const NAME: &'static str = "demo.begin";
    const PERMISSION: Permission =
        Permission::Unasked("the operator's at the console, into an empty database alone");

    async fn run(&self, uow: &mut Uow<'_>) -> Result<(), Problem> {
        let mark = ActiveModel {
            id: Set(ID),
            begun_at: Set(uow.now()),
            completed_at: Set(None),
        };
        mark.insert(uow.db()).await?;
        Ok(())
    }
}

struct Complete;

impl Command for Complete {
    type Output = ();
    const NAME: &'static str = "demo.complete";
    const PERMISSION: Permission =
        Permission::Unasked("ends what the operator began into an empty database");

    async fn run(&self, uow: &mut Uow<'_>) -> Result<(), Problem> {
        Entity::update_many()
            .col_expr(Column::CompletedAt, Expr::value(uow.now()))
            .filter(Column::Id.eq(ID))
            .exec(uow.db())
            .await?;
        Ok(())
    }
}
