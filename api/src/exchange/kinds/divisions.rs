//! Files of administrative divisions.
//!
//! **Invariant.** Every division but a province stands under one that is known, in the file or
//! before it. Of a code that is there already the file changes what it fills in and nothing else: a
//! newer list of codes and names takes no centre away and calls no abolished division back.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    kernel::Place,
    organisations::{DivisionCode, DivisionLevel},
};

use crate::{
    exchange::{
        columns::{Choice, ColumnSpec, Kind},
        intake::Record,
        report::Report,
    },
    organisations::{self, Division, LoadDivisions},
    problem::{Fault, Problem},
    uow::{Command, Uow},
};

use super::{
    Ground,
    row::{Row, no_such},
};

/// The levels of divisions, as files call them.
pub(crate) const LEVELS: &[Choice] = &[
    Choice {
        key: "province",
        zh: "省级",
        en: "Province",
    },
    Choice {
        key: "city",
        zh: "市级",
        en: "City",
    },
    Choice {
        key: "county",
        zh: "县级",
        en: "County",
    },
    Choice {
        key: "township",
        zh: "乡级",
        en: "Township",
    },
];

pub(crate) const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::required(
        "code",
        &["区划代码", "Division code", "代码", "编码", "行政区划代码"],
        Kind::Text(12),
    )
    .example("330203")
    .note("6 位；乡级 9 位", "6 digits; 9 for townships"),
    ColumnSpec::required("name", &["名称", "Name", "区划名称"], Kind::Text(100)).example("海曙区"),
    ColumnSpec::optional("level", &["级别", "Level", "层级"], Kind::Choice(LEVELS))
        .note("不填则按代码判断", "found from the code if blank"),
    ColumnSpec::optional(
        "parent_code",
        &["上级代码", "Parent code", "上级区划代码"],
        Kind::Text(12),
    )
    .example("330200")
    .note("不填则按代码判断", "found from the code if blank"),
    ColumnSpec::optional(
        "longitude",
        &["经度", "Longitude", "lon", "lng"],
        Kind::Decimal,
    )
    .note("WGS-84", "WGS-84"),
    ColumnSpec::optional("latitude", &["纬度", "Latitude", "lat"], Kind::Decimal)
        .note("WGS-84", "WGS-84"),
    ColumnSpec::optional(
        "valid_from",
        &["启用", "Valid from", "启用日期"],
        Kind::Text(10),
    )
    .note("年份或日期", "a year or a day"),
    ColumnSpec::optional(
        "valid_to",
        &["撤销", "Valid to", "撤销日期"],
        Kind::Text(10),
    )
    .note(
        "年份或日期；现行区划不填；不填不更改已登记的",
        "a year or a day; blank while it exists; a blank changes nothing that is known",
    ),
    ColumnSpec::optional(
        "successors",
        &["现区划", "Successors", "变更为"],
        Kind::Text(500),
    )
    .note("代码，以分号分隔", "codes, divided by semicolons"),
];

struct Line<'a> {
    record: &'a Record,
    code: DivisionCode,
    parent: Option<DivisionCode>,
    division: Division,
}

pub(super) async fn write(
    uow: &mut Uow<'_>,
    records: &[Record],
    ground: Ground<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    let lines = distinct(records, ground, report);
    // Those of the file and those above them.
    let named = lines.iter().flat_map(|line| [Some(line.code), line.parent]);
    let named: BTreeSet<_> = named.flatten().collect();
    let named: Vec<_> = named.into_iter().collect();
    let mut known = organisations::divisions_by_code(uow.db(), &named).await?;
    let in_file: BTreeSet<_> = lines
        .iter()
        .map(|line| line.code.prefix().to_owned())
        .collect();
    let mut divisions = Vec::new();
    for line in lines {
        ground.progress.advance();
        if let Some(parent) = line.parent
            && !known.contains_key(&parent)
            && !in_file.contains(parent.prefix())
        {
            let fault = no_such("上级区划", "division above", parent.as_str());
            report.mistake(line.record, Some("parent_code"), fault);
            continue;
        }
        let Some(before) = known.remove(&line.code).map(Division::from) else {
            report.made("divisions", 1);
            divisions.push(line.division);
            continue;
        };
        let after = merged(&before, line);
        if after == before {
            report.unchanged();
        } else {
            report.changed();
            divisions.push(after);
        }
    }
    LoadDivisions {
        divisions,
        boundaries: BTreeMap::new(),
        source: format!("imported: {}", ground.origin),
    }
    .run(uow)
    .await?;
    Ok(())
}

