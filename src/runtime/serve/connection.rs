//! One connection: TLS where it is asked for, then requests one after the other.

use super::limits::{HANDSHAKE_MS, HEAD_BYTES_MAX};
use super::stall::Stalling;
use super::{Limits, Stop, stopped};
use crate::server::http::{Metrics, Peer};
use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// What all connections share.
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) limits: Limits,
    /// Who counts connections; none counts those that only watch.
    pub(super) metrics: Option<Arc<Metrics>>,
}

/// Serves a connection until its client goes, is idle for too long, or the server stops.
pub(super) async fn serve(stream: TcpStream, peer: IpAddr, shared: Arc<Shared>, mut stop: watch::Receiver<Stop>) {
    if let Err(why) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %why, "a connection sends in large pieces");
    }
    // Whoever says nothing costs no buffer and no TLS.
    let idle = Duration::from_millis(shared.limits.idle_ms);
    tokio::select! {
        spoke = timeout(idle, stream.readable()) => if !matches!(spoke, Ok(Ok(()))) { return },
        () = stopped(&mut stop) => return,
    }
    let Some(tls) = &shared.tls else {
        return converse(stream, peer, &shared, stop).await;
    };
    match timeout(Duration::from_millis(HANDSHAKE_MS), tls.accept(stream)).await {
        Ok(Ok(stream)) => converse(stream, peer, &shared, stop).await,
        // Anybody can do that as often as he likes: the log tells of it only to those who look closer.
        Ok(Err(why)) => tracing::debug!(%peer, %why, "TLS did not begin"),
        Err(_) => tracing::debug!(%peer, "TLS did not begin in time"),
    }
}

async fn converse<I>(stream: I, peer: IpAddr, shared: &Shared, mut stop: watch::Receiver<Stop>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = TokioIo::new(Stalling::new(stream, Duration::from_millis(shared.limits.stall_ms)));
    let router = TowerToHyperService::new(shared.router.clone());
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(shared.limits.idle_ms))
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(stream, service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(why) = ended {
        tracing::debug!(%peer, %why, "a connection ended");
    }
}
