//! Alerts of others: taken in once, believed by name, and followed by the closures drawn from them.

mod closures;
mod declared;
mod hostile;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Relief, client::fresh_key, on_both};

const EXAMPLE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/examples/typhoon-alert.xml"
));
const SENDER: &str = "33020041600000";

/// A message about a typhoon that lasts: the example of the documentation under another name.
pub(crate) struct Message {
    text: String,
    sent: u32,
}

impl Message {
    /// A warning, sent so many minutes after one o'clock.
    pub(crate) fn new(identifier: &str, sent: u32) -> Self {
        let text = EXAMPLE
            .replace("33020041600000_20260801030000_1", identifier)
            .replace(
                "<sent>2026-08-01T03:00",
                &format!("<sent>2026-08-01T01:{sent:02}"),
            )
            .replace("2026-08-02T06", "2099-08-02T06");
        Self { text, sent }
    }

    /// What takes the place of the messages of these names and minutes, or takes them back.
    pub(crate) fn about(self, kind: &str, earlier: &[(&str, u32)]) -> Self {
        let names = earlier
            .iter()
            .map(|(name, minute)| format!("{SENDER},{name},2026-08-01T01:{minute:02}:00+08:00"));
        let references = names.collect::<Vec<_>>().join(" ");
        self.with("<msgType>Alert<", &format!("<msgType>{kind}<"))
            .with(
                "  <info>",
                &format!("  <references>{references}</references>\n  <info>"),
            )
    }

    #[track_caller]
    pub(crate) fn with(self, from: &str, to: &str) -> Self {
        assert!(self.text.contains(from), "{from}");
        Self {
            text: self.text.replace(from, to),
            ..self
        }
    }

    /// The polygon, as a square with this corner in the south-west.
    pub(crate) fn over(self, west: f64, south: f64, side: f64) -> Self {
        let (east, north) = (west + side, south + side);
        let ring =
            format!("{south},{west} {south},{east} {north},{east} {north},{west} {south},{west}");
        self.with(
            "29.85,121.50 29.85,121.60 29.95,121.60 29.95,121.50 29.85,121.50",
            &ring,
        )
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        assert!(self.sent < 60);
        self.text.clone().into_bytes()
    }
}

pub(crate) async fn post(who: &Client, organisation: &str, document: Vec<u8>) -> Answer {
    let call = who.call(Method::POST, "/v1/alerts").key(&fresh_key());
    call.query("organisation_id", organisation)
        .body("application/cap+xml", document)
        .await
}

pub(crate) async fn take(relief: &Relief, message: &Message) -> Value {
    let answer = post(&relief.worker, &relief.ground.province, message.bytes()).await;
    answer.expect(201)
}

pub(crate) async fn state(relief: &Relief, taken: &Value) -> String {
    let path = format!("/v1/alerts/{}", taken["alert"]["id"].as_str().unwrap());
    let shown = relief.worker.get(&path).await.expect(200);
    shown["alert"]["state"].as_str().unwrap().to_owned()
}

