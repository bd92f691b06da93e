//! Customers, and the words by which they are found.

use crate::document::customer::{self, CustomerContext};
use crate::document::{Database, DocumentType};
use crate::domain::{Customer, CustomerId, Timestamp};
use crate::store::fault::Doing;
use crate::store::query::columns::{json, value};
use crate::store::{Fault, Tx};
use serde_json::Value;

impl Tx<'_> {
    /// Writes the next revision of a customer's document, or its first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_customer(
        &self,
        customer: &Customer,
        context: &CustomerContext<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let doc_id = customer.customer_id.to_string();
        let former = self.record(&doc_id)?;
        let said: Option<Value> =
            former.as_ref().map(|it| json(&doc_id, &it.body)).transpose().doing("read the document")?;
        let body = customer::to_body(customer, context, said.as_ref());
        self.put_edit(&doc_id, Database::Customers, former, body, now)?;
        self.refresh_customer(&doc_id)
    }

    /// Lets a customer be found by what the document says now, if there is one that reads.
    pub(super) fn refresh_customer(&self, doc_id: &str) -> Result<(), Fault> {
        let doing = "let the customer be found";
        let is_one = DocumentType::of_id(doc_id) == Some(DocumentType::Customer);
        let Some(customer_id) = CustomerId::read(doc_id).filter(|_| is_one) else { return Ok(()) };
        let words = self.customer(customer_id)?.map(|it| it.contact.words());
        let written = words.map(|words| words.iter().map(|word| format!(" {word}")).collect::<String>());
        let sql = "SELECT customer_seq, words FROM customer_row WHERE doc_id = ?1";
        let former: Option<(i64, Option<String>)> =
            self.first(doing, sql, [doc_id], |row| Ok((value(row, "customer_seq")?, value(row, "words")?)))?;
        if former.as_ref().is_some_and(|(_, words)| words.is_some() && *words == written) {
            return Ok(());
        }
        if let Some((customer_seq, words)) = &former {
            for word in words.iter().flat_map(|words| words.split_whitespace()) {
                let sql = "DELETE FROM customer_word WHERE word = ?1 AND customer_seq = ?2";
                self.run(doing, sql, (word, customer_seq))?;
            }
        }
        let Some(written) = written else {
            return self.run(doing, "DELETE FROM customer_row WHERE doc_id = ?1", [doc_id]).map(|_| ());
        };
        let sql = "INSERT INTO customer_row (doc_id, words) VALUES (?1, ?2)
                   ON CONFLICT (doc_id) DO UPDATE SET words = excluded.words";
        self.run(doing, sql, (doc_id, &written))?;
        let sql = "INSERT INTO customer_word (word, customer_seq)
                   SELECT ?1, customer_seq FROM customer_row WHERE doc_id = ?2";
        written.split_whitespace().try_for_each(|word| self.run(doing, sql, (word, doc_id)).map(|_| ()))
    }

    /// Reads at most `limit` customers that came with an older schema; answers whether there may be more.
    ///
    /// # Errors
    /// [`Fault`] when they cannot be written.
    pub fn read_customers(&self, limit: u32) -> Result<bool, Fault> {
        let sql = "SELECT doc_id FROM customer_row WHERE words IS NULL ORDER BY customer_seq LIMIT ?1";
        let unread: Vec<String> = self.all("read the customers", sql, [limit], |row| value(row, "doc_id"))?;
        for doc_id in &unread {
            self.refresh_customer(doc_id)?;
            // What is no customer's id is found by nobody.
            let sql = "DELETE FROM customer_row WHERE doc_id = ?1 AND words IS NULL";
            self.run("read the customers", sql, [doc_id])?;
        }
        Ok(unread.len() >= limit as usize)
    }
}
