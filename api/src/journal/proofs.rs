//! Proofs out of the tiles that are kept.
//!
//! **Invariant.** A proof reads the few tiles that it takes, whatever the size of the journal. What
//! a tile says is not checked here: who checks the proof checks the tiles.

use std::collections::BTreeSet;

use domain::journal::{CryptoSuite, Hash, Node, TileId, Tiles, consistency, inclusion, subtrees};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter};

use crate::{problem::Problem, scope::reference};

use super::rows::tile;

/// The sealed journal, as far as a proof has to know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealed {
    pub(super) suite: CryptoSuite,
    pub(super) size: u64,
}

impl Sealed {
    /// The proof that the entry at `position` is in the tree of `size` entries.
    pub(super) async fn inclusion(
        self,
        db: &impl ConnectionTrait,
        position: u64,
        size: u64,
    ) -> Result<Vec<Hash>, Problem> {
        let plan = inclusion(position, size).ok_or_else(Problem::not_found)?;
        let tiles = self.tiles(db, &plan.nodes()).await?;
        plan.hashes(self.suite, |node| tiles.hash(node))
            .ok_or_else(torn)
    }

    /// The proof that the tree of `size` entries begins with that of `old`.
    pub(super) async fn consistency(
        self,
        db: &impl ConnectionTrait,
        old: u64,
        size: u64,
    ) -> Result<Vec<Hash>, Problem> {
        let plan = consistency(old, size).ok_or_else(Problem::not_found)?;
        let tiles = self.tiles(db, &plan.nodes()).await?;
        plan.hashes(self.suite, |node| tiles.hash(node))
            .ok_or_else(torn)
    }

    /// The root that the tree had at `size` entries.
    pub(super) async fn root(self, db: &impl ConnectionTrait, size: u64) -> Result<Hash, Problem> {
        let tiles = self.tiles(db, &subtrees(0, size)).await?;
        tiles.root(size).ok_or_else(torn)
    }

    async fn tiles(self, db: &impl ConnectionTrait, nodes: &[Node]) -> Result<Tiles, Problem> {
        let mut tiles = Tiles::new(self.suite, self.size);
        let ids = nodes.iter().map(|node| TileId::of(*node)).collect();
        load(db, &mut tiles, &ids).await?;
        Ok(tiles)
    }
}

/// Reads these tiles.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    tiles: &mut Tiles,
    ids: &BTreeSet<TileId>,
) -> Result<(), Problem> {
    if take(db, tiles, ids).await? {
        Ok(())
    } else {
        Err(torn())
    }
}

/// Reads these tiles, as far as they are there; `false` where one of them is cut off.
pub(super) async fn take(
    db: &impl ConnectionTrait,
    tiles: &mut Tiles,
    ids: &BTreeSet<TileId>,
) -> Result<bool, Problem> {
    if ids.is_empty() {
        return Ok(true);
    }
    let mut any = Condition::any();
    for id in ids {
        let number = i64::try_from(id.number).map_err(Problem::internal)?;
        any = any.add(
            Condition::all()
                .add(tile::Column::Level.eq(i64::from(id.level)))
                .add(tile::Column::Number.eq(number)),
        );
    }
    for row in reference::<tile::Entity>().filter(any).all(db).await? {
        let id = id_of(&row)?;
        if !tiles.take(id, &row.hashes) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The place of a tile that was read.
pub(super) fn id_of(row: &tile::Model) -> Result<TileId, Problem> {
    Ok(TileId {
        level: u32::try_from(row.level).map_err(Problem::internal)?,
        number: u64::try_from(row.number).map_err(Problem::internal)?,
    })
}

fn torn() -> Problem {
    Problem::internal(anyhow::anyhow!(
        "the tree over the journal lacks hashes; run `relief-depot verify`"
    ))
}
