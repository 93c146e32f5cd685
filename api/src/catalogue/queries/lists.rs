//! What the addresses of the catalogue show.
//!
//! **Invariant.** What other tables hold of the items on a page is fetched for the whole page at
//! once.

use std::collections::{BTreeMap, BTreeSet};

use domain::kernel::{
    Id,
    kinds::{Category, Item},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

use crate::{
    catalogue::{
        rows,
        wire::{CategoryFilter, CategoryView, ExternalCode, ItemFilter, ItemView, KitVersionView},
    },
    http::{Page, PageQuery},
    problem::Problem,
    scope::reference,
    search,
    storage::VALUES_A_STATEMENT,
};

use super::facts::{by_code, by_name, category_subtree, lines_of};

/// One category, or not found.
pub(crate) async fn category(
    db: &impl ConnectionTrait,
    id: Id<Category>,
) -> Result<CategoryView, Problem> {
    reference::<rows::category::Entity>()
        .filter(rows::category::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .map(CategoryView::from)
        .ok_or_else(Problem::not_found)
}

pub(in crate::catalogue) async fn category_exists(
    db: &impl ConnectionTrait,
    id: Id<Category>,
) -> Result<bool, Problem> {
    let found = reference::<rows::category::Entity>()
        .filter(rows::category::Column::Id.eq(id.uuid()))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// One category that this transaction is going to change: others who would change it wait.
pub(in crate::catalogue) async fn category_to_change(
    db: &impl ConnectionTrait,
    id: Id<Category>,
) -> Result<rows::category::Model, Problem> {
    reference::<rows::category::Entity>()
        .filter(rows::category::Column::Id.eq(id.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Makes other moves in the tree wait until this transaction ends.
pub(in crate::catalogue) async fn lock_categories(
    db: &impl ConnectionTrait,
) -> Result<(), Problem> {
    use rows::category::{Column, Entity};
    reference::<Entity>()
        .select_only()
        .column(Column::Id)
        .order_by_asc(Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .all(db)
        .await?;
    Ok(())
}

pub(crate) async fn categories(
    db: &impl ConnectionTrait,
    filter: &CategoryFilter,
    page: &PageQuery,
) -> Result<Page<CategoryView>, Problem> {
    use rows::category::{Column, Entity};
    let mut select = reference::<Entity>();
    if let Some(q) = &filter.q {
        let by_name = search::name_contains(Expr::col(Column::NameKey), q);
        let by_code = search::code_begins_with(Expr::col(Column::Code), q);
        select = select.filter(Condition::any().add(by_name).add(by_code));
    }
    if let Some(parent) = filter.parent_id {
        select = select.filter(Column::ParentId.eq(parent.uuid()));
    }
    let mark = format!("{filter:?}");
    let rows = page
        .by_key(select, Column::Code, Column::Id, &mark)?
        .all(db)
        .await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| (row.code.clone(), row.id),
        CategoryView::from,
    ))
}

/// One item, or not found.
pub(crate) async fn item(db: &impl ConnectionTrait, id: Id<Item>) -> Result<ItemView, Problem> {
    let row = item_row(db, id).await?;
    let mut parts = Parts::of(db, &[row.id]).await?;
    Ok(parts.view(row))
}

async fn item_row(db: &impl ConnectionTrait, id: Id<Item>) -> Result<rows::item::Model, Problem> {
    reference::<rows::item::Entity>()
        .filter(rows::item::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// One item that this transaction is going to change: others who would change it wait.
pub(in crate::catalogue) async fn item_to_change(
    db: &impl ConnectionTrait,
    id: Id<Item>,
) -> Result<rows::item::Model, Problem> {
    reference::<rows::item::Entity>()
        .filter(rows::item::Column::Id.eq(id.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A page of items by name: at most five statements.
pub(crate) async fn items(
    db: &impl ConnectionTrait,
    filter: &ItemFilter,
    page: &PageQuery,
) -> Result<Page<ItemView>, Problem> {
    use rows::item::{Column, Entity};
    let mut select = reference::<Entity>();
    if let Some(q) = &filter.q {
        select = select.filter(Column::Id.in_subquery(named_like(q)));
    }
    if let Some(code) = &filter.code {
        let with_code = reference::<rows::item_code::Entity>()
            .select_only()
            .column(rows::item_code::Column::ItemId)
            .filter(rows::item_code::Column::Value.eq(code.trim()))
            .into_query();
        select = select.filter(Column::Id.in_subquery(with_code));
    }
    if let Some(category) = filter.category_id {
        let subtree = category_subtree(db, category).await?;
        select = select.filter(Column::CategoryId.is_in(subtree));
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    if let Some(kind) = &filter.kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    let mark = format!("{filter:?}");
    let rows = page
        .by_key(select, Column::NameKey, Column::Id, &mark)?
        .all(db)
        .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut parts = Parts::of(db, &ids).await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| (row.name_key.clone(), row.id),
        |row| parts.view(row),
    ))
}

/// The items that have one of these codes, in any system, or one of these texts as a name or an
/// alias, whatever its spacing and case: a fixed number of statements for every 10,000.
pub(crate) async fn items_known_by(
    db: &impl ConnectionTrait,
    codes: &BTreeSet<&str>,
    names: &BTreeSet<&str>,
) -> Result<Vec<ItemView>, Problem> {
    let mut ids = BTreeSet::new();
    let (codes, names): (Vec<_>, Vec<_>) = (
        codes.iter().copied().collect(),
        names.iter().copied().collect(),
    );
    for codes in codes.chunks(VALUES_A_STATEMENT) {
        ids.extend(by_code(db, codes).await?.into_values().flatten());
    }
    for names in names.chunks(VALUES_A_STATEMENT) {
        ids.extend(by_name(db, names).await?.into_values().flatten());
    }
    let ids: Vec<_> = ids.into_iter().collect();
    let mut items = Vec::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let mut parts = Parts::of(db, ids).await?;
        let rows = reference::<rows::item::Entity>()
            .filter(rows::item::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(rows::item::Column::Id)
            .all(db)
            .await?;
        items.extend(rows.into_iter().map(|row| parts.view(row)));
    }
    Ok(items)
}

// The items of which a name, an alias or a code contains `q`.
fn named_like(q: &str) -> sea_orm::sea_query::SelectStatement {
    use rows::item_key::{Column, Entity};
    reference::<Entity>()
        .select_only()
        .column(Column::ItemId)
        .filter(search::name_contains(Expr::col(Column::NameKey), q))
        .into_query()
}

/// What other tables hold of the items on a page.
struct Parts {
    aliases: BTreeMap<Uuid, Vec<String>>,
    codes: BTreeMap<Uuid, Vec<ExternalCode>>,
    packs: BTreeMap<Uuid, Vec<rows::pack::Model>>,
}

impl Parts {
    async fn of(db: &impl ConnectionTrait, items: &[Uuid]) -> Result<Self, Problem> {
        let keys = reference::<rows::item_key::Entity>()
            .filter(rows::item_key::Column::ItemId.is_in(items.iter().copied()))
            .filter(rows::item_key::Column::Kind.eq("alias"))
            .order_by_asc(rows::item_key::Column::NameKey)
            .all(db)
            .await?;
        let mut aliases: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for key in keys {
            aliases.entry(key.item_id).or_default().push(key.text);
        }
        let found = reference::<rows::item_code::Entity>()
            .filter(rows::item_code::Column::ItemId.is_in(items.iter().copied()))
            .order_by_asc(rows::item_code::Column::System)
            .order_by_asc(rows::item_code::Column::Value)
            .all(db)
            .await?;
        let mut codes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for code in found {
            codes.entry(code.item_id).or_default().push(ExternalCode {
                system: code.system,
                value: code.value,
            });
        }
        let packs = packs_of(db, items.iter().copied()).await?;
        Ok(Self {
            aliases,
            codes,
            packs,
        })
    }

    fn view(&mut self, row: rows::item::Model) -> ItemView {
        let aliases = self.aliases.remove(&row.id).unwrap_or_default();
        let codes = self.codes.remove(&row.id).unwrap_or_default();
        let packs = self.packs.remove(&row.id).unwrap_or_default();
        ItemView::new(row, aliases, codes, packs)
    }
}

// The packs of items, the smaller first: one statement.
async fn packs_of(
    db: &impl ConnectionTrait,
    items: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, Vec<rows::pack::Model>>, Problem> {
    let found = reference::<rows::pack::Entity>()
        .filter(rows::pack::Column::ItemId.is_in(items))
        .order_by_asc(rows::pack::Column::BaseUnits)
        .order_by_asc(rows::pack::Column::Name)
        .all(db)
        .await?;
    let mut packs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for pack in found {
        packs.entry(pack.item_id).or_default().push(pack);
    }
    Ok(packs)
}

/// Makes other new versions of kits wait until this transaction ends.
pub(in crate::catalogue) async fn lock_kits(db: &impl ConnectionTrait) -> Result<(), Problem> {
    use rows::item::{Column, Entity};
    reference::<Entity>()
        .select_only()
        .column(Column::Id)
        .filter(Column::Kind.eq("kit"))
        .order_by_asc(Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .all(db)
        .await?;
    Ok(())
}

/// The highest number of a kit's versions; 0 when it has none.
pub(in crate::catalogue) async fn last_kit_number(
    db: &impl ConnectionTrait,
    kit: Id<Item>,
) -> Result<i64, Problem> {
    use rows::kit_version::{Column, Entity};
    let last = reference::<Entity>()
        .filter(Column::ItemId.eq(kit.uuid()))
        .order_by_desc(Column::Number)
        .one(db)
        .await?;
    Ok(last.map_or(0, |version| version.number))
}

/// One version of a kit, or not found.
pub(crate) async fn kit_version(
    db: &impl ConnectionTrait,
    kit: Id<Item>,
    number: i64,
) -> Result<KitVersionView, Problem> {
    use rows::kit_version::{Column, Entity};
    let version = reference::<Entity>()
        .filter(Column::ItemId.eq(kit.uuid()))
        .filter(Column::Number.eq(number))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let lines = lines_of(db, [version.id]).await?.remove(&version.id);
    Ok(KitVersionView::new(version, lines.unwrap_or_default()))
}

/// The versions of a kit, the one in force first. An item that is no kit has none.
pub(crate) async fn kit_versions(
    db: &impl ConnectionTrait,
    kit: Id<Item>,
    page: &PageQuery,
) -> Result<Page<KitVersionView>, Problem> {
    use rows::kit_version::{Column, Entity};
    item_row(db, kit).await?;
    let mut select = reference::<Entity>().filter(Column::ItemId.eq(kit.uuid()));
    let mark = kit.to_string();
    if let Some(cursor) = page.cursor(&mark)? {
        let number = cursor.read(|key| key.parse::<i64>().ok())?;
        select = select.filter(Column::Number.lt(number));
    }
    let versions = select
        .order_by_desc(Column::Number)
        .limit(page.limit() + 1)
        .all(db)
        .await?;
    let mut lines = lines_of(db, versions.iter().map(|version| version.id)).await?;
    Ok(Page::cut(
        versions,
        page,
        &mark,
        |version| (version.number.to_string(), version.id),
        |version| {
            let lines = lines.remove(&version.id).unwrap_or_default();
            KitVersionView::new(version, lines)
        },
    ))
}
