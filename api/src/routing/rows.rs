//! Tables of closed roads.
//!
//! **Invariant.** Private to this context. A closed road is a fact for everybody, whoever drew it:
//! everyone who is logged in may read it, and whoever speaks for its organisation may lift it.

pub(super) mod closure {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "road_closure")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) name: String,
        pub(crate) reason: String,
        pub(crate) closed_from: DateTimeUtc,
        pub(crate) closed_until: Option<DateTimeUtc>,
        pub(crate) drawn_at: DateTimeUtc,
        pub(crate) drawn_by: String,
        pub(crate) lifted_at: Option<DateTimeUtc>,
        pub(crate) lifted_by: Option<String>,
        pub(crate) lift_reason: Option<String>,
        pub(crate) divisions: i64,
        pub(crate) polygons: i64,
        pub(crate) circles: i64,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers(Expr::col((Entity, Column::OrganisationId)))
        }
    }
}

pub(super) mod part {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "road_closure_part")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) closure_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) part: i64,
        pub(crate) kind: String,
        pub(crate) division_code: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(crate) geometry: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(crate) given: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod of_alert {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "road_closure_alert")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) closure_id: Uuid,
        pub(crate) alert_id: Uuid,
        pub(crate) time_was_given: bool,
        pub(crate) left_out: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}
