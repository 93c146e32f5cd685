//! What an assessment waits for, since when, until when, and when to say so again.
//!
//! **Invariant.** The columns repeat what the state and the rule set say, so that what is due is found
//! by an index; grades that were in force keep their last day, and other assessments get theirs with
//! the next thing that is done with them.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{index, text_null},
    history::{add_column, drop_column},
};

/// Lets assessments be found by what is due.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000044_awaited"
    }
}

const COLUMNS: [&str; 4] = ["awaits", "awaits_since", "due_on", "remind_on"];

const INDICES: [(&str, &str); 2] = [
    ("assessment_by_due_on", "due_on"),
    ("assessment_by_remind_on", "remind_on"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            add_column(manager, "assessment", text_null(column)).await?;
        }
        let until = Expr::col(Alias::new("valid_until"));
        let grades = Query::update()
            .table(Alias::new("assessment"))
            .value(Alias::new("awaits"), "renew")
            .value(
                Alias::new("awaits_since"),
                Expr::col(Alias::new("valid_from")),
            )
            .value(Alias::new("due_on"), until.clone())
            .and_where(Expr::col(Alias::new("state")).eq("in_force"))
            .and_where(until.is_not_null())
            .to_owned();
        manager.execute(grades).await?;
        for (name, column) in INDICES {
            let index = index(name, "assessment", &[column]);
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDICES {
            let mut index = Index::drop();
            index.name(name).table(Alias::new("assessment"));
            manager.drop_index(index).await?;
        }
        for column in COLUMNS {
            drop_column(manager, "assessment", column).await?;
        }
        Ok(())
    }
}
