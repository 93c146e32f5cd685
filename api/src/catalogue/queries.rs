//! Reads of the catalogue.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length.

mod facts;
mod within;

pub(crate) use facts::{
    ItemFacts, category_subtree, find_items, find_items_by_code_or_name, item_facts,
};
pub(crate) use within::items_in;
