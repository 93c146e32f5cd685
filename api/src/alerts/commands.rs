//! Taking an alert in.
//!
//! **Invariant.** A message is taken in once: the same document again is the same alert, and another
//! one under its name is refused. What took the place of what is judged in the same way whichever came
//! first, because messages are taken in one after the other.

mod declare;
mod ground;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::{
    alerts::{Alert, AlertName, AlertPart, Succession, decisive},
    identity::Capability,
    kernel::{Id, kinds},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, IntoActiveModel, QueryFilter,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    organisations,
    problem::{Code, Problem},
    scope::{Scope, reference, to_change},
    storage::Engine,
    uow::Uow,
};

use super::{
    rows::{alert, document, part, reference as named},
    wire::AlertView,
};

pub(super) use declare::DeclareIncident;
pub(crate) use ground::area_with_outlines;

// What clocks of others may go wrong by.
const AHEAD_MAX: TimeDelta = TimeDelta::hours(1);

/// A message of a sender that is believed.
#[derive(Debug)]
pub(crate) struct TakeAlert {
    /// On whose behalf.
    pub(crate) organisation: Id<kinds::Organisation>,
    pub(crate) alert: Alert,
    /// As it came.
    pub(crate) document: String,
    pub(crate) sha256: String,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) view: AlertView,
    /// It was there already.
    pub(crate) repeated: bool,
    /// Alerts whose place it took.
    pub(crate) superseded: Vec<Uuid>,
    /// What is valid in their place, and how that came.
    pub(crate) successor: Option<(Succession, Uuid)>,
}

/// Takes an alert in, inside the command of who tells what follows.
pub(crate) async fn take(uow: &Uow<'_>, message: &TakeAlert) -> Result<Taken, Problem> {
    let (scope, organisation) = (uow.scope(), message.organisation);
    let found = organisations::named(uow.db(), &scope, organisation, "organisation_id").await;
    found.map_err(|problem| match problem.code {
        Code::InvalidRequest => problem.of_query(),
        _ => problem,
    })?;
    uow.require(Capability::DeclareIncident, organisation.uuid())
        .await?;
    // On SQLite they stand in one line anyhow.
    if uow.engine() == Engine::Postgres {
        let alone = "LOCK TABLE alert IN SHARE ROW EXCLUSIVE MODE";
        uow.db().execute_unprepared(alone).await?;
    }
    let name = &message.alert.name;
    let known = reference::<alert::Entity>()
        .filter(alert::Column::Sender.eq(&name.sender))
        .filter(alert::Column::Identifier.eq(&name.identifier))
        .filter(alert::Column::SentAt.eq(name.sent))
        .one(uow.db())
        .await?;
    if let Some(known) = known {
        return message.repeated(uow, known);
    }
    if name.sent > uow.now() + AHEAD_MAX {
        return Err(Problem::field(
            "/alert/sent",
            "out-of-range",
            "发布时间不能晚于现在一小时以上",
            "no message was sent more than an hour from now",
        ));
    }
    message.keep(uow).await
}

impl TakeAlert {
    fn repeated(&self, uow: &Uow<'_>, known: alert::Model) -> Result<Taken, Problem> {
        if known.sha256 != self.sha256 {
            let id = Id::<kinds::Alert>::from_uuid(known.id);
            return Err(Problem::new(Code::AlertConflict).with("alert_id", id.to_string()));
        }
        Ok(Taken {
            view: AlertView::new(known, uow.now()),
            repeated: true,
            superseded: Vec::new(),
            successor: None,
        })
    }

    async fn keep(&self, uow: &Uow<'_>) -> Result<Taken, Problem> {
        let id: Id<kinds::Alert> = uow.id();
        let succeeded = self.succeeded(uow).await?;
        let row = self.row(uow, id.uuid(), succeeded).insert(uow.db()).await?;
        let content = document::ActiveModel {
            alert_id: Set(id.uuid()),
            content: Set(self.document.clone()),
        };
        content.insert(uow.db()).await?;
        uow.insert_all(self.parts(id.uuid())).await?;
        uow.insert_all(self.references(id.uuid())).await?;
        let superseded = self.supersede(uow, id.uuid()).await?;
        let successor = match self.alert.succession() {
            Some(succession) if !superseded.is_empty() => Some(last(uow, succession, &row).await?),
            _ => None,
        };
        Ok(Taken {
            view: AlertView::new(row, uow.now()),
            repeated: false,
            superseded,
            successor,
        })
    }

