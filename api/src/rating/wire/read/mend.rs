//! What of a faulty document can still be read, so that the faults of the rest are told with those
//! that were found first.
//!
//! **Invariant.** What could not be read is put out of the way, or something takes its place that
//! fits the published shape; no fault is told that may only come of that. What is read so is checked
//! and never kept.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{super::rule_set::RuleSetDocument, told};
use crate::{
    http,
    problem::{Faults, FieldFault, Problem},
};

/// The name of the schema.
pub(in crate::rating) const SCHEMA: &str = "RuleSetDocument";

// What stands in the way of a reading stands in the way of the next no more.
const READINGS_MAX: usize = 4;

// Members of a criterion that say nothing of what it asks.
const BESIDE: [&str; 11] = [
    "id",
    "dimension",
    "title",
    "provenance",
    "gate",
    "points",
    "weight",
    "profiles",
    "depot_levels",
    "effort",
    "public",
];

/// Every fault of a document: those of shape that were found, and all that can be told of the rest.
///
/// # Errors
/// Never, unless the contract lost its schema.
pub(in crate::rating) fn every_fault(
    mut value: Value,
    mut faults: Vec<FieldFault>,
) -> Result<Vec<FieldFault>, Problem> {
    let shapes = http::shapes_behind(SCHEMA).map_err(Problem::internal)?;
    let shapes: BTreeMap<String, Value> = shapes.into_iter().collect();
    let mut unread: BTreeSet<String> = BTreeSet::new();
    for fault in &faults {
        mend(&mut value, &shapes, &fault.pointer, false);
        unread.insert(fault.pointer.clone());
    }
    for _ in 0..READINGS_MAX {
        let Ok(document) = serde_json::from_value::<RuleSetDocument>(value.clone()) else {
            break;
        };
        let mut found = Faults::default();
        if let Some(parts) = document.parts(&mut found) {
            let unread: Vec<_> = unread.into_iter().collect();
            let mistakes = domain::rating::RuleSet::new(parts).err();
            let mistakes = mistakes.into_iter().flatten();
            let fresh = mistakes.filter(|mistake| !mistake.follows_from(&unread));
            faults.extend(fresh.map(told));
            break;
        }
        let Err(problem) = found.finish(None::<()>) else {
            break;
        };
        let before = unread.clone();
        for fault in problem.faults {
            if fault.code == "kind" {
                one_kind(&mut value, &fault.pointer);
                unread.insert(format!("{}/kind", fault.pointer));
            } else {
                mend(&mut value, &shapes, &fault.pointer, true);
                unread.insert(fault.pointer.clone());
            }
            if !follows(&fault, &before) {
                faults.push(fault);
            }
        }
    }
    Ok(faults)
}

// Whether a fault of words may only come of what could not be read.
fn follows(fault: &FieldFault, unread: &BTreeSet<String>) -> bool {
    unread.iter().any(|place| {
        let inside = fault.pointer.strip_prefix(place.as_str());
        let member = place.strip_prefix(&format!("{}/", fault.pointer));
        inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || (fault.code == "kind" && member.is_some_and(|member| !BESIDE.contains(&member)))
    })
}

// A criterion that is of many kinds is one of the first; one that is of none bars nothing and earns
// nothing.
fn one_kind(value: &mut Value, at: &str) {
    let Some(Value::Object(criterion)) = value.pointer_mut(at) else {
        return;
    };
    let is_kind = |name: &str| !BESIDE.contains(&name);
    let kinds: Vec<_> = criterion.keys().filter(|name| is_kind(name)).collect();
    let others: Vec<_> = kinds.into_iter().skip(1).cloned().collect();
    for other in others {
        criterion.remove(&other);
    }
    if !criterion.keys().any(|name| is_kind(name)) {
        criterion.insert("veto".to_owned(), json!({}));
    }
}

