//! The contract for people: browsable without the internet, and a page per problem code.
//!
//! **Invariant.** Everything shown is inside the binary.

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    app::App,
    problem::{Code, Problem},
};

use super::{PathText, render};

pub(super) fn router() -> Router<App> {
    Router::new()
        .merge(SwaggerUi::new("/docs").external_url_unchecked("/openapi.json", super::describe()))
        .route("/problems/", get(async || render::index()))
        .route("/problems/{code}", get(problem_page))
        .route(
            "/",
            get(|| async { axum::response::Redirect::temporary("/docs/") }),
        )
}

async fn problem_page(PathText(slug): PathText) -> Response {
    Code::ALL
        .iter()
        .find(|code| code.slug() == slug)
        .map_or_else(
            || Problem::not_found().into_response(),
            |code| render::page(*code),
        )
}
