//! What is kept of a plan: one text, and a digest of it wherever else it is recorded.

use serde_json::{Value, json};
use tests::{Relief, Server, client::id, on_both};

/// A plan that is confirmed, with the calls that made it and confirmed it.
struct Made {
    relief: Relief,
    making: tests::Call,
    made: tests::Answer,
    confirming: tests::Call,
    confirmed: tests::Answer,
}

async fn made(server: &Server) -> Made {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    relief.need(&disaster, 250).await;
    let path = format!("/v1/incidents/{}/plans", disaster.incident);
    let policy = json!({ "policy": { "max_travel_min": 600 } });
    let making = relief.worker.post(&path, policy);
    let made = making.clone().await;
    let path = format!("/v1/plans/{}/confirm", id(&made.expect(201)));
    let confirming = relief.worker.act(&path);
    let confirmed = confirming.clone().await;
    confirmed.expect(200);
    Made {
        relief,
        making,
        made,
        confirming,
        confirmed,
    }
}

async fn entries(relief: &Relief, command: &str) -> Vec<Value> {
    let steward = &relief.worker;
    let path = format!("/v1/journal-entries?command={command}");
    let page = steward.get(&path).await.expect(200);
    page["items"].as_array().expect("a page has items").clone()
}

on_both!(a_repeat_gets_the_plan_as_it_was_answered, async |server| {
    let it = made(server).await;
    // It has been confirmed since.
    for (call, first, status) in [
        (it.making, it.made, 201),
        (it.confirming, it.confirmed, 200),
    ] {
        let again = call.await;
        assert_eq!(again.expect(status), first.expect(status));
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.etag(), first.etag());
    }
});

on_both!(
    what_releases_before_remembered_is_answered_as_well,
    async |server| {
        let it = made(server).await;
        let whole = it.made.expect(201);
        // As they kept it: the whole answer, and the content under the names it had then.
        let mut content = json!({ "unmeasured": whole["unmeasured_item_ids"] });
        for member in [
            "allocations",
            "shortfalls",
            "measures",
            "replan",
            "changes",
            "sentences",
        ] {
            content[member] = whole[member].clone();
        }
        let text = |value: &Value| value.to_string().replace('\'', "''");
        let plan = format!("UPDATE plan SET result = '{}'", text(&content));
        server.execute(&plan).await;
        let response = text(&whole);
        let remembered = format!(
            "UPDATE idempotency SET response = '{response}' WHERE journal_id IN \
             (SELECT id FROM journal WHERE command = 'dispatch.make_plan')"
        );
        server.execute(&remembered).await;
        let again = it.making.await;
        assert_eq!(again.expect(201), whole);
        let path = format!("/v1/plans/{}", id(&whole));
        let shown = it.relief.worker.get(&path).await.expect(200);
        assert_eq!(shown, it.confirmed.expect(200));
    }
);

on_both!(
    the_journal_holds_a_digest_and_a_plan_that_is_edited_is_found,
    async |server| {
        let it = made(server).await;
        let plan = id(&it.made.expect(201));
        let auditor = server
            .person(&["auditor"], &it.relief.ground.province)
            .await;
        let relief = Relief {
            worker: auditor,
            ..it.relief
        };
        for (command, state) in [
            ("dispatch.make_plan", "proposed"),
            ("dispatch.confirm_plan", "confirmed"),
        ] {
            let entries = entries(&relief, command).await;
            let body = &entries[0]["body"];
            assert_eq!(body["id"], plan, "{body}");
            assert_eq!(body["state"], state);
            assert_eq!(body.get("allocations"), None);
            // By the hash of the journal's suite.
            let content = &body["content"];
            let digest = content["sha256"].as_str().or(content["sm3"].as_str());
            let digest = digest.expect("a digest");
            assert_eq!(digest.len(), 64);
        }
        server.prove().await;

        server
            .execute("UPDATE plan SET result = REPLACE(result, '\"quantity\":', '\"quantity\": ')")
            .await;
        let findings = server.verify().await.findings;
        let named: Vec<_> = findings.iter().map(|it| it.what.as_str()).collect();
        let what = format!("{plan} is not what the journal says was computed");
        assert_eq!(named, [what.as_str()]);
        assert_eq!(findings[0].invariant, "I8");

        // A foreign key keeps a plan that has orders; another may be taken away.
        server
            .execute("UPDATE dispatch_order SET plan_id = NULL")
            .await;
        server.execute("DELETE FROM plan").await;
        let findings = server.verify().await.findings;
        let named: Vec<_> = findings.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(named, ["the journal made 1 plans, and 0 are there"]);
    }
);
