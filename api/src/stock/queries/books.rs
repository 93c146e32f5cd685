//! What the ledger says that a depot had at a place of the journal.
//!
//! **Invariant.** Added up from lines whose command is sealed, and so the same whenever it is asked. It
//! is found by the zones of the depot, by indices, whatever other depots have.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::Condition,
};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use crate::{problem::Problem, scope::beyond};

use super::{
    history::{of_line, of_movement, of_one_movement},
    rows::{lot, movement, movement_line as line},
};

const ZONE: &str = "zone";

/// What a depot had of its items in its zones, by condition, when these entries and no others had been
/// written, of what was recorded before `until`. An item of which all has gone has no condition.
pub(crate) async fn item_balances(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
    entries: SelectStatement,
    until: DateTime<Utc>,
) -> Result<BTreeMap<Id<kinds::Item>, BTreeMap<Condition, i64>>, Problem> {
    let mut ends = one_end(depot, &entries, until, true);
    ends.union(UnionType::All, one_end(depot, &entries, until, false));
    let of = |name: &'static str| (Alias::new("ends"), Alias::new(name));
    let sums = Query::select()
        .column((lot::Entity, lot::Column::ItemId))
        .column(of("condition"))
        .expr_as(
            Expr::col(of("amount")).sum().cast_as(Alias::new("bigint")),
            "amount",
        )
        .from_subquery(ends, "ends")
        .inner_join(
            lot::Entity,
            Expr::col((lot::Entity, lot::Column::Id)).equals(of("lot_id")),
        )
        .group_by_col((lot::Entity, lot::Column::ItemId))
        .group_by_col(of("condition"))
        .to_owned();
    let mut items = BTreeMap::<_, BTreeMap<_, _>>::new();
    for row in db.query_all(&sums).await? {
        let item: Uuid = row.try_get("", "item_id")?;
        let condition: String = row.try_get("", "condition")?;
        let amount: i64 = row.try_get("", "amount")?;
        let on_hand = items.entry(Id::from_uuid(item)).or_default();
        if amount != 0 {
            on_hand.insert(condition.parse().map_err(Problem::internal)?, amount);
        }
    }
    Ok(items)
}

fn lines() -> SelectStatement {
    Query::select()
        .from(line::Entity)
        .inner_join(movement::Entity, of_one_movement())
        // A book that left out what a reader may not see would be no book.
        .cond_where(beyond())
        .to_owned()
}

// What came into the zones of the depot, or what left them.
fn one_end(
    depot: Id<kinds::Depot>,
    entries: &SelectStatement,
    until: DateTime<Utc>,
    came: bool,
) -> SelectStatement {
    let (kind, account) = if came {
        (line::Column::ToKind, line::Column::ToId)
    } else {
        (line::Column::FromKind, line::Column::FromId)
    };
    let zones = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new("zone"))
        .and_where(Expr::col(Alias::new("depot_id")).eq(depot.uuid()))
        .to_owned();
    let quantity = of_line(line::Column::Quantity);
    let amount = if came {
        Expr::val(0_i64).add(quantity)
    } else {
        Expr::val(0_i64).sub(quantity)
    };
    lines()
        .expr_as(of_line(line::Column::LotId), "lot_id")
        .expr_as(of_line(line::Column::Condition), "condition")
        .expr_as(amount, "amount")
        .and_where(of_line(kind).eq(ZONE))
        .and_where(of_line(account).in_subquery(zones))
        .and_where(of_movement(movement::Column::RecordedAt).lt(until))
        .and_where(of_movement(movement::Column::JournalId).in_subquery(entries.clone()))
        .to_owned()
}

/// The depots into or out of whose zones these entries moved something.
pub(crate) async fn depots_moved(
    db: &impl ConnectionTrait,
    entries: SelectStatement,
) -> Result<BTreeSet<Id<kinds::Depot>>, Problem> {
    let end = |depot: line::Column, kind: line::Column| {
        lines()
            .distinct()
            .expr_as(of_line(depot), "depot_id")
            .and_where(of_line(kind).eq(ZONE))
            .and_where(of_movement(movement::Column::JournalId).in_subquery(entries.clone()))
            .to_owned()
    };
    let mut depots = end(line::Column::ToDepotId, line::Column::ToKind);
    depots.union(
        UnionType::Distinct,
        end(line::Column::FromDepotId, line::Column::FromKind),
    );
    let rows = db.query_all(&depots).await?;
    rows.iter()
        .map(|row| Ok(Id::from_uuid(row.try_get("", "depot_id")?)))
        .collect()
}
