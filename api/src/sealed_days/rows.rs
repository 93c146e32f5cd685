//! Tables of sealed days.
//!
//! **Invariant.** Private to this context, written once and never changed.

pub(super) mod sealed_day {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sealed_day")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) day: String,
        pub(crate) until_at: DateTimeUtc,
        pub(crate) size: i64,
        pub(crate) settled: i64,
        pub(crate) depots: i64,
        pub(crate) root: String,
        pub(crate) journal_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // A hash tells nothing of what was hashed.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod sealed_depot {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sealed_depot")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) day: String,
        pub(crate) items: i64,
        pub(crate) root: String,
        pub(crate) salt: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers_depot(Expr::col((Entity, Column::DepotId)))
        }
    }
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![Guard::seen::<sealed_depot::Entity>()]
}
