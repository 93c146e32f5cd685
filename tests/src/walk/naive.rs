//! What stock should do, written as plainly as possible.
//!
//! **Invariant.** No line here is shared with the code it judges. Nothing is clever: what is
//! promised is added up anew each time.

use std::collections::{BTreeMap, BTreeSet};

use domain::stock::End;

use super::{
    Answer, Command, Key, Leg, Posting,
    Refusal::{self, *},
    Spot, Step,
    form::{well_formed, words},
};

/// A model of the whole stock.
#[derive(Debug, Default)]
pub struct Naive {
    on_hand: BTreeMap<Key, i64>,
    // Lines of every movement, and the movement it undoes.
    posted: BTreeMap<u32, (Vec<Leg>, Option<u32>)>,
    held: BTreeMap<u32, (Vec<(Key, i64)>, i64)>,
    ended: BTreeMap<u32, End>,
    // What is owed of each lot.
    loans: BTreeMap<u32, BTreeMap<u32, i64>>,
    of_loans: BTreeSet<u32>,
}

impl Naive {
    /// Does what the step says, or says why not.
    pub fn answer(&mut self, step: &Step) -> Answer {
        match self.run(step.at, &step.command) {
            Ok(()) => Answer::Done,
            Err(refusal) => Answer::Refused(refusal),
        }
    }

    /// On hand and reserved, wherever either is not zero.
    #[must_use]
    pub fn balances(&self) -> BTreeMap<Key, (i64, i64)> {
        let both = |(key, there): (&Key, &i64)| (*key, (*there, self.reserved(key)));
        self.on_hand.iter().map(both).collect()
    }

    /// Ends every reservation whose deadline has come, as the server does by itself.
    pub fn sweep(&mut self, at: i64) -> bool {
        let overdue: Vec<_> = self
            .held
            .iter()
            .filter(|(_, (_, deadline))| *deadline <= at)
            .map(|(reservation, _)| *reservation)
            .collect();
        for reservation in &overdue {
            self.end(*reservation, End::Expired);
        }
        !overdue.is_empty()
    }

