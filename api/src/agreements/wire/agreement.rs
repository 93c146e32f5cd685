//! Agreements and confirmations, as they are sent.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    agreements::RESPONSE_HOURS_MAX,
    kernel::{Crs, Currency, Id, Money, Period, Place, Text, kinds},
    organisations::DivisionCode,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    depots::DepotContact,
    http::{Whole, given},
    problem::{Fault, Faults, Problem},
};

use super::super::commands::{
    AgreedLine, Changes, ConfirmAgreement, ConfirmedLine, CreateAgreement, EndAgreement, Terms,
    UpdateAgreement, Wanted,
};

/// What a supplier promised.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::agreements) struct CreateAgreementBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^agreement_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Agreement>>,
    /// The society that made it.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    /// The partner body that delivers.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    supplier_id: Id<kinds::Organisation>,
    /// Unique among the agreements of the society.
    #[schema(min_length = 1, max_length = 64, examples("XY-2026-003"))]
    number: String,
    #[schema(format = "date", max_length = 10)]
    first_day: String,
    /// The last day on which it promises anything; without an end, if absent.
    #[schema(format = "date", max_length = 10)]
    last_day: Option<String>,
    /// The supplier's depot that the goods come from.
    #[schema(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Option<Id<kinds::Depot>>,
    /// The division that they come from; its centre stands for an unknown place.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<String>,
    /// Degrees east (WGS-84) of where they come from; goes with `latitude`.
    #[schema(minimum = -180, maximum = 180)]
    longitude: Option<f64>,
    /// Degrees north.
    #[schema(minimum = -180, maximum = 180)]
    latitude: Option<f64>,
    #[schema(min_length = 1, max_length = 500)]
    address: Option<String>,
    /// Whom to call.
    #[serde(default)]
    #[schema(max_items = 10)]
    contacts: Vec<DepotContact>,
    #[schema(min_length = 1, max_length = 1000)]
    note: Option<String>,
    #[schema(min_items = 1, max_items = 200)]
    lines: Vec<AgreedLineBody>,
}

/// An item of an agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::agreements) struct AgreedLineBody {
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Id<kinds::Item>,
    /// How many units are promised over the whole term.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
    /// Hours from the call until the goods stand ready to leave.
    #[schema(value_type = i64, minimum = 0, maximum = 8760)]
    response_h: Whole,
    /// What one base unit costs, with at most four decimals.
    #[schema(
        max_length = 20,
        pattern = "^[0-9]{1,10}(\\.[0-9]{1,4})?$",
        examples("45.70")
    )]
    price: Option<String>,
    /// `CNY` if absent.
    #[schema(max_length = 3, pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
}

impl AgreedLineBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<AgreedLine> {
        let unit = self.unit.as_deref().map(Text::new);
        let unit = faults.take_if(format!("{line}/unit"), unit);
        let hours = u32::try_from(self.response_h.0).ok();
        let hours = hours.filter(|hours| *hours <= RESPONSE_HOURS_MAX);
        let hours = hours.ok_or_else(|| {
            Fault::new(
                "out-of-range",
                "响应时间须在 0 到 8760 小时之间",
                "a response time is 0 to 8760 hours",
            )
        });
        let response_h = faults.take(format!("{line}/response_h"), hours);
        let currency = match &self.currency {
            Some(code) => faults.take(format!("{line}/currency"), code.parse()),
            None => Some(Currency::CNY),
        };
        let price = match (&self.price, currency) {
            (Some(amount), Some(currency)) => {
                let price = Money::parse(amount, currency).map_err(Fault::from);
                faults.take(format!("{line}/price"), price).map(Some)
            }
            (None, Some(_)) => Some(None),
            (_, None) => None,
        };
        Some(AgreedLine {
            wanted: Wanted {
                item: self.item_id,
                number: self.quantity.0,
                unit: unit?,
            },
            response_h: response_h?,
            price: price?,
        })
    }
}

fn agreed(faults: &mut Faults, bodies: &[AgreedLineBody]) -> Option<Vec<AgreedLine>> {
    let read: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(number, body)| body.parse(faults, &format!("/lines/{number}")))
        .collect();
    read.into_iter().collect()
}

fn day(text: &str) -> Result<NaiveDate, Fault> {
    text.parse()
        .map_err(|_| Fault::new("format", "没有这一天", "there is no such day"))
}

