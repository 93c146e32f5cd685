//! How a refusal looks on the wire: RFC 9457 in the caller's language.
//!
//! **Invariant.** Every answer of 400 and above, whoever made it, leaves as
//! `application/problem+json` with a stable code and the request's id. The cause is logged once,
//! here.

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    problem::{Code, FAULTS_MAX, Language, Problem},
};

use super::layers::RequestId;

const DOCUMENT: &str = "application/problem+json";

// Carries the problem from the handler to the layer that knows the caller's language.
#[derive(Clone)]
struct Carried(std::sync::Arc<Problem>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response
            .extensions_mut()
            .insert(Carried(std::sync::Arc::new(self)));
        response
    }
}

/// Turns carried problems, and bare refusals of the framework, into problem documents.
pub(super) async fn problems(State(app): State<App>, request: Request, next: Next) -> Response {
    let language = language(request.headers(), app.config.language.0);
    let path = request.uri().path().to_owned();
    let request_id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    let status = response.status();
    if status.as_u16() < 400 {
        return response;
    }
    if is_document(response.headers()) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let problem = match parts.extensions.get::<Carried>() {
        Some(Carried(problem)) => std::sync::Arc::clone(problem),
        None => match bare(status) {
            Some(code) => std::sync::Arc::new(Problem::new(code)),
            None => return Response::from_parts(parts, body),
        },
    };
    log(&problem);
    let mut answer = Json(document(&problem, language, &path, request_id.as_ref())).into_response();
    *answer.status_mut() = problem.code.status();
    let headers = answer.headers_mut();
    // The framework's own headers (Allow, WWW-Authenticate, Retry-After) still matter.
    for (name, value) in &parts.headers {
        if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
            headers.insert(name.clone(), value.clone());
        }
    }
    decorate(headers, &problem, language);
    answer
}

// The layer stands twice, inside and outside the one that catches panics.
fn is_document(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == DOCUMENT)
}

fn decorate(headers: &mut HeaderMap, problem: &Problem, language: Language) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(DOCUMENT));
    headers.insert(header::CONTENT_LANGUAGE, content_language(language));
    if problem.code.status() == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let wait_s = match problem.code {
        Code::Busy => Some(1),
        Code::TookTooLong => Some(10),
        Code::ProviderUnreachable => Some(10),
        Code::TooManyAttempts | Code::NetworkLocked => problem
            .extension
            .get("retry_after_s")
            .and_then(Value::as_u64),
        _ => None,
    };
    if let Some(wait_s) = wait_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    }
}

/// The tag of a language.
pub(super) fn content_language(language: Language) -> HeaderValue {
    HeaderValue::from_static(match language {
        Language::Zh => "zh-CN",
        Language::En => "en",
    })
}

fn document(
    problem: &Problem,
    language: Language,
    path: &str,
    request_id: Option<&RequestId>,
) -> Value {
    let code = problem.code;
    let mut members = Map::new();
    members.insert("type".into(), json!(format!("/problems/{}", code.slug())));
    members.insert("title".into(), json!(code.title().in_language(language)));
    members.insert("status".into(), json!(code.status().as_u16()));
    members.insert("code".into(), json!(code.slug()));
    let explanation = code.explanation();
    let detail = problem.detail.as_ref().unwrap_or(&explanation);
    members.insert("detail".into(), json!(detail.in_language(language)));
    members.insert("instance".into(), json!(path));
    if let Some(RequestId(id)) = request_id {
        members.insert("request_id".into(), json!(id));
    }
    if !problem.faults.is_empty() {
        let faults: Vec<_> = problem
            .faults
            .iter()
            .take(FAULTS_MAX)
            .map(|fault| {
                json!({
                    "pointer": fault.pointer,
                    "code": fault.code,
                    "message": fault.message.in_language(language),
                })
            })
            .collect();
        members.insert("errors".into(), Value::Array(faults));
    }
    members.extend(problem.extension.clone());
    Value::Object(members)
}

