//! Where every transaction that writes begins.
//!
//! **Invariant.** On SQLite it has the right to write from its first moment.

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use super::Engine;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that opens a writing transaction"
)]
pub(super) async fn begin_writing(
    connection: &DatabaseConnection,
    engine: Engine,
) -> Result<DatabaseTransaction, DbErr> {
    let options = match engine {
        // A deferred transaction fails at once when it turns from reader to writer.
        Engine::Sqlite => TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        },
        Engine::Postgres => TransactionOptions::default(),
    };
    connection.begin_with_options(options).await
}
