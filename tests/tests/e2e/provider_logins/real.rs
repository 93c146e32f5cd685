//! The package `oidc-provider`, where `scripts/tools oidc` has put it.
//!
//! Where it cannot be had the tests say so and pass, but not on CI: there nothing passes untried.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use reqwest::{
    Method, Url,
    header::{COOKIE, LOCATION, SET_COOKIE},
};
use serde_json::json;
use tests::{Database, Server};

use super::{BACK, CLIENT, SECRET, begin, finish, identities, text};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

struct Real {
    issuer: String,
    process: Child,
    // What it says later has to be able to go somewhere.
    _said: BufReader<ChildStdout>,
}

impl Real {
    fn start() -> Result<Self, String> {
        let packages = Path::new(ROOT).join(".tools/oidc/node_modules");
        let packages = packages.canonicalize().map_err(|_| {
            "no OpenID provider: run `scripts/tools oidc`, which needs npm".to_owned()
        })?;
        let mut process = Command::new("node")
            .arg(Path::new(ROOT).join("tests/data/oidc-provider.mjs"))
            .env("PACKAGES", packages)
            .env("CLIENT_SECRET", SECRET)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let said = process.stdout.take().expect("it is piped");
        let mut said = BufReader::new(said);
        let mut issuer = String::new();
        while !issuer.starts_with("http://") {
            issuer.clear();
            let read = said.read_line(&mut issuer);
            if read.map_err(|error| error.to_string())? == 0 {
                return Err("it ended before it listened".to_owned());
            }
        }
        Ok(Self {
            issuer: issuer.trim().to_owned(),
            process,
            _said: said,
        })
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A person with a browser, who types this name, and agrees; answers what they came back with.
async fn browse(address: &str, name: &str) -> BTreeMap<String, String> {
    let policy = reqwest::redirect::Policy::none();
    let browser = reqwest::Client::builder().no_proxy().redirect(policy);
    let browser = browser.build().unwrap();
    let mut cookies = BTreeMap::new();
    let mut at = Url::parse(address).unwrap();
    let mut typed: Option<String> = None;
    for _ in 0..20 {
        let method = typed.as_ref().map_or(Method::GET, |_| Method::POST);
        let mut request = browser.request(method, at.clone());
        let held: Vec<_> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        request = request.header(COOKIE, held.join("; "));
        if let Some(form) = typed.take() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
            request = request.body(form);
        }
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        if let Some(next) = answer.headers().get(LOCATION) {
            at = at.join(next.to_str().unwrap()).unwrap();
            if at.as_str().starts_with(BACK) {
                return at.query_pairs().into_owned().collect();
            }
            continue;
        }
        let page = answer.text().await.unwrap();
        let is_login = page.contains("name=\"login\"");
        assert!(at.path().starts_with("/interaction/"), "{at}: {page}");
        typed = Some(match is_login {
            true => format!("prompt=login&login={name}&password=any"),
            false => "prompt=consent".to_owned(),
        });
    }
    panic!("the provider sends nobody back");
}

fn log_in_by_it(database: Database) {
    let real = match Real::start() {
        Ok(real) => real,
        Err(why) => {
            let on_ci = std::env::var_os("CI").is_some_and(|it| !it.is_empty());
            assert!(!on_ci, "on CI no test passes that was not tried: {why}");
            return println!("NOT TRIED: {why}");
        }
    };
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), SECRET).unwrap();
    let settings = vec![
        ("oidc_issuer", &*real.issuer.clone().leak()),
        ("oidc_client_id", CLIENT),
        (
            "oidc_client_secret_file",
            secret.path().display().to_string().leak(),
        ),
        ("oidc_redirect_url", BACK),
    ];
    tests::run(database, settings.leak(), async |server: &Server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let link = json!({ "subject": "zhang.wei" });
        ground
            .admin
            .post(&identities(&person), link)
            .await
            .expect(200);
        let come_back = async |name: &str| {
            let begun = begin(server).await;
            let back = browse(text(&begun["authorization_url"]), name).await;
            json!({
                "handle": begun["handle"], "state": back["state"],
                "authorization_code": back["code"], "issuer": back["iss"],
            })
        };
        let body = come_back("zhang.wei").await;
        let session = finish(server, body.clone()).await.expect(201);
        assert_eq!(session["account_id"], json!(person.account));
        let holder = server.anonymous().with_token(text(&session["token"]));
        holder.get("/v1/depots").await.expect(200);
        finish(server, body)
            .await
            .refused(401, "provider-login-invalid");
        let unknown = finish(server, come_back("li.na").await).await;
        let unknown = unknown.refused(401, "identity-not-linked");
        assert_eq!(unknown["subject"], "li.na");
        // It says who sends people back, so that whoever leaves that out is refused.
        let mut nameless = come_back("zhang.wei").await;
        nameless.as_object_mut().unwrap().remove("issuer");
        let refused = finish(server, nameless).await;
        let refused = refused.refused(401, "provider-login-refused");
        assert_eq!(refused["reason"], "issuer");
        // A code of one login is bound to it.
        let (mut one, other) = (come_back("zhang.wei").await, come_back("zhang.wei").await);
        one["authorization_code"] = other["authorization_code"].clone();
        let refused = finish(server, one).await;
        let refused = refused.refused(401, "provider-login-refused");
        assert_eq!(refused["reason"], "invalid_grant");
    });
}

#[test]
fn a_login_by_oidc_provider_on_sqlite() {
    log_in_by_it(Database::Sqlite);
}

#[test]
fn a_login_by_oidc_provider_on_postgres() {
    log_in_by_it(Database::Postgres);
}
