//! What became of a gift, for whoever holds its receipt; and of a shipment or lot, for whoever reads
//! its label.
//!
//! **Invariant.** Accounts, kinds, townships and societies; no person and no address.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::ReceiptCode,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    journal::{CheckpointView, PublicProofView},
    problem::{Fault, Faults, Problem},
};

use super::LotFiguresView;

/// What is printed on a receipt.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::disclosure) struct TraceBody {
    /// The number on the paper, or the id of the receipt.
    #[schema(min_length = 1, max_length = 64)]
    receipt: String,
    /// The code beside it.
    #[schema(min_length = 16, max_length = 40)]
    code: String,
}

impl TraceBody {
    pub(in crate::disclosure) fn parse(&self) -> Result<(String, ReceiptCode), Problem> {
        let mut faults = Faults::default();
        let code = ReceiptCode::parse(&self.code).map_err(|error| {
            Fault::new(
                "format",
                "查询码为回执上印的 16 位字母与数字",
                error.to_string(),
            )
        });
        let code = faults.take("/code", code);
        faults.finish(code.map(|code| (self.receipt.trim().to_owned(), code)))
    }
}

/// What became of one lot of a gift.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::disclosure) struct TraceGoodsView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) lot_id: Id<kinds::Lot>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) item_name: String,
    #[schema(max_length = 16)]
    pub(in crate::disclosure) base_unit: String,
    pub(in crate::disclosure) figures: LotFiguresView,
}

/// One thing that happened to the goods.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::disclosure) struct TraceStepView {
    /// Where its entry stands in the journal.
    #[schema(minimum = 0)]
    pub(in crate::disclosure) position: i64,
    pub(in crate::disclosure) recorded_at: DateTime<Utc>,
    /// `receipt`, `issue`, `transfer`, `return`, `conversion`, `disposal`, `count_difference`,
    /// `condition_change` or `reversal`.
    #[schema(max_length = 32)]
    pub(in crate::disclosure) kind: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) lot_id: Id<kinds::Lot>,
    /// In base units.
    #[schema(minimum = 1)]
    pub(in crate::disclosure) quantity: i64,
    /// `zone`, `road`, `source`, `recipient`, `loss`, `conversion` or `count_difference`.
    #[schema(max_length = 32)]
    pub(in crate::disclosure) from: String,
    #[schema(max_length = 32)]
    pub(in crate::disclosure) to: String,
    /// The society whose depot wrote it down.
    #[schema(max_length = 200)]
    pub(in crate::disclosure) organisation_name: String,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) incident_name: Option<String>,
    /// Where goods went that left, down to the township.
    #[schema(max_length = 12)]
    pub(in crate::disclosure) division_code: Option<String>,
    #[schema(max_length = 100)]
    pub(in crate::disclosure) division_name: Option<String>,
}

/// What became of a gift. Saved to a file, `tools/verify.py --proof FILE --key KEY` checks its proofs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::disclosure) struct TraceView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) receipt_id: Id<kinds::Movement>,
    #[schema(max_items = 1000)]
    pub(in crate::disclosure) goods: Vec<TraceGoodsView>,
    /// In the order in which they were recorded.
    #[schema(max_items = 500)]
    pub(in crate::disclosure) steps: Vec<TraceStepView>,
    /// Whether more happened than is told here.
    pub(in crate::disclosure) more_steps: bool,
    /// Of every entry that a step names: that it is in the journal that was signed.
    #[schema(max_items = 500)]
    pub(in crate::disclosure) proofs: Vec<PublicProofView>,
    pub(in crate::disclosure) checkpoint: CheckpointView,
}

/// What is in a shipment.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::disclosure) struct PublicShipmentLineView {
    #[schema(max_length = 200)]
    pub(in crate::disclosure) item_name: String,
    #[schema(max_length = 16)]
    pub(in crate::disclosure) base_unit: String,
    /// Base units that left.
    #[schema(minimum = 0)]
    pub(in crate::disclosure) sent: i64,
    #[schema(minimum = 0)]
    pub(in crate::disclosure) received: i64,
    #[schema(minimum = 0)]
    pub(in crate::disclosure) damaged: i64,
    #[schema(minimum = 0)]
    pub(in crate::disclosure) short: i64,
    #[schema(minimum = 0)]
    pub(in crate::disclosure) returned: i64,
}

/// A shipment, as anybody may know it who reads its waybill.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::disclosure) struct PublicShipmentView {
    #[schema(max_length = 64)]
    pub(in crate::disclosure) waybill: String,
    #[schema(max_length = 16)]
    pub(in crate::disclosure) state: String,
    pub(in crate::disclosure) departed_at: DateTime<Utc>,
    pub(in crate::disclosure) arrived_at: Option<DateTime<Utc>>,
    /// The level of the society that sent it.
    #[schema(max_length = 16)]
    pub(in crate::disclosure) from_level: String,
    /// The level of the society that receives it.
    #[schema(max_length = 16)]
    pub(in crate::disclosure) to_level: String,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) incident_name: Option<String>,
    #[schema(max_items = 1000)]
    pub(in crate::disclosure) lines: Vec<PublicShipmentLineView>,
}

/// The goods in a box, as anybody may know them who reads the lot on its label.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::disclosure) struct PublicLotView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) lot_id: Id<kinds::Lot>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) item_name: String,
    #[schema(max_length = 16)]
    pub(in crate::disclosure) base_unit: String,
    /// Where they came from: `purchase`, `donation` and so on.
    #[schema(max_length = 16)]
    pub(in crate::disclosure) source: String,
    /// The level of the society that owns them.
    #[schema(max_length = 16)]
    pub(in crate::disclosure) owner_level: String,
    /// What became of the whole lot.
    pub(in crate::disclosure) figures: LotFiguresView,
    /// How many entries of the journal were sealed.
    #[schema(minimum = 0)]
    pub(in crate::disclosure) position: i64,
}
