//! A server's box: the central database, what the server signs and is known by, its certificate, the disk, the clock;
//! and the server itself, where somebody says at which address it is.

use super::clock::{self, Clock};
use super::finding::{Finding, Findings, Subject};
use super::limits::{CERTIFICATE_DAYS, LOG_LONG_BYTES, LOOKED_THROUGH_BYTES, PEM_BYTES_MAX};
use super::{der, disk, link, machine};
use crate::domain::Timestamp;
use crate::runtime::clock::now;
use crate::runtime::paths::beside;
use crate::runtime::serve::look_at_keys;
use crate::runtime::tls::CertificateFiles;
use crate::runtime::why;
use crate::server::SqliteCentral;
use crate::server::central::{CareFault, Closely, Contents, OpenFault};
use crate::tui::machine::{Watch, size};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};

/// What is known of a server before anybody looks.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its data directory.
    pub data: PathBuf,
    /// The file of its central database.
    pub central: PathBuf,
    /// Its certificate, where it has one.
    pub certificate: Option<CertificateFiles>,
    /// Where it listens, as its clients say it; nothing is asked without.
    pub url: Option<String>,
    /// Whose certificates are taken there instead of those that the machine trusts.
    pub ca_file: Option<PathBuf>,
}

/// Examines it.
pub fn examine(server: &Server) -> Findings {
    let mut all = vec![machine::versions(), machine::data(&server.data, "start `comanda serve` once")];
    all.push(central(&server.central));
    let keys = server.data.join("server.keys");
    all.push(match look_at_keys(&keys) {
        Ok(Some(count)) => {
            Finding::well("keys", format!("{}, for this user alone", keys.display())).with("keys", count)
        }
        Ok(None) => {
            let says = format!("there are none at {} yet", keys.display());
            Finding::doubtful("keys", says, "`comanda serve` makes them when it starts")
        }
        Err(fault) => Finding::refused("keys", &fault),
    });
    all.extend(server.certificate.as_ref().map(|files| certificate(files, now())));
    let directory = server.central.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if directory.is_dir() {
        all.extend(disk::examine(directory, Watch::default().low_disk_bytes));
    }
    let mut ahead_ms = None;
    if let Some(url) = &server.url {
        let (finding, ahead) = link::to_server(url, server.ca_file.as_deref());
        ahead_ms = ahead;
        all.push(finding);
    }
    all.push(clock::judge(&Clock { now: now(), is_kept: clock::is_kept(), journal: None, ahead_ms }));
    all.push(clock::judge_zone(clock::zone_name().as_deref(), now().offset_min));
    Findings { subject: Subject::Server, at: now(), all }
}

/// Looks at the central database.
fn central(file: &Path) -> Finding {
    let bytes = |path: &Path| path.metadata().map_or(0, |about| about.len());
    let (of_file, log) = (bytes(file), bytes(&beside(file, "-wal")));
    let closely = if of_file <= LOOKED_THROUGH_BYTES { Closely::Pages } else { Closely::Head };
    judge_central(SqliteCentral::check(file, closely), of_file, log, closely).with("file", file.display().to_string())
}

fn judge_central(found: Result<Contents, CareFault>, bytes: u64, log_bytes: u64, closely: Closely) -> Finding {
    let restore = "stop the server, and run `comanda server restore` with the latest backup";
    let contents = match found {
        Ok(contents) => contents,
        Err(CareFault::Missing(path)) => {
            let remedy = "start `comanda serve` or `comanda server enroll` once, or name the right one with --central";
            return Finding::broken("central", format!("there is none at {}", path.display()), remedy);
        }
        Err(fault @ (CareFault::Open(OpenFault::NotCentral(_)) | CareFault::Failed { .. })) => {
            return Finding::broken("central", fault.to_string(), restore);
        }
        Err(fault) => return Finding::broken("central", fault.to_string(), "look at the file and its directory"),
    };
    let Contents { schema, known_schema, orders, documents, flaws } = contents;
    let says = format!("{}, {orders} orders, {documents} documents, schema {schema}", size(bytes));
    let finding = if let Some(flaw) = flaws.first() {
        Finding::broken("central", format!("{says}: {flaw}"), restore)
    } else if schema > known_schema {
        let says = format!("{says}; this program knows {known_schema}");
        Finding::broken("central", says, "update the program")
    } else if schema < known_schema {
        let says = format!("{says}; this program has schema {known_schema}");
        Finding::doubtful("central", says, "take a backup; then `comanda serve` brings it forward when it starts")
    } else if log_bytes > LOG_LONG_BYTES {
        let remedy = "see which program holds it open for long; a server that starts again moves it";
        Finding::doubtful("central", format!("{says}; its log has grown to {}", size(log_bytes)), remedy)
    } else if closely == Closely::Head {
        Finding::well("central", format!("{says}; it is large, only its head was read"))
    } else {
        Finding::well("central", format!("{says}; it is sound"))
    };
    let finding = finding.with("schema", schema).with("orders", orders).with("documents", documents);
    finding.with("bytes", bytes).with("log_bytes", log_bytes)
}

