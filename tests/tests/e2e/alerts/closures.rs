//! Closures of roads that were drawn from an alert.

use serde_json::{Value, json};
use tests::{Relief, client::id, on_both};

use super::{Message, post, take};
use crate::routing::{draw, from_hangzhou, lay_roads, legs, square};

async fn draw_from(relief: &Relief, taken: &Value, more: Value) -> Value {
    let mut body = json!({
        "organisation_id": relief.ground.province, "name": "台风封路", "reason": "红色预警",
        "alert_id": taken["alert"]["id"],
    });
    for (member, value) in more.as_object().expect("members") {
        body[member] = value.clone();
    }
    let drawn = relief.worker.post("/v1/road-closures", body).await;
    drawn.expect(201)
}

async fn shown(relief: &Relief, closure: &Value) -> Value {
    let path = format!("/v1/road-closures/{}", id(closure));
    relief.worker.get(&path).await.expect(200)
}

on_both!(
    closures_go_where_their_alert_goes,
    ["alert_senders" = "33020041600000"],
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let around = async || {
            let legs = legs(&relief, &disaster).await;
            let leg = &from_hangzhou(&legs, &relief)["leg"];
            leg["around_closure"] == json!(true)
        };
        assert!(!around().await);
        // Far away at first; only the shapes are drawn, so that nothing else closes the way.
        let bare = |message: Message| {
            let codes = ["330203000000", "330205"];
            let message = codes.into_iter().fold(message, |message, code| {
                message.with(&format!("<value>{code}<"), &format!("<value>甲{code}<"))
            });
            message.with("<circle>29.80,121.70 6.5</circle>", "")
        };
        let first = take(&relief, &bare(Message::new("A", 0)).over(110.0, 25.0, 0.4)).await;
        let follows = draw_from(&relief, &first, json!({})).await;
        assert_eq!(follows["alert_id"], first["alert"]["id"]);
        assert_eq!(follows["left_out"], 3);
        assert_eq!(follows["closed_from"], first["alert"]["onset_at"]);
        assert_eq!(follows["closed_until"], first["alert"]["expires_at"]);
        let given = json!({ "closed_until": "2098-01-01T00:00:00Z" });
        let given = draw_from(&relief, &first, given).await;
        let by_hand = draw(&relief, square(100.0, 25.0, 0.4)).await;
        assert_eq!(by_hand["alert_id"], Value::Null);
        assert!(!around().await);

        // The alert moves onto the way, and lasts longer.
        let update = bare(Message::new("U", 10).about("Update", &[("A", 0)]))
            .over(120.6, 29.7, 0.4)
            .with("2099-08-02T06", "2099-08-03T06");
        let update = take(&relief, &update).await;
        let told: Vec<_> = update["closures"].as_array().unwrap().clone();
        assert_eq!(told.len(), 2, "{told:?}");
        for closure in &told {
            assert_eq!(
                (&closure["followed"], &closure["version"]),
                (&json!("moved"), &json!(2))
            );
        }
        assert!(around().await);
        let moved = shown(&relief, &follows).await;
        assert_eq!(moved["alert_id"], update["alert"]["id"]);
        assert_eq!(moved["closed_until"], update["alert"]["expires_at"]);
        assert_eq!(
            shown(&relief, &given).await["closed_until"],
            given["closed_until"]
        );
        assert_eq!(shown(&relief, &by_hand).await, by_hand);

        // An update that cannot be drawn opens nothing, and the next one finds the closure.
        let words = bare(Message::new("V", 20).about("Update", &[("U", 10)])).with(
            "<polygon>29.85,121.50 29.85,121.60 29.95,121.60 29.95,121.50 29.85,121.50</polygon>",
            "",
        );
        let words = take(&relief, &words).await;
        assert_eq!(words["closures"][0]["followed"], "kept");
        assert!(around().await);
        // Nor does an exercise.
        let exercise = Message::new("X", 30).about("Cancel", &[("V", 20)]);
        let exercise = take(&relief, &exercise.with("Actual", "Exercise")).await;
        assert_eq!(exercise["closures"], json!([]));

        let cancel = Message::new("C", 40).about("Cancel", &[("A", 0), ("U", 10), ("V", 20)]);
        let cancel = take(&relief, &cancel).await;
        let mut told: Vec<_> = cancel["closures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|closure| (closure["closure_id"].clone(), closure["followed"].clone()))
            .collect();
        told.sort_by_key(|(closure, _)| *closure != follows["id"]);
        assert_eq!(
            told,
            [
                (follows["id"].clone(), json!("lifted")),
                (given["id"].clone(), json!("kept"))
            ]
        );
        let lifted = shown(&relief, &follows).await;
        assert_eq!(lifted["state"], "lifted");
        let reason = lifted["lift_reason"].as_str().unwrap();
        assert!(reason.contains("预警已由 C 取消"), "{reason}");
        assert_eq!(shown(&relief, &given).await["state"], "in_force");
        assert_eq!(shown(&relief, &by_hand).await, by_hand);
        // The same again does nothing twice.
        let again = post(
            &relief.worker,
            &relief.ground.province,
            Message::new("C", 40)
                .about("Cancel", &[("A", 0), ("U", 10), ("V", 20)])
                .bytes(),
        );
        assert_eq!(again.await.expect(200)["closures"], json!([]));
        server.prove().await;
    }
);

