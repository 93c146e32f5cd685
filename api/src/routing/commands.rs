//! Closing roads and opening them again.
//!
//! **Invariant.** A closure is drawn whole: every part of it is ground whose outline is known, or it
//! would close nothing and look as if it did. What an alert names and nobody can draw is left out and
//! told. It is lifted once.

mod take_alert;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    routing::{ClosureTime, NotStanding},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};

pub(crate) use take_alert::FollowAlert;

use crate::{
    alerts::{self, AlertView},
    incidents::{Area, Where},
    organisations,
    problem::{Code, Faults, Problem},
    scope::{Scope, reference, to_change},
    uow::{Command, Permission, Uow},
};

use super::{
    queries,
    rows::{closure, of_alert, part},
    wire::RoadClosureView,
};

/// Closes the roads of an area.
#[derive(Debug)]
pub(crate) struct DrawRoadClosure {
    pub(crate) id: Option<Id<kinds::RoadClosure>>,
    /// On whose behalf.
    pub(crate) organisation: Id<kinds::Organisation>,
    pub(crate) name: Text<200>,
    pub(crate) reason: Text<500>,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
    /// Drawn from an alert it goes where later ones of its sender go.
    pub(crate) area: Where,
}

impl Command for DrawRoadClosure {
    type Output = RoadClosureView;
    const NAME: &'static str = "routing.draw_road_closure";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<RoadClosureView, Problem> {
        let organisation = self.organisation.uuid();
        let (scope, pointer) = (uow.scope(), "/organisation_id");
        organisations::named(uow.db(), &scope, self.organisation, pointer).await?;
        uow.require(Capability::DeclareIncident, organisation)
            .await?;
        let id = self.id(uow).await?;
        let ground = self.ground(uow).await?;
        let (from, until) = self.time(&ground, uow.now());
        let mut faults = Faults::default();
        let time = ClosureTime::new(from, until, uow.now());
        faults.take("/closed_until", time);
        faults.finish(Some(()))?;
        let area = &ground.area;
        let row = closure::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(organisation),
            name: Set(self.name.to_string()),
            reason: Set(self.reason.to_string()),
            closed_from: Set(from),
            closed_until: Set(until),
            drawn_at: Set(uow.now()),
            drawn_by: Set(uow.caller().principal()),
            lifted_at: Set(None),
            lifted_by: Set(None),
            lift_reason: Set(None),
            divisions: Set(area.count("division")),
            polygons: Set(area.count("polygon")),
            circles: Set(area.count("circle")),
            version: Set(1),
        }
        .insert(uow.db())
        .await?;
        uow.insert_all(parts_of(id, area)).await?;
        let of_alert = match &ground.alert {
            Some((alert, left_out)) => {
                let drawn = of_alert::ActiveModel {
                    closure_id: Set(id.uuid()),
                    alert_id: Set(alert.id.uuid()),
                    time_was_given: Set(self.from.is_some() || self.until.is_some()),
                    left_out: Set(*left_out),
                };
                Some(drawn.insert(uow.db()).await?)
            }
            None => None,
        };
        uow.subject(id, Some(organisation));
        Ok(RoadClosureView::new(row, of_alert.as_ref(), uow.now()))
    }
}

/// What is to be closed, and the alert that says so with how many of its parts are left out.
struct Ground<'a> {
    area: Cow<'a, Area>,
    alert: Option<(AlertView, i64)>,
}

/// The parts of an area as a closure keeps them.
fn parts_of(id: Id<kinds::RoadClosure>, area: &Area) -> Vec<part::ActiveModel> {
    let parts = (0_i64..).zip(&area.rows);
    parts
        .map(|(number, row)| part::ActiveModel {
            closure_id: Set(id.uuid()),
            part: Set(number),
            kind: Set(row.kind.to_owned()),
            division_code: Set(row.division.map(|code| code.to_string())),
            geometry: Set(row.geometry.clone()),
            given: Set(row.given.clone()),
        })
        .collect()
}

