//! Tables of incidents.
//!
//! **Invariant.** Private to this context. An incident is seen by its own organisation and by those
//! that receive goods at one of its sites; a site and its needs by the site's organisation and by
//! that of the incident.

use sea_orm::{
    Condition,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};

use crate::scope::{Scope, beyond, descendants};

pub(super) mod incident {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "incident")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) name: String,
        pub(crate) name_key: String,
        pub(crate) hazard: String,
        pub(crate) hazard_code: Option<String>,
        pub(crate) event_grade: Option<String>,
        pub(crate) warning_colour: Option<String>,
        pub(crate) response_level: Option<String>,
        pub(crate) occurred_at: DateTimeUtc,
        pub(crate) state: String,
        pub(crate) state_at: DateTimeUtc,
        pub(crate) divisions: i64,
        pub(crate) polygons: i64,
        pub(crate) circles: i64,
        pub(crate) note: Option<String>,
        pub(crate) alert_id: Option<Uuid>,
        pub(crate) left_out: Option<i64>,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            super::incident_within(
                scope,
                Expr::col((Entity, Column::Id)),
                Some(Expr::col((Entity, Column::OrganisationId))),
            )
        }
    }
}

pub(super) mod area {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "affected_area")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) incident_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) part: i64,
        pub(crate) kind: String,
        pub(crate) division_code: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(crate) geometry: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(crate) given: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            super::incident_within(scope, Expr::col((Entity, Column::IncidentId)), None)
        }
    }
}

pub(super) mod site {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "site")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) incident_id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) name: String,
        pub(crate) kind: String,
        pub(crate) division_code: Option<String>,
        pub(crate) address: Option<String>,
        pub(crate) longitude: f64,
        pub(crate) latitude: f64,
        pub(crate) place_origin: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub(crate) given: Option<String>,
        pub(crate) people: Option<i64>,
        pub(crate) households: Option<i64>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(crate) contacts: Option<String>,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            super::site_within(scope, Expr::col((Entity, Column::Id)))
        }
    }
}

pub(super) mod need {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "need")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) incident_id: Uuid,
        pub(crate) site_id: Uuid,
        pub(crate) item_id: Uuid,
        pub(crate) quantity: i64,
        pub(crate) minimum_quantity: Option<i64>,
        pub(crate) priority: i64,
        pub(crate) needed_by: Option<DateTimeUtc>,
        pub(crate) origin: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub(crate) basis: Option<String>,
        pub(crate) note: Option<String>,
        pub(crate) state: String,
        pub(crate) withdrawn_at: Option<DateTimeUtc>,
        pub(crate) withdrawn_reason: Option<String>,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Visible for Entity {
        fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
            super::site_within(scope, Expr::col((Entity, Column::SiteId)))
        }
    }
}

pub(super) mod need_substitute {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "need_substitute")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) need_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) place: i64,
        pub(crate) item_id: Uuid,
        pub(crate) units: i64,
        pub(crate) stand_for: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // A list is reached through a need that is seen.
    impl crate::scope::Reference for Entity {}
}

fn column(name: &'static str) -> Expr {
    Expr::col(Alias::new(name))
}

// `SELECT <wanted> FROM <table>` where the organisation of the row lies in the subtrees.
fn of_organisations(
    wanted: &'static str,
    table: &'static str,
    roots: &[sea_orm::prelude::Uuid],
) -> SelectStatement {
    Query::select()
        .column(Alias::new(wanted))
        .from(Alias::new(table))
        .and_where(column("organisation_id").in_subquery(descendants(roots)))
        .to_owned()
}

fn incident_within(scope: &Scope, id: SimpleExpr, organisation: Option<SimpleExpr>) -> Condition {
    let Scope::Subtrees(roots) = scope else {
        return beyond();
    };
    let own = match organisation {
        Some(organisation) => organisation.in_subquery(descendants(roots)),
        None => id
            .clone()
            .in_subquery(of_organisations("id", "incident", roots)),
    };
    Condition::any()
        .add(own)
        .add(id.in_subquery(of_organisations("incident_id", "site", roots)))
}

fn site_within(scope: &Scope, id: SimpleExpr) -> Condition {
    let Scope::Subtrees(roots) = scope else {
        return beyond();
    };
    let sites = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new("site"))
        .cond_where(
            Condition::any()
                .add(column("organisation_id").in_subquery(descendants(roots)))
                .add(column("incident_id").in_subquery(of_organisations("id", "incident", roots))),
        )
        .to_owned();
    Condition::all().add(id.in_subquery(sites))
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![
        Guard::seen::<incident::Entity>(),
        Guard::seen::<area::Entity>(),
        Guard::seen::<site::Entity>(),
        Guard::seen::<need::Entity>(),
        Guard::part::<need_substitute::Entity, need::Entity>(&[(
            need_substitute::Column::NeedId,
            need::Column::Id,
        )]),
    ]
}
