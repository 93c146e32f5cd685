//! Changes of owner and of purpose, and lots that name the one they were.
//!
//! **Invariant.** What a change asks for is what its reservation holds; what changed is what its
//! movement moved. Neither is written down twice.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, refers_to, table, text,
        text_null, unique, version,
    },
    history::{self, add_column, drop_column},
};

/// Makes the table, and lets lots say what they were.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000035_lot_changes"
    }
}

const ADDED: [(&str, &str); 3] = [
    // The lot that the goods were before they changed, and the change.
    ("lot", "parent_lot_id"),
    ("lot", "lot_change_id"),
    // The change that holds.
    ("reservation", "lot_change_id"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in ADDED {
            add_column(manager, table, id_null(column)).await?;
        }
        history::create(manager, vec![lot_change()], indices()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        history::drop(manager, vec![lot_change()]).await?;
        // SQLite drops no column that an index is on.
        for name in ["lot_by_parent", "lot_by_change"] {
            let mut index = Index::drop();
            index.name(name).table(Alias::new("lot"));
            manager.drop_index(index).await?;
        }
        for (table, column) in ADDED {
            drop_column(manager, table, column).await?;
        }
        Ok(())
    }
}

fn lot_change() -> TableCreateStatement {
    let column = |name: &'static str| Expr::col(Alias::new(name));
    let is_null = |name: &'static str| column(name).is_null();
    let both = |one, other| is_null(one).eq(is_null(other));
    let purpose = || column("kind").eq("purpose");
    table("lot_change", columns())
        .primary_key(&mut key(&["depot_id", "id"]))
        .check(both("approved_at", "approved_by"))
        .check(both("accepted_at", "accepted_by"))
        .check(both("ended_at", "ended_by"))
        .check(both("ended_at", "end_reason"))
        .check(purpose().eq(is_null("to_owner_id")))
        .check(purpose().eq(is_null("to_restriction_kind").not()))
        .check(purpose().eq(is_null("consent_given_by").not()))
        .check(both("consent_given_by", "consent_reference"))
        .check(both("consent_given_by", "consent_given_on"))
        .check(both("consent_given_by", "consent_heard_by"))
        .check(both("consent_given_by", "consent_sha256"))
        .check(column("state").eq("done").eq(is_null("movement_id").not()))
        .foreign_key(&mut refers(
            "lot_change_depot",
            "lot_change",
            "depot_id",
            "depot",
        ))
        .foreign_key(&mut refers(
            "lot_change_owner",
            "lot_change",
            "owner_id",
            "organisation",
        ))
        .foreign_key(&mut refers(
            "lot_change_to_owner",
            "lot_change",
            "to_owner_id",
            "organisation",
        ))
        .foreign_key(&mut refers_to(
            "lot_change_reservation",
            "lot_change",
            &["depot_id", "reservation_id"],
            "reservation",
            &["depot_id", "id"],
        ))
        .foreign_key(&mut refers_to(
            "lot_change_movement",
            "lot_change",
            &["depot_id", "movement_id"],
            "movement",
            &["depot_id", "id"],
        ))
        .to_owned()
}

fn columns() -> Vec<ColumnDef> {
    vec![
        id("depot_id"),
        id("id"),
        // Whose goods they all are.
        id("owner_id"),
        one_of("kind", &["owner", "purpose"]),
        one_of(
            "state",
            &["asked", "approved", "done", "refused", "withdrawn"],
        ),
        id("reservation_id"),
        text("reason"),
        id_null("to_owner_id"),
        text_null("to_restriction_kind"),
        text_null("to_restriction"),
        // The donor's word.
        text_null("consent_given_by"),
        text_null("consent_reference"),
        text_null("consent_given_on"),
        text_null("consent_heard_by"),
        text_null("consent_sha256"),
        moment("asked_at"),
        text("asked_by"),
        moment_null("approved_at"),
        text_null("approved_by"),
        moment_null("accepted_at"),
        text_null("accepted_by"),
        // Refused or withdrawn.
        moment_null("ended_at"),
        text_null("ended_by"),
        text_null("end_reason"),
        id_null("movement_id"),
        version(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("lot_change_by_id", "lot_change", &["id"]),
        index("lot_change_by_owner", "lot_change", &["owner_id"]),
        index("lot_change_by_to_owner", "lot_change", &["to_owner_id"]),
        unique(
            "lot_change_of_reservation",
            "lot_change",
            &["depot_id", "reservation_id"],
        ),
        index("lot_change_by_movement", "lot_change", &["movement_id"]),
        index("lot_by_parent", "lot", &["parent_lot_id"]),
        index("lot_by_change", "lot", &["lot_change_id"]),
    ]
}
