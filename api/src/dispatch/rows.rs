//! Tables of dispatch.
//!
//! **Invariant.** Private to this context. A paper is seen by every organisation that has a part
//! in it.

pub(super) mod fair_use;

pub(super) mod plan {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "plan")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) incident_id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) state: String,
        pub(crate) made_by: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub(crate) policy: String,
        #[sea_orm(column_type = "Text")]
        pub(crate) result: String,
        pub(crate) computed_at: DateTimeUtc,
        pub(crate) confirmed_at: Option<DateTimeUtc>,
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

pub(super) mod order {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "dispatch_order")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) number: String,
        pub(crate) depot_id: Uuid,
        pub(crate) custodian_id: Uuid,
        pub(crate) owner_id: Uuid,
        pub(crate) requester_id: Uuid,
        pub(crate) incident_id: Option<Uuid>,
        pub(crate) plan_id: Option<Uuid>,
        pub(crate) site_id: Option<Uuid>,
        pub(crate) to_depot_id: Option<Uuid>,
        pub(crate) receiver_id: Uuid,
        pub(crate) state: String,
        pub(crate) state_at: DateTimeUtc,
        pub(crate) state_by_id: Uuid,
        pub(crate) reason: Option<String>,
        pub(crate) approved_at: Option<DateTimeUtc>,
        pub(crate) approved_by_id: Option<Uuid>,
        pub(crate) approved_alone_because: Option<String>,
        pub(crate) oral_given_by: Option<String>,
        pub(crate) paper_due_at: Option<DateTimeUtc>,
        pub(crate) papered_at: Option<DateTimeUtc>,
        pub(crate) reservation_id: Option<Uuid>,
        pub(crate) contact_from: Option<String>,
        pub(crate) contact_to: Option<String>,
        pub(crate) note: Option<String>,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers_any([
                Expr::col((Entity, Column::CustodianId)),
                Expr::col((Entity, Column::OwnerId)),
                Expr::col((Entity, Column::RequesterId)),
                Expr::col((Entity, Column::ReceiverId)),
            ])
        }
    }
}

pub(super) mod order_line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_line")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) order_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) line: i64,
        pub(crate) need_id: Option<Uuid>,
        pub(crate) item_id: Uuid,
        pub(crate) lot_id: Uuid,
        pub(crate) zone_id: Uuid,
        pub(crate) condition: String,
        pub(crate) quantity: i64,
        pub(crate) sent: i64,
        pub(crate) received: i64,
        pub(crate) lost: i64,
        pub(crate) given_up: i64,
        pub(crate) returned: i64,
        pub(crate) recalled: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Lines are reached through an order that is seen.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod order_event {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_event")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) order_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) step: i64,
        pub(crate) action: String,
        pub(crate) state: String,
        pub(crate) at: DateTimeUtc,
        pub(crate) by_id: Uuid,
        pub(crate) principal: String,
        pub(crate) reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Events are reached through an order that is seen.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod shipment {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shipment")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) order_id: Option<Uuid>,
        pub(crate) waybill: String,
        pub(crate) custodian_id: Uuid,
        pub(crate) requester_id: Uuid,
        pub(crate) receiver_id: Uuid,
        pub(crate) site_id: Option<Uuid>,
        pub(crate) to_depot_id: Option<Uuid>,
        pub(crate) incident_id: Option<Uuid>,
        // `on_road` as long as anything of it is, recalled or not.
        pub(crate) state: String,
        pub(crate) vehicle: Option<String>,
        pub(crate) driver: Option<String>,
        pub(crate) departed_at: DateTimeUtc,
        pub(crate) expected_at: Option<DateTimeUtc>,
        pub(crate) arrived_at: Option<DateTimeUtc>,
        pub(crate) movement_id: Uuid,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) recalled_at: Option<DateTimeUtc>,
        pub(crate) recalled_by_id: Option<Uuid>,
        pub(crate) recall_reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers_any([
                Expr::col((Entity, Column::CustodianId)),
                Expr::col((Entity, Column::RequesterId)),
                Expr::col((Entity, Column::ReceiverId)),
            ])
        }
    }
}

pub(super) mod shipment_line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shipment_line")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) shipment_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) line: i64,
        pub(crate) lot_id: Uuid,
        pub(crate) condition: String,
        pub(crate) sent: i64,
        pub(crate) received: i64,
        pub(crate) damaged: i64,
        pub(crate) short: i64,
        pub(crate) returned: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Lines are reached through a shipment that is seen.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod hand_over {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "hand_over")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) shipment_id: Uuid,
        pub(crate) occurred_at: DateTimeUtc,
        pub(crate) recorded_at: DateTimeUtc,
        pub(crate) given_by: String,
        pub(crate) received_by: String,
        pub(crate) note: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub(crate) lines: String,
        pub(crate) journal_id: Option<Uuid>,
        pub(crate) people_served: Option<i64>,
        pub(crate) way: String,
        pub(crate) reversed_at: Option<DateTimeUtc>,
        pub(crate) reversed_by_id: Option<Uuid>,
        pub(crate) reversal_reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Hand-overs are reached through a shipment that is seen.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod paper_number {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "paper_number")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) series: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) day: String,
        pub(crate) last: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![
        Guard::seen::<plan::Entity>(),
        Guard::seen::<fair_use::permit::Entity>(),
        Guard::seen::<order::Entity>(),
        Guard::part::<order_line::Entity, order::Entity>(&[(
            order_line::Column::OrderId,
            order::Column::Id,
        )]),
        Guard::part::<order_event::Entity, order::Entity>(&[(
            order_event::Column::OrderId,
            order::Column::Id,
        )]),
        Guard::seen::<shipment::Entity>(),
        Guard::part::<shipment_line::Entity, shipment::Entity>(&[
            (shipment_line::Column::DepotId, shipment::Column::DepotId),
            (shipment_line::Column::ShipmentId, shipment::Column::Id),
        ]),
        Guard::part::<hand_over::Entity, shipment::Entity>(&[
            (hand_over::Column::DepotId, shipment::Column::DepotId),
            (hand_over::Column::ShipmentId, shipment::Column::Id),
        ]),
    ]
}
