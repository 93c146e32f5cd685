//! What every operation's description has in common, written once.
//!
//! **Invariant.** What an extractor demands, the document says: the rules below mirror
//! [`super::write`], [`super::caller`] and [`super::render`], so that no handler has to repeat
//! them and none can forget them.

mod choices;
mod headers;

use serde_json::{Map, Value, json};

use crate::{
    exchange,
    problem::{Code, FAULTS_MAX},
};

use super::files::{CSV, XLSX};

/// Operations that anyone may call.
pub(super) const PUBLIC: &[&str] = &[
    "get_live",
    "get_ready",
    "get_version",
    "complete_setup",
    "create_session",
    "begin_provider_login",
    "finish_provider_login",
    "get_account_policy",
    "list_published_statements",
    "list_rating_notices",
    "get_published_statement",
    "list_published_lines",
    "list_published_places",
    "list_published_differences",
    "trace_gift",
    "get_public_shipment",
    "get_public_lot",
];

/// Posting operations that need no `Idempotency-Key`, because a repeat does no harm: a remembered
/// answer would hold a secret, or nothing is written.
pub(super) const UNKEYED: &[&str] = &[
    "complete_setup",
    "create_session",
    "begin_provider_login",
    "finish_provider_login",
    "trace_gift",
    "solve_plan",
    "compute_reach",
    "compute_coverage",
    "compare_checkpoint",
];

/// Reads that name nothing in their path and may find nothing, or nothing at the size that was asked
/// for: what is signed is there once something was.
const SIGNED_FIRST: &[&str] = &[
    "get_latest_checkpoint",
    "get_consistency_proof",
    "get_entry_proof",
    "get_journal_keys",
    "get_statement_draft",
    "list_statement_draft_lines",
    "list_statement_draft_places",
    "get_public_lot",
];

/// Completes the generated document by rule and sorts it.
pub(super) fn complete(generated: utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(generated).unwrap_or_default();
    document["openapi"] = json!("3.1.0");
    document["info"]["license"] = json!({ "name": "Apache-2.0", "identifier": "Apache-2.0" });
    document["info"]["contact"] = json!({ "name": "Relief Depot maintainers" });
    document["servers"] = json!([{ "url": "/", "description": "This server" }]);
    let mut tags = std::collections::BTreeSet::new();
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, methods) in paths {
            for (method, operation) in methods.as_object_mut().into_iter().flatten() {
                complete_operation(path, method, operation);
                tags.extend(operation["tags"][0].as_str().map(str::to_owned));
            }
        }
    }
    document["tags"] = tags
        .into_iter()
        .map(|name| json!({ "name": name, "description": format!("Operations on {name}.") }))
        .collect();
    let components = &mut document["components"];
    components["securitySchemes"] = json!({
        "token": {
            "type": "http", "scheme": "bearer",
            "description": "A session token of `POST /v1/sessions` or an API key of `POST /v1/api-keys`."
        }
    });
    refer_from_pages(&mut components["schemas"]);
    choices::list(&mut document);
    let components = &mut document["components"];
    let versioned = headers::versioned(&components["schemas"]);
    components["schemas"]["Problem"] = problem_schema();
    components["responses"] = problem_responses();
    if let Some(paths) = document["paths"].as_object_mut() {
        for methods in paths.values_mut() {
            for (method, operation) in methods.as_object_mut().into_iter().flatten() {
                headers::describe(method, operation, &versioned);
            }
        }
    }
    document["webhooks"] = crate::webhooks::published();
    document
}

// The generator writes an item out in full inside its page; readers want the name of the shape.
fn refer_from_pages(schemas: &mut Value) {
    let names: Vec<_> = schemas
        .as_object()
        .into_iter()
        .flat_map(|known| known.keys().cloned())
        .collect();
    for page in &names {
        let Some(item) = page.strip_prefix("Page_") else {
            continue;
        };
        if names.iter().any(|name| name == item) {
            schemas[page]["properties"]["items"]["items"] =
                json!({ "$ref": format!("#/components/schemas/{item}") });
        }
    }
}

