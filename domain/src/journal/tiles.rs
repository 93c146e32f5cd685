//! The tree as it is kept: 256 hashes of one height to a tile.
//!
//! **Invariant.** A tile only ever grows at its end, and a full one is never written again. The
//! hashes of height 8·L stand in tiles of level L; those between are added up from them. So an
//! entry costs a 256th of a row, and a proof reads a handful of tiles.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    suite::{CryptoSuite, Hash},
    tree::{self, Node},
};

/// How many hashes a full tile has.
pub const TILE_HASHES: u64 = 256;
const TILE_HEIGHT: u32 = 8;

/// The place of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileId {
    /// The height of its hashes, divided by 8.
    pub level: u32,
    /// How many tiles of its level stand left of it.
    pub number: u64,
}

impl TileId {
    /// The tile that the hash of a complete subtree is added up from.
    #[must_use]
    pub fn of(node: Node) -> Self {
        let depth = node.level % TILE_HEIGHT;
        Self {
            level: node.level / TILE_HEIGHT,
            number: (node.number << depth) / TILE_HASHES,
        }
    }

    /// The tiles that are not full in a tree of `size` leaves: what it takes to know its root and
    /// to add to it.
    #[must_use]
    pub fn edge(size: u64) -> Vec<Self> {
        let mut edge = Vec::new();
        let (mut level, mut hashes) = (0, size);
        while hashes > 0 {
            if hashes % TILE_HASHES != 0 {
                edge.push(Self {
                    level,
                    number: hashes / TILE_HASHES,
                });
            }
            hashes /= TILE_HASHES;
            level += 1;
        }
        edge
    }

    /// How many tiles a tree of `size` leaves has.
    #[must_use]
    pub fn count(size: u64) -> u64 {
        let mut hashes = size;
        let mut tiles = 0;
        while hashes > 0 {
            tiles += hashes.div_ceil(TILE_HASHES);
            hashes /= TILE_HASHES;
        }
        tiles
    }

    /// How many hashes it has in a tree of `size` leaves.
    #[must_use]
    pub fn hashes(self, size: u64) -> u64 {
        let hashes = size.checked_shr(TILE_HEIGHT * self.level).unwrap_or(0);
        let before = self.number.saturating_mul(TILE_HASHES);
        hashes.saturating_sub(before).min(TILE_HASHES)
    }
}

/// Some tiles of a tree.
#[derive(Debug, Clone)]
pub struct Tiles {
    suite: CryptoSuite,
    size: u64,
    tiles: BTreeMap<TileId, Vec<Hash>>,
    changed: BTreeSet<TileId>,
}

