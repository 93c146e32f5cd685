//! Tables of devices.
//!
//! **Invariant.** Private to this context. What a device said is inserted and never changed.

pub(super) mod device {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "device")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) name: String,
        pub(crate) registered_by: String,
        pub(crate) registered_at: DateTimeUtc,
        pub(crate) next_sequence: i64,
        pub(crate) last_hash: Option<String>,
        pub(crate) cloned_at: Option<DateTimeUtc>,
        pub(crate) cloned_sequence: Option<i64>,
        pub(crate) version: i64,
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

pub(super) mod device_command {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "device_command")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) device_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) sequence: i64,
        pub(crate) operation: String,
        pub(crate) request_hash: String,
        pub(crate) occurred_at: DateTimeUtc,
        pub(crate) recorded_at: DateTimeUtc,
        pub(crate) principal: String,
        pub(crate) outcome: String,
        pub(crate) result_id: Option<String>,
        pub(crate) problem: Option<String>,
        pub(crate) journal_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        // By whoever sees the device.
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            use sea_orm::sea_query::{ExprTrait as _, Query};

            use super::device;
            let seen = Query::select()
                .column(device::Column::Id)
                .from(device::Entity)
                .cond_where(device::Entity::within(scope))
                .to_owned();
            let of = Expr::col((Entity, Column::DeviceId));
            sea_orm::Condition::all().add(of.in_subquery(seen))
        }
    }
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![
        Guard::seen::<device::Entity>(),
        Guard::seen::<device_command::Entity>(),
    ]
}
