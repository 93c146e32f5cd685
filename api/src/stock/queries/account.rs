//! What the ledger adds up to, for a public account.
//!
//! **Invariant.** Sums of lines whose command has its place in the sealed journal, and of no others:
//! asked again with the same place and moments, they are the same for ever. Every line is counted at
//! both of its ends, so that all sums of a lot together are zero.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::Source,
};
use sea_orm::{
    ConnectionTrait, FromQueryResult, JoinType,
    sea_query::{Alias, Condition, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    problem::Problem,
    scope::{Scope, beyond},
};

use super::{
    history::{of_line, of_movement, of_one_movement},
    lots::lots_by_id,
    rows::{lot, movement, movement_line as line},
};

const RECIPIENT: &str = "recipient";
const UNDONE: &str = "undone";

/// Which lots.
#[derive(Debug, Clone)]
pub(crate) enum AccountLots {
    /// Those that an organisation or one below it owns, and what is asked of them.
    Owned {
        owner: Id<kinds::Organisation>,
        /// Who gave them, and to whom.
        donor: Option<(Id<kinds::Organisation>, String)>,
        item: Option<Id<kinds::Item>>,
        source: Option<Source>,
        /// Those that are bound to the incident, or those that are not.
        bound: Option<(Id<kinds::Incident>, bool)>,
    },
    /// These.
    Named(Vec<Id<kinds::Lot>>),
}

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct AccountAsked {
    pub(crate) lots: AccountLots,
    /// Only what moved for this incident.
    pub(crate) moved_for: Option<Id<kinds::Incident>>,
    /// The entries that are sealed.
    pub(crate) sealed: SelectStatement,
    /// When the period begins; it has no beginning, if absent.
    pub(crate) from: Option<DateTime<Utc>>,
    /// When it has ended.
    pub(crate) until: DateTime<Utc>,
}

/// What went to an account, less what came from it. Where goods went is told of recipients alone.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct FlowRow {
    pub(crate) lot_id: Uuid,
    pub(crate) side: String,
    /// 1 where goods came back.
    pub(crate) is_return: i64,
    pub(crate) incident_id: Option<Uuid>,
    pub(crate) division_code: Option<String>,
    pub(crate) shipment_id: Option<Uuid>,
    pub(crate) earlier: i64,
    pub(crate) since: i64,
}

/// A lot as the public may know it, but for its donor.
#[derive(Debug, Clone)]
pub(crate) struct AccountLot {
    pub(crate) item: Id<kinds::Item>,
    pub(crate) owner: Id<kinds::Organisation>,
    pub(crate) source: String,
    pub(crate) donor: Option<String>,
    pub(crate) batch: Option<String>,
    pub(crate) unit_value_e4: Option<i64>,
    pub(crate) currency: Option<String>,
}

/// The sums, at most `limit` of them, in the order of lots: one statement.
pub(crate) async fn account_flows(
    db: &impl ConnectionTrait,
    asked: &AccountAsked,
    limit: u64,
) -> Result<Vec<FlowRow>, Problem> {
    let mut ends = one_end(asked, true);
    ends.union(sea_orm::sea_query::UnionType::All, one_end(asked, false));
    let of = |name: &'static str| (Alias::new("ends"), Alias::new(name));
    let sum = |name| Expr::col(of(name)).sum().cast_as(Alias::new("bigint"));
    let mut sums = Query::select();
    for name in [
        "lot_id",
        "side",
        "is_return",
        "incident_id",
        "division_code",
        "shipment_id",
    ] {
        sums.column(of(name)).group_by_col(of(name));
    }
    sums.expr_as(sum("earlier"), "earlier")
        .expr_as(sum("since"), "since")
        .from_subquery(ends, "ends")
        .order_by(of("lot_id"), sea_orm::Order::Asc)
        .limit(limit);
    let rows = db.query_all(&sums).await?;
    let rows = rows.iter().map(|row| FlowRow::from_query_result(row, ""));
    Ok(rows.collect::<Result<_, _>>()?)
}

