//! The journal as a feed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Client, Server, client::id, on_both, raw::Wire};

use super::{Scene, entries, scene};

// Whichever of them holds the lease.
async fn all_sealed(servers: &[&Server]) {
    for server in servers {
        server.seal().await;
    }
}

async fn stretch(client: &Client, query: &str) -> Value {
    client.get(&format!("/v1/events?{query}")).await.expect(200)
}

on_both!(nothing_is_missed_or_told_twice, async |server| {
    let Scene {
        relief, auditor, ..
    } = scene(server).await;
    // Three at a time, and each time from another server.
    let other = server.beside().await;
    let elsewhere = other.log_in_again(&auditor).await;
    all_sealed(&[server, &other]).await;
    let all = entries(&auditor).await;
    let (mut from, mut told) = (0, Vec::new());
    loop {
        let asked = if from % 2 == 0 { &auditor } else { &elsewhere };
        let page = stretch(asked, &format!("from={from}&limit=3")).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        told.extend(
            items
                .iter()
                .map(|event| (event["position"].as_u64().unwrap(), id(&event["entry"]))),
        );
        from = page["next"].as_u64().unwrap();
        if from >= page["sealed"].as_u64().unwrap() {
            break;
        }
    }
    assert_eq!(told, all);
    other.stop().await;
    // Whoever sees less is told of the same positions.
    let city = server.person(&["auditor"], &relief.ground.city).await;
    let few = entries(&city).await;
    assert!(!few.is_empty() && few.len() < all.len(), "{few:?}");
    assert!(few.iter().all(|event| all.contains(event)), "{few:?}");
    // After the end there is nothing, and the place is kept.
    let after = stretch(&auditor, "from=1000000").await;
    assert_eq!(after["items"], json!([]));
    assert_eq!(after["next"], 1_000_000);
});

on_both!(whoever_waits_is_told_at_once, async |server| {
    let Scene {
        relief, auditor, ..
    } = scene(server).await;
    server.seal().await;
    let end = stretch(&auditor, "from=0&limit=1000").await["next"].clone();
    let began = Instant::now();
    let query = format!("from={end}&wait_s=30");
    let (told, ()) = tokio::join!(stretch(&auditor, &query), async {
        relief
            .worker
            .receive(&relief.depot, &relief.item, 1, json!({}))
            .await;
    });
    assert!(
        began.elapsed() < Duration::from_secs(25),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(told["items"][0]["entry"]["command"], "stock.receive");
    assert_eq!(told["items"][0]["position"], end);
    // And whoever waits for nothing gets the place to go on from.
    let end = stretch(&auditor, "from=0&limit=1000").await["next"].clone();
    let nothing = stretch(&auditor, &format!("from={end}&wait_s=1")).await;
    assert_eq!(nothing["items"], json!([]));
    assert_eq!(nothing["next"], end);
});

/// Opens the feed as server-sent events and reads until `wanted` events came: ids and commands.
async fn streamed(
    server: &Server,
    client: &Client,
    last: Option<&str>,
    wanted: usize,
) -> Vec<(String, String)> {
    let mut wire = Wire::open(server.address).await;
    let last = last.map_or(String::new(), |last| format!("Last-Event-ID: {last}\r\n"));
    let request = format!(
        "GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\
         Authorization: Bearer {}\r\n{last}\r\n",
        client.token()
    );
    wire.send(request.as_bytes()).await;
    let mut text = String::new();
    loop {
        let more = wire.some().await;
        assert!(!more.is_empty(), "the stream ended: {text}");
        text += &more;
        let events = events(&text);
        if events.len() >= wanted {
            assert!(text.contains("content-type: text/event-stream"), "{text}");
            return events;
        }
    }
}

fn events(text: &str) -> Vec<(String, String)> {
    let blocks = text.split("id: ").skip(1);
    blocks
        .filter_map(|block| {
            let (id, rest) = block.split_once('\n')?;
            let command = rest.strip_prefix("event: ")?.lines().next()?;
            // Whole ones only.
            rest.contains("\n\n")
                .then(|| (id.to_owned(), command.to_owned()))
        })
        .collect()
}

on_both!(a_stream_goes_on_where_it_was_cut, async |server| {
    let Scene {
        relief, auditor, ..
    } = scene(server).await;
    let other = server.beside().await;
    let elsewhere = other.log_in_again(&auditor).await;
    all_sealed(&[server, &other]).await;
    let all = entries(&auditor).await;
    let first = streamed(server, &auditor, None, all.len()).await;
    let positions: Vec<_> = first
        .iter()
        .map(|(id, _)| id.parse::<u64>().unwrap())
        .collect();
    let expected: Vec<_> = all.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, expected);
    // The connection is cut in the middle; another server goes on.
    let (cut, _) = &first[first.len() / 2];
    let rest = streamed(
        &other,
        &elsewhere,
        Some(cut),
        first.len() - first.len() / 2 - 1,
    )
    .await;
    assert_eq!(rest, first[first.len() / 2 + 1..]);
    // What happens while the stream is open comes by itself.
    let (last, _) = first.last().unwrap();
    let (more, ()) = tokio::join!(streamed(&other, &elsewhere, Some(last), 1), async {
        relief
            .worker
            .receive(&relief.depot, &relief.item, 1, json!({}))
            .await;
    });
    assert_eq!(more[0].1, "stock.receive");
    other.stop().await;
});
