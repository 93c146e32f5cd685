//! The figures of a statement, from what the ledger adds up to.
//!
//! **Invariant.** [`Figures`] balance: what there was, came in, was drawn or came back is what is
//! there, travels, is lent, was issued, was written off, was found missing or was turned into
//! something else.
//! There is no other way to make them, so that a statement that does not balance cannot be written.

use std::collections::BTreeMap;

use crate::kernel::named;

named! {
    /// One figure of a statement.
    pub enum Figure {
        /// 期初在库: in depots when the period began.
        OpeningOnHand = "opening_on_hand",
        /// 期初在途: on the road when the period began.
        OpeningOnRoad = "opening_on_road",
        /// 期初借出: owed by borrowers when the period began.
        OpeningOnLoan = "opening_on_loan",
        /// 接收: came from outside, less what was reversed.
        Received = "received",
        /// 动用库存: taken out of general stock for the incident, less what went back there.
        Drawn = "drawn",
        /// 回收: came back from those to whom it had been issued.
        Returned = "returned",
        /// 在库: in depots when the period ended.
        OnHand = "on_hand",
        /// 在途: on the road when the period ended.
        OnRoad = "on_road",
        /// 借出未还: owed by borrowers when the period ended.
        OnLoan = "on_loan",
        /// 发放: given to recipients, or left with a borrower for other goods, less what was reversed.
        Issued = "issued",
        /// 核销: lost, destroyed, sold, short on the road, or lent and forgiven.
        WrittenOff = "written_off",
        /// 盘亏净额: what counts found missing, less what they found too much.
        CountDifference = "count_difference",
        /// 转换: put into kits, taken apart, or changed to another owner or purpose, less what came of that.
        Converted = "converted",
    }
}

impl Figure {
    /// Whether it stands on the side of what there is to account for.
    #[must_use]
    pub const fn is_income(self) -> bool {
        matches!(
            self,
            Self::OpeningOnHand
                | Self::OpeningOnRoad
                | Self::OpeningOnLoan
                | Self::Received
                | Self::Drawn
                | Self::Returned
        )
    }
}

named! {
    /// Which account goods came to or went from.
    pub enum Side {
        /// A depot.
        Zone = "zone",
        /// The road.
        Road = "road",
        /// Where goods come from.
        Source = "source",
        /// Who uses them.
        Recipient = "recipient",
        /// Where they are lost.
        Loss = "loss",
        /// Where they turn into something else.
        Conversion = "conversion",
        /// What counts found.
        CountDifference = "count_difference",
        /// Who borrowed them.
        Loan = "loan",
    }
}

/// What went to an account, less what came from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Which account.
    pub side: Side,
    /// Whether goods came back by a return, and not by a reversal.
    pub is_return: bool,
    /// Before the period.
    pub earlier: i64,
    /// In the period.
    pub since: i64,
}

/// What of a lot is accounted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// All of it.
    Whole,
    /// Only what moved for an incident: what lies in depots is general stock then.
    MovedForIncident,
}

/// Why sums make no figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FiguresError {
    /// They do not balance.
    #[error("{income} to account for and {outcome} accounted for")]
    NotBalanced {
        /// What there is to account for.
        income: i128,
        /// What is accounted for.
        outcome: i128,
    },
    /// More than any store holds.
    #[error("a figure is too large")]
    TooLarge,
}

/// The figures of one lot, or of several together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures(BTreeMap<Figure, i64>);

impl Figures {
    /// Adds up what moved.
    ///
    /// # Errors
    /// [`FiguresError::NotBalanced`] where a flow is missing.
    pub fn of(share: Share, flows: impl IntoIterator<Item = Flow>) -> Result<Self, FiguresError> {
        let mut sums: BTreeMap<Figure, i128> = BTreeMap::new();
        for flow in flows {
            let (earlier, since) = (i128::from(flow.earlier), i128::from(flow.since));
            let mut add = |figure, more: i128| *sums.entry(figure).or_default() += more;
            match (flow.side, share) {
                (Side::Zone, Share::Whole) => {
                    add(Figure::OpeningOnHand, earlier);
                    add(Figure::OnHand, earlier + since);
                }
                (Side::Zone, Share::MovedForIncident) => add(Figure::Drawn, -since),
                (Side::Road, _) => {
                    add(Figure::OpeningOnRoad, earlier);
                    add(Figure::OnRoad, earlier + since);
                }
                (Side::Loan, _) => {
                    add(Figure::OpeningOnLoan, earlier);
                    add(Figure::OnLoan, earlier + since);
                }
                (Side::Source, _) => add(Figure::Received, -since),
                (Side::Recipient, _) if flow.is_return => add(Figure::Returned, -since),
                (Side::Recipient, _) => add(Figure::Issued, since),
                (Side::Loss, _) => add(Figure::WrittenOff, since),
                (Side::Conversion, _) => add(Figure::Converted, since),
                (Side::CountDifference, _) => add(Figure::CountDifference, since),
            }
        }
        let exact = sums
            .into_iter()
            .map(|(figure, sum)| i64::try_from(sum).map(|sum| (figure, sum)))
            .collect::<Result<_, _>>()
            .map_err(|_| FiguresError::TooLarge)?;
        Self::balanced(exact)
    }

    /// Reads back what was written down.
    ///
    /// # Errors
    /// [`FiguresError::NotBalanced`] where somebody changed a figure.
    pub fn from_parts(
        parts: impl IntoIterator<Item = (Figure, i64)>,
    ) -> Result<Self, FiguresError> {
        Self::balanced(parts.into_iter().collect())
    }

