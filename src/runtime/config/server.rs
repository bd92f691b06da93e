//! What the configuration says of the server. Secrets never stand in it: it names the files that hold them.

use super::Check;
use super::text::ServerText;
use crate::document::Database;
use crate::runtime::paths::beside;
use crate::runtime::{Fault, why};
use crate::sync::wire::{BadSite, Site};
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// What a stock CouchDB keeps for registers. The menu is not among them: that is imported at the register.
const KEPT: [Database; 3] = [Database::Orders, Database::Customers, Database::Audit];

/// The server, and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where it is: `https://pos.example`, with a path where it stands behind one.
    pub url: String,
    /// Whose certificates are taken instead of those that the machine trusts.
    pub ca_file: Option<PathBuf>,
    /// The proxy on the way there.
    pub proxy: Option<ProxyConfig>,
    /// What it is.
    pub kind: ServerKind,
}

/// An HTTP proxy: what is encrypted goes through it in a tunnel (RFC 9110, 9.3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyConfig {
    /// Where it is: `http://proxy.shop:3128`.
    pub url: String,
    /// The name that it wants to know, and where its password lies.
    pub login: Option<(String, PathBuf)>,
}

/// What stands at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerKind {
    /// `comanda serve`: registers are enrolled.
    Comanda,
    /// A stock CouchDB or pouchdb-server.
    Couch {
        /// What its databases are called.
        databases: Vec<(Database, String)>,
        /// The name to log in with, if one must.
        user: Option<String>,
        /// Where the password of that name lies, unless it is a systemd credential.
        password_file: Option<PathBuf>,
    },
}

impl ServerConfig {
    /// A server of ours.
    pub fn comanda(url: &str) -> ServerConfig {
        ServerConfig { url: url.to_owned(), ca_file: None, proxy: None, kind: ServerKind::Comanda }
    }

    /// It as the messages address it.
    ///
    /// # Errors
    /// [`BadSite`]; a configuration that was read has none.
    pub fn site(&self) -> Result<Site, BadSite> {
        match &self.kind {
            ServerKind::Comanda => Site::comanda(&self.url),
            ServerKind::Couch { databases, user, .. } => {
                let named: Vec<_> = databases.iter().map(|(database, name)| (*database, name.as_str())).collect();
                let site = Site::couch(&self.url, &named)?;
                Ok(match user {
                    Some(user) => site.logging_in_as(user),
                    None => site,
                })
            }
        }
    }

    /// The proxy on the way there; none to this machine, whatever the configuration says.
    pub fn proxy(&self) -> Option<&ProxyConfig> {
        let host = self.url.parse::<http::Uri>().ok().and_then(|address| Some(address.host()?.to_owned()));
        self.proxy.as_ref().filter(|_| !host.is_some_and(|host| is_this_machine(&host)))
    }

    /// Whether nothing that goes over the line is encrypted.
    pub fn is_plain(&self) -> bool {
        self.url.parse::<http::Uri>().is_ok_and(|address| address.scheme() != Some(&http::uri::Scheme::HTTPS))
    }
}

/// Writes where the server is into a configuration that names none. All else in the file stays as it is.
///
/// # Errors
/// A [`Fault`] when it cannot be written; the file is as it was then.
pub fn add_server(config: &Path, url: &str) -> Result<(), Fault> {
    let doing = format!("the server took the code, but the configuration {} could not be written", config.display());
    let url_line = toml::Value::from(url);
    let remedy =
        format!("write `url = {url_line}` under [server] into it, then type the same code again within 10 minutes");
    let fault = |source: io::Error| Fault::new(&doing, why(&source), &remedy);
    let text = std::fs::read_to_string(config).map_err(fault)?;
    let new = beside(config, ".new");
    let mode = config.metadata().map_err(fault)?.permissions();
    let written = std::fs::write(&new, with_server(&text, url))
        .and_then(|()| std::fs::set_permissions(&new, mode))
        .and_then(|()| std::fs::File::open(&new)?.sync_all())
        .and_then(|()| std::fs::rename(&new, config));
    written.map_err(|source| {
        // What is left of it is in nobody's way.
        std::fs::remove_file(&new).ok();
        fault(source)
    })
}

