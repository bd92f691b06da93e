//! An order as a document. What a former body holds beyond our own fields is kept, at the top, per line and modifier.
//!
//! `resolve` says what becomes of several bodies of one order. Not here: draft lines (they never leave the register).

mod resolve;
#[cfg(test)]
pub(super) mod resolve_tests;

pub use resolve::resolve;

use super::BadDocument;
use super::fields::Fields;
use super::limits::{LINE_MODIFIERS_MAX, ORDER_LINES_MAX, ORDER_SUM_MAX};
use super::merge::stamps::next_counter;
use crate::domain::limits::{MODIFIER_QUANTITY_MAX, PRICE_MAX, QUANTITY_MAX};
use crate::domain::order::{Header, LineModifier, OrderStatus, Qualifier, Totals};
use crate::domain::payment::any_stands;
use crate::domain::tax::{LineTax, TaxRate, TaxSum};
use crate::domain::{
    BusinessDate, Currency, CustomerId, Line, LineId, LineState, LocationId, Money, Order, OrderId, OrderType, Payment,
    RegisterId, Timestamp,
};
use crate::domain::{LocalNumber, StationId, TaxId};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What begins an order number that no server has given.
pub const TEMPORARY: &str = "TEMP-";

/// The fields that carry a stamp when they change: the scalars of the header. Whose it is is one thing: no merge gives
/// an order the name of one guest and the address of another.
pub const STAMPED: [&[&str]; 6] =
    [&["order_type"], &["customer_id", "customer_name"], &["due_at"], &["table"], &["covers"], &["kitchen_notes"]];

/// Who writes stamps at the server: no register can be called that. At equal counters its word stands.
pub const SERVER: &str = "@server";

const TAX_RATE_MAX: i64 = 10_000;

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

/// Writes the body of an order without its draft lines; what `former` holds beyond our own fields is kept.
///
/// `order_id`, `order_number`, `discounts` and `offline` are taken over from `former`: an order does not know them.
/// So is a `customer_id` that is none of ours, as long as the name beside it stays.
/// Of CouchDB's own fields (those that begin with `_`) only `_id` is written. A header field that differs from
/// `former`'s is stamped with the greatest counter of any stamp, plus one, and `edited_by`; a first body has no stamps.
///
/// # Panics
/// When a line has not captured its tax for the order's type: an order never holds such a line.
pub fn to_body(order: &Order, context: &OrderContext, former: Option<&Value>) -> Value {
    let nothing = Map::new();
    let former = former.and_then(Value::as_object).unwrap_or(&nothing);
    let kept = former.iter().filter(|(name, _)| !name.starts_with('_'));
    let mut body: Map<String, Value> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    let sent = without_drafts(order);

    identity(&mut body, &sent, context);
    header(&mut body, &sent.header, former);
    sums(&mut body, &sent, context, former);
    let items = sent.lines.iter().map(|line| item(line, sent.header.order_type, former_line(former, line.line_id)));
    body.insert("items".into(), items.collect());
    for (name, at_first) in [
        ("order_id", Value::Null),
        ("order_number", format!("{TEMPORARY}{}", order.local_number).into()),
        ("discounts", json!([])),
        ("offline", context.offline.into()),
    ] {
        let given = former.get(name).filter(|value| !value.is_null()).cloned();
        body.insert(name.into(), given.unwrap_or(at_first));
    }
    let stamps = stamped(&STAMPED, former, &body, context.edited_by);
    body.insert("stamps".into(), stamps);
    Value::Object(body)
}

pub(super) fn write_over(body: &mut Map<String, Value>, fields: Value) {
    match fields {
        Value::Object(fields) => body.extend(fields),
        other => unreachable!("our own fields are an object, not {other}"),
    }
}

fn without_drafts(order: &Order) -> Cow<'_, Order> {
    if order.drafts().next().is_none() {
        return Cow::Borrowed(order);
    }
    let mut sent = order.clone();
    sent.lines.retain(|line| line.state != LineState::Draft);
    Cow::Owned(sent)
}

