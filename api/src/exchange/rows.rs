//! The table of imports.
//!
//! **Invariant.** Private to this context.

use sea_orm::{Condition, entity::prelude::*};

use crate::scope::{Scope, Visible};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_run")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) organisation_id: Option<Uuid>,
    pub(crate) kind: String,
    pub(crate) file_name: String,
    pub(crate) sha256: String,
    pub(crate) bytes: i64,
    pub(crate) mode: String,
    pub(crate) state: String,
    pub(crate) rows_total: i64,
    pub(crate) rows_done: i64,
    pub(crate) rows_bad: i64,
    pub(crate) errors_total: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) errors: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub(crate) summary: Option<String>,
    pub(crate) principal: String,
    pub(crate) version: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) finished_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Visible for Entity {
    // A run of the operator belongs to no organisation and only the operator sees it.
    fn within(scope: &Scope) -> Condition {
        scope.covers(Expr::col((Entity, Column::OrganisationId)))
    }
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![Guard::seen::<Entity>()]
}
