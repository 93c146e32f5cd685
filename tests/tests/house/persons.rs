//! That a command leaves nobody's name in the journal.
//!
//! **Invariant.** Whatever a command answers is recorded (`uow.rs`), so each member of its answer that
//! may name a person is in its `PERSONAL`. Which members these are is said here, and a member whose
//! name ends in `_by` and of which nothing is said fails.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use syn::visit::{self, Visit};

use crate::source;

/// Members that name or locate a person, wherever they stand.
const PERSONS: &[&str] = &[
    "assessed_by",
    "borrower_name",
    "confirmed_by",
    "contact_from",
    "contact_to",
    "contacts",
    "counterparty",
    "donor",
    "driver",
    "found_by",
    "given_by",
    "ground",
    "heard_by",
    "login",
    "oral_given_by",
    "person",
    "phone",
    "received_by",
    "subject",
];

/// Members that do in some shapes.
const IN_SHAPES: &[(&str, &str)] = &[
    ("AccountView", "name"),
    ("DonorView", "name"),
    ("DutyRecordView", "done_by"),
];

/// Members that name a principal by its id, as the journal does itself, or nobody at all.
const NOBODY: &[&str] = &[
    "accepted_by",
    "added_by",
    // The maker of the goods, or the authority.
    "announced_by",
    "approved_by",
    "asked_by",
    "begun_by",
    "called_by",
    "created_by",
    "decided_by",
    // Of a step of an assessment; of duties it is in `IN_SHAPES`.
    "done_by",
    "drawn_by",
    "ended_by",
    "lent_by",
    "lifted_by",
    "made_by",
    "permitted_by",
    "needed_by",
    "opened_by",
    "prepared_by",
    "recalled_by",
    "recorded_by",
    "registered_by",
    "reported_by",
    "reviewed_by",
    // What took the place of an alert.
    "succeeded_by",
    "taken_by",
    "undone_by",
    "withdrawn_by",
];

/// Answers that are no published shape; none of their members names a person.
const UNPUBLISHED: &[&str] = &[
    "()",
    // Of the command that is wrapped, which is looked at itself.
    "Output",
    "DivisionsLoaded",
    "ImportOutcome",
    "KeptPlan",
    "NotDone",
];

struct Command {
    place: String,
    output: String,
    personal: BTreeSet<String>,
}

struct Commands<'a> {
    path: &'a str,
    found: Vec<Command>,
}

impl<'ast> Visit<'ast> for Commands<'_> {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let implements = item.trait_.as_ref().map(|(_, path, _)| path);
        let is_command = implements
            .and_then(|path| path.segments.last())
            .is_some_and(|last| last.ident == "Command");
        if !is_command {
            return;
        }
        let mut command = Command {
            place: self.path.to_owned(),
            output: String::new(),
            personal: BTreeSet::new(),
        };
        for part in &item.items {
            match part {
                syn::ImplItem::Type(part) if part.ident == "Output" => {
                    command.output = match &part.ty {
                        syn::Type::Path(path) => path
                            .path
                            .segments
                            .last()
                            .map_or_else(String::new, |last| last.ident.to_string()),
                        _ => "()".to_owned(),
                    };
                }
                syn::ImplItem::Const(part) if part.ident == "PERSONAL" => {
                    let mut texts = Texts(BTreeSet::new());
                    texts.visit_expr(&part.expr);
                    command.personal = texts.0;
                }
                _ => {}
            }
        }
        if let syn::Type::Path(of) = &*item.self_ty
            && let Some(last) = of.path.segments.last()
        {
            command.place = format!("{} {}", self.path, last.ident);
        }
        self.found.push(command);
    }
}

struct Texts(BTreeSet<String>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.0.insert(text.value());
        visit::visit_lit_str(self, text);
    }
}

/// The members of a shape and of those in it, each with the shape that has it; what stands in a
/// member that is committed to is not looked at.
fn members(
    schemas: &Value,
    shape: &str,
    personal: &BTreeSet<String>,
    found: &mut BTreeMap<String, BTreeSet<String>>,
) {
    if found.contains_key(shape) {
        return;
    }
    found.insert(shape.to_owned(), BTreeSet::new());
    let mut open = vec![&schemas[shape]];
    while let Some(schema) = open.pop() {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            members(schemas, name, personal, found);
        }
        for word in ["oneOf", "anyOf", "allOf"] {
            open.extend(schema[word].as_array().into_iter().flatten());
        }
        let held = [&schema["items"], &schema["additionalProperties"]];
        open.extend(held.into_iter().filter(|held| held.is_object()));
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(names) = found.get_mut(shape) {
                names.insert(name.clone());
            }
            if !personal.contains(name) {
                open.push(member);
            }
        }
    }
}

/// What commands leave in clear of persons, and members of which nobody said what they name.
pub(crate) fn told(files: &[source::File], document: &Value) -> anyhow::Result<Vec<String>> {
    let schemas = &document["components"]["schemas"];
    let mut commands = Vec::new();
    for file in files.iter().filter(|file| !file.is_test()) {
        let mut reader = Commands {
            path: &file.path,
            found: Vec::new(),
        };
        reader.visit_file(&syn::parse_file(&file.text)?);
        commands.extend(reader.found);
    }
    anyhow::ensure!(!commands.is_empty(), "there are no commands");
    let mut faults = Vec::new();
    for command in commands {
        let (place, output) = (&command.place, &command.output);
        if UNPUBLISHED.contains(&output.as_str()) {
            continue;
        }
        if schemas[output].is_null() {
            faults.push(format!("{place}: what is in {output}?"));
            continue;
        }
        let mut found = BTreeMap::new();
        members(schemas, output, &command.personal, &mut found);
        for (shape, name) in found
            .iter()
            .flat_map(|(shape, names)| names.iter().map(move |name| (shape, name)))
        {
            let known = (shape.as_str(), name.as_str());
            let person = PERSONS.contains(&known.1) || IN_SHAPES.contains(&known);
            if person && !command.personal.contains(name) {
                faults.push(format!("{place}: {shape}.{name} is recorded in clear"));
            }
            if name.ends_with("_by") && !person && !NOBODY.contains(&known.1) {
                faults.push(format!("{place}: whom does {shape}.{name} name?"));
            }
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(personal: &str) -> Vec<String> {
        let document = json!({ "components": { "schemas": {
            "PaperView": { "properties": {
                "asked_by": { "type": "string" }, "waved_by": { "type": "string" },
                "consent": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/ConsentView" }] },
                "lines": { "items": { "$ref": "#/components/schemas/LineView" } },
            } },
            "ConsentView": { "properties": { "given_by": { "type": "string" } } },
            "LineView": { "properties": { "donor": { "type": "string" } } },
        } } });
        let text = format!(
            "impl Command for Ask {{ type Output = PaperView;
             const PERSONAL: &'static [&'static str] = &[{personal}]; }}"
        );
        let file = source::File {
            path: "a.rs".to_owned(),
            text,
        };
        told(&[file], &document).unwrap()
    }

    #[test]
    fn a_person_in_clear_is_found_wherever_they_stand() {
        let unknown = "a.rs Ask: whom does PaperView.waved_by name?".to_owned();
        let consent = "a.rs Ask: ConsentView.given_by is recorded in clear".to_owned();
        let donor = "a.rs Ask: LineView.donor is recorded in clear".to_owned();
        assert_eq!(
            faults(""),
            [consent.clone(), donor.clone(), unknown.clone()]
        );
        assert_eq!(faults("\"donor\""), [consent, unknown.clone()]);
        assert_eq!(faults("\"given_by\", \"lines\""), [unknown]);
    }
}
