//! The laws of the public account, at ten thousand instants: whatever moved and whenever it is asked
//! for, figures balance, a period begins with what the one before it ended with, and two periods
//! together tell what one over both tells.

use domain::disclosure::{Figure, Figures, Flow, Share, Side};
use proptest::prelude::*;

const HISTORIES: u32 = 250;
const INSTANTS: usize = 40;
const LENGTH: u32 = 1_000;

// What is there at an instant, by the figure that tells what was there before.
const THERE: [(Figure, Figure); 3] = [
    (Figure::OnHand, Figure::OpeningOnHand),
    (Figure::OnRoad, Figure::OpeningOnRoad),
    (Figure::OnLoan, Figure::OpeningOnLoan),
];

// A line of the ledger: it takes from one account what it gives to another.
#[derive(Debug, Clone)]
struct Line {
    at: u32,
    from: Side,
    to: Side,
    quantity: i64,
    is_return: bool,
}

fn history() -> impl Strategy<Value = Vec<Line>> {
    let side = || prop::sample::select(Side::ALL);
    let line = (0..LENGTH, side(), side(), 1..1_000_000_i64, any::<bool>());
    let line = line.prop_map(|(at, from, to, quantity, is_return)| Line {
        at,
        from,
        to,
        quantity,
        is_return,
    });
    prop::collection::vec(line, 0..60)
}

// What moved from one instant to another, and before.
fn flows(history: &[Line], from: u32, until: u32) -> Vec<Flow> {
    let told = history.iter().filter(|line| line.at < until);
    let signed = |line: &Line, side, quantity| {
        let (earlier, since) = if line.at < from {
            (quantity, 0)
        } else {
            (0, quantity)
        };
        Flow {
            side,
            is_return: line.is_return,
            earlier,
            since,
        }
    };
    told.flat_map(|line| {
        [
            signed(line, line.from, -line.quantity),
            signed(line, line.to, line.quantity),
        ]
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(HISTORIES))]

    #[test]
    fn figures_balance_and_join_whenever_they_are_asked_for(
        history in history(),
        instants in prop::collection::vec((0..=LENGTH, 0..=LENGTH), INSTANTS),
    ) {
        for (one, other) in instants {
            let (from, until) = (one.min(other), one.max(other));
            // That of an incident leaves out what lies in depots.
            let drawn = Figures::of(Share::MovedForIncident, flows(&history, from, until));
            prop_assert!(drawn.is_ok(), "{from} to {until}: {drawn:?}");
            let account = |from, until| {
                let told = Figures::of(Share::Whole, flows(&history, from, until));
                told.map_err(|error| TestCaseError::fail(format!("{from} to {until}: {error}")))
            };
            let before = account(0, from)?;
            let period = account(from, until)?;
            let both = account(0, until)?;
            for (there, opening) in THERE {
                prop_assert_eq!(period.get(opening), before.get(there));
                prop_assert_eq!(period.get(there), both.get(there));
                prop_assert_eq!(before.get(opening), 0);
            }
            for &figure in Figure::ALL {
                if !THERE.iter().any(|&(there, opening)| figure == there || figure == opening) {
                    prop_assert_eq!(before.get(figure) + period.get(figure), both.get(figure));
                }
            }
        }
    }
}
