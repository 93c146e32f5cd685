//! Shipments that are on the road, by where they go.
//!
//! **Invariant.** What is on its way to depots is found without reading what has arrived: of the latter
//! there is more every day.

use sea_orm_migration::prelude::*;

use crate::columns::index;

/// Finds what is on the road.
#[derive(Debug)]
pub(crate) struct Migration;

const NAME: &str = "shipment_on_road";

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000057_on_road"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on_road = index(NAME, "shipment", &["state", "to_depot_id", "expected_at"]);
        manager.create_index(on_road).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gone = Index::drop().name(NAME).table("shipment").to_owned();
        manager.drop_index(gone).await
    }
}
