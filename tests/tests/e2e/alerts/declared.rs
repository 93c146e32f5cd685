//! Incidents that are declared from an alert.

use serde_json::{Value, json};
use tests::{Answer, Relief, client::id, on_both};

use super::{Message, take};

async fn declare(relief: &Relief, taken: &Value, more: Value) -> Answer {
    let mut body = json!({
        "organisation_id": relief.ground.province, "name": "台风“示例”", "hazard": "typhoon",
        "alert_id": taken["alert"]["id"],
    });
    for (member, value) in more.as_object().expect("members") {
        body[member] = value.clone();
    }
    relief.worker.post("/v1/incidents", body).await
}

fn refused_at(answer: &Answer, places: &[(&str, &str)]) {
    answer.refused(422, "invalid-request");
    let faults = answer.faults();
    let faults = faults.iter().map(|(at, code)| (&**at, &**code));
    assert!(faults.eq(places.iter().copied()), "{}", answer.text);
}

on_both!(
    an_incident_is_where_and_when_its_alert_warns,
    ["alert_senders" = "33020041600000"],
    async |server| {
        let relief = server.relief().await;
        let taken = take(&relief, &Message::new("A", 0)).await;
        let declared = declare(&relief, &taken, json!({})).await.expect(201);
        assert_eq!(declared["alert_id"], taken["alert"]["id"]);
        assert_eq!(declared["occurred_at"], taken["alert"]["onset_at"]);
        assert_eq!(declared["warning_colour"], "red");
        // Both divisions, whether written with six digits or twelve; the code of another list is left
        // out, and said to be.
        assert_eq!(
            (&declared["area"], &declared["left_out"]),
            (
                &json!({ "divisions": 2, "polygons": 1, "circles": 1 }),
                &json!(1)
            )
        );
        let area = format!("/v1/incidents/{}/area", id(&declared));
        let area = relief.worker.get(&area).await.expect(200);
        assert_eq!(area["features"].as_array().map(Vec::len), Some(4), "{area}");
        let shown = format!("/v1/incidents/{}", id(&declared));
        let shown = relief.worker.get(&shown).await.expect(200);
        assert_eq!(shown, declared);

        // What a person says counts.
        let said = json!({ "occurred_at": "2026-08-01T00:00:00Z", "warning_colour": "orange" });
        let said = declare(&relief, &taken, said).await.expect(201);
        assert_eq!(said["occurred_at"], "2026-08-01T00:00:00Z");
        assert_eq!(said["warning_colour"], "orange");

        // Later messages leave the incident to those who work on it.
        let cancel = Message::new("C", 40).about("Cancel", &[("A", 0)]);
        take(&relief, &cancel).await;
        let path = format!("/v1/incidents/{}", id(&declared));
        assert_eq!(relief.worker.get(&path).await.expect(200), declared);
        // Nothing is declared from a warning that was taken back.
        let late = declare(&relief, &taken, json!({})).await;
        refused_at(&late, &[("/alert_id", "not-in-force")]);
        server.prove().await;
    }
);

on_both!(
    an_incident_has_one_area_and_a_time,
    ["alert_senders" = "33020041600000"],
    async |server| {
        let relief = server.relief().await;
        let taken = take(&relief, &Message::new("A", 0)).await;
        let drawn = json!([{ "kind": "division", "code": "330100" }]);
        let both = json!({ "affected_area": drawn });
        let both = declare(&relief, &taken, both).await;
        refused_at(&both, &[("/alert_id", "unknown")]);
        let none = declare(&relief, &taken, json!({ "alert_id": null })).await;
        refused_at(
            &none,
            &[("/affected_area", "required"), ("/occurred_at", "required")],
        );
        let strange = json!({ "alert_id": "alert_01hzzzzzzzzzzzzzzzzzzzzzzz" });
        let strange = declare(&relief, &taken, strange).await;
        refused_at(&strange, &[("/alert_id", "reference")]);

        // Nothing that is known here: no shape, and codes of nobody.
        let words = Message::new("W", 1)
            .with("<circle>29.80,121.70 6.5</circle>", "")
            .with(
                "<polygon>29.85,121.50 29.85,121.60 29.95,121.60 29.95,121.50 29.85,121.50</polygon>",
                "",
            )
            .with("<value>330203000000<", "<value>甲330203<")
            .with("<value>330205<", "<value>999999<");
        let words = take(&relief, &words).await;
        let nowhere = declare(&relief, &words, json!({})).await;
        refused_at(&nowhere, &[("/alert_id", "no-area")]);
        server.prove().await;
    }
);
