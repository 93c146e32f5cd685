//! In what a newer statement differs from the one that it corrects.
//!
//! **Invariant.** The differences, done to the earlier one, give the newer one, and nothing that is
//! the same in both is among them.

use std::collections::{BTreeMap, BTreeSet};

/// What is said of one thing, by the name of what it is.
pub type Facts = BTreeMap<&'static str, String>;

/// One thing that is said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<K> {
    /// Of what.
    pub of: K,
    /// Which of its facts.
    pub what: &'static str,
    /// What was said; nothing, if absent.
    pub before: Option<String>,
    /// What is said now; nothing any more, if absent.
    pub after: Option<String>,
}

/// All differences, in the order of things and of their facts.
#[must_use]
pub fn differences<K: Ord + Clone>(
    before: &BTreeMap<K, Facts>,
    after: &BTreeMap<K, Facts>,
) -> Vec<Difference<K>> {
    let nothing = Facts::new();
    let things: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for of in things {
        let (was, is) = (
            before.get(of).unwrap_or(&nothing),
            after.get(of).unwrap_or(&nothing),
        );
        let names: BTreeSet<_> = was.keys().chain(is.keys()).copied().collect();
        found.extend(names.into_iter().filter_map(|what| {
            let (before, after) = (was.get(what), is.get(what));
            (before != after).then(|| Difference {
                of: of.clone(),
                what,
                before: before.cloned(),
                after: after.cloned(),
            })
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 4] = ["received", "issued", "item", "unit_value"];

    fn statement() -> impl Strategy<Value = BTreeMap<u8, Facts>> {
        let fact = (0..NAMES.len(), 0..3_u8);
        let facts = proptest::collection::vec(fact, 1..4).prop_map(|facts| {
            let fact = |(name, value): (usize, u8)| (NAMES[name], value.to_string());
            facts.into_iter().map(fact).collect::<Facts>()
        });
        proptest::collection::btree_map(0..6_u8, facts, 0..6)
    }

    proptest! {
        #[test]
        fn differences_lead_from_one_to_the_other(before in statement(), after in statement()) {
            let found = differences(&before, &after);
            prop_assert_eq!(found.is_empty(), before == after);
            let mut corrected = before;
            for Difference { of, what, before, after } in found {
                prop_assert_ne!(&before, &after);
                let facts = corrected.entry(of).or_default();
                prop_assert_eq!(facts.remove(what), before);
                if let Some(after) = after {
                    facts.insert(what, after);
                }
            }
            corrected.retain(|_, facts| !facts.is_empty());
            prop_assert_eq!(corrected, after);
        }
    }
}
