use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use domain::{
    incidents::{AffectedArea, AreaPart, Circle},
    kernel::{Id, PlaceOrigin},
    routing::{LegMarks, Reach},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

use super::*;

/// What the small engine answers.
enum Reply {
    Json(u16, Value),
    /// Bytes as they are, head and all; then it hangs up.
    Raw(Vec<u8>),
    /// Nothing, for longer than anybody waits.
    Nothing,
}

/// A routing engine of the test's own, for faults that no real one has on demand: its address, and
/// what it was asked.
async fn engine(
    answer: impl Fn(&str, &Value) -> Reply + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (answer, noted) = (Arc::new(answer), Arc::clone(&asked));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (answer, noted) = (Arc::clone(&answer), Arc::clone(&noted));
            tokio::spawn(async move {
                let _ = serve(stream, &*answer, &noted).await;
            });
        }
    });
    (address, asked)
}

async fn serve(
    mut stream: TcpStream,
    answer: &(dyn Fn(&str, &Value) -> Reply + Send + Sync),
    noted: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse().unwrap());
            bytes.drain(..end + 4);
            break (head, length);
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    };
    while bytes.len() < length {
        stream.read_buf(&mut bytes).await?;
    }
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    noted.lock().unwrap().push(path.clone());
    match answer(&path, &body) {
        Reply::Json(status, value) => {
            let text = value.to_string();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                text.len()
            );
            stream
                .write_all(&[head.as_bytes(), text.as_bytes()].concat())
                .await
        }
        Reply::Raw(bytes) => stream.write_all(&bytes).await,
        Reply::Nothing => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(())
        }
    }
}

fn sources(order: &str, osrm: &str, valhalla: &str) -> Sources {
    let directory = tempfile::tempdir().unwrap();
    let settings = [
        ("ROUTING_SOURCES", order.to_owned()),
        ("OSRM_URL", osrm.to_owned()),
        ("VALHALLA_URL", valhalla.to_owned()),
        ("ROUTING_TIMEOUT_S", "1".to_owned()),
        ("DATA_DIRECTORY", directory.path().display().to_string()),
    ];
    let settings = settings.map(|(name, value)| (format!("RELIEF_DEPOT_{name}"), value));
    Sources::new(&Config::load(None, settings).unwrap()).unwrap()
}

fn question(starts: u32, ends: u32) -> Question {
    let place = |number: u32| Place::new(120.0 + f64::from(number) / 100.0, 30.0).unwrap();
    Question {
        origins: (0..starts)
            .map(|number| {
                let id = Id::from_uuid(Uuid::from_u128(number.into()));
                (id, (place(number), PlaceOrigin::Given))
            })
            .collect(),
        destinations: (0..ends)
            .map(|number| {
                (
                    Id::from_uuid(Uuid::from_u128(number.into())),
                    place(500 + number),
                )
            })
            .collect(),
        ground: ClosedGround::default(),
    }
}

/// How many pairs each source answered, `-` where there is no way, `!` where it is degraded.
async fn told(sources: &Sources, question: Question) -> BTreeMap<String, usize> {
    let matrix = sources.answer(question).await.unwrap();
    let mut told = BTreeMap::new();
    for reach in matrix.reaches() {
        let name = match reach {
            Reach::Reachable(leg) => {
                let mark = if leg.marks.degraded { "!" } else { "" };
                format!("{}{mark}", leg.source.name())
            }
            Reach::Unreachable { source, .. } => format!("{}-", source.name()),
        };
        *told.entry(name).or_insert(0) += 1;
    }
    told
}

fn counts<const N: usize>(pairs: [(&str, usize); N]) -> BTreeMap<String, usize> {
    pairs
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
}

fn table(starts: usize, ends: usize) -> Value {
    json!({
        "code": "Ok", "data_version": "2026-10-01T00:00:00Z",
        "durations": vec![vec![600.0; ends]; starts],
        "distances": vec![vec![9_000.0; ends]; starts],
        "sources": vec![json!({ "distance": 10.0 }); starts],
        "destinations": vec![json!({ "distance": 10.0 }); ends],
    })
}

// The numbers of sources and destinations that a path of OSRM asks for.
fn asked_for(path: &str) -> (usize, usize) {
    let (_, query) = path.split_once('?').unwrap();
    let count = |name: &str| {
        let part = query.split('&').find_map(|part| part.strip_prefix(name));
        part.unwrap().split(';').count()
    };
    (count("sources="), count("destinations="))
}

