//! From which networks wrong passwords came.
//!
//! **Invariant.** A row is one moment: when nothing more is held against the network. What is past it
//! can be forgotten.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{index, moment, table, text},
    history::{create, drop},
};

/// Counts failures by network.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000049_networks"
    }
}

fn tables() -> Vec<TableCreateStatement> {
    let mut network = text("network");
    network.primary_key();
    vec![table("login_network", vec![network, moment("drains_at")])]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drained = index(
            "login_network_by_drains_at",
            "login_network",
            &["drains_at"],
        );
        create(manager, tables(), vec![drained]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, tables()).await
    }
}
