//! Tables of goods that came back.
//!
//! **Invariant.** A row is what a line of the movement cannot say by itself: how the goods came back,
//! and what recovery rules made of it.

pub(in crate::stock) mod return_line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "return_line")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) movement_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) line: i64,
        pub(crate) recovery_class: String,
        pub(crate) found_condition: String,
        pub(crate) used_months: i64,
        pub(crate) cleaned: String,
        pub(crate) demand: String,
        pub(crate) rule: String,
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
