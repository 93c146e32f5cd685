//! How far the stock of the depots goes that are asked about.
//!
//! **Invariant.** Rating judges; here its answer only chooses depots and is shown. Some twenty
//! statements more, and none where nobody asks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::kernel::{Id, kinds::Depot};
use sea_orm::ConnectionTrait;

use super::super::wire::{Asked, GradedFilter, PooledDepotView};
use crate::{problem::Problem, rating, scope::Scope};

/// The stock grades of depots.
pub(in crate::virtual_warehouse) struct Graded(BTreeMap<Id<Depot>, String>);

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
            return Ok(Self(BTreeMap::new()));
        }
        let rule_set = filter.rule_set.as_deref();
        let wanted = filter.stock_grade.as_deref();
        let grades = rating::stock_grades(db, scope, &asked.depots, rule_set, wanted, now).await?;
        if let Some(wanted) = &filter.stock_grade {
            let of_grade = grades.iter().filter(|(_, grade)| *grade == wanted);
            asked.depots.among = Some(of_grade.map(|(depot, _)| *depot).collect());
        }
        Ok(Self(grades))
    }

    /// Lays the grade beside a depot.
    pub(in crate::virtual_warehouse) fn show(&self, mut view: PooledDepotView) -> PooledDepotView {
        view.stock_grade = self.0.get(&view.depot_id).cloned();
        view
    }
}
