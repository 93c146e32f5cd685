//! The schemas of the contract, made ready to check with.
//!
//! **Invariant.** A check is compiled from the published schema and from nothing else.

use anyhow::Context;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

const COMPONENT: &str = "#/components/schemas/";

/// Compiles the check of one schema of the document.
pub(super) fn compile(schema: &Value, components: &Value) -> anyhow::Result<Validator> {
    // References point into the document, so those parts of it stand beside the schema that it
    // leads to. All of them would make the start of the server take seconds.
    let mut reached = Map::new();
    reach(schema, &components["schemas"], &mut reached)?;
    let whole = json!({ "allOf": [schema], "components": { "schemas": reached } });
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(&whole)
        .map_err(|error| anyhow::anyhow!("{error}"))
}

// Gathers the components that a schema names, and those that they name.
pub(super) fn reach(
    schema: &Value,
    known: &Value,
    reached: &mut Map<String, Value>,
) -> anyhow::Result<()> {
    match schema {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = name.and_then(|name| name.strip_prefix(COMPONENT))
                && !reached.contains_key(name)
            {
                let component = known
                    .get(name)
                    .with_context(|| format!("there is no schema {name}"))?;
                reached.insert(name.to_owned(), component.clone());
                reach(component, known, reached)?;
            }
            members
                .values()
                .try_for_each(|member| reach(member, known, reached))
        }
        Value::Array(items) => items
            .iter()
            .try_for_each(|item| reach(item, known, reached)),
        _ => Ok(()),
    }
}

/// The members of a body that hold passwords.
pub(super) fn passwords(schema: &Value, components: &Value) -> Vec<String> {
    let named = schema["$ref"]
        .as_str()
        .and_then(|name| name.strip_prefix(COMPONENT))
        .map(|name| &components["schemas"][name]);
    let properties = named.unwrap_or(schema)["properties"].as_object();
    properties
        .into_iter()
        .flatten()
        .filter(|(_, property)| property["format"] == "password")
        .map(|(name, _)| name.clone())
        .collect()
}

/// How the text of a query parameter is read.
#[derive(Clone, Copy)]
pub(super) enum ParameterKind {
    Text,
    Whole,
    Number,
    Truth,
}

impl ParameterKind {
    /// The kind that a schema asks for.
    pub(super) fn of(schema: &Value) -> Self {
        let names = match &schema["type"] {
            Value::String(name) => vec![name.as_str()],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if names.contains(&"integer") {
            Self::Whole
        } else if names.contains(&"number") {
            Self::Number
        } else if names.contains(&"boolean") {
            Self::Truth
        } else {
            Self::Text
        }
    }

    /// The value that the text stands for; the text itself where it stands for none.
    pub(super) fn read(self, text: &str) -> Value {
        let parsed = match self {
            Self::Text => None,
            Self::Whole => text.parse::<i64>().ok().map(Value::from),
            Self::Number => text
                .parse::<f64>()
                .ok()
                .and_then(|number| serde_json::Number::from_f64(number).map(Value::Number)),
            Self::Truth => text.parse::<bool>().ok().map(Value::from),
        };
        parsed.unwrap_or_else(|| Value::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_takes_along_what_it_leads_to() {
        let components = json!({ "schemas": {
            "Tree": { "type": "object", "properties": {
                "leaf": { "$ref": "#/components/schemas/Leaf" },
                "below": { "type": "array", "items": { "$ref": "#/components/schemas/Tree" } },
            } },
            "Leaf": { "type": "integer" },
            "Stone": { "type": "string" },
        } });
        let tree = json!({ "$ref": "#/components/schemas/Tree" });
        let mut reached = Map::new();
        reach(&tree, &components["schemas"], &mut reached).unwrap();
        assert_eq!(reached.keys().collect::<Vec<_>>(), ["Leaf", "Tree"]);
        let check = compile(&tree, &components).unwrap();
        assert!(check.is_valid(&json!({ "below": [{ "leaf": 1 }] })));
        assert!(!check.is_valid(&json!({ "below": [{ "leaf": "x" }] })));
        let missing = json!({ "$ref": "#/components/schemas/Cloud" });
        assert!(compile(&missing, &components).is_err());
    }
}
