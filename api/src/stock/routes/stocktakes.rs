//! Addresses of stocktakes.
//!
//! **Invariant.** Whoever reads a stocktake is told apart by what they may do: see
//! [`queries::Reader`].

use axum::{Json, extract::State, response::Response};
use domain::{identity::Capability, kernel::kinds};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    commands::{ApproveStocktake, CloseRound, SettleStocktake},
    queries,
    queries::Reader,
    wire::{
        CountAccuracyFilter, CountAccuracyView, CountBody, CountLimitBody, CountLimitView,
        CountedView, FoundLotsBody, OpenStocktakeBody, StocktakeCountFilter, StocktakeCountView,
        StocktakeFilter, StocktakeLineFilter, StocktakeLineView, StocktakeReasonBody,
        StocktakeView,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_stocktakes, open_stocktake))
        .routes(routes!(get_stocktake))
        .routes(routes!(list_stocktake_lines))
        .routes(routes!(list_stocktake_counts, count_stocktake))
        .routes(routes!(add_found_lots))
        .routes(routes!(close_stocktake_round))
        .routes(routes!(recount_stocktake))
        .routes(routes!(approve_stocktake))
        .routes(routes!(settle_stocktake))
        .routes(routes!(abandon_stocktake))
        .routes(routes!(list_count_accuracy))
        .routes(routes!(get_count_limit, set_count_limit))
}

fn reader(caller: &Caller) -> Reader {
    let counts = caller.reach(Capability::PostStock);
    Reader::new(caller.scope(), caller.principal(), &counts)
}

/// Begin a stocktake: of a whole depot, of zones, of categories or of items.
///
/// The book is fixed at this command's own entry in the journal; goods may come and go meanwhile.
/// Each count is compared with the book of its own moment: the book of the cut-off and what moved
/// since. Goods that another stocktake counts are refused until that one has ended.
#[utoipa::path(post, path = "/v1/stocktakes", request_body = OpenStocktakeBody,
    responses((status = 201, description = "Opened.", body = StocktakeView)))]
async fn open_stocktake(Write(write, body): Write<OpenStocktakeBody>) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/stocktakes/{}", made.id)))
}

/// List stocktakes, the newest first.
#[utoipa::path(get, path = "/v1/stocktakes", params(StocktakeFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<StocktakeView>)))]
async fn list_stocktakes(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<StocktakeFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<StocktakeView>>, Problem> {
    queries::stocktakes(app.db.read(), &reader(&caller), &filter, &page)
        .await
        .map(Json)
}

/// Show a stocktake and what its lines add up to.
///
/// Those who may count are shown no figures of a blind stocktake until its counting is done.
#[utoipa::path(get, path = "/v1/stocktakes/{stocktake_id}",
    params(("stocktake_id" = String, Path, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The stocktake.", body = StocktakeView)))]
async fn get_stocktake(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Stocktake>,
) -> Result<Resource<StocktakeView>, Problem> {
    queries::stocktake(app.db.read(), &reader(&caller), id)
        .await
        .map(Resource)
}

/// List the lines of a stocktake: the sheet to count by, and later what was found.
///
/// On a blind sheet a line says where what lies, and no quantity, until the counting is done.
#[utoipa::path(get, path = "/v1/stocktakes/{stocktake_id}/lines",
    params(("stocktake_id" = String, Path, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        StocktakeLineFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<StocktakeLineView>)))]
async fn list_stocktake_lines(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Stocktake>,
    Params(filter): Params<StocktakeLineFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<StocktakeLineView>>, Problem> {
    queries::stocktake_lines(app.db.read(), &reader(&caller), id, &filter, &page)
        .await
        .map(Json)
}

/// List who counted what in which round, corrected counts among them.
///
/// Those who may count see only their own counts of a blind stocktake until its counting is done.
#[utoipa::path(get, path = "/v1/stocktakes/{stocktake_id}/counts",
    params(("stocktake_id" = String, Path, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        StocktakeCountFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<StocktakeCountView>)))]
async fn list_stocktake_counts(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Stocktake>,
    Params(filter): Params<StocktakeCountFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<StocktakeCountView>>, Problem> {
    queries::stocktake_counts(app.db.read(), &reader(&caller), id, &filter, &page)
        .await
        .map(Json)
}

/// Write down what one person counted; what is not there is counted as 0.
///
/// The counts of two people stand side by side. Who counts a line again in one round says by
/// `corrects` which of their own counts they correct. A lot or condition that the sheet does not
/// list there becomes a line of it.
#[utoipa::path(post, path = "/v1/stocktakes/{stocktake_id}/counts",
    params(("stocktake_id" = String, Path, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CountBody,
    responses((status = 200, description = "Written down.", body = CountedView)))]
async fn count_stocktake(
    PathId(id): PathId<kinds::Stocktake>,
    Write(write, body): Write<CountBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id)?;
    Ok(write.run(command).await?.answer())
}

