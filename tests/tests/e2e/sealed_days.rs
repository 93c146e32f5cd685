//! What a depot had at the end of a day, proven without the journal.

use domain::journal::{CryptoSuite, Hash, inclusion_holds};
use serde_json::{Value, json};
use tests::{Client, Relief, Server, on_both};

use crate::journal::{
    Scene,
    offline::Desk,
    scene,
    tampering::{Column, tamper},
};

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// A province whose first day has ended and is sealed.
struct Sealed {
    relief: Relief,
    day: String,
}

impl Sealed {
    async fn new(server: &Server) -> Self {
        let Scene { relief, .. } = Box::pin(scene(server)).await;
        Box::pin(Self::of(server, relief)).await
    }

    async fn of(server: &Server, relief: Relief) -> Self {
        // Nothing of a day is sealed before it has ended.
        server.run_hourly_jobs().await;
        assert!(days(&relief.worker).await.is_empty());
        let day = String::new();
        let mut sealed = Self { relief, day };
        sealed.next_day(server).await;
        sealed
    }

    /// Lets the day end and be sealed.
    async fn next_day(&mut self, server: &Server) {
        // What has no position in the journal when the day is sealed belongs to the next one.
        server.seal().await;
        server.clock.advance(DAY);
        server.run_hourly_jobs().await;
        server.seal().await;
        self.relief.worker = server.log_in_again(&self.relief.worker).await;
        let days = days(&self.relief.worker).await;
        days[0]["day"].as_str().unwrap().clone_into(&mut self.day);
    }

    async fn receive(&self, quantity: i64) {
        let Relief {
            worker,
            depot,
            item,
            ..
        } = &self.relief;
        worker.receive(depot, item, quantity, json!({})).await;
    }

    /// The proof of the depot's quilts at the end of the day.
    async fn proof(&self) -> Value {
        let path = path(&self.day, &self.relief.depot, &self.relief.item);
        self.relief.worker.get(&path).await.expect(200)
    }

    /// What the list of balances has of them now.
    async fn zones(&self) -> Vec<Value> {
        let Relief { depot, item, .. } = &self.relief;
        let path = format!("/v1/balances?depot_id={depot}&item_id={item}&account=zone");
        let page = self.relief.worker.get(&path).await.expect(200);
        page["items"].as_array().expect("a page").clone()
    }
}

fn path(day: &str, depot: &str, item: &str) -> String {
    format!("/v1/sealed-days/{day}/balance-proof?depot_id={depot}&item_id={item}")
}

async fn days(client: &Client) -> Vec<Value> {
    let page = client.get("/v1/sealed-days").await.expect(200);
    page["items"].as_array().expect("a page").clone()
}

