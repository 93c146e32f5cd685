//! Items on the wire.
//!
//! **Invariant.** No change names a base unit or a kind.

mod parts;

use domain::{
    catalogue::Units,
    kernel::{
        Id, Text,
        kinds::{Category, Item, Organisation},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    catalogue::{commands, rows},
    http::{NameText, Whole, given, versioned},
    problem::{Faults, Problem},
};

use super::{changed_name, name};
pub(crate) use parts::{ExternalCode, ItemPack, note_units};
use parts::{aliases, codes, packs, shelf_life};

/// A new item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateItemBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<Item>>,
    /// Who keeps the entry; everyone may read it.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<Organisation>,
    #[schema(value_type = String, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    category_id: Id<Category>,
    #[schema(min_length = 1, max_length = 200, examples("家庭包"))]
    name: String,
    /// The name in English.
    #[schema(min_length = 1, max_length = 200, examples("family pack"))]
    name_en: Option<String>,
    /// Other names that people use.
    #[serde(default)]
    #[schema(value_type = Vec<NameText>, max_items = 20, example = json!(["赈济家庭包"]))]
    aliases: Vec<String>,
    /// Codes in other lists; a code names one item only.
    #[serde(default)]
    #[schema(max_items = 20)]
    codes: Vec<ExternalCode>,
    /// What stock is counted in, for ever.
    #[schema(min_length = 1, max_length = 16, examples("个"))]
    base_unit: String,
    #[serde(default)]
    #[schema(max_items = 16)]
    packs: Vec<ItemPack>,
    /// Of one base unit.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000000000_i64)]
    weight_g: Option<Whole>,
    /// Of one base unit.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000000000_i64)]
    volume_ml: Option<Whole>,
    /// From production to the last day of use.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 36500)]
    shelf_life_days: Option<Whole>,
    /// Size, material, contents.
    #[schema(min_length = 1, max_length = 500)]
    specification: Option<String>,
    /// `plain`, or `kit` for an item with a list of contents.
    #[schema(max_length = 8, pattern = "^(plain|kit)$", default = "plain")]
    kind: Option<String>,
}

impl CreateItemBody {
    pub(crate) fn parse(self) -> Result<commands::CreateItem, Problem> {
        let mut faults = Faults::default();
        let named = faults.take("/name", name(&self.name));
        let name_en = faults.take_if("/name_en", self.name_en.as_deref().map(name));
        let aliases = aliases(&mut faults, &self.aliases);
        let codes = codes(&mut faults, &self.codes);
        let base = faults.take("/base_unit", Text::new(&self.base_unit));
        let packs = packs(&mut faults, &self.packs);
        let units = base.zip(packs).and_then(|(base, packs)| {
            let units = Units::new(base, packs.clone());
            units
                .map_err(|error| note_units(&mut faults, &packs, error))
                .ok()
        });
        let shelf_life = faults.take_if("/shelf_life_days", self.shelf_life_days.map(shelf_life));
        let specification = faults.take_if(
            "/specification",
            self.specification.as_deref().map(Text::paragraphs),
        );
        let command = (|| {
            Some(commands::CreateItem {
                id: self.id,
                organisation: self.organisation_id,
                category: self.category_id,
                name: named?,
                name_en: name_en?,
                aliases: aliases?,
                codes: codes?,
                units: units?,
                weight_g: self.weight_g.map(|Whole(grams)| grams),
                volume_ml: self.volume_ml.map(|Whole(millilitres)| millilitres),
                shelf_life: shelf_life?,
                specification: specification?,
                is_kit: self.kind.as_deref() == Some("kit"),
            })
        })();
        faults.finish(command)
    }
}

/// A change of an item; absent members stay as they are, null takes a value away, and a list takes
/// the place of the one before. The base unit stays for ever: goods that are counted otherwise are
/// another item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateItemBody {
    #[schema(value_type = Option<String>, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    category_id: Option<Id<Category>>,
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The name in English.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    name_en: Option<Option<String>>,
    /// Other names that people use.
    #[schema(value_type = Option<Vec<NameText>>, max_items = 20)]
    aliases: Option<Vec<String>>,
    /// Codes in other lists; a code names one item only.
    #[schema(max_items = 20)]
    codes: Option<Vec<ExternalCode>>,
    #[schema(max_items = 16)]
    packs: Option<Vec<ItemPack>>,
    /// Of one base unit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000000000_i64)]
    weight_g: Option<Option<Whole>>,
    /// Of one base unit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000000000_i64)]
    volume_ml: Option<Option<Whole>>,
    /// From production to the last day of use.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 36500)]
    shelf_life_days: Option<Option<Whole>>,
    /// Size, material, contents.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    specification: Option<Option<String>>,
    /// `active`, or `retired` for one under which nothing new is received.
    #[schema(max_length = 8, pattern = "^(active|retired)$")]
    state: Option<String>,
}

