//! Who is there when a test begins: the first administrator, a small tree, and people with roles.
//!
//! **Invariant.** All of them are made over the API.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use domain::identity::Totp;
use serde_json::{Value, json};

use crate::{Client, Server, client::id};

/// The password of everyone, as each chose it.
pub const PASSWORD: &str = "seven bins of rain boots";
/// The password that the administrator gives a new person, who changes it at the first login.
pub const GIVEN: &str = "eleven crates of lamp oil";

/// A province with a city and two counties in it, and who may change them.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The security administrator of the province: gives roles and does nothing else.
    pub admin: Client,
    /// The data steward of the province.
    pub steward: Client,
    /// 浙江省红十字会, the root.
    pub province: String,
    /// 宁波市红十字会, under the province.
    pub city: String,
    /// 海曙区红十字会, under the city.
    pub county: String,
    /// 余姚市红十字会, beside it.
    pub other_county: String,
}

impl Server {
    /// The first account, which [`setup`](Self::setup) made, or makes now.
    pub async fn admin(&self) -> Client {
        self.admin.get_or_init(|| self.setup()).await.clone()
    }

    /// Spends the setup code: plants the province and its security administrator, who logs in.
    pub async fn setup(&self) -> Client {
        let made = self
            .anonymous()
            .post("/v1/setup", setup_body(&self.setup_code))
            .await;
        made.expect(201);
        self.log_in("root").await
    }

    /// Logs in with the password of everyone, by a recovery code where that is needed; whoever must
    /// have a second factor and has none enrols one.
    ///
    /// # Panics
    /// When the recovery codes are used up.
    pub async fn log_in(&self, login: &str) -> Client {
        let body = json!({ "login": login, "password": PASSWORD });
        self.log_in_by(login, body).await
    }

    /// As [`log_in`](Self::log_in), for whoever has the given password still and takes that of
    /// everyone.
    pub async fn log_in_first(&self, login: &str) -> Client {
        let body = json!({ "login": login, "password": GIVEN, "new_password": PASSWORD });
        self.log_in_by(login, body).await
    }

    async fn log_in_by(&self, login: &str, mut body: Value) -> Client {
        let anonymous = self.anonymous();
        if let Some(code) = self.recovery_code(login) {
            body["code"] = code.into();
        }
        let session = anonymous.post("/v1/sessions", body).await.expect(201);
        let token = session["token"].as_str().expect("a login gives a token");
        let mut client = anonymous.with_token(token);
        client.account = session["account_id"].as_str().map(str::to_owned);
        client.login = Some(login.to_owned());
        if session["owes"] == json!(["second_factor"]) {
            let (_, codes) = enrol(&client, PASSWORD, self.clock.now()).await;
            self.keep_recovery_codes(login, codes);
        }
        client
    }

    /// The same person, logged in anew, as after a long time away.
    ///
    /// # Panics
    /// When the caller is no account.
    pub async fn log_in_again(&self, person: &Client) -> Client {
        let login = person.login.as_deref().expect("the caller is an account");
        self.log_in(login).await
    }

    /// The id of the root organisation.
    pub async fn root(&self) -> String {
        let me = self.admin().await.get("/v1/me").await.expect(200);
        let root = me["organisation_id"].as_str();
        root.expect("the administrator belongs to the root")
            .to_owned()
    }

    /// A new person of `organisation` with these roles over it, logged in.
    pub async fn person(&self, roles: &[&str], organisation: &str) -> Client {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let login = format!("person{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let grants: Vec<Value> = roles
            .iter()
            .map(|role| json!({ "role": role, "organisation_id": organisation }))
            .collect();
        let body = json!({
            "login": login, "name": format!("Holder of {login}"), "password": GIVEN,
            "organisation_id": organisation, "grants": grants,
        });
        let admin = self.admin().await;
        admin.post("/v1/accounts", body).await.expect(201);
        self.log_in_first(&login).await
    }

    /// A key that `admin` makes for a system, which its holder has drawn a secret of, and the system.
    pub async fn api_key(&self, admin: &Client, mut body: Value) -> (Value, Client) {
        let organisation = body["organisation_id"].as_str().expect("an organisation");
        let holder = self.person(&[], organisation).await;
        body["holder_id"] = holder.account().into();
        let made = admin.post("/v1/api-keys", body).await.expect(201);
        let path = format!("/v1/api-keys/{}/rotate-secret", id(&made));
        let drawn = holder.post(&path, json!({})).await.expect(200);
        let secret = drawn["secret"].as_str().expect("a secret is shown once");
        let system = self.anonymous().with_token(secret);
        (drawn, system)
    }

    /// Plants a province with a city and two counties.
    pub async fn ground(&self) -> Ground {
        let admin = self.admin().await;
        let province = self.root().await;
        let steward = self.person(&["data_steward"], &province).await;
        let city = organisation(&steward, &province, "municipal", "330200", "宁波市红十字会").await;
        let county = organisation(&steward, &city, "county", "330203", "海曙区红十字会").await;
        let other_county =
            organisation(&steward, &city, "county", "330281", "余姚市红十字会").await;
        Ground {
            admin,
            steward,
            province,
            city,
            county,
            other_county,
        }
    }
}

/// Gives the caller a second factor; answers with the secret and the recovery codes.
///
/// # Panics
/// When it is refused.
pub async fn enrol(person: &Client, password: &str, now: DateTime<Utc>) -> (Totp, Vec<String>) {
    let path = format!("/v1/accounts/{}/second-factor", person.account());
    let asked = person.post(&path, json!({ "password": password })).await;
    let asked = asked.expect(200);
    let totp = Totp::new(base32(asked["secret"].as_str().expect("a secret is shown")));
    let code = totp.code(Totp::step(now));
    let confirmed = person.post(&format!("{path}/confirm"), json!({ "code": code }));
    let confirmed = confirmed.await.expect(200);
    let codes = confirmed["recovery_codes"].as_array();
    let codes = codes.expect("recovery codes are shown").iter();
    let codes = codes.map(|code| code.as_str().unwrap_or_default().to_owned());
    (totp, codes.collect())
}

// What an authenticator makes of a secret that was typed.
fn base32(text: &str) -> [u8; Totp::SECRET_BYTES] {
    let worth = |sign: u8| match sign {
        b'A'..=b'Z' => sign - b'A',
        _ => sign - b'2' + 26,
    };
    let mut secret = [0; Totp::SECRET_BYTES];
    for (at, sign) in text.bytes().enumerate() {
        for bit in 0..5 {
            let place = at * 5 + bit;
            secret[place / 8] |= ((worth(sign) >> (4 - bit)) & 1) << (7 - place % 8);
        }
    }
    secret
}

/// The body of the set-up that [`Server::setup`] sends.
#[must_use]
pub fn setup_body(code: &str) -> Value {
    json!({
        "code": code,
        "organisation": {
            "code": "330000", "name": "浙江省红十字会", "level": "provincial", "division_code": "330000",
        },
        "account": { "login": "root", "name": "The first", "password": PASSWORD },
    })
}

/// Adds an organisation, whose code is that of its division, and gives its id.
pub async fn organisation(
    steward: &Client,
    parent: &str,
    level: &str,
    division: &str,
    name: &str,
) -> String {
    let body = json!({
        "code": division, "name": name, "level": level,
        "parent_id": parent, "division_code": division,
    });
    id(&steward.post("/v1/organisations", body).await.expect(201))
}
