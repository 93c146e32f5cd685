//! A depot, an item and a lot, multiplied.
//!
//! **Invariant.** Each row is a copy of one that the API made, under an id, a name and a code of its
//! own. No movement stands behind the balances: what is measured reads none.

use std::{fmt, path::Path, str::FromStr};

use domain::kernel::{Id, kinds};
use rusqlite::Connection;
use tests::Relief;
use uuid::Uuid;

const CATEGORIES: u32 = 10;

/// How much there is.
pub(crate) struct Size {
    depots: u32,
    items: u32,
    lots: u32,
}

impl FromStr for Size {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('x').map(str::parse);
        let mut next = || parts.next().unwrap_or_else(|| "".parse());
        Ok(Self {
            depots: next()?,
            items: next()?,
            lots: next()?,
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            depots,
            items,
            lots,
        } = self;
        write!(f, "{depots} depots × {items} items × {lots} lots")
    }
}

// The id of the `number`-th row of a table, as `sql_id` makes it.
fn id(table: u32, number: u32) -> Uuid {
    Uuid::from_u64_pair(
        (u64::from(table) << 48) | 0x7000,
        0xa000_0000_0000_0000 | u64::from(number),
    )
}

fn sql_id(table: u32, number: &str) -> String {
    format!("unhex(printf('{table:04x}000000007000a000%012x', {number}))")
}

const DEPOT: u32 = 0x0191;
const ZONE: u32 = 0x0192;
const ITEM: u32 = 0x0193;
const CATEGORY: u32 = 0x0194;
const LOT: u32 = 0x0195;

/// The id of an item.
pub(crate) fn item(number: u32) -> Uuid {
    id(ITEM, number)
}

/// The id of the category that it is in.
pub(crate) fn category(connection: &Connection) -> Uuid {
    let sql = "SELECT category_id FROM item WHERE id = ?";
    connection
        .query_row(sql, [item(1)], |row| row.get(0))
        .expect("the item is there")
}

pub(crate) fn id_of_item(id: &Uuid) -> Id<kinds::Item> {
    Id::from_uuid(*id)
}

pub(crate) fn id_of_category(id: &Uuid) -> Id<kinds::Category> {
    Id::from_uuid(*id)
}

/// Fills the file of a server.
pub(crate) fn fill(file: &Path, relief: &Relief, size: &Size) {
    let connection = Connection::open(file).expect("the database opens");
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 60000; PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF",
        )
        .expect("SQLite takes the settings");
    let numbers = |name: &str, many: u32| {
        format!(
            "CREATE TEMP TABLE {name} AS WITH RECURSIVE n (i) AS
               (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) SELECT i FROM n;"
        )
    };
    let run = |sql: &str| {
        connection
            .execute_batch(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    };
    run(&numbers("d", size.depots));
    run(&numbers("t", size.items));
    run(&numbers("k", size.lots));
    run(&numbers("c", CATEGORIES));
    let copies = |table: &str, model: &str, of: &str, set: &[(&str, String)]| {
        run(&copies(&connection, table, model, of, set));
    };
    let item: Id<kinds::Item> = relief.item.parse().expect("an item has an id");
    let lot: Id<kinds::Lot> = relief.lot.parse().expect("a lot has an id");
    let depot: Id<kinds::Depot> = relief.depot.parse().expect("a depot has an id");
    let is = |id: Uuid| format!("id = x'{}'", id.simple());
    let named = |prefix: &str, number: &str| format!("'{prefix}' || {number}");
    copies(
        "category",
        &format!(
            "id = (SELECT category_id FROM item WHERE {})",
            is(item.uuid())
        ),
        "c",
        &[
            ("id", sql_id(CATEGORY, "c.i")),
            ("code", named("C", "c.i")),
            ("name", named("类", "c.i")),
            ("name_key", named("类", "c.i")),
        ],
    );
    copies(
        "item",
        &is(item.uuid()),
        "t",
        &[
            ("id", sql_id(ITEM, "t.i")),
            ("name", named("物资", "t.i")),
            ("name_key", named("物资", "t.i")),
            (
                "category_id",
                sql_id(CATEGORY, &format!("1 + t.i % {CATEGORIES}")),
            ),
        ],
    );
    let place =
        |from: f64, over: f64, step: u32| format!("{from} + {over} * (d.i * {step} % 997) / 997.0");
    copies(
        "depot",
        &is(depot.uuid()),
        "d",
        &[
            ("id", sql_id(DEPOT, "d.i")),
            ("code", named("D", "d.i")),
            ("name", named("库", "d.i")),
            ("name_key", named("库", "d.i")),
            ("longitude", place(118.0, 4.5, 373)),
            ("latitude", place(27.2, 3.9, 619)),
        ],
    );
    copies(
        "zone",
        &format!("depot_id = x'{}'", depot.uuid().simple()),
        "d",
        &[
            ("depot_id", sql_id(DEPOT, "d.i")),
            ("id", sql_id(ZONE, "d.i")),
        ],
    );
    let number = format!(
        "((d.i - 1) * {} + t.i - 1) * {} + k.i",
        size.items, size.lots
    );
    copies(
        "lot",
        &is(lot.uuid()),
        "d JOIN t JOIN k",
        &[
            ("id", sql_id(LOT, &number)),
            ("item_id", sql_id(ITEM, "t.i")),
            ("depot_id", sql_id(DEPOT, "d.i")),
        ],
    );
    copies(
        "balance",
        &format!("lot_id = x'{}'", lot.uuid().simple()),
        "d JOIN t JOIN k",
        &[
            ("depot_id", sql_id(DEPOT, "d.i")),
            ("account_id", sql_id(ZONE, "d.i")),
            ("lot_id", sql_id(LOT, &number)),
            (
                "on_hand",
                "1 + (d.i * 31 + t.i * 17 + k.i) % 500".to_owned(),
            ),
            ("reserved", "(d.i + t.i) % 2".to_owned()),
        ],
    );
    run("ANALYZE");
}

// `INSERT INTO table SELECT …` of one row for each of `of`, with some columns set otherwise.
fn copies(
    connection: &Connection,
    table: &str,
    model: &str,
    of: &str,
    set: &[(&str, String)],
) -> String {
    let mut columns = connection
        .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))
        .expect("there is the table");
    let columns: Vec<String> = columns
        .query_map([], |row| row.get(0))
        .expect("it has columns")
        .collect::<Result<_, _>>()
        .expect("they have names");
    let values = columns.iter().map(|column| {
        let other = set.iter().find(|(name, _)| name == column);
        other.map_or_else(|| format!("m.{column}"), |(_, value)| value.clone())
    });
    let values: Vec<_> = values.collect();
    format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {of} JOIN (SELECT * FROM {table} WHERE {model} LIMIT 1) m",
        columns.join(", "),
        values.join(", ")
    )
}
