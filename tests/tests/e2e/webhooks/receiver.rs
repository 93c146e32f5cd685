//! A system that is told what happens, on a socket of its own.
//!
//! **Invariant.** It keeps every byte that it was sent, and checks signatures by the specification's
//! words and not by the code that made them.

use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tests::raw::PATIENCE;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// One request that came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    head: String,
    pub(crate) text: String,
}

impl Heard {
    pub(crate) fn new(head: String, text: String) -> Self {
        Self { head, text }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.head.lines().find_map(|line| {
            let (this, value) = line.split_once(": ")?;
            this.eq_ignore_ascii_case(name).then_some(value)
        });
        found.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }

    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).expect("an event is JSON")
    }

    /// Refuses an event that this secret did not sign.
    pub(crate) fn check(&self, secret: &str) {
        let key = secret
            .strip_prefix("whsec_")
            .expect("a secret has its prefix");
        let key = STANDARD.decode(key).expect("a secret is Base64");
        let (id, at) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        let signed = hmac(&key, format!("{id}.{at}.{}", self.text).as_bytes());
        let wanted = format!("v1,{}", STANDARD.encode(signed));
        let given = self.header("webhook-signature");
        assert!(given.split(' ').any(|one| one == wanted), "{given}");
    }
}

// RFC 2104.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        block
            .iter_mut()
            .zip(key)
            .for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(message);
    let outer = Sha256::new().chain_update(padded(0x5c));
    outer.chain_update(inner.finalize()).finalize().to_vec()
}

/// Who is told.
pub(crate) struct Receiver {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    answer: Arc<Mutex<String>>,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new("204 No Content".to_owned()));
        let task = tokio::spawn(serve(listener, Arc::clone(&heard), Arc::clone(&answer)));
        Self {
            url: format!("http://{address}/in"),
            heard,
            answer,
            task,
        }
    }

    /// Answers so from now on: a status, and more headers behind line breaks.
    pub(crate) fn answer(&self, status: &str) {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        *answer = status.to_owned();
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.clone()
    }

    /// What came, once it is so much.
    pub(crate) async fn hear(&self, count: usize) -> Vec<Heard> {
        let began = std::time::Instant::now();
        while began.elapsed() < PATIENCE {
            let heard = self.heard();
            if heard.len() >= count {
                return heard;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!(
            "{count} events were awaited, these came: {:?}",
            self.heard()
        )
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, heard: Arc<Mutex<Vec<Heard>>>, answer: Arc<Mutex<String>>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let (heard, answer) = (Arc::clone(&heard), Arc::clone(&answer));
        tokio::spawn(async move {
            let Some(one) = read(&mut stream).await else {
                return;
            };
            let status = {
                let answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
                answer.clone()
            };
            keep(&heard, one);
            let text =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            // Whoever went away has been heard all the same.
            let _ = stream.write_all(text.as_bytes()).await;
        });
    }
}

fn keep(heard: &Mutex<Vec<Heard>>, one: Heard) {
    let mut all = heard.lock().unwrap_or_else(PoisonError::into_inner);
    all.push(one);
}

async fn read(stream: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                let is_it = name.eq_ignore_ascii_case("content-length");
                is_it.then(|| value.parse::<usize>().ok())?
            })?;
            if body.len() >= length {
                return Some(Heard {
                    head: head.to_owned(),
                    text: body.to_owned(),
                });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
