//! Logging in by an identity provider: one of the tests' own that lies as it is told, and the package
//! `oidc-provider`.

mod faulty;
mod real;

use std::{net::TcpListener, time::Duration};

use domain::identity::Totp;
use serde_json::{Value, json};
use tests::{
    Answer, Client, Database, Server, on_both,
    people::{GIVEN, PASSWORD, enrol},
};

use faulty::{BACK, CLIENT, Faulty, Manners, SECRET, Signed};

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
    what_is_not_the_provider_s_word_for_this_login_opens_nothing,
    [],
    async |server, provider| {
        let ground = server.ground().await;
        linked(server, &ground.admin, &ground.county, "u-1").await;
        let now = server.clock.now().timestamp();
        let claims = |claims: Value| Manners {
            claims,
            ..Manners::default()
        };
        let signed = |signed| Manners {
            signed,
            ..Manners::default()
        };
        for (manners, reason) in [
            (claims(json!({ "iss": "http://127.0.0.1:1" })), "issuer"),
            (claims(json!({ "aud": "another" })), "audience"),
            (claims(json!({ "aud": [CLIENT, "another"] })), "audience"),
            (claims(json!({ "azp": "another" })), "audience"),
            (claims(json!({ "nonce": "another" })), "nonce"),
            (claims(json!({ "nonce": null })), "nonce"),
            (claims(json!({ "exp": now - 120 })), "expired"),
            (claims(json!({ "iat": now + 600 })), "issued-in-the-future"),
            (claims(json!({ "sub": "" })), "subject"),
            (claims(json!({ "sub": null })), "malformed"),
            (claims(json!({ "exp": null })), "malformed"),
            (signed(Signed::ByNothing), "algorithm"),
            (signed(Signed::ByThePublicKey), "algorithm"),
            (signed(Signed::ByAnother), "signature"),
        ] {
            provider.behave(manners);
            let refused = log_in(server, provider, "u-1").await;
            let refused = refused.refused(401, "provider-login-refused");
            assert_eq!(refused["reason"], reason);
        }
        for (answer, code) in [
            ((400, r#"{"error":"invalid_grant"}"#), 401),
            ((401, r#"{"error":"invalid_client"}"#), 401),
            ((200, "{}"), 401),
            ((200, "no JSON"), 503),
            ((500, "{}"), 503),
            ((302, "{}"), 503),
        ] {
            provider.behave(Manners {
                answers: Some((answer.0, answer.1.to_owned())),
                ..Manners::default()
            });
            let refused = log_in(server, provider, "u-1").await;
            assert_eq!(refused.status, code, "{answer:?}");
        }
        provider.behave(Manners::default());
        log_in(server, provider, "u-1").await.expect(201);
        // The server's clock decides.
        server.clock.advance(MINUTE * 7);
        let late = log_in(server, provider, "u-1").await;
        let late = late.refused(401, "provider-login-refused");
        assert_eq!(late["reason"], "expired");
    }
);

by_provider!(
    a_login_is_used_once_and_by_whoever_began_it,
    [],
    async |server, provider| {
        let ground = server.ground().await;
        linked(server, &ground.admin, &ground.county, "u-1").await;
        let (mine, theirs) = (begin(server).await, begin(server).await);
        let come_back = |begun: &Value| provider.let_in(text(&begun["authorization_url"]), "u-1");
        let body = |begun: &Value, state: &str, code: &str| json!({ "handle": begun["handle"], "state": state, "authorization_code": code });
        let (code, state) = come_back(&mine);
        let (their_code, their_state) = come_back(&theirs);
        let invalid = async |body: Value| {
            let refused = finish(server, body).await;
            refused.refused(401, "provider-login-invalid");
        };
        // What somebody else's browser came back with is nothing to mine.
        invalid(body(&mine, &their_state, &their_code)).await;
        invalid(body(&mine, "", &code).tap_without("state")).await;
        invalid(json!({ "handle": "c20p1305.0.0.0", "state": state, "authorization_code": code }))
            .await;
        invalid(json!({ "handle": mine["handle"] })).await;
        assert_eq!(provider.tokens(), 0);
        // Their code under my state is refused by the provider: it is bound to their verifier.
        let injected = finish(server, body(&mine, &state, &their_code)).await;
        injected.refused(401, "provider-login-refused");
        // That used mine up, whatever comes after it.
        invalid(body(&mine, &state, &code)).await;
        // Who says to have sent the person back has to be the provider.
        let mut from_another = body(&theirs, &their_state, "any");
        from_another["issuer"] = "https://another.example".into();
        let from_another = finish(server, from_another).await;
        let refused = from_another.refused(401, "provider-login-refused");
        assert_eq!(refused["reason"], "issuer");
        // Of many that come back together one gets in, on whichever server.
        let second = server.beside().await;
        let begun = begin(&second).await;
        let (code, state) = come_back(&begun);
        let body = body(&begun, &state, &code);
        let mut tries = tokio::task::JoinSet::new();
        for at in 0..8 {
            let caller = if at % 2 == 0 { server } else { &second };
            let call = caller
                .anonymous()
                .post("/v1/provider-logins/finish", body.clone());
            tries.spawn(async move { call.await.status });
        }
        let mut statuses = tries.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 401, 401, 401, 401, 401, 401, 401]);
        second.stop().await;
        // It does not last.
        let begun = begin(server).await;
        let (code, state) = come_back(&begun);
        server.clock.advance(MINUTE * 10);
        invalid(json!({ "handle": begun["handle"], "state": state, "authorization_code": code }))
            .await;
        // And is forgotten.
        server.run_hourly_jobs().await;
        assert_eq!(
            server.number("SELECT COUNT(*) FROM provider_login").await,
            0
        );
    }
);

trait Without {
    fn tap_without(self, name: &str) -> Self;
}

impl Without for Value {
    fn tap_without(mut self, name: &str) -> Self {
        self.as_object_mut().unwrap().remove(name);
        self
    }
}

by_provider!(
    keys_that_changed_are_fetched_anew,
    [],
    async |server, provider| {
        let ground = server.ground().await;
        linked(server, &ground.admin, &ground.county, "u-1").await;
        log_in(server, provider, "u-1").await.expect(201);
        provider.change_keys("second");
        log_in(server, provider, "u-1").await.expect(201);
        // Another key under the same name is a forgery, until what is published is looked at anew.
        provider.change_keys("second");
        let refused = log_in(server, provider, "u-1").await;
        let refused = refused.refused(401, "provider-login-refused");
        assert_eq!(refused["reason"], "signature");
        server.clock.advance(MINUTE * 61);
        let claims = json!({ "exp": 4_000_000_000_u64 });
        provider.behave(Manners {
            claims,
            ..Manners::default()
        });
        log_in(server, provider, "u-1").await.expect(201);
    }
);

by_provider!(
    a_provider_that_is_slow_or_away_keeps_nobody_else_out,
    ["oidc_wait_s" = "1"],
    async |server, provider| {
        let ground = server.ground().await;
        let person = linked(server, &ground.admin, &ground.county, "u-1").await;
        let elsewhere = json!({ "token_endpoint": "http://192.0.2.1/token" });
        for document in [json!({ "issuer": "http://127.0.0.1:1" }), elsewhere] {
            provider.behave(Manners {
                document,
                ..Manners::default()
            });
            let call = server
                .anonymous()
                .call(reqwest::Method::POST, "/v1/provider-logins");
            call.await.refused(503, "provider-unreachable");
        }
        provider.behave(Manners {
            thinks: Duration::from_secs(5),
            ..Manners::default()
        });
        let slow = log_in(server, provider, "u-1").await;
        slow.refused(503, "provider-unreachable");
        assert_eq!(slow.header("retry-after"), "10");
        provider.behave(Manners::default());
        let begun = begin(server).await;
        let (code, state) = provider.let_in(text(&begun["authorization_url"]), "u-1");
        provider.stop();
        let body = json!({ "handle": begun["handle"], "state": state, "authorization_code": code });
        let away = finish(server, body).await;
        away.refused(503, "provider-unreachable");
        server
            .log_in_again(&person)
            .await
            .get("/v1/me")
            .await
            .expect(200);
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
    }
);
