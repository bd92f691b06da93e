//! Who this register is to its server: the secret that it was given when it was enrolled, and what a line is opened
//! with.
//!
//! The secret lies in the data directory, or else is a systemd credential; the password of a stock CouchDB lies where
//! the configuration says, or is one too. Never in the configuration, the environment or the command line.

use super::config::{NAME_MAX, ProxyConfig, ServerConfig, ServerKind};
use super::guarded::{Guarded, credential};
use super::opening::Opening;
use super::paths::Places;
use super::{Fault, carrier, clock, why};
use crate::app::NOT_ENROLLED;
use crate::domain::House;
use crate::store;
use crate::sync::LineSettings;
use crate::sync::wire::{ANOTHER_DEVICE, Answer, Claim, DeviceRole, Enrolled, Request, Secret, Site, Trouble};
use crate::tui::display::Face;
use std::io;
use std::path::Path;
use zeroize::Zeroizing;

/// What a systemd credential that holds the register's secret is called.
pub const SECRET_CREDENTIAL: &str = "comanda.server-secret";
/// What a systemd credential that holds the password of a CouchDB is called.
pub const PASSWORD_CREDENTIAL: &str = "comanda.server-password";

const SECRET: Guarded = Guarded {
    what: "secret of this register",
    bytes_max: 1_000,
    remedy: "enrol the register again with `comanda enroll`",
};
const PROXY_PASSWORD: Guarded = Guarded {
    what: "proxy's password",
    bytes_max: 1_000,
    remedy: "write it into that file, or name the right one as proxy_password_file under [server]",
};
const PASSWORD: Guarded = Guarded {
    what: "server's password",
    bytes_max: 1_000,
    remedy: "write it into that file, or name the right one as password_file under [server]",
};

/// What a line of this register is opened with, and why its secret is not among that, where one is there and cannot be
/// read or is not kept safe; none where no server is set up.
///
/// A register that was not enrolled yet has a line without a secret: it sells, and says what is wrong.
///
/// # Errors
/// A [`Fault`] when the store cannot be read.
pub fn line_settings(opening: &Opening) -> Result<Option<(LineSettings, Option<Fault>)>, Fault> {
    let Some(server) = &opening.config.server else { return Ok(None) };
    let doing = "could not set up the line to the server";
    // The demonstration's own server listens elsewhere each time, and is the same all the same.
    let site = if opening.demo { Site::comanda("") } else { server.site() };
    let site = site.map_err(|bad| Fault::new(doing, bad.to_string(), "correct [server] in the configuration"))?;
    let secret = match &server.kind {
        ServerKind::Comanda if opening.demo => own_secret(&opening.places),
        ServerKind::Comanda | ServerKind::Couch { .. } => secret_for(&opening.places, server),
    };
    let (secret, fault) = secret.map_or_else(|fault| (None, Some(fault)), |secret| (secret, None));
    let unread = |fault: store::Fault| Fault::new(doing, fault.to_string(), "run `comanda store check`");
    let (house, reader) = (&opening.config.house, opening.store.reader());
    let settings = LineSettings {
        site,
        register_id: house.register_id.clone(),
        location_id: house.location_id.clone(),
        secret: secret.map(|secret| secret.to_string()),
        store_id: reader.store_id().map_err(unread)?,
        epoch: reader.epoch().map_err(unread)?,
    };
    Ok(Some((settings, fault)))
}

/// What a server is shown by whoever is let in there; none where nobody was enrolled, or nobody need be.
///
/// # Errors
/// A [`Fault`] when it is there and cannot be read or is not kept safe.
pub(super) fn secret_for(places: &Places, server: &ServerConfig) -> Result<Option<Zeroizing<String>>, Fault> {
    match &server.kind {
        ServerKind::Comanda => secret(places),
        ServerKind::Couch { user: None, .. } => Ok(None),
        ServerKind::Couch { user: Some(user), password_file, .. } => password(user, password_file.as_deref()).map(Some),
    }
}

/// Why a register was not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum NotEnrolled {
    /// The machine refused.
    #[error(transparent)]
    Machine(#[from] Fault),
    /// The server did not take the code, or did not answer.
    #[error("this device was not enrolled: {0}")]
    Server(String),
    /// The code was made for somebody else. It is used up.
    #[error(
        "this device was not enrolled: the code is for {theirs}, and this is {ours}: ask for a code that is made for \
         this one"
    )]
    Another {
        /// For whom the code was.
        theirs: String,
        /// Who this is.
        ours: String,
    },
}

