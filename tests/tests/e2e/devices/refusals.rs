//! What is no batch, and whose devices they are.

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{Device, issue, ready};
use crate::late_facts::ago;
use crate::verify::finds;

on_both!(a_batch_that_is_none_is_refused_whole, async |server| {
    let (relief, mut device, zone) = ready(server).await;
    let worker = &relief.worker;
    let at = ago(server, 10);
    for _ in 0..4 {
        device.gather("create_issue", &at, issue(&relief, &zone, 1));
    }
    let before = server.row_counts().await;
    let check = async |commands: Vec<Value>, pointer: &str, code: &str| {
        let answer = device.send(worker, &commands).await;
        answer.refused(422, "invalid-request");
        assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())]);
    };
    let sent = |numbers: &[usize]| -> Vec<Value> {
        numbers
            .iter()
            .map(|&number| device.sent[number].clone())
            .collect()
    };
    let with = |member: &str, value: Value| {
        let mut command = device.sent[0].clone();
        command[member] = value;
        vec![command]
    };
    check(vec![], "/commands", "length").await;
    check(sent(&[0, 2]), "/commands/1/sequence", "out-of-order").await;
    check(sent(&[1, 0]), "/commands/1/sequence", "out-of-order").await;
    check(sent(&[0, 0]), "/commands/1/sequence", "out-of-order").await;
    check(
        with("sequence", json!(0)),
        "/commands/0/sequence",
        "out-of-range",
    )
    .await;
    check(
        with("operation", json!("drop_table")),
        "/commands/0/operation",
        "choice",
    )
    .await;
    check(with("colour", json!(1)), "/commands/0/colour", "unknown").await;
    check(
        with("target", json!(device.id)),
        "/commands/0/target",
        "unknown",
    )
    .await;
    check(
        with("depends_on", json!(1)),
        "/commands/0/depends_on",
        "out-of-order",
    )
    .await;
    check(
        with("previous", json!("x")),
        "/commands/0/previous",
        "format",
    )
    .await;
    let mut release = device.sent[0].clone();
    release["operation"] = json!("release_reservation");
    check(vec![release.clone()], "/commands/0/target", "required").await;
    release["target"] = json!("lot_01h455vb4pex5vsknk084sn02q");
    check(vec![release], "/commands/0/target", "id").await;
    let many: Vec<_> = (1..=5_001)
        .map(|sequence| {
            json!({
                "sequence": sequence, "operation": "create_issue", "occurred_at": at, "body": {},
            })
        })
        .collect();
    check(many, "/commands", "length").await;
    // A batch that begins too late says from where it should.
    let gap = device.send(worker, &device.sent[2..]).await;
    assert_eq!(gap.refused(409, "out-of-sequence")["next_sequence"], 1);
    let dry = worker.post(&device.path(), json!({ "commands": device.sent }));
    let dry = dry.dry_run().await;
    dry.refused(422, "invalid-query");
    assert_eq!(dry.faults()[0].0, "dry_run");
    assert_eq!(server.row_counts().await, before);
});

on_both!(a_device_is_seen_from_above_only, async |server| {
    let (relief, mut device, zone) = ready(server).await;
    let ground = &relief.ground;
    device.gather("create_issue", &ago(server, 1), issue(&relief, &zone, 1));
    // Neither who is below, nor who looks only.
    let county = server.person(&["keeper"], &ground.county).await;
    let refused = device.send(&county, &device.sent).await;
    refused.refused(404, "not-found");
    let path = format!("/v1/devices/{}", device.id);
    county.get(&path).await.refused(404, "not-found");
    assert_eq!(
        county.get("/v1/devices").await.expect(200)["items"],
        json!([])
    );
    let auditor = server.person(&["auditor"], &ground.province).await;
    let refused = device.send(&auditor, &device.sent).await;
    assert_eq!(
        refused.refused(403, "forbidden")["capability"],
        "post_stock"
    );
    assert_eq!(device.show(&auditor).await["next_sequence"], 1);

    let body = |organisation: &str| json!({ "organisation_id": organisation, "name": "手持" });
    let answer = county.post("/v1/devices", body(&ground.other_county)).await;
    let fault = ("/organisation_id".to_owned(), "reference".to_owned());
    assert_eq!(answer.faults(), [fault]);
    let answer = auditor.post("/v1/devices", body(&ground.county)).await;
    answer.refused(403, "forbidden");
    let mut own = body(&ground.county);
    own["id"] = json!("device_01h455vb4pex5vsknk084sn02q");
    let made = county.post("/v1/devices", own.clone()).await.expect(201);
    county
        .post("/v1/devices", own)
        .await
        .refused(409, "already-exists");
    let listed = format!("/v1/devices?organisation_id={}&cloned=false", ground.county);
    let listed = relief.worker.get(&listed).await.expect(200);
    assert_eq!(listed["items"], json!([made]));
    let all = relief.worker.get("/v1/devices").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    // A command is run as whoever sends it: the county keeps nothing of the province.
    let mut theirs = Device {
        id: id(&made),
        sent: Vec::new(),
    };
    theirs.gather("create_issue", &ago(server, 1), issue(&relief, &zone, 1));
    let told = theirs.send(&county, &theirs.sent).await.expect(200);
    let refused = &told["commands"][0];
    assert_eq!(refused["outcome"], "refused");
    assert_eq!(refused["problem"]["errors"][0]["pointer"], "/depot_id");
    server.prove().await;
});

on_both!(what_was_heard_is_not_edited, async |server| {
    let (relief, mut device, zone) = ready(server).await;
    let at = ago(server, 10);
    for quantity in [1, 500] {
        device.gather("create_issue", &at, issue(&relief, &zone, quantity));
    }
    device.send(&relief.worker, &device.sent).await.expect(200);
    server.prove().await;
    let says = [device.id.as_str()];
    let edit = "UPDATE device SET next_sequence = 2";
    let undo = "UPDATE device SET next_sequence = 3";
    finds(server, [edit, undo], "I4", &says).await;
    let edit = "UPDATE device_command SET sequence = 5 WHERE sequence = 2";
    let undo = "UPDATE device_command SET sequence = 2 WHERE sequence = 5";
    finds(server, [edit, undo], "I4", &says).await;
    let edit = "UPDATE device_command SET outcome = 'done' WHERE sequence = 2";
    let undo = "UPDATE device_command SET outcome = 'refused' WHERE sequence = 2";
    finds(server, [edit, undo], "I12", &says).await;
    let edit = "UPDATE device_command SET outcome = 'refused' WHERE sequence = 1";
    let undo = "UPDATE device_command SET outcome = 'done' WHERE sequence = 1";
    finds(server, [edit, undo], "I12", &says).await;
});
