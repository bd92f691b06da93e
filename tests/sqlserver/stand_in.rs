//! What stands in for SQL Server where there is none: SQLite, which is asked the same statements in its own words. It
//! shows that our side says what it means (values in their order, rows read as they are, transactions, what is tried
//! again), and nothing of how SQL Server understands T-SQL.

use super::mock::{Asked, Cell, Stage};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, ErrorCode};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

/// How long it waits for another's transaction, in milliseconds: less than a client waits for an answer.
const BUSY_MS: u64 = 4_000;

/// Columns of numbers that may be empty; those of others that may be are texts. SQLite's rows do not say.
const NUMBERS: &[&str] = &["seq", "typed_ms", "amount", "tendered", "change_given", "tip", "rounding", "total_amount"];

/// The lock that whoever migrates has.
#[derive(Debug, Default)]
pub struct Door {
    is_taken: Mutex<bool>,
    opens: Condvar,
}

/// What a client has of it.
pub struct Session<'a> {
    connection: Connection,
    door: &'a Door,
    has_door: bool,
    /// Statements as SQLite has them.
    known: HashMap<String, String>,
}

/// What is answered.
pub enum Answer {
    Rows(Vec<Vec<Cell>>),
    Count(usize),
    /// A number of SQL Server, and what SQLite said.
    Error(u32, String),
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<'a> Session<'a> {
    /// One in a database of this directory.
    pub fn open(directory: &Path, database: &str, door: &'a Door) -> Session<'a> {
        let connection = Connection::open(directory.join(format!("{database}.sqlite"))).expect("a database");
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS)).expect("it waits");
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF").expect("it is set up");
        Session { connection, door, has_door: false, known: HashMap::new() }
    }

    fn leave(&mut self) {
        if std::mem::take(&mut self.has_door) {
            *self.door.is_taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
            self.door.opens.notify_one();
        }
    }

    fn enter(&mut self) {
        let mut is_taken = self.door.is_taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *is_taken {
            is_taken = self.door.opens.wait(is_taken).unwrap_or_else(PoisonError::into_inner);
        }
        *is_taken = true;
        self.has_door = true;
    }

    /// Whether a transaction is open.
    pub fn is_open(&self) -> bool {
        !self.connection.is_autocommit()
    }

    pub fn answer(&mut self, asked: &Asked, request: &[u8]) -> Answer {
        let (sql, values) = match asked.stage {
            Stage::Call => call(request),
            _ => (letters(request), Vec::new()),
        };
        let one = |number: i64| Answer::Rows(vec![vec![Cell::Number(number)]]);
        let answered = match asked.stage {
            Stage::Begin => self.connection.execute_batch("BEGIN IMMEDIATE").map(|()| Answer::Count(0)),
            Stage::Commit => self.connection.execute_batch("COMMIT").map(|()| Answer::Count(0)),
            _ if sql.contains("XACT_ABORT") => return Answer::Count(0),
            _ if sql.contains("SERVERPROPERTY") => return one(1),
            _ if sql.contains("sp_getapplock") => {
                self.enter();
                return one(0);
            }
            _ if sql.contains("sp_releaseapplock") => {
                self.leave();
                return Answer::Count(0);
            }
            _ if sql.contains("@@TRANCOUNT AS BIGINT") => return one(i64::from(self.is_open())),
            _ if sql.contains("@@TRANCOUNT > 0 ROLLBACK") => {
                if self.is_open() {
                    self.connection.execute_batch("ROLLBACK").expect("it is open");
                }
                return one(1);
            }
            _ => {
                let known = self.known.entry(sql.clone()).or_insert_with(|| in_sqlite(&sql));
                run(&self.connection, known, &values)
            }
        };
        answered.unwrap_or_else(|error| {
            // XACT_ABORT: a transaction in which something failed is taken back as a whole.
            if self.is_open() {
                self.connection.execute_batch("ROLLBACK").expect("it is open");
            }
            let number = match error.sqlite_error() {
                Some(said) if said.extended_code == 1_555 || said.extended_code == 2_067 => 2_627,
                Some(said) if said.code == ErrorCode::DatabaseBusy => 1_222,
                _ => 50_000,
            };
            Answer::Error(number, format!("{error} in {}", in_sqlite(&sql)))
        })
    }
}

