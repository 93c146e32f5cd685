//! How a success looks on the wire.
//!
//! **Invariant.** A single resource carries a strong `ETag` made from its version; a creation says
//! where it is; a repeat and a dry run say that they are one.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::uow::Done;

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const DRY_RUN: HeaderName = HeaderName::from_static("dry-run");

/// A thing that is edited and therefore counts its versions, from 1.
pub(crate) trait Versioned {
    fn version(&self) -> i64;
}

/// Derives [`Versioned`] from a `version` field.
macro_rules! versioned {
    ($($view:ty),* $(,)?) => {
        $(impl $crate::http::Versioned for $view { fn version(&self) -> i64 { self.version } })*
    };
}
pub(crate) use versioned;

/// What an answer carries.
pub(crate) trait Shown {
    /// 200 with it.
    fn shown(&self) -> Response;
}

impl<T: Serialize> Shown for T {
    fn shown(&self) -> Response {
        Json(self).into_response()
    }
}

/// The strong entity tag of a version.
pub(crate) fn etag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// A single resource that was read.
pub(crate) struct Resource<T>(pub(crate) T);

impl<T: Shown + Versioned> IntoResponse for Resource<T> {
    fn into_response(self) -> Response {
        tagged(self.0.version(), self.0.shown())
    }
}

impl<T> Done<T> {
    /// The same with another view of what came of it.
    pub(crate) fn map<U>(self, view: impl FnOnce(T) -> U) -> Done<U> {
        Done {
            output: view(self.output),
            replayed: self.replayed,
            dry_run: self.dry_run,
        }
    }

    /// As [`Done::map`], where the view may not come about.
    pub(crate) fn try_map<U, E>(self, view: impl FnOnce(T) -> Result<U, E>) -> Result<Done<U>, E> {
        Ok(Done {
            output: view(self.output)?,
            replayed: self.replayed,
            dry_run: self.dry_run,
        })
    }
}

impl<T: Shown> Done<T> {
    /// 201 with the address of the new thing; 200 for a dry run, which made none.
    pub(crate) fn created(self, location: impl FnOnce(&T) -> String) -> Response {
        let location = location(&self.output);
        let dry_run = self.dry_run;
        let mut response = self.answer();
        if !dry_run {
            *response.status_mut() = StatusCode::CREATED;
            if let Ok(value) = HeaderValue::from_str(&location) {
                response.headers_mut().insert(header::LOCATION, value);
            }
        }
        response
    }

    /// 202 with the address of what goes on after this answer.
    pub(crate) fn accepted(self, location: impl FnOnce(&T) -> String) -> Response {
        let location = location(&self.output);
        let mut response = self.answer();
        *response.status_mut() = StatusCode::ACCEPTED;
        if let Ok(value) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(header::LOCATION, value);
        }
        response
    }

    /// 200 with what came of it.
    pub(crate) fn answer(self) -> Response {
        let mut response = self.output.shown();
        if self.replayed {
            response
                .headers_mut()
                .insert(REPLAYED, HeaderValue::from_static("true"));
        }
        if self.dry_run {
            response
                .headers_mut()
                .insert(DRY_RUN, HeaderValue::from_static("true"));
        }
        response
    }
}

impl<T: Shown + Versioned> Done<T> {
    /// 200 with the new version and its tag.
    pub(crate) fn changed(self) -> Response {
        let version = self.output.version();
        tagged(version, self.answer())
    }

    /// 201 with the address and the tag of the new thing.
    pub(crate) fn made(self, location: impl FnOnce(&T) -> String) -> Response {
        let version = self.output.version();
        tagged(version, self.created(location))
    }
}

fn tagged(version: i64, mut response: Response) -> Response {
    if let Ok(value) = HeaderValue::from_str(&etag(version)) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}
