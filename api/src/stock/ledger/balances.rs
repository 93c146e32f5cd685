//! Balances: what changes them, and what is said when they do not suffice.
//!
//! **Invariant.** Every change is guarded in the statement that makes it, so that no other writer
//! can come between the look and the leap: on hand never falls below what is reserved, and nothing
//! reserved falls below zero. Rows are locked in one global order: depot, kind of account,
//! account, lot, condition. The CHECK constraints of the table stand behind as a second wall.

use std::collections::{BTreeMap, BTreeSet};

use domain::stock::{Account, BALANCE_MAX, Balance, BalanceKey};
use futures_util::FutureExt;
use sea_orm::{
    ConnectionTrait, DbBackend, ExprTrait, Statement, Value,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::{
    problem::{Code, Problem},
    storage::{Engine, VALUES_A_STATEMENT},
    uow::{Guarded, Uow},
};

use super::super::{columns, rows};

/// What happens to one balance, in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::stock) struct Change {
    /// Added to what is on hand.
    pub(in crate::stock) on_hand: i64,
    /// Added to what is reserved of it.
    pub(in crate::stock) reserved: i64,
}

impl Change {
    // Only a gain can meet a balance that is not there yet.
    fn is_gain(self) -> bool {
        self.on_hand > 0 && self.reserved == 0
    }
}

/// Makes all changes, or refuses with the first balance, in lock order, that does not suffice.
pub(super) async fn apply(
    uow: &Uow<'_>,
    changes: &BTreeMap<BalanceKey, Change>,
) -> Result<(), Problem> {
    let (gains, others): (Vec<_>, Vec<_>) = changes
        .iter()
        .map(|(key, change)| (*key, *change))
        .partition(|(_, change)| change.is_gain());
    // SQLite has one writer. Gains alone, or one row alone, lock in order by themselves.
    let in_order = others.is_empty() || (gains.is_empty() && others.len() == 1);
    if uow.engine() == Engine::Postgres && !in_order {
        lock(uow, &gains, changes.keys()).await?;
    }
    for gains in gains.chunks(ROWS_A_STATEMENT) {
        gain(uow, gains).await?;
    }
    for others in others.chunks(ROWS_A_STATEMENT) {
        change(uow, others).await?;
    }
    Ok(())
}

/// The one change that there is, to be made at the end of the command; `None` where there are more, or
/// where the balance may not be there yet.
pub(super) fn guarded(changes: &BTreeMap<BalanceKey, Change>) -> Option<Guarded> {
    use rows::balance::{Column as B, Entity};
    let mut changes = changes.iter().map(|(key, change)| (*key, *change));
    let (Some((key, change)), None) = (changes.next(), changes.next()) else {
        return None;
    };
    if change.is_gain() {
        return None;
    }
    let of = |column| Expr::col((Entity, column));
    let on_hand = || of(B::OnHand).add(change.on_hand);
    let reserved = || of(B::Reserved).add(change.reserved);
    let (depot, kind, account, lot, condition) = columns::of_key(&key);
    let mut update = Query::update();
    update
        .table(Entity)
        .value(B::OnHand, on_hand())
        .value(B::Reserved, reserved())
        .and_where(of(B::DepotId).eq(depot))
        .and_where(of(B::AccountKind).eq(kind))
        .and_where(of(B::AccountId).eq(account))
        .and_where(of(B::LotId).eq(lot))
        .and_where(of(B::Condition).eq(condition))
        .and_where(on_hand().gte(reserved()))
        .and_where(reserved().gte(0))
        .and_where(on_hand().lte(BALANCE_MAX))
        .returning_col(B::DepotId);
    Some(Guarded {
        change: update,
        short: Box::new(move |uow| {
            let refused = async move {
                let problem = insufficient(uow, &key, change).await;
                problem.unwrap_or_else(|problem| problem)
            };
            refused.boxed()
        }),
    })
}

