//! How the server says no. None of these sentences tells of another location.

use crate::document::BadDocument;
use crate::server::central::Fault;
use crate::sync::wire::{ANOTHER_DEVICE, Problem};

fn problem(status: u16, code: &str, detail: impl Into<String>) -> Problem {
    Problem { status, code: code.into(), detail: detail.into(), field: None }
}

/// The request makes no sense.
pub(in crate::server) fn bad(detail: impl Into<String>) -> Problem {
    problem(400, "bad_request", detail)
}

/// Nobody knows who asks.
pub(in crate::server) fn unauthorized(detail: impl Into<String>) -> Problem {
    problem(401, "unauthorized", detail)
}

/// No device has this name and this secret; which of the two is wrong is not told.
pub(in crate::server) fn unknown_device() -> Problem {
    unauthorized("this register and its secret are not known here: enrol it again")
}

/// This token may not.
pub(in crate::server) fn forbidden(detail: impl Into<String>) -> Problem {
    problem(403, "forbidden", detail)
}

/// Too many tries: to be asked again, but not yet.
pub(in crate::server) fn too_many(detail: impl Into<String>) -> Problem {
    problem(429, "too_many_tries", detail)
}

/// Another method is meant.
pub(in crate::server) fn wrong_method(detail: impl Into<String>) -> Problem {
    problem(405, "method_not_allowed", detail)
}

/// It was edited meanwhile.
pub(in crate::server) fn conflict(detail: impl Into<String>) -> Problem {
    problem(409, "conflict", detail)
}

/// A code was typed at a device for which it was not made.
pub(in crate::server) fn another_device(detail: impl Into<String>) -> Problem {
    problem(409, ANOTHER_DEVICE, detail)
}

/// It is too much at once.
pub(in crate::server) fn too_large(code: &str, detail: impl Into<String>) -> Problem {
    problem(413, code, detail)
}

/// What was sent cannot be accepted as it is.
pub(in crate::server) fn not_valid(bad: BadDocument) -> Problem {
    let BadDocument { place, what } = bad;
    Problem { field: Some(place.clone()), ..problem(422, "not_valid", format!("{place}: {what}")) }
}

/// A field that an operator gave is not right.
pub(in crate::server) fn wrong_field(field: &str, what: &str) -> Problem {
    Problem { field: Some(field.into()), ..problem(422, "not_valid", format!("{field}: {what}")) }
}

/// Not yet: to be asked again.
pub(in crate::server) fn not_yet(code: &str, detail: impl Into<String>) -> Problem {
    problem(503, code, detail)
}

/// The database failed. What it said may name what is not the asker's: that is for the operator.
pub(in crate::server) fn broken(fault: &Fault) -> Problem {
    problem(503, "database", format!("the central database could not {}; ask again", fault.doing))
}

/// Others were quicker, again and again.
pub(in crate::server) fn busy() -> Problem {
    not_yet("busy", "others were quicker, again and again; ask again")
}