impl Tiles {
    /// None yet, of a tree of `size` leaves.
    #[must_use]
    pub fn new(suite: CryptoSuite, size: u64) -> Self {
        Self {
            suite,
            size,
            tiles: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes a tile as it was kept: `false`, and nothing taken, where it has fewer hashes than it
    /// must have in this tree. It may have more, where the tree has grown since.
    pub fn take(&mut self, id: TileId, bytes: &[u8]) -> bool {
        let (hashes, rest) = bytes.as_chunks::<{ Hash::LEN }>();
        let wanted = usize::try_from(id.hashes(self.size)).ok();
        let Some(hashes) = wanted.and_then(|wanted| hashes.get(..wanted)) else {
            return false;
        };
        let hashes = hashes.iter().copied().map(Hash::from_bytes).collect();
        self.tiles.insert(id, hashes);
        rest.is_empty()
    }

    /// Adds a leaf. The tiles of the [`edge`](TileId::edge) must be here.
    pub fn append(&mut self, leaf: Hash) {
        let (mut level, mut number, mut hash) = (0, self.size, leaf);
        loop {
            let id = TileId {
                level,
                number: number / TILE_HASHES,
            };
            let tile = self.tiles.entry(id).or_default();
            tile.push(hash);
            self.changed.insert(id);
            if (tile.len() as u64) < TILE_HASHES {
                break;
            }
            hash = joined(self.suite, tile);
            number /= TILE_HASHES;
            level += 1;
        }
        self.size += 1;
    }

    /// The tiles that grew, as they are to be kept.
    pub fn changed(&self) -> impl Iterator<Item = (TileId, Vec<u8>)> {
        self.changed.iter().map(|id| {
            let hashes = self.tiles.get(id).map_or(&[][..], Vec::as_slice);
            let bytes = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
            (*id, bytes)
        })
    }

    /// Takes away the tiles that grew and are full: whoever only goes on needs them no more.
    pub fn take_full(&mut self) -> Vec<(TileId, Vec<u8>)> {
        let full: Vec<_> = self
            .changed()
            .filter(|(_, bytes)| bytes.len() as u64 == TILE_HASHES * Hash::LEN as u64)
            .collect();
        for (id, _) in &full {
            self.tiles.remove(id);
            self.changed.remove(id);
        }
        full
    }

    /// The hash of a complete subtree; `None` where its tile is not here.
    #[must_use]
    pub fn hash(&self, node: Node) -> Option<Hash> {
        let depth = node.level % TILE_HEIGHT;
        let first = usize::try_from((node.number << depth) % TILE_HASHES).ok()?;
        let tile = self.tiles.get(&TileId::of(node))?;
        let hashes = tile.get(first..first + (1 << depth))?;
        Some(joined(self.suite, hashes))
    }

    /// The root of the tree, or of the earlier one that had `size` leaves.
    #[must_use]
    pub fn root(&self, size: u64) -> Option<Hash> {
        (size <= self.size).then(|| tree::root(self.suite, size, |node| self.hash(node)))?
    }
}

// The root of a power of two of hashes.
fn joined(suite: CryptoSuite, hashes: &[Hash]) -> Hash {
    match hashes {
        [hash] => *hash,
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            suite.node(&joined(suite, left), &joined(suite, right))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tree::naive;

    #[test]
    fn a_tree_that_grows_has_the_roots_of_the_whole() {
        for suite in [CryptoSuite::Std, CryptoSuite::Gm] {
            let leaves = naive::leaves(suite, 200);
            let mut tiles = Tiles::new(suite, 0);
            for size in 0..=200 {
                let expected = naive::root(suite, &leaves[..size]);
                assert_eq!(tiles.root(size as u64), Some(expected), "{size}");
                if let Some(leaf) = leaves.get(size) {
                    tiles.append(*leaf);
                }
            }
            assert_eq!(tiles.root(201), None);
        }
    }

    #[test]
    fn what_is_kept_of_a_tree_is_enough_to_go_on() {
        let suite = CryptoSuite::Std;
        let leaves = naive::leaves(suite, 70_000);
        let mut kept: BTreeMap<TileId, Vec<u8>> = BTreeMap::new();
        let mut size = 0;
        // Over the ends of tiles of both levels: 256, 65,536.
        for step in [1, 254, 1, 1, 255, 64_000, 1_023, 1, 4_000] {
            let mut tiles = Tiles::new(suite, size);
            for id in TileId::edge(size) {
                assert!(tiles.take(id, &kept[&id]), "{id:?} at {size}");
            }
            for _ in 0..step {
                tiles.append(leaves[usize::try_from(tiles.size()).unwrap()]);
            }
            kept.extend(tiles.changed());
            size += step;
            assert_eq!(tiles.size(), size);
            assert_eq!(TileId::count(size), kept.len() as u64, "{size}");
            let expected = naive::root(suite, &leaves[..usize::try_from(size).unwrap()]);
            assert_eq!(tiles.root(size), Some(expected), "{size}");
        }
        let mut whole = Tiles::new(suite, size);
        for (id, bytes) in &kept {
            assert!(whole.take(*id, bytes));
            assert!(!whole.take(*id, &bytes[1..]), "{id:?} is cut");
        }
        let mut going = Tiles::new(suite, 0);
        let mut full = BTreeMap::new();
        for leaf in &leaves[..usize::try_from(size).unwrap()] {
            going.append(*leaf);
            full.extend(going.take_full());
        }
        assert_eq!(going.root(size), whole.root(size));
        full.extend(going.changed());
        assert_eq!(full, kept);
        for earlier in [0, 1, 255, 256, 257, 4_096, 65_535, 65_536, size] {
            let expected = naive::root(suite, &leaves[..usize::try_from(earlier).unwrap()]);
            assert_eq!(whole.root(earlier), Some(expected), "{earlier}");
        }
    }
}
