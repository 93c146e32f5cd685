//! What a statement says.
//!
//! **Invariant.** This is what is digested and frozen: what is read back is what was written, to the
//! last byte of its canonical form (RFC 8785).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    disclosure::{Facts, Figure, Figures},
    kernel::{Id, kinds},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::problem::Problem;

/// What this shape calls itself, so that a later one can be told from it.
pub(in crate::disclosure) const FORMAT: &str = "relief-depot-statement/1";

/// What became of goods, in base units. `opening_on_hand` + `opening_on_road` + `opening_on_loan` +
/// `received` + `drawn` + `returned` = `on_hand` + `on_road` + `on_loan` + `issued` + `written_off` +
/// `count_difference` + `converted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LotFiguresView {
    /// In depots when the period began.
    opening_on_hand: i64,
    /// On the road when the period began.
    opening_on_road: i64,
    /// Owed by borrowers when the period began.
    opening_on_loan: i64,
    /// Came from outside.
    pub(in crate::disclosure) received: i64,
    /// Taken out of general stock for the incident; only in a statement about one.
    drawn: i64,
    /// Came back from those to whom it had been issued.
    returned: i64,
    /// In depots when the period ended.
    on_hand: i64,
    /// On the road when the period ended.
    on_road: i64,
    /// Owed by borrowers when the period ended.
    on_loan: i64,
    /// Given to recipients, or left with a borrower for other goods.
    issued: i64,
    /// Lost, destroyed, sold, short on the road, or lent and forgiven.
    written_off: i64,
    /// What counts found missing, less what they found too much.
    count_difference: i64,
    /// Put into kits, taken apart, or changed to another owner or purpose, less what came of that.
    converted: i64,
}

impl LotFiguresView {
    pub(in crate::disclosure) fn of(figures: &Figures) -> Self {
        let get = |figure| figures.get(figure);
        Self {
            opening_on_hand: get(Figure::OpeningOnHand),
            opening_on_road: get(Figure::OpeningOnRoad),
            opening_on_loan: get(Figure::OpeningOnLoan),
            received: get(Figure::Received),
            drawn: get(Figure::Drawn),
            returned: get(Figure::Returned),
            on_hand: get(Figure::OnHand),
            on_road: get(Figure::OnRoad),
            on_loan: get(Figure::OnLoan),
            issued: get(Figure::Issued),
            written_off: get(Figure::WrittenOff),
            count_difference: get(Figure::CountDifference),
            converted: get(Figure::Converted),
        }
    }

    /// Each of them, in the order of a statement.
    pub(in crate::disclosure) fn parts(&self) -> [(Figure, i64); 13] {
        [
            (Figure::OpeningOnHand, self.opening_on_hand),
            (Figure::OpeningOnRoad, self.opening_on_road),
            (Figure::OpeningOnLoan, self.opening_on_loan),
            (Figure::Received, self.received),
            (Figure::Drawn, self.drawn),
            (Figure::Returned, self.returned),
            (Figure::OnHand, self.on_hand),
            (Figure::OnRoad, self.on_road),
            (Figure::OnLoan, self.on_loan),
            (Figure::Issued, self.issued),
            (Figure::WrittenOff, self.written_off),
            (Figure::CountDifference, self.count_difference),
            (Figure::Converted, self.converted),
        ]
    }

    /// The figures, if they balance.
    pub(in crate::disclosure) fn read(&self) -> Result<Figures, domain::disclosure::FiguresError> {
        Figures::from_parts(self.parts())
    }
}

/// What became of one lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatementLineView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) item_name: String,
    #[schema(max_length = 16)]
    pub(in crate::disclosure) base_unit: String,
    #[schema(max_length = 64)]
    pub(in crate::disclosure) batch: Option<String>,
    /// Whose goods these are: the society that received them.
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::disclosure) owner_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) owner_name: String,
    /// Where the goods came from.
    #[schema(max_length = 16)]
    pub(in crate::disclosure) source: String,
    /// Of gifts: `individual`, `enterprise`, `institution`, `foundation`, `society`, `government`,
    /// `unregistered` or `anonymous`.
    #[schema(max_length = 16)]
    pub(in crate::disclosure) donor_class: Option<String>,
    /// Who gave, where the public may know it.
    #[schema(max_length = 200)]
    pub(in crate::disclosure) donor_name: Option<String>,
    /// The value of one base unit; absent where none was stated.
    #[schema(max_length = 20)]
    pub(in crate::disclosure) unit_value: Option<String>,
    #[schema(max_length = 3)]
    pub(in crate::disclosure) currency: Option<String>,
    pub(in crate::disclosure) figures: LotFiguresView,
    /// What came in, in money.
    #[schema(max_length = 40)]
    pub(in crate::disclosure) received_value: Option<String>,
    /// What was issued, in money.
    #[schema(max_length = 40)]
    pub(in crate::disclosure) issued_value: Option<String>,
}

/// What of one lot was issued in one place: the row that Zhejiang publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatementPlaceView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) lot_id: Id<kinds::Lot>,
    /// The society that received the goods.
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::disclosure) owner_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) owner_name: String,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) item_name: String,
    #[schema(max_length = 16)]
    pub(in crate::disclosure) base_unit: String,
    #[schema(max_length = 20)]
    pub(in crate::disclosure) unit_value: Option<String>,
    #[schema(max_length = 3)]
    pub(in crate::disclosure) currency: Option<String>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::disclosure) incident_id: Option<Id<kinds::Incident>>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) incident_name: Option<String>,
    /// The township, or the smallest division above it that is known; absent where none is.
    #[schema(max_length = 12)]
    pub(in crate::disclosure) division_code: Option<String>,
    #[schema(max_length = 100)]
    pub(in crate::disclosure) division_name: Option<String>,
    /// Base units that were issued there.
    pub(in crate::disclosure) quantity: i64,
    /// The same in money.
    #[schema(max_length = 40)]
    pub(in crate::disclosure) issued_value: Option<String>,
}

