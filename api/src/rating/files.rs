//! Rule sets as files.
//!
//! **Invariant.** Every mistake of a file is told with line and column: all that is no TOML, or, once
//! it is, all that the published schema and the rules rule out. The published schema takes whatever
//! is read.

use std::{collections::BTreeMap, ops::Range};

use domain::rating::RuleSet;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use super::wire::{RuleSetDocument, SCHEMA, every_fault};
use crate::{
    http,
    problem::{Bilingual, Problem},
};

/// One thing that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileMistake {
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// A JSON Pointer into the document; empty where it is none.
    pub(crate) pointer: String,
    pub(crate) message: Bilingual,
}

/// Reads and checks a file.
///
/// # Errors
/// Every mistake, in the order of the file.
pub(crate) fn read(file: &[u8]) -> Result<(RuleSetDocument, RuleSet), Vec<FileMistake>> {
    let text = decoded(file)?;
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let syntax = errors.iter().map(|error| {
            let at = error.span().map_or(0, |span| span.start);
            mistake(text, at, String::new(), no_toml(text, at, error.message()))
        });
        return Err(in_order(syntax.collect()));
    }
    let mut spans = BTreeMap::from([(String::new(), 0..0)]);
    let value = table_value(table.get_ref(), "", &mut spans);
    let told = |problem: Problem| {
        if problem.faults.is_empty() {
            let message = problem.to_string();
            let message = Bilingual::new(message.clone(), message);
            return vec![mistake(text, 0, String::new(), message)];
        }
        let placed = problem.faults.into_iter().map(|fault| {
            let at = span(&spans, &fault.pointer).start;
            mistake(text, at, fault.pointer, fault.message)
        });
        in_order(placed.collect())
    };
    checked(value).map_err(told)
}

fn checked(value: Value) -> Result<(RuleSetDocument, RuleSet), Problem> {
    let faults = http::shape_faults(SCHEMA, &value).map_err(Problem::internal)?;
    if !faults.is_empty() {
        return Err(Problem::invalid(every_fault(value, faults)?));
    }
    let document: RuleSetDocument = serde_json::from_value(value).map_err(Problem::internal)?;
    let rule_set = document.clone().check()?;
    Ok((document, rule_set))
}

fn decoded(file: &[u8]) -> Result<&str, Vec<FileMistake>> {
    std::str::from_utf8(file).map_err(|error| {
        let read = file.get(..error.valid_up_to()).unwrap_or_default();
        let read = String::from_utf8_lossy(read);
        let message = Bilingual::new(
            "文件不是 UTF-8 编码，可能是 GBK：请在编辑器中另存为 UTF-8",
            "the file is not in UTF-8, but perhaps in GBK: save it as UTF-8 in the editor",
        );
        vec![mistake(&read, read.len(), String::new(), message)]
    })
}

fn no_toml(text: &str, at: usize, error: &str) -> Bilingual {
    let mut message = Bilingual::new(
        format!("不是合法的 TOML：{error}"),
        format!("this is not TOML: {error}"),
    );
    if let Some(word) = bare_word(text, at) {
        message = Bilingual::new(
            format!("{}；文字须加双引号：\"{word}\"", message.zh),
            format!("{}; a text stands in double quotes: \"{word}\"", message.en),
        );
    }
    message
}

// The word at this place, if it stands where a value must.
fn bare_word(text: &str, at: usize) -> Option<&str> {
    let is_of_word = |sign: char| sign.is_alphanumeric() || "_-.".contains(sign);
    let (before, after) = text.split_at_checked(at)?;
    let start = before.trim_end_matches(is_of_word).len();
    let end = at + after.len() - after.trim_start_matches(is_of_word).len();
    let is_value = before[..start]
        .trim_end_matches([' ', '\t'])
        .ends_with(['=', '[', ',']);
    let word = &text[start..end];
    (is_value && word.starts_with(char::is_alphabetic)).then_some(word)
}

