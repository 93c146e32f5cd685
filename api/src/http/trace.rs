//! W3C trace context: the trace of the caller goes on under a span of our own.
//!
//! **Invariant.** What is not well-formed by the recommendation begins a new trace, and then nothing
//! of it is passed on.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::ids;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
// version, trace, span and flags, and the dashes between them.
const PARENT_LENGTH: usize = 55;

/// The place of a request in a trace.
pub(super) struct Trace {
    pub(super) id: String,
    pub(super) span: String,
    /// The span of the caller.
    pub(super) parent: Option<String>,
    flags: String,
    state: Vec<HeaderValue>,
}

impl Trace {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let span = hex::encode(ids::random::<8>());
        let given = headers
            .get(TRACEPARENT)
            .and_then(|value| value.to_str().ok())
            .and_then(parent);
        match given {
            Some((id, parent, flags)) => Self {
                id: id.to_owned(),
                span,
                parent: Some(parent.to_owned()),
                flags: flags.to_owned(),
                state: headers.get_all(TRACESTATE).iter().cloned().collect(),
            },
            None => Self {
                id: hex::encode(ids::random::<16>()),
                span,
                parent: None,
                flags: "00".to_owned(),
                state: Vec::new(),
            },
        }
    }

    /// Tells the caller where in the trace the answer was made.
    pub(super) fn answer(self, headers: &mut HeaderMap) {
        let parent = format!("00-{}-{}-{}", self.id, self.span, self.flags);
        if let Ok(value) = HeaderValue::from_str(&parent) {
            headers.insert(TRACEPARENT, value);
        }
        for state in self.state {
            headers.append(TRACESTATE, state);
        }
    }
}

// The trace, the span and the flags. A later version may add to the end, after another dash.
fn parent(text: &str) -> Option<(&str, &str, &str)> {
    let (known, rest) = text.split_at_checked(PARENT_LENGTH)?;
    let parts: Vec<_> = known.split('-').collect();
    let [version, trace, span, flags] = parts[..] else {
        return None;
    };
    let hex = |text: &str, length| {
        text.len() == length
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let some = |text: &str| text.bytes().any(|byte| byte != b'0');
    let ends = match version {
        "00" => rest.is_empty(),
        _ => rest.is_empty() || rest.starts_with('-'),
    };
    let fits = hex(version, 2)
        && version != "ff"
        && ends
        && hex(trace, 32)
        && some(trace)
        && hex(span, 16)
        && some(span)
        && hex(flags, 2);
    fits.then_some((trace, span, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_recommendation_allows_goes_on() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let zeros = "0".repeat(32);
        for (text, goes_on) in [
            (format!("00-{trace}-{span}-01"), true),
            (format!("cc-{trace}-{span}-01"), true),
            (
                format!("cc-{trace}-{span}-01-what-later-versions-say"),
                true,
            ),
            (format!("cc-{trace}-{span}-01.what"), false),
            (format!("00-{trace}-{span}-01-more"), false),
            (format!("ff-{trace}-{span}-01"), false),
            (format!("00-{zeros}-{span}-01"), false),
            (format!("00-{trace}-{}-01", &zeros[..16]), false),
            (format!("00-{}-{span}-01", trace.to_uppercase()), false),
            (format!("00-{trace}-{span}"), false),
            (String::new(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(TRACEPARENT, text.parse().unwrap());
            headers.insert(TRACESTATE, HeaderValue::from_static("vendor=1"));
            let found = Trace::of(&headers);
            assert_eq!(found.id == trace, goes_on, "{text}");
            assert_eq!(found.parent.as_deref(), goes_on.then_some(span), "{text}");
            let mut answer = HeaderMap::new();
            found.answer(&mut answer);
            assert_eq!(answer.contains_key(TRACESTATE), goes_on, "{text}");
        }
    }
}
