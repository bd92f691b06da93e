//! What the statements may say; and on a server that speaks the protocol alone how lines come to be, break and end. On
//! a real one, where one is named: many that begin at once, and lines that are cut.

mod lines;
mod real;

use super::words::{ALL, for_many, lock, set_up};
use super::*;
use crate::document::{Database, History, Revision, Version};
use crate::server::central::conformance::sqlserver::{Mock, login_to};
use crate::server::central::conformance::wait;
use crate::server::central::history::checksum_of;
use crate::server::central::sqlserver::schema::{MIGRATIONS, batches};
use serde_json::json;

/// What SQL Server and Babelfish do not do alike, or one of them not at all, and what nobody should do.
const BANNED: &[&str] = &[
    "MERGE",
    "OUTPUT",
    "UPDLOCK",
    "HOLDLOCK",
    "READPAST",
    "NOLOCK",
    "ROWVERSION",
    "JSON",
    "HASHBYTES",
    "MONEY",
    "CREATE OR ALTER",
    "ALTER COLUMN",
    "WITH VALUES",
    "WAITFOR",
    "GETDATE",
    "SYSUTCDATETIME",
    "NEWID",
    "LEN(",
    "DATALENGTH",
    "##",
    "SAVE TRAN",
    "BEGIN TRAN",
    "VARCHAR(MAX)",
    "DATETIME",
    "UNIQUEIDENTIFIER",
    "SELECT *",
    "LIMIT ",
    "RETURNING",
    "ON CONFLICT",
    " TEXT",
    "$1",
    "?",
];

/// A text of SQL without its comments.
fn said(sql: &str) -> String {
    let lines = sql.lines().map(|line| line.split_once("--").map_or(line, |(before, _)| before));
    lines.collect::<Vec<_>>().join("\n")
}

fn is_banned(sql: &str) -> Option<&'static str> {
    let sql = format!("\n{}", said(sql)).replace("NVARCHAR", "N_VAR_CHAR").replace("sp_releaseapplock", "");
    let whole = |word: &str, at: usize| {
        let next = sql[at + word.len()..].chars().next().unwrap_or(' ');
        !word.ends_with(char::is_alphanumeric) || !(next.is_alphanumeric() || next == '_')
    };
    BANNED.iter().copied().find(|word| sql.match_indices(word).any(|(at, _)| whole(word, at)))
}

/// The numbers of the values in a statement.
fn values(sql: &str) -> Vec<usize> {
    let numbers = sql.split("@P").skip(1).map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    });
    let mut numbers: Vec<usize> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

#[test]
fn statements_keep_to_what_both_databases_do_alike_and_number_their_values() {
    let (first, second) = (set_up(5_000), lock(600_000));
    let own = [("set up", first.as_str()), ("lock", second.as_str())];
    for (name, sql) in ALL.iter().copied().chain(own) {
        assert_eq!(is_banned(sql), None, "{name}: {sql}");
        let numbers = values(sql);
        assert!(numbers.iter().copied().eq(1..=numbers.len()), "{name} leaves none out: {numbers:?}");
        assert_eq!(sql.matches('(').count(), sql.matches(')').count(), "{name}: {sql}");
        assert_eq!(sql.matches('\'').count() % 2, 0, "{name}: {sql}");
        // One statement each, so that what it counts is its own.
        assert!(!sql.contains(';') || numbers.is_empty(), "{name}: {sql}");
        // Ids that come out of a list have another collation than ours.
        let asked = sql.contains("asked.");
        assert_eq!(
            sql.contains("CAST(asked.[value] AS NVARCHAR(700)) COLLATE Latin1_General_BIN2"),
            asked,
            "{name}: {sql}"
        );
        // As many columns as values, where they are named.
        if let Some((columns, given)) = sql.split_once("VALUES") {
            let columns = columns.split_once('(').unwrap().1.matches(',').count();
            assert_eq!(columns, given.matches(',').count(), "{name}: {sql}");
        }
    }
    for word in ["MERGE INTO a", "SELECT LEN(a)", "a MONEY", "UPDATE a OUTPUT INSERTED.b", "a VARCHAR(MAX)"] {
        assert!(is_banned(word).is_some(), "{word}");
    }
    assert_eq!(is_banned("a NVARCHAR(MAX) -- no MERGE"), None);
    assert_eq!(values("@P2 @P1 @P12"), [1, 2, 12]);
}

