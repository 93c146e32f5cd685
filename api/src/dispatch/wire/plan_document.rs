//! A plan as it is answered, with the text that its content is kept as.
//!
//! **Invariant.** The text is passed on and not read: a plan of thousands of needs has many megabytes,
//! most of them sentences.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use domain::kernel::{Id, kinds};
use serde::{Deserialize, Serialize};

use super::{PlanContent, PlanView, PolicyView};
use crate::{
    http::{Shown, Versioned},
    problem::Problem,
};

// How a text begins that has the members of a view. Releases before this one kept them otherwise.
const BEGINS: &str = "{\"substitutions\":";

/// What a plan is beside what it was computed to; some of it changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::dispatch) struct PlanHead {
    pub(in crate::dispatch) id: Id<kinds::Plan>,
    pub(in crate::dispatch) incident_id: Id<kinds::Incident>,
    pub(in crate::dispatch) state: String,
    pub(in crate::dispatch) policy: PolicyView,
    pub(in crate::dispatch) computed_at: DateTime<Utc>,
    pub(in crate::dispatch) confirmed_at: Option<DateTime<Utc>>,
    pub(in crate::dispatch) order_ids: Vec<Id<kinds::DispatchOrder>>,
    pub(in crate::dispatch) version: i64,
}

/// What a [`PlanView`] is the shape of.
#[derive(Debug)]
pub(in crate::dispatch) struct PlanDocument {
    head: PlanHead,
    content: String,
}

impl PlanDocument {
    pub(in crate::dispatch) fn new(head: PlanHead, text: String) -> Result<Self, Problem> {
        let content = if text.starts_with(BEGINS) {
            text
        } else {
            let content: PlanContent = serde_json::from_str(&text).map_err(Problem::internal)?;
            serde_json::to_string(&content).map_err(Problem::internal)?
        };
        Ok(Self { head, content })
    }

    pub(in crate::dispatch) fn id(&self) -> Id<kinds::Plan> {
        self.head.id
    }

    // `{"id":…}` and `{"substitutions":…}` are one object together.
    fn body(&self) -> serde_json::Result<Vec<u8>> {
        let mut body = serde_json::to_vec(&self.head)?;
        body.pop();
        body.push(b',');
        body.extend_from_slice(&self.content.as_bytes()[1..]);
        Ok(body)
    }
}

impl Shown for PlanDocument {
    fn shown(&self) -> Response {
        match self.body() {
            Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

impl Versioned for PlanDocument {
    fn version(&self) -> i64 {
        self.head.version
    }
}

impl PlanView {
    pub(in crate::dispatch) fn of(head: PlanHead, content: PlanContent) -> Self {
        Self {
            id: head.id,
            incident_id: head.incident_id,
            state: head.state,
            policy: head.policy,
            computed_at: head.computed_at,
            confirmed_at: head.confirmed_at,
            allocations: content.allocations,
            shortfalls: content.shortfalls,
            substitutions: content.substitutions,
            measures: content.measures,
            replan: content.replan,
            changes: content.changes,
            unmeasured_item_ids: content.unmeasured_item_ids,
            limited: content.limited,
            sentences: content.sentences,
            order_ids: head.order_ids,
            version: head.version,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn head() -> PlanHead {
        let head = json!({
            "id": "plan_00000000000000000000000000",
            "incident_id": "incident_00000000000000000000000000", "state": "proposed",
            "policy": PolicyView::from(&domain::dispatch::planner::Policy::default()),
            "computed_at": "2021-07-25T00:00:00Z", "confirmed_at": null, "order_ids": [],
            "version": 1,
        });
        serde_json::from_value(head).unwrap()
    }

    // What is passed on says what the view says that is made of it.
    fn check(text: &str) {
        let content: PlanContent = serde_json::from_str(text).unwrap();
        let view = json!(PlanView::of(head(), content));
        let body = PlanDocument::new(head(), text.to_owned()).unwrap().body();
        let shown: Value = serde_json::from_slice(&body.unwrap()).unwrap();
        assert_eq!(shown, view, "{text}");
    }

    #[test]
    fn a_document_is_its_view_whoever_wrote_the_text() {
        let sentences = json!({ "zh": ["“甲”需要 3 床。"], "en": ["A \"site\" needs 3."] });
        let older = json!({ "allocations": [], "shortfalls": [], "sentences": sentences });
        check(&older.to_string());
        let before = json!({
            "allocations": [], "shortfalls": [], "measures": [], "replan": true, "changes": [],
            "unmeasured": ["item_00000000000000000000000000"], "sentences": sentences,
        });
        check(&before.to_string());
        // As they were kept before anything could go instead.
        let text = format!(
            "{{\"replan\":false,\"allocations\":[],\"shortfalls\":[],\"measures\":[],\"changes\":[],\
             \"unmeasured_item_ids\":[],\"sentences\":{sentences}}}"
        );
        check(&text);
        let content: PlanContent = serde_json::from_value(before).unwrap();
        let text = serde_json::to_string(&content).unwrap();
        assert!(text.starts_with(BEGINS), "{text}");
        check(&text);
    }
}
