//! What a device may have done, each by the command of its own operation.
//!
//! **Invariant.** A body is checked against the published contract of its operation and parsed by the
//! shape of that operation: what is refused here would be refused there, and nothing else.

use axum::http::Method;
use chrono::TimeDelta;
use domain::{
    devices::Operation,
    kernel::{Id, kinds},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    app::App,
    dispatch::ForIncidents,
    problem::Problem,
    stock::{
        ConditionChangeBody, CountBody, IssueBody, PostReservationBody, ReceiptBody, ReleaseBody,
        ReleaseReservation, ReserveBody, ZoneTransferBody,
    },
    uow::{self, Command, Key, Request},
};

use super::{Aim, Told, follow::OfDevice};

/// How far a clock in the field may run ahead, as for every paper.
const AHEAD_MAX: TimeDelta = TimeDelta::minutes(5);

/// Somebody who sends what a device has gathered.
pub(super) struct Sender<'a> {
    pub(super) app: &'a App,
    pub(super) request: &'a Request,
    pub(super) device: Id<kinds::Device>,
}

impl Sender<'_> {
    /// Does what a device told, and gives the id of what it made or changed, and whether that was
    /// done before.
    pub(super) async fn run(&self, told: &Told) -> Result<(String, bool), Problem> {
        if told.occurred_at > self.app.clock.now() + AHEAD_MAX {
            return Err(Problem::field(
                "/occurred_at",
                "out-of-range",
                "不得晚于现在 5 分钟以上",
                "is more than 5 minutes ahead of the server",
            ));
        }
        match (told.operation, told.aim) {
            (Operation::CreateReceipt, _) => {
                let body: ReceiptBody = self.body(told, "/v1/receipts")?;
                let command = ForIncidents(body.parse()?);
                self.tell(told, command, |made| made.movement.id.to_string())
                    .await
            }
            (Operation::CreateIssue, _) => {
                let body: IssueBody = self.body(told, "/v1/issues")?;
                let command = ForIncidents(body.parse()?);
                self.tell(told, command, |made| made.id.to_string()).await
            }
            (Operation::CreateZoneTransfer, _) => {
                let body: ZoneTransferBody = self.body(told, "/v1/zone-transfers")?;
                self.tell(told, body.parse()?, |made| made.id.to_string())
                    .await
            }
            (Operation::CreateConditionChange, _) => {
                let body: ConditionChangeBody = self.body(told, "/v1/condition-changes")?;
                self.tell(told, body.parse()?, |made| made.movement_id.to_string())
                    .await
            }
            (Operation::CreateReservation, _) => {
                let body: ReserveBody = self.body(told, "/v1/reservations")?;
                let command = ForIncidents(body.parse()?);
                self.tell(told, command, |made| made.id.to_string()).await
            }
            (_, Aim::Reservation(id)) => self.end(told, id).await,
            (_, Aim::Stocktake(id)) => {
                let route = "/v1/stocktakes/{stocktake_id}/counts";
                let body: CountBody = self.body(told, route)?;
                self.tell(told, body.parse(id)?, |made| made.stocktake_id.to_string())
                    .await
            }
            (operation, Aim::Nothing) => Err(Problem::internal(anyhow::anyhow!(
                "{operation} without what it changes"
            ))),
        }
    }

    async fn end(
        &self,
        told: &Told,
        id: Id<kinds::Reservation>,
    ) -> Result<(String, bool), Problem> {
        if told.operation == Operation::PostReservation {
            let route = "/v1/reservations/{reservation_id}/post";
            let body: PostReservationBody = self.body(told, route)?;
            return self
                .tell(told, body.parse(id)?, |made| made.id.to_string())
                .await;
        }
        let route = "/v1/reservations/{reservation_id}/release";
        let ReleaseBody {} = self.body(told, route)?;
        self.tell(told, ReleaseReservation { id }, |made| made.id.to_string())
            .await
    }

    fn body<B: DeserializeOwned>(&self, told: &Told, route: &str) -> Result<B, Problem> {
        let mut body = told.body.clone();
        if let Some(moment) = told.operation.moment() {
            let said = Value::String(told.occurred_at_text.clone());
            body.entry(moment).or_insert(said);
        }
        let contract = &self.app.contract;
        contract.body(&Method::POST, route, Value::Object(body))
    }

    async fn tell<C: Command + 'static>(
        &self,
        told: &Told,
        command: C,
        named: fn(&C::Output) -> String,
    ) -> Result<(String, bool), Problem> {
        let request = Request {
            key: Some(Key {
                text: format!("{}/{}", self.device, told.sequence),
                request_hash: told.hash.clone(),
            }),
            ..self.request.clone()
        };
        let command = OfDevice {
            device: self.device,
            told: told.clone(),
            command,
            named,
        };
        let done = uow::execute(self.app, &request, command).await?;
        Ok((named(&done.output), done.replayed))
    }
}