#[test]
fn a_text_that_is_not_there_is_said_and_many_rows_are_said_by_one_statement() {
    let (none, text, number) = (None::<&str>, "a", None::<i64>);
    let values: [&dyn tiberius::ToSql; 10] =
        [&text, &none, &number, &text, &text, &text, &text, &text, &text, &None::<String>];
    // statement, as it is sent
    let rows = [
        ("SELECT @P1 WHERE @P2 = @P10", "SELECT @P1 WHERE NULL = NULL"),
        ("INSERT INTO a VALUES (@P3, @P2)", "INSERT INTO a VALUES (@P3, NULL)"),
        ("@P10@P11", "NULL@P11"),
        ("SELECT 1", "SELECT 1"),
    ];
    for (sql, said) in rows {
        let (sent, values) = line::sent(sql, &values);
        assert_eq!(sent, said);
        assert!(!values.iter().any(|it| matches!(it.to_sql(), tiberius::ColumnData::String(None))), "{sql}");
    }
    let one = "INSERT INTO a (b, c, d) VALUES (@P1, @P2, @P3)";
    assert_eq!(for_many(one, 1, 1), one);
    assert_eq!(for_many(one, 1, 2), "INSERT INTO a (b, c, d) VALUES (@P1, @P2, @P3), (@P1, @P4, @P5)");
    assert_eq!(for_many(one, 0, 2), "INSERT INTO a (b, c, d) VALUES (@P1, @P2, @P3), (@P4, @P5, @P6)");
}

#[test]
fn statements_stand_in_one_file_alone() {
    let files = [
        include_str!("devices.rs"),
        include_str!("key.rs"),
        include_str!("line.rs"),
        include_str!("list.rs"),
        include_str!("read.rs"),
        include_str!("rows.rs"),
        include_str!("schema.rs"),
        include_str!("write.rs"),
    ];
    for file in files {
        let code = file.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let words = ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE ", "\"EXEC ", "\"CREATE "];
            assert!(!words.iter().any(|word| line.contains(word)), "{line}");
        }
    }
}

#[test]
fn migrations_have_the_tables_of_the_others_and_keys_that_fit_an_index() {
    let sqlite = [
        include_str!("../sqlite/migrations/0001_ground.sql"),
        include_str!("../sqlite/migrations/0002_doors.sql"),
        include_str!("../sqlite/migrations/0003_listing.sql"),
        include_str!("../sqlite/migrations/0004_asked_again.sql"),
        include_str!("../sqlite/migrations/0005_towns.sql"),
    ];
    assert_eq!(sqlite.len(), MIGRATIONS.len(), "a migration more: here, too");
    for (nth, (migration, theirs)) in MIGRATIONS.iter().zip(sqlite).enumerate() {
        assert_eq!(usize::try_from(migration.number).unwrap(), nth + 1);
        assert_eq!(is_banned(migration.sql), None, "{nth}");
        let tables = |sql: &str| -> Vec<String> {
            let sql = said(sql);
            let tables = sql.split("CREATE TABLE ").skip(1);
            tables.map(|it| it.split([' ', '(']).next().unwrap().to_owned()).collect()
        };
        let mut ours = tables(migration.sql);
        ours.retain(|name| name != "door");
        assert_eq!(ours, tables(theirs), "{nth}");
        let columns = |sql: &str| -> Vec<String> {
            let sql = said(sql).replace("ADD COLUMN", "ADD").replace(['[', ']'], "");
            let named = sql.lines().filter(|line| line.starts_with("    ") || line.contains(" ADD "));
            let named = named.map(|line| line.split_once(" ADD ").map_or(line, |it| it.1).trim().to_owned());
            let named = named.map(|line| line.split(' ').next().unwrap().to_owned());
            named.filter(|name| name.starts_with(|it: char| it.is_ascii_lowercase())).collect()
        };
        let mut ours = columns(migration.sql);
        if nth == 1 {
            let door = ours.iter().position(|name| name == "only_row").unwrap();
            ours.remove(door);
        }
        // A feed is counted anew there when its columns are added.
        let theirs: Vec<String> = columns(theirs).into_iter().filter(|it| it != "standing" || nth != 2).collect();
        if nth != 2 {
            assert_eq!(ours, theirs, "{nth}");
        }
    }
    // 900 bytes in a clustered index, 1,700 in another; a letter has two.
    let all: String = MIGRATIONS.iter().map(|it| said(it.sql)).collect::<Vec<_>>().join("\n");
    for table in all.split("CREATE TABLE ").skip(1) {
        let name = table.split([' ', '(']).next().unwrap();
        let bytes = |column: &str| -> usize {
            let column = column.trim().trim_matches(['[', ']']);
            let of =
                |line: &&str| line.trim().trim_start_matches('[').replace(']', "").starts_with(&format!("{column} "));
            let line = table.lines().find(of).unwrap_or_else(|| panic!("{name}.{column}"));
            match line.split_once("NVARCHAR(") {
                Some((_, rest)) => 2 * rest.split(')').next().unwrap().parse::<usize>().expect("a key has an end"),
                None => 8,
            }
        };
        let keys = table.split("PRIMARY KEY").skip(1).filter_map(|key| {
            let most = if key.trim_start().starts_with("NONCLUSTERED") { 1_700 } else { 900 };
            let columns = key.trim_start().trim_start_matches("NONCLUSTERED").trim_start();
            columns.strip_prefix('(').map(|it| (it.split(')').next().unwrap(), most))
        });
        let indexes = all.split("CREATE ").filter(|it| it.contains(&format!(" ON {name} (")) && it.contains("INDEX"));
        let indexes = indexes.map(|it| {
            let most = if it.starts_with("UNIQUE CLUSTERED") { 900 } else { 1_700 };
            (it.split_once(&format!(" ON {name} (")).unwrap().1.split(')').next().unwrap(), most)
        });
        for (columns, most) in keys.chain(indexes) {
            if columns.contains("deleted") || !columns.contains("_") {
                continue;
            }
            let needed: usize = columns.split(',').map(bytes).sum();
            assert!(needed <= most, "{name} ({columns}): {needed} bytes");
        }
    }
}

