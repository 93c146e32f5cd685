//! The walk along the positions, entry by entry.
//!
//! **Invariant.** Memory is bounded: a stretch of positions at a time, and of the tree only its edge.
//! The tree goes on from the leaves that were kept, so that the first bad entry is named and those
//! after it are not blamed.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    journal::{CryptoSuite, Hash, TILE_HASHES, TileId, Tiles},
    kernel::{Id, kinds},
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, PaginatorTrait as _, QueryFilter, QueryOrder,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    journal::{
        commitment, leaf, proofs,
        rows::{checkpoint, entry, position, salt, tile, tree},
    },
    problem::Problem,
    scope::{Scope, reference, visible},
    verify::{Finding, NAMED_MAX, Told},
};

use super::{I8, signed::Signed};

// Whole tiles, so that each is read once.
const STRETCH: i64 = 2_048;

pub(super) async fn walk(
    snapshot: &DatabaseTransaction,
    tree: &tree::Model,
    suite: CryptoSuite,
    since: u64,
    told: Told<'_>,
) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    let mut signed = Signed::read(snapshot, &tree.origin, &mut findings).await?;
    let Some(mut tiles) = edge(snapshot, suite, since).await? else {
        findings.push(torn(since));
        return Ok(findings);
    };
    let mut begin = i64::try_from(since).map_err(Problem::internal)?;
    if since > 0 {
        // Those before it were signed over what was verified.
        signed.look_ahead(snapshot, begin, begin + 1).await?;
        findings.extend(signed.check(since, || tiles.root(since)));
    }
    let total = u64::try_from(tree.size).ok();
    while begin < tree.size && findings.len() < NAMED_MAX {
        let end = tree.size.min(begin + STRETCH);
        signed.look_ahead(snapshot, begin + 1, end + 1).await?;
        let stretch = Stretch::read(snapshot, suite, begin, end).await?;
        findings.extend(stretch.salts(snapshot).await?);
        for position in begin..end {
            let (hash, fault) = stretch.leaf(position)?;
            findings.extend(fault);
            let Some(hash) = hash else {
                findings.push(Finding::new(I8, format!("position {position} has no leaf")));
                return Ok(findings);
            };
            tiles.append(hash);
            findings.extend(signed.check(tiles.size(), || tiles.root(tiles.size())));
        }
        let full = tiles.take_full();
        findings.extend(differing(snapshot, full).await?);
        begin = end;
        told("journal", tiles.size(), total);
    }
    if begin >= tree.size {
        let edge: Vec<_> = tiles.changed().collect();
        findings.extend(differing(snapshot, edge).await?);
        findings.extend(beyond(snapshot, tree, signed.last()).await?);
    }
    if findings.len() > NAMED_MAX {
        findings.truncate(NAMED_MAX);
        findings.push(Finding::new(I8, "… and more of the same"));
    }
    Ok(findings)
}

/// What it takes of the tree of the first `size` entries to go on from there; `None` where it is
/// not there.
pub(super) async fn edge(
    snapshot: &DatabaseTransaction,
    suite: CryptoSuite,
    size: u64,
) -> Result<Option<Tiles>, Problem> {
    let mut tiles = Tiles::new(suite, size);
    let ids: BTreeSet<_> = TileId::edge(size).into_iter().collect();
    let whole = proofs::take(snapshot, &mut tiles, &ids).await?;
    Ok((whole && tiles.root(size).is_some()).then_some(tiles))
}

fn torn(size: u64) -> Finding {
    let what = format!("the tree lacks tiles of its first {size} entries");
    Finding::new(I8, what)
}

// Positions, tiles and checkpoints that the tree does not have.
async fn beyond(
    snapshot: &DatabaseTransaction,
    tree: &tree::Model,
    signed: u64,
) -> Result<Vec<Finding>, Problem> {
    let tiles = u64::try_from(tree.size).map_or(0, TileId::count);
    let mut findings = Vec::new();
    let more = reference::<position::Entity>()
        .filter(
            Condition::any()
                .add(position::Column::Position.gte(tree.size))
                .add(position::Column::Position.lt(0)),
        )
        .order_by_asc(position::Column::Position)
        .one(snapshot)
        .await?;
    if let Some(row) = more {
        let what = format!(
            "position {} lies beyond the {} that are sealed",
            row.position, tree.size
        );
        findings.push(Finding::new(I8, what));
    }
    let found = reference::<tile::Entity>().count(snapshot).await?;
    if found != tiles {
        let what = format!("the tree has {found} tiles and should have {tiles}");
        findings.push(Finding::new(I8, what));
    }
    let stray = reference::<checkpoint::Entity>()
        .filter(
            Condition::any()
                .add(checkpoint::Column::Size.gt(tree.size))
                .add(checkpoint::Column::Size.lt(1)),
        )
        .one(snapshot)
        .await?;
    if let Some(row) = stray {
        let what = format!(
            "there is a checkpoint of {} entries, and {} are sealed",
            row.size, tree.size
        );
        findings.push(Finding::new(I8, what));
    }
    if u64::try_from(tree.size).ok() != Some(signed) {
        let what = format!("{} entries are sealed, and {signed} are signed", tree.size);
        findings.push(Finding::new(I8, what));
    }
    Ok(findings)
}

