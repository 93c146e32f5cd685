//! Typhoon In-Fa (烟花), July 2021, as its goods went: from the head office and the province to
//! Ningbo, Xiangshan and Keqiao, and from there to each distribution point.
//!
//! **Invariant.** Every step is a request that a person makes, with that person's roles, so the
//! replay can do nothing that the API does not allow; who receives signs with an account of their
//! own organisation. Goods of different owners and values stay apart. Where the published page
//! ends, the replay ends at the receiving depot and says so.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::{Desk, Names, Person},
    society::{self, PROVINCE, PROVINCE_DEPOT, Receiver, depot_of},
    stock::{HEAD_OFFICE_DEPOT, MARK, owner_of},
};

const ALLOTMENTS: &str = include_str!("../../data/demo/infa-2021-allotments.csv");
const DISTRIBUTIONS: &str = include_str!("../../data/demo/infa-2021-distributions.csv");

const INCIDENT: &str = "2021年第6号台风“烟花”";
const NOTE: &str = "演示数据：按浙江省红十字会 2021 年 7 月公告（zjredcross.org.cn/info/1128/11380.htm）重放，\
    日期为推定。公告存留文本在象山县清单处中断：象山县家庭包只有大徐镇、晓塘乡两处明细，毛巾被及柯桥区家庭包\
    没有乡镇明细，这些物资止于县级库。宁波市的三份清单完整。";
// The storm reached land on 25 July. The notice gives the month only, so the days are ours.
const STRUCK_AT: &str = "2021-07-25T04:30:00Z";
const ALLOTTED_AT: &str = "2021-07-24T01:00:00Z";
const ARRIVED_AT: &str = "2021-07-24T09:00:00Z";
const SENT_ON_AT: &str = "2021-07-26T00:30:00Z";
const SIGNED_AT: &str = "2021-07-26T06:00:00Z";

/// Goods that the head office or the province gave to a branch.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Allotment {
    allotment: u32,
    from_level: String,
    receiving_branch: String,
    receiving_division: String,
    pub(super) item: String,
    pub(super) quantity: u64,
    pub(super) unit_value_yuan: String,
}

impl Allotment {
    /// The depot that it leaves.
    pub(super) fn depot(&self) -> &'static str {
        if self.from_level == "national" {
            HEAD_OFFICE_DEPOT
        } else {
            PROVINCE_DEPOT
        }
    }

    /// Whose goods they are and stay.
    pub(super) fn owner(&self) -> &'static str {
        owner_of(&self.from_level)
    }

    /// The batch by which its lot is found.
    pub(super) fn batch(&self) -> String {
        format!("IN-FA-2021-{}", self.allotment)
    }
}

/// What one distribution point got of an allotment.
#[derive(Debug, Clone, Deserialize)]
struct Distribution {
    allotment: u32,
    point: String,
    division_code: String,
    division_precision: String,
    quantity: u64,
}

/// What happened, read from the files.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) allotments: Vec<Allotment>,
    distributions: Vec<Distribution>,
}

impl Story {
    pub(super) fn read() -> anyhow::Result<Self> {
        Ok(Self {
            allotments: society::read(ALLOTMENTS)?,
            distributions: society::read(DISTRIBUTIONS)?,
        })
    }

    /// The goods that were allotted.
    pub(super) fn items(&self) -> impl Iterator<Item = String> {
        self.allotments
            .iter()
            .map(|allotment| allotment.item.clone())
    }

    /// Who receives at each point: the township, or the partner that is named. The notice says
    /// where goods went and not whether a society stands there, so a township is called as it calls
    /// it.
    pub(super) fn receivers(&self) -> BTreeMap<&str, Receiver> {
        let mut receivers = BTreeMap::new();
        let mut partners = 0;
        let by_point: BTreeMap<_, _> = self
            .distributions
            .iter()
            .map(|distribution| (distribution.point.as_str(), distribution))
            .collect();
        for (point, distribution) in by_point {
            let division = &distribution.division_code;
            let (code, level, parent) = match distribution.division_precision.as_str() {
                "township" => (division.clone(), "township", division[..6].to_owned()),
                "county" => {
                    partners += 1;
                    (
                        format!("{division}-{partners}"),
                        "partner",
                        division.clone(),
                    )
                }
                // The base belongs to the branch of the city.
                _ => (division.clone(), "municipal", PROVINCE.to_owned()),
            };
            let receiver = Receiver {
                code,
                name: point.to_owned(),
                level,
                parent,
                division: division.clone(),
            };
            receivers.insert(point, receiver);
        }
        receivers
    }

