//! The whole matrix: every operation of the document, by every role, upon things of every house.
//!
//! **Invariant.** The requests grow from the OpenAPI document and the answers are judged by
//! `expectations.txt`; an operation that stands in only one of them fails. Whatever is asked, no
//! answer holds a word or an id of a house that the caller does not reach, and what is out of reach
//! is answered as what does not exist. What is refused is asked for in earnest, what is allowed as a
//! dry run; so when all is asked, nothing has changed.

mod answers;
mod asking;
mod document;
mod fallen;
mod fixture;
mod grow;
mod judge;
mod leak;
mod people;
mod persons;
mod request;
mod table;
mod world;

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use tests::{Server, on_both};

use document::Document;
use judge::Matrix;
use table::Table;
use world::World;

// What is told of a failure; the rest would only be scrolled past.
const TOLD: usize = 150;

#[test]
fn every_operation_has_an_expectation() {
    let (document, table) = (Document::published(), Table::read());
    let operations: BTreeSet<_> = document
        .operations
        .iter()
        .map(|it| it.id.as_str())
        .collect();
    let expected: BTreeSet<_> = table.operations().collect();
    let missing: Vec<_> = operations.difference(&expected).collect();
    let gone: Vec<_> = expected.difference(&operations).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "expectations.txt has no row for {missing:?}, and rows for {gone:?}, which are no operations"
    );
    let bodies = table.bodies().filter_map(|name| name.split('/').next());
    let bodies: BTreeSet<_> = bodies.collect();
    let gone: Vec<_> = bodies.difference(&operations).collect();
    assert!(gone.is_empty(), "bodies.txt: {gone:?} are no operations");
}

on_both!(
    nobody_meets_what_is_not_theirs,
    [
        "alert_senders" = "33020041600000",
        "webhook_hosts" = "ems.example.org",
        // Nobody answers there.
        "oidc_issuer" = "http://127.0.0.1:9",
        "oidc_client_id" = "matrix",
        "oidc_redirect_url" = "https://ems.example.org/back"
    ],
    async |server| {
        whole(server).await;
    }
);

async fn whole(server: &Server) {
    let began = Instant::now();
    let world = World::build(server).await;
    let built = began.elapsed();
    let before = server.row_counts().await;
    server.seal().await;
    let matrix = Arc::new(Matrix::new(Document::published(), Table::read(), world).await);
    let pairs = matrix.pairs();
    assert!(pairs >= 50, "{pairs} pairs of a role and a relation");
    let mut seen = judge::all(&matrix).await;
    let after = server.row_counts().await;
    let batches = judge::batches(&matrix).await;
    seen.findings.extend(batches.findings);
    println!(
        "{pairs} pairs of a role and a relation, {} operations, {} requests; {built:?} to build, {:?} in all",
        matrix.document.operations.len(),
        seen.requests,
        began.elapsed()
    );
    assert!(
        seen.findings.is_empty(),
        "{} findings:\n{}",
        seen.findings.len(),
        seen.findings[..seen.findings.len().min(TOLD)].join("\n")
    );
    assert_eq!(after, before, "what was refused changed something");
}
