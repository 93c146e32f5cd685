//! How far the stock of the depots goes that are asked about.
//!
//! **Invariant.** Rating judges; here its answer only chooses depots and is shown. Some twenty
//! statements more, and none where nobody asks.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use super::super::wire::{Asked, GradedFilter, PooledDepotView};
use crate::{
    problem::Problem,
    rating::{self, StockGrades},
    scope::Scope,
};

/// The stock grades of depots.
pub(in crate::virtual_warehouse) struct Graded(Option<StockGrades>);

impl Graded {
    /// Judges the depots that are asked about, and leaves those of the grade that is asked for.
    pub(in crate::virtual_warehouse) async fn judge(
        db: &impl ConnectionTrait,
        scope: &Scope,
        asked: &mut Asked,
        filter: &GradedFilter,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        if filter.stock_grade.is_none() && filter.rule_set.is_none() {
            return Ok(Self(None));
        }
        let rule_set = filter.rule_set.as_deref();
        let wanted = filter.stock_grade.as_deref();
        let grades = rating::stock_grades(db, scope, &asked.depots, rule_set, wanted, now).await?;
        if let Some(wanted) = &filter.stock_grade {
            let of_grade = grades.of.iter().filter(|(_, grade)| *grade == wanted);
            asked.depots.among = Some(of_grade.map(|(depot, _)| *depot).collect());
        }
        Ok(Self(Some(grades)))
    }

    /// Lays the grade beside a depot, with what must be said of it.
    pub(in crate::virtual_warehouse) fn show(&self, mut view: PooledDepotView) -> PooledDepotView {
        if let Some(grades) = &self.0
            && let Some(grade) = grades.of.get(&view.depot_id)
        {
            view.stock_grade = Some(grade.clone());
            view.rule_set = Some(grades.rule_set.clone());
            view.label_zh = grades.label.as_ref().map(|label| label.zh.clone());
            view.label_en = grades.label.as_ref().map(|label| label.en.clone());
        }
        view
    }
}
