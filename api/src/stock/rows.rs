//! Tables of stock.
//!
//! **Invariant.** Private to this context. Movements and their lines are inserted and never
//! changed; balances are changed by `ledger` alone.

use sea_orm::{
    Condition,
    sea_query::{Alias, Expr, ExprTrait, IntoColumnRef, Query, SimpleExpr},
};

use crate::scope::{Scope, beyond};

pub(super) mod conditions;
pub(super) mod conversions;
pub(super) mod disposals;
pub(super) mod late_facts;
pub(super) mod loans;
pub(super) mod lot_changes;
pub(super) mod recalls;
pub(super) mod receipt_codes;
pub(super) mod returns;
pub(super) mod stocktakes;

// Goods are seen by whoever sees their custodian and by whoever sees their owner.
pub(super) fn custodian_or_owner(
    scope: &Scope,
    depot: impl Into<SimpleExpr>,
    lot: impl IntoColumnRef,
) -> Condition {
    let Scope::Subtrees(_) = scope else {
        return beyond();
    };
    let owned = Query::select()
        .expr(Expr::val(1))
        .from(Alias::new("lot"))
        .and_where(Expr::col((Alias::new("lot"), Alias::new("id"))).equals(lot))
        .cond_where(scope.covers(Expr::col((Alias::new("lot"), Alias::new("owner_id")))))
        .to_owned();
    Condition::any()
        .add(scope.covers_depot(depot))
        .add(Expr::exists(owned))
}

pub(super) mod lot {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "lot")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) item_id: Uuid,
        pub(crate) owner_id: Uuid,
        pub(crate) source: String,
        pub(crate) donor: Option<String>,
        pub(crate) batch: Option<String>,
        pub(crate) maker: Option<String>,
        pub(crate) produced_on: Option<String>,
        pub(crate) expires_on: Option<String>,
        pub(crate) unit_value_e4: Option<i64>,
        pub(crate) currency: Option<String>,
        pub(crate) restriction_kind: String,
        pub(crate) restriction: Option<String>,
        pub(crate) recalled_at: Option<DateTimeUtc>,
        pub(crate) remark: Option<String>,
        pub(crate) depot_id: Uuid,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) kit_lot_id: Option<Uuid>,
        pub(crate) disposal_id: Option<Uuid>,
        pub(crate) call_off_id: Option<Uuid>,
        pub(crate) parent_lot_id: Option<Uuid>,
        pub(crate) lot_change_id: Option<Uuid>,
        pub(crate) loan_id: Option<Uuid>,
        pub(crate) journal_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        // By its owner, by the depot that received it, and by every depot that keeps or kept some:
        // a balance that went down to nothing stays.
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            use super::{Alias, ExprTrait as _, Query};
            let crate::scope::Scope::Subtrees(_) = scope else {
                return crate::scope::beyond();
            };
            let column = |name| Expr::col((Alias::new("balance"), Alias::new(name)));
            let kept = Query::select()
                .expr(Expr::val(1))
                .from(Alias::new("balance"))
                .and_where(column("lot_id").equals((Entity, Column::Id)))
                .cond_where(scope.covers_depot(column("depot_id")))
                .to_owned();
            sea_orm::Condition::any()
                .add(scope.covers(Expr::col((Entity, Column::OwnerId))))
                .add(scope.covers_depot(Expr::col((Entity, Column::DepotId))))
                .add(Expr::exists(kept))
        }
    }
}

pub(super) mod movement {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "movement")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) kind: String,
        pub(crate) occurred_at: DateTimeUtc,
        pub(crate) recorded_at: DateTimeUtc,
        pub(crate) journal_id: Uuid,
        pub(crate) paper_number: Option<String>,
        pub(crate) counterparty: Option<String>,
        pub(crate) note: Option<String>,
        pub(crate) reverses_id: Option<Uuid>,
        pub(crate) incident_id: Option<Uuid>,
        pub(crate) division_code: Option<String>,
        pub(crate) programme: Option<String>,
        pub(crate) shipment_id: Option<Uuid>,
        pub(crate) reservation_id: Option<Uuid>,
        pub(crate) override_reason: Option<String>,
        pub(crate) override_by: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        // By whoever sees the depot that posted it, and by whoever sees an owner of its goods.
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            use super::{Alias, ExprTrait as _, Query};
            let crate::scope::Scope::Subtrees(_) = scope else {
                return crate::scope::beyond();
            };
            let (lot, line) = (Alias::new("lot"), Alias::new("movement_line"));
            let of_line = |name| Expr::col((Alias::new("movement_line"), Alias::new(name)));
            let owned = Query::select()
                .expr(Expr::val(1))
                .from(line)
                .inner_join(
                    lot,
                    of_line("lot_id").equals((Alias::new("lot"), Alias::new("id"))),
                )
                .and_where(of_line("depot_id").equals((Entity, Column::DepotId)))
                .and_where(of_line("movement_id").equals((Entity, Column::Id)))
                .cond_where(scope.covers(Expr::col((Alias::new("lot"), Alias::new("owner_id")))))
                .to_owned();
            sea_orm::Condition::any()
                .add(scope.covers_depot(Expr::col((Entity, Column::DepotId))))
                .add(Expr::exists(owned))
        }
    }
}

