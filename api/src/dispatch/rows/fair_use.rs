//! Tables of fair use.
//!
//! **Invariant.** A rule is known to everyone who is logged in, since whoever may order is measured by
//! it; what was permitted is seen by the owner's side and by whom it was permitted to.

pub(in crate::dispatch) mod rule {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fair_use_rule")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) owner_id: Uuid,
        pub(crate) item_id: Option<Uuid>,
        pub(crate) share_percent: i64,
        pub(crate) free_quantity: i64,
        pub(crate) reason: String,
        pub(crate) begun_at: DateTimeUtc,
        pub(crate) begun_by: String,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) ended_by: Option<String>,
        pub(crate) end_reason: Option<String>,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers(Expr::col((Entity, Column::OwnerId)))
        }
    }
}

pub(in crate::dispatch) mod permit {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fair_use_permit")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) rule_id: Uuid,
        pub(crate) owner_id: Uuid,
        pub(crate) requester_id: Uuid,
        pub(crate) item_id: Uuid,
        pub(crate) quantity: i64,
        pub(crate) reason: String,
        pub(crate) permitted_at: DateTimeUtc,
        pub(crate) permitted_by: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers_any([
                Expr::col((Entity, Column::OwnerId)),
                Expr::col((Entity, Column::RequesterId)),
            ])
        }
    }
}
