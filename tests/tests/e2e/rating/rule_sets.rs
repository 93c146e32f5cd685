//! Rule sets: written as files, kept, put in force, and never changed after that.

use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, database::program, on_both};

/// The fictitious rule set of the documentation.
pub(super) const FIVE_STARS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/examples/five-stars-1.toml"
);

/// The document of a file, as the program prints it.
pub(crate) fn document() -> Value {
    let arguments = ["rules", "check", "--json", FIVE_STARS];
    let output = Command::new(program()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn keep(client: &Client, organisation: &str, document: Value) -> Answer {
    let body = json!({ "organisation_id": organisation, "document": document });
    client.post("/v1/rule-sets", body).await
}

async fn replace(client: &Client, version: i64, document: Value) -> Answer {
    let call = client.call(Method::PUT, "/v1/rule-sets/five-stars%2F1");
    call.if_match(&format!("\"v{version}\""))
        .json(document)
        .await
}

on_both!(
    a_rule_set_is_kept_put_in_force_and_withdrawn,
    async |server| {
        let relief = server.relief().await;
        let (worker, province) = (&relief.worker, relief.ground.province.as_str());
        let mut draft = document();
        draft["status"] = json!("draft");
        let kept = keep(worker, province, draft.clone()).await;
        let view = kept.expect(201);
        assert_eq!(kept.header("location"), "/v1/rule-sets/five-stars%2F1");
        assert_eq!(
            (&view["name"], &view["built_in"]),
            (&json!("five-stars/1"), &json!(false))
        );
        let page = worker.get("/v1/rule-sets").await.expect(200);
        let names = page["items"].as_array().unwrap().iter();
        let names: Vec<_> = names.map(|row| row["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["five-stars/1", "provisional-yardstick/1"]);
        let shown = worker.get("/v1/rule-sets/five-stars%2F1").await;
        assert_eq!(shown.expect(200)["document"], draft);

        // There is one of an id and edition, and the shipped ones are taken.
        let again = keep(worker, province, draft.clone()).await;
        let taken = again.refused(409, "already-exists");
        assert_eq!(taken["constraint"], "rule_set_edition");
        let said = taken["detail"].as_str().unwrap();
        assert!(
            said.contains("five-stars") && said.contains("edition"),
            "{said}"
        );
        let shipped = worker.get("/v1/rule-sets/provisional-yardstick%2F1").await;
        let shipped = shipped.expect(200)["document"].clone();
        let again = keep(worker, province, shipped).await;
        again.refused(409, "already-exists");
        worker
            .get("/v1/rule-sets/nobody%2F1")
            .await
            .refused(404, "not-found");

        // A draft is written anew; what is in force keeps its text.
        draft["title"]["en"] = json!("Five stars");
        replace(worker, 1, draft.clone()).await.expect(200);
        replace(worker, 1, draft.clone())
            .await
            .refused(412, "precondition-failed");
        draft["status"] = json!("in_force");
        replace(worker, 2, draft.clone()).await.expect(200);
        let mut other = draft.clone();
        other["title"]["en"] = json!("Six stars");
        replace(worker, 3, other).await.refused(409, "wrong-state");
        let mut thawed = draft.clone();
        thawed["status"] = json!("draft");
        replace(worker, 3, thawed).await.refused(409, "wrong-state");
        let mut moved = draft.clone();
        moved["edition"] = json!(2);
        let refused = replace(worker, 3, moved).await;
        refused.refused(422, "invalid-request");
        draft["status"] = json!("withdrawn");
        replace(worker, 3, draft.clone()).await.expect(200);

        // Whoever does not manage rules does not write them.
        let keeper = server.person(&["keeper"], province).await;
        keep(&keeper, province, draft.clone())
            .await
            .refused(403, "forbidden");
        replace(&keeper, 4, draft).await.refused(403, "forbidden");
    }
);

on_both!(every_mistake_of_a_rule_set_is_told, async |server| {
    let relief = server.relief().await;
    let (worker, province) = (&relief.worker, relief.ground.province.as_str());
    let faults = async |change: &dyn Fn(&mut Value)| {
        let mut document = document();
        change(&mut document);
        let refused = keep(worker, province, document).await;
        refused.refused(422, "invalid-request");
        refused.faults()
    };
    let row = |at: &str, code: &str| (at.to_owned(), code.to_owned());
    let found = faults(&|document| {
        document["criteria"][0]["banded"]["unit"] = json!("m");
        document["criteria"][0]["weight"] = json!(31);
        document["criteria"][1]["stock"]["lines"][0]["minima"][1]["value"] = json!(99);
        document["criteria"][7]["group"]["of"] = json!(["fund", "means"]);
        document["criteria"][10]["veto"]["highest_level"] = json!("star9");
    })
    .await;
    assert_eq!(
        found,
        [
            row("/document/criteria", "weights-sum"),
            row("/document/criteria/0/banded/unit", "unit"),
            row(
                "/document/criteria/1/stock/lines/0/minima/1/value",
                "threshold-falls"
            ),
            row(
                "/document/criteria/10/veto/highest_level",
                "unknown-reference"
            ),
            row("/document/criteria/7/group/of", "cycle"),
        ]
    );
    let found = faults(&|document| {
        document["criteria"][0]["veto"] = json!({});
        document["criteria"][5]["numeric"]["measure"] = json!("smell");
    })
    .await;
    let measure = row("/document/criteria/5/numeric/measure", "choice");
    assert_eq!(
        found,
        [row("/document/criteria/0", "kind"), measure.clone()]
    );
    // What cannot be read hides nothing of the rest, and figures that cannot be are faults.
    let found = faults(&|document| {
        document["criteria"][5]["numeric"]["measure"] = json!("smell");
        document["criteria"][5]["numeric"]["levels"][0]["value"] = json!(-5);
        document["criteria"][1]["weight"] = json!(41);
    })
    .await;
    let negative = row("/document/criteria/5/numeric/levels/0/value", "range");
    let weights = row("/document/criteria", "weights-sum");
    assert_eq!(found, [weights, negative, measure]);
    let found = faults(&|document| {
        document["criteria"][5]["numeric"]["unit"] = json!("yes_no");
    })
    .await;
    assert_eq!(
        found,
        [row("/document/criteria/5/numeric/unit", "stated-yes-no")]
    );
});

#[test]
fn files_are_checked_and_compared_by_line_and_column() {
    let home = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(FIVE_STARS).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(program()).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), said)
    };
    let write = |name: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let file = home.path().join(name);
        std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
        file.display().to_string()
    };
    let (code, said) = run(&["rules", "check", FIVE_STARS]);
    assert_eq!(code, Some(0));
    assert!(
        said.contains("five-stars/1 is in order: 5 levels, 11 criteria"),
        "{said}"
    );
    let line = 1 + text.lines().position(|line| line == "weight = 30").unwrap();
    let wrong = write("wrong.toml", "weight = 30", "weight = 300");
    let (code, said) = run(&["rules", "check", &wrong]);
    assert_eq!(code, Some(3));
    assert!(said.contains(&format!("wrong.toml:{line}:10: ")), "{said}");
    let newer = write("newer.toml", "value = 500 }", "value = 400 }");
    let (code, said) = run(&["rules", "diff", FIVE_STARS, &newer]);
    assert_eq!(code, Some(0));
    assert!(
        said.contains(
            "(stock), minimum of 棉被 at five stars: from 500 base units to 400 base units (looser)"
        ) && said.contains("由 500 个基本单位 改为 400 个基本单位（更宽）"),
        "{said}"
    );
    let newer = write(
        "bands.toml",
        "{ from = 400, points = 7 }",
        "{ from = 300, points = 7 }",
    );
    let (_, said) = run(&["rules", "diff", FIVE_STARS, &newer]);
    assert!(
        said.contains("band 3: from 7 points from 400 m² on to 7 points from 300 m² on")
            && said.contains("第 3 段：由 400 平方米 起 7 分 改为 300 平方米 起 7 分"),
        "{said}"
    );
    // Every mistake, whatever kind it is of, and a file that is in another encoding.
    let many = write("many.toml", "weight = 30", "weight = 300\ncolour = \"red\"");
    let (code, said) = run(&["rules", "check", &many]);
    assert_eq!(code, Some(3));
    assert!(
        said.contains(&format!("many.toml:{line}:10: /criteria/0/weight")),
        "{said}"
    );
    assert!(
        said.contains("/criteria/0/colour: there is no such field"),
        "{said}"
    );
    let other = home.path().join("gbk.toml");
    std::fs::write(&other, b"id = \"\xbf\xe2\"").unwrap();
    let (code, said) = run(&["rules", "check", other.to_str().unwrap()]);
    assert_eq!(code, Some(3));
    assert!(
        said.contains("gbk.toml:1:7: ") && said.contains("另存为 UTF-8"),
        "{said}"
    );
    let (code, said) = run(&["rules", "diff", FIVE_STARS, &wrong]);
    assert_eq!((code, said.contains("wrong.toml")), (Some(3), true));
    let (_, said) = run(&["rules", "schema"]);
    let schema: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(schema["title"], "Relief Depot rule set");
}