pub(super) mod movement_line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "movement_line")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) movement_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) line: i64,
        pub(crate) lot_id: Uuid,
        pub(crate) condition: String,
        pub(crate) quantity: i64,
        pub(crate) from_kind: String,
        pub(crate) from_depot_id: Uuid,
        pub(crate) from_id: Uuid,
        pub(crate) to_kind: String,
        pub(crate) to_depot_id: Uuid,
        pub(crate) to_id: Uuid,
        pub(crate) bin_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        // Either end in a depot that is seen, or the goods owned by somebody who is.
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            let crate::scope::Scope::Subtrees(_) = scope else {
                return crate::scope::beyond();
            };
            let depot = |column| scope.covers_depot(Expr::col((Entity, column)));
            sea_orm::Condition::any()
                .add(depot(Column::FromDepotId))
                .add(super::custodian_or_owner(
                    scope,
                    Expr::col((Entity, Column::ToDepotId)),
                    (Entity, Column::LotId),
                ))
        }
    }
}

pub(super) mod balance {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "balance")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) account_kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) account_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) lot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) condition: String,
        pub(crate) on_hand: i64,
        pub(crate) reserved: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            super::custodian_or_owner(
                scope,
                Expr::col((Entity, Column::DepotId)),
                (Entity, Column::LotId),
            )
        }
    }
}

pub(super) mod reservation {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reservation")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) state: String,
        pub(crate) deadline_at: DateTimeUtc,
        pub(crate) ended_at: Option<DateTimeUtc>,
        pub(crate) movement_id: Option<Uuid>,
        pub(crate) incident_id: Option<Uuid>,
        pub(crate) division_code: Option<String>,
        pub(crate) programme: Option<String>,
        pub(crate) order_id: Option<Uuid>,
        pub(crate) disposal_id: Option<Uuid>,
        pub(crate) lot_change_id: Option<Uuid>,
        pub(crate) note: Option<String>,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) journal_id: Option<Uuid>,
        pub(crate) ended_in: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers_depot(Expr::col((Entity, Column::DepotId)))
        }
    }
}

pub(super) mod reservation_line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reservation_line")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) depot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) reservation_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) line: i64,
        pub(crate) zone_id: Uuid,
        pub(crate) lot_id: Uuid,
        pub(crate) condition: String,
        pub(crate) quantity: i64,
        pub(crate) posted: i64,
        pub(crate) short: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            scope.covers_depot(Expr::col((Entity, Column::DepotId)))
        }
    }
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![
        Guard::seen::<lot::Entity>(),
        Guard::seen::<movement::Entity>(),
        Guard::seen::<movement_line::Entity>(),
        Guard::seen::<balance::Entity>(),
        Guard::seen::<reservation::Entity>(),
        Guard::seen::<reservation_line::Entity>(),
        Guard::seen::<conditions::condition_change::Entity>(),
        Guard::seen::<conversions::conversion::Entity>(),
        Guard::seen::<conversions::kit_part::Entity>(),
        Guard::seen::<disposals::disposal::Entity>(),
        Guard::seen::<late_facts::late_fact::Entity>(),
        Guard::seen::<late_facts::reservation_shortage::Entity>(),
        Guard::seen::<loans::loan::Entity>(),
        Guard::seen::<loans::loan_line::Entity>(),
        Guard::seen::<loans::loan_movement::Entity>(),
        Guard::seen::<lot_changes::lot_change::Entity>(),
        Guard::seen::<recalls::lot_recall::Entity>(),
        Guard::seen::<recalls::lot_recall_lot::Entity>(),
        Guard::seen::<receipt_codes::receipt_code::Entity>(),
        Guard::seen::<returns::return_line::Entity>(),
        Guard::seen::<stocktakes::count_limit::Entity>(),
        Guard::seen::<stocktakes::stocktake::Entity>(),
        Guard::seen::<stocktakes::stocktake_part::Entity>(),
        Guard::seen::<stocktakes::stocktake_line::Entity>(),
        Guard::seen::<stocktakes::stocktake_count::Entity>(),
    ]
}
