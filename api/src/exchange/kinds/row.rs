//! One row on its way from typed cells to something of the domain.
//!
//! **Invariant.** Everything wrong with a row is noted before it is given up, each thing at its
//! cell.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use domain::{
    catalogue::{Pack, UnitError, Units},
    kernel::{Currency, Money, NameKey, PlaceError, Quantity, Text},
    organisations::DivisionCode,
};
use rust_decimal::Decimal;

use crate::{
    exchange::{intake::Record, report::Report, value::Value},
    problem::Fault,
};

/// A row and where its mistakes go.
pub(super) struct Row<'a, 'r> {
    record: &'a Record,
    report: &'r mut Report,
}

impl<'a, 'r> Row<'a, 'r> {
    pub(super) fn new(record: &'a Record, report: &'r mut Report) -> Self {
        Self { record, report }
    }

    /// The text of a cell as it stands.
    pub(super) fn raw(&self, key: &str) -> Option<&'a str> {
        self.record.text(key)
    }

    /// The text of a cell, checked. `None` when blank or at fault.
    pub(super) fn text<const MAX: usize>(&mut self, key: &str) -> Option<Text<MAX>> {
        let text = self.record.text(key)?;
        self.take(key, Text::new(text))
    }

    /// A text that may run over several lines.
    pub(super) fn paragraphs<const MAX: usize>(&mut self, key: &str) -> Option<Text<MAX>> {
        let text = self.record.text(key)?;
        self.take(key, Text::paragraphs(text))
    }

    /// The text of a cell, read as something else. `None` when blank or at fault.
    pub(super) fn parse<T>(&mut self, key: &str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: Into<Fault>,
    {
        let text = self.record.text(key)?;
        self.take(key, text.parse())
    }

    /// A whole number, not judged yet.
    pub(super) fn number(&self, key: &str) -> Option<i64> {
        self.record.whole(key)
    }

    /// A decimal, not judged yet.
    pub(super) fn decimal(&self, key: &str) -> Option<Decimal> {
        self.record.decimal(key)
    }

    /// Whether a cell says yes; blank is no.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.record.flag(key) == Some(true)
    }

    /// A day.
    pub(super) fn day(&self, key: &str) -> Option<NaiveDate> {
        self.record.date(key)
    }

    /// A whole number within bounds. `None` when blank or at fault.
    pub(super) fn measure(&mut self, key: &str, bounds: RangeInclusive<i64>) -> Option<i64> {
        let number = self.record.whole(key)?;
        if bounds.contains(&number) {
            return Some(number);
        }
        let (min, max) = (bounds.start(), bounds.end());
        let fault = Fault::new(
            "out-of-range",
            format!("须在 {min} 到 {max} 之间"),
            format!("must be from {min} to {max}"),
        );
        self.note(key, fault);
        None
    }

    /// A number of degrees.
    pub(super) fn degrees(&self, key: &str) -> Option<f64> {
        // By its digits: a conversion through arithmetic may miss the nearest float, and what was
        // exported would come back as another point.
        self.record.decimal(key)?.to_string().parse().ok()
    }

    /// A point from two cells; both or neither must be there.
    pub(super) fn place<P>(
        &mut self,
        make: impl FnOnce(f64, f64) -> Result<P, PlaceError>,
    ) -> Option<P> {
        match (self.degrees("longitude"), self.degrees("latitude")) {
            (Some(longitude), Some(latitude)) => self.take("latitude", make(longitude, latitude)),
            (None, None) => None,
            (longitude, _) => {
                let missing = if longitude.is_none() {
                    "longitude"
                } else {
                    "latitude"
                };
                let fault = Fault::new(
                    "required",
                    "经度和纬度须同时填写",
                    "longitude and latitude come together",
                );
                self.note(missing, fault);
                None
            }
        }
    }

    /// So many of an item, in the unit that the row names; in the base unit, if it names none.
    pub(super) fn quantity(&mut self, units: &Units) -> Option<Quantity> {
        let unit = self.raw("unit").unwrap_or(units.base().as_str());
        let count = self.number("quantity")?;
        match units.to_base(count, unit) {
            Ok(quantity) => Some(quantity),
            Err(UnitError::Quantity(error)) => self.take("quantity", Err(error)),
            Err(error) => {
                let known: Vec<_> = std::iter::once(units.base())
                    .chain(units.packs().iter().map(Pack::name))
                    .map(Text::as_str)
                    .collect();
                let known = known.join("、");
                let fault = Fault::new(
                    "unit",
                    format!("该物资没有单位“{unit}”，可用：{known}"),
                    format!("{error}: {unit:?}; it has {known}"),
                );
                self.note("unit", fault);
                None
            }
        }
    }

    /// An amount of money in the currency that the row names; in CNY, if it names none.
    pub(super) fn money(&mut self, key: &str) -> Option<Money> {
        let currency = match self.raw("currency") {
            Some(code) => self.take("currency", code.parse::<Currency>())?,
            None => Currency::CNY,
        };
        let amount = self.decimal(key)?;
        self.take(key, Money::parse(&amount.to_string(), currency))
    }

    /// Keeps the value or notes the fault.
    pub(super) fn take<T, E: Into<Fault>>(&mut self, key: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.note(key, error.into());
                None
            }
        }
    }

    /// A name by which the thing can be found again: with a letter or a digit in it.
    pub(super) fn name<const MAX: usize>(&mut self, key: &str) -> Option<Text<MAX>> {
        let name: Text<MAX> = self.text(key)?;
        if NameKey::of(name.as_str()).is_empty() {
            let fault = Fault::new(
                "format",
                "须含有文字或数字",
                "a name must hold a letter or a digit",
            );
            self.note(key, fault);
            return None;
        }
        Some(name)
    }

    /// Notes what is wrong with a cell.
    pub(super) fn note(&mut self, key: &str, fault: Fault) {
        self.report.mistake(self.record, Some(key), fault);
    }

    /// The value, if nothing of the row was wrong.
    pub(super) fn finish<T>(self, value: Option<T>) -> Option<T> {
        value.filter(|_| self.report.is_sound(self.record))
    }
}

