//! The catalogue: categories, items with their names, codes and packs, and what kits hold.
//!
//! **Invariant.** An item keeps its base unit for ever, because every quantity in the ledger is
//! counted in it: goods that are counted otherwise are another item. A version of a kit's contents
//! is never edited. An entry is read by everyone who is logged in and changed by those who manage
//! the catalogue of the organisation that keeps it.

mod commands;
mod queries;
mod routes;
mod rows;
mod wire;

pub(crate) use commands::{CreateCategory, CreateItem, create_items};
pub(crate) use queries::{
    ItemFacts, KitFacts, category_names, category_subtree, find_categories, find_items, item_alone,
    item_facts, items_in, items_known_by, kit_numbered, kit_version_facts, known, no_such_item,
};
pub(crate) use routes::router;
pub(crate) use wire::ItemView;
