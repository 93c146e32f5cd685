//! From the published shape of an item to the columns of a table, and from an item to its rows.
//!
//! **Invariant.** Every leaf of an item has one column. An item with lines becomes a row for each
//! line, or one row where it has none; other nested lists stand in one cell.

use std::{collections::BTreeSet, str::FromStr};

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::{
    exchange::{columns::Choice, value::Value},
    problem::Language,
};

use super::{headings, words};

// The member of a document that holds one object for each of its lines.
const LINES: &str = "lines";
// Deeper than this, an object stands in one cell.
const DEPTH_MAX: usize = 3;

/// The columns of a list.
#[derive(Debug)]
pub(crate) struct Shape {
    columns: Vec<Column>,
    is_public: bool,
}

/// One column.
#[derive(Debug)]
struct Column {
    /// The members that lead to the value; below a line, from the line.
    path: Vec<String>,
    of_line: bool,
    kind: Kind,
    /// The closed lists that its values are from.
    choices: &'static [&'static [Choice]],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Decimal,
    Flag,
    Date,
    Instant,
    /// Whatever it is, as a text: a list of words, or JSON.
    Nested,
}

impl Shape {
    /// Reads the shape of an item; `schemas` are those that it may refer to.
    pub(super) fn read(item: &Json, schemas: &Json, is_public: bool) -> Self {
        let mut columns = Vec::new();
        collect(item, schemas, &[], false, &mut columns);
        columns.sort_by_cached_key(|column| (column.of_line, headings::order(&column.path)));
        Self { columns, is_public }
    }

    /// Whether anybody may have the list, without saying who they are.
    pub(crate) fn is_public(&self) -> bool {
        self.is_public
    }

    /// The names of the columns.
    pub(crate) fn header(&self, language: Language) -> Vec<String> {
        let mut taken = BTreeSet::new();
        let names = self.columns.iter().map(|column| {
            let name = headings::name(&column.path, language);
            // A line and its document may both have a note.
            if column.of_line && taken.contains(&name) {
                return headings::of_line(&name, language);
            }
            taken.insert(name.clone());
            name
        });
        names.collect()
    }

    /// The rows of an item.
    pub(crate) fn rows(&self, item: &Json, language: Language) -> Vec<Vec<Option<Value>>> {
        let row = |line: &Json| {
            let cell = |column: &Column| {
                let root = if column.of_line { line } else { item };
                column.cell(root, language)
            };
            self.columns.iter().map(cell).collect()
        };
        let has_lines = self.columns.iter().any(|column| column.of_line);
        match item[LINES].as_array() {
            Some(lines) if has_lines && !lines.is_empty() => lines.iter().map(row).collect(),
            _ => vec![row(&Json::Null)],
        }
    }

    /// The leaves that no heading names.
    #[cfg(test)]
    pub(super) fn unnamed(&self) -> Vec<String> {
        self.columns
            .iter()
            .filter(|column| !headings::knows(&column.path))
            .map(|column| column.path.join("."))
            .collect()
    }
}

fn collect(
    schema: &Json,
    schemas: &Json,
    path: &[String],
    of_line: bool,
    columns: &mut Vec<Column>,
) {
    let schema = resolve(schema, schemas);
    let properties = schema["properties"].as_object();
    if let Some(properties) = properties
        && path.len() < DEPTH_MAX
    {
        for (name, member) in properties {
            let lines = resolve(member, schemas);
            if path.is_empty() && !of_line && name == LINES && is(lines, "array") {
                collect(&lines["items"], schemas, &[], true, columns);
            } else {
                let path = [path, std::slice::from_ref(name)].concat();
                collect(member, schemas, &path, of_line, columns);
            }
        }
        return;
    }
    columns.push(Column {
        path: path.to_vec(),
        of_line,
        kind: kind(schema),
        choices: words::of(path),
    });
}

// The schema itself, behind references and choices with null.
fn resolve<'a>(schema: &'a Json, schemas: &'a Json) -> &'a Json {
    let mut schema = schema;
    // A reference to a reference to a reference is as deep as the generator goes.
    for _ in 0..8 {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or(name);
            schema = &schemas[name];
            continue;
        }
        let choices = ["oneOf", "anyOf", "allOf"]
            .iter()
            .find_map(|word| schema[word].as_array());
        let real: Vec<_> = choices
            .into_iter()
            .flatten()
            .filter(|choice| !is(choice, "null"))
            .collect();
        match real[..] {
            [only] => schema = only,
            _ => return schema,
        }
    }
    schema
}

fn is(schema: &Json, name: &str) -> bool {
    match &schema["type"] {
        Json::String(only) => only == name,
        Json::Array(names) => names.iter().any(|known| known == name),
        _ => false,
    }
}

fn kind(schema: &Json) -> Kind {
    if is(schema, "integer") {
        Kind::Whole
    } else if is(schema, "number") {
        Kind::Decimal
    } else if is(schema, "boolean") {
        Kind::Flag
    } else if is(schema, "string") {
        match schema["format"].as_str() {
            Some("date") => Kind::Date,
            Some("date-time") => Kind::Instant,
            _ => Kind::Text,
        }
    } else {
        Kind::Nested
    }
}

impl Column {
    fn cell(&self, root: &Json, language: Language) -> Option<Value> {
        let leaf = self.path.iter().fold(root, |value, name| &value[name]);
        match (self.kind, leaf) {
            (_, Json::Null) => None,
            (Kind::Whole, Json::Number(number)) => number.as_i64().map(Value::Whole),
            (Kind::Decimal, Json::Number(number)) => decimal(&number.to_string()),
            (Kind::Flag, Json::Bool(flag)) => Some(Value::Flag(*flag)),
            (Kind::Date, Json::String(text)) => {
                Some(NaiveDate::from_str(text).map_or_else(|_| plain(text), Value::Date))
            }
            (Kind::Instant, Json::String(text)) => {
                let instant = DateTime::parse_from_rfc3339(text);
                Some(instant.map_or_else(|_| plain(text), |at| Value::Instant(at.to_utc())))
            }
            (_, Json::String(text)) => Some(plain(match language {
                Language::Zh => words::word(self.choices, text).unwrap_or(text),
                Language::En => text,
            })),
            (Kind::Nested, Json::Array(parts)) if parts.iter().all(Json::is_string) => {
                let words: Vec<_> = parts.iter().filter_map(Json::as_str).collect();
                (!words.is_empty()).then(|| plain(&words.join("; ")))
            }
            (_, Json::Array(parts)) if parts.is_empty() => None,
            (_, other) => Some(plain(&other.to_string())),
        }
    }
}

fn plain(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn decimal(text: &str) -> Option<Value> {
    Decimal::from_str(text)
        .or_else(|_| Decimal::from_scientific(text))
        .map_or_else(|_| Some(plain(text)), |number| Some(Value::Decimal(number)))
}