/// What a reference that leads nowhere is called.
pub(super) fn no_such(zh: &str, en: &str, given: &str) -> Fault {
    Fault::new(
        "reference",
        format!("没有{zh}“{given}”"),
        format!("there is no {en} {given:?}"),
    )
}

/// What a name that leads to several things is called.
pub(super) fn ambiguous(given: &str) -> Fault {
    Fault::new(
        "ambiguous",
        format!("有多个“{given}”，请改用代码"),
        format!("there are several {given:?}; give the code instead"),
    )
}

/// A row that contradicts what is known.
pub(super) fn differs(given: &str, known: &str) -> Fault {
    Fault::new(
        "exists",
        format!("已登记为“{known}”，与此处的“{given}”不同"),
        format!("it is known as {known:?}, not {given:?}"),
    )
}

/// How nothing is written where something is compared with it.
pub(super) const NOTHING: &str = "-";

/// What a row states of something that is known, cell by cell.
///
/// **Invariant.** Only what the row itself states is compared: a blank says nothing, and what the
/// mapping sets for all rows is no statement about one that is known.
pub(super) struct Comparison<'a, 'r> {
    record: &'a Record,
    report: &'r mut Report,
}

impl<'a, 'r> Comparison<'a, 'r> {
    pub(super) fn new(record: &'a Record, report: &'r mut Report) -> Self {
        Self { record, report }
    }

    /// Notes a cell that is filled in and does not say what is known.
    pub(super) fn cell(&mut self, key: &str, is_same: bool, known: Option<&str>) {
        if !is_same && self.record.states(key) {
            let given = shown(self.record.value(key));
            let fault = differs(&given, known.unwrap_or(NOTHING));
            self.note(key, fault);
        }
    }

    /// Notes a cell that is at fault in another way.
    pub(super) fn note(&mut self, key: &str, fault: Fault) {
        self.report.mistake(self.record, Some(key), fault);
    }

    /// Whether a cell is filled in.
    pub(super) fn states(&self, key: &str) -> bool {
        self.record.states(key)
    }

    /// Counts the row as saying nothing new, unless something was noted.
    pub(super) fn finish(self) {
        if self.report.is_sound(self.record) {
            self.report.unchanged();
        }
    }
}

/// Whether a row states nothing but what an earlier one about the same thing said; what it states
/// otherwise is noted, but for the columns `except`.
pub(super) fn repeats(
    record: &Record,
    earlier: &Record,
    except: &[&str],
    report: &mut Report,
) -> bool {
    let stated = record.keys().filter(|key| record.states(key));
    for key in stated.filter(|key| !except.contains(key)) {
        let (given, said) = (record.value(key), earlier.value(key));
        let is_same = match (given, said) {
            // A name is one name however it is spaced.
            (Some(Value::Text(given)), Some(Value::Text(said))) if key == "name" => {
                NameKey::of(given) == NameKey::of(said)
            }
            _ => given == said,
        };
        if !is_same {
            let (given, said, row) = (shown(given), shown(said), earlier.row);
            let fault = Fault::new(
                "contradicts",
                format!("第 {row} 行对同一对象写的是“{said}”，与此处的“{given}”不同"),
                format!("row {row} says {said:?} of the same thing, not {given:?}"),
            );
            report.mistake(record, Some(key), fault);
        }
    }
    report.is_sound(record)
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => NOTHING.to_owned(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Whole(whole)) => whole.to_string(),
        Some(Value::Decimal(decimal)) => decimal.normalize().to_string(),
        Some(Value::Date(day)) => day.to_string(),
        Some(Value::Instant(instant)) => instant.to_rfc3339(),
        Some(Value::Flag(flag)) => (if *flag { "是" } else { "否" }).to_owned(),
    }
}

/// What a division's code means, in whatever length it is written.
pub(super) fn prefix(division: Option<&DivisionCode>) -> Option<&str> {
    division.map(DivisionCode::prefix)
}

/// A code made of a name that has none: its letters and digits, at most `max` of them.
pub(super) fn code_of(name: &str, max: usize) -> String {
    NameKey::of(name).as_str().chars().take(max).collect()
}
