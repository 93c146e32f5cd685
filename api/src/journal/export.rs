//! The sealed journal as lines of JSON, for whoever checks it elsewhere.
//!
//! **Invariant.** What is written is what was sealed: the leaf is shown as the object whose
//! canonical form is hashed. Nothing personal is in it but commitments; salts are not.

use std::io::Write;

use anyhow::Context as _;
use domain::journal::{Hash, TILE_HASHES};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::{
    app::App,
    scope::{Scope, reference, visible},
};

use super::{
    leaf, queries,
    rows::{checkpoint, entry, position, tile},
};

const STRETCH: i64 = 1_024;

/// Writes all that is sealed; answers how many entries that are.
///
/// # Errors
/// When the database or `out` refuses, or nothing is sealed yet.
pub(crate) async fn export(app: &App, out: &mut impl Write) -> anyhow::Result<i64> {
    let snapshot = app.db.snapshot().await?;
    let tree = queries::tree(&snapshot).await?;
    let tree = tree.context("nothing is sealed yet: start the server once")?;
    let head = json!({
        "kind": "journal", "origin": tree.origin, "suite": tree.suite, "size": tree.size,
        "keys": queries::keys(&snapshot).await?,
    });
    writeln!(out, "{head}")?;
    let mut begin = 0;
    while begin < tree.size {
        let end = tree.size.min(begin + STRETCH);
        stretch(&snapshot, begin, end, out).await?;
        begin = end;
    }
    snapshot.rollback().await?;
    out.flush()?;
    Ok(tree.size)
}

async fn stretch(
    db: &impl ConnectionTrait,
    begin: i64,
    end: i64,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let places = reference::<position::Entity>()
        .filter(position::Column::Position.gte(begin))
        .filter(position::Column::Position.lt(end))
        .order_by_asc(position::Column::Position)
        .all(db)
        .await?;
    let ids = places.iter().map(|place| place.entry_id);
    let entries: std::collections::BTreeMap<_, _> = visible::<entry::Entity>(&Scope::Everything)
        .filter(entry::Column::Id.is_in(ids))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let tile_hashes = i64::try_from(TILE_HASHES)?;
    let tiles: std::collections::BTreeMap<_, _> = reference::<tile::Entity>()
        .filter(tile::Column::Level.eq(0))
        .filter(tile::Column::Number.gte(begin / tile_hashes))
        .filter(tile::Column::Number.lte((end - 1) / tile_hashes))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.number, row.hashes))
        .collect();
    let mut notes: std::collections::BTreeMap<_, _> = reference::<checkpoint::Entity>()
        .filter(checkpoint::Column::Size.gt(begin))
        .filter(checkpoint::Column::Size.lte(end))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.size, row.note))
        .collect();
    for place in places {
        let content = match entries.get(&place.entry_id) {
            Some(row) => serde_json::from_slice(&leaf::content(row)?)?,
            // Whoever reads it sees that the entry is gone.
            None => Value::Null,
        };
        let first = usize::try_from(place.position % tile_hashes)? * Hash::LEN;
        let kept = tiles
            .get(&(place.position / tile_hashes))
            .and_then(|hashes| hashes.get(first..first + Hash::LEN))
            .and_then(|hash| hash.try_into().ok())
            .map(|hash| Hash::from_bytes(hash).to_string());
        let line = json!({
            "kind": "entry", "position": place.position, "leaf_hash": kept, "entry": content,
        });
        writeln!(out, "{line}")?;
        if let Some(note) = notes.remove(&(place.position + 1)) {
            writeln!(out, "{}", json!({ "kind": "checkpoint", "note": note }))?;
        }
    }
    Ok(())
}
