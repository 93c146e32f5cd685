//! Declaring an incident, by hand or from an alert.
//!
//! **Invariant.** What a person says counts; of an alert comes what they left open. The alert is held
//! until the incident is there, so that none is taken from an alert that was cancelled meanwhile. Later
//! messages change no incident: people work on it.

use domain::{
    identity::Capability,
    incidents::WarningColour,
    kernel::{Id, kinds},
};

use crate::{
    alerts::queries::hold,
    incidents::{Declaration, IncidentView, OfAlert, Where},
    problem::Problem,
    uow::{Command, Permission, Uow},
};

use super::ground::named_area;

/// Declares an incident.
#[derive(Debug)]
pub(crate) struct DeclareIncident {
    pub(crate) declared: Declaration,
    pub(crate) area: Where,
}

impl Command for DeclareIncident {
    type Output = IncidentView;
    const NAME: &'static str = "incidents.declare_incident";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<IncidentView, Problem> {
        self.declared.require(uow).await?;
        match &self.area {
            Where::Drawn(area) => {
                area.check_divisions(uow, "/affected_area").await?;
                self.declared.keep(uow, area, None).await
            }
            Where::OfAlert(alert) => self.of_alert(uow, *alert).await,
        }
    }
}

impl DeclareIncident {
    async fn of_alert(
        &self,
        uow: &mut Uow<'_>,
        id: Id<kinds::Alert>,
    ) -> Result<IncidentView, Problem> {
        let alert = hold(uow.db(), id, "/alert_id", uow.now()).await?;
        let (area, left_out) = named_area(uow.db(), id.uuid(), uow.today()).await?;
        if area.rows.is_empty() {
            return Err(Problem::field(
                "/alert_id",
                "no-area",
                "该预警没有可用的区域，请改用 affected_area",
                "the alert names no ground that is known here: give `affected_area` instead",
            ));
        }
        let told = alert.warning_colour.map(|it| it.parse::<WarningColour>());
        let told = told.transpose().map_err(Problem::internal)?;
        let declared = Declaration {
            warning_colour: self.declared.warning_colour.or(told),
            occurred_at: self.declared.occurred_at.or(Some(alert.onset_at)),
            ..self.declared.clone()
        };
        let of_alert = OfAlert { id, left_out };
        declared.keep(uow, &area, Some(of_alert)).await
    }
}
