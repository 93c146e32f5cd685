//! When what is on the road is due.
//!
//! **Invariant.** One statement, and none where nothing of a page is on the road. Dispatch knows when,
//! stock what.

use std::collections::{BTreeMap, BTreeSet};

use domain::virtual_warehouse::{Figures, Road};
use sea_orm::ConnectionTrait;

use super::super::wire::Asked;
use crate::{
    dispatch,
    problem::Problem,
    scope::Scope,
    stock::{Grain, PooledKey, PooledSelection, pooled_road},
};

/// What is on the road under the keys of a page.
pub(super) async fn road(
    db: &impl ConnectionTrait,
    scope: &Scope,
    asked: &Asked,
    selection: &PooledSelection,
    grain: Grain,
    figures: &BTreeMap<PooledKey, Figures>,
) -> Result<BTreeMap<PooledKey, Road>, Problem> {
    let keys = figures.iter().filter(|(_, figures)| figures.on_road > 0);
    let keys: BTreeSet<_> = keys.map(|(key, _)| *key).collect();
    let dues = dispatch::dues(asked.as_of);
    let mut road: BTreeMap<_, Road> = BTreeMap::new();
    for (key, due_at, quantity) in pooled_road(db, scope, selection, grain, &keys, dues).await? {
        let of_key = road.entry(key).or_default();
        of_key.add(due_at, quantity, asked.moment);
    }
    Ok(road)
}
