//! Suppliers of the demonstration and what they promise.
//!
//! **Invariant.** No source publishes agreements of the society, so that all of them are invented and
//! say that they are demonstration data. They stand beside the stock of depots and change none of its
//! published figures.

use serde_json::{Value, json};

use super::{
    desk::{Desk, Names},
    society::PROVINCE,
    stock::MARK,
};

/// A supplier, where it is, and of each item how much within how many hours at what price.
struct Supplier {
    code: &'static str,
    name: &'static str,
    number: &'static str,
    division: &'static str,
    last_day: &'static str,
    promises: &'static [(&'static str, i64, i64, &'static str)],
}

const SUPPLIERS: &[Supplier] = &[
    Supplier {
        code: "demo-supplier-1",
        name: "杭州某连锁超市",
        number: "XY-DEMO-1",
        division: "330100",
        last_day: "2098-12-31",
        promises: &[
            ("towel", 8_000, 6, "9.90"),
            ("soap-bar", 12_000, 6, "3.50"),
            ("torch", 3_000, 12, "18.00"),
        ],
    },
    Supplier {
        code: "demo-supplier-2",
        name: "台州某塑料制品厂",
        number: "XY-DEMO-2",
        division: "331000",
        // Long over: a newcomer sees that it promises nothing.
        last_day: "2020-12-31",
        promises: &[
            ("washbasin", 5_000, 24, "12.00"),
            ("slippers", 6_000, 24, "8.80"),
        ],
    },
];

/// Enters the suppliers and their agreements through the API.
pub(super) async fn make(desk: &Desk, names: &Names) -> anyhow::Result<()> {
    let province = names.organisation(PROVINCE)?;
    for supplier in SUPPLIERS {
        let body = json!({
            "code": supplier.code, "name": format!("{}（{MARK}）", supplier.name),
            "level": "partner", "parent_id": province,
        });
        let made = desk.steward.post("/v1/organisations", body).await?;
        let lines: Vec<Value> = supplier
            .promises
            .iter()
            .map(|(item, quantity, hours, price)| {
                Ok(json!({
                    "item_id": names.item(item)?, "quantity": quantity, "response_h": hours,
                    "price": price,
                }))
            })
            .collect::<anyhow::Result<_>>()?;
        let body = json!({
            "organisation_id": province, "supplier_id": made["id"], "number": supplier.number,
            "first_day": "2020-01-01", "last_day": supplier.last_day,
            "division_code": supplier.division, "note": MARK, "lines": lines,
        });
        desk.steward.post("/v1/agreements", body).await?;
    }
    Ok(())
}
