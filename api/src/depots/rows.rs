//! Tables of depots.
//!
//! **Invariant.** Private to this context. What belongs to a depot is seen by whoever sees the
//! depot.

use sea_orm::{
    Condition, QuerySelect, QueryTrait,
    sea_query::{ExprTrait, SimpleExpr},
};

use crate::scope::{Scope, beyond, visible};

// Rows whose `column` names a depot that `scope` reaches.
fn of_visible_depots(scope: &Scope, column: SimpleExpr) -> Condition {
    match scope {
        Scope::Everything => beyond(),
        Scope::Subtrees(_) => {
            let depots = visible::<depot::Entity>(scope)
                .select_only()
                .column(depot::Column::Id)
                .into_query();
            Condition::all().add(column.in_subquery(depots))
        }
    }
}

pub(super) mod depot {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "depot")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) code: String,
        pub(crate) name: String,
        pub(crate) name_en: Option<String>,
        pub(crate) level: String,
        pub(crate) operation: String,
        pub(crate) organisation_id: Uuid,
        pub(crate) division_code: Option<String>,
        pub(crate) address: Option<String>,
        pub(crate) longitude: Option<f64>,
        pub(crate) latitude: Option<f64>,
        pub(crate) given_crs: Option<String>,
        pub(crate) given_longitude: Option<f64>,
        pub(crate) given_latitude: Option<f64>,
        pub(crate) state: String,
        pub(crate) state_reason: Option<String>,
        pub(crate) state_since: DateTimeUtc,
        #[sea_orm(column_type = "Text")]
        pub(crate) profile: String,
        pub(crate) remark: Option<String>,
        pub(crate) name_key: String,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
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

pub(super) mod zone {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "zone")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) code: String,
        pub(crate) name: String,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            super::of_visible_depots(scope, Expr::col((Entity, Column::DepotId)))
        }
    }
}

pub(super) mod bin {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bin")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) zone_id: Uuid,
        pub(crate) code: String,
        pub(crate) name: Option<String>,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            super::of_visible_depots(scope, Expr::col((Entity, Column::DepotId)))
        }
    }
}

pub(super) mod level {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "stock_level")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) item_id: Uuid,
        pub(crate) floor: i64,
        pub(crate) minimum: Option<i64>,
        pub(crate) maximum: Option<i64>,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            super::of_visible_depots(scope, Expr::col((Entity, Column::DepotId)))
        }
    }
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![
        Guard::seen::<depot::Entity>(),
        Guard::seen::<zone::Entity>(),
        Guard::seen::<bin::Entity>(),
        Guard::seen::<level::Entity>(),
    ]
}
