//! The way into an SQL Server: whose certificates are trusted, and the password.

use crate::runtime::carrier::install_tls;
use crate::runtime::{Fault, clock, why};
use crate::server::central::{CentralTls, SchemaState, SqlServerAddress, SqlServerCentral, SqlServerLogin};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use zeroize::Zeroizing;

const REMEDY: &str = "look at --central, at --central-password-file and at the database's own log";

/// Opens a database, and says so where its readers wait for writers.
pub(super) async fn open(
    address: &SqlServerAddress,
    password: Option<Zeroizing<String>>,
) -> Result<SqlServerCentral, Fault> {
    let login = login(address, password)?;
    let opened = SqlServerCentral::open(&login, &mut clock::entropy()?).await;
    let central = opened.map_err(|fault| Fault::new(doing(address), fault.to_string(), REMEDY))?;
    match central.waits().await {
        Ok(false) => {}
        Ok(true) => tracing::warn!(
            central = %address,
            "who reads waits for who writes: have its administrator say, while nobody is in it, \
             ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON"
        ),
        Err(fault) => tracing::warn!(central = %address, %fault, "nobody knows whether who reads waits for who writes"),
    }
    Ok(central)
}

/// Looks how far one has come.
pub(super) async fn schema(
    address: &SqlServerAddress,
    password: Option<Zeroizing<String>>,
) -> Result<SchemaState, Fault> {
    let state = SqlServerCentral::schema(&login(address, password)?).await;
    state.map_err(|fault| Fault::new(doing(address), fault.to_string(), REMEDY))
}

fn doing(address: &SqlServerAddress) -> String {
    format!("could not open the central database {address}")
}

fn login(address: &SqlServerAddress, password: Option<Zeroizing<String>>) -> Result<SqlServerLogin, Fault> {
    let authorities = match &address.tls {
        CentralTls::No | CentralTls::Verified { authorities: None } => None,
        CentralTls::Verified { authorities: Some(file) } => Some(authorities_of(file)?),
    };
    // The driver begins TLS by what this process does everywhere else.
    install_tls();
    // The client keeps the password for every connection that it makes anew, as long as the server runs.
    Ok(SqlServerLogin { address: address.clone(), password: password.map(|it| it.as_str().to_owned()), authorities })
}

/// The authorities of a file, which the driver trusts beside those of this machine.
fn authorities_of(file: &Path) -> Result<Vec<u8>, Fault> {
    let remedy = "name a PEM file with the authority's certificate as sslrootcert";
    let fault = |why: String| Fault::new(format!("could not use the certificates in {}", file.display()), why, remedy);
    let pem = std::fs::read(file).map_err(|source| fault(why(&source)))?;
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        certificate.map_err(|wrong| fault(wrong.to_string()))?;
        count += 1;
    }
    if count == 0 { Err(fault("there is none in it".into())) } else { Ok(pem) }
}
