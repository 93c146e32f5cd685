//! Tables of duties.
//!
//! **Invariant.** Private to this context. What belongs to a depot is seen by whoever sees the depot;
//! periods and years are read by whoever is logged in.

// The end of every table of rows that belong to depots.
macro_rules! of_depot {
    () => {
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}

        impl crate::scope::Visible for Entity {
            fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
                scope.covers_depot(Expr::col((Entity, Column::DepotId)))
            }
        }
    };
}

pub(super) mod duty_record {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duty_record")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) kind: String,
        pub(crate) done_on: String,
        pub(crate) done_by: String,
        pub(crate) outcome: Option<String>,
        pub(crate) note: Option<String>,
        pub(crate) recorded_at: DateTimeUtc,
        pub(crate) recorded_by: String,
        pub(crate) withdrawn_at: Option<DateTimeUtc>,
        pub(crate) withdrawn_by: Option<String>,
        pub(crate) withdrawn_reason: Option<String>,
        pub(crate) version: i64,
    }

    of_depot!();
}

pub(super) mod duty_record_lot {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duty_record_lot")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) record_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) lot_id: Uuid,
    }

    of_depot!();
}

pub(super) mod arrival {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "arrival")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) came_on: String,
        pub(crate) what: String,
        pub(crate) counterparty: Option<String>,
        pub(crate) state: String,
        pub(crate) movement_id: Option<Uuid>,
        pub(crate) accepted_on: Option<String>,
        pub(crate) reason: Option<String>,
        pub(crate) recorded_at: DateTimeUtc,
        pub(crate) recorded_by: String,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) ended_by: Option<String>,
        pub(crate) version: i64,
    }

    of_depot!();
}

pub(super) mod duty_holder {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duty_holder")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) kind: String,
        pub(crate) person: Option<String>,
        pub(crate) named_at: DateTimeUtc,
        pub(crate) named_by: String,
        pub(crate) version: i64,
    }

    of_depot!();
}

pub(super) mod duty_period {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duty_period")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) kind: String,
        pub(crate) amount: i64,
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

pub(super) mod work_year {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "work_year")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) year: i64,
        pub(crate) source: String,
        pub(crate) days: String,
        pub(crate) changed_at: DateTimeUtc,
        pub(crate) changed_by: String,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![
        Guard::seen::<duty_record::Entity>(),
        Guard::seen::<duty_record_lot::Entity>(),
        Guard::seen::<arrival::Entity>(),
        Guard::seen::<duty_holder::Entity>(),
    ]
}
