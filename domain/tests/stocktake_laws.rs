//! The laws of stocktakes, for any order of counts and movements: what is settled makes the book
//! say what is there, whatever moved while it was counted.

#![allow(
    clippy::unwrap_used,
    reason = "what a test makes up itself is known to be right"
)]

use domain::stock::{StocktakeState, Tally, Verdict};
use proptest::prelude::*;

/// What happens on a shelf while it is counted.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Goods come in.
    In(i64),
    /// Goods go out, at most what is there and in the book.
    Out(i64),
    /// Somebody counts, and is so many off.
    Count { off: i64 },
    /// The round is ended, if it can be.
    Close,
}

/// A shelf: what is there, what the book says, and the round that counts it.
struct Shelf {
    there: i64,
    book: i64,
    state: StocktakeState,
    tallies: Vec<Tally>,
    found: Option<Tally>,
}

impl Shelf {
    fn take(&mut self, step: Step) {
        match step {
            Step::In(quantity) => {
                self.there += quantity;
                self.book += quantity;
            }
            Step::Out(quantity) => {
                let quantity = quantity.min(self.there).min(self.book);
                self.there -= quantity;
                self.book -= quantity;
            }
            Step::Count { off } => {
                if self.state.is_counting() {
                    let counted = (self.there + off).max(0);
                    let book = self.book;
                    self.tallies.push(Tally { counted, book });
                }
            }
            Step::Close => self.close(),
        }
    }

    fn close(&mut self) {
        let lines = [std::mem::take(&mut self.tallies)];
        match self.state.close_round(&lines, |_| false) {
            Ok(closed) => {
                if let [Verdict::Found(tally)] = closed.verdicts[..] {
                    self.found = Some(tally);
                }
                self.state = closed.state;
            }
            Err(_) => [self.tallies] = lines,
        }
    }
}

fn step(off: BoxedStrategy<i64>) -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..50_i64).prop_map(Step::In),
        (1..50_i64).prop_map(Step::Out),
        off.prop_map(|off| Step::Count { off }),
        Just(Step::Close),
    ]
}

fn run(there: i64, book: i64, steps: &[Step]) -> Shelf {
    let mut shelf = Shelf {
        there,
        book,
        state: StocktakeState::Counting,
        tallies: Vec::new(),
        found: None,
    };
    for &step in steps {
        shelf.take(step);
    }
    shelf
}

proptest! {
    /// Who counts rightly is always believed, in the first round or the second, whatever moves.
    #[test]
    fn right_counts_bring_the_book_to_what_is_there(
        there in 0..100_i64,
        book in 0..100_i64,
        steps in prop::collection::vec(step(Just(0).boxed()), 0..60),
        after in prop::collection::vec(step(Just(0).boxed()), 0..20),
    ) {
        let mut steps = steps;
        steps.extend([Step::Count { off: 0 }, Step::Close, Step::Count { off: 0 }, Step::Close]);
        steps.extend(after);
        let shelf = run(there, book, &steps);
        let found = shelf.found.unwrap();
        prop_assert_eq!(shelf.book + found.difference(), shelf.there);
        let rounds = if there == book { 1 } else { 2 };
        prop_assert_eq!(shelf.state, StocktakeState::Counted { round: rounds });
    }

    /// A difference that is settled was found by all who counted in one round after the first; a
    /// book that is found right is left alone.
    #[test]
    fn no_difference_rests_on_one_count(
        there in 0..20_i64,
        book in 0..20_i64,
        steps in prop::collection::vec(step((-2..=2_i64).boxed()), 0..60),
    ) {
        let shelf = run(there, book, &steps);
        if let Some(found) = shelf.found
            && found.difference() != 0
        {
            prop_assert!(shelf.state.round() > 1);
        }
        prop_assert_eq!(shelf.found.is_some(), !shelf.state.is_counting());
    }
}
