//! Tables of conversions.
//!
//! **Invariant.** Rows are inserted and never changed. What went into a lot of kits is seen by
//! whoever sees the depot where that happened, and by whoever sees the owner.

pub(in crate::stock) mod conversion {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "conversion")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) movement_id: Uuid,
        pub(crate) way: String,
        pub(crate) kit_lot_id: Uuid,
        pub(crate) kit_version_id: Uuid,
        pub(crate) kits: i64,
        pub(crate) loss_movement_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            crate::stock::rows::custodian_or_owner(
                scope,
                Expr::col((Entity, Column::DepotId)),
                (Entity, Column::KitLotId),
            )
        }
    }
}

pub(in crate::stock) mod kit_part {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "kit_part")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) movement_id: Uuid,
        pub(crate) kit_lot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) lot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) condition: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) fate: String,
        pub(crate) quantity: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            crate::stock::rows::custodian_or_owner(
                scope,
                Expr::col((Entity, Column::DepotId)),
                (Entity, Column::KitLotId),
            )
        }
    }
}
