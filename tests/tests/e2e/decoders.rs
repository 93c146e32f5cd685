//! What is read from outside, by the decoders of the edge: input that is almost right, over HTTP.
//!
//! **Invariant.** No input is answered by a fault of ours, and the server lives on. What decides the
//! answer is the input, so the cases of a seed are those of the last run.

use std::{collections::BTreeSet, fmt::Write as _, process::Command};

use reqwest::Method;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use tests::{Answer, database::program, mutation, on_both};

const CASES: u32 = 150;
const RULE_SET: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/examples/five-stars-1.toml"
);

#[track_caller]
fn not_ours(answer: &Answer) {
    assert!(answer.status < 500, "{}: {}", answer.status, answer.text);
}

on_both!(no_other_token_opens_the_door, async |server| {
    let admin = server.admin().await;
    let token = admin.token().as_bytes();
    let seeds = [token, b"rdk_0123456789abcdef0123456789abcdef"];
    for case in mutation::cases("token", CASES, &seeds) {
        // What is no header at all is refused before it leaves.
        let tried: String = case.text().chars().filter(char::is_ascii_graphic).collect();
        let stranger = server.anonymous().with_token(&tried);
        let answer = stranger.get("/v1/me").await;
        if tried.as_bytes() == token {
            answer.expect(200);
        } else {
            answer.refused(401, "unauthenticated");
        }
    }
});

on_both!(a_cursor_in_pieces_is_refused, async |server| {
    let relief = server.relief().await;
    let list = || relief.worker.get("/v1/organisations").query("limit", 1);
    let first = list().await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    for case in mutation::cases("cursor", CASES, &[cursor.as_bytes()]) {
        let answer = list().query("cursor", case.text()).await;
        not_ours(&answer);
        if answer.status != 200 {
            // U+0000 is what no schema of a query can rule out.
            let refused = matches!(answer.status, 400 | 422);
            assert!(refused, "{}: {}", answer.status, answer.text);
        }
    }
    // Past the outer form: what the digits spell is changed, not the digits.
    let digits = cursor.as_bytes().chunks(2);
    let inside: Vec<u8> = digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    for case in mutation::cases("inside a cursor", CASES, &[&inside]) {
        let mut spelled = String::new();
        for byte in &case.input {
            let _ = write!(spelled, "{byte:02x}");
        }
        not_ours(&list().query("cursor", spelled).await);
    }
});

// The path of every list and the name of each parameter that it takes.
fn parameters(document: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        if path.contains('{') || path.contains("events") {
            continue;
        }
        for parameter in operations["get"]["parameters"]
            .as_array()
            .into_iter()
            .flatten()
        {
            if parameter["in"] == "query" {
                let name = parameter["name"].as_str().unwrap().to_owned();
                found.push((path.clone(), name));
            }
        }
    }
    found
}

on_both!(no_value_of_a_filter_is_a_fault_of_ours, async |server| {
    let relief = server.relief().await;
    let document = server.anonymous().get("/openapi.json").await.expect(200);
    let parameters = parameters(&document);
    assert!(parameters.len() > 100, "{}", parameters.len());
    let moment = "2021-07-25T00:00:00Z";
    let seeds: Vec<&[u8]> = [
        "true",
        "50",
        "120.16,30.25",
        "120.0,29.0,121.0,31.0",
        "330203",
        moment,
        "2021-07-25",
        "棉被",
        &relief.depot,
        &relief.item,
        "on_the_road",
        "county",
        "' OR '1'='1",
    ]
    .iter()
    .map(|seed| seed.as_bytes())
    .collect();
    let mut answered = BTreeSet::new();
    let cases = u32::try_from(parameters.len()).unwrap();
    for (case, (path, name)) in
        mutation::cases("filter", cases, &seeds).zip(parameters.iter().cycle())
    {
        let answer = relief.worker.get(path).query(name, case.text()).await;
        assert!(answer.status < 500, "{path}?{name}: {}", answer.text);
        answered.insert(answer.status);
    }
    // Some are read and some are refused, or nothing was tried.
    assert!(
        answered.contains(&200) && answered.contains(&400),
        "{answered:?}"
    );
});

on_both!(no_shape_is_a_fault_of_ours, async |server| {
    let relief = server.relief().await;
    let body = |part: Value| {
        let body = json!({
            "organisation_id": relief.ground.province, "name": "洪水", "hazard": "flood",
            "occurred_at": "2021-07-25T00:00:00Z", "affected_area": [part],
        });
        body.to_string()
    };
    let circle = json!({ "kind": "circle", "centre": [120.16, 30.25], "radius_km": 12.5 });
    let ring = json!([[120.0, 30.0], [121.0, 30.0], [121.0, 31.0], [120.0, 30.0]]);
    let geometry = json!({ "type": "Polygon", "coordinates": [ring] });
    let polygon = json!({ "kind": "polygon", "geometry": geometry });
    let seeds = [body(polygon), body(circle)];
    let seeds: Vec<_> = seeds.iter().map(String::as_bytes).collect();
    for case in mutation::cases("incident", CASES, &seeds) {
        let call = relief.worker.call(Method::POST, "/v1/incidents").dry_run();
        let call = call.key(&tests::client::fresh_key());
        not_ours(&call.body("application/json", case.input.clone()).await);
    }
});

on_both!(no_file_is_a_fault_of_ours, async |server| {
    let relief = server.relief().await;
    let header = ["名称", "基本单位", "品类"];
    let csv = format!(
        "{}\n毛毯,条,bedding\n\"a, b\",件,bedding\n",
        header.join(",")
    );
    let (gbk, _, _) = encoding_rs::GBK.encode(&csv);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in (0..).zip(header) {
        sheet.write(0, column, name).unwrap();
        sheet.write(1, column, 7.5).unwrap();
    }
    let workbook = workbook.save_to_buffer().unwrap();
    let seeds: [&[u8]; 3] = [csv.as_bytes(), &gbk, &workbook];
    let mut accepted = 0;
    for case in mutation::cases("file", CASES, &seeds) {
        let name = if case.input.starts_with(b"PK") {
            "x.xlsx"
        } else {
            "x.csv"
        };
        let call = relief
            .worker
            .send_file("items", name, case.input.clone())
            .dry_run();
        let answer = call.await;
        not_ours(&answer);
        // A dry run ends with its report: the file was read, whatever is wrong with its cells.
        accepted += u32::from(answer.status == 200);
    }
    assert!(accepted > 0, "no file was ever read");
});

#[test]
fn no_rule_set_file_is_a_fault_of_ours() {
    let whole = std::fs::read(RULE_SET).unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("rules.toml");
    let mut codes = BTreeSet::new();
    // Each case is a process of its own.
    for case in mutation::cases("rule set", CASES / 10, &[&whole]) {
        std::fs::write(&file, &case.input).unwrap();
        let output = Command::new(program())
            .args(["rules", "check"])
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("panicked"), "{said}");
        codes.insert(output.status.code().expect("it ended by itself"));
    }
    assert!(codes.contains(&0) && codes.len() > 1, "{codes:?}");
    assert!(codes.iter().all(|code| *code < 10), "{codes:?}");
}
