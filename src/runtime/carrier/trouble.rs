//! Why an exchange failed, in plain words. No address, name, token or body stands in them: they go into logs and onto
//! screens.

use crate::runtime::why;
use crate::sync::LineTrouble;
use rustls::CertificateError::{
    Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext, Revoked,
    UnknownIssuer,
};
use std::error::Error;
use std::io;

/// Nothing of an answer came.
pub(super) fn before(wrong: reqwest::Error) -> LineTrouble {
    if wrong.is_timeout() {
        return LineTrouble::Unreachable("no connection in time".to_owned());
    }
    LineTrouble::Unreachable(words(&wrong))
}

/// An answer had begun to come.
pub(super) fn within(wrong: reqwest::Error) -> LineTrouble {
    if wrong.is_timeout() { LineTrouble::TimedOut } else { LineTrouble::CutOff(words(&wrong)) }
}

/// What lies at the bottom of an error.
pub(super) fn words(wrong: &reqwest::Error) -> String {
    let mut deepest: &(dyn Error + 'static) = wrong;
    loop {
        if let Some(tls) = deepest.downcast_ref::<rustls::Error>() {
            return of_tls(tls);
        }
        // What somebody put into an error of the machine is not its source.
        let inside = deepest.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let below = inside.map(|inside| -> &(dyn Error + 'static) { inside }).or_else(|| deepest.source());
        let Some(below) = below else { break };
        deepest = below;
    }
    if let Some(source) = deepest.downcast_ref::<io::Error>() {
        return of_machine(source);
    }
    match deepest.downcast_ref::<reqwest::Error>() {
        // Its own words would name the address.
        Some(own) if own.is_builder() => "its address cannot be used".to_owned(),
        Some(own) if own.is_timeout() => "no answer in time".to_owned(),
        Some(_) => "the exchange failed".to_owned(),
        None => plain(&deepest.to_string()),
    }
}

fn of_machine(source: &io::Error) -> String {
    plain(&why(source))
}

/// What libraries say only in words of their own, and a sentence that helps.
const HELPS: [(&str, &str); 3] = [
    ("failed to lookup address information", "the name of the server is not known here: is there a network?"),
    (
        "proxy authorization required",
        "the proxy wants a name and a password: write proxy_user and proxy_password_file under [server]",
    ),
    ("tunnel error: unsuccessful", "the proxy leads nobody to the server: ask whoever runs it"),
];

fn plain(told: &str) -> String {
    let helps = HELPS.iter().find(|(says, _)| told.contains(says));
    helps.map_or(told, |(_, sentence)| sentence).to_owned()
}

fn of_tls(wrong: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(certificate) = wrong else {
        return format!("no encrypted connection: {wrong}");
    };
    let what = match certificate {
        UnknownIssuer => "nobody vouches for it whom this register trusts: name ca_file under [server]",
        NotValidForName | NotValidForNameContext { .. } => "it is another machine's: look at url under [server]",
        Expired | ExpiredContext { .. } => "it has expired: renew it there, and look at the clock here",
        NotValidYet | NotValidYetContext { .. } => "it is not valid yet: look at the clock here",
        Revoked => "it was revoked",
        other => return format!("the server's certificate is not accepted: {other}"),
    };
    format!("the server's certificate is not accepted: {what}")
}
