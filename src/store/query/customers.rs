//! Customers: one of them, those that somebody types, those that changed last.

use super::columns::{json, parsed, value};
use crate::document;
use crate::domain::customer::wanted;
use crate::domain::{Customer, CustomerId};
use crate::store::fault::{Cause, Unreadable};
use crate::store::limits::{CUSTOMER_WORDS_READ, CUSTOMERS_MAX};
use crate::store::{Fault, Reader};
use rusqlite::Row;
use serde_json::Value;
use std::collections::BTreeSet;

/// How many words are looked for beside the one along which customers are read.
const BESIDE: usize = 3;
/// Behind every word that begins as the one before it.
const LAST_LETTER: char = char::MAX;

impl Reader {
    /// A customer; none when nobody of that id is here, or what is here does not read.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn customer(&self, customer: CustomerId) -> Result<Option<Customer>, Fault> {
        let sql = "SELECT doc_id, body FROM document WHERE doc_id = ?1 AND deleted = 0 AND flaw IS NULL";
        self.first("read the customer", sql, [customer.to_string()], customer_of)
    }

    /// The customers that suit what was typed ([`wanted`]), at most `limit`, in the order of the words by which they
    /// are found; when nothing was typed, those that changed last, the newest first.
    ///
    /// # Errors
    /// [`Fault`] when they cannot be read.
    pub fn customers(&self, typed: &str, limit: u32) -> Result<Vec<Customer>, Fault> {
        let limit = limit.min(CUSTOMERS_MAX);
        let mut words = wanted(typed);
        if words.len() > 1 {
            // Along the rarest word there is the least to read; of two that many have, along the longer.
            let mut counted = Vec::new();
            for spellings in words {
                let longest = spellings.iter().map(String::len).max();
                counted.push((self.count_along(&spellings[0])?, std::cmp::Reverse(longest), spellings));
            }
            counted.sort();
            words = counted.into_iter().map(|(_, _, spellings)| spellings).collect();
        }
        let Some((along, beside)) = words.split_first() else {
            return if typed.trim().is_empty() { self.customers_changed(limit) } else { Ok(Vec::new()) };
        };
        let beside: Vec<String> = beside.iter().flatten().map(|word| format!(" {word}")).collect();
        let mut found: Vec<CustomerId> = Vec::new();
        for spelling in along {
            found.extend(self.customers_along(spelling, &beside)?);
        }
        let mut seen = BTreeSet::new();
        let found = found.into_iter().filter(|customer| seen.insert(*customer)).take(limit as usize);
        found.filter_map(|customer| self.customer(customer).transpose()).collect()
    }

    /// How many words begin so, as far as it is worth counting.
    fn count_along(&self, word: &str) -> Result<u32, Fault> {
        let sql = "SELECT COUNT(*) AS count FROM
                   (SELECT 1 FROM customer_word WHERE word >= ?1 AND word < ?2 LIMIT ?3)";
        let values = (word, format!("{word}{LAST_LETTER}"), CUSTOMER_WORDS_READ);
        self.only("count the customers of a word", sql, values, |row| value(row, "count"))
    }

    /// Who is found by a word that begins so, some of them more than once.
    fn customers_along(&self, word: &str, beside: &[String]) -> Result<Vec<CustomerId>, Fault> {
        // The words lead, whatever the planner thinks: along them it ends as soon as there are enough.
        let sql = "SELECT doc_id FROM customer_word CROSS JOIN customer_row USING (customer_seq)
                   WHERE word >= ?1 AND word < ?2
                     AND INSTR(words, ?3) > 0 AND INSTR(words, ?4) > 0 AND INSTR(words, ?5) > 0
                   ORDER BY word, customer_seq LIMIT ?6";
        let beside: [&str; BESIDE] = std::array::from_fn(|nth| beside.get(nth).map_or(" ", String::as_str));
        let [second, third, fourth] = beside;
        let values = (word, format!("{word}{LAST_LETTER}"), second, third, fourth, CUSTOMER_WORDS_READ);
        self.all("look for customers", sql, values, |row| parsed(row, "doc_id", CustomerId::read))
    }

    fn customers_changed(&self, limit: u32) -> Result<Vec<Customer>, Fault> {
        let sql = "SELECT doc_id, body FROM document WHERE database = 'customers' AND deleted = 0 AND flaw IS NULL
                   ORDER BY seq DESC LIMIT ?1";
        self.all("read the customers that changed last", sql, [limit], customer_of)
    }

    /// Whether customers came with an older schema, whose words are still to be read.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn has_unread_customers(&self) -> Result<bool, Fault> {
        let sql = "SELECT EXISTS (SELECT 1 FROM customer_row WHERE words IS NULL) AS has";
        self.only("look for customers that were not read", sql, [], |row| value(row, "has"))
    }
}

