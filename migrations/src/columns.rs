//! Column shapes that many tables share.
//!
//! **Invariant.** A shape here is the same on both databases. It is part of history: a new shape
//! gets a new name.

use sea_orm_migration::{prelude::*, schema};

/// A required UUID.
pub(crate) fn id(name: &'static str) -> ColumnDef {
    schema::uuid(Alias::new(name))
}

/// An optional UUID.
pub(crate) fn id_null(name: &'static str) -> ColumnDef {
    schema::uuid_null(Alias::new(name))
}

/// A required text. Lengths are the domain's to check, so that a limit can be widened without a
/// rewrite of the table.
pub(crate) fn text(name: &'static str) -> ColumnDef {
    schema::text(Alias::new(name))
}

/// An optional text.
pub(crate) fn text_null(name: &'static str) -> ColumnDef {
    schema::text_null(Alias::new(name))
}

/// A required text out of a closed list.
pub(crate) fn one_of(name: &'static str, names: &[&'static str]) -> ColumnDef {
    let mut column = schema::text(Alias::new(name));
    column.check(Expr::col(Alias::new(name)).is_in(names.iter().copied()));
    column
}

/// A required whole number.
pub(crate) fn whole(name: &'static str) -> ColumnDef {
    schema::big_integer(Alias::new(name))
}

/// An optional whole number.
pub(crate) fn whole_null(name: &'static str) -> ColumnDef {
    schema::big_integer_null(Alias::new(name))
}

/// A required floating-point number, for degrees only.
pub(crate) fn degrees(name: &'static str) -> ColumnDef {
    schema::double(Alias::new(name))
}

/// An optional floating-point number, for degrees only.
pub(crate) fn degrees_null(name: &'static str) -> ColumnDef {
    schema::double_null(Alias::new(name))
}

/// A required moment.
pub(crate) fn moment(name: &'static str) -> ColumnDef {
    schema::timestamp_with_time_zone(Alias::new(name))
}

/// An optional moment.
pub(crate) fn moment_null(name: &'static str) -> ColumnDef {
    schema::timestamp_with_time_zone_null(Alias::new(name))
}

/// The count of edits, from 1.
pub(crate) fn version() -> ColumnDef {
    let mut column = whole("version");
    column.default(1);
    column
}

/// A named index over columns.
pub(crate) fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}

/// A named unique index over columns.
pub(crate) fn unique(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    index(name, table, columns).unique().to_owned()
}

/// A named foreign key to the `id` of another table.
pub(crate) fn refers(
    name: &'static str,
    table: &'static str,
    column: &'static str,
    other: &'static str,
) -> ForeignKeyCreateStatement {
    refers_to(name, table, &[column], other, &["id"])
}

/// A named foreign key.
pub(crate) fn refers_to(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
    other: &'static str,
    other_columns: &[&'static str],
) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.name(name);
    for column in columns {
        key.from(Alias::new(table), Alias::new(*column));
    }
    for column in other_columns {
        key.to(Alias::new(other), Alias::new(*column));
    }
    key
}

/// A table with its columns; keys are added by the caller.
pub(crate) fn table(name: &'static str, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new(name));
    for mut column in columns {
        table.col(&mut column);
    }
    table
}

/// A primary key over several columns.
pub(crate) fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    key.primary();
    for column in columns {
        key.col(Alias::new(*column));
    }
    key
}
