//! What somebody signs for at one drop.
//!
//! **Invariant.** Every piece that is signed for leaves the road in the same transaction, and the
//! shipment says the same. Nobody signs for more than is on the road, and two who sign at once sign
//! one after the other.

use chrono::{DateTime, Utc};
use domain::{
    dispatch::hand_over::{Ending, ReceivedLine, Way},
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use super::{
    hand_over_stock::{Arrival, Signed},
    shipment_paper::{Held, refused},
};
use crate::{
    dispatch::{
        queries,
        rows::{hand_over, shipment},
        wire::HandOverLineView,
    },
    problem::Problem,
    uow::Uow,
};

/// Who gave and who received how much.
#[derive(Debug)]
pub(in crate::dispatch) struct Signature {
    pub(in crate::dispatch) id: Option<Id<kinds::HandOver>>,
    pub(in crate::dispatch) shipment: Id<kinds::Shipment>,
    pub(in crate::dispatch) given_by: Text<100>,
    pub(in crate::dispatch) received_by: Text<100>,
    pub(in crate::dispatch) occurred_at: Option<DateTime<Utc>>,
    pub(in crate::dispatch) lines: Vec<ReceivedLine>,
    pub(in crate::dispatch) ending: Ending,
    pub(in crate::dispatch) people_served: Option<i64>,
    pub(in crate::dispatch) note: Option<Text<1000>>,
}

impl Signature {
    /// Takes the goods off the road, and gives what was signed for with the rest of a last drop.
    pub(super) async fn take(
        &self,
        uow: &Uow<'_>,
        held: Held,
        way: Way,
        into: Arrival,
    ) -> Result<Vec<ReceivedLine>, Problem> {
        let (next, posted) = held
            .shipment
            .sign(way, &self.lines, self.ending)
            .map_err(|error| refused(error, &self.lines))?;
        let signed = Signed {
            shipment: &held.row,
            occurred_at: self.occurred_at,
            lines: &posted,
            into,
        };
        signed.post(uow).await?;
        self.write(uow, &held.row, way, &posted).await?;
        held.write(uow, &next).await?;
        Ok(posted)
    }

    async fn write(
        &self,
        uow: &Uow<'_>,
        row: &shipment::Model,
        way: Way,
        posted: &[ReceivedLine],
    ) -> Result<(), Problem> {
        let lines: Vec<_> = posted.iter().map(HandOverLineView::from).collect();
        if let Some(id) = self.id {
            let found = queries::hand_over_row(uow.db(), id).await;
            Problem::unless_new(found, "hand_over.id")?;
        }
        let id = self.id.unwrap_or_else(|| uow.id());
        hand_over::ActiveModel {
            depot_id: Set(row.depot_id),
            id: Set(id.uuid()),
            shipment_id: Set(row.id),
            occurred_at: Set(self.occurred_at.unwrap_or_else(|| uow.now())),
            recorded_at: Set(uow.now()),
            given_by: Set(self.given_by.as_str().to_owned()),
            received_by: Set(self.received_by.as_str().to_owned()),
            note: Set(self.note.as_ref().map(|note| note.as_str().to_owned())),
            lines: Set(serde_json::to_string(&lines).map_err(Problem::internal)?),
            journal_id: Set(Some(uow.entry().uuid())),
            people_served: Set(self.people_served),
            way: Set(way.name().to_owned()),
            reversed_at: Set(None),
            reversed_by_id: Set(None),
            reversal_reason: Set(None),
        }
        .insert(uow.db())
        .await?;
        Ok(())
    }
}
