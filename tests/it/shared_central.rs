//! A house whose servers share one PostgreSQL database: each `comanda serve`, as it is shipped, with things of its own.

use crate::postgres;
use crate::premises::Server;
use comanda::runtime::central::Named;
use comanda::server::central::CentralAddress;
use std::sync::Arc;

/// A database server, and a database in it that several of our servers share.
pub struct House {
    pub postgres: Arc<postgres::Server>,
    pub folder: tempfile::TempDir,
    pub central: String,
}

impl House {
    pub fn open() -> House {
        House::with(&[])
    }

    /// The same, whose database server has these settings.
    pub fn with(settings: &[&str]) -> House {
        let postgres = Arc::new(postgres::Server::start(settings));
        let central = postgres.database("house");
        House { postgres, folder: tempfile::tempdir().unwrap(), central }
    }

    /// Starts a server with things of its own, but for the database and the keys.
    pub fn serve(&self, name: &str) -> Server {
        self.serve_with(name, &[])
    }

    /// The same, with further words.
    pub fn serve_with(&self, name: &str, more: &[&str]) -> Server {
        let data = self.folder.path().join(name);
        std::fs::create_dir(&data).unwrap();
        let central = Named { address: CentralAddress::read(&self.central).unwrap(), password_file: None };
        let keys = self.folder.path().join("shared.keys").display().to_string();
        let words = [&["--central", &self.central, "--keys", &keys], more].concat();
        let postgres = Arc::clone(&self.postgres);
        let rows = move |sql: &str| postgres.ask("house", sql).lines().map(str::to_owned).collect();
        Server::over(&data, central, &words, Box::new(rows))
    }
}