/// What became of all lots of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatementTotalView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) item_name: String,
    #[schema(max_length = 16)]
    pub(in crate::disclosure) base_unit: String,
    pub(in crate::disclosure) figures: LotFiguresView,
}

/// Which statement a newer one takes the place of, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CorrectsView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) statement_id: Id<kinds::Statement>,
    /// The digest of what it said.
    #[schema(max_length = 64)]
    pub(in crate::disclosure) digest: String,
    #[schema(max_length = 500)]
    pub(in crate::disclosure) reason: String,
}

/// One thing that the newer statement says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatementDifferenceView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::disclosure) lot_id: Id<kinds::Lot>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) item_name: String,
    /// Of what was issued in this place.
    #[schema(max_length = 12)]
    pub(in crate::disclosure) division_code: Option<String>,
    /// Of what was issued for this incident.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::disclosure) incident_id: Option<Id<kinds::Incident>>,
    /// Which member of the line.
    #[schema(max_length = 32)]
    pub(in crate::disclosure) member: String,
    /// What was said; absent where nothing was.
    #[schema(max_length = 200)]
    pub(in crate::disclosure) before: Option<String>,
    /// What is said now.
    #[schema(max_length = 200)]
    pub(in crate::disclosure) after: Option<String>,
}

/// All that a statement says. Its digest is the SHA-256 of its canonical form (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatementContent {
    /// `relief-depot-statement/1`.
    #[schema(max_length = 32)]
    pub(in crate::disclosure) format: String,
    /// Whose goods: this society's and those of all below it.
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::disclosure) organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) organisation_name: String,
    /// Only goods that are bound to this incident, and what moved for it.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::disclosure) incident_id: Option<Id<kinds::Incident>>,
    #[schema(max_length = 200)]
    pub(in crate::disclosure) incident_name: Option<String>,
    /// Only gifts of this donor.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::disclosure) donor_id: Option<Id<kinds::Donor>>,
    #[schema(max_length = 16)]
    pub(in crate::disclosure) donor_class: Option<String>,
    /// Where the public may know it.
    #[schema(max_length = 200)]
    pub(in crate::disclosure) donor_name: Option<String>,
    /// Only this item.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::disclosure) item_id: Option<Id<kinds::Item>>,
    /// Only goods that came so.
    #[schema(max_length = 16)]
    pub(in crate::disclosure) source: Option<String>,
    /// When the period begins, by the server's time; it has no beginning, if absent.
    pub(in crate::disclosure) from: Option<DateTime<Utc>>,
    /// What was recorded before this moment counts.
    pub(in crate::disclosure) until: DateTime<Utc>,
    /// How many entries of the journal were sealed; what came after them is not counted.
    #[schema(minimum = 0)]
    pub(in crate::disclosure) position: i64,
    /// The signed checkpoint of that size (C2SP signed note).
    #[schema(max_length = 4096)]
    pub(in crate::disclosure) checkpoint: String,
    /// By item.
    #[schema(max_items = 5000)]
    pub(in crate::disclosure) totals: Vec<StatementTotalView>,
    /// By lot.
    #[schema(max_items = 5000)]
    pub(in crate::disclosure) lines: Vec<StatementLineView>,
    /// By lot, incident and township: what `issued` is made of.
    #[schema(max_items = 50000)]
    pub(in crate::disclosure) places: Vec<StatementPlaceView>,
    pub(in crate::disclosure) corrects: Option<CorrectsView>,
    /// In what it differs from the statement that it corrects, line by line.
    #[schema(max_items = 100000)]
    pub(in crate::disclosure) differences: Vec<StatementDifferenceView>,
}

/// The SHA-256 of a content's canonical form, in hex.
pub(in crate::disclosure) fn digest_of(canonical: &str) -> String {
    hex::encode(Sha256::digest(canonical.as_bytes()))
}

/// Of what a statement speaks: a lot, or what of it was issued somewhere.
pub(in crate::disclosure) type Spoken = (
    Id<kinds::Lot>,
    Option<(Option<String>, Option<Id<kinds::Incident>>)>,
);

impl StatementContent {
    /// The canonical form.
    pub(in crate::disclosure) fn canonical(&self) -> Result<String, Problem> {
        serde_jcs::to_string(self).map_err(Problem::internal)
    }

    /// All that it says, thing by thing, for comparison.
    pub(in crate::disclosure) fn said(&self) -> BTreeMap<Spoken, Facts> {
        let mut said: BTreeMap<Spoken, Facts> = BTreeMap::new();
        for line in &self.lines {
            let facts = said.entry((line.lot_id, None)).or_default();
            for (figure, value) in line.figures.parts() {
                facts.insert(figure.name(), value.to_string());
            }
            let texts = [
                ("item_name", Some(&line.item_name)),
                ("owner_name", Some(&line.owner_name)),
                ("source", Some(&line.source)),
                ("donor_class", line.donor_class.as_ref()),
                ("donor_name", line.donor_name.as_ref()),
                ("batch", line.batch.as_ref()),
                ("unit_value", line.unit_value.as_ref()),
                ("currency", line.currency.as_ref()),
            ];
            let texts = texts
                .into_iter()
                .filter_map(|(name, text)| Some((name, text?.clone())));
            facts.extend(texts);
        }
        for place in &self.places {
            let at = (place.division_code.clone(), place.incident_id);
            let facts = said.entry((place.lot_id, Some(at))).or_default();
            facts.insert("issued", place.quantity.to_string());
        }
        said
    }
}
