//! A random walk through everything that can be done to stock.
//!
//! **Invariant.** The walk of a seed is always the same, step by step, whatever was answered to the
//! steps before. [`Walk`] is walked in memory, through everything the ledger can do; [`PaperWalk`]
//! is walked over HTTP on both databases, through what has papers of its own. Each must give the
//! answers of [`Naive`].
//!
//! Commands name things by small numbers; [`id`] turns them into ids and [`number`] back. Both keep
//! the order, because a refusal names the *first* balance that does not suffice.

mod draw;
mod form;
mod naive;
mod papers;

use domain::{
    kernel::{self, Id},
    stock::{Condition, End, Kind, Outside},
};
use uuid::Uuid;

pub use draw::Walk;
pub use naive::Naive;
pub use papers::PaperWalk;

/// How many depots there are: numbers from 0.
pub const DEPOTS: u32 = 3;
/// How many zones each depot has: zone `z` of depot `d` has the number `d * ZONES + z`.
pub const ZONES: u32 = 2;
/// How many lots there are: numbers from 0.
pub const LOTS: u32 = 4;
/// The conditions that occur.
pub const CONDITIONS: [Condition; 2] = [Condition::Usable, Condition::Quarantined];

/// One command and the second at which it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Seconds since the walk began; never less than those of the step before.
    pub at: i64,
    /// What to do.
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Post a movement from what is available.
    Post(Posting),
    /// Undo the movement `of`.
    Reverse {
        /// The number of the new movement.
        movement: u32,
        /// The number of the movement to undo.
        of: u32,
    },
    /// Hold goods of one depot.
    Reserve {
        /// The number of the new reservation.
        reservation: u32,
        /// The depot.
        depot: u32,
        /// What to hold: where, how much.
        holds: Vec<(Key, i64)>,
        /// The second from which on it cannot be posted.
        deadline: i64,
    },
    /// Post a movement under a reservation.
    PostReserved {
        /// The number of the reservation.
        reservation: u32,
        /// The movement.
        posting: Posting,
    },
    /// Give a reservation up.
    Release {
        /// The number of the reservation.
        reservation: u32,
    },
    /// Sweep a reservation up.
    Expire {
        /// The number of the reservation.
        reservation: u32,
    },
    /// Lend goods of one depot.
    Lend {
        /// The number of the new loan.
        loan: u32,
        /// The movement, out to whoever borrows.
        posting: Posting,
    },
    /// Take goods of a loan back.
    GiveBack {
        /// The number of the loan.
        loan: u32,
        /// The movement, back from whoever borrowed.
        posting: Posting,
    },
}

/// A movement as it is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Its number.
    pub movement: u32,
    /// Its kind, which is never the reversal.
    pub kind: Kind,
    /// The depot that posts it.
    pub depot: u32,
    /// Its lines. Those of conversions and changes of condition always match; all others may be
    /// wrong in any way.
    pub legs: Vec<Leg>,
}

/// One line of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// The lot.
    pub lot: u32,
    /// Its condition.
    pub condition: Condition,
    /// Base units.
    pub quantity: i64,
    /// From where.
    pub from: Spot,
    /// To where.
    pub to: Spot,
}

/// Where goods can be. The first number is always the depot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// A depot and a zone.
    Zone(u32, u32),
    /// The depot that sent it and a shipment.
    Road(u32, u32),
    /// A depot and an end of its world.
    Outside(u32, Outside),
}

/// What a balance is kept for: where, lot, condition.
pub type Key = (Spot, u32, Condition);

/// What came of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It was done.
    Done,
    /// It was not.
    Refused(Refusal),
}

/// Why a command was refused. Numbers of lines begin at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A line goes to where it comes from.
    SameAccount(usize),
    /// A line does not fit the kind of the movement.
    WrongAccounts(usize),
    /// A line reaches into another depot.
    ForeignAccount(usize),
    /// The number of the movement or reservation is taken.
    Repeated,
    /// Not enough is available: where, what is left, what was wanted.
    Insufficient(Key, i64, i64),
    /// There is no such movement to undo.
    UnknownMovement,
    /// It is a reversal.
    OfReversal,
    /// It was undone before.
    AlreadyReversed,
    /// It belongs to a loan.
    OfLoan,
    /// There is no such loan.
    UnknownLoan,
    /// All of the loan is back.
    LoanClosed,
    /// A line brings more back than is owed.
    MoreThanOwed(usize),
    /// A balance is held from twice by one reservation.
    HeldTwice(usize),
    /// There is no such reservation.
    UnknownReservation,
    /// The reservation has ended.
    Ended(End),
    /// The reservation can no longer be posted.
    DeadlinePassed,
    /// The reservation cannot expire yet.
    NotYet,
    /// A line of what is posted under a reservation does not leave the depot.
    NotOutward(usize),
    /// The reservation holds nothing there.
    NotReserved(Key),
    /// The reservation holds less there: where, how much it holds, how much was wanted.
    MoreThanReserved(Key, i64, i64),
}

// A UUID of version 7 of the year 2024, with the number in its last bits.
const FIRST_ID: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0000;

/// The id of the thing with this number.
#[must_use]
pub fn id<K: kernel::Kind>(number: u32) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(FIRST_ID | u128::from(number)))
}

/// The number of the thing with this id: [`id`] backwards.
#[must_use]
pub fn number<K: kernel::Kind>(id: Id<K>) -> u32 {
    let [.., a, b, c, d] = id.uuid().into_bytes();
    u32::from_be_bytes([a, b, c, d])
}
