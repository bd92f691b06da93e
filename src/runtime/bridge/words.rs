//! What a bridge says of the CouchDB. `sync` speaks to a register of its server: here the other end is a CouchDB, and
//! who reads is an operator, to whom it is said what to do.

use super::{Couch, Done};
use crate::document::Database;
use crate::sync::{LaneName, News};

/// What the line says, and what is meant here; a longer one stands before a part of it.
const SAYS: [(&str, &str); 5] = [
    ("the server does not know this register:", "the CouchDB does not let this name and password in:"),
    ("whom this register trusts: name ca_file under [server]", "whom this machine trusts: name --couch-ca FILE"),
    ("look at url under [server]", "look at --couch"),
    ("the server's", "the CouchDB's"),
    ("the server", "the CouchDB"),
];

impl Couch {
    /// What the line says of it, in an operator's words; `lane` is where it was.
    pub(super) fn words(&self, said: &str, lane: Option<LaneName>) -> String {
        let said = SAYS.iter().fold(said.to_owned(), |said, (theirs, ours)| said.replace(theirs, ours));
        let url = lane.and_then(database).and_then(|database| self.url_of(database));
        match url.filter(|_| said.contains("no such database")) {
            Some(url) => format!("{said}: make it there (curl -X PUT {url}), for it is not made from here"),
            None => said,
        }
    }
}

/// Whether a lane fails for what only a person can change.
pub(super) fn is_for_somebody(news: &News) -> bool {
    let News::Failing { why, .. } = news else { return false };
    ["no such database", "does not know this register", "403 "].iter().any(|sign| why.contains(sign))
}

fn database(lane: LaneName) -> Option<Database> {
    match lane {
        LaneName::Push(database) | LaneName::Pull(database) => Some(database),
        LaneName::Token | LaneName::Orders | LaneName::Payments | LaneName::Menu | LaneName::Presence => None,
    }
}

/// What it came to, in one line.
pub(super) fn sum(done: &Done) -> String {
    let Done { tally, out } = done;
    let documents = if tally.came == 1 { "document" } else { "documents" };
    let kept_out = if tally.kept_out == 0 { String::new() } else { format!(", {} kept out", tally.kept_out) };
    format!(
        "{} {documents} in: {} accepted, {} rejected{kept_out}; {out} out",
        tally.came, tally.accepted, tally.rejected
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::bridge::CouchAddress;
    use crate::server::bridge::Tally;

    #[test]
    fn an_operator_hears_what_to_do() {
        let address = CouchAddress::read("http://127.0.0.1:5984/orders").unwrap();
        let couch = Couch {
            address,
            others: Vec::new(),
            user: None,
            password_file: None,
            ca_file: None,
            allow_plain_http: false,
        };
        let pull = Some(LaneName::Pull(Database::Orders));
        // what the line says, what is told
        let rows = [
            (
                "the server has no such database",
                "the CouchDB has no such database: make it there (curl -X PUT http://127.0.0.1:5984/orders), for it \
                 is not made from here",
            ),
            (
                "the server does not know this register: Name or password is incorrect.",
                "the CouchDB does not let this name and password in: Name or password is incorrect.",
            ),
            (
                "the server's certificate is not accepted: nobody vouches for it whom this register trusts: name \
                 ca_file under [server]",
                "the CouchDB's certificate is not accepted: nobody vouches for it whom this machine trusts: name \
                 --couch-ca FILE",
            ),
            ("the line failed: connection refused", "the line failed: connection refused"),
        ];
        for (said, told) in rows {
            assert_eq!(couch.words(said, pull), told);
        }
        let tally = Tally { came: 1, accepted: 1, rejected: 0, kept_out: 0 };
        assert_eq!(sum(&Done { tally, out: 2 }), "1 document in: 1 accepted, 0 rejected; 2 out");
        let tally = Tally { came: 12, accepted: 9, rejected: 2, kept_out: 1 };
        assert_eq!(sum(&Done { tally, out: 20 }), "12 documents in: 9 accepted, 2 rejected, 1 kept out; 20 out");
    }
}
