//! What is asked: an operation upon the things of one house, or upon one's own with a stranger's id
//! in one place.
//!
//! **Invariant.** A request is the same for everybody who sends it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, client::fresh_key};

use super::{
    document::{Member, Operation},
    fixture::{PNG, cap},
    judge::Matrix,
    people::Actor,
    world::House,
};

/// A request that is ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<(&'static str, Vec<u8>)>,
    /// Which place holds another house's id, if only one does.
    pub(super) place: String,
    /// Whether what that id names is nobody else's business.
    pub(super) secret: bool,
    /// Whether it names what is yet to be made, and so must be nobody's.
    pub(super) fresh: bool,
}

impl Request {
    /// All of it that an answer may repeat.
    pub(super) fn text(&self) -> String {
        let body = self.body.as_ref().map_or(&[][..], |(_, bytes)| bytes);
        let body = String::from_utf8_lossy(body);
        format!("{} {} {:?} {body}", self.method, self.path, self.query)
    }
}

impl Matrix {
    /// The operation upon the things of `house`.
    pub(super) fn subject(&self, operation: &Operation, house: &House) -> Request {
        let mut path = operation.path.clone();
        let mut query = Vec::new();
        let mut secret = false;
        for parameter in &operation.parameters {
            let within = parameter.within.as_str();
            let named = self.named(operation, &parameter.name).is_some();
            if within == "header" || (within == "query" && !parameter.required && !named) {
                continue;
            }
            let value = self.value(operation, &parameter.name, parameter.kind.as_deref(), house);
            secret |= parameter.kind.as_deref().is_some_and(House::is_secret);
            if within == "path" {
                path = path.replace(
                    &format!("{{{}}}", parameter.name),
                    &value.replace('/', "%2F"),
                );
            } else {
                query.push((parameter.name.clone(), value));
            }
        }
        let body = self.body(operation, house);
        let schema = operation.body.as_ref().map(|(_, schema)| schema);
        let members = schema.map(|schema| self.document.members(schema));
        secret |= members.is_some_and(|members| members.iter().any(Member::is_secret));
        Request {
            method: operation.method.clone(),
            path,
            query,
            body,
            place: String::new(),
            secret,
            fresh: false,
        }
    }

    /// One's own things, with an id of `house` in one place: once for each place.
    pub(super) fn places(&self, operation: &Operation, house: &House) -> Vec<Request> {
        let own = self.world.own();
        let mut requests = Vec::new();
        let ids = |it: &&super::document::Parameter| it.kind.is_some();
        let in_path: Vec<_> = operation.within("path").filter(ids).collect();
        for parameter in in_path.iter().filter(|_| in_path.len() > 1) {
            let kind = parameter.kind.as_deref().unwrap_or_default();
            let ours = self.value(operation, &parameter.name, Some(kind), own);
            let theirs = self.value(operation, &parameter.name, Some(kind), house);
            let mut request = self.subject(operation, own);
            request.path = request.path.replace(&ours, &theirs);
            request.place = parameter.name.clone();
            request.secret = House::is_secret(kind);
            requests.push(request);
        }
        for parameter in operation.within("query").filter(ids) {
            let kind = parameter.kind.as_deref().unwrap_or_default();
            let mut request = self.subject(operation, own);
            request.query.retain(|(name, _)| *name != parameter.name);
            let id = house.id(&parameter.name, kind);
            request.query.push((parameter.name.clone(), id));
            request.place = parameter.name.clone();
            request.secret = House::is_secret(kind);
            requests.push(request);
        }
        let Some((_, schema)) = operation.body.as_ref() else {
            return requests;
        };
        for member in self.document.members(schema) {
            let mut request = self.subject(operation, own);
            request.body = Some(self.body_with(operation, schema, &member, house));
            request.place = member.pointer();
            request.secret = member.is_secret();
            request.fresh = member.fresh;
            requests.push(request);
        }
        requests
    }

    fn body_with(
        &self,
        operation: &Operation,
        schema: &Value,
        member: &Member,
        house: &House,
    ) -> (&'static str, Vec<u8>) {
        let own = self.world.own();
        let place = format!("{}{}", operation.id, member.pointer());
        let mut body = match self.table.body(&place) {
            Some(text) => parsed(&place, &own.fill(text)),
            None => self.json(operation, own),
        };
        let name = member.path.iter().rev().find(|it| *it != "-");
        let id = house.id(name.map_or("", String::as_str), &member.kind);
        self.document.put(schema, &mut body, member, own, &id);
        ("application/json", body.to_string().into_bytes())
    }

