//! The houses: a province with two cities, counties and a township, and a society that is not its.
//!
//! **Invariant.** Every house has one thing of each kind, made over the API, and a word of its own in
//! every text that may be written in them. Only the second tree cannot be planted over the API: the
//! operator imports it, and who administers it is written past the server.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;
use tests::{Client, Database, Server, client::id, people::organisation};

use crate::rating::document;

use super::{
    fixture::{self, Hands},
    people::{self, Actor},
};

/// Kinds that everybody who is logged in may know of.
const REFERENCE: &[&str] = &["org", "item", "category", "closure", "alert", "fairuse"];
const UNKNOWN: &str = "01h455vb4pex5vsknk084s";
const DIGITS: &[u8] = b"0123456789abcdefghjkmnpqrstvwxyz";
const WORKER: &[&str] = &["keeper", "dispatcher", "approver", "data_steward"];

/// An organisation and what is its own.
#[derive(Debug, Clone)]
pub(super) struct House {
    /// What it is to those who ask: `own`, `sibling`, `foreign` …
    pub(super) relation: &'static str,
    /// Whether it lies in the subtree of those who ask.
    pub(super) below: bool,
    /// The word that stands in its rows alone.
    pub(super) word: String,
    pub(super) names: BTreeMap<String, String>,
    // A house whose things do not exist.
    unknown: bool,
}

/// All houses, all who ask, and whose each id is.
pub(super) struct World {
    pub(super) houses: Vec<House>,
    pub(super) actors: Vec<Actor>,
    /// The house of each id that came up there and nowhere else.
    pub(super) owners: HashMap<String, usize>,
    /// Who sees the papers of the house with that number.
    pub(super) makers: Vec<Client>,
    /// Who sees the accounts of all.
    pub(super) admin: Client,
}

impl House {
    /// What stands here for a parameter or member of this name and kind.
    pub(super) fn id(&self, name: &str, kind: &str) -> String {
        let bare = name.strip_suffix("_ids").or(name.strip_suffix("_id"));
        let bare = bare.unwrap_or(name);
        let known = self
            .names
            .get(bare)
            .filter(|id| id.starts_with(&format!("{kind}_")));
        let known = known.or_else(|| self.names.get(kind));
        if self.unknown && !REFERENCE.contains(&kind) {
            return unknown(kind, bare);
        }
        known
            .cloned()
            .unwrap_or_else(|| panic!("no {kind} for {name} in the {} house", self.relation))
    }

    /// The thing that a row of the table names, if it is one of this house.
    pub(super) fn thing(&self, name: &str) -> Option<String> {
        let known = self.names.get(name)?;
        let kind = known
            .rsplit_once('_')
            .filter(|(_, end)| end.len() == UNKNOWN.len() + 4);
        match kind {
            Some((kind, _)) if self.unknown && !REFERENCE.contains(&kind) => {
                Some(unknown(kind, name))
            }
            None if self.unknown && matches!(name, "waybill" | "trace_code") => {
                Some("none".to_owned())
            }
            _ => Some(known.clone()),
        }
    }

    pub(super) fn name(&self, name: &str) -> &str {
        let known = self.names.get(name);
        known.unwrap_or_else(|| panic!("the {} house has no {name}", self.relation))
    }

    /// Everybody's name in this house.
    pub(super) fn person(&self) -> String {
        format!("{}person", self.word)
    }

    /// `{name}`, `§` and `¶` in a text become what they stand for here.
    pub(super) fn fill(&self, text: &str) -> String {
        let filled = text.replace('¶', &self.person());
        let mut filled = filled.replace('§', &self.word);
        for name in self.names.keys() {
            let sign = format!("{{{name}}}");
            if filled.contains(&sign) {
                filled = filled.replace(&sign, &self.thing(name).unwrap_or_default());
            }
        }
        filled
    }

