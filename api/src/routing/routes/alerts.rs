//! Where alerts come in, beside the closures that go where they go.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::response::Response;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    alerts::{AlertDocument, TakeAlertParams},
    app::App,
    http::{AlertBody, Params},
    problem::Problem,
    routing::{commands::FollowAlert, wire::TakenAlertView},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(take_alert))
}

/// Take an alert in: a CAP 1.2 document, which is the whole body.
///
/// Only senders that the operator named are believed (`alert_senders`). The document is kept as it came.
/// The same one again answers the same alert (200); another one under the same `sender`, `identifier`
/// and `sent` is refused. In `errors`, the path of an element stands in the place of a JSON Pointer.
///
/// Only messages of the status `Actual` act. An `Update` moves the closures of roads that were drawn from
/// the alerts of its sender that it refers to, and a `Cancel` lifts them; `closures` says what became of
/// each. A closure whose time a person gave keeps its time and is not lifted; one that a person drew is
/// not touched.
#[utoipa::path(post, path = "/v1/alerts", params(TakeAlertParams),
    request_body(description = "The alert.", content(
        (AlertDocument = "application/cap+xml"),
        (AlertDocument = "application/xml"),
    )),
    responses(
        (status = 201, description = "Taken in.", body = TakenAlertView),
        (status = 200, description = "It was there already.", body = TakenAlertView),
    ))]
async fn take_alert(
    Params(params): Params<TakeAlertParams>,
    body: AlertBody,
) -> Result<Response, Problem> {
    let AlertBody {
        writer,
        content,
        sha256,
    } = body;
    let believed = &writer.app().config.alert_senders;
    let command = FollowAlert(params.parse(content, sha256, believed)?);
    let done = writer.run(command).await?;
    if done.output.repeated {
        return Ok(done.changed());
    }
    Ok(done.made(|made| format!("/v1/alerts/{}", made.alert.id)))
}
