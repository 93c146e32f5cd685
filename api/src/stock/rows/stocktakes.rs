//! Tables of stocktakes.
//!
//! **Invariant.** Whoever sees the depot sees its stocktakes; what of their figures, is for the
//! views to say. Counts are inserted and never changed.

pub(in crate::stock) mod count_limit {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "count_limit")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        pub(crate) share_e4: i64,
        pub(crate) value_e4: i64,
        pub(crate) currency: String,
        pub(crate) source: String,
        pub(crate) version: i64,
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

pub(in crate::stock) mod stocktake {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "stocktake")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) state: String,
        pub(crate) round: i64,
        pub(crate) extent: String,
        pub(crate) sheet: String,
        pub(crate) cutoff_journal_id: Uuid,
        pub(crate) cutoff_at: DateTimeUtc,
        pub(crate) share_limit_e4: i64,
        pub(crate) value_limit_e4: i64,
        pub(crate) limit_currency: String,
        pub(crate) limit_source: String,
        pub(crate) opened_by: String,
        pub(crate) note: Option<String>,
        pub(crate) counted_at: Option<DateTimeUtc>,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) ended_by: Option<String>,
        pub(crate) approval: String,
        pub(crate) reason: Option<String>,
        pub(crate) version: i64,
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

pub(in crate::stock) mod stocktake_part {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "stocktake_part")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) stocktake_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) part_id: Uuid,
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

pub(in crate::stock) mod stocktake_line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "stocktake_line")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) stocktake_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) line: i64,
        pub(crate) zone_id: Uuid,
        pub(crate) bin_id: Option<Uuid>,
        pub(crate) lot_id: Uuid,
        pub(crate) condition: String,
        pub(crate) origin: String,
        pub(crate) cutoff_book: i64,
        pub(crate) round: i64,
        pub(crate) counted: Option<i64>,
        pub(crate) book: Option<i64>,
        pub(crate) difference: Option<i64>,
        pub(crate) movement_id: Option<Uuid>,
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

pub(in crate::stock) mod stocktake_count {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "stocktake_count")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) stocktake_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) line: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) round: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) counter: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) revision: i64,
        pub(crate) counted: i64,
        pub(crate) book: i64,
        pub(crate) counted_at: DateTimeUtc,
        pub(crate) recorded_at: DateTimeUtc,
        pub(crate) journal_id: Uuid,
        pub(crate) note: Option<String>,
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