#[test]
fn migrations_are_sent_in_the_parts_between_go() {
    // text, its parts
    let rows = [
        ("a\nb", vec!["a\nb"]),
        ("a\nGO\nb", vec!["a", "b"]),
        ("a\n go \n\nGO\nb\n", vec!["a", "b"]),
        ("a -- GO\nGOb", vec!["a -- GO\nGOb"]),
        ("\n", vec![]),
    ];
    for (text, parts) in rows {
        assert_eq!(batches(text), parts, "{text:?}");
    }
    assert!(MIGRATIONS.iter().all(|it| !batches(it.sql).is_empty()));
}

/// The migrations that a database has had which is up to date.
fn history() -> Vec<(i64, String)> {
    MIGRATIONS.iter().map(|it| (i64::from(it.number), checksum_of(it.sql))).collect()
}

fn dice(seed: u8) -> Entropy {
    Entropy::new(move |bytes| bytes.fill(seed))
}

/// How one comes into a mock, by its address or what stands behind it.
fn login(mock: &Mock, behind: &str) -> SqlServerLogin {
    login_to(&format!("sqlserver://ann@localhost:{}/house{behind}", mock.port), "s3same")
}

fn place() -> Place {
    Place { location_id: "L1".into(), database: Database::Orders }
}

/// A batch that writes one new document.
fn batch(name: &str) -> Batch {
    let now = Timestamp::from_rfc3339("2026-03-14T19:05:06.789+01:00").unwrap();
    let body = json!({ "name": name });
    let mut kept = super::super::Kept::absent(name);
    let history = History::of(Revision::child_of(None, false, &body));
    kept.graft(&Version { doc_id: name.into(), history, deleted: false, body });
    let mut batch = Batch::new(format!("op-{name}"), now, place());
    batch.documents.push(kept);
    batch
}

#[test]
fn a_login_tells_no_password() {
    let mock = Mock::start(history());
    let told =
        format!("{:?} {:?}", login(&mock, ""), SqlServerCentral::to(&login(&mock, ""), Patience::USUAL).unwrap());
    assert!(!told.contains("s3same"), "{told}");
    wait(async { assert!(within(1, std::future::pending::<Result<(), Trouble>>()).await.is_err()) });
}
