//! The ledger in memory gives the answers of the naive model, step by step.
//!
//! `WALK_SEED=…` walks another walk and `WALK_STEPS_IN_MEMORY=…` a longer one; a failure prints
//! the seed and the step.
#![allow(
    clippy::unwrap_used,
    reason = "what a test makes up itself is known to be right"
)]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    kernel::Quantity,
    stock::{
        Account, BalanceKey, Book, EndError, Hold, Insufficient, Line, Movement, MovementError,
        PostError, Reservation, ReservationError, ReserveError, ReservedError, ReversalError,
    },
};
use tests::{
    dice::setting,
    walk::{Answer, Command, Key, Leg, Naive, Posting, Refusal, Spot, Step, Walk, id, number},
};

const STEPS: usize = 100_000;
const FULL_COMPARISONS: usize = 1_000;

#[test]
fn the_book_answers_as_the_naive_model_does() {
    let seed = setting("WALK_SEED", 20_210_725);
    let (mut book, mut naive) = (Book::default(), Naive::default());
    let mut posted = Vec::new();
    let mut tally: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let steps = setting("WALK_STEPS_IN_MEMORY", STEPS);
    let between = (steps / FULL_COMPARISONS).max(1);
    for (position, step) in Walk::new(seed).take(steps).enumerate() {
        let known = book.movements().len();
        let (answer, expected) = (tell(&mut book, &step), naive.answer(&step));
        let place = || format!("WALK_SEED={seed} step {position}: {step:?}");
        assert_eq!(answer, expected, "{}", place());
        if position % between == 0 || position + 1 == steps {
            assert_eq!(balances(&book), naive.balances(), "{}", place());
        }
        if book.movements().len() > known {
            posted.push(last_posted(&step.command));
        }
        *tally
            .entry((name(&step.command), word(&answer)))
            .or_default() += 1;
    }
    let again = Book::fold(
        posted
            .iter()
            .map(|&movement| &book.movements()[&id(movement)]),
    );
    let again = balances(&again.unwrap());
    let on_hand = |all: &BTreeMap<Key, (i64, i64)>| -> Vec<_> {
        all.iter()
            .map(|(key, (on_hand, _))| (*key, *on_hand))
            .collect()
    };
    assert_eq!(on_hand(&again), on_hand(&naive.balances()), "seed {seed}");
    assert_every_answer_was_given(&tally);
}

// A walk that never meets a refusal, or is refused everything, proves nothing.
fn assert_every_answer_was_given(tally: &BTreeMap<(&str, String), usize>) {
    for (command, words) in [
        (
            "post",
            "Done SameAccount WrongAccounts ForeignAccount Repeated Insufficient",
        ),
        (
            "reverse",
            "Done Repeated Insufficient UnknownMovement OfReversal AlreadyReversed",
        ),
        ("reserve", "Done Repeated Insufficient HeldTwice"),
        (
            "post_reserved",
            "Done Repeated UnknownReservation Ended DeadlinePassed NotOutward NotReserved \
             MoreThanReserved",
        ),
        ("release", "Done UnknownReservation Ended"),
        ("expire", "Done UnknownReservation Ended NotYet"),
    ] {
        for word in words.split_whitespace() {
            let times = tally.get(&(command, word.to_owned())).copied().unwrap_or(0);
            let least = if word == "Done" { 100 } else { 5 };
            assert!(
                times >= least,
                "{command} {word}: {times} times; {tally:#?}"
            );
        }
    }
}

fn name(command: &Command) -> &'static str {
    match command {
        Command::Post(_) => "post",
        Command::Reverse { .. } => "reverse",
        Command::Reserve { .. } => "reserve",
        Command::PostReserved { .. } => "post_reserved",
        Command::Release { .. } => "release",
        Command::Expire { .. } => "expire",
        Command::Lend { .. } => "lend",
        Command::GiveBack { .. } => "give_back",
    }
}

// The name of the answer without its data.
fn word(answer: &Answer) -> String {
    let text = match answer {
        Answer::Done => "Done".to_owned(),
        Answer::Refused(refusal) => format!("{refusal:?}"),
    };
    text.chars().take_while(char::is_ascii_alphabetic).collect()
}

fn last_posted(command: &Command) -> u32 {
    match command {
        Command::Post(posting)
        | Command::PostReserved { posting, .. }
        | Command::Lend { posting, .. }
        | Command::GiveBack { posting, .. } => posting.movement,
        Command::Reverse { movement, .. } => *movement,
        Command::Reserve { .. } | Command::Release { .. } | Command::Expire { .. } => {
            panic!("{command:?} posts nothing")
        }
    }
}

fn tell(book: &mut Book, step: &Step) -> Answer {
    match run(book, step) {
        Ok(()) => Answer::Done,
        Err(refusal) => Answer::Refused(refusal),
    }
}

