//! Incidents, their sites and their needs, and the ways to them.

mod area;
mod refusals;

use serde_json::{Value, json};
use tests::{Disaster, Relief, client::id, on_both};

fn incident_path(disaster: &Disaster) -> String {
    format!("/v1/incidents/{}", disaster.incident)
}

on_both!(
    an_incident_is_shown_changed_and_found_again,
    async |server| {
        let relief = server.relief().await;
        let worker = &relief.worker;
        let disaster = relief.disaster().await;
        let path = incident_path(&disaster);
        let shown = worker.get(&path).await;
        let declared = shown.expect(200);
        assert_eq!(declared["hazard"], "typhoon");
        assert_eq!(
            declared["area"],
            json!({ "divisions": 1, "polygons": 0, "circles": 0 })
        );
        assert_eq!(declared["event_grade"], Value::Null);

        let change = json!({
            "name": "台风 烟花", "event_grade": "2", "warning_colour": "red", "response_level": "III",
            "hazard_code": "010301", "note": "登陆\n舟山", "occurred_at": "2021-07-25T12:30:00+08:00",
            "affected_area": [
                { "kind": "division", "code": "330203" }, { "kind": "division", "code": "330281000000" },
            ],
        });
        let without = worker.patch(&path, "\"v1\"", change.clone());
        without
            .without("if-match")
            .await
            .refused(428, "precondition-required");
        let changed = worker.patch(&path, &shown.etag(), change.clone()).await;
        let view = changed.expect(200);
        assert_eq!(changed.etag(), "\"v2\"");
        assert_eq!(view["warning_colour"], "red");
        assert_eq!(view["occurred_at"], "2021-07-25T04:30:00Z");
        assert_eq!(view["area"]["divisions"], 2);
        let stale = worker.patch(&path, &shown.etag(), change).await;
        assert_eq!(
            stale.refused(412, "precondition-failed")["current_version"],
            2
        );
        let cleared = json!({ "event_grade": null, "note": null });
        let cleared = worker.patch(&path, "\"v2\"", cleared).await.expect(200);
        assert_eq!(cleared["note"], Value::Null);
        assert_eq!(cleared["warning_colour"], "red");
        assert_eq!(worker.get(&path).await.expect(200), cleared);

        let count = async |query: &str| -> usize {
            let list = worker.get(&format!("/v1/incidents?{query}")).await;
            list.expect(200)["items"].as_array().unwrap().len()
        };
        assert_eq!(count("").await, 1);
        assert_eq!(count("q=%E7%83%9F%E8%8A%B1").await, 1);
        // Nothing stands for anything but itself.
        assert_eq!(count("q=%25").await, 0);
        assert_eq!(count("hazard=flood").await, 0);
        assert_eq!(count("state=closed").await, 0);
        let keeper = server.person(&["keeper"], &relief.ground.province).await;
        let refused = keeper
            .patch(&path, "\"v3\"", json!({ "name": "x" }))
            .await
            .refused(403, "forbidden");
        assert_eq!(refused["capability"], "declare_incident");
        let stranger = server.person(&["dispatcher"], &relief.ground.county).await;
        let unseen = stranger
            .patch(&path, "\"v3\"", json!({ "name": "x" }))
            .await;
        unseen.refused(404, "not-found");
    }
);

on_both!(
    a_closed_incident_is_worked_on_once_it_was_reopened,
    async |server| {
        let relief = server.relief().await;
        let worker = &relief.worker;
        let disaster = relief.disaster().await;
        let path = incident_path(&disaster);
        let open = worker.act(&format!("{path}/reopen")).await;
        assert_eq!(open.refused(409, "wrong-state")["state"], "open");
        let closed = worker.act(&format!("{path}/close")).await.expect(200);
        assert_eq!(closed["state"], "closed");
        let site = json!({
            "organisation_id": relief.ground.city, "name": "x", "kind": "hospital",
        });
        let site_path = format!("/v1/sites/{}", disaster.site);
        let need = json!({ "lines": [
            { "site_id": disaster.site, "item_id": relief.item, "quantity": 1 },
        ] });
        for refused in [
            worker.patch(
                &path,
                &format!("\"v{}\"", closed["version"]),
                json!({ "name": "x" }),
            ),
            worker.post(&format!("{path}/sites"), site),
            worker.patch(&site_path, "\"v1\"", json!({ "name": "x" })),
            worker.post(&format!("{path}/needs"), need.clone()),
            worker.act(&format!("{path}/close")),
        ] {
            let refused = refused.await;
            assert_eq!(refused.refused(409, "wrong-state")["state"], "closed");
        }
        let again = worker.act(&format!("{path}/reopen")).await.expect(200);
        assert_eq!(again["state"], "open");
        let stated = worker.post(&format!("{path}/needs"), need).await;
        stated.expect(201);
    }
);

