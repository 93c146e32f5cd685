//! Depots near to where goods are wanted.

use serde_json::json;
use tests::{client::tampered, on_both};

use super::{Stocked, create};

on_both!(the_nearest_depots_come_first, async |server| {
    let stocked = Stocked::new(server).await;
    let [city, county, other] = &stocked.depots;
    let order = async |query: &[(&str, &str)]| -> Vec<(String, f64)> {
        let query = [&[("item_id", stocked.items[0].as_str())], query].concat();
        let rows = stocked.list("depots", &query).await;
        rows.iter()
            .map(|row| {
                let depot = row["depot_id"].as_str().unwrap().to_owned();
                (depot, row["distance_km"].as_f64().unwrap())
            })
            .collect()
    };
    let names = |found: &[(String, f64)]| -> Vec<String> {
        found.iter().map(|(depot, _)| depot.clone()).collect()
    };
    let at_county = [("longitude", "121.54"), ("latitude", "29.86")];
    let found = order(&at_county).await;
    assert_eq!(names(&found), [county.as_str(), city, other]);
    assert!(
        found[0].1 < 0.001 && (1.0..2.0).contains(&found[1].1),
        "{found:?}"
    );
    assert!((40.0..45.0).contains(&found[2].1), "{found:?}");
    let within = [at_county.as_slice(), &[("radius_km", "1.5")]].concat();
    assert_eq!(names(&order(&within).await), [county.as_str(), city]);
    let nowhere = [("longitude", "0"), ("latitude", "0"), ("radius_km", "10")];
    assert!(order(&nowhere).await.is_empty());
    assert!(stocked.list("items", &nowhere).await.is_empty());

    // An incident that names a division: a depot inside is at no distance.
    let incident = json!({
        "organisation_id": stocked.ground.city, "name": "台风", "hazard": "typhoon",
        "occurred_at": "2026-01-01T00:00:00Z",
        "affected_area": [
            { "kind": "division", "code": "330281" },
            { "kind": "circle", "longitude": 121.55, "latitude": 29.87, "radius_km": 0.5 },
            { "kind": "polygon", "geometry": { "type": "Polygon", "coordinates":
                [[[121.0, 29.0], [121.1, 29.0], [121.1, 29.1], [121.0, 29.0]]] } },
        ],
    });
    let incident = create(&stocked.worker, "/v1/incidents", incident).await;
    let found = order(&[("incident_id", &incident)]).await;
    assert_eq!(found[2].0, *county);
    assert!(
        found[0].1 < 0.001 && found[1].1 < 0.001 && found[2].1 > 0.5,
        "{found:?}"
    );
    let within = [("incident_id", incident.as_str()), ("radius_km", "0.1")];
    let mut inside = names(&order(&within).await);
    inside.sort_unstable();
    let mut expected = [city.clone(), other.clone()];
    expected.sort_unstable();
    assert_eq!(inside, expected);

    let site = json!({
        "organisation_id": stocked.ground.other_county, "name": "余姚中学", "kind": "settlement",
        "longitude": 121.16, "latitude": 30.05,
    });
    let sites = format!("/v1/incidents/{incident}/sites");
    let site = create(&stocked.worker, &sites, site).await;
    let found = order(&[("site_id", &site)]).await;
    assert_eq!(found[0].0, *other);

    // A page of one row each is the same list.
    let mut walked = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut call = stocked.worker.get("/v1/virtual-warehouse/lots");
        call = call.query("longitude", "121.54").query("latitude", "29.86");
        if let Some(cursor) = &cursor {
            let refused = call.clone().query("cursor", tampered(cursor)).await;
            refused.refused(400, "invalid-parameter");
            call = call.query("cursor", cursor);
        }
        let page = call.query("limit", 1).await.expect(200);
        walked.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(walked, stocked.list("lots", &at_county).await);
});

on_both!(
    a_question_that_makes_no_sense_is_refused_by_name,
    async |server| {
        let ground = server.ground().await;
        let worker = server.person(&["keeper"], &ground.county).await;
        let unknown = "incident_00000000000000000000000000";
        for (query, fault) in [
            ("longitude=120", ("latitude", "required")),
            ("latitude=30", ("longitude", "required")),
            ("radius_km=5", ("radius_km", "not-applicable")),
            ("longitude=121&latitude=91", ("latitude", "out-of-range")),
            ("longitude=30&latitude=120", ("latitude", "swapped")),
            ("as_of=2999-01-01T00:00:00Z", ("as_of", "out-of-range")),
            ("division=000000", ("division", "format")),
            ("purpose_division=000000", ("purpose_division", "format")),
            (
                &format!("incident_id={unknown}"),
                ("incident_id", "reference"),
            ),
            (
                "site_id=site_00000000000000000000000000",
                ("site_id", "reference"),
            ),
            (
                &format!("longitude=120&latitude=30&incident_id={unknown}"),
                ("incident_id", "not-applicable"),
            ),
        ] {
            for list in ["items", "depots", "lots"] {
                let answer = worker
                    .get(&format!("/v1/virtual-warehouse/{list}?{query}"))
                    .await;
                answer.refused(422, "invalid-query");
                let (name, code) = fault;
                assert_eq!(
                    answer.faults(),
                    [(name.to_owned(), code.to_owned())],
                    "{query}"
                );
            }
        }
        for (query, name, code) in [
            ("level=galactic", "level", "choice"),
            ("usable_until=2027-02-30", "usable_until", "format"),
        ] {
            let answer = worker
                .get(&format!("/v1/virtual-warehouse/items?{query}"))
                .await;
            answer.refused(400, "invalid-parameter");
            assert_eq!(answer.faults(), [(name.to_owned(), code.to_owned())]);
        }
    }
);