fn run(book: &mut Book, step: &Step) -> Result<(), Refusal> {
    let now = instant(step.at);
    match &step.command {
        Command::Post(posting) => {
            let movement = movement(posting)?;
            book.apply(&movement).map_err(post_refusal)
        }
        Command::Reverse { movement, of } => {
            let undone = book.reverse(id(*movement), id(*of));
            undone.map(|_| ()).map_err(post_refusal)
        }
        Command::Reserve {
            reservation,
            depot,
            holds,
            deadline,
        } => {
            let holds = holds.iter().map(hold).collect();
            let deadline = instant(*deadline);
            let reservation = Reservation::hold(id(*reservation), id(*depot), holds, now, deadline);
            let reservation = reservation.map_err(|error| match error {
                ReservationError::Repeated { line } => Refusal::HeldTwice(line),
                other => panic!("{other}"),
            })?;
            book.reserve(reservation).map_err(|error| match error {
                ReserveError::Repeated { .. } => Refusal::Repeated,
                ReserveError::Insufficient(insufficient) => too_little(insufficient),
                ReserveError::Ended => panic!("{error}"),
            })
        }
        Command::PostReserved {
            reservation,
            posting,
        } => {
            let movement = movement(posting)?;
            let posted = book.post_reservation(id(*reservation), now, &movement);
            posted.map_err(reserved_refusal)
        }
        Command::Release { reservation } => book
            .release(id(*reservation), now)
            .map_err(reserved_refusal),
        Command::Expire { reservation } => {
            book.expire(id(*reservation), now).map_err(reserved_refusal)
        }
        Command::Lend { .. } | Command::GiveBack { .. } => {
            panic!("a loan has papers, which a book does not know: {step:?}")
        }
    }
}

fn instant(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn account(spot: Spot) -> Account {
    match spot {
        Spot::Zone(depot, zone) => Account::Zone {
            depot: id(depot),
            zone: id(zone),
        },
        Spot::Road(depot, shipment) => Account::Road {
            depot: id(depot),
            shipment: id(shipment),
        },
        Spot::Outside(depot, side) => Account::Outside {
            depot: id(depot),
            side,
        },
    }
}

fn spot(account: Account) -> Spot {
    match account {
        Account::Zone { depot, zone } => Spot::Zone(number(depot), number(zone)),
        Account::Road { depot, shipment } => Spot::Road(number(depot), number(shipment)),
        Account::Outside { depot, side } => Spot::Outside(number(depot), side),
    }
}

fn movement(posting: &Posting) -> Result<Movement, Refusal> {
    let line = |leg: &Leg| Line {
        lot: id(leg.lot),
        condition: leg.condition,
        quantity: Quantity::new(leg.quantity).unwrap(),
        from: account(leg.from),
        to: account(leg.to),
    };
    let lines = posting.legs.iter().map(line).collect();
    let movement = Movement::new(id(posting.movement), id(posting.depot), posting.kind, lines);
    movement.map_err(|error| match error {
        MovementError::SameAccount { line } => Refusal::SameAccount(line),
        MovementError::WrongAccounts { line } => Refusal::WrongAccounts(line),
        MovementError::ForeignAccount { line } => Refusal::ForeignAccount(line),
        other => panic!("{other}"),
    })
}

fn hold(((spot, lot, condition), quantity): &(Key, i64)) -> Hold {
    let Spot::Zone(_, zone) = spot else {
        panic!("goods are held in zones, not in {spot:?}");
    };
    Hold {
        zone: id(*zone),
        lot: id(*lot),
        condition: *condition,
        quantity: Quantity::new(*quantity).unwrap(),
    }
}

fn key(key: BalanceKey) -> Key {
    (spot(key.account), number(key.lot), key.condition)
}

fn balances(book: &Book) -> BTreeMap<Key, (i64, i64)> {
    let all = book.balances().iter();
    all.map(|(at, balance)| (key(*at), (balance.on_hand, balance.reserved)))
        .collect()
}

fn too_little(insufficient: Insufficient) -> Refusal {
    let Insufficient {
        key: at,
        available,
        requested,
    } = insufficient;
    Refusal::Insufficient(key(at), available, requested)
}

fn post_refusal(error: PostError) -> Refusal {
    match error {
        PostError::Repeated { .. } => Refusal::Repeated,
        PostError::Insufficient(insufficient) => too_little(insufficient),
        PostError::UnknownMovement { .. } => Refusal::UnknownMovement,
        PostError::Reversal(ReversalError::OfReversal { .. }) => Refusal::OfReversal,
        PostError::Reversal(ReversalError::Already { .. }) => Refusal::AlreadyReversed,
        PostError::TooMuch { .. } | PostError::NotTheMirror { .. } => panic!("{error}"),
    }
}

fn reserved_refusal(error: ReservedError) -> Refusal {
    match error {
        ReservedError::UnknownReservation { .. } => Refusal::UnknownReservation,
        ReservedError::Post(error) => post_refusal(error),
        ReservedError::End(error) => match error {
            EndError::Ended { end } => Refusal::Ended(end),
            EndError::DeadlinePassed { .. } => Refusal::DeadlinePassed,
            EndError::NotYet { .. } => Refusal::NotYet,
            EndError::NotOutward { line } => Refusal::NotOutward(line),
            EndError::NotReserved { key: at } => Refusal::NotReserved(key(at)),
            EndError::MoreThanReserved {
                key: at,
                reserved,
                requested,
            } => Refusal::MoreThanReserved(key(at), reserved, requested),
        },
    }
}
