//! Changes of items.
//!
//! **Invariant.** The keys that an item is found by are rewritten in the transaction that changes
//! its names or codes. The base unit and the kind are never changed.

use std::collections::BTreeMap;

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
    uow::{Command, Uow},
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

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ItemView, Problem> {
        check_keeper(uow, self.organisation).await?;
        let mut faults = Faults::default();
        check_category(uow, &mut faults, "/category_id", Some(self.category)).await?;
        faults.finish(Some(()))?;
        let id = self.id.unwrap_or_else(|| uow.id());
        let row = rows::item::ActiveModel {
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
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        write_keys(uow, id, "name", [self.name.as_str()]).await?;
        write_keys(uow, id, "name_en", self.name_en.as_ref().map(Text::as_str)).await?;
        write_keys(uow, id, "alias", self.aliases.iter().map(Text::as_str)).await?;
        write_codes(uow, id, &self.codes).await?;
        write_packs(uow, id, self.units.packs()).await?;
        uow.subject(id, Some(row.organisation_id));
        queries::item(uow.db(), id).await
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
    use rows::item_key::{ActiveModel, Column, Entity};
    // Two codes of two lists may have one key, and a code of punctuation alone has none.
    let keys: BTreeMap<_, _> = texts
        .into_iter()
        .map(|text| (NameKey::of(text).to_string(), text.to_owned()))
        .filter(|(key, _)| !key.is_empty())
        .collect();
    Entity::delete_many()
        .filter(Column::ItemId.eq(item.uuid()))
        .filter(Column::Kind.eq(kind))
        .exec(uow.db())
        .await?;
    let rows = keys.into_iter().map(|(key, text)| ActiveModel {
        item_id: Set(item.uuid()),
        kind: Set(kind.to_owned()),
        name_key: Set(key),
        text: Set(text),
    });
    Entity::insert_many(rows)
        .exec_without_returning(uow.db())
        .await?;
    Ok(())
}

async fn write_codes(uow: &Uow<'_>, item: Id<Item>, codes: &[ItemCode]) -> Result<(), Problem> {
    use rows::item_code::{ActiveModel, Column, Entity};
    Entity::delete_many()
        .filter(Column::ItemId.eq(item.uuid()))
        .exec(uow.db())
        .await?;
    let rows = codes.iter().map(|code| ActiveModel {
        item_id: Set(item.uuid()),
        system: Set(code.system().to_string()),
        value: Set(code.value().to_owned()),
    });
    Entity::insert_many(rows)
        .exec_without_returning(uow.db())
        .await?;
    write_keys(uow, item, "code", codes.iter().map(ItemCode::value)).await
}

async fn write_packs(uow: &Uow<'_>, item: Id<Item>, packs: &[Pack]) -> Result<(), Problem> {
    use rows::pack::{ActiveModel, Column, Entity};
    Entity::delete_many()
        .filter(Column::ItemId.eq(item.uuid()))
        .exec(uow.db())
        .await?;
    let rows = packs.iter().map(|pack| ActiveModel {
        item_id: Set(item.uuid()),
        name: Set(pack.name().to_string()),
        base_units: Set(pack.base_units()),
    });
    Entity::insert_many(rows)
        .exec_without_returning(uow.db())
        .await?;
    Ok(())
}
