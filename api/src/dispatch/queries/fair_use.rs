//! Reads of rules of fair use, of what was permitted, and of who had how much.
//!
//! **Invariant.** What an organisation has drawn is a sum over the lines of orders, kept nowhere: the
//! same for who looks and for who is refused.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    dispatch::{
        fair_use::{Claim, FairUse},
        planner::FairLimit,
    },
    kernel::{Id, kinds},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, ExprTrait, QueryFilter,
    sea_query::{CaseStatement, Expr, Func, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    dispatch::{
        queries::standing::Drawn,
        rows::{
            fair_use::{permit, rule},
            order, order_line,
        },
        wire::{
            DrawFilter, FairUseDrawView, FairUsePermitView, FairUseRuleFilter, FairUseRuleView,
        },
    },
    http::{Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, beyond, reference, visible},
    stock,
};

/// One rule, or not found.
pub(in crate::dispatch) async fn fair_use_rule(
    db: &impl ConnectionTrait,
    id: Id<kinds::FairUseRule>,
) -> Result<rule::Model, Problem> {
    let select = reference::<rule::Entity>().filter(rule::Column::Id.eq(id.uuid()));
    select.one(db).await?.ok_or_else(Problem::not_found)
}

/// A page of rules, the newest first: one statement.
pub(in crate::dispatch) async fn fair_use_rules(
    db: &impl ConnectionTrait,
    filter: &FairUseRuleFilter,
    page: &PageQuery,
) -> Result<Page<FairUseRuleView>, Problem> {
    let mut select = reference::<rule::Entity>();
    if let Some(owner) = filter.owner_id {
        select = select.filter(rule::Column::OwnerId.eq(owner.uuid()));
    }
    if let Some(wanted) = filter.in_force {
        let ended = rule::Column::EndedAt;
        select = select.filter(if wanted {
            ended.is_null()
        } else {
            ended.is_not_null()
        });
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, rule::Column::Id, |row| row.id, &mark)
        .await?;
    Ok(found.map(FairUseRuleView::from))
}

/// A page of what was permitted beside a rule, the newest first: two statements.
pub(in crate::dispatch) async fn fair_use_permits(
    db: &impl ConnectionTrait,
    scope: &Scope,
    of: Id<kinds::FairUseRule>,
    page: &PageQuery,
) -> Result<Page<FairUsePermitView>, Problem> {
    fair_use_rule(db, of).await?;
    let select = visible::<permit::Entity>(scope).filter(permit::Column::RuleId.eq(of.uuid()));
    let found = page
        .newest(
            db,
            select,
            permit::Column::Id,
            |row| row.id,
            &of.to_string(),
        )
        .await?;
    Ok(found.map(FairUsePermitView::from))
}

/// What an organisation has had of an item, and what it was permitted.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::dispatch) struct Draw {
    pub(in crate::dispatch) drawn: i64,
    // Gone for good, so that it is in no depot of the pool any more.
    left: i64,
}

/// By item and requester.
type Draws = BTreeMap<(Id<kinds::Item>, Id<kinds::Organisation>), Draw>;

/// What was had of a pool since a rule began, and what is in it.
#[derive(Debug)]
pub(in crate::dispatch) struct PoolUse {
    pub(in crate::dispatch) draws: Draws,
    owned: BTreeMap<Id<kinds::Item>, i64>,
}

impl PoolUse {
    /// Of these items of an owner: two statements.
    pub(in crate::dispatch) async fn of(
        db: &impl ConnectionTrait,
        rule: &rule::Model,
        items: &[Id<kinds::Item>],
    ) -> Result<Self, Problem> {
        let owner = Id::from_uuid(rule.owner_id);
        let mut draws = Draws::new();
        for row in db.query_all(&draws_of(rule, items)).await? {
            let key = (
                Id::from_uuid(row.try_get("", "item_id")?),
                Id::from_uuid(row.try_get("", "requester_id")?),
            );
            let draw = Draw {
                drawn: row.try_get("", "drawn")?,
                left: row.try_get("", "gone")?,
            };
            draws.insert(key, draw);
        }
        let owned = stock::owned(db, owner, items).await?;
        Ok(Self { draws, owned })
    }

