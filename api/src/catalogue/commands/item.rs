//! Changes of items.
//!
//! **Invariant.** The keys that an item is found by are rewritten in the transaction that changes
//! its names or codes. The base unit and the kind are never changed.

use std::collections::{BTreeMap, btree_map::Entry};

use chrono::{DateTime, Utc};
use domain::{
    catalogue::{ItemCode, Pack, ShelfLife, Units},
    identity::Capability,
    kernel::{
        Id, NameKey, Text,
        kinds::{Category, Item, Organisation},
    },
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

use crate::{
    catalogue::{
        queries, rows,
        wire::{ItemView, NAME_MAX, SPECIFICATION_MAX, note_units},
    },
    http::unchanged,
    problem::{Faults, Problem},
    uow::{Command, Permission, Uow},
};

use super::{check_category, check_keeper};

const PLAIN: &str = "plain";
const KIT: &str = "kit";
const ACTIVE: &str = "active";
const RETIRED: &str = "retired";

/// Adds an item to the catalogue.
#[derive(Debug)]
pub(crate) struct CreateItem {
    pub(crate) id: Option<Id<Item>>,
    /// Who keeps the entry.
    pub(crate) organisation: Id<Organisation>,
    pub(crate) category: Id<Category>,
    pub(crate) name: Text<NAME_MAX>,
    pub(crate) name_en: Option<Text<NAME_MAX>>,
    pub(crate) aliases: Vec<Text<NAME_MAX>>,
    pub(crate) codes: Vec<ItemCode>,
    pub(crate) units: Units,
    /// Of one base unit.
    pub(crate) weight_g: Option<i64>,
    /// Of one base unit.
    pub(crate) volume_ml: Option<i64>,
    pub(crate) shelf_life: Option<ShelfLife>,
    pub(crate) specification: Option<Text<SPECIFICATION_MAX>>,
    pub(crate) is_kit: bool,
}

impl Command for CreateItem {
    type Output = ItemView;
    const NAME: &'static str = "catalogue.create_item";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageCatalogue]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ItemView, Problem> {
        check_keeper(uow, self.organisation).await?;
        let mut faults = Faults::default();
        check_category(uow, &mut faults, "/category_id", Some(self.category)).await?;
        faults.finish(Some(()))?;
        let id = self.id.unwrap_or_else(|| uow.id());
        insert(uow, &[(id, self)]).await?;
        uow.subject(id, Some(self.organisation.uuid()));
        queries::item(uow.db(), id).await
    }
}

/// Adds many items, in a few statements for every thousand and one or two for each keeper. Answers
/// for each of them why it was not added, if it was not; the categories are known to be there.
///
/// Refuses with `already-exists` for a code that another item has by now.
pub(crate) async fn create_items(
    uow: &Uow<'_>,
    items: &[CreateItem],
) -> Result<Vec<Result<(), Problem>>, Problem> {
    let mut keepers = BTreeMap::new();
    for keeper in items.iter().map(|item| item.organisation) {
        if let Entry::Vacant(vacant) = keepers.entry(keeper) {
            match check_keeper(uow, keeper).await {
                Err(problem) if !problem.is_refusal() => return Err(problem),
                checked => vacant.insert(checked),
            };
        }
    }
    let (mut good, mut answers) = (Vec::new(), Vec::new());
    for item in items {
        let answer = match keepers.get(&item.organisation) {
            Some(Err(refused)) => Err(refused.again()),
            _ => {
                good.push((item.id.unwrap_or_else(|| uow.id()), item));
                Ok(())
            }
        };
        answers.push(answer);
    }
    insert(uow, &good).await?;
    Ok(answers)
}

async fn insert(uow: &Uow<'_>, items: &[(Id<Item>, &CreateItem)]) -> Result<(), Problem> {
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    let (mut codes, mut packs) = (Vec::new(), Vec::new());
    for &(id, item) in items {
        rows.push(item.row(id, uow.now()));
        keys.extend(item.keys(id));
        codes.extend(code_rows(id, &item.codes));
        packs.extend(pack_rows(id, item.units.packs()));
    }
    uow.insert_all(rows).await?;
    uow.insert_all(keys).await?;
    uow.insert_all(codes).await?;
    uow.insert_all(packs).await
}

