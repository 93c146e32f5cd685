//! Agreements, what was agreed, and what suppliers confirmed.
//!
//! **Invariant.** Where an agreement stands is the domain's to say, for a day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{
    agreements::{Agreed, Agreement},
    kernel::{Id, Period, Quantity, kinds},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use uuid::Uuid;

use crate::{
    catalogue,
    http::{Page, PageQuery},
    organisations,
    problem::Problem,
    scope::{Scope, descendants, parts, reference, to_change, visible},
};

use super::{
    rows::{agreement, agreement_item, call_off, call_off_line, confirmation},
    wire::{AgreementFilter, AgreementItemView, AgreementView, ConfirmationView},
};

/// An agreement as the table keeps it, or not found.
pub(in crate::agreements) async fn agreement_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Agreement>,
) -> Result<agreement::Model, Problem> {
    visible::<agreement::Entity>(scope)
        .filter(agreement::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// As [`agreement_row`], and others who would change it or call off from it wait.
pub(in crate::agreements) async fn agreement_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Agreement>,
) -> Result<agreement::Model, Problem> {
    to_change::<agreement::Entity>(scope)
        .filter(agreement::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// What was agreed, by item.
pub(in crate::agreements) async fn items_of_agreement(
    db: &impl ConnectionTrait,
    id: Id<kinds::Agreement>,
) -> Result<Vec<agreement_item::Model>, Problem> {
    items_of(db, &[id.uuid()]).await
}

pub(super) async fn items_of(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<agreement_item::Model>, Problem> {
    use agreement_item::{Column, Entity};
    Ok(reference::<Entity>()
        .filter(Column::AgreementId.is_in(ids.iter().copied()))
        .order_by_asc(Column::AgreementId)
        .order_by_asc(Column::ItemId)
        .all(db)
        .await?)
}

/// The items of an agreement that were called off or confirmed, however little.
pub(in crate::agreements) async fn items_in_use(
    db: &impl ConnectionTrait,
    id: Id<kinds::Agreement>,
) -> Result<BTreeSet<Uuid>, Problem> {
    let call_offs = Query::select()
        .column(call_off::Column::Id)
        .from(call_off::Entity)
        .and_where(Expr::col(call_off::Column::AgreementId).eq(id.uuid()))
        .to_owned();
    let called: Vec<Uuid> = reference::<call_off_line::Entity>()
        .select_only()
        .column(call_off_line::Column::ItemId)
        .filter(Expr::col(call_off_line::Column::CallOffId).in_subquery(call_offs))
        .into_tuple()
        .all(db)
        .await?;
    let confirmed: Vec<Uuid> = reference::<confirmation::Entity>()
        .select_only()
        .column(confirmation::Column::ItemId)
        .filter(confirmation::Column::AgreementId.eq(id.uuid()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(called.into_iter().chain(confirmed).collect())
}

/// The term of an agreement, as it was checked when it was written.
pub(super) fn term(first: &str, last: Option<&str>) -> Result<Period, Problem> {
    let first = first.parse().map_err(Problem::internal)?;
    let last = last
        .map(|day| day.parse().map_err(Problem::internal))
        .transpose()?;
    Period::new(first, last).map_err(Problem::internal)
}

/// What the domain judges.
pub(in crate::agreements) fn judged(
    row: &agreement::Model,
    items: &[agreement_item::Model],
) -> Result<Agreement, Problem> {
    let agreed = |item: &agreement_item::Model| {
        let agreed = Agreed {
            quantity: Quantity::new(item.quantity).map_err(Problem::internal)?,
            called: item.called,
            response_h: u32::try_from(item.response_h).map_err(Problem::internal)?,
        };
        Ok((Id::from_uuid(item.item_id), agreed))
    };
    Ok(Agreement {
        term: term(&row.first_day, row.last_day.as_deref())?,
        is_ended: row.ended_at.is_some(),
        items: items.iter().map(agreed).collect::<Result<_, Problem>>()?,
    })
}

/// One agreement, or not found.
pub(in crate::agreements) async fn agreement(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Agreement>,
    day: NaiveDate,
) -> Result<AgreementView, Problem> {
    let row = agreement_row(db, scope, id).await?;
    let mut views = views(db, vec![row], day).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// A page of agreements, the newest first: five statements.
pub(in crate::agreements) async fn agreements(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &AgreementFilter,
    day: NaiveDate,
    page: &PageQuery,
) -> Result<Page<AgreementView>, Problem> {
    use agreement::{Column, Entity};
    let mut select = visible::<Entity>(scope);
    if let Some(organisation) = filter.organisation_id {
        let subtree = descendants(&[organisation.uuid()]);
        let column = Expr::col((Entity, Column::OrganisationId));
        select = select.filter(column.in_subquery(subtree));
    }
    if let Some(supplier) = filter.supplier_id {
        select = select.filter(Column::SupplierId.eq(supplier.uuid()));
    }
    if let Some(item) = filter.item_id {
        let of_item = Query::select()
            .column(agreement_item::Column::AgreementId)
            .from(agreement_item::Entity)
            .and_where(Expr::col(agreement_item::Column::ItemId).eq(item.uuid()))
            .to_owned();
        select = select.filter(Expr::col((Entity, Column::Id)).in_subquery(of_item));
    }
    // Days are kept as they are written, year first, so that they compare as texts.
    let today = day.to_string();
    let is_open = Column::EndedAt.is_null();
    let is_over = || Column::LastDay.lt(today.clone());
    let has_begun = || Column::FirstDay.lte(today.clone());
    let holds = || {
        Column::LastDay
            .is_null()
            .or(Column::LastDay.gte(today.clone()))
    };
    match filter.standing.as_deref() {
        Some("upcoming") => {
            select = select.filter(is_open).filter(Column::FirstDay.gt(today));
        }
        Some("in_force") => {
            select = select.filter(is_open).filter(has_begun()).filter(holds());
        }
        Some("expired") => select = select.filter(is_open).filter(is_over()),
        Some("ended") => select = select.filter(Column::EndedAt.is_not_null()),
        _ => {}
    }
    if let Some(days) = filter.ends_within_days
        && let Some(limit) = day.checked_add_days(Days::new(days.into()))
    {
        select = select
            .filter(Column::EndedAt.is_null())
            .filter(Column::LastDay.lte(limit.to_string()));
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    Ok(Page {
        items: views(db, found.items, day).await?,
        next_cursor: found.next_cursor,
    })
}

async fn views(
    db: &impl ConnectionTrait,
    found: Vec<agreement::Model>,
    day: NaiveDate,
) -> Result<Vec<AgreementView>, Problem> {
    let ids: Vec<_> = found.iter().map(|row| row.id).collect();
    let items = items_of(db, &ids).await?;
    let called: Vec<_> = items.iter().map(|row| Id::from_uuid(row.item_id)).collect();
    let facts = catalogue::item_facts(db, &called).await?;
    let last = last_confirmed(db, &ids, None).await?;
    let suppliers: Vec<_> = found.iter().map(|row| row.supplier_id).collect();
    let names = organisations::names(db, &suppliers).await?;
    let mut items_of: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for item in items {
        items_of.entry(item.agreement_id).or_default().push(item);
    }
    found
        .into_iter()
        .map(|row| {
            let items = items_of.remove(&row.id).unwrap_or_default();
            let judged = judged(&row, &items)?;
            let items = items
                .into_iter()
                .map(|item| {
                    let id = Id::from_uuid(item.item_id);
                    let promised = judged.promised(id, day);
                    let confirmed = last.get(&(item.agreement_id, item.item_id));
                    AgreementItemView::new(item, facts.get(&id), promised, confirmed.copied())
                })
                .collect::<Result<_, _>>()?;
            let supplier = names.get(&row.supplier_id).cloned().unwrap_or_default();
            AgreementView::new(row, supplier, &judged, day, items)
        })
        .collect()
}

/// What was last confirmed of each item of agreements, and when: one statement. Later than `then`
/// nothing counts that was not known then.
pub(super) async fn last_confirmed(
    db: &impl ConnectionTrait,
    agreements: &[Uuid],
    then: Option<DateTime<Utc>>,
) -> Result<BTreeMap<(Uuid, Uuid), (i64, DateTime<Utc>)>, Problem> {
    use confirmation::{Column, Entity};
    if agreements.is_empty() {
        return Ok(BTreeMap::new());
    }
    let later = Alias::new("later");
    let of_later = |column: Column| Expr::col((later.clone(), column));
    let of_this = |column: Column| Expr::col((Entity, column));
    let place =
        |of: &dyn Fn(Column) -> Expr| Expr::tuple([of(Column::ConfirmedAt), of(Column::Id)]);
    let mut overtaken = Query::select();
    overtaken
        .expr(Expr::val(1))
        .from_as(Entity, later.clone())
        .and_where(of_later(Column::AgreementId).equals((Entity, Column::AgreementId)))
        .and_where(of_later(Column::ItemId).equals((Entity, Column::ItemId)))
        .and_where(place(&of_later).gt(place(&of_this)));
    let mut select =
        parts::<Entity>().filter(Column::AgreementId.is_in(agreements.iter().copied()));
    if let Some(then) = then {
        overtaken.and_where(of_later(Column::RecordedAt).lte(then));
        select = select.filter(Column::RecordedAt.lte(then));
    }
    let found = select.filter(Expr::exists(overtaken).not()).all(db).await?;
    Ok(found
        .into_iter()
        .map(|row| {
            let key = (row.agreement_id, row.item_id);
            (key, (row.quantity, row.confirmed_at))
        })
        .collect())
}

/// A page of what a supplier confirmed, the newest first: three statements.
pub(in crate::agreements) async fn confirmations(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Agreement>,
    page: &PageQuery,
) -> Result<Page<ConfirmationView>, Problem> {
    use confirmation::{Column, Entity};
    agreement_row(db, scope, id).await?;
    let select = reference::<Entity>().filter(Column::AgreementId.eq(id.uuid()));
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &id.to_string())
        .await?;
    let items: Vec<_> = found
        .items
        .iter()
        .map(|row| Id::from_uuid(row.item_id))
        .collect();
    let facts = catalogue::item_facts(db, &items).await?;
    let view = |row: confirmation::Model| {
        let item = facts.get(&Id::from_uuid(row.item_id));
        ConfirmationView::new(row, item)
    };
    Ok(found.map(view))
}