    /// What is there of an item, and what left since.
    pub(in crate::dispatch) fn pool(&self, item: Id<kinds::Item>) -> i64 {
        let draws = self.draws.iter().filter(|((of, _), _)| *of == item);
        let left = draws.map(|(_, draw)| draw.left);
        self.owned.get(&item).copied().unwrap_or(0) + left.sum::<i64>()
    }

    /// What one organisation has had.
    pub(in crate::dispatch) fn drawn(
        &self,
        item: Id<kinds::Item>,
        requester: Id<kinds::Organisation>,
    ) -> i64 {
        self.draws
            .get(&(item, requester))
            .map_or(0, |draw| draw.drawn)
    }
}

fn draws_of(rule: &rule::Model, items: &[Id<kinds::Item>]) -> SelectStatement {
    use order::Column as O;
    use order_line::Column as L;
    let of = |column| Expr::col((order::Entity, column));
    let line = |column| Expr::col((order_line::Entity, column));
    // PostgreSQL adds whole numbers up to a decimal.
    let sum = |amount: Expr| Expr::from(Func::sum(amount)).cast_as("bigint");
    let back = || line(L::Recalled).add(line(L::Returned));
    let drawn = line(L::Quantity).sub(line(L::GivenUp)).sub(back());
    // What came to a depot is its owner's still, and counted there.
    let came = CaseStatement::new()
        .case(of(O::ToDepotId).is_not_null(), line(L::Received))
        .finally(Expr::val(0_i64));
    let came: SimpleExpr = came.into();
    let left = line(L::Sent).sub(back()).sub(came);
    Query::select()
        .column((order_line::Entity, L::ItemId))
        .column((order::Entity, O::RequesterId))
        .expr_as(sum(drawn), "drawn")
        .expr_as(sum(left), "gone")
        .from(order::Entity)
        .inner_join(
            order_line::Entity,
            line(L::OrderId).equals((order::Entity, O::Id)),
        )
        // Whoever is measured is measured by what all of them had.
        .cond_where(beyond())
        .and_where(of(O::OwnerId).eq(rule.owner_id))
        .and_where(of(O::CreatedAt).gte(rule.begun_at))
        .and_where(line(L::ItemId).is_in(items.iter().map(|id| id.uuid())))
        .group_by_col((order_line::Entity, L::ItemId))
        .group_by_col((order::Entity, O::RequesterId))
        .to_owned()
}

/// What these organisations had and were permitted of these items under a rule, wanting nothing yet;
/// not what `but_by` permitted: three statements.
pub(in crate::dispatch) async fn claims(
    db: &impl ConnectionTrait,
    rule: &rule::Model,
    wishes: &BTreeSet<(Id<kinds::Item>, Id<kinds::Organisation>)>,
    but_by: &str,
) -> Result<BTreeMap<(Id<kinds::Item>, Id<kinds::Organisation>), Claim>, Problem> {
    let measured = |item: Id<kinds::Item>| rule.item_id.is_none_or(|only| only == item.uuid());
    let wishes = wishes.iter().filter(|(item, _)| measured(*item));
    let wishes: Vec<_> = wishes.copied().collect();
    if wishes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let items: BTreeSet<_> = wishes.iter().map(|(item, _)| *item).collect();
    let items: Vec<_> = items.into_iter().collect();
    let requesters: BTreeSet<_> = wishes.iter().map(|(_, requester)| *requester).collect();
    let used = PoolUse::of(db, rule, &items).await?;
    // Nobody is two people: what whoever orders permitted themselves does not help them.
    let permitted = permitted(db, rule.id, requesters, Some(but_by)).await?;
    let claims = wishes.into_iter().map(|key @ (item, requester)| {
        let claim = Claim {
            pool: used.pool(item),
            drawn: used.drawn(item, requester),
            permitted: permitted.get(&key).copied().unwrap_or(0),
            wanted: 0,
        };
        (key, claim)
    });
    Ok(claims.collect())
}