fn complete_operation(path: &str, method: &str, operation: &mut Value) {
    let id = operation["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let tag = path
        .trim_start_matches("/v1")
        .split('/')
        .nth(1)
        .unwrap_or("service")
        .to_owned();
    operation["tags"] = json!([tag]);
    if operation["description"].is_null() {
        operation["description"] = operation["summary"].clone();
    }
    let public = PUBLIC.contains(&id.as_str());
    operation["security"] = if public {
        json!([])
    } else {
        json!([{ "token": [] }])
    };
    let mut refusals = vec![400, 408, 500, 503];
    if !public {
        refusals.extend([401, 403]);
    }
    if public && method == "post" {
        refusals.extend([401, 429]);
    }
    if path.contains('{') {
        refusals.push(404);
    }
    // What each parameter may hold can still be wrong together, or name what is not there.
    if method == "get" && has_query(operation) {
        refusals.push(422);
    }
    if exchange::export::page_of(operation).is_some() {
        describe_files(operation);
        refusals.push(507);
    }
    if SIGNED_FIRST.contains(&id.as_str()) {
        refusals.extend([404, 409, 422]);
    }
    if method != "get" {
        refusals.extend([404, 409, 413, 415, 422, 507]);
    }
    if is_based_on_a_version(method) {
        refusals.extend([412, 428]);
    }
    describe_parameters(method, &id, operation);
    complete_responses(operation, &refusals);
}

fn has_query(operation: &Value) -> bool {
    let parameters = operation["parameters"].as_array();
    parameters.is_some_and(|all| all.iter().any(|parameter| parameter["in"] == "query"))
}

/// Whether the request names the version that it changes.
fn is_based_on_a_version(method: &str) -> bool {
    matches!(method, "put" | "patch" | "delete")
}

/// Whether the request carries an `Idempotency-Key`.
fn is_keyed(method: &str, id: &str) -> bool {
    method == "post" && !UNKEYED.contains(&id)
}

/// Whether the request can be tried without an effect.
fn can_be_tried(method: &str, id: &str) -> bool {
    method != "get" && !UNKEYED.contains(&id)
}

fn describe_parameters(method: &str, id: &str, operation: &mut Value) {
    let mut parameters = Vec::new();
    if is_keyed(method, id) {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "Made by the client; the same request under the same key has one effect, for 90 days.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" }
        }));
    }
    if is_based_on_a_version(method) {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": true,
            "description": "The ETag of the version that is being changed.",
            "schema": { "type": "string", "pattern": "^(W/)?\"v[0-9]{1,18}\"$", "maxLength": 32 }
        }));
    }
    if can_be_tried(method, id) {
        parameters.push(json!({
            "name": "dry_run", "in": "query", "required": false,
            "description": "Do everything, answer what would be, and undo it.",
            "schema": { "type": "boolean", "default": false }
        }));
    }
    for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
        if parameter["in"] == "path" {
            describe_path_parameter(parameter);
        }
    }
    match operation["parameters"].as_array_mut() {
        Some(known) => known.extend(parameters),
        None => operation["parameters"] = Value::Array(parameters),
    }
}

// Ids in paths say what they name, so that no handler has to.
fn describe_path_parameter(parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default();
    let what = name.trim_end_matches("_id").replace('_', " ");
    if parameter["description"].is_null() {
        parameter["description"] = if name.ends_with("_id") {
            json!(format!("The id of the {what}."))
        } else {
            json!(format!("The {what}."))
        };
    }
    if parameter["schema"]["maxLength"].is_null() {
        parameter["schema"]["maxLength"] = json!(64);
    }
}

// Every list can be had as a file (`super::files`).
fn describe_files(operation: &mut Value) {
    let description = format!(
        "{} With `Accept: {CSV}` or the type of an XLSX workbook, the whole list comes as a file, \
         its column names in the language of `Accept-Language`; `limit` and `cursor` do not apply \
         then. A document with lines becomes a row for each line.",
        operation["description"].as_str().unwrap_or_default()
    );
    operation["description"] = json!(description);
    let answer = &mut operation["responses"]["200"];
    answer["content"][CSV] = json!({ "schema": { "type": "string" } });
    answer["content"][XLSX] = json!({ "schema": { "type": "string", "format": "binary" } });
    answer["headers"]["Content-Disposition"] = json!({
        "description": "The name of the file, where it is one.",
        "schema": { "type": "string" }
    });
}

fn complete_responses(operation: &mut Value, refusals: &[u16]) {
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    // A dry run of a creation makes nothing and answers 200 with what would have been made.
    if let Some(created) = responses.get("201").cloned() {
        responses.entry("200").or_insert_with(|| {
            let mut dry = created.clone();
            dry["description"] = json!("A dry run: what would have been made.");
            dry
        });
    }
    for status in refusals {
        responses.entry(status.to_string()).or_insert_with(
            || json!({ "$ref": format!("#/components/responses/Problem{status}") }),
        );
    }
}

fn problem_responses() -> Value {
    let mut responses = Map::new();
    for status in [
        400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 429, 500, 503, 507,
    ] {
        let codes: Vec<_> = Code::ALL
            .iter()
            .filter(|code| code.status().as_u16() == status)
            .map(|code| format!("`{}`", code.slug()))
            .collect();
        let description = format!("Refused: {}.", codes.join(", "));
        responses.insert(
            format!("Problem{status}"),
            json!({
                "description": description,
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
            }),
        );
    }
    Value::Object(responses)
}

fn problem_schema() -> Value {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.slug()).collect();
    let members: Map<_, _> = Code::ALL
        .iter()
        .filter(|code| !code.members().is_empty())
        .map(|code| (code.slug().to_owned(), json!(code.members())))
        .collect();
    json!({
        "type": "object",
        "description": "A refusal by RFC 9457. Members beyond these depend on the code; `x-members` and the page of the code name them.",
        "x-members": members,
        "required": ["type", "title", "status", "code", "detail", "instance"],
        "properties": {
            "type": { "type": "string", "description": "The page of the code.", "maxLength": 255 },
            "title": { "type": "string", "maxLength": 255 },
            "status": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599 },
            "code": { "type": "string", "enum": codes, "description": "Stable; more may be added." },
            "detail": { "type": "string", "maxLength": 4096 },
            "instance": { "type": "string", "maxLength": 4096 },
            "request_id": { "type": "string", "maxLength": 128 },
            "errors": {
                "type": "array", "maxItems": FAULTS_MAX,
                "items": {
                    "type": "object",
                    "required": ["pointer", "code", "message"],
                    "properties": {
                        "pointer": { "type": "string", "description": "A JSON Pointer into the body, or a parameter's name.", "maxLength": 1024 },
                        "code": { "type": "string", "maxLength": 64 },
                        "message": { "type": "string", "maxLength": 1024 }
                    }
                }
            }
        }
    })
}
