//! The shapes of `/api/v1`, read and written.

use super::text::{Said, list, object, sentence, text, word};
use super::{Claim, DeviceRole, Enrolled, Health, MenuChanges, OrderAccepted, PaymentAccepted, Problem};
use crate::document::Version;
use crate::domain::{LocationId, Timestamp};
use crate::sync::limits::WORD_BYTES_MAX;
use serde_json::{Value, json};

/// What our server calls itself.
pub(super) const OURS: &str = "comanda";
/// What the `type` of a problem begins with.
const PROBLEMS: &str = "/problems/";

pub(super) fn write_health(health: &Health) -> Value {
    json!({ "server": health.server, "version": health.version, "now": health.now.rfc3339() })
}

pub(super) fn read_health(body: &Value) -> Said<Health> {
    let server = text(body.get("server"), "`server`")?;
    if server != OURS {
        return Err(format!("it calls itself {}", super::text::quoted(server)));
    }
    let version = text(body.get("version"), "`version`")?.to_owned();
    Ok(Health { server: server.to_owned(), version, now: instant(body, "now")? })
}

fn instant(body: &Value, name: &str) -> Said<Timestamp> {
    let written = text(body.get(name), &format!("`{name}`"))?;
    Timestamp::from_rfc3339(written).ok_or_else(|| format!("`{name}` is not a date with a time (RFC 3339)"))
}

pub(super) fn write_enrolled(enrolled: &Enrolled) -> Value {
    let mut body = json!({ "location_id": enrolled.location_id.as_str(), "role": enrolled.role.code(),
                           "secret": &*enrolled.secret });
    body[name_field(enrolled.role)] = enrolled.name.clone().into();
    body
}

pub(super) fn read_enrolled(body: &Value) -> Said<Enrolled> {
    let told = |name: &str| {
        let what = format!("`{name}`");
        let read = text(body.get(name), &what)?;
        match read.len() {
            0 => Err(format!("{what} is empty")),
            1..=WORD_BYTES_MAX => Ok(read.to_owned()),
            many => Err(format!("{what} has {many} bytes, more than {WORD_BYTES_MAX}")),
        }
    };
    let role = DeviceRole::from_code(&told("role")?).ok_or("`role` is none of register, kitchen, admin")?;
    let name = told(name_field(role))?;
    Ok(Enrolled { location_id: LocationId(told("location_id")?), role, name, secret: told("secret")?.into() })
}

pub(super) fn write_claim(claim: &Claim) -> Value {
    let mut body = json!({ "role": claim.role.code() });
    if let Some(location_id) = &claim.location_id {
        body["location_id"] = location_id.as_str().into();
    }
    if let Some(name) = &claim.name {
        body[name_field(claim.role)] = name.as_str().into();
    }
    body
}

/// Where the name of a device stands.
pub(super) fn name_field(role: DeviceRole) -> &'static str {
    match role {
        DeviceRole::Register => "register_id",
        DeviceRole::Kitchen | DeviceRole::Admin => "name",
    }
}

pub(super) fn write_order_accepted(accepted: &OrderAccepted) -> Value {
    let document = accepted.document.as_ref().map(Version::to_document);
    json!({ "order_id": accepted.order_id, "order_number": accepted.order_number,
            "order_status": accepted.order_status, "accepted_at": accepted.accepted_at.rfc3339(),
            "document": document })
}

/// Reads an acceptance; `told_at` is the answer's `Date`, for servers that do not say when.
pub(super) fn read_order_accepted(body: &Value, told_at: Option<Timestamp>) -> Said<OrderAccepted> {
    let document = body.get("document").filter(|it| !it.is_null()).cloned().map(Version::read);
    let accepted_at = match (body.get("accepted_at"), told_at) {
        (None, Some(told_at)) => told_at,
        (Some(_), _) | (None, None) => instant(body, "accepted_at")?,
    };
    Ok(OrderAccepted {
        order_id: word(body.get("order_id"), "`order_id`")?,
        order_number: word(body.get("order_number"), "`order_number`")?,
        order_status: body.get("order_status").and_then(Value::as_str).unwrap_or("confirmed").to_owned(),
        accepted_at,
        document: document.transpose().map_err(|bad| bad.to_string())?,
    })
}

pub(super) fn write_payment_accepted(accepted: &PaymentAccepted) -> Value {
    json!({ "payment_id": accepted.payment_id, "order_id": accepted.order_id,
            "payment_status": accepted.payment_status })
}

pub(super) fn read_payment_accepted(body: &Value) -> Said<PaymentAccepted> {
    Ok(PaymentAccepted {
        payment_id: word(body.get("payment_id"), "`payment_id`")?,
        order_id: word(body.get("order_id"), "`order_id`")?,
        payment_status: text(body.get("payment_status"), "`payment_status`")?.to_owned(),
    })
}

pub(super) fn write_menu(menu: &MenuChanges) -> Value {
    json!({ "cursor": menu.cursor, "full": menu.full, "categories": menu.categories, "items": menu.items,
            "modifier_groups": menu.modifier_groups, "modifiers": menu.modifiers, "taxes": menu.taxes,
            "deleted": menu.deleted })
}

/// Reads a menu. A server that does not say whether it is all of it is taken to have answered what was asked.
pub(super) fn read_menu(body: &Value, asked_for_all: bool, etag: Option<String>) -> Said<MenuChanges> {
    let bodies = |name: &str| match body.get(name) {
        None => Ok(Vec::new()),
        some => Ok::<_, String>(list(some, &format!("`{name}`"))?.to_vec()),
    };
    let deleted = bodies("deleted")?;
    let deleted = deleted.iter().map(|id| Ok(text(Some(id), "each of `deleted`")?.to_owned()));
    Ok(MenuChanges {
        cursor: word(body.get("cursor"), "`cursor`")?,
        full: body.get("full").and_then(Value::as_bool).unwrap_or(asked_for_all),
        categories: bodies("categories")?,
        items: bodies("items")?,
        modifier_groups: bodies("modifier_groups")?,
        modifiers: bodies("modifiers")?,
        taxes: bodies("taxes")?,
        deleted: deleted.collect::<Said<_>>()?,
        etag,
    })
}

/// Writes a problem as RFC 9457 has it.
pub(super) fn write_problem(problem: &Problem) -> Value {
    let mut body = json!({ "type": format!("{PROBLEMS}{}", problem.code), "title": problem.code.replace('_', " "),
                           "status": problem.status, "detail": problem.detail });
    if let Some(field) = &problem.field {
        body["field"] = field.clone().into();
    }
    body
}

/// Reads a problem; `status` is the answer's.
pub(super) fn read_problem(body: &Value, status: u16) -> Said<Problem> {
    let fields = object(body, "a problem")?;
    let kind = text(fields.get("type"), "`type` of a problem")?;
    let told = |name: &str| fields.get(name).and_then(Value::as_str).map(sentence);
    Ok(Problem {
        status,
        code: sentence(kind.rsplit('/').next().unwrap_or(kind)),
        detail: told("detail").or_else(|| told("title")).ok_or("a problem must say what is wrong in `detail`")?,
        field: told("field"),
    })
}
