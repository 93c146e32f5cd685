//! Loans between societies: an account of their own, what was lent, and what became of it.
//!
//! **Invariant.** What lines say came back, was settled or forgiven is what movements of the loan
//! moved out of the account.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, refers_to, table, text,
        text_null, version, whole, whole_null,
    },
    history::{self, add_column, drop_column},
};

/// Makes the tables and the account.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000036_loans"
    }
}

const ACCOUNTS: &str =
    "'zone', 'road', 'source', 'recipient', 'loss', 'conversion', 'count_difference'";

// Both databases read these. SQLite changes no check of a column that is there, so the columns are
// made anew, and with them the indices that are on them.
async fn accounts(manager: &SchemaManager<'_>, names: &str, suffix: &str) -> Result<(), DbErr> {
    let mut statements = vec![
        "DROP INDEX line_by_source".to_owned(),
        "DROP INDEX line_by_target".to_owned(),
    ];
    for column in ["from_kind", "to_kind"] {
        let made = format!("{column}_{suffix}");
        statements.extend([
            format!(
                "ALTER TABLE movement_line ADD COLUMN {made} TEXT NOT NULL DEFAULT 'source' \
                 CHECK ({made} IN ({names}))"
            ),
            format!("UPDATE movement_line SET {made} = {column}"),
            format!("ALTER TABLE movement_line DROP COLUMN {column}"),
            format!("ALTER TABLE movement_line RENAME COLUMN {made} TO {column}"),
        ]);
    }
    statements.extend([
        "CREATE INDEX line_by_source ON movement_line (from_id, from_kind)".to_owned(),
        "CREATE INDEX line_by_target ON movement_line (to_id, to_kind)".to_owned(),
    ]);
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(&statement)
            .await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        accounts(manager, &format!("{ACCOUNTS}, 'loan'"), "now").await?;
        add_column(manager, "lot", id_null("loan_id")).await?;
        history::create(manager, tables(), indices()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        history::drop(manager, tables()).await?;
        // SQLite drops no column that an index is on.
        let mut index = Index::drop();
        index.name("lot_by_loan").table(Alias::new("lot"));
        manager.drop_index(index).await?;
        drop_column(manager, "lot", "loan_id").await?;
        accounts(manager, ACCOUNTS, "then").await
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![loan(), loan_line(), loan_movement()]
}

fn column(name: &'static str) -> Expr {
    Expr::col(Alias::new(name))
}

fn loan() -> TableCreateStatement {
    let is_null = |name| column(name).is_null();
    let state = || column("state");
    table(
        "loan",
        vec![
            id("depot_id"),
            id("id"),
            // Whose goods they all are.
            id("owner_id"),
            // An organisation of the tree, or a society that is not in it, by its name.
            id_null("borrower_id"),
            text("borrower_name"),
            text("due_on"),
            text_null("reference"),
            one_of("state", &["open", "closed", "forgiven"]),
            moment("lent_at"),
            text("lent_by"),
            moment_null("ended_at"),
            text_null("ended_by"),
            text_null("end_reason"),
            version(),
        ],
    )
    .primary_key(&mut key(&["depot_id", "id"]))
    .check(state().eq("open").eq(is_null("ended_at")))
    .check(is_null("ended_at").eq(is_null("ended_by")))
    .check(state().eq("forgiven").eq(is_null("end_reason").not()))
    .foreign_key(&mut refers("loan_depot", "loan", "depot_id", "depot"))
    .foreign_key(&mut refers(
        "loan_owner",
        "loan",
        "owner_id",
        "organisation",
    ))
    .foreign_key(&mut refers(
        "loan_borrower",
        "loan",
        "borrower_id",
        "organisation",
    ))
    .to_owned()
}

fn loan_line() -> TableCreateStatement {
    let sum = column("given_back")
        .add(column("settled"))
        .add(column("forgiven"));
    table(
        "loan_line",
        vec![
            id("depot_id"),
            id("loan_id"),
            id("lot_id"),
            whole("lent"),
            whole("given_back"),
            whole("settled"),
            whole("forgiven"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "loan_id", "lot_id"]))
    .check(column("lent").between(1_i64, 1_000_000_000_000_i64))
    .check(column("given_back").gte(0_i64))
    .check(column("settled").gte(0_i64))
    .check(column("forgiven").gte(0_i64))
    .check(sum.lte(column("lent")))
    .foreign_key(&mut refers_to(
        "loan_line_loan",
        "loan_line",
        &["depot_id", "loan_id"],
        "loan",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers("loan_line_lot", "loan_line", "lot_id", "lot"))
    .to_owned()
}

fn loan_movement() -> TableCreateStatement {
    let is_null = |name| column(name).is_null();
    let settles = || column("act").eq("settle");
    table(
        "loan_movement",
        vec![
            id("depot_id"),
            id("movement_id"),
            id("loan_id"),
            one_of("act", &["lend", "give_back", "settle", "forgive"]),
            // Of a settlement: the receipt of what came, how many of it stand for how many that were
            // lent, and where that was agreed.
            id_null("receipt_id"),
            whole_null("rate_lent"),
            whole_null("rate_given"),
            text_null("agreed_in"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "movement_id"]))
    .check(settles().eq(is_null("receipt_id").not()))
    .check(is_null("receipt_id").eq(is_null("rate_lent")))
    .check(is_null("receipt_id").eq(is_null("rate_given")))
    .check(is_null("receipt_id").eq(is_null("agreed_in")))
    .foreign_key(&mut refers_to(
        "loan_movement_loan",
        "loan_movement",
        &["depot_id", "loan_id"],
        "loan",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers_to(
        "loan_movement_movement",
        "loan_movement",
        &["depot_id", "movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers_to(
        "loan_movement_receipt",
        "loan_movement",
        &["depot_id", "receipt_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("loan_by_id", "loan", &["id"]),
        index("loan_by_owner", "loan", &["owner_id"]),
        index("loan_by_borrower", "loan", &["borrower_id"]),
        index("loan_by_due", "loan", &["state", "due_on"]),
        index("loan_line_by_lot", "loan_line", &["lot_id"]),
        index(
            "loan_movement_by_loan",
            "loan_movement",
            &["depot_id", "loan_id"],
        ),
        index("loan_movement_by_id", "loan_movement", &["movement_id"]),
        index("loan_movement_by_receipt", "loan_movement", &["receipt_id"]),
        index("lot_by_loan", "lot", &["loan_id"]),
    ]
}
