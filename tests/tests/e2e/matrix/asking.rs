//! Somebody asks, and what is wrong with the answers is noted.
//!
//! **Invariant.** No answer goes by that was not searched for words and ids of houses out of reach.

use std::collections::{BTreeSet, HashMap};

use tests::Answer;

use super::{
    answers::{is_refused, outcome, plain, reached},
    document::Operation,
    fixture::FILES,
    judge::{Matrix, PRYING, Seen},
    leak,
    people::Actor,
    request::Request,
    table::{Door, Expectation},
    world::House,
};

/// Somebody who asks.
pub(super) struct Asking<'a> {
    matrix: &'a Matrix,
    actor: &'a Actor,
    pub(super) seen: Seen,
    // What is answered about things that do not exist, by the request.
    of_nothing: HashMap<String, String>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(matrix: &'a Matrix, actor: &'a Actor) -> Self {
        Self {
            matrix,
            actor,
            seen: Seen::default(),
            of_nothing: HashMap::new(),
        }
    }

    /// Asks for the operation upon the things of each house.
    pub(super) async fn subjects(&mut self, operation: &Operation) {
        let matrix = self.matrix;
        let row = matrix.table.of(&operation.id);
        let mut asked = BTreeSet::new();
        for (house, nothing) in matrix.world.houses.iter().zip(&matrix.nothing) {
            let request = matrix.subject(operation, house);
            // What names nothing of a house is the same for all.
            if !asked.insert(request.text()) {
                continue;
            }
            let let_in = row.is_none_or(|row| self.let_in(operation, row, house));
            let answer = self.ask(operation, &request, let_in, house, None).await;
            self.judge(operation, row, house, &answer);
            if operation.exports {
                // A workbook holds the rows of the CSV and takes longer.
                let media = if PRYING.contains(&self.actor.name) {
                    2
                } else {
                    1
                };
                for media in &FILES[..media] {
                    let _turn = matrix.files.acquire().await.expect("it is never closed");
                    self.ask(operation, &request, true, house, Some(media))
                        .await;
                }
            }
            let hidden = !house.below && request.secret && self.actor.known;
            if hidden && row.is_some_and(|row| row.door.guards()) {
                let nothing = matrix.subject(operation, nothing);
                self.compare(operation, house, &answer, (nothing, false))
                    .await;
            }
        }
    }

    /// Asks for the things of each house, and looks only at what is told.
    pub(super) async fn reads(&mut self, operation: &Operation) {
        let matrix = self.matrix;
        let mut asked = BTreeSet::new();
        for house in &matrix.world.houses {
            let request = matrix.subject(operation, house);
            if !asked.insert(request.text()) {
                continue;
            }
            self.ask(operation, &request, true, house, None).await;
            if operation.exports && self.actor.name == PRYING[0] {
                let csv = Some(FILES[0]);
                self.ask(operation, &request, true, house, csv).await;
            }
        }
    }

    /// Puts an id of each house out of reach into each place of a request about one's own.
    pub(super) async fn places(&mut self, operation: &Operation) {
        let matrix = self.matrix;
        for (house, nothing) in matrix.world.houses.iter().zip(&matrix.nothing) {
            if house.below {
                continue;
            }
            let requests = matrix.places(operation, house);
            let nothings = matrix.places(operation, nothing);
            for (request, nothing) in requests.into_iter().zip(nothings) {
                let answer = self.ask(operation, &request, true, house, None).await;
                let place = &request.place;
                if operation.exports && self.actor.name == PRYING[0] {
                    let _turn = matrix.files.acquire().await.expect("it is never closed");
                    self.ask(operation, &request, true, house, Some(FILES[0]))
                        .await;
                }
                if request.fresh && !matches!(answer.status, 403 | 404 | 409 | 422) {
                    let what = format!("{place}: an id that stands for something else is taken");
                    self.find(operation, house, &what);
                }
                if request.secret {
                    if self.actor.name == PRYING[0] && !reached(&answer, place) {
                        let what = format!("no rule looked at {place}: {}", plain(&answer));
                        self.find(operation, house, &what);
                    }
                    self.compare(operation, house, &answer, (nothing, true))
                        .await;
                }
            }
        }
    }

    pub(super) async fn ask(
        &mut self,
        operation: &Operation,
        request: &Request,
        dry: bool,
        house: &House,
        accept: Option<&str>,
    ) -> Answer {
        let (matrix, actor) = (self.matrix, self.actor);
        let answer = matrix.send(actor, operation, request, dry, accept).await;
        self.seen.requests += 1;
        let row = matrix.table.of(&operation.id);
        let is_expected = row.is_some_and(|row| row.is_outcome(answer.status));
        if answer.status >= 500 && !is_expected {
            self.find(
                operation,
                house,
                &format!("a fault of ours: {}", plain(&answer)),
            );
        }
        self.search(operation, request, house, &answer);
        answer
    }

    /// Finds what the caller must not be told.
    fn search(&mut self, operation: &Operation, request: &Request, house: &House, answer: &Answer) {
        let matrix = self.matrix;
        let world = &matrix.world;
        let hidden: Vec<_> = world
            .houses
            .iter()
            .map(|it| !self.reaches(operation, it, house))
            .collect();
        let (text, sent) = (leak::text(answer), request.text());
        let place = &request.place;
        for (told, _) in world
            .houses
            .iter()
            .zip(&hidden)
            .filter(|(_, hidden)| **hidden)
        {
            if text.contains(&told.word) && !sent.contains(&told.word) {
                self.find(
                    operation,
                    house,
                    &format!("tells a word of the {} house {place}", told.relation),
                );
            }
        }
        for id in leak::ids(&text) {
            let Some(&owner) = world.owners.get(id) else {
                continue;
            };
            let told = &world.houses[owner];
            if hidden[owner] && !sent.contains(id) {
                let kind = id.split('_').next().unwrap_or_default();
                self.find(
                    operation,
                    house,
                    &format!("tells a {kind} of the {} house {place}", told.relation),
                );
            }
        }
    }

    // Whether the caller may be told what lies in that house when things of `asked` are asked for.
    fn reaches(&self, operation: &Operation, house: &House, asked: &House) -> bool {
        let row = self.matrix.table.of(&operation.id);
        if row.is_some_and(|row| row.door == Door::Bearer) {
            return house.relation == asked.relation;
        }
        house.below && row.is_none_or(|row| row.door.shows(&self.actor.roles))
    }

    fn let_in(&self, operation: &Operation, row: &Expectation, house: &House) -> bool {
        if !self.actor.known {
            return operation.open;
        }
        let whose = house.below || !row.door.guards();
        whose && row.door.opens_to(&self.actor.roles)
    }

    fn judge(
        &mut self,
        operation: &Operation,
        row: Option<&Expectation>,
        house: &House,
        answer: &Answer,
    ) {
        let outcome = outcome(answer);
        let Some(row) = row.filter(|row| row.door != Door::Unsaid) else {
            if house.relation == "own" {
                let of = self.seen.outcomes.entry(operation.id.clone()).or_default();
                of.insert(self.actor.name.to_owned(), outcome);
            }
            return;
        };
        let fine = if self.let_in(operation, row, house) {
            outcome == row.outcome
        } else if self.actor.known {
            is_refused(answer, row.door.capabilities())
        } else {
            outcome == "401:unauthenticated"
        };
        if !fine {
            self.find(
                operation,
                house,
                &format!("{outcome}, and not what is expected"),
            );
        }
    }

    /// Finds an answer that gives away that a hidden thing exists: about nothing it is asked in the
    /// same way, as a dry run or in earnest.
    async fn compare(
        &mut self,
        operation: &Operation,
        house: &House,
        answer: &Answer,
        (nothing, dry): (Request, bool),
    ) {
        let key = nothing.text();
        if !self.of_nothing.contains_key(&key) {
            let said = self.ask(operation, &nothing, dry, house, None).await;
            self.of_nothing.insert(key.clone(), plain(&said));
        }
        let (of_nothing, of_theirs) = (self.of_nothing[&key].clone(), plain(answer));
        if of_nothing != of_theirs {
            let place = &nothing.place;
            let told =
                format!("gives away what exists: {place}: {of_theirs} instead of {of_nothing}");
            self.find(operation, house, &told);
        }
    }

    pub(super) fn find(&mut self, operation: &Operation, house: &House, what: &str) {
        let what = format!("{}: {what}", operation.id);
        let who = format!("{} at {}", self.actor.name, house.relation);
        self.seen.found.entry(what).or_default().insert(who);
    }
}