fn bare(status: StatusCode) -> Option<Code> {
    match status {
        StatusCode::NOT_FOUND => Some(Code::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Code::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Code::BodyTooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Code::UnsupportedMediaType),
        StatusCode::REQUEST_TIMEOUT => Some(Code::Timeout),
        StatusCode::INTERNAL_SERVER_ERROR => Some(Code::Internal),
        _ => None,
    }
}

fn log(problem: &Problem) {
    if problem.code.status().is_server_error() {
        tracing::error!(code = problem.code.slug(), %problem, "request failed");
    } else {
        tracing::debug!(
            code = problem.code.slug(),
            faults = problem.fault_codes(),
            "request refused"
        );
    }
}

/// The language that the caller prefers of the two that the server speaks.
pub(super) fn language(headers: &HeaderMap, default: Language) -> Language {
    let Some(accepted) = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
    else {
        return default;
    };
    let mut best: Option<(f32, Language)> = None;
    for part in accepted.split(',') {
        let mut pieces = part.trim().split(';');
        let tag = pieces.next().unwrap_or("").to_ascii_lowercase();
        let weight = pieces
            .find_map(|piece| piece.trim().strip_prefix("q="))
            .map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
        let language = match tag.split('-').next() {
            Some("zh") => Language::Zh,
            Some("en") => Language::En,
            _ => continue,
        };
        // A weight of zero refuses a language.
        if weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, language));
        }
    }
    best.map_or(default, |(_, language)| language)
}

/// The page of one problem code, for people who follow its `type`.
pub(super) fn page(code: Code) -> Response {
    let (title, text) = (code.title(), code.explanation());
    let members: Vec<_> = code
        .members()
        .iter()
        .map(|name| format!("<code>{name}</code>"))
        .collect();
    let listed = |intro: &str| match members.is_empty() {
        true => String::new(),
        false => format!("<p>{intro}{}</p>", members.join(" ")),
    };
    html(
        code.slug(),
        &format!(
            "<h1><code>{slug}</code></h1><p>HTTP {status}</p>\
             <h2>{zh_title}</h2><p>{zh}</p>{zh_members}\
             <div lang=\"en\"><h2>{en_title}</h2><p>{en}</p>{en_members}</div>",
            slug = code.slug(),
            status = code.status().as_u16(),
            zh_title = title.zh,
            zh = text.zh,
            zh_members = listed("可能附带的字段："),
            en_title = title.en,
            en = text.en,
            en_members = listed("Members that may come with it: "),
        ),
    )
}

/// The page that lists all problem codes.
pub(super) fn index() -> Response {
    let mut rows = String::new();
    for code in Code::ALL {
        let (slug, title) = (code.slug(), code.title());
        rows.push_str(&format!(
            "<tr><td><a href=\"/problems/{slug}\"><code>{slug}</code></a></td><td>{status}</td>\
             <td>{zh}</td><td lang=\"en\">{en}</td></tr>",
            status = code.status().as_u16(),
            zh = title.zh,
            en = title.en,
        ));
    }
    html(
        "problems",
        &format!("<h1>错误代码 <span lang=\"en\">Problem codes</span></h1><table>{rows}</table>"),
    )
}

fn html(title: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>{title}</title>\
         <body style=\"font-family:sans-serif;max-width:48rem;margin:3rem auto;line-height:1.6\">\
         {body}</body></html>"
    );
    (
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        Body::from(page),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_liked_language_wins() {
        for (accepted, expected) in [
            ("en", Language::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Zh),
            ("en;q=0.2, zh-Hans;q=0.7", Language::Zh),
            ("fr, en;q=0.5", Language::En),
            ("fr", Language::Zh),
            ("zh;q=0, en;q=0.1", Language::En),
            ("zh;q=0", Language::Zh),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            assert_eq!(language(&headers, Language::Zh), expected, "{accepted}");
        }
    }
}
