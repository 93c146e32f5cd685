//! What keepers ask for.
//!
//! **Invariant.** What a request does if it is done is known before it is sent. It says its digest, so
//! that a body which is altered on the way does nothing.

use std::{sync::Mutex, time::Duration};

use serde_json::{Value, json};
use tests::{Answer, Client, Dice, client::content_digest};

use super::{history::Figures, load::Place};

/// How long a keeper waits for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long somebody asks again who wants to know what became of a request.
const INSISTENCE: Duration = Duration::from_secs(60);

/// What a keeper asks for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) path: String,
    body: Value,
    /// What it adds to what is on hand and to what is reserved, if it is done.
    pub(crate) effect: Figures,
}

/// What a page of pooled stock says of the one item.
pub(crate) fn figures(page: &Answer) -> Figures {
    let page = page.expect(200);
    // Of what there is nothing there is no line.
    let figures = page["items"].get(0).map(|line| &line["figures"]);
    let figure = |name: &str| {
        figures.map_or(0, |figures| {
            figures[name].as_i64().expect("a figure is a number")
        })
    };
    (figure("on_hand"), figure("reserved"))
}

impl Asked {
    pub(crate) fn look(place: &Place) -> Self {
        Self {
            key: String::new(),
            path: place.shelf(),
            body: Value::Null,
            effect: (0, 0),
        }
    }

    pub(crate) fn is_look(&self) -> bool {
        self.body.is_null()
    }

    pub(crate) fn draw(dice: &mut Dice, place: &Place, open: &Mutex<Vec<(String, i64)>>) -> Self {
        if dice.one_in(6) {
            return Self::look(place);
        }
        let key = format!(
            "{:08x}{:08x}{:08x}",
            dice.below(u32::MAX),
            dice.below(u32::MAX),
            dice.below(u32::MAX)
        );
        // More goes than comes, so that the shelf is often empty and much is refused.
        let (comes, goes) = (dice.upto(30), dice.upto(60));
        let lines = json!([{ "item_id": place.item, "quantity": goes }]);
        let (path, body, effect) = match dice.below(10) {
            0..4 => {
                let line =
                    json!({ "item_id": place.item, "quantity": comes, "source": "purchase" });
                let body = json!({ "depot_id": place.depot, "lines": [line] });
                ("/v1/receipts".to_owned(), body, (comes, 0))
            }
            4..7 => {
                let body = json!({ "depot_id": place.depot, "lines": lines });
                ("/v1/issues".to_owned(), body, (-goes, 0))
            }
            7 => {
                let body = json!({
                    "depot_id": place.depot, "lines": lines, "deadline_at": place.deadline,
                });
                ("/v1/reservations".to_owned(), body, (0, goes))
            }
            _ => {
                let Some((id, held)) = open.lock().expect("nobody panicked").pop() else {
                    return Self::draw(dice, place, open);
                };
                if dice.one_in(2) {
                    (
                        format!("/v1/reservations/{id}/release"),
                        json!({}),
                        (0, -held),
                    )
                } else {
                    (
                        format!("/v1/reservations/{id}/post"),
                        json!({}),
                        (-held, -held),
                    )
                }
            }
        };
        Self {
            key,
            path,
            body,
            effect,
        }
    }

    /// Asks until the server knows: under its key it is done once, however often it is sent, and a
    /// machine that has much else to do may take longer than a keeper waits.
    pub(crate) async fn insist(&self, client: &Client) -> Answer {
        let asking = async {
            loop {
                if let Some(answer) = self.send(client).await {
                    return answer;
                }
            }
        };
        let answer = tokio::time::timeout(INSISTENCE, asking).await;
        answer.expect("the server answers")
    }

    pub(crate) async fn send(&self, client: &Client) -> Option<Answer> {
        let call = if self.is_look() {
            client.get(&self.path)
        } else {
            let body = self.body.to_string().into_bytes();
            let digest = content_digest(&body);
            client
                .act(&self.path)
                .body("application/json", body)
                .header("content-digest", &digest)
                .key(&self.key)
        };
        let answer = tokio::time::timeout(PATIENCE, call.send())
            .await
            .ok()?
            .ok()?;
        assert!(
            answer.status < 500 || [503, 507].contains(&answer.status),
            "{self:?}: {}",
            answer.text
        );
        // The server may not know either.
        (answer.status != 503).then_some(answer)
    }
}

pub(crate) fn is_done(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}
