//! Texts that stand in lists, as the contract publishes them.
//!
//! **Invariant.** A bound on a list bounds how many there are; these bound each of them.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// An id.
pub(crate) enum IdText {}

/// A name.
pub(crate) enum NameText {}

fn bounded(characters: usize, description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(characters))
        .description(Some(description))
        .into()
}

impl PartialSchema for IdText {
    fn schema() -> RefOr<Schema> {
        bounded(40, "An id.")
    }
}

impl ToSchema for IdText {}

impl PartialSchema for NameText {
    fn schema() -> RefOr<Schema> {
        bounded(200, "A name.")
    }
}

impl ToSchema for NameText {}