/// Looks whether a certificate and its key fit, and how long it holds.
fn certificate(files: &CertificateFiles, now: Timestamp) -> Finding {
    if let Err(fault) = files.check() {
        return Finding::refused("certificate", &fault);
    }
    let path = &files.certificate;
    let unread = |why: String| {
        let remedy = "give the file in PEM form: the certificate first, then its chain";
        Finding::broken("certificate", format!("{}: {why}", path.display()), remedy)
    };
    match path.metadata() {
        Ok(about) if about.len() <= PEM_BYTES_MAX => {}
        Ok(_) => return unread(format!("it is larger than {PEM_BYTES_MAX} bytes")),
        Err(source) => return unread(why(&source)),
    }
    let first = CertificateDer::pem_file_iter(path).ok().and_then(|mut all| all.next()?.ok());
    match first.as_deref().and_then(der::validity) {
        None => unread("it does not say how long it holds".to_owned()),
        Some(holds) => judge_certificate(holds, now).with("file", path.display().to_string()),
    }
}

fn judge_certificate((begins, ends): (Timestamp, Timestamp), now: Timestamp) -> Finding {
    const DAY_MS: i64 = 24 * 3_600_000;
    let days = ends.millis_since(now).div_euclid(DAY_MS);
    let renew = "renew it; the running server shows the new one within half a minute";
    let finding = if now.millis_since(begins) < 0 {
        let says = format!("it holds from {} on only", begins.date_and_clock());
        Finding::broken("certificate", says, "look at the clock, and at who made it")
    } else if ends.millis_since(now) < 0 {
        Finding::broken("certificate", format!("it ended {}", ends.date_and_clock()), renew)
    } else if days < CERTIFICATE_DAYS {
        Finding::doubtful("certificate", format!("it holds for {days} days more"), renew)
    } else {
        Finding::well("certificate", format!("it holds for {days} days more"))
    };
    finding.with("days_left", days).with("ends", ends.rfc3339())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::doctor::Verdict::{Fail, Ok as Well, Warn};

    #[test]
    fn a_central_database_is_judged_by_what_it_holds() {
        let well = || Contents { schema: 5, known_schema: 5, orders: 2, documents: 3, flaws: Vec::new() };
        let flaws = vec!["row 3 missing from index x".to_owned()];
        let missing = || Err(CareFault::Missing("/x".into()));
        let failed = || Err(CareFault::Failed { doing: "read", path: "/x".into(), why: "malformed".into() });
        // what was found, its log in bytes, how closely it was looked at, verdict, part of what is said
        let rows = [
            (Ok(well()), 0, Closely::Pages, Well, "1M, 2 orders, 3 documents, schema 5; it is sound"),
            (Ok(well()), 0, Closely::Head, Well, "only its head"),
            (Ok(well()), LOG_LONG_BYTES + 1, Closely::Pages, Warn, "its log has grown to 64M"),
            (Ok(Contents { schema: 4, ..well() }), 0, Closely::Pages, Warn, "this program has schema 5"),
            (Ok(Contents { schema: 6, ..well() }), 0, Closely::Pages, Fail, "this program knows 5"),
            (Ok(Contents { flaws, ..well() }), 0, Closely::Pages, Fail, "row 3 missing"),
            (missing(), 0, Closely::Pages, Fail, "there is none at /x"),
            (failed(), 0, Closely::Pages, Fail, "malformed"),
        ];
        for (found, log, closely, verdict, part) in rows {
            let found = judge_central(found, 1 << 20, log, closely);
            assert!(found.verdict == verdict && found.says.contains(part), "{found:?}");
        }
    }

    #[test]
    fn a_certificate_is_renewed_in_time() {
        let now = Timestamp::utc(1_795_953_600_000);
        let day = |days: i64| now.plus_millis(days * 24 * 3_600_000 + 1);
        // from when, until when, verdict
        let rows = [
            (-10, 90, Well),
            (-10, CERTIFICATE_DAYS, Well),
            (-10, CERTIFICATE_DAYS - 1, Warn),
            (-10, 0, Warn),
            (-10, -1, Fail),
            (1, 90, Fail),
        ];
        for (begins, ends, verdict) in rows {
            let found = judge_certificate((day(begins), day(ends)), now);
            assert_eq!(found.verdict, verdict, "{found:?}");
        }
        let dir = tempfile::tempdir().unwrap();
        let files = CertificateFiles { certificate: dir.path().join("c.pem"), key: dir.path().join("k.pem") };
        assert_eq!(certificate(&files, now).verdict, Fail, "there is none");
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        let found = certificate(&files, now);
        assert_eq!(found.verdict, Well, "{found:?}");
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&files.key, other.signing_key.serialize_pem()).unwrap();
        assert_eq!(certificate(&files, now).verdict, Fail, "the key is another's");
    }
}
