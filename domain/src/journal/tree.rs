//! The shape of the tree: which complete subtrees a run of leaves consists of.
//!
//! **Invariant.** The root of a size depends on the leaves below it alone, so it never changes once
//! they are there (RFC 6962 §2.1).

use super::suite::{CryptoSuite, Hash};

/// A complete subtree: the leaves from `number` × 2^`level` on, 2^`level` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// How high it is; a leaf is 0.
    pub level: u32,
    /// How many of its height stand left of it.
    pub number: u64,
}

/// The complete subtrees that make up the leaves from `begin` to before `end`, left to right. Both
/// must bound a subtree of RFC 6962: `begin` is a multiple of a power of two that holds the run.
#[must_use]
pub fn subtrees(begin: u64, end: u64) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut at = begin;
    while at < end {
        let level = (end - at).ilog2();
        nodes.push(Node {
            level,
            number: at >> level,
        });
        at += 1 << level;
    }
    nodes
}

/// The root of the tree of the first `size` leaves; `None` where `hash_of` lacks a subtree.
pub fn root(suite: CryptoSuite, size: u64, hash_of: impl Fn(Node) -> Option<Hash>) -> Option<Hash> {
    range(suite, 0, size, &hash_of)
}

/// The hash of the leaves from `begin` to before `end`.
pub(super) fn range(
    suite: CryptoSuite,
    begin: u64,
    end: u64,
    hash_of: &impl Fn(Node) -> Option<Hash>,
) -> Option<Hash> {
    let mut nodes = subtrees(begin, end).into_iter().rev();
    let Some(last) = nodes.next() else {
        return Some(suite.empty());
    };
    nodes.try_fold(hash_of(last)?, |right, node| {
        Some(suite.node(&hash_of(node)?, &right))
    })
}

/// The greatest power of two below `count`, which is at least 2.
pub(super) fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

#[cfg(test)]
pub(super) mod naive {
    //! The tree as RFC 6962 defines it, word by word.

    use super::*;

    pub(in crate::journal) fn leaves(suite: CryptoSuite, count: u64) -> Vec<Hash> {
        (0..count)
            .map(|number| suite.leaf(&number.to_be_bytes()))
            .collect()
    }

    pub(in crate::journal) fn root(suite: CryptoSuite, leaves: &[Hash]) -> Hash {
        match leaves {
            [] => suite.empty(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(at(leaves.len()));
                suite.node(&root(suite, left), &root(suite, right))
            }
        }
    }

    pub(in crate::journal) fn path(suite: CryptoSuite, m: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let k = at(leaves.len());
        let (left, right) = leaves.split_at(k);
        let (mut path, other) = if m < k {
            (path(suite, m, left), right)
        } else {
            (path(suite, m - k, right), left)
        };
        path.push(root(suite, other));
        path
    }

    pub(in crate::journal) fn proof(
        suite: CryptoSuite,
        m: usize,
        leaves: &[Hash],
        is_known: bool,
    ) -> Vec<Hash> {
        if m == leaves.len() {
            return if is_known {
                Vec::new()
            } else {
                vec![root(suite, leaves)]
            };
        }
        let k = at(leaves.len());
        let (left, right) = leaves.split_at(k);
        let (mut proof, other) = if m <= k {
            (proof(suite, m, left, is_known), right)
        } else {
            (proof(suite, m - k, right, false), left)
        };
        proof.push(root(suite, other));
        proof
    }

    fn at(count: usize) -> usize {
        let mut k = 1;
        while k * 2 < count {
            k *= 2;
        }
        k
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The leaves and roots of the reference implementation of Certificate Transparency.
    const LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_certificate_transparency() {
        let suite = CryptoSuite::Std;
        let leaves: Vec<_> = LEAVES
            .iter()
            .map(|leaf| suite.leaf(&hex::decode(leaf).unwrap()))
            .collect();
        for (size, expected) in ROOTS.iter().enumerate() {
            let hash_of = |node: Node| {
                let first = usize::try_from(node.number << node.level).unwrap();
                Some(naive::root(
                    suite,
                    &leaves[first..first + (1 << node.level)],
                ))
            };
            let found = root(suite, size as u64, hash_of).unwrap();
            assert_eq!(hex::encode(found.as_bytes()), *expected, "{size} leaves");
            assert_eq!(found, naive::root(suite, &leaves[..size]));
        }
    }

    #[test]
    fn runs_of_leaves_consist_of_complete_subtrees() {
        let check = |begin, end, expected: &[(u32, u64)]| {
            let found: Vec<_> = subtrees(begin, end)
                .iter()
                .map(|node| (node.level, node.number))
                .collect();
            assert_eq!(found, expected, "{begin}..{end}");
        };
        check(0, 0, &[]);
        check(0, 1, &[(0, 0)]);
        check(0, 7, &[(2, 0), (1, 2), (0, 6)]);
        check(4, 7, &[(1, 2), (0, 6)]);
        check(0, 1 << 40, &[(40, 0)]);
    }
}