/// Locks balances and reads them; what was never touched is not among them.
pub(super) async fn held(
    uow: &Uow<'_>,
    keys: &BTreeSet<BalanceKey>,
) -> Result<BTreeMap<BalanceKey, Balance>, Problem> {
    if uow.engine() == Engine::Postgres {
        lock(uow, &[], keys.iter()).await?;
    }
    let keys: Vec<_> = keys.iter().collect();
    let mut held = BTreeMap::new();
    for keys in keys.chunks(ROWS_A_STATEMENT) {
        // SQLite reads the whole table for `IN (VALUES …)`, and looks each row of a join up.
        let sql = format!(
            "WITH k ({COLUMNS}, number) AS (VALUES {}) \
             SELECT k.number, balance.on_hand, balance.reserved FROM k JOIN balance ON {SAME_AS_K}",
            places(uow.engine(), keys.len(), 6)
        );
        let values = keys
            .iter()
            .zip(0_i64..)
            .flat_map(|(key, number)| key_values(key).into_iter().chain([number.into()]));
        let statement = Statement::from_sql_and_values(backend(uow), sql, values);
        for row in uow.db().query_all_raw(statement).await? {
            let number: i64 = row.try_get_by_index(0)?;
            let key = usize::try_from(number)
                .ok()
                .and_then(|number| keys.get(number));
            let key =
                key.ok_or_else(|| Problem::internal(anyhow::anyhow!("a balance of no key")))?;
            let (on_hand, reserved) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            held.insert(**key, Balance { on_hand, reserved });
        }
    }
    Ok(held)
}

// A balance and its change are seven values, which is the most for one.
const ROWS_A_STATEMENT: usize = VALUES_A_STATEMENT / 7;
const COLUMNS: &str = "depot_id, account_kind, account_id, lot_id, condition";
const SAME_AS_K: &str = "balance.depot_id = k.depot_id AND balance.account_kind = k.account_kind \
    AND balance.account_id = k.account_id AND balance.lot_id = k.lot_id \
    AND balance.condition = k.condition";

pub(super) fn backend(uow: &Uow<'_>) -> DbBackend {
    match uow.engine() {
        Engine::Sqlite => DbBackend::Sqlite,
        Engine::Postgres => DbBackend::Postgres,
    }
}