/// What is left of these goods of others for one organisation, where a rule says how much, if what
/// standing orders have drawn may be had again: one statement, and three for each rule that is in force
/// for their owners.
pub(in crate::dispatch) async fn fair_limits(
    db: &impl ConnectionTrait,
    goods: &BTreeSet<(Id<kinds::Organisation>, Id<kinds::Item>)>,
    requester: Id<kinds::Organisation>,
    who: &str,
    again: &[Drawn],
) -> Result<Vec<FairLimit>, Problem> {
    let owners: BTreeSet<_> = goods.iter().map(|(owner, _)| owner.uuid()).collect();
    let rules = reference::<rule::Entity>()
        .filter(rule::Column::OwnerId.is_in(owners))
        .filter(rule::Column::OwnerId.ne(requester.uuid()))
        .filter(rule::Column::EndedAt.is_null())
        .all(db)
        .await?;
    let mut limits = Vec::new();
    for rule in &rules {
        let owner = Id::from_uuid(rule.owner_id);
        let of_owner = goods.iter().filter(|(of, _)| *of == owner);
        let wishes = of_owner.map(|(_, item)| (*item, requester)).collect();
        let figures = figures(rule)?;
        let claims = claims(db, rule, &wishes, who).await?;
        limits.extend(claims.into_iter().map(|((item, _), claim)| {
            // As it was drawn, it was counted.
            let counted = again
                .iter()
                .filter(|it| (it.owner, it.item) == (owner, item) && it.at >= rule.begun_at);
            let again: i64 = counted.map(|it| it.units).sum();
            let drawn = claim.drawn - again;
            let left = figures.left(Claim { drawn, ..claim });
            FairLimit { owner, item, left }
        }));
    }
    Ok(limits)
}

/// What was permitted beside a rule to these organisations, by item and requester; not what
/// `but_by` permitted: one statement.
pub(in crate::dispatch) async fn permitted(
    db: &impl ConnectionTrait,
    rule: Uuid,
    requesters: impl IntoIterator<Item = Id<kinds::Organisation>>,
    but_by: Option<&str>,
) -> Result<BTreeMap<(Id<kinds::Item>, Id<kinds::Organisation>), i64>, Problem> {
    use permit::Column as P;
    let others = but_by.map_or_else(Condition::all, |who| {
        Condition::all().add(P::PermittedBy.ne(who))
    });
    let rows = visible::<permit::Entity>(&Scope::Everything)
        .filter(P::RuleId.eq(rule))
        .filter(P::RequesterId.is_in(requesters.into_iter().map(Id::uuid)))
        .filter(others)
        .all(db)
        .await?;
    let mut sums = BTreeMap::new();
    for row in rows {
        let key = (Id::from_uuid(row.item_id), Id::from_uuid(row.requester_id));
        let sum: &mut i64 = sums.entry(key).or_default();
        *sum = sum.saturating_add(row.quantity);
    }
    Ok(sums)
}

/// Who had how much of one item under a rule, for whoever sees the owner: five statements.
pub(in crate::dispatch) async fn fair_use_draws(
    db: &impl ConnectionTrait,
    scope: &Scope,
    of: Id<kinds::FairUseRule>,
    filter: &DrawFilter,
    page: &PageQuery,
) -> Result<Page<FairUseDrawView>, Problem> {
    let rule = fair_use_rule(db, of).await?;
    if !scope.contains(db, rule.owner_id).await? {
        return Err(Problem::not_found());
    }
    let item = filter.item_id;
    let figures = figures(&rule)?;
    let used = PoolUse::of(db, &rule, &[item]).await?;
    let pool = used.pool(item);
    let requesters = used.draws.keys().map(|(_, requester)| *requester);
    let permitted = permitted(db, rule.id, requesters.clone(), None).await?;
    let mark = format!("{of} {filter:?}");
    let after = page.cursor(&mark)?.map(|cursor| cursor.id());
    let rows = requesters.filter(|it| after.is_none_or(|after| it.uuid() > after));
    let one_more = usize::try_from(page.limit() + 1).unwrap_or(usize::MAX);
    let views = rows.take(one_more).map(|requester| FairUseDrawView {
        requester_id: requester,
        item_id: item,
        drawn: used.drawn(item, requester),
        permitted: permitted.get(&(item, requester)).copied().unwrap_or(0),
        share_limit: figures.limit(pool),
        pool,
        is_owner: requester.uuid() == rule.owner_id,
    });
    Ok(Page::cut(
        views.collect(),
        page,
        &mark,
        |view| by_id_only(view.requester_id),
        |view| view,
    ))
}

/// The figures of a rule as the domain reads them.
pub(in crate::dispatch) fn figures(rule: &rule::Model) -> Result<FairUse, Problem> {
    FairUse::new(rule.share_percent, rule.free_quantity).map_err(Problem::internal)
}