/// Writes one field.
fn put(fields: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    fields.insert(name.to_owned(), value.into());
}

fn identity(body: &mut Map<String, Value>, order: &Order, context: &OrderContext) {
    put(body, "_id", order.order_id.to_string());
    put(body, "type", "order");
    put(body, "local_number", order.local_number.0.as_str());
    put(body, "location_id", context.location_id.as_str());
    put(body, "register_id", order.register_id.as_str());
    put(body, "business_date", order.business_date.to_string());
    put(body, "opened_by", order.opened_by.as_str());
    put(body, "created_at", order.created_at.rfc3339());
    put(body, "updated_at", order.updated_at.rfc3339());
    put(body, "edited_by", context.edited_by.as_str());
}

fn header(body: &mut Map<String, Value>, header: &Header, former: &Map<String, Value>) {
    put(body, "order_type", header.order_type.code());
    put(body, "customer_id", customer_id(header, former));
    put(body, "customer_name", header.customer_name.as_deref());
    put(body, "due_at", header.due_at.map(Timestamp::rfc3339));
    put(body, "table", header.table.as_deref());
    put(body, "covers", header.covers);
    put(body, "kitchen_notes", header.kitchen_notes.as_deref());
}

fn customer_id(header: &Header, former: &Map<String, Value>) -> Value {
    if let Some(id) = header.customer_id {
        return id.to_string().into();
    }
    let is_called_as_before = former.get("customer_name").and_then(Value::as_str) == header.customer_name.as_deref();
    let strange = former.get("customer_id").filter(|id| id.as_str().and_then(customer_named).is_none());
    strange.filter(|_| is_called_as_before).cloned().unwrap_or(Value::Null)
}

/// The customer of that id, spelled as we spell it.
fn customer_named(id: &str) -> Option<CustomerId> {
    CustomerId::read(id).filter(|it| it.to_string() == id)
}

fn sums(body: &mut Map<String, Value>, sent: &Order, context: &OrderContext, former: &Map<String, Value>) {
    let totals = sent.totals();
    let status = match sent.status() {
        OrderStatus::Pending if former.get("order_id").is_some_and(|id| !id.is_null()) => "confirmed",
        derived => derived.code(),
    };
    write_totals(body, &totals);
    put(body, "currency", json!(context.currency));
    put(body, "order_status", status);
    put(body, "payment_status", payment_status(totals.total, context.paid));
}

fn write_totals(fields: &mut Map<String, Value>, totals: &Totals) {
    put(fields, "subtotal", totals.net.0);
    put(fields, "tax_amount", totals.tax.0);
    put(fields, "total_amount", totals.total.0);
    put(fields, "taxes", totals.taxes.iter().map(tax_sum).collect::<Vec<_>>());
}

pub(super) fn tax_sum(sum: &TaxSum) -> Value {
    let mut row = tax(&sum.tax);
    put(&mut row, "net", sum.net.0);
    put(&mut row, "amount", sum.amount.0);
    put(&mut row, "gross", sum.gross.0);
    Value::Object(row)
}

pub(super) fn tax(tax: &LineTax) -> Map<String, Value> {
    let mut row = Map::new();
    put(&mut row, "tax_id", tax.tax_id.as_str());
    put(&mut row, "name", tax.name.as_str());
    put(&mut row, "rate", tax.rate.0);
    put(&mut row, "included", tax.included);
    row
}

/// How an order is paid, as far as the writer knows. Nothing is paid before anything was handed over, not even a bill
/// of nothing.
pub fn payment_status(total: Money, paid: &[Payment]) -> &'static str {
    let settled: Money = paid.iter().map(Payment::settles).sum();
    if !any_stands(paid) || settled <= Money::ZERO && total > Money::ZERO {
        "pending"
    } else if settled < total {
        "partial"
    } else if paid.iter().any(Payment::is_refund) {
        "refunded"
    } else {
        "paid"
    }
}

