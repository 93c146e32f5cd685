//! The seal over the journal: positions, the tree over them, what was signed, and who seals.
//!
//! **Invariant.** A row of the journal is not touched by any of it. What waits to be sealed stands
//! in `journal_waiting` from the transaction that wrote it until the one that gave it a position;
//! so does what was written before there was a seal.

use sea_orm_migration::{prelude::*, schema};

use crate::{
    columns::{id, key, one_of, refers, table, text, unique, whole},
    history::{create, drop},
};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261126_000031_seal"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, tables(), indices()).await?;
        let connection = manager.get_connection();
        for statement in [
            "INSERT INTO journal_waiting (entry_id) SELECT id FROM journal",
            "INSERT INTO sealer_lease (id, holder, held_until_ms) VALUES (1, '', 0)",
        ] {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, tables()).await
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        waiting(),
        position(),
        tile(),
        checkpoint(),
        keys(),
        tree(),
        lease(),
    ]
}

fn waiting() -> TableCreateStatement {
    table("journal_waiting", vec![id("entry_id")])
        .primary_key(&mut key(&["entry_id"]))
        .to_owned()
}

fn position() -> TableCreateStatement {
    table("journal_position", vec![whole("position"), id("entry_id")])
        .primary_key(&mut key(&["position"]))
        .check(Expr::col(Alias::new("position")).gte(0))
        .foreign_key(&mut refers(
            "position_entry",
            "journal_position",
            "entry_id",
            "journal",
        ))
        .to_owned()
}

fn tile() -> TableCreateStatement {
    table(
        "journal_tile",
        vec![
            whole("level"),
            whole("number"),
            // Up to 256 hashes of 32 bytes.
            schema::blob(Alias::new("hashes")),
        ],
    )
    .primary_key(&mut key(&["level", "number"]))
    .to_owned()
}

fn checkpoint() -> TableCreateStatement {
    table("journal_checkpoint", vec![whole("size"), text("note")])
        .primary_key(&mut key(&["size"]))
        .to_owned()
}

// Public keys that have signed.
fn keys() -> TableCreateStatement {
    table("journal_key", vec![text("verifier")])
        .primary_key(&mut key(&["verifier"]))
        .to_owned()
}

// One row: whose journal it is and how far it is sealed.
fn tree() -> TableCreateStatement {
    table(
        "journal_tree",
        vec![
            whole("id"),
            text("origin"),
            one_of("suite", &["std", "gm"]),
            whole("size"),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(Expr::col(Alias::new("id")).eq(1))
    .check(Expr::col(Alias::new("size")).gte(0))
    .to_owned()
}

// One row: which of several servers seals, and until when the others leave it to that one.
fn lease() -> TableCreateStatement {
    table(
        "sealer_lease",
        vec![whole("id"), text("holder"), whole("held_until_ms")],
    )
    .primary_key(&mut key(&["id"]))
    .check(Expr::col(Alias::new("id")).eq(1))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![unique(
        "position_entry_once",
        "journal_position",
        &["entry_id"],
    )]
}
