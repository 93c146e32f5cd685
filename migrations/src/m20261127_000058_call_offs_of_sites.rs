//! Call-offs by the site that they go to.
//!
//! **Invariant.** What suppliers bring to a site is found without reading what they bring elsewhere: every
//! look at needs asks for it.

use sea_orm_migration::prelude::*;

use crate::columns::index;

/// Finds call-offs by their site.
#[derive(Debug)]
pub(crate) struct Migration;

const NAME: &str = "call_off_by_site";

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000058_call_offs_of_sites"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_site = index(NAME, "call_off", &["site_id"]);
        manager.create_index(by_site).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gone = Index::drop().name(NAME).table("call_off").to_owned();
        manager.drop_index(gone).await
    }
}
