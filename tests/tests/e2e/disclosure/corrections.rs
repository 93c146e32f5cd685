//! What was said wrongly is said anew, and who gave is named as they wish.

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{Scene, line, lot_of, scene};

on_both!(
    a_correction_says_line_by_line_what_it_changes,
    async |server| {
        let scene = scene(server).await;
        let Scene {
            relief, anybody, ..
        } = &scene;
        let gift = lot_of(&scene.gift(100, "宁波纺织厂", "SL-1").await);
        let wrong = scene.issue(&gift, 16, "330203104").await;
        server.seal().await;
        let first = scene.prepare(scene.body()).await;
        scene.publish(&first).await;

        // Eighteen were given, not sixteen.
        let reverse = format!("/v1/movements/{wrong}/reverse");
        relief.worker.post(&reverse, json!({})).await.expect(201);
        scene.issue(&gift, 18, "330203104").await;
        server.seal().await;
        let mut body = scene.body();
        body["corrects_id"] = json!(first);
        body["correction_reason"] = json!("发放数量录入有误");
        let second = scene.prepare(body.clone()).await;
        let third = scene.prepare(body).await;
        scene.publish(&second).await;
        // What was corrected is not corrected twice.
        let publish = format!("/v1/statements/{third}/publish");
        let refused = scene.publisher.act(&publish).await;
        assert_eq!(refused.refused(409, "wrong-state")["state"], "corrected");
        let withdraw = format!("/v1/statements/{third}/withdraw");
        let given_up = relief
            .worker
            .post(&withdraw, json!({ "reason": "重复" }))
            .await
            .expect(200);
        assert_eq!(given_up["state"], "withdrawn");

        let path = format!("/v1/public/statements/{second}/differences");
        let told = anybody.get(&path).await.expect(200);
        let told: Vec<_> = told["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let text = |name: &str| row[name].as_str().unwrap_or("").to_owned();
                (
                    text("member"),
                    text("division_code"),
                    text("before"),
                    text("after"),
                )
            })
            .collect();
        let row = |member: &str, at: &str, before: &str, after: &str| {
            (
                member.to_owned(),
                at.to_owned(),
                before.to_owned(),
                after.to_owned(),
            )
        };
        assert_eq!(
            told,
            [
                row("issued", "", "16", "18"),
                row("on_hand", "", "84", "82"),
                row("issued", "330203104", "16", "18"),
            ]
        );
        // The first stays as it was, and says that there is a newer one.
        let old = scene.published(&first).await;
        assert_eq!(line(&old["content"], &gift)["figures"]["issued"], 16);
        assert_eq!(old["statement"]["corrected_by_id"], *second);
        let page = anybody.get(&format!("/statements/{second}")).await;
        assert!(page.text.contains("发放数量录入有误"), "{}", page.text);
        let listed = relief
            .worker
            .get("/v1/statements?state=withdrawn")
            .await
            .expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    }
);

on_both!(donors_are_named_as_they_wish, async |server| {
    let scene = scene(server).await;
    let worker = &scene.relief.worker;
    let province = &scene.relief.ground.province;
    let from_mill = lot_of(&scene.gift(10, "宁波纺织厂", "SL-1").await);
    let from_person = lot_of(&scene.gift(10, "王五", "SL-2").await);
    let donor = async |name: &str, class: &str| {
        let body = json!({ "organisation_id": province, "name": name, "class": class });
        worker.post("/v1/donors", body).await.expect(201)
    };
    let mill = id(&donor("宁波纺织厂", "enterprise").await);
    let person = id(&donor("王五", "individual").await);
    server.seal().await;
    let draft = scene.draft().await;
    assert_eq!(line(&draft, &from_mill)["donor_name"], "宁波纺织厂");
    let given = line(&draft, &from_person);
    assert_eq!(
        (&given["donor_class"], &given["donor_name"]),
        (&json!("individual"), &Value::Null)
    );
    // A statement about one of whom nobody may know is none.
    let mut body = scene.body();
    body["donor_id"] = json!(person);
    let refused = worker.post("/v1/statements", body.clone()).await;
    assert_eq!(
        refused.refused(422, "invalid-request")["errors"][0]["pointer"],
        "/donor_id"
    );

    let path = format!("/v1/donors/{person}");
    let tag = worker.get(&path).await.header("etag").to_owned();
    let agreed = json!({ "naming": "agreed", "ground": "同意书 2026-7" });
    let changed = worker.patch(&path, &tag, agreed).await.expect(200);
    assert_eq!(changed["naming"], "agreed");
    let statement = scene.prepare(body).await;
    let path_of_mill = format!("/v1/donors/{mill}");
    let tag = worker.get(&path_of_mill).await.header("etag").to_owned();
    worker
        .patch(&path_of_mill, &tag, json!({ "naming": "refused" }))
        .await
        .expect(200);
    scene.publish(&statement).await;
    let found = scene.published(&statement).await;
    assert_eq!(found["content"]["donor_name"], "王五");
    assert_eq!(found["content"]["lines"].as_array().unwrap().len(), 1);
    let listed = worker.get("/v1/donors").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    // Who changes their mind before it is published is heard.
    let stale = scene
        .prepare(json!({
            "title": "公示", "organisation_id": province, "donor_id": person,
        }))
        .await;
    let tag = worker.get(&path).await.header("etag").to_owned();
    worker
        .patch(&path, &tag, json!({ "naming": "refused" }))
        .await
        .expect(200);
    let refused = scene
        .publisher
        .act(&format!("/v1/statements/{stale}/publish"))
        .await;
    assert_eq!(refused.refused(409, "wrong-state")["state"], "stale");
});
