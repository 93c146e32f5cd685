//! Keeping an incident that is declared, changing, closing and reopening it.

use chrono::{DateTime, Utc};
use domain::{
    identity::Capability,
    incidents::{
        EventGrade, Hazard, IncidentState, IncidentStateError, ResponseLevel, WarningColour,
    },
    kernel::{Id, NameKey, Text, kinds},
    organisations::DivisionCode,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::LockType,
};

use crate::{
    http::unchanged,
    incidents::{
        queries::{held, state, wrong_state},
        rows,
        wire::{IncidentView, NAME_MAX, NOTE_MAX},
    },
    organisations,
    problem::{Faults, Problem},
    uow::{Command, Permission, Uow},
};

/// Where something happens or is closed.
#[derive(Debug)]
pub(crate) enum Where {
    /// As a person drew it.
    Drawn(Area),
    /// As an alert says.
    OfAlert(Id<kinds::Alert>),
}

/// An affected area that was checked as a whole: its parts as they are kept.
#[derive(Debug, Clone)]
pub(crate) struct Area {
    pub(crate) rows: Vec<PartRow>,
}

/// One part of an area as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct PartRow {
    pub(crate) kind: &'static str,
    pub(crate) division: Option<DivisionCode>,
    /// GeoJSON of a polygon, centre and radius of a circle.
    pub(crate) geometry: Option<String>,
    /// What was given in another datum than WGS-84.
    pub(crate) given: Option<String>,
}

impl Area {
    /// Every division must be known and must still exist; all faults are told at once, below
    /// `pointer`.
    pub(crate) async fn check_divisions(
        &self,
        uow: &Uow<'_>,
        pointer: &str,
    ) -> Result<(), Problem> {
        let codes: Vec<_> = self.rows.iter().filter_map(|part| part.division).collect();
        let known = organisations::divisions_by_code(uow.db(), &codes).await?;
        let mut faults = Faults::default();
        for (index, part) in self.rows.iter().enumerate() {
            let Some(code) = part.division else { continue };
            faults.take(
                format!("{pointer}/{index}/code"),
                organisations::still_exists(known.get(&code), uow.today()),
            );
        }
        faults.finish(Some(()))
    }

    /// A part of several polygons is one row; the counts are those of rows, as people gave them.
    pub(crate) fn count(&self, kind: &str) -> i64 {
        let parts = self.rows.iter().filter(|part| part.kind == kind).count();
        i64::try_from(parts).unwrap_or(i64::MAX)
    }

    async fn insert(&self, uow: &Uow<'_>, incident: Id<kinds::Incident>) -> Result<(), Problem> {
        use rows::area::ActiveModel;
        let rows: Vec<_> = (0_i64..)
            .zip(&self.rows)
            .map(|(part, row)| ActiveModel {
                incident_id: Set(incident.uuid()),
                part: Set(part),
                kind: Set(row.kind.to_owned()),
                division_code: Set(row.division.map(|code| code.to_string())),
                geometry: Set(row.geometry.clone()),
                given: Set(row.given.clone()),
            })
            .collect();
        uow.insert_all(rows).await
    }
}

/// What whoever declares an incident says of it.
#[derive(Debug, Clone)]
pub(crate) struct Declaration {
    pub(crate) id: Option<Id<kinds::Incident>>,
    pub(crate) organisation: Id<kinds::Organisation>,
    pub(crate) name: Text<NAME_MAX>,
    pub(crate) hazard: Hazard,
    pub(crate) hazard_code: Option<Text<32>>,
    pub(crate) event_grade: Option<EventGrade>,
    pub(crate) warning_colour: Option<WarningColour>,
    pub(crate) response_level: Option<ResponseLevel>,
    /// When it happened, or is expected to; now if nobody says it.
    pub(crate) occurred_at: Option<DateTime<Utc>>,
    pub(crate) note: Option<Text<NOTE_MAX>>,
}

/// Of which alert an incident is, and how many of its parts are left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfAlert {
    pub(crate) id: Id<kinds::Alert>,
    pub(crate) left_out: i64,
}

impl Declaration {
    /// Asks whether whoever declares it sees the organisation and may.
    pub(crate) async fn require(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let organisation = self.organisation.uuid();
        if !uow.scope().contains(uow.db(), organisation).await? {
            return Err(Problem::field(
                "/organisation_id",
                "reference",
                "没有这个单位",
                "there is no such organisation",
            ));
        }
        uow.require(Capability::DeclareIncident, organisation).await
    }

    /// Keeps it, with its area.
    pub(crate) async fn keep(
        &self,
        uow: &mut Uow<'_>,
        area: &Area,
        of_alert: Option<OfAlert>,
    ) -> Result<IncidentView, Problem> {
        let id = self.id.unwrap_or_else(|| uow.id());
        let organisation = self.organisation.uuid();
        let row = rows::incident::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(organisation),
            name: Set(self.name.to_string()),
            name_key: Set(NameKey::of(self.name.as_str()).to_string()),
            hazard: Set(self.hazard.name().to_owned()),
            hazard_code: Set(self.hazard_code.as_ref().map(Text::to_string)),
            event_grade: Set(self.event_grade.map(|it| it.name().to_owned())),
            warning_colour: Set(self.warning_colour.map(|it| it.name().to_owned())),
            response_level: Set(self.response_level.map(|it| it.name().to_owned())),
            occurred_at: Set(self.occurred_at.unwrap_or_else(|| uow.now())),
            state: Set("open".to_owned()),
            state_at: Set(uow.now()),
            divisions: Set(area.count("division")),
            polygons: Set(area.count("polygon")),
            circles: Set(area.count("circle")),
            note: Set(self.note.as_ref().map(Text::to_string)),
            alert_id: Set(of_alert.map(|it| it.id.uuid())),
            left_out: Set(of_alert.map(|it| it.left_out)),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        area.insert(uow, id).await?;
        uow.subject(id, Some(organisation));
        Ok(row.into())
    }
}

