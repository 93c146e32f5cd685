//! Duties of one kind as a query: since when, until when, and whether it was done.
//!
//! **Invariant.** Every stream has the same columns: `depot_id`, `subject_id`, `since_on`, `due_on`,
//! `done_on` and `late`, which is 1 where it was or is past its day. Days are texts that sort as days
//! do. None of it is kept anywhere.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, Utc};
use domain::duties::{DutyKind, DutyStanding, WorkCalendar};
use sea_orm::{
    ConnectionTrait, DbBackend, FromQueryResult, JoinType, Order,
    sea_query::{Alias, Condition, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use super::super::{
    rows::{arrival, duty_holder, duty_record, duty_record_lot},
    wire::{ALL_KINDS, KeptPeriod},
};
use crate::{clock::start_of_day, disclosure, dispatch, problem::Problem, stock};

/// Papers and orders older than this are no duties any more, done or not; goods that wait are.
const MONTHS_BACK: Months = Months::new(24);

/// One duty.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(super) struct Due {
    pub(super) depot_id: Uuid,
    pub(super) subject_id: Uuid,
    pub(super) since_on: String,
    pub(super) due_on: String,
    pub(super) done_on: Option<String>,
    pub(super) late: i64,
}

/// What every stream is made of.
pub(super) struct Ground {
    pub(super) backend: DbBackend,
    pub(super) depots: SelectStatement,
    pub(super) periods: BTreeMap<DutyKind, KeptPeriod>,
    pub(super) calendar: WorkCalendar,
    pub(super) today: NaiveDate,
    pub(super) now: DateTime<Utc>,
}

fn column(table: &'static str, name: &'static str) -> SimpleExpr {
    Expr::col((Alias::new(table), Alias::new(name)))
}

fn no_day() -> SimpleExpr {
    Expr::cust("CAST(NULL AS text)")
}

// The later of a day and one that may be absent.
fn later(day: SimpleExpr, other: SimpleExpr) -> SimpleExpr {
    let case = Expr::case(other.clone().gt(day.clone()), other).finally(day);
    SimpleExpr::Case(Box::new(case))
}

impl Ground {
    fn amount(&self, kind: DutyKind) -> Result<u32, Problem> {
        let period = self.periods.get(&kind).ok_or_else(Problem::not_found)?;
        Ok(period.amount)
    }

    fn first_day(&self) -> NaiveDate {
        self.today
            .checked_sub_months(MONTHS_BACK)
            .unwrap_or(self.today)
    }

    /// The streams of a kind that is not of the depot as a whole.
    pub(super) fn streams(&self, kind: DutyKind) -> Result<Vec<SelectStatement>, Problem> {
        Ok(match kind {
            DutyKind::Restack | DutyKind::QualityTest => vec![self.lots(kind)?],
            DutyKind::Acceptance => vec![self.papers(kind, "receipt")?, self.arrivals()?],
            DutyKind::IssuePapers => vec![self.papers(kind, "issue")?],
            DutyKind::Disclosure => vec![self.gifts()?],
            DutyKind::OralOrder => {
                let since = start_of_day(self.first_day());
                let orders = dispatch::oral_orders(self.backend, &self.depots, since, self.now);
                vec![orders]
            }
            DutyKind::FireCheck | DutyKind::FireTraining | DutyKind::FireDrill => Vec::new(),
        })
    }

    // Whether it is late is a matter of days.
    fn judged(&self, dated: SelectStatement) -> SelectStatement {
        let by = Func::coalesce([
            column("dated", "done_on"),
            Expr::val(self.today.to_string()),
        ]);
        let late = SimpleExpr::from(by).gt(column("dated", "due_on"));
        let late = Expr::case(late, Expr::val(1_i64)).finally(Expr::val(0_i64));
        let mut judged = Query::select();
        for name in ["depot_id", "subject_id", "since_on", "due_on", "done_on"] {
            judged.expr_as(column("dated", name), name);
        }
        judged
            .expr_as(SimpleExpr::Case(Box::new(late)), "late")
            .from_subquery(dated, "dated")
            .to_owned()
    }

    /// Lots that are or will be due: counted from their entry, or from the last time it was done.
    pub(super) fn lots(&self, kind: DutyKind) -> Result<SelectStatement, Problem> {
        let anywhere = kind == DutyKind::QualityTest;
        let stored = stock::stored_lots(self.backend, &self.depots, anywhere);
        let mut same = column("done", "lot_id").eq(column("stored", "subject_id"));
        if !anywhere {
            same = same.and(column("done", "depot_id").eq(column("stored", "depot_id")));
        }
        let mut since = later(column("stored", "entered_on"), column("done", "last_on"));
        if anywhere {
            since = later(since, column("stored", "tested_on"));
        }
        let counted = Query::select()
            .expr_as(column("stored", "depot_id"), "depot_id")
            .expr_as(column("stored", "subject_id"), "subject_id")
            .expr_as(since, "since_on")
            .from_subquery(stored, "stored")
            .join_subquery(
                JoinType::LeftJoin,
                done_to_lots(kind, anywhere),
                "done",
                same,
            )
            .to_owned();
        let months = self.amount(kind)?;
        let due = match self.backend {
            DbBackend::Postgres => {
                format!("to_char($1::date + make_interval(months => {months}), 'YYYY-MM-DD')")
            }
            _ => format!("date(?, '+{months} months', 'floor')"),
        };
        let since = column("counted", "since_on");
        let dated = Query::select()
            .expr_as(column("counted", "depot_id"), "depot_id")
            .expr_as(column("counted", "subject_id"), "subject_id")
            .expr_as(since.clone(), "since_on")
            .expr_as(Expr::cust_with_exprs(due, [since]), "due_on")
            .expr_as(no_day(), "done_on")
            .from_subquery(counted, "counted")
            .to_owned();
        Ok(self.judged(dated))
    }

    // By which day what happened on each day of the last years must be on record.
    fn days(&self, kind: DutyKind) -> Result<SelectStatement, Problem> {
        let period = self.periods.get(&kind).ok_or_else(Problem::not_found)?;
        let period = period.parse()?;
        let days = self.first_day().iter_days();
        let days = days.take_while(|day| *day <= self.today).map(|day| {
            let due = period.due_on(day, &self.calendar);
            (day.to_string(), due.to_string())
        });
        // Both databases call the columns of such a list so.
        Ok(Query::select()
            .expr_as(column("list", "column1"), "on_day")
            .expr_as(column("list", "column2"), "due_on")
            .from_values(days, "list")
            .to_owned())
    }

    fn papers(&self, kind: DutyKind, movement: &str) -> Result<SelectStatement, Problem> {
        use arrival::Column as A;
        let since = start_of_day(self.first_day());
        let papers = stock::recorded_papers(self.backend, &self.depots, movement, since);
        let same = column("days", "on_day").eq(column("papers", "since_on"));
        let of = |column| Expr::col((arrival::Entity, column));
        // What came before its receipt is judged as an arrival.
        let came_before = Query::select()
            .expr(Expr::val(1))
            .from(arrival::Entity)
            .and_where(of(A::DepotId).eq(column("papers", "depot_id")))
            .and_where(of(A::MovementId).eq(column("papers", "subject_id")))
            .to_owned();
        let dated = Query::select()
            .expr_as(column("papers", "depot_id"), "depot_id")
            .expr_as(column("papers", "subject_id"), "subject_id")
            .expr_as(column("papers", "since_on"), "since_on")
            .expr_as(column("days", "due_on"), "due_on")
            .expr_as(column("papers", "done_on"), "done_on")
            .from_subquery(papers, "papers")
            .join_subquery(JoinType::InnerJoin, self.days(kind)?, "days", same)
            .and_where(Expr::exists(came_before).not())
            .to_owned();
        Ok(self.judged(dated))
    }

    // Gifts for an emergency, counted from the day on which they were recorded.
    fn gifts(&self) -> Result<SelectStatement, Problem> {
        let since = start_of_day(self.first_day());
        let gifts = disclosure::emergency_gifts(self.backend, &self.depots, since);
        let same = column("days", "on_day").eq(column("gifts", "since_on"));
        let days = self.days(DutyKind::Disclosure)?;
        let mut dated = Query::select();
        for name in ["depot_id", "subject_id", "since_on", "done_on"] {
            dated.expr_as(column("gifts", name), name);
        }
        dated
            .expr_as(column("days", "due_on"), "due_on")
            .from_subquery(gifts, "gifts")
            .join_subquery(JoinType::InnerJoin, days, "days", same);
        Ok(self.judged(dated))
    }

    fn arrivals(&self) -> Result<SelectStatement, Problem> {
        use arrival::Column as A;
        let of = |column| Expr::col((arrival::Entity, column));
        let same = column("days", "on_day").eq(of(A::CameOn));
        let due = Func::coalesce([column("days", "due_on"), of(A::CameOn)]);
        let dated = Query::select()
            .expr_as(of(A::DepotId), "depot_id")
            .expr_as(of(A::Id), "subject_id")
            .expr_as(of(A::CameOn), "since_on")
            .expr_as(due, "due_on")
            .expr_as(of(A::AcceptedOn), "done_on")
            .from(arrival::Entity)
            .join_subquery(
                JoinType::LeftJoin,
                self.days(DutyKind::Acceptance)?,
                "days",
                same,
            )
            .and_where(of(A::State).ne("withdrawn"))
            .and_where(of(A::DepotId).in_subquery(self.depots.clone()))
            .to_owned();
        Ok(self.judged(dated))
    }
}

// When it was last done to each lot, here or anywhere.
fn done_to_lots(kind: DutyKind, anywhere: bool) -> SelectStatement {
    use duty_record::Column as R;
    use duty_record_lot::Column as L;
    let of = |column| Expr::col((duty_record::Entity, column));
    let of_lot = |column| Expr::col((duty_record_lot::Entity, column));
    let mut done = Query::select();
    done.expr_as(of_lot(L::LotId), "lot_id")
        .expr_as(of(R::DoneOn).max(), "last_on")
        .from(duty_record::Entity)
        .inner_join(
            duty_record_lot::Entity,
            of_lot(L::DepotId)
                .equals((duty_record::Entity, R::DepotId))
                .and(of_lot(L::RecordId).equals((duty_record::Entity, R::Id))),
        )
        .and_where(of(R::Kind).eq(kind.name()))
        .and_where(of(R::WithdrawnAt).is_null())
        .group_by_col((duty_record_lot::Entity, L::LotId));
    if !anywhere {
        done.expr_as(of_lot(L::DepotId), "depot_id")
            .group_by_col((duty_record_lot::Entity, L::DepotId));
    }
    done
}

/// Where a duty stands in the list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) due_on: String,
    pub(super) kind: String,
    pub(super) depot: Uuid,
    pub(super) subject: Uuid,
}

