//! What every depot had of every item at the end of a day, under one hash.
//!
//! **Invariant.** Whoever is shown one balance and its proof knows that it was among those that were
//! sealed, and learns nothing of the others: a balance is hashed with a salt that nobody can guess.
//! What is hashed are texts, so that anybody can hash them anew.
//!
//! A tree over the items of each depot, and a tree over the depots (RFC 6962 §2.1, by the suite of
//! the journal). A depot in which nothing moved keeps its tree, so a quiet day costs one hash.

use std::collections::BTreeMap;

use crate::{
    journal::{CryptoSuite, Hash, Tiles, inclusion},
    kernel::{Id, kinds},
    stock::Condition,
};

/// What a depot has of its items, in base units by condition. An item of which nothing is left, and
/// of which there was something once, has no condition; so that it is not there can be proven, too.
pub type ItemBalances = BTreeMap<Id<kinds::Item>, BTreeMap<Condition, i64>>;

/// The balances of one depot with the secret that hides them from whoever sees their hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepotBalances {
    salt: [u8; 32],
    items: ItemBalances,
}

/// What is kept of a depot's balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedDepot {
    /// How many items it had or once had.
    pub items: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// The hash of the salt, by which one knows a salt that was changed.
    pub salt: Hash,
}

/// The depots of a day.
pub type SealedDepots = BTreeMap<Id<kinds::Depot>, SealedDepot>;

/// A leaf, and what leads from it to the root of its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenLeaf {
    /// The text that is hashed.
    pub leaf: String,
    /// Its number in the tree, from 0.
    pub position: u64,
    /// How many leaves the tree has.
    pub size: u64,
    /// The proof of RFC 6962 §2.1.1, from the leaf up.
    pub hashes: Vec<Hash>,
}

impl DepotBalances {
    /// Balances under 32 random bytes.
    #[must_use]
    pub fn new(salt: [u8; 32], items: ItemBalances) -> Self {
        Self { salt, items }
    }

    /// The random bytes.
    #[must_use]
    pub fn salt(&self) -> [u8; 32] {
        self.salt
    }

    /// Whether no item was ever there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What there is of an item.
    pub fn on_hand(&self, item: Id<kinds::Item>) -> impl Iterator<Item = (Condition, i64)> {
        let on_hand = self.items.get(&item).into_iter().flatten();
        on_hand.map(|(condition, quantity)| (*condition, *quantity))
    }

    /// What is kept of them.
    #[must_use]
    pub fn sealed(&self, suite: CryptoSuite) -> SealedDepot {
        let tree = self.tree(suite);
        SealedDepot {
            items: tree.size(),
            root: root(suite, &tree),
            salt: suite.leaf(&self.salt),
        }
    }

    /// The proof of what there is of an item; `None` of one that was never there.
    #[must_use]
    pub fn prove(&self, suite: CryptoSuite, item: Id<kinds::Item>) -> Option<ProvenLeaf> {
        let position = self.items.keys().position(|key| *key == item)?;
        let leaf = self.leaf(suite, item, self.items.get(&item)?);
        proven(suite, &self.tree(suite), position, leaf)
    }

    fn tree(&self, suite: CryptoSuite) -> Tiles {
        let leaves = self.items.iter();
        tree(
            suite,
            leaves.map(|(item, on_hand)| self.leaf(suite, *item, on_hand)),
        )
    }

    fn leaf(
        &self,
        suite: CryptoSuite,
        item: Id<kinds::Item>,
        on_hand: &BTreeMap<Condition, i64>,
    ) -> String {
        let on_hand: Vec<_> = on_hand
            .iter()
            .map(|(condition, quantity)| format!("\"{condition}\":{quantity}"))
            .collect();
        let salt = suite.hash(&[&self.salt, item.uuid().as_bytes()]);
        format!(
            "{{\"item\":\"{item}\",\"on_hand\":{{{}}},\"salt\":\"{salt}\"}}",
            on_hand.join(",")
        )
    }
}

/// The hash of all depots of a day.
#[must_use]
pub fn day_root(suite: CryptoSuite, depots: &SealedDepots) -> Hash {
    root(suite, &depot_tree(suite, depots))
}

/// The proof that a depot is among those of a day; `None` where it is not.
#[must_use]
pub fn prove_depot(
    suite: CryptoSuite,
    depots: &SealedDepots,
    depot: Id<kinds::Depot>,
) -> Option<ProvenLeaf> {
    let position = depots.keys().position(|key| *key == depot)?;
    let leaf = depot_leaf(depot, depots.get(&depot)?);
    proven(suite, &depot_tree(suite, depots), position, leaf)
}

fn depot_tree(suite: CryptoSuite, depots: &SealedDepots) -> Tiles {
    let leaves = depots.iter();
    tree(
        suite,
        leaves.map(|(depot, sealed)| depot_leaf(*depot, sealed)),
    )
}

