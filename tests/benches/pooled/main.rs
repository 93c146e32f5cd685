//! How long the pooled view of the virtual warehouse takes over very many depots, against the plain
//! `GROUP BY` of whoever has the database at hand.
//!
//! **Invariant.** Both sides read one file in the same run and find the same sums. Ours is asked over
//! HTTP and answers all figures of each item; the baseline adds up two columns and checks nothing.
//!
//! `make bench` runs it; `POOLED` names the sizes, depots × items × lots (`200x500x1`; the large one,
//! `3000x1000x3`, takes some ten GB of disk), and `POOLED_ROUNDS` how often each is asked (3).

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

mod stock;

use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags, types::Value};
use tests::{
    Client, Database, Relief, Server,
    dice::setting,
    measure::{Spread, runtime, timed, timed_async},
};
use tokio::runtime::Runtime;

use stock::{Size, category, item};

/// Hangzhou, around which depots within this distance are asked for.
const CENTRE: (f64, f64) = (120.155, 30.274);
const RADIUS_KM: f64 = 100.0;
const EARTH_KM: f64 = 6_371.0;

fn main() {
    let sizes: String = setting("POOLED", "200x500x1".to_owned());
    let rounds: usize = setting("POOLED_ROUNDS", 3);
    for size in sizes.split(',') {
        let size = size.parse().expect("a size is depots × items × lots");
        measure(&size, rounds);
    }
}

fn measure(size: &Size, rounds: usize) {
    let runtime = runtime(2);
    let (time, (server, relief)) = timed(|| {
        runtime.block_on(async {
            let server = Server::start(Database::Sqlite, &[]).await;
            let relief = server.relief().await;
            stock::fill(&file(&server), &relief, size);
            (server, relief)
        })
    });
    println!("SQLite, {size}, made in {:.0} s", time / 1e3);
    let plain = Plain {
        connection: Connection::open_with_flags(file(&server), OpenFlags::SQLITE_OPEN_READ_ONLY)
            .expect("the database opens"),
    };
    let ours = Ours {
        runtime: &runtime,
        relief: &relief,
    };
    let (item, category) = (item(1), category(&plain.connection));
    let near = plain.near();
    let depots = vec!["?"; near.len()].join(",");
    for (what, query, rest, values) in [
        (
            "one item",
            format!("item_id={}", stock::id_of_item(&item)),
            "WHERE b.on_hand > 0 AND l.item_id = ?".to_owned(),
            vec![Value::Blob(item.as_bytes().to_vec())],
        ),
        (
            "one category",
            format!("category_id={}", stock::id_of_category(&category)),
            "JOIN item i ON i.id = l.item_id WHERE b.on_hand > 0 AND i.category_id = ?".to_owned(),
            vec![Value::Blob(category.as_bytes().to_vec())],
        ),
        (
            "within 100 km",
            format!(
                "longitude={}&latitude={}&radius_km={RADIUS_KM}",
                CENTRE.0, CENTRE.1
            ),
            format!("WHERE b.on_hand > 0 AND b.depot_id IN ({depots})"),
            near,
        ),
        (
            "everything",
            String::new(),
            "WHERE b.on_hand > 0".to_owned(),
            Vec::new(),
        ),
    ] {
        let both = (0..rounds).map(|_| {
            let (mine, found) = ours.ask(&query);
            let (theirs, expected) = plain.ask(&rest, &values);
            assert_eq!(found, expected, "{what}");
            (mine, theirs)
        });
        let (mine, theirs) = both.unzip();
        let (mine, theirs) = (Spread::of(mine), Spread::of(theirs));
        println!(
            "  {what}: {mine} ms, the plain GROUP BY {theirs} ms; ours is {:.2} times as fast",
            theirs.over(&mine)
        );
    }
    runtime.block_on(server.remove());
}

fn file(server: &Server) -> PathBuf {
    server.home().directory.path().join("relief-depot.sqlite")
}

struct Ours<'a> {
    runtime: &'a Runtime,
    relief: &'a Relief,
}

/// Items, and how much of them is on hand.
type Found = (usize, i64);

impl Ours<'_> {
    // All pages of a list.
    fn ask(&self, query: &str) -> (f64, Found) {
        let worker: &Client = &self.relief.worker;
        self.runtime.block_on(timed_async(async {
            let (mut items, mut on_hand) = (0, 0);
            let mut cursor = String::new();
            loop {
                let path = format!("/v1/virtual-warehouse/items?limit=200&{query}{cursor}");
                let page = worker.get(path.trim_end_matches('&')).await.expect(200);
                for line in page["items"].as_array().expect("a page has items") {
                    items += 1;
                    on_hand += line["figures"]["on_hand"].as_i64().expect("a figure");
                }
                let Some(next) = page["next_cursor"].as_str() else {
                    return (items, on_hand);
                };
                cursor = format!("&cursor={next}");
            }
        }))
    }
}

struct Plain {
    connection: Connection,
}

impl Plain {
    fn ask(&self, rest: &str, values: &[Value]) -> (f64, Found) {
        let sql = format!(
            "SELECT l.item_id, SUM(b.on_hand), SUM(b.reserved) FROM balance b \
             JOIN lot l ON l.id = b.lot_id {rest} GROUP BY l.item_id"
        );
        let mut statement = self.connection.prepare(&sql).expect("it is SQL");
        timed(|| {
            let mut rows = statement
                .query(rusqlite::params_from_iter(values))
                .expect("it can be asked");
            let (mut items, mut on_hand) = (0, 0);
            while let Some(row) = rows.next().expect("a row is read") {
                items += 1;
                on_hand += row.get::<_, i64>(1).expect("a sum");
            }
            (items, on_hand)
        })
    }

    // The depots near the centre: their distances are no part of what is measured here.
    fn near(&self) -> Vec<Value> {
        let mut statement = self
            .connection
            .prepare("SELECT id, longitude, latitude FROM depot WHERE longitude IS NOT NULL")
            .expect("it is SQL");
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, (row.get(1)?, row.get(2)?)))
        });
        let rows = rows.expect("it can be asked");
        rows.map(|row| row.expect("a depot"))
            .filter(|(_, place)| km(CENTRE, *place) <= RADIUS_KM)
            .map(|(id, _)| Value::Blob(id))
            .collect()
    }
}

fn km(one: (f64, f64), other: (f64, f64)) -> f64 {
    let (longitude, latitude) = (
        (other.0 - one.0).to_radians(),
        (other.1 - one.1).to_radians(),
    );
    let half = (latitude / 2.0).sin().powi(2)
        + one.1.to_radians().cos() * other.1.to_radians().cos() * (longitude / 2.0).sin().powi(2);
    2.0 * EARTH_KM * half.sqrt().asin()
}
