//! The types of documents that registers and servers exchange, each one file.

use super::merge::Verdict;
use super::{BadDocument, conflict, customer, menu, order, payment, soldout};
use serde_json::Value;

/// The databases between which documents are replicated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Database {
    /// Orders and payments.
    Orders,
    /// The menu, which registers only read.
    Menu,
    /// Customers.
    Customers,
    /// Conflicts, for audit.
    Audit,
}

impl Database {
    /// Its name on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Database::Orders => "orders",
            Database::Menu => "menu",
            Database::Customers => "customers",
            Database::Audit => "audit",
        }
    }
}

macro_rules! documents {
    ($( $(#[$doc:meta])* $Type:ident $code:literal in $Database:ident: $($file:ident)::+ ),* $(,)?) => {
        /// A type of document. Its code is what `type` says and what, with `_` after it, document ids begin with.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DocumentType { $( $(#[$doc])* $Type ),* }

        impl DocumentType {
            /// All of them.
            pub const ALL: &[DocumentType] = &[$( DocumentType::$Type ),*];

            /// The word in `type`.
            pub fn code(self) -> &'static str {
                match self { $( DocumentType::$Type => $code ),* }
            }

            /// Where it is kept.
            pub fn database(self) -> Database {
                match self { $( DocumentType::$Type => Database::$Database ),* }
            }

            /// Says whether a body can be read as what it is.
            ///
            /// # Errors
            /// The first thing that is missing or wrong, with its place.
            pub fn check(self, body: &Value) -> Result<(), BadDocument> {
                match self { $( DocumentType::$Type => $($file)::+::from_body(body).map(drop) ),* }
            }

            /// What becomes of the bodies of leaves that quarrel; their order does not matter.
            pub fn resolve(self, bodies: &[&Value]) -> Verdict {
                match self { $( DocumentType::$Type => $($file)::+::resolve(bodies) ),* }
            }
        }
    };
}

// To add one: write its file with `to_body`, `from_body` and `resolve`, name it in its `mod`, add its line here.
documents! {
    /// An order.
    Order "order" in Orders: order,
    /// A payment.
    Payment "payment" in Orders: payment,
    /// What is left of an item.
    SoldOut "soldout" in Orders: soldout,
    /// A customer.
    Customer "customer" in Customers: customer,
    /// A category of the menu.
    Category "category" in Menu: menu::category,
    /// An item of the menu.
    Item "item" in Menu: menu::item,
    /// A modifier group of the menu.
    ModifierGroup "modifier_group" in Menu: menu::modifier_group,
    /// A modifier of the menu.
    Modifier "modifier" in Menu: menu::modifier,
    /// A tax of the menu.
    Tax "tax" in Menu: menu::tax,
    /// The record of a conflict.
    Conflict "conflict" in Audit: conflict,
}

impl DocumentType {
    /// The type of a document by its id; none for an id of another kind (a design document's, for one).
    pub fn of_id(doc_id: &str) -> Option<DocumentType> {
        let begins = |it: &&DocumentType| doc_id.strip_prefix(it.code()).is_some_and(|rest| rest.starts_with('_'));
        DocumentType::ALL.iter().filter(begins).max_by_key(|it| it.code().len()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_known_by_its_id() {
        use DocumentType::{Modifier, ModifierGroup, Order};
        // id, type
        let rows = [
            ("order_1", Some(Order)),
            ("modifier_cheese", Some(Modifier)),
            ("modifier_group_sauces", Some(ModifierGroup)),
            ("modifier_group", Some(Modifier)),
            ("orders_1", None),
            ("soldout_soup", Some(DocumentType::SoldOut)),
            ("order", None),
            ("_design/house", None),
            ("", None),
        ];
        for (id, of) in rows {
            assert_eq!(DocumentType::of_id(id), of, "{id}");
        }
        for &of in DocumentType::ALL {
            assert_eq!(DocumentType::of_id(&format!("{}_x", of.code())), Some(of));
            assert!(of.check(&json!({ "type": "something else" })).is_err());
        }
    }
}
