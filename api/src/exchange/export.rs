//! A list as a table: which columns it has, and what of an item goes into which.
//!
//! **Invariant.** The columns of a list follow from the published shape of its items, so that a
//! file holds what the API answers, no more and no less, and a new field cannot be forgotten. In
//! Chinese the values of closed lists are words; in English they are the API's own.

mod headings;
mod shape;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context;
use serde_json::Value as Json;

pub(crate) use shape::Shape;

/// Every list that the API offers, by its route.
#[derive(Debug)]
pub(crate) struct Lists(BTreeMap<String, Arc<Shape>>);

impl Lists {
    /// Reads the lists from the OpenAPI document: every GET that answers with a page.
    ///
    /// # Errors
    /// When a page does not say what its items look like.
    pub(crate) fn read(document: &Json) -> anyhow::Result<Self> {
        let schemas = &document["components"]["schemas"];
        let mut lists = BTreeMap::new();
        for (route, methods) in document["paths"].as_object().into_iter().flatten() {
            let Some(page) = page_of(&methods["get"]) else {
                continue;
            };
            let item = schemas
                .pointer(&format!("/{page}/properties/items/items"))
                .with_context(|| format!("the page {page} of {route} has no items"))?;
            let is_public = methods["get"]["security"]
                .as_array()
                .is_some_and(Vec::is_empty);
            let shape = Shape::read(item, schemas, is_public);
            lists.insert(route.clone(), Arc::new(shape));
        }
        Ok(Self(lists))
    }

    /// The shape of the list at a route, if there is one.
    pub(crate) fn at(&self, route: &str) -> Option<Arc<Shape>> {
        self.0.get(route).cloned()
    }

    /// The routes of the lists that take no id in their path.
    pub(crate) fn plain_routes(&self) -> impl Iterator<Item = &str> {
        self.0
            .keys()
            .map(String::as_str)
            .filter(|route| !route.contains('{'))
    }
}

/// The name of the page that an operation answers with, if it is a list: a page of its own shape
/// says more than its rows, which a file leaves out.
pub(crate) fn page_of(operation: &Json) -> Option<&str> {
    operation
        .pointer("/responses/200/content/application~1json/schema/$ref")?
        .as_str()?
        .strip_prefix("#/components/schemas/")
        .filter(|name| name.starts_with("Page_") || OTHER_PAGES.contains(name))
}

// Pages that tell something beside their items.
const OTHER_PAGES: &[&str] = &["LotHistoryView"];

#[cfg(test)]
mod tests;
