//! What kind of answer it is.
//!
//! **Invariant.** Nothing here knows who asked.

use domain::identity::Capability;
use serde_json::Value;
use tests::Answer;

use super::leak;

/// The status, and the code if the answer is a problem.
pub(super) fn outcome(answer: &Answer) -> String {
    match serde_json::from_str::<Value>(&answer.text) {
        Ok(problem) if answer.status >= 400 => {
            format!(
                "{}:{}",
                answer.status,
                problem["code"].as_str().unwrap_or_default()
            )
        }
        _ => answer.status.to_string(),
    }
}

/// 403 that names what is missing, 404, and 422 where what a body names is not there for the caller.
pub(super) fn is_refused(answer: &Answer, missing: &[Capability]) -> bool {
    match answer.status {
        403 => {
            let named = answer.json()["capability"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            missing.is_empty() || missing.iter().any(|it| it.name() == named)
        }
        404 => true,
        422 => answer.faults().iter().all(|(_, code)| code == "reference"),
        _ => false,
    }
}

/// Whether what stands in this place is what decided: another fault before it would prove nothing.
pub(super) fn reached(answer: &Answer, place: &str) -> bool {
    match answer.status {
        200 | 403 | 404 => true,
        // There is none of it for the caller, whether that is a stranger's or nothing at all.
        409 => outcome(answer) == "409:insufficient-stock",
        422 => answer
            .faults()
            .iter()
            .any(|(pointer, _)| pointer.trim_start_matches('/') == place.trim_start_matches('/')),
        _ => false,
    }
}

/// An answer without what is different in each: ids, moments, traces and the place that was asked for.
pub(super) fn plain(answer: &Answer) -> String {
    let mut body = serde_json::from_str::<Value>(&answer.text).unwrap_or_default();
    forget_moments(&mut body);
    format!("{} {}", answer.status, leak::without_ids(&body.to_string()))
}

pub(super) fn forget_moments(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let passing = |name: &str| {
                name.ends_with("_at") || matches!(name, "instance" | "trace_id" | "request_id")
            };
            members.retain(|name, _| !passing(name));
            members.values_mut().for_each(forget_moments);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_moments),
        _ => {}
    }
}
