//! What is kept of a secret: the form of its hash, as `docs/SECURITY.md` tells it, and that it takes
//! the same to look for nobody's.

use std::time::Duration;

use reqwest::Method;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tests::{
    Client, Database, Program, Server,
    client::{fresh_key, id},
    database::Home,
    measure::{Spread, timed_async},
    on_both,
    people::{enrol, setup_body},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const TRIES: usize = 9;
const TRIES_AN_ACCOUNT: usize = 3;

async fn texts(home: &Home, sql: &str) -> Vec<String> {
    let connection = home.connect().await;
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    connection.close().await.unwrap();
    let texts = rows.iter().map(|row| row.try_get_by_index(0).unwrap());
    texts.collect()
}

fn is_base64(text: &str) -> bool {
    let sign = |sign: u8| sign.is_ascii_alphanumeric() || sign == b'+' || sign == b'/';
    text.bytes().all(sign)
}

/// The program with nothing set but its place, as an operator begins.
async fn by_the_defaults(database: Database) {
    let home = Home::migrated(database).await;
    let program = Program::start(&mut home.operate("serve"));
    let client = Client::new(program.address);
    let body = setup_body(&program.setup_code);
    let (login, password) = (&body["account"]["login"], &body["account"]["password"]);
    client.post("/v1/setup", body.clone()).await.expect(201);
    let session = json!({ "login": login, "password": password });
    let session = client.post("/v1/sessions", session).await.expect(201);
    let token = session["token"].as_str().unwrap();
    let mut admin = client.with_token(token);
    admin.account = session["account_id"].as_str().map(str::to_owned);
    let now = api::clock::Clock::default().now();
    let (_, codes) = enrol(&admin, password.as_str().unwrap(), now).await;
    let me = admin.get("/v1/me").await.expect(200);
    let organisation = &me["organisation_id"];
    let holder = json!({
        "login": "holder", "name": "管秤的人", "password": "seven bins of rain boots",
        "organisation_id": organisation,
    });
    let account = admin.post("/v1/accounts", holder).await.expect(201);
    let first = json!({
        "login": "holder", "password": "seven bins of rain boots",
        "new_password": "nine sacks of winter coats",
    });
    let opened = client.post("/v1/sessions", first).await.expect(201);
    let holder = client.with_token(opened["token"].as_str().unwrap());
    let key = json!({ "name": "秤", "organisation_id": organisation, "holder_id": account["id"] });
    let key = admin.post("/v1/api-keys", key).await.expect(201);
    let path = format!("/v1/api-keys/{}/rotate-secret", id(&key));
    let key = holder.post(&path, json!({})).await.expect(200);
    let key = key["secret"].as_str().unwrap();

    let hashes = texts(&home, "SELECT password_hash FROM account").await;
    assert_eq!(hashes.len(), 2);
    // $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH: RFC 9106's form of the document's words.
    let parts: Vec<_> = hashes[0].split('$').collect();
    let [nothing, algorithm, version, taken, salt, hash] = parts.as_slice() else {
        panic!("{}", hashes[0]);
    };
    assert_eq!((*nothing, *algorithm, *version), ("", "argon2id", "v=19"));
    assert_eq!(*taken, "m=19456,t=2,p=1");
    // 128 and 256 bits.
    assert_eq!((salt.len(), hash.len()), (22, 43), "{}", hashes[0]);
    assert!(is_base64(salt) && is_base64(hash), "{}", hashes[0]);
    let document = std::fs::read_to_string(format!("{ROOT}/docs/SECURITY.md")).unwrap();
    let told = format!(
        "Argon2id, {} MiB (`password_hash_mib`), 2 passes",
        19_456 / 1_024
    );
    assert!(document.contains(&told), "{told}");

    // Of what is random itself a plain hash is kept.
    let plain = |secret: &str| hex::encode(Sha256::digest(secret.as_bytes()));
    let kept = texts(&home, "SELECT token_hash FROM session").await;
    assert!(kept.contains(&plain(token)), "{kept:?}");
    let kept = texts(&home, "SELECT secret_hash FROM api_key").await;
    assert_eq!(kept, [plain(key)]);
    let kept = texts(&home, "SELECT code_hash FROM recovery_code").await;
    assert_eq!(kept.len(), codes.len());
    for hash in &kept {
        let digit = |sign: u8| sign.is_ascii_digit() || (b'a'..=b'f').contains(&sign);
        assert!(hash.len() == 64 && hash.bytes().all(digit), "{hash}");
    }
    program.kill();
    home.remove().await;
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(test);
}

#[test]
fn hashes_have_the_documented_form_on_sqlite() {
    block_on(by_the_defaults(Database::Sqlite));
}

#[test]
fn hashes_have_the_documented_form_on_postgres() {
    block_on(by_the_defaults(Database::Postgres));
}

/// How long a wrong login takes, in milliseconds.
async fn wrong(server: &Server, login: &str) -> f64 {
    let body = json!({ "login": login, "password": "eleven wrong guesses" });
    let call = server.anonymous().call(Method::POST, "/v1/sessions");
    let call = call.json(body).key(&fresh_key());
    let (took, answer) = timed_async(call.into_future()).await;
    answer.refused(401, "login-failed");
    took
}

// Hashes that take long drown whatever else differs, such as the note of a failure: without the hash
// of nobody's password one of them would take a hundredth.
on_both!(
    a_login_of_nobody_takes_as_long_as_anybody_s,
    ["password_hash_mib" = "64", "network_failures_free" = "0"],
    async |server| {
        let ground = server.ground().await;
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        // Fewer than lock an account: while it is locked nothing is hashed, and the answer says so.
        for account in 0..TRIES / TRIES_AN_ACCOUNT {
            let person = server.person(&["keeper"], &ground.county).await;
            for guess in 0..TRIES_AN_ACCOUNT {
                known.push(wrong(server, person.login.as_deref().unwrap()).await);
                unknown.push(wrong(server, &format!("nobody{account}{guess}")).await);
                server.clock.advance(Duration::from_secs(1));
            }
        }
        let (known, unknown) = (Spread::of(known), Spread::of(unknown));
        println!("a known name {known} ms, an unknown one {unknown} ms");
        // The least of many is what it takes when nothing else is going on.
        let ratio = known.least / unknown.least;
        assert!((0.5..2.0).contains(&ratio), "{ratio:.2}");
    }
);
