//! Organisations, divisions, identity, the journal and the memory of requests.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        degrees_null, id, id_null, index, key, moment, moment_null, one_of, refers, table, text,
        text_null, unique, version, whole,
    },
    history::tables_migration,
};

tables_migration!("m20261123_000001_foundation");

const ROLES: &[&str] = &[
    "keeper",
    "dispatcher",
    "approver",
    "auditor",
    "data_steward",
    "system_admin",
    "security_admin",
    "audit_admin",
];
const LEVELS: &[&str] = &[
    "national",
    "provincial",
    "municipal",
    "county",
    "township",
    "partner",
];

fn tables() -> Vec<TableCreateStatement> {
    [organisations(), identity(), spine()].concat()
}

fn organisations() -> Vec<TableCreateStatement> {
    vec![
        table(
            "division",
            vec![
                text("code"),
                text("name"),
                one_of("level", &["province", "city", "county", "township"]),
                text_null("parent_code"),
                degrees_null("longitude"),
                degrees_null("latitude"),
                text_null("valid_from"),
                text_null("valid_to"),
                text_null("successors"),
                text("source"),
                text("name_key"),
            ],
        )
        .primary_key(&mut key(&["code"]))
        .to_owned(),
        table(
            "division_boundary",
            vec![text("code"), text("geometry"), text("source")],
        )
        .primary_key(&mut key(&["code"]))
        .to_owned(),
        table(
            "organisation",
            vec![
                id("id"),
                text("code"),
                text("name"),
                text_null("name_en"),
                one_of("level", LEVELS),
                id_null("parent_id"),
                text_null("division_code"),
                text("name_key"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "organisation_parent",
            "organisation",
            "parent_id",
            "organisation",
        ))
        .to_owned(),
        table(
            "organisation_closure",
            vec![id("ancestor_id"), id("descendant_id"), whole("depth")],
        )
        .primary_key(&mut key(&["ancestor_id", "descendant_id"]))
        .foreign_key(&mut refers(
            "closure_ancestor",
            "organisation_closure",
            "ancestor_id",
            "organisation",
        ))
        .foreign_key(&mut refers(
            "closure_descendant",
            "organisation_closure",
            "descendant_id",
            "organisation",
        ))
        .to_owned(),
    ]
}

fn identity() -> Vec<TableCreateStatement> {
    vec![
        table(
            "account",
            vec![
                id("id"),
                text("login"),
                text("name"),
                text("password_hash"),
                id("organisation_id"),
                one_of("state", &["active", "disabled"]),
                whole("failed_attempts"),
                moment_null("locked_until"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "account_organisation",
            "account",
            "organisation_id",
            "organisation",
        ))
        .to_owned(),
        table(
            "api_key",
            vec![
                id("id"),
                text("name"),
                id("organisation_id"),
                text("secret_hash"),
                moment_null("expires_at"),
                moment_null("revoked_at"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "api_key_organisation",
            "api_key",
            "organisation_id",
            "organisation",
        ))
        .to_owned(),
        table(
            "role_grant",
            vec![
                id("id"),
                id_null("account_id"),
                id_null("api_key_id"),
                one_of("role", ROLES),
                id("organisation_id"),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .check(
            Expr::col(Alias::new("account_id"))
                .is_null()
                .ne(Expr::col(Alias::new("api_key_id")).is_null()),
        )
        .foreign_key(&mut refers(
            "grant_account",
            "role_grant",
            "account_id",
            "account",
        ))
        .foreign_key(&mut refers(
            "grant_api_key",
            "role_grant",
            "api_key_id",
            "api_key",
        ))
        .foreign_key(&mut refers(
            "grant_organisation",
            "role_grant",
            "organisation_id",
            "organisation",
        ))
        .to_owned(),
        table(
            "session",
            vec![
                id("id"),
                id("account_id"),
                text("token_hash"),
                moment("created_at"),
                moment("expires_at"),
                moment("used_at"),
                moment_null("revoked_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "session_account",
            "session",
            "account_id",
            "account",
        ))
        .to_owned(),
        table(
            "setup_code",
            vec![
                whole("id"),
                text("code_hash"),
                moment("created_at"),
                moment_null("used_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .check(Expr::col(Alias::new("id")).eq(1))
        .to_owned(),
    ]
}

fn spine() -> Vec<TableCreateStatement> {
    vec![
        table(
            "journal",
            vec![
                id("id"),
                moment("recorded_at"),
                text("command"),
                text("principal"),
                id_null("organisation_id"),
                text_null("subject"),
                text("request_id"),
                text_null("idempotency_key"),
                text("body"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .to_owned(),
        table(
            "journal_salt",
            vec![id("entry_id"), text("pointer"), text("salt")],
        )
        .primary_key(&mut key(&["entry_id", "pointer"]))
        .foreign_key(&mut refers(
            "salt_entry",
            "journal_salt",
            "entry_id",
            "journal",
        ))
        .to_owned(),
        table(
            "idempotency",
            vec![
                text("principal"),
                text("key"),
                text("request_hash"),
                id_null("journal_id"),
                text_null("response"),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["principal", "key"]))
        .foreign_key(&mut refers(
            "idempotency_journal",
            "idempotency",
            "journal_id",
            "journal",
        ))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("division_parent", "division", &["parent_code"]),
        index("division_name", "division", &["name_key"]),
        unique("organisation_code", "organisation", &["code"]),
        index("organisation_by_parent", "organisation", &["parent_id"]),
        index("organisation_name", "organisation", &["name_key"]),
        index(
            "closure_by_descendant",
            "organisation_closure",
            &["descendant_id"],
        ),
        unique("account_login", "account", &["login"]),
        index("account_by_organisation", "account", &["organisation_id"]),
        unique("api_key_secret", "api_key", &["secret_hash"]),
        index("grant_by_account", "role_grant", &["account_id"]),
        index("grant_by_api_key", "role_grant", &["api_key_id"]),
        unique("session_token", "session", &["token_hash"]),
        index("session_by_account", "session", &["account_id"]),
        index("journal_by_subject", "journal", &["subject"]),
        index("journal_by_organisation", "journal", &["organisation_id"]),
        index("idempotency_by_age", "idempotency", &["created_at"]),
    ]
}
