//! The listener: an accept loop of our own, because axum's has no time limits.
//!
//! **Invariant.** A slow or silent client cannot keep a connection: heads, idle times, the standstill
//! of answers and the count of connections are bounded. On a stop, running requests get the drain time and nothing new is
//! accepted.

use std::{net::IpAddr, pin::pin, sync::Arc, time::Duration};

use axum::{body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1::Builder};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::ServiceExt;

use crate::app::App;

use super::{network::Peer, patience::Patience};

const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` resolves, then drains.
pub async fn serve(app: App, listener: TcpListener, stop: impl Future<Output = ()> + Send) {
    let config = Arc::clone(&app.config);
    let service = super::service(app.clone());
    let places = Arc::new(Semaphore::new(config.connections_max as usize));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    // HTTP/1.1 only: whoever wants HTTP/2 has a proxy in front, and its floods stop there. The
    // timer for the head runs from the moment the connection waits for it, so that it ends idle
    // connections too.
    let mut builder = Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener) => accepted,
        };
        // Past the cap a connection is closed at once: the queue in the kernel is the back-pressure.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            metrics::counter!("relief_depot_connections_refused_total").increment(1);
            continue;
        };
        let service = service.clone();
        let handler = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            service.clone().oneshot(request.map(Body::new))
        });
        let stream = Patience::new(stream, config.write_timeout);
        let connection = builder.serve_connection(TokioIo::new(stream), handler);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // A broken connection is the client's business and no fault of ours.
            let _ = watched.await;
            drop(place);
        });
    }
    app.begin_to_stop();
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => tracing::info!("drained"),
        () = tokio::time::sleep(config.drain_timeout) => tracing::warn!("drain time is over, closing what still runs"),
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, IpAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                return (stream, peer.ip());
            }
            // Out of file descriptors, or the peer was gone already: wait for better times.
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