fn depot_leaf(depot: Id<kinds::Depot>, sealed: &SealedDepot) -> String {
    let SealedDepot { items, root, salt } = sealed;
    format!("{{\"depot\":\"{depot}\",\"items\":{items},\"root\":\"{root}\",\"salt\":\"{salt}\"}}")
}

fn tree(suite: CryptoSuite, leaves: impl Iterator<Item = String>) -> Tiles {
    let mut tree = Tiles::new(suite, 0);
    leaves.for_each(|leaf| tree.append(suite.leaf(leaf.as_bytes())));
    tree
}

// All hashes of a tree that was made here are here.
fn root(suite: CryptoSuite, tree: &Tiles) -> Hash {
    tree.root(tree.size()).unwrap_or_else(|| suite.empty())
}

fn proven(suite: CryptoSuite, tree: &Tiles, position: usize, leaf: String) -> Option<ProvenLeaf> {
    let (position, size) = (u64::try_from(position).ok()?, tree.size());
    let hashes = inclusion(position, size)?.hashes(suite, |node| tree.hash(node))?;
    Some(ProvenLeaf {
        leaf,
        position,
        size,
        hashes,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::journal::inclusion_holds;

    fn id<K: crate::kernel::Kind>(number: u128) -> Id<K> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn holds(suite: CryptoSuite, proven: &ProvenLeaf, root: &Hash) -> bool {
        let leaf = suite.leaf(proven.leaf.as_bytes());
        let place = (proven.position, proven.size);
        inclusion_holds(suite, &leaf, place, &proven.hashes, root)
    }

    #[test]
    fn a_leaf_says_the_item_what_is_there_and_its_own_salt() {
        let on_hand = BTreeMap::from([(Condition::Usable, 12), (Condition::Condemned, 3)]);
        let balances = DepotBalances::new(
            [7; 32],
            ItemBalances::from([(id(1), on_hand), (id(2), BTreeMap::new())]),
        );
        let suite = CryptoSuite::Std;
        let proven = balances.prove(suite, id(1)).unwrap();
        let salt = suite.hash(&[&[7; 32], Uuid::from_u128(1).as_bytes()]);
        assert_eq!(
            proven.leaf,
            format!(
                r#"{{"item":"item_00000000000000000000000001","on_hand":{{"usable":12,"condemned":3}},"salt":"{salt}"}}"#
            )
        );
        let nothing = balances.prove(suite, id(2)).unwrap();
        assert!(nothing.leaf.contains(r#""on_hand":{}"#), "{}", nothing.leaf);
        assert_eq!(balances.prove(suite, id(3)), None);
    }

    #[test]
    fn a_day_without_depots_has_the_root_of_nothing() {
        for suite in [CryptoSuite::Std, CryptoSuite::Gm] {
            assert_eq!(day_root(suite, &SealedDepots::new()), suite.empty());
        }
    }

    proptest! {
        // Every balance is proven up to the day, and no other balance, salt or depot gives the root.
        #[test]
        fn what_was_sealed_is_proven_and_nothing_else(
            depots in proptest::collection::btree_map(1_u128..1_000, (
                any::<[u8; 32]>(),
                proptest::collection::btree_map(1_u128..1_000, 0_i64..1_000_000, 1..20),
            ), 1..8),
            is_gm in any::<bool>(),
            changed in any::<(u8, bool)>(),
        ) {
            let suite = if is_gm { CryptoSuite::Gm } else { CryptoSuite::Std };
            let balances: BTreeMap<_, _> = depots.iter().map(|(depot, (salt, items))| {
                let items = items.iter().map(|(item, quantity)| {
                    (id(*item), BTreeMap::from([(Condition::Usable, *quantity)]))
                });
                (id(*depot), DepotBalances::new(*salt, items.collect()))
            }).collect();
            let sealed: SealedDepots =
                balances.iter().map(|(depot, all)| (*depot, all.sealed(suite))).collect();
            let day = day_root(suite, &sealed);
            for (depot, all) in &balances {
                let up = prove_depot(suite, &sealed, *depot).unwrap();
                prop_assert!(holds(suite, &up, &day));
                prop_assert!(up.leaf.contains(&sealed[depot].root.to_string()));
                for item in all.items.keys() {
                    let proven = all.prove(suite, *item).unwrap();
                    prop_assert!(holds(suite, &proven, &sealed[depot].root));
                    let other = ProvenLeaf { leaf: proven.leaf.replace("usable", "condemned"), ..proven };
                    prop_assert!(!holds(suite, &other, &sealed[depot].root));
                }
            }
            // One balance or one salt more or less is another day.
            let (depot, all) = balances.iter().nth(usize::from(changed.0) % balances.len()).unwrap();
            let mut other = all.clone();
            if changed.1 {
                other.salt[0] ^= 1;
            } else {
                let first = other.items.values_mut().next().unwrap();
                *first.get_mut(&Condition::Usable).unwrap() += 1;
            }
            let mut rewritten = sealed.clone();
            rewritten.insert(*depot, other.sealed(suite));
            prop_assert_ne!(day_root(suite, &rewritten), day);
        }
    }
}
