//! Reads of the catalogue.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length.

mod facts;
mod kits;
mod lists;
mod within;

pub(crate) use facts::{
    ItemFacts, category_names, category_subtree, find_categories, find_items, item_alone,
    item_facts, kits_in_force, known, no_such_item,
};
pub(crate) use kits::{KitFacts, kit_numbered, kit_version_facts};
pub(crate) use lists::{
    categories, category, item, items, items_known_by, kit_version, kit_versions,
};
pub(super) use lists::{
    category_exists, category_to_change, item_to_change, last_kit_number, lock_categories,
    lock_kits,
};
pub(crate) use within::items_in;