// Puts what stands at the pointer out of the way: away where it may be absent, something that fits
// in its place where it may not. What can be read and only says something wrong stays, unless it is
// known that it cannot stay.
fn mend(value: &mut Value, shapes: &BTreeMap<String, Value>, pointer: &str, always: bool) {
    let Some((at, member)) = pointer.rsplit_once('/') else {
        return;
    };
    let member = member.replace("~1", "/").replace("~0", "~");
    let Some(schema) = schema_at(shapes, at) else {
        return;
    };
    match value.pointer_mut(at) {
        Some(Value::Object(members)) => {
            let own = &schema["properties"][&member];
            let stays = members
                .get(&member)
                .is_some_and(|it| !always && fits(own, it, shapes));
            if stays {
                return;
            }
            let required = schema["required"].as_array().into_iter().flatten();
            if required.into_iter().any(|name| *name == member) {
                members.insert(member, stand_in(own, shapes));
            } else {
                members.remove(&member);
            }
        }
        Some(Value::Array(items)) => {
            let item = member.parse::<usize>().ok();
            if let Some(item) = item.and_then(|position| items.get_mut(position))
                && (always || !fits(&schema["items"], item, shapes))
            {
                *item = stand_in(&schema["items"], shapes);
            }
        }
        _ => {}
    }
}

// The schema itself, behind references and beside the choice of nothing.
fn resolve<'a>(schema: &'a Value, shapes: &'a BTreeMap<String, Value>) -> &'a Value {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or(name);
        return shapes
            .get(name)
            .map_or(schema, |known| resolve(known, shapes));
    }
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    let mut real = choices.filter(|choice| choice["type"] != "null");
    real.next().map_or(schema, |choice| resolve(choice, shapes))
}

fn schema_at<'a>(shapes: &'a BTreeMap<String, Value>, pointer: &str) -> Option<&'a Value> {
    let mut schema = shapes.get(SCHEMA)?;
    for segment in pointer.split('/').skip(1) {
        let inner = match schema.get("items") {
            Some(items) => items,
            None => schema["properties"].get(segment)?,
        };
        schema = resolve(inner, shapes);
    }
    Some(schema)
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(name) => vec![name.as_str()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

// Whether it can be read as what it should be, right or wrong.
fn fits(schema: &Value, value: &Value, shapes: &BTreeMap<String, Value>) -> bool {
    let types = types(resolve(schema, shapes));
    match value {
        Value::String(text) if types.contains(&"integer") => {
            types.contains(&"string") && Decimal::from_str_exact(text).is_ok()
        }
        Value::String(_) => types.contains(&"string"),
        Value::Number(number) => types.contains(&"integer") && number.is_i64(),
        Value::Bool(_) => types.contains(&"boolean"),
        Value::Array(_) => types.contains(&"array"),
        Value::Object(_) => types.contains(&"object"),
        Value::Null => false,
    }
}

// Something that fits.
fn stand_in(schema: &Value, shapes: &BTreeMap<String, Value>) -> Value {
    let schema = resolve(schema, shapes);
    let types = types(schema);
    if types.contains(&"object") {
        let required = schema["required"].as_array().into_iter().flatten();
        let members = required.filter_map(Value::as_str).map(|name| {
            let own = &schema["properties"][name];
            (name.to_owned(), stand_in(own, shapes))
        });
        return Value::Object(members.collect::<Map<_, _>>());
    }
    if types.contains(&"array") {
        let least = schema["minItems"].as_u64().unwrap_or(0);
        return (0..least)
            .map(|_| stand_in(&schema["items"], shapes))
            .collect();
    }
    if types.contains(&"integer") {
        return json!(schema["minimum"].as_i64().unwrap_or(1).max(1));
    }
    if types.contains(&"boolean") {
        return json!(false);
    }
    if schema["format"] == "date" {
        return json!("2000-01-01");
    }
    if schema["pattern"] == "^[VSI]$" {
        return json!("I");
    }
    let words = schema["enum"].as_array().into_iter().flatten();
    let word = words.filter_map(Value::as_str).next();
    json!(word.unwrap_or("unread"))
}