fn former_line(former: &Map<String, Value>, line_id: LineId) -> Option<&Map<String, Value>> {
    let id = line_id.to_string();
    let is_it = |it: &&Value| it.get("line_id").and_then(Value::as_str) == Some(&id);
    former.get("items")?.as_array()?.iter().find(is_it)?.as_object()
}

fn item(line: &Line, order_type: OrderType, former: Option<&Map<String, Value>>) -> Value {
    let mut item = former.cloned().unwrap_or_default();
    let object = |name: &str| former.and_then(|it| it.get(name)).and_then(Value::as_object).cloned();
    let mut taxes = object("taxes").unwrap_or_default();
    taxes.extend(line.taxes.iter().map(|(order_type, it)| (order_type.code().to_owned(), Value::Object(tax(it)))));
    let now = line.tax(order_type);
    put(&mut item, "line_id", line.line_id.to_string());
    put(&mut item, "item_id", line.item_id.as_str());
    put(&mut item, "name", line.name.as_str());
    put(&mut item, "quantity", line.quantity);
    put(&mut item, "unit_price", line.unit_price.0);
    put(&mut item, "tax_id", now.tax_id.as_str());
    put(&mut item, "tax_rate", now.rate.0);
    put(&mut item, "taxes", taxes);
    put(&mut item, "modifiers", modifiers(&line.modifiers, former));
    put(&mut item, "note", line.note.as_deref());
    put(&mut item, "course", line.course);
    put(&mut item, "state", line.state.code());
    put(&mut item, "void_reason", line.void_reason.as_deref());
    put(&mut item, "station", line.station.as_str());
    Value::Object(item)
}

/// The modifiers of a line, each written over the former one of the same id (the n-th over the n-th).
fn modifiers(all: &[LineModifier], former: Option<&Map<String, Value>>) -> Vec<Value> {
    let list = former.and_then(|it| it.get("modifiers")).and_then(Value::as_array);
    let mut left: Vec<&Map<String, Value>> = list.into_iter().flatten().filter_map(Value::as_object).collect();
    let write = |modifier: &LineModifier| {
        let id = modifier.modifier_id.as_str();
        let at = left.iter().position(|it| it.get("modifier_id").and_then(Value::as_str) == Some(id));
        let mut written = at.map(|at| left.remove(at).clone()).unwrap_or_default();
        put(&mut written, "modifier_id", id);
        put(&mut written, "name", modifier.name.as_str());
        put(&mut written, "price", modifier.price.0);
        put(&mut written, "quantity", modifier.quantity);
        put(&mut written, "qualifier", modifier.qualifier.map(Qualifier::code));
        Value::Object(written)
    };
    all.iter().map(write).collect()
}

/// Stamps what differs from the former body, and what is one thing with it; what was never stamped counts as 0.
pub(super) fn stamped(
    things: &[&[&str]],
    former: &Map<String, Value>,
    body: &Map<String, Value>,
    edited_by: &RegisterId,
) -> Value {
    if former.is_empty() {
        return json!({});
    }
    let mut stamps = former.get("stamps").and_then(Value::as_object).cloned().unwrap_or_default();
    let next = next_counter(&stamps);
    let differs = |name: &&str| former.get(*name).unwrap_or(&Value::Null) != &body[*name];
    for name in things.iter().filter(|names| names.iter().any(differs)).copied().flatten() {
        stamps.insert((*name).into(), json!([next, edited_by]));
    }
    Value::Object(stamps)
}