impl DrawRoadClosure {
    async fn ground(&self, uow: &Uow<'_>) -> Result<Ground<'_>, Problem> {
        let alert = match &self.area {
            Where::Drawn(area) => {
                area.check_divisions(uow, "/area").await?;
                check_outlines(uow, area).await?;
                let area = Cow::Borrowed(area);
                return Ok(Ground { area, alert: None });
            }
            Where::OfAlert(alert) => *alert,
        };
        let view = alerts::hold(uow.db(), alert, "/alert_id", uow.now()).await?;
        let (area, left_out) = alerts::area_with_outlines(uow.db(), alert.uuid()).await?;
        if area.rows.is_empty() {
            return Err(Problem::field(
                "/alert_id",
                "no-outline",
                "该预警的区域没有已知边界，请改为画出多边形或圆",
                "no ground of this alert is known: draw a polygon or a circle instead",
            ));
        }
        Ok(Ground {
            area: Cow::Owned(area),
            alert: Some((view, left_out)),
        })
    }

    // What nobody says an alert does.
    fn time(
        &self,
        ground: &Ground<'_>,
        now: DateTime<Utc>,
    ) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
        let alert = ground.alert.as_ref().map(|(alert, _)| alert);
        let from = self.from.or(alert.map(|alert| alert.onset_at));
        let until = self.until.or(alert.and_then(|alert| alert.expires_at));
        (from.unwrap_or(now), until)
    }

    async fn id(&self, uow: &Uow<'_>) -> Result<Id<kinds::RoadClosure>, Problem> {
        let Some(id) = self.id else {
            return Ok(uow.id());
        };
        let found = reference::<closure::Entity>()
            .filter(closure::Column::Id.eq(id.uuid()))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found);
        Problem::unless_new(found, "road_closure.id").map(|()| id)
    }
}

async fn check_outlines(uow: &Uow<'_>, area: &Area) -> Result<(), Problem> {
    let codes: Vec<_> = area.rows.iter().filter_map(|row| row.division).collect();
    let outlines = organisations::boundaries_by_code(uow.db(), &codes).await?;
    let mut faults = Faults::default();
    for (index, row) in area.rows.iter().enumerate() {
        if row
            .division
            .is_some_and(|code| !outlines.contains_key(&code))
        {
            faults.note(
                format!("/area/{index}/code"),
                "no-outline",
                "没有这个区划的边界，请改为画出多边形或圆",
                "no outline of this division is known: draw a polygon or a circle instead",
            );
        }
    }
    faults.finish(Some(()))
}

/// Opens the roads of an area again, before the end of their closure.
#[derive(Debug)]
pub(crate) struct LiftRoadClosure {
    pub(crate) closure: Id<kinds::RoadClosure>,
    pub(crate) reason: Text<500>,
}

impl Command for LiftRoadClosure {
    type Output = RoadClosureView;
    const NAME: &'static str = "routing.lift_road_closure";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<RoadClosureView, Problem> {
        // Everybody sees it, so that it is no secret that there is one.
        let row = to_change::<closure::Entity>(&Scope::Everything)
            .filter(closure::Column::Id.eq(self.closure.uuid()))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        uow.require(Capability::DeclareIncident, row.organisation_id)
            .await?;
        let time = ClosureTime::kept(row.closed_from, row.closed_until);
        let state = time.state(row.lifted_at.is_some(), uow.now());
        state.lift().map_err(|error| {
            let NotStanding(state) = error;
            Problem::new(Code::WrongState)
                .with("state", state.name())
                .detail("该封闭已经解除或到期", error.to_string())
        })?;
        let (organisation, version) = (row.organisation_id, row.version + 1);
        let mut change = row.into_active_model();
        change.lifted_at = Set(Some(uow.now()));
        change.lifted_by = Set(Some(uow.caller().principal()));
        change.lift_reason = Set(Some(self.reason.to_string()));
        change.version = Set(version);
        let changed = change.update(uow.db()).await?;
        uow.subject(self.closure, Some(organisation));
        let of_alert = queries::of_alert(uow.db(), self.closure).await?;
        Ok(RoadClosureView::new(changed, of_alert.as_ref(), uow.now()))
    }
}
