//! A day is sealed.
//!
//! **Invariant.** Once: of two servers that seal the same day one finds that it is.

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryTrait, sea_query::OnConflict};

use super::{
    queries::{DayToSeal, MovedDepot},
    rows::{sealed_day, sealed_depot},
    wire::SealedDayView,
};
use crate::{
    problem::{Code, Problem},
    uow::{Command, Permission, Uow},
};

/// Keeps the hash of a day, as it was made beside those who write.
#[derive(Debug, Clone)]
pub(super) struct SealDay(pub(super) DayToSeal);

impl Command for SealDay {
    type Output = SealedDayView;
    const NAME: &'static str = "sealed_days.seal_day";
    const PERMISSION: Permission = Permission::Unasked("the server's own once a day has ended");

    async fn run(&self, uow: &mut Uow<'_>) -> Result<SealedDayView, Problem> {
        let SealedDayView {
            day,
            until,
            size,
            settled_size,
            depots,
            root,
            ..
        } = self.0.day.clone();
        let mut insert = sealed_day::Entity::insert(sealed_day::ActiveModel {
            day: Set(day.clone()),
            until_at: Set(until),
            size: Set(size),
            settled: Set(settled_size),
            depots: Set(depots),
            root: Set(root),
            journal_id: Set(uow.entry().uuid()),
        })
        .into_query();
        insert.on_conflict(
            OnConflict::column(sealed_day::Column::Day)
                .do_nothing()
                .to_owned(),
        );
        if uow.db().execute(&insert).await?.rows_affected() == 0 {
            return Err(Problem::new(Code::WrongState).with("state", "sealed"));
        }
        let rows = self.0.moved.iter().map(|(depot, moved)| {
            let MovedDepot { items, root, salt } = moved.clone();
            sealed_depot::ActiveModel {
                depot_id: Set(depot.uuid()),
                day: Set(day.clone()),
                items: Set(items),
                root: Set(root),
                salt: Set(salt.to_vec()),
            }
        });
        uow.insert_all(rows.collect()).await?;
        Ok(SealedDayView {
            entry_id: uow.entry(),
            ..self.0.day.clone()
        })
    }
}
