//! Goods of many depots at once, now or at any past instant.
//!
//! **Invariant.** What is pooled is what the caller may see: goods in the custody or in the
//! ownership of its part of the tree. The past is added up from movement lines and reservations,
//! never guessed from the present. A page costs two statements, whatever it pools.

mod held;
mod keys;
mod parts;
mod road;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    kernel::{
        Id,
        kinds::{Depot, Item, Lot, Organisation},
    },
    stock::{Fitness, Ownership},
};
use sea_orm::{
    Condition, ConnectionTrait, QueryResult,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, JoinType, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{catalogue, depots, problem::Problem, scope::Scope};

use super::{super::columns, recalls::in_force_then};

pub(crate) use keys::pooled_keys;
pub(crate) use road::pooled_road;

use parts::{col, owned, ranks, total};

/// Which goods.
#[derive(Debug, Clone)]
pub(crate) struct PooledSelection {
    pub(crate) depots: PooledDepots,
    /// Of one of these items.
    pub(crate) items: Option<Vec<Uuid>>,
    /// Of an item in one of these categories.
    pub(crate) categories: Option<Vec<Uuid>>,
    /// Owned by this organisation.
    pub(crate) owner: Option<Id<Organisation>>,
    /// Owned so, seen from who keeps them.
    pub(crate) ownership: Option<Ownership>,
    /// As the books stood then; as they stand now, if absent.
    pub(crate) as_of: Option<DateTime<Utc>>,
}

/// In which depots.
#[derive(Debug, Clone)]
#[allow(
    clippy::large_enum_variant,
    reason = "one is made for a request and never kept"
)]
pub(crate) enum PooledDepots {
    /// Those whose ids a query answers with.
    Chosen(Box<SelectStatement>),
    /// These, each so many metres away. Its rank stands before its id in every order.
    Near(Vec<NearDepot>),
}

/// A depot that is near to something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NearDepot {
    pub(crate) depot: Id<Depot>,
    pub(crate) metres: i64,
    /// The day on which goods from there could arrive, if somebody asked how long it takes.
    pub(crate) arrives_on: Option<NaiveDate>,
}

/// What one row of a page stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    /// An item in all depots.
    Item,
    /// An item in a depot.
    Depot,
    /// A lot in a depot.
    Lot,
}

/// The place of a row in the order of its list. What its grain does not tell apart is nil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PooledKey {
    pub(crate) metres: i64,
    pub(crate) depot: Id<Depot>,
    pub(crate) item: Id<Item>,
    pub(crate) lot: Id<Lot>,
}

/// Goods of one kind of fitness under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PooledGoods {
    pub(crate) key: PooledKey,
    pub(crate) fitness: Fitness,
    pub(crate) on_hand: i64,
    pub(crate) reserved: i64,
    pub(crate) on_road: i64,
    /// Whether they are goods of depots that let nothing out today.
    pub(crate) is_shut: bool,
    /// The day on which they could arrive, if somebody asked how long it takes.
    pub(crate) arrives_on: Option<NaiveDate>,
}

/// The goods under `keys`: one statement.
pub(crate) async fn pooled_goods(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: &PooledSelection,
    grain: Grain,
    keys: &[PooledKey],
) -> Result<Vec<PooledGoods>, Problem> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: BTreeSet<_> = keys.iter().copied().collect();
    let mut query = selection.under(&wanted, scope, grain);
    if matches!(selection.depots, PooledDepots::Near(_)) {
        let arrives_on = col("near", "arrives_on");
        query
            .expr_as(arrives_on.clone(), "arrives_on")
            .add_group_by([arrives_on]);
    }
    for name in ["expires_on", "restriction_kind", "restriction"] {
        query.column(("lot", name)).add_group_by([col("lot", name)]);
    }
    query.join_subquery(
        JoinType::LeftJoin,
        depots::shut_ids(),
        "shut",
        col("shut", "id").equals(("held", "depot_id")),
    );
    // Grouped by name: written out twice, each bound value would be another parameter, and to
    // PostgreSQL another expression.
    query
        .column(("held", "condition"))
        .expr_as(selection.recalled(), "recalled")
        .expr_as(col("shut", "id").is_not_null(), "is_shut")
        .add_group_by([
            col("held", "condition"),
            Expr::col("recalled"),
            Expr::col("is_shut"),
        ]);
    for name in ["on_hand", "reserved", "on_road"] {
        query.expr_as(total(name), name);
    }
    let mut found = Vec::new();
    for row in db.query_all(&query).await? {
        let goods = goods(&row, grain, selection)?;
        // Not every pair of a depot and an item is on the page.
        if wanted.contains(&goods.key) {
            found.push(goods);
        }
    }
    Ok(found)
}

impl PooledSelection {
    fn is_empty(&self) -> bool {
        // What is reserved at a supplier lies in no depot.
        self.ownership == Some(Ownership::Reserved)
            || matches!(&self.depots, PooledDepots::Near(depots) if depots.is_empty())
            || self.items.as_ref().is_some_and(Vec::is_empty)
            || self.categories.as_ref().is_some_and(Vec::is_empty)
    }

    // The goods under these keys, grouped by them. Depots and items are asked for apart, so that goods
    // under others may be among them.
    fn under(&self, wanted: &BTreeSet<PooledKey>, scope: &Scope, grain: Grain) -> SelectStatement {
        let mut query = self.among(wanted, grain).of(scope);
        for (name, column) in grain.columns(self) {
            query
                .expr_as(column.clone(), Alias::new(name))
                .add_group_by([column]);
        }
        if grain != Grain::Item {
            let depots: BTreeSet<_> = wanted.iter().map(|key| key.depot.uuid()).collect();
            query.and_where(col("held", "depot_id").is_in(depots));
        }
        if grain == Grain::Lot {
            let lots: BTreeSet<_> = wanted.iter().map(|key| key.lot.uuid()).collect();
            query.and_where(col("lot", "id").is_in(lots));
        }
        query
    }

