//! Tables of organisations and divisions.
//!
//! **Invariant.** Private to this context.

pub(super) mod organisation {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "organisation")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) code: String,
        pub(crate) name: String,
        pub(crate) name_en: Option<String>,
        pub(crate) level: String,
        pub(crate) parent_id: Option<Uuid>,
        pub(crate) division_code: Option<String>,
        pub(crate) name_key: String,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers(Expr::col((Entity, Column::Id)))
        }
    }

    // Whose goods one keeps, and whom one sends goods to, everyone may look up.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod closure {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "organisation_closure")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) ancestor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) descendant_id: Uuid,
        pub(crate) depth: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod division {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "division")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) code: String,
        pub(crate) name: String,
        pub(crate) level: String,
        pub(crate) parent_code: Option<String>,
        pub(crate) longitude: Option<f64>,
        pub(crate) latitude: Option<f64>,
        pub(crate) valid_from: Option<String>,
        pub(crate) valid_to: Option<String>,
        pub(crate) successors: Option<String>,
        pub(crate) source: String,
        pub(crate) name_key: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod boundary {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "division_boundary")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) code: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) geometry: String,
        pub(crate) source: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod population {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "population")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) division_code: String,
        pub(crate) people: i64,
        pub(crate) counted_on: String,
        pub(crate) source: String,
        pub(crate) confidence: String,
        pub(crate) changed_at: DateTimeUtc,
        pub(crate) changed_by: String,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}
