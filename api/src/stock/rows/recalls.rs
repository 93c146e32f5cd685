//! Tables of recalls of lots.
//!
//! **Invariant.** A recall is seen by whoever sees the organisation that made it, and by whoever sees
//! any of its lots: who keeps such goods must know.

pub(in crate::stock) mod lot_recall {
    use sea_orm::{
        entity::prelude::*,
        sea_query::{Alias, ExprTrait as _, Query},
    };

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "lot_recall")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) extent: String,
        pub(crate) item_id: Option<Uuid>,
        pub(crate) batch: Option<String>,
        pub(crate) reference: String,
        pub(crate) reason: String,
        pub(crate) grade: String,
        pub(crate) announced_by: String,
        pub(crate) announced_on: Option<String>,
        pub(crate) recalled_at: DateTimeUtc,
        pub(crate) recalled_by: String,
        pub(crate) lifted_at: Option<DateTimeUtc>,
        pub(crate) lifted_by: Option<String>,
        pub(crate) lift_reason: Option<String>,
        pub(crate) held_until: Option<DateTimeUtc>,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            use super::super::lot;
            let crate::scope::Scope::Subtrees(_) = scope else {
                return crate::scope::beyond();
            };
            let of = |name| Expr::col((Alias::new("lot_recall_lot"), Alias::new(name)));
            let seen = Query::select()
                .expr(Expr::val(1))
                .from(Alias::new("lot_recall_lot"))
                .inner_join(
                    lot::Entity,
                    Expr::col((lot::Entity, lot::Column::Id))
                        .equals((Alias::new("lot_recall_lot"), Alias::new("lot_id"))),
                )
                .and_where(of("recall_id").equals((Entity, Column::Id)))
                .cond_where(lot::Entity::within(scope))
                .to_owned();
            sea_orm::Condition::any()
                .add(scope.covers(Expr::col((Entity, Column::OrganisationId))))
                .add(Expr::exists(seen))
        }
    }
}

pub(in crate::stock) mod lot_recall_lot {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "lot_recall_lot")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) recall_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) lot_id: Uuid,
        pub(crate) held_as: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        // By whoever sees the lot.
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            use sea_orm::sea_query::{ExprTrait as _, Query};

            use super::super::lot;
            let crate::scope::Scope::Subtrees(_) = scope else {
                return crate::scope::beyond();
            };
            let seen = Query::select()
                .expr(Expr::val(1))
                .from(lot::Entity)
                .and_where(
                    Expr::col((lot::Entity, lot::Column::Id)).equals((Entity, Column::LotId)),
                )
                .cond_where(lot::Entity::within(scope))
                .to_owned();
            sea_orm::Condition::all().add(Expr::exists(seen))
        }
    }
}
