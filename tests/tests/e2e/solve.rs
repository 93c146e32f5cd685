//! Plans for figures that the caller brings, over HTTP and from a file.

use std::{path::Path, process::Command};

use serde_json::{Value, json};
use tests::{database::program, on_both};

on_both!(a_plan_for_figures_of_ones_own_is_solved, async |server| {
    let relief = server.relief().await;
    let asked = json!({
        "sources": [
            { "name": "嘉兴", "supply": 10, "opening_cost": 10.5 },
            { "name": "宁波", "supply": 10, "opening_cost": 60 },
            { "name": "杭州", "supply": 20, "opening_cost": 25 },
        ],
        "sites": [{ "name": "甲", "demand": 5 }, { "name": "乙", "demand": 7 }],
        "costs": [[1, 9], [null, 1], [3, 3]],
        "capacities": [[null, null], [null, null], [null, 6]],
    });
    let solved = relief.worker.post("/v1/plans/solve", asked.clone()).await;
    let solved = solved.expect(200);
    // 杭州 alone cannot carry seven: 嘉兴 opens too, for one unit there and what is nearer to it.
    assert_eq!(solved["status"], "optimal");
    assert_eq!(solved["cost"], solved["bound"]);
    assert_eq!(solved["cost"], 25.0 + 10.5 + 5.0 + 9.0 + 18.0);
    assert_eq!(
        (&solved["missing"], &solved["shortfalls"]),
        (&json!(0), &json!([]))
    );
    // The same question has the same answer.
    let again = relief
        .worker
        .post("/v1/plans/solve", asked)
        .await
        .expect(200);
    assert_eq!(again, solved);

    // Places instead of costs, and less than is wanted.
    let asked = json!({
        "sources": [{ "supply": 3, "longitude": 120.16, "latitude": 30.25 }],
        "sites": [{ "demand": 5, "longitude": 120.7, "latitude": 28.0 }],
    });
    let solved = relief
        .worker
        .post("/v1/plans/solve", asked)
        .await
        .expect(200);
    assert_eq!(
        solved["shortfalls"],
        json!([{ "site": 0, "site_name": null, "missing": 2 }])
    );
    assert!(
        solved["cost"]
            .as_f64()
            .is_some_and(|km| (850.0..1_100.0).contains(&km))
    );
});

on_both!(
    figures_that_do_not_hold_together_make_no_plan,
    async |server| {
        let relief = server.relief().await;
        let refused = async |asked: Value, expected: &[(&str, &str)]| {
            let answer = relief.worker.post("/v1/plans/solve", asked).await;
            answer.refused(422, "invalid-request");
            let faults = answer.faults();
            let faults: Vec<_> = faults
                .iter()
                .map(|(at, code)| (at.as_str(), code.as_str()))
                .collect();
            assert_eq!(faults, expected);
        };
        let source = json!([{ "supply": 5 }]);
        let site = json!([{ "demand": 5 }]);
        refused(
            json!({ "sources": source, "sites": site, "costs": [[-1]] }),
            &[("/costs/0/0", "out-of-range")],
        )
        .await;
        refused(
            json!({ "sources": source, "sites": site, "costs": [[1, 2]] }),
            &[("/costs/0", "shape")],
        )
        .await;
        refused(
            json!({ "sources": source, "sites": site, "costs": [[null]] }),
            &[("/sites/0", "unreachable")],
        )
        .await;
        refused(
        json!({ "sources": source, "sites": [{ "demand": 5, "maximum": 4 }], "costs": [[0.1234567]] }),
        &[("/costs/0/0", "precision"), ("/sites/0", "out-of-range")],
    )
    .await;
        refused(
        json!({ "sources": [{ "supply": 9 }], "sites": site, "costs": [[1]], "ship_all": true }),
        &[("/ship_all", "stranded")],
    )
    .await;
        refused(
            json!({ "sources": source, "sites": site }),
            &[("/sites/0", "required"), ("/sources/0", "required")],
        )
        .await;
        // A million pairs are refused before a matrix is looked for.
        let many = |what: &str| json!(vec![json!({ what: 1 }); 1_000]);
        refused(
            json!({ "sources": many("supply"), "sites": many("demand") }),
            &[("/costs", "too-many")],
        )
        .await;
    }
);