fn run(connection: &Connection, sql: &str, values: &[Value]) -> rusqlite::Result<Answer> {
    if values.is_empty() && !sql.trim_start().starts_with("SELECT") {
        return connection.execute_batch(sql).map(|()| Answer::Count(1));
    }
    let mut statement = connection.prepare_cached(sql)?;
    for (nth, value) in values.iter().enumerate() {
        match statement.parameter_index(&format!("@P{}", nth + 1))? {
            Some(index) => statement.raw_bind_parameter(index, value)?,
            // In the place of a text that is not there, which the statement says itself.
            None => assert_eq!(*value, Value::Null, "a value that nobody asks for: @P{} in {sql}", nth + 1),
        }
    }
    let columns = statement.column_count();
    if columns == 0 {
        return statement.raw_execute().map(Answer::Count);
    }
    let numbers: Vec<bool> = statement.column_names().map(|name| NUMBERS.contains(&name)).collect();
    let (mut rows, mut read) = (Vec::new(), statement.raw_query());
    while let Some(row) = read.next()? {
        let cell = |nth: usize| {
            Ok(match row.get_ref(nth)? {
                ValueRef::Integer(number) => Cell::Number(number),
                ValueRef::Text(text) => Cell::Text(String::from_utf8(text.to_vec()).expect("it is text")),
                ValueRef::Null if numbers[nth] => Cell::NoNumber,
                ValueRef::Null => Cell::NoText,
                other => panic!("neither a number nor a text: {other:?} in {sql}"),
            })
        };
        rows.push((0..columns).map(cell).collect::<rusqlite::Result<_>>()?);
    }
    Ok(Answer::Rows(rows))
}

/// T-SQL as SQLite has it, as far as our statements go.
fn in_sqlite(sql: &str) -> String {
    let mut sql = sql
        .replace(
            "INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'BASE TABLE'",
            "sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        )
        .replace("SELECT TABLE_NAME", "SELECT name")
        .replace(" NONCLUSTERED", "")
        .replace("CLUSTERED ", "")
        .replace("NVARCHAR(MAX)", "TEXT")
        .replace(" COLLATE Latin1_General_BIN2", "")
        .replace("BIGINT IDENTITY(1, 1) NOT NULL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT")
        .replace("OFFSET @P5 ROWS FETCH NEXT @P6 ROWS ONLY", "LIMIT @P6 OFFSET @P5");
    if sql.contains("NVARCHAR(4000)) AS told") {
        sql = sql.replace('+', "||");
    }
    while let Some(at) = sql.find("STRING_SPLIT(") {
        let end = at + sql[at..].find(')').expect("it ends");
        let (list, separator) =
            sql[at + "STRING_SPLIT(".len()..end].split_once(", N").expect("it is split by something");
        let quoted = format!("replace(replace(replace({list}, '\\', '\\\\'), '\"', '\\\"'), {separator}, '\",\"')");
        sql.replace_range(at..=end, &format!("(SELECT value FROM json_each('[\"' || {quoted} || '\"]'))"));
    }
    while let Some(at) = sql.find("TOP (") {
        let end = at + sql[at..].find(')').expect("it ends");
        let count = sql[at + "TOP (".len()..end].to_owned();
        let rest = end + 1;
        let until = rest + closing(&sql[rest..]);
        sql.insert_str(until, &format!(" LIMIT {count}"));
        sql.replace_range(at..=end, "");
    }
    sql
}

/// Where the bracket ends in which a text stands.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 0 => return at,
            ')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn letters(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    String::from_utf16(&units).expect("a client sends texts")
}

/// What a call of `sp_executesql` holds: the statement and its values.
fn call(request: &[u8]) -> (String, Vec<Value>) {
    let mut rest = &request[6..];
    let mut values = Vec::new();
    while !rest.is_empty() {
        let name = usize::from(take(&mut rest, 1)[0]);
        take(&mut rest, 2 * name + 1);
        values.push(value(&mut rest));
    }
    // The statement, and the types of its values.
    let mut values = values.into_iter();
    let Some(Value::Text(sql)) = values.next() else { panic!("a statement is a text") };
    (sql, values.skip(1).collect())
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(count);
    *rest = left;
    taken
}

fn value(rest: &mut &[u8]) -> Value {
    let short = |rest: &mut &[u8]| usize::from(u16::from_le_bytes(take(rest, 2).try_into().expect("two bytes")));
    let long = |rest: &mut &[u8]| u32::from_le_bytes(take(rest, 4).try_into().expect("four bytes"));
    match take(rest, 1)[0] {
        0x1f => panic!("a value without a type, as Babelfish takes from nobody"),
        0x26 => {
            take(rest, 1);
            match take(rest, 1)[0] {
                0 => Value::Null,
                8 => Value::Integer(i64::from_le_bytes(take(rest, 8).try_into().expect("eight bytes"))),
                4 => Value::Integer(i64::from(long(rest))),
                other => panic!("a number of {other} bytes"),
            }
        }
        0xe7 => {
            let most = short(rest);
            take(rest, 5);
            if most != 0xffff {
                let length = short(rest);
                return if length == 0xffff { Value::Null } else { Value::Text(letters(take(rest, length))) };
            }
            if take(rest, 8) == [0xff; 8] {
                return Value::Null;
            }
            let mut bytes = Vec::new();
            loop {
                let length = usize::try_from(long(rest)).expect("it fits");
                if length == 0 {
                    return Value::Text(letters(&bytes));
                }
                bytes.extend(take(rest, length));
            }
        }
        other => panic!("a value of the type {other:#x}"),
    }
}
