//! Tables of loans.
//!
//! **Invariant.** A loan is seen by whoever sees the depot, the owner of the goods or, where it is an
//! organisation of the tree, the borrower.

pub(in crate::stock) mod loan {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "loan")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) owner_id: Uuid,
        pub(crate) borrower_id: Option<Uuid>,
        pub(crate) borrower_name: String,
        pub(crate) due_on: String,
        pub(crate) reference: Option<String>,
        pub(crate) state: String,
        pub(crate) lent_at: DateTimeUtc,
        pub(crate) lent_by: String,
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
            let crate::scope::Scope::Subtrees(_) = scope else {
                return crate::scope::beyond();
            };
            sea_orm::Condition::any()
                .add(scope.covers_depot(Expr::col((Entity, Column::DepotId))))
                .add(scope.covers(Expr::col((Entity, Column::OwnerId))))
                .add(scope.covers(Expr::col((Entity, Column::BorrowerId))))
        }
    }
}

pub(in crate::stock) mod loan_line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "loan_line")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) loan_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) lot_id: Uuid,
        pub(crate) lent: i64,
        pub(crate) given_back: i64,
        pub(crate) settled: i64,
        pub(crate) forgiven: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Read with its loan only.
    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers_depot(Expr::col((Entity, Column::DepotId)))
        }
    }
}

pub(in crate::stock) mod loan_movement {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "loan_movement")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) movement_id: Uuid,
        pub(crate) loan_id: Uuid,
        pub(crate) act: String,
        pub(crate) receipt_id: Option<Uuid>,
        pub(crate) rate_lent: Option<i64>,
        pub(crate) rate_given: Option<i64>,
        pub(crate) agreed_in: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Read with its loan only.
    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers_depot(Expr::col((Entity, Column::DepotId)))
        }
    }
}
