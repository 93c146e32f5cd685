//! What suppliers promise, for those who pool it beside depot stock.
//!
//! **Invariant.** Only agreements in force promise. What was called off by then is added up from the
//! call-offs for a past instant, and read from the agreement for now, which `verify` holds to be
//! the same. How much was agreed, and for how long, is judged as it is today.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    kernel::{
        Id, Place, PlaceOrigin,
        kinds::{Agreement, Depot, Item, Organisation},
    },
    organisations::DivisionCode,
};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    catalogue, depots, organisations,
    problem::Problem,
    scope::{Scope, Visible as _, descendants},
};

use super::{
    agreements::last_confirmed,
    rows::{agreement, agreement_item, call_off, call_off_line},
};

/// Which promises; what is `None` does not restrict.
#[derive(Debug, Clone, Default)]
pub(crate) struct PromiseSelection {
    /// Of one of these items.
    pub(crate) items: Option<Vec<Uuid>>,
    /// Of an item in one of these categories.
    pub(crate) categories: Option<Vec<Uuid>>,
    /// Made to this organisation or one below it.
    pub(crate) organisation: Option<Id<Organisation>>,
    /// By this supplier.
    pub(crate) supplier: Option<Id<Organisation>>,
    /// As it stood then.
    pub(crate) as_of: Option<DateTime<Utc>>,
}

/// So much of an item, from one supplier.
#[derive(Debug, Clone)]
pub(crate) struct Promise {
    pub(crate) agreement: Id<Agreement>,
    pub(crate) number: String,
    pub(crate) organisation: Id<Organisation>,
    pub(crate) supplier: Id<Organisation>,
    pub(crate) supplier_name: String,
    pub(crate) item: Id<Item>,
    /// What may still be called off.
    pub(crate) promised: i64,
    pub(crate) response_h: i64,
    pub(crate) last_day: Option<String>,
    pub(crate) depot: Option<Id<Depot>>,
    pub(crate) division: Option<DivisionCode>,
    /// Where the goods come from, as well as it is known.
    pub(crate) place: Option<(Place, PlaceOrigin)>,
    /// How much was really there, and when somebody asked.
    pub(crate) confirmed: Option<(i64, DateTime<Utc>)>,
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: Uuid,
    number: String,
    organisation_id: Uuid,
    supplier_id: Uuid,
    item_id: Uuid,
    left_over: i64,
    response_h: i64,
    last_day: Option<String>,
    depot_id: Option<Uuid>,
    division_code: Option<String>,
    longitude: Option<f64>,
    latitude: Option<f64>,
}

fn of(column: agreement::Column) -> Expr {
    Expr::col((agreement::Entity, column))
}

fn of_item(column: agreement_item::Column) -> Expr {
    Expr::col((agreement_item::Entity, column))
}

/// At most `limit` promises that `scope` reaches, by item and agreement, of which something is left
/// on `day`: five statements, whatever their number.
pub(crate) async fn promises(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: &PromiseSelection,
    day: NaiveDate,
    limit: u64,
) -> Result<Vec<Promise>, Problem> {
    let is_empty = |ids: &Option<Vec<Uuid>>| ids.as_ref().is_some_and(Vec::is_empty);
    if is_empty(&selection.items) || is_empty(&selection.categories) {
        return Ok(Vec::new());
    }
    let mut query = selection.of(scope, day);
    query.limit(limit);
    let rows = db.query_all(&query).await?;
    let rows = rows
        .iter()
        .map(|row| Row::from_query_result(row, ""))
        .collect::<Result<Vec<_>, _>>()?;
    let agreements: Vec<_> = rows.iter().map(|row| row.id).collect();
    let confirmed = last_confirmed(db, &agreements, selection.as_of).await?;
    let suppliers: Vec<_> = rows.iter().map(|row| row.supplier_id).collect();
    let names = organisations::names(db, &suppliers).await?;
    let depots: Vec<_> = rows.iter().filter_map(|row| row.depot_id).collect();
    let depots: Vec<_> = depots.into_iter().map(Id::from_uuid).collect();
    let depots = depots::depots_facts(db, &Scope::Everything, &depots).await?;
    let divisions = rows.iter().filter_map(|row| {
        let own = row.division_code.as_deref();
        let own = own.and_then(|code| code.parse().ok());
        own.or_else(|| depots.get(&Id::from_uuid(row.depot_id?))?.division_code)
    });
    let divisions: Vec<DivisionCode> = divisions.collect();
    let centres = organisations::centres(db, &divisions).await?;
    rows.into_iter()
        .map(|row| {
            let depot = row.depot_id.map(Id::from_uuid);
            let known = depot.and_then(|id| depots.get(&id));
            let own = row.division_code.as_deref().map(str::parse::<DivisionCode>);
            let own = own.transpose();
            let division = own
                .map_err(Problem::internal)?
                .or_else(|| known?.division_code);
            let given = row.longitude.zip(row.latitude);
            let given = given.and_then(|(east, north)| Place::new(east, north).ok());
            let given = given.or_else(|| known?.place);
            let given = given.map(|place| (place, PlaceOrigin::Given));
            let centre = || Some((centres.get(&division?)?.place, PlaceOrigin::Division));
            Ok(Promise {
                agreement: Id::from_uuid(row.id),
                confirmed: confirmed.get(&(row.id, row.item_id)).copied(),
                number: row.number,
                organisation: Id::from_uuid(row.organisation_id),
                supplier: Id::from_uuid(row.supplier_id),
                supplier_name: names.get(&row.supplier_id).cloned().unwrap_or_default(),
                item: Id::from_uuid(row.item_id),
                promised: row.left_over,
                response_h: row.response_h,
                last_day: row.last_day,
                depot,
                division,
                place: given.or_else(centre),
            })
        })
        .collect()
}

