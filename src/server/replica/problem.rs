//! How the server says no. None of these sentences tells of another location.

use crate::document::BadDocument;
use crate::server::central::Fault;
use crate::sync::wire::Problem;

fn problem(status: u16, code: &str, detail: impl Into<String>) -> Problem {
    Problem { status, code: code.into(), detail: detail.into(), field: None }
}

/// The request makes no sense.
pub(super) fn bad(detail: impl Into<String>) -> Problem {
    problem(400, "bad_request", detail)
}

/// Nobody knows who asks.
pub(super) fn unauthorized(detail: impl Into<String>) -> Problem {
    problem(401, "unauthorized", detail)
}

/// This token may not.
pub(super) fn forbidden(detail: impl Into<String>) -> Problem {
    problem(403, "forbidden", detail)
}

/// It was edited meanwhile.
pub(super) fn conflict(detail: impl Into<String>) -> Problem {
    problem(409, "conflict", detail)
}

/// It is too much at once.
pub(super) fn too_large(code: &str, detail: impl Into<String>) -> Problem {
    problem(413, code, detail)
}

/// What was sent cannot be accepted as it is.
pub(super) fn not_valid(bad: BadDocument) -> Problem {
    let BadDocument { place, what } = bad;
    Problem { field: Some(place.clone()), ..problem(422, "not_valid", format!("{place}: {what}")) }
}

/// Not yet: to be asked again.
pub(super) fn not_yet(code: &str, detail: impl Into<String>) -> Problem {
    problem(503, code, detail)
}

/// The database failed. What it said may name what is not the asker's: that is for the operator.
pub(super) fn broken(fault: &Fault) -> Problem {
    problem(503, "database", format!("the central database could not {}; ask again", fault.doing))
}

/// Others were quicker, again and again.
pub(super) fn busy() -> Problem {
    not_yet("busy", "others were quicker, again and again; ask again")
}
