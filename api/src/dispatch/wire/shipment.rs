//! Shipments on the wire.
//!
//! **Invariant.** The name of a driver is personal: the journal keeps only a commitment to it.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Quantity, kinds},
    stock::Condition,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    dispatch::{
        commands::{Cargo, SendBetweenDepots, ShipOrder, Transport},
        wire::HandOverView,
    },
    http::{Whole, versioned},
    problem::{Faults, Problem},
};

/// A load that leaves under an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct ShipOrderBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^shipment_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Shipment>>,
    /// What leaves; all that is not sent yet if absent.
    #[schema(min_items = 1, max_items = 500)]
    lines: Option<Vec<ShipLineBody>>,
    /// Whether nothing more will follow; the rest of the order is given up. Default false.
    last: Option<bool>,
    #[schema(min_length = 1, max_length = 100)]
    vehicle: Option<String>,
    #[schema(min_length = 1, max_length = 100)]
    driver: Option<String>,
    expected_at: Option<DateTime<Utc>>,
    /// When it left, as the field says; now if absent.
    occurred_at: Option<DateTime<Utc>>,
}

/// A part of an order's line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct ShipLineBody {
    /// The number of the order's line.
    #[schema(value_type = i64, minimum = 0, maximum = 100000)]
    line: Whole,
    /// Base units.
    #[schema(value_type = i64, minimum = 1, maximum = 1000000000000_i64)]
    quantity: Whole,
}

impl ShipOrderBody {
    pub(in crate::dispatch) fn parse(
        self,
        order: Id<kinds::DispatchOrder>,
    ) -> Result<ShipOrder, Problem> {
        let mut faults = Faults::default();
        let transport = transport(
            &mut faults,
            self.vehicle.as_deref(),
            self.driver.as_deref(),
            self.expected_at,
            self.occurred_at,
        );
        let lines = self.lines.map(|lines| {
            lines
                .iter()
                .enumerate()
                .filter_map(|(index, line)| {
                    let pointer = format!("/lines/{index}/quantity");
                    let quantity = faults.take(pointer, Quantity::new(line.quantity.0))?;
                    Some((line.line.0, quantity))
                })
                .collect()
        });
        let command = transport.map(|transport| ShipOrder {
            id: self.id,
            order,
            lines,
            last: self.last.unwrap_or(false),
            transport,
        });
        faults.finish(command)
    }
}

fn transport(
    faults: &mut Faults,
    vehicle: Option<&str>,
    driver: Option<&str>,
    expected_at: Option<DateTime<Utc>>,
    occurred_at: Option<DateTime<Utc>>,
) -> Option<Transport> {
    let vehicle = super::optional(faults, "/vehicle", vehicle);
    let driver = super::optional(faults, "/driver", driver);
    Some(Transport {
        vehicle: vehicle?,
        driver: driver?,
        expected_at,
        occurred_at,
    })
}

/// A keeper's own transfer between two depots.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct CreateShipmentBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^shipment_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Shipment>>,
    /// The depot that sends.
    #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Id<kinds::Depot>,
    /// The depot that receives.
    #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    to_depot_id: Id<kinds::Depot>,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<CargoBody>,
    #[schema(min_length = 1, max_length = 100)]
    vehicle: Option<String>,
    #[schema(min_length = 1, max_length = 100)]
    driver: Option<String>,
    expected_at: Option<DateTime<Utc>>,
    /// When it left, as the field says; now if absent.
    occurred_at: Option<DateTime<Utc>>,
}

/// Goods of one lot in one zone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct CargoBody {
    #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Id<kinds::Lot>,
    /// The depot's first zone if absent.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Option<Id<kinds::Zone>>,
    /// `usable` if absent.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    condition: Option<String>,
    /// Base units.
    #[schema(value_type = i64, minimum = 1, maximum = 1000000000000_i64)]
    quantity: Whole,
}

