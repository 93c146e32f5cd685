//! Too many wrong passwords from one network, whomever they try.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tests::{
    Answer, Server, on_both,
    people::{PASSWORD, enrol},
};
use tokio::task::JoinSet;

const MINUTE: Duration = Duration::from_secs(60);
const ATTACKER: &str = "203.0.113.7";
const OFFICE: &str = "198.51.100.20";

/// A login from an address that the proxy tells.
async fn from(server: &Server, address: &str, login: &str, password: &str) -> Answer {
    let body = json!({ "login": login, "password": password });
    let call = server
        .anonymous()
        .call(Method::POST, "/v1/sessions")
        .json(body);
    call.header("x-forwarded-for", address).await
}

async fn guess(server: &Server, address: &str, count: usize) {
    for at in 0..count {
        // Each at another account, so that none of them locks.
        let login = format!("nobody{at}");
        let wrong = from(server, address, &login, "guess").await;
        wrong.refused(401, "login-failed");
    }
}

on_both!(
    a_network_that_guesses_is_slowed_down_and_others_are_not,
    [
        "network_failures_free" = "3",
        "trusted_proxies" = "127.0.0.1"
    ],
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let login = person.login.as_deref().unwrap();
        // Many right ones cost nothing.
        for _ in 0..5 {
            from(server, OFFICE, login, PASSWORD).await.expect(201);
        }
        guess(server, ATTACKER, 4).await;
        let locked = from(server, ATTACKER, login, PASSWORD).await;
        let wait_s = locked.refused(429, "network-locked")["retry_after_s"].clone();
        assert!((1..=60).contains(&wait_s.as_u64().unwrap()), "{wait_s}");
        assert_eq!(locked.header("retry-after"), wait_s.to_string());
        // A wrong one gets the same answer, so that nothing is learnt meanwhile.
        from(server, ATTACKER, login, "guess")
            .await
            .refused(429, "network-locked");
        // What the caller wrote itself stands on the left of what the proxy added.
        let lies = format!("{OFFICE}, {ATTACKER}");
        from(server, &lies, login, PASSWORD)
            .await
            .refused(429, "network-locked");
        from(server, OFFICE, login, PASSWORD).await.expect(201);
        // Whoever is logged in stays so.
        person.get("/v1/me").await.expect(200);
        // On another server of the same database it is locked, too.
        let second = server.beside().await;
        from(&second, ATTACKER, login, PASSWORD)
            .await
            .refused(429, "network-locked");
        second.stop().await;
        server.clock.advance(MINUTE);
        from(server, ATTACKER, login, PASSWORD).await.expect(201);
        guess(server, ATTACKER, 1).await;
        from(server, ATTACKER, login, PASSWORD)
            .await
            .refused(429, "network-locked");
        // After a quiet while nothing is held against it, and nothing is kept of it.
        server.clock.advance(MINUTE * 5);
        server.run_hourly_jobs().await;
        assert_eq!(server.number("SELECT COUNT(*) FROM login_network").await, 0);
        guess(server, ATTACKER, 3).await;
        from(server, ATTACKER, login, PASSWORD).await.expect(201);
    }
);

on_both!(
    a_house_of_ipv6_is_one_network,
    [
        "network_failures_free" = "2",
        "trusted_proxies" = "127.0.0.0/8"
    ],
    async |server| {
        server.admin().await;
        for (at, address) in [
            "2001:db8:1:2::1",
            "2001:db8:1:2:ffff::2",
            "[2001:db8:1:2::3]:443",
        ]
        .into_iter()
        .enumerate()
        {
            let wrong = from(server, address, &format!("nobody{at}"), "guess").await;
            wrong.refused(401, "login-failed");
        }
        from(server, "2001:db8:1:2:3:4:5:6", "nobody", "guess")
            .await
            .refused(429, "network-locked");
        from(server, "2001:db8:1:3::1", "nobody", "guess")
            .await
            .refused(401, "login-failed");
    }
);

on_both!(
    a_header_of_nobody_s_proxy_is_not_believed,
    ["network_failures_free" = "1"],
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let login = person.login.as_deref().unwrap();
        // Calls come from this machine, behind which everybody may stand: nobody is locked.
        guess(server, ATTACKER, 5).await;
        from(server, ATTACKER, login, PASSWORD).await.expect(201);
        assert_eq!(server.number("SELECT COUNT(*) FROM login_network").await, 0);
    }
);

on_both!(
    guesses_that_come_together_are_all_counted,
    [
        "network_failures_free" = "5",
        "trusted_proxies" = "127.0.0.1"
    ],
    async |server| {
        server.admin().await;
        let second = server.beside().await;
        let mut guesses = JoinSet::new();
        for at in 0..30 {
            let caller = if at % 2 == 0 { server } else { &second };
            let body = json!({ "login": format!("nobody{at}"), "password": "guess" });
            let call = caller
                .anonymous()
                .call(Method::POST, "/v1/sessions")
                .json(body);
            let call = call.header("x-forwarded-for", ATTACKER);
            guesses.spawn(async move { call.await.status });
        }
        let told = guesses.join_all().await;
        let told = told.into_iter().filter(|&status| status == 401).count();
        // Those that are being looked at while the last free one is counted may still be told.
        assert!((6..=20).contains(&told), "{told}");
        from(server, ATTACKER, "nobody", "guess")
            .await
            .refused(429, "network-locked");
        second.stop().await;
    }
);

on_both!(
    wrong_codes_count_for_the_network_too,
    [
        "network_failures_free" = "1",
        "trusted_proxies" = "127.0.0.1"
    ],
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        enrol(&person, PASSWORD, server.clock.now()).await;
        let typed = json!({ "login": person.login, "password": PASSWORD, "code": "00000000" });
        let call = server
            .anonymous()
            .call(Method::POST, "/v1/sessions")
            .json(typed);
        let call = call.header("x-forwarded-for", ATTACKER);
        for _ in 0..2 {
            let wrong = call.clone().await;
            assert_eq!(wrong.faults(), [("/code".into(), "wrong-code".into())]);
        }
        call.await.refused(429, "network-locked");
    }
);
