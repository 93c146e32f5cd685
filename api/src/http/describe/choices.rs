//! Choices as choices.
//!
//! **Invariant.** Where a text is one of a few names, the document lists them as an `enum`, so that
//! generated clients and readers know them. In the code they stand as a pattern of alternatives,
//! which is what the generator takes for a text that the domain parses.

use serde_json::{Value, json};

/// Turns each pattern that is nothing but alternatives into the list of them.
pub(super) fn list(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let names = members
                .get("pattern")
                .and_then(Value::as_str)
                .and_then(names);
            if let Some(mut names) = names {
                // A member that may be absent may be null.
                let types = members.get("type").and_then(Value::as_array);
                if types.is_some_and(|types| types.contains(&json!("null"))) {
                    names.push(Value::Null);
                }
                for covered in ["pattern", "minLength", "maxLength"] {
                    members.remove(covered);
                }
                members.insert("enum".to_owned(), Value::Array(names));
            }
            members.values_mut().for_each(list);
        }
        Value::Array(items) => items.iter_mut().for_each(list),
        _ => {}
    }
}

fn names(pattern: &str) -> Option<Vec<Value>> {
    let inner = pattern.strip_prefix("^(")?.strip_suffix(")$")?;
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    inner
        .split('|')
        .map(|name| is_name(name).then(|| json!(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_become_an_enum_and_other_forms_stay() {
        let mut schema = json!({
            "level": { "type": ["string", "null"], "pattern": "^(own|storage_point)$", "maxLength": 16 },
            "code": { "type": "string", "pattern": "^([0-9]{6}|[0-9]{9})$" },
        });
        list(&mut schema);
        assert_eq!(
            schema,
            json!({
                "level": { "type": ["string", "null"], "enum": ["own", "storage_point", null] },
                "code": { "type": "string", "pattern": "^([0-9]{6}|[0-9]{9})$" },
            })
        );
    }
}
