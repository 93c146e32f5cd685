//! Tables of alerts.
//!
//! **Invariant.** Private to this context. An alert is a fact for everybody, whoever took it in.

pub(super) mod alert {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "alert")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) sender: String,
        pub(crate) identifier: String,
        pub(crate) sent_at: DateTimeUtc,
        pub(crate) status: String,
        pub(crate) message_type: String,
        pub(crate) warns: bool,
        pub(crate) event: Option<String>,
        pub(crate) headline: Option<String>,
        pub(crate) sender_name: Option<String>,
        pub(crate) urgency: Option<String>,
        pub(crate) severity: Option<String>,
        pub(crate) certainty: Option<String>,
        pub(crate) colour: Option<String>,
        pub(crate) effective_at: DateTimeUtc,
        pub(crate) onset_at: DateTimeUtc,
        pub(crate) expires_at: Option<DateTimeUtc>,
        pub(crate) divisions: i64,
        pub(crate) polygons: i64,
        pub(crate) circles: i64,
        pub(crate) other_codes: i64,
        pub(crate) sha256: String,
        pub(crate) succeeded_by: Option<Uuid>,
        pub(crate) succeeded_as: Option<String>,
        pub(crate) taken_at: DateTimeUtc,
        pub(crate) taken_by: String,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers(Expr::col((Entity, Column::OrganisationId)))
        }
    }
}

pub(super) mod document {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "alert_document")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) alert_id: Uuid,
        #[sea_orm(column_type = "Text")]
        pub(crate) content: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod part {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "alert_part")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) alert_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) part: i64,
        pub(crate) description: String,
        pub(crate) kind: String,
        pub(crate) division_code: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(crate) geometry: Option<String>,
        pub(crate) value_name: Option<String>,
        pub(crate) value: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod reference {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "alert_reference")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) alert_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) number: i64,
        pub(crate) sender: String,
        pub(crate) identifier: String,
        pub(crate) sent_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}