on_both!(
    a_site_lies_where_it_is_said_or_in_the_middle_of_its_division,
    async |server| {
        let relief = server.relief().await;
        let worker = &relief.worker;
        let disaster = relief.disaster().await;
        let sites = format!("{}/sites", incident_path(&disaster));
        // No township has a centre of its own, so that the county's stands for it.
        let body = json!({
            "organisation_id": relief.ground.county, "name": "月湖街道", "kind": "settlement",
            "division_code": "330203004", "people": 300, "households": 100,
            "contacts": [{ "name": "王", "phone": "0574-8888" }],
        });
        let made = worker.post(&sites, body).await;
        let site = made.expect(201);
        assert_eq!(site["place_origin"], "division");
        let centre = (json!(121.347_78), json!(29.827_67));
        let place = |site: &Value| (site["longitude"].clone(), site["latitude"].clone());
        assert_eq!(place(&site), centre);
        let path = format!("/v1/sites/{}", id(&site));
        let shown = worker.get(&path).await;
        assert_eq!(shown.expect(200), site);
        assert_eq!(made.header("location"), path);

        let moved = json!({ "division_code": "330281", "name": "余姚" });
        let moved = worker.patch(&path, &shown.etag(), moved).await.expect(200);
        assert_eq!(place(&moved), (json!(121.126_75), json!(30.014_81)));
        let given = json!({ "longitude": 121.5, "latitude": 29.9, "people": null });
        let given = worker.patch(&path, "\"v2\"", given).await.expect(200);
        assert_eq!(place(&given), (json!(121.5), json!(29.9)));
        assert_eq!(given["place_origin"], "given");
        assert_eq!(given["people"], Value::Null);
        assert_eq!(given["households"], 100);
        // A place that was given stays when the division changes.
        let stays = json!({ "division_code": "330203" });
        let stays = worker.patch(&path, "\"v3\"", stays).await.expect(200);
        assert_eq!(place(&stays), (json!(121.5), json!(29.9)));
        let stale = worker.patch(&path, "\"v3\"", json!({ "name": "x" })).await;
        stale.refused(412, "precondition-failed");
        let shifted = json!({ "longitude": 121.5, "latitude": 29.9, "crs": "gcj02" });
        let shifted = worker.patch(&path, "\"v4\"", shifted).await.expect(200);
        assert_ne!(place(&shifted), (json!(121.5), json!(29.9)));

        let list = worker.get(&format!("{sites}?kind=settlement")).await;
        let list = list.expect(200);
        assert_eq!(list["items"], json!([shifted]));
        let again = json!({
            "organisation_id": relief.ground.city, "name": "余姚", "kind": "hospital",
        });
        let taken = worker.post(&sites, again).await;
        taken.refused(409, "already-exists");
    }
);

async fn needs(relief: &Relief, disaster: &Disaster, query: &str) -> Vec<Value> {
    let path = format!("{}/needs?{query}", incident_path(disaster));
    let page = relief.worker.get(&path).await.expect(200);
    page["items"].as_array().expect("a page has items").clone()
}

on_both!(needs_are_stated_computed_and_taken_back, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let disaster = relief.disaster().await;
    let path = incident_path(&disaster);
    let standards = worker.get("/v1/need-standards").await.expect(200);
    assert_eq!(standards["items"][0]["id"], "cn-redcross-family-box");

    let asked = json!({
        "site_id": disaster.site, "standard_id": "cn-redcross-family-box", "people": 300,
        "households": 100, "days": 7, "priority": 1,
    });
    let computed = format!("{path}/computed-needs");
    let nothing = worker.post(&computed, asked.clone()).dry_run().await;
    let nothing = nothing.expect(200);
    assert_eq!(nothing["needs"], json!([]));
    assert_eq!(nothing["unmatched"][0]["reason"], "no-item");
    let item = worker.get(&format!("/v1/items/{}", relief.item)).await;
    let pack = json!({
        "category_id": item.expect(200)["category_id"], "name": "家庭包", "base_unit": "个",
        "organisation_id": relief.ground.province, "aliases": ["family-box"],
    });
    let pack = id(&worker.post("/v1/items", pack).await.expect(201));
    let done = worker.post(&computed, asked.clone()).await.expect(201);
    assert_eq!(done["needs"][0]["quantity"], 100);
    assert_eq!(done["needs"][0]["item_id"], *pack);
    assert_eq!(done["needs"][0]["origin"], "computed");
    assert_eq!(done["needs"][0]["basis"]["days"], 7);
    let mut unknown = asked;
    unknown["standard_id"] = json!("nothing");
    let refused = worker.post(&computed, unknown).await;
    assert_eq!(
        refused.faults(),
        [("/standard_id".into(), "reference".into())]
    );

    // Two boxes are twenty quilts.
    let boxes = json!({ "lines": [{
            "site_id": disaster.site, "item_id": relief.item, "quantity": 2, "unit": "箱",
            "note": "今晚", "needed_by": "2021-07-26T00:00:00Z",
        }] });
    let stated = worker.post(&format!("{path}/needs"), boxes).await;
    let stated = stated.expect(201)["needs"][0].clone();
    assert_eq!(stated["quantity"], 20);
    assert_eq!(stated["priority"], 2);
    assert_eq!(needs(&relief, &disaster, "").await.len(), 2);

    let need = format!("/v1/needs/{}", id(&stated));
    let reason = json!({ "reason": "重复填报" });
    let taken = worker
        .post(&format!("{need}/withdraw"), reason.clone())
        .await;
    let taken = taken.expect(200);
    assert_eq!(taken["withdrawn_reason"], "重复填报");
    assert_eq!(taken["version"], 2);
    let again = worker.post(&format!("{need}/withdraw"), reason).await;
    assert_eq!(again.refused(409, "wrong-state")["state"], "withdrawn");
    assert_eq!(needs(&relief, &disaster, "").await.len(), 1);
    assert_eq!(needs(&relief, &disaster, "withdrawn=true").await.len(), 2);
    let of_item = format!("withdrawn=true&item_id={}", relief.item);
    assert_eq!(needs(&relief, &disaster, &of_item).await.len(), 1);
});