impl UpdateItemBody {
    pub(crate) fn parse(
        self,
        id: Id<Item>,
        based_on: i64,
    ) -> Result<commands::UpdateItem, Problem> {
        let mut faults = Faults::default();
        let named = faults.take_if("/name", self.name.as_deref().map(name));
        let name_en = changed_name(&mut faults, "/name_en", self.name_en);
        let aliases = whole_list(self.aliases, |list| aliases(&mut faults, &list));
        let codes = whole_list(self.codes, |list| codes(&mut faults, &list));
        let packs = whole_list(self.packs, |list| packs(&mut faults, &list));
        let shelf_life = faults.take_if(
            "/shelf_life_days",
            self.shelf_life_days
                .map(|days| days.map(shelf_life).transpose()),
        );
        let specification = faults.take_if(
            "/specification",
            self.specification
                .map(|text| text.as_deref().map(Text::paragraphs).transpose()),
        );
        let whole = |number: Option<Whole>| number.map(|Whole(number)| number);
        let command = (|| {
            Some(commands::UpdateItem {
                id,
                based_on,
                category: self.category_id,
                name: named?,
                name_en: name_en?,
                aliases: aliases?,
                codes: codes?,
                packs: packs?,
                weight_g: self.weight_g.map(whole),
                volume_ml: self.volume_ml.map(whole),
                shelf_life: shelf_life?,
                specification: specification?,
                active: self.state.map(|state| state == "active"),
            })
        })();
        faults.finish(command)
    }
}

// A list that may be absent: the outer `None` means a fault.
fn whole_list<S, T>(
    list: Option<Vec<S>>,
    parse: impl FnOnce(Vec<S>) -> Option<Vec<T>>,
) -> Option<Option<Vec<T>>> {
    match list {
        Some(list) => parse(list).map(Some),
        None => Some(None),
    }
}

/// An item of the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ItemView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<Item>,
    /// Who keeps the entry.
    #[schema(value_type = String, max_length = 30)]
    pub(crate) organisation_id: Id<Organisation>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) category_id: Id<Category>,
    #[schema(max_length = 200)]
    pub(crate) name: String,
    /// The name in English.
    #[schema(max_length = 200)]
    pub(crate) name_en: Option<String>,
    /// Other names that people use.
    #[schema(max_items = 20)]
    pub(crate) aliases: Vec<String>,
    /// Codes in other lists.
    #[schema(max_items = 20)]
    pub(crate) codes: Vec<ExternalCode>,
    /// What stock is counted in.
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    /// The smaller first.
    #[schema(max_items = 16)]
    pub(crate) packs: Vec<ItemPack>,
    /// Of one base unit.
    #[schema(minimum = 1)]
    pub(crate) weight_g: Option<i64>,
    /// Of one base unit.
    #[schema(minimum = 1)]
    pub(crate) volume_ml: Option<i64>,
    /// From production to the last day of use.
    #[schema(minimum = 1, maximum = 36500)]
    pub(crate) shelf_life_days: Option<i64>,
    /// Size, material, contents.
    #[schema(max_length = 500)]
    pub(crate) specification: Option<String>,
    /// `plain` or `kit`.
    #[schema(max_length = 8)]
    pub(crate) kind: String,
    /// `active` or `retired`.
    #[schema(max_length = 8)]
    pub(crate) state: String,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(ItemView);

impl ItemView {
    /// Puts an item together with what other tables hold of it.
    pub(crate) fn new(
        row: rows::item::Model,
        aliases: Vec<String>,
        codes: Vec<ExternalCode>,
        packs: Vec<rows::pack::Model>,
    ) -> Self {
        let rows::item::Model {
            id,
            category_id,
            organisation_id,
            name,
            name_en,
            specification,
            base_unit,
            weight_g,
            volume_ml,
            shelf_life_days,
            kind,
            state,
            name_key: _,
            version,
            created_at: _,
        } = row;
        let packs = packs.into_iter().map(|pack| ItemPack {
            name: pack.name,
            base_units: Whole(pack.base_units),
        });
        Self {
            id: Id::from_uuid(id),
            organisation_id: Id::from_uuid(organisation_id),
            category_id: Id::from_uuid(category_id),
            name,
            name_en,
            aliases,
            codes,
            base_unit,
            packs: packs.collect(),
            weight_g,
            volume_ml,
            shelf_life_days,
            specification,
            kind,
            state,
            version,
        }
    }
}

/// Which items to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemFilter {
    /// A part of any name, alias or code; spacing, punctuation, case and width do not matter.
    #[param(min_length = 1, max_length = 100)]
    pub(crate) q: Option<String>,
    /// In this category or one below it.
    #[param(value_type = Option<String>, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) category_id: Option<Id<Category>>,
    /// `active` or `retired`; both if absent.
    #[param(max_length = 8, pattern = "^(active|retired)$")]
    pub(crate) state: Option<String>,
    /// `plain` or `kit`; both if absent.
    #[param(max_length = 8, pattern = "^(plain|kit)$")]
    pub(crate) kind: Option<String>,
    /// A whole code in any list, as it is written.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) code: Option<String>,
}

#[cfg(test)]
mod tests;