// The rows that name a division once; another length of a code is the same code.
fn distinct<'a>(records: &'a [Record], ground: Ground<'_>, report: &mut Report) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    for record in records {
        let Some(line) = read(record, report) else {
            ground.progress.advance();
            continue;
        };
        if seen.insert(line.code.prefix().to_owned()) {
            lines.push(line);
        } else {
            let twice = Fault::new("repeated", "该代码在文件中重复", "the code is there twice");
            report.mistake(record, Some("code"), twice);
            ground.progress.advance();
        }
    }
    lines
}

// What is known, with what the row fills in.
fn merged(before: &Division, line: Line<'_>) -> Division {
    let stated = |key| line.record.value(key).is_some();
    let (before, given) = (before.clone(), line.division);
    Division {
        // As it is written already, in whatever length.
        code: before.code,
        name: given.name,
        level: if stated("level") {
            given.level
        } else {
            before.level
        },
        parent_code: if stated("parent_code") {
            given.parent_code
        } else {
            before.parent_code
        },
        longitude: given.longitude.or(before.longitude),
        latitude: given.latitude.or(before.latitude),
        valid_from: given.valid_from.or(before.valid_from),
        valid_to: given.valid_to.or(before.valid_to),
        successors: given.successors.or(before.successors),
    }
}

fn read<'a>(record: &'a Record, report: &mut Report) -> Option<Line<'a>> {
    let mut row = Row::new(record, report);
    let code: Option<DivisionCode> = row.parse("code");
    let parent: Option<DivisionCode> = row.parse("parent_code");
    let place = row.place(Place::new);
    let (valid_from, valid_to) = (
        year_or_day(&mut row, "valid_from"),
        year_or_day(&mut row, "valid_to"),
    );
    if let (Some(from), Some(to)) = (&valid_from, &valid_to)
        && to[..4] < from[..4]
    {
        let fault = Fault::new("order", "撤销早于启用", "it ended before it began");
        row.note("valid_to", fault);
    }
    let successors = row
        .raw("successors")
        .map(|text| parts(text).collect::<Vec<_>>());
    for successor in successors.iter().flatten() {
        row.take("successors", successor.parse::<DivisionCode>());
    }
    let level = code.and_then(|code| level(&mut row, code));
    let name = row.raw("name").map(str::to_owned);
    let parent = parent.or_else(|| code?.parent());
    let line = (|| {
        let code = code?;
        Some(Line {
            record,
            code,
            parent,
            division: Division {
                code: code.as_str().to_owned(),
                name: name?,
                level: level?.to_owned(),
                parent_code: parent.map(|code| code.as_str().to_owned()),
                longitude: place.map(Place::longitude),
                latitude: place.map(Place::latitude),
                valid_from,
                valid_to,
                successors: successors.map(|codes| codes.join(" ")),
            },
        })
    })();
    row.finish(line)
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ';', '；', '|', ',', '，', '、'])
        .filter(|part| !part.is_empty())
}

fn level(row: &mut Row<'_, '_>, code: DivisionCode) -> Option<&'static str> {
    let by_code = match code.level() {
        DivisionLevel::Province => "province",
        DivisionLevel::City => "city",
        DivisionLevel::County => "county",
        DivisionLevel::Township => "township",
        DivisionLevel::Village => {
            let fault = Fault::new(
                "out-of-range",
                "只登记到乡级",
                "divisions are kept down to townships",
            );
            row.note("code", fault);
            return None;
        }
    };
    // Some counties answer to their province and carry a code like a city's, so the file may know
    // better than the code.
    let Some(given) = row.raw("level") else {
        return Some(by_code);
    };
    LEVELS
        .iter()
        .map(|level| level.key)
        .find(|level| *level == given)
}

fn year_or_day(row: &mut Row<'_, '_>, key: &str) -> Option<String> {
    let text = row.raw(key)?;
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_year || text.parse::<NaiveDate>().is_ok() {
        return Some(text.to_owned());
    }
    let fault = Fault::new(
        "not-a-date",
        format!("“{text}”须为年份或日期，例如 2021 或 2021-04-09"),
        format!("{text:?} is neither a year nor a day such as 2021-04-09"),
    );
    row.note(key, fault);
    None
}
