//! A national text that nobody here wrote: checked, kept, and used from self-assessment to notice.

use std::process::Command;

use serde_json::{Value, json};
use tests::{Client, client::id, database::program, on_both};

use super::{assessments::DAY, gaps, yesterday};

const NATIONAL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/e2e/rating/national.toml"
);

fn document() -> Value {
    let arguments = ["rules", "check", "--json", NATIONAL];
    let output = Command::new(program()).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    serde_json::from_str(&said).unwrap()
}

async fn act(client: &Client, assessment: &str, action: &str, body: Value) -> Value {
    let path = format!("/v1/assessments/{assessment}/{action}");
    client.post(&path, body).await.expect(200)
}

on_both!(a_text_of_five_levels_is_put_into_force, async |server| {
    let relief = server.relief().await;
    let ground = &relief.ground;
    let body = json!({ "organisation_id": ground.province, "document": document() });
    relief.worker.post("/v1/rule-sets", body).await.expect(201);
    let county = json!({
        "code": "HS-1", "name": "海曙库", "level": "county", "operation": "own",
        "organisation_id": ground.county, "division_code": "330203",
        "profile": {
            "storage_area_m2": 150, "staff_posts": 1,
            "fire_check_on": yesterday(server),
        },
    });
    let depot = id(&relief.worker.post("/v1/depots", county).await.expect(201));
    let quilts = json!({});
    relief
        .worker
        .receive(&depot, &relief.item, 300, quilts)
        .await;

    // What is missing before anybody has stated anything.
    let keeper = server.person(&["keeper"], &ground.county).await;
    let path = format!("/v1/depots/{depot}/grade?rule_set=made-up-national/1");
    let grade = keeper.get(&path).await.expect(200);
    assert_eq!(
        (&grade["grade"], &grade["next_level"]),
        (&Value::Null, &json!("fourth"))
    );
    assert!(gaps(&grade).contains(&"full-count"), "{grade}");

    let body = json!({ "depot_id": depot, "rule_set": "made-up-national/1" });
    let assessment = id(&keeper.post("/v1/assessments", body).await.expect(201));
    let stated = json!({ "statements": [
        { "criterion": "fire-list",
          "ticked": ["extinguishers", "smoke", "lights", "ways", "water", "phone"] },
        { "criterion": "reprimands", "occurrences": [] },
        { "criterion": "oral-late", "occurrences": [] },
        { "criterion": "misappropriation", "open": false, "reason": "无" },
        { "criterion": "fire-accident", "open": false, "reason": "无" },
    ] });
    act(&keeper, &assessment, "state", stated).await;
    act(&keeper, &assessment, "submit", json!({})).await;
    let city = server.person(&["approver"], &ground.city).await;
    let mut province = server.person(&["approver"], &ground.province).await;
    act(&city, &assessment, "review", json!({})).await;
    let score = json!({ "statements": [
        { "criterion": "appearance", "points": 18, "reason": "整洁有序" },
    ] });
    act(&province, &assessment, "state", score).await;
    act(&province, &assessment, "visit", json!({})).await;
    let decision = json!({
        "grade": "fourth", "reason": "同意",
        "waivers": [{ "criterion": "full-count", "reason": "新库" }],
    });
    let decided = act(&province, &assessment, "decide", decision).await;
    assert_eq!(decided["computed_grade"], "fourth", "{decided}");
    server.clock.advance(8 * DAY);
    province = server.log_in_again(&province).await;
    let held = act(&province, &assessment, "enforce", json!({})).await;
    assert_eq!(held["state"], "in_force");
    let notices = server
        .anonymous()
        .get("/v1/public/rating-notices")
        .await
        .expect(200);
    let notice = &notices["items"][0];
    assert_eq!(
        (&notice["grade"], &notice["grade_zh"]),
        (&json!("fourth"), &json!("四等"))
    );
});

on_both!(an_edition_is_compared_for_every_depot, async |server| {
    let relief = server.relief().await;
    let home = tempfile::tempdir().unwrap();
    let newer = home.path().join("newer.toml");
    let text = std::fs::read_to_string(NATIONAL).unwrap();
    let stricter = "{ level = \"fourth\", value = 100 }, { level = \"third\", value = 300 }, { level = \"second\", value = 1000 }";
    assert!(text.contains(stricter));
    let asked = stricter.replace("value = 100 ", "value = 250 ");
    std::fs::write(&newer, text.replace(stricter, &asked)).unwrap();
    let mut program = server.operate("rules");
    let compared = program.args(["diff", NATIONAL]).arg(&newer).arg("--depots");
    let compared = compared.output().unwrap();
    let said = String::from_utf8_lossy(&compared.stdout);
    assert!(compared.status.success(), "{compared:?}");
    assert!(
        said.contains("from 100 base units to 250 base units (stricter)"),
        "{said}"
    );
    assert!(
        said.contains("depot: grade by made-up-national/1 -> grade by made-up-national/1"),
        "{said}"
    );
    // The province has two hundred quilts: enough by the old edition alone.
    assert!(
        said.contains("D330100 330100 库: undecided -> no level; Stock of listed goods")
            && said.contains("D330100 330100 库：尚未评定 -> 未达等级；储备物资"),
        "{said}"
    );
    assert!(
        said.contains("2 depots judged by both, 1 graded otherwise"),
        "{said}"
    );
    drop(relief);
    let same = server
        .operate("rules")
        .args(["diff", NATIONAL, NATIONAL])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&same.stdout).contains("nothing is otherwise"));
});
