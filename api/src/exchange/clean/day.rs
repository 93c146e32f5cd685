//! Dates: the forms that are read, and Excel's day numbers.
//!
//! **Invariant.** A day is never guessed: `03/04/2021` is read only if the mapping says which part
//! is the month, and Excel's 29 February 1900 is no day. A time of day after the date is dropped.

use chrono::{Days, NaiveDate};
use serde::Deserialize;

use super::{error_value, tidy_figure};
use crate::exchange::{
    fault::Fault,
    sheet::{Cell, DateSystem},
};

/// The order of the parts of a date whose year does not come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DateOrder {
    /// Only dates that begin with a year of four digits are read.
    #[default]
    Ymd,
    /// `07/25/21`, as in the United States.
    Mdy,
    /// `25/07/21`, as in Europe.
    Dmy,
}

// Two-digit years follow POSIX: 69 to 99 are in the 1900s.
const PIVOT: i32 = 69;
// The last day of a spreadsheet, 9999-12-31.
const DAY_NUMBER_MAX: f64 = 2_958_465.0;
// The number of the day that Excel has and the calendar has not, 1900-02-29.
const NO_DAY: f64 = 60.0;

/// A date cell: a date by format, a day number, or text such as `2021-07-25`, `2021/7/25`,
/// `2021.7.25`, `2021年7月25日`, `20210725`.
///
/// # Errors
/// [`Fault`] for anything else.
pub(crate) fn date(cell: &Cell, dates: DateSystem, order: DateOrder) -> Result<NaiveDate, Fault> {
    match cell {
        Cell::Empty => Err(Fault::Blank),
        Cell::Error(given) => Err(error_value(given)),
        Cell::DayNumber(number) => from_number(*number, dates),
        Cell::Number(number) if *number > DAY_NUMBER_MAX => {
            from_text(&number.to_string(), dates, order)
        }
        Cell::Number(number) => from_number(*number, dates),
        Cell::Text(text) => from_text(text, dates, order),
    }
}

/// The day of a spreadsheet's day number; a time of day in it is dropped.
///
/// # Errors
/// [`Fault::NoSuchDay`] outside the calendar of spreadsheets.
pub(crate) fn from_number(number: f64, dates: DateSystem) -> Result<NaiveDate, Fault> {
    let no_such_day = || Fault::NoSuchDay {
        given: number.to_string(),
    };
    let day = number.floor();
    // The day before the first, so that day 1 is the first; day 0 of 1904 is a day itself.
    let (before, first) = match dates {
        DateSystem::From1900 if day < NO_DAY => (NaiveDate::from_ymd_opt(1899, 12, 31), 1.0),
        DateSystem::From1900 if day < NO_DAY + 1.0 => return Err(no_such_day()),
        DateSystem::From1900 => (NaiveDate::from_ymd_opt(1899, 12, 30), 1.0),
        DateSystem::From1904 => (NaiveDate::from_ymd_opt(1904, 1, 1), 0.0),
    };
    if !(first..=DAY_NUMBER_MAX).contains(&day) {
        return Err(no_such_day());
    }
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a whole number from 0 to 2,958,465, as just checked"
    )]
    let days = Days::new(day as u64);
    before
        .and_then(|before| before.checked_add_days(days))
        .ok_or_else(no_such_day)
}

fn from_text(text: &str, dates: DateSystem, order: DateOrder) -> Result<NaiveDate, Fault> {
    let given = tidy_figure(text);
    let not_a_date = || Fault::NotADate {
        given: given.clone(),
    };
    let day = without_time(&given).ok_or_else(not_a_date)?;
    if day.bytes().all(|byte| byte.is_ascii_digit()) {
        return match day.len() {
            // A day number that a CSV file shows as it is.
            5 => from_number(day.parse().map_err(|_| not_a_date())?, dates),
            8 => calendar(&day[..4], &day[4..6], &day[6..], &given),
            _ => Err(not_a_date()),
        };
    }
    let parts: Vec<&str> = if let Some(inner) = day.strip_suffix(['日', '号']) {
        let (year, rest) = inner.split_once('年').ok_or_else(not_a_date)?;
        let (month, day) = rest.split_once('月').ok_or_else(not_a_date)?;
        vec![year.trim(), month.trim(), day.trim()]
    } else {
        let separator = ['-', '/', '.']
            .into_iter()
            .find(|separator| day.contains(*separator))
            .ok_or_else(not_a_date)?;
        day.split(separator).collect()
    };
    let [first, second, third] = parts[..] else {
        return Err(not_a_date());
    };
    let is_number =
        |part: &str| matches!(part.len(), 1..=4) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !parts.iter().all(|part| is_number(part)) {
        return Err(not_a_date());
    }
    match (first.len(), order) {
        (4, _) => calendar(first, second, third, &given),
        (_, DateOrder::Mdy) => calendar(third, first, second, &given),
        (_, DateOrder::Dmy) => calendar(third, second, first, &given),
        (_, DateOrder::Ymd) => Err(Fault::DateOrder { given }),
    }
}

