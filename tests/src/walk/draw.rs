//! How the steps of a walk are drawn.

use domain::stock::{Kind, Outside};

use crate::Dice;

use super::{CONDITIONS, Command, DEPOTS, Key, LOTS, Leg, Posting, Spot, Step, ZONES};

// How many of the latest departures and reservations a command may refer to, so that most of those
// it names are still open.
const DEPARTURES_REMEMBERED: usize = 24;
const RESERVATIONS_REMEMBERED: usize = 10;

#[derive(Debug, Clone)]
struct Reserved {
    reservation: u32,
    depot: u32,
    holds: Vec<(Key, i64)>,
}

/// The endless walk of one seed.
#[derive(Debug, Clone)]
pub struct Walk {
    pub(super) dice: Dice,
    pub(super) now: i64,
    pub(super) movements: u32,
    pub(super) reservations: u32,
    departed: Vec<(u32, Vec<Leg>)>,
    reserved: Vec<Reserved>,
}

impl Walk {
    /// The walk of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            now: 0,
            movements: 0,
            reservations: 0,
            departed: Vec::new(),
            reserved: Vec::new(),
        }
    }

    pub(super) fn zone(&mut self, depot: u32) -> Spot {
        Spot::Zone(depot, depot * ZONES + self.dice.below(ZONES))
    }

    fn spot(&mut self) -> Spot {
        let depot = self.dice.below(DEPOTS);
        match self.dice.below(6) {
            0..3 => self.zone(depot),
            3 => Spot::Road(depot, self.dice.below(self.movements + 1)),
            _ => {
                let side = self.dice.of(Outside::ALL).unwrap_or(Outside::Source);
                Spot::Outside(depot, side)
            }
        }
    }

    fn leg(&mut self, from: Spot, to: Spot, most: u32) -> Leg {
        Leg {
            lot: self.dice.below(LOTS),
            condition: CONDITIONS[usize::from(self.dice.one_in(4))],
            quantity: self.dice.upto(most),
            from,
            to,
        }
    }

    // One to four lines, each between ends that are drawn anew.
    fn legs(&mut self, most: u32, mut ends: impl FnMut(&mut Self) -> (Spot, Spot)) -> Vec<Leg> {
        let mut legs = Vec::new();
        for _ in 0..self.dice.upto(4) {
            let (from, to) = ends(self);
            legs.push(self.leg(from, to, most));
        }
        legs
    }

    fn new_movement(&mut self) -> u32 {
        if self.dice.one_in(40) {
            return self.dice.below(self.movements + 1);
        }
        self.movements += 1;
        self.movements
    }

    fn posting(&mut self, kind: Kind, depot: u32, legs: Vec<Leg>) -> Posting {
        Posting {
            movement: self.new_movement(),
            kind,
            depot,
            legs,
        }
    }

    // Out of a zone to the outside, or the other way.
    fn outside(&mut self, kind: Kind, side: Outside, inward: bool, most: u32) -> Command {
        let depot = self.dice.below(DEPOTS);
        let out = Spot::Outside(depot, side);
        let legs = self.legs(most, |walk| match walk.zone(depot) {
            zone if inward => (out, zone),
            zone => (zone, out),
        });
        Command::Post(self.posting(kind, depot, legs))
    }

    fn departure(&mut self) -> Command {
        let depot = self.dice.below(DEPOTS);
        let road = Spot::Road(depot, self.movements + 1);
        let legs = self.legs(12, |walk| (walk.zone(depot), road));
        self.departed.push((depot, legs.clone()));
        Command::Post(self.posting(Kind::Transfer, depot, legs))
    }

    // All or a part of what was on a lorry, which may have arrived before or never have left:
    // at a depot, in the hands of a recipient, or lost.
    fn arrival(&mut self) -> Command {
        let Some((sender, sent)) = self.dice.of(&self.departed.clone()) else {
            return self.departure();
        };
        let (kind, depot) = match self.dice.below(6) {
            0 => (Kind::Issue, sender),
            1 => (Kind::Disposal, sender),
            _ => (Kind::Transfer, self.dice.below(DEPOTS)),
        };
        let mut legs = Vec::new();
        for leg in &sent {
            let to = match kind {
                Kind::Issue => Spot::Outside(depot, Outside::Recipient),
                Kind::Disposal => Spot::Outside(depot, Outside::Loss),
                _ => self.zone(depot),
            };
            let part = if self.dice.one_in(3) { 2 } else { 1 };
            legs.push(Leg {
                quantity: (leg.quantity / part).max(1),
                from: leg.to,
                to,
                ..*leg
            });
        }
        Command::Post(self.posting(kind, depot, legs))
    }

    // A quantity goes into the conversion account and comes out as another lot or condition.
    fn change(&mut self, kind: Kind) -> Command {
        let depot = self.dice.below(DEPOTS);
        let (zone, inside) = (self.zone(depot), Spot::Outside(depot, Outside::Conversion));
        let taken = self.leg(zone, inside, 8);
        let back = Leg {
            from: inside,
            to: zone,
            ..taken
        };
        let changed = match kind {
            Kind::Conversion => Leg {
                lot: (taken.lot + 1) % LOTS,
                quantity: self.dice.upto(8),
                ..back
            },
            _ => Leg {
                condition: CONDITIONS[usize::from(taken.condition == CONDITIONS[0])],
                ..back
            },
        };
        let mut legs = vec![taken, changed];
        if self.dice.one_in(2) {
            legs.reverse();
        }
        Command::Post(self.posting(kind, depot, legs))
    }

    // Anything from anywhere to anywhere, much of which is nonsense.
    fn mischief(&mut self) -> Command {
        let kind = Kind::PLAIN[self.dice.below(8) as usize];
        if matches!(kind, Kind::Conversion | Kind::ConditionChange) {
            return self.change(kind);
        }
        let depot = self.dice.below(DEPOTS);
        let legs = self.legs(9, |walk| (walk.spot(), walk.spot()));
        Command::Post(self.posting(kind, depot, legs))
    }

    fn reserve(&mut self) -> Command {
        let depot = self.dice.below(DEPOTS);
        let legs = self.legs(10, |walk| (walk.zone(depot), walk.zone(depot)));
        let hold = |leg: &Leg| ((leg.from, leg.lot, leg.condition), leg.quantity);
        let holds: Vec<_> = legs.iter().map(hold).collect();
        if !self.dice.one_in(40) {
            self.reservations += 1;
        }
        let reservation = self.reservations;
        self.reserved.push(Reserved {
            reservation,
            depot,
            holds: holds.clone(),
        });
        Command::Reserve {
            reservation,
            depot,
            holds,
            deadline: self.now + self.dice.upto(300),
        }
    }

    fn reservation(&mut self) -> u32 {
        match self.dice.of(&self.reserved.clone()) {
            Some(reserved) if !self.dice.one_in(20) => reserved.reservation,
            _ => self.reservations + 7,
        }
    }

    // What was held, whole or in part; now and then more, or from elsewhere.
    fn post_reserved(&mut self) -> Command {
        let Some(reserved) = self.dice.of(&self.reserved.clone()) else {
            return self.reserve();
        };
        let Reserved {
            reservation,
            depot,
            holds,
        } = reserved;
        let (kind, to) = match self.dice.below(11) {
            0..6 => (Kind::Issue, Spot::Outside(depot, Outside::Recipient)),
            6..9 => (Kind::Transfer, Spot::Road(depot, self.movements + 1)),
            9 => (Kind::Disposal, Spot::Outside(depot, Outside::Loss)),
            // No promise is kept by goods that were not found.
            _ => (
                Kind::CountDifference,
                Spot::Outside(depot, Outside::CountDifference),
            ),
        };
        let mut legs = Vec::new();
        for ((from, lot, condition), held) in holds {
            let quantity = match self.dice.below(12) {
                0..5 => held,
                5..11 => (held / 2).max(1),
                _ => held + 1,
            };
            let from = if self.dice.one_in(15) {
                self.zone(depot)
            } else {
                from
            };
            if legs.is_empty() || !self.dice.one_in(4) {
                legs.push(Leg {
                    lot,
                    condition,
                    quantity,
                    from,
                    to,
                });
            }
        }
        Command::PostReserved {
            reservation,
            posting: self.posting(kind, depot, legs),
        }
    }

    fn command(&mut self) -> Command {
        match self.dice.below(100) {
            0..20 => self.outside(Kind::Receipt, Outside::Source, true, 14),
            20..34 => self.outside(Kind::Issue, Outside::Recipient, false, 18),
            34..42 => self.departure(),
            42..51 => self.arrival(),
            51..54 => {
                let depot = self.dice.below(DEPOTS);
                let legs = self.legs(12, |walk| (walk.zone(depot), walk.zone(depot)));
                Command::Post(self.posting(Kind::Transfer, depot, legs))
            }
            54..55 => self.outside(Kind::Return, Outside::Recipient, true, 6),
            55..56 => self.outside(Kind::Return, Outside::Source, true, 6),
            56..58 => self.outside(Kind::Disposal, Outside::Loss, false, 6),
            58..60 => {
                let found = self.dice.one_in(2);
                self.outside(Kind::CountDifference, Outside::CountDifference, found, 4)
            }
            60..62 => self.change(Kind::Conversion),
            62..64 => self.change(Kind::ConditionChange),
            64..68 => self.mischief(),
            68..74 => {
                let back = self.dice.below(30);
                let of = self.movements.saturating_sub(back);
                let movement = self.new_movement();
                Command::Reverse { movement, of }
            }
            74..84 => self.reserve(),
            84..92 => self.post_reserved(),
            92..96 => Command::Release {
                reservation: self.reservation(),
            },
            _ => Command::Expire {
                reservation: self.reservation(),
            },
        }
    }
}

impl Iterator for Walk {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        self.now += i64::from(self.dice.below(5));
        let at = self.now;
        // What is forgotten is let go first, or in the end everything would be reserved.
        if self.reserved.len() > RESERVATIONS_REMEMBERED {
            let Reserved { reservation, .. } = self.reserved.remove(0);
            let command = Command::Release { reservation };
            return Some(Step { at, command });
        }
        let command = self.command();
        let forgotten = self.departed.len().saturating_sub(DEPARTURES_REMEMBERED);
        self.departed.drain(..forgotten);
        Some(Step { at, command })
    }
}