    /// The same house, had its things never been.
    pub(super) fn never_built(&self) -> Self {
        Self {
            unknown: true,
            ..self.clone()
        }
    }

    /// Whether an id of this kind is nobody else's business.
    pub(super) fn is_secret(kind: &str) -> bool {
        !REFERENCE.contains(&kind)
    }
}

// An id of nothing; things of other names have others, as they would have if they existed.
fn unknown(kind: &str, name: &str) -> String {
    let mut sum: usize = name
        .bytes()
        .fold(7, |sum, byte| sum * 31 % 1_048_573 + usize::from(byte));
    let mut id = format!("{kind}_{UNKNOWN}");
    for _ in 0..4 {
        id.push(char::from(DIGITS[sum % DIGITS.len()]));
        sum /= DIGITS.len();
    }
    id
}

// The houses by their relation to the county in which everybody who asks holds their roles.
const TREE: &[(&str, &str, &str)] = &[
    ("own", "330203", "330203"),
    ("child", "330203104", "330203"),
    ("parent", "330200", "330200"),
    ("sibling", "330281", "330281"),
    ("cousin", "330106", "330106"),
    ("foreign", "320100", "320100"),
];

impl World {
    pub(super) async fn build(server: &Server) -> Self {
        let organisations = tree(server).await;
        let mut times = fixture::times(server);
        let mut rules = document();
        let province = rule_set(server, &organisations["330000"]).await;
        server.seal().await;
        let sealed = province.get("/v1/checkpoints/latest").await.expect(200)["size"].clone();
        let sealed = sealed
            .as_str()
            .map_or_else(|| sealed.to_string(), str::to_owned);
        times.insert("checkpoint".to_owned(), sealed);
        rules["edition"] = 2.into();
        times.insert("rule_set".to_owned(), rules.to_string());
        let mut hands = BTreeMap::new();
        for root in ["330000", "320000"] {
            hands.insert(root, Hands::of(server, &organisations[root], root).await);
        }
        let (mut houses, mut makers, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for &(relation, code, division) in TREE {
            let hands = &hands[if relation == "foreign" {
                "320000"
            } else {
                "330000"
            }];
            let mut house = House {
                relation,
                below: matches!(relation, "own" | "child"),
                word: format!("zq{relation}qz"),
                names: times.clone(),
                unknown: false,
            };
            house.names.extend(hands.shared.clone());
            let own = [
                ("code", code),
                ("division", division),
                ("org", organisations[code].as_str()),
            ];
            let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
            house.names.extend(own);
            seen.push(fixture::furnish(server, &mut house, hands, "house.txt").await);
            houses.push(house);
            makers.push(hands.maker.clone());
        }
        let actors = people::all(server, &organisations["330203"]).await;
        let owners = owners(&seen);
        Self {
            houses,
            actors,
            owners,
            makers,
            admin: server.admin().await,
        }
    }

    pub(super) fn own(&self) -> &House {
        &self.houses[0]
    }
}

/// A county's house by itself, and those who furnish it.
pub(super) async fn lone(server: &Server) -> (House, Hands) {
    let ground = server.ground().await;
    rule_set(server, &ground.province).await;
    let hands = Hands::of(server, &ground.province, "330000").await;
    let mut house = House {
        relation: "own",
        below: true,
        word: "zqownqz".to_owned(),
        names: fixture::times(server),
        unknown: false,
    };
    house.names.extend(hands.shared.clone());
    let own = [
        ("code", "330203"),
        ("division", "330203"),
        ("org", ground.county.as_str()),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    house.names.extend(own);
    (house, hands)
}

// Gives the society a rule set, and who made it.
async fn rule_set(server: &Server, society: &str) -> Client {
    let steward = server.person(&["data_steward"], society).await;
    let body = json!({ "organisation_id": society, "document": document() });
    steward.post("/v1/rule-sets", body).await.expect(201);
    steward
}

// The ids that came up in one house alone.
fn owners(seen: &[BTreeSet<String>]) -> HashMap<String, usize> {
    let mut owners = HashMap::new();
    for (house, ids) in seen.iter().enumerate() {
        for id in ids {
            let elsewhere = seen
                .iter()
                .enumerate()
                .any(|(other, ids)| other != house && ids.contains(id));
            if !elsewhere {
                owners.insert(id.clone(), house);
            }
        }
    }
    owners
}

async fn tree(server: &Server) -> BTreeMap<&'static str, String> {
    let province = server.root().await;
    let steward = server.person(&["data_steward"], &province).await;
    let mut tree = BTreeMap::from([("330000", province.clone())]);
    let planned = [
        ("330200", "municipal", "330000"),
        ("330100", "municipal", "330000"),
        ("330203", "county", "330200"),
        ("330281", "county", "330200"),
        ("330106", "county", "330100"),
        ("330203104", "township", "330203"),
    ];
    for (code, level, parent) in planned {
        let mut body = json!({
            "code": code, "name": format!("{code}红十字会"), "level": level, "parent_id": tree[parent],
        });
        if level != "township" {
            body["division_code"] = code.into();
        }
        let made = steward.post("/v1/organisations", body).await.expect(201);
        tree.insert(code, id(&made));
    }
    let root = second_tree(server, &steward).await;
    let steward = server.person(&["data_steward"], &root).await;
    let city = organisation(&steward, &root, "municipal", "320100", "南京市红十字会").await;
    tree.extend([("320000", root), ("320100", city)]);
    tree
}

async fn second_tree(server: &Server, reader: &Client) -> String {
    let directory = tempfile::tempdir().expect("there is room");
    let file = directory.path().join("root.csv");
    let rows = "单位名称,级别,单位代码,区划代码\n江苏省红十字会,省级,320000,320000\n";
    std::fs::write(&file, rows).expect("the file can be written");
    let mut import = server.operate("import");
    let output = import
        .arg("organisations")
        .arg(&file)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let found = reader.get("/v1/organisations?q=江苏").await.expect(200);
    let root = id(&found["items"][0]);
    // Its first administrator is that of the province: no door leads to a second set-up.
    let grant = match server.database() {
        Database::Sqlite => "randomblob(16)",
        Database::Postgres => "gen_random_uuid()",
    };
    let grant = format!(
        "INSERT INTO role_grant (id, account_id, api_key_id, role, organisation_id, created_at) \
         SELECT {grant}, g.account_id, NULL, g.role, o.id, g.created_at \
         FROM role_grant g, organisation o \
         WHERE g.role = 'security_admin' AND o.code = '320000'"
    );
    server.execute(&grant).await;
    root
}

impl Hands {
    async fn of(server: &Server, root: &str, code: &str) -> Self {
        let maker = server.person(WORKER, root).await;
        let body = json!({ "code": format!("c{code}"), "name": "被服", "organisation_id": root });
        let category = id(&maker.post("/v1/categories", body).await.expect(201));
        let item = async |name: &str, kind: &str| {
            let body = json!({
                "category_id": category, "organisation_id": root, "name": format!("{name}{code}"),
                "base_unit": "床", "kind": kind,
            });
            id(&maker.post("/v1/items", body).await.expect(201))
        };
        let (item, kit) = (item("棉被", "plain").await, item("家庭箱", "kit").await);
        let contents = json!({ "contents": [{ "item_id": item, "quantity": 1 }] });
        let path = format!("/v1/items/{kit}/kit-versions");
        maker.post(&path, contents).await.expect(201);
        let shared = [("category", category), ("item", item), ("kit_item", kit)];
        Self {
            checker: server.person(WORKER, root).await,
            auditor: server.person(&["auditor"], root).await,
            admin: server.admin().await,
            shared: shared.map(|(name, id)| (name.to_owned(), id)).into(),
            maker,
        }
    }
}
