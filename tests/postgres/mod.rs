//! A PostgreSQL server of one's own, for tests: made in a temporary directory, on a free port of this machine alone,
//! and gone with the process that started it, however that ends.
//!
//! It comes from the system's packages (Debian: `apt-get install postgresql`). Where it is missing, a test that needs
//! it fails. PostgreSQL does not run as root: then it runs as the user `postgres`, which those packages make.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// How often another port is tried when somebody took the free one.
const PORTS_TRIED: usize = 5;

/// What a shell does with it: it holds the server until nobody holds the other end of its standard input any more.
const HELD: &str = r#"dir=$1; shift
"$@" </dev/null & server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null; wait $server
rm -rf "$dir""#;

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    dir: PathBuf,
    held: Mutex<Option<Child>>,
}

impl Server {
    /// Makes one and starts it, with settings as `postgres -c` takes them. Its superuser is `comanda`, whom it trusts.
    pub fn start(settings: &[&str]) -> Server {
        let dir = tempfile::Builder::new().prefix("comanda-pg").tempdir().expect("a temporary directory").keep();
        if is_root() {
            succeed(Command::new("chown").arg("postgres").arg(&dir), "give the directory to the user postgres");
        }
        // Words are ordered otherwise than by their bytes, so that whoever relies on bytes has to say so.
        let locale = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--encoding=UTF8"];
        let mut make = as_user(&program("initdb"));
        make.args(["--username=comanda", "--auth=trust", "--no-sync", "--no-instructions"]).args(locale);
        succeed(make.arg("-D").arg(dir.join("data")), "make a database cluster");
        for _ in 0..PORTS_TRIED {
            let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port");
            if let Some(held) = run(&dir, free.port(), settings) {
                return Server { port: free.port(), dir, held: Mutex::new(Some(held)) };
            }
        }
        panic!("PostgreSQL did not start: look at what it said above");
    }

    /// The directory of its things; its data is in `data`.
    #[allow(dead_code, reason = "not every test lays files down there")]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// How one of its databases is named to Comanda.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://comanda@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes a database, and answers with how it is named to Comanda.
    pub fn database(&self, name: &str) -> String {
        self.ask("postgres", &format!("CREATE DATABASE {name}"));
        self.address(name)
    }

    /// Lets a user in over TLS alone, with `own.pem` and `own.key` of its directory, and with a password.
    #[allow(dead_code, reason = "not every test has passwords")]
    pub fn takes_passwords(&self, user: &str, password: &str) {
        for file in ["own.pem", "own.key"] {
            succeed(Command::new("chmod").arg("600").arg(self.dir.join(file)), "guard a key");
            if is_root() {
                succeed(Command::new("chown").arg("postgres").arg(self.dir.join(file)), "give a key away");
            }
        }
        let rules =
            format!("hostssl all {user} 127.0.0.1/32 scram-sha-256\nhostssl all {user} ::1/128 scram-sha-256\n");
        std::fs::write(self.dir.join("data/pg_hba.conf"), rules + "host all comanda 127.0.0.1/32 trust\n").unwrap();
        let set = |name: &str, value: String| self.ask("postgres", &format!("ALTER SYSTEM SET {name} = '{value}'"));
        set("ssl_cert_file", self.dir.join("own.pem").display().to_string());
        set("ssl_key_file", self.dir.join("own.key").display().to_string());
        set("ssl", "on".into());
        self.ask("postgres", &format!("CREATE ROLE {user} LOGIN SUPERUSER PASSWORD '{password}'"));
        self.ask("postgres", "SELECT pg_reload_conf()");
        // Whoever comes in after the rules were read again is told so.
        while self.ask("postgres", "SHOW ssl") != "on" {}
    }

    /// Asks one of its databases something, as its superuser; one line for each row.
    pub fn ask(&self, database: &str, sql: &str) -> String {
        let mut psql = Command::new(program("psql"));
        psql.args(["-h", "127.0.0.1", "-U", "comanda", "-XAqt", "-v", "ON_ERROR_STOP=1", "-p"]);
        psql.arg(self.port.to_string()).args(["-d", database, "-c", sql]);
        succeed(&mut psql, sql).trim_end().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut held) = self.held.lock().unwrap_or_else(PoisonError::into_inner).take() {
            drop(held.stdin.take());
            held.wait().ok();
        }
    }
}

/// Runs the server, and returns when it takes connections; none when it ended before.
fn run(dir: &Path, port: u16, settings: &[&str]) -> Option<Child> {
    let mut words = vec![format!("port={port}")];
    // Nothing of it outlives the test: it need not be on the medium, but where a test says otherwise.
    words
        .extend(["listen_addresses=127.0.0.1", "unix_socket_directories=", "logging_collector=off"].map(str::to_owned));
    words.extend(["fsync=off", "max_connections=300", "shared_buffers=32MB"].map(str::to_owned));
    words.extend(settings.iter().map(|it| (*it).to_owned()));
    let server = as_user(&program("postgres"));
    let mut shell = Command::new("sh");
    shell.args(["-c", HELD, "sh"]).arg(dir).arg(server.get_program()).args(server.get_args());
    shell.arg("-D").arg(dir.join("data"));
    words.iter().for_each(|word| {
        shell.arg("-c").arg(word);
    });
    let mut held = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a shell");
    let mut said = BufReader::new(held.stderr.take().expect("it is piped"));
    let mut line = String::new();
    while said.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        if line.contains("ready to accept connections") {
            // What it says from now on is read, so that it never waits for a reader.
            std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
            return Some(held);
        }
        eprint!("{line}");
        line.clear();
    }
    held.kill().ok();
    held.wait().ok();
    None
}

/// A program of the newest PostgreSQL that is here.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|it| Some((it.file_name().to_str()?.parse().ok()?, it.path().join("bin").join(name))))
        .filter(|(_, path)| path.exists())
        .collect();
    found.sort();
    found.pop().map_or_else(|| PathBuf::from(name), |(_, path)| path)
}

/// /proc/self belongs to the user that this process runs as.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}

/// A program as a user under whom PostgreSQL runs.
fn as_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
    command
}

fn succeed(command: &mut Command, what: &str) -> String {
    let ended = command.output().unwrap_or_else(|why| {
        panic!(
            "{:?} does not run ({why}): these tests need PostgreSQL (apt-get install postgresql)",
            command.get_program()
        )
    });
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "could not {what}: {said}");
    String::from_utf8_lossy(&ended.stdout).into_owned()
}
