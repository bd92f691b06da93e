//! Accepting connections, as many as there may be, until the server stops.

use super::connection::{self, Shared};
use super::limits::{BACKLOG, CUT_MS, OF_ONE_ADDRESS, OUT_OF_DESCRIPTORS_MS};
use super::{Stop, descriptors, stopped};
use crate::runtime::Fault;
use crate::server::http::network;
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

/// How long a server takes to leave, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaving {
    /// All is answered as ever, so that whoever sends others here can hear that it stops.
    pub(super) drain_ms: u64,
    /// Then what is under way is finished.
    pub(super) finish_ms: u64,
}

/// What is done when a server begins to leave, and when it takes nothing new.
pub(super) trait Door {
    fn leave(&self);
    fn close(&self);
}

/// Accepts until it is told to stop. Then it says so for a while to whoever asks and answers as ever; then it takes
/// nothing new, and waits for answers under way. Whoever comes meanwhile is told to come back, and waited for by
/// nobody.
pub(super) async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<Stop>,
    leaving: Leaving,
    door: impl Door,
) {
    let most = shared.limits.connections.min(descriptors::for_connections());
    if most < shared.limits.connections {
        tracing::warn!(wanted = shared.limits.connections, most, "the limit of open files allows fewer connections");
    }
    // Connections hear of the stop when nothing new is taken.
    let (closing, closes) = watch::channel(Stop::No);
    let mut connections = Connections::new(most);
    tokio::select! {
        () = connections.serve(&listener, &shared, &closes) => {}
        () = stopped(&mut stop) => {}
    }
    door.leave();
    tokio::select! {
        () = connections.serve(&listener, &shared, &closes) => {}
        () = pause(leaving.drain_ms) => {}
        _ = stop.wait_for(|stop| *stop == Stop::AtOnce) => {}
    }
    door.close();
    closing.send_replace(Stop::Gracefully);
    let (_late, never) = watch::channel(Stop::No);
    let mut late = Connections::new(most);
    let all = async { while connections.tasks.join_next().await.is_some() {} };
    tokio::select! {
        ended = timeout(Duration::from_millis(leaving.finish_ms), all) => if ended.is_err() {
            tracing::warn!("answers under way were cut off: they took too long");
        },
        () = late.serve(&listener, &shared, &never) => {}
        _ = stop.wait_for(|stop| *stop == Stop::AtOnce) => {}
    }
    drop(listener);
    // What is with the database cannot be cut off; it is not waited for longer than this.
    let cut = async { tokio::join!(connections.tasks.shutdown(), late.tasks.shutdown()) };
    timeout(Duration::from_millis(CUT_MS), cut).await.ok();
}

#[expect(clippy::disallowed_methods, reason = "the runtime waits, and this is one of its waits")]
async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// Those that are there.
struct Connections {
    most: usize,
    /// How many each has, by what counts as one address.
    by_address: HashMap<IpAddr, usize>,
    tasks: JoinSet<IpAddr>,
    /// The last one that came found no place: told once until one does.
    is_full: bool,
}

impl Connections {
    fn new(most: usize) -> Connections {
        Connections { most, by_address: HashMap::new(), tasks: JoinSet::new(), is_full: false }
    }

    /// Accepts and serves. Never ends by itself.
    async fn serve(&mut self, listener: &TcpListener, shared: &Arc<Shared>, stop: &watch::Receiver<Stop>) {
        loop {
            tokio::select! {
                Some(ended) = self.tasks.join_next() => self.ended(ended.ok()),
                accepted = listener.accept() => match accepted {
                    Ok((stream, from)) => self.take(stream, network(from.ip()), from.ip(), shared, stop),
                    Err(why) => {
                        tracing::warn!(%why, "a connection could not be accepted");
                        pause(OUT_OF_DESCRIPTORS_MS).await;
                    }
                },
            }
        }
    }

    /// Whether one more of an address finds a place; it has it then.
    fn admit(&mut self, of: IpAddr) -> bool {
        let (parts, whole) = OF_ONE_ADDRESS;
        let most_of_one = (self.most / whole * parts).max(1);
        let of_one = self.by_address.get(&of).copied().unwrap_or(0);
        if self.tasks.len() >= self.most || of_one >= most_of_one {
            return false;
        }
        self.by_address.insert(of, of_one + 1);
        true
    }

    fn take(
        &mut self,
        stream: TcpStream,
        of: IpAddr,
        from: IpAddr,
        shared: &Arc<Shared>,
        stop: &watch::Receiver<Stop>,
    ) {
        if !self.admit(of) {
            if let Some(metrics) = &shared.metrics {
                metrics.no_place();
            }
            if !std::mem::replace(&mut self.is_full, true) {
                tracing::warn!(%from, connections = self.tasks.len(), "there is no place for another connection");
            }
            if shared.tls.is_none() {
                // Few bytes, which always fit into a socket that is new; who does not read them sees that it ends.
                stream.try_write(FULL).ok();
            }
            return;
        }
        self.is_full = false;
        let (shared, stop) = (Arc::clone(shared), stop.clone());
        let open = shared.metrics.as_ref().map(|metrics| metrics.connected());
        self.tasks.spawn(async move {
            connection::serve(stream, from, shared, stop).await;
            drop(open);
            of
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
    fn one_network_has_its_share_and_who_finds_no_place_is_not_remembered() {
        let mut connections = Connections::new(4);
        // from where, whether it finds a place, how many addresses are remembered then
        let rows = [
            ("2001:db8:0:1::1", true, 1),
            ("2001:db8:0:1::2", true, 1),
            ("2001:db8:0:1:ffff::3", true, 1),
            ("2001:db8:0:1::4", false, 1),
            ("2001:db8:0:2::1", true, 2),
            ("192.0.2.1", true, 3),
            ("::ffff:192.0.2.1", true, 3),
        ];
        for (from, is_taken, remembered) in rows {
            let of = network(from.parse().unwrap());
            assert_eq!((connections.admit(of), connections.by_address.len()), (is_taken, remembered), "{from}");
        }
        for from in ["192.0.2.1", "192.0.2.1", "2001:db8:0:2::1"] {
            connections.ended(Some(network(from.parse().unwrap())));
        }
        assert_eq!(connections.by_address.len(), 1);
        connections.most = 0;
        assert!(!connections.admit("192.0.2.9".parse().unwrap()));
        assert_eq!(connections.by_address.len(), 1, "a refused one leaves nothing");
    }

    #[test]
    fn what_is_said_when_there_is_no_place_is_as_long_as_it_says() {
        let text = std::str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
