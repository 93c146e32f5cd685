//! The published contract, used to check what comes in.
//!
//! **Invariant.** What the document promises is what is enforced: bodies and query strings are
//! checked against the very schemas that are published, and all that is wrong is told at once.

mod explain;
mod schema;

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use anyhow::Context;
use axum::http::Method;
use jsonschema::Validator;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::problem::{Bilingual, Code, FieldFault, Problem};

use explain::{explain, spread};
use schema::{ParameterKind, compile, passwords};

const FAULTS_MAX: usize = 100;

/// The compiled checks of every operation.
pub(crate) struct Contract {
    operations: HashMap<(Method, String), Operation>,
}

struct Operation {
    body: Option<Validator>,
    /// Members of the body that hold passwords.
    passwords: Vec<String>,
    parameters: BTreeMap<String, Parameter>,
}

struct Parameter {
    kind: ParameterKind,
    validator: Validator,
}

impl Contract {
    /// Compiles the checks from the OpenAPI document.
    pub(crate) fn compile(document: &Value) -> anyhow::Result<Self> {
        let mut operations = HashMap::new();
        let components = &document["components"];
        let paths = document["paths"].as_object().context("no paths")?;
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().context("no methods")? {
                let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else {
                    continue;
                };
                let schema = operation.pointer("/requestBody/content/application~1json/schema");
                let passwords =
                    schema.map_or_else(Vec::new, |schema| passwords(schema, components));
                let body = schema
                    .map(|schema| compile(schema, components))
                    .transpose()
                    .with_context(|| format!("body of {method} {path}"))?;
                let mut parameters = BTreeMap::new();
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    if parameter["in"] == "query" {
                        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                        let compiled = Parameter {
                            kind: ParameterKind::of(&parameter["schema"]),
                            validator: compile(&parameter["schema"], components)
                                .with_context(|| format!("{name} of {method} {path}"))?,
                        };
                        parameters.insert(name, compiled);
                    }
                }
                operations.insert(
                    (method, path.clone()),
                    Operation {
                        body,
                        passwords,
                        parameters,
                    },
                );
            }
        }
        Ok(Self { operations })
    }

    /// Checks and reads a query string. A route without a description takes no parameters.
    pub(crate) fn query<T: DeserializeOwned>(
        &self,
        method: &Method,
        route: &str,
        query: &str,
    ) -> Result<T, Problem> {
        // A HEAD is a GET whose body is not sent.
        let method = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let operation = self.operations.get(&(method.clone(), route.to_owned()));
        let mut values = Map::new();
        let (mut faults, mut zeros) = (Vec::new(), Vec::new());
        for (name, text) in pairs(query) {
            if faults.len() + zeros.len() >= FAULTS_MAX {
                break;
            }
            let Some(parameter) = operation.and_then(|known| known.parameters.get(&name)) else {
                faults.push(fault(
                    &name,
                    "unknown",
                    "没有这个参数",
                    "there is no such parameter",
                ));
                continue;
            };
            // No text of ours holds one, and PostgreSQL cannot even be asked for it.
            if text.contains('\0') {
                zeros.push(zero(&name));
                continue;
            }
            let value = parameter.kind.read(&text);
            faults.extend(
                parameter
                    .validator
                    .iter_errors(&value)
                    .map(|error| explain(name.clone(), &error)),
            );
            if values.insert(name.clone(), value).is_some() {
                faults.push(fault(
                    &name,
                    "repeated",
                    "参数重复",
                    "the parameter is repeated",
                ));
            }
        }
        let broken = |faults| Problem {
            faults,
            ..Problem::new(Code::InvalidParameter)
        };
        if !faults.is_empty() {
            faults.extend(zeros);
            return Err(broken(faults));
        }
        if !zeros.is_empty() {
            // The document allows any text.
            return Err(Problem::invalid(zeros).of_query());
        }
        serde_path_to_error::deserialize(Value::Object(values)).map_err(|error| {
            let message = error.inner().to_string();
            broken(vec![FieldFault {
                pointer: error.path().to_string(),
                code: "format",
                message: Bilingual::new(format!("无法解析：{message}"), message),
            }])
        })
    }

    /// The body without its passwords: what may be hashed and kept. A plain hash over a password
    /// would let whoever steals the database try passwords without the cost of Argon2.
    pub(crate) fn without_passwords(&self, method: &Method, route: &str, body: &Value) -> Value {
        let mut body = body.clone();
        let operation = self.operations.get(&(method.clone(), route.to_owned()));
        for name in operation.into_iter().flat_map(|known| &known.passwords) {
            if let Some(password) = body.get_mut(name) {
                *password = Value::Null;
            }
        }
        body
    }

    /// Checks and reads a JSON body.
    pub(crate) fn body<T: DeserializeOwned>(
        &self,
        method: &Method,
        route: &str,
        body: Value,
    ) -> Result<T, Problem> {
        let operation = self.operations.get(&(method.clone(), route.to_owned()));
        let (body, faults) = match operation.and_then(|operation| operation.body.as_ref()) {
            Some(validator) => {
                let mut faults: Vec<_> = validator
                    .iter_errors(&body)
                    .flat_map(|error| spread(&error))
                    .take(FAULTS_MAX)
                    .collect();
                find_zeros(&body, "", &mut faults);
                (body, faults)
            }
            None => nothing(body),
        };
        if !faults.is_empty() {
            return Err(Problem::invalid(faults));
        }
        serde_path_to_error::deserialize(body).map_err(|error| {
            let pointer = pointer(&error.path().to_string());
            let message = error.inner().to_string();
            Problem::invalid(vec![FieldFault {
                pointer,
                code: "format",
                message: Bilingual::new(format!("无法解析：{message}"), message),
            }])
        })
    }
}

