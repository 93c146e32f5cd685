use super::*;

fn at(counted: i64, book: i64) -> Tally {
    Tally { counted, book }
}

fn by(name: &str) -> Signature {
    Signature {
        by: name.to_owned(),
        at: DateTime::from_timestamp(1, 0).unwrap(),
    }
}

fn counters() -> BTreeSet<String> {
    ["keeper".to_owned(), "clerk".to_owned()].into()
}

// Every state, in the order of their names.
fn states() -> [StocktakeState; 6] {
    let round = 2;
    [
        StocktakeState::Counting,
        StocktakeState::Recounting { round },
        StocktakeState::Counted { round },
        StocktakeState::AwaitingApproval { round },
        StocktakeState::Settled {
            round,
            settled: by("keeper"),
            approved: false,
        },
        StocktakeState::Abandoned {
            round,
            abandoned: by("keeper"),
            reason: "雨".to_owned(),
        },
    ]
}

#[test]
fn what_each_state_lets_be_done() {
    assert_eq!(states().map(|state| state.name()), {
        use StocktakeStateName as N;
        [
            N::Counting,
            N::Recounting,
            N::Counted,
            N::AwaitingApproval,
            N::Settled,
            N::Abandoned,
        ]
    });
    let right = [vec![at(5, 5)]];
    // Which of the six states let it be done: a letter for each that does.
    let check =
        |action, expected: &str, done: fn(&StocktakeState) -> Result<(), StocktakeError>| {
            let mut answer = String::new();
            for (state, letter) in states().iter().zip("crdwsa".chars()) {
                match done(state) {
                    Ok(()) => answer.push(letter),
                    Err(error) => assert_eq!(
                        error,
                        StocktakeError::WrongState {
                            state: state.name(),
                            action
                        }
                    ),
                }
            }
            assert_eq!(answer, expected, "{action}");
        };
    check(StocktakeAction::Count, "cr", |state| {
        state.counting().map(drop)
    });
    check(StocktakeAction::CloseRound, "cr", |state| {
        state.close_round(&[vec![at(5, 5)]], |_| false).map(drop)
    });
    check(StocktakeAction::Recount, "dw", |state| {
        state.recount(1).map(drop)
    });
    check(StocktakeAction::Settle, "d", |state| {
        state.settle(by("keeper")).map(drop)
    });
    check(StocktakeAction::Approve, "w", |state| {
        state.approve(by("approver"), &counters()).map(drop)
    });
    check(StocktakeAction::Abandon, "crdw", |state| {
        state.abandon(by("keeper"), "雨".to_owned()).map(drop)
    });
    let closed = StocktakeState::Counting.close_round(&right, |_| false);
    assert_eq!(closed.unwrap().state, StocktakeState::Counted { round: 1 });
}

#[test]
fn a_first_count_is_believed_when_it_finds_the_book_right() {
    let check = |round, tallies: &[Tally], expected| {
        assert_eq!(verdict(round, tallies), expected, "{round} {tallies:?}");
    };
    check(1, &[], Verdict::Uncounted);
    check(1, &[at(5, 5)], Verdict::Found(at(5, 5)));
    check(1, &[at(0, 0)], Verdict::Found(at(0, 0)));
    check(1, &[at(4, 5)], Verdict::Recount);
    check(1, &[at(4, 5), at(4, 5)], Verdict::Recount);
    check(1, &[at(5, 5), at(4, 5)], Verdict::Recount);
    // An issue of two between the counts of two people.
    check(1, &[at(5, 5), at(3, 3)], Verdict::Found(at(3, 3)));
    check(2, &[], Verdict::Uncounted);
    check(2, &[at(4, 5)], Verdict::Found(at(4, 5)));
    check(2, &[at(4, 5), at(2, 3)], Verdict::Found(at(2, 3)));
    check(2, &[at(4, 5), at(5, 5)], Verdict::Recount);
    // The same figure, and goods left between: one of them is wrong.
    check(2, &[at(5, 5), at(5, 3)], Verdict::Recount);
}

#[test]
fn a_round_ends_when_all_was_counted() {
    let counting = StocktakeState::Counting;
    let lines = [vec![at(5, 5)], vec![], vec![at(1, 2)], vec![]];
    let refused = counting.close_round(&lines, |_| false).unwrap_err();
    assert_eq!(refused, StocktakeError::Uncounted { lines: vec![1, 3] });
    let lines = [vec![at(5, 5)], vec![at(1, 2)]];
    let closed = counting.close_round(&lines, |_| true).unwrap();
    assert_eq!(closed.state, StocktakeState::Recounting { round: 2 });
    assert_eq!(
        closed.verdicts,
        [Verdict::Found(at(5, 5)), Verdict::Recount]
    );
    for (past, state) in [
        (false, StocktakeState::Counted { round: 2 }),
        (true, StocktakeState::AwaitingApproval { round: 2 }),
    ] {
        let closed = closed.state.close_round(&[vec![at(1, 2)]], |verdicts| {
            assert_eq!(verdicts, [Verdict::Found(at(1, 2))]);
            past
        });
        assert_eq!(closed.unwrap().state, state);
    }
    // A sheet without a line is counted at once.
    let nothing = counting.close_round(&[], |_| false).unwrap();
    assert_eq!(nothing.state, StocktakeState::Counted { round: 1 });
}

#[test]
fn whoever_counted_does_not_approve() {
    let waiting = StocktakeState::AwaitingApproval { round: 3 };
    for name in ["keeper", "clerk"] {
        let refused = waiting.approve(by(name), &counters()).unwrap_err();
        assert_eq!(refused, StocktakeError::ApproverCounted);
    }
    assert_eq!(
        waiting.approve(by("approver"), &counters()).unwrap(),
        StocktakeState::Settled {
            round: 3,
            settled: by("approver"),
            approved: true
        }
    );
}

#[test]
fn rounds_come_to_an_end() {
    let mut state = StocktakeState::Counting;
    let disputed = [vec![at(4, 5), at(3, 5)]];
    for round in 2..=ROUNDS_MAX {
        state = state.close_round(&disputed, |_| false).unwrap().state;
        assert_eq!(state, StocktakeState::Recounting { round });
    }
    let refused = state.close_round(&disputed, |_| false).unwrap_err();
    assert_eq!(refused, StocktakeError::TooManyRounds);
    let counted = StocktakeState::Counted { round: ROUNDS_MAX };
    assert_eq!(
        counted.recount(1).unwrap_err(),
        StocktakeError::TooManyRounds
    );
    assert_eq!(
        counted.recount(0).unwrap_err(),
        StocktakeError::NothingDiffers
    );
}