/// Shows a server the one-time code that its operator made for this register, keeps the secret that it gives, and
/// answers with it: the one that is proposed, which is on the disk before it is sent. When the answer is lost, whoever
/// types the same code again proposes the same secret, and is told the same.
///
/// `write` writes down what else must be kept of it, before the secret is: when that fails, the same code can be typed
/// again.
///
/// # Errors
/// [`NotEnrolled`]; the secret that was there before stays then.
pub fn enrol(
    places: &Places,
    house: &House,
    server: &ServerConfig,
    code: &str,
    write: impl FnOnce() -> Result<(), Fault>,
) -> Result<Secret, NotEnrolled> {
    let claim = Claim {
        role: DeviceRole::Register,
        location_id: Some(house.location_id.clone()),
        name: Some(house.register_id.to_string()),
    };
    let enrolled = introduced(places, server, code, claim)?;
    let ours = format!("register {} of {}", house.register_id, house.location_id);
    let is_ours = enrolled.role == DeviceRole::Register
        && enrolled.location_id == house.location_id
        && enrolled.name == house.register_id.as_str();
    keep(places, &enrolled, is_ours, ours, write)?;
    Ok(enrolled.secret)
}

/// The same for a screen that only shows, which has no name before: the code says for which it was made. Where it has
/// one, the code must be for that. To the server all such screens are of one kind: what they are given only reads.
/// `write` writes down what it is called.
///
/// # Errors
/// [`NotEnrolled`]; the secret that was there before stays then.
pub fn enrol_screen(
    face: Face,
    places: &Places,
    known: Option<&House>,
    server: &ServerConfig,
    code: &str,
    write: impl FnOnce(&House) -> Result<(), Fault>,
) -> Result<(House, Secret), NotEnrolled> {
    let claim = Claim {
        role: DeviceRole::Kitchen,
        location_id: known.map(|house| house.location_id.clone()),
        name: known.map(|house| house.register_id.to_string()),
    };
    let enrolled = introduced(places, server, code, claim)?;
    let ours = known.map_or_else(
        || face.words().to_owned(),
        |house| format!("{} {} of {}", face.code(), house.register_id, house.location_id),
    );
    let is_it =
        |house: &House| enrolled.location_id == house.location_id && enrolled.name == house.register_id.as_str();
    let is_ours = enrolled.role == DeviceRole::Kitchen && known.is_none_or(is_it);
    let house = House::named("Screen", enrolled.location_id.as_str(), &enrolled.name);
    keep(places, &enrolled, is_ours, ours, || write(&house))?;
    Ok((house, enrolled.secret))
}

/// Keeps the secret that somebody was given, if it was meant for us, once what else must be kept of it is written.
fn keep(
    places: &Places,
    enrolled: &Enrolled,
    is_ours: bool,
    ours: String,
    write: impl FnOnce() -> Result<(), Fault>,
) -> Result<(), NotEnrolled> {
    if !is_ours {
        let location = shown(enrolled.location_id.as_str());
        let theirs = format!("{} {} of {location}", enrolled.role.code(), shown(&enrolled.name));
        forget_proposed(places)?;
        return Err(NotEnrolled::Another { theirs, ours });
    }
    // What was proposed stays until all is kept: the same code brings the same secret for a while.
    write()?;
    SECRET.replace(&places.server_secret_file(), enrolled.secret.as_bytes())?;
    Ok(forget_proposed(places)?)
}

/// Shows a server a one-time code, and hears for whom it was made.
fn introduced(places: &Places, server: &ServerConfig, code: &str, claim: Claim) -> Result<Enrolled, NotEnrolled> {
    let doing = "could not enrol at the server";
    let site = server.site().map_err(|bad| Fault::new(doing, bad.to_string(), "correct url under [server]"))?;
    let proposed = proposed(places)?;
    let secret = Some(proposed.as_str().into());
    let request = Request::Enrol { code: code.into(), secret, device: Some(claim) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Fault::io(doing, &source, "close other programs"))?;
    let read = runtime.block_on(carrier::once(server, &request, &site, None))?;
    runtime.shutdown_background();
    match read {
        Ok(Answer::Enrolled(enrolled)) => Ok(enrolled),
        Ok(_) => Err(NotEnrolled::Server("the server answered something else: try again".to_owned())),
        Err(trouble) => {
            // Another code may only have been mistyped: the one before may have brought this secret in already. What
            // is no server of ours must not know what the right one is told.
            if matches!(trouble, Trouble::Rejected(_) | Trouble::NotOurs(_) | Trouble::Missing(_)) {
                forget_proposed(places)?;
            }
            Err(NotEnrolled::Server(told(&trouble)))
        }
    }
}

/// The secret that this register proposes: the one of which it does not know what became, else a new one.
fn proposed(places: &Places) -> Result<Zeroizing<String>, Fault> {
    let file = places.proposed_secret_file();
    // One that does not read, that others could read, or that is in use is not proposed: a new one takes its place.
    let own = line_of(&SECRET, &places.server_secret_file(), false).ok();
    if let Ok(former) = line_of(&SECRET, &file, false)
        && own.is_none_or(|own| *own != *former)
    {
        return Ok(former);
    }
    let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(clock::entropy()?.bytes());
    let secret = Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    SECRET.replace(&file, secret.as_bytes())?;
    Ok(secret)
}

/// What became of the secret that was proposed is known.
fn forget_proposed(places: &Places) -> Result<(), Fault> {
    let file = places.proposed_secret_file();
    match std::fs::remove_file(&file) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Fault::io(format!("could not delete {}", file.display()), &source, "delete it"))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// What can be done about it.
