//! Changes of categories.
//!
//! **Invariant.** No category stands below itself. Moves take locks on the whole tree in one order,
//! so that two moves at once cannot close a circle that neither sees.

use domain::{
    identity::Capability,
    kernel::{
        Id, NameKey, Text,
        kinds::{Category, Organisation},
    },
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    catalogue::{
        queries, rows,
        wire::{CODE_MAX, CategoryView, NAME_MAX},
    },
    http::unchanged,
    problem::{Faults, Problem},
    uow::{Command, Permission, Uow},
};

use super::{check_category, check_keeper};

/// Adds a category to the tree.
#[derive(Debug)]
pub(crate) struct CreateCategory {
    pub(crate) id: Option<Id<Category>>,
    pub(crate) organisation: Id<Organisation>,
    pub(crate) code: Text<CODE_MAX>,
    pub(crate) name: Text<NAME_MAX>,
    pub(crate) name_en: Option<Text<NAME_MAX>>,
    pub(crate) parent: Option<Id<Category>>,
}

impl Command for CreateCategory {
    type Output = CategoryView;
    const NAME: &'static str = "catalogue.create_category";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageCatalogue]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<CategoryView, Problem> {
        check_keeper(uow, self.organisation).await?;
        let mut faults = Faults::default();
        check_category(uow, &mut faults, "/parent_id", self.parent).await?;
        faults.finish(Some(()))?;
        let id = self.id.unwrap_or_else(|| uow.id());
        let row = rows::category::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(self.organisation.uuid()),
            code: Set(self.code.to_string()),
            name: Set(self.name.to_string()),
            name_en: Set(self.name_en.as_ref().map(Text::to_string)),
            parent_id: Set(self.parent.map(Id::uuid)),
            name_key: Set(NameKey::of(self.name.as_str()).to_string()),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, Some(row.organisation_id));
        Ok(row.into())
    }
}

/// Renames or moves a category.
#[derive(Debug)]
pub(crate) struct UpdateCategory {
    pub(crate) id: Id<Category>,
    pub(crate) based_on: i64,
    pub(crate) name: Option<Text<NAME_MAX>>,
    pub(crate) name_en: Option<Option<Text<NAME_MAX>>>,
    pub(crate) parent: Option<Option<Id<Category>>>,
}

impl Command for UpdateCategory {
    type Output = CategoryView;
    const NAME: &'static str = "catalogue.update_category";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageCatalogue]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<CategoryView, Problem> {
        if self.parent.is_some() {
            queries::lock_categories(uow.db()).await?;
        }
        let row = queries::category_to_change(uow.db(), self.id).await?;
        uow.require(Capability::ManageCatalogue, row.organisation_id)
            .await?;
        unchanged(row.version, self.based_on)?;
        self.check_parent(uow).await?;
        let version = row.version + 1;
        let mut change = row.into_active_model();
        if let Some(name) = &self.name {
            change.name = Set(name.to_string());
            change.name_key = Set(NameKey::of(name.as_str()).to_string());
        }
        if let Some(name) = &self.name_en {
            change.name_en = Set(name.as_ref().map(Text::to_string));
        }
        if let Some(parent) = self.parent {
            change.parent_id = Set(parent.map(Id::uuid));
        }
        change.version = Set(version);
        let row = change.update(uow.db()).await?;
        uow.subject(self.id, Some(row.organisation_id));
        Ok(row.into())
    }
}

impl UpdateCategory {
    async fn check_parent(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let Some(Some(parent)) = self.parent else {
            return Ok(());
        };
        let mut faults = Faults::default();
        check_category(uow, &mut faults, "/parent_id", Some(parent)).await?;
        let below = queries::category_subtree(uow.db(), self.id).await?;
        if below.contains(&parent.uuid()) {
            faults.note(
                "/parent_id",
                "cycle",
                "上级分类不得是该分类自身或其下级",
                "a category cannot stand below itself",
            );
        }
        faults.finish(Some(()))
    }
}
