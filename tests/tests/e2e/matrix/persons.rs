//! Whether the journal names anybody: a name is planted wherever a body asks for one, and looked for in
//! whatever comes of the journal.
//!
//! **Invariant.** The name stands in the papers themselves, so that whoever does not find it in the
//! journal has looked for something that was there.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};
use tests::{Client, Database, Server, on_both};

use crate::webhooks::receiver::Receiver;

use super::{
    fixture::furnish,
    world::{House, lone},
};

/// What records a person, and so has to have committed to one.
const NAMING: &[&str] = &[
    "agreements.confirm_agreement",
    "agreements.create_agreement",
    "agreements.deliver_call_off",
    "depots.create_depot",
    "disclosure.record_donor",
    "disclosure.record_naming",
    "dispatch.act_on_order",
    "dispatch.create_order",
    "dispatch.receive_back",
    "dispatch.recall_shipment",
    "dispatch.reverse_hand_over",
    "dispatch.send_between_depots",
    "dispatch.ship_order",
    "dispatch.sign_hand_over",
    "duties.accept_arrival",
    "duties.name_duty_holder",
    "duties.record_arrival",
    "duties.record_duty",
    "duties.withdraw_duty_record",
    "identity.change_password",
    "identity.complete_setup",
    "identity.create_account",
    "identity.give_role",
    "identity.link_identity",
    "identity.unlink_identity",
    "identity.update_account",
    "incidents.create_site",
    "stock.approve_disposal",
    "stock.approve_lot_change",
    "stock.ask_disposal",
    "stock.ask_lot_change",
    "stock.assemble_kits",
    "stock.carry_out_disposal",
    "stock.change_condition",
    "stock.forgive_loan",
    "stock.give_back_loan",
    "stock.issue",
    "stock.lend",
    "stock.receive",
    "stock.refuse_lot_change",
    "stock.reverse",
    "stock.take_back",
    "stock.take_kits_apart",
    "stock.transfer_between_zones",
];

/// The rows of a table as texts.
async fn texts(server: &Server, table: &str) -> Vec<String> {
    let connection = server.connect().await;
    let ask = async |sql: String| {
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(statement).await.unwrap();
        let texts = rows.iter().map(|row| row.try_get_by_index(0).unwrap());
        texts.collect::<Vec<String>>()
    };
    let text = match server.database() {
        Database::Postgres => "CAST(t AS TEXT)".to_owned(),
        Database::Sqlite => {
            let columns = ask(format!("SELECT name FROM pragma_table_info('{table}')")).await;
            // Ids and hashes are bytes and hold no text.
            let column = |name: &String| {
                format!(
                    "CASE TYPEOF(\"{name}\") WHEN 'blob' THEN HEX(\"{name}\") \
                     ELSE COALESCE(CAST(\"{name}\" AS TEXT), '') END"
                )
            };
            let columns: Vec<_> = columns.iter().map(column).collect();
            columns.join(" || ' ' || ")
        }
    };
    let rows = ask(format!("SELECT {text} FROM {table} t")).await;
    connection.close().await.unwrap();
    rows
}

async fn tables(server: &Server) -> Vec<String> {
    let known = server.row_counts().await.into_iter();
    let seals = ["journal_waiting", "journal_position", "journal_tile"];
    let of_journal = known.map(|(name, _)| name).filter(|name| {
        name.starts_with("journal") || name.starts_with("webhook") || name == "sealed_day"
    });
    let also = seals.map(str::to_owned).into_iter();
    of_journal.chain(also).collect()
}

async fn changed(who: &Client, path: &str, body: Value) {
    let etag = who.get(path).await.etag();
    who.patch(path, &etag, body).await.expect(200);
}

async fn committed(server: &Server) -> BTreeSet<String> {
    let connection = server.connect().await;
    let sql = "SELECT DISTINCT j.command FROM journal j JOIN journal_salt s ON s.entry_id = j.id";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    connection.close().await.unwrap();
    let commands = rows.iter().map(|row| row.try_get_by_index(0).unwrap());
    commands.collect()
}