/// What of a stream is asked for.
pub(super) struct Cut<'a> {
    pub(super) kind: DutyKind,
    pub(super) standing: Option<DutyStanding>,
    pub(super) due_until: Option<NaiveDate>,
    pub(super) answerable: Option<&'a str>,
    pub(super) after: Option<&'a Place>,
    pub(super) limit: u64,
}

impl Cut<'_> {
    fn of(&self, stream: SelectStatement) -> SelectStatement {
        let of = |name| column("duty", name);
        let mut cut = Query::select();
        for name in [
            "depot_id",
            "subject_id",
            "since_on",
            "due_on",
            "done_on",
            "late",
        ] {
            cut.expr_as(of(name), name);
        }
        cut.from_subquery(stream, "duty");
        match self.standing {
            None => cut.and_where(of("done_on").is_null()),
            Some(standing) => {
                let done = of("done_on");
                let done = if standing.is_done() {
                    done.is_not_null()
                } else {
                    done.is_null()
                };
                let late = of("late").eq(i64::from(standing.is_late()));
                cut.and_where(done).and_where(late)
            }
        };
        if let Some(until) = self.due_until {
            cut.and_where(of("due_on").lte(until.to_string()));
        }
        if let Some(person) = self.answerable {
            cut.cond_where(answers(of("depot_id"), self.kind, person));
        }
        if let Some(after) = self.after {
            cut.cond_where(self.beyond(after));
        }
        for name in ["due_on", "depot_id", "subject_id"] {
            cut.order_by((Alias::new("duty"), Alias::new(name)), Order::Asc);
        }
        cut.limit(self.limit);
        cut
    }

    // Streams of other kinds stand before or after all of the same day.
    fn beyond(&self, after: &Place) -> Condition {
        let of = |name| column("duty", name);
        let later = of("due_on").gt(after.due_on.as_str());
        let same = of("due_on").eq(after.due_on.as_str());
        let any = Condition::any().add(later);
        match self.kind.name().cmp(after.kind.as_str()) {
            std::cmp::Ordering::Less => any,
            std::cmp::Ordering::Greater => any.add(same),
            std::cmp::Ordering::Equal => {
                let place = Expr::tuple([of("depot_id"), of("subject_id")]);
                let last = Expr::tuple([Expr::val(after.depot), Expr::val(after.subject)]);
                any.add(same.and(place.gt(last)))
            }
        }
    }

    /// At most `limit` of each stream.
    pub(super) async fn read(
        &self,
        db: &impl ConnectionTrait,
        streams: Vec<SelectStatement>,
    ) -> Result<Vec<Due>, Problem> {
        let mut found = Vec::new();
        for stream in streams {
            let rows = db.query_all(&self.of(stream)).await?;
            let rows = rows.iter().map(|row| Due::from_query_result(row, ""));
            found.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(found)
    }
}

// Whether the person answers for duties of the kind in the depot: by name, or for all where nobody is
// named for the kind.
fn answers(depot: SimpleExpr, kind: DutyKind, person: &str) -> Condition {
    use duty_holder::Column as H;
    let of = |column| Expr::col((duty_holder::Entity, column));
    let named = |kind: &str, who: SimpleExpr| {
        Query::select()
            .column((duty_holder::Entity, H::DepotId))
            .from(duty_holder::Entity)
            .and_where(of(H::Kind).eq(kind))
            .and_where(who)
            .to_owned()
    };
    let here = depot
        .clone()
        .in_subquery(named(kind.name(), of(H::Person).eq(person)));
    let nobody = depot
        .clone()
        .in_subquery(named(kind.name(), of(H::Person).is_not_null()))
        .not();
    let all = depot.in_subquery(named(ALL_KINDS, of(H::Person).eq(person)));
    Condition::any().add(here).add(all.and(nobody))
}
