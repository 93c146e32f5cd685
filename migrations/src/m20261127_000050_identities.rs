//! Whom an identity provider knows, and whose account that is.
//!
//! **Invariant.** What a provider calls a person stands for one account. A login by a provider is used
//! once, and of its secret only the hash is kept.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id, id_null, index, moment, refers, table, text, unique, whole},
    history::{create, drop},
};

/// Adds identities, and logins by them.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000050_identities"
    }
}

fn tables() -> Vec<TableCreateStatement> {
    let (mut identity, mut login) = (id("id"), text("login_hash"));
    identity.primary_key();
    login.primary_key();
    vec![
        table(
            "identity",
            vec![
                identity,
                id("account_id"),
                text("issuer"),
                text("subject"),
                moment("linked_at"),
            ],
        )
        .foreign_key(&mut refers(
            "identity_account",
            "identity",
            "account_id",
            "account",
        ))
        .to_owned(),
        table(
            "provider_login",
            vec![
                login,
                id_null("identity_id"),
                whole("factors"),
                moment("expires_at"),
            ],
        )
        .foreign_key(&mut refers(
            "provider_login_identity",
            "provider_login",
            "identity_id",
            "identity",
        ))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        unique("identity_subject_key", "identity", &["issuer", "subject"]),
        index("identity_by_account", "identity", &["account_id"]),
        index(
            "provider_login_by_identity",
            "provider_login",
            &["identity_id"],
        ),
        index(
            "provider_login_by_expires_at",
            "provider_login",
            &["expires_at"],
        ),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, tables(), indices()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, tables()).await
    }
}
