//! Tables of webhooks.
//!
//! **Invariant.** Private to this context. A message belongs to whoever sees its webhook.

pub(super) mod webhook {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) name: String,
        pub(crate) url: String,
        /// Commands or contexts, apart by spaces; empty for all.
        pub(crate) events: String,
        pub(crate) state: String,
        pub(crate) secret: String,
        pub(crate) secret_before: Option<String>,
        pub(crate) secret_before_until: Option<DateTimeUtc>,
        /// The first position of the journal that was not looked at for it.
        pub(crate) next_position: i64,
        pub(crate) failing_since: Option<DateTimeUtc>,
        pub(crate) last_delivered_at: Option<DateTimeUtc>,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) created_by: String,
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

pub(super) mod message {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_message")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) webhook_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) position: i64,
        pub(crate) entry_id: Uuid,
        pub(crate) event: String,
        /// What it is about; events about one thing are told in their order.
        pub(crate) subject: String,
        pub(crate) state: String,
        pub(crate) attempts: i64,
        pub(crate) next_attempt_at: DateTimeUtc,
        pub(crate) last_attempt_at: Option<DateTimeUtc>,
        pub(crate) last_status: Option<i64>,
        pub(crate) last_fault: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            use sea_orm::sea_query::{ExprTrait as _, Query};

            use super::webhook;
            let seen = Query::select()
                .column(webhook::Column::Id)
                .from(webhook::Entity)
                .cond_where(webhook::Entity::within(scope))
                .to_owned();
            let of = Expr::col((Entity, Column::WebhookId));
            sea_orm::Condition::all().add(of.in_subquery(seen))
        }
    }
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![
        Guard::seen::<webhook::Entity>(),
        Guard::seen::<message::Entity>(),
    ]
}
