//! Call-offs and deliveries, as they are sent.

mod views;

use chrono::{DateTime, Utc};
use domain::kernel::{Id, Text, kinds};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Faults, Problem};

use super::{
    super::commands::{CallGoodsOff, CancelCallOff, DeliverCallOff, Destination, ReverseDelivery},
    WantedBody, wanted,
};

pub(in crate::agreements) use views::{
    CallOffLineView, CallOffView, DeliveryLineView, DeliveryView,
};

/// Goods that a supplier is called upon to deliver.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::agreements) struct CallGoodsOffBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^calloff_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::CallOff>>,
    /// The depot that receives them. Give this or `site_id`.
    #[schema(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    to_depot_id: Option<Id<kinds::Depot>>,
    /// The site of an open incident that they are brought to.
    #[schema(value_type = Option<String>, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    site_id: Option<Id<kinds::Site>>,
    #[schema(min_length = 1, max_length = 1000)]
    note: Option<String>,
    #[schema(min_items = 1, max_items = 200)]
    lines: Vec<WantedBody>,
}

impl CallGoodsOffBody {
    pub(in crate::agreements) fn parse(
        self,
        agreement: Id<kinds::Agreement>,
    ) -> Result<CallGoodsOff, Problem> {
        let mut faults = Faults::default();
        let to = match (self.to_depot_id, self.site_id) {
            (Some(depot), None) => Some(Destination::Depot(depot)),
            (None, Some(site)) => Some(Destination::Site(site)),
            (None, None) => {
                faults.note(
                    "/to_depot_id",
                    "required",
                    "须给出 to_depot_id 或 site_id",
                    "give to_depot_id or site_id",
                );
                None
            }
            (Some(_), Some(_)) => {
                faults.note(
                    "/site_id",
                    "ambiguous",
                    "to_depot_id 与 site_id 只能给一个",
                    "to_depot_id and site_id exclude each other",
                );
                None
            }
        };
        let note = faults.take_if("/note", self.note.as_deref().map(Text::paragraphs));
        let lines = wanted(&mut faults, &self.lines);
        let command = (|| {
            Some(CallGoodsOff {
                id: self.id,
                agreement,
                to: to?,
                note: note?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

/// Why what has not come is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::agreements) struct CancelCallOffBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl CancelCallOffBody {
    pub(in crate::agreements) fn parse(
        &self,
        call_off: Id<kinds::CallOff>,
    ) -> Result<CancelCallOff, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let reason = faults.finish(reason)?;
        Ok(CancelCallOff { call_off, reason })
    }
}

/// What a supplier brought straight to a site.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::agreements) struct DeliverCallOffBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^delivery_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Delivery>>,
    /// Who signed for it.
    #[schema(min_length = 1, max_length = 100)]
    received_by: String,
    /// When it came: up to 10 years ago and at most 5 minutes ahead of the server. Now, if absent.
    occurred_at: Option<DateTime<Utc>>,
    #[schema(min_length = 1, max_length = 1000)]
    note: Option<String>,
    #[schema(min_items = 1, max_items = 200)]
    lines: Vec<WantedBody>,
}

impl DeliverCallOffBody {
    pub(in crate::agreements) fn parse(
        self,
        call_off: Id<kinds::CallOff>,
    ) -> Result<DeliverCallOff, Problem> {
        let mut faults = Faults::default();
        let received_by = faults.take("/received_by", Text::new(&self.received_by));
        let note = faults.take_if("/note", self.note.as_deref().map(Text::paragraphs));
        let lines = wanted(&mut faults, &self.lines);
        let command = (|| {
            Some(DeliverCallOff {
                call_off,
                id: self.id,
                received_by: received_by?,
                occurred_at: self.occurred_at,
                note: note?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

/// Why a delivery is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::agreements) struct ReverseDeliveryBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl ReverseDeliveryBody {
    pub(in crate::agreements) fn parse(
        &self,
        delivery: Id<kinds::Delivery>,
    ) -> Result<ReverseDelivery, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let reason = faults.finish(reason)?;
        Ok(ReverseDelivery { delivery, reason })
    }
}

/// Which call-offs.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::agreements) struct CallOffFilter {
    /// From this agreement.
    #[param(value_type = Option<String>, pattern = "^agreement_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::agreements) agreement_id: Option<Id<kinds::Agreement>>,
    /// From this supplier.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(in crate::agreements) supplier_id: Option<Id<kinds::Organisation>>,
    /// For this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::agreements) to_depot_id: Option<Id<kinds::Depot>>,
    /// For a site of this incident.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::agreements) incident_id: Option<Id<kinds::Incident>>,
    /// That stand so.
    #[param(max_length = 16, pattern = "^(called|delivered|ended|cancelled)$")]
    pub(in crate::agreements) state: Option<String>,
}