impl CreateItem {
    fn row(&self, id: Id<Item>, now: DateTime<Utc>) -> rows::item::ActiveModel {
        rows::item::ActiveModel {
            id: Set(id.uuid()),
            category_id: Set(self.category.uuid()),
            organisation_id: Set(self.organisation.uuid()),
            name: Set(self.name.to_string()),
            name_en: Set(self.name_en.as_ref().map(Text::to_string)),
            specification: Set(self.specification.as_ref().map(Text::to_string)),
            base_unit: Set(self.units.base().to_string()),
            weight_g: Set(self.weight_g),
            volume_ml: Set(self.volume_ml),
            shelf_life_days: Set(self.shelf_life.map(|life| life.days().into())),
            kind: Set(if self.is_kit { KIT } else { PLAIN }.to_owned()),
            state: Set(ACTIVE.to_owned()),
            name_key: Set(NameKey::of(self.name.as_str()).to_string()),
            version: Set(1),
            created_at: Set(now),
        }
    }

    fn keys(&self, id: Id<Item>) -> Vec<rows::item_key::ActiveModel> {
        let aliases = self.aliases.iter().map(Text::as_str);
        [
            key_rows(id, "name", [self.name.as_str()]),
            key_rows(id, "name_en", self.name_en.as_ref().map(Text::as_str)),
            key_rows(id, "alias", aliases),
            key_rows(id, "code", self.codes.iter().map(ItemCode::value)),
        ]
        .concat()
    }
}

/// Changes an item; `None` leaves a value as it is, and a list takes the place of the one before.
#[derive(Debug)]
pub(crate) struct UpdateItem {
    pub(crate) id: Id<Item>,
    pub(crate) based_on: i64,
    pub(crate) category: Option<Id<Category>>,
    pub(crate) name: Option<Text<NAME_MAX>>,
    pub(crate) name_en: Option<Option<Text<NAME_MAX>>>,
    pub(crate) aliases: Option<Vec<Text<NAME_MAX>>>,
    pub(crate) codes: Option<Vec<ItemCode>>,
    pub(crate) packs: Option<Vec<Pack>>,
    pub(crate) weight_g: Option<Option<i64>>,
    pub(crate) volume_ml: Option<Option<i64>>,
    pub(crate) shelf_life: Option<Option<ShelfLife>>,
    pub(crate) specification: Option<Option<Text<SPECIFICATION_MAX>>>,
    pub(crate) active: Option<bool>,
}

impl Command for UpdateItem {
    type Output = ItemView;
    const NAME: &'static str = "catalogue.update_item";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageCatalogue]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ItemView, Problem> {
        let row = queries::item_to_change(uow.db(), self.id).await?;
        uow.require(Capability::ManageCatalogue, row.organisation_id)
            .await?;
        unchanged(row.version, self.based_on)?;
        let mut faults = Faults::default();
        check_category(uow, &mut faults, "/category_id", self.category).await?;
        self.check_packs(&mut faults, &row.base_unit)?;
        faults.finish(Some(()))?;
        let keeper = row.organisation_id;
        self.changed(row).update(uow.db()).await?;
        self.rewrite_lists(uow).await?;
        uow.subject(self.id, Some(keeper));
        queries::item(uow.db(), self.id).await
    }
}

impl UpdateItem {
    fn check_packs(&self, faults: &mut Faults, base_unit: &str) -> Result<(), Problem> {
        if let Some(packs) = &self.packs {
            let base = Text::new(base_unit).map_err(Problem::internal)?;
            if let Err(error) = Units::new(base, packs.clone()) {
                note_units(faults, packs, error);
            }
        }
        Ok(())
    }

