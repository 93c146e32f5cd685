//! A foreign society's files through the ordinary import, with a mapping file for each, and its
//! shipments to their signatures.
//!
//! **Invariant.** No figure stands here: all of them come from the files, which are not the project's
//! to copy. Where they are not at hand the test says so and proves nothing.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{Value, json};
use tests::{
    Client,
    client::id,
    files::{made, mistakes},
    on_both,
};

type Row = BTreeMap<String, String>;

struct Files {
    directory: PathBuf,
}

impl Files {
    fn at_hand() -> Option<Self> {
        let project = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let directory = project.join("../shared/data/timor-leste-redcross");
        if directory.join("warehouse.csv").is_file() {
            return Some(Self { directory });
        }
        println!(
            "ABSENT: {} is not there, so nothing is tested",
            directory.display()
        );
        None
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.directory.join(name)).unwrap()
    }

    fn rows(&self, name: &str) -> Vec<Row> {
        let bytes = self.bytes(name);
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        reader.deserialize().map(Result::unwrap).collect()
    }
}

fn mapping(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/timor-leste");
    fs::read_to_string(path.join(name).with_extension("json")).unwrap()
}

fn whole(row: &Row, column: &str) -> i64 {
    row[column].parse().unwrap()
}

// Imports a file as the mapping of `name` says, and gives what came of it.
async fn import(steward: &Client, kind: &str, file: &str, bytes: Vec<u8>, name: &str) -> Value {
    let call = steward
        .send_file(kind, file, bytes)
        .query("mapping", mapping(name))
        .query("mode", "skip-bad-rows")
        // Each of the files is read several times, for other columns of it.
        .query("again", true);
    let report = steward.ended(call).await;
    assert_eq!(report["import"]["state"], "done", "{name}: {report}");
    report
}

fn distinct(rows: &[Row], column: &str) -> u64 {
    let mut names: Vec<_> = rows.iter().map(|row| row[column].as_str()).collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    names.len() as u64
}

async fn import_all(steward: &Client, files: &Files) {
    let (warehouses, stock) = (files.rows("warehouse.csv"), files.rows("inv_item.csv"));
    let send =
        async |kind, file: &str, name| import(steward, kind, file, files.bytes(file), name).await;
    let report = send("organisations", "warehouse.csv", "custodians").await;
    assert_eq!(mistakes(&report), []);
    assert_eq!(
        made(&report, "organisations"),
        distinct(&warehouses, "Organisation")
    );
    let report = send("organisations", "inv_item.csv", "stock-custodians").await;
    assert_eq!(mistakes(&report), []);
    // A line without an owner is the custodian's own: a blank is a row that says nothing.
    let report = send("organisations", "inv_item.csv", "owners").await;
    assert_eq!(mistakes(&report), []);
    let owned = stock
        .iter()
        .filter(|row| !row["Owned By (Organisation/Branch)"].is_empty());
    assert_eq!(report["import"]["rows_total"], owned.count(), "{report}");

    let report = send("depots", "warehouse.csv", "warehouses").await;
    assert_eq!(mistakes(&report), []);
    assert_eq!(made(&report, "depots"), warehouses.len() as u64, "{report}");
    let report = send("depots", "inv_item.csv", "stock-warehouses").await;
    assert_eq!(mistakes(&report), []);
    let known: Vec<_> = warehouses.iter().map(|row| &row["Name"]).collect();
    let strangers: Vec<_> = stock
        .iter()
        .filter(|row| !known.contains(&&row["Warehouse"]))
        .cloned()
        .collect();
    assert_eq!(
        made(&report, "depots"),
        distinct(&strangers, "Warehouse"),
        "{report}"
    );

    let report = send("items", "inv_item.csv", "items").await;
    assert_eq!(
        made(&report, "items"),
        distinct(&stock, "Item Name"),
        "{report}"
    );
    // One kit comes in boxes of two sizes: the later row contradicts the earlier one and says so.
    let contradictions = contradicting_packs(&stock);
    assert_eq!(mistakes(&report).len(), contradictions, "{report}");
    assert!(
        mistakes(&report).iter().all(|(_, code)| code == "exists"),
        "{report}"
    );

    let report = send("opening-stock", "inv_item.csv", "stock").await;
    assert_eq!(mistakes(&report), [], "{report}");
    assert_eq!(made(&report, "lots"), stock.len() as u64, "{report}");
}

fn contradicting_packs(stock: &[Row]) -> usize {
    let mut sizes = BTreeMap::new();
    let packed = stock.iter().filter(|row| !row["Pack"].is_empty());
    packed
        .filter(|row| {
            let key = (&row["Item Name"], &row["Pack"]);
            let size = &row["Pack Quantity"];
            *sizes.entry(key).or_insert(size) != size
        })
        .count()
}

