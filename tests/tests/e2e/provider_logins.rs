//! Logging in by an identity provider: one of the tests' own that lies as it is told, and the package
//! `oidc-provider`.

/// As `on_both!`, with a provider.
macro_rules! by_provider {
    ($name:ident, [$($setting:literal = $value:literal),*], async |$server:ident, $provider:ident| $body:block) => {
        mod $name {
            use super::*;

            async fn body($server: &Server, $provider: &Faulty) $body

            #[test]
            fn sqlite() {
                beside(Database::Sqlite, &[$(($setting, $value)),*], body);
            }

            #[test]
            fn postgres() {
                beside(Database::Postgres, &[$(($setting, $value)),*], body);
            }
        }
    };
}

mod faulty;
mod real;
mod refusals;

use std::{net::TcpListener, time::Duration};

use domain::identity::Totp;
use serde_json::{Value, json};
use tests::{
    Answer, Client, Database, Server, on_both,
    people::{GIVEN, PASSWORD, enrol},
};

use faulty::{BACK, CLIENT, Faulty, Manners, SECRET};

const MINUTE: Duration = Duration::from_secs(60);

/// Runs `body` with a provider, on a server that knows it and has these settings beside.
fn beside(
    database: Database,
    more: &[(&'static str, &'static str)],
    body: impl AsyncFnOnce(&Server, &Faulty),
) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), format!("{SECRET}\n")).unwrap();
    let mut settings = vec![
        ("oidc_issuer", &*issuer.leak()),
        ("oidc_client_id", CLIENT),
        (
            "oidc_client_secret_file",
            secret.path().display().to_string().leak(),
        ),
        ("oidc_redirect_url", BACK),
    ];
    settings.extend_from_slice(more);
    tests::run(database, settings.leak(), async move |server: &Server| {
        let provider = Faulty::start(listener);
        body(server, &provider).await;
    });
}

async fn begin(server: &Server) -> Value {
    let begun = server
        .anonymous()
        .call(reqwest::Method::POST, "/v1/provider-logins");
    begun.await.expect(201)
}

async fn finish(server: &Server, body: Value) -> Answer {
    let anonymous = server.anonymous();
    anonymous.post("/v1/provider-logins/finish", body).await
}