/// Changes an open incident; its organisation stays.
#[derive(Debug)]
pub(crate) struct UpdateIncident {
    pub(crate) id: Id<kinds::Incident>,
    pub(crate) based_on: i64,
    pub(crate) name: Option<Text<NAME_MAX>>,
    pub(crate) hazard: Option<Hazard>,
    pub(crate) hazard_code: Option<Option<Text<32>>>,
    pub(crate) event_grade: Option<Option<EventGrade>>,
    pub(crate) warning_colour: Option<Option<WarningColour>>,
    pub(crate) response_level: Option<Option<ResponseLevel>>,
    pub(crate) occurred_at: Option<DateTime<Utc>>,
    pub(crate) area: Option<Area>,
    pub(crate) note: Option<Option<Text<NOTE_MAX>>>,
}

impl Command for UpdateIncident {
    type Output = IncidentView;
    const NAME: &'static str = "incidents.update_incident";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<IncidentView, Problem> {
        let row = held(uow.db(), &uow.scope(), self.id, LockType::Update).await?;
        uow.require(Capability::DeclareIncident, row.organisation_id)
            .await?;
        unchanged(row.version, self.based_on)?;
        state(&row).work().map_err(wrong_state)?;
        let version = row.version + 1;
        let mut change = row.into_active_model();
        if let Some(name) = &self.name {
            change.name = Set(name.to_string());
            change.name_key = Set(NameKey::of(name.as_str()).to_string());
        }
        if let Some(hazard) = self.hazard {
            change.hazard = Set(hazard.name().to_owned());
        }
        if let Some(code) = &self.hazard_code {
            change.hazard_code = Set(code.as_ref().map(Text::to_string));
        }
        if let Some(grade) = self.event_grade {
            change.event_grade = Set(grade.map(|it| it.name().to_owned()));
        }
        if let Some(colour) = self.warning_colour {
            change.warning_colour = Set(colour.map(|it| it.name().to_owned()));
        }
        if let Some(level) = self.response_level {
            change.response_level = Set(level.map(|it| it.name().to_owned()));
        }
        if let Some(at) = self.occurred_at {
            change.occurred_at = Set(at);
        }
        if let Some(note) = &self.note {
            change.note = Set(note.as_ref().map(Text::to_string));
        }
        if let Some(area) = &self.area {
            area.check_divisions(uow, "/affected_area").await?;
            rows::area::Entity::delete_many()
                .filter(rows::area::Column::IncidentId.eq(self.id.uuid()))
                .exec(uow.db())
                .await?;
            area.insert(uow, self.id).await?;
            change.divisions = Set(area.count("division"));
            change.polygons = Set(area.count("polygon"));
            change.circles = Set(area.count("circle"));
        }
        change.version = Set(version);
        let changed = change.update(uow.db()).await?;
        uow.subject(self.id, Some(changed.organisation_id));
        Ok(changed.into())
    }
}

/// Ends an incident. Whoever knows the orders says how many still run.
#[derive(Debug)]
pub(crate) struct CloseIncident {
    pub(crate) id: Id<kinds::Incident>,
    pub(crate) running_orders: u64,
}

impl Command for CloseIncident {
    type Output = IncidentView;
    const NAME: &'static str = "incidents.close_incident";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<IncidentView, Problem> {
        turn(uow, self.id, |state, now| {
            state.close(now, self.running_orders)
        })
        .await
    }
}

/// Takes a closed incident up again.
#[derive(Debug)]
pub(crate) struct ReopenIncident {
    pub(crate) id: Id<kinds::Incident>,
}

impl Command for ReopenIncident {
    type Output = IncidentView;
    const NAME: &'static str = "incidents.reopen_incident";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<IncidentView, Problem> {
        turn(uow, self.id, IncidentState::reopen).await
    }
}

async fn turn(
    uow: &mut Uow<'_>,
    id: Id<kinds::Incident>,
    step: impl FnOnce(IncidentState, DateTime<Utc>) -> Result<IncidentState, IncidentStateError> + Send,
) -> Result<IncidentView, Problem> {
    let row = held(uow.db(), &uow.scope(), id, LockType::Update).await?;
    uow.require(Capability::DeclareIncident, row.organisation_id)
        .await?;
    let next = step(state(&row), uow.now()).map_err(wrong_state)?;
    let version = row.version + 1;
    let mut change = row.into_active_model();
    change.state = Set(next.name().to_owned());
    change.state_at = Set(uow.now());
    change.version = Set(version);
    let changed = change.update(uow.db()).await?;
    uow.subject(id, Some(changed.organisation_id));
    Ok(changed.into())
}
