//! Nothing is called off twice, and nothing comes twice.

use serde_json::json;
use tests::on_both;

use super::agreed;
use crate::races::at_once;

on_both!(thirty_two_call_off_the_last_units, async |server| {
    let agreed = agreed(server).await;
    // 500 are agreed: of 32 who want 20 each, 25 get them.
    let path = format!("/v1/agreements/{}/call-offs", agreed.agreement);
    let calls = (0..32).map(|_| agreed.relief.worker.post(&path, agreed.body(20)));
    let answers = at_once(calls.collect()).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(won.len(), 25);
    for answer in lost {
        let refused = answer.refused(409, "insufficient-stock");
        assert_eq!(refused["available"], 0, "{}", answer.text);
        assert_eq!(refused["agreement_id"], agreed.agreement.as_str());
    }
    assert_eq!(agreed.promised().await, 0);
    server.prove().await;
});

on_both!(one_call_off_is_received_and_given_up_once, async |server| {
    let agreed = agreed(server).await;
    let call_off = agreed.call_off(30).await;
    let receive = format!("/v1/call-offs/{call_off}/receive");
    let cancel = format!("/v1/call-offs/{call_off}/cancel");
    let worker = &agreed.relief.worker;
    let before = worker.on_hand(&agreed.relief.depot).await.0;
    let calls = (0..12).map(|number| match number % 3 {
        0 => worker.post(&cancel, json!({ "reason": "x" })),
        _ => worker.post(&receive, agreed.receipt(10)),
    });
    let answers = at_once(calls.collect()).await;
    let came = worker.on_hand(&agreed.relief.depot).await.0 - before;
    let received = answers
        .iter()
        .filter(|answer| answer.status == 200 && answer.request.contains("/receive"));
    assert_eq!(i64::try_from(received.count()).unwrap() * 10, came);
    let shown = worker
        .get(&format!("/v1/call-offs/{call_off}"))
        .await
        .expect(200);
    assert_eq!(shown["lines"][0]["delivered"], came);
    assert_ne!(shown["state"], "called");
    assert_eq!(agreed.promised().await, 500 - came);
    server.prove().await;
});