/// The text with a server: in the place of the comments that `comanda init` wrote for it, else at its end.
pub fn with_server(text: &str, url: &str) -> String {
    let says = format!("url = {}\n", toml::Value::from(url));
    let mut out = String::with_capacity(text.len() + says.len() + 20);
    let (mut has_table, mut has_url) = (false, false);
    for line in text.split_inclusive('\n') {
        match line.trim_end() {
            "#[server]" if !has_table => {
                has_table = true;
                out.push_str("[server]\n");
            }
            commented if has_table && !has_url && commented.starts_with("#url = ") => {
                has_url = true;
                out.push_str(&says);
            }
            _ => out.push_str(line),
        }
    }
    if has_table && has_url {
        return out;
    }
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}\n[server]\n{says}")
}

/// Says what is wrong with the address of a server, if anything. Plain HTTP goes to this machine alone, unless
/// `may_be_plain`.
pub fn url_flaw(url: &str, may_be_plain: bool) -> Option<String> {
    if let Err(bad) = Site::comanda(url) {
        return Some(bad.to_string());
    }
    let bad = |what: &str| Some(format!("`{}` is not the address of a server: {what}", without_login(url)));
    let Ok(address) = url.parse::<http::Uri>() else { return bad("write https://NAME") };
    let (Some(_), Some(authority)) = (address.scheme_str(), address.authority()) else {
        return bad("write https://NAME");
    };
    if authority.as_str().contains('@') {
        return bad("no name and password stand in it: they would be written into logs");
    }
    if authority.host().is_empty() {
        return bad("it names no machine");
    }
    if !may_be_plain && is_plain_abroad(url) {
        return Some(format!(
            "`{url}` is plain HTTP, which everybody on the way can read and change: write https://, or, on a network \
             that is yours alone, allow_plain_http = true under [server]"
        ));
    }
    None
}

/// Whether what goes to an address can be read and changed on the way there: plain HTTP, and not to this machine.
pub fn is_plain_abroad(url: &str) -> bool {
    let Ok(address) = url.parse::<http::Uri>() else { return false };
    address.scheme_str() == Some("http") && !address.host().is_some_and(is_this_machine)
}

/// Says what is wrong with the address of a proxy, if anything.
fn proxy_flaw(url: &str) -> Option<String> {
    let bad = |what: &str| Some(format!("`{}` is not the address of a proxy: {what}", without_login(url)));
    let Some(authority) = url.strip_prefix("http://").and_then(|rest| rest.parse::<http::uri::Authority>().ok()) else {
        return bad("write http://NAME:PORT, and nothing behind it");
    };
    if authority.as_str().contains('@') {
        return bad("no name and password stand in it: write proxy_user and proxy_password_file");
    }
    let has_port = authority.as_str() != authority.host();
    if authority.host().is_empty() || (has_port && authority.port_u16().is_none_or(|port| port == 0)) {
        return bad("write http://NAME:PORT");
    }
    None
}

