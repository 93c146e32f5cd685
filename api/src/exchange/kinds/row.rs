//! One row on its way from typed cells to something of the domain.
//!
//! **Invariant.** Everything wrong with a row is noted before it is given up, each thing at its
//! cell.

use domain::kernel::{NameKey, Place, Text};
use rust_decimal::prelude::ToPrimitive;

use crate::{
    exchange::{intake::Record, report::Report},
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

    /// A whole number of at least `min`. `None` when blank or at fault.
    pub(super) fn whole(&mut self, key: &str, min: i64) -> Option<i64> {
        let number = self.record.whole(key)?;
        if number < min {
            self.note(
                key,
                Fault::new(
                    "out-of-range",
                    format!("不得小于 {min}"),
                    format!("must be at least {min}"),
                ),
            );
            return None;
        }
        Some(number)
    }

    /// A number of degrees.
    pub(super) fn degrees(&self, key: &str) -> Option<f64> {
        self.record.decimal(key)?.to_f64()
    }

    /// A point from two cells; both or neither must be there.
    pub(super) fn place(
        &mut self,
        make: impl FnOnce(f64, f64) -> Result<Place, domain::kernel::PlaceError>,
    ) -> Option<Place> {
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

/// A code made of a name that has none: its letters and digits, at most `max` of them.
pub(super) fn code_of(name: &str, max: usize) -> String {
    NameKey::of(name).as_str().chars().take(max).collect()
}