    /// The codes of the organisations that sign: branches for their depots, and the points.
    pub(super) fn signers(&self) -> BTreeSet<String> {
        let branches = self.allotments.iter();
        let branches = branches.map(|allotment| allotment.receiving_division.clone());
        let points = self.receivers().into_values();
        branches
            .chain(points.map(|receiver| receiver.code))
            .collect()
    }

    /// How many orders there are to replay.
    pub(super) fn orders(&self) -> u64 {
        let points: BTreeSet<_> = self.deliveries().into_keys().collect();
        (self.transfers().len() + points.len()) as u64
    }

    // The allotments by where they leave and where they go: one order each.
    fn transfers(&self) -> BTreeMap<(&str, &str), Vec<&Allotment>> {
        let mut transfers: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for allotment in &self.allotments {
            let way = (allotment.depot(), allotment.receiving_division.as_str());
            transfers.entry(way).or_default().push(allotment);
        }
        transfers
    }

    // What each point gets of which owner: one order each.
    fn deliveries(&self) -> BTreeMap<(&str, &str), Vec<(&Allotment, &Distribution)>> {
        let mut deliveries: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for distribution in &self.distributions {
            let allotment = self
                .allotments
                .iter()
                .find(|allotment| allotment.allotment == distribution.allotment);
            if let Some(allotment) = allotment {
                deliveries
                    .entry((distribution.point.as_str(), allotment.owner()))
                    .or_default()
                    .push((allotment, distribution));
            }
        }
        deliveries
    }

    /// Does it all again; `tell` hears of each order that is done.
    pub(super) async fn replay(
        &self,
        desk: &Desk,
        names: &Names,
        tell: &mut (dyn FnMut() + Send),
    ) -> anyhow::Result<()> {
        let lots = self.lots(desk, names).await?;
        let incident = self.declare(desk, names).await?;
        for ((from, division), allotments) in self.transfers() {
            let to = depot_of(division);
            let lines: Vec<_> = allotments
                .iter()
                .map(|allotment| line(names, &lots, allotment, allotment.quantity))
                .collect::<anyhow::Result<_>>()?;
            let branch = &allotments[0].receiving_branch;
            let order = json!({
                "depot_id": names.depot(from)?, "to_depot_id": names.depot(&to)?,
                "owner_id": names.organisation(allotments[0].owner())?, "lines": lines,
                "note": format!("{MARK}：{INCIDENT}，调拨{branch}"),
            });
            let signature = Signature {
                person: desk.receiver(division)?,
                name: format!("{branch}红十字会（演示）"),
            };
            run(desk, order, [ALLOTTED_AT, ARRIVED_AT], &signature).await?;
            tell();
        }
        let receivers = self.receivers();
        let mut sites = BTreeMap::new();
        for ((point, owner), goods) in self.deliveries() {
            let receiver = &receivers[point];
            if !sites.contains_key(point) {
                let site = site(desk, names, &incident, receiver).await?;
                sites.insert(point, site);
            }
            let depot = depot_of(&goods[0].0.receiving_division);
            let lines: Vec<_> = goods
                .iter()
                .map(|(allotment, got)| line(names, &lots, allotment, got.quantity))
                .collect::<anyhow::Result<_>>()?;
            let order = json!({
                "depot_id": names.depot(&depot)?, "site_id": sites[point],
                "owner_id": names.organisation(owner)?, "lines": lines,
                "note": format!("{MARK}：{INCIDENT}，发放{point}"),
            });
            let signature = Signature {
                person: desk.receiver(&receiver.code)?,
                name: format!("{point}（演示）"),
            };
            run(desk, order, [SENT_ON_AT, SIGNED_AT], &signature).await?;
            tell();
        }
        Ok(())
    }

