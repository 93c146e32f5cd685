//! Sessions that are open: seen and ended by their holder, and by who manages the account.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, Server, client::id, on_both, people::PASSWORD};

fn path(person: &Client) -> String {
    format!("/v1/accounts/{}/sessions", person.account())
}

async fn listed(client: &Client, path: &str) -> Vec<Value> {
    let page = client.get(path).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

/// A login from an address that the proxy tells; the session's id and its client.
async fn from(server: &Server, address: &str, person: &Client) -> (String, Client) {
    let body = json!({ "login": person.login, "password": PASSWORD });
    let call = server.anonymous().call(Method::POST, "/v1/sessions");
    let opened = call.json(body).header("x-forwarded-for", address).await;
    let opened = opened.expect(201);
    let token = opened["token"].as_str().unwrap();
    (id(&opened), server.anonymous().with_token(token))
}

on_both!(
    one_sees_one_s_own_sessions_and_ends_the_others,
    ["trusted_proxies" = "127.0.0.1"],
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let (office, _) = from(server, "198.51.100.20", &person).await;
        server.clock.advance(Duration::from_secs(1));
        let (train, on_train) = from(server, "2001:db8:1:2:3:4:5:6", &person).await;
        let open = listed(&on_train, &path(&person)).await;
        let told: Vec<_> = open
            .iter()
            .map(|open| (id(open), open["network"].as_str(), open["current"] == true))
            .collect();
        assert_eq!(told[0], (train.clone(), Some("2001:db8:1:2::/64"), true));
        assert_eq!(told[1], (office.clone(), Some("198.51.100.20"), false));
        assert_eq!((told.len(), told[2].1, told[2].2), (3, None, false));
        for open in &open {
            assert_eq!(open["second_factor"], false, "{open}");
            assert!(
                open["opened_at"].as_str().unwrap() < open["expires_at"].as_str().unwrap(),
                "{open}"
            );
            assert!(!open.to_string().contains("rds_"), "{open}");
        }
        // A page at a time, and never by the cursor of another account.
        let first = format!("{}?limit=2", path(&person));
        let first = person.get(&first).await.expect(200);
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = format!("{}?limit=2&cursor={cursor}", path(&person));
        assert_eq!(listed(&person, &rest).await.len(), 1);
        let of_admin = format!("{}?limit=2&cursor={cursor}", path(&ground.admin));
        let odd = ground.admin.get(&of_admin).await;
        odd.refused(400, "invalid-parameter");

        // One of them, then all but the one that asks.
        let end = format!("/v1/sessions/{office}/end");
        on_train.act(&end).await.expect(200);
        assert_eq!(listed(&on_train, &path(&person)).await.len(), 2);
        let ended = on_train.act(&format!("{}/end", path(&person))).await;
        let ended = ended.expect(200);
        assert_eq!(ended["ended"], 1, "{ended}");
        assert_eq!(ended["account_id"], person.account());
        person.get("/v1/me").await.refused(401, "unauthenticated");
        on_train.get("/v1/me").await.expect(200);
        let left = listed(&on_train, &path(&person)).await;
        assert_eq!((left.len(), id(&left[0])), (1, train));
        server.prove().await;
    }
);

on_both!(
    who_manages_an_account_sees_and_ends_its_sessions,
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let second = server.log_in_again(&person).await;
        let auditor = server.person(&["auditor"], &ground.county).await;
        let neighbour = server
            .person(&["security_admin"], &ground.other_county)
            .await;
        let own = server.person(&["security_admin"], &ground.county).await;
        // Nobody else learns that the account is there.
        for stranger in [&neighbour, &auditor] {
            let path = path(&person);
            stranger.get(&path).await.refused(404, "not-found");
            let end = stranger.act(&format!("{path}/end")).await;
            end.refused(404, "not-found");
        }
        let open = listed(&own, &path(&person)).await;
        assert_eq!(open.len(), 2, "{open:?}");
        assert!(open.iter().all(|open| open["current"] == false), "{open:?}");
        let end = format!("/v1/sessions/{}/end", id(&open[1]));
        neighbour.act(&end).await.refused(404, "not-found");
        own.act(&end).await.expect(200);
        person.get("/v1/me").await.refused(401, "unauthenticated");
        second.get("/v1/me").await.expect(200);

        let ended = own.act(&format!("{}/end", path(&person))).await;
        assert_eq!(ended.expect(200)["ended"], 1);
        second.get("/v1/me").await.refused(401, "unauthenticated");
        assert_eq!(listed(&own, &path(&person)).await, Vec::<Value>::new());
        own.get("/v1/me").await.expect(200);
        let again = own.act(&format!("{}/end", path(&person))).await;
        assert_eq!(again.expect(200)["ended"], 0);
        // Whoever audits the person's society reads who ended what.
        for (command, subject) in [
            ("identity.end_sessions", person.account()),
            ("identity.end_session", &*id(&open[1])),
        ] {
            let entries = format!("/v1/journal-entries?command={command}&subject={subject}");
            let entries = listed(&auditor, &entries).await;
            assert!(!entries.is_empty(), "{command}");
            assert_eq!(entries[0]["principal"], own.account());
            assert_eq!(entries[0]["organisation_id"], *ground.county);
        }
    }
);

on_both!(
    what_opens_no_door_is_no_open_session,
    ["session_lifetime_s" = "3600", "session_idle_s" = "600"],
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        server.clock.advance(Duration::from_secs(601));
        let fresh = server.log_in_again(&person).await;
        person.get("/v1/me").await.refused(401, "unauthenticated");
        assert_eq!(listed(&fresh, &path(&person)).await.len(), 1);
    }
);