/// Write down goods of no known lot: each line becomes a lot, a line of the sheet and a count.
#[utoipa::path(post, path = "/v1/stocktakes/{stocktake_id}/found-lots",
    params(("stocktake_id" = String, Path, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = FoundLotsBody,
    responses((status = 200, description = "Written down.", body = CountedView)))]
async fn add_found_lots(
    PathId(id): PathId<kinds::Stocktake>,
    Write(write, body): Write<FoundLotsBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id)?;
    Ok(write.run(command).await?.answer())
}

/// End a round of counting; what differs, or what counters disagree about, is counted again.
#[utoipa::path(post, path = "/v1/stocktakes/{stocktake_id}/close-round",
    params(("stocktake_id" = String, Path, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "`recounting`, `counted` or `awaiting_approval`.", body = StocktakeView)))]
async fn close_stocktake_round(
    PathId(stocktake): PathId<kinds::Stocktake>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(CloseRound { stocktake }).await?.changed())
}

/// Send the differences of a stocktake back to be counted again, and say why.
#[utoipa::path(post, path = "/v1/stocktakes/{stocktake_id}/recount",
    params(("stocktake_id" = String, Path, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = StocktakeReasonBody,
    responses((status = 200, description = "Done.", body = StocktakeView)))]
async fn recount_stocktake(
    PathId(stocktake): PathId<kinds::Stocktake>,
    Write(write, body): Write<StocktakeReasonBody>,
) -> Result<Response, Problem> {
    let command = body.recount(stocktake)?;
    Ok(write.run(command).await?.changed())
}

/// Agree to differences past the limit, as somebody who did not count; they become movements.
///
/// Goods that are promised are not counted away: the answer names the reservations in the way.
#[utoipa::path(post, path = "/v1/stocktakes/{stocktake_id}/approve",
    params(("stocktake_id" = String, Path, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Settled.", body = StocktakeView)))]
async fn approve_stocktake(
    PathId(stocktake): PathId<kinds::Stocktake>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(ApproveStocktake { stocktake }).await?.changed())
}

/// Settle a stocktake whose differences are within the limit; they become movements.
///
/// Goods that are promised are not counted away: the answer names the reservations in the way.
#[utoipa::path(post, path = "/v1/stocktakes/{stocktake_id}/settle",
    params(("stocktake_id" = String, Path, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Settled.", body = StocktakeView)))]
async fn settle_stocktake(
    PathId(stocktake): PathId<kinds::Stocktake>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(SettleStocktake { stocktake }).await?.changed())
}

/// Give a stocktake up and say why; the book stays as it is.
#[utoipa::path(post, path = "/v1/stocktakes/{stocktake_id}/abandon",
    params(("stocktake_id" = String, Path, pattern = "^stocktake_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = StocktakeReasonBody,
    responses((status = 200, description = "Done.", body = StocktakeView)))]
async fn abandon_stocktake(
    PathId(stocktake): PathId<kinds::Stocktake>,
    Write(write, body): Write<StocktakeReasonBody>,
) -> Result<Response, Problem> {
    let command = body.abandon(stocktake)?;
    Ok(write.run(command).await?.changed())
}

/// List how right the book of each depot was, as its settled stocktakes found it.
///
/// The figures of a single stocktake are in the list of stocktakes.
#[utoipa::path(get, path = "/v1/count-accuracy", params(CountAccuracyFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<CountAccuracyView>)))]
async fn list_count_accuracy(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<CountAccuracyFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<CountAccuracyView>>, Problem> {
    queries::count_accuracy(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show past which limit the stocktakes of a depot need an approval.
///
/// A depot without a limit of its own has the built-in one, with version 0.
#[utoipa::path(get, path = "/v1/depots/{depot_id}/count-limit",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The limit.", body = CountLimitView)))]
async fn get_count_limit(
    State(app): State<App>,
    caller: Caller,
    PathId(depot): PathId<kinds::Depot>,
) -> Result<Resource<CountLimitView>, Problem> {
    queries::count_limit(app.db.read(), &caller.scope(), depot)
        .await
        .map(Resource)
}

/// Say past which limit the stocktakes of a depot need an approval; open ones keep theirs.
///
/// A limit that was never set has the tag `"v0"`.
#[utoipa::path(put, path = "/v1/depots/{depot_id}/count-limit",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CountLimitBody,
    responses((status = 200, description = "Set.", body = CountLimitView)))]
async fn set_count_limit(
    PathId(depot): PathId<kinds::Depot>,
    Write(write, body): Write<CountLimitBody>,
) -> Result<Response, Problem> {
    let command = body.parse(depot, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}
