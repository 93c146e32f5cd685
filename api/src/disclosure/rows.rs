//! Tables of the public account.
//!
//! **Invariant.** Private to this context. The content of a statement is written once.

pub(super) mod donor {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "donor")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) name: String,
        pub(crate) class: String,
        pub(crate) naming: String,
        pub(crate) ground: Option<String>,
        pub(crate) recorded_at: DateTimeUtc,
        pub(crate) recorded_by: String,
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

pub(super) mod statement {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "statement")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) title: String,
        pub(crate) incident_id: Option<Uuid>,
        pub(crate) donor_id: Option<Uuid>,
        pub(crate) item_id: Option<Uuid>,
        pub(crate) source: Option<String>,
        pub(crate) from_at: Option<DateTimeUtc>,
        pub(crate) until_at: DateTimeUtc,
        pub(crate) position: i64,
        pub(crate) state: String,
        pub(crate) corrects_id: Option<Uuid>,
        #[sea_orm(column_type = "Text")]
        pub(crate) content: String,
        pub(crate) digest: String,
        pub(crate) line_count: i64,
        pub(crate) prepared_at: DateTimeUtc,
        pub(crate) prepared_by: String,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) ended_by: Option<String>,
        pub(crate) reason: Option<String>,
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

pub(super) mod disclosed_gift {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "disclosed_gift")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) movement_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) lot_id: Uuid,
        pub(crate) statement_id: Uuid,
        pub(crate) disclosed_on: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // That a gift was published is no secret; it is read for depots that were asked for.
    impl crate::scope::Reference for Entity {}
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![
        Guard::seen::<donor::Entity>(),
        Guard::seen::<statement::Entity>(),
        Guard::part::<disclosed_gift::Entity, statement::Entity>(&[(
            disclosed_gift::Column::StatementId,
            statement::Column::Id,
        )]),
    ]
}
