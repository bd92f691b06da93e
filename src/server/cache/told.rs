//! What server processes tell each other. None of it carries what anybody sold: it says where to look, or who asked how
//! much. What gets lost is found by looking, as it would be without a cache.

use super::limits::TOLD_BYTES_MAX;
use super::{Cache, add};
use crate::document::Database;
use crate::server::central::Place;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What one process tells the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) enum Told {
    /// Documents of a place changed; how, the database says.
    Changed(Place),
    /// So many requests of these were answered since the last time.
    Counted {
        /// By address.
        peers: Vec<(IpAddr, u32)>,
        /// By device.
        tokens: Vec<(String, u32)>,
    },
}

/// The same as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed: Option<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    peers: Vec<(IpAddr, u32)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<(String, u32)>,
}

const DATABASES: [Database; 4] = [Database::Orders, Database::Menu, Database::Customers, Database::Audit];

impl Cache {
    /// Tells all others. Nobody waits for it.
    pub(in crate::server) fn tell(&self, told: &Told) {
        let Some(shared) = self.shared.get() else { return };
        let by = self.own.clone();
        let message = match told {
            Told::Changed(Place { location_id, database }) => {
                let changed = Some((location_id.to_string(), database.code().to_owned()));
                Message { by, changed, peers: Vec::new(), tokens: Vec::new() }
            }
            Told::Counted { peers, tokens } => {
                Message { by, changed: None, peers: peers.clone(), tokens: tokens.clone() }
            }
        };
        let text = serde_json::to_vec(&message).expect("texts and numbers are JSON");
        add(&self.counted.told);
        shared.tell(self.seal.seal(&self.channel(), &text));
    }

    /// Reads what was told; none when this process said it, or it is not ours.
    pub(in crate::server) fn hear(&self, sealed: &[u8]) -> Option<Told> {
        let message = self.read(sealed);
        let Some(Message { by, changed, peers, tokens }) = message else {
            self.note_wrong("a message");
            return None;
        };
        if by == self.own {
            return None;
        }
        let told = match changed {
            None => Told::Counted { peers, tokens },
            Some((location, code)) => {
                let database = DATABASES.into_iter().find(|it| it.code() == code)?;
                Told::Changed(Place { location_id: location.as_str().into(), database })
            }
        };
        add(&self.counted.heard);
        Some(told)
    }

    fn read(&self, sealed: &[u8]) -> Option<Message> {
        if sealed.len() > TOLD_BYTES_MAX {
            return None;
        }
        serde_json::from_slice(self.seal.open(&self.channel(), sealed)?).ok()
    }
}
