//! The way into a PostgreSQL server: whose certificates are trusted, and the password.

use crate::runtime::carrier::install_tls;
use crate::runtime::{Fault, clock, why};
use crate::server::central::{CentralTls, Login, PostgresAddress, PostgresCentral, SchemaState};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::ConfigVerifierExt;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

const REMEDY: &str = "look at --central, at --central-password-file and at the database's own log";

/// Opens a database.
pub(super) async fn open(
    address: &PostgresAddress,
    password: Option<Zeroizing<String>>,
) -> Result<PostgresCentral, Fault> {
    let login = login(address, password)?;
    let opened = PostgresCentral::open(&login, &mut clock::entropy()?).await;
    opened.map_err(|fault| Fault::new(doing(address), fault.to_string(), REMEDY))
}

/// Looks how far one has come.
pub(super) async fn schema(
    address: &PostgresAddress,
    password: Option<Zeroizing<String>>,
) -> Result<SchemaState, Fault> {
    let state = PostgresCentral::schema(&login(address, password)?).await;
    state.map_err(|fault| Fault::new(doing(address), fault.to_string(), REMEDY))
}

fn doing(address: &PostgresAddress) -> String {
    format!("could not open the central database {address}")
}

fn login(address: &PostgresAddress, password: Option<Zeroizing<String>>) -> Result<Login, Fault> {
    let tls = match &address.tls {
        CentralTls::No => None,
        CentralTls::Verified { authorities } => Some(Arc::new(trusting(authorities.as_deref())?)),
    };
    // The client keeps the password for every connection that it makes anew, as long as the server runs.
    Ok(Login { address: address.clone(), password: password.map(|it| it.as_str().to_owned()), tls })
}

/// Trusts the authorities of a file, or those of this machine.
fn trusting(authorities: Option<&Path>) -> Result<ClientConfig, Fault> {
    install_tls();
    let Some(file) = authorities else {
        return ClientConfig::with_platform_verifier().map_err(|wrong| {
            let remedy = "install the machine's certificates (ca-certificates), or name a file as sslrootcert";
            Fault::new("could not get ready to speak to the central database", wrong.to_string(), remedy)
        });
    };
    let remedy = "name a PEM file with the authority's certificate as sslrootcert";
    let fault = |why: String| Fault::new(format!("could not use the certificates in {}", file.display()), why, remedy);
    let pem = std::fs::read(file).map_err(|source| fault(why(&source)))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|wrong| fault(wrong.to_string()))?;
        roots.add(certificate).map_err(|wrong| fault(wrong.to_string()))?;
    }
    if roots.is_empty() {
        return Err(fault("there is none in it".into()));
    }
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}
