//! The verbs of a central database as a table, so that nobody passes each of them on by hand.

/// Implements [`Central`](super::Central), by a macro that is given the table: how a verb is asked (`asked`: what
/// changes nothing, or the same however often it is done; `done`: all else), which room of a database it lives in, the
/// verb, and what could not be done where it goes wrong.
macro_rules! verbs {
    ($by:ident for $central:ty) => {
        $by! { $central;
            asked read::standing(place: &Place) -> Standing, "look how a feed stands";
            asked read::documents(place: &Place, ids: &[String]) -> Vec<Kept>, "read documents";
            asked read::trees(place: &Place, ids: &[String]) -> Vec<ChangedDocument>, "read the revisions of documents";
            asked read::page(place: &Place, after: &str, limit: u32) -> Vec<Kept>, "list documents";
            asked list::changes(place: &Place, since: u64, limit: u32) -> Vec<ChangedDocument>, "read changes";
            asked list::changes_before(place: &Place, before: u64, limit: u32) -> Vec<ChangedDocument>, "read changes";
            asked list::population(place: &Place) -> Population, "count documents";
            asked list::listed(place: &Place, listing: &Listing) -> Vec<ChangedDocument>, "list documents";
            asked list::count_listed(place: &Place, low: &Bound<String>, high: &Bound<String>) -> u64,
                "count documents";
            asked list::indexes(place: &Place) -> Vec<NotedIndex>, "list indexes";
            asked list::note_index(place: &Place, index: &NotedIndex) -> (), "note an index";
            done list::forget_index(place: &Place, design: &str, name: &str) -> bool, "forget an index";
            asked read::local(place: &Place, id: &str) -> Option<Value>, "read a local document";
            asked read::count_locals(location_id: &LocationId) -> usize, "count local documents";
            asked read::acceptances(location_id: &LocationId, ids: &[String]) -> Vec<Acceptance>,
                "look what was accepted";
            asked read::order_books(location_id: &LocationId, doc_id: &str) -> Option<OrderBooks>,
                "read the books of an order";
            asked read::booked_orders(location_id: &LocationId, after: &str, limit: u32) -> Vec<BookedOrder>,
                "list the orders in the books";
            asked read::last_number(location_id: &LocationId) -> u64, "read the last order number";
            asked read::is_order_id_taken(location_id: &LocationId, order_id: &str) -> bool, "look for an order";
            asked read::is_number_taken(location_id: &LocationId, number: &str) -> bool, "look for an order number";
            asked read::taxes(location_id: &LocationId) -> Vec<KnownTax>, "read the taxes";
            asked read::flaws(place: &Place, ids: &[String]) -> Vec<Flawed>, "look what the books do not follow";
            asked devices::admit(name: &str, secret_digest: &str) -> Option<Device>,
                "look for a device by its secret";
            asked devices::device(location_id: &LocationId, name: &str) -> Option<Device>, "look for a device";
            asked devices::devices(location_id: Option<&LocationId>, limit: u32) -> Vec<Device>, "list devices";
            asked devices::invitations(location_id: Option<&LocationId>, now: Timestamp, limit: u32) -> Vec<Invitation>,
                "list codes";
            asked devices::locations(limit: u32) -> Vec<LocationId>, "list locations";
            asked devices::knows_location(location_id: &LocationId) -> bool, "look for a location";
            done devices::enrol(scope: &Scope, name: &str, secret_digest: &str, now: Timestamp) -> bool,
                "enrol a device";
            done devices::invite(invitation: &Invitation) -> (), "keep a code";
            done devices::redeem(code_digest: &str, secret_digest: &str, now: Timestamp) -> Redeemed, "take a code";
            done devices::revoke(location_id: &LocationId, name: &str, now: Timestamp) -> bool, "take a secret back";
            asked devices::seen(location_id: &LocationId, name: &str, now: Timestamp) -> (),
                "note that a device came in";
            done devices::note(act: &Act) -> (), "note what was done";
            asked devices::acts(location_id: &LocationId, limit: u32) -> Vec<Act>, "list what was done";
            done write::commit(batch: &Batch) -> Committed, "write a batch";
        }
    };
}

/// By the rooms of a database.
macro_rules! by_rooms {
    ($central:ty; $(
        $how:ident $room:ident::$verb:ident($($name:ident: $type:ty),*) -> $answer:ty, $doing:literal;
    )+) => {
        impl Central for $central {
            $(async fn $verb(&self, $($name: $type),*) -> Result<$answer, Fault> {
                self.$how($doing, |line| $room::$verb(line, $($name),*)).await
            })+
        }
    };
}

pub(super) use {by_rooms, verbs};
