//! Shapes of the catalogue on the wire.
//!
//! **Invariant.** Input is parsed into domain types here or refused with every fault at once. Every
//! name can be found again: it holds a letter or a digit.

mod category;
mod item;
mod kit;

use domain::kernel::{NameKey, Text};

use crate::problem::{Fault, Faults};

pub(crate) use category::{CategoryFilter, CategoryView, CreateCategoryBody, UpdateCategoryBody};
pub(crate) use item::{
    CreateItemBody, ExternalCode, ItemFilter, ItemView, UpdateItemBody, note_units,
};
pub(crate) use kit::{CreateKitVersionBody, KitVersionView};

/// Names have at most this many characters.
pub(crate) const NAME_MAX: usize = 200;
/// Codes of categories have at most this many characters.
pub(crate) const CODE_MAX: usize = 32;
/// A specification has at most this many characters.
pub(crate) const SPECIFICATION_MAX: usize = 500;

// A name of punctuation alone has an empty key, and nobody would ever find it.
fn name(text: &str) -> Result<Text<NAME_MAX>, Fault> {
    let name = Text::new(text)?;
    if NameKey::of(name.as_str()).is_empty() {
        return Err(Fault::new(
            "format",
            "须含有文字或数字",
            "a name must hold a letter or a digit",
        ));
    }
    Ok(name)
}

// A member of a change that may be absent, null or a name.
fn changed_name(
    faults: &mut Faults,
    pointer: &str,
    text: Option<Option<String>>,
) -> Option<Option<Option<Text<NAME_MAX>>>> {
    let parsed = text.map(|text| text.map(|text| name(&text)).transpose());
    faults.take_if(pointer, parsed)
}
