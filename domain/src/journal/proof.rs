//! Proofs that an entry is in a tree, and that a tree begins with an earlier one.
//!
//! **Invariant.** A proof that holds convinces whoever trusts the roots, however it was made; the
//! checks are those of RFC 9162 §2.1.3.2 and §2.1.4.2 and know nothing of how proofs are built.

use super::{
    suite::{CryptoSuite, Hash},
    tree::{self, Node, split, subtrees},
};

/// What a proof consists of, before its hashes are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion(Vec<(u64, u64)>);

/// What a proof consists of, before its hashes are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency(Vec<(u64, u64)>);

/// What proves that the leaf `index` is in the tree of `size` leaves; `None` where it is not.
#[must_use]
pub fn inclusion(index: u64, size: u64) -> Option<Inclusion> {
    if index >= size {
        return None;
    }
    let mut ranges = Vec::new();
    let (mut begin, mut end) = (0, size);
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((begin, middle));
            begin = middle;
        }
    }
    ranges.reverse();
    Some(Inclusion(ranges))
}

/// What proves that the tree of `size` leaves begins with that of `old`; `None` where it is older.
#[must_use]
pub fn consistency(old: u64, size: u64) -> Option<Consistency> {
    if old > size {
        return None;
    }
    // Every tree begins with the empty one and with itself: nothing is to be shown.
    if old == 0 || old == size {
        return Some(Consistency(Vec::new()));
    }
    let mut ranges = Vec::new();
    let (mut begin, mut end) = (0, size);
    let mut is_known = true;
    while old != end {
        let middle = begin + split(end - begin);
        if old <= middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((begin, middle));
            begin = middle;
            is_known = false;
        }
    }
    if !is_known {
        ranges.push((begin, end));
    }
    ranges.reverse();
    Some(Consistency(ranges))
}

macro_rules! proof {
    ($name:ident) => {
        impl $name {
            /// The complete subtrees whose hashes it takes.
            #[must_use]
            pub fn nodes(&self) -> Vec<Node> {
                self.0
                    .iter()
                    .flat_map(|(begin, end)| subtrees(*begin, *end))
                    .collect()
            }

            /// The proof; `None` where `hash_of` lacks a subtree.
            pub fn hashes(
                &self,
                suite: CryptoSuite,
                hash_of: impl Fn(Node) -> Option<Hash>,
            ) -> Option<Vec<Hash>> {
                self.0
                    .iter()
                    .map(|(begin, end)| tree::range(suite, *begin, *end, &hash_of))
                    .collect()
            }
        }
    };
}

proof!(Inclusion);
proof!(Consistency);

/// Whether `proof` shows that `leaf` is number `index` of the tree of `size` leaves with this root.
#[must_use]
pub fn inclusion_holds(
    suite: CryptoSuite,
    leaf: &Hash,
    (index, size): (u64, u64),
    proof: &[Hash],
    root: &Hash,
) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for other in proof {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            hash = suite.node(other, &hash);
            while at % 2 == 0 && at != 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            hash = suite.node(&hash, other);
        }
        at /= 2;
        last /= 2;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `new` begins with the tree of `old`: size and root each.
#[must_use]
pub fn consistency_holds(
    suite: CryptoSuite,
    old: (u64, &Hash),
    new: (u64, &Hash),
    proof: &[Hash],
) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == 0 {
        return proof.is_empty() && *old_root == suite.empty();
    }
    if old_size >= new_size {
        return proof.is_empty() && old_size == new_size && old_root == new_root;
    }
    // A tree of a power of two is itself the first hash of its proof.
    let known = old_size.is_power_of_two().then_some(old_root);
    let mut hashes = known.into_iter().chain(proof);
    let Some(first) = hashes.next() else {
        return false;
    };
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    while at % 2 == 1 {
        at /= 2;
        last /= 2;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for other in hashes {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            old_hash = suite.node(other, &old_hash);
            new_hash = suite.node(other, &new_hash);
            while at % 2 == 0 && at != 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            new_hash = suite.node(&new_hash, other);
        }
        at /= 2;
        last /= 2;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{tiles::Tiles, tree::naive};

    const SIZES: u64 = 200;

    fn grown(suite: CryptoSuite) -> (Vec<Hash>, Tiles, Vec<Hash>) {
        let leaves = naive::leaves(suite, SIZES);
        let mut tiles = Tiles::new(suite, 0);
        leaves.iter().for_each(|leaf| tiles.append(*leaf));
        let roots = (0..=SIZES).map(|size| tiles.root(size).unwrap()).collect();
        (leaves, tiles, roots)
    }

    fn at(number: u64) -> usize {
        usize::try_from(number).unwrap()
    }

    #[test]
    fn every_leaf_of_every_tree_is_proven_as_the_standard_says() {
        let suite = CryptoSuite::Std;
        let (leaves, tiles, roots) = grown(suite);
        for size in 1..=SIZES {
            for index in 0..size {
                let plan = inclusion(index, size).unwrap();
                let proof = plan.hashes(suite, |node| tiles.hash(node)).unwrap();
                // The naive tree is slow, and each shape comes again and again.
                if size < 40 || index % 17 == 0 {
                    let expected = naive::path(suite, at(index), &leaves[..at(size)]);
                    assert_eq!(proof, expected, "{index} of {size}");
                }
                let holds = |leaf: u64, place, proof: &[Hash], root: u64| {
                    inclusion_holds(suite, &leaves[at(leaf)], place, proof, &roots[at(root)])
                };
                let place = (index, size);
                assert!(holds(index, place, &proof, size), "{index} of {size}");
                if size >= 40 && index % 17 != 0 {
                    continue;
                }
                assert!(!holds(index, place, &proof, size - 1));
                assert!(!holds((index + 1) % SIZES, place, &proof, size));
                if let Some((_, cut)) = proof.split_last() {
                    assert!(!holds(index, place, cut, size));
                }
                let longer = [proof.as_slice(), &roots[..1]].concat();
                assert!(!holds(index, place, &longer, size));
            }
            assert_eq!(inclusion(size, size), None);
        }
    }

    #[test]
    fn every_tree_is_proven_to_begin_with_every_earlier_one() {
        let suite = CryptoSuite::Gm;
        let (leaves, tiles, roots) = grown(suite);
        for size in 0..=SIZES {
            for old in 0..=size {
                let plan = consistency(old, size).unwrap();
                let proof = plan.hashes(suite, |node| tiles.hash(node)).unwrap();
                if old > 0 && (size < 40 || old % 17 == 0) {
                    let expected = naive::proof(suite, at(old), &leaves[..at(size)], true);
                    assert_eq!(proof, expected, "{old} to {size}");
                }
                let holds = |proof: &[Hash], old_root: u64, new_root: u64| {
                    let (old_root, new_root) = (&roots[at(old_root)], &roots[at(new_root)]);
                    consistency_holds(suite, (old, old_root), (size, new_root), proof)
                };
                assert!(holds(&proof, old, size), "{old} to {size}");
                if size >= 40 && old % 17 != 0 {
                    continue;
                }
                assert!(!holds(&proof, (old + 1) % SIZES, size), "{old} to {size}");
                if old > 0 {
                    assert!(!holds(&proof, old, size - 1), "{old} to {size}");
                }
                let longer = [proof.as_slice(), &roots[..1]].concat();
                assert!(!holds(&longer, old, size), "{old} to {size}");
            }
            assert_eq!(consistency(size + 1, size), None);
        }
    }
}
