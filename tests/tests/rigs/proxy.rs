//! R6: a network that fails, between whoever calls and whoever answers.
//!
//! **Invariant.** What happens to the n-th connection is drawn from the seed. Bytes are late, come in
//! drips, break off, stand still, or come twice, and are never altered but where a proxy is told to
//! alter bodies: everything else is what TCP lets happen.

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tests::Dice;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::JoinHandle,
};

/// How long a copy of a request is waited for, and a connection that stands still is kept.
const STANDSTILL: Duration = Duration::from_secs(2);

/// Whoever answers.
#[derive(Debug, Clone)]
pub(crate) enum Upstream {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// What may go wrong with a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    /// A connection breaks after at most so many bytes, of which none did for longer.
    pub(crate) bytes_max: u32,
    /// Whether requests come twice, one after the other, as a proxy that tries again sends them.
    pub(crate) doubles: bool,
    /// Whether a bit of a body may turn over.
    pub(crate) alters: bool,
}

/// What happened so far.
#[derive(Debug, Default)]
pub(crate) struct Happened {
    connections: AtomicUsize,
    cut: AtomicUsize,
    stood_still: AtomicUsize,
    doubled: AtomicUsize,
    altered: AtomicUsize,
}

/// A listener that passes everything on, badly while it storms.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) happened: Arc<Happened>,
    storm: watch::Sender<Option<Weather>>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Listens on a free port; the sky is clear.
    pub(crate) async fn before(upstream: Upstream, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let happened = Arc::new(Happened::default());
        let (storm, seen) = watch::channel(None);
        let dice = Arc::new(Mutex::new(Dice::new(seed)));
        let noted = Arc::clone(&happened);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                noted.connections.fetch_add(1, Ordering::Relaxed);
                let fate = {
                    let mut dice = dice.lock().expect("nobody panicked");
                    let weather = *seen.borrow();
                    weather.map(|weather| Fate::draw(&mut dice, weather))
                };
                let (upstream, seen, noted) = (upstream.clone(), seen.clone(), Arc::clone(&noted));
                tokio::spawn(async move {
                    // How it ends is what the rig is about.
                    let _ = pass(client, &upstream, fate, seen, &noted).await;
                });
            }
        });
        Self {
            address,
            happened,
            storm,
            task,
        }
    }

    /// From now on connections fare badly.
    pub(crate) fn storm(&self, weather: Weather) {
        self.storm.send_replace(Some(weather));
    }

    /// Every connection of the storm breaks, and from now on all is well.
    pub(crate) fn clear(&self) {
        self.storm.send_replace(None);
    }
}

impl Happened {
    pub(crate) fn tell(&self) -> String {
        let [connections, cut, still, doubled, altered] = [
            &self.connections,
            &self.cut,
            &self.stood_still,
            &self.doubled,
            &self.altered,
        ]
        .map(|count| count.load(Ordering::Relaxed));
        format!(
            "{connections} connections, {cut} cut, {still} stood still, {doubled} requests came twice, \
             {altered} altered"
        )
    }

    /// How many of each: cut, stood still, doubled, altered.
    pub(crate) fn counts(&self) -> [usize; 4] {
        [&self.cut, &self.stood_still, &self.doubled, &self.altered]
            .map(|count| count.load(Ordering::Relaxed))
    }
}

/// What is in store for one connection.
#[derive(Debug, Clone)]
struct Fate {
    /// Nothing is passed on before, so that later connections overtake this one.
    wait: Duration,
    /// At most so many bytes at a time, so long apart.
    piece: usize,
    pause: Duration,
    /// After so many bytes, of both ways together, it ends in this way.
    bytes: usize,
    end: End,
    doubles: bool,
    alters: Option<Dice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Both sides are told that it is over.
    Closed,
    /// Both sides are told that something is wrong.
    Reset,
    /// The caller may speak on, and hears nothing any more.
    Deaf,
    /// Nobody is told anything.
    Standstill,
}