    // The same selection, as far as rows of a page need it.
    fn among(&self, wanted: &BTreeSet<PooledKey>, grain: Grain) -> Self {
        let items: BTreeSet<_> = wanted.iter().map(|key| key.item.uuid()).collect();
        let depots = match &self.depots {
            PooledDepots::Near(all) if grain != Grain::Item => {
                let depots: BTreeSet<_> = wanted.iter().map(|key| key.depot).collect();
                let near = all.iter().filter(|near| depots.contains(&near.depot));
                PooledDepots::Near(near.copied().collect())
            }
            all => all.clone(),
        };
        Self {
            depots,
            items: Some(items.into_iter().collect()),
            ..self.clone()
        }
    }

    // The goods with their lots, restricted to what is meant and seen.
    fn of(&self, scope: &Scope) -> SelectStatement {
        let held = self.held();
        let mut query = Query::select();
        query
            .from_subquery(held, "held")
            .inner_join("lot", col("held", "lot_id").equals(("lot", "id")))
            .cond_where(
                Condition::any()
                    .add(scope.covers_depot(col("held", "depot_id")))
                    .add(scope.covers(col("lot", "owner_id"))),
            )
            .cond_where(self.lots())
            .cond_where(owned(self.ownership));
        match &self.depots {
            PooledDepots::Chosen(ids) => {
                query.and_where(col("held", "depot_id").in_subquery(SelectStatement::clone(ids)));
            }
            PooledDepots::Near(depots) => {
                query.join_subquery(
                    JoinType::InnerJoin,
                    ranks(depots),
                    "near",
                    col("near", "depot_id").equals(("held", "depot_id")),
                );
            }
        }
        query
    }

    fn lots(&self) -> Condition {
        let mut meant = Condition::all();
        if let Some(items) = &self.items {
            meant = meant.add(col("lot", "item_id").is_in(items.iter().copied()));
        }
        if let Some(categories) = &self.categories {
            let items = catalogue::items_in(categories.clone());
            meant = meant.add(col("lot", "item_id").in_subquery(items));
        }
        if let Some(owner) = self.owner {
            meant = meant.add(col("lot", "owner_id").eq(owner.uuid()));
        }
        meant
    }

    // 1 for goods of a lot that was recalled by then.
    fn recalled(&self) -> Expr {
        let recalled = match self.as_of {
            None => col("lot", "recalled_at").is_not_null(),
            // What was lifted since was recalled then.
            Some(then) => Expr::exists(in_force_then(then)),
        };
        CaseStatement::new()
            .case(recalled, Expr::val(1))
            .finally(Expr::val(0))
            .into()
    }
}

impl Grain {
    // What tells rows of this grain apart, in the order of the list.
    fn columns(self, selection: &PooledSelection) -> Vec<(&'static str, Expr)> {
        let mut columns = Vec::new();
        if self != Self::Item {
            if matches!(selection.depots, PooledDepots::Near(_)) {
                columns.push(("metres", col("near", "metres")));
            }
            columns.push(("depot_id", col("held", "depot_id")));
        }
        columns.push(("item_id", col("lot", "item_id")));
        if self == Self::Lot {
            columns.push(("lot_id", col("lot", "id")));
        }
        columns
    }

    fn key(self, row: &QueryResult, selection: &PooledSelection) -> Result<PooledKey, Problem> {
        let mut key = PooledKey {
            metres: 0,
            depot: Id::from_uuid(Uuid::nil()),
            item: Id::from_uuid(row.try_get("", "item_id")?),
            lot: Id::from_uuid(Uuid::nil()),
        };
        for (name, _) in self.columns(selection) {
            match name {
                "metres" => key.metres = row.try_get("", name)?,
                "depot_id" => key.depot = Id::from_uuid(row.try_get("", name)?),
                "lot_id" => key.lot = Id::from_uuid(row.try_get("", name)?),
                _ => {}
            }
        }
        Ok(key)
    }
}

impl PooledKey {
    fn value(&self, name: &str) -> Expr {
        match name {
            "metres" => Expr::val(self.metres),
            "depot_id" => Expr::val(self.depot.uuid()),
            "lot_id" => Expr::val(self.lot.uuid()),
            _ => Expr::val(self.item.uuid()),
        }
    }
}

fn goods(
    row: &QueryResult,
    grain: Grain,
    selection: &PooledSelection,
) -> Result<PooledGoods, Problem> {
    let text = |name| row.try_get::<Option<String>>("", name);
    let condition: String = row.try_get("", "condition")?;
    let kind: String = row.try_get("", "restriction_kind")?;
    let recalled: i32 = row.try_get("", "recalled")?;
    Ok(PooledGoods {
        key: grain.key(row, selection)?,
        fitness: Fitness {
            condition: condition.parse().map_err(Problem::internal)?,
            recalled: recalled != 0,
            expires_on: columns::day(text("expires_on")?.as_deref())?,
            restriction: columns::restriction(&kind, text("restriction")?.as_deref())?,
        },
        on_hand: row.try_get("", "on_hand")?,
        reserved: row.try_get("", "reserved")?,
        on_road: row.try_get("", "on_road")?,
        is_shut: row.try_get("", "is_shut")?,
        arrives_on: match selection.depots {
            PooledDepots::Near(_) => columns::day(text("arrives_on")?.as_deref())?,
            PooledDepots::Chosen(_) => None,
        },
    })
}
