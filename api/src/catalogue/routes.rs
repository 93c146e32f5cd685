//! Addresses of the catalogue.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds::{Category, Item};
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
        CategoryFilter, CategoryView, CreateCategoryBody, CreateItemBody, CreateKitVersionBody,
        ItemFilter, ItemView, KitVersionView, UpdateCategoryBody, UpdateItemBody,
    },
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_categories, create_category))
        .routes(routes!(get_category, update_category))
        .routes(routes!(list_items, create_item))
        .routes(routes!(get_item, update_item))
        .routes(routes!(list_kit_versions, create_kit_version))
        .routes(routes!(get_kit_version))
}

/// List categories by code.
#[utoipa::path(get, path = "/v1/categories", params(CategoryFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<CategoryView>)))]
async fn list_categories(
    State(app): State<App>,
    _: Caller,
    Params(filter): Params<CategoryFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<CategoryView>>, Problem> {
    queries::categories(app.db.read(), &filter, &page)
        .await
        .map(Json)
}

/// Add a category to the tree.
#[utoipa::path(post, path = "/v1/categories", request_body = CreateCategoryBody,
    responses((status = 201, description = "Added.", body = CategoryView)))]
async fn create_category(
    Write(write, body): Write<CreateCategoryBody>,
) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/categories/{}", made.id)))
}

/// Show a category.
#[utoipa::path(get, path = "/v1/categories/{category_id}",
    params(("category_id" = String, Path, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The category.", body = CategoryView)))]
async fn get_category(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<Category>,
) -> Result<Resource<CategoryView>, Problem> {
    queries::category(app.db.read(), id).await.map(Resource)
}

/// Rename or move a category.
#[utoipa::path(patch, path = "/v1/categories/{category_id}",
    params(("category_id" = String, Path, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = UpdateCategoryBody,
    responses((status = 200, description = "Changed.", body = CategoryView)))]
async fn update_category(
    PathId(id): PathId<Category>,
    Write(write, body): Write<UpdateCategoryBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}

/// Search items by any name, alias or code.
///
/// Sorted by name as it is compared in searches.
#[utoipa::path(get, path = "/v1/items", params(ItemFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<ItemView>)))]
async fn list_items(
    State(app): State<App>,
    _: Caller,
    Params(filter): Params<ItemFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ItemView>>, Problem> {
    queries::items(app.db.read(), &filter, &page)
        .await
        .map(Json)
}

/// Add an item to the catalogue.
///
/// Choose the base unit with care: it stays for ever, because stock is counted in it. Goods that
/// are counted otherwise are another item.
#[utoipa::path(post, path = "/v1/items", request_body = CreateItemBody,
    responses((status = 201, description = "Added.", body = ItemView)))]
async fn create_item(Write(write, body): Write<CreateItemBody>) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/items/{}", made.id)))
}

/// Show an item.
#[utoipa::path(get, path = "/v1/items/{item_id}",
    params(("item_id" = String, Path, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The item.", body = ItemView)))]
async fn get_item(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<Item>,
) -> Result<Resource<ItemView>, Problem> {
    queries::item(app.db.read(), id).await.map(Resource)
}

/// Change an item.
///
/// Absent members stay as they are and null takes a value away. A list takes the place of the one
/// before. There is no `base_unit` here: it never changes, and a new item is made instead.
#[utoipa::path(patch, path = "/v1/items/{item_id}",
    params(("item_id" = String, Path, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = UpdateItemBody,
    responses((status = 200, description = "Changed.", body = ItemView)))]
async fn update_item(
    PathId(id): PathId<Item>,
    Write(write, body): Write<UpdateItemBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}

/// List the versions of what a kit holds, the one in force first.
#[utoipa::path(get, path = "/v1/items/{item_id}/kit-versions",
    params(("item_id" = String, Path, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<KitVersionView>)))]
async fn list_kit_versions(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<Item>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<KitVersionView>>, Problem> {
    queries::kit_versions(app.db.read(), id, &page)
        .await
        .map(Json)
}

/// Put a new list of contents of a kit in force.
///
/// Versions are never edited: a kit that was assembled stays what it was.
#[utoipa::path(post, path = "/v1/items/{item_id}/kit-versions",
    params(("item_id" = String, Path, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CreateKitVersionBody,
    responses((status = 201, description = "In force.", body = KitVersionView)))]
async fn create_kit_version(
    PathId(id): PathId<Item>,
    Write(write, body): Write<CreateKitVersionBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id)?;
    let done = write.run(command).await?;
    Ok(done.created(|made| format!("/v1/items/{}/kit-versions/{}", made.item_id, made.number)))
}

/// Show a version of what a kit holds.
#[utoipa::path(get, path = "/v1/items/{item_id}/kit-versions/{number}",
    params(
        ("item_id" = String, Path, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("number" = String, Path, pattern = "^[1-9][0-9]{0,5}$")
    ),
    responses((status = 200, description = "The version.", body = KitVersionView)))]
async fn get_kit_version(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<Item>,
    PathText(number): PathText,
) -> Result<Json<KitVersionView>, Problem> {
    let number = number.parse().map_err(|_| Problem::not_found())?;
    queries::kit_version(app.db.read(), id, number)
        .await
        .map(Json)
}