    fn balanced(mut figures: BTreeMap<Figure, i64>) -> Result<Self, FiguresError> {
        let side = |income| -> i128 {
            figures
                .iter()
                .filter(|(figure, _)| figure.is_income() == income)
                .map(|(_, &value)| i128::from(value))
                .sum()
        };
        let (income, outcome) = (side(true), side(false));
        if income != outcome {
            return Err(FiguresError::NotBalanced { income, outcome });
        }
        figures.retain(|_, value| *value != 0);
        Ok(Self(figures))
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, figure: Figure) -> i64 {
        self.0.get(&figure).copied().unwrap_or(0)
    }

    /// Whether there was nothing, and nothing moved.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// Both together.
    ///
    /// # Errors
    /// [`FiguresError::TooLarge`] past any sum of what depots hold.
    pub fn plus(&self, other: &Self) -> Result<Self, FiguresError> {
        let mut sums = self.0.clone();
        for (&figure, &value) in &other.0 {
            let sum = sums.entry(figure).or_default();
            *sum = sum.checked_add(value).ok_or(FiguresError::TooLarge)?;
        }
        Self::balanced(sums)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flow(side: Side, earlier: i64, since: i64) -> Flow {
        Flow {
            side,
            is_return: false,
            earlier,
            since,
        }
    }

    #[test]
    fn a_gift_is_followed_to_its_ends() {
        // 100 came before the period, and 10 of them were lent; in it 20 came, 50 left, 30 of them
        // arrived, 2 were lost, a count missed 1, 4 came back, and so did 3 of what was lent.
        let back = Flow {
            is_return: true,
            ..flow(Side::Recipient, 0, -4)
        };
        let figures = Figures::of(
            Share::Whole,
            [
                flow(Side::Source, -100, -20),
                flow(Side::Zone, 100 - 10, 20 - 50 - 1 + 4 + 3),
                flow(Side::Loan, 10, -3),
                flow(Side::Road, 0, 50 - 30 - 2),
                flow(Side::Recipient, 0, 30),
                flow(Side::Loss, 0, 2),
                flow(Side::CountDifference, 0, 1),
                back,
            ],
        )
        .unwrap();
        for (figure, value) in [
            (Figure::OpeningOnHand, 90),
            (Figure::OpeningOnRoad, 0),
            (Figure::OpeningOnLoan, 10),
            (Figure::Received, 20),
            (Figure::Returned, 4),
            (Figure::OnHand, 66),
            (Figure::OnRoad, 18),
            (Figure::OnLoan, 7),
            (Figure::Issued, 30),
            (Figure::WrittenOff, 2),
            (Figure::CountDifference, 1),
            (Figure::Converted, 0),
            (Figure::Drawn, 0),
        ] {
            assert_eq!(figures.get(figure), value, "{figure}");
        }
    }

    #[test]
    fn general_stock_that_went_to_an_incident_is_drawn_and_not_received() {
        let figures = Figures::of(
            Share::MovedForIncident,
            [
                flow(Side::Zone, 0, -40),
                flow(Side::Road, 0, 15),
                flow(Side::Recipient, 0, 25),
            ],
        )
        .unwrap();
        assert_eq!(figures.get(Figure::Drawn), 40);
        assert_eq!(figures.get(Figure::Received), 0);
        assert_eq!(figures.get(Figure::OnHand), 0);
        assert_eq!(figures.get(Figure::OnRoad), 15);
    }

    #[test]
    fn what_does_not_balance_is_no_figures() {
        // Hubei, January 2020: 36,000 received and 32,000 shown issued, the rest nowhere.
        let parts = [(Figure::Received, 36_000), (Figure::Issued, 32_000)];
        assert_eq!(
            Figures::from_parts(parts),
            Err(FiguresError::NotBalanced {
                income: 36_000,
                outcome: 32_000
            })
        );
        let parts = [
            (Figure::Received, 36_000),
            (Figure::Issued, 32_000),
            (Figure::OnHand, 4_000),
        ];
        assert!(Figures::from_parts(parts).is_ok());
        let large = Figures::from_parts([(Figure::Received, i64::MAX), (Figure::OnHand, i64::MAX)]);
        let large = large.unwrap();
        assert_eq!(large.plus(&large), Err(FiguresError::TooLarge));
    }

    // Lines of the ledger: each takes from one account what it gives to another.
    fn lines() -> impl Strategy<Value = Vec<(usize, usize, i64, bool, bool)>> {
        let line = (
            0..Side::ALL.len(),
            0..Side::ALL.len(),
            1..1_000_000_i64,
            any::<bool>(),
            any::<bool>(),
        );
        proptest::collection::vec(line, 0..60)
    }

    proptest! {
        #[test]
        fn whatever_moves_it_balances(lines in lines(), for_incident: bool) {
            let share = if for_incident { Share::MovedForIncident } else { Share::Whole };
            let mut flows = Vec::new();
            for (from, to, quantity, is_earlier, is_return) in lines {
                for (side, signed) in [(from, -quantity), (to, quantity)] {
                    let (earlier, since) = if is_earlier { (signed, 0) } else { (0, signed) };
                    flows.push(Flow { side: Side::ALL[side], is_return, earlier, since });
                }
            }
            let figures = Figures::of(share, flows.clone());
            prop_assert!(figures.is_ok(), "{figures:?}");
            let figures = figures.unwrap();
            let parts = Figure::ALL.iter().map(|&figure| (figure, figures.get(figure)));
            prop_assert_eq!(Figures::from_parts(parts), Ok(figures.clone()));
            prop_assert!(figures.plus(&figures).is_ok());
            // One flow that is left out in the period is noticed, but where it ended nowhere.
            if let Some(at) = flows.iter().position(|flow| flow.since != 0) {
                flows.remove(at);
                prop_assert!(Figures::of(share, flows).is_err());
            }
        }
    }
}
