//! The script by which a house is furnished: `house.txt`, step by step.
//!
//! **Invariant.** A step that is refused ends the test, with what was said.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;
use tests::{
    Answer, Client, Server,
    client::{self, fresh_key},
    files::XLSX,
};

use super::{leak, table::data, world::House};

pub(super) const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 1, 2, 3];

/// Who furnishes the houses of one tree, and with which catalogue.
pub(super) struct Hands {
    pub(super) maker: Client,
    pub(super) checker: Client,
    pub(super) auditor: Client,
    pub(super) admin: Client,
    pub(super) shared: BTreeMap<String, String>,
}

/// The moments and days that bodies name.
pub(super) fn times(server: &Server) -> BTreeMap<String, String> {
    let now = server.clock.now();
    let today = api::clock::day_at_depots(now);
    let hours = chrono::TimeDelta::hours;
    let times = [
        ("today", today.to_string()),
        ("next_month", (today + chrono::Days::new(30)).to_string()),
        ("soon", (now + hours(48)).to_rfc3339()),
        ("hour_ago", (now - hours(1)).to_rfc3339()),
    ];
    times.map(|(name, time)| (name.to_owned(), time)).into()
}

/// Furnishes a house by a script; gives the ids that came up and are nobody else's business.
pub(super) async fn furnish(
    server: &Server,
    house: &mut House,
    hands: &Hands,
    script: &str,
) -> BTreeSet<String> {
    let script = data(script);
    let (mut secret, mut public) = (BTreeSet::new(), BTreeSet::new());
    for step in script.split("\n\n").map(str::trim) {
        let lines: Vec<_> = step.lines().filter(|line| !line.starts_with('#')).collect();
        if lines.is_empty() {
            continue;
        }
        let answer = take(server, house, hands, &lines).await;
        assert!(
            answer.status < 300,
            "{}: {step}\n{}",
            house.relation,
            answer.text
        );
        let ids = leak::ids(&answer.text).map(str::to_owned);
        let kept = lines.last().and_then(|line| line.strip_prefix("->"));
        let kept: Vec<_> = kept.unwrap_or_default().split_whitespace().collect();
        if kept.contains(&"public") {
            public.extend(ids);
        } else if !lines[0].contains(" GET ") {
            secret.extend(ids);
        }
        keep(house, &answer, &kept, step);
    }
    secret.extend(house.names.get("entry").cloned());
    secret
        .retain(|id| !public.contains(id) && House::is_secret(id.split('_').next().unwrap_or("")));
    secret
}

fn keep(house: &mut House, answer: &Answer, kept: &[&str], step: &str) {
    for word in kept {
        let Some((name, pointer)) = word.split_once('=') else {
            continue;
        };
        let body = answer.json();
        let found = body.pointer(pointer).and_then(Value::as_str);
        let found = found.unwrap_or_else(|| panic!("no {pointer}: {step}\n{}", answer.text));
        house.names.insert(name.to_owned(), found.to_owned());
    }
}

async fn take(server: &Server, house: &House, hands: &Hands, lines: &[&str]) -> Answer {
    let words: Vec<_> = lines[0].splitn(3, ' ').collect();
    let &[who, method, path] = words.as_slice() else {
        panic!("no step: {}", lines[0]);
    };
    let who = match who {
        "maker" => hands.maker.clone(),
        "checker" => hands.checker.clone(),
        "auditor" => hands.auditor.clone(),
        "admin" => hands.admin.clone(),
        "nobody" => server.anonymous(),
        other => panic!("who is {other}?"),
    };
    let path = house.fill(path);
    let method: Method = method.parse().expect("a method");
    let mut call = who.call(method.clone(), &path);
    if method == Method::PUT {
        let known = hands.maker.get(&path).await;
        call = call.if_match(known.header("etag"));
    } else if method == Method::POST {
        call = call.key(&fresh_key());
    }
    let body = lines.get(1).filter(|line| !line.starts_with("->"));
    match body.copied() {
        None => call.await,
        Some(alert) if alert.starts_with("CAP ") => {
            call.body("application/cap+xml", cap(&house.fill(&alert[4..])))
                .await
        }
        Some("PNG") => call.body("image/png", PNG.to_vec()).await,
        Some(csv) if csv.starts_with("CSV ") => {
            let rows = house.fill(&csv[4..]).replace("\\n", "\n");
            let call = call.body("text/csv", rows.into_bytes());
            let import = client::id(&hands.maker.ended(call).await["import"]);
            hands.maker.get(&format!("/v1/imports/{import}")).await
        }
        Some(json) => {
            call.body("application/json", house.fill(json).into_bytes())
                .await
        }
    }
}

/// An alert of this name.
pub(super) fn cap(identifier: &str) -> Vec<u8> {
    crate::alerts::Message::new(identifier, 0).bytes()
}

/// The media types in which a list comes as a file.
pub(super) const FILES: &[&str] = &["text/csv", XLSX];
