//! Parts that several shapes share.
//!
//! **Invariant.** Every paper begins with the same fields, written once.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    organisations::DivisionCode,
    stock::{Condition, Purpose, Restriction},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    http::Whole,
    problem::{Bilingual, Code, Fault, Faults, FieldFault, Problem},
};

use super::super::{
    columns,
    commands::{Count, Draw, Paper, Stuff},
};

/// A body that begins with what every paper says. `paper` parses that beginning.
macro_rules! paper_body {
    ($(#[$meta:meta])* $scope:vis struct $name:ident { $($rest:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        $scope struct $name {
            /// Made by the client if it likes.
            #[schema(value_type = Option<String>, pattern = "^movement_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
            id: Option<domain::kernel::Id<domain::kernel::kinds::Movement>>,
            /// When it happened in the field: up to 10 years ago and at most 5 minutes ahead of the
            /// server. Now, if absent.
            occurred_at: Option<chrono::DateTime<chrono::Utc>>,
            /// The number on the paper.
            #[schema(min_length = 1, max_length = 64, examples("RK-2026-0117"))]
            paper_number: Option<String>,
            /// Who gave or took the goods, as the paper names them.
            #[schema(min_length = 1, max_length = 200)]
            counterparty: Option<String>,
            #[schema(min_length = 1, max_length = 1000)]
            note: Option<String>,
            $($rest)*
        }

        impl $name {
            fn paper(
                &self,
                faults: &mut $crate::problem::Faults,
            ) -> Option<$crate::stock::commands::Paper> {
                $crate::stock::wire::parts::parse_paper(
                    faults,
                    self.id,
                    self.occurred_at,
                    self.paper_number.as_deref(),
                    self.counterparty.as_deref(),
                    self.note.as_deref(),
                )
            }
        }
    };
}
pub(super) use paper_body;

pub(super) fn parse_paper(
    faults: &mut Faults,
    id: Option<Id<kinds::Movement>>,
    occurred_at: Option<DateTime<Utc>>,
    number: Option<&str>,
    counterparty: Option<&str>,
    note: Option<&str>,
) -> Option<Paper> {
    let number = optional(faults, "/paper_number", number);
    let counterparty = optional(faults, "/counterparty", counterparty);
    let note = paragraphs(faults, "/note", note);
    Some(Paper {
        id,
        occurred_at,
        number: number?,
        counterparty: counterparty?,
        note: note?,
    })
}

/// An optional text: outer `None` when it was at fault.
pub(super) fn optional<const MAX: usize>(
    faults: &mut Faults,
    pointer: impl Into<String>,
    text: Option<&str>,
) -> Option<Option<Text<MAX>>> {
    match text {
        Some(text) => faults.take(pointer, Text::new(text)).map(Some),
        None => Some(None),
    }
}

/// An optional text of several lines.
pub(super) fn paragraphs<const MAX: usize>(
    faults: &mut Faults,
    pointer: impl Into<String>,
    text: Option<&str>,
) -> Option<Option<Text<MAX>>> {
    match text {
        Some(text) => faults.take(pointer, Text::paragraphs(text)).map(Some),
        None => Some(None),
    }
}

/// A day that exists.
pub(super) fn day(
    faults: &mut Faults,
    pointer: String,
    text: Option<&str>,
) -> Option<Option<chrono::NaiveDate>> {
    let Some(text) = text else { return Some(None) };
    let parsed = text
        .parse()
        .map_err(|_| Fault::new("format", "没有这一天", "there is no such day"));
    faults.take(pointer, parsed).map(Some)
}

/// A condition; usable, if absent.
pub(super) fn condition(
    faults: &mut Faults,
    pointer: String,
    name: Option<&str>,
) -> Option<Condition> {
    match name {
        Some(name) => faults.take(pointer, name.parse()),
        None => Some(Condition::Usable),
    }
}

/// A count and the unit it is counted in; the base unit, if absent.
pub(super) fn count(
    faults: &mut Faults,
    line: &str,
    Whole(number): Whole,
    unit: Option<&str>,
) -> Option<Count> {
    let unit = optional(faults, format!("{line}/unit"), unit)?;
    Some(Count { number, unit })
}

/// What the goods are for. Goods that a donor bound leave only for what they are bound to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct PurposeBody {
    /// The incident that they answer.
    #[schema(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    incident_id: Option<Id<kinds::Incident>>,
    /// Where they are used.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<String>,
    /// The programme that they serve.
    #[schema(min_length = 1, max_length = 64)]
    programme: Option<String>,
}

impl PurposeBody {
    pub(super) fn parse(&self, faults: &mut Faults, pointer: &str) -> Option<Purpose> {
        let division = match &self.division_code {
            Some(code) => faults
                .take(
                    format!("{pointer}/division_code"),
                    code.parse::<DivisionCode>(),
                )
                .map(Some),
            None => Some(None),
        };
        let programme = optional(
            faults,
            format!("{pointer}/programme"),
            self.programme.as_deref(),
        );
        Some(Purpose {
            incident: self.incident_id,
            division: division?,
            programme: programme?,
        })
    }
}

