//! The messages between registers and servers, for both ends.
//!
//! A [`Request`] is answered with an [`Answer`], or with a [`Problem`]; what a register makes of everything else that a
//! network can return is a [`Trouble`].
//!
//! Then `site` (where a server's things are found), `client` (how requests are written and answers read), `server` (the
//! same from the other side), and what both share: `couch` (CouchDB's shapes), `rest` (ours), `text` (JSON within
//! bounds, addresses, dates).

pub mod client;
mod couch;
mod rest;
pub mod server;
mod site;
pub(crate) mod text;

pub use site::{BadSite, Site};

use crate::document::{Database, Missing, Revision, Version};
use crate::domain::{LocationId, Timestamp};
use crate::sync::limits::{ANSWER_BATCH_BYTES_MAX, ANSWER_BYTES_MAX, ANSWER_SHORT_BYTES_MAX};
use serde_json::Value;
use std::fmt;
use std::ops::Deref;

/// What a register asks of a server.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// `GET /api/v1/health`: whether there is a server, and which.
    Health,
    /// `POST /api/v1/auth/token`: a bearer token for a register's secret.
    Token {
        /// Which register.
        register_id: String,
        /// What it was given when it was enrolled.
        secret: Secret,
    },
    /// `POST /api/v1/auth/enroll`: a device comes in for the first time, with the one-time code that an operator made.
    Enrol {
        /// As it was typed: capitals, blanks and dashes do not matter.
        code: Secret,
        /// The secret that the device proposes for itself, 64 hex digits: whoever asks again with the same one is told
        /// the same. None has the server make one.
        secret: Option<Secret>,
        /// What the device is, as far as it knows: a code that was made for another is not used up.
        device: Option<Claim>,
    },
    /// `POST /api/v1/orders/create`: accept an order. The body is frozen; `_original_order_id` makes it safe to repeat.
    SubmitOrder {
        /// What is submitted.
        body: Value,
    },
    /// `POST /api/v1/payments/create`: accept a payment of an accepted order.
    SubmitPayment {
        /// What is submitted.
        body: Value,
    },
    /// `GET /api/v1/menu/sync`: what changed on the menu.
    Menu {
        /// The cursor of the last answer; none asks for all of it.
        since: Option<String>,
        /// The `ETag` of the last answer (`If-None-Match`).
        etag: Option<String>,
    },
    /// `GET /sync/{db}`: how a database stands.
    Information {
        /// Which.
        database: Database,
    },
    /// `GET /sync/{db}/_local/{id}`: a document that is not replicated, such as a checkpoint.
    GetLocal {
        /// Of which database.
        database: Database,
        /// Its id, without `_local/`.
        id: String,
    },
    /// `PUT /sync/{db}/_local/{id}`.
    PutLocal {
        /// In which database.
        database: Database,
        /// Its id, without `_local/`.
        id: String,
        /// What it says; `_rev` as it was last read, where it was read.
        body: Value,
    },
    /// `POST /sync/{db}/_ensure_full_commit`.
    EnsureFullCommit {
        /// Of which database.
        database: Database,
    },
    /// `GET /sync/{db}/_changes?style=all_docs`.
    Changes {
        /// Of which database.
        database: Database,
        /// The sequence of the last one known, as the server wrote it; none asks from the beginning.
        since: Option<String>,
        /// At most so many.
        limit: u32,
        /// How long the server may keep an empty answer back until something changes (`feed=longpoll`), in
        /// milliseconds; none asks for an answer at once.
        wait_ms: Option<u32>,
    },
    /// `POST /sync/{db}/_revs_diff`: which of these revisions the server lacks.
    RevsDiff {
        /// In which database.
        database: Database,
        /// Revisions by document.
        offered: Vec<(String, Vec<Revision>)>,
    },
    /// `POST /sync/{db}/_bulk_get?revs=true&latest=true`: revisions with their histories and bodies.
    BulkGet {
        /// Of which database.
        database: Database,
        /// Revisions by document.
        wanted: Vec<(String, Vec<Revision>)>,
    },
    /// `GET /sync/{db}/{id}?open_revs=[...]&revs=true&latest=true`: the same for one document, where a server has no
    /// `_bulk_get`.
    OpenRevisions {
        /// Of which database.
        database: Database,
        /// Which document.
        doc_id: String,
        /// Which revisions.
        wanted: Vec<Revision>,
    },
    /// `POST /sync/{db}/_bulk_docs` with `new_edits: false`: take these revisions as they are.
    BulkDocs {
        /// Into which database.
        database: Database,
        /// The revisions.
        documents: Vec<Version>,
    },
}

