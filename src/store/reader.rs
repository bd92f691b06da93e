//! A connection that reads. What can be asked stands in `query`, one file a subject.

use super::connect::{Access, connect, look};
use super::fault::{Cause, Doing, Fault};
use super::{Key, OpenFault, schema};
use rusqlite::{CachedStatement, Connection, Params, Row};
use std::path::Path;

/// What can be read, from the store's own connection or from one that only reads.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens a store for reading alone; another process may be writing it.
    ///
    /// # Errors
    /// As [`super::Store::open`], and [`OpenFault::Older`], as only writing brings a schema forward.
    pub fn open(path: &Path, key: Option<&Key>) -> Result<Reader, OpenFault> {
        let (found, known) = (look(path, key, Access::Read)?, schema::known());
        if found < known {
            return Err(OpenFault::Older { path: path.into(), found, known });
        }
        let connection = connect(path, key, Access::Read);
        connection.map(Reader::over).map_err(|error| OpenFault::failed("open the file", path, error))
    }

    pub(super) fn over(connection: Connection) -> Reader {
        Reader { connection }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn prepared(&self, sql: &str) -> Result<CachedStatement<'_>, Cause> {
        #[cfg(test)]
        super::fixtures::note(sql);
        Ok(self.connection.prepare_cached(sql)?)
    }

    /// Every row that the statement finds.
    pub(super) fn all<T>(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, Cause>,
    ) -> Result<Vec<T>, Fault> {
        let collect = || {
            let mut statement = self.prepared(sql)?;
            let mut rows = statement.query(params)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok::<_, Cause>(found)
        };
        collect().doing(doing)
    }

    /// The first row that the statement finds.
    pub(super) fn first<T>(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, Cause>,
    ) -> Result<Option<T>, Fault> {
        let find = || {
            let mut statement = self.prepared(sql)?;
            let mut rows = statement.query(params)?;
            rows.next()?.map(&read).transpose()
        };
        find().doing(doing)
    }

    /// The one row that is always there.
    pub(super) fn only<T>(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, Cause>,
    ) -> Result<T, Fault> {
        let found = self.first(doing, sql, params, read)?;
        found.ok_or(rusqlite::Error::QueryReturnedNoRows).doing(doing)
    }
}
