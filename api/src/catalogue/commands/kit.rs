//! Versions of what kits hold.
//!
//! **Invariant.** A version once made is never edited; the next one takes the next number. No kit
//! leads back to itself through the kits it holds: all kits are locked in one order before that is
//! judged.

use domain::{
    catalogue::{KitContents, nests_itself},
    identity::Capability,
    kernel::{
        Id,
        kinds::{Item, KitVersion},
    },
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

use crate::{
    catalogue::{queries, rows, wire::KitVersionView},
    problem::{Code, Faults, Problem},
    uow::{Command, Permission, Uow},
};

/// Puts a new list of contents in force.
#[derive(Debug)]
pub(crate) struct CreateKitVersion {
    pub(crate) id: Option<Id<KitVersion>>,
    pub(crate) contents: KitContents,
    /// The items in the order of the request, so that a fault names its line.
    pub(crate) order: Vec<Id<Item>>,
}

impl Command for CreateKitVersion {
    type Output = KitVersionView;
    const NAME: &'static str = "catalogue.create_kit_version";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageCatalogue]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<KitVersionView, Problem> {
        let kit = self.contents.kit();
        queries::lock_kits(uow.db()).await?;
        let row = queries::item_to_change(uow.db(), kit).await?;
        uow.require(Capability::ManageCatalogue, row.organisation_id)
            .await?;
        if row.kind != "kit" {
            return Err(Problem::new(Code::WrongState)
                .with("state", row.kind)
                .detail("只有套装才有内容清单", "only a kit has a list of contents"));
        }
        self.check_contents(uow).await?;
        let number = queries::last_kit_number(uow.db(), kit).await? + 1;
        let id = self.id.unwrap_or_else(|| uow.id());
        rows::kit_version::ActiveModel {
            id: Set(id.uuid()),
            item_id: Set(kit.uuid()),
            number: Set(number),
            people: Set(self.contents.people().map(Into::into)),
            days: Set(self.contents.days().map(Into::into)),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        let lines = self.contents.per_kit().iter();
        let lines = lines.map(|(item, quantity)| rows::kit_content::ActiveModel {
            kit_version_id: Set(id.uuid()),
            item_id: Set(item.uuid()),
            quantity: Set(quantity.get()),
        });
        rows::kit_content::Entity::insert_many(lines)
            .exec_without_returning(uow.db())
            .await?;
        uow.subject(kit, Some(row.organisation_id));
        queries::kit_version(uow.db(), kit, number).await
    }
}

impl CreateKitVersion {
    async fn check_contents(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let known = queries::item_facts(uow.db(), &self.order).await?;
        let mut faults = Faults::default();
        for (index, &item) in self.order.iter().enumerate() {
            let at = format!("/contents/{index}/item_id");
            faults.take(at, queries::known(&known, item));
        }
        let in_force = queries::kits_in_force(uow.db()).await?;
        if nests_itself(&self.contents, &in_force) {
            faults.note(
                "/contents",
                "nested",
                "内含的套装又含有本套装",
                "a kit in this list holds this kit again",
            );
        }
        faults.finish(Some(()))
    }
}