/// Reads what is known to be a right file, such as one that is built in.
///
/// # Errors
/// An internal fault with the first mistake.
pub(crate) fn read_known(text: &str) -> Result<(RuleSetDocument, RuleSet), Problem> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if let Some(error) = errors.first() {
        return Err(Problem::internal(anyhow::anyhow!("{error}")));
    }
    let value = table_value(table.get_ref(), "", &mut BTreeMap::new());
    let document: RuleSetDocument = serde_json::from_value(value).map_err(Problem::internal)?;
    let rule_set = document.clone().check()?;
    Ok((document, rule_set))
}

/// The schema of a file by itself, as it is published: that of the document, but for figures, which
/// TOML writes bare where JSON has quotes.
///
/// # Errors
/// Never, unless the contract lost its schema.
pub(crate) fn schema() -> anyhow::Result<Value> {
    let components = http::shapes_behind(SCHEMA)?;
    let mut defs = Map::new();
    for (name, mut schema) in components {
        refer(&mut schema);
        defs.insert(name, schema);
    }
    if let Some(figure) = defs.get_mut("Figure") {
        figure["type"] = json!(["number", "string"]);
        figure["description"] = json!("A number with at most four digits after the point.");
        if let Some(members) = figure.as_object_mut() {
            members.remove("format");
        }
    }
    let mut whole = defs.remove(SCHEMA).unwrap_or_default();
    whole["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    whole["title"] = json!("Relief Depot rule set");
    whole["$defs"] = Value::Object(defs);
    Ok(whole)
}

fn refer(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(name)) = members.get_mut("$ref") {
                *name = name.replace("#/components/schemas/", "#/$defs/");
            }
            members.values_mut().for_each(refer);
        }
        Value::Array(items) => items.iter_mut().for_each(refer),
        _ => {}
    }
}

fn in_order(mut mistakes: Vec<FileMistake>) -> Vec<FileMistake> {
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    mistakes
}

fn mistake(text: &str, at: usize, pointer: String, message: Bilingual) -> FileMistake {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    FileMistake {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        pointer,
        message,
    }
}

// Where a pointer stands; what is missing stands where it would be.
fn span<'a>(spans: &'a BTreeMap<String, Range<usize>>, pointer: &'a str) -> Range<usize> {
    let mut pointer = pointer;
    loop {
        if let Some(span) = spans.get(pointer) {
            return span.clone();
        }
        pointer = match pointer.rfind('/') {
            Some(end) => &pointer[..end],
            None => return 0..0,
        };
    }
}

fn table_value(table: &DeTable<'_>, at: &str, spans: &mut BTreeMap<String, Range<usize>>) -> Value {
    let members = table.iter().map(|(key, value)| {
        let name = key.get_ref();
        let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        // A table that is spread over the file begins at its first header.
        let span = match value.get_ref() {
            DeValue::Table(_) | DeValue::Array(_) => key.span(),
            _ => value.span(),
        };
        spans.insert(pointer.clone(), span);
        let value = value_of(value.get_ref(), &pointer, spans);
        (name.to_string(), value)
    });
    Value::Object(members.collect())
}

fn value_of(value: &DeValue<'_>, at: &str, spans: &mut BTreeMap<String, Range<usize>>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::from(number.as_str()), Value::from),
        DeValue::Float(number) => exact(number.as_str()),
        DeValue::Boolean(truth) => Value::from(*truth),
        DeValue::Datetime(moment) => Value::from(moment.to_string()),
        DeValue::Array(items) => items
            .iter()
            .enumerate()
            .map(|(position, item)| {
                let pointer = format!("{at}/{position}");
                spans.insert(pointer.clone(), item.span());
                value_of(item.get_ref(), &pointer, spans)
            })
            .collect(),
        DeValue::Table(table) => table_value(table, at, spans),
    }
}

// Its digits, so that no float stands between the file and a decision.
fn exact(text: &str) -> Value {
    let read = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    let Ok(figure) = read.map(|figure| figure.normalize()) else {
        return Value::from(text);
    };
    match i64::try_from(figure) {
        Ok(whole) if figure.scale() == 0 => Value::from(whole),
        _ => Value::from(figure.to_string()),
    }
}

#[cfg(test)]
mod tests;
