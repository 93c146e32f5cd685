//! Whether what is short is shared, and goes out as it was shared.
//!
//! **Invariant.** Of needs for one item and of one priority that a plan answers, whichever organisation's
//! site they are for, none misses a tenth more of what was open of it than another (to the unit): so none
//! of the organisations is served from the common pool at the cost of another. What a confirmation
//! orders is that, need by need.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use tests::{Client, Disaster, Relief, client::id};

/// Sites of several organisations, and what was stated for them.
#[derive(Debug, Default)]
pub(super) struct Shares {
    sites: Vec<Site>,
    needs: Mutex<BTreeMap<String, Stated>>,
    /// How often a share of goods that were short, and not gone, was held against another organisation's.
    pub(super) compared: AtomicUsize,
}

#[derive(Debug)]
struct Site {
    id: String,
    incident: String,
    whose: &'static str,
}

/// What of a need never changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Stated {
    item: String,
    priority: i64,
    site: String,
}

fn number(value: &Value) -> i64 {
    value.as_i64().expect("a number")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

// Sums of a member of rows by the need that they name.
fn by_need(rows: &Value, units: impl Fn(&Value) -> i64) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for row in rows.as_array().into_iter().flatten() {
        *sums.entry(text(&row["need_id"])).or_default() += units(row);
    }
    sums
}

// What the server could not take on for the moment is asked again.
async fn read(client: &Client, path: &str) -> Value {
    loop {
        let answer = client.get(path).await;
        if answer.status != 503 {
            return answer.expect(200);
        }
        tokio::time::sleep(super::PAUSE).await;
    }
}

impl Shares {
    /// Gives each disaster a site of the county's beside the one of the city's.
    pub(super) async fn of(relief: &Relief, disasters: &[Disaster]) -> Self {
        let mut sites = Vec::new();
        for disaster in disasters {
            let site = |id: String, whose| Site {
                id,
                incident: disaster.incident.clone(),
                whose,
            };
            sites.push(site(disaster.site.clone(), "city"));
            let body = json!({
                "organisation_id": relief.ground.county, "name": "古林镇", "kind": "settlement",
                "division_code": "330203",
            });
            let path = format!("/v1/incidents/{}/sites", disaster.incident);
            let made = relief.worker.post(&path, body).await.expect(201);
            sites.push(site(id(&made), "county"));
        }
        Self {
            sites,
            ..Self::default()
        }
    }

    async fn stated(&self, client: &Client, need: &str) -> Stated {
        let known = self
            .needs
            .lock()
            .expect("nobody panicked")
            .get(need)
            .cloned();
        if let Some(known) = known {
            return known;
        }
        let shown = read(client, &format!("/v1/needs/{need}")).await;
        let shown = &shown["need"];
        let stated = Stated {
            item: text(&shown["item_id"]),
            priority: number(&shown["priority"]),
            site: text(&shown["site_id"]),
        };
        let mut needs = self.needs.lock().expect("nobody panicked");
        needs.insert(need.to_owned(), stated.clone());
        stated
    }

    /// Looks at the shares of a plan.
    pub(super) async fn check(&self, client: &Client, plan: &Value) {
        let given = by_need(&plan["allocations"], |row| number(&row["quantity"]));
        let missed = by_need(&plan["shortfalls"], |row| number(&row["missing"]));
        // Of those that want the same: what was open, and what of it is missing.
        let mut alike: BTreeMap<_, Vec<(&str, i64, i64)>> = BTreeMap::new();
        let mut needs: Vec<_> = given.keys().chain(missed.keys()).collect();
        needs.sort_unstable();
        needs.dedup();
        for need in needs {
            let stated = self.stated(client, need).await;
            let of = |sums: &BTreeMap<String, i64>| sums.get(need).copied().unwrap_or(0);
            let (given, missing) = (of(&given), of(&missed));
            let mut sites = self.sites.iter();
            let site = sites.find(|site| site.id == stated.site);
            let whose = site.expect("a site of the rig").whose;
            let wants = (stated.item, stated.priority);
            alike
                .entry(wants)
                .or_default()
                .push((whose, given + missing, missing));
        }
        for shares in alike.values() {
            let is_gone = shares.iter().all(|(_, wanted, missing)| wanted == missing);
            for &(whose, wanted, missing) in shares {
                for &(whose_else, wanted_else, missing_else) in shares {
                    let is_fair = 10 * (missing - 1) * wanted_else
                        <= 10 * (missing_else + 1) * wanted + wanted * wanted_else;
                    assert!(
                        is_fair,
                        "NOT SHARED: the {whose} misses {missing} of {wanted}, the {whose_else} \
                         {missing_else} of {wanted_else}: {plan}"
                    );
                    if missing > 0 && !is_gone && whose != whose_else {
                        self.compared.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        }
    }

    /// Looks at whether the orders of a confirmed plan are what it shared out.
    pub(super) async fn check_orders(&self, client: &Client, plan: &Value) {
        let new = |row: &Value| number(&row["quantity"]) - number(&row["kept"]);
        let mut shared = by_need(&plan["allocations"], new);
        shared.retain(|_, units| *units > 0);
        let mut ordered = BTreeMap::new();
        for order in plan["order_ids"].as_array().into_iter().flatten() {
            let order = read(client, &format!("/v1/dispatch-orders/{}", text(order))).await;
            for (need, units) in by_need(&order["lines"], |line| number(&line["quantity"])) {
                *ordered.entry(need).or_default() += units;
            }
        }
        assert_eq!(ordered, shared, "what was shared goes out: {plan}");
    }

    /// The sites of a disaster.
    pub(super) fn sites_of(&self, disaster: &Disaster) -> Vec<String> {
        let sites = self.sites.iter();
        let of = sites.filter(|site| site.incident == disaster.incident);
        of.map(|site| site.id.clone()).collect()
    }
}
