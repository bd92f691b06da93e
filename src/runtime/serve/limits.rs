//! Every number of the server's sockets that has an end, with its unit.

/// Most connections at once.
pub const CONNECTIONS: usize = 20_000;
/// Descriptors that are not for connections: the database, its log, certificates, the runtime's own.
pub const DESCRIPTORS_KEPT: usize = 64;
/// One address holds at most so many parts of all connections, so that no single one keeps the others out.
pub const OF_ONE_ADDRESS: (usize, usize) = (3, 4);
/// How long a connection may take to bring the head of a request, in milliseconds; also how long it may be idle.
pub const IDLE_MS: u64 = 75_000;
/// How long a client may read nothing of what is sent, in milliseconds.
pub const STALL_MS: u64 = 30_000;
/// How long the beginning of TLS may take, in milliseconds.
pub const HANDSHAKE_MS: u64 = 10_000;
/// How long answers under way may take when the server stops, in milliseconds.
pub const STOP_MS: u64 = 5_000;
/// How long a server that was told to stop answers as ever and says that it is not ready, in seconds, unless it is told
/// otherwise: nobody stands before a server in a shop who would have to hear it.
pub const DRAIN_S: u16 = 0;
/// The longest that it may, in seconds.
pub const DRAIN_S_MAX: u16 = 300;
/// Connections of those who watch the server, at once.
pub const WATCHING_CONNECTIONS: usize = 32;
/// How long the rest may take when answers were cut off, in milliseconds, twice: what asks the database cannot be cut.
pub const CUT_MS: u64 = 2_000;
/// Largest head of a request, in bytes: the longest address and its headers.
pub const HEAD_BYTES_MAX: usize = 128 * 1024;
/// Connections that wait to be accepted; the kernel has its own limit beside it (`net.core.somaxconn`).
pub const BACKLOG: u32 = 4_096;
/// How long nothing is accepted when there are no descriptors left, in milliseconds.
pub const OUT_OF_DESCRIPTORS_MS: u64 = 100;
/// How often it is looked whether the certificate's files changed, in milliseconds.
pub const CERTIFICATE_LOOK_MS: u64 = 30_000;
/// Longest file of signing keys that is read, in bytes.
pub const KEYS_FILE_BYTES_MAX: usize = 16 * 1024;