// `($1, $2), ($3, $4)`. SQLite would look each numbered place up among all before it.
pub(super) fn places(engine: Engine, rows: usize, columns: usize) -> String {
    let place = |row: usize, column: usize| match engine {
        Engine::Sqlite => "?".to_owned(),
        Engine::Postgres => format!("${}", row * columns + column),
    };
    let row = |row: usize| {
        let places: Vec<_> = (1..=columns).map(|column| place(row, column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

fn key_values(key: &BalanceKey) -> [Value; 5] {
    let (depot, kind, account, lot, condition) = columns::of_key(key);
    [
        depot.into(),
        kind.into(),
        account.into(),
        lot.into(),
        condition.into(),
    ]
}

// Opposite transfers between two zones would otherwise wait for each other.
async fn lock<'a>(
    uow: &Uow<'_>,
    gains: &[(BalanceKey, Change)],
    keys: impl Iterator<Item = &'a BalanceKey>,
) -> Result<(), Problem> {
    for gains in gains.chunks(ROWS_A_STATEMENT) {
        let sql = format!(
            "INSERT INTO balance ({COLUMNS}, on_hand, reserved) \
             SELECT c.*, 0, 0 FROM (VALUES {}) AS c \
             ON CONFLICT ({COLUMNS}) DO NOTHING",
            places(uow.engine(), gains.len(), 5)
        );
        let values = gains.iter().flat_map(|(key, _)| key_values(key));
        uow.db()
            .execute_raw(Statement::from_sql_and_values(backend(uow), sql, values))
            .await?;
    }
    let keys: Vec<_> = keys.collect();
    for keys in keys.chunks(ROWS_A_STATEMENT) {
        let sql = format!(
            "SELECT 1 FROM balance WHERE ({COLUMNS}) IN (VALUES {}) ORDER BY {COLUMNS} FOR UPDATE",
            places(uow.engine(), keys.len(), 5)
        );
        let values = keys.iter().flat_map(|key| key_values(key));
        uow.db()
            .query_all_raw(Statement::from_sql_and_values(backend(uow), sql, values))
            .await?;
    }
    Ok(())
}

async fn gain(uow: &Uow<'_>, gains: &[(BalanceKey, Change)]) -> Result<(), Problem> {
    let sql = format!(
        "INSERT INTO balance ({COLUMNS}, on_hand, reserved) VALUES {} \
         ON CONFLICT ({COLUMNS}) DO UPDATE SET on_hand = balance.on_hand + excluded.on_hand \
         WHERE balance.on_hand + excluded.on_hand <= {BALANCE_MAX}",
        places(uow.engine(), gains.len(), 7)
    );
    let values = gains.iter().flat_map(|(key, change)| {
        let amounts = [change.on_hand.into(), 0_i64.into()];
        key_values(key).into_iter().chain(amounts)
    });
    let done = uow
        .db()
        .execute_raw(Statement::from_sql_and_values(backend(uow), sql, values))
        .await?;
    if usize::try_from(done.rows_affected()) == Ok(gains.len()) {
        Ok(())
    } else {
        Err(Problem::new(Code::InvalidRequest).detail(
            format!("一个账户的存量不得超过 {BALANCE_MAX}"),
            format!("a balance would be more than {BALANCE_MAX}"),
        ))
    }
}

async fn change(uow: &Uow<'_>, changes: &[(BalanceKey, Change)]) -> Result<(), Problem> {
    let sql = format!(
        "WITH k ({COLUMNS}, more, promised) AS (VALUES {}) \
         UPDATE balance SET on_hand = balance.on_hand + k.more, \
         reserved = balance.reserved + k.promised FROM k \
         WHERE {SAME_AS_K} \
         AND balance.on_hand + k.more >= balance.reserved + k.promised \
         AND balance.reserved + k.promised >= 0 \
         AND balance.on_hand + k.more <= {BALANCE_MAX} \
         RETURNING {}",
        places(uow.engine(), changes.len(), 7),
        returned(uow.engine()),
    );
    let values = changes.iter().flat_map(|(key, change)| {
        let amounts = [change.on_hand.into(), change.reserved.into()];
        key_values(key).into_iter().chain(amounts)
    });
    let done = uow
        .db()
        .query_all_raw(Statement::from_sql_and_values(backend(uow), sql, values))
        .await?;
    if done.len() == changes.len() {
        return Ok(());
    }
    let mut changed = BTreeSet::new();
    for row in done {
        let (depot, account, lot): (Uuid, Uuid, Uuid) = (
            row.try_get_by_index(0)?,
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
        );
        let condition: String = row.try_get_by_index(3)?;
        changed.insert((depot, account, lot, condition));
    }
    let short = changes.iter().find(|(key, _)| {
        let (depot, _, account, lot, condition) = columns::of_key(key);
        !changed.contains(&(depot, account, lot, condition.to_owned()))
    });
    match short {
        Some((key, change)) => Err(insufficient(uow, key, *change).await?),
        None => Err(Problem::internal(anyhow::anyhow!(
            "a change of balances was counted wrongly"
        ))),
    }
}

// The source of the new amounts has columns of the same names on PostgreSQL; SQLite takes no
// table's name here.
fn returned(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "depot_id, account_id, lot_id, condition",
        Engine::Postgres => {
            "balance.depot_id, balance.account_id, balance.lot_id, balance.condition"
        }
    }
}

async fn insufficient(uow: &Uow<'_>, key: &BalanceKey, change: Change) -> Result<Problem, Problem> {
    let held = held(uow, &BTreeSet::from([*key])).await?;
    let available = held.get(key).copied().unwrap_or_default().available();
    Ok(refusal(key, available, change.reserved - change.on_hand))
}

/// The refusal of more than is available on one balance.
pub(in crate::stock) fn refusal(key: &BalanceKey, available: i64, requested: i64) -> Problem {
    let problem = Problem::new(Code::InsufficientStock)
        .with("available", available)
        .with("requested", requested)
        .with("lot_id", key.lot.to_string())
        .with("condition", key.condition.name())
        .with("depot_id", key.account.depot().to_string())
        .detail(
            format!("可用 {available}，所需 {requested}"),
            format!("{requested} are wanted, {available} are available"),
        );
    match key.account {
        Account::Zone { zone, .. } => problem.with("zone_id", zone.to_string()),
        Account::Road { shipment, .. } => problem.with("shipment_id", shipment.to_string()),
        Account::Outside { .. } => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_through() {
        let numbered = places(Engine::Postgres, 2, 3);
        assert_eq!(numbered, "($1, $2, $3), ($4, $5, $6)");
        assert_eq!(places(Engine::Sqlite, 2, 2), "(?, ?), (?, ?)");
    }
}
