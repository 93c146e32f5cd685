//! A database that is busy, away or broken.

use std::time::{Duration, Instant};

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use tests::{Database, Ground, Server, on_both};

fn township(ground: &Ground) -> Value {
    json!({ "code": "T1", "name": "T1", "level": "township", "parent_id": ground.county })
}

// Takes what a writer needs, until the connection is dropped or told otherwise.
fn lock(server: &Server) -> &'static str {
    match server.database() {
        Database::Sqlite => "BEGIN IMMEDIATE",
        Database::Postgres => "BEGIN; LOCK TABLE organisation IN EXCLUSIVE MODE",
    }
}

on_both!(
    a_locked_database_is_busy_and_loses_nothing,
    ["database_wait_s" = "1"],
    async |server| {
        let ground = server.ground().await;
        let before = server.row_counts().await;
        let other = server.connect().await;
        other.execute_unprepared(lock(server)).await.unwrap();
        let call = ground
            .steward
            .post("/v1/organisations", township(&ground))
            .key("one");
        let started = Instant::now();
        let busy = call.clone().await;
        let took = started.elapsed();
        busy.refused(503, "busy");
        assert_eq!(busy.header("retry-after"), "1");
        // `database_wait_s`, and not several times as long.
        assert!(took < Duration::from_secs(4), "{took:?}");
        // Reading goes on meanwhile; where nobody can write, the server is not ready.
        ground.steward.get("/v1/organisations").await.expect(200);
        if server.database() == Database::Sqlite {
            let ready = server.anonymous().get("/health/ready").await;
            ready.refused(503, "busy");
        }
        other.execute_unprepared("ROLLBACK").await.unwrap();
        server.anonymous().get("/health/ready").await.expect(200);
        assert_eq!(server.row_counts().await, before);
        let after = call.await;
        after.expect(201);
        assert_eq!(after.header("idempotency-replayed"), "");
    }
);

on_both!(
    a_short_lock_is_waited_for,
    ["database_wait_s" = "20"],
    async |server| {
        let ground = server.ground().await;
        let other = server.connect().await;
        other.execute_unprepared(lock(server)).await.unwrap();
        let call = ground.steward.post("/v1/organisations", township(&ground));
        let waiting = tokio::spawn(async move { call.await });
        ground.steward.get("/v1/organisations").await.expect(200);
        assert!(!waiting.is_finished());
        other.execute_unprepared("ROLLBACK").await.unwrap();
        waiting.await.unwrap().expect(201);
    }
);

on_both!(a_fault_of_ours_is_told_without_its_cause, async |server| {
    let ground = server.ground().await;
    let other = server.connect().await;
    let away = "ALTER TABLE division RENAME TO division_away";
    other.execute_unprepared(away).await.unwrap();
    let broken = ground
        .steward
        .get("/v1/divisions")
        .header("x-request-id", "van-7")
        .await;
    let problem = broken.refused(500, "internal");
    assert_eq!(problem["request_id"], "van-7");
    for leak in [
        "division_away",
        "no such table",
        "does not exist",
        "SELECT",
        "sqlx",
    ] {
        assert!(!broken.text.contains(leak), "{leak}: {}", broken.text);
    }
    let before = server.row_counts().await;
    let mut body = township(&ground);
    body["division_code"] = "330203".into();
    let call = ground.steward.post("/v1/organisations", body).key("one");
    call.clone().await.refused(500, "internal");
    assert_eq!(server.row_counts().await, before);
    let back = "ALTER TABLE division_away RENAME TO division";
    other.execute_unprepared(back).await.unwrap();
    call.await.expect(201);
});

on_both!(a_schema_that_is_behind_is_not_ready, async |server| {
    let newest =
        "DELETE FROM seaql_migrations WHERE version = (SELECT MAX(version) FROM seaql_migrations)";
    server.anonymous().get("/health/ready").await.expect(200);
    server.execute(newest).await;
    let ready = server.anonymous().get("/health/ready").await;
    let problem = ready.refused(503, "busy");
    assert!(
        problem["detail"].as_str().unwrap().contains("migrations"),
        "{problem}"
    );
});

#[test]
fn a_database_that_went_away_is_busy_and_comes_back() {
    tests::run(
        Database::Postgres,
        &[("database_wait_s", "1")],
        async |server| {
            let ground = server.ground().await;
            server.anonymous().get("/health/ready").await.expect(200);
            server.home().shut(true).await;
            server
                .anonymous()
                .get("/health/ready")
                .await
                .refused(503, "busy");
            let call = ground.steward.post("/v1/organisations", township(&ground));
            call.clone().await.refused(503, "busy");
            server.anonymous().get("/health/live").await.expect(200);
            server.home().shut(false).await;
            server.anonymous().get("/health/ready").await.expect(200);
            call.await.expect(201);
        },
    );
}

#[test]
fn a_statement_that_runs_too_long_is_broken_off() {
    let settings = &[("statement_timeout_s", "1"), ("database_wait_s", "60")];
    tests::run(Database::Postgres, settings, async |server| {
        let ground = server.ground().await;
        let before = server.row_counts().await;
        // Nobody gets at the table, reading or writing; waiting for the lock is not what ends it.
        let other = server.connect().await;
        let lock = "BEGIN; LOCK TABLE organisation IN ACCESS EXCLUSIVE MODE";
        other.execute_unprepared(lock).await.unwrap();
        let write = ground
            .steward
            .post("/v1/organisations", township(&ground))
            .key("one");
        for call in [ground.steward.get("/v1/organisations"), write.clone()] {
            let started = Instant::now();
            let answer = call.await;
            let took = started.elapsed();
            answer.refused(503, "took-too-long");
            assert_eq!(answer.header("retry-after"), "10");
            let in_time = Duration::from_secs(1)..Duration::from_secs(20);
            assert!(in_time.contains(&took), "{took:?}");
        }
        server.anonymous().get("/health/live").await.expect(200);
        other.execute_unprepared("ROLLBACK").await.unwrap();
        assert_eq!(server.row_counts().await, before);
        ground.steward.get("/v1/organisations").await.expect(200);
        write.await.expect(201);
    });
}

// A pool of one serves many callers, one after the other.
on_both!(
    one_connection_is_enough,
    ["database_connections_max" = "1", "database_wait_s" = "60"],
    async |server| {
        let ground = server.ground().await;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..16 {
            let code = format!("T{number}");
            let body = json!({ "code": code, "name": code, "level": "township", "parent_id": ground.county });
            let call = ground.steward.post("/v1/organisations", body);
            tasks.spawn(async move { call.await.status });
        }
        let statuses = tasks.join_all().await;
        assert!(statuses.iter().all(|&status| status == 201), "{statuses:?}");
    }
);