fn customer_of(row: &Row<'_>) -> Result<Customer, Cause> {
    let (doc_id, body): (String, String) = (value(row, "doc_id")?, value(row, "body")?);
    let body: Value = json(&doc_id, &body)?;
    document::customer::from_body(&body).map_err(|bad| Unreadable::new(doc_id, bad).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixtures::{Place, now, put_customer, take, version};
    use crate::store::{Durability, Store};
    use serde_json::json;

    fn names(store: &Store, typed: &str) -> Vec<String> {
        store.reader().customers(typed, 9).unwrap().into_iter().map(|it| it.contact.name).collect()
    }

    #[test]
    fn customers_are_found_whoever_wrote_them_and_forgotten_with_their_document() {
        let (place, mut store) = Place::with_store();
        let ana = put_customer(&place, &mut store, "Ana Ruiz", "06 12 34 56 78");
        put_customer(&place, &mut store, "Zoë Groß", "+33 6 99 88 77 66");
        let elsewhere = json!({
            "_id": "customer_018f0000-0000-7000-8000-000000000001", "type": "customer", "location_id": "L1",
            "name": "Anaïs", "phone": null, "created_at": now().rfc3339(),
        });
        let first = version(None, false, &elsewhere);
        take(&mut store, &first, true);
        // typed, who is found
        let rows: [(&str, &[&str]); 14] = [
            ("", &["Anaïs", "Zoë Groß", "Ana Ruiz"]),
            ("ana", &["Ana Ruiz", "Anaïs"]),
            ("anai", &["Anaïs"]),
            ("ru", &["Ana Ruiz"]),
            ("ana ru", &["Ana Ruiz"]),
            ("ana ru 0612", &["Ana Ruiz"]),
            ("ana ru 0699", &[]),
            ("gross", &["Zoë Groß"]),
            ("0612", &["Ana Ruiz"]),
            ("5678", &["Ana Ruiz"]),
            ("06 99", &["Zoë Groß"]),
            ("+33 6 12 34 56 78", &["Ana Ruiz"]),
            ("%", &[]),
            ("ana' OR 1", &[]),
        ];
        for (typed, found) in rows {
            assert_eq!(names(&store, typed), found, "{typed}");
        }
        assert_eq!(store.reader().customer(ana.customer_id).unwrap(), Some(ana));
        let mut renamed = elsewhere.clone();
        renamed["name"] = json!("Berta");
        let second = version(Some(&first), false, &renamed);
        take(&mut store, &second, true);
        assert_eq!((names(&store, "ana"), names(&store, "ber")), (vec!["Ana Ruiz".to_owned()], vec!["Berta".into()]));
        // What does not read is in no list, and neither is what is gone.
        let mut nameless = renamed.clone();
        nameless["name"] = json!(7);
        let third = version(Some(&second), false, &nameless);
        take(&mut store, &third, true);
        assert!(names(&store, "ber").is_empty());
        let fourth = version(Some(&third), false, &renamed);
        take(&mut store, &fourth, true);
        assert_eq!(names(&store, "ber"), ["Berta"]);
        let gone = json!({ "_id": elsewhere["_id"], "type": "customer", "location_id": "L1" });
        take(&mut store, &version(Some(&fourth), true, &gone), true);
        assert!(names(&store, "ber").is_empty());
        let words: i64 = store
            .reader()
            .connection()
            .query_row("SELECT COUNT(*) FROM customer_word WHERE word LIKE 'ber%'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(words, 0, "what is gone leaves no word behind");
    }

    #[test]
    fn a_look_for_customers_costs_the_same_however_many_there_are() {
        use rusqlite::StatementStatus::{AutoIndex, FullscanStep, Sort, VmStep};
        let (place, mut store) = Place::with_store();
        let mut steps = Vec::new();
        for many in [0, 1] {
            for nth in 0..=CUSTOMER_WORDS_READ {
                put_customer(&place, &mut store, &format!("Maria Nr{many}x{nth}"), "0612345678");
            }
            crate::store::fixtures::forget_statements();
            assert_eq!(store.reader().customers("maria", 50).unwrap().len(), 50);
            let sql = crate::store::fixtures::statements().into_iter().find(|sql| sql.contains("CROSS JOIN")).unwrap();
            let mut look = store.reader().connection().prepare(&sql).unwrap();
            let mut rows = look.query(("maria", "maria\u{10ffff}", " ", " ", " ", CUSTOMER_WORDS_READ)).unwrap();
            while rows.next().unwrap().is_some() {}
            drop(rows);
            let other = [FullscanStep, Sort, AutoIndex].map(|what| look.get_status(what));
            assert_eq!(other, [0; 3]);
            steps.push(look.get_status(VmStep));
        }
        assert_eq!(steps[0], steps[1], "twice as many are no more work");
    }

    #[test]
    fn customers_of_an_older_schema_are_read_when_the_register_starts() {
        let (place, mut store) = Place::with_store();
        for nth in 0..5 {
            put_customer(&place, &mut store, &format!("Guest{nth} Ruiz"), "0612345678");
        }
        let old = "DELETE FROM customer_word; UPDATE customer_row SET words = NULL";
        store.reader().connection().execute_batch(old).unwrap();
        assert!(names(&store, "ruiz").is_empty() && store.reader().has_unread_customers().unwrap());
        let mut steps = 0;
        while store.write(Durability::Draft, |tx| tx.read_customers(2)).unwrap() {
            steps += 1;
        }
        assert_eq!((steps, names(&store, "ruiz").len()), (2, 5));
        assert!(!store.reader().has_unread_customers().unwrap());
    }
}