/// Reads a body; fields that it does not know are passed over, and sums are computed anew by those who want them.
///
/// # Errors
/// The first thing that is missing or wrong, with its place.
pub fn from_body(body: &Value) -> Result<Order, BadDocument> {
    let fields = Fields::of(body)?;
    fields.expect_type("order")?;
    let created_at = fields.time("created_at")?;
    if !fields.holds("items") {
        return Err(fields.bad("items", "is missing"));
    }
    let lines = fields.list("items", ORDER_LINES_MAX)?.iter().map(line).collect::<Result<Vec<Line>, _>>()?;
    if lines.iter().map(widest_total).sum::<i128>() > ORDER_SUM_MAX {
        return Err(fields.bad("items", format!("come to more than {ORDER_SUM_MAX} minor units")));
    }
    Ok(Order {
        order_id: fields.word("_id", OrderId::read)?,
        local_number: LocalNumber(fields.text("local_number")?.into()),
        register_id: fields.text("register_id")?.into(),
        business_date: fields.word("business_date", |text| text.parse().ok().map(BusinessDate))?,
        opened_by: fields.text_or_null("opened_by")?.unwrap_or_default(),
        created_at,
        updated_at: fields.time_or_null("updated_at")?.unwrap_or(created_at),
        header: read_header(&fields)?,
        lines,
        cancelled: fields.text_or_null("order_status")?.as_deref() == Some(OrderStatus::Cancelled.code()),
    })
}

fn read_header(fields: &Fields) -> Result<Header, BadDocument> {
    let covers = fields.whole_or_null("covers", 0..=i64::from(u16::MAX))?;
    Ok(Header {
        order_type: fields.word("order_type", OrderType::from_code)?,
        // What another program calls its customers does not keep an order from being read.
        customer_id: fields.text_or_null("customer_id").ok().flatten().as_deref().and_then(customer_named),
        customer_name: fields.text_or_null("customer_name")?,
        due_at: fields.time_or_null("due_at")?,
        table: fields.text_or_null("table")?,
        covers: covers.map(narrow),
        kitchen_notes: fields.text_or_null("kitchen_notes")?,
    })
}

fn line(fields: &Fields) -> Result<Line, BadDocument> {
    let modifiers = fields.list("modifiers", LINE_MODIFIERS_MAX)?;
    Ok(Line {
        line_id: fields.word("line_id", LineId::read)?,
        item_id: fields.text("item_id")?.into(),
        name: fields.text("name")?.into(),
        quantity: narrow(fields.whole("quantity", 1..=i64::from(QUANTITY_MAX))?),
        unit_price: Money(fields.whole("unit_price", -PRICE_MAX..=PRICE_MAX)?),
        taxes: read_taxes(fields)?,
        modifiers: modifiers.iter().map(modifier).collect::<Result<_, _>>()?,
        note: fields.text_or_null("note")?,
        course: narrow(fields.whole_or("course", 0..=i64::from(u8::MAX), 1)?),
        station: StationId::from(fields.text("station")?),
        state: fields.word("state", LineState::from_code)?,
        void_reason: fields.text_or_null("void_reason")?,
    })
}

/// The tax for every order type; for those that the line does not name, what stands in `tax_id` and `tax_rate`.
fn read_taxes(fields: &Fields) -> Result<BTreeMap<OrderType, LineTax>, BadDocument> {
    let captured = fields.inner("taxes")?;
    let mut taxes = BTreeMap::new();
    for order_type in OrderType::ALL {
        let named = captured.as_ref().map(|it| it.inner(order_type.code())).transpose()?.flatten();
        let tax = match named {
            Some(tax) => LineTax {
                tax_id: tax.text("tax_id")?.into(),
                name: tax.text("name")?.into(),
                rate: rate(&tax, "rate")?,
                included: tax.flag_or("included", true)?,
            },
            None => {
                let tax_id = TaxId::from(fields.text("tax_id")?);
                let name = tax_id.to_string();
                LineTax { tax_id, name, rate: rate(fields, "tax_rate")?, included: true }
            }
        };
        taxes.insert(order_type, tax);
    }
    Ok(taxes)
}

pub(super) fn rate(fields: &Fields, name: &str) -> Result<TaxRate, BadDocument> {
    fields.whole(name, 0..=TAX_RATE_MAX).map(|rate| TaxRate(narrow(rate)))
}

