//! Loans.
//!
//! **Invariant.** All goods of a loan are of one owner in one depot, so whoever sees it sees all of
//! them. A page costs five statements.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    kernel::{Id, kinds},
    stock::{Loan, LoanLine, LoanState, LoanStateName, Signature},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

use super::{
    lots::{items_of, lots_by_id},
    rows::{
        loans::{
            loan::{Column, Entity, Model},
            loan_line, loan_movement,
        },
        movement,
    },
    wire::{LoanFilter, LoanLineView, LoanMovementView, LoanView, named},
};

/// A loan as the table keeps it, or not found.
pub(in crate::stock) async fn loan_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Loan>,
) -> Result<Model, Problem> {
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A loan as it stands, and others who would change it wait.
pub(in crate::stock) async fn loan_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Loan>,
) -> Result<(Model, Loan), Problem> {
    let row = to_change::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let lines = lines_of(db, std::slice::from_ref(&row)).await?;
    let loan = Loan {
        lent_by: row.lent_by.clone(),
        state: row.loan_state()?,
        lines: lines.iter().map(line).collect(),
    };
    Ok((row, loan))
}

fn line(row: &loan_line::Model) -> LoanLine {
    LoanLine {
        lot: Id::from_uuid(row.lot_id),
        lent: row.lent,
        given_back: row.given_back,
        settled: row.settled,
        forgiven: row.forgiven,
    }
}

impl Model {
    fn loan_state(&self) -> Result<LoanState, Problem> {
        let state: LoanStateName = self.state.parse().map_err(Problem::internal)?;
        let ended = || match (self.ended_at, &self.ended_by) {
            (Some(at), Some(by)) => Ok(Signature { by: by.clone(), at }),
            _ => Err(Problem::internal(anyhow::anyhow!(
                "a loan that is half ended"
            ))),
        };
        Ok(match state {
            LoanStateName::Open => LoanState::Open,
            LoanStateName::Closed => LoanState::Closed { closed: ended()? },
            LoanStateName::Forgiven => LoanState::Forgiven {
                forgiven: ended()?,
                reason: self.end_reason.clone().unwrap_or_default(),
            },
        })
    }
}

/// The loan that a movement belongs to, if it does.
pub(in crate::stock) async fn loan_of_movement(
    db: &impl ConnectionTrait,
    row: &movement::Model,
) -> Result<Option<Id<kinds::Loan>>, Problem> {
    use loan_movement::{Column, Entity};
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(row.depot_id))
        .filter(
            Condition::any()
                .add(Column::MovementId.eq(row.id))
                .add(Column::ReceiptId.eq(row.id)),
        )
        .one(db)
        .await?;
    Ok(found.map(|found| Id::from_uuid(found.loan_id)))
}

/// One loan, or not found.
pub(in crate::stock) async fn loan(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Loan>,
    today: NaiveDate,
) -> Result<LoanView, Problem> {
    let row = loan_row(db, scope, id).await?;
    let mut views = views(db, vec![row], today).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// A page of loans, the newest ids first.
pub(in crate::stock) async fn loans(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &LoanFilter,
    page: &PageQuery,
    today: NaiveDate,
) -> Result<Page<LoanView>, Problem> {
    let mut select = visible::<Entity>(scope);
    for (column, wanted) in [
        (Column::DepotId, filter.depot_id.map(Id::uuid)),
        (Column::OwnerId, filter.owner_id.map(Id::uuid)),
        (Column::BorrowerId, filter.borrower_id.map(Id::uuid)),
    ] {
        if let Some(wanted) = wanted {
            select = select.filter(column.eq(wanted));
        }
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    if let Some(overdue) = filter.overdue {
        let late = Column::State
            .eq(LoanStateName::Open.name())
            .and(Column::DueOn.lt(today.to_string()));
        select = select.filter(if overdue { late } else { late.not() });
    }
    if let Some(lot) = filter.lot_id {
        let of = |column| Expr::col((loan_line::Entity, column));
        let lent = Query::select()
            .expr(Expr::val(1))
            .from(loan_line::Entity)
            .and_where(of(loan_line::Column::DepotId).equals((Entity, Column::DepotId)))
            .and_where(of(loan_line::Column::LoanId).equals((Entity, Column::Id)))
            .and_where(of(loan_line::Column::LotId).eq(lot.uuid()))
            .to_owned();
        select = select.filter(Expr::exists(lent));
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    Ok(Page {
        items: views(db, found.items, today).await?,
        next_cursor: found.next_cursor,
    })
}

async fn lines_of(
    db: &impl ConnectionTrait,
    loans: &[Model],
) -> Result<Vec<loan_line::Model>, Problem> {
    use loan_line::{Column, Entity};
    Ok(visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.is_in(loans.iter().map(|row| row.depot_id)))
        .filter(Column::LoanId.is_in(loans.iter().map(|row| row.id)))
        .order_by_asc(Column::LotId)
        .all(db)
        .await?)
}

async fn views(
    db: &impl ConnectionTrait,
    found: Vec<Model>,
    today: NaiveDate,
) -> Result<Vec<LoanView>, Problem> {
    let lines = lines_of(db, &found).await?;
    let acts = visible::<loan_movement::Entity>(&Scope::Everything)
        .filter(loan_movement::Column::DepotId.is_in(found.iter().map(|row| row.depot_id)))
        .filter(loan_movement::Column::LoanId.is_in(found.iter().map(|row| row.id)))
        .order_by_asc(loan_movement::Column::MovementId)
        .all(db)
        .await?;
    let lots: Vec<_> = lines.iter().map(|row| Id::from_uuid(row.lot_id)).collect();
    let lots = lots_by_id(db, &Scope::Everything, &lots).await?;
    let items = items_of(db, lots.values()).await?;
    let mut lines_of: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in &lines {
        let lot = lots.get(&Id::from_uuid(row.lot_id));
        let item = Id::from_uuid(lot.ok_or_else(Problem::not_found)?.item_id);
        let view = LoanLineView::new(&line(row), item, named(items.get(&item)));
        lines_of.entry(row.loan_id).or_default().push(view);
    }
    let mut acts_of: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for act in acts {
        let acts = acts_of.entry(act.loan_id).or_default();
        acts.push(LoanMovementView::new(act));
    }
    found
        .into_iter()
        .map(|row| {
            let lines = lines_of.remove(&row.id).unwrap_or_default();
            let acts = acts_of.remove(&row.id).unwrap_or_default();
            LoanView::new(row, lines, acts, today)
        })
        .collect()
}