    fn run(&mut self, at: i64, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Post(posting) => {
                well_formed(posting)?;
                self.post(posting.movement, &posting.legs, None)
            }
            Command::Reverse { movement, of } => {
                let (legs, undone) = self.posted.get(of).ok_or(UnknownMovement)?;
                if undone.is_some() {
                    return Err(OfReversal);
                }
                if self.of_loans.contains(of) {
                    return Err(OfLoan);
                }
                if self.posted.values().any(|(_, undoes)| *undoes == Some(*of)) {
                    return Err(AlreadyReversed);
                }
                let back = |leg: &Leg| Leg {
                    from: leg.to,
                    to: leg.from,
                    ..*leg
                };
                let legs: Vec<_> = legs.iter().map(back).collect();
                self.post(*movement, &legs, Some(*of))
            }
            Command::Reserve {
                reservation,
                holds,
                deadline,
                ..
            } => self.reserve(*reservation, holds, *deadline),
            Command::PostReserved {
                reservation,
                posting,
            } => {
                well_formed(posting)?;
                let (holds, deadline) = self.find(*reservation)?;
                if at >= deadline {
                    return Err(DeadlinePassed);
                }
                covered(&holds, posting)?;
                if self.posted.contains_key(&posting.movement) {
                    return Err(Repeated);
                }
                self.end(*reservation, End::Posted);
                self.post(posting.movement, &posting.legs, None)
            }
            Command::Release { reservation } => {
                self.find(*reservation)?;
                self.end(*reservation, End::Released);
                Ok(())
            }
            Command::Expire { reservation } => {
                if at < self.find(*reservation)?.1 {
                    return Err(NotYet);
                }
                self.end(*reservation, End::Expired);
                Ok(())
            }
            Command::Lend { loan, posting } => self.lend(*loan, posting),
            Command::GiveBack { loan, posting } => self.give_back(*loan, posting),
        }
    }

    fn lend(&mut self, loan: u32, posting: &Posting) -> Result<(), Refusal> {
        well_formed(posting)?;
        if self.loans.contains_key(&loan) {
            return Err(Repeated);
        }
        self.post(posting.movement, &posting.legs, None)?;
        let owed = self.loans.entry(loan).or_default();
        for leg in &posting.legs {
            *owed.entry(leg.lot).or_insert(0) += leg.quantity;
        }
        self.of_loans.insert(posting.movement);
        Ok(())
    }

    fn give_back(&mut self, loan: u32, posting: &Posting) -> Result<(), Refusal> {
        well_formed(posting)?;
        let mut owed = self.loans.get(&loan).cloned().ok_or(UnknownLoan)?;
        if self.posted.contains_key(&posting.movement) {
            return Err(Repeated);
        }
        if owed.values().all(|rest| *rest == 0) {
            return Err(LoanClosed);
        }
        for (line, leg) in posting.legs.iter().enumerate() {
            let rest = owed.entry(leg.lot).or_insert(0);
            if *rest < leg.quantity {
                return Err(MoreThanOwed(line));
            }
            *rest -= leg.quantity;
        }
        self.post(posting.movement, &posting.legs, None)?;
        self.loans.insert(loan, owed);
        self.of_loans.insert(posting.movement);
        Ok(())
    }

    fn post(&mut self, movement: u32, legs: &[Leg], undoes: Option<u32>) -> Result<(), Refusal> {
        if self.posted.contains_key(&movement) {
            return Err(Repeated);
        }
        let mut after: BTreeMap<Key, i64> = BTreeMap::new();
        for leg in legs {
            for (spot, signed) in [(leg.from, -leg.quantity), (leg.to, leg.quantity)] {
                let key = (spot, leg.lot, leg.condition);
                *after.entry(key).or_insert(self.there(&key)) += signed;
            }
        }
        after.retain(|(spot, ..), _| !matches!(spot, Spot::Outside(..)));
        for (key, left) in &after {
            let (before, reserved) = (self.there(key), self.reserved(key));
            if *left < reserved {
                return Err(Insufficient(*key, before - reserved, before - left));
            }
        }
        for (key, left) in after {
            match left {
                0 => self.on_hand.remove(&key),
                _ => self.on_hand.insert(key, left),
            };
        }
        self.posted.insert(movement, (legs.to_vec(), undoes));
        Ok(())
    }

    fn reserve(&mut self, new: u32, holds: &[(Key, i64)], deadline: i64) -> Result<(), Refusal> {
        for (line, (key, _)) in holds.iter().enumerate() {
            if holds[..line].iter().any(|(earlier, _)| earlier == key) {
                return Err(HeldTwice(line));
            }
        }
        if self.held.contains_key(&new) || self.ended.contains_key(&new) {
            return Err(Repeated);
        }
        let mut sorted = holds.to_vec();
        sorted.sort();
        for (key, wanted) in sorted {
            let free = self.there(&key) - self.reserved(&key);
            if free < wanted {
                return Err(Insufficient(key, free, wanted));
            }
        }
        self.held.insert(new, (holds.to_vec(), deadline));
        Ok(())
    }

    fn there(&self, key: &Key) -> i64 {
        self.on_hand.get(key).copied().unwrap_or(0)
    }

    fn reserved(&self, key: &Key) -> i64 {
        let holds = self.held.values().flat_map(|(holds, _)| holds);
        holds
            .filter(|(at, _)| at == key)
            .map(|(_, quantity)| quantity)
            .sum()
    }

    fn find(&self, reservation: u32) -> Result<(Vec<(Key, i64)>, i64), Refusal> {
        match self.ended.get(&reservation) {
            Some(end) => Err(Ended(*end)),
            None => self
                .held
                .get(&reservation)
                .cloned()
                .ok_or(UnknownReservation),
        }
    }

    fn end(&mut self, reservation: u32, end: End) {
        self.held.remove(&reservation);
        self.ended.insert(reservation, end);
    }
}

fn covered(holds: &[(Key, i64)], posting: &Posting) -> Result<(), Refusal> {
    let mut taken: BTreeMap<Key, i64> = BTreeMap::new();
    for (line, leg) in posting.legs.iter().enumerate() {
        let leaves = matches!(words(leg), ("zone", "recipient" | "road" | "loss"));
        if !leaves {
            return Err(NotOutward(line));
        }
        *taken.entry((leg.from, leg.lot, leg.condition)).or_insert(0) += leg.quantity;
    }
    for (key, wanted) in taken {
        match holds.iter().find(|(held, _)| *held == key) {
            None => return Err(NotReserved(key)),
            Some((_, held)) if *held < wanted => return Err(MoreThanReserved(key, *held, wanted)),
            Some(_) => {}
        }
    }
    Ok(())
}