fn told(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unauthorized(says) => format!("the server does not take this code ({says}): ask for another"),
        Trouble::Rejected(problem) if problem.code == ANOTHER_DEVICE => {
            format!("{}: type it there, and ask for one that is made for this device", problem.detail)
        }
        Trouble::Rejected(problem) => format!("the server says no ({}): ask for another code", problem.detail),
        Trouble::Line(why) => format!("the server cannot be reached: {why}: try the same code again within 10 minutes"),
        Trouble::Busy { .. } => format!("{trouble}: try again in a minute"),
        Trouble::NotOurs(_) | Trouble::Missing(_) | Trouble::TooLarge(_) => {
            format!("{trouble}: look at url under [server]")
        }
    }
}

/// A stranger's name, fit for a terminal.
fn shown(name: &str) -> String {
    name.chars().take(NAME_MAX).map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}

/// What somebody at the register should know of its server before they log in.
pub fn login_note(server: &ServerConfig, line: &LineSettings) -> Option<String> {
    let lacks = server.kind == ServerKind::Comanda && line.secret.is_none();
    lacks.then(|| NOT_ENROLLED.to_owned())
}

/// Whether nobody was enrolled here.
///
/// # Errors
/// A [`Fault`] when a secret is there and cannot be read or is not kept safe.
pub(super) fn is_unknown(places: &Places) -> Result<bool, Fault> {
    Ok(secret(places)?.is_none())
}

/// The secret that this register was given; none when it was not enrolled.
///
/// What `comanda enroll` kept goes before a credential: where it is another one, the register was enrolled again since.
pub(super) fn secret(places: &Places) -> Result<Option<Zeroizing<String>>, Fault> {
    let Some(file) = credential(SECRET_CREDENTIAL) else { return own_secret(places) };
    let handed_in = line_of(&SECRET, &file, true);
    let own = own_secret(places).unwrap_or_else(|fault| {
        tracing::warn!(%fault, "the credential {SECRET_CREDENTIAL} is used");
        None
    });
    if own.is_some() && handed_in.as_ref().ok() != own.as_ref() {
        tracing::warn!("the credential {SECRET_CREDENTIAL} is not the secret that `comanda enroll` kept: renew it");
    }
    match own {
        Some(own) => Ok(Some(own)),
        None => handed_in.map(Some),
    }
}

/// The same, from the file alone.
pub(super) fn own_secret(places: &Places) -> Result<Option<Zeroizing<String>>, Fault> {
    let file = places.server_secret_file();
    match file.try_exists() {
        Ok(false) => Ok(None),
        Ok(true) | Err(_) => line_of(&SECRET, &file, false).map(Some),
    }
}

fn password(user: &str, file: Option<&Path>) -> Result<Zeroizing<String>, Fault> {
    match (credential(PASSWORD_CREDENTIAL), file) {
        (Some(file), _) => line_of(&PASSWORD, &file, true),
        (None, Some(file)) => line_of(&PASSWORD, file, false),
        (None, None) => Err(Fault::new(
            format!("could not log in at the server as {user}"),
            "there is no password",
            format!("name its file as password_file under [server], or hand in a credential {PASSWORD_CREDENTIAL}"),
        )),
    }
}

/// What a proxy of a configuration is spoken to with.
///
/// # Errors
/// A [`Fault`] when its address is none, or its password cannot be read or is not kept safe.
pub(super) fn proxy(proxy: &ProxyConfig) -> Result<reqwest::Proxy, Fault> {
    let used = reqwest::Proxy::all(&proxy.url).map_err(|_| {
        let doing = format!("could not use the proxy {}", proxy.url);
        Fault::new(doing, "it is no address of one", "correct proxy under [server]")
    })?;
    Ok(match &proxy.login {
        Some((name, file)) => used.basic_auth(name, &line_of(&PROXY_PASSWORD, file, false)?),
        None => used,
    })
}

/// The one line that a file holds.
pub(super) fn line_of(kind: &Guarded, path: &Path, is_credential: bool) -> Result<Zeroizing<String>, Fault> {
    let bytes = kind.read(path, is_credential)?;
    let bad = |what: &str| kind.bad(path, what.to_owned(), kind.remedy.to_owned());
    if bytes.len() > kind.bytes_max {
        return Err(bad(&format!("it is longer than {} bytes", kind.bytes_max)));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| bad("it is not text"))?;
    let line = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if line.is_empty() || line.chars().any(char::is_control) {
        return Err(bad("it does not hold one line of text"));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// Reads the certificates of the authority that a configuration names.
///
/// # Errors
/// A [`Fault`] when the file cannot be read or holds none.
pub(super) fn authority(file: &Path) -> Result<Vec<reqwest::Certificate>, Fault> {
    let doing = format!("could not use the certificates in {}", file.display());
    let remedy = "name a PEM file with the authority's certificate as ca_file under [server]";
    let pem = std::fs::read(file).map_err(|source: io::Error| Fault::new(&doing, why(&source), remedy))?;
    let read = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
    if read.is_empty() {
        return Err(Fault::new(doing, "there is none in it", remedy));
    }
    Ok(read)
}