impl CreateShipmentBody {
    pub(in crate::dispatch) fn parse(self) -> Result<SendBetweenDepots, Problem> {
        let mut faults = Faults::default();
        let transport = transport(
            &mut faults,
            self.vehicle.as_deref(),
            self.driver.as_deref(),
            self.expected_at,
            self.occurred_at,
        );
        if self.depot_id == self.to_depot_id {
            faults.note(
                "/to_depot_id",
                "same",
                "发出库与接收库不能相同；库内移位请用库区调拨",
                "goods do not travel from a depot to itself; use a transfer between zones",
            );
        }
        let cargo = self
            .lines
            .iter()
            .enumerate()
            .filter_map(|(index, line)| {
                let at = |member| format!("/lines/{index}/{member}");
                let quantity = faults.take(at("quantity"), Quantity::new(line.quantity.0));
                let condition = condition(&mut faults, at("condition"), line.condition.as_deref());
                Some(Cargo {
                    lot: line.lot_id,
                    zone: line.zone_id,
                    condition: condition?,
                    quantity: quantity?,
                })
            })
            .collect();
        let command = transport.map(|transport| SendBetweenDepots {
            id: self.id,
            depot: self.depot_id,
            to_depot: self.to_depot_id,
            cargo,
            transport,
        });
        faults.finish(command)
    }
}

pub(super) fn condition(
    faults: &mut Faults,
    pointer: String,
    text: Option<&str>,
) -> Option<Condition> {
    match text {
        Some(text) => faults.take(pointer, text.parse::<Condition>()),
        None => Some(Condition::Usable),
    }
}

/// Goods on the road, or arrived.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct ShipmentView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) id: Id<kinds::Shipment>,
    /// The number on the paper that travels with it: depot, day and the count of that day, from 1.
    #[schema(max_length = 64)]
    pub(in crate::dispatch) waybill: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) depot_id: Id<kinds::Depot>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) order_id: Option<Id<kinds::DispatchOrder>>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) receiver_id: Id<kinds::Organisation>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) site_id: Option<Id<kinds::Site>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) to_depot_id: Option<Id<kinds::Depot>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) incident_id: Option<Id<kinds::Incident>>,
    /// `on_road`; `arrived`, when everything of it is accounted for; `recalled`, when it was called
    /// back and is not all back yet; `returned`.
    #[schema(max_length = 16)]
    pub(in crate::dispatch) state: String,
    /// When it was called back.
    pub(in crate::dispatch) recalled_at: Option<DateTime<Utc>>,
    /// On whose behalf it was called back.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::dispatch) recalled_by_id: Option<Id<kinds::Organisation>>,
    #[schema(max_length = 1000)]
    pub(in crate::dispatch) recall_reason: Option<String>,
    #[schema(max_length = 100)]
    pub(in crate::dispatch) vehicle: Option<String>,
    #[schema(max_length = 100)]
    pub(in crate::dispatch) driver: Option<String>,
    pub(in crate::dispatch) departed_at: DateTime<Utc>,
    pub(in crate::dispatch) expected_at: Option<DateTime<Utc>>,
    pub(in crate::dispatch) arrived_at: Option<DateTime<Utc>>,
    /// The movement that put it on the road.
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) movement_id: Id<kinds::Movement>,
    #[schema(max_items = 5000)]
    pub(in crate::dispatch) lines: Vec<ShipmentLineView>,
    /// The signatures; empty in lists.
    #[schema(max_items = 1000)]
    pub(in crate::dispatch) hand_overs: Vec<HandOverView>,
    #[schema(minimum = 1)]
    pub(in crate::dispatch) version: i64,
}

versioned!(ShipmentView);

/// The paper that travels with a shipment.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::dispatch) struct WaybillView<C> {
    pub(in crate::dispatch) shipment: ShipmentView,
    /// The newest checkpoint of the journal; absent before the first one.
    pub(in crate::dispatch) checkpoint: Option<C>,
}

/// What became of one lot of a shipment, in base units.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct ShipmentLineView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) lot_id: Id<kinds::Lot>,
    #[schema(max_length = 16)]
    pub(in crate::dispatch) condition: String,
    #[schema(minimum = 1)]
    pub(in crate::dispatch) sent: i64,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) received: i64,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) damaged: i64,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) short: i64,
    /// Back in the depot that sent it, damaged or not.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) returned: i64,
    /// Still on the road.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) remaining: i64,
}

/// Which shipments to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::dispatch) struct ShipmentFilter {
    /// Sent by this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) depot_id: Option<Id<kinds::Depot>>,
    /// Sent under this order.
    #[param(value_type = Option<String>, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) order_id: Option<Id<kinds::DispatchOrder>>,
    /// For this incident.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) incident_id: Option<Id<kinds::Incident>>,
    /// In this state.
    #[param(max_length = 16, pattern = "^(on_road|recalled|arrived|returned)$")]
    pub(in crate::dispatch) state: Option<String>,
}