fn of_undone(name: &'static str) -> SimpleExpr {
    Expr::col((Alias::new(UNDONE), Alias::new(name)))
}

// Lines with the papers that moved them, and the papers that those undid.
fn moved(asked: &AccountAsked) -> SelectStatement {
    let mut moved = Query::select();
    moved
        .from(line::Entity)
        .inner_join(movement::Entity, of_one_movement())
        .join_as(
            JoinType::LeftJoin,
            movement::Entity,
            UNDONE,
            of_undone("depot_id")
                .equals((movement::Entity, movement::Column::DepotId))
                .and(of_undone("id").equals((movement::Entity, movement::Column::ReversesId))),
        )
        .and_where(of_movement(movement::Column::RecordedAt).lt(asked.until))
        .and_where(of_movement(movement::Column::JournalId).in_subquery(asked.sealed.clone()))
        .cond_where(meant(&asked.lots));
    if let Some(incident) = asked.moved_for {
        moved.and_where(of_movement(movement::Column::IncidentId).eq(incident.uuid()));
    }
    moved
}

// One end of every line, seen from that end. What a reversal undid is counted where it had been.
fn one_end(asked: &AccountAsked, from: bool) -> SelectStatement {
    use movement::Column::{DivisionCode, IncidentId, Kind, RecordedAt, ShipmentId};
    let side = || {
        of_line(if from {
            line::Column::FromKind
        } else {
            line::Column::ToKind
        })
    };
    let signed = || -> SimpleExpr {
        let quantity = of_line(line::Column::Quantity);
        if from {
            Expr::val(0_i64).sub(quantity)
        } else {
            Expr::val(0_i64).add(quantity)
        }
    };
    let kind = Func::coalesce([of_undone("kind"), of_movement(Kind)]);
    let came_back = side()
        .eq(RECIPIENT)
        .and(SimpleExpr::from(kind).eq("return"));
    let is_return = Expr::case(came_back, Expr::val(1_i64)).finally(Expr::val(0_i64));
    let is_earlier = match asked.from {
        Some(from) => of_movement(RecordedAt).lt(from),
        None => Expr::val(1_i64).eq(0_i64),
    };
    let in_part = |then: SimpleExpr, otherwise: SimpleExpr| {
        let case = Expr::case(is_earlier.clone(), then).finally(otherwise);
        SimpleExpr::Case(Box::new(case))
    };
    let mut end = moved(asked);
    end.expr_as(of_line(line::Column::LotId), "lot_id")
        .expr_as(side(), "side")
        .expr_as(SimpleExpr::Case(Box::new(is_return)), "is_return");
    for (column, name) in [
        (IncidentId, "incident_id"),
        (DivisionCode, "division_code"),
        (ShipmentId, "shipment_id"),
    ] {
        let at_recipients = Expr::case(side().eq(RECIPIENT), of_movement(column));
        end.expr_as(SimpleExpr::Case(Box::new(at_recipients)), name);
    }
    end.expr_as(in_part(signed(), Expr::val(0_i64)), "earlier")
        .expr_as(in_part(Expr::val(0_i64), signed()), "since")
        .to_owned()
}

fn meant(lots: &AccountLots) -> Condition {
    let lot_of_line = || of_line(line::Column::LotId);
    match lots {
        AccountLots::Named(ids) => {
            // Everybody may ask what became of a gift.
            beyond().add(lot_of_line().is_in(ids.iter().map(|id| id.uuid())))
        }
        AccountLots::Owned {
            owner,
            donor,
            item,
            source,
            bound,
        } => {
            let of = |column: lot::Column| Expr::col((lot::Entity, column));
            let subtree = Scope::Subtrees(vec![owner.uuid()]);
            let mut owned = Query::select();
            owned
                .column((lot::Entity, lot::Column::Id))
                .from(lot::Entity)
                .cond_where(subtree.covers(of(lot::Column::OwnerId)));
            if let Some((given_to, name)) = donor {
                owned
                    .and_where(of(lot::Column::OwnerId).eq(given_to.uuid()))
                    .and_where(of(lot::Column::Donor).eq(name));
            }
            if let Some(item) = item {
                owned.and_where(of(lot::Column::ItemId).eq(item.uuid()));
            }
            if let Some(source) = source {
                owned.and_where(of(lot::Column::Source).eq(source.name()));
            }
            if let Some((incident, is_bound)) = bound {
                let is = Condition::all()
                    .add(of(lot::Column::RestrictionKind).eq("incident"))
                    .add(of(lot::Column::Restriction).eq(incident.to_string()));
                owned.cond_where(if *is_bound {
                    is
                } else {
                    is_not_bound(incident)
                });
            }
            Condition::all().add(lot_of_line().in_subquery(owned))
        }
    }
}

