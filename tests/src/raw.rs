//! A caller who does not keep to HTTP: bytes on a socket, as slowly or as broken as the test likes.
//!
//! **Invariant.** Nothing is corrected on the way.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

use crate::coverage;

/// How long a test waits for the other side at most.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A connection by hand.
#[derive(Debug)]
pub struct Wire(TcpStream);

impl Wire {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await;
        Self(stream.unwrap_or_else(|error| panic!("{address}: {error}")))
    }

    /// Connects as one who takes little at a time, so that a long answer waits for its reader.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn open_slow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("there is a socket");
        let small = socket.set_recv_buffer_size(16 * 1024);
        small.expect("a buffer may be small");
        let stream = socket.connect(address).await;
        Self(stream.unwrap_or_else(|error| panic!("{address}: {error}")))
    }

    /// Connects, if somebody listens.
    pub async fn try_open(address: SocketAddr) -> Option<Self> {
        TcpStream::connect(address).await.ok().map(Self)
    }

    /// Sends bytes as they are; false if the other side has closed.
    pub async fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// When the other side has closed.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("the server listens");
    }

    /// Says that nothing more will be sent, as a connection that breaks does.
    pub async fn end(&mut self) {
        let _ = self.0.shutdown().await;
    }

    /// Everything until the other side closes; empty if it closes without a word.
    ///
    /// # Panics
    /// When it does not close within [`PATIENCE`].
    pub async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = self.0.read_to_end(&mut bytes);
        let read = tokio::time::timeout(PATIENCE, read).await;
        // A reset is a way to close.
        let _ = read.expect("the server closes the connection");
        noted(&bytes)
    }

    /// The first bytes that come, such as a whole small answer; empty if the other side closes.
    ///
    /// # Panics
    /// When nothing comes within [`PATIENCE`].
    pub async fn some(&mut self) -> String {
        let mut bytes = vec![0; 64 * 1024];
        let read = tokio::time::timeout(PATIENCE, self.0.read(&mut bytes)).await;
        let length = read.expect("the server answers").unwrap_or(0);
        noted(&bytes[..length])
    }
}

fn noted(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
    // The body of a chunked answer stands between its lengths.
    let json = body.find('{').zip(body.rfind('}'));
    if let Some((from, to)) = json {
        coverage::note("", "", status, &body[from..=to]);
    }
    text
}
