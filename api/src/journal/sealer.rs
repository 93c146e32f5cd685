//! Gives committed entries their positions, extends the tree and signs it.
//!
//! **Invariant.** Positions have no gap and never change. All that sealing a batch writes is one
//! transaction that begins with moving the size of the tree on from where the batch began: a
//! crash leaves nothing of it, and of two servers that seal at once one finds that the size has
//! moved. The lease only spares the others the work.
//!
//! Commands do not wait for it. A batch is read and hashed beside them; on SQLite its writes stand
//! in the writer's line like any command.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::journal::{Checkpoint, CryptoSuite, Note, TileId, Tiles};
use futures_util::FutureExt as _;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Alias, Expr, ExprTrait as _, OnConflict, Query},
};
use tokio::sync::{Mutex, Semaphore, watch};

use crate::{
    app::App,
    ids,
    problem::Problem,
    scope::{Scope, visible},
    storage::Engine,
    uow::{Together, without_entry},
};

use super::{
    key::Keys,
    leaf, proofs, queries,
    rows::{checkpoint, entry, key, lease, position, tile, tree, waiting},
};

/// Entries under one checkpoint at most.
const BATCH: u64 = 1_000;
const LEASE: Duration = Duration::from_secs(10);
/// Readers that wait for new entries at most.
const FOLLOWERS_MAX: usize = 512;

/// What this server knows of sealing: who it is among several, how far the journal is sealed, and
/// who waits for more.
#[derive(Debug, Clone)]
pub(crate) struct Seals {
    holder: Arc<str>,
    size: watch::Sender<u64>,
    /// Held while this server seals: two at once would undo one another's batch.
    turn: Arc<Mutex<()>>,
    pub(super) followers: Arc<Semaphore>,
}

impl Default for Seals {
    fn default() -> Self {
        Self {
            holder: hex::encode(ids::random::<16>()).into(),
            size: watch::Sender::new(0),
            turn: Arc::default(),
            followers: Arc::new(Semaphore::new(FOLLOWERS_MAX)),
        }
    }
}

impl Seals {
    fn tell(&self, size: u64) {
        self.size.send_if_modified(|known| {
            let is_new = *known != size;
            *known = size;
            is_new
        });
    }

    /// Tells of every size from now on.
    pub(super) fn follow(&self) -> watch::Receiver<u64> {
        self.size.subscribe()
    }
}

/// Makes the journal's name and the key at the first start, and refuses settings that do not fit
/// them.
///
/// # Errors
/// When the settings name another suite than the journal has, or the key is another journal's.
pub(crate) async fn prepare(app: &App) -> anyhow::Result<()> {
    let (tree, suite) = tree_row(app).await?;
    ensure!(
        suite == app.config.crypto_suite,
        "crypto_suite is `{}`, and the journal of this database is sealed by `{suite}`: a journal keeps its suite for ever",
        app.config.crypto_suite
    );
    Keys::open(&app.config, &tree.origin, suite)?;
    Ok(())
}

/// The row of the tree, made where it is not there yet.
pub(super) async fn tree_row(app: &App) -> anyhow::Result<(tree::Model, CryptoSuite)> {
    let row = match queries::tree(app.db.latest()).await? {
        Some(row) => row,
        None => {
            let is_lost = queries::is_sealed(app.db.latest()).await?;
            ensure!(
                !is_lost,
                "the journal has positions and no tree; run `relief-depot verify`"
            );
            let fresh = tree::ActiveModel {
                id: Set(1),
                // A name that no other journal has.
                origin: Set(format!("relief-depot/{}", hex::encode(ids::random::<8>()))),
                suite: Set(app.config.crypto_suite.name().to_owned()),
                size: Set(0),
            };
            without_entry(app, move |transaction| {
                async move {
                    let mut insert = tree::Entity::insert(fresh).into_query();
                    insert
                        .on_conflict(OnConflict::column(tree::Column::Id).do_nothing().to_owned());
                    transaction.execute(&insert).await?;
                    Ok(true)
                }
                .boxed()
            })
            .await?;
            let row = queries::tree(app.db.latest()).await?;
            row.context("the journal has no row for its tree")?
        }
    };
    let suite = row.suite.parse().context("the suite of the journal")?;
    Ok((row, suite))
}

/// Seals what waits, batch after batch; answers how many entries were sealed.
///
/// # Errors
/// When the database or the key refuses. What was sealed before stands.
pub(crate) async fn seal(app: &App) -> Result<u64, Problem> {
    let _turn = app.seals.turn.lock().await;
    let mut sealed = 0;
    loop {
        let batch = seal_batch(app).await?;
        sealed += batch;
        if batch < BATCH {
            return Ok(sealed);
        }
    }
}

async fn seal_batch(app: &App) -> Result<u64, Problem> {
    let (tree, suite) = tree_row(app).await.map_err(Problem::internal)?;
    let size = u64::try_from(tree.size).map_err(Problem::internal)?;
    app.seals.tell(size);
    // First of all: who cannot sign has nothing to read.
    let keys = Keys::open(&app.config, &tree.origin, suite).map_err(Problem::internal)?;
    let entries = waiting_entries(app).await?;
    if entries.is_empty() || !holds_lease(app).await? {
        return Ok(0);
    }
    let mut tiles = Tiles::new(suite, size);
    let edge: BTreeSet<_> = TileId::edge(size).into_iter().collect();
    proofs::load(app.db.latest(), &mut tiles, &edge).await?;
    for entry in &entries {
        tiles.append(leaf::hash(suite, entry)?);
    }
    let batch = Batch::new(
        &tree,
        &tiles,
        &entries,
        &keys,
        (app.db.engine(), app.clock.now()),
    )?;
    let count = entries.len() as u64;
    let is_ours = without_entry(app, move |transaction| batch.write(transaction).boxed()).await?;
    if !is_ours {
        // Another server was faster; what it left is sealed at the next turn.
        return Ok(0);
    }
    app.seals.tell(tiles.size());
    metrics::counter!("relief_depot_journal_sealed_total").increment(count);
    Ok(count)
}

