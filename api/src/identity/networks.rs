//! Networks that sent too many wrong passwords and codes.
//!
//! **Invariant.** The count is the database's, so that all servers on it count together. While a
//! network is locked, nobody learns from there whether a password is right.

use domain::identity::NetworkRule;
use futures_util::FutureExt as _;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    QueryTrait,
    sea_query::{LockType, OnConflict},
};

use crate::{
    app::App,
    http::Network,
    problem::{Code, Problem},
    scope::reference,
    uow::without_entry,
};

use super::rows::login_network::{ActiveModel, Column, Entity};

// One failure is forgotten each minute, and no lock lasts longer than half an hour: ours.
const FORGETS_ONE_IN_S: u32 = 60;
const LONGEST_LOCK_S: u32 = 1_800;

fn rule(app: &App) -> Option<NetworkRule> {
    let free_failures = app.config.network_failures_free;
    (free_failures > 0).then_some(NetworkRule {
        free_failures,
        forgets_one_in_s: FORGETS_ONE_IN_S,
        longest_lock_s: LONGEST_LOCK_S,
    })
}

/// Refuses while the network is locked.
pub(super) async fn check(app: &App, network: Option<Network>) -> Result<(), Problem> {
    let Some((rule, network)) = rule(app).zip(network) else {
        return Ok(());
    };
    let known = reference::<Entity>()
        .filter(Column::Network.eq(network.to_string()))
        .one(app.db.latest())
        .await?;
    let now = app.clock.now();
    match known.and_then(|row| rule.locked_until(row.drains_at, now)) {
        Some(until) => {
            let wait_s = (until - now).num_seconds().max(1);
            Err(Problem::new(Code::NetworkLocked).with("retry_after_s", wait_s))
        }
        None => Ok(()),
    }
}

/// Counts a wrong password or code.
pub(super) async fn note_failure(app: &App, network: Option<Network>) -> Result<(), Problem> {
    let Some((rule, network)) = rule(app).zip(network) else {
        return Ok(());
    };
    let (network, now) = (network.to_string(), app.clock.now());
    without_entry(app, move |transaction| {
        async move {
            let fresh = ActiveModel {
                network: Set(network.clone()),
                drains_at: Set(now),
            };
            let mut insert = Entity::insert(fresh).into_query();
            insert.on_conflict(OnConflict::column(Column::Network).do_nothing().to_owned());
            transaction.execute(&insert).await?;
            let counted = reference::<Entity>()
                .lock(LockType::NoKeyUpdate)
                .filter(Column::Network.eq(network))
                .one(transaction)
                .await?;
            if let Some(row) = counted {
                let drains_at = rule.after_failure(Some(row.drains_at), now);
                let mut change = row.into_active_model();
                change.drains_at = Set(drains_at);
                change.update(transaction).await?;
            }
            Ok(true)
        }
        .boxed()
    })
    .await?;
    Ok(())
}

/// Forgets networks that nothing is held against any more. Run by the server's jobs.
pub(crate) async fn sweep_networks(app: &App) -> Result<u64, Problem> {
    let swept = Entity::delete_many()
        .filter(Column::DrainsAt.lt(app.clock.now()))
        .exec(app.db.writer())
        .await?;
    Ok(swept.rows_affected)
}