on_both!(
    a_plan_finds_no_way_over_ground_that_an_alert_closes,
    ["alert_senders" = "33020041600000"],
    async |server| {
        lay_roads(server);
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        relief.need(&disaster, 30).await;
        // The depot itself lies in the circle.
        let message = Message::new("A", 0).with("29.80,121.70 6.5", "30.25,120.16 5");
        let taken = take(&relief, &message).await;
        let closure = draw_from(&relief, &taken, json!({})).await;
        assert_eq!(closure["area"]["circles"], 1);
        let cut_off = legs(&relief, &disaster).await;
        let cut_off = from_hangzhou(&cut_off, &relief);
        assert_eq!(cut_off["barrier"], "closed");
        assert_eq!(relief.plan(&disaster).await["allocations"], json!([]));
        let cancel = Message::new("C", 40).about("Cancel", &[("A", 0)]);
        let cancel = take(&relief, &cancel).await;
        assert_eq!(cancel["closures"][0]["followed"], "lifted");
        let open = legs(&relief, &disaster).await;
        assert!(from_hangzhou(&open, &relief)["leg"].is_object(), "{open:?}");
    }
);

on_both!(
    nothing_is_drawn_from_what_warns_of_nothing,
    ["alert_senders" = "33020041600000"],
    async |server| {
        let relief = server.relief().await;
        let post = async |more: Value| {
            let mut body = json!({
                "organisation_id": relief.ground.province, "name": "x", "reason": "y",
            });
            for (member, value) in more.as_object().unwrap() {
                body[member] = value.clone();
            }
            let answer = relief.worker.post("/v1/road-closures", body).await;
            answer.refused(422, "invalid-request");
            answer.faults()
        };
        let fault = |pointer: &str, code: &str| [(pointer.to_owned(), code.to_owned())];
        let nothing = "alert_00000000000000000000000000";
        assert_eq!(
            post(json!({ "alert_id": nothing })).await,
            fault("/alert_id", "reference")
        );
        assert_eq!(post(json!({})).await, fault("/area", "required"));
        let both = json!({ "alert_id": nothing, "area": [square(110.0, 25.0, 1.0)] });
        assert_eq!(post(both).await, fault("/alert_id", "unknown"));
        let over = Message::new("O", 0).with("2099-08-02T06", "2026-08-02T06");
        let exercise = Message::new("E", 0).with("Actual", "Exercise");
        for message in [over, exercise] {
            let taken = take(&relief, &message).await;
            let body = json!({ "alert_id": taken["alert"]["id"] });
            assert_eq!(post(body).await, fault("/alert_id", "not-in-force"));
        }
        // Words alone tell where, and close nothing.
        let words = Message::new("W", 0)
            .with("330203000000", "999999000000")
            .with("330205", "999998")
            .with("<circle>29.80,121.70 6.5</circle>", "")
            .with("<polygon>29.85,121.50 29.85,121.60 29.95,121.60 29.95,121.50 29.85,121.50</polygon>", "");
        let words = take(&relief, &words).await;
        let body = json!({ "alert_id": words["alert"]["id"] });
        assert_eq!(post(body).await, fault("/alert_id", "no-outline"));
    }
);
