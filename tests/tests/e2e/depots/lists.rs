//! Finding depots by what they are and where they stand.

use serde_json::json;
use tests::{client::tampered, on_both};

use super::{codes, depot};

on_both!(depots_are_listed_by_what_they_are, async |server| {
    let ground = server.ground().await;
    let at =
        |longitude: f64, latitude: f64| json!({ "longitude": longitude, "latitude": latitude });
    let haishu = json!({ "division_code": "330203", "place": at(121.55, 29.87) });
    depot(&ground, &ground.county, "C-1", haishu).await;
    let yuyao = json!({
        "division_code": "330281", "place": at(121.15, 30.04), "operation": "storage_point",
    });
    depot(&ground, &ground.other_county, "C-2", yuyao).await;
    let ningbo = json!({ "division_code": "330200", "level": "municipal", "name": "宁波库" });
    depot(&ground, &ground.city, "M-1", ningbo).await;
    let hangzhou = json!({
        "division_code": "330100", "level": "provincial", "place": at(120.16, 30.27),
    });
    depot(&ground, &ground.province, "P_1", hangzhou).await;

    let check = async |filter: &[(&str, &str)], expected: &[&str]| {
        let mut call = ground.steward.get("/v1/depots");
        for (name, value) in filter {
            call = call.query(name, value);
        }
        assert_eq!(codes(&call.await.expect(200)), expected, "{filter:?}");
    };
    check(&[], &["C-1", "C-2", "M-1", "P_1"]).await;
    check(&[("q", "c-")], &["C-1", "C-2"]).await;
    check(&[("q", "_")], &[]).await;
    check(&[("q", "宁波")], &["M-1"]).await;
    check(&[("organisation_id", &ground.city)], &["C-1", "C-2", "M-1"]).await;
    check(
        &[("division_code", "330000")],
        &["C-1", "C-2", "M-1", "P_1"],
    )
    .await;
    check(&[("division_code", "330200")], &["C-1", "C-2", "M-1"]).await;
    check(&[("division_code", "330281000000")], &["C-2"]).await;
    check(&[("level", "provincial")], &["P_1"]).await;
    check(&[("operation", "storage_point")], &["C-2"]).await;
    check(&[("state", "paused")], &[]).await;

    let near = [("longitude", "121.2"), ("latitude", "30.0")];
    let within = |km: &'static str| [near[0], near[1], ("radius_km", km)];
    check(&within("20"), &["C-2"]).await;
    check(&within("50"), &["C-2", "C-1"]).await;
    check(&within("200"), &["C-2", "C-1", "P_1"]).await;
    let mut nearest = within("200").to_vec();
    nearest.push(("organisation_id", &ground.city));
    check(&nearest, &["C-2", "C-1"]).await;
    let (malformed, nonsense) = ((400, "invalid-parameter"), (422, "invalid-query"));
    for (filter, (status, code), faults) in [
        (&near[..], nonsense, vec!["radius_km"]),
        (
            &[("longitude", "30"), ("latitude", "121"), ("radius_km", "1")][..],
            nonsense,
            vec!["latitude"],
        ),
        (
            &[("longitude", "NaN"), ("latitude", "1"), ("radius_km", "1")][..],
            malformed,
            vec!["longitude"],
        ),
        (
            &[("division_code", "003300")][..],
            nonsense,
            vec!["division_code"],
        ),
    ] {
        let mut call = ground.steward.get("/v1/depots");
        for (name, value) in filter {
            call = call.query(name, value);
        }
        let refused = call.await;
        refused.refused(status, code);
        let found: Vec<_> = refused.faults().into_iter().map(|(at, _)| at).collect();
        assert_eq!(found, faults);
    }
});

on_both!(
    pages_of_what_is_near_neither_miss_nor_repeat,
    async |server| {
        let ground = server.ground().await;
        for number in 0..7 {
            // Two and two are equally far.
            let longitude = 121.0 + f64::from(number / 2) * 0.1;
            let place = json!({ "longitude": longitude, "latitude": 30.0 });
            let code = format!("N-{number}");
            depot(&ground, &ground.county, &code, json!({ "place": place })).await;
        }
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut call = ground
                .steward
                .get("/v1/depots?longitude=121&latitude=30&radius_km=100&limit=3");
            if let Some(cursor) = &cursor {
                let refused = call.clone().query("cursor", tampered(cursor)).await;
                refused.refused(400, "invalid-parameter");
                call = call.query("cursor", cursor);
            }
            let page = call.await.expect(200);
            for item in page["items"].as_array().unwrap() {
                seen.push((
                    item["distance_km"].as_f64().unwrap(),
                    item["code"].as_str().unwrap().to_owned(),
                ));
            }
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert!(seen.is_sorted_by(|one, next| one.0 <= next.0), "{seen:?}");
        let mut codes: Vec<_> = seen.into_iter().map(|(_, code)| code).collect();
        codes.sort_unstable();
        assert_eq!(codes, (0..7).map(|n| format!("N-{n}")).collect::<Vec<_>>());
    }
);
