//! What the published document says about each operation, as far as the matrix grows from it.
//!
//! **Invariant.** Read from the document alone: an operation, parameter or member that is new is
//! there without a change here. An id is known by its pattern, or by the name of a list of ids.

use serde_json::Value;

use super::world::House;

/// The operations and the schemas that they refer to.
pub(super) struct Document {
    pub(super) operations: Vec<Operation>,
    schemas: Value,
}

/// An operation.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) parameters: Vec<Parameter>,
    /// The media type of the body and its schema.
    pub(super) body: Option<(String, Value)>,
    /// Whether it is asked without a token.
    pub(super) open: bool,
    /// Whether its list comes as a file, too.
    pub(super) exports: bool,
}

/// A parameter of a path, a query or a head.
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) within: String,
    pub(super) required: bool,
    pub(super) kind: Option<String>,
}

/// A member of a body that holds an id.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// The members that lead to it; `-` is any item of a list.
    pub(super) path: Vec<String>,
    pub(super) kind: String,
    /// Whether it names what is yet to be made.
    pub(super) fresh: bool,
}

impl Member {
    /// Whether nobody else may learn from the answer that there is such a thing.
    pub(super) fn is_secret(&self) -> bool {
        // Whoever makes an id up meets another's by chance alone, and may then be told so.
        !self.fresh && House::is_secret(&self.kind)
    }

    pub(super) fn pointer(&self) -> String {
        format!("/{}", self.path.join("/").replace('-', "0"))
    }
}

impl Document {
    pub(super) fn published() -> Self {
        let mut document = api::http::describe();
        let mut operations = Vec::new();
        for (path, methods) in document["paths"].as_object().into_iter().flatten() {
            for (method, described) in methods.as_object().into_iter().flatten() {
                if described["operationId"].is_string() {
                    operations.push(Operation::read(path, method, described));
                }
            }
        }
        let schemas = document["components"]["schemas"].take();
        Self {
            operations,
            schemas,
        }
    }

    /// The schema that a reference leads to, or the schema itself.
    pub(super) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let choice = |word: &str| {
            let among = schema[word].as_array()?.iter();
            among.into_iter().find(|it| it["type"] != "null")
        };
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            return self.resolve(&self.schemas[name]);
        }
        match choice("oneOf").or_else(|| choice("anyOf")) {
            Some(chosen) => self.resolve(chosen),
            None => schema,
        }
    }

    /// Every member of a body where an id can stand.
    pub(super) fn members(&self, schema: &Value) -> Vec<Member> {
        let mut found = Vec::new();
        self.walk(schema, &mut Vec::new(), &mut found);
        found
    }

    fn walk(&self, schema: &Value, path: &mut Vec<String>, found: &mut Vec<Member>) {
        // The deepest body has eight levels; a schema that holds itself ends here.
        if path.len() > 8 {
            return;
        }
        if let Some(kind) = self.kind(schema, path) {
            let described = schema["description"].as_str().unwrap_or_default();
            found.push(Member {
                path: path.clone(),
                kind,
                fresh: described.to_lowercase().contains("made by the client"),
            });
            return;
        }
        let schema = self.resolve(schema);
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            path.push(name.clone());
            self.walk(member, path, found);
            path.pop();
        }
        if schema["items"].is_object() {
            path.push("-".to_owned());
            self.walk(&schema["items"], path, found);
            path.pop();
        }
    }

    /// What an id in this place is one of.
    pub(super) fn kind(&self, schema: &Value, path: &[String]) -> Option<String> {
        if let Some(kind) = kind_of(self.resolve(schema)) {
            return Some(kind);
        }
        if schema["$ref"] != "#/components/schemas/IdText" {
            return None;
        }
        // `lot_ids` and `without_depot_ids` say in their names what they hold.
        let list = path.iter().rev().find(|it| *it != "-")?;
        let what = list.strip_suffix("_ids")?;
        Some(what.rsplit('_').next().unwrap_or(what).to_owned())
    }
}

impl Operation {
    fn read(path: &str, method: &str, described: &Value) -> Self {
        let parameters = described["parameters"].as_array().into_iter().flatten();
        let content = described["requestBody"]["content"].as_object();
        let answers = described["responses"].as_object().into_iter().flatten();
        Self {
            id: described["operationId"].as_str().unwrap_or("").to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            parameters: parameters.map(Parameter::read).collect(),
            body: content
                .and_then(|it| it.iter().next())
                .map(|(media, body)| {
                    let schema = body["schema"].clone();
                    (media.clone(), schema)
                }),
            open: described["security"].as_array().is_some_and(Vec::is_empty),
            exports: answers
                .into_iter()
                .any(|(_, answer)| answer["content"]["text/csv"].is_object()),
        }
    }

    pub(super) fn takes(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|it| it.name == parameter)
    }

    pub(super) fn within<'a>(&'a self, place: &'a str) -> impl Iterator<Item = &'a Parameter> {
        self.parameters.iter().filter(move |it| it.within == place)
    }
}

impl Parameter {
    fn read(described: &Value) -> Self {
        Self {
            name: described["name"].as_str().unwrap_or("").to_owned(),
            within: described["in"].as_str().unwrap_or("").to_owned(),
            required: described["required"] == true,
            kind: kind_of(&described["schema"]),
        }
    }
}

// `^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$` is an id of a lot.
fn kind_of(schema: &Value) -> Option<String> {
    let pattern = schema["pattern"].as_str()?.strip_prefix('^')?;
    let (kind, _) = pattern.split_once("_[0-7]")?;
    Some(kind.to_owned())
}