    fn row(
        &self,
        uow: &Uow<'_>,
        id: Uuid,
        succeeded: Option<(Succession, Uuid)>,
    ) -> alert::ActiveModel {
        let (alert, told) = (&self.alert, self.alert.told());
        let areas = alert.areas();
        let count = |of_kind: fn(&AlertPart) -> bool| {
            let parts = areas.iter().flat_map(|(_, parts)| parts);
            i64::try_from(parts.filter(|part| of_kind(part)).count()).unwrap_or(i64::MAX)
        };
        alert::ActiveModel {
            id: Set(id),
            organisation_id: Set(self.organisation.uuid()),
            sender: Set(alert.name.sender.clone()),
            identifier: Set(alert.name.identifier.clone()),
            sent_at: Set(alert.name.sent),
            status: Set(alert.status.name().to_owned()),
            message_type: Set(alert.kind.name().to_owned()),
            warns: Set(alert.warns()),
            event: Set(told.map(|info| info.event.clone())),
            headline: Set(told.and_then(|info| info.headline.clone())),
            sender_name: Set(told.and_then(|info| info.sender_name.clone())),
            urgency: Set(told.map(|info| info.urgency.name().to_owned())),
            severity: Set(told.map(|info| info.severity.name().to_owned())),
            certainty: Set(told.map(|info| info.certainty.name().to_owned())),
            colour: Set(told.and_then(|info| Some(info.colour?.name().to_owned()))),
            effective_at: Set(alert.effective()),
            onset_at: Set(alert.onset()),
            expires_at: Set(alert.expires()),
            divisions: Set(count(|part| matches!(part, AlertPart::Division(_)))),
            polygons: Set(count(|part| matches!(part, AlertPart::Polygon(_)))),
            circles: Set(count(|part| matches!(part, AlertPart::Circle(_)))),
            other_codes: Set(count(|part| matches!(part, AlertPart::Other { .. }))),
            sha256: Set(self.sha256.clone()),
            succeeded_by: Set(succeeded.map(|(_, by)| by)),
            succeeded_as: Set(succeeded.map(|(how, _)| how.name().to_owned())),
            taken_at: Set(uow.now()),
            taken_by: Set(uow.caller().principal()),
            version: Set(1),
        }
    }

    fn parts(&self, id: Uuid) -> Vec<part::ActiveModel> {
        let areas = self.alert.areas();
        let parts = areas
            .iter()
            .flat_map(|(area, parts)| parts.iter().map(move |part| (&area.description, *part)));
        (0_i64..)
            .zip(parts)
            .map(|(number, (description, part))| {
                let (kind, code, geometry, other) = kept(part);
                let (value_name, value) = other.unzip();
                part::ActiveModel {
                    alert_id: Set(id),
                    part: Set(number),
                    description: Set(description.clone()),
                    kind: Set(kind.to_owned()),
                    division_code: Set(code),
                    geometry: Set(geometry),
                    value_name: Set(value_name),
                    value: Set(value),
                }
            })
            .collect()
    }

    fn references(&self, id: Uuid) -> Vec<named::ActiveModel> {
        (0_i64..)
            .zip(&self.alert.references)
            .map(|(number, name)| named::ActiveModel {
                alert_id: Set(id),
                number: Set(number),
                sender: Set(name.sender.clone()),
                identifier: Set(name.identifier.clone()),
                sent_at: Set(name.sent),
            })
            .collect()
    }

    // What came before this one and takes its place.
    async fn succeeded(&self, uow: &Uow<'_>) -> Result<Option<(Succession, Uuid)>, Problem> {
        let name = &self.alert.name;
        let naming = reference::<named::Entity>()
            .filter(named::Column::Sender.eq(&name.sender))
            .filter(named::Column::Identifier.eq(&name.identifier))
            .filter(named::Column::SentAt.eq(name.sent))
            .all(uow.db())
            .await?;
        let ids = naming.into_iter().map(|row| row.alert_id);
        let later = reference::<alert::Entity>()
            .filter(alert::Column::Id.is_in(ids))
            .filter(alert::Column::Status.eq("Actual"))
            .all(uow.db())
            .await?;
        let later = later.into_iter().filter_map(|row| {
            let succession = succession(&row)?;
            let follows = name_of(&row).follows(name);
            follows.then_some((row.sent_at, succession, row.id))
        });
        Ok(decisive(later))
    }