/// A whole login of somebody whom the provider lets in.
async fn log_in(server: &Server, provider: &Faulty, subject: &str) -> Answer {
    let begun = begin(server).await;
    let (code, state) = provider.let_in(text(&begun["authorization_url"]), subject);
    let body = json!({ "handle": begun["handle"], "state": state, "authorization_code": code });
    finish(server, body).await
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn identities(person: &Client) -> String {
    format!("/v1/accounts/{}/identities", person.account())
}

fn holder(server: &Server, session: &Value) -> Client {
    server.anonymous().with_token(text(&session["token"]))
}

/// A keeper of the county whom the provider calls by `subject`.
async fn linked(server: &Server, admin: &Client, county: &str, subject: &str) -> Client {
    let person = server.person(&["keeper"], county).await;
    let link = json!({ "subject": subject });
    admin.post(&identities(&person), link).await.expect(200);
    person
}

by_provider!(
    an_administrator_links_whom_the_provider_knows,
    [],
    async |server, provider| {
        let ground = server.ground().await;
        let policy = server.anonymous().get("/v1/account-policy").await;
        assert_eq!(policy.expect(200)["login_provider"], provider.url());
        let person = server.person(&["keeper"], &ground.county).await;
        let unknown = log_in(server, provider, "u-17").await;
        let unknown = unknown.refused(401, "identity-not-linked");
        assert_eq!(unknown["issuer"], provider.url());
        assert_eq!(unknown["subject"], "u-17");
        // Who may not manage accounts links nobody, and nobody links one to themselves.
        let path = identities(&person);
        let link = json!({ "subject": "u-17" });
        person
            .post(&path, link.clone())
            .await
            .refused(403, "forbidden");
        let stranger = server.person(&["keeper"], &ground.county).await;
        let from_afar = stranger.post(&path, link.clone()).await;
        from_afar.refused(404, "not-found");
        let own = ground.admin.post(&identities(&ground.admin), link.clone());
        own.await.refused(403, "forbidden");
        for subject in ["张三", "a\u{7f}b"] {
            let odd = ground
                .admin
                .post(&path, json!({ "subject": subject }))
                .await;
            assert_eq!(odd.faults(), [("/subject".into(), "format".into())]);
        }
        let account = ground.admin.post(&path, link.clone()).await.expect(200);
        let known = &account["identities"][0];
        assert_eq!(known["issuer"], provider.url());
        assert_eq!(known["subject"], "u-17");
        let twice = ground.admin.post(&identities(&stranger), link).await;
        twice.refused(409, "already-exists");
        let session = log_in(server, provider, "u-17").await.expect(201);
        assert_eq!(session["account_id"], json!(person.account));
        assert_eq!(session["owes"], json!([]));
        let holder = holder(server, &session);
        holder.get("/v1/depots").await.expect(200);
        log_in(server, provider, "u-18")
            .await
            .refused(401, "identity-not-linked");
        // The county's administrator could become the person by a link, as by a password: not
        // where the person has a role above the county.
        let county_admin = server.person(&["security_admin"], &ground.county).await;
        let role = json!({ "role": "approver", "organisation_id": ground.province });
        let grants = format!("/v1/accounts/{}/grants", person.account());
        ground.admin.post(&grants, role).await.expect(200);
        let refused = county_admin.post(&path, json!({ "subject": "mine" })).await;
        refused.refused(403, "forbidden");
        // Parted, the identity opens nothing, and what it opened is shut.
        let remove = format!("{path}/{}/remove", text(&known["id"]));
        stranger.act(&remove).await.refused(404, "not-found");
        let parted = ground.admin.act(&remove).await.expect(200);
        assert_eq!(parted["identities"], json!([]));
        holder.get("/v1/me").await.refused(401, "unauthenticated");
        log_in(server, provider, "u-17")
            .await
            .refused(401, "identity-not-linked");
        ground.admin.act(&remove).await.refused(404, "not-found");
    }
);

by_provider!(
    such_a_session_is_like_any_other,
    [],
    async |server, provider| {
        let ground = server.ground().await;
        let person = linked(server, &ground.admin, &ground.county, "u-1").await;
        let session = log_in(server, provider, "u-1").await.expect(201);
        let holder = holder(server, &session);
        holder.get("/v1/me").await.expect(200);
        server.clock.advance(MINUTE * 121);
        holder.get("/v1/me").await.refused(401, "unauthenticated");
        // The provider's tokens are of the real time.
        let admin = server.log_in_again(&ground.admin).await;
        let path = format!("/v1/accounts/{}", person.account());
        let etag = admin.get(&path).await.etag();
        let disabled = admin.patch(&path, &etag, json!({ "state": "disabled" }));
        disabled.await.expect(200);
        let claims = json!({ "exp": 4_000_000_000_u64 });
        provider.behave(Manners {
            claims,
            ..Manners::default()
        });
        log_in(server, provider, "u-1")
            .await
            .refused(401, "identity-not-linked");
    }
);

by_provider!(
    a_password_that_was_given_does_not_bind_whoever_comes_by_the_provider,
    [],
    async |server, provider| {
        let ground = server.ground().await;
        let body = json!({
            "login": "fresh", "name": "F", "password": GIVEN, "organisation_id": ground.county,
        });
        let made = ground.admin.post("/v1/accounts", body).await.expect(201);
        let path = format!("/v1/accounts/{}/identities", text(&made["id"]));
        let link = json!({ "subject": "u-1" });
        ground.admin.post(&path, link).await.expect(200);
        log_in(server, provider, "u-1").await.expect(201);
        let login = json!({ "login": "fresh", "password": GIVEN });
        let login = server.anonymous().post("/v1/sessions", login).await;
        login.refused(401, "password-given");
    }
);

by_provider!(
    our_second_factor_is_owed_all_the_same,
    [],
    async |server, provider| {
        let ground = server.ground().await;
        let claims = json!({ "amr": ["pwd", "mfa"] });
        provider.behave(Manners {
            claims,
            ..Manners::default()
        });
        let person = linked(server, &ground.admin, &ground.county, "u-1").await;
        let (totp, codes) = enrol(&person, PASSWORD, server.clock.now()).await;
        let begun = begin(server).await;
        let (code, state) = provider.let_in(text(&begun["authorization_url"]), "u-1");
        let body = json!({ "handle": begun["handle"], "state": state, "authorization_code": code });
        let missing = finish(server, body).await;
        missing.refused(401, "second-factor-missing");
        // The handle alone goes on from there, a wrong code costs what it costs elsewhere.
        let again = async |code: &str| {
            finish(server, json!({ "handle": begun["handle"], "code": code })).await
        };
        let used = totp.code(Totp::step(server.clock.now()));
        let wrong = again(&used).await;
        assert_eq!(wrong.faults(), [("/code".into(), "wrong-code".into())]);
        let session = again(&codes[0]).await.expect(201);
        assert_eq!(session["owes"], json!([]));
        again(&codes[1])
            .await
            .refused(401, "provider-login-invalid");
        assert_eq!(provider.tokens(), 1);
        // Whoever must have one and has none enrols it first.
        let guard = server.person(&["system_admin"], &ground.county).await;
        let remove = format!("/v1/accounts/{}/second-factor/remove", guard.account());
        let reset = json!({ "reason": "lost" });
        ground.admin.post(&remove, reset).await.expect(200);
        let link = json!({ "subject": "u-2" });
        ground
            .admin
            .post(&identities(&guard), link)
            .await
            .expect(200);
        let session = log_in(server, provider, "u-2").await.expect(201);
        assert_eq!(session["owes"], json!(["second_factor"]));
        let owing = holder(server, &session);
        let refused = owing.get("/metrics").await;
        refused.refused(403, "second-factor-required");
    }
);

by_provider!(
    the_provider_s_second_factor_counts_where_the_operator_says_so,
    ["oidc_second_factor" = "mfa, urn:gold"],
    async |server, provider| {
        let ground = server.ground().await;
        let person = linked(server, &ground.admin, &ground.county, "u-1").await;
        enrol(&person, PASSWORD, server.clock.now()).await;
        for claims in [
            json!({ "amr": ["pwd", "mfa"] }),
            json!({ "acr": "urn:gold" }),
        ] {
            provider.behave(Manners {
                claims,
                ..Manners::default()
            });
            log_in(server, provider, "u-1").await.expect(201);
        }
        let claims = json!({ "amr": ["pwd"], "acr": "urn:silver" });
        provider.behave(Manners {
            claims,
            ..Manners::default()
        });
        let missing = log_in(server, provider, "u-1").await;
        missing.refused(401, "second-factor-missing");
    }
);

by_provider!(
    whoever_comes_by_the_provider_alone_needs_no_password,
    [],
    async |server, provider| {
        let ground = server.ground().await;
        let newcomer = |login: &str, ways: Value| {
            let grants = json!([{ "role": "keeper", "organisation_id": ground.county }]);
            let mut body = json!({
                "login": login, "name": "王五", "organisation_id": ground.county, "grants": grants,
            });
            body.as_object_mut()
                .unwrap()
                .extend(ways.as_object().unwrap().clone());
            ground.admin.post("/v1/accounts", body)
        };
        let neither = newcomer("wangwu", json!({})).await;
        assert_eq!(neither.faults(), [("/password".into(), "required".into())]);
        let odd = newcomer("wangwu", json!({ "subject": "王五" })).await;
        assert_eq!(odd.faults(), [("/subject".into(), "format".into())]);
        let made = newcomer("wangwu", json!({ "subject": "u-5" })).await;
        let made = made.expect(201);
        assert_eq!(made["has_password"], false);
        assert_eq!(made["identities"][0]["subject"], "u-5");
        // Whom the provider calls so has an account: there is no second one.
        let twice = newcomer("other", json!({ "subject": "u-5" })).await;
        twice.refused(409, "already-exists");
        let others = "SELECT COUNT(*) FROM account WHERE login = 'other'";
        assert_eq!(server.number(others).await, 0);
        let both = newcomer("both", json!({ "subject": "u-6", "password": GIVEN })).await;
        assert_eq!(both.expect(201)["has_password"], true);

        // No password opens it, and nobody locks it by trying.
        for _ in 0..8 {
            let login = json!({ "login": "wangwu", "password": PASSWORD });
            let login = server.anonymous().post("/v1/sessions", login).await;
            login.refused(401, "login-failed");
        }
        let session = log_in(server, provider, "u-5").await.expect(201);
        let person = holder(server, &session);
        person.get("/v1/me").await.expect(200);
        let account = format!("/v1/accounts/{}", text(&made["id"]));
        let own = json!({ "new": "another eight bins of boots" });
        let own = person.post(&format!("{account}/password"), own).await;
        assert_eq!(own.refused(409, "wrong-state")["state"], "no_password");

        // What asks others for the password asks for a login of the last minutes.
        let factor = format!("{account}/second-factor");
        let asked = person.post(&factor, json!({})).await.expect(200);
        assert!(asked["secret"].is_string());
        let remove = format!("{factor}/remove");
        let bare = person.post(&remove, json!({})).await;
        assert_eq!(bare.faults(), [("/code".into(), "required".into())]);
        server.clock.advance(11 * MINUTE);
        let late = person.post(&factor, json!({})).await;
        assert_eq!(late.refused(403, "login-too-old")["fresh_s"], 600);
        let late = person.post(&remove, json!({ "code": "000000" })).await;
        late.refused(403, "login-too-old");

        // Who manages the account may give it a password, which is changed at its first use.
        let given = json!({ "new": GIVEN });
        let given = ground.admin.post(&format!("{account}/password"), given);
        assert_eq!(given.await.expect(200)["has_password"], true);
        let login = json!({ "login": "wangwu", "password": GIVEN });
        let login = server.anonymous().post("/v1/sessions", login).await;
        login.refused(401, "password-given");
        server.prove().await;
    }
);

on_both!(
    where_no_provider_is_set_nobody_logs_in_by_one,
    async |server| {
        let ground = server.ground().await;
        let policy = server.anonymous().get("/v1/account-policy").await;
        assert_eq!(policy.expect(200)["login_provider"], Value::Null);
        let begun = server
            .anonymous()
            .call(reqwest::Method::POST, "/v1/provider-logins");
        begun.await.refused(409, "no-login-provider");
        let finished = finish(server, json!({ "handle": "x" })).await;
        finished.refused(409, "no-login-provider");
        let person = server.person(&["keeper"], &ground.county).await;
        let link = json!({ "subject": "u-1" });
        let linked = ground.admin.post(&identities(&person), link).await;
        linked.refused(409, "no-login-provider");
        let body = json!({
            "login": "fresh", "name": "F", "subject": "u-1", "organisation_id": ground.county,
        });
        let made = ground.admin.post("/v1/accounts", body).await;
        made.refused(409, "no-login-provider");
    }
);