impl PromiseSelection {
    fn of(&self, scope: &Scope, day: NaiveDate) -> SelectStatement {
        use agreement::Column as C;
        use agreement_item::Column as I;
        let day = day.to_string();
        let left = self.left();
        let mut query = Query::select();
        query
            .columns([
                (agreement::Entity, C::Id),
                (agreement::Entity, C::Number),
                (agreement::Entity, C::OrganisationId),
                (agreement::Entity, C::SupplierId),
                (agreement::Entity, C::LastDay),
                (agreement::Entity, C::DepotId),
                (agreement::Entity, C::DivisionCode),
                (agreement::Entity, C::Longitude),
                (agreement::Entity, C::Latitude),
            ])
            .columns([
                (agreement_item::Entity, I::ItemId),
                (agreement_item::Entity, I::ResponseH),
            ])
            .expr_as(left.clone(), "left_over")
            .from(agreement_item::Entity)
            .inner_join(
                agreement::Entity,
                of(C::Id).equals((agreement_item::Entity, I::AgreementId)),
            )
            .cond_where(agreement::Entity::within(scope))
            .and_where(of(C::FirstDay).lte(day.clone()))
            .and_where(of(C::LastDay).is_null().or(of(C::LastDay).gte(day)))
            .and_where(left.gt(0_i64))
            .order_by((agreement_item::Entity, I::ItemId), sea_orm::Order::Asc)
            .order_by(
                (agreement_item::Entity, I::AgreementId),
                sea_orm::Order::Asc,
            );
        let is_open = of(C::EndedAt).is_null();
        match self.as_of {
            None => query.and_where(is_open),
            Some(then) => query
                .and_where(is_open.or(of(C::EndedAt).gt(then)))
                .and_where(of(C::CreatedAt).lte(then)),
        };
        if let Some(items) = &self.items {
            query.and_where(of_item(I::ItemId).is_in(items.iter().copied()));
        }
        if let Some(categories) = &self.categories {
            let items = catalogue::items_in(categories.clone());
            query.and_where(of_item(I::ItemId).in_subquery(items));
        }
        if let Some(organisation) = self.organisation {
            let subtree = descendants(&[organisation.uuid()]);
            query.and_where(of(C::OrganisationId).in_subquery(subtree));
        }
        if let Some(supplier) = self.supplier {
            query.and_where(of(C::SupplierId).eq(supplier.uuid()));
        }
        query
    }

    // What may be called off now, or could be then.
    fn left(&self) -> SimpleExpr {
        let quantity = of_item(agreement_item::Column::Quantity);
        let Some(then) = self.as_of else {
            return quantity.sub(of_item(agreement_item::Column::Called));
        };
        use call_off::Column as C;
        use call_off_line::Column as L;
        let of_call = |column| Expr::col((call_off::Entity, column));
        let of_line = |column| Expr::col((call_off_line::Entity, column));
        // What was given up by then claims what had come; what was not, all of it.
        let claim: Expr = CaseStatement::new()
            .case(of_call(C::EndedAt).lte(then), of_line(L::Delivered))
            .finally(of_line(L::Quantity))
            .into();
        let sum = Func::coalesce([Expr::from(Func::sum(claim)), Expr::val(0_i64)]);
        let claimed = Query::select()
            .expr(Expr::from(sum).cast_as("bigint"))
            .from(call_off::Entity)
            .inner_join(
                call_off_line::Entity,
                of_line(L::CallOffId).equals((call_off::Entity, C::Id)),
            )
            .and_where(
                of_call(C::AgreementId)
                    .equals((agreement_item::Entity, agreement_item::Column::AgreementId)),
            )
            .and_where(
                of_line(L::ItemId).equals((agreement_item::Entity, agreement_item::Column::ItemId)),
            )
            .and_where(of_call(C::CalledAt).lte(then))
            .to_owned();
        quantity.sub(SimpleExpr::SubQuery(None, Box::new(claimed.into())))
    }
}
