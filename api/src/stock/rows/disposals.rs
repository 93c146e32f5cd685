//! Tables of disposals.
//!
//! **Invariant.** A disposal is seen by whoever sees the depot and by whoever sees the owner, whose
//! word it waits for. What it asks for are the lines of its reservation.

pub(in crate::stock) mod disposal {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "disposal")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) owner_id: Uuid,
        pub(crate) way: String,
        pub(crate) state: String,
        pub(crate) reservation_id: Uuid,
        pub(crate) reason: String,
        pub(crate) assessed_by: String,
        pub(crate) reference: Option<String>,
        pub(crate) asked_at: DateTimeUtc,
        pub(crate) asked_by: String,
        pub(crate) approved_at: Option<DateTimeUtc>,
        pub(crate) approved_by: Option<String>,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) ended_by: Option<String>,
        pub(crate) end_reason: Option<String>,
        pub(crate) movement_id: Option<Uuid>,
        pub(crate) parts_movement_id: Option<Uuid>,
        pub(crate) proceeds_e4: Option<i64>,
        pub(crate) currency: Option<String>,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            let crate::scope::Scope::Subtrees(_) = scope else {
                return crate::scope::beyond();
            };
            sea_orm::Condition::any()
                .add(scope.covers_depot(Expr::col((Entity, Column::DepotId))))
                .add(scope.covers(Expr::col((Entity, Column::OwnerId))))
        }
    }
}
