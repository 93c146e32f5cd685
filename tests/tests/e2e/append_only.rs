//! What happened is only added to: the database itself refuses anything else.

use sea_orm::ConnectionTrait as _;
use tests::{Server, on_both};

use crate::journal::{Scene, scene};

const TABLES: &[(&str, &str)] = &[
    ("movement", "note = 'x'"),
    ("movement_line", "quantity = quantity + 1"),
    ("journal", "principal = 'x'"),
    ("journal_position", "position = position + 1000"),
    ("journal_checkpoint", "note = 'x'"),
    ("sealed_day", "root = 'x'"),
    ("sealed_depot", "items = items + 1"),
];

async fn refused(server: &Server, sql: &str) -> String {
    // Past the program, by the same role.
    let connection = server.connect().await;
    let outcome = connection.execute_unprepared(sql).await;
    connection.close().await.expect("the connection closes");
    match outcome {
        Ok(_) => panic!("{sql} was done"),
        Err(error) => error.to_string(),
    }
}

on_both!(
    what_happened_is_neither_changed_nor_deleted,
    async |server| {
        let Scene { relief, .. } = scene(server).await;
        server.clock.advance(std::time::Duration::from_secs(86_400));
        server.run_hourly_jobs().await;
        server.seal().await;
        for (table, change) in TABLES {
            let rows = format!("SELECT COUNT(*) FROM {table}");
            assert!(server.number(&rows).await > 0, "{table} is empty");
            for sql in [
                format!("UPDATE {table} SET {change}"),
                format!("DELETE FROM {table}"),
            ] {
                let told = refused(server, &sql).await;
                assert!(
                    told.contains(&format!("{table} is only added to")),
                    "{sql}: {told}"
                );
            }
        }
        // What is kept beside goes on.
        let worker = server.log_in_again(&relief.worker).await;
        worker
            .receive(&relief.depot, &relief.item, 1, serde_json::json!({}))
            .await;
        server.prove().await;
    }
);
