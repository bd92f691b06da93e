//! Writing facts down, each bound to the one before it.

use crate::document::canonical::canonical;
use crate::domain::Timestamp;
use crate::domain::journal::{Entry, Row, Value, chain};
use crate::store::query::columns::value;
use crate::store::{Fault, Tx};

impl Tx<'_> {
    /// Writes a fact down and returns its number. It stands at the later of `now` and the row before it.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn append(&self, now: Timestamp, staff: Option<&str>, entry: &Entry) -> Result<i64, Fault> {
        let doing = "write the journal";
        let head = "SELECT journal_seq, journal_hash FROM meta";
        let (last, before): (i64, [u8; 32]) =
            self.only(doing, head, [], |row| Ok((value(row, "journal_seq")?, value(row, "journal_hash")?)))?;
        let last_at = self.journal(1)?.pop().map(|row| row.at);
        let row = Row {
            seq: last + 1,
            at: last_at.map_or(now, |last_at| if last_at.unix_ms > now.unix_ms { last_at } else { now }),
            staff: staff.map(str::to_owned),
            kind: entry.kind.to_owned(),
            order_id: entry.order_id.map(String::from),
            details: details(entry),
        };
        let hash = chain(&before, &row);
        let sql = "INSERT INTO journal (seq, at_unix_ms, at_offset_min, staff, kind, order_id, details, hash)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let Row { seq, at, staff, kind, order_id, details } = row;
        self.run(doing, sql, (seq, at.unix_ms, at.offset_min, staff, kind, order_id, details, hash))?;
        self.run(doing, "UPDATE meta SET journal_seq = ?1, journal_hash = ?2", (seq, hash))?;
        Ok(seq)
    }
}

fn details(entry: &Entry) -> String {
    let value = |value: &Value| match value {
        Value::Text(text) => serde_json::Value::from(text.as_str()),
        Value::Number(number) => serde_json::Value::from(*number),
    };
    let fields = entry.details.iter().map(|(name, detail)| ((*name).to_owned(), value(detail)));
    canonical(&serde_json::Value::Object(fields.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Money;
    use crate::store::Durability;
    use crate::store::fixtures::{Place, now};

    #[test]
    fn rows_are_numbered_and_never_stand_before_the_one_before() {
        let (place, mut store) = Place::with_store();
        let entry = Entry::new("pay", Some(place.order(1).order_id)).with("tender", "cash").with("amount", Money(500));
        let later = now().plus_millis(5000);
        // the clock, the row's instant
        for (nth, (clock, at)) in [(now(), now()), (later, later), (now(), later)].into_iter().enumerate() {
            let seq = store.write(Durability::Synced, |tx| tx.append(clock, Some("Ana"), &entry)).unwrap();
            let row = store.reader().journal(1).unwrap().pop().unwrap();
            assert_eq!((seq, row.at), (i64::try_from(nth).unwrap() + 1, at));
            assert_eq!(row.details, r#"{"amount":500,"tender":"cash"}"#);
            assert_eq!((row.kind.as_str(), row.staff.as_deref()), ("pay", Some("Ana")));
        }
        let seqs: Vec<_> = store.reader().journal(2).unwrap().iter().map(|row| row.seq).collect();
        assert_eq!(seqs, [2, 3]);
    }

    #[test]
    fn the_journal_takes_nothing_but_its_next_row() {
        let (_place, mut store) = Place::with_store();
        store.write(Durability::Synced, |tx| tx.append(now(), None, &Entry::new("start", None))).unwrap();
        let row = "(seq, at_unix_ms, at_offset_min, kind, details, hash) VALUES";
        for sql in [
            "UPDATE journal SET staff = 'Bo'".to_owned(),
            "DELETE FROM journal".into(),
            format!("INSERT INTO journal {row} (7, 0, 0, 'x', '{{}}', ZEROBLOB(32))"),
            format!("INSERT OR REPLACE INTO journal {row} (1, 0, 0, 'x', '{{}}', ZEROBLOB(32))"),
        ] {
            let refused = store.write(Durability::Synced, |tx| tx.run("bend the journal", &sql, []));
            assert!(refused.is_err(), "{sql}");
        }
        assert_eq!(store.reader().journal(9).unwrap().len(), 1);
    }
}
