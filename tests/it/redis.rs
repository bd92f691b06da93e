//! Debian's redis-server in a directory and on a port of its own: it can be killed, frozen, and looked into.

use comanda::runtime::cache::{Address, Named};
use comanda::runtime::clock;
use comanda::runtime::paths::environment;
use redis::{Cmd, Connection, FromRedisValue};
use rustix::process::{Pid, Signal, kill_process};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Longer than it takes to start, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// One redis-server.
pub struct RedisServer {
    dir: TempDir,
    pub port: u16,
    flags: Vec<String>,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one; none, with a word, where there is no redis-server and nobody insists.
    pub fn open() -> Option<RedisServer> {
        RedisServer::with(&[])
    }

    /// The same with flags of its own.
    pub fn with(flags: &[&str]) -> Option<RedisServer> {
        let mut redis = RedisServer::absent(flags)?;
        redis.start();
        Some(redis)
    }

    /// A place for one, at which nobody listens yet.
    pub fn absent(flags: &[&str]) -> Option<RedisServer> {
        if !Command::new("redis-server").arg("--version").output().is_ok_and(|it| it.status.success()) {
            let is_gate = environment("CI").is_some_and(|ci| ci == "true");
            assert!(!is_gate, "redis-server is missing: apt-get install redis-server");
            eprintln!("redis-server is not here: what takes Redis is left out");
            return None;
        }
        // Free a moment ago; whoever takes it meanwhile makes the start fail.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let flags = flags.iter().map(|&flag| flag.to_owned()).collect();
        Some(RedisServer { dir: tempfile::tempdir().unwrap(), port, flags, child: None })
    }

    /// Starts it where it was; returns when it listens.
    pub fn start(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = std::fs::File::create(self.dir.path().join("out.txt")).unwrap();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]).arg(self.dir.path());
        if !self.flags.iter().any(|flag| flag == "--port") {
            command.arg("--port").arg(self.port.to_string());
        }
        command.args(&self.flags).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        let deadline = clock::instant() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let said = || std::fs::read_to_string(self.dir.path().join("out.txt")).unwrap_or_default();
            let has_ended = self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_some());
            assert!(!has_ended && clock::instant() < deadline, "redis-server does not start: {}", said());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Takes flags for its next start.
    pub fn be_with(&mut self, flags: &[&str]) {
        self.flags = flags.iter().map(|&flag| flag.to_owned()).collect();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(self.child.as_ref().expect("it runs")), signal).unwrap();
    }

    /// It does nothing any more, but its sockets stay (SIGSTOP).
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// It goes on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// As an operator names it.
    pub fn named(&self) -> Named {
        let address = Address::read(&format!("redis://127.0.0.1:{}", self.port)).unwrap();
        Named { address, password_file: None }
    }

    /// Somebody else who is connected to it.
    pub fn visit(&self) -> Visitor {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
        Visitor(client.get_connection().unwrap())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Somebody who looks into a cache, and writes into it what he likes.
pub struct Visitor(Connection);

impl Visitor {
    /// Says a command, its words apart.
    pub fn says<T: FromRedisValue>(&mut self, words: &[&[u8]]) -> T {
        let mut command = Cmd::new();
        words.iter().for_each(|word| {
            command.arg(*word);
        });
        command.query(&mut self.0).unwrap()
    }

    /// All names that something is kept under.
    pub fn names(&mut self) -> Vec<String> {
        let mut names: Vec<String> = self.says(&[b"KEYS", b"*"]);
        names.sort();
        names
    }
}