fn without_login(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://...@{rest}"),
        (_, _) => url.to_owned(),
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Check<'_> {
    pub(super) fn server(&mut self, text: &ServerText, folder: &Path) -> ServerConfig {
        let url = text.url.get_ref().trim_end_matches('/').to_owned();
        if let Some(flaw) = url_flaw(&url, text.allow_plain_http.unwrap_or(false)) {
            self.wrong(text.url.span().start, flaw);
        }
        let mut file = |key: &str, path: &Option<Spanned<PathBuf>>| {
            let path = path.as_ref()?;
            self.unless(!path.get_ref().as_os_str().is_empty(), path, || format!("{key} must name a file"));
            Some(folder.join(path.get_ref()))
        };
        let (ca_file, password_file) = (file("ca_file", &text.ca_file), file("password_file", &text.password_file));
        let proxy_password_file = file("proxy_password_file", &text.proxy_password_file);
        let proxy = self.proxy(text, proxy_password_file);
        let kinds = ["comanda", "couchdb"];
        let kind = self.word("kind", &text.kind, |word| kinds.iter().position(|kind| *kind == word), &kinds);
        let kind = if kind == Some(1) { self.couch(text, password_file) } else { self.ours(text) };
        ServerConfig { url, ca_file, proxy, kind }
    }

    fn proxy(&mut self, text: &ServerText, password_file: Option<PathBuf>) -> Option<ProxyConfig> {
        let url = text.proxy.as_ref().map(|proxy| {
            let url = proxy.get_ref().trim_end_matches('/');
            if let Some(flaw) = proxy_flaw(url) {
                self.wrong(proxy.span().start, flaw);
            }
            url.to_owned()
        });
        let user = text.proxy_user.as_ref().map(|user| (user.span().start, self.user("proxy_user", user)));
        let file = text.proxy_password_file.as_ref().map(|file| file.span().start);
        let lone = user.as_ref().map(|(at, _)| *at).or(file).filter(|_| url.is_none());
        if let Some(at) = lone {
            self.wrong(at, "that is told to a proxy: write proxy = \"http://NAME:PORT\"".into());
        }
        let login = match (user, password_file.zip(file)) {
            (Some((_, name)), Some((file, _))) => Some((name, file)),
            (Some((at, _)), None) => {
                self.wrong(at, "a name needs its password: write proxy_password_file = \"FILE\"".into());
                None
            }
            (None, Some((_, at))) => {
                self.wrong(at, "a password needs the name that it belongs to: write proxy_user = \"NAME\"".into());
                None
            }
            (None, None) => None,
        };
        url.map(|url| ProxyConfig { url, login })
    }

    /// A name to log in with.
    fn user(&mut self, key: &str, user: &Spanned<String>) -> String {
        let name = user.get_ref();
        let right = !name.is_empty() && !name.contains(':') && !name.chars().any(char::is_control);
        self.unless(right, user, || format!("{key} takes a name without a colon"));
        name.clone()
    }

    fn ours(&mut self, text: &ServerText) -> ServerKind {
        let only = |key: &str| format!("{key} is for kind = \"couchdb\": a register of `comanda serve` is enrolled");
        if let Some(databases) = &text.databases {
            self.wrong(databases.span().start, only("databases"));
        }
        if let Some(user) = &text.user {
            self.wrong(user.span().start, only("user"));
        }
        if let Some(file) = &text.password_file {
            self.wrong(file.span().start, only("password_file"));
        }
        ServerKind::Comanda
    }

    fn couch(&mut self, text: &ServerText, password_file: Option<PathBuf>) -> ServerKind {
        let known = KEPT.map(Database::code).join(", ");
        let mut databases = Vec::new();
        match &text.databases {
            None => self.wrong(text.url.span().start, "a CouchDB needs databases = { orders = \"...\" }".into()),
            Some(table) => {
                for (key, name) in table.get_ref() {
                    let found = KEPT.into_iter().find(|database| database.code() == key.get_ref());
                    self.unless(found.is_some(), key, || {
                        format!("registers keep no database `{}` there; it is one of: {known}", key.get_ref())
                    });
                    let Some(database) = found else { continue };
                    if let Err(bad) = Site::couch(text.url.get_ref(), &[(database, name.get_ref())])
                        && bad.address == *name.get_ref()
                    {
                        let what = format!("`{}` is no name of a database: {}", bad.address, bad.what);
                        self.wrong(name.span().start, what);
                    }
                    databases.push((database, name.get_ref().clone()));
                }
                self.unless(databases.iter().any(|(database, _)| *database == Database::Orders), table, || {
                    "databases must name one for orders".into()
                });
            }
        }
        let user = text.user.as_ref().map(|user| self.user("user", user));
        if let (Some(file), None) = (&text.password_file, &user) {
            self.wrong(file.span().start, "a password needs the name that it belongs to: write user = \"NAME\"".into());
        }
        ServerKind::Couch { databases, user, password_file }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::config::parse;

    const LEAST: &str = "[house]\nname = \"A\"\n[register]\nlocation = \"L1\"\nid = \"T1\"\n[server]\n";

    fn read(text: &str) -> Result<ServerConfig, Vec<String>> {
        let config = parse(&format!("{LEAST}{text}"), Path::new("/etc/comanda"));
        let said = |all: Vec<super::super::Mistake>| all.into_iter().map(|it| it.what).collect::<Vec<_>>();
        config.map(|config| config.server.unwrap()).map_err(said)
    }

    #[test]
    fn a_server_is_ours_or_a_couchdb() {
        let ours = read("url = 'https://pos.example/shop/'\nca_file = 'ca.pem'").unwrap();
        assert_eq!(ours.url, "https://pos.example/shop");
        assert_eq!(
            (ours.ca_file.as_deref(), &ours.kind),
            (Some(Path::new("/etc/comanda/ca.pem")), &ServerKind::Comanda)
        );
        assert!(ours.site().unwrap().takes_submissions());
        assert!(!ours.is_plain() && !ServerConfig::comanda("HTTPS://pos.example").is_plain());
        assert!(ServerConfig::comanda("http://localhost").is_plain());
        let couch = read(
            "url = 'http://10.0.0.2:5984'\nallow_plain_http = true\nkind = 'couchdb'\nuser = 't1'\n\
             password_file = 'p'\ndatabases = { orders = 'orders_loc01', audit = 'audit_loc01' }",
        );
        let site = couch.unwrap().site().unwrap();
        assert_eq!([site.has(Database::Orders), site.has(Database::Customers)], [true, false]);
    }

    #[test]
    fn what_is_not_on_this_machine_is_reached_through_the_proxy() {
        let said = "proxy = 'http://proxy.shop:3128/'\nproxy_user = 'till'\nproxy_password_file = 'p'";
        let far = read(&format!("url = 'https://pos.example'\n{said}")).unwrap();
        let login = Some(("till".into(), PathBuf::from("/etc/comanda/p")));
        assert_eq!(far.proxy(), Some(&ProxyConfig { url: "http://proxy.shop:3128".into(), login }));
        for url in ["http://localhost:8080", "https://127.0.0.1", "http://[::1]:8080/pos"] {
            assert_eq!(read(&format!("url = '{url}'\n{said}")).unwrap().proxy(), None, "{url}");
        }
    }

    #[test]
    fn a_mistake_about_the_server_is_told() {
        // what stands there, what is said of it
        let rows = [
            ("", "missing field `url`"),
            (
                "url = 'pos.example'",
                "`pos.example` is not the address of a server: it must begin with https:// or http://",
            ),
            ("url = ''", "`` is not the address of a server: write https://NAME"),
            ("url = '/pos'", "`/pos` is not the address of a server: write https://NAME"),
            ("url = 'https://a/?b'", "`https://a/?b` is not the address of a server: nothing may follow its path"),
            ("url = 'https://me:hush@a'", "`https://...@a` is not the address of a server: no name and password"),
            ("url = 'http://10.0.0.2'", "`http://10.0.0.2` is plain HTTP, which everybody on the way can read"),
            ("url = 'http://127.0.0.1.evil.example'", "`http://127.0.0.1.evil.example` is plain HTTP"),
            ("url = 'https://a'\nurls = 1", "unknown field `urls`"),
            ("url = 'https://a'\nca_file = ''", "ca_file must name a file"),
            (
                "url = 'https://a'\nproxy = 'p:1'",
                "`p:1` is not the address of a proxy: write http://NAME:PORT, and nothing",
            ),
            ("url = 'https://a'\nproxy = 'https://p'", "`https://p` is not the address of a proxy: write http://NAME"),
            (
                "url = 'https://a'\nproxy = 'http://p/a'",
                "`http://p/a` is not the address of a proxy: write http://NAME",
            ),
            ("url = 'https://a'\nproxy = 'http://p:70000'", "`http://p:70000` is not the address of a proxy: write"),
            ("url = 'https://a'\nproxy = 'http://me:hush@p'", "`http://...@p` is not the address of a proxy: no name"),
            (
                "url = 'https://a'\nproxy_user = 'x'\nproxy_password_file = 'p'",
                "that is told to a proxy: write proxy =",
            ),
            ("url = 'https://a'\nproxy = 'http://p'\nproxy_user = 'x'", "a name needs its password: write proxy_pass"),
            (
                "url = 'https://a'\nproxy = 'http://p'\nproxy_password_file = 'x'",
                "a password needs the name that it belongs to: write proxy_user",
            ),
            (
                "url = 'https://a'\nproxy = 'http://p'\nproxy_user = 'a:b'\nproxy_password_file = 'x'",
                "proxy_user takes a name without a colon",
            ),
            ("url = 'https://a'\nkind = 'mysql'", "there is no kind `mysql`; it is one of: comanda, couchdb"),
            ("url = 'https://a'\nuser = 'x'", "user is for kind = \"couchdb\""),
            ("url = 'https://a'\nkind = 'couchdb'", "a CouchDB needs databases = { orders = \"...\" }"),
            ("url = 'https://a'\nkind = 'couchdb'\ndatabases = { audit = 'a' }", "databases must name one for orders"),
            (
                "url = 'https://a'\nkind = 'couchdb'\ndatabases = { orders = 'a', menu = 'm' }",
                "registers keep no database `menu` there; it is one of: orders, customers, audit",
            ),
            (
                "url = 'https://a'\nkind = 'couchdb'\ndatabases = { orders = '_users' }",
                "`_users` is no name of a database: a database is named with letters",
            ),
            (
                "url = 'https://a'\nkind = 'couchdb'\ndatabases = { orders = 'a' }\npassword_file = 'p'",
                "a password needs the name that it belongs to",
            ),
            ("url = 'https://a'\nkind = 'couchdb'\ndatabases = { orders = 'a' }\nuser = 'a:b'", "user takes a name"),
        ];
        for (text, says) in rows {
            let told = read(text).unwrap_err();
            assert!(told.len() == 1 && told[0].starts_with(says), "{text}: {told:?}");
        }
    }

    #[test]
    fn a_server_is_written_where_init_left_room_or_at_the_end_and_nothing_else_changes() {
        let init = crate::runtime::config::commented_default(&crate::runtime::config::Answers {
            name: "A".into(),
            location: "L1".into(),
            register: "T1".into(),
        });
        // the file before, how many of its lines are others after
        for (before, others) in [(init.as_str(), 2), ("[house]\nname='A'\n[register]\nlocation='L1'\nid='T1'", 0)] {
            let after = with_server(before, "https://pos.example");
            let config = parse(&after, Path::new("")).unwrap();
            assert_eq!(config.server, Some(ServerConfig::comanda("https://pos.example")));
            let kept = before.lines().filter(|line| after.lines().any(|it| it == *line)).count();
            assert_eq!(before.lines().count() - kept, others, "{after}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("comanda.toml");
        let told = add_server(&file, "https://a").unwrap_err().to_string();
        assert!(
            told.contains("it does not exist") && told.contains("write `url = \"https://a\"` under [server]"),
            "{told}"
        );
    }

    #[test]
    fn plain_http_goes_to_this_machine_alone() {
        for url in
            ["http://localhost:8080", "http://127.0.0.1", "http://127.9.9.9:1/a", "http://[::1]:8080", "https://a"]
        {
            assert_eq!(url_flaw(url, false), None, "{url}");
        }
        for url in ["http://shop.local", "http://[fe80::1]", "http://0.0.0.0", "http://192.168.1.2"] {
            assert!(url_flaw(url, false).is_some_and(|flaw| flaw.contains("allow_plain_http")), "{url}");
            assert_eq!(url_flaw(url, true), None, "{url}");
        }
    }
}
