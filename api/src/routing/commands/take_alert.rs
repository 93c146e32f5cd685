//! Taking an alert in, and what follows for closed roads.
//!
//! **Invariant.** An alert and what it does to the closures that were drawn from earlier ones are one
//! transaction and one entry of the journal. A closure that nobody drew from an alert is not looked at.

use domain::{
    alerts::Succession,
    identity::Capability,
    kernel::{Id, kinds},
    routing::{ClosureState, ClosureTime, Followed, follow},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

use crate::{
    alerts::{self, AlertView, TakeAlert},
    incidents::Area,
    problem::Problem,
    routing::{
        rows::{closure, of_alert, part},
        wire::{FollowedClosureView, TakenAlertView},
    },
    scope::{Scope, reference, to_change},
    uow::{Command, Permission, Uow},
};

use super::parts_of;

/// An alert, and the closures that go where it goes.
#[derive(Debug)]
pub(crate) struct FollowAlert(pub(crate) TakeAlert);

impl Command for FollowAlert {
    type Output = TakenAlertView;
    const NAME: &'static str = "routing.take_alert";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<TakenAlertView, Problem> {
        let taken = alerts::take(uow, &self.0).await?;
        let mut closures = Vec::new();
        if let Some((succession, last)) = taken.successor {
            let change = Change::of(uow, succession, last).await?;
            for (row, drawn) in standing(uow, &taken.superseded).await? {
                closures.push(change.run(uow, row, drawn).await?);
            }
        }
        uow.subject(taken.view.id, Some(self.0.organisation.uuid()));
        Ok(TakenAlertView {
            alert: taken.view,
            repeated: taken.repeated,
            closures,
        })
    }
}

// Closures that were drawn from these alerts and are neither lifted nor over.
async fn standing(
    uow: &Uow<'_>,
    alerts: &[Uuid],
) -> Result<Vec<(closure::Model, of_alert::Model)>, Problem> {
    let drawn = reference::<of_alert::Entity>()
        .filter(of_alert::Column::AlertId.is_in(alerts.iter().copied()))
        .all(uow.db())
        .await?;
    let rows = to_change::<closure::Entity>(&Scope::Everything)
        .filter(closure::Column::Id.is_in(drawn.iter().map(|it| it.closure_id)))
        .order_by_asc(closure::Column::Id)
        .all(uow.db())
        .await?;
    let rows = rows.into_iter().filter_map(|row| {
        let time = ClosureTime::kept(row.closed_from, row.closed_until);
        let state = time.state(row.lifted_at.is_some(), uow.now());
        let stands = matches!(state, ClosureState::Planned | ClosureState::InForce);
        let drawn = drawn.iter().find(|it| it.closure_id == row.id)?;
        stands.then(|| (row, drawn.clone()))
    });
    Ok(rows.collect())
}

/// What the last message does to closures.
struct Change {
    succession: Succession,
    alert: AlertView,
    area: Area,
    left_out: i64,
}

impl Change {
    async fn of(uow: &Uow<'_>, succession: Succession, alert: Uuid) -> Result<Self, Problem> {
        let (area, left_out) = alerts::area_with_outlines(uow.db(), alert).await?;
        Ok(Self {
            succession,
            alert: alerts::shown(uow.db(), Id::from_uuid(alert), uow.now()).await?,
            area,
            left_out,
        })
    }

    async fn run(
        &self,
        uow: &Uow<'_>,
        row: closure::Model,
        drawn: of_alert::Model,
    ) -> Result<FollowedClosureView, Problem> {
        let is_drawable = !self.area.rows.is_empty();
        let followed = follow(self.succession, drawn.time_was_given, is_drawable);
        let id: Id<kinds::RoadClosure> = Id::from_uuid(row.id);
        let (name, mut version) = (row.name.clone(), row.version);
        if followed != Followed::Kept {
            version += 1;
            let mut change = row.into_active_model();
            change.version = Set(version);
            match followed {
                Followed::Lifted => self.lift(uow, &mut change),
                Followed::Moved | Followed::Kept => self.put(&mut change, drawn.time_was_given),
            }
            change.update(uow.db()).await?;
        }
        if followed == Followed::Moved {
            part::Entity::delete_many()
                .filter(part::Column::ClosureId.eq(id.uuid()))
                .exec(uow.db())
                .await?;
            uow.insert_all(parts_of(id, &self.area)).await?;
        }
        // Even one that an update left where it was is lifted when that is cancelled.
        if self.succession == Succession::Updates {
            let mut drawn = drawn.into_active_model();
            drawn.alert_id = Set(self.alert.id.uuid());
            if followed == Followed::Moved {
                drawn.left_out = Set(self.left_out);
            }
            drawn.update(uow.db()).await?;
        }
        Ok(FollowedClosureView {
            closure_id: id,
            name,
            followed: followed.name().to_owned(),
            version,
        })
    }

    fn put(&self, change: &mut closure::ActiveModel, time_was_given: bool) {
        if !time_was_given {
            change.closed_from = Set(self.alert.onset_at);
            change.closed_until = Set(self.alert.expires_at);
        }
        change.divisions = Set(self.area.count("division"));
        change.polygons = Set(self.area.count("polygon"));
        change.circles = Set(self.area.count("circle"));
    }

    fn lift(&self, uow: &Uow<'_>, change: &mut closure::ActiveModel) {
        let identifier = &self.alert.identifier;
        let reason =
            format!("预警已由 {identifier} 取消 · the alert was cancelled by {identifier}");
        change.lifted_at = Set(Some(uow.now()));
        change.lifted_by = Set(Some(uow.caller().principal()));
        change.lift_reason = Set(Some(reason));
    }
}