/// What nobody else may read: it does not show in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Secret {
        Secret(text.to_owned())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(text)
    }
}

impl Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To `Health`.
    Healthy(Health),
    /// To `Token`.
    Token {
        /// What to send as `Authorization: Bearer`.
        token: Secret,
        /// How long it holds, in seconds.
        expires_in_s: u32,
    },
    /// To `Enrol`: the code is used up with it.
    Enrolled(Enrolled),
    /// To `SubmitOrder`.
    OrderAccepted(OrderAccepted),
    /// To `SubmitPayment`.
    PaymentAccepted(PaymentAccepted),
    /// To `Menu`: what changed.
    Menu(MenuChanges),
    /// To `Menu`: nothing changed (304).
    MenuUnchanged,
    /// To `Information`.
    Information(Information),
    /// To `GetLocal`; none when there is none (404).
    Local(Option<Value>),
    /// To `PutLocal`.
    Done,
    /// To `EnsureFullCommit`: all that was taken before is on the server's medium.
    Committed {
        /// The same as in [`Information`], where the server says so.
        instance_start_time: Option<String>,
    },
    /// To `Changes`.
    Changes(Changes),
    /// To `RevsDiff`: documents of which nothing is missing are left out.
    RevsDiff(Vec<(String, Missing)>),
    /// To `BulkGet` and `OpenRevisions`.
    Documents {
        /// What was found.
        found: Vec<Version>,
        /// What was not, or cannot be read.
        failed: Vec<FailedRevision>,
    },
    /// To `BulkDocs`: what was not taken. A good answer is an empty list.
    Taken {
        /// Documents that the server does not want.
        refused: Vec<FailedRevision>,
    },
}

/// That there is a server of ours, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// `comanda`: a captive portal does not say so.
    pub server: String,
    /// Its version.
    pub version: String,
    /// Its time.
    pub now: Timestamp,
}

/// What a device is from now on, and what it shows to get in: to be kept before anything else is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Of which restaurant it is.
    pub location_id: LocationId,
    /// What it may do there.
    pub role: DeviceRole,
    /// What it is called there: of a register, its id (`register_id`, of others `name`).
    pub name: String,
    /// What [`Request::Token`] asks for, or a CouchDB's client sends as its password.
    pub secret: Secret,
}

/// The [`Problem::code`] of a code that was made for another device than the one at which it was typed.
pub const ANOTHER_DEVICE: &str = "another_device";

/// What a device says of itself before it is enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What it does.
    pub role: DeviceRole,
    /// Of which restaurant it is, where it knows.
    pub location_id: Option<LocationId>,
    /// What it is called there, where it knows.
    pub name: Option<String>,
}

/// What a device may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceRole {
    /// Sells.
    Register,
    /// Only reads.
    Kitchen,
    /// Runs the house.
    Admin,
}

impl DeviceRole {
    /// All of them.
    pub const ALL: [DeviceRole; 3] = [DeviceRole::Register, DeviceRole::Kitchen, DeviceRole::Admin];

    /// Its word.
    pub fn code(self) -> &'static str {
        match self {
            DeviceRole::Register => "register",
            DeviceRole::Kitchen => "kitchen",
            DeviceRole::Admin => "admin",
        }
    }

    /// Reads what [`DeviceRole::code`] wrote.
    pub fn from_code(code: &str) -> Option<DeviceRole> {
        DeviceRole::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// That an order was accepted: the first answer, however often it is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderAccepted {
    /// The server's id.
    pub order_id: String,
    /// The server's number.
    pub order_number: String,
    /// `confirmed`.
    pub order_status: String,
    /// When.
    pub accepted_at: Timestamp,
    /// The revision that the server appended; none from a server that answers numbers alone.
    pub document: Option<Version>,
}

/// That a payment was accepted: the first answer, however often it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentAccepted {
    /// The server's id of the payment.
    pub payment_id: String,
    /// The server's id of the order.
    pub order_id: String,
    /// How the order is paid now.
    pub payment_status: String,
}

/// What changed on the menu since a cursor: documents by type, and ids of what is gone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MenuChanges {
    /// Ask with it the next time.
    pub cursor: String,
    /// These are all there are: what is not among them is gone.
    pub full: bool,
    /// Bodies of `category_...` documents.
    pub categories: Vec<Value>,
    /// Bodies of `item_...` documents.
    pub items: Vec<Value>,
    /// Bodies of `modifier_group_...` documents.
    pub modifier_groups: Vec<Value>,
    /// Bodies of `modifier_...` documents.
    pub modifiers: Vec<Value>,
    /// Bodies of `tax_...` documents.
    pub taxes: Vec<Value>,
    /// Ids of documents that are gone.
    pub deleted: Vec<String>,
    /// The answer's `ETag`.
    pub etag: Option<String>,
}