struct Store<'a> {
    worker: &'a Client,
    depots: BTreeMap<String, String>,
    items: BTreeMap<String, String>,
}

impl Store<'_> {
    async fn read(worker: &Client) -> Store<'_> {
        let by_name = async |path: &str| {
            let page = worker.get(path).query("limit", 200).await.expect(200);
            let list = page["items"].as_array().unwrap().iter();
            list.map(|one| (one["name"].as_str().unwrap().to_owned(), id(one)))
                .collect()
        };
        Store {
            worker,
            depots: by_name("/v1/depots").await,
            items: by_name("/v1/items").await,
        }
    }

    // Lots of a donor's goods in a depot that were tracked, with what is left of them.
    async fn lot(&self, row: &Row) -> String {
        let lots = self
            .worker
            .get("/v1/lots")
            .query("item_id", &self.items[&row["Supply Item"]]);
        let lots = lots
            .query("depot_id", &self.depots[&row["Warehouse"]])
            .query("limit", 200);
        let lots = lots.await.expect(200);
        let lots = lots["items"].as_array().unwrap();
        let tracked = lots
            .iter()
            .rfind(|lot| lot["donor"] == row["Supplier/Donor"].as_str() && !lot["batch"].is_null());
        id(tracked.unwrap_or_else(|| panic!("{row:?}: {lots:?}")))
    }

    // Sends a row's goods and signs for what arrived; gives the lot and the shortage.
    async fn ship(&self, row: &Row) -> (String, i64) {
        let lot = self.lot(row).await;
        let (sent, received) = (whole(row, "Quantity Sent"), whole(row, "Quantity Received"));
        let body = json!({
            "depot_id": self.depots[&row["Warehouse"]],
            "to_depot_id": self.depots[&row["Destination Site"]],
            "lines": [{ "lot_id": lot, "quantity": sent }],
        });
        let shipment = self.worker.post("/v1/shipments", body).await.expect(201);
        let drop = json!({
            "given_by": row["Name of Sender"], "received_by": row["Name of Recipient"],
            "last": true,
            "lines": [{ "lot_id": lot, "received": received }],
        });
        let path = format!("/v1/shipments/{}/hand-overs", id(&shipment));
        let signed = self.worker.post(&path, drop).await.expect(200);
        assert_eq!(signed["state"], "arrived", "{signed}");
        assert_eq!(signed["lines"][0]["short"], sent - received, "{signed}");
        assert_eq!(signed["lines"][0]["remaining"], 0, "{signed}");
        (lot, sent - received)
    }
}

on_both!(
    a_foreign_society_moves_in_and_its_losses_are_booked,
    async |server| {
        let Some(files) = Files::at_hand() else {
            return;
        };
        let ground = server.ground().await;
        let worker = &server
            .person(&["keeper", "dispatcher", "data_steward"], &ground.province)
            .await;
        import_all(worker, &files).await;
        let opening: i64 = files
            .rows("inv_item.csv")
            .iter()
            .map(|row| whole(row, "Quantity"))
            .sum();
        let store = Store::read(worker).await;
        let everywhere = async || {
            let mut sum = 0;
            for depot in store.depots.values() {
                sum += worker.on_hand(depot).await.0;
            }
            sum
        };
        assert_eq!(
            everywhere().await,
            opening,
            "every line of the stock list lies somewhere"
        );

        let mut lost: BTreeMap<String, i64> = BTreeMap::new();
        let shipments = [files.rows("track_item1.csv"), files.rows("track_item3.csv")].concat();
        let (from, to) = (
            &shipments[0]["Warehouse"],
            &shipments[0]["Destination Site"],
        );
        let (from, to) = (&store.depots[from], &store.depots[to]);
        let before = (worker.on_hand(from).await.0, worker.on_hand(to).await.0);
        for row in &shipments {
            let (lot, short) = store.ship(row).await;
            *lost.entry(lot).or_default() += short;
        }
        let sum = |column: &str| shipments.iter().map(|row| whole(row, column)).sum::<i64>();
        let (sent, received) = (sum("Quantity Sent"), sum("Quantity Received"));
        assert!(sent > received, "the files have short receipts");
        assert_eq!(worker.on_hand(from).await.0, before.0 - sent);
        assert_eq!(worker.on_hand(to).await.0, before.1 + received);
        assert_eq!(everywhere().await, opening - (sent - received));
        for (lot, short) in &lost {
            let history = worker
                .get(&format!("/v1/lots/{lot}/history"))
                .await
                .expect(200);
            assert_eq!(history["totals"]["written_off"], *short, "{history}");
        }
        assert_eq!(lost.values().sum::<i64>(), sent - received);
        server.prove().await;
    }
);
