//! A payment as a document.

use super::BadDocument;
use crate::domain::{LocationId, Payment, RegisterId};
use serde_json::{Value, json};

/// What a body says about a payment besides what the payment knows itself.
#[derive(Debug, Clone)]
pub struct PaymentContext<'a> {
    /// Where it was taken.
    pub location_id: &'a LocationId,
    /// Which register took it.
    pub register_id: &'a RegisterId,
}

/// Writes the body of a payment.
pub fn to_body(payment: &Payment, context: &PaymentContext) -> Value {
    let _ = context;
    json!({ "_id": payment.payment_id, "type": "payment", "payment": payment })
}

/// Reads a body.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Payment, BadDocument> {
    serde_json::from_value(body["payment"].clone())
        .map_err(|error| BadDocument { place: "payment".into(), what: error.to_string() })
}