    // The lots that the opening stock made for the allotments.
    async fn lots(&self, desk: &Desk, names: &Names) -> anyhow::Result<BTreeMap<u32, String>> {
        let mut lots = BTreeMap::new();
        for allotment in &self.allotments {
            let path = format!(
                "/v1/lots?item_id={}&batch={}",
                names.item(&allotment.item)?,
                allotment.batch()
            );
            let found = desk.keeper.get(&path).await?;
            let lot = text(&found["items"][0], "id").context("the lot of an allotment")?;
            lots.insert(allotment.allotment, lot);
        }
        Ok(lots)
    }

    async fn declare(&self, desk: &Desk, names: &Names) -> anyhow::Result<String> {
        let divisions: BTreeSet<_> = self
            .allotments
            .iter()
            .map(|allotment| allotment.receiving_division.as_str())
            .collect();
        let area: Vec<_> = divisions
            .into_iter()
            .map(|code| json!({ "kind": "division", "code": code }))
            .collect();
        let incident = json!({
            "organisation_id": names.organisation(PROVINCE)?, "name": INCIDENT,
            "hazard": "typhoon", "occurred_at": STRUCK_AT, "affected_area": area, "note": NOTE,
        });
        let made = desk.dispatcher.post("/v1/incidents", incident).await?;
        text(&made, "id")
    }
}

/// Who signs, and how the paper calls them.
struct Signature<'a> {
    person: &'a Person,
    name: String,
}

async fn site(
    desk: &Desk,
    names: &Names,
    incident: &str,
    receiver: &Receiver,
) -> anyhow::Result<String> {
    // No centre of a township is known: the server places the site by its county's, and says so.
    let site = json!({
        "organisation_id": names.organisation(&receiver.code)?, "name": receiver.name,
        "kind": "distribution_point", "division_code": receiver.division,
    });
    let path = format!("/v1/incidents/{incident}/sites");
    text(&desk.dispatcher.post(&path, site).await?, "id")
}

fn line(
    names: &Names,
    lots: &BTreeMap<u32, String>,
    allotment: &Allotment,
    quantity: u64,
) -> anyhow::Result<Value> {
    Ok(json!({
        "item_id": names.item(&allotment.item)?,
        "lot_id": lots.get(&allotment.allotment), "quantity": quantity,
    }))
}

// An order from its draft to its closing: asked for, approved by the owner, sent and signed for.
async fn run(
    desk: &Desk,
    order: Value,
    times: [&str; 2],
    signature: &Signature<'_>,
) -> anyhow::Result<()> {
    let made = desk.dispatcher.post("/v1/dispatch-orders", order).await?;
    let path = format!("/v1/dispatch-orders/{}", text(&made, "id")?);
    desk.dispatcher.act(&format!("{path}/submit")).await?;
    desk.approver.act(&format!("{path}/approve")).await?;
    desk.keeper.act(&format!("{path}/start-picking")).await?;
    let [sent_at, signed_at] = times;
    let load = json!({ "occurred_at": sent_at, "last": true });
    let shipment = desk.keeper.post(&format!("{path}/shipments"), load).await?;
    let lines: Vec<_> = shipment["lines"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|line| json!({ "lot_id": line["lot_id"], "received": line["sent"] }))
        .collect();
    let signed = json!({
        "given_by": "保管员（演示）", "received_by": signature.name,
        "occurred_at": signed_at, "lines": lines,
    });
    let signing = format!("/v1/shipments/{}/hand-overs", text(&shipment, "id")?);
    signature.person.post(&signing, signed).await?;
    desk.dispatcher.act(&format!("{path}/close")).await?;
    Ok(())
}

fn text(value: &Value, member: &str) -> anyhow::Result<String> {
    let text = value[member].as_str();
    Ok(text
        .with_context(|| format!("no {member} in {value}"))?
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_lists_add_up_to_their_allotments() {
        let story = Story::read().unwrap();
        let given = |number: u32| -> u64 {
            let lines = story.distributions.iter();
            lines
                .filter(|line| line.allotment == number)
                .map(|line| line.quantity)
                .sum()
        };
        for allotment in &story.allotments {
            let got = given(allotment.allotment);
            let is_complete = allotment.receiving_branch == "宁波市";
            assert_eq!(got == allotment.quantity, is_complete, "{allotment:?}");
            assert!(got <= allotment.quantity);
        }
    }
}
