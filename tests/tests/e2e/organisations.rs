//! Organisations and divisions: found by what is known of them, until they end.

use chrono::{Datelike, TimeDelta};
use serde_json::{Value, json};
use tests::{client::id, files::made, on_both};

on_both!(an_organisation_is_found_by_name_or_code, async |server| {
    let ground = server.ground().await;
    let body = json!({
        "code": "State-674", "name": "100%_援助", "level": "partner", "parent_id": ground.province,
    });
    let partner = ground.steward.post("/v1/organisations", body).await;
    let partner = id(&partner.expect(201));
    let found = async |q: &str| -> Vec<String> {
        let page = ground.steward.get("/v1/organisations").query("q", q).await;
        let page = page.expect(200);
        page["items"].as_array().unwrap().iter().map(id).collect()
    };
    for q in ["state-674", "STATE-6", "100", "援助"] {
        assert_eq!(found(q).await, [partner.as_str()], "{q}");
    }
    assert_eq!(found("33028").await, [ground.other_county.as_str()]);
    assert_eq!(found("海曙").await, [ground.county.as_str()]);
    // Nothing stands for anything but itself.
    for q in ["%", "_", "6%4", "tate-6", "33_203"] {
        assert!(found(q).await.is_empty(), "{q}");
    }
    let named = async |name: &str| {
        let page = ground
            .steward
            .get("/v1/divisions")
            .query("name", name)
            .await;
        page.expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(named("海曙").await, 1);
    assert_eq!(named("%").await, 0);
    // A division is listed until its last day, abolished ones when they are asked for.
    let prefix = async |abolished: bool| {
        let page = ground
            .steward
            .get("/v1/divisions")
            .query("prefix", "330204");
        let page = page.query("abolished", abolished).await;
        page.expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!((prefix(false).await, prefix(true).await), (0, 1));
});

on_both!(a_division_stays_until_its_last_day, async |server| {
    let ground = server.ground().await;
    let now = server.clock.now();
    // China's day may be the next one already.
    let day = |days: i64| (now + TimeDelta::days(days)).format("%F").to_string();
    let mut file = "区划代码,名称,撤销\n".to_owned();
    for (code, last) in [
        ("330291", day(-2)),
        ("330292", day(2)),
        ("330293", (now.year() - 1).to_string()),
        ("330294", (now + TimeDelta::hours(8)).year().to_string()),
        ("330295", String::new()),
    ] {
        file.push_str(&format!("{code},试验区,{last}\n"));
    }
    let report = ground.steward.import("divisions", "d.csv", file).await;
    assert_eq!(made(&report, "divisions"), 5, "{report}");
    let listed = async |abolished: bool| -> Vec<Value> {
        let page = ground.steward.get("/v1/divisions").query("name", "试验区");
        let page = page.query("abolished", abolished).await.expect(200);
        let items = page["items"].as_array().unwrap();
        items.iter().map(|item| item["code"].clone()).collect()
    };
    assert_eq!(listed(false).await, ["330292", "330294", "330295"]);
    assert_eq!(listed(true).await.len(), 5);
    for (code, exists) in [
        ("330291", false),
        ("330292", true),
        ("330293", false),
        ("330294", true),
        ("330295", true),
    ] {
        let body = json!({
            "code": code, "name": code, "level": "county", "parent_id": ground.city,
            "division_code": code,
        });
        let answer = ground.steward.post("/v1/organisations", body).await;
        if exists {
            answer.expect(201);
        } else {
            let abolished = ("/division_code".to_owned(), "abolished".to_owned());
            assert_eq!(answer.faults(), [abolished], "{code}");
        }
    }
});