    // Marks those whose place this one takes, and says which.
    async fn supersede(&self, uow: &Uow<'_>, id: Uuid) -> Result<Vec<Uuid>, Problem> {
        let Some(how) = self.alert.succession() else {
            return Ok(Vec::new());
        };
        let name = &self.alert.name;
        let earlier: Vec<_> = self
            .alert
            .references
            .iter()
            .filter(|earlier| name.follows(earlier))
            .collect();
        let rows = to_change::<alert::Entity>(&Scope::Everything)
            .filter(alert::Column::Sender.eq(&name.sender))
            .filter(alert::Column::Identifier.is_in(earlier.iter().map(|it| &it.identifier)))
            .all(uow.db())
            .await?;
        let others = rows.iter().filter_map(|row| row.succeeded_by);
        let others: BTreeMap<Uuid, alert::Model> = reference::<alert::Entity>()
            .filter(alert::Column::Id.is_in(others))
            .all(uow.db())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let mut superseded = Vec::new();
        for row in rows {
            let is_meant = earlier.iter().any(|it| **it == name_of(&row));
            let other = row.succeeded_by.and_then(|by| others.get(&by));
            let other = other.and_then(|it| Some((it.sent_at, succession(it)?, it.id)));
            let last = decisive(other.into_iter().chain([(name.sent, how, id)]));
            if !is_meant || last.is_none_or(|(_, last)| last != id) {
                continue;
            }
            superseded.push(row.id);
            let version = row.version + 1;
            let mut change = row.into_active_model();
            change.succeeded_by = Set(Some(id));
            change.succeeded_as = Set(Some(how.name().to_owned()));
            change.version = Set(version);
            change.update(uow.db()).await?;
        }
        Ok(superseded)
    }
}

// What is valid in the end, where later messages came first. Each was sent after the one before.
async fn last(
    uow: &Uow<'_>,
    how: Succession,
    row: &alert::Model,
) -> Result<(Succession, Uuid), Problem> {
    let (mut how, mut id, mut next) = (how, row.id, row.succeeded_by);
    while let Some(by) = next {
        let found = reference::<alert::Entity>()
            .filter(alert::Column::Id.eq(by))
            .one(uow.db())
            .await?;
        let Some(found) = found else { break };
        how = succession(&found).unwrap_or(how);
        (id, next) = (found.id, found.succeeded_by);
    }
    Ok((how, id))
}

fn succession(row: &alert::Model) -> Option<Succession> {
    match row.message_type.as_str() {
        "Update" => Some(Succession::Updates),
        "Cancel" => Some(Succession::Cancels),
        _ => None,
    }
}

fn name_of(row: &alert::Model) -> AlertName {
    AlertName {
        sender: row.sender.clone(),
        identifier: row.identifier.clone(),
        sent: row.sent_at,
    }
}

type Kept = (
    &'static str,
    Option<String>,
    Option<String>,
    Option<(String, String)>,
);

fn kept(part: &AlertPart) -> Kept {
    match part {
        AlertPart::Division(code) => ("division", Some(code.to_string()), None, None),
        AlertPart::Other { name, value } => {
            ("other", None, None, Some((name.clone(), value.clone())))
        }
        AlertPart::Polygon(polygon) => {
            let ring = polygon.geometry().exterior().points();
            let ring: Vec<_> = ring.map(|point| [point.x(), point.y()]).collect();
            let drawn = json!({ "type": "Polygon", "coordinates": [ring] });
            ("polygon", None, Some(drawn.to_string()), None)
        }
        AlertPart::Circle(circle) => {
            let drawn = json!({
                "longitude": circle.centre().longitude(),
                "latitude": circle.centre().latitude(),
                "radius_km": circle.radius_km(),
            });
            ("circle", None, Some(drawn.to_string()), None)
        }
    }
}
