//! Bodies that a schema lets through, grown from it with the ids of one house.
//!
//! **Invariant.** Only what is required is there; `bodies.txt` says more where a rule wants more.

use serde_json::{Value, json};

use super::{
    document::{Document, Member},
    world::House,
};

impl Document {
    /// A body with the things of `house`.
    pub(super) fn grow(&self, schema: &Value, house: &House, path: &[String]) -> Value {
        if let Some(kind) = self.kind(schema, path) {
            return house.id(last(path), &kind).into();
        }
        let schema = self.resolve(schema);
        if let Some(values) = schema["enum"].as_array() {
            return values.first().cloned().unwrap_or_default();
        }
        let kind = schema["type"].as_str().or(schema["type"][0].as_str());
        match kind {
            Some("object") => self.object(schema, house, path),
            Some("array") => {
                let path = [path, &["-".to_owned()]].concat();
                json!([self.grow(&schema["items"], house, &path)])
            }
            Some("integer" | "number") => schema["minimum"].as_i64().unwrap_or(1).max(1).into(),
            Some("boolean") => true.into(),
            _ => text(schema, house),
        }
    }

    fn object(&self, schema: &Value, house: &House, path: &[String]) -> Value {
        let mut object = json!({});
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            let path = [path, &[name.to_owned()]].concat();
            object[name] = self.grow(&schema["properties"][name], house, &path);
        }
        object
    }

    /// Puts an id where `member` leads; what is missing on the way grows from the schema.
    pub(super) fn put(
        &self,
        schema: &Value,
        body: &mut Value,
        member: &Member,
        house: &House,
        id: &str,
    ) {
        let (mut schema, mut at) = (self.resolve(schema), body);
        for (depth, step) in member.path.iter().enumerate() {
            let here = &member.path[..=depth];
            if step == "-" {
                schema = &schema["items"];
                if !at.is_array() || at.as_array().is_some_and(Vec::is_empty) {
                    *at = json!([self.grow(schema, house, here)]);
                }
                at = &mut at[0];
            } else {
                schema = &schema["properties"][step.as_str()];
                if !at.is_object() {
                    *at = json!({});
                }
                if at.get(step).is_none_or(Value::is_null) {
                    at[step.as_str()] = self.grow(schema, house, here);
                }
                at = &mut at[step.as_str()];
            }
            schema = self.resolve(schema);
        }
        *at = id.into();
    }
}

fn last(path: &[String]) -> &str {
    path.iter()
        .rev()
        .find(|it| *it != "-")
        .map_or("", String::as_str)
}

// What the patterns and formats of the document ask of a text.
fn text(schema: &Value, house: &House) -> Value {
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    let text = match schema["format"].as_str() {
        Some("date") => house.name("today"),
        Some("date-time") => house.name("soon"),
        Some("password") => "seven bins of rain boots",
        _ if pattern.starts_with("^([0-9]{6}|") => house.name("division"),
        _ if pattern.starts_with("^[A-Z]{3}") => "CNY",
        _ if pattern.starts_with("^[0-9]{1,10}") => "1",
        _ if pattern.starts_with("^[VSI]") => "V",
        _ if pattern.ends_with("/[1-9][0-9]{0,6}$") => "provisional-yardstick/1",
        _ if pattern.starts_with("^[a-z0-9._-]") => "order",
        _ => "x",
    };
    text.into()
}
