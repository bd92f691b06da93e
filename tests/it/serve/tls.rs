//! TLS, and plain HTTP where it is no danger.

use super::{House, value};
use comanda::runtime::central::Named;
use comanda::runtime::serve::{self, Settings};
use comanda::runtime::tls::CertificateFiles;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Certificate, Client};
use std::path::Path;

/// An authority of the house, as a restaurant without a name on the Internet has it, and a certificate from it.
fn certified(dir: &Path) -> (CertificateFiles, Certificate) {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
    let files = CertificateFiles { certificate: dir.join("server.pem"), key: dir.join("server.key") };
    std::fs::write(&files.certificate, certificate.pem()).unwrap();
    std::fs::write(&files.key, key.serialize_pem()).unwrap();
    (files, Certificate::from_pem(authority.pem().as_bytes()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_with_whoever_knows_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    let (files, authority) = certified(folder.path());
    let house = House::with(|settings| settings.tls = Some(files));
    assert!(house.url("/").starts_with("https://127.0.0.1:"));
    let knows = Client::builder().tls_certs_only([authority]).build().unwrap();
    let answer = knows.get(house.url("/api/v1/health")).send().await.unwrap();
    assert_eq!(value(answer).await["server"], "comanda");
    let by_name = house.url("/api/v1/health").replace("127.0.0.1", "localhost");
    assert_eq!(knows.get(by_name).send().await.unwrap().status(), 200);
    assert!(house.client.get(house.url("/")).send().await.is_err(), "nobody else's authority is trusted");
    let plain = house.url("/").replace("https", "http");
    assert!(house.client.get(plain).send().await.is_err(), "and plain HTTP is not answered");
    tokio::task::spawn_blocking(|| house.running.stop()).await.unwrap();
}

#[test]
fn plain_http_is_not_spoken_where_others_can_read_along() {
    let dir = tempfile::tempdir().unwrap();
    let at = |address: &str| Settings { listen: address.parse().unwrap(), ..Settings::of_dir(dir.path()) };
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:7070", "[::ffff:192.0.2.1]:7070"] {
        let told = serve::start(at(address)).unwrap_err().to_string();
        assert!(told.contains("plain HTTP") && told.contains("--tls-cert") && told.contains("--allow-plain"), "{told}");
    }
    assert!(!dir.path().join("server.keys").exists(), "nothing was begun");
    serve::start(Settings { allow_plain_http: true, ..at("0.0.0.0:0") }).unwrap().stop();
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = certified(folder.path());
    serve::start(Settings { tls: Some(files), ..at("0.0.0.0:0") }).unwrap().stop();
}

#[test]
fn what_cannot_be_used_is_said_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let first = serve::start(Settings::of_dir(dir.path())).unwrap();
    std::fs::write(
        file("text"),
        "no database, but a text that is long enough for one header of SQLite, or so it seems",
    )
    .unwrap();
    let usual = || Settings::of_dir(dir.path());
    let none = CertificateFiles { certificate: file("none"), key: file("none") };
    // settings, parts of what is told
    let rows = [
        (Settings { listen: first.address(), ..usual() }, ["could not listen on 127.0.0.1", "--listen"]),
        (
            Settings { central: Named::file(file("text")), ..usual() },
            ["could not open the central database", "--central"],
        ),
        (
            Settings { central: Named::file(file("none/db")), ..usual() },
            ["could not make the central database", "--central"],
        ),
        (Settings { keys: file("text"), ..usual() }, ["the key file", "chmod 600"]),
        (Settings { tls: Some(none), ..usual() }, ["could not use", "does not exist"]),
    ];
    for (settings, parts) in rows {
        let told = serve::start(settings).unwrap_err().to_string();
        assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    }
    first.stop();
}
