//! Tables of agreements.
//!
//! **Invariant.** Private to this context. An agreement is seen by the society that made it and by
//! its supplier; a call-off by them and by whoever receives. What hangs on one of them is read
//! after it, by its id.

pub(super) mod agreement {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) supplier_id: Uuid,
        pub(crate) number: String,
        pub(crate) first_day: String,
        pub(crate) last_day: Option<String>,
        pub(crate) depot_id: Option<Uuid>,
        pub(crate) division_code: Option<String>,
        pub(crate) longitude: Option<f64>,
        pub(crate) latitude: Option<f64>,
        pub(crate) address: Option<String>,
        pub(crate) contacts: String,
        pub(crate) note: Option<String>,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) ended_by: Option<String>,
        pub(crate) end_reason: Option<String>,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers_any([
                Expr::col((Entity, Column::OrganisationId)),
                Expr::col((Entity, Column::SupplierId)),
            ])
        }
    }
}

pub(super) mod agreement_item {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement_item")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) agreement_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) item_id: Uuid,
        pub(crate) quantity: i64,
        pub(crate) called: i64,
        pub(crate) response_h: i64,
        pub(crate) price_e4: Option<i64>,
        pub(crate) currency: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod confirmation {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement_confirmation")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) agreement_id: Uuid,
        pub(crate) item_id: Uuid,
        pub(crate) quantity: i64,
        pub(crate) confirmed_by: String,
        pub(crate) confirmed_at: DateTimeUtc,
        pub(crate) recorded_by: String,
        pub(crate) recorded_at: DateTimeUtc,
        pub(crate) note: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod call_off {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "call_off")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) agreement_id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) supplier_id: Uuid,
        pub(crate) receiver_id: Uuid,
        pub(crate) to_depot_id: Option<Uuid>,
        pub(crate) site_id: Option<Uuid>,
        pub(crate) incident_id: Option<Uuid>,
        pub(crate) state: String,
        pub(crate) note: Option<String>,
        pub(crate) called_at: DateTimeUtc,
        pub(crate) called_by: String,
        pub(crate) due_at: DateTimeUtc,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) ended_by: Option<String>,
        pub(crate) end_reason: Option<String>,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers_any([
                Expr::col((Entity, Column::OrganisationId)),
                Expr::col((Entity, Column::SupplierId)),
                Expr::col((Entity, Column::ReceiverId)),
            ])
        }
    }
}

pub(super) mod call_off_line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "call_off_line")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) call_off_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) item_id: Uuid,
        pub(crate) quantity: i64,
        pub(crate) delivered: i64,
        pub(crate) due_at: DateTimeUtc,
        pub(crate) price_e4: Option<i64>,
        pub(crate) currency: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod delivery {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "call_off_delivery")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) call_off_id: Uuid,
        pub(crate) way: String,
        pub(crate) depot_id: Option<Uuid>,
        pub(crate) movement_id: Option<Uuid>,
        pub(crate) received_by: Option<String>,
        pub(crate) note: Option<String>,
        pub(crate) occurred_at: DateTimeUtc,
        pub(crate) recorded_at: DateTimeUtc,
        pub(crate) recorded_by: String,
        pub(crate) undone_at: Option<DateTimeUtc>,
        pub(crate) undone_by: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod delivery_line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "call_off_delivery_line")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) delivery_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) item_id: Uuid,
        pub(crate) quantity: i64,
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
        Guard::seen::<agreement::Entity>(),
        Guard::part::<agreement_item::Entity, agreement::Entity>(&[(
            agreement_item::Column::AgreementId,
            agreement::Column::Id,
        )]),
        Guard::part::<confirmation::Entity, agreement::Entity>(&[(
            confirmation::Column::AgreementId,
            agreement::Column::Id,
        )]),
        Guard::seen::<call_off::Entity>(),
        Guard::part::<call_off_line::Entity, call_off::Entity>(&[(
            call_off_line::Column::CallOffId,
            call_off::Column::Id,
        )]),
        Guard::part::<delivery::Entity, call_off::Entity>(&[(
            delivery::Column::CallOffId,
            call_off::Column::Id,
        )]),
        Guard::part::<delivery_line::Entity, delivery::Entity>(&[(
            delivery_line::Column::DeliveryId,
            delivery::Column::Id,
        )]),
    ]
}
