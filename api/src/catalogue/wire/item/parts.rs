//! Names, codes, packs and shelf lives of an item on the wire.
//!
//! **Invariant.** A pack that would round, a barcode that was mistyped and a name that is there
//! twice are refused at the entry that is wrong.

use std::collections::BTreeSet;

use domain::{
    catalogue::{ItemCode, ItemCodeError, Pack, PackError, ShelfLife, ShelfLifeError, UnitError},
    kernel::{NameKey, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    catalogue::wire::{NAME_MAX, name},
    http::Whole,
    problem::{Fault, Faults},
};

/// A code of an item in somebody's list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExternalCode {
    /// `gbt38565` (seven digits), `ifrc`, `gtin` (checked by its check digit), or the name of any
    /// other list, such as `local`.
    #[schema(max_length = 32, pattern = "^[a-z0-9_.-]{1,32}$", examples("ifrc"))]
    pub(crate) system: String,
    #[schema(min_length = 1, max_length = 64, examples("KRELCOOSETA"))]
    pub(crate) value: String,
}

/// A pack of an item: an exact number of base units.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemPack {
    /// Unique among the units of the item.
    #[schema(min_length = 1, max_length = 16, examples("箱"))]
    pub(crate) name: String,
    /// How many base units it holds.
    #[schema(value_type = i64, minimum = 2, maximum = 1000000000000_i64)]
    pub(crate) base_units: Whole,
}

fn repeated() -> Fault {
    Fault::new("repeated", "重复", "it is there twice")
}

// Two aliases that are found by the same words are one alias.
pub(super) fn aliases(faults: &mut Faults, list: &[String]) -> Option<Vec<Text<NAME_MAX>>> {
    let aliases = faults.take_each("/aliases", list, |alias| name(alias))?;
    let mut seen = BTreeSet::new();
    let first = |alias: Text<NAME_MAX>| {
        if seen.insert(NameKey::of(alias.as_str())) {
            Ok(alias)
        } else {
            Err(repeated())
        }
    };
    take_in_turn(faults, "/aliases", aliases, first)
}

pub(super) fn codes(faults: &mut Faults, list: &[ExternalCode]) -> Option<Vec<ItemCode>> {
    let mut seen = BTreeSet::new();
    take_in_turn(faults, "/codes", list, |code| {
        let code = ItemCode::new(code.system.parse()?, &code.value)?;
        if seen.insert(code.clone()) {
            Ok(code)
        } else {
            Err(repeated())
        }
    })
}

pub(super) fn packs(faults: &mut Faults, list: &[ItemPack]) -> Option<Vec<Pack>> {
    let mut seen = BTreeSet::new();
    take_in_turn(faults, "/packs", list, |pack| {
        let name = Text::new(&pack.name)?;
        if !seen.insert(name.clone()) {
            return Err(repeated());
        }
        Ok(Pack::new(name, pack.base_units.0)?)
    })
}

// As `Faults::take_each`, for a parser that remembers what came before.
fn take_in_turn<S, T>(
    faults: &mut Faults,
    pointer: &str,
    list: impl IntoIterator<Item = S>,
    mut parse: impl FnMut(S) -> Result<T, Fault>,
) -> Option<Vec<T>> {
    let parsed: Vec<_> = list.into_iter().map(&mut parse).collect();
    faults.take_each(pointer, parsed, |result| result)
}

/// Notes why a base unit and packs do not go together, at the pack that is in the way.
pub(crate) fn note_units(faults: &mut Faults, packs: &[Pack], error: UnitError) {
    let pointer = match &error {
        UnitError::Repeated { name } => packs
            .iter()
            .position(|pack| pack.name() == name)
            .map_or("/packs".to_owned(), |index| format!("/packs/{index}/name")),
        UnitError::TooManyPacks | UnitError::Unknown | UnitError::Quantity(_) => {
            "/packs".to_owned()
        }
    };
    faults.note(
        pointer,
        "repeated",
        "与该品类的另一单位同名",
        error.to_string(),
    );
}

pub(super) fn shelf_life(Whole(days): Whole) -> Result<ShelfLife, Fault> {
    let days = u32::try_from(days).map_err(|_| Fault::from(ShelfLifeError))?;
    Ok(ShelfLife::from_days(days)?)
}

impl From<ShelfLifeError> for Fault {
    fn from(error: ShelfLifeError) -> Self {
        Self::new(
            "out-of-range",
            "保质期须为 1 到 36500 天",
            error.to_string(),
        )
    }
}

impl From<PackError> for Fault {
    fn from(error: PackError) -> Self {
        let zh = match error {
            PackError::TooSmall => "一个包装至少含 2 个基本单位",
            PackError::TooLarge => "一个包装至多含 10^12 个基本单位",
        };
        Self::new("out-of-range", zh, error.to_string())
    }
}

impl From<ItemCodeError> for Fault {
    fn from(error: ItemCodeError) -> Self {
        use ItemCodeError::{GbtClass, GbtForm, GtinCheckDigit, GtinForm, IfrcForm, System, Text};
        let zh = match error {
            Text(error) => return error.into(),
            System => "编码体系名须为 1 到 32 个小写字母、数字、_、- 或 .",
            GbtForm => "GB/T 38565 编码为 7 位数字",
            GbtClass => "GB/T 38565 编码首位为 1 到 3，其余三级各为 01 到 99",
            IfrcForm => "红十字会与红新月会编码为 8 到 20 个大写字母或数字，以字母开头",
            GtinForm => "条码为 8、12、13 或 14 位数字",
            GtinCheckDigit { expected } => {
                let zh = format!("条码校验位应为 {expected}，请核对");
                return Self::new("check-digit", zh, error.to_string());
            }
        };
        Self::new("format", zh, error.to_string())
    }
}
