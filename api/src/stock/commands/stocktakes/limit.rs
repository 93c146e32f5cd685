//! The limit of a depot.
//!
//! **Invariant.** A stocktake keeps the limit that it was opened under.

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::Limit,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    depots,
    http::unchanged,
    problem::Problem,
    uow::{Command, Permission, Uow},
};

use super::{queries, rows::stocktakes::count_limit, wire::CountLimitView};

/// Says past which limit the stocktakes of a depot need an approval.
#[derive(Debug, Clone)]
pub(crate) struct SetCountLimit {
    pub(crate) depot: Id<kinds::Depot>,
    /// 0 for a depot that had none of its own.
    pub(crate) based_on: i64,
    pub(crate) limit: Limit,
    pub(crate) source: Text<200>,
}

impl Command for SetCountLimit {
    type Output = CountLimitView;
    const NAME: &'static str = "stock.set_count_limit";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageDepots]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<CountLimitView, Problem> {
        // Two who set it at once wait for each other.
        let depot = depots::depot(uow.db(), &uow.scope(), self.depot).await?;
        depots::still_depot(uow.db(), depot.id).await?;
        uow.require(Capability::ManageDepots, depot.organisation_id.uuid())
            .await?;
        let row = queries::limit_row(uow.db(), depot.id).await?;
        let version = row.as_ref().map_or(0, |row| row.version);
        unchanged(version, self.based_on)?;
        let is_new = row.is_none();
        let mut change = row.map_or_else(
            || count_limit::ActiveModel {
                depot_id: Set(depot.id.uuid()),
                ..Default::default()
            },
            IntoActiveModel::into_active_model,
        );
        change.share_e4 = Set(self.limit.share_e4());
        change.value_e4 = Set(self.limit.value().ten_thousandths());
        change.currency = Set(self.limit.value().currency().as_str().to_owned());
        change.source = Set(self.source.as_str().to_owned());
        change.version = Set(version + 1);
        let row = if is_new {
            change.insert(uow.db()).await?
        } else {
            change.update(uow.db()).await?
        };
        uow.subject(depot.id, Some(depot.organisation_id.uuid()));
        CountLimitView::new(row)
    }
}
