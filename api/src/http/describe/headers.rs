//! The headers of answers, described by rule.
//!
//! **Invariant.** The rules mirror [`super::super::answer`]: a thing that counts its versions is
//! answered with its tag, a creation with its place, and what was done before or not at all says so.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{can_be_tried, is_keyed};

/// The shapes of things that count their versions.
pub(super) fn versioned(schemas: &Value) -> BTreeSet<String> {
    schemas
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, schema)| schema["properties"]["version"]["type"] == "integer")
        .map(|(name, _)| format!("#/components/schemas/{name}"))
        .collect()
}

/// Adds the headers to every success of an operation.
pub(super) fn describe(method: &str, operation: &mut Value, versioned: &BTreeSet<String>) {
    let id = operation["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (status, answer) in responses.iter_mut() {
        let tagged = answer
            .pointer("/content/application~1json/schema/$ref")
            .and_then(Value::as_str)
            .is_some_and(|name| versioned.contains(name));
        let success = matches!(status.as_str(), "200" | "201" | "202");
        if tagged {
            answer["headers"]["ETag"] = json!({
                "description": "The version; goes into If-Match and If-None-Match. Weak where the answer is compressed.",
                "required": true,
                "schema": { "type": "string", "pattern": "^(W/)?\"v[0-9]{1,18}\"$", "maxLength": 32 }
            });
        }
        // A session is not to be read, and its token is its answer.
        let has_place = ![
            "create_session",
            "begin_provider_login",
            "finish_provider_login",
        ]
        .contains(&id.as_str());
        if matches!(status.as_str(), "201" | "202") && has_place {
            answer["headers"]["Location"] = json!({
                "description": "Where the new thing is.",
                "required": true,
                "schema": { "type": "string", "format": "uri-reference", "maxLength": 255 }
            });
        }
        if success && is_keyed(method, &id) {
            answer["headers"]["Idempotency-Replayed"] =
                flag("Whether the same request ran before; this is the answer that it got then.");
        }
        if status == "200" && can_be_tried(method, &id) {
            answer["headers"]["Dry-Run"] = flag("Whether this only says what would be.");
        }
    }
    let is_tagged = |answer: &Value| !answer["headers"]["ETag"].is_null();
    if method == "get" && responses.get("200").is_some_and(is_tagged) {
        responses.entry("304").or_insert_with(
            || json!({ "description": "The version named in If-None-Match is current." }),
        );
    }
}

// Such a header is there with this value, or not at all.
fn flag(description: &str) -> Value {
    json!({ "description": description, "schema": { "type": "string", "enum": ["true"] } })
}
