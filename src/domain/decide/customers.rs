//! Customers whom the house knows: written down, changed, and attached to the order in hand.
//!
//! Facts name the customer by id and the fields by name: what the house knows of people stays out of the journal.

use super::entry::changed;
use super::{Decision, Facts, Write, text};
use crate::domain::customer::{Contact, Customer, NO_ADDRESS, is_phone};
use crate::domain::id::{CustomerId, Entropy};
use crate::domain::journal::Entry;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::order::{Header, Order, OrderType};
use crate::domain::refusal::Refusal;
use crate::domain::slip::Delivery;

pub(super) fn attach(facts: &Facts, entropy: &mut Entropy) -> Result<Decision, Refusal> {
    let customer = facts.customer.ok_or(Refusal::NoSuchCustomer)?;
    let (order, fresh) = facts.order_or_fresh(entropy)?;
    let entry = facts.entry("attach_customer", &order);
    attached(facts, customer, order, fresh, entry)
}

pub(super) fn detach(facts: &Facts) -> Result<Decision, Refusal> {
    let mut order = facts.open_order()?.clone();
    let customer_id = order.header.customer_id.ok_or(Refusal::NoCustomer)?;
    (order.header.customer_id, order.header.customer_name) = (None, None);
    let entry = facts.entry("detach_customer", &order).with("customer_id", customer_id.to_string());
    Ok(changed(facts, order, false, facts.cursor, entry)?.saying("The customer is off this order"))
}

pub(super) fn add(facts: &Facts, contact: &Contact, entropy: &mut Entropy) -> Result<Decision, Refusal> {
    let nobody = Contact::default();
    let contact = checked(&nobody, &nobody, contact)?;
    let (order, fresh) = facts.order_or_fresh(entropy)?;
    let customer_id = CustomerId::fresh(facts.now, entropy);
    let customer = Customer { customer_id, contact, created_at: facts.now, updated_at: facts.now };
    let entry = facts.entry("add_customer", &order);
    let mut decision = attached(facts, &customer, order, fresh, entry)?;
    decision.writes.insert(0, Write::Customer(customer));
    Ok(decision)
}

fn attached(
    facts: &Facts,
    customer: &Customer,
    mut order: Order,
    fresh: bool,
    entry: Entry,
) -> Result<Decision, Refusal> {
    order.header.customer_id = Some(customer.customer_id);
    order.header.customer_name = name_of(customer);
    let is_missing = order.header.order_type == OrderType::Delivery && customer.contact.address_lines().is_empty();
    let said = format!("{} is {}'s", order.local_number, customer.contact.name);
    let said = if is_missing { format!("{said}: {}", no_address()) } else { said };
    let entry = entry.with("customer_id", customer.customer_id.to_string());
    Ok(changed(facts, order, fresh, facts.cursor, entry)?.saying(said))
}

/// What is said of a delivery that nobody could bring anywhere, and what to do about it.
pub(super) fn no_address() -> String {
    format!("{NO_ADDRESS} (Ctrl+k)")
}

/// The name as an order may have it: another program may have written anything.
fn name_of(customer: &Customer) -> Option<String> {
    let letters = customer.contact.name.chars().filter(|letter| !letter.is_control());
    let name = letters.take(TEXT_CHARS_MAX).collect::<String>().trim().to_owned();
    Some(name).filter(|name| !name.is_empty())
}

pub(super) fn edit(facts: &Facts, from: &Contact, to: &Contact) -> Result<Decision, Refusal> {
    let customer = facts.customer.ok_or(Refusal::NoSuchCustomer)?;
    let contact = checked(&customer.contact, from, to)?;
    let fields = customer.contact.differing(&contact).join(" ");
    let entry = Entry::new("edit_customer", None).with("customer_id", customer.customer_id.to_string());
    let entry = entry.with("fields", fields.as_str());
    if fields.is_empty() {
        return Ok(Decision::new(Vec::new(), entry).saying("Nothing was changed"));
    }
    let after = Customer { contact, updated_at: facts.now, ..customer.clone() };
    let said = format!("{} is changed", after.contact.name);
    let mut writes = Vec::new();
    // An order that waits for Send is called as its customer is called now.
    if let Ok(order) = facts.open_order()
        && order.header.customer_id == Some(customer.customer_id)
        && order.header.customer_name == name_of(customer)
        && name_of(customer) != name_of(&after)
    {
        let header = Header { customer_name: name_of(&after), ..order.header.clone() };
        writes.push(Write::Draft(Order { header, updated_at: facts.now, ..order.clone() }));
    }
    writes.insert(0, Write::Customer(after));
    Ok(Decision::new(writes, entry).saying(said))
}

/// What is known of a customer with what was changed of it, as long as that is what it should be. What stands there
/// unchanged is not looked at: another program may have written it.
fn checked(known: &Contact, from: &Contact, to: &Contact) -> Result<Contact, Refusal> {
    let mut contact = known.clone();
    if from.name != to.name || contact.name.trim().is_empty() {
        contact.name = text("A name", Some(&to.name))?.ok_or(Refusal::NoCustomerName)?;
    }
    let fields = [
        ("A phone number", &from.phone, &to.phone, &mut contact.phone),
        ("An address", &from.address, &to.address, &mut contact.address),
        ("A town", &from.city, &to.city, &mut contact.city),
        ("A note", &from.note, &to.note, &mut contact.note),
    ];
    for (what, from, to, kept) in fields {
        if from != to {
            *kept = text(what, to.as_deref())?;
        }
    }
    if from.phone != to.phone && contact.phone.as_deref().is_some_and(|phone| !is_phone(phone)) {
        return Err(Refusal::BadPhone);
    }
    Ok(contact)
}

/// Where an order is brought; none when it is not, or when nobody knows.
pub(super) fn delivery(facts: &Facts, header: &Header) -> Option<Delivery> {
    let is_whose = |customer: &&Customer| header.customer_id == Some(customer.customer_id);
    let customer = facts.customer.filter(|_| header.order_type == OrderType::Delivery).filter(is_whose)?;
    let contact = &customer.contact;
    let address = contact.address_lines().into_iter().map(str::to_owned).collect();
    let delivery = Delivery { address, phone: contact.phone.clone(), note: contact.note.clone() };
    (delivery != Delivery::default()).then_some(delivery)
}