async fn nobody_is_named(server: &Server, house: &House, auditor: &Client, heard: &[String]) {
    let person = house.person();
    let mut leaks = Vec::new();
    let mut look = |place: &str, text: &str| {
        if text.contains(&person) {
            let at = text.find(&person).unwrap_or(0);
            let around = text[..at].chars().rev().take(60).collect::<Vec<_>>();
            let around: String = around.into_iter().rev().collect();
            leaks.push(format!("{place}: …{around}{person}"));
        }
    };
    let mut rows = 0;
    for table in tables(server).await {
        for row in texts(server, &table).await {
            rows += 1;
            look(&table, &row);
        }
    }
    let mut told = String::new();
    let mut from = 0;
    loop {
        let page = auditor.get(&format!("/v1/events?from={from}&limit=1000"));
        let page = page.await.expect(200);
        told += &page["items"].to_string();
        from = page["next"].as_u64().unwrap();
        if from >= page["sealed"].as_u64().unwrap() {
            break;
        }
    }
    for event in told.split("\"position\"") {
        look("/v1/events", event);
    }
    let list = auditor.get("/v1/journal-entries?limit=200").await;
    list.expect(200);
    look("/v1/journal-entries", &list.text);
    let exported = server.operate("journal").arg("export").output().unwrap();
    let exported = String::from_utf8(exported.stdout).unwrap();
    for line in exported.lines() {
        look("the export", line);
    }
    for event in heard {
        look("a webhook", event);
    }
    println!(
        "{rows} rows, {} lines, {} webhooks",
        exported.lines().count(),
        heard.len()
    );
    // Whoever looks finds what is no person's.
    for (place, text) in [
        ("events", &told),
        ("the export", &exported),
        ("webhooks", &heard.concat()),
    ] {
        assert!(
            text.contains(&house.word),
            "{place}: nothing was found at all"
        );
        assert!(text.contains("salted_"), "{place}: nobody is committed to");
    }
    leaks.sort_unstable();
    leaks.dedup();
    assert!(
        leaks.is_empty(),
        "{} leaks:\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}

on_both!(
    the_journal_names_nobody,
    [
        "alert_senders" = "33020041600000",
        "webhook_hosts" = "127.0.0.1, ems.example.org",
        // Nobody answers there.
        "oidc_issuer" = "http://127.0.0.1:9",
        "oidc_client_id" = "matrix",
        "oidc_redirect_url" = "https://ems.example.org/back"
    ],
    async |server| {
        let (mut house, hands) = lone(server).await;
        let receiver = Receiver::start().await;
        let org = house.name("org").to_owned();
        let body = json!({
            "organisation_id": org, "name": "平台", "url": receiver.url, "events": [],
        });
        hands.maker.post("/v1/webhooks", body).await.expect(201);
        for script in ["house.txt", "persons.txt"] {
            furnish(server, &mut house, &hands, script).await;
        }
        let donor = format!("/v1/donors/{}", house.name("donor"));
        let ground = house.fill("¶同意书");
        let naming = json!({ "naming": "agreed", "ground": ground });
        changed(&hands.maker, &donor, naming).await;
        let account = format!("/v1/accounts/{}", house.name("account"));
        changed(
            &hands.admin,
            &account,
            json!({ "name": house.fill("¶人二") }),
        )
        .await;

        let known = committed(server).await;
        let missing: Vec<_> = NAMING.iter().filter(|it| !known.contains(**it)).collect();
        assert!(
            missing.is_empty(),
            "no person in {missing:?}, but in {known:?}"
        );
        let more: Vec<_> = known
            .iter()
            .filter(|it| !NAMING.contains(&it.as_str()))
            .collect();
        println!(
            "{} commands committed to somebody, of them unasked for: {more:?}",
            known.len()
        );
        // The name is where it belongs.
        let person = house.person();
        for (table, column) in [
            ("account", "name"),
            ("lot", "donor"),
            ("hand_over", "given_by"),
        ] {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%{person}%'");
            assert!(
                server.number(&sql).await > 0,
                "{table}.{column} names nobody"
            );
        }
        server.seal().await;
        let county = server.person(&["auditor"], &org).await;
        let of_county = county.get("/v1/events?limit=1000").await.expect(200);
        // All that were told so far; those of the newest account come later.
        let count = of_county["items"].as_array().unwrap().len() / 2;
        let heard = receiver.hear(count).await;
        let heard: Vec<_> = heard.into_iter().map(|event| event.text).collect();
        nobody_is_named(server, &house, &hands.auditor, &heard).await;
        server.prove().await;
    }
);