// The document for those who ask for one schema of it, again and again; made when it is asked for.
static DOCUMENT: LazyLock<Value> = LazyLock::new(super::describe);

/// What of a value the published schema of this name rules out.
pub(crate) fn shape_faults(name: &str, value: &Value) -> anyhow::Result<Vec<FieldFault>> {
    let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
    let validator = compile(&schema, &DOCUMENT["components"])?;
    let errors = validator.iter_errors(value);
    Ok(errors.flat_map(|error| spread(&error)).collect())
}

/// The published schema of this name, and all that it leads to.
pub(crate) fn shapes_behind(name: &str) -> anyhow::Result<Map<String, Value>> {
    let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
    let mut reached = Map::new();
    schema::reach(&schema, &DOCUMENT["components"]["schemas"], &mut reached)?;
    Ok(reached)
}

fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
}

// `lines[0].quantity` as serde says it, `/lines/0/quantity` as RFC 6901 does.
fn pointer(path: &str) -> String {
    if path == "." {
        return String::new();
    }
    let mut pointer = String::new();
    for segment in path.split(['.', '[']) {
        pointer.push('/');
        pointer.push_str(segment.trim_end_matches(']'));
    }
    pointer
}

fn fault(pointer: &str, code: &'static str, zh: &'static str, en: &'static str) -> FieldFault {
    FieldFault {
        pointer: pointer.to_owned(),
        code,
        message: Bilingual::new(zh, en),
    }
}

fn unknown(pointer: &str) -> FieldFault {
    let en = "there is no such field";
    fault(pointer, "unknown", "没有这个字段", en)
}

// Many clients send `{}` where an operation takes nothing.
fn nothing(body: Value) -> (Value, Vec<FieldFault>) {
    match body {
        Value::Object(members) => {
            let names = members.keys().take(FAULTS_MAX);
            let faults = names.map(|name| unknown(&member_pointer("", name)));
            (Value::Null, faults.collect())
        }
        other => (other, Vec::new()),
    }
}

fn zero(pointer: &str) -> FieldFault {
    let en = "a text must not contain the character U+0000";
    fault(pointer, "format", "不得含空字符", en)
}

fn find_zeros(value: &Value, at: &str, faults: &mut Vec<FieldFault>) {
    if faults.len() >= FAULTS_MAX {
        return;
    }
    match value {
        Value::String(text) if text.contains('\0') => faults.push(zero(at)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_zeros(item, &format!("{at}/{index}"), faults);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                find_zeros(member, &member_pointer(at, name), faults);
            }
        }
        _ => {}
    }
}

fn member_pointer(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract() -> Contract {
        Contract::compile(&json!({
            "paths": { "/things": { "post": {
                "parameters": [{ "in": "query", "name": "limit", "schema": { "type": ["integer", "null"], "maximum": 5 } }],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } }
            } }, "/things/mend": { "post": {} } },
            "components": { "schemas": {
                "Part": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
                "Thing": {
                    "type": "object", "additionalProperties": false, "required": ["count", "part"],
                    "properties": {
                        "count": { "type": "integer", "minimum": 1 },
                        "part": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Part" }] }
                    }
                }
            } }
        }))
        .unwrap()
    }

    #[test]
    fn all_faults_of_a_body_are_told_at_once_by_pointer() {
        let body = json!({ "count": 0, "part": {}, "colour": "red" });
        let problem = contract()
            .body::<Value>(&Method::POST, "/things", body)
            .unwrap_err();
        let mut found: Vec<_> = problem
            .faults
            .iter()
            .map(|fault| (fault.pointer.as_str(), fault.code))
            .collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("/colour", "unknown"),
                ("/count", "out-of-range"),
                ("/part/name", "required")
            ]
        );
    }

    #[test]
    fn an_operation_that_takes_nothing_takes_an_empty_object() {
        let contract = contract();
        let read = |body| contract.body::<()>(&Method::POST, "/things/mend", body);
        read(Value::Null).unwrap();
        read(json!({})).unwrap();
        let refused = read(json!({ "reason": "rust" })).unwrap_err();
        assert_eq!(refused.faults[0].pointer, "/reason");
        assert_eq!(refused.faults[0].code, "unknown");
    }

    #[test]
    fn a_query_string_is_checked_by_name() {
        let contract = contract();
        let read = |query: &str| contract.query::<Value>(&Method::POST, "/things", query);
        assert_eq!(read("limit=3").unwrap(), json!({ "limit": 3 }));
        for (query, code) in [
            ("limit=9", "out-of-range"),
            ("limit=x", "type"),
            ("limit=1&limit=2", "repeated"),
            ("colour=red", "unknown"),
            ("limit=%00", "format"),
        ] {
            assert_eq!(read(query).unwrap_err().faults[0].code, code, "{query}");
        }
    }

    #[test]
    fn serde_paths_become_pointers() {
        assert_eq!(pointer("lines[0].quantity"), "/lines/0/quantity");
        assert_eq!(pointer("."), "");
    }
}
