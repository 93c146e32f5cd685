//! What lies in the depots of the demonstration.
//!
//! **Invariant.** Made from one seed, so it is the same everywhere; every lot says that it is
//! demonstration data. Only the goods of Typhoon In-Fa carry published figures.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use domain::depots::StockLevels;
use serde::Deserialize;

use super::{
    infa::Allotment,
    random::SplitMix64,
    society::{Depot, File, HEAD_OFFICE, PROVINCE, PROVINCE_DEPOT, read},
};

pub(super) const CATALOGUE: &str = include_str!("../../data/demo/catalogue.csv");
/// What the columns of that file are called in an import of items.
pub(super) const CATALOGUE_MAPPING: &str = r#"{
    "columns": { "category_code": "category", "category_zh": "category_name",
                 "category_en": "category_name_en", "name_zh": "name", "pack_unit": "pack",
                 "source": null, "size_origin": null } }"#;
const LEVELS: &str = include_str!("../../data/demo/stock-levels.csv");

const SEED: u64 = 20_210_725;
/// What says that something is demonstration data.
pub(super) const MARK: &str = "演示数据";
/// The depot from which the head office allots.
pub(super) const HEAD_OFFICE_DEPOT: &str = "rc-hangzhou";

#[derive(Debug, Deserialize)]
struct Item {
    code: String,
    category_code: String,
}

/// The levels of a depot's stock: an example from one branch's published list.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Level {
    pub(super) item: String,
    min_quantity: i64,
    max_quantity: i64,
}

impl Level {
    /// The list names the lowest and the highest stock; a plan leaves the lowest untouched.
    pub(super) fn levels(&self) -> anyhow::Result<StockLevels> {
        let (lowest, highest) = (self.min_quantity, self.max_quantity);
        Ok(StockLevels::new(lowest, Some(lowest), Some(highest))?)
    }
}

/// The levels of the province's depot.
pub(super) fn levels() -> anyhow::Result<Vec<Level>> {
    read(LEVELS)
}

struct Row<'a> {
    depot: &'a str,
    item: &'a str,
    quantity: u64,
    owner: &'a str,
    batch: String,
    produced_on: Option<NaiveDate>,
    expires_on: Option<NaiveDate>,
    received_on: NaiveDate,
    unit_value: String,
    remark: String,
}

/// The opening stock as a file that the ordinary import reads.
pub(super) fn opening_stock(depots: &[Depot], allotments: &[Allotment]) -> anyhow::Result<String> {
    let items: Vec<Item> = read(CATALOGUE)?;
    let levels: BTreeMap<_, _> = levels()?
        .into_iter()
        .map(|level| (level.item.clone(), level))
        .collect();
    let mut random = SplitMix64::new(SEED);
    let mut file = File::new(&[
        "depot",
        "item",
        "quantity",
        "owner",
        "batch",
        "produced_on",
        "expires_on",
        "received_on",
        "unit_value",
        "remark",
    ])?;
    for depot in depots {
        let received_on = day(2021, 1, 4, random.between(0, 150));
        for item in &items {
            if let Some(mut row) = general(&mut random, depot, item, received_on) {
                if depot.code == PROVINCE_DEPOT
                    && let Some(level) = levels.get(&item.code)
                {
                    row.quantity = u64::try_from(level.max_quantity)?;
                }
                write(&mut file, &row)?;
            }
        }
        if let Some(row) = entrusted(depot, received_on) {
            write(&mut file, &row)?;
        }
        for allotment in allotments
            .iter()
            .filter(|allotment| allotment.depot() == depot.code)
        {
            write(&mut file, &allotted(allotment, received_on))?;
        }
    }
    file.text()
}

// How much of what lies in a depot of each level, per cent of the items it has, and how many times
// a county's quantity.
fn scale(level: &str) -> (u64, u64) {
    match level {
        "national" => (90, 30),
        "provincial" => (95, 15),
        "municipal" => (80, 5),
        _ => (60, 1),
    }
}

// From how many to how many base units a county keeps.
fn county_range(category: &str) -> (u64, u64) {
    match category {
        "kits" => (10, 60),
        "shelter" => (5, 40),
        "bedding" | "clothing" | "household" => (20, 100),
        "food-water" => (10, 60),
        "health" => (200, 1_000),
        "rescue" => (5, 50),
        _ => (1, 3),
    }
}

fn general<'a>(
    random: &mut SplitMix64,
    depot: &'a Depot,
    item: &'a Item,
    received_on: NaiveDate,
) -> Option<Row<'a>> {
    let (chance, times) = scale(&depot.level);
    let (low, high) = county_range(&item.category_code);
    let is_kept = random.percent(chance);
    let quantity = random.between(low, high) * times;
    let age = Days::new(random.between(20, 400));
    let life = random.between(2, 12);
    let batch = random.between(1, 999);
    if !is_kept {
        return None;
    }
    // Only food and medical goods carry days: some have passed by now, as in any depot.
    let is_dated = matches!(item.category_code.as_str(), "food-water" | "health");
    let produced_on = received_on.checked_sub_days(age).filter(|_| is_dated);
    let expires_on = produced_on.and_then(|made| made.checked_add_days(Days::new(life * 365)));
    Some(Row {
        depot: &depot.code,
        item: &item.code,
        quantity,
        owner: "",
        batch: format!("DEMO-{batch:03}"),
        produced_on,
        expires_on,
        received_on,
        unit_value: String::new(),
        remark: MARK.to_owned(),
    })
}

// Family packs that two depots are reported to have kept for other societies; the figures are ours.
fn entrusted(depot: &Depot, received_on: NaiveDate) -> Option<Row<'_>> {
    let owner = match depot.code.as_str() {
        "rc-chengdu" => "810000",
        "rc-central" => "macao",
        _ => return None,
    };
    Some(Row {
        depot: &depot.code,
        item: "family-pack",
        quantity: 1_000,
        owner,
        batch: "DEMO-ENTRUSTED".to_owned(),
        produced_on: None,
        expires_on: None,
        received_on,
        unit_value: String::new(),
        remark: format!("{MARK}：代储，数量为虚拟"),
    })
}

fn allotted(allotment: &Allotment, received_on: NaiveDate) -> Row<'_> {
    Row {
        depot: allotment.depot(),
        item: &allotment.item,
        quantity: allotment.quantity,
        owner: allotment.owner(),
        batch: allotment.batch(),
        produced_on: None,
        expires_on: None,
        received_on,
        unit_value: allotment.unit_value_yuan.clone(),
        remark: format!("{MARK}：数量与单价见浙江省红十字会 2021 年 7 月台风“烟花”公告"),
    }
}

fn write(file: &mut File, row: &Row<'_>) -> anyhow::Result<()> {
    let date = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
    file.row(&[
        row.depot,
        row.item,
        &row.quantity.to_string(),
        row.owner,
        &row.batch,
        &date(row.produced_on),
        &date(row.expires_on),
        &date(Some(row.received_on)),
        &row.unit_value,
        &row.remark,
    ])
}

// The day so many days after the one that is named.
fn day(year: i32, month: u32, day: u32, later: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day)
        .and_then(|day| day.checked_add_days(Days::new(later)))
        .unwrap_or_default()
}

/// Whose goods an allotment is made from.
pub(super) fn owner_of(level: &str) -> &'static str {
    if level == "national" {
        HEAD_OFFICE
    } else {
        PROVINCE
    }
}
