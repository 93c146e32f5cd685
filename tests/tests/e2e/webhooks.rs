//! Other systems are told what happens, by the Standard Webhooks specification 1.0.

mod addresses;
mod authority;
mod https;
pub(crate) mod receiver;
mod secrets;

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Client, Relief, Server, client::id, on_both};

use receiver::{Heard, Receiver};

/// Lets the receiver be told what happens in an organisation from now on.
async fn listen(
    server: &Server,
    who: &Client,
    organisation: &str,
    receiver: &Receiver,
    events: Value,
) -> Value {
    // What has no place in the journal yet comes after now.
    server.seal().await;
    let body = json!({
        "organisation_id": organisation, "name": "应急指挥平台", "url": receiver.url,
        "events": events,
    });
    who.post("/v1/webhooks", body).await.expect(201)
}

fn secret(webhook: &Value) -> &str {
    webhook["secret"].as_str().expect("a secret that is shown")
}

async fn issue(relief: &Relief, lot: &str, quantity: i64) {
    let body = json!({
        "depot_id": relief.depot, "lines": [{ "lot_id": lot, "quantity": quantity }],
    });
    relief.worker.post("/v1/issues", body).await.expect(201);
}

/// The webhook, as soon as it is as it should be.
async fn until(who: &Client, webhook: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/v1/webhooks/{webhook}");
    for _ in 0..300 {
        let view = who.get(&path).await.expect(200);
        if is_so(&view) {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{}", who.get(&path).await.text)
}

fn commands(heard: &[Heard]) -> Vec<Value> {
    heard.iter().map(|one| one.body()["type"].clone()).collect()
}

on_both!(
    what_happens_is_told_and_signed,
    ["webhook_hosts" = "127.0.0.1",],
    async |server| {
        let relief = server.relief().await;
        let (worker, receiver) = (&relief.worker, Receiver::start().await);
        let made = listen(
            server,
            worker,
            &relief.ground.province,
            &receiver,
            json!([]),
        )
        .await;
        let of_city = Receiver::start().await;
        listen(
            server,
            worker,
            &relief.ground.city,
            &of_city,
            json!(["stock"]),
        )
        .await;
        issue(&relief, &relief.lot, 3).await;

        let heard = receiver.hear(3).await;
        assert_eq!(
            commands(&heard),
            [
                "webhooks.create_webhook",
                "webhooks.create_webhook",
                "stock.issue"
            ]
        );
        for one in &heard {
            one.check(secret(&made));
            let body = one.body();
            assert_eq!(body["data"]["entry"]["id"], one.header("webhook-id"));
            assert_eq!(body["data"]["entry"]["command"], body["type"]);
            // No secret of a webhook is in the journal, and so in no event.
            assert!(!one.text.contains("whsec_"), "{}", one.text);
        }
        let lines = &heard[2].body()["data"]["entry"]["body"]["lines"];
        assert_eq!(lines[0]["quantity"], 3);
        let view = until(worker, &id(&made), |view| view["waiting"] == 0).await;
        assert!(view["last_delivered_at"].is_string(), "{view}");
        assert!(
            view["failing_since"].is_null() && view["secret"].is_null(),
            "{view}"
        );
        // The province's goods are no business of the city.
        assert!(of_city.heard().is_empty());
    }
);

on_both!(
    a_receiver_that_was_down_hears_it_in_order,
    ["webhook_hosts" = "127.0.0.1",],
    async |server| {
        let relief = server.relief().await;
        let (worker, receiver) = (&relief.worker, Receiver::start().await);
        receiver.answer("500 Internal Server Error");
        let webhook = listen(
            server,
            worker,
            &relief.ground.province,
            &receiver,
            json!(["stock"]),
        )
        .await;
        issue(&relief, &relief.lot, 1).await;
        let failing = until(worker, &id(&webhook), |view| {
            !view["failing_since"].is_null()
        })
        .await;
        assert_eq!(
            (&failing["waiting"], &failing["state"]),
            (&json!(1), &json!("active"))
        );
        let path = format!("/v1/webhooks/{}/messages", id(&webhook));
        let told = worker
            .get(&path)
            .query("state", "waiting")
            .await
            .expect(200);
        let told = &told["items"][0];
        assert_eq!(
            (&told["attempts"], &told["last_status"]),
            (&json!(1), &json!(500))
        );
        assert!(told["next_attempt_at"].is_string(), "{told}");

        // The second attempt is five seconds after the first, the third five minutes after it.
        receiver.answer("429 Too Many Requests\r\nretry-after: 900");
        server.clock.advance(Duration::from_secs(6));
        receiver.hear(2).await;
        let path_of = |view: &Value| view["items"][0]["attempts"].clone();
        for _ in 0..100 {
            if path_of(&worker.get(&path).await.expect(200)) == 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        receiver.answer("204 No Content");
        server.clock.advance(Duration::from_secs(600));
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        assert_eq!(
            receiver.heard().len(),
            2,
            "it had asked for fifteen minutes"
        );
        server.clock.advance(Duration::from_secs(400));
        let heard = receiver.hear(3).await;
        let ids: Vec<_> = heard.iter().map(|one| one.header("webhook-id")).collect();
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
        let well = until(worker, &id(&webhook), |view| view["waiting"] == 0).await;
        assert!(well["failing_since"].is_null(), "{well}");
    }
);

on_both!(
    who_wants_no_more_is_told_no_more,
    ["webhook_hosts" = "127.0.0.1",],
    async |server| {
        let relief = server.relief().await;
        let (worker, receiver) = (&relief.worker, Receiver::start().await);
        receiver.answer("410 Gone");
        let webhook = listen(
            server,
            worker,
            &relief.ground.province,
            &receiver,
            json!([]),
        )
        .await;
        let path = format!("/v1/webhooks/{}", id(&webhook));
        until(worker, &id(&webhook), |view| view["state"] == "gone").await;
        issue(&relief, &relief.lot, 1).await;
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        assert_eq!(receiver.heard().len(), 1);

        receiver.answer("200 OK");
        worker.act(&format!("{path}/resume")).await.expect(200);
        let heard = receiver.hear(4).await;
        // The one that was refused first comes first again.
        assert_eq!(heard[0].header("webhook-id"), heard[1].header("webhook-id"));
        let paused = worker.act(&format!("{path}/pause")).await.expect(200);
        assert_eq!(paused["state"], "paused");
        worker.act(&format!("{path}/end")).await.expect(200);
        let refused = worker.act(&format!("{path}/resume")).await;
        refused.refused(409, "wrong-state");
    }
);

on_both!(
    a_secret_changes_without_a_gap,
    ["webhook_hosts" = "127.0.0.1",],
    async |server| {
        let relief = server.relief().await;
        let (worker, receiver) = (&relief.worker, Receiver::start().await);
        let made = listen(
            server,
            worker,
            &relief.ground.province,
            &receiver,
            json!(["stock"]),
        )
        .await;
        let path = format!("/v1/webhooks/{}", id(&made));
        let rotated = worker
            .act(&format!("{path}/rotate-secret"))
            .await
            .expect(200);
        assert_ne!(secret(&made), secret(&rotated));
        issue(&relief, &relief.lot, 1).await;
        let heard = receiver.hear(1).await;
        heard[0].check(secret(&made));
        heard[0].check(secret(&rotated));

        until(worker, &id(&made), |view| view["waiting"] == 0).await;
        server.clock.advance(Duration::from_secs(25 * 3_600));
        let worker = server
            .log_in(worker.login.as_deref().expect("a person"))
            .await;
        // By hand, once more.
        let entry = heard[0].header("webhook-id");
        let sent = worker
            .act(&format!("{path}/messages/{entry}/send"))
            .await
            .expect(200);
        assert_eq!(
            (&sent["state"], &sent["attempts"]),
            (&json!("waiting"), &json!(0))
        );
        let again = receiver.hear(2).await;
        assert_eq!(again[1].header("webhook-id"), entry);
        assert_eq!(again[1].header("webhook-signature").split(' ').count(), 1);
        again[1].check(secret(&rotated));
    }
);

on_both!(
    two_servers_tell_each_event_once,
    ["webhook_hosts" = "127.0.0.1",],
    async |server| {
        if server.database() == tests::Database::Sqlite {
            // An embedded database has one server.
            return;
        }
        let relief = server.relief().await;
        let (worker, receiver) = (&relief.worker, Receiver::start().await);
        let other = server.beside().await;
        let webhook = listen(
            server,
            worker,
            &relief.ground.province,
            &receiver,
            json!(["stock"]),
        )
        .await;
        for _ in 0..40 {
            issue(&relief, &relief.lot, 1).await;
        }
        receiver.hear(40).await;
        until(worker, &id(&webhook), |view| view["waiting"] == 0).await;
        let heard = receiver.heard();
        let positions: std::collections::BTreeSet<_> = heard
            .iter()
            .map(|one| one.body()["data"]["position"].as_i64())
            .collect();
        assert_eq!((positions.len(), heard.len()), (40, 40));
        other.stop().await;
    }
);

/// Only who may write data out for an organisation lets others hear of it.
async fn is_refused_to(server: &Server, relief: &Relief, roles: &[&str], receiver: &Receiver) {
    let who = server.person(roles, &relief.ground.province).await;
    let body = json!({
        "organisation_id": relief.ground.province, "name": "x", "url": receiver.url,
    });
    let refused = who.post("/v1/webhooks", body).await;
    assert!([403, 422].contains(&refused.status), "{}", refused.text);
}

on_both!(
    who_may_let_others_hear,
    ["webhook_hosts" = "127.0.0.1",],
    async |server| {
        let relief = server.relief().await;
        let receiver = Receiver::start().await;
        for role in [
            "keeper",
            "dispatcher",
            "approver",
            "auditor",
            "system_admin",
        ] {
            is_refused_to(server, &relief, &[role], &receiver).await;
        }
        let made = listen(
            server,
            &relief.worker,
            &relief.ground.province,
            &receiver,
            json!([]),
        )
        .await;
        let path = format!("/v1/webhooks/{}", id(&made));
        // What is the province's does not exist for the city.
        let city = server.person(&["data_steward"], &relief.ground.city).await;
        city.get(&path).await.refused(404, "not-found");
        city.get(&format!("{path}/messages"))
            .await
            .refused(404, "not-found");
        city.act(&format!("{path}/end"))
            .await
            .refused(404, "not-found");
        assert_eq!(
            city.get("/v1/webhooks").await.expect(200)["items"],
            json!([])
        );
        // Whoever sees it and may not change it is told so.
        let keeper = server.person(&["keeper"], &relief.ground.province).await;
        keeper
            .act(&format!("{path}/end"))
            .await
            .refused(403, "forbidden");

        let answer = relief.worker.get(&path).await;
        let change = json!({ "name": "省平台", "events": ["dispatch", "stock.issue"] });
        let changed = relief
            .worker
            .patch(&path, &answer.etag(), change.clone())
            .await
            .expect(200);
        assert_eq!(changed["events"], json!(["dispatch", "stock.issue"]));
        let stale = relief.worker.patch(&path, &answer.etag(), change).await;
        stale.refused(412, "precondition-failed");
    }
);
