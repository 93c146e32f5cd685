//! Rule sets as files.
//!
//! **Invariant.** Every mistake of a file is told with line and column, all of a kind at once: first
//! what is no TOML, then what the published schema rules out, then what the rules rule out.

use std::{collections::BTreeMap, ops::Range};

use domain::rating::RuleSet;
use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use super::wire::RuleSetDocument;
use crate::{
    http,
    problem::{Bilingual, FieldFault, Problem},
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
pub(crate) fn read(text: &str) -> Result<(RuleSetDocument, RuleSet), Vec<FileMistake>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let syntax = errors.iter().map(|error| {
            let at = error.span().map_or(0, |span| span.start);
            mistake(
                text,
                at,
                String::new(),
                Bilingual::new(
                    format!("不是合法的 TOML：{}", error.message()),
                    format!("this is not TOML: {}", error.message()),
                ),
            )
        });
        return Err(in_order(syntax.collect()));
    }
    let mut spans = BTreeMap::from([(String::new(), 0..0)]);
    let value = table_value(table.get_ref(), "", &mut spans);
    let placed = |fault: FieldFault| {
        let at = span(&spans, &fault.pointer).start;
        mistake(text, at, fault.pointer, fault.message)
    };
    let faults = http::shape_faults(SCHEMA, &value).map_err(|error| {
        let message = format!("{error:#}");
        vec![mistake(
            text,
            0,
            String::new(),
            Bilingual::new(message.clone(), message),
        )]
    })?;
    if !faults.is_empty() {
        return Err(in_order(faults.into_iter().map(placed).collect()));
    }
    let unread = |message: String| {
        let message = Bilingual::new(message.clone(), message);
        vec![mistake(text, 0, String::new(), message)]
    };
    let document: RuleSetDocument =
        serde_json::from_value(value).map_err(|error| unread(error.to_string()))?;
    match document.clone().check() {
        Ok(rule_set) => Ok((document, rule_set)),
        Err(problem) if problem.faults.is_empty() => Err(unread(problem.to_string())),
        Err(problem) => Err(in_order(problem.faults.into_iter().map(placed).collect())),
    }
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

/// The name of the schema.
pub(crate) const SCHEMA: &str = "RuleSetDocument";

/// The schema of a file by itself, as it is published.
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
        // Its digits, so that no float stands between the file and a decision.
        DeValue::Float(number) => Value::from(number.as_str()),
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

#[cfg(test)]
mod tests;
