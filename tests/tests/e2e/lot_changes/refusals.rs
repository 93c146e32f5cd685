//! What is no change, who may not make one, and for whom it is not there.

use serde_json::{Value, json};
use tests::on_both;

use super::{path, title};

fn extend(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

fn without(mut body: Value, member: &str) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.remove(member);
    }
    body
}

on_both!(nothing_changes_without_what_it_takes, async |server| {
    let title = title(server).await;
    let worker = &title.relief.worker;
    let city = json!({ "to_owner_id": title.relief.ground.city });
    let none = || json!({ "kind": "none" });
    let owner = || title.to_city(&title.bound, 1);
    let purpose = || title.to_purpose(none(), 1);
    let consent = |more: Value| {
        let consent = extend(purpose()["consent"].clone(), more);
        extend(purpose(), json!({ "consent": consent }))
    };
    let others = worker
        .receive(
            &title.relief.depot,
            &title.relief.item,
            5,
            json!({ "owner_id": title.relief.ground.city }),
        )
        .await;
    for (body, pointer, code) in [
        (without(purpose(), "consent"), "/consent", "required"),
        (without(owner(), "to_owner_id"), "/to_owner_id", "required"),
        (
            without(purpose(), "to_restriction"),
            "/to_restriction",
            "required",
        ),
        (extend(purpose(), city), "/to_owner_id", "ambiguous"),
        (
            consent(json!({ "given_by": "乙厂" })),
            "/lines/0/lot_id",
            "donor",
        ),
        (
            consent(json!({ "given_on": "2199-01-01" })),
            "/consent/given_on",
            "out-of-range",
        ),
        (
            consent(json!({ "evidence_sha256": "abc" })),
            "/consent/evidence_sha256",
            "format",
        ),
        (
            extend(
                owner(),
                json!({ "to_owner_id": title.relief.ground.province }),
            ),
            "/lines/0/lot_id",
            "unchanged",
        ),
        (
            extend(
                owner(),
                json!({ "to_owner_id": "org_01h455vb4pex5vsknk084sn02q" }),
            ),
            "/to_owner_id",
            "reference",
        ),
        (
            title.to_purpose(json!({ "kind": "programme", "programme": "博爱家园" }), 1),
            "/lines/0/lot_id",
            "unchanged",
        ),
        (
            title.to_purpose(json!({ "kind": "division", "division_code": "999999" }), 1),
            "/to_restriction/division_code",
            "reference",
        ),
        (
            title.to_purpose(
                json!({ "kind": "incident", "incident_id": "incident_01h455vb4pex5vsknk084sn02q" }),
                1,
            ),
            "/to_restriction/incident_id",
            "reference",
        ),
        (
            extend(
                owner(),
                json!({ "to_owner_id": title.relief.ground.county, "lines": [
                    { "lot_id": title.bound, "quantity": 1 }, { "lot_id": others, "quantity": 1 },
                ] }),
            ),
            "/lines/1/lot_id",
            "owner",
        ),
    ] {
        let answer = worker.post("/v1/lot-changes", body).await;
        let faults = answer.faults();
        let expected = (pointer.to_owned(), code.to_owned());
        assert_eq!(faults, [expected], "{}", answer.text);
    }
    assert_eq!(worker.on_hand(&title.relief.depot).await, (305, 0));
    server.prove().await;
});

on_both!(
    what_is_promised_or_recalled_does_not_change,
    async |server| {
        let title = title(server).await;
        let (worker, relief) = (&title.relief.worker, &title.relief);
        let deadline = (server.clock.now() + chrono::TimeDelta::hours(1)).to_rfc3339();
        let hold = json!({
            "depot_id": relief.depot, "deadline_at": deadline, "purpose": { "programme": "博爱家园" },
            "lines": [{ "lot_id": title.bound, "quantity": 90 }],
        });
        worker.post("/v1/reservations", hold).await.expect(201);
        let asked = worker
            .post("/v1/lot-changes", title.to_city(&title.bound, 11))
            .await;
        let refused = asked.refused(409, "insufficient-stock");
        assert_eq!(refused["available"], 10);
        let change = title.ask(title.to_city(&title.bound, 10)).await;
        title.approve(&change).await.expect(200);
        // Recalled while it was asked for.
        let notice = json!({
            "organisation_id": relief.ground.province, "reference": "召回2号", "grade": "first",
            "reason": "甲醛超标", "announced_by": "厂家", "lot_ids": [title.bound],
        });
        worker.post("/v1/lot-recalls", notice).await.expect(201);
        let late = title.accept(&change).await.refused(409, "wrong-state");
        assert_eq!(late["state"], "recalled");
        let again = worker
            .post("/v1/lot-changes", title.to_city(&title.bound, 1))
            .await;
        let fault = ("/lines/0/lot_id".to_owned(), "recalled".to_owned());
        assert_eq!(again.faults(), [fault]);
        // The hold runs out: the change has to be asked for again.
        let other = title.ask(title.to_city(&relief.lot, 10)).await;
        title.approve(&other).await.expect(200);
        server
            .clock
            .advance(std::time::Duration::from_secs(91 * 86_400));
        let taker = server.log_in_again(&title.taker).await;
        let late = taker.act(&path(&other, "accept")).await;
        assert_eq!(late.refused(409, "wrong-state")["state"], "expired");
        server.prove().await;
    }
);

on_both!(nobody_decides_alone, async |server| {
    let title = title(server).await;
    let (worker, ground) = (&title.relief.worker, &title.relief.ground);
    let change = title.ask(title.to_city(&title.bound, 5)).await;
    // The worker approves for the province, too, but asked; the city does not give.
    let own = worker.act(&path(&change, "approve")).await;
    assert_eq!(own.refused(403, "forbidden")["action"], "approve");
    let taker = title.taker.act(&path(&change, "approve")).await;
    taker.refused(403, "forbidden");
    let early = title.accept(&change).await;
    assert_eq!(early.refused(409, "wrong-state")["action"], "accept");
    title.approve(&change).await.expect(200);
    // Who approves for the province reaches the city, but gave; and who asked takes nothing.
    for party in [&title.giver, worker] {
        let refused = party.act(&path(&change, "accept")).await;
        assert_eq!(refused.refused(403, "forbidden")["action"], "accept");
    }
    let keeper = server.person(&["keeper"], &ground.city).await;
    let refused = keeper.act(&path(&change, "accept")).await;
    refused.refused(403, "forbidden");
    let stranger = server.person(&["approver"], &ground.other_county).await;
    for action in ["approve", "accept"] {
        let hidden = stranger.act(&path(&change, action)).await;
        hidden.refused(404, "not-found");
    }
    let asked = title
        .giver
        .post("/v1/lot-changes", title.to_city(&title.bound, 1))
        .await;
    asked.refused(403, "forbidden");
    title.accept(&change).await.expect(200);
    server.prove().await;
});
