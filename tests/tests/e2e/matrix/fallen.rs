//! The second wall by itself: everybody reads everything, while the first wall lies down.
//!
//! **Invariant.** Under the first wall a caller sees the subtrees that `organisation_closure` tells
//! of. Another table takes its name, in which each organisation is below each: now the queries hold
//! nothing back. The rules of PostgreSQL go on with the old one. When they are taken away too, the
//! very same requests must tell what is hidden, or nothing was proven.

use tests::{Database, Server, on_both};

use super::{
    asking::Asking,
    document::Document,
    judge::{Matrix, PRYING},
    people::Actor,
    table::Table,
    world::World,
};

const FALL: &str = "
    ALTER TABLE organisation_closure RENAME TO organisation_closure_of_the_wall;
    CREATE TABLE organisation_closure AS
        SELECT above.id AS ancestor_id, below.id AS descendant_id, 1::bigint AS depth
        FROM organisation AS above CROSS JOIN organisation AS below;
    GRANT SELECT ON organisation_closure TO relief_depot_reader;";
const LOWER: &str = "
    DO $$ DECLARE guarded record; BEGIN
        FOR guarded IN SELECT tablename FROM pg_policies LOOP
            EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', guarded.tablename);
        END LOOP;
    END $$;";
// Whoever owns goods sees them in depots that they do not see, so these choose among all depots, and
// say so: the first wall alone keeps them.
const BEYOND: &[&str] = &["list_pooled_depots", "list_pooled_lots"];
// How much of what is hidden the first wall alone has to keep, so that its fall is one.
const KEPT_BY_THE_FIRST: usize = 50;

on_both!(
    what_the_first_wall_lets_through_the_second_keeps,
    [
        "oidc_issuer" = "http://127.0.0.1:9",
        "oidc_client_id" = "matrix",
        "oidc_redirect_url" = "https://ems.example.org/back",
        "alert_senders" = "33020041600000",
        "webhook_hosts" = "ems.example.org"
    ],
    async |server| {
        // SQLite has no roles, and so no second wall.
        if server.database() == Database::Postgres {
            walls(server).await;
        }
    }
);

async fn walls(server: &Server) {
    let world = World::build(server).await;
    server.seal().await;
    let matrix = Matrix::new(Document::published(), Table::read(), world).await;
    server.execute(FALL).await;
    let behind_the_second = readings(&matrix).await;
    server.execute(LOWER).await;
    let behind_none = readings(&matrix).await;
    println!(
        "{} kinds of things are told without any wall, {} behind the second",
        behind_none.len(),
        behind_the_second.len()
    );
    assert!(
        behind_none.len() >= KEPT_BY_THE_FIRST,
        "the first wall did not fall: {behind_none:#?}"
    );
    assert!(
        behind_the_second.is_empty(),
        "{} findings:\n{}",
        behind_the_second.len(),
        behind_the_second.join("\n")
    );
}

async fn readings(matrix: &Matrix) -> Vec<String> {
    let prying = |actor: &&Actor| PRYING.contains(&actor.name) || actor.name == "audit_admin";
    let mut found = Vec::new();
    for actor in matrix.world.actors.iter().filter(prying) {
        let mut asking = Asking::new(matrix, actor);
        let operations = matrix.document.operations.iter();
        for operation in operations.filter(|it| it.method == "GET") {
            if !BEYOND.contains(&operation.id.as_str()) {
                asking.reads(operation).await;
            }
        }
        found.extend(asking.seen.found.into_keys());
    }
    found.sort_unstable();
    found.dedup();
    found
}
