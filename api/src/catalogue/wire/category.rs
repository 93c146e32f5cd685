//! Categories on the wire.
//!
//! **Invariant.** A category keeps its code for ever.

use domain::kernel::{
    Id, Text,
    kinds::{Category, Organisation},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    catalogue::{commands, rows},
    http::{given, versioned},
    problem::{Faults, Problem},
};

use super::{changed_name, name};

/// A new category.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateCategoryBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<Category>>,
    /// Who keeps the entry; everyone may read it.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<Organisation>,
    /// A short code, unique in the whole catalogue.
    #[schema(min_length = 1, max_length = 32, examples("shelter"))]
    code: String,
    #[schema(min_length = 1, max_length = 200, examples("帐篷与居所"))]
    name: String,
    /// The name in English.
    #[schema(min_length = 1, max_length = 200, examples("shelter"))]
    name_en: Option<String>,
    /// The category above; absent for the top of the tree.
    #[schema(value_type = Option<String>, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    parent_id: Option<Id<Category>>,
}

impl CreateCategoryBody {
    pub(crate) fn parse(self) -> Result<commands::CreateCategory, Problem> {
        let mut faults = Faults::default();
        let code = faults.take("/code", Text::new(&self.code));
        let named = faults.take("/name", name(&self.name));
        let name_en = faults.take_if("/name_en", self.name_en.as_deref().map(name));
        let command = (|| {
            Some(commands::CreateCategory {
                id: self.id,
                organisation: self.organisation_id,
                code: code?,
                name: named?,
                name_en: name_en?,
                parent: self.parent_id,
            })
        })();
        faults.finish(command)
    }
}

/// A change of a category; absent members stay as they are, null takes a value away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateCategoryBody {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The name in English.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    name_en: Option<Option<String>>,
    /// The category above; null moves this one to the top.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    parent_id: Option<Option<Id<Category>>>,
}

impl UpdateCategoryBody {
    pub(crate) fn parse(
        self,
        id: Id<Category>,
        based_on: i64,
    ) -> Result<commands::UpdateCategory, Problem> {
        let mut faults = Faults::default();
        let named = faults.take_if("/name", self.name.as_deref().map(name));
        let name_en = changed_name(&mut faults, "/name_en", self.name_en);
        let command = (|| {
            Some(commands::UpdateCategory {
                id,
                based_on,
                name: named?,
                name_en: name_en?,
                parent: self.parent_id,
            })
        })();
        faults.finish(command)
    }
}

/// A class of items.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct CategoryView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<Category>,
    /// Who keeps the entry.
    #[schema(value_type = String, max_length = 30)]
    pub(crate) organisation_id: Id<Organisation>,
    /// A short code, unique in the whole catalogue.
    #[schema(max_length = 32)]
    pub(crate) code: String,
    #[schema(max_length = 200)]
    pub(crate) name: String,
    /// The name in English.
    #[schema(max_length = 200)]
    pub(crate) name_en: Option<String>,
    /// The category above.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) parent_id: Option<Id<Category>>,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(CategoryView);

impl From<rows::category::Model> for CategoryView {
    fn from(row: rows::category::Model) -> Self {
        let rows::category::Model {
            id,
            organisation_id,
            code,
            name,
            name_en,
            parent_id,
            name_key: _,
            version,
            created_at: _,
        } = row;
        Self {
            id: Id::from_uuid(id),
            organisation_id: Id::from_uuid(organisation_id),
            code,
            name,
            name_en,
            parent_id: parent_id.map(Id::from_uuid),
            version,
        }
    }
}

/// Which categories to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CategoryFilter {
    /// A part of the name, or the beginning of the code.
    #[param(min_length = 1, max_length = 100)]
    pub(crate) q: Option<String>,
    /// Those right under this one.
    #[param(value_type = Option<String>, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) parent_id: Option<Id<Category>>,
}
