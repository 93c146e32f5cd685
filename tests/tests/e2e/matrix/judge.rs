//! Everything is asked by everybody, and what was found is told.
//!
//! **Invariant.** These are found: an outcome that the table does not say, a word or an id of a house
//! that the caller does not reach, an answer about a hidden thing that is another than that about a
//! thing which does not exist, an id that stands for two things, a place that no rule looked at, and
//! an operation without an expectation.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use domain::identity::Capability;
use serde_json::Value;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    answers::forget_moments,
    asking::Asking,
    document::{Document, Operation},
    leak,
    people::Actor,
    table::Table,
    world::{House, World},
};

// Those who put strangers' ids into single places: whoever sees papers, and whoever sees accounts.
pub(super) const PRYING: &[&str] = &["all_hands", "security_admin"];

/// All that is asked and by whom.
pub(super) struct Matrix {
    pub(super) document: Document,
    pub(super) table: Table,
    pub(super) world: World,
    /// By path, what a change is based on.
    pub(super) etags: HashMap<String, String>,
    pub(super) nothing: Vec<House>,
    // The server writes few files at once and sends others away.
    pub(super) files: Semaphore,
}

/// What was found, and among how many answers.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) findings: Vec<String>,
    pub(super) requests: usize,
    pub(super) found: BTreeMap<String, BTreeSet<String>>,
    // Of operations without a row: what came of it, and who asked.
    pub(super) outcomes: BTreeMap<String, BTreeMap<String, String>>,
}

impl Matrix {
    pub(super) async fn new(document: Document, table: Table, world: World) -> Self {
        let nothing = world.houses.iter().map(House::never_built).collect();
        let mut matrix = Self {
            document,
            table,
            world,
            etags: HashMap::new(),
            nothing,
            files: Semaphore::new(2),
        };
        matrix.etags = matrix.versions().await;
        matrix
    }

    async fn versions(&self) -> HashMap<String, String> {
        let mut etags = HashMap::new();
        let changes = self.document.operations.iter();
        for operation in changes.filter(|it| it.takes("If-Match")) {
            for (house, maker) in self.world.houses.iter().zip(&self.world.makers) {
                let path = self.subject(operation, house).path;
                for reader in [maker, &self.world.admin] {
                    let shown = reader.get(&path).unnoted().await;
                    if shown.status == 200 {
                        etags.insert(path.clone(), shown.etag());
                    }
                }
            }
        }
        etags
    }

    pub(super) fn operation(&self, id: &str) -> &Operation {
        let mut operations = self.document.operations.iter();
        operations
            .find(|it| it.id == id)
            .unwrap_or_else(|| panic!("{id} is no operation"))
    }

    /// How many pairs of somebody who asks and a relation are tried.
    pub(super) fn pairs(&self) -> usize {
        self.world.actors.len() * self.world.houses.len()
    }

    async fn asked_by(&self, actor: &Actor) -> Seen {
        let mut asking = Asking::new(self, actor);
        for operation in &self.document.operations {
            asking.subjects(operation).await;
            if PRYING.contains(&actor.name) {
                asking.places(operation).await;
            }
        }
        asking.seen
    }
}

/// Asks everything as everybody.
pub(super) async fn all(matrix: &Arc<Matrix>) -> Seen {
    let mut tasks = JoinSet::new();
    for number in 0..matrix.world.actors.len() {
        let matrix = Arc::clone(matrix);
        tasks.spawn(async move { matrix.asked_by(&matrix.world.actors[number]).await });
    }
    let mut all = Seen::default();
    while let Some(seen) = tasks.join_next().await {
        let seen = seen.expect("nobody panics while asking");
        all.requests += seen.requests;
        for (what, who) in seen.found {
            all.found.entry(what).or_default().extend(who);
        }
        for (operation, outcomes) in seen.outcomes {
            all.outcomes.entry(operation).or_default().extend(outcomes);
        }
    }
    all.findings = all.found.iter().map(told).collect();
    let without = all.outcomes.iter();
    all.findings
        .extend(without.map(|(operation, outcomes)| suggestion(matrix, operation, outcomes)));
    all
}

/// Sends batches of a device of one's own whose commands name strangers' things. There is no dry run
/// of a batch, so this comes last.
pub(super) async fn batches(matrix: &Matrix) -> Seen {
    let mut actors = matrix.world.actors.iter();
    let actor = actors
        .find(|it| it.name == "all_hands")
        .expect("somebody may send them");
    let mut asking = Asking::new(matrix, actor);
    let operation = matrix.operation("send_batch");
    let mut sequence = 1;
    for (house, nothing) in matrix.world.houses.iter().zip(&matrix.nothing) {
        if house.below {
            continue;
        }
        let mut answers = Vec::new();
        for house in [house, nothing] {
            let (request, places) = matrix.batch(house, sequence);
            sequence += places.len();
            let answer = asking.ask(operation, &request, false, house, None).await;
            answers.push((places, answer.expect(200)["commands"].clone()));
        }
        for (number, place) in answers[0].0.iter().enumerate() {
            let [of_theirs, of_nothing] = [0, 1].map(|it: usize| {
                let mut command = answers[it].1[number].clone();
                command["sequence"] = Value::Null;
                forget_moments(&mut command);
                leak::without_ids(&command.to_string())
            });
            if of_theirs != of_nothing {
                let what =
                    format!("gives away what exists: {place}: {of_theirs} instead of {of_nothing}");
                asking.find(operation, house, &what);
            }
        }
    }
    asking.seen.findings = asking.seen.found.iter().map(told).collect();
    asking.seen
}

fn told((what, who): (&String, &BTreeSet<String>)) -> String {
    let some: Vec<_> = who.iter().take(6).map(String::as_str).collect();
    let more = who.len().saturating_sub(some.len());
    format!(
        "{what} [{}{}]",
        some.join(", "),
        if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        }
    )
}

// The row that an operation without one seems to want; whoever adds it asks whether it should.
fn suggestion(matrix: &Matrix, operation: &str, outcomes: &BTreeMap<String, String>) -> String {
    let refused = |outcome: &str| {
        outcome.starts_with("40") && !outcome.starts_with("400") && !outcome.starts_with("409")
    };
    let let_in: Vec<_> = outcomes
        .iter()
        .filter(|(_, outcome)| !refused(outcome))
        .collect();
    let fits = |capability: &&Capability| {
        matrix.world.actors.iter().all(|actor| {
            let inside = let_in.iter().any(|(name, _)| *name == actor.name);
            inside == (actor.known && actor.may(**capability))
        })
    };
    let doors: Vec<_> = Capability::ALL
        .iter()
        .filter(fits)
        .map(|it| it.name())
        .collect();
    let said: BTreeSet<_> = let_in.iter().map(|(_, outcome)| outcome.as_str()).collect();
    let names: Vec<_> = let_in.iter().map(|(name, _)| name.as_str()).collect();
    format!(
        "no expectation: {operation} {doors:?} {said:?} {}",
        if doors.is_empty() {
            names.join(",")
        } else {
            String::new()
        }
    )
}
