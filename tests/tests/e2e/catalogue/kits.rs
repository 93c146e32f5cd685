//! What kits hold, version by version.

use serde_json::json;
use tests::{
    Answer, Client,
    client::{id, tampered},
    on_both,
};
use tokio::task::JoinSet;

use super::{category, item};

async fn kit(who: &Client, item: &str, contents: &[(&str, i64)]) -> Answer {
    let contents: Vec<_> = contents
        .iter()
        .map(|(item, quantity)| json!({ "item_id": item, "quantity": quantity }))
        .collect();
    let path = format!("/v1/items/{item}/kit-versions");
    let body = json!({ "contents": contents, "people": 3, "days": 7 });
    who.post(&path, body).await
}

on_both!(versions_of_a_kit_are_counted_and_kept, async |server| {
    let ground = server.ground().await;
    let steward = &ground.steward;
    let all = category(&ground, "all", None).await;
    let rice = id(&item(&ground, &all, "米", json!({})).await);
    let oil = id(&item(&ground, &all, "油", json!({})).await);
    let is_kit = json!({ "kind": "kit" });
    let pack = id(&item(&ground, &all, "家庭包", is_kit.clone()).await);
    let big = id(&item(&ground, &all, "大包", is_kit).await);

    let first = kit(steward, &pack, &[(&rice, 5), (&oil, 1)]).await;
    let first_view = first.expect(201);
    assert_eq!(
        (&first_view["number"], &first_view["days"]),
        (&json!(1), &json!(7))
    );
    let second = kit(steward, &pack, &[(&rice, 10)]).await.expect(201);
    assert_eq!(second["number"], 2);
    // What was in force stays as it was.
    let kept = steward.get(first.header("location")).await.expect(200);
    assert_eq!(kept, first_view);
    let versions = format!("/v1/items/{pack}/kit-versions");
    let page = steward.get(&versions).query("limit", 1).await.expect(200);
    assert_eq!(page["items"], json!([second]));
    let cursor = page["next_cursor"].as_str().unwrap();
    let refused = steward.get(&versions).query("cursor", tampered(cursor));
    refused.await.refused(400, "invalid-parameter");
    let page = steward.get(&versions).query("cursor", cursor).await;
    assert_eq!(page.expect(200)["items"], json!([first_view]));
    for missing in ["3", "0", "x", "99999999999999999999"] {
        let missing = steward.get(&format!("{versions}/{missing}")).await;
        missing.refused(404, "not-found");
    }

    let faults = async |item: &str, contents: &[(&str, i64)]| {
        let refused = kit(steward, item, contents).await;
        refused.refused(422, "invalid-request");
        refused.faults().remove(0)
    };
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let nothing = "item_00000000000000000000000000";
    assert_eq!(
        faults(&pack, &[(&rice, 1), (nothing, 1)]).await,
        fault("/contents/1/item_id", "reference")
    );
    assert_eq!(
        faults(&pack, &[(&rice, 1), (&rice, 1)]).await,
        fault("/contents/1/item_id", "repeated")
    );
    assert_eq!(
        faults(&pack, &[(&pack, 1)]).await,
        fault("/contents/0/item_id", "nested")
    );
    assert_eq!(faults(&pack, &[]).await, fault("/contents", "length"));
    kit(steward, &big, &[(&pack, 4)]).await.expect(201);
    assert_eq!(
        faults(&pack, &[(&big, 1)]).await,
        fault("/contents", "nested")
    );
    let plain = kit(steward, &rice, &[(&oil, 1)]).await;
    assert_eq!(plain.refused(409, "wrong-state")["state"], "plain");
});

on_both!(
    two_kits_made_at_once_do_not_hold_each_other,
    async |server| {
        let ground = server.ground().await;
        let all = category(&ground, "all", None).await;
        for round in 0..6 {
            let is_kit = json!({ "kind": "kit" });
            let one = item(&ground, &all, &format!("甲{round}"), is_kit.clone()).await;
            let two = item(&ground, &all, &format!("乙{round}"), is_kit).await;
            let mut tasks = JoinSet::new();
            for (kit_id, inner) in [(id(&one), id(&two)), (id(&two), id(&one))] {
                let steward = ground.steward.clone();
                tasks.spawn(async move { kit(&steward, &kit_id, &[(&inner, 1)]).await });
            }
            let mut statuses: Vec<_> = tasks.join_all().await.iter().map(|it| it.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 422]);
        }
    }
);
