//! Changes of the catalogue.
//!
//! **Invariant.** An entry is changed by those who manage the catalogue of the organisation that
//! keeps it, whoever else reads it.

mod category;
mod item;
mod kit;

use domain::{
    identity::Capability,
    kernel::{
        Id,
        kinds::{Category, Organisation},
    },
};

use crate::{
    organisations,
    problem::{Faults, Problem},
    uow::Uow,
};

use super::queries;

pub(crate) use category::{CreateCategory, UpdateCategory};
pub(crate) use item::{CreateItem, UpdateItem, create_items};
pub(crate) use kit::CreateKitVersion;

// The keeper of a new entry: known to the caller, who manages its catalogue.
async fn check_keeper(uow: &Uow<'_>, keeper: Id<Organisation>) -> Result<(), Problem> {
    organisations::standing(uow.db(), &uow.caller().tree(), keeper)
        .await
        .map_err(|problem| {
            let (zh, en) = ("没有这个单位", "there is no such organisation");
            problem.named_at("/organisation_id", zh, en)
        })?;
    uow.require(Capability::ManageCatalogue, keeper.uuid())
        .await
}

// Notes a category that is named and does not exist.
async fn check_category(
    uow: &Uow<'_>,
    faults: &mut Faults,
    pointer: &str,
    category: Option<Id<Category>>,
) -> Result<(), Problem> {
    if let Some(category) = category
        && !queries::category_exists(uow.db(), category).await?
    {
        faults.note(
            pointer,
            "reference",
            "没有这个分类",
            "there is no such category",
        );
    }
    Ok(())
}
