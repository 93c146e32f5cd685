//! Loans (借出): goods that another society has, and owes.
//!
//! **Invariant.** Of every lot that was lent, what came back, what was settled in kind, what was
//! forgiven and what is still owed make up what was lent. A loan is open while anything is owed, and
//! ends exactly once. Whoever lent does not forgive. A settlement follows its rate to the piece.

use chrono::NaiveDate;

use super::Signature;
use crate::kernel::{Id, Quantity, kinds, named};

named! {
    /// The names of the states.
    pub enum LoanStateName {
        /// 未还清
        Open = "open",
        /// 已还清
        Closed = "closed",
        /// 已豁免
        Forgiven = "forgiven",
    }
}

named! {
    /// What is done to a loan, after the goods left.
    pub enum LoanAction {
        /// 归还: goods of a lot that was lent come back.
        GiveBack = "give_back",
        /// 实物抵还: other goods come in their place.
        Settle = "settle",
        /// 豁免: the rest is not asked for any more.
        Forgive = "forgive",
    }
}

/// Where a loan stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoanState {
    /// Something is owed.
    Open,
    /// Nothing is owed.
    Closed {
        /// Who took the last of it.
        closed: Signature,
    },
    /// What was left is not asked for.
    Forgiven {
        /// Who forgave it, for the owner.
        forgiven: Signature,
        /// Why.
        reason: String,
    },
}

impl LoanState {
    /// Its name on the wire and in tables.
    #[must_use]
    pub const fn name(&self) -> LoanStateName {
        match self {
            Self::Open => LoanStateName::Open,
            Self::Closed { .. } => LoanStateName::Closed,
            Self::Forgiven { .. } => LoanStateName::Forgiven,
        }
    }
}

/// What was lent of one lot, and what became of it, in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoanLine {
    /// Of which lot.
    pub lot: Id<kinds::Lot>,
    /// How much was lent.
    pub lent: i64,
    /// How much of it came back.
    pub given_back: i64,
    /// How much of it other goods stand for.
    pub settled: i64,
    /// How much of it is not asked for.
    pub forgiven: i64,
}

impl LoanLine {
    /// Goods that have just been lent.
    #[must_use]
    pub fn new(lot: Id<kinds::Lot>, lent: Quantity) -> Self {
        Self {
            lot,
            lent: lent.get(),
            given_back: 0,
            settled: 0,
            forgiven: 0,
        }
    }

    /// How much of it is owed.
    #[must_use]
    pub const fn rest(&self) -> i64 {
        self.lent - self.given_back - self.settled - self.forgiven
    }
}

/// So many of other goods for so many of those that were lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoanRate {
    /// Of those that were lent.
    pub lent: Quantity,
    /// Of those that come for them.
    pub given: Quantity,
}

impl LoanRate {
    /// Whether `given` is exactly what stands for `lent`.
    #[must_use]
    pub fn fits(&self, lent: i64, given: i64) -> bool {
        i128::from(lent) * i128::from(self.given.get())
            == i128::from(given) * i128::from(self.lent.get())
    }
}

/// A loan as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loan {
    /// Who lent it.
    pub lent_by: String,
    /// Where it stands.
    pub state: LoanState,
    /// What was lent, each lot once.
    pub lines: Vec<LoanLine>,
}

/// Why a loan refuses what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoanError {
    /// Its state does not allow it.
    #[error("a loan that is {state} does not allow to {action} it")]
    WrongState {
        /// What it is.
        state: LoanStateName,
        /// What was asked.
        action: LoanAction,
    },
    /// Goods that were not lent, or more than are owed.
    #[error("only {rest} of the lot are owed")]
    MoreThanOwed {
        /// Which of the lines that were given, from 0.
        line: usize,
        /// How much is owed, before this line.
        rest: i64,
    },
    /// Whoever lent does not forgive.
    #[error("whoever lent does not forgive the rest")]
    LenderForgives,
}

impl Loan {
    /// Takes goods back.
    ///
    /// # Errors
    /// [`LoanError`] for a loan that has ended, and for more than is owed of a lot.
    pub fn give_back(
        &self,
        goods: &[(Id<kinds::Lot>, Quantity)],
        by: Signature,
    ) -> Result<Self, LoanError> {
        self.lessened(LoanAction::GiveBack, goods, by)
    }

    /// Takes other goods in the place of some that are owed.
    ///
    /// # Errors
    /// [`LoanError`] for a loan that has ended, and for more than is owed of a lot.
    pub fn settle(
        &self,
        goods: &[(Id<kinds::Lot>, Quantity)],
        by: Signature,
    ) -> Result<Self, LoanError> {
        self.lessened(LoanAction::Settle, goods, by)
    }

    /// Asks for the rest no more.
    ///
    /// # Errors
    /// [`LoanError`] for a loan that has ended, and for whoever lent.
    pub fn forgive(&self, forgiven: Signature, reason: String) -> Result<Self, LoanError> {
        self.open(LoanAction::Forgive)?;
        if forgiven.by == self.lent_by {
            return Err(LoanError::LenderForgives);
        }
        let mut after = self.clone();
        for line in &mut after.lines {
            line.forgiven += line.rest();
        }
        after.state = LoanState::Forgiven { forgiven, reason };
        Ok(after)
    }