    fn changed(&self, row: rows::item::Model) -> rows::item::ActiveModel {
        let version = row.version + 1;
        let mut change = row.into_active_model();
        if let Some(category) = self.category {
            change.category_id = Set(category.uuid());
        }
        if let Some(name) = &self.name {
            change.name = Set(name.to_string());
            change.name_key = Set(NameKey::of(name.as_str()).to_string());
        }
        if let Some(name) = &self.name_en {
            change.name_en = Set(name.as_ref().map(Text::to_string));
        }
        if let Some(grams) = self.weight_g {
            change.weight_g = Set(grams);
        }
        if let Some(millilitres) = self.volume_ml {
            change.volume_ml = Set(millilitres);
        }
        if let Some(life) = self.shelf_life {
            change.shelf_life_days = Set(life.map(|life| life.days().into()));
        }
        if let Some(text) = &self.specification {
            change.specification = Set(text.as_ref().map(Text::to_string));
        }
        if let Some(active) = self.active {
            change.state = Set(if active { ACTIVE } else { RETIRED }.to_owned());
        }
        change.version = Set(version);
        change
    }

    async fn rewrite_lists(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        if let Some(name) = &self.name {
            write_keys(uow, self.id, "name", [name.as_str()]).await?;
        }
        if let Some(name) = &self.name_en {
            write_keys(uow, self.id, "name_en", name.as_ref().map(Text::as_str)).await?;
        }
        if let Some(aliases) = &self.aliases {
            write_keys(uow, self.id, "alias", aliases.iter().map(Text::as_str)).await?;
        }
        if let Some(codes) = &self.codes {
            write_codes(uow, self.id, codes).await?;
        }
        if let Some(packs) = &self.packs {
            write_packs(uow, self.id, packs).await?;
        }
        Ok(())
    }
}

// Puts `texts` in the place of the item's keys of one kind.
async fn write_keys<'a>(
    uow: &Uow<'_>,
    item: Id<Item>,
    kind: &str,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<(), Problem> {
    use rows::item_key::{Column, Entity};
    Entity::delete_many()
        .filter(Column::ItemId.eq(item.uuid()))
        .filter(Column::Kind.eq(kind))
        .exec(uow.db())
        .await?;
    uow.insert_all(key_rows(item, kind, texts)).await
}

async fn write_codes(uow: &Uow<'_>, item: Id<Item>, codes: &[ItemCode]) -> Result<(), Problem> {
    use rows::item_code::{Column, Entity};
    Entity::delete_many()
        .filter(Column::ItemId.eq(item.uuid()))
        .exec(uow.db())
        .await?;
    uow.insert_all(code_rows(item, codes)).await?;
    write_keys(uow, item, "code", codes.iter().map(ItemCode::value)).await
}

async fn write_packs(uow: &Uow<'_>, item: Id<Item>, packs: &[Pack]) -> Result<(), Problem> {
    use rows::pack::{Column, Entity};
    Entity::delete_many()
        .filter(Column::ItemId.eq(item.uuid()))
        .exec(uow.db())
        .await?;
    uow.insert_all(pack_rows(item, packs)).await
}

fn key_rows<'a>(
    item: Id<Item>,
    kind: &str,
    texts: impl IntoIterator<Item = &'a str>,
) -> Vec<rows::item_key::ActiveModel> {
    // Two codes of two lists may have one key, and a code of punctuation alone has none.
    let keys: BTreeMap<_, _> = texts
        .into_iter()
        .map(|text| (NameKey::of(text).to_string(), text.to_owned()))
        .filter(|(key, _)| !key.is_empty())
        .collect();
    let row = |(key, text)| rows::item_key::ActiveModel {
        item_id: Set(item.uuid()),
        kind: Set(kind.to_owned()),
        name_key: Set(key),
        text: Set(text),
    };
    keys.into_iter().map(row).collect()
}

fn code_rows(item: Id<Item>, codes: &[ItemCode]) -> Vec<rows::item_code::ActiveModel> {
    let row = |code: &ItemCode| rows::item_code::ActiveModel {
        item_id: Set(item.uuid()),
        system: Set(code.system().to_string()),
        value: Set(code.value().to_owned()),
    };
    codes.iter().map(row).collect()
}

fn pack_rows(item: Id<Item>, packs: &[Pack]) -> Vec<rows::pack::ActiveModel> {
    let row = |pack: &Pack| rows::pack::ActiveModel {
        item_id: Set(item.uuid()),
        name: Set(pack.name().to_string()),
        base_units: Set(pack.base_units()),
    };
    packs.iter().map(row).collect()
}
