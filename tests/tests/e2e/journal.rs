//! The sealed journal: what is proven, who notices, and who follows.

mod feed;
pub(crate) mod offline;
mod persons;
mod restarts;
pub(crate) mod tampering;

use domain::journal::{
    Checkpoint, CryptoSuite, Hash, Note, VerifyingKey, consistency_holds, inclusion_holds,
};
use serde_json::{Value, json};
use tests::{Client, Relief, Server, client::id, on_both};

/// A province with goods, some of them on the road, and its auditor; all of it is sealed.
pub(crate) struct Scene {
    pub(crate) relief: Relief,
    auditor: Client,
    shipment: String,
}

pub(crate) async fn scene(server: &Server) -> Scene {
    let relief = server.relief().await;
    let auditor = server.person(&["auditor"], &relief.ground.province).await;
    let load = json!({
        "depot_id": relief.depot, "to_depot_id": relief.city_depot,
        "lines": [{ "lot_id": relief.lot, "quantity": 15 }],
    });
    let shipment = id(&relief.worker.post("/v1/shipments", load).await.expect(201));
    server.seal().await;
    Scene {
        relief,
        auditor,
        shipment,
    }
}

async fn latest(client: &Client) -> Value {
    client.get("/v1/checkpoints/latest").await.expect(200)
}

fn size(checkpoint: &Value) -> u64 {
    checkpoint["size"]
        .as_u64()
        .expect("a checkpoint has a size")
}

fn hash(text: &Value) -> Hash {
    Hash::parse(text.as_str().unwrap_or_default()).expect("a hash")
}

fn hashes(answer: &Value) -> Vec<Hash> {
    let list = answer["hashes"].as_array().expect("a proof has hashes");
    list.iter().map(hash).collect()
}

/// The positions and ids of the entries that this client sees, in the order of the feed.
async fn entries(client: &Client) -> Vec<(u64, String)> {
    let page = client.get("/v1/events?limit=1000").await.expect(200);
    let items = page["items"].as_array().expect("events");
    items
        .iter()
        .map(|event| (event["position"].as_u64().unwrap(), id(&event["entry"])))
        .collect()
}

/// Asks for every proof and checks it with nothing but the public key.
async fn everything_is_proven(server: &Server, suite: CryptoSuite) {
    let Scene {
        relief,
        auditor,
        shipment,
    } = scene(server).await;
    let first = latest(&relief.worker).await;
    let quilt = relief
        .worker
        .receive(&relief.depot, &relief.item, 5, json!({}));
    quilt.await;
    server.seal().await;
    let last = latest(&relief.worker).await;
    assert!(size(&last) > size(&first), "{last}");
    let by_size = format!("/v1/checkpoints/{}", size(&first));
    assert_eq!(relief.worker.get(&by_size).await.expect(200), first);

    let keys = relief.worker.get("/v1/journal-keys").await.expect(200);
    assert_eq!(keys["suite"], suite.name());
    let key: VerifyingKey = keys["keys"][0].as_str().unwrap().parse().unwrap();
    for checkpoint in [&first, &last] {
        let note = Note::parse(checkpoint["note"].as_str().unwrap()).unwrap();
        note.check([&key]).unwrap();
        let signed = Checkpoint::parse(note.text()).unwrap();
        assert_eq!(signed.size, size(checkpoint));
        assert_eq!(signed.root, hash(&checkpoint["root"]));
        assert_eq!(keys["origin"], signed.origin);
        assert!(checkpoint["signed_at"].is_string(), "{checkpoint}");
    }

    let list = entries(&auditor).await;
    // Some entries belong to nobody's organisation; the auditor does not see them.
    assert!(
        list.len() > 10 && list.len() as u64 <= size(&last),
        "{list:?}"
    );
    for (position, entry) in &list {
        let path = format!("/v1/journal-entries/{entry}/proof");
        let proof = auditor.get(&path).await.expect(200);
        let leaf = suite.leaf(proof["leaf"].as_str().unwrap().as_bytes());
        assert_eq!(leaf, hash(&proof["leaf_hash"]));
        assert!(proof["leaf"].as_str().unwrap().contains(entry), "{proof}");
        let (root, place) = (hash(&last["root"]), (*position, size(&last)));
        assert!(
            inclusion_holds(suite, &leaf, place, &hashes(&proof), &root),
            "{proof}"
        );
    }
    let path = format!("/v1/checkpoints/consistency?from={}", size(&first));
    let proof = relief.worker.get(&path).await.expect(200);
    let (old, new) = (hash(&first["root"]), hash(&last["root"]));
    let (old, new) = ((size(&first), &old), (size(&last), &new));
    assert!(
        consistency_holds(suite, old, new, &hashes(&proof)),
        "{proof}"
    );

    // Whoever keeps a checkpoint may ask, and gets the same proof.
    let held = json!({ "checkpoint": first["note"] });
    let same = relief.worker.post("/v1/checkpoints/compare", held).await;
    let same = same.expect(200);
    assert_eq!(same["hashes"], proof["hashes"]);
    assert_eq!(same["checkpoint"], last);
    // The paper that travels makes a witness of whoever keeps it.
    let path = format!("/v1/shipments/{shipment}/waybill");
    let paper = relief.worker.get(&path).await.expect(200);
    assert_eq!(paper["checkpoint"], last);
    assert_eq!(paper["shipment"]["id"], shipment);
    server.prove().await;
}