/// Textbook problems as tables, with the optimum that is published for each. Figures are facts; the
/// tables come from the GAMS model library (trnsport, after G. B. Dantzig, 1963), F. S. Hillier and
/// G. J. Lieberman, *Introduction to Operations Research* (P & T Company; Metro Water District), the
/// documentation of PuLP (beer distribution) and Chinese textbooks (two examples of three by four).
const PUBLISHED: [(&str, &str, f64); 6] = [
    (
        "trnsport",
        "source\\sink,New-York,Chicago,Topeka,supply\nSeattle,0.225,0.153,0.162,350\nSan-Diego,0.225,0.162,0.126,600\ndemand,325,300,275,\n",
        153.675,
    ),
    (
        "peas",
        "source\\sink,Sacramento,Salt Lake City,Rapid City,Albuquerque,supply\nBellingham,464,513,654,867,75\nEugene,352,416,690,791,125\nAlbert Lea,995,682,388,685,100\ndemand,80,65,70,85,\n",
        152_535.0,
    ),
    (
        "beer",
        "source\\sink,1,2,3,4,5,supply\nA,2,4,5,2,1,1000\nB,3,1,3,2,3,4000\ndemand,500,900,1800,200,700,\n",
        8_600.0,
    ),
    (
        "three-by-four-a",
        "source\\sink,B1,B2,B3,B4,supply\nA1,4,12,4,11,16\nA2,2,10,3,9,10\nA3,8,5,11,6,22\ndemand,8,14,12,14,\n",
        244.0,
    ),
    (
        "three-by-four-b",
        "source\\sink,B1,B2,B3,B4,supply\nA1,3,11,3,10,7\nA2,1,9,2,8,4\nA3,7,4,10,5,9\ndemand,3,6,5,6,\n",
        85.0,
    ),
    (
        "water",
        "source\\sink,I,II,III,IV,supply\nA,16,13,22,17,50\nB,14,13,19,15,60\nC,19,20,23,,50\nmin_demand,30,70,0,10,\nmax_demand,50,70,30,60,\n",
        2_460.0,
    ),
];

fn plan(directory: &Path, name: &str, text: &str) -> std::process::Output {
    std::fs::write(directory.join(name), text).unwrap();
    Command::new(program())
        .args(["plan", name])
        .current_dir(directory)
        .env("RELIEF_DEPOT_LANGUAGE", "en")
        .output()
        .unwrap()
}

#[test]
fn published_problems_reach_their_published_optimum_by_the_plan_command() {
    let home = tempfile::tempdir().unwrap();
    for (name, table, optimum) in PUBLISHED {
        let output = plan(home.path(), &format!("{name}.csv"), table);
        assert_eq!(output.status.code(), Some(0), "{name}: {output:?}");
        let solved: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(solved["status"], "optimal", "{name}");
        assert_eq!(solved["cost"].as_f64(), Some(optimum), "{name}");
        assert_eq!(solved["missing"], 0, "{name}");
    }
}

#[test]
fn the_plan_command_says_all_that_is_wrong_with_a_file() {
    let home = tempfile::tempdir().unwrap();
    let check = |name: &str, text: &str, code: i32, parts: &[&str]| {
        let output = plan(home.path(), name, text);
        assert_eq!(output.status.code(), Some(code), "{text}: {output:?}");
        assert!(output.stdout.is_empty(), "{text}");
        let said = String::from_utf8(output.stderr).unwrap();
        for part in parts {
            assert!(said.contains(part), "{part}: {said}");
        }
    };
    check(
        "nan.csv",
        "s,A,B,supply\nX,NaN,-1,5\ndemand,1,2,\n",
        3,
        &["nan.csv: /costs/0/0: a cost is between", "/costs/0/1"],
    );
    check(
        "words.csv",
        "s,A,supply\nX,far,5\n",
        1,
        &["words.csv", "far"],
    );
    check("short.csv", "s,A\nX,1\n", 1, &["supply"]);
    check(
        "shape.json",
        r#"{ "sources": [], "colour": 1 }"#,
        1,
        &["colour"],
    );
    let minus = r#"{ "sources": [{ "supply": -1 }], "sites": [{ "demand": 1 }], "costs": [[1]] }"#;
    check("minus.json", minus, 3, &["/sources/0", "/sites/0"]);
}
