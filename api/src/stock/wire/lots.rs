//! Lots on the wire.
//!
//! **Invariant.** Whoever sees a lot sees the part of its life that lies in depots they see; its
//! owner sees it all. `complete` says which.

use chrono::{DateTime, Utc};
use domain::{
    catalogue::Units,
    kernel::{Currency, Id, Money, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{catalogue::ItemFacts, problem::Problem};

use super::{
    super::rows,
    balances::BalanceView,
    movements::LedgerAccountView,
    parts::{PurposeView, RestrictionView},
};

/// Goods of one item received together.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LotView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    /// Whose goods these are.
    #[schema(value_type = String, max_length = 30)]
    pub(crate) owner_id: Id<kinds::Organisation>,
    /// `purchase`, `donation`, `transfer_in`, `forfeit`, `opening`, `conversion`, `disposal` or
    /// `recovery`.
    #[schema(max_length = 16)]
    pub(crate) source: String,
    #[schema(max_length = 200)]
    pub(crate) donor: Option<String>,
    #[schema(max_length = 64)]
    pub(crate) batch: Option<String>,
    #[schema(max_length = 200)]
    pub(crate) maker: Option<String>,
    #[schema(max_length = 10)]
    pub(crate) produced_on: Option<String>,
    /// The last day of use.
    #[schema(max_length = 10)]
    pub(crate) expires_on: Option<String>,
    /// The value of one base unit.
    #[schema(max_length = 20)]
    pub(crate) unit_value: Option<String>,
    #[schema(max_length = 3)]
    pub(crate) currency: Option<String>,
    pub(crate) restriction: RestrictionView,
    pub(crate) recalled_at: Option<DateTime<Utc>>,
    #[schema(max_length = 500)]
    pub(crate) remark: Option<String>,
    /// The depot that received it.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// The lot of kits that it came out of, where nothing was on record of what went into them.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) kit_lot_id: Option<Id<kinds::Lot>>,
    /// The disposal of goods that these are parts of.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) disposal_id: Option<Id<kinds::Disposal>>,
    /// The call-off from a supplier that it came of.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) call_off_id: Option<Id<kinds::CallOff>>,
    /// The lot that the goods were before they got another owner or purpose.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) parent_lot_id: Option<Id<kinds::Lot>>,
    /// The change by which they did.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) lot_change_id: Option<Id<kinds::LotChange>>,
    /// The loan in the place of whose goods these came.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) loan_id: Option<Id<kinds::Loan>>,
    pub(crate) created_at: DateTime<Utc>,
}

/// An amount of ten-thousandths as a decimal.
pub(super) fn amount(value_e4: Option<i64>) -> Result<Option<String>, Problem> {
    value_e4
        .map(|value| {
            Money::from_ten_thousandths(value, Currency::CNY)
                .map(|money| money.amount().to_string())
                .map_err(Problem::internal)
        })
        .transpose()
}

/// The name and the base unit of an item.
pub(in crate::stock) fn named(item: Option<&ItemFacts>) -> (String, String) {
    let unit = |units: &Units| units.base().as_str().to_owned();
    item.map(|item| (item.name.clone(), unit(&item.units)))
        .unwrap_or_default()
}

impl LotView {
    pub(in crate::stock) fn new(
        row: rows::lot::Model,
        item: Option<&ItemFacts>,
    ) -> Result<Self, Problem> {
        let (item_name, base_unit) = named(item);
        Ok(Self {
            id: Id::from_uuid(row.id),
            item_id: Id::from_uuid(row.item_id),
            item_name,
            base_unit,
            owner_id: Id::from_uuid(row.owner_id),
            source: row.source,
            donor: row.donor,
            batch: row.batch,
            maker: row.maker,
            produced_on: row.produced_on,
            expires_on: row.expires_on,
            unit_value: amount(row.unit_value_e4)?,
            currency: row.currency,
            restriction: RestrictionView::read(&row.restriction_kind, row.restriction.as_deref())?,
            recalled_at: row.recalled_at,
            remark: row.remark,
            depot_id: Id::from_uuid(row.depot_id),
            kit_lot_id: row.kit_lot_id.map(Id::from_uuid),
            disposal_id: row.disposal_id.map(Id::from_uuid),
            call_off_id: row.call_off_id.map(Id::from_uuid),
            parent_lot_id: row.parent_lot_id.map(Id::from_uuid),
            lot_change_id: row.lot_change_id.map(Id::from_uuid),
            loan_id: row.loan_id.map(Id::from_uuid),
            created_at: row.created_at,
        })
    }
}

/// A lot and where it is now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::stock) struct LotStandingView {
    pub(in crate::stock) lot: LotView,
    /// Where goods of it lie or travel, as far as the reader sees.
    #[schema(max_items = 10000)]
    pub(in crate::stock) balances: Vec<BalanceView>,
    pub(in crate::stock) totals: LotTotalsView,
}