on_both!(
    every_entry_is_proven_by_a_signed_root,
    ["crypto_suite" = "std"],
    async |server| {
        everything_is_proven(server, CryptoSuite::Std).await;
    }
);

on_both!(
    every_entry_is_proven_by_the_chinese_standards_too,
    ["crypto_suite" = "gm"],
    async |server| {
        everything_is_proven(server, CryptoSuite::Gm).await;
    }
);

on_both!(what_is_asked_wrongly_is_told, async |server| {
    let relief = server.relief().await;
    let auditor = server.person(&["auditor"], &relief.ground.county).await;
    server.seal().await;
    let worker = &relief.worker;
    let size = size(&latest(worker).await);
    let far = format!("/v1/checkpoints/consistency?from={}", size + 1);
    worker.get(&far).await.refused(422, "invalid-query");
    let none = format!("/v1/checkpoints/consistency?from=1&to={}", size + 1);
    worker.get(&none).await.refused(422, "invalid-query");
    let none = format!("/v1/checkpoints/{}", size + 1);
    worker.get(&none).await.refused(404, "not-found");
    for path in ["/v1/checkpoints/0", "/v1/checkpoints/99999999999999999999"] {
        worker.get(path).await.refused(404, "not-found");
    }
    let compare = async |text: &str| {
        let body = json!({ "checkpoint": text });
        let answer = worker.post("/v1/checkpoints/compare", body).await;
        answer.refused(422, "invalid-request");
        answer.faults()
    };
    let fault = |code: &str| vec![("/checkpoint".to_owned(), code.to_owned())];
    assert_eq!(compare("nothing signed").await, fault("format"));
    let note = latest(worker).await["note"].as_str().unwrap().to_owned();
    let larger = note.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1);
    assert_ne!(note, larger);
    assert_eq!(compare(&larger).await, fault("signature"));
    // The entries of others do not exist, and keepers read none.
    let (_, entry) =
        entries(&server.person(&["auditor"], &relief.ground.province).await).await[0].clone();
    let path = format!("/v1/journal-entries/{entry}/proof");
    auditor.get(&path).await.refused(404, "not-found");
    worker.get(&path).await.refused(403, "forbidden");
    worker.get("/v1/events").await.refused(403, "forbidden");
});

on_both!(two_servers_seal_one_journal, async |server| {
    let relief = server.relief().await;
    let other = server.beside().await;
    let second = other.log_in_again(&relief.worker).await;
    let receive = async |worker: &Client, server: &Server| {
        for _ in 0..12 {
            worker
                .receive(&relief.depot, &relief.item, 1, json!({}))
                .await;
            server.seal().await;
        }
    };
    tokio::join!(receive(&relief.worker, server), receive(&second, &other));
    // Whoever does not hold the lease leaves it to the other.
    server.seal().await;
    other.seal().await;
    let journal = server.number("SELECT COUNT(*) FROM journal").await;
    let sealed = async |sql: &str| server.number(sql).await;
    assert_eq!(sealed("SELECT COUNT(*) FROM journal_waiting").await, 0);
    assert_eq!(sealed("SELECT size FROM journal_tree").await, journal);
    let gap = "SELECT MAX(position) + 1 - COUNT(*) FROM journal_position";
    assert_eq!(sealed(gap).await, 0);
    server.prove().await;
    other.stop().await;
    server.prove().await;
});

on_both!(a_batch_that_breaks_leaves_nothing, async |server| {
    let relief = server.relief().await;
    server.seal().await;
    let size = server.number("SELECT size FROM journal_tree").await;
    // The sealer comes to the checkpoint when positions and size are written already.
    let obstacle = format!(
        "INSERT INTO journal_checkpoint (size, note) VALUES ({}, 'in the way')",
        size + 1
    );
    server.execute(&obstacle).await;
    relief
        .worker
        .receive(&relief.depot, &relief.item, 1, json!({}))
        .await;
    server.seal().await;
    assert_eq!(server.number("SELECT size FROM journal_tree").await, size);
    let positions = "SELECT COUNT(*) FROM journal_position";
    assert_eq!(server.number(positions).await, size);
    assert_eq!(
        server.number("SELECT COUNT(*) FROM journal_waiting").await,
        1
    );
    server
        .execute("DELETE FROM journal_checkpoint WHERE note = 'in the way'")
        .await;
    server.seal().await;
    assert_eq!(server.number(positions).await, size + 1);
    server.prove().await;
});
