//! What was signed, and proofs under it.
//!
//! **Invariant.** A proof is given under a checkpoint that was signed, so that whoever gets it can
//! check it without asking again.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    journal::{Checkpoint, CryptoSuite, Note, VerifyingKey},
    kernel::{Id, kinds},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use crate::{
    journal::{
        leaf,
        proofs::Sealed,
        public,
        rows::{checkpoint, entry, key, position, tree, waiting},
        wire::{
            CheckpointView, ComparisonView, ConsistencyProofView, EntryProofView, JournalKeysView,
            PublicProofView,
        },
    },
    problem::{Code, Problem},
    scope::{Scope, reference, visible},
};

/// The row of the tree; `None` before the first entry was sealed.
pub(in crate::journal) async fn tree(
    db: &impl ConnectionTrait,
) -> Result<Option<tree::Model>, Problem> {
    let the_row = reference::<tree::Entity>().filter(tree::Column::Id.eq(1));
    Ok(the_row.one(db).await?)
}

/// How many entries have a position: the first that has none comes to this one.
pub(crate) async fn size(db: &impl ConnectionTrait) -> Result<i64, Problem> {
    Ok(tree(db).await?.map_or(0, |tree| tree.size))
}

/// Whether any entry has a position.
pub(in crate::journal) async fn is_sealed(db: &impl ConnectionTrait) -> Result<bool, Problem> {
    Ok(reference::<position::Entity>().one(db).await?.is_some())
}

/// By which hashes the journal is sealed.
pub(crate) async fn suite(db: &impl ConnectionTrait) -> Result<CryptoSuite, Problem> {
    Ok(sealed(db).await?.1.suite)
}

async fn sealed(db: &impl ConnectionTrait) -> Result<(tree::Model, Sealed), Problem> {
    let row = tree(db).await?.ok_or_else(Problem::not_found)?;
    let sealed = Sealed {
        suite: row.suite.parse().map_err(Problem::internal)?,
        size: u64::try_from(row.size).map_err(Problem::internal)?,
    };
    Ok((row, sealed))
}

/// The public keys that have signed, as they were kept.
pub(in crate::journal) async fn keys(db: &impl ConnectionTrait) -> Result<Vec<String>, Problem> {
    let rows = reference::<key::Entity>()
        .order_by_asc(key::Column::Verifier)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.verifier).collect())
}

pub(in crate::journal) async fn journal_keys(
    db: &impl ConnectionTrait,
) -> Result<JournalKeysView, Problem> {
    let (tree, sealed) = sealed(db).await?;
    Ok(JournalKeysView {
        origin: tree.origin,
        suite: sealed.suite.name().to_owned(),
        keys: keys(db).await?,
    })
}

/// The newest checkpoint; `None` before the first entry was sealed.
pub(crate) async fn latest_checkpoint(
    db: &impl ConnectionTrait,
) -> Result<Option<CheckpointView>, Problem> {
    let row = reference::<checkpoint::Entity>()
        .order_by_desc(checkpoint::Column::Size)
        .one(db)
        .await?;
    row.map(CheckpointView::of).transpose()
}

/// How many entries wait to be sealed.
pub(in crate::journal) async fn waiting(db: &impl ConnectionTrait) -> Result<u64, Problem> {
    let count = Query::select()
        .expr_as(Expr::col(waiting::Column::EntryId).count(), "rows")
        .from(waiting::Entity)
        .to_owned();
    let row = db.query_one(&count).await?;
    let rows: i64 = row.map_or(Ok(0), |row| row.try_get("", "rows"))?;
    u64::try_from(rows).map_err(Problem::internal)
}

/// The checkpoint of this size, or the newest.
pub(crate) async fn checkpoint(
    db: &impl ConnectionTrait,
    size: Option<i64>,
) -> Result<CheckpointView, Problem> {
    let Some(size) = size else {
        return latest_checkpoint(db).await?.ok_or_else(Problem::not_found);
    };
    let row = reference::<checkpoint::Entity>()
        .filter(checkpoint::Column::Size.eq(size))
        .one(db)
        .await?;
    CheckpointView::of(row.ok_or_else(Problem::not_found)?)
}

// A checkpoint that a query string names by its size.
async fn named(
    db: &impl ConnectionTrait,
    parameter: &str,
    size: Option<i64>,
) -> Result<CheckpointView, Problem> {
    let found = checkpoint(db, size).await;
    if size.is_none() {
        return found;
    }
    found.map_err(|problem| {
        problem
            .named_at(
                parameter,
                "没有这个大小的检查点",
                "there is no checkpoint of this size",
            )
            .of_query()
    })
}