// The tiles that are kept otherwise than they should be.
async fn differing(
    snapshot: &DatabaseTransaction,
    expected: Vec<(TileId, Vec<u8>)>,
) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for (id, hashes) in expected {
        let kept = reference::<tile::Entity>()
            .filter(tile::Column::Level.eq(i64::from(id.level)))
            .filter(tile::Column::Number.eq(i64::try_from(id.number).map_err(Problem::internal)?))
            .one(snapshot)
            .await?;
        if kept.is_none_or(|kept| kept.hashes != hashes) {
            let what = format!(
                "tile {} of level {} is not what its leaves give",
                id.number, id.level
            );
            findings.push(Finding::new(I8, what));
        }
    }
    Ok(findings)
}

struct Stretch {
    suite: CryptoSuite,
    positions: BTreeMap<i64, Uuid>,
    entries: BTreeMap<Uuid, entry::Model>,
    leaves: BTreeMap<u64, Vec<u8>>,
}

impl Stretch {
    async fn read(
        snapshot: &DatabaseTransaction,
        suite: CryptoSuite,
        begin: i64,
        end: i64,
    ) -> Result<Self, Problem> {
        let rows = reference::<position::Entity>()
            .filter(position::Column::Position.gte(begin))
            .filter(position::Column::Position.lt(end))
            .all(snapshot)
            .await?;
        let ids: Vec<_> = rows.iter().map(|row| row.entry_id).collect();
        let entries = visible::<entry::Entity>(&Scope::Everything)
            .filter(entry::Column::Id.is_in(ids))
            .all(snapshot)
            .await?;
        let tile_of = |position: i64| position / i64::try_from(TILE_HASHES).unwrap_or(i64::MAX);
        let tiles = reference::<tile::Entity>()
            .filter(tile::Column::Level.eq(0))
            .filter(tile::Column::Number.gte(tile_of(begin)))
            .filter(tile::Column::Number.lte(tile_of(end - 1)))
            .all(snapshot)
            .await?;
        let mut leaves = BTreeMap::new();
        for row in tiles {
            leaves.insert(proofs::id_of(&row)?.number, row.hashes);
        }
        Ok(Self {
            suite,
            positions: rows
                .iter()
                .map(|row| (row.position, row.entry_id))
                .collect(),
            entries: entries.into_iter().map(|row| (row.id, row)).collect(),
            leaves,
        })
    }

    // The leaf of a position, as it was kept or else as the entry gives it, and what is wrong.
    fn leaf(&self, position: i64) -> Result<(Option<Hash>, Option<Finding>), Problem> {
        let place = u64::try_from(position).map_err(Problem::internal)?;
        let first = usize::try_from(place % TILE_HASHES).map_err(Problem::internal)? * Hash::LEN;
        let kept = self
            .leaves
            .get(&(place / TILE_HASHES))
            .and_then(|hashes| hashes.get(first..first + Hash::LEN))
            .and_then(|hash| hash.try_into().ok())
            .map(Hash::from_bytes);
        let Some(id) = self.positions.get(&position) else {
            return Ok((
                kept,
                Some(Finding::new(I8, format!("position {position} is missing"))),
            ));
        };
        let name: Id<kinds::JournalEntry> = Id::from_uuid(*id);
        let Some(entry) = self.entries.get(id) else {
            let what = format!("position {position}: {name} is gone");
            return Ok((kept, Some(Finding::new(I8, what))));
        };
        let hash = leaf::hash(self.suite, entry)?;
        let fault = (kept != Some(hash)).then(|| {
            Finding::new(
                I8,
                format!("position {position}: {name} is not what was sealed"),
            )
        });
        Ok((kept.or(Some(hash)), fault))
    }

    // Salts that belong to no commitment of their entry.
    async fn salts(&self, snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
        let ids = self.entries.keys().copied();
        let rows = reference::<salt::Entity>()
            .filter(salt::Column::EntryId.is_in(ids))
            .order_by_asc(salt::Column::EntryId)
            .order_by_asc(salt::Column::Pointer)
            .all(snapshot)
            .await?;
        let mut findings = Vec::new();
        let mut body: (Option<Uuid>, Value) = (None, Value::Null);
        for row in rows {
            if body.0 != Some(row.entry_id) {
                let text = self
                    .entries
                    .get(&row.entry_id)
                    .map_or("", |entry| &entry.body);
                body = (
                    Some(row.entry_id),
                    serde_json::from_str(text).unwrap_or_default(),
                );
            }
            let found = body.1.pointer(&row.pointer);
            if !found.is_some_and(|found| commitment::is_by(&row.salt, found)) {
                let name: Id<kinds::JournalEntry> = Id::from_uuid(row.entry_id);
                let what = format!(
                    "the salt of {name} at {} is not that of a commitment",
                    row.pointer
                );
                findings.push(Finding::new(I8, what));
            }
        }
        Ok(findings)
    }
}