/// How a database stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Information {
    /// The same as long as the database was not made anew: opaque.
    pub instance_start_time: String,
    /// The last sequence: opaque.
    pub update_seq: String,
}

/// A page of the changes feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Each changed document once, at its last change.
    pub rows: Vec<Change>,
    /// Ask from here the next time: opaque.
    pub last_seq: String,
}

/// A document that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its sequence; CouchDB leaves it out of some rows.
    pub seq: Option<String>,
    /// Which document.
    pub doc_id: String,
    /// All its leaves, the winner first; those of a form that we do not read are left out.
    pub revisions: Vec<Revision>,
    /// The winner is a tombstone.
    pub deleted: bool,
}

/// A revision that a server did not hand out, or did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRevision {
    /// Of which document.
    pub doc_id: String,
    /// Which, where the server says so.
    pub revision: Option<Revision>,
    /// CouchDB's word for it: `forbidden`, `not_found`.
    pub error: String,
    /// In words.
    pub reason: String,
}

/// A server's no, as RFC 9457 (`application/problem+json`) carries it, or CouchDB's `error` and `reason`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status} {code}: {detail}")]
pub struct Problem {
    /// The status code.
    pub status: u16,
    /// One word: the end of RFC 9457's `type`, or CouchDB's `error`: `not_valid`, `forbidden`, `conflict`.
    pub code: String,
    /// What is wrong, in a sentence.
    pub detail: String,
    /// The field that it is about: `items[2].quantity`.
    pub field: Option<String>,
}

/// Why an exchange brought no answer that counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nothing came back, or only a part of it. What was asked may have happened.
    #[error("the line failed: {0}")]
    Line(String),
    /// The token is not taken (401): get a new one and ask again.
    #[error("the server does not know this register: {0}")]
    Unauthorized(String),
    /// It was too much at once (413).
    #[error("the server finds it too large: {0}")]
    TooLarge(String),
    /// Our server says no, in its own words (409, 413 or 422 with problem JSON).
    #[error(transparent)]
    Rejected(Problem),
    /// Ask again later (429 and 5xx).
    #[error("the server is busy or broken ({status}): {detail}")]
    Busy {
        /// The status code.
        status: u16,
        /// What it said.
        detail: String,
        /// After how many milliseconds to ask again, where it said so (`Retry-After`).
        retry_after_ms: Option<u64>,
    },
    /// Something answered that is no server of ours: a captive portal, a proxy, another program.
    #[error("this is not the server's answer: {0}")]
    NotOurs(String),
    /// The server has no such thing (404 in CouchDB's words), such as a database.
    #[error("the server has no {0}")]
    Missing(String),
}

impl Request {
    /// Longest body of an answer to it that is read, in bytes.
    pub fn answer_bytes_max(&self) -> usize {
        match self {
            Request::SubmitOrder { .. }
            | Request::SubmitPayment { .. }
            | Request::Menu { .. }
            | Request::OpenRevisions { .. } => ANSWER_BYTES_MAX,
            Request::BulkGet { wanted, .. } if wanted.len() == 1 => ANSWER_BYTES_MAX,
            Request::Changes { .. } | Request::RevsDiff { .. } | Request::BulkGet { .. } | Request::BulkDocs { .. } => {
                ANSWER_BATCH_BYTES_MAX
            }
            Request::Health
            | Request::Token { .. }
            | Request::Enrol { .. }
            | Request::Information { .. }
            | Request::GetLocal { .. }
            | Request::PutLocal { .. }
            | Request::EnsureFullCommit { .. } => ANSWER_SHORT_BYTES_MAX,
        }
    }

    /// The database that it is about; none for what is not replication.
    pub fn database(&self) -> Option<Database> {
        match self {
            Request::Health
            | Request::Token { .. }
            | Request::Enrol { .. }
            | Request::SubmitOrder { .. }
            | Request::SubmitPayment { .. }
            | Request::Menu { .. } => None,
            Request::Information { database }
            | Request::GetLocal { database, .. }
            | Request::PutLocal { database, .. }
            | Request::EnsureFullCommit { database }
            | Request::Changes { database, .. }
            | Request::RevsDiff { database, .. }
            | Request::BulkGet { database, .. }
            | Request::OpenRevisions { database, .. }
            | Request::BulkDocs { database, .. } => Some(*database),
        }
    }
}

#[cfg(test)]
mod tests;