#[tokio::test]
async fn osrm_is_asked_in_blocks_and_says_its_day() {
    let (address, asked) = engine(|path, _| {
        let (starts, ends) = asked_for(path);
        assert!(starts <= 50 && ends <= 50);
        Reply::Json(200, table(starts, ends))
    })
    .await;
    let sources = sources("osrm", &format!("{address}/osrm"), "");
    let matrix = sources.answer(question(120, 60)).await.unwrap();
    assert_eq!(matrix.reaches().count(), 7_200);
    for reach in matrix.reaches() {
        let leg = reach.leg().unwrap();
        assert_eq!((leg.distance_m, leg.time_min), (9_000, 11));
        assert_eq!(leg.source.road_date().unwrap().to_string(), "2026-10-01");
        assert!(!leg.marks.degraded);
    }
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 6);
    assert!(
        asked
            .iter()
            .all(|path| path.starts_with("/osrm/table/v1/driving/")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn what_osrm_cannot_join_is_said_of_the_pair() {
    let (address, _) = engine(|_, _| {
        let mut table = table(2, 2);
        table["durations"][0][0] = Value::Null;
        table["destinations"][1]["distance"] = json!(10_001.0);
        Reply::Json(200, table)
    })
    .await;
    let told = told(&sources("osrm", &address, ""), question(2, 2)).await;
    assert_eq!(told, counts([("osrm", 1), ("osrm-", 3)]));
}

#[tokio::test]
async fn an_engine_that_does_not_answer_well_is_passed_over_and_it_is_said() {
    let wrong = |change: fn(&mut Value)| {
        let mut table = table(2, 2);
        change(&mut table);
        move || Reply::Json(200, table.clone())
    };
    let half = || {
        let text = table(2, 2).to_string();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", text.len());
        Reply::Raw([head.as_bytes(), &text.as_bytes()[..text.len() / 2]].concat())
    };
    let endless = || {
        let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        Reply::Raw([head, vec![b' '; 9 << 20]].concat())
    };
    let elsewhere = || {
        let head =
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        Reply::Raw(head.as_bytes().to_vec())
    };
    type Answer = Box<dyn Fn() -> Reply + Send + Sync>;
    let faults: Vec<(&str, Answer)> = vec![
        ("slow", Box::new(|| Reply::Nothing)),
        ("half an answer", Box::new(half)),
        ("no end of it", Box::new(endless)),
        ("a redirect", Box::new(elsewhere)),
        (
            "no JSON",
            Box::new(|| Reply::Raw(b"HTTP/1.1 200 OK\r\n\r\nhello".to_vec())),
        ),
        (
            "refused",
            Box::new(|| Reply::Json(400, json!({ "code": "TooBig" }))),
        ),
        (
            "a row short",
            Box::new(wrong(|it| {
                it["durations"].as_array_mut().unwrap().pop();
            })),
        ),
        (
            "a column short",
            Box::new(wrong(|it| {
                it["distances"][1].as_array_mut().unwrap().pop();
            })),
        ),
        (
            "a negative time",
            Box::new(wrong(|it| it["durations"][0][1] = json!(-1))),
        ),
        (
            "other places",
            Box::new(wrong(|it| {
                it["sources"].as_array_mut().unwrap().pop();
            })),
        ),
        (
            "not Ok",
            Box::new(wrong(|it| it["code"] = json!("NoTable"))),
        ),
    ];
    for (what, answer) in faults {
        let (address, _) = engine(move |_, _| answer()).await;
        let told = told(&sources("osrm", &address, ""), question(2, 2)).await;
        assert_eq!(told, counts([("great_circle!", 4)]), "{what}");
    }
    let nobody = sources("osrm", "http://127.0.0.1:1", "");
    assert_eq!(
        told(&nobody, question(1, 1)).await,
        counts([("great_circle!", 1)])
    );
    // What is not configured is no worse for not being asked.
    let alone = sources("osrm,valhalla,road_graph", "", "");
    assert_eq!(
        told(&alone, question(1, 1)).await,
        counts([("great_circle", 1)])
    );
}

fn matrix(body: &Value, time: impl Fn(usize, usize) -> Value) -> Value {
    let count = |name: &str| body[name].as_array().unwrap().len();
    let row =
        |from: usize| -> Vec<Value> {
            (0..count("targets"))
            .map(|to| {
                let time = time(from, to);
                let distance = if time.is_null() { Value::Null } else { json!(12.0) };
                json!({ "from_index": from, "to_index": to, "time": time, "distance": distance })
            })
            .collect()
        };
    let rows: Vec<_> = (0..count("sources")).map(row).collect();
    json!({ "sources_to_targets": rows })
}

#[tokio::test]
async fn valhalla_keeps_off_closed_ground_and_null_is_no_answer() {
    let (address, _) = engine(|path, body| {
        assert_eq!(path, "/sources_to_targets");
        let rings = body["exclude_polygons"].as_array().unwrap();
        assert_eq!((rings.len(), rings[0].as_array().unwrap().len()), (1, 25));
        let time = |from, to| {
            if (from, to) == (0, 1) {
                Value::Null
            } else {
                json!(600)
            }
        };
        Reply::Json(200, matrix(body, time))
    })
    .await;
    // OSRM knows nothing of closed ground and is not even asked.
    let (osrm, asked) = engine(|_, _| Reply::Json(200, table(2, 2))).await;
    let mut question = question(2, 2);
    let circle = Circle::new(Place::new(122.0, 31.0).unwrap(), 5.0).unwrap();
    question.ground =
        ClosedGround::new([AffectedArea::new(vec![AreaPart::Circle(circle)]).unwrap()]);
    let told = told(&sources("osrm,valhalla", &osrm, &address), question).await;
    assert_eq!(told, counts([("valhalla!", 3), ("great_circle!", 1)]));
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn one_place_that_valhalla_cannot_join_does_not_cost_the_others() {
    // The third source is an island: every block with it is refused.
    let (address, asked) = engine(|_, body| {
        let island = json!(120.02);
        let sources = body["sources"].as_array().unwrap();
        if sources.iter().any(|place| place["lon"] == island) {
            return Reply::Json(
                400,
                json!({ "error_code": 171, "error": "No suitable edges" }),
            );
        }
        Reply::Json(200, matrix(body, |_, _| json!(600)))
    })
    .await;
    let told = told(&sources("valhalla", "", &address), question(8, 4)).await;
    assert_eq!(told, counts([("valhalla", 28), ("valhalla-", 4)]));
    assert!(asked.lock().unwrap().len() < 20);
}

#[tokio::test]
async fn polygons_that_valhalla_refuses_and_matrices_of_another_size_are_no_answer() {
    type Change = fn(&mut Value);
    let faults: [(&str, u16, Change); 4] = [
        ("refused polygons", 400, |it| {
            *it = json!({ "error_code": 167, "error": "Exceeded maximum circumference" });
        }),
        ("a row short", 200, |it| {
            it["sources_to_targets"].as_array_mut().unwrap().pop();
        }),
        ("other places", 200, |it| {
            it["sources_to_targets"][0][1]["to_index"] = json!(7)
        }),
        ("a negative time", 200, |it| {
            it["sources_to_targets"][0][0]["time"] = json!(-5)
        }),
    ];
    for (what, status, change) in faults {
        let (address, asked) = engine(move |_, body| {
            let mut value = matrix(body, |_, _| json!(600));
            change(&mut value);
            Reply::Json(status, value)
        })
        .await;
        let told = told(&sources("valhalla", "", &address), question(2, 2)).await;
        assert_eq!(told, counts([("great_circle!", 4)]), "{what}");
        assert_eq!(asked.lock().unwrap().len(), 1, "{what}");
    }
}

#[tokio::test]
async fn engines_draw_the_ways_that_they_measured() {
    let place = |longitude, latitude| Place::new(longitude, latitude).unwrap();
    let (from, to) = (place(-120.2, 38.5), place(-126.453, 43.252));
    let leg = |source| Leg {
        from: Id::from_uuid(Uuid::nil()),
        start: PlaceOrigin::Given,
        to: Id::from_uuid(Uuid::nil()),
        distance_m: 0,
        time_min: 0,
        source,
        marks: LegMarks::default(),
    };
    let (osrm, _) = engine(|path, _| {
        assert!(
            path.starts_with("/route/v1/driving/-120.200000,38.500000;"),
            "{path}"
        );
        let line =
            json!({ "type": "LineString", "coordinates": [[-120.2, 38.5], [-126.453, 43.252]] });
        Reply::Json(
            200,
            json!({ "code": "Ok", "routes": [{ "geometry": line }] }),
        )
    })
    .await;
    // The example of the encoding's own description, with a digit more.
    let (valhalla, _) = engine(|_, body| {
        assert_eq!(body["locations"].as_array().unwrap().len(), 2);
        let shape = "_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI";
        Reply::Json(200, json!({ "trip": { "legs": [{ "shape": shape }] } }))
    })
    .await;
    let (cut_off, _) = engine(|_, _| {
        Reply::Json(
            200,
            json!({ "trip": { "legs": [{ "shape": "_izlhA~rlgdF_{geC~ywl@_kwzCn`{n" }] } }),
        )
    })
    .await;
    let both = sources("osrm,valhalla", &osrm, &valhalla);
    let draw = async |sources: &Sources, source| {
        let drawn = sources
            .drawn(&leg(source), from, to, ClosedGround::default())
            .await;
        drawn.unwrap()
    };
    assert_eq!(
        draw(&both, LegSource::Osrm(None)).await,
        Some(vec![from, to])
    );
    let drawn = draw(&both, LegSource::Valhalla(None)).await;
    assert_eq!(drawn, Some(vec![from, place(-120.95, 40.7), to]));
    let straight = LegSource::GreatCircle(GreatCircle::default());
    assert_eq!(draw(&both, straight).await, Some(vec![from, to]));
    let broken = sources("valhalla", "", &cut_off);
    assert_eq!(draw(&broken, LegSource::Valhalla(None)).await, None);
}
