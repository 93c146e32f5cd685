//! The walk that can be walked through the API, where every receipt makes new lots and shipments
//! have papers of their own.
//!
//! **Invariant.** Receipts are never refused, so that the lots which later steps name are there
//! whatever was answered. A zone belongs to the depot of the step, and what is held is usable.

use domain::stock::{Condition, Kind, Outside};

use super::{CONDITIONS, Command, DEPOTS, Key, Leg, Posting, Spot, Step, Walk, ZONES};

// How many of the latest lots and reservations a step may name.
const LOTS_REMEMBERED: usize = 9;
const RESERVATIONS_REMEMBERED: usize = 6;
const RECEIPTS_REMEMBERED: usize = 4;
const LOANS_REMEMBERED: usize = 5;

fn depot_of(spot: Spot) -> u32 {
    let (Spot::Zone(depot, _) | Spot::Road(depot, _) | Spot::Outside(depot, _)) = spot;
    depot
}

// A reservation, its depot and what it holds.
type Held = (u32, u32, Vec<(Key, i64)>);

/// The endless walk of one seed through the papers of the API.
#[derive(Debug, Clone)]
pub struct PaperWalk {
    draw: Walk,
    lots: u32,
    // Where and in which condition lots came in.
    known: Vec<Leg>,
    receipts: Vec<u32>,
    held: Vec<Held>,
    loans: u32,
    lent: Vec<(u32, u32, Vec<Leg>)>,
}