impl CreateAgreementBody {
    pub(in crate::agreements) fn parse(self) -> Result<CreateAgreement, Problem> {
        let mut faults = Faults::default();
        let number = faults.take("/number", Text::new(&self.number));
        let terms = self.terms(&mut faults);
        let lines = agreed(&mut faults, &self.lines);
        let command = (|| {
            Some(CreateAgreement {
                id: self.id,
                organisation: self.organisation_id,
                supplier: self.supplier_id,
                number: number?,
                terms: terms?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }

    fn terms(&self, faults: &mut Faults) -> Option<Terms> {
        let first = faults.take("/first_day", day(&self.first_day));
        let last = faults.take_if("/last_day", self.last_day.as_deref().map(day));
        let term = first.zip(last).and_then(|(first, last)| {
            let term = Period::new(first, last).map_err(|error| {
                Fault::new("out-of-order", "终止日不得早于起始日", error.to_string())
            });
            faults.take("/last_day", term)
        });
        let division = self
            .division_code
            .as_deref()
            .map(str::parse::<DivisionCode>);
        let division = faults.take_if("/division_code", division);
        let place = match (self.longitude, self.latitude) {
            (Some(east), Some(north)) => {
                let place = Place::from_crs(east, north, Crs::Wgs84);
                faults.take("/latitude", place).map(Some)
            }
            (None, None) => Some(None),
            (east, _) => {
                let absent = if east.is_some() {
                    "/latitude"
                } else {
                    "/longitude"
                };
                faults.note(
                    absent,
                    "required",
                    "经度与纬度须同时给出",
                    "longitude and latitude go together",
                );
                None
            }
        };
        let address = faults.take_if("/address", self.address.as_deref().map(Text::new));
        let contacts = faults.take_each("/contacts", &self.contacts, DepotContact::parse);
        let note = faults.take_if("/note", self.note.as_deref().map(Text::paragraphs));
        Some(Terms {
            term: term?,
            depot: self.depot_id,
            division: division?,
            place: place?,
            address: address?,
            contacts: contacts?,
            note: note?,
        })
    }
}

/// What of an agreement changes: absent members stay as they are, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::agreements) struct UpdateAgreementBody {
    /// Renews it until this day; `null` takes its end away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    last_day: Option<Option<String>>,
    /// Takes the place of the whole list.
    #[schema(max_items = 10)]
    contacts: Option<Vec<DepotContact>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000)]
    note: Option<Option<String>>,
    /// Takes the place of the whole list. No quantity may go below what was called off.
    #[schema(min_items = 1, max_items = 200)]
    lines: Option<Vec<AgreedLineBody>>,
}

impl UpdateAgreementBody {
    pub(in crate::agreements) fn parse(
        self,
        agreement: Id<kinds::Agreement>,
        based_on: i64,
    ) -> Result<UpdateAgreement, Problem> {
        let mut faults = Faults::default();
        let last_day = match &self.last_day {
            None => Some(None),
            Some(text) => faults
                .take_if("/last_day", text.as_deref().map(day))
                .map(Some),
        };
        let contacts = match &self.contacts {
            None => Some(None),
            Some(list) => faults
                .take_each("/contacts", list, DepotContact::parse)
                .map(Some),
        };
        let note = match &self.note {
            None => Some(None),
            Some(text) => faults
                .take_if("/note", text.as_deref().map(Text::paragraphs))
                .map(Some),
        };
        let lines = match &self.lines {
            None => Some(None),
            Some(lines) => agreed(&mut faults, lines).map(Some),
        };
        let command = (|| {
            Some(UpdateAgreement {
                agreement,
                based_on,
                changes: Changes {
                    last_day: last_day?,
                    contacts: contacts?,
                    note: note?,
                    lines: lines?,
                },
            })
        })();
        faults.finish(command)
    }
}

/// Why an agreement ends before its time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::agreements) struct EndAgreementBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl EndAgreementBody {
    pub(in crate::agreements) fn parse(
        &self,
        agreement: Id<kinds::Agreement>,
    ) -> Result<EndAgreement, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let reason = faults.finish(reason)?;
        Ok(EndAgreement { agreement, reason })
    }
}

/// What a supplier said is really there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::agreements) struct ConfirmAgreementBody {
    /// Who at the supplier's said so.
    #[schema(min_length = 1, max_length = 100)]
    confirmed_by: String,
    /// When; now, if absent.
    confirmed_at: Option<DateTime<Utc>>,
    #[schema(min_length = 1, max_length = 1000)]
    note: Option<String>,
    #[schema(min_items = 1, max_items = 200)]
    lines: Vec<ConfirmedLineBody>,
}

/// How much of an item is there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::agreements) struct ConfirmedLineBody {
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Id<kinds::Item>,
    /// In base units; 0 where nothing is.
    #[schema(value_type = i64, minimum = 0, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
}

impl ConfirmAgreementBody {
    pub(in crate::agreements) fn parse(
        self,
        agreement: Id<kinds::Agreement>,
    ) -> Result<ConfirmAgreement, Problem> {
        let mut faults = Faults::default();
        let confirmed_by = faults.take("/confirmed_by", Text::new(&self.confirmed_by));
        let note = faults.take_if("/note", self.note.as_deref().map(Text::paragraphs));
        let lines = self.lines.iter().map(|line| ConfirmedLine {
            item: line.item_id,
            quantity: line.quantity.0,
        });
        let lines = lines.collect();
        let command = (|| {
            Some(ConfirmAgreement {
                agreement,
                confirmed_by: confirmed_by?,
                confirmed_at: self.confirmed_at,
                note: note?,
                lines,
            })
        })();
        faults.finish(command)
    }
}

/// Which agreements.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::agreements) struct AgreementFilter {
    /// Made by this society or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(in crate::agreements) organisation_id: Option<Id<kinds::Organisation>>,
    /// With this supplier.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(in crate::agreements) supplier_id: Option<Id<kinds::Organisation>>,
    /// About this item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::agreements) item_id: Option<Id<kinds::Item>>,
    /// That stand so today.
    #[param(max_length = 16, pattern = "^(upcoming|in_force|expired|ended)$")]
    pub(in crate::agreements) standing: Option<String>,
    /// That end, or ended by themselves, at most so many days from now: 365 lists those that are due
    /// for renewal.
    #[param(minimum = 0, maximum = 3650)]
    pub(in crate::agreements) ends_within_days: Option<u16>,
}
