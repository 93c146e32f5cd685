//! What other contexts ask of the catalogue.
//!
//! **Invariant.** Answers come in the order of ids. What a table holds against the domain's rules
//! is a fault of ours and never silently skipped.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    catalogue::{KitContents, Pack, ShelfLife, Units},
    kernel::{
        Id, NameKey, Quantity, Text,
        kinds::{Category, Item},
    },
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::{
    problem::{Fault, Problem},
    scope::reference,
    storage::VALUES_A_STATEMENT,
};

use super::super::rows;

/// What the rules of other contexts need to know of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ItemFacts {
    pub(crate) id: Id<Item>,
    pub(crate) name: String,
    pub(crate) name_en: Option<String>,
    pub(crate) category_id: Id<Category>,
    /// Whether its specification is on record.
    pub(crate) is_specified: bool,
    pub(crate) units: Units,
    /// Of one base unit, in grams.
    pub(crate) weight_g: Option<i64>,
    /// Of one base unit, in millilitres.
    pub(crate) volume_ml: Option<i64>,
    pub(crate) shelf_life: Option<ShelfLife>,
    pub(crate) is_kit: bool,
    /// Whether new goods may be received under it.
    pub(crate) active: bool,
}

/// Whether there is such an item. Until this transaction ends nobody writes anything that refers to
/// it: lots of it that come in wait.
pub(crate) async fn item_alone(db: &impl ConnectionTrait, id: Id<Item>) -> Result<bool, Problem> {
    let found = reference::<rows::item::Entity>()
        .filter(rows::item::Column::Id.eq(id.uuid()))
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// One of the items that exist, or what is wrong with the field that names it.
pub(crate) fn known(
    items: &BTreeMap<Id<Item>, ItemFacts>,
    item: Id<Item>,
) -> Result<&ItemFacts, Fault> {
    items.get(&item).ok_or_else(no_such_item)
}

/// What is wrong with a field that names no item.
pub(crate) fn no_such_item() -> Fault {
    Fault::new("reference", "没有这种物资", "there is no such item")
}

/// The facts of the items that exist among `ids`: one statement for every 10,000.
pub(crate) async fn item_facts(
    db: &impl ConnectionTrait,
    ids: &[Id<Item>],
) -> Result<BTreeMap<Id<Item>, ItemFacts>, Problem> {
    let mut facts = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let to_packs = rows::item::Entity::belongs_to(rows::pack::Entity)
            .from(rows::item::Column::Id)
            .to(rows::pack::Column::ItemId);
        let items = reference::<rows::item::Entity>()
            .filter(rows::item::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .join(JoinType::LeftJoin, to_packs.into())
            .select_with(rows::pack::Entity)
            .order_by_asc(rows::pack::Column::BaseUnits)
            .order_by_asc(rows::pack::Column::Name)
            .all(db)
            .await?;
        for (item, packs) in items {
            let item = fact(item, packs)?;
            facts.insert(item.id, item);
        }
    }
    Ok(facts)
}

fn fact(item: rows::item::Model, packs: Vec<rows::pack::Model>) -> Result<ItemFacts, Problem> {
    let packs = packs
        .into_iter()
        .map(|pack| {
            let name = Text::new(&pack.name).map_err(Problem::internal)?;
            Pack::new(name, pack.base_units).map_err(Problem::internal)
        })
        .collect::<Result<_, _>>()?;
    let base = Text::new(&item.base_unit).map_err(Problem::internal)?;
    let shelf_life = item
        .shelf_life_days
        .map(|days| {
            let days = u32::try_from(days).map_err(Problem::internal)?;
            ShelfLife::from_days(days).map_err(Problem::internal)
        })
        .transpose()?;
    Ok(ItemFacts {
        id: Id::from_uuid(item.id),
        name: item.name,
        name_en: item.name_en,
        category_id: Id::from_uuid(item.category_id),
        is_specified: item.specification.is_some(),
        units: Units::new(base, packs).map_err(Problem::internal)?,
        weight_g: item.weight_g,
        volume_ml: item.volume_ml,
        shelf_life,
        is_kit: item.kind == "kit",
        active: item.state == "active",
    })
}

/// The items that each text may mean: those that have it as a code, in any system; where there is
/// none, those that have it as a name or an alias, whatever its spacing and case. Two statements
/// for every 10,000 texts. More than one item means that the text does not tell them apart.
pub(crate) async fn find_items<'a>(
    db: &impl ConnectionTrait,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeMap<String, Vec<Id<Item>>>, Problem> {
    let texts: Vec<_> = texts
        .into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut found = BTreeMap::new();
    for texts in texts.chunks(VALUES_A_STATEMENT) {
        let by_code = by_code(db, texts).await?;
        let by_name = by_name(db, texts).await?;
        for &text in texts {
            let items = by_code
                .get(text.trim())
                .or_else(|| by_name.get(NameKey::of(text).as_str()));
            if let Some(items) = items {
                let items = items.iter().copied().map(Id::from_uuid).collect();
                found.insert(text.to_owned(), items);
            }
        }
    }
    Ok(found)
}

pub(super) async fn by_code(
    db: &impl ConnectionTrait,
    texts: &[&str],
) -> Result<BTreeMap<String, BTreeSet<Uuid>>, Problem> {
    let codes = reference::<rows::item_code::Entity>()
        .filter(rows::item_code::Column::Value.is_in(texts.iter().map(|text| text.trim())))
        .all(db)
        .await?;
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for code in codes {
        found.entry(code.value).or_default().insert(code.item_id);
    }
    Ok(found)
}

pub(super) async fn by_name(
    db: &impl ConnectionTrait,
    texts: &[&str],
) -> Result<BTreeMap<String, BTreeSet<Uuid>>, Problem> {
    use rows::item_key::{Column, Entity};
    let keys = texts.iter().map(|text| NameKey::of(text).to_string());
    let keys = reference::<Entity>()
        .filter(Column::NameKey.is_in(keys.filter(|key| !key.is_empty())))
        // A code is matched as it is written, never by its key: `A-12` and `A12` are two codes.
        .filter(Column::Kind.ne("code"))
        .all(db)
        .await?;
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for key in keys {
        found.entry(key.name_key).or_default().insert(key.item_id);
    }
    Ok(found)
}

/// What categories are called, in Chinese and, where it has one, in English: one statement.
pub(crate) async fn category_names(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Id<Category>>,
) -> Result<BTreeMap<Id<Category>, (String, Option<String>)>, Problem> {
    let found = reference::<rows::category::Entity>()
        .filter(rows::category::Column::Id.is_in(ids.into_iter().map(Id::uuid)))
        .all(db)
        .await?;
    let names = found
        .into_iter()
        .map(|row| (Id::from_uuid(row.id), (row.name, row.name_en)));
    Ok(names.collect())
}

/// The ids of a category and of everything below it; empty for one that does not exist. One
/// statement: a society has hundreds of categories, not millions.
pub(crate) async fn category_subtree(
    db: &impl ConnectionTrait,
    id: Id<Category>,
) -> Result<Vec<Uuid>, Problem> {
    use rows::category::{Column, Entity};
    let tree: Vec<(Uuid, Option<Uuid>)> = reference::<Entity>()
        .select_only()
        .columns([Column::Id, Column::ParentId])
        .into_tuple()
        .all(db)
        .await?;
    Ok(subtree(&tree, id.uuid()))
}

// Breadth first; each level is found by one pass over the tree.
fn subtree(tree: &[(Uuid, Option<Uuid>)], root: Uuid) -> Vec<Uuid> {
    let mut below: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for &(id, parent) in tree {
        if let Some(parent) = parent {
            below.entry(parent).or_default().push(id);
        }
    }
    let exists = tree.iter().any(|&(id, _)| id == root);
    let mut found: BTreeSet<_> = exists.then_some(root).into_iter().collect();
    let mut open: Vec<_> = found.iter().copied().collect();
    while let Some(id) = open.pop() {
        for &child in below.get(&id).into_iter().flatten() {
            if found.insert(child) {
                open.push(child);
            }
        }
    }
    found.into_iter().collect()
}

/// The categories that each text may mean: the one that has it as its code, otherwise those that
/// have it as their name. One statement.
pub(crate) async fn find_categories<'a>(
    db: &impl ConnectionTrait,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeMap<String, Vec<Id<Category>>>, Problem> {
    let all = reference::<rows::category::Entity>()
        .order_by_asc(rows::category::Column::Id)
        .all(db)
        .await?;
    let mut by_code = BTreeMap::new();
    let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in &all {
        by_code.insert(row.code.as_str(), vec![Id::from_uuid(row.id)]);
        let same = by_name.entry(row.name_key.as_str()).or_default();
        same.push(Id::from_uuid(row.id));
    }
    let found = texts.into_iter().filter_map(|text| {
        let categories = by_code
            .get(text.trim())
            .or_else(|| by_name.get(NameKey::of(text).as_str()))?;
        Some((text.to_owned(), categories.clone()))
    });
    Ok(found.collect())
}

/// The lines of kits' versions, in the order of items: one statement.
pub(super) async fn lines_of(
    db: &impl ConnectionTrait,
    versions: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, Vec<rows::kit_content::Model>>, Problem> {
    use rows::kit_content::{Column, Entity};
    let found = reference::<Entity>()
        .filter(Column::KitVersionId.is_in(versions))
        .order_by_asc(Column::ItemId)
        .all(db)
        .await?;
    let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in found {
        lines.entry(line.kit_version_id).or_default().push(line);
    }
    Ok(lines)
}

/// What every kit holds by its version in force. Two statements: a society has hundreds of kits.
pub(crate) async fn kits_in_force(
    db: &impl ConnectionTrait,
) -> Result<BTreeMap<Id<Item>, KitContents>, Problem> {
    use rows::kit_version::{Column, Entity};
    let versions: BTreeMap<Uuid, _> = reference::<Entity>()
        .order_by_asc(Column::Number)
        .all(db)
        .await?
        .into_iter()
        .map(|version| (version.item_id, version))
        .collect();
    let mut lines = lines_of(db, versions.values().map(|version| version.id)).await?;
    versions
        .into_values()
        .map(|version| {
            let lines = lines.remove(&version.id).unwrap_or_default();
            let contents = contents(&version, &lines)?;
            Ok((contents.kit(), contents))
        })
        .collect()
}

pub(super) fn contents(
    version: &rows::kit_version::Model,
    lines: &[rows::kit_content::Model],
) -> Result<KitContents, Problem> {
    let lines = lines
        .iter()
        .map(|line| {
            let quantity = Quantity::new(line.quantity).map_err(Problem::internal)?;
            Ok((Id::from_uuid(line.item_id), quantity))
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let count = |number: Option<i64>| {
        number
            .map(|number| u32::try_from(number).map_err(Problem::internal))
            .transpose()
    };
    let (people, days) = (count(version.people)?, count(version.days)?);
    let kit = Id::from_uuid(version.item_id);
    KitContents::new(kit, &lines, people, days).map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_is_everything_below_and_ends_even_in_a_loop() {
        let id = Uuid::from_u128;
        let tree = [
            (id(1), None),
            (id(2), Some(id(1))),
            (id(3), Some(id(2))),
            (id(4), Some(id(1))),
            (id(5), None),
            (id(6), Some(id(7))),
            (id(7), Some(id(6))),
        ];
        let check = |root: u128, expected: &[u128]| {
            let expected: Vec<_> = expected.iter().copied().map(id).collect();
            assert_eq!(subtree(&tree, id(root)), expected, "{root}");
        };
        check(1, &[1, 2, 3, 4]);
        check(2, &[2, 3]);
        check(5, &[5]);
        check(6, &[6, 7]);
        check(8, &[]);
    }
}
