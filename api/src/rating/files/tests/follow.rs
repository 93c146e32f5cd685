//! Whatever of a file cannot be read, nothing else is told.

use std::collections::BTreeMap;

use super::*;

fn places(value: &Value, at: &str, found: &mut BTreeMap<String, String>) {
    let mut inside = |name: &str, member: &Value| {
        let here = format!("{at}/{name}");
        // One of each shape is enough, and the last is judged after all others.
        let is_position = |segment: &str| segment.bytes().all(|byte| byte.is_ascii_digit());
        let shape: Vec<_> = here
            .split('/')
            .skip(1)
            .map(|segment| if is_position(segment) { "*" } else { segment })
            .collect();
        found.insert(shape.join("/"), here.clone());
        places(member, &here, found);
    };
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                inside(name, member);
            }
        }
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                inside(&position.to_string(), item);
            }
        }
        _ => {}
    }
}

#[test]
fn what_cannot_be_read_brings_no_other_fault_about() {
    let text = include_str!("../../../../../docs/examples/five-stars-1.toml");
    let (table, _) = DeTable::parse_recoverable(text);
    let whole = table_value(table.get_ref(), "", &mut BTreeMap::new());
    assert!(checked(whole.clone()).is_ok());
    let mut found = BTreeMap::new();
    places(&whole, "", &mut found);
    assert!(found.len() > 100, "{}", found.len());
    let mut astray = Vec::new();
    for place in found.values() {
        // Of another type, and away.
        let mut wrong = whole.clone();
        let there = wrong.pointer_mut(place).unwrap();
        *there = if there.is_boolean() {
            json!(7)
        } else {
            json!(true)
        };
        let problem = checked(wrong).unwrap_err();
        let mut told: Vec<_> = problem.faults.iter().map(|it| &it.pointer).collect();
        // It is of another type and no choice, both at one place.
        told.dedup();
        if told != [place] {
            astray.push(format!("{place}: {:?}", problem.faults));
        }

        let (above, member) = place.rsplit_once('/').unwrap();
        let mut without = whole.clone();
        let gone = match without.pointer_mut(above) {
            Some(Value::Object(members)) => members.remove(member),
            _ => continue,
        };
        assert!(gone.is_some(), "{place}");
        let faults = checked(without).err().map(|problem| problem.faults);
        let faults = faults.unwrap_or_default();
        let is_required = faults.iter().any(|fault| fault.code == "required");
        if is_required && (faults.len() > 1 || faults[0].pointer != *place) {
            astray.push(format!("without {place}: {faults:?}"));
        }
    }
    assert!(astray.is_empty(), "{astray:#?}");
}