/// The life of a lot added up, in base units. What came in is what is still there and what went
/// out: received + returned + found + converted_in + moved_in = on_hand + on_road + lent + issued +
/// written_off + missing + converted_out + moved_out. Reversals are taken off what they undo.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LotTotalsView {
    /// Whether the reader sees every depot that the goods went through.
    pub(crate) complete: bool,
    /// From the source.
    pub(crate) received: i64,
    /// Back from recipients, net of what went to them again.
    pub(crate) returned: i64,
    /// More than the book said, at counts.
    pub(crate) found: i64,
    /// Out of conversions and changes of condition.
    pub(crate) converted_in: i64,
    /// From depots that the reader does not see.
    pub(crate) moved_in: i64,
    /// In zones.
    pub(crate) on_hand: i64,
    /// On the road.
    pub(crate) on_road: i64,
    /// With borrowers, who owe it.
    pub(crate) lent: i64,
    /// To recipients, and left with borrowers for other goods.
    pub(crate) issued: i64,
    /// Lost, destroyed or sold, or lent and forgiven.
    pub(crate) written_off: i64,
    /// Less than the book said, at counts.
    pub(crate) missing: i64,
    /// Into conversions and changes of condition.
    pub(crate) converted_out: i64,
    /// To depots that the reader does not see.
    pub(crate) moved_out: i64,
}

/// One passage of goods of a lot, or of the kits that it went into.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct PassageView {
    /// The lot that moved.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    /// The lot of kits that the goods went into or came out of, or that was made or opened.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) kit_lot_id: Option<Id<kinds::Lot>>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) movement_id: Id<kinds::Movement>,
    #[schema(minimum = 0, maximum = 999)]
    pub(crate) line: i64,
    #[schema(max_length = 32)]
    pub(crate) kind: String,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) recorded_at: DateTime<Utc>,
    #[schema(max_length = 16)]
    pub(crate) condition: String,
    /// In base units.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
    pub(crate) from: LedgerAccountView,
    pub(crate) to: LedgerAccountView,
    #[schema(max_length = 64)]
    pub(crate) paper_number: Option<String>,
    /// Who gave or took the goods, as the paper names them.
    #[schema(max_length = 200)]
    pub(crate) counterparty: Option<String>,
    pub(crate) purpose: PurposeView,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) shipment_id: Option<Id<kinds::Shipment>>,
    /// The movement that this one undoes.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) reverses_id: Option<Id<kinds::Movement>>,
}

/// A page of the life of a lot, oldest first, and its totals.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LotHistoryView {
    pub(crate) totals: LotTotalsView,
    #[schema(max_items = 200)]
    pub(crate) items: Vec<PassageView>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1024)]
    pub(crate) next_cursor: Option<String>,
}

/// How far to follow a lot.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct HistoryFilter {
    /// Also the passages of what its goods became: the kits that they went into, the kits that those
    /// went into, and lots of another owner or purpose.
    pub(in crate::stock) through_kits: Option<bool>,
}

/// Which lots to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct LotFilter {
    /// Lots of this item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) item_id: Option<Id<kinds::Item>>,
    /// Lots of this owner.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(in crate::stock) owner_id: Option<Id<kinds::Organisation>>,
    /// Lots of which this depot has some on hand.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// Lots with this batch number.
    #[param(min_length = 1, max_length = 64)]
    pub(in crate::stock) batch: Option<String>,
    /// Lots from such a source.
    #[param(
        max_length = 16,
        pattern = "^(purchase|donation|transfer_in|forfeit|opening|conversion|disposal|recovery)$"
    )]
    pub(in crate::stock) source: Option<String>,
    /// Lots whose last day of use is this day or earlier.
    #[param(value_type = Option<String>, format = "date", max_length = 10)]
    pub(in crate::stock) expires_until: Option<chrono::NaiveDate>,
}