impl PaperWalk {
    /// The walk of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            draw: Walk::new(seed),
            lots: 0,
            known: Vec::new(),
            receipts: Vec::new(),
            held: Vec::new(),
            loans: 0,
            lent: Vec::new(),
        }
    }

    fn posting(&mut self, movement: u32, kind: Kind, depot: u32, legs: Vec<Leg>) -> Command {
        Command::Post(Posting {
            movement,
            kind,
            depot,
            legs,
        })
    }

    fn fresh(&mut self) -> u32 {
        self.draw.movements += 1;
        self.draw.movements
    }

    // Now and then one that was used before.
    fn maybe_used(&mut self) -> u32 {
        if self.draw.dice.one_in(25) {
            return 1 + self.draw.dice.below(self.draw.movements);
        }
        self.fresh()
    }

    fn condition(&mut self) -> Condition {
        CONDITIONS[usize::from(self.draw.dice.one_in(4))]
    }

    // Goods of lots of one depot, mostly from where they came in, to where `to` says.
    fn drawn(&mut self, most: u32, to: impl Fn(Spot) -> Spot) -> (u32, Vec<Leg>) {
        let depot = self
            .draw
            .dice
            .of(&self.known)
            .map_or(0, |leg| depot_of(leg.to));
        let mut here = self.known.clone();
        here.retain(|leg| depot_of(leg.to) == depot);
        let mut legs = Vec::new();
        for _ in 0..self.draw.dice.upto(2) {
            let Some(known) = self.draw.dice.of(&here) else {
                continue;
            };
            let from = if self.draw.dice.one_in(4) {
                self.draw.zone(depot)
            } else {
                known.to
            };
            let condition = if self.draw.dice.one_in(6) {
                self.condition()
            } else {
                known.condition
            };
            legs.push(Leg {
                condition,
                quantity: self.draw.dice.upto(most),
                from,
                to: to(from),
                ..known
            });
        }
        (depot, legs)
    }

    fn receipt(&mut self) -> Command {
        let depot = self.draw.dice.below(DEPOTS);
        let from = Spot::Outside(depot, Outside::Source);
        let mut legs = Vec::new();
        for _ in 0..self.draw.dice.upto(2) {
            self.lots += 1;
            let leg = Leg {
                lot: self.lots,
                condition: self.condition(),
                quantity: 20 + self.draw.dice.upto(60),
                from,
                to: self.draw.zone(depot),
            };
            self.known.push(leg);
            legs.push(leg);
        }
        let forgotten = self.known.len().saturating_sub(LOTS_REMEMBERED);
        self.known.drain(..forgotten);
        let movement = self.fresh();
        self.receipts.push(movement);
        let forgotten = self.receipts.len().saturating_sub(RECEIPTS_REMEMBERED);
        self.receipts.drain(..forgotten);
        self.posting(movement, Kind::Receipt, depot, legs)
    }

    fn issue(&mut self) -> Command {
        let (depot, mut legs) = self.drawn(18, |from| from);
        for leg in &mut legs {
            leg.to = Spot::Outside(depot, Outside::Recipient);
        }
        let movement = self.maybe_used();
        self.posting(movement, Kind::Issue, depot, legs)
    }

    fn transfer(&mut self) -> Command {
        let other = |from| match from {
            Spot::Zone(depot, zone) => Spot::Zone(depot, depot * ZONES + (zone + 1) % ZONES),
            elsewhere => elsewhere,
        };
        let (depot, legs) = self.drawn(30, other);
        let movement = self.maybe_used();
        self.posting(movement, Kind::Transfer, depot, legs)
    }

    // One line, which is two legs: out in the one condition and back in the other.
    fn change(&mut self) -> Command {
        let (depot, legs) = self.drawn(12, |from| from);
        let inside = Spot::Outside(depot, Outside::Conversion);
        let taken = Leg {
            to: inside,
            ..legs[0]
        };
        let back = Leg {
            condition: CONDITIONS[usize::from(taken.condition == CONDITIONS[0])],
            from: inside,
            to: taken.from,
            ..taken
        };
        let movement = self.fresh();
        self.posting(movement, Kind::ConditionChange, depot, vec![taken, back])
    }

    fn reverse(&mut self) -> Command {
        // A receipt is never refused; whether the others were posted nobody knows here.
        let back = self.draw.dice.below(12);
        let of = match self.draw.dice.of(&self.receipts) {
            Some(receipt) if self.draw.dice.one_in(4) => receipt,
            _ => self.draw.movements.saturating_sub(back),
        };
        let movement = self.fresh();
        Command::Reverse { movement, of }
    }

    fn reserve(&mut self) -> Command {
        let (depot, legs) = self.drawn(20, |from| from);
        let mut holds: Vec<(Key, i64)> = Vec::new();
        for leg in legs {
            let key = (leg.from, leg.lot, Condition::Usable);
            if holds.iter().all(|(known, _)| *known != key) {
                holds.push((key, leg.quantity));
            }
        }
        let is_used = self.draw.reservations > 0 && self.draw.dice.one_in(25);
        if !is_used {
            self.draw.reservations += 1;
        }
        let reservation = self.draw.reservations;
        if is_used {
            // Which of the two was taken up, and so its depot, only the answers tell.
            self.held.retain(|(held, ..)| *held != reservation);
        } else {
            self.held.push((reservation, depot, holds.clone()));
        }
        let forgotten = self.held.len().saturating_sub(RESERVATIONS_REMEMBERED);
        self.held.drain(..forgotten);
        Command::Reserve {
            reservation,
            depot,
            holds,
            deadline: self.draw.now + self.draw.dice.upto(40),
        }
    }

    // All, a part or too much of what was held, now and then from the other zone.
    fn post_reserved(&mut self) -> Command {
        let Some((reservation, depot, holds)) = self.draw.dice.of(&self.held) else {
            return self.reserve();
        };
        let mut legs = Vec::new();
        for ((from, lot, condition), held) in holds {
            let quantity = match self.draw.dice.below(12) {
                0..5 => held,
                5..11 => (held / 2).max(1),
                _ => held + 1,
            };
            let from = if self.draw.dice.one_in(12) {
                self.draw.zone(depot)
            } else {
                from
            };
            legs.push(Leg {
                lot,
                condition,
                quantity,
                from,
                to: Spot::Outside(depot, Outside::Recipient),
            });
        }
        let posting = Posting {
            movement: self.fresh(),
            kind: Kind::Issue,
            depot,
            legs,
        };
        Command::PostReserved {
            reservation,
            posting,
        }
    }

    // Usable goods of one depot, now and then on a paper that was used before.
    fn lend(&mut self) -> Command {
        let (depot, drawn) = self.drawn(14, |from| from);
        let mut legs: Vec<Leg> = Vec::new();
        for leg in drawn {
            if legs.iter().all(|known| known.lot != leg.lot) {
                legs.push(Leg {
                    condition: Condition::Usable,
                    to: Spot::Outside(depot, Outside::Loan),
                    ..leg
                });
            }
        }
        if self.loans == 0 || !self.draw.dice.one_in(25) {
            self.loans += 1;
        }
        let loan = self.loans;
        // Where the number was used, which of the two was lent only the answers tell.
        self.lent.retain(|(known, ..)| *known != loan);
        self.lent.push((loan, depot, legs.clone()));
        let forgotten = self.lent.len().saturating_sub(LOANS_REMEMBERED);
        self.lent.drain(..forgotten);
        let posting = Posting {
            movement: self.maybe_used(),
            kind: Kind::Issue,
            depot,
            legs,
        };
        Command::Lend { loan, posting }
    }

    // All, a part or too much of what was lent, in any condition, into any zone.
    fn give_back(&mut self) -> Command {
        let Some((loan, depot, lent)) = self.draw.dice.of(&self.lent) else {
            return self.lend();
        };
        let loan = if self.draw.dice.one_in(20) {
            loan + 70_000
        } else {
            loan
        };
        let mut legs = Vec::new();
        for leg in lent {
            let quantity = match self.draw.dice.below(12) {
                0..6 => leg.quantity,
                6..11 => (leg.quantity / 2).max(1),
                _ => leg.quantity + 1,
            };
            legs.push(Leg {
                quantity,
                condition: self.condition(),
                from: leg.to,
                to: self.draw.zone(depot),
                ..leg
            });
        }
        let posting = Posting {
            movement: self.maybe_used(),
            kind: Kind::Return,
            depot,
            legs,
        };
        Command::GiveBack { loan, posting }
    }

    fn release(&mut self) -> Command {
        let reservation = match self.draw.dice.of(&self.held) {
            Some((reservation, ..)) if !self.draw.dice.one_in(10) => reservation,
            _ => self.draw.reservations + 7,
        };
        Command::Release { reservation }
    }
}

impl Iterator for PaperWalk {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        self.draw.now += i64::from(self.draw.dice.below(5));
        let command = if self.known.len() < 4 {
            self.receipt()
        } else {
            match self.draw.dice.below(100) {
                0..16 => self.receipt(),
                16..34 => self.issue(),
                34..46 => self.transfer(),
                46..53 => self.change(),
                53..57 => self.lend(),
                57..61 => self.give_back(),
                61..70 => self.reverse(),
                70..84 => self.reserve(),
                84..94 => self.post_reserved(),
                _ => self.release(),
            }
        };
        let at = self.draw.now;
        Some(Step { at, command })
    }
}
