//! Tables of the journal.
//!
//! **Invariant.** Private to this context; rows are inserted and never changed.

pub(super) mod entry {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) recorded_at: DateTimeUtc,
        pub(crate) command: String,
        pub(crate) principal: String,
        pub(crate) organisation_id: Option<Uuid>,
        pub(crate) subject: Option<String>,
        pub(crate) request_id: String,
        pub(crate) idempotency_key: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub(crate) body: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers(Expr::col((Entity, Column::OrganisationId)))
        }
    }
}

pub(super) mod salt {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal_salt")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) entry_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) pointer: String,
        pub(crate) salt: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
