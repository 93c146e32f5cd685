//! Any list as a file: `Accept: text/csv`, or the type of an XLSX workbook.
//!
//! **Invariant.** A file is the list: its pages are asked for one after the other, of the very
//! handler that answers them as JSON, with the same caller and the same filter, and all of them
//! show one state of the database. A file that could not be finished never looks whole: it is
//! refused, or the connection breaks off.

mod pages;
mod wanted;
mod writing;

use std::sync::{Arc, atomic::AtomicU64};

use axum::{
    body::Body,
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::identity::Capability;

use crate::{
    app::App,
    exchange::{export::Shape, open::Format},
    identity::Caller,
    problem::{Code, Problem},
};

use self::{
    pages::{Pages, Refused},
    writing::Writing,
};
use super::render;

pub(crate) use wanted::{CSV, XLSX};

/// Counts the rows as they are written, for whoever asks from inside the process.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowsWritten(pub(crate) Arc<AtomicU64>);

/// Answers a list as a file where the caller wants one.
pub(super) async fn lists_as_files(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let shape = route
        .as_ref()
        .and_then(|route| app.lists.at(route.as_str()));
    match (wanted::format(request.headers()), route, shape) {
        (Some(format), Some(route), Some(shape)) if reading => {
            let (parts, _) = request.into_parts();
            let name = file_stem(route.as_str());
            write(&app, format, shape, &name, parts, next)
                .await
                .unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

async fn write(
    app: &App,
    format: Format,
    shape: Arc<Shape>,
    name: &str,
    mut parts: Parts,
    next: Next,
) -> Result<Response, Problem> {
    // What everybody may read, everybody may have as a file.
    if !shape.is_public() {
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        caller.require_anywhere(Capability::ExportData)?;
    }
    refuse_paging(parts.uri.query().unwrap_or(""))?;
    // Each asks for page after page, and a workbook takes disk space: few are written at once.
    let Some(held) = app.db.hold().await? else {
        return Err(Problem::new(Code::Busy).detail(
            "同时生成的文件已达上限，请稍后再试",
            "as many files are being written as may be at once; try again later",
        ));
    };
    let language = render::language(&parts.headers, app.config.language.0);
    let only_head = parts.method == Method::HEAD;
    let rows = parts
        .extensions
        .get::<RowsWritten>()
        .cloned()
        .unwrap_or_default();
    let mut pages = Pages::new(parts, next, held);
    let first = match pages.next().await {
        Ok(page) => page,
        // What the handler refuses, it refuses in its own words.
        Err(Refused::Answered(answer)) => {
            pages.end().await;
            return Ok(*answer);
        }
        Err(Refused::Broken(cause)) => return Err(Problem::internal(cause)),
    };
    let mut writing = Writing::begin(app, format, shape, name, language, rows)?;
    let content_type = writing.content_type();
    let body = if only_head {
        pages.end().await;
        Body::empty()
    } else {
        writing.page(&first)?;
        match format {
            Format::Csv => writing.streamed(pages, app.config.body_timeout),
            Format::Xlsx => writing.spooled(pages).await?,
        }
    };
    let (extension, now) = match format {
        Format::Csv => ("csv", app.clock.now()),
        Format::Xlsx => ("xlsx", app.clock.now()),
    };
    let time = now.format("%Y%m%dT%H%M%SZ");
    let disposition = format!("attachment; filename=\"{name}-{time}.{extension}\"");
    let disposition = HeaderValue::from_str(&disposition).map_err(Problem::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_LANGUAGE, render::content_language(language)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, body).into_response())
}

fn refuse_paging(query: &str) -> Result<(), Problem> {
    let paging = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| matches!(name.as_ref(), "limit" | "cursor"));
    let Some((name, _)) = paging else {
        return Ok(());
    };
    let paged = Problem::field(
        name,
        "not-applicable",
        "文件包含整个列表，不分页",
        "a file holds the whole list and has no pages",
    );
    Err(paged.of_query())
}

// `/v1/depots/{depot_id}/zones` is `depots-zones`.
fn file_stem(route: &str) -> String {
    let words: Vec<_> = route
        .trim_start_matches("/v1/")
        .split('/')
        .filter(|segment| !segment.starts_with('{'))
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_list() {
        for (route, name) in [
            ("/v1/depots", "depots"),
            ("/v1/depots/{depot_id}/zones", "depots-zones"),
            ("/v1/virtual-warehouse/items", "virtual-warehouse-items"),
        ] {
            assert_eq!(file_stem(route), name);
        }
    }

    #[test]
    fn pages_are_refused_by_name() {
        assert!(refuse_paging("level=county&q=limit").is_ok());
        for (query, name) in [("limit=5", "limit"), ("q=1&cursor=00", "cursor")] {
            let problem = refuse_paging(query).unwrap_err();
            assert_eq!(problem.code, Code::InvalidQuery);
            assert_eq!(problem.faults[0].pointer, name);
        }
    }
}
