//! The second wall, asked directly: what PostgreSQL shows to those for whom requests are answered.
//!
//! **Invariant.** Nothing here goes through the queries of the server, so none of them can hide what
//! the rules let through. `matrix/fallen.rs` asks the same through the server.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};
use tests::{Client, Database, Program, database::Home, on_both};

// These name an organisation or a depot, and everybody may know what is in them: who looks after
// categories, items and rule sets, which number a depot's next paper gets, what warns of what, how
// scarce goods are shared, and which road is closed.
const OPEN: &[&str] = &[
    "alert",
    "category",
    "fair_use_rule",
    "item",
    "paper_number",
    "road_closure",
    "rule_set",
];

async fn texts(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let rows = connection.query_all_raw(statement).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let first = |row: &sea_orm::QueryResult| row.try_get_by_index(0).expect("a text");
    rows.iter().map(first).collect()
}

// As a request whose caller sees these subtrees.
async fn become_reader(connection: &DatabaseConnection, sees: &[&str]) {
    let sees = sees.join(",");
    let set = format!(
        "SELECT set_config('role', 'relief_depot_reader', false), \
         set_config('relief_depot.sees', '{sees}', false), \
         set_config('relief_depot.knows', '{sees}', false)"
    );
    connection.execute_unprepared(&set).await.expect("the role");
}

on_both!(every_table_of_somebody_s_rows_has_a_rule, async |server| {
    if server.database() == Database::Sqlite {
        return;
    }
    let connection = server.connect().await;
    let without = "SELECT DISTINCT relname::text FROM pg_class \
                   JOIN pg_attribute ON attrelid = pg_class.oid \
                   WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' \
                   AND attname IN ('organisation_id', 'custodian_id', 'owner_id', 'depot_id', \
                     'account_id', 'order_id', 'shipment_id', 'agreement_id', 'call_off_id', 'incident_id') \
                   AND has_table_privilege('relief_depot_reader', pg_class.oid, 'SELECT') \
                   AND NOT relrowsecurity ORDER BY 1";
    assert_eq!(texts(&connection, without).await, OPEN);
});

on_both!(a_reader_sees_its_subtrees_and_no_secret, async |server| {
    if server.database() == Database::Sqlite {
        return;
    }
    let relief = server.relief().await;
    let (worker, city) = (&relief.worker, &relief.city_depot);
    worker.receive(city, &relief.item, 40, json!({})).await;
    let connection = server.connect().await;
    let custodian =
        |code: &str| format!("SELECT organisation_id::text FROM depot WHERE code = '{code}'");
    let province = texts(&connection, &custodian("D330100")).await.remove(0);
    let city = texts(&connection, &custodian("D330200")).await.remove(0);
    let tables = "SELECT tablename::text FROM pg_policies WHERE schemaname = 'public' ORDER BY 1";
    let guarded = texts(&connection, tables).await;
    assert!(guarded.len() > 50, "{guarded:?}");

    become_reader(&connection, &[]).await;
    for table in &guarded {
        let seen = texts(&connection, &format!("SELECT 'a row' FROM {table}")).await;
        assert!(seen.is_empty(), "nobody sees {} of {table}", seen.len());
    }
    for secret in [
        "setup_code",
        "recovery_code",
        "earlier_password",
        "provider_login",
    ] {
        let read = format!("SELECT 1 FROM {secret}");
        let read = connection.execute_unprepared(&read).await;
        let refused = read.expect_err("it is nobody's to read").to_string();
        assert!(refused.contains("permission denied"), "{refused}");
    }
    let written = connection.execute_unprepared("UPDATE balance SET on_hand = 0");
    let refused = written.await.expect_err("it reads").to_string();
    assert!(refused.contains("permission denied"), "{refused}");

    let kept = "SELECT balance.on_hand::text FROM balance JOIN lot ON lot.id = lot_id ORDER BY balance.on_hand";
    become_reader(&connection, &[&city]).await;
    assert_eq!(texts(&connection, kept).await, ["40"]);
    become_reader(&connection, &[&province]).await;
    assert_eq!(texts(&connection, kept).await, ["40", "200"]);
    let moved =
        "SELECT quantity::text FROM movement_line JOIN movement ON movement.id = movement_id";
    become_reader(&connection, &[&city]).await;
    assert_eq!(texts(&connection, moved).await, ["40"]);
    connection.close().await.expect("it closes");
});

on_both!(
    the_rules_are_those_of_the_server_that_runs,
    async |server| {
        if server.database() == Database::Sqlite {
            return;
        }
        let connection = server.connect().await;
        let mark = "SELECT obj_description(to_regnamespace('relief_depot_wall'), 'pg_namespace')";
        let marked = texts(&connection, mark).await;
        for sql in [
            "COMMENT ON SCHEMA relief_depot_wall IS 'of an older release'",
            "DROP POLICY seen ON lot",
        ] {
            connection.execute_unprepared(sql).await.expect(sql);
        }
        server.beside().await.stop().await;
        assert_eq!(texts(&connection, mark).await, marked);
        let rule = "SELECT 'a rule' FROM pg_policies WHERE tablename = 'lot'";
        assert_eq!(texts(&connection, rule).await.len(), 1);
        connection.close().await.expect("it closes");
    }
);

#[test]
fn where_the_role_may_not_be_made_it_is_told() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(without_the_right());
}

// The server logs in as somebody who owns the database and may make no roles.
async fn without_the_right() {
    let home = Home::empty(Database::Postgres).await;
    let connection = home.connect().await;
    let name = texts(&connection, "SELECT current_database()::text")
        .await
        .remove(0);
    let owner = format!("owner_of_{name}");
    for sql in [
        format!("CREATE ROLE {owner} LOGIN"),
        format!("ALTER DATABASE {name} OWNER TO {owner}"),
    ] {
        connection.execute_unprepared(&sql).await.expect(&sql);
    }
    let url = home.url.replace("relief@", &format!("{owner}@"));
    let operate = |subcommand: &str| {
        let mut command = home.operate(subcommand);
        command.env("RELIEF_DEPOT_DATABASE_URL", &url);
        command
    };
    let row = || {
        let report = operate("selfcheck")
            .arg("--json")
            .output()
            .expect("it runs");
        let report: Value = serde_json::from_slice(&report.stdout).expect("a report");
        let mut rows = report["rows"].as_array().expect("rows").iter();
        rows.find(|row| row["id"] == "row_security").cloned()
    };
    let serve = async || {
        let program = Program::start(&mut operate("serve"));
        let client = Client::new(program.address);
        client.get("/health/ready").await.expect(200);
        program.kill();
    };
    serve().await;
    assert_eq!(row().expect("a row")["state"], "warning");
    // As docs/SECURITY.md says, by somebody who may.
    let made = "DO $$ BEGIN CREATE ROLE relief_depot_reader NOLOGIN; \
                EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";
    let joined = format!("GRANT relief_depot_reader TO {owner}");
    for sql in [made, &joined] {
        connection.execute_unprepared(sql).await.expect(sql);
    }
    serve().await;
    assert_eq!(row().expect("a row")["state"], "ok");
    let leave =
        format!("REASSIGN OWNED BY {owner} TO relief; DROP OWNED BY {owner}; DROP ROLE {owner}");
    connection
        .execute_unprepared(&leave)
        .await
        .expect("the role goes");
    connection.close().await.expect("it closes");
    home.remove().await;
}