// A lot that is bound to nothing has no text for what it is bound to.
fn is_not_bound(incident: &Id<kinds::Incident>) -> Condition {
    let of = |column: lot::Column| Expr::col((lot::Entity, column));
    Condition::any()
        .add(of(lot::Column::RestrictionKind).ne("incident"))
        .add(of(lot::Column::Restriction).is_null())
        .add(of(lot::Column::Restriction).ne(incident.to_string()))
}

/// The lots of these ids.
pub(crate) async fn account_lots(
    db: &impl ConnectionTrait,
    ids: &[Id<kinds::Lot>],
) -> Result<BTreeMap<Id<kinds::Lot>, AccountLot>, Problem> {
    let rows = lots_by_id(db, &Scope::Everything, ids).await?;
    let lot = |row: lot::Model| AccountLot {
        item: Id::from_uuid(row.item_id),
        owner: Id::from_uuid(row.owner_id),
        source: row.source,
        donor: row.donor,
        batch: row.batch,
        unit_value_e4: row.unit_value_e4,
        currency: row.currency,
    };
    Ok(rows.into_iter().map(|(id, row)| (id, lot(row))).collect())
}

/// A lot that was given, and the receipt that brought it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, FromQueryResult)]
pub(crate) struct GiftLot {
    pub(crate) depot_id: Uuid,
    pub(crate) movement_id: Uuid,
    pub(crate) lot_id: Uuid,
}

/// Which of these lots were given, by receipts of the period that are sealed, in their order: one
/// statement for every few thousand lots.
pub(crate) async fn gift_receipts(
    db: &impl ConnectionTrait,
    lots: &[Id<kinds::Lot>],
    sealed: &SelectStatement,
    from: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
) -> Result<Vec<GiftLot>, Problem> {
    const LOTS_A_STATEMENT: usize = 10_000;
    let of_lot = |column: lot::Column| Expr::col((lot::Entity, column));
    let mut found = BTreeSet::new();
    for lots in lots.chunks(LOTS_A_STATEMENT) {
        let mut select = Query::select();
        select
            .distinct()
            .expr_as(of_line(line::Column::DepotId), "depot_id")
            .expr_as(of_line(line::Column::MovementId), "movement_id")
            .expr_as(of_line(line::Column::LotId), "lot_id")
            .from(line::Entity)
            .inner_join(movement::Entity, of_one_movement())
            .inner_join(
                lot::Entity,
                of_lot(lot::Column::Id).equals((line::Entity, line::Column::LotId)),
            )
            .and_where(of_movement(movement::Column::Kind).eq("receipt"))
            .and_where(of_lot(lot::Column::Source).eq(Source::Donation.name()))
            .and_where(of_line(line::Column::LotId).is_in(lots.iter().map(|id| id.uuid())))
            .and_where(of_movement(movement::Column::RecordedAt).lt(until))
            .and_where(of_movement(movement::Column::JournalId).in_subquery(sealed.clone()));
        if let Some(from) = from {
            select.and_where(of_movement(movement::Column::RecordedAt).gte(from));
        }
        for row in db.query_all(&select).await? {
            found.insert(GiftLot::from_query_result(&row, "")?);
        }
    }
    Ok(found.into_iter().collect())
}