    /// A batch of a device of one's own, whose commands are numbered from `sequence` and each name a
    /// thing of `house` in one place; and which places these are.
    pub(super) fn batch(&self, house: &House, sequence: usize) -> (Request, Vec<String>) {
        let own = self.world.own();
        let batch = self.operation("send_batch");
        let (mut commands, mut places) = (Vec::new(), Vec::new());
        for name in self.commands() {
            let operation = self.operation(&name);
            let target = operation.within("path").next();
            let target_of = |house: &House| {
                target.map(|it| house.id(&it.name, it.kind.as_deref().unwrap_or_default()))
            };
            let schema = &operation.body.as_ref().expect("a command has a body").1;
            let mut bodies = Vec::new();
            if target.is_some() {
                bodies.push((
                    self.json(operation, own),
                    target_of(house),
                    "target".to_owned(),
                ));
            }
            let members = self.document.members(schema).into_iter();
            for member in members.filter(Member::is_secret) {
                let (_, body) = self.body_with(operation, schema, &member, house);
                let body = serde_json::from_slice(&body).expect("it was JSON");
                bodies.push((body, target_of(own), member.pointer()));
            }
            for (body, target, place) in bodies {
                let mut command = json!({
                    "sequence": sequence + commands.len(), "operation": name,
                    "occurred_at": own.name("hour_ago"), "body": body,
                });
                if let Some(target) = target {
                    command["target"] = target.into();
                }
                commands.push(command);
                places.push(format!("{name} {place}"));
            }
        }
        let mut request = self.subject(batch, own);
        let body = json!({ "commands": commands });
        request.body = Some(("application/json", body.to_string().into_bytes()));
        (request, places)
    }

    // What a device may command, by the document.
    fn commands(&self) -> Vec<String> {
        let schema = &self
            .operation("send_batch")
            .body
            .as_ref()
            .expect("it has a body")
            .1;
        let commands = &self.document.resolve(schema)["properties"]["commands"];
        let command = self.document.resolve(&commands["items"]);
        let names = command["properties"]["operation"]["enum"].as_array();
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    }

    fn value(
        &self,
        operation: &Operation,
        name: &str,
        kind: Option<&str>,
        house: &House,
    ) -> String {
        let named = self
            .named(operation, name)
            .or_else(|| self.named(operation, kind?));
        if let Some(word) = named.and_then(|it| it.strip_prefix('=')) {
            return word.to_owned();
        }
        if let Some(thing) = named {
            return house.thing(thing).unwrap_or_else(|| thing.to_owned());
        }
        if let Some(kind) = kind {
            return house.id(name, kind);
        }
        let known = house.thing(name);
        known.unwrap_or_else(|| panic!("{}: a row has to say what {name} is", operation.id))
    }

    fn named(&self, operation: &Operation, name: &str) -> Option<&str> {
        let row = self.table.of(&operation.id)?;
        row.names.get(name).map(String::as_str)
    }

    fn body(&self, operation: &Operation, house: &House) -> Option<(&'static str, Vec<u8>)> {
        operation.body.as_ref()?;
        match self.table.body(&operation.id) {
            Some(alert) if alert.starts_with("CAP ") => {
                Some(("application/cap+xml", cap(&house.fill(&alert[4..]))))
            }
            Some("PNG") => Some(("image/png", PNG.to_vec())),
            Some(csv) if csv.starts_with("CSV ") => {
                let rows = house.fill(&csv[4..]).replace("\\n", "\n");
                Some(("text/csv", rows.into_bytes()))
            }
            _ => {
                let body = self.json(operation, house);
                Some(("application/json", body.to_string().into_bytes()))
            }
        }
    }

    fn json(&self, operation: &Operation, house: &House) -> Value {
        let schema = operation.body.as_ref().map(|(_, schema)| schema);
        match (self.table.body(&operation.id), schema) {
            (Some(text), _) => parsed(&operation.id, &house.fill(text)),
            (None, Some(schema)) => self.document.grow(schema, house, &[]),
            (None, None) => Value::Null,
        }
    }

    pub(super) async fn send(
        &self,
        actor: &Actor,
        operation: &Operation,
        request: &Request,
        dry: bool,
        accept: Option<&str>,
    ) -> Answer {
        let method: Method = request.method.parse().expect("a method");
        let mut call = actor.client.call(method, &request.path);
        for (name, value) in &request.query {
            call = call.query(name, value);
        }
        if let Some((media, bytes)) = &request.body {
            call = call.body(media, bytes.clone());
        }
        if operation.takes("Idempotency-Key") {
            call = call.key(&fresh_key());
        }
        if operation.takes("If-Match") {
            let etag = self
                .etags
                .get(&request.path)
                .map_or("\"v1\"", String::as_str);
            call = call.if_match(etag);
        }
        if dry && operation.takes("dry_run") {
            call = call.dry_run();
        }
        if let Some(accept) = accept {
            call = call.header("accept", accept);
        }
        call.unnoted().await
    }
}

fn parsed(name: &str, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("bodies.txt: {name}: {error}: {text}"))
}