fn leads_to(suite: CryptoSuite, part: &Value, root: &Value) -> bool {
    let hash = |value: &Value| Hash::parse(value.as_str().expect("a text")).expect("a hash");
    let number = |name: &str| part[name].as_u64().expect("a number");
    let leaf = suite.leaf(part["leaf"].as_str().expect("a text").as_bytes());
    let hashes: Vec<_> = part["hashes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(hash)
        .collect();
    inclusion_holds(
        suite,
        &leaf,
        (number("position"), number("size")),
        &hashes,
        &hash(root),
    )
}

async fn a_balance_is_proven_by(server: &Server, suite: CryptoSuite) {
    let mut sealed = Sealed::new(server).await;
    let day = sealed.day.clone();
    let desk = Desk::of(server);
    let there: i64 = sealed
        .zones()
        .await
        .iter()
        .map(|row| row["on_hand"].as_i64().unwrap())
        .sum();
    assert!(there > 0);
    // What comes later belongs to a later day.
    sealed.receive(7).await;
    let proof = sealed.proof().await;
    let usable = json!([{ "condition": "usable", "quantity": there }]);
    assert_eq!(proof["on_hand"], usable, "{proof}");
    let of_depot: Value = serde_json::from_str(proof["depot"]["leaf"].as_str().unwrap()).unwrap();
    assert!(
        leads_to(suite, &proof["balance"], &of_depot["root"]),
        "{proof}"
    );
    let of_day = days(&sealed.relief.worker).await[0].clone();
    assert!(leads_to(suite, &proof["depot"], &of_day["root"]), "{proof}");
    let (code, said) = desk.checked(&proof);
    assert_eq!(code, Some(0), "{said}");
    let Relief {
        depot,
        city_depot,
        item,
        ..
    } = &sealed.relief;
    for word in [&day, depot, item, &format!("'usable': {there}")] {
        assert!(said.contains(word), "{said}");
    }

    // Nobody makes more or less of it, nor another depot or another day.
    for (part, from, to) in [
        ("balance", format!(":{there}"), format!(":{}", there + 1)),
        ("balance", "usable".to_owned(), "condemned".to_owned()),
        ("depot", depot.clone(), city_depot.clone()),
        ("entry", day.clone(), "2001-01-01".to_owned()),
    ] {
        let mut forged = proof.clone();
        let leaf = forged[part]["leaf"].as_str().unwrap().to_owned();
        assert!(leaf.contains(&from), "{leaf}");
        forged[part]["leaf"] = json!(leaf.replace(&from, &to));
        let (code, said) = desk.checked(&forged);
        assert_eq!(code, Some(3), "{part} {from}: {said}");
    }

    // The next day has it, and a quiet one has the hash of the day before.
    sealed.next_day(server).await;
    assert_ne!(sealed.day, day);
    assert_eq!(sealed.proof().await["on_hand"][0]["quantity"], there + 7);
    sealed.next_day(server).await;
    let all = days(&sealed.relief.worker).await;
    assert_eq!(all[0]["root"], all[1]["root"], "nothing moved");
    assert_ne!(all[1]["root"], all[2]["root"]);
    let one = format!("/v1/sealed-days/{}", sealed.day);
    assert_eq!(sealed.relief.worker.get(&one).await.expect(200), all[0]);
    server.prove().await;
}

on_both!(
    a_balance_is_proven_without_the_journal,
    ["crypto_suite" = "std"],
    async |server| {
        a_balance_is_proven_by(server, CryptoSuite::Std).await;
    }
);

on_both!(
    a_balance_is_proven_by_the_chinese_standards_too,
    ["crypto_suite" = "gm"],
    async |server| {
        a_balance_is_proven_by(server, CryptoSuite::Gm).await;
    }
);

on_both!(what_is_gone_is_proven_to_be_gone, async |server| {
    let mut sealed = Sealed::new(server).await;
    let lines: Vec<_> = sealed.zones().await.iter().map(|row| {
        json!({ "lot_id": row["lot_id"], "zone_id": row["zone_id"], "quantity": row["on_hand"] })
    }).collect();
    let Relief {
        worker,
        depot,
        city_depot,
        ..
    } = &sealed.relief;
    let load = json!({ "depot_id": depot, "to_depot_id": city_depot, "lines": lines });
    worker.post("/v1/shipments", load).await.expect(201);
    sealed.next_day(server).await;
    let proof = sealed.proof().await;
    assert_eq!(proof["on_hand"], json!([]), "{proof}");
    let (code, said) = Desk::of(server).checked(&proof);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(": nothing"), "{said}");
});

on_both!(
    a_balance_is_shown_to_whoever_sees_the_depot,
    async |server| {
        let Scene { relief, .. } = scene(server).await;
        let other_county = &relief.ground.other_county;
        let stranger = server.person(&["keeper"], other_county).await;
        let Sealed { relief, day } = Box::pin(Sealed::of(server, relief)).await;
        let stranger = server.log_in_again(&stranger).await;
        assert_eq!(days(&stranger).await.len(), 1);
        let hidden = stranger
            .get(&path(&day, &relief.depot, &relief.item))
            .await
            .expect(422);
        assert_eq!(hidden["errors"][0]["pointer"], "depot_id", "{hidden}");
        let unknown = path(&day, "depot_00000000000000000000000009", &relief.item);
        let unknown = stranger.get(&unknown).await.expect(422);
        assert_eq!(unknown["errors"], hidden["errors"]);

        let never = path(&day, &relief.depot, "item_00000000000000000000000009");
        let refused = relief.worker.get(&never).await.expect(422);
        assert_eq!(refused["errors"][0]["pointer"], "item_id", "{refused}");
        let empty = path(&day, &relief.city_depot, &relief.item);
        let refused = relief.worker.get(&empty).await.expect(422);
        assert_eq!(refused["errors"][0]["pointer"], "depot_id", "{refused}");
        let other_day = path("2001-01-01", &relief.depot, &relief.item);
        relief.worker.get(&other_day).await.expect(404);
    }
);

