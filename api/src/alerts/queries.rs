//! Reads of alerts.
//!
//! **Invariant.** Everyone who is logged in reads them all, and a list costs a fixed number of
//! statements.

use chrono::{DateTime, Utc};
use domain::{
    alerts::AlertState,
    kernel::{Id, kinds},
    organisations::DivisionCode,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    incidents::{self, KeptPart},
    organisations,
    problem::Problem,
    scope::{Scope, reference, to_change},
};

use super::{
    rows::{
        alert::{self, Column, Entity},
        document, part, reference as named,
    },
    wire::{AlertDetailView, AlertFilter, AlertPartView, AlertReferenceView, AlertView},
};

async fn row(db: &impl ConnectionTrait, id: Id<kinds::Alert>) -> Result<alert::Model, Problem> {
    let row = reference::<Entity>()
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?;
    row.ok_or_else(Problem::not_found)
}

pub(super) async fn parts(
    db: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Vec<part::Model>, Problem> {
    let select = reference::<part::Entity>()
        .filter(part::Column::AlertId.eq(id))
        .order_by_asc(part::Column::Part);
    Ok(select.all(db).await?)
}

/// One alert with its area and what it refers to: five statements.
pub(super) async fn alert(
    db: &impl ConnectionTrait,
    id: Id<kinds::Alert>,
    now: DateTime<Utc>,
) -> Result<AlertDetailView, Problem> {
    let alert = row(db, id).await?;
    let parts = parts(db, id.uuid()).await?;
    let codes: Vec<DivisionCode> = parts.iter().filter_map(code).collect();
    let divisions = organisations::divisions_by_code(db, &codes).await?;
    let named = reference::<named::Entity>()
        .filter(named::Column::AlertId.eq(id.uuid()))
        .order_by_asc(named::Column::Number)
        .all(db)
        .await?;
    let known = reference::<Entity>()
        .filter(Column::Identifier.is_in(named.iter().map(|it| &it.identifier)))
        .all(db)
        .await?;
    let references = named.into_iter().map(|it| {
        let same = |row: &&alert::Model| {
            row.sender == it.sender && row.identifier == it.identifier && row.sent_at == it.sent_at
        };
        let alert_id = known.iter().find(same).map(|row| Id::from_uuid(row.id));
        AlertReferenceView {
            sender: it.sender,
            identifier: it.identifier,
            sent_at: it.sent_at,
            alert_id,
        }
    });
    let references = references.collect();
    let parts = parts.into_iter().map(|it| {
        let known = code(&it).and_then(|code| divisions.get(&code));
        AlertPartView {
            division_name: known.map(|division| division.name.clone()),
            description: it.description,
            kind: it.kind,
            code: it.division_code,
            value_name: it.value_name,
            value: it.value,
        }
    });
    Ok(AlertDetailView {
        alert: AlertView::new(alert, now),
        parts: parts.collect(),
        references,
    })
}

pub(super) fn code(part: &part::Model) -> Option<DivisionCode> {
    part.division_code.as_deref()?.parse().ok()
}

/// The area of an alert as a feature collection, without codes of other lists.
pub(super) async fn area(
    db: &impl ConnectionTrait,
    id: Id<kinds::Alert>,
) -> Result<Value, Problem> {
    row(db, id).await?;
    let parts = parts(db, id.uuid()).await?.into_iter();
    let drawn = parts
        .filter(|part| part.kind != "other")
        .map(|part| KeptPart {
            kind: part.kind,
            division_code: part.division_code,
            geometry: part.geometry,
        });
    incidents::features(db, drawn.collect()).await
}

/// The document as it came.
pub(super) async fn document(
    db: &impl ConnectionTrait,
    id: Id<kinds::Alert>,
) -> Result<String, Problem> {
    let found = reference::<document::Entity>()
        .filter(document::Column::AlertId.eq(id.uuid()))
        .one(db)
        .await?;
    Ok(found.ok_or_else(Problem::not_found)?.content)
}

/// A page of alerts, the newest ids first: one statement.
pub(super) async fn alerts(
    db: &impl ConnectionTrait,
    filter: &AlertFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<AlertView>, Problem> {
    let mut select = reference::<Entity>();
    if let Some(wanted) = filter.in_force {
        let standing = in_force(now);
        select = select.filter(if wanted { standing } else { standing.not() });
    }
    if let Some(sender) = &filter.sender {
        select = select.filter(Column::Sender.eq(sender));
    }
    if let Some(event) = &filter.event {
        select = select.filter(Column::Event.eq(event));
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    Ok(found.map(|row| AlertView::new(row, now)))
}

fn in_force(now: DateTime<Utc>) -> Condition {
    let until = Expr::col((Entity, Column::ExpiresAt));
    Condition::all()
        .add(Column::Warns.eq(true))
        .add(Column::SucceededBy.is_null())
        .add(Column::EffectiveAt.lte(now))
        .add(until.clone().is_null().or(until.gt(now)))
}

/// The alert that a request names in the field `pointer`, held as it is until the end of the
/// transaction; it has to be in force or still to come.
pub(crate) async fn hold(
    db: &impl ConnectionTrait,
    id: Id<kinds::Alert>,
    pointer: &str,
    now: DateTime<Utc>,
) -> Result<AlertView, Problem> {
    let row = to_change::<Entity>(&Scope::Everything)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?;
    let row = row.ok_or_else(|| {
        Problem::field(
            pointer,
            "reference",
            "没有这个预警",
            "there is no such alert",
        )
    })?;
    let view = AlertView::new(row, now);
    let stands = [AlertState::Coming, AlertState::InForce].map(AlertState::name);
    if stands.contains(&view.state.as_str()) {
        return Ok(view);
    }
    Err(Problem::field(
        pointer,
        "not-in-force",
        format!("该预警不再有效或不作数（{}）", view.state),
        format!(
            "the alert warns of nothing any more, or never did: it is {}",
            view.state
        ),
    ))
}

/// One alert as it stands.
pub(crate) async fn shown(
    db: &impl ConnectionTrait,
    id: Id<kinds::Alert>,
    now: DateTime<Utc>,
) -> Result<AlertView, Problem> {
    Ok(AlertView::new(row(db, id).await?, now))
}
