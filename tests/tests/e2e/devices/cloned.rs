//! Two devices that call themselves the same are noticed.

use serde_json::json;
use tests::on_both;

use super::{Device, hash, issue, outcomes, ready};
use crate::late_facts::ago;

on_both!(
    another_command_under_a_number_that_was_used,
    async |server| {
        let (relief, mut device, zone) = ready(server).await;
        let worker = &relief.worker;
        let at = ago(server, 10);
        device.gather("create_issue", &at, issue(&relief, &zone, 1));
        let mut copy = Device {
            id: device.id.clone(),
            sent: device.sent.clone(),
        };
        device.gather("create_issue", &at, issue(&relief, &zone, 2));
        copy.gather("create_issue", &at, issue(&relief, &zone, 3));
        copy.gather("create_issue", &at, issue(&relief, &zone, 4));
        device.send(worker, &device.sent).await.expect(200);
        let refused = copy.send(worker, &copy.sent).await;
        let problem = refused.refused(409, "device-cloned");
        assert_eq!(problem["sequence"], 2);
        assert_eq!(problem["device_id"], device.id.as_str());
        assert_eq!(worker.on_hand(&relief.depot).await, (197, 0));

        // It is pointed out, and the journal knows.
        let listed = worker.get("/v1/devices?cloned=true").await.expect(200);
        assert_eq!(listed["items"][0]["id"], device.id.as_str());
        assert_eq!(listed["items"][0]["cloned_sequence"], 2);
        assert!(listed["items"][0]["cloned_at"].is_string());
        let auditor = server.person(&["auditor"], &relief.ground.province).await;
        let journal = auditor.get("/v1/journal-entries").await.expect(200);
        let entries = journal["items"].as_array().unwrap();
        let noted = entries
            .iter()
            .filter(|it| it["command"] == "devices.note_clone");
        assert_eq!(noted.count(), 1);

        // Nothing new is taken from either; what was done is known as ever.
        device.gather("create_issue", &at, issue(&relief, &zone, 5));
        let refused = device.send(worker, &device.sent[2..]).await;
        refused.refused(409, "device-cloned");
        let again = device.send(worker, &device.sent[..2]).await.expect(200);
        assert_eq!(outcomes(&again), ["replayed"; 2]);
        assert_eq!(worker.on_hand(&relief.depot).await, (197, 0));
        server.prove().await;
    }
);

on_both!(one_that_goes_on_from_another_history, async |server| {
    let (relief, mut device, zone) = ready(server).await;
    let worker = &relief.worker;
    let at = ago(server, 10);
    device.gather("create_issue", &at, issue(&relief, &zone, 1));
    device.send(worker, &device.sent).await.expect(200);
    // The copy has never sent its first, and sends its second only.
    let mut copy = Device {
        id: device.id.clone(),
        sent: Vec::new(),
    };
    copy.gather("create_issue", &at, issue(&relief, &zone, 7));
    copy.gather("create_issue", &at, issue(&relief, &zone, 8));
    let refused = copy.send(worker, &copy.sent[1..]).await;
    assert_eq!(refused.refused(409, "device-cloned")["sequence"], 1);
    assert_eq!(worker.on_hand(&relief.depot).await, (199, 0));
    server.prove().await;
});

on_both!(a_batch_whose_commands_do_not_follow, async |server| {
    let (relief, mut device, zone) = ready(server).await;
    let at = ago(server, 10);
    for _ in 0..3 {
        device.gather("create_issue", &at, issue(&relief, &zone, 1));
    }
    let mut sent = device.sent.clone();
    sent[2]["previous"] = json!(hash(&sent[0]));
    let refused = device.send(&relief.worker, &sent).await;
    assert_eq!(refused.refused(409, "device-cloned")["sequence"], 2);
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
});

on_both!(
    two_at_once_are_noticed_and_do_nothing_twice,
    async |server| {
        let (relief, mut device, zone) = ready(server).await;
        let at = ago(server, 10);
        let mut copy = Device {
            id: device.id.clone(),
            sent: Vec::new(),
        };
        for _ in 0..20 {
            device.gather("create_issue", &at, issue(&relief, &zone, 1));
            copy.gather("create_issue", &at, issue(&relief, &zone, 2));
        }
        let (one, other) = tokio::join!(
            device.send(&relief.worker, &device.sent),
            copy.send(&relief.worker, &copy.sent)
        );
        let refused = [&one, &other].into_iter().filter(|it| it.status == 409);
        assert!(refused.count() >= 1, "{one:?} {other:?}");
        let shown = device.show(&relief.worker).await;
        assert!(shown["cloned_at"].is_string(), "{shown}");
        // Of each number one command was done.
        let done = shown["next_sequence"].as_i64().unwrap() - 1;
        let gone = 200 - relief.worker.on_hand(&relief.depot).await.0;
        assert!(done <= gone && gone <= 2 * done, "{done} {gone}");
        server.prove().await;
    }
);