/// The proof that an entry is in the journal.
pub(in crate::journal) async fn proof(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::JournalEntry>,
    size: Option<i64>,
) -> Result<EntryProofView, Problem> {
    let row = visible::<entry::Entity>(scope)
        .filter(entry::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let place = reference::<position::Entity>()
        .filter(position::Column::EntryId.eq(id.uuid()))
        .one(db)
        .await?;
    let Some(place) = place else {
        return Err(Problem::new(Code::WrongState)
            .with("state", "waiting")
            .detail(
                "该记录尚未封存，请过一两秒再试",
                "the entry is not sealed yet; try again in a second or two",
            ));
    };
    let checkpoint = named(db, "size", size).await?;
    if checkpoint.size <= place.position {
        return Err(Problem::field(
            "size",
            "out-of-range",
            "该检查点早于这条记录",
            "the checkpoint is older than the entry",
        )
        .of_query());
    }
    let (_, sealed) = sealed(db).await?;
    let at = |number: i64| u64::try_from(number).map_err(Problem::internal);
    let hashes = sealed
        .inclusion(db, at(place.position)?, at(checkpoint.size)?)
        .await?;
    let content = leaf::content(&row)?;
    Ok(EntryProofView {
        position: place.position,
        size: checkpoint.size,
        leaf_hash: sealed.suite.leaf(&content).to_string(),
        leaf: String::from_utf8(content).map_err(Problem::internal)?,
        hashes: hashes.iter().map(ToString::to_string).collect(),
        checkpoint,
    })
}

/// The proof that an entry is in the journal, for whoever may know what it says.
pub(crate) async fn entry_proof(
    db: &impl ConnectionTrait,
    id: Id<kinds::JournalEntry>,
) -> Result<EntryProofView, Problem> {
    proof(db, &Scope::Everything, id, None).await
}

/// The proofs that these entries are in the journal of a checkpoint, for whoever may know of these
/// lots and of nothing else: an entry that tells more is shown by its hash alone.
pub(crate) async fn public_proofs(
    db: &impl ConnectionTrait,
    entries: BTreeSet<Uuid>,
    size: i64,
    lots: &BTreeSet<Id<kinds::Lot>>,
) -> Result<BTreeMap<Uuid, PublicProofView>, Problem> {
    let (_, sealed) = sealed(db).await?;
    let at = |number: i64| u64::try_from(number).map_err(Problem::internal);
    let places = reference::<position::Entity>()
        .filter(position::Column::EntryId.is_in(entries.iter().copied()))
        .filter(position::Column::Position.lt(size))
        .all(db)
        .await?;
    let rows = visible::<entry::Entity>(&Scope::Everything)
        .filter(entry::Column::Id.is_in(entries))
        .all(db)
        .await?;
    let rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut proofs = BTreeMap::new();
    for place in places {
        let row = rows.get(&place.entry_id).ok_or_else(Problem::not_found)?;
        let hashes = sealed.inclusion(db, at(place.position)?, at(size)?).await?;
        let content = leaf::content(row)?;
        let leaf_hash = sealed.suite.leaf(&content).to_string();
        let shown = public::may_be_shown(row, lots).then(|| String::from_utf8(content));
        let proof = PublicProofView {
            position: place.position,
            leaf: shown.transpose().map_err(Problem::internal)?,
            leaf_hash,
            hashes: hashes.iter().map(ToString::to_string).collect(),
        };
        proofs.insert(place.entry_id, proof);
    }
    Ok(proofs)
}

/// The proof that the journal of one checkpoint begins with that of an earlier one.
pub(in crate::journal) async fn consistency(
    db: &impl ConnectionTrait,
    from: i64,
    to: Option<i64>,
) -> Result<ConsistencyProofView, Problem> {
    let checkpoint = named(db, "to", to).await?;
    if from > checkpoint.size {
        return Err(Problem::field(
            "from",
            "out-of-range",
            "起点大于终点的检查点",
            "it is larger than the checkpoint that the proof is to lead to",
        )
        .of_query());
    }
    let (_, sealed) = sealed(db).await?;
    let at = |number: i64| u64::try_from(number).map_err(Problem::internal);
    let hashes = sealed
        .consistency(db, at(from)?, at(checkpoint.size)?)
        .await?;
    Ok(ConsistencyProofView {
        from,
        from_root: sealed.root(db, at(from)?).await?.to_string(),
        size: checkpoint.size,
        hashes: hashes.iter().map(ToString::to_string).collect(),
        checkpoint,
    })
}

/// Whether the journal still begins with the one that a witness remembers.
pub(in crate::journal) async fn compare(
    db: &impl ConnectionTrait,
    given: &str,
) -> Result<ComparisonView, Problem> {
    let form = || {
        Problem::field(
            "/checkpoint",
            "format",
            "须为签名的检查点全文，含空行与签名行",
            "must be a whole signed checkpoint, with its empty line and its signatures",
        )
    };
    let note = Note::parse(given).map_err(|_| form())?;
    let held = Checkpoint::parse(note.text()).map_err(|_| form())?;
    let (tree, sealed) = sealed(db).await?;
    let known: Vec<VerifyingKey> = keys(db)
        .await?
        .iter()
        .filter_map(|key| key.parse().ok())
        .collect();
    if held.origin != tree.origin || note.check(&known).is_err() {
        return Err(Problem::field(
            "/checkpoint",
            "signature",
            "不是由本系统的密钥签署",
            "it is not signed by a key of this journal",
        ));
    }
    let forked = Problem::new(Code::JournalForked)
        .with("size", held.size)
        .with("given_root", held.root.to_string())
        .with("sealed_size", sealed.size);
    if held.size > sealed.size {
        return Err(forked.detail(
            "您所持的检查点比现在的日志更长：有已签署的记录不见了，例如恢复了旧备份",
            "the checkpoint that you hold is of a longer journal than there is now: entries that were signed are gone, as after an old backup was restored",
        ));
    }
    let root = sealed.root(db, held.size).await?;
    if root != held.root {
        return Err(forked.with("root", root.to_string()).detail(
            "日志在您所持的检查点处有不同的根：历史被改写过",
            "the journal has another root at the size of the checkpoint that you hold: history was rewritten",
        ));
    }
    let latest = checkpoint(db, None).await?;
    let size = u64::try_from(latest.size).map_err(Problem::internal)?;
    let hashes = sealed.consistency(db, held.size, size).await?;
    Ok(ComparisonView {
        size: i64::try_from(held.size).map_err(Problem::internal)?,
        hashes: hashes.iter().map(ToString::to_string).collect(),
        checkpoint: latest,
    })
}
