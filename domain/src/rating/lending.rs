//! What other depots could lend where goods are missing: a proposal that promises nothing.
//!
//! **Invariant.** A depot lends only what is free, and keeps what its levels and the grade that it
//! holds ask of it; one that holds none keeps what the lowest level asks. The nearest lends first,
//! and nobody more than is missing.

use super::{Evaluation, Facts, Found, RuleSet};
use crate::stock::Condition;

/// A depot that could lend.
#[derive(Debug, Clone, PartialEq)]
pub struct Lender<D> {
    /// Which.
    pub depot: D,
    /// How far it is as the crow flies, where both places are known.
    pub distance_km: Option<f64>,
    /// How many base units it could spare.
    pub spare: i64,
}

/// What a depot would lend.
#[derive(Debug, Clone, PartialEq)]
pub struct Loan<D> {
    /// Who.
    pub lender: Lender<D>,
    /// How many base units.
    pub quantity: i64,
}

/// How many base units of an item a depot could spare, if it keeps `kept` by its levels.
#[must_use]
pub fn spare(
    rule_set: &RuleSet,
    facts: &Facts,
    evaluation: &Evaluation,
    item: &str,
    kept: i64,
) -> i64 {
    let Some(stock) = facts.stock.get(item) else {
        return 0;
    };
    let free = stock.piles.iter().filter(|pile| {
        let fresh = pile.expires_on.is_none_or(|last| last >= facts.day);
        let usable = pile.condition == Condition::Usable && fresh;
        usable && !pile.held_for_others && !pile.restricted && !pile.agreement
    });
    let free = free.fold(0_i64, |sum, pile| {
        let here = pile.quantity.saturating_sub(pile.reserved);
        sum.saturating_add(here.max(0))
    });
    let held = evaluation.grade.unwrap_or(0);
    let held = held.min(rule_set.levels().len().saturating_sub(1));
    let lines = evaluation
        .findings
        .iter()
        .filter_map(|finding| match &finding.found {
            Found::Goods(lines) => Some(lines),
            _ => None,
        });
    let needs = lines.flatten().filter(|line| line.item == item);
    let needs = needs.filter_map(|line| *line.need.get(held)?);
    let need = needs.max().unwrap_or(0).max(kept);
    free.saturating_sub(need).max(0)
}

/// How `missing` base units could be lent, the nearest first, then in the order of the depots. A
/// depot of which nobody knows how far it is comes last.
#[must_use]
pub fn loans<D: Ord>(missing: i64, mut lenders: Vec<Lender<D>>) -> Vec<Loan<D>> {
    let far = |lender: &Lender<D>| lender.distance_km.unwrap_or(f64::INFINITY);
    lenders.retain(|lender| lender.spare > 0);
    lenders.sort_by(|a, b| {
        far(a)
            .total_cmp(&far(b))
            .then_with(|| a.depot.cmp(&b.depot))
    });
    let mut left = missing;
    let mut loans = Vec::new();
    for lender in lenders {
        if left <= 0 {
            break;
        }
        let quantity = lender.spare.min(left);
        left -= quantity;
        loans.push(Loan { lender, quantity });
    }
    loans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lender(depot: u32, distance_km: Option<f64>, spare: i64) -> Lender<u32> {
        Lender {
            depot,
            distance_km,
            spare,
        }
    }

    #[test]
    fn the_nearest_lends_first() {
        let lenders = vec![
            lender(1, None, 50),
            lender(2, Some(20.0), 30),
            lender(3, Some(10.0), 40),
            lender(4, Some(5.0), 0),
            lender(5, Some(10.0), 5),
        ];
        let lent = |missing| {
            let loans = loans(missing, lenders.clone()).into_iter();
            loans
                .map(|loan| (loan.lender.depot, loan.quantity))
                .collect::<Vec<_>>()
        };
        assert!(lent(0).is_empty());
        assert_eq!(lent(10), [(3, 10)]);
        assert_eq!(lent(60), [(3, 40), (5, 5), (2, 15)]);
        assert_eq!(lent(500), [(3, 40), (5, 5), (2, 30), (1, 50)]);
    }

    proptest! {
        #[test]
        fn nobody_lends_more_than_they_spare(
            missing in 0_i64..1_000,
            spares in prop::collection::vec((0_u32..500, 0_i64..300), 0..20),
        ) {
            let lenders = spares.iter().zip(0_u32..).map(|(&(distance, spare), depot)| {
                lender(depot, Some(f64::from(distance)), spare)
            });
            let loans = loans(missing, lenders.collect());
            let lent: i64 = loans.iter().map(|loan| loan.quantity).sum();
            let most: i64 = spares.iter().map(|(_, spare)| spare).sum();
            prop_assert_eq!(lent, missing.min(most));
            for loan in &loans {
                prop_assert!((1..=loan.lender.spare).contains(&loan.quantity));
            }
        }
    }
}