on_both!(two_servers_seal_a_day_once, async |server| {
    let Scene { relief, .. } = scene(server).await;
    let other = server.beside().await;
    server.clock.advance(DAY);
    tokio::join!(server.run_hourly_jobs(), other.run_hourly_jobs());
    server.seal().await;
    let worker = server.log_in_again(&relief.worker).await;
    assert_eq!(days(&worker).await.len(), 1);
    server.prove().await;
    other.leave().await;
});

on_both!(missed_days_are_made_up, async |server| {
    let mut sealed = Sealed::new(server).await;
    server.clock.advance(2 * DAY);
    sealed.next_day(server).await;
    let all = days(&sealed.relief.worker).await;
    assert_eq!(all.len(), 4, "{all:?}");
    server.prove().await;
});

async fn told(server: &Server) -> Vec<String> {
    let report = server.verify().await;
    report
        .findings
        .into_iter()
        .map(|finding| finding.what)
        .collect()
}

on_both!(whoever_changes_a_day_is_found_out, async |server| {
    use Column::{Bytes, Id, Number, Text, Time};
    let mut sealed = Sealed::new(server).await;
    sealed.receive(7).await;
    server.seal().await;
    sealed.next_day(server).await;
    assert_eq!(told(server).await, Vec::<String>::new());
    let tables: [(&str, &[Column]); 2] = [
        (
            "sealed_day",
            &[
                Text("day"),
                Time("until_at"),
                Number("size"),
                Number("settled"),
                Number("depots"),
                Text("root"),
                Id("journal_id"),
            ],
        ),
        (
            "sealed_depot",
            &[
                Id("depot_id"),
                Text("day"),
                Number("items"),
                Text("root"),
                Bytes("salt"),
            ],
        ),
    ];
    for (table, columns) in tables {
        let kept = format!("kept_{table}");
        tamper(
            server,
            &format!("CREATE TABLE {kept} AS SELECT * FROM {table}"),
        )
        .await;
        for row in ["MIN", "MAX"] {
            for column in columns {
                let (flip, name) = (column.flipped(server.database()), column.name());
                let of_row = format!("day = (SELECT {row}(day) FROM {kept})");
                tamper(server, &format!("UPDATE {table} SET {flip} WHERE {of_row}")).await;
                let told = told(server).await;
                assert!(!told.is_empty(), "{table}.{name} of the {row} day");
                let back = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM {kept}");
                tamper(server, &back).await;
            }
        }
    }
    let gone = "DELETE FROM sealed_depot; DELETE FROM sealed_day";
    tamper(server, gone).await;
    assert!(
        told(server)
            .await
            .iter()
            .any(|what| what.contains("sealed 2 days"))
    );
});

on_both!(
    a_ledger_that_was_rewritten_parts_from_its_days,
    async |server| {
        let sealed = Sealed::new(server).await;
        // Movement and balance alike, so that sums hold.
        tamper(
            server,
            "UPDATE movement_line SET quantity = quantity + 1 WHERE from_kind = 'source'; \
         UPDATE balance SET on_hand = on_hand + 1 WHERE account_kind = 'zone'",
        )
        .await;
        let told = told(server).await;
        let words = format!(
            "{}: the ledger does not say what was sealed",
            sealed.relief.depot
        );
        assert!(told.iter().any(|what| what.contains(&words)), "{told:#?}");
        let path = path(&sealed.day, &sealed.relief.depot, &sealed.relief.item);
        sealed.relief.worker.get(&path).await.expect(500);
    }
);
