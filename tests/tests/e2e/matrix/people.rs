//! Those who ask: each role by itself, all hands in one, programs, and who has no say.
//!
//! **Invariant.** Everybody stands in the same county, so that a house is to all of them the same.

use domain::identity::{Capability, Role};
use serde_json::json;
use tests::{Client, Server};

/// Somebody who asks.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub(super) name: &'static str,
    pub(super) client: Client,
    pub(super) roles: Vec<Role>,
    /// Whether their token is good.
    pub(super) known: bool,
}

const PEOPLE: &[(&str, &[&str])] = &[
    ("keeper", &["keeper"]),
    ("dispatcher", &["dispatcher"]),
    ("approver", &["approver"]),
    ("auditor", &["auditor"]),
    ("data_steward", &["data_steward"]),
    ("system_admin", &["system_admin"]),
    ("security_admin", &["security_admin"]),
    ("audit_admin", &["audit_admin"]),
    (
        "all_hands",
        &["keeper", "dispatcher", "approver", "data_steward"],
    ),
    ("no_role", &[]),
];

const PROGRAMS: &[(&str, &[&str])] = &[
    ("key_of_a_keeper", &["keeper"]),
    ("key_of_an_auditor", &["auditor"]),
];

impl Actor {
    // Whose token is good.
    fn known(name: &'static str, client: Client, held: &[&str]) -> Self {
        Self {
            name,
            client,
            roles: roles(held),
            known: true,
        }
    }

    pub(super) fn may(&self, capability: Capability) -> bool {
        self.roles.iter().any(|role| role.may(capability))
    }
}

fn roles(names: &[&str]) -> Vec<Role> {
    names
        .iter()
        .map(|name| name.parse().expect("a role"))
        .collect()
}

pub(super) async fn all(server: &Server, county: &str) -> Vec<Actor> {
    let mut actors = Vec::new();
    for &(name, held) in PEOPLE {
        let client = server.person(held, county).await;
        actors.push(Actor::known(name, client, held));
    }
    let admin = server.admin().await;
    for &(name, held) in PROGRAMS {
        let grants: Vec<_> = held
            .iter()
            .map(|role| json!({ "role": role, "organisation_id": county }))
            .collect();
        let body = json!({ "name": name, "organisation_id": county, "grants": grants });
        let (_, client) = server.api_key(&admin, body).await;
        actors.push(Actor::known(name, client, held));
    }
    let left = server.person(&["keeper", "data_steward"], county).await;
    let body = json!({ "login": left.login, "password": tests::people::PASSWORD });
    let session = server
        .anonymous()
        .post("/v1/sessions", body)
        .await
        .expect(201);
    let token = session["token"].as_str().expect("a token");
    let session = tests::client::id(&session);
    left.act(&format!("/v1/sessions/{session}/end"))
        .await
        .expect(200);
    for (name, client) in [
        ("nobody", server.anonymous()),
        ("session_that_ended", server.anonymous().with_token(token)),
    ] {
        actors.push(Actor {
            name,
            client,
            roles: Vec::new(),
            known: false,
        });
    }
    actors
}