on_both!(
    an_alert_is_taken_in_once_and_kept_as_it_came,
    ["alert_senders" = "33020041600000"],
    async |server| {
        let relief = server.relief().await;
        let (worker, province) = (&relief.worker, &relief.ground.province);
        let message = Message::new("A", 0);
        let taken = take(&relief, &message).await;
        let alert = &taken["alert"];
        assert_eq!(
            (&taken["repeated"], &taken["closures"]),
            (&json!(false), &json!([]))
        );
        for (member, expected) in [
            ("sender", json!(SENDER)),
            ("state", json!("in_force")),
            ("event", json!("台风")),
            ("warning_colour", json!("red")),
            ("severity", json!("Unknown")),
            ("sent_at", json!("2026-07-31T17:00:00Z")),
            ("onset_at", json!("2026-07-31T22:00:00Z")),
            ("other_codes", json!(1)),
            (
                "area",
                json!({ "divisions": 2, "polygons": 1, "circles": 1 }),
            ),
        ] {
            assert_eq!(alert[member], expected, "{member}");
        }
        // The same again is the same, and another under its name is none.
        let again = post(worker, province, message.bytes()).await.expect(200);
        assert_eq!((&again["alert"], &again["repeated"]), (alert, &json!(true)));
        let other = Message::new("A", 0).with("红色", "橙色");
        let other = post(worker, province, other.bytes()).await;
        assert_eq!(
            other.refused(409, "alert-conflict")["alert_id"],
            alert["id"]
        );

        let path = format!("/v1/alerts/{}", alert["id"].as_str().unwrap());
        let document = worker.get(&format!("{path}/document")).await;
        assert_eq!(document.text.as_bytes(), message.bytes());
        assert_eq!(document.header("content-type"), "application/cap+xml");
        let shown = worker.get(&path).await.expect(200);
        assert_eq!(&shown["alert"], alert);
        let parts = shown["parts"].as_array().unwrap();
        assert_eq!(parts.len(), 5);
        // Twelve digits name the division of six, and what nobody knows is shown as it came.
        assert_eq!(parts[0]["code"], "330203000000");
        assert!(parts[0]["division_name"].is_string(), "{parts:?}");
        assert_eq!(
            (
                &parts[2]["kind"],
                &parts[2]["value_name"],
                &parts[2]["value"]
            ),
            (&json!("other"), &json!("示例分区"), &json!("甲-7"))
        );
        let area = worker.get(&format!("{path}/area")).await.expect(200);
        assert_eq!(area["features"].as_array().unwrap().len(), 4);

        let exercise = Message::new("E", 1).with("Actual", "Exercise");
        let exercise = take(&relief, &exercise).await;
        assert_eq!(exercise["alert"]["state"], "without_effect");
        let listed = async |query: &str| -> usize {
            let page = worker.get(&format!("/v1/alerts?{query}")).await.expect(200);
            page["items"].as_array().unwrap().len()
        };
        assert_eq!(listed("").await, 2);
        assert_eq!(listed("in_force=true").await, 1);
        assert_eq!(listed("in_force=false").await, 1);
        assert_eq!(listed(&format!("sender={SENDER}")).await, 2);
        assert_eq!(listed("sender=x").await, 0);
        assert_eq!(listed("event=台风").await, 2);
        assert_eq!(listed("event=暴雨").await, 0);

        // Who may read it may not take it in, and nobody takes in what a stranger says.
        let keeper = server.person(&["keeper"], &relief.ground.county).await;
        keeper.get(&path).await.expect(200);
        let refused = post(&keeper, &relief.ground.county, message.bytes()).await;
        refused.refused(403, "forbidden");
        let stranger =
            Message::new("B", 0).with("<sender>33020041600000", "<sender>33020041600001");
        let stranger = post(worker, province, stranger.bytes()).await;
        let stranger = stranger.refused(422, "alert-sender-unknown");
        assert_eq!(stranger["sender"], "33020041600001");
        let nowhere = "org_00000000000000000000000000";
        let nowhere = post(worker, nowhere, Message::new("C", 0).bytes()).await;
        nowhere.refused(422, "invalid-query");
        server.prove().await;
    }
);

on_both!(
    what_was_sent_last_decides_whichever_comes_first,
    ["alert_senders" = "33020041600000, other"],
    async |server| {
        let relief = server.relief().await;
        // Cancelled before it came.
        take(
            &relief,
            &Message::new("C", 30).about("Cancel", &[("A", 0), ("U", 10)]),
        )
        .await;
        let late = take(&relief, &Message::new("A", 0)).await;
        assert_eq!(late["alert"]["state"], "cancelled");
        let update = Message::new("U", 10).about("Update", &[("A", 0)]);
        assert_eq!(take(&relief, &update).await["alert"]["state"], "cancelled");
        assert_eq!(state(&relief, &late).await, "cancelled");

        let first = take(&relief, &Message::new("B", 0)).await;
        let second = take(&relief, &Message::new("V", 5).about("Update", &[("B", 0)])).await;
        assert_eq!(state(&relief, &first).await, "updated");
        // Neither another sender, nor an exercise, nor what was sent before takes anything back.
        for message in [
            Message::new("X", 20)
                .about("Cancel", &[("V", 5)])
                .with("<sender>33020041600000", "<sender>other"),
            Message::new("Y", 20)
                .about("Cancel", &[("V", 5)])
                .with("Actual", "Exercise"),
            Message::new("Z", 4).about("Cancel", &[("V", 5)]),
            Message::new("W", 21).about("Ack", &[("V", 5)]),
        ] {
            take(&relief, &message).await;
            assert_eq!(state(&relief, &second).await, "in_force");
        }
        let cancel = Message::new("D", 22).about("Cancel", &[("V", 5), ("gone", 1)]);
        let cancel = take(&relief, &cancel).await;
        assert_eq!(state(&relief, &second).await, "cancelled");
        let path = format!("/v1/alerts/{}", cancel["alert"]["id"].as_str().unwrap());
        let shown = relief.worker.get(&path).await.expect(200);
        assert_eq!(shown["references"][0]["alert_id"], second["alert"]["id"]);
        assert_eq!(shown["references"][1]["alert_id"], Value::Null);
        server.prove().await;
    }
);
