//! Erasing a person from the journal.
//!
//! **Invariant.** The entry stays as it is, and so does every proof: only the salts go, and without
//! them nobody can show any more what a commitment was made to.

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ColumnTrait, EntityTrait as _, QueryFilter, QueryOrder};

use crate::{
    problem::{Code, Problem},
    scope::{reference, visible},
    uow::{Command, Permission, Uow},
};

use super::{
    rows::{entry, salt},
    wire::ErasureView,
};

/// Takes the salts of one entry away.
pub(super) struct EraseSalts {
    pub(super) entry: Id<kinds::JournalEntry>,
    pub(super) reason: Text<1000>,
}

impl Command for EraseSalts {
    type Output = ErasureView;
    const NAME: &'static str = "journal.erase_salts";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ErasePersons]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ErasureView, Problem> {
        let reach = uow.reach(Capability::ErasePersons);
        let found = visible::<entry::Entity>(&reach)
            .filter(entry::Column::Id.eq(self.entry.uuid()))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        let of_entry = salt::Column::EntryId.eq(found.id);
        let salts = reference::<salt::Entity>()
            .filter(of_entry.clone())
            .order_by_asc(salt::Column::Pointer)
            .all(uow.db())
            .await?;
        if salts.is_empty() {
            return Err(Problem::new(Code::WrongState)
                .with("state", "nothing_to_erase")
                .detail(
                    "该记录没有可抹除的个人信息，或已抹除",
                    "the entry names nobody, or has been erased already",
                ));
        }
        salt::Entity::delete_many()
            .filter(of_entry)
            .exec(uow.db())
            .await?;
        uow.subject(self.entry, found.organisation_id);
        Ok(ErasureView {
            entry_id: self.entry,
            erased: salts.into_iter().map(|salt| salt.pointer).collect(),
            reason: self.reason.to_string(),
        })
    }
}
