//! The public holidays of a year, on the wire, in files and in rows: the same shape.
//!
//! **Invariant.** A year names the notice that it was taken from.

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{
    duties::{WorkYear, WorkYearError},
    kernel::Text,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{commands::SetWorkCalendar, rows::work_year};
use crate::{
    http::versioned,
    problem::{Fault, Faults, Problem},
};

/// No holiday is longer; who means a whole year is mistaken.
const REST_DAYS_MAX: i64 = 31;

/// Days on end on which offices rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestBody {
    #[schema(min_length = 1, max_length = 64, examples("国庆节"))]
    pub(in crate::duties) name: String,
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub(in crate::duties) first: NaiveDate,
    /// The last of them, weekends among them included.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub(in crate::duties) last: NaiveDate,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptDays {
    rest: Vec<RestBody>,
    work: Vec<NaiveDate>,
}

/// A year as it is shipped or kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptYear {
    pub(in crate::duties) year: i32,
    pub(in crate::duties) source: String,
    pub(in crate::duties) rest: Vec<RestBody>,
    pub(in crate::duties) work: Vec<NaiveDate>,
    #[serde(skip)]
    pub(in crate::duties) version: i64,
    #[serde(skip)]
    pub(in crate::duties) changed_at: Option<DateTime<Utc>>,
}

impl KeptYear {
    pub(in crate::duties) fn parse(&self) -> Result<WorkYear, WorkYearError> {
        let rest = self.rest.iter().flat_map(|rest| {
            let days = u64::try_from((rest.last - rest.first).num_days() + 1).unwrap_or(0);
            (0..days).map(|number| (rest.first + Days::new(number), false))
        });
        let work = self.work.iter().map(|day| (*day, true));
        WorkYear::new(self.year, rest.chain(work))
    }

    /// The days as a row keeps them.
    pub(in crate::duties) fn days(&self) -> Result<String, Problem> {
        let (rest, work) = (self.rest.clone(), self.work.clone());
        serde_json::to_string(&KeptDays { rest, work }).map_err(Problem::internal)
    }
}

impl TryFrom<work_year::Model> for KeptYear {
    type Error = Problem;

    fn try_from(row: work_year::Model) -> Result<Self, Problem> {
        let KeptDays { rest, work } = serde_json::from_str(&row.days).map_err(Problem::internal)?;
        Ok(Self {
            year: i32::try_from(row.year).map_err(Problem::internal)?,
            source: row.source,
            rest,
            work,
            version: row.version,
            changed_at: Some(row.changed_at),
        })
    }
}

/// The public holidays of a year.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct WorkCalendarView {
    #[schema(minimum = 2000, maximum = 2100)]
    pub(crate) year: i32,
    /// The notice that announced them.
    #[schema(max_length = 500)]
    source: String,
    #[schema(max_items = 40)]
    rest: Vec<RestBody>,
    /// Days of weekends on which offices work.
    #[schema(value_type = Vec<String>, max_items = 60)]
    work: Vec<NaiveDate>,
    /// Whether it is as it was shipped.
    built_in: bool,
    changed_at: Option<DateTime<Utc>>,
    /// 0 for what is as it was shipped.
    #[schema(minimum = 0)]
    version: i64,
}

versioned!(WorkCalendarView);

impl From<KeptYear> for WorkCalendarView {
    fn from(kept: KeptYear) -> Self {
        Self {
            year: kept.year,
            source: kept.source,
            rest: kept.rest,
            work: kept.work,
            built_in: kept.version == 0,
            changed_at: kept.changed_at,
            version: kept.version,
        }
    }
}

/// The public holidays of a year, as a notice announces them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetWorkCalendarBody {
    /// The notice, by title and number.
    #[schema(min_length = 1, max_length = 500)]
    source: String,
    #[schema(min_items = 1, max_items = 40)]
    rest: Vec<RestBody>,
    /// Days of weekends on which offices work.
    #[schema(schema_with = work_days)]
    work: Vec<String>,
}

fn work_days() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
    let day = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(10));
    ArrayBuilder::new()
        .items(day.build())
        .max_items(Some(60))
        .build()
}

impl SetWorkCalendarBody {
    pub(in crate::duties) fn parse(
        self,
        year: i32,
        based_on: i64,
    ) -> Result<SetWorkCalendar, Problem> {
        let mut faults = Faults::default();
        let source = faults.take("/source", Text::<500>::new(&self.source));
        let rest = faults.take_each("/rest", self.rest, rest);
        let work = faults.take_each("/work", self.work, |text| {
            text.parse()
                .map_err(|_| Fault::new("format", "没有这一天", "there is no such day"))
        });
        let kept = (|| {
            Some(KeptYear {
                year,
                source: source?.as_str().to_owned(),
                rest: rest?,
                work: work?,
                version: 0,
                changed_at: None,
            })
        })();
        if let Some(kept) = &kept
            && let Err(error) = kept.parse()
        {
            let (code, zh) = match error {
                WorkYearError::OtherYear { day, year } => {
                    ("out-of-range", format!("{day} 不在 {year} 年内"))
                }
                WorkYearError::Twice { day } => ("repeated", format!("{day} 出现了两次")),
                WorkYearError::Weekday { day } => {
                    ("contradictory", format!("{day} 不是周末，本来就上班"))
                }
            };
            let pointer = match error {
                WorkYearError::Weekday { .. } => "/work",
                _ => "/rest",
            };
            faults.note(pointer, code, zh, error.to_string());
        }
        let command = kept.map(|kept| SetWorkCalendar { based_on, kept });
        faults.finish(command)
    }
}

fn rest(body: RestBody) -> Result<RestBody, Fault> {
    let name = Text::<64>::new(&body.name).map_err(Fault::from)?;
    match (body.last - body.first).num_days() {
        0..REST_DAYS_MAX => Ok(RestBody {
            name: name.as_str().to_owned(),
            ..body
        }),
        _ => Err(Fault::new(
            "out-of-range",
            format!("假期应为 1 到 {REST_DAYS_MAX} 天，且末日不早于首日"),
            format!(
                "a holiday has 1 to {REST_DAYS_MAX} days, and its last is not before its first"
            ),
        )),
    }
}
