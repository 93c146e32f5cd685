//! The ground of an alert, as others keep it.
//!
//! **Invariant.** What is left out is counted: codes of other lists always, and of divisions those that
//! are of no use for what is asked.

use chrono::NaiveDate;
use domain::organisations::DivisionCode;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    alerts::{
        queries::{code, parts},
        rows::part,
    },
    incidents::{Area, PartRow},
    organisations,
    problem::Problem,
};

/// The part of an alert's area whose outline is known, and how many parts are left out: three
/// statements.
pub(crate) async fn area_with_outlines(
    db: &impl ConnectionTrait,
    alert: Uuid,
) -> Result<(Area, i64), Problem> {
    let parts = parts(db, alert).await?;
    let outlines = organisations::boundaries_by_code(db, &codes(&parts)).await?;
    Ok(area(parts, |code| outlines.contains_key(&code)))
}

/// The part of an alert's area that people can name on a day, and how many parts are left out: two
/// statements.
pub(crate) async fn named_area(
    db: &impl ConnectionTrait,
    alert: Uuid,
    day: NaiveDate,
) -> Result<(Area, i64), Problem> {
    let parts = parts(db, alert).await?;
    let known = organisations::divisions_by_code(db, &codes(&parts)).await?;
    let exists = |code| organisations::still_exists(known.get(&code), day).is_ok();
    Ok(area(parts, exists))
}

fn codes(parts: &[part::Model]) -> Vec<DivisionCode> {
    parts.iter().filter_map(code).collect()
}

fn area(parts: Vec<part::Model>, is_known: impl Fn(DivisionCode) -> bool) -> (Area, i64) {
    let all = parts.len();
    let row = |part: part::Model| {
        let division = code(&part);
        let kind = match part.kind.as_str() {
            "division" if is_known(division?) => "division",
            "polygon" => "polygon",
            "circle" => "circle",
            _ => return None,
        };
        Some(PartRow {
            kind,
            division,
            geometry: part.geometry,
            given: None,
        })
    };
    let rows: Vec<_> = parts.into_iter().filter_map(row).collect();
    let left_out = i64::try_from(all - rows.len()).unwrap_or(i64::MAX);
    (Area { rows }, left_out)
}
