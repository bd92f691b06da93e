//! Names of things, each a type of its own, and the dice they are made with.

use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Where random bytes come from. The runtime hands in the kernel's; tests and scripts a seeded one.
pub struct Entropy(Fill);

/// Fills a slice with random bytes.
type Fill = Box<dyn FnMut(&mut [u8]) + Send>;

impl Entropy {
    /// Wraps a source that fills a slice.
    pub fn new(fill: impl FnMut(&mut [u8]) + Send + 'static) -> Entropy {
        Entropy(Box::new(fill))
    }

    /// Fills `N` bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// Lays out a UUID version 7 (RFC 9562, 5.7) from `now` and ten random bytes.
    pub fn uuid(&mut self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.unix_ms).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Entropy")
    }
}

macro_rules! made_ids {
    ($( $(#[$doc:meta])* $Name:ident $prefix:literal ),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $Name(pub Uuid);

        impl $Name {
            /// Makes a fresh one.
            pub fn fresh(now: Timestamp, entropy: &mut Entropy) -> $Name {
                $Name(entropy.uuid(now))
            }

            /// Reads what [`fmt::Display`] wrote; `None` when it is something else.
            pub fn read(text: &str) -> Option<$Name> {
                text.strip_prefix($prefix).and_then(|rest| Uuid::try_parse(rest).ok()).map($Name)
            }
        }
        impl fmt::Display for $Name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!($prefix, "{}"), self.0.as_hyphenated())
            }
        }
        impl From<$Name> for String {
            fn from(id: $Name) -> String {
                id.to_string()
            }
        }
        impl TryFrom<String> for $Name {
            type Error = String;
            fn try_from(text: String) -> Result<$Name, String> {
                $Name::read(&text).ok_or_else(|| format!("`{text}` is not of the form {}<uuid>", $prefix))
            }
        }
    )* };
}

made_ids! {
    /// One order, everywhere and for ever; also its document id.
    OrderId "order_",
    /// One line of one order.
    LineId "line_",
    /// One payment; also its document id.
    PaymentId "payment_",
    /// One member of staff.
    StaffId "staff_",
    /// One customer; also its document id.
    CustomerId "customer_",
}

macro_rules! given_ids {
    ($( $(#[$doc:meta])* $Name:ident ),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $Name(pub String);

        impl $Name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $Name {
            fn from(text: &str) -> $Name {
                $Name(text.to_owned())
            }
        }
        impl fmt::Display for $Name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    )* };
}

given_ids! {
    /// One restaurant, as the configuration names it.
    LocationId,
    /// One register of a location, as the configuration names it (`T1`).
    RegisterId,
    /// A station, as the menu names it (`kitchen`).
    StationId,
    /// A category of the menu.
    CategoryId,
    /// An item of the menu.
    ItemId,
    /// A modifier group of the menu.
    ModifierGroupId,
    /// A modifier of the menu.
    ModifierId,
    /// A tax of the menu.
    TaxId,
    /// A register in one epoch of its store, as it counts what it sells: `T1`, and `T1.2` once it was restored from a
    /// backup. What the lost part had counted stays counted beside it.
    Seller,
}

impl Seller {
    /// A register in the store's `epoch` (from 1).
    pub fn new(register: &RegisterId, epoch: u32) -> Seller {
        match epoch {
            0 | 1 => Seller(register.0.clone()),
            _ => Seller(format!("{register}.{epoch}")),
        }
    }
}

/// What an order is called aloud: register and sequence of the business day, `T1-0042`.
///
/// Unique with location and business date. A store that was restored from a backup numbers on in a new epoch, so that
/// what it hands out again cannot be taken for what the lost part had printed: `T1.2-0042`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalNumber(pub String);

impl LocalNumber {
    /// The `sequence`-th order of a business day (from 1) in the store's `epoch` (from 1).
    pub fn new(register: &RegisterId, epoch: u32, sequence: u32) -> LocalNumber {
        LocalNumber(format!("{}-{sequence:04}", Seller::new(register, epoch)))
    }
}

impl fmt::Display for LocalNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_seven_and_read_back() {
        let mut entropy = Entropy::new(|bytes| bytes.fill(0xab));
        let id = OrderId::fresh(Timestamp::utc(1_773_491_400_000), &mut entropy);
        assert_eq!(id.0.get_version_num(), 7);
        assert_eq!(OrderId::read(&id.to_string()), Some(id));
        assert_eq!(OrderId::read("payment_x"), None);
    }

    #[test]
    fn numbers_of_a_restored_store_differ() {
        let register = RegisterId::from("T1");
        assert_eq!(LocalNumber::new(&register, 1, 42).0, "T1-0042");
        assert_eq!(LocalNumber::new(&register, 2, 42).0, "T1.2-0042");
    }
}
