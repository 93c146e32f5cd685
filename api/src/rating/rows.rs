//! Tables of rating.
//!
//! **Invariant.** Private to this context. Rule sets are read by whoever is logged in; an assessment,
//! with all that belongs to it, by whoever sees the depot.

mod assessments;

pub(super) use assessments::{act, assessment, evidence, remark};

pub(super) mod rule_set {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "rule_set")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) code: String,
        pub(crate) edition: i64,
        pub(crate) status: String,
        pub(crate) document: String,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
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
        Guard::seen::<assessment::Entity>(),
        Guard::seen::<act::Entity>(),
        Guard::seen::<remark::Entity>(),
        Guard::seen::<evidence::Entity>(),
    ]
}