fn modifier(fields: &Fields) -> Result<LineModifier, BadDocument> {
    let qualified = fields.holds("qualifier");
    Ok(LineModifier {
        modifier_id: fields.text("modifier_id")?.into(),
        name: fields.text("name")?.into(),
        price: Money(fields.whole("price", -PRICE_MAX..=PRICE_MAX)?),
        quantity: narrow(fields.whole_or("quantity", 1..=i64::from(MODIFIER_QUANTITY_MAX), 1)?),
        qualifier: qualified.then(|| fields.word("qualifier", Qualifier::from_code)).transpose()?,
    })
}

pub(super) fn narrow<T: TryFrom<i64>>(checked: i64) -> T {
    T::try_from(checked).unwrap_or_else(|_| unreachable!("{checked} was checked against its range"))
}

/// The most that a line can come to, whatever its signs, qualifiers and state.
fn widest_total(line: &Line) -> i128 {
    let adds = |it: &LineModifier| i128::from(it.price.0.abs()) * i128::from(it.quantity);
    let each = i128::from(line.unit_price.0.abs()) + line.modifiers.iter().map(adds).sum::<i128>();
    each * i128::from(line.quantity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Entropy;
    use crate::domain::{PaymentId, Tender, Timestamp};

    fn now() -> Timestamp {
        Timestamp::from_rfc3339("2026-03-14T19:05:06.789+01:00").unwrap()
    }

    fn entropy() -> Entropy {
        let mut last = 0_u16;
        Entropy::new(move |bytes| {
            last += 1;
            bytes[..2].copy_from_slice(&last.to_be_bytes());
        })
    }

    fn tax_map() -> BTreeMap<OrderType, LineTax> {
        let tax = |rate, included| LineTax { tax_id: "t".into(), name: "Tax".into(), rate: TaxRate(rate), included };
        OrderType::ALL.into_iter().zip([tax(1000, true), tax(550, true), tax(825, false)]).collect()
    }

    fn some_line(line_id: LineId, state: LineState) -> Line {
        let modifier = |id: &str, quantity, qualifier| LineModifier {
            modifier_id: id.into(),
            name: id.to_uppercase(),
            price: Money(50),
            quantity,
            qualifier,
        };
        Line {
            line_id,
            item_id: "burger".into(),
            name: "Bürger ½".into(),
            quantity: 2,
            unit_price: Money(1000),
            taxes: tax_map(),
            modifiers: vec![modifier("cheese", 2, None), modifier("onion", 1, Some(Qualifier::No))],
            note: Some("well done".into()),
            course: 2,
            station: "kitchen".into(),
            state,
            void_reason: (state == LineState::Voided).then(|| "dropped".into()),
        }
    }

    fn order(states: &[LineState]) -> Order {
        let mut entropy = entropy();
        Order {
            order_id: OrderId::fresh(now(), &mut entropy),
            local_number: LocalNumber("T1-0042".into()),
            register_id: "T1".into(),
            business_date: BusinessDate::of(now(), 240),
            opened_by: "Ann".into(),
            created_at: now(),
            updated_at: now().plus_millis(1),
            header: Header { table: Some("12".into()), covers: Some(4), ..Header::new(OrderType::DineIn) },
            lines: states.iter().map(|&state| some_line(LineId::fresh(now(), &mut entropy), state)).collect(),
            cancelled: false,
        }
    }

    fn paid(order: &Order, amount: i64) -> Payment {
        Payment {
            payment_id: PaymentId::fresh(now(), &mut entropy()),
            order_id: order.order_id,
            tender: Tender::Cash,
            amount: Money(amount),
            tendered: Money(amount),
            change: Money::ZERO,
            tip: Money::ZERO,
            rounding: Money::ZERO,
            reference: None,
            created_at: now(),
            amends: None,
        }
    }

    fn body(order: &Order, paid: &[Payment], edited_by: &str, former: Option<&Value>) -> Value {
        let currency = Currency::of("EUR").unwrap();
        let (location_id, edited_by) = (&"L1".into(), &edited_by.into());
        to_body(order, &OrderContext { location_id, currency, paid, offline: true, edited_by }, former)
    }

    const EVERY_STATE: [LineState; 6] = [
        LineState::Sent,
        LineState::Draft,
        LineState::Preparing,
        LineState::Ready,
        LineState::Served,
        LineState::Voided,
    ];

    #[test]
    fn an_order_survives_its_body_without_its_drafts() {
        let full = order(&EVERY_STATE);
        let mut bare = Order { header: Header::new(OrderType::Delivery), cancelled: true, ..full.clone() };
        bare.header.due_at = Some(now());
        bare.header.customer_name = Some("Zoë".into());
        bare.lines.truncate(1);
        bare.lines[0].modifiers.clear();
        bare.lines[0].note = None;
        for order in [full, bare, order(&[])] {
            let written = body(&order, &[], "T1", None);
            let mut sent = order.clone();
            sent.lines.retain(|line| line.state != LineState::Draft);
            assert_eq!(from_body(&written), Ok(sent.clone()));
            assert_eq!(body(&sent, &[], "T1", Some(&written)), written, "writing again changes nothing");
        }
    }

    #[test]
    fn sums_are_those_of_the_sent_lines() {
        let written = body(&order(&EVERY_STATE), &[], "T1", None);
        // Four live lines of two at 11.00, tax of 10 % included.
        let sums = ["total_amount", "tax_amount", "subtotal"].map(|name| written[name].as_i64().unwrap());
        assert_eq!(sums, [8800, 800, 8000]);
        assert_eq!(written["taxes"][0]["gross"], 8800);
        assert_eq!((&written["currency"], &written["offline"]), (&json!("EUR"), &json!(true)));
        assert_eq!(written["order_number"], "TEMP-T1-0042");
        assert_eq!(written["items"][0]["taxes"]["delivery"]["included"], false);
        assert_eq!((&written["items"][0]["tax_id"], &written["items"][0]["tax_rate"]), (&json!("t"), &json!(1000)));
    }

    #[test]
    fn payment_status_follows_from_what_was_paid() {
        let (sent, free) = (order(&[LineState::Sent]), order(&[LineState::Voided]));
        // order, payments, status
        let rows: [(&Order, &[i64], &str); 7] = [
            (&sent, &[], "pending"),
            (&sent, &[2199], "partial"),
            (&sent, &[2199, 1], "paid"),
            (&sent, &[3000], "paid"),
            (&sent, &[2200, -2200], "pending"),
            (&free, &[], "pending"),
            (&free, &[0], "paid"),
        ];
        for (order, amounts, status) in rows {
            let payments: Vec<Payment> = amounts.iter().map(|&amount| paid(order, amount)).collect();
            assert_eq!(body(order, &payments, "T1", None)["payment_status"], status, "{amounts:?}");
        }
    }

    #[test]
    fn what_was_given_back_shows_in_the_payment_status() {
        use crate::domain::payment::{Amendment, Amends};
        let sent = order(&[LineState::Sent]);
        // paid, what was done about it, with how much, status
        let rows = [
            (2200, Amends::Refund, -2200, "refunded"),
            (2200, Amends::Refund, -100, "refunded"),
            (2199, Amends::Refund, -2199, "partial"), // a line that came later is still to be paid
            (2199, Amends::Return, -2199, "pending"),
        ];
        for (amount, kind, back, status) in rows {
            let taken = paid(&sent, amount);
            let of = taken.payment_id;
            let (reason, by, approved_by) = ("cold".into(), "Ana".into(), None);
            let (lines, taxes) = (Vec::new(), Vec::new());
            let amends = Amendment { kind, of, act: of, reason, by, approved_by, lines, taxes };
            let given_back = Payment { amends: Some(Box::new(amends)), ..paid(&sent, back) };
            let status_is = body(&sent, &[taken, given_back], "T1", None)["payment_status"].clone();
            assert_eq!(status_is, status, "{kind:?} {amount}");
        }
    }

    #[test]
    fn what_others_wrote_is_kept() {
        let order = order(&[LineState::Sent, LineState::Sent]);
        let mut former = body(&order, &[], "T1", None);
        for (name, value) in [
            ("loyalty", json!({ "points": 1.5 })),
            ("order_id", json!(77)),
            ("order_number", json!("A-77")),
            ("customer_id", json!("customer_1")),
            ("discounts", json!([{ "discount_id": "d" }])),
            ("_rev", json!("3-abc")),
        ] {
            former[name] = value;
        }
        former["items"][1]["allergens"] = json!(["nuts"]);
        former["items"][1]["modifiers"][0]["sku"] = json!(9);
        former["items"][1]["taxes"]["drive_in"] = json!({ "tax_id": "new" });
        former["items"].as_array_mut().unwrap().swap(0, 1);

        let written = body(&order, &[], "T1", Some(&former));
        for name in ["loyalty", "order_id", "order_number", "customer_id", "discounts"] {
            assert_eq!(written[name], former[name], "{name}");
        }
        let line = &written["items"][1];
        assert_eq!((&line["allergens"], &line["modifiers"][0]["sku"]), (&json!(["nuts"]), &json!(9)));
        assert_eq!(line["taxes"]["drive_in"]["tax_id"], "new");
        assert!(written["items"][0].get("allergens").is_none());
        assert!(written.get("_rev").is_none(), "a body holds none of CouchDB's fields but its id");
        assert_eq!(written["order_status"], "confirmed", "what a server has accepted is more than pending");
        assert_eq!(from_body(&written), Ok(order));
    }

    #[test]
    fn what_changed_in_the_header_is_stamped() {
        let mut order = order(&[LineState::Sent]);
        let first = body(&order, &[], "T1", None);
        assert_eq!(first["stamps"], json!({}));
        order.header.table = Some("14".into());
        let second = body(&order, &[], "T2", Some(&first));
        assert_eq!(second["stamps"], json!({ "table": [1, "T2"] }));
        order.header.covers = None;
        order.header.order_type = OrderType::Takeaway;
        let third = body(&order, &[], "T1", Some(&second));
        assert_eq!(third["stamps"], json!({ "table": [1, "T2"], "covers": [2, "T1"], "order_type": [2, "T1"] }));
        order.lines[0].state = LineState::Ready;
        assert_eq!(body(&order, &[], "T3", Some(&third))["stamps"], third["stamps"]);
    }

    #[test]
    fn whose_it_is_is_written_as_one_thing() {
        let ids = [1_u8, 2].map(|dice| CustomerId::fresh(now(), &mut Entropy::new(move |bytes| bytes.fill(dice))));
        let attached = |id: Option<CustomerId>, name: &str| {
            let mut order = order(&[LineState::Sent]);
            (order.header.customer_id, order.header.customer_name) = (id, Some(name.into()));
            order
        };
        let first = body(&attached(Some(ids[0]), "Ana"), &[], "T1", None);
        assert_eq!(from_body(&first).unwrap().header.customer_id, Some(ids[0]));
        let strange = |id: Value| {
            let mut body = first.clone();
            body["customer_id"] = id;
            body
        };
        let (ana, bob) = (json!(ids[0]), json!(ids[1]));
        // former body, whose it is now, what is written, whether it is stamped
        let rows = [
            (first.clone(), attached(Some(ids[0]), "Ana"), ana.clone(), false),
            (first.clone(), attached(Some(ids[1]), "Ana"), bob, true), // two of one name
            (first.clone(), attached(Some(ids[0]), "Anna"), ana, true),
            (first.clone(), attached(None, "Bob"), Value::Null, true),
            // What another program calls its customers stands, as long as the name does.
            (strange(json!("C-77")), attached(None, "Ana"), json!("C-77"), false),
            (strange(json!(77)), attached(None, "Ana"), json!(77), false),
            (strange(json!("C-77")), attached(None, "Bob"), Value::Null, true),
            (strange(json!("C-77")), attached(Some(ids[0]), "Ana"), json!(ids[0]), true),
        ];
        for (former, order, written, is_stamped) in rows {
            let next = body(&order, &[], "T2", Some(&former));
            let stamp = if is_stamped { json!([1, "T2"]) } else { Value::Null };
            let stamps = ["customer_id", "customer_name"].map(|name| next["stamps"][name].clone());
            assert_eq!((&next["customer_id"], stamps), (&written, [stamp.clone(), stamp]), "{former}");
        }
    }

    #[test]
    fn a_line_without_captured_taxes_has_its_one_tax_for_every_order_type() {
        let mut written = body(&order(&[LineState::Sent]), &[], "T1", None);
        written["items"][0].as_object_mut().unwrap().remove("taxes");
        let read = from_body(&written).unwrap();
        let tax = LineTax { tax_id: "t".into(), name: "t".into(), rate: TaxRate(1000), included: true };
        assert!(OrderType::ALL.iter().all(|&order_type| *read.lines[0].tax(order_type) == tax));
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said_with_its_place() {
        // JSON pointer, what stands there, place, what is said
        let rows = [
            ("/_id", json!("order_1"), "_id", "`order_1` is not one that Comanda knows"),
            ("/type", json!(null), "type", "is missing"),
            ("/items", json!(null), "items", "is missing"),
            ("/items", json!({}), "items", "must be a list, is an object"),
            ("/items/1", json!(3), "items[1]", "must be an object, is a number"),
            ("/items/1/quantity", json!(null), "items[1].quantity", "is missing"),
            ("/items/1/quantity", json!(0), "items[1].quantity", "0 is not between 1 and 999"),
            ("/items/1/state", json!("draft"), "items[1].state", "`draft` is not one that Comanda knows"),
            (
                "/items/1/taxes/delivery/rate",
                json!("x"),
                "items[1].taxes.delivery.rate",
                "must be a whole number, is text",
            ),
            (
                "/items/0/modifiers/1/price",
                json!(true),
                "items[0].modifiers[1].price",
                "must be a whole number, is true or false",
            ),
            (
                "/items/0/modifiers/1/qualifier",
                json!("half"),
                "items[0].modifiers[1].qualifier",
                "`half` is not one that Comanda knows",
            ),
            ("/order_type", json!("\u{1b}[2J"), "order_type", "`\\u{1b}[2J` is not one that Comanda knows"),
            ("/business_date", json!("today"), "business_date", "`today` is not one that Comanda knows"),
            ("/covers", json!(-1), "covers", "-1 is not between 0 and 65535"),
        ];
        for (pointer, wrong, place, what) in rows {
            let mut written = body(&order(&[LineState::Sent, LineState::Sent]), &[], "T1", None);
            *written.pointer_mut(pointer).unwrap() = wrong;
            let bad = BadDocument { place: place.into(), what: what.into() };
            assert_eq!(from_body(&written), Err(bad), "{pointer}");
        }
    }

    #[test]
    fn sums_that_no_till_could_hold_are_not_read() {
        let mut dear = order(&[LineState::Sent; 600]);
        dear.lines.iter_mut().for_each(|line| line.modifiers.clear());
        let mut written = body(&dear, &[], "T1", None);
        for line in written["items"].as_array_mut().unwrap() {
            line["unit_price"] = json!(PRICE_MAX);
            line["quantity"] = json!(QUANTITY_MAX);
        }
        assert!(from_body(&written).is_ok());
        for line in written["items"].as_array_mut().unwrap() {
            line["modifiers"] = json!([{ "modifier_id": "m", "name": "M", "price": PRICE_MAX, "quantity": 99 }]);
        }
        assert_eq!(from_body(&written).unwrap_err().place, "items");
    }
}