    fn open(&self, action: LoanAction) -> Result<(), LoanError> {
        match self.state {
            LoanState::Open => Ok(()),
            LoanState::Closed { .. } | LoanState::Forgiven { .. } => Err(LoanError::WrongState {
                state: self.state.name(),
                action,
            }),
        }
    }

    fn lessened(
        &self,
        action: LoanAction,
        goods: &[(Id<kinds::Lot>, Quantity)],
        closed: Signature,
    ) -> Result<Self, LoanError> {
        self.open(action)?;
        let mut after = self.clone();
        for (line, (lot, quantity)) in goods.iter().enumerate() {
            let owed = after.lines.iter_mut().find(|owed| owed.lot == *lot);
            let rest = owed.as_ref().map_or(0, |owed| owed.rest());
            match owed {
                Some(owed) if quantity.get() <= rest => match action {
                    LoanAction::GiveBack => owed.given_back += quantity.get(),
                    LoanAction::Settle => owed.settled += quantity.get(),
                    LoanAction::Forgive => owed.forgiven += quantity.get(),
                },
                _ => return Err(LoanError::MoreThanOwed { line, rest }),
            }
        }
        if after.lines.iter().all(|line| line.rest() == 0) {
            after.state = LoanState::Closed { closed };
        }
        Ok(after)
    }
}

/// Whether a loan that was due on a day and stands so is overdue `today`.
#[must_use]
pub fn is_overdue(state: LoanStateName, due_on: NaiveDate, today: NaiveDate) -> bool {
    state == LoanStateName::Open && due_on < today
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn by(who: &str) -> Signature {
        Signature {
            by: who.to_owned(),
            at: DateTime::from_timestamp(1, 0).unwrap(),
        }
    }

    fn lot(number: u128) -> Id<kinds::Lot> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn some(number: u128, quantity: i64) -> (Id<kinds::Lot>, Quantity) {
        (lot(number), Quantity::new(quantity).unwrap())
    }

    fn loan() -> Loan {
        let quantity = |quantity| Quantity::new(quantity).unwrap();
        Loan {
            lent_by: "keeper".to_owned(),
            state: LoanState::Open,
            lines: vec![
                LoanLine::new(lot(1), quantity(100)),
                LoanLine::new(lot(2), quantity(5)),
            ],
        }
    }

    #[test]
    fn what_is_owed_is_what_is_not_back_settled_or_forgiven() {
        let rests = |loan: &Loan| -> Vec<i64> { loan.lines.iter().map(LoanLine::rest).collect() };
        let loan = loan();
        let loan = loan
            .give_back(&[some(1, 30), some(1, 10)], by("a"))
            .unwrap();
        assert_eq!(
            (rests(&loan), loan.state.name()),
            (vec![60, 5], LoanStateName::Open)
        );
        let more = loan.give_back(&[some(1, 60), some(1, 1)], by("a"));
        assert_eq!(more, Err(LoanError::MoreThanOwed { line: 1, rest: 0 }));
        let strange = loan.settle(&[some(3, 1)], by("a"));
        assert_eq!(strange, Err(LoanError::MoreThanOwed { line: 0, rest: 0 }));
        let loan = loan.settle(&[some(2, 5)], by("a")).unwrap();
        assert_eq!(rests(&loan), [60, 0]);
        let closed = loan.give_back(&[some(1, 60)], by("b")).unwrap();
        assert_eq!(closed.state, LoanState::Closed { closed: by("b") });
        let refused = loan.forgive(by("keeper"), String::new());
        assert_eq!(refused, Err(LoanError::LenderForgives));
        let forgiven = loan.forgive(by("owner"), "灾情".to_owned()).unwrap();
        assert_eq!(rests(&forgiven), [0, 0]);
        assert_eq!(forgiven.lines[0].forgiven, 60);
        for ended in [closed, forgiven] {
            let state = ended.state.name();
            let wrong = |action| Err(LoanError::WrongState { state, action });
            let (give, settle) = (LoanAction::GiveBack, LoanAction::Settle);
            assert_eq!(ended.give_back(&[some(1, 1)], by("a")), wrong(give));
            assert_eq!(ended.settle(&[some(1, 1)], by("a")), wrong(settle));
            let again = ended.forgive(by("owner"), String::new());
            assert_eq!(again, wrong(LoanAction::Forgive));
        }
    }

    #[test]
    fn rates_are_kept_to_the_piece() {
        let check = |lent, given, settled, came, fits| {
            let rate = LoanRate {
                lent: Quantity::new(lent).unwrap(),
                given: Quantity::new(given).unwrap(),
            };
            assert_eq!(
                rate.fits(settled, came),
                fits,
                "{lent}:{given} {settled} {came}"
            );
        };
        check(3, 2, 30, 20, true);
        check(3, 2, 31, 20, false);
        check(3, 2, 30, 21, false);
        check(1, 1, 7, 7, true);
        check(Quantity::MAX, 1, Quantity::MAX, 1, true);
        check(1, Quantity::MAX, Quantity::MAX, Quantity::MAX, false);
    }

    #[test]
    fn a_loan_is_overdue_after_its_day_while_it_is_open() {
        let due: NaiveDate = "2026-11-03".parse().unwrap();
        let after = due.succ_opt().unwrap();
        assert!(!is_overdue(LoanStateName::Open, due, due));
        assert!(is_overdue(LoanStateName::Open, due, after));
        assert!(!is_overdue(LoanStateName::Closed, due, after));
        assert!(!is_overdue(LoanStateName::Forgiven, due, after));
    }
}
