//! A server's TLS: its certificate and key from files. Not here: a register's side (`carrier`), whose provider of
//! arithmetic is this side's, too.

use super::Fault;
use super::carrier::install_tls;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// A certificate with its chain, and its key, in PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The server's certificate first, then those that lead to a root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What a server shows to prove who it is. The files are read again when they changed.
#[derive(Debug)]
pub(super) struct Identity {
    files: CertificateFiles,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    shown: Arc<CertifiedKey>,
    of: [Option<SystemTime>; 2],
}

impl CertificateFiles {
    fn changed_at(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| path.metadata().and_then(|about| about.modified()).ok())
    }

    /// Makes sure that both can be read, and that the key is the certificate's.
    ///
    /// # Errors
    /// A [`Fault`] when not.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.read().map(|_| ())
    }

    fn read(&self) -> Result<CertifiedKey, Fault> {
        let remedy = "give the files in PEM form: the certificate with its chain, and its private key";
        let fault = |path: &PathBuf, why: String| Fault::new(format!("could not use {}", path.display()), why, remedy);
        let told = |error: rustls::pki_types::pem::Error| match error {
            rustls::pki_types::pem::Error::Io(source) => super::why(&source),
            rustls::pki_types::pem::Error::NoItemsFound => "it holds nothing of that kind".into(),
            other => other.to_string(),
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let chain = chain.map_err(|error| fault(&self.certificate, told(error)))?;
        if chain.is_empty() {
            return Err(fault(&self.certificate, "it holds no certificate".into()));
        }
        // Others' tools lay certificates down, some readable for a group of theirs: that is told, and used.
        if let Ok(about) = self.key.metadata()
            && is_open_to_others(about.mode())
        {
            let mode = format!("{:04o}", about.mode() & 0o7777);
            let (file, remedy) = (self.key.display(), "chmod 600");
            tracing::warn!(%file, mode, remedy, "others than this user can read or change the certificate's key");
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| fault(&self.key, told(error)))?;
        install_tls();
        let provider = CryptoProvider::get_default().expect("it was just installed");
        CertifiedKey::from_der(chain, key, provider).map_err(|error| fault(&self.certificate, error.to_string()))
    }
}

/// Whether a key's mode lets others than its owner and, for reading, one group come near it.
fn is_open_to_others(mode: u32) -> bool {
    mode & 0o027 != 0
}

impl Identity {
    pub(super) fn read(files: CertificateFiles) -> Result<Arc<Identity>, Fault> {
        let of = files.changed_at();
        let shown = Arc::new(files.read()?);
        Ok(Arc::new(Identity { files, current: Mutex::new(Current { shown, of }) }))
    }

    /// Reads the files again if they changed; true when something new is shown from now on.
    pub(super) fn look(&self) -> Result<bool, Fault> {
        let of = self.files.changed_at();
        if self.current.lock().unwrap_or_else(PoisonError::into_inner).of == of {
            return Ok(false);
        }
        let shown = Arc::new(self.files.read()?);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Current { shown, of };
        Ok(true)
    }

    /// How TLS is spoken with it: HTTP/1.1 inside.
    pub(super) fn config(self: &Arc<Identity>) -> Arc<ServerConfig> {
        let resolver: Arc<Identity> = Arc::clone(self);
        let mut config = ServerConfig::builder().with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner).shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_key_is_for_its_owner_and_at_most_one_group_that_reads() {
        let rows = [(0o600, false), (0o400, false), (0o640, false), (0o644, true), (0o660, true), (0o604, true)];
        for (mode, is_open) in rows {
            assert_eq!(is_open_to_others(0o100_000 | mode), is_open, "{mode:o}");
        }
    }

    #[test]
    fn a_certificate_whose_files_change_is_shown_anew_and_a_bad_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let files = CertificateFiles { certificate: file("cert.pem"), key: file("key.pem") };
        let mut nth = 0;
        let mut write = |certificate: &str, key: &str| {
            nth += 1;
            for (path, text) in [(&files.certificate, certificate), (&files.key, key)] {
                std::fs::write(path, text).unwrap();
                let later = SystemTime::UNIX_EPOCH + Duration::from_secs(1_773_491_400 + nth);
                std::fs::File::open(path).unwrap().set_modified(later).unwrap();
            }
        };
        let made = || {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            (made.cert.pem(), made.signing_key.serialize_pem())
        };
        let ((first, first_key), (second, second_key)) = (made(), made());
        write(&first, &first_key);
        let identity = Identity::read(files.clone()).unwrap();
        let shown = |identity: &Identity| identity.current.lock().unwrap().shown.cert[0].to_vec();
        let before = shown(&identity);
        assert_eq!(identity.look(), Ok(false));
        write(&second, &second_key);
        assert_eq!(identity.look(), Ok(true));
        let after = shown(&identity);
        assert_ne!(after, before);
        // certificate, key, part of what is told
        let rows = [
            ("", second_key.as_str(), "cert.pem: it holds no"),
            (first.as_str(), "", "key.pem: it holds nothing of that kind"),
            (first.as_str(), second_key.as_str(), "cert.pem: "),
        ];
        for (certificate, key, part) in rows {
            write(certificate, key);
            let told = identity.look().unwrap_err().to_string();
            assert!(told.contains(part) && told.contains("PEM"), "{told}");
            assert_eq!(shown(&identity), after, "the one before stays");
        }
        std::fs::remove_file(&files.key).unwrap();
        let told = identity.look().unwrap_err().to_string();
        assert!(told.contains("does not exist"), "{told}");
    }
}