async fn waiting_entries(app: &App) -> Result<Vec<entry::Model>, Problem> {
    let first = Query::select()
        .column(waiting::Column::EntryId)
        .from(waiting::Entity)
        .order_by(waiting::Column::EntryId, sea_orm::Order::Asc)
        .limit(BATCH)
        .to_owned();
    let entries = visible::<entry::Entity>(&Scope::Everything)
        .filter(entry::Column::Id.in_subquery(first))
        .order_by_asc(entry::Column::Id)
        .limit(BATCH)
        .all(app.db.latest())
        .await?;
    Ok(entries)
}

// On SQLite there is one server, as the lock on its place sees to.
async fn holds_lease(app: &App) -> Result<bool, Problem> {
    if app.db.engine() == Engine::Sqlite {
        return Ok(true);
    }
    let now = app.clock.now().timestamp_millis();
    let until = now.saturating_add(i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX));
    let holder: &str = &app.seals.holder;
    let take = Query::update()
        .table(lease::Entity)
        .value(lease::Column::Holder, holder)
        .value(lease::Column::HeldUntilMs, until)
        .and_where(lease::Column::Id.eq(1))
        .and_where(
            lease::Column::Holder
                .eq(holder)
                .or(lease::Column::HeldUntilMs.lt(now))
                // Who holds it for longer than a lease lasts has a clock that was ahead of ours.
                .or(lease::Column::HeldUntilMs.gt(until)),
        )
        .to_owned();
    let taken = app.db.writer().execute(&take).await?;
    Ok(taken.rows_affected() == 1)
}

// Everything that sealing some entries writes.
struct Batch {
    engine: Engine,
    size: i64,
    next: i64,
    positions: Vec<position::ActiveModel>,
    tiles: Vec<tile::ActiveModel>,
    checkpoint: checkpoint::ActiveModel,
    keys: Vec<key::ActiveModel>,
}

impl Batch {
    fn new(
        tree: &tree::Model,
        tiles: &Tiles,
        entries: &[entry::Model],
        keys: &Keys,
        (engine, now): (Engine, DateTime<Utc>),
    ) -> Result<Self, Problem> {
        let lacking = || Problem::internal(anyhow::anyhow!("the tree lacks tiles"));
        let size = tiles.size();
        let signed = Checkpoint {
            origin: tree.origin.clone(),
            size,
            root: tiles.root(size).ok_or_else(lacking)?,
            more: vec![format!(
                "time {}",
                now.to_rfc3339_opts(SecondsFormat::Millis, true)
            )],
        };
        let note = Note::sign(signed.to_string(), &keys.0);
        let next = i64::try_from(size).map_err(Problem::internal)?;
        Ok(Self {
            engine,
            size: tree.size,
            next,
            positions: (tree.size..)
                .zip(entries)
                .map(|(position, entry)| position::ActiveModel {
                    position: Set(position),
                    entry_id: Set(entry.id),
                })
                .collect(),
            tiles: tiles
                .changed()
                .map(|(id, hashes)| {
                    Ok(tile::ActiveModel {
                        level: Set(i64::from(id.level)),
                        number: Set(i64::try_from(id.number).map_err(Problem::internal)?),
                        hashes: Set(hashes),
                    })
                })
                .collect::<Result<_, Problem>>()?,
            checkpoint: checkpoint::ActiveModel {
                size: Set(next),
                note: Set(note.to_string()),
            },
            keys: keys
                .0
                .iter()
                .map(|key| key::ActiveModel {
                    verifier: Set(key.public().to_string()),
                })
                .collect(),
        })
    }

    // `false` where the tree is not what it was when the batch was read.
    async fn write(self, transaction: &DatabaseTransaction) -> Result<bool, Problem> {
        let grow = Query::update()
            .table(tree::Entity)
            .value(tree::Column::Size, self.next)
            .and_where(tree::Column::Id.eq(1))
            .and_where(tree::Column::Size.eq(self.size))
            .to_owned();
        if transaction.execute(&grow).await?.rows_affected() != 1 {
            return Ok(false);
        }
        let mut writes = Together::default();
        writes.insert(self.positions);
        writes.insert([self.checkpoint]);
        let mut tiles = tile::Entity::insert_many(self.tiles).into_query();
        tiles.on_conflict(
            OnConflict::columns([tile::Column::Level, tile::Column::Number])
                .update_column(tile::Column::Hashes)
                .to_owned(),
        );
        writes.add(tiles);
        let mut keys = key::Entity::insert_many(self.keys).into_query();
        keys.on_conflict(
            OnConflict::column(key::Column::Verifier)
                .do_nothing()
                .to_owned(),
        );
        writes.add(keys);
        writes.run(transaction, self.engine).await?;
        let sealed = Query::select()
            .column(position::Column::EntryId)
            .from(position::Entity)
            .and_where(position::Column::Position.gte(self.size))
            .to_owned();
        let done = Query::delete()
            .from_table(waiting::Entity)
            .and_where(Expr::col(Alias::new("entry_id")).in_subquery(sealed))
            .to_owned();
        let deleted = transaction.execute(&done).await?.rows_affected();
        // Fewer would mean that one of them had a position already.
        Ok(i64::try_from(deleted).is_ok_and(|deleted| deleted == self.next - self.size))
    }
}
