//! Clients that post as fast as they are answered.
//!
//! **Invariant.** Each has one connection that is kept, writes HTTP by hand so that it takes little
//! of the machine from the server, and counts only what was answered 201.

use std::{
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

/// What was measured.
pub(crate) struct Load {
    pub(crate) a_second: f64,
    median_ms: f64,
    p99_ms: f64,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>7.0} a second, half within {:.2} ms, 99 of 100 within {:.2} ms",
            self.a_second, self.median_ms, self.p99_ms
        )
    }
}

/// One client for each body, which it sends again and again, each time with a new key.
pub(crate) fn run(
    address: SocketAddr,
    token: &str,
    path: &str,
    bodies: &[String],
    time: Duration,
) -> Load {
    let runtime = tests::measure::runtime(1);
    let took = runtime.block_on(async {
        let mut clients = JoinSet::new();
        let began = Instant::now();
        for body in bodies {
            let body = body.clone();
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\nidempotency-key: ",
                body.len()
            );
            clients.spawn(client(address, head, body, began + time));
        }
        let took: Vec<Duration> = clients.join_all().await.into_iter().flatten().collect();
        (took, began.elapsed())
    });
    let (mut took, all) = took;
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1e3;
    Load {
        a_second: took.len() as f64 / all.as_secs_f64(),
        median_ms: at(50),
        p99_ms: at(99),
    }
}

async fn client(address: SocketAddr, head: String, body: String, end: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    stream.set_nodelay(true).expect("a socket can be told");
    let (mut took, mut answer) = (Vec::new(), Vec::new());
    loop {
        let began = Instant::now();
        if began >= end {
            return took;
        }
        let request = format!("{head}{}\r\n\r\n{body}", tests::client::fresh_key());
        stream
            .write_all(request.as_bytes())
            .await
            .expect("the server reads");
        answer.clear();
        while !is_whole(&answer) {
            let read = stream
                .read_buf(&mut answer)
                .await
                .expect("the server answers");
            assert!(read > 0, "the server closed the connection");
        }
        let first = String::from_utf8_lossy(&answer);
        assert!(first.starts_with("HTTP/1.1 201"), "{first}");
        took.push(began.elapsed());
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|part| part == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|text| text.trim().parse::<usize>().ok())
        .expect("an answer tells its length");
    answer.len() >= end + 4 + length
}
