//! What the provider, its keys and the line do wrong, and what somebody else brings.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Database, Server};

use super::{
    MINUTE, begin, beside,
    faulty::{CLIENT, Faulty, Manners, Signed},
    finish, holder, linked, log_in, text,
};

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
    an_identity_that_is_parted_is_out_on_every_server,
    [],
    async |server, provider| {
        let ground = server.ground().await;
        let person = linked(server, &ground.admin, &ground.county, "u-1").await;
        let session = log_in(server, provider, "u-1").await.expect(201);
        let second = server.beside().await;
        let there = holder(&second, &session);
        there.get("/v1/me").await.expect(200);
        let path = format!("/v1/accounts/{}", person.account());
        let account = ground.admin.get(&path).await.expect(200);
        let identity = text(&account["identities"][0]["id"]).to_owned();
        let remove = format!("{path}/identities/{identity}/remove");
        ground.admin.act(&remove).await.expect(200);
        there.get("/v1/me").await.refused(401, "unauthenticated");
        log_in(&second, provider, "u-1")
            .await
            .refused(401, "identity-not-linked");
        second.stop().await;
    }
);
