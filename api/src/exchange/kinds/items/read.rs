//! One row of the catalogue.
//!
//! **Invariant.** A row that is read could be an item by itself.

use domain::{
    catalogue::{CodeSystem, ItemCode, ItemCodeError, Pack, ShelfLife, ShelfLifeError, Units},
    kernel::{
        Id, NameKey, Quantity, Text,
        kinds::{Category, Organisation},
    },
};

use crate::{
    catalogue::{CreateCategory, CreateItem},
    exchange::{
        intake::Record,
        kinds::{
            Ground,
            directory::Directory,
            row::{Row, code_of},
        },
        report::Report,
    },
    problem::Fault,
};

use super::{NO_CATEGORY, OWN_CODES};

const CATEGORY_CODE_MAX: usize = 32;
// A tonne in grams, and as many millilitres, a thousand times over: nothing that is handed out is
// larger.
const MEASURE_MAX: i64 = 1_000_000_000;
/// Each column of codes and the list of codes that it holds.
pub(super) const CODE_COLUMNS: [(&str, &str); 4] = [
    ("code", OWN_CODES),
    ("ifrc_code", "ifrc"),
    ("gtin", "gtin"),
    ("gbt38565", "gbt38565"),
];

/// A row that may be an item, or a part of one.
pub(super) struct Line<'a> {
    pub(super) record: &'a Record,
    pub(super) name: Text<200>,
    pub(super) base_unit: Text<16>,
    pub(super) pack: Option<Pack>,
    pub(super) organisation: Id<Organisation>,
    category: Option<&'a str>,
    pub(super) category_code: Text<CATEGORY_CODE_MAX>,
    category_name: Text<200>,
    category_name_en: Option<Text<200>>,
    pub(super) name_en: Option<Text<200>>,
    pub(super) aliases: Vec<Text<200>>,
    pub(super) codes: Vec<ItemCode>,
    pub(super) specification: Option<Text<500>>,
    pub(super) weight_g: Option<i64>,
    pub(super) volume_ml: Option<i64>,
    pub(super) shelf_life: Option<ShelfLife>,
    pub(super) is_kit: bool,
}

impl<'a> Line<'a> {
    pub(super) fn read(
        record: &'a Record,
        tree: &Directory,
        ground: Ground<'_>,
        report: &mut Report,
    ) -> Option<Self> {
        let mut row = Row::new(record, report);
        let organisation = tree.owner_of_row(row.raw("organisation"), ground.organisation);
        let organisation = row.take("organisation", organisation);
        let name = row.name("name");
        let (name_en, specification) = (row.name("name_en"), row.paragraphs("specification"));
        let (aliases, codes) = (aliases(&mut row), codes(&mut row));
        let (base_unit, pack) = (row.text("base_unit"), pack(&mut row));
        let weight_g = row.measure("weight_g", 1..=MEASURE_MAX);
        let volume_ml = row.measure("volume_ml", 1..=MEASURE_MAX);
        let shelf_life = shelf_life(&mut row);
        let is_kit = row.flag("is_kit");
        let category = row.raw("category");
        let category_name = category_name(&mut row);
        let category_name_en = match category {
            Some(_) => row.name("category_name_en"),
            None => Text::new(NO_CATEGORY.2).ok(),
        };
        let category_code = match category {
            Some(given) => row.take("category", Text::new(&category_code(given))),
            None => Text::new(NO_CATEGORY.0).ok(),
        };
        let line = (|| {
            Some(Self {
                record,
                name: name?,
                base_unit: base_unit?,
                pack,
                organisation: organisation?,
                category,
                category_code: category_code?,
                category_name: category_name?,
                category_name_en,
                name_en,
                aliases,
                codes,
                specification,
                weight_g,
                volume_ml,
                shelf_life,
                is_kit,
            })
        })();
        row.finish(line)
    }

    /// What the file calls its category.
    pub(super) fn category(&self) -> &str {
        self.category.unwrap_or(NO_CATEGORY.0)
    }

    pub(super) fn new_category(&self) -> CreateCategory {
        CreateCategory {
            id: None,
            organisation: self.organisation,
            code: self.category_code.clone(),
            name: self.category_name.clone(),
            name_en: self.category_name_en.clone(),
            parent: None,
        }
    }

    pub(super) fn item(&self, category: Id<Category>, units: Units) -> CreateItem {
        CreateItem {
            id: None,
            organisation: self.organisation,
            category,
            name: self.name.clone(),
            name_en: self.name_en.clone(),
            aliases: self.aliases.clone(),
            codes: self.codes.clone(),
            units,
            weight_g: self.weight_g,
            volume_ml: self.volume_ml,
            shelf_life: self.shelf_life,
            specification: self.specification.clone(),
            is_kit: self.is_kit,
        }
    }
}

// A code as it stands if it looks like one, or one made of the name.
fn category_code(given: &str) -> String {
    let is_code = given.len() <= CATEGORY_CODE_MAX
        && given
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    if is_code {
        given.to_owned()
    } else {
        code_of(given, CATEGORY_CODE_MAX)
    }
}

fn category_name(row: &mut Row<'_, '_>) -> Option<Text<200>> {
    match (row.raw("category_name"), row.raw("category")) {
        (Some(_), _) => row.name("category_name"),
        (None, Some(_)) => row.name("category"),
        (None, None) => Text::new(NO_CATEGORY.1).ok(),
    }
}

fn aliases(row: &mut Row<'_, '_>) -> Vec<Text<200>> {
    let mut aliases: Vec<Text<200>> = Vec::new();
    for alias in row.raw("aliases").unwrap_or_default().split([';', '；']) {
        if NameKey::of(alias).is_empty() {
            continue;
        }
        if let Some(alias) = row.take("aliases", Text::new(alias)) {
            let key = NameKey::of(alias.as_str());
            if !aliases
                .iter()
                .any(|known| NameKey::of(known.as_str()) == key)
            {
                aliases.push(alias);
            }
        }
    }
    aliases
}

fn codes(row: &mut Row<'_, '_>) -> Vec<ItemCode> {
    let mut codes = Vec::new();
    for (column, system) in CODE_COLUMNS {
        let Some(value) = row.raw(column) else {
            continue;
        };
        let code = system
            .parse::<CodeSystem>()
            .and_then(|system| ItemCode::new(system, value));
        codes.extend(row.take::<_, ItemCodeError>(column, code));
    }
    codes
}

fn pack(row: &mut Row<'_, '_>) -> Option<Pack> {
    match (row.raw("pack"), row.number("pack_quantity")) {
        (Some(_), Some(size)) => {
            let name = row.text("pack")?;
            row.take("pack_quantity", Pack::new(name, size))
        }
        (None, None) => None,
        (name, _) => {
            let missing = if name.is_none() {
                "pack"
            } else {
                "pack_quantity"
            };
            let fault = Fault::new(
                "required",
                "包装与包装数量须同时填写",
                "a pack and its quantity come together",
            );
            row.note(missing, fault);
            None
        }
    }
}

fn shelf_life(row: &mut Row<'_, '_>) -> Option<ShelfLife> {
    let days = row.measure("shelf_life_days", 1..=Quantity::MAX)?;
    let days = u32::try_from(days).map_err(|_| ShelfLifeError);
    row.take("shelf_life_days", days.and_then(ShelfLife::from_days))
}
