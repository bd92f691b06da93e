//! Accepting connections, as many as there may be, until the server stops.

use super::connection::{self, Shared};
use super::limits::{BACKLOG, OF_ONE_ADDRESS, OUT_OF_DESCRIPTORS_MS, STOP_MS};
use super::{Stop, descriptors, stopped};
use crate::runtime::Fault;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// What a client is told for whom there is no place.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\
content-type: application/problem+json\r\ncontent-length: 107\r\n\r\n\
{\"type\":\"/problems/full\",\"title\":\"full\",\"status\":503,\
\"detail\":\"there are too many connections; ask again\"}\n";

/// Listens at an address.
pub(super) fn listen(at: SocketAddr) -> Result<TcpListener, Fault> {
    let fault = |source| {
        let remedy = "choose another address with --listen, or stop what listens there";
        Fault::io(format!("could not listen on {at}"), &source, remedy)
    };
    let socket = if at.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.map_err(fault)?;
    // A server that starts again takes its address back at once.
    socket.set_reuseaddr(true).map_err(fault)?;
    socket.bind(at).map_err(fault)?;
    socket.listen(BACKLOG).map_err(fault)
}

/// Accepts until it is told to stop, then waits for answers under way. `close` is called in between.
pub(super) async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<Stop>,
    close: impl FnOnce(),
) {
    let most = shared.limits.connections.min(descriptors::for_connections());
    if most < shared.limits.connections {
        tracing::warn!(wanted = shared.limits.connections, most, "the limit of open files allows fewer connections");
    }
    let handed = stop.clone();
    let mut connections = Connections { most, by_address: HashMap::new(), tasks: JoinSet::new(), is_full: false };
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            Some(ended) = connections.tasks.join_next() => connections.ended(ended.ok()),
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => connections.take(stream, from.ip(), &shared, &handed),
                Err(why) => {
                    tracing::warn!(%why, "a connection could not be accepted");
                    pause(OUT_OF_DESCRIPTORS_MS).await;
                }
            },
        }
    }
    drop(listener);
    close();
    let all = async { while connections.tasks.join_next().await.is_some() {} };
    tokio::select! {
        ended = timeout(Duration::from_millis(STOP_MS), all) => if ended.is_err() {
            tracing::warn!("answers under way were cut off: they took too long");
        },
        _ = stop.wait_for(|stop| *stop == Stop::AtOnce) => {}
    }
    connections.tasks.shutdown().await;
}

#[expect(clippy::disallowed_methods, reason = "the runtime waits, and this is one of its waits")]
async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// Those that are there.
struct Connections {
    most: usize,
    by_address: HashMap<IpAddr, usize>,
    tasks: JoinSet<IpAddr>,
    /// The last one that came found no place: told once until one does.
    is_full: bool,
}

impl Connections {
    fn take(&mut self, stream: TcpStream, from: IpAddr, shared: &Arc<Shared>, stop: &watch::Receiver<Stop>) {
        let (parts, of) = OF_ONE_ADDRESS;
        let most_of_one = (self.most / of * parts).max(1);
        let of_one = self.by_address.entry(from).or_default();
        if self.tasks.len() >= self.most || *of_one >= most_of_one {
            if !std::mem::replace(&mut self.is_full, true) {
                tracing::warn!(%from, connections = self.tasks.len(), "there is no place for another connection");
            }
            if shared.tls.is_none() {
                // Few bytes, which always fit into a socket that is new; who does not read them sees that it ends.
                stream.try_write(FULL).ok();
            }
            return;
        }
        *of_one += 1;
        self.is_full = false;
        let (shared, stop) = (Arc::clone(shared), stop.clone());
        self.tasks.spawn(async move {
            connection::serve(stream, from, shared, stop).await;
            from
        });
    }

    /// Forgets one. What panicked does not say whose it was; it counts on, which costs one place of its address.
    fn ended(&mut self, from: Option<IpAddr>) {
        let Some(from) = from else { return };
        if let Some(count) = self.by_address.get_mut(&from) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.by_address.remove(&from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_when_there_is_no_place_is_as_long_as_it_says() {
        let text = std::str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