// `None` if what follows the date is no time of day.
fn without_time(text: &str) -> Option<&str> {
    let Some((day, time)) = text.split_once([' ', 'T']) else {
        return Some(text);
    };
    let is_time = |time: &str| {
        let parts: Vec<&str> = time.split(':').collect();
        matches!(parts.len(), 2 | 3)
            && parts.iter().all(|part| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_digit() || byte == b'.')
            })
    };
    is_time(time.trim_end_matches('Z')).then_some(day)
}

fn calendar(year: &str, month: &str, day: &str, given: &str) -> Result<NaiveDate, Fault> {
    let not_a_date = || Fault::NotADate {
        given: given.to_owned(),
    };
    let number = |part: &str| part.parse::<u32>().map_err(|_| not_a_date());
    let full_year = match (year.len(), year.parse::<i32>().map_err(|_| not_a_date())?) {
        (4, year) => year,
        (2, year) if year < PIVOT => 2000 + year,
        (2, year) => 1900 + year,
        _ => return Err(not_a_date()),
    };
    if month.len() > 2 || day.len() > 2 {
        return Err(not_a_date());
    }
    NaiveDate::from_ymd_opt(full_year, number(month)?, number(day)?).ok_or_else(|| {
        Fault::NoSuchDay {
            given: given.to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &Cell, order: DateOrder) -> Result<String, &'static str> {
        date(cell, DateSystem::From1900, order)
            .map(|day| day.to_string())
            .map_err(|fault| fault.code())
    }

    #[test]
    fn every_stated_form_is_read() {
        for text in [
            "2021-07-25",
            "2021/7/25",
            "2021.7.25",
            "2021年7月25日",
            "2021年07月25号",
            "２０２１年７月２５日",
            "20210725",
            "44402",
            " 2021-07-25 14:30:00 ",
            "2021-07-25T14:30:00Z",
        ] {
            let cell = Cell::text(text);
            assert_eq!(
                read(&cell, DateOrder::Ymd).as_deref(),
                Ok("2021-07-25"),
                "{text}"
            );
        }
        for number in [44_402.0, 44_402.75, 20_210_725.0] {
            assert_eq!(
                read(&Cell::Number(number), DateOrder::Ymd).as_deref(),
                Ok("2021-07-25")
            );
        }
    }

    #[test]
    fn the_order_of_parts_is_asked_for_and_not_guessed() {
        for (text, order, expected) in [
            ("03/17/12", DateOrder::Mdy, Ok("2012-03-17")),
            ("3/17/2012", DateOrder::Mdy, Ok("2012-03-17")),
            ("17/03/12", DateOrder::Dmy, Ok("2012-03-17")),
            ("17.3.69", DateOrder::Dmy, Ok("1969-03-17")),
            ("17.3.68", DateOrder::Dmy, Ok("2068-03-17")),
            ("2012/3/17", DateOrder::Mdy, Ok("2012-03-17")),
            ("03/17/12", DateOrder::Ymd, Err("date-order")),
            ("17/03/12", DateOrder::Mdy, Err("no-such-day")),
        ] {
            let found = read(&Cell::text(text), order);
            assert_eq!(found.as_deref(), expected.as_deref(), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_says_why() {
        for (text, code) in [
            ("2021-02-30", "no-such-day"),
            ("2021-13-01", "no-such-day"),
            ("2021-07", "not-a-date"),
            ("2021", "not-a-date"),
            ("2021年7月", "not-a-date"),
            ("2021-07-25 afternoon", "not-a-date"),
            ("长期", "not-a-date"),
            ("12021-07-25", "not-a-date"),
            ("2021-007-25", "not-a-date"),
        ] {
            assert_eq!(read(&Cell::text(text), DateOrder::Ymd), Err(code), "{text}");
        }
        let error = Cell::Error("#N/A".to_owned());
        assert_eq!(read(&error, DateOrder::Ymd), Err("error-value"));
    }

    #[test]
    fn day_numbers_follow_the_workbooks_system() {
        let day = |number, dates| {
            from_number(number, dates)
                .map(|day| day.to_string())
                .map_err(|fault| fault.code())
        };
        for (number, expected) in [
            (0.0, Err("no-such-day")),
            (1.0, Ok("1900-01-01")),
            (59.0, Ok("1900-02-28")),
            (60.0, Err("no-such-day")),
            (60.5, Err("no-such-day")),
            (61.0, Ok("1900-03-01")),
            (44_402.0, Ok("2021-07-25")),
            (2_958_465.0, Ok("9999-12-31")),
            (2_958_466.0, Err("no-such-day")),
            (-1.0, Err("no-such-day")),
            (f64::NAN, Err("no-such-day")),
        ] {
            assert_eq!(
                day(number, DateSystem::From1900).as_deref(),
                expected.as_deref()
            );
        }
        assert_eq!(day(0.0, DateSystem::From1904).as_deref(), Ok("1904-01-01"));
        assert_eq!(
            day(42_940.0, DateSystem::From1904).as_deref(),
            Ok("2021-07-25")
        );
    }
}