on_both!(the_ways_to_a_site_begin_with_the_shortest, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let disaster = relief.disaster().await;
    let path = format!("{}/travel-legs", incident_path(&disaster));
    let legs = worker.get(&path).await.expect(200);
    let legs = legs["items"].as_array().unwrap();
    let depots: Vec<_> = legs.iter().map(|leg| leg["depot_id"].clone()).collect();
    assert_eq!(depots, [json!(relief.city_depot), json!(relief.depot)]);
    let minutes = |leg: &Value| leg["leg"]["time_min"].as_u64().unwrap();
    assert!(minutes(&legs[0]) < minutes(&legs[1]), "{legs:?}");
    assert_eq!(legs[0]["leg"]["source"]["name"], "great_circle");
    let near = worker.get(&path).query("max_time_min", minutes(&legs[0]));
    let near = near.await.expect(200);
    assert_eq!(near["items"], json!([legs[0]]));
    let elsewhere = "site_00000000000000000000000000";
    let none = worker.get(&path).query("site_id", elsewhere).await;
    assert_eq!(none.expect(200)["items"], json!([]));

    let first = worker.get(&path).query("limit", 1).await.expect(200);
    assert_eq!(first["items"], json!([legs[0]]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = worker.get(&path).query("cursor", cursor).await.expect(200);
    assert_eq!(second["items"], json!([legs[1]]));
    assert!(second["next_cursor"].is_null());
    let tampered = tests::client::tampered(cursor);
    let refused = worker.get(&path).query("cursor", tampered).await;
    refused.refused(400, "invalid-parameter");
    assert_eq!(refused.faults(), [("cursor".into(), "cursor".into())]);
});

on_both!(
    a_depot_without_a_place_stands_in_its_division,
    async |server| {
        let relief = server.relief().await;
        let worker = &relief.worker;
        let disaster = relief.disaster().await;
        // One next door whose place nobody gave, and one of which not even the division is known.
        let mut depots = Vec::new();
        for (code, division) in [("NEXT-DOOR", json!("330203")), ("NOWHERE", json!(null))] {
            let mut body = json!({
                "code": code, "name": format!("{code} 库"), "level": "county", "operation": "own",
                "organisation_id": relief.ground.county,
            });
            if !division.is_null() {
                body["division_code"] = division;
            }
            let depot = id(&worker.post("/v1/depots", body).await.expect(201));
            worker.receive(&depot, &relief.item, 5, json!({})).await;
            depots.push(depot);
        }
        let path = format!("{}/travel-legs", incident_path(&disaster));
        let legs = worker.get(&path).await.expect(200);
        let legs = legs["items"].as_array().expect("legs");
        let origins: Vec<_> = legs
            .iter()
            .map(|leg| (leg["depot_id"].clone(), leg["leg"]["place_origin"].clone()))
            .collect();
        let expected = [
            (&depots[0], json!("division")),
            (&relief.city_depot, json!("given")),
            (&relief.depot, json!("given")),
            (&depots[1], Value::Null),
        ];
        assert_eq!(
            origins,
            expected.map(|(depot, origin)| (json!(depot), origin))
        );

        relief.need(&disaster, 1_000).await;
        let plan = relief.plan(&disaster).await;
        assert_eq!(plan["allocations"][0]["depot_id"], json!(depots[0]));
        assert_eq!(plan["allocations"][0]["place_origin"], "division");
        assert_eq!(plan["shortfalls"][0]["binding"], "place_unknown");
        let says = |language: &str, words: [&str; 2]| {
            let sentences = plan["sentences"][language].as_array().expect("sentences");
            let mut said = sentences.iter().filter_map(Value::as_str);
            said.any(|sentence| words.iter().all(|word| sentence.contains(word)))
        };
        assert!(says("zh", ["NEXT-DOOR", "按所在区划中心估算"]), "{plan}");
        assert!(
            says("en", ["NEXT-DOOR", "from the centre of its division"]),
            "{plan}"
        );
        assert!(says("zh", ["NOWHERE", "仓库位置未知"]), "{plan}");
        assert!(!says("zh", ["NOWHERE", "路线"]), "{plan}");
    }
);