impl Fate {
    fn draw(dice: &mut Dice, weather: Weather) -> Self {
        let drips = dice.one_in(8);
        Self {
            wait: Duration::from_millis(u64::from(dice.below(30))),
            piece: if drips {
                1 + dice.below(200) as usize
            } else {
                64 * 1024
            },
            pause: Duration::from_millis(u64::from(dice.below(if drips { 20 } else { 4 }))),
            bytes: dice.below(weather.bytes_max) as usize,
            end: match dice.below(10) {
                0..4 => End::Closed,
                4..7 => End::Reset,
                7..9 => End::Deaf,
                _ => End::Standstill,
            },
            doubles: weather.doubles && dice.one_in(2),
            alters: (weather.alters && dice.one_in(4))
                .then(|| Dice::new(dice.below(u32::MAX).into())),
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Upstream {
    async fn open(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp(address) => Box::new(TcpStream::connect(address).await?),
            Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
        })
    }
}

async fn pass(
    mut client: TcpStream,
    upstream: &Upstream,
    fate: Option<Fate>,
    mut storm: watch::Receiver<Option<Weather>>,
    happened: &Happened,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut server = upstream.open().await?;
    let Some(mut fate) = fate else {
        // What stood before a storm does not outlast its first moment.
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
            () = breaks_out(&mut storm) => {
                happened.cut.fetch_add(1, Ordering::Relaxed);
            }
        }
        return Ok(());
    };
    tokio::time::sleep(fate.wait).await;
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let said = &mut up[..read?];
                if said.is_empty() {
                    return Ok(());
                }
                if let Some(dice) = &mut fate.alters && alter(said, dice) {
                    happened.altered.fetch_add(1, Ordering::Relaxed);
                }
                if fate.doubles {
                    say_before(upstream, said).await;
                    happened.doubled.fetch_add(1, Ordering::Relaxed);
                }
                if !fate.carry(said, &mut server).await? {
                    break;
                }
            }
            read = server.read(&mut down) => {
                let said = &mut down[..read?];
                if said.is_empty() || !fate.carry(said, &mut client).await? {
                    break;
                }
            }
            () = clear(&mut storm) => {
                fate.end = End::Closed;
                break;
            }
        }
    }
    match fate.end {
        End::Closed => {}
        End::Reset => client.set_zero_linger()?,
        End::Deaf | End::Standstill => {
            happened.stood_still.fetch_add(1, Ordering::Relaxed);
            if fate.end == End::Deaf {
                // What is still said arrives, and what is answered does not.
                let to_the_end = tokio::io::copy(&mut client, &mut server);
                let _ = tokio::time::timeout(STANDSTILL, to_the_end).await;
            } else {
                let _ = tokio::time::timeout(STANDSTILL, clear(&mut storm)).await;
            }
        }
    }
    happened.cut.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

async fn breaks_out(storm: &mut watch::Receiver<Option<Weather>>) {
    // A proxy that is gone has no storms.
    let _ = storm.wait_for(Option::is_some).await;
}

async fn clear(storm: &mut watch::Receiver<Option<Weather>>) {
    let _ = storm.wait_for(Option::is_none).await;
}

impl Fate {
    /// Passes on what was said; false when the connection has reached its end.
    async fn carry(
        &mut self,
        said: &[u8],
        to: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> io::Result<bool> {
        for piece in said.chunks(self.piece) {
            tokio::time::sleep(self.pause).await;
            let passed = piece.len().min(self.bytes);
            to.write_all(&piece[..passed]).await?;
            self.bytes -= passed;
            if self.bytes == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Says the same on a connection of its own, and waits until it was heard, so that the answer that
/// the caller gets is the later one.
async fn say_before(upstream: &Upstream, said: &[u8]) {
    let saying = async {
        let mut other = upstream.open().await?;
        other.write_all(said).await?;
        // A request that is not whole is waited for in vain.
        other.read(&mut [0; 4 * 1024]).await
    };
    let _ = tokio::time::timeout(STANDSTILL, saying).await;
}

/// Turns a bit over in what follows the head of a request, if something does.
fn alter(said: &mut [u8], dice: &mut Dice) -> bool {
    let head = said.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(body) = head.and_then(|end| said.get_mut(end + 4..)) else {
        return false;
    };
    let place = dice.below(u32::try_from(body.len()).unwrap_or(u32::MAX).max(1));
    let Some(byte) = body.get_mut(place as usize) else {
        return false;
    };
    *byte ^= 1 << dice.below(8);
    true
}