/// Lets goods leave that are expired, quarantined, recalled or bound to another purpose. Takes
/// somebody who may approve for the owner of the goods.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct OverrideBody {
    /// Why; it is kept with the movement.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl OverrideBody {
    pub(super) fn parse(body: Option<&Self>, faults: &mut Faults) -> Option<Option<Text<500>>> {
        optional(
            faults,
            "/override/reason",
            body.map(|body| body.reason.as_str()),
        )
    }
}

/// Goods to take: of a lot, or of an item, first expired first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct DrawBody {
    /// The item; the lots that expire first are taken. Give this or `lot_id`.
    #[schema(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Option<Id<kinds::Item>>,
    /// One lot.
    #[schema(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Option<Id<kinds::Lot>>,
    /// Where the lot lies; may be left out when all of it lies in one zone.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Option<Id<kinds::Zone>>,
    /// In which condition, for a lot; `usable` if absent.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    condition: Option<String>,
    /// How many units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16, examples("箱"))]
    unit: Option<String>,
}

impl DrawBody {
    /// Whether nothing is left to be picked.
    pub(super) fn names_its_place(&self) -> bool {
        self.lot_id.is_some() && self.zone_id.is_some()
    }

    pub(super) fn parse(&self, faults: &mut Faults, line: &str) -> Option<Draw> {
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let condition = condition(
            faults,
            format!("{line}/condition"),
            self.condition.as_deref(),
        );
        let stuff = match (self.item_id, self.lot_id) {
            (Some(item), None) if self.zone_id.is_none() && self.condition.is_none() => {
                Some(Stuff::Item(item))
            }
            (None, Some(lot)) => Some(Stuff::Lot {
                lot,
                zone: self.zone_id,
                condition: condition?,
            }),
            (None, None) => {
                faults.note(
                    format!("{line}/item_id"),
                    "required",
                    "须给出 item_id 或 lot_id",
                    "give item_id or lot_id",
                );
                None
            }
            (Some(_), ..) => {
                faults.note(
                    format!("{line}/item_id"),
                    "ambiguous",
                    "按品类拣选时不得再指定批次、库区或质量状态",
                    "goods picked by item name no lot, zone or condition",
                );
                None
            }
        };
        Some(Draw {
            stuff: stuff?,
            count: count?,
        })
    }
}

/// Parses all lines, each with its pointer.
pub(super) fn lines<B, L>(
    bodies: &[B],
    faults: &mut Faults,
    parse: impl Fn(&B, &mut Faults, &str) -> Option<L>,
) -> Option<Vec<L>> {
    let parsed: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(number, body)| parse(body, faults, &format!("/lines/{number}")))
        .collect();
    parsed.into_iter().collect()
}

/// What goods are for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct PurposeView {
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) incident_id: Option<Id<kinds::Incident>>,
    #[schema(max_length = 12)]
    pub(crate) division_code: Option<String>,
    #[schema(max_length = 64)]
    pub(crate) programme: Option<String>,
}

impl PurposeView {
    pub(in crate::stock) fn new(
        incident: Option<Uuid>,
        division_code: Option<String>,
        programme: Option<String>,
    ) -> Self {
        Self {
            incident_id: incident.map(Id::from_uuid),
            division_code,
            programme,
        }
    }
}

/// What a donor bound goods to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RestrictionView {
    /// `none`, `incident`, `division` or `programme`.
    #[schema(max_length = 16)]
    pub(crate) kind: String,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) incident_id: Option<Id<kinds::Incident>>,
    #[schema(max_length = 12)]
    pub(crate) division_code: Option<String>,
    #[schema(max_length = 64)]
    pub(crate) programme: Option<String>,
}

impl RestrictionView {
    pub(in crate::stock) fn read(kind: &str, bound_to: Option<&str>) -> Result<Self, Problem> {
        let mut view = Self {
            kind: kind.to_owned(),
            incident_id: None,
            division_code: None,
            programme: None,
        };
        match columns::restriction(kind, bound_to)? {
            Restriction::None => {}
            Restriction::Incident(incident) => view.incident_id = Some(incident),
            Restriction::Division(division) => {
                view.division_code = Some(division.as_str().to_owned());
            }
            Restriction::Programme(programme) => {
                view.programme = Some(programme.as_str().to_owned());
            }
        }
        Ok(view)
    }
}

/// Why goods left that otherwise may not, and who decided it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct OverrideView {
    #[schema(max_length = 500)]
    pub(crate) reason: String,
    /// The principal, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) by: String,
}

/// Why a depot is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct CloseBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl CloseBody {
    pub(in crate::stock) fn parse(&self) -> Result<Text<500>, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        faults.finish(reason)
    }
}

/// The refusal of a cursor that was not made here.
pub(in crate::stock) fn malformed_cursor() -> Problem {
    let mut problem = Problem::new(Code::InvalidParameter);
    problem.faults.push(FieldFault {
        pointer: "cursor".to_owned(),
        code: "cursor",
        message: Bilingual::new("游标无效", "the cursor is not valid"),
    });
    problem
}
