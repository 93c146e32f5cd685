//! Addresses of who answers, in what time, and by which calendar.
//!
//! **Invariant.** Periods and holidays are read by whoever is logged in.

use axum::{Json, extract::State, response::Response};
use domain::{duties::DutyKind, kernel::kinds};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, PathText, Resource, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries,
    wire::{
        DutyHolderFilter, DutyHolderView, DutyPeriodView, NameDutyHolderBody, SetDutyPeriodBody,
        SetWorkCalendarBody, WorkCalendarView, holder_kind,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_duty_holders))
        .routes(routes!(get_duty_holder, name_duty_holder))
        .routes(routes!(list_duty_periods))
        .routes(routes!(get_duty_period, set_duty_period))
        .routes(routes!(list_work_calendars))
        .routes(routes!(get_work_calendar, set_work_calendar))
}

/// List who answers for duties, by kind and depot.
#[utoipa::path(get, path = "/v1/duty-holders", params(DutyHolderFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<DutyHolderView>)))]
async fn list_duty_holders(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<DutyHolderFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DutyHolderView>>, Problem> {
    queries::holders(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show who answers for duties of a kind in a depot.
///
/// Where nobody was ever named, the tag is `"v0"`.
#[utoipa::path(get, path = "/v1/depots/{depot_id}/duty-holders/{kind}",
    params(
        ("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("kind" = String, Path, pattern = "^(all|acceptance|issue_papers|oral_order|restack|quality_test|fire_check|fire_training|fire_drill|disclosure)$")
    ),
    responses((status = 200, description = "Who answers.", body = DutyHolderView)))]
async fn get_duty_holder(
    State(app): State<App>,
    caller: Caller,
    PathId(depot): PathId<kinds::Depot>,
    PathText(kind): PathText,
) -> Result<Resource<DutyHolderView>, Problem> {
    let kind = holder_kind(&kind)?;
    queries::holder(app.db.read(), &caller.scope(), depot, kind)
        .await
        .map(Resource)
}

/// Name who answers for duties of a kind in a depot, or for `all` for which nobody else is named.
#[utoipa::path(put, path = "/v1/depots/{depot_id}/duty-holders/{kind}",
    params(
        ("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("kind" = String, Path, pattern = "^(all|acceptance|issue_papers|oral_order|restack|quality_test|fire_check|fire_training|fire_drill|disclosure)$")
    ),
    request_body = NameDutyHolderBody,
    responses((status = 200, description = "Named.", body = DutyHolderView)))]
async fn name_duty_holder(
    PathId(depot): PathId<kinds::Depot>,
    PathText(kind): PathText,
    Write(write, body): Write<NameDutyHolderBody>,
) -> Result<Response, Problem> {
    let command = body.parse(depot, holder_kind(&kind)?, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}

fn kind_with_period(text: &str) -> Result<DutyKind, Problem> {
    let kind: DutyKind = text.parse().map_err(|_| Problem::not_found())?;
    kind.has_period()
        .then_some(kind)
        .ok_or_else(Problem::not_found)
}

/// List in what time duties are done, each with the rule that says so.
///
/// The time to paper an oral order stands in the order.
#[utoipa::path(get, path = "/v1/duty-periods", params(PageQuery),
    responses((status = 200, description = "A page.", body = Page<DutyPeriodView>)))]
async fn list_duty_periods(
    State(app): State<App>,
    _: Caller,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DutyPeriodView>>, Problem> {
    queries::periods_page(app.db.read(), &page).await.map(Json)
}

/// Show in what time duties of a kind are done.
#[utoipa::path(get, path = "/v1/duty-periods/{kind}",
    params(("kind" = String, Path, pattern = "^(acceptance|issue_papers|restack|quality_test|fire_check|fire_training|fire_drill|disclosure)$")),
    responses((status = 200, description = "The period.", body = DutyPeriodView)))]
async fn get_duty_period(
    State(app): State<App>,
    _: Caller,
    PathText(kind): PathText,
) -> Result<Resource<DutyPeriodView>, Problem> {
    let kind = kind_with_period(&kind)?;
    queries::period(app.db.read(), kind).await.map(Resource)
}

/// Set in what time duties of a kind are done, for every depot, and say which rule says so.
#[utoipa::path(put, path = "/v1/duty-periods/{kind}",
    params(("kind" = String, Path, pattern = "^(acceptance|issue_papers|restack|quality_test|fire_check|fire_training|fire_drill|disclosure)$")),
    request_body = SetDutyPeriodBody,
    responses((status = 200, description = "Set.", body = DutyPeriodView)))]
async fn set_duty_period(
    PathText(kind): PathText,
    Write(write, body): Write<SetDutyPeriodBody>,
) -> Result<Response, Problem> {
    let command = body.parse(kind_with_period(&kind)?, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}

fn known_year(text: &str) -> Result<i32, Problem> {
    let year: i32 = text.parse().map_err(|_| Problem::not_found())?;
    (2000..=2100)
        .contains(&year)
        .then_some(year)
        .ok_or_else(Problem::not_found)
}

/// List the years whose public holidays are known.
///
/// In all other years working days are Monday to Friday, and answers say so.
#[utoipa::path(get, path = "/v1/work-calendars", params(PageQuery),
    responses((status = 200, description = "A page.", body = Page<WorkCalendarView>)))]
async fn list_work_calendars(
    State(app): State<App>,
    _: Caller,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<WorkCalendarView>>, Problem> {
    queries::years_page(app.db.read(), &page).await.map(Json)
}

/// Show the public holidays of a year.
#[utoipa::path(get, path = "/v1/work-calendars/{year}",
    params(("year" = String, Path, pattern = "^2[0-9]{3}$")),
    responses((status = 200, description = "The year.", body = WorkCalendarView)))]
async fn get_work_calendar(
    State(app): State<App>,
    _: Caller,
    PathText(year): PathText,
) -> Result<Resource<WorkCalendarView>, Problem> {
    queries::year(app.db.read(), known_year(&year)?)
        .await
        .map(Resource)
}

/// Set the public holidays of a year as a notice announces them; a year that is not known, or is as
/// it was shipped, has the tag `"v0"`.
#[utoipa::path(put, path = "/v1/work-calendars/{year}",
    params(("year" = String, Path, pattern = "^2[0-9]{3}$")),
    request_body = SetWorkCalendarBody,
    responses((status = 200, description = "Set.", body = WorkCalendarView)))]
async fn set_work_calendar(
    PathText(year): PathText,
    Write(write, body): Write<SetWorkCalendarBody>,
) -> Result<Response, Problem> {
    let command = body.parse(known_year(&year)?, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}
