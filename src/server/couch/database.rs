//! Which route is whose, and what concerns the server or a database whole.

use super::asked::{Asked, bad, database, forbidden, missing, no};
use super::bulk::BulkGet;
use super::feed::Feed;
use super::listing::AllDocs;
use super::{Answered, Asker, Long, bulk, document, mango, told};
use crate::document::Database;
use crate::domain::Entropy;
use crate::server::central::{Central, Place};
use crate::server::limits::{REVISIONS_KEPT, UUIDS_MAX};
use crate::server::replica::{may_write, place, sequence};
use crate::server::scope::Scope;
use crate::sync::wire::{self, Answer, Problem, Request};
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What a request comes to.
pub(super) type Told = Result<Response<Vec<u8>>, Problem>;

/// What is not answered in one piece; none for everything else.
pub(super) fn in_pieces(scope: &Scope, asked: &Asked) -> Option<Result<Answered, Problem>> {
    let (name, what) = match &asked.path[..] {
        [name, what] => (name, what.as_str()),
        [name, all, queries] if all == "_all_docs" && queries == "queries" => (name, "_all_docs/queries"),
        _ => return None,
    };
    let (is_reading, is_post) = (asked.is_reading(), asked.method() == Method::POST);
    let read = |database: Database| match what {
        "_changes" => Feed::read(asked, database).map(Answered::Feed),
        "_all_docs" => {
            let all = AllDocs::read(asked, place(scope, database))?;
            Ok(Answered::Long(Long::AllDocs(Box::new(all))))
        }
        "_all_docs/queries" => {
            let all = AllDocs::read_queries(asked, &place(scope, database))?;
            Ok(Answered::Long(Long::Queries(all, false)))
        }
        _ => {
            let get = BulkGet::read(asked, place(scope, database))?;
            Ok(Answered::Long(Long::BulkGet(Box::new(get))))
        }
    };
    match what {
        "_changes" | "_all_docs" if is_reading || is_post => Some(database(name).and_then(read)),
        "_bulk_get" | "_all_docs/queries" if is_post => Some(database(name).and_then(read)),
        _ => None,
    }
}

pub(super) async fn route<C: Central>(asker: &Asker<'_, C>, asked: &Asked<'_>, dice: &mut Entropy) -> Told {
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    match path[..] {
        [] => welcome(asker, asked).await,
        ["_all_dbs"] if asked.is_reading() => ok(&json!(["audit", "customers", "menu", "orders"])),
        ["_up"] if asked.is_reading() => ok(&json!({ "status": "ok" })),
        ["_uuids"] if asked.is_reading() => uuids(asked, dice),
        ["_all_dbs" | "_up" | "_uuids"] => Ok(told::only("GET,HEAD")),
        [name, ref rest @ ..] => in_database(asker, asked, database(name)?, rest, dice).await,
    }
}

async fn in_database<C: Central>(
    asker: &Asker<'_, C>,
    asked: &Asked<'_>,
    database: Database,
    rest: &[&str],
    dice: &mut Entropy,
) -> Told {
    let place = place(asker.scope, database);
    let (is_reading, is_post) = (asked.is_reading(), asked.method() == Method::POST);
    match rest {
        [] => whole(asker, asked, &place, dice).await,
        ["_design_docs"] if is_reading || is_post => ok(&json!({ "total_rows": 0, "offset": 0, "rows": [] })),
        ["_all_docs" | "_design_docs" | "_changes"] => Ok(told::only("GET,HEAD,POST")),
        ["_bulk_docs"] if is_post => bulk::docs(asker, asked, database, dice).await,
        ["_missing_revs"] if is_post => bulk::missing_revisions(asker, asked, dice).await,
        ["_revs_diff" | "_ensure_full_commit"] if is_post => by_wire(asker, asked, dice).await,
        ["_find"] if is_post => mango::find(asker, asked, &place).await,
        ["_explain"] if is_post => mango::explain(asked, &place),
        ["_compact"] if is_post => {
            may_write(asker.scope)?;
            // What is no leaf says nothing any more in the moment that it is none: there is never anything to do.
            Ok(told::json(StatusCode::ACCEPTED, &json!({ "ok": true })))
        }
        ["_purge" | "_purged_infos"] => Err(forbidden("documents are not purged here: peers would bring them back")),
        [
            "_bulk_docs"
            | "_bulk_get"
            | "_missing_revs"
            | "_revs_diff"
            | "_ensure_full_commit"
            | "_find"
            | "_explain"
            | "_compact",
        ] => Ok(told::only("POST")),
        ["_index", which @ ..] => mango::indexes(asker, asked, &place, which).await,
        ["_security"] if is_reading => ok(&security(&place)),
        ["_revs_limit"] if is_reading => ok(&json!(REVISIONS_KEPT)),
        ["_security" | "_revs_limit"] => Err(forbidden("this is the server's own setting; it is not set from here")),
        ["_local", id @ ..] if !id.is_empty() && asked.method() == Method::DELETE => {
            forget_local(asker, database, &id.join("/"), dice).await
        }
        ["_local", _, ..] => by_wire(asker, asked, dice).await,
        [id] => document::answer(asker, asked, &place, id, dice).await,
        ["_all_docs", "queries"] => Ok(told::only("POST")),
        ["_design", ..] => document::design(asked),
        [id, _, ..] => document::attachment(asked, id),
    }
}

fn ok(body: &Value) -> Told {
    Ok(told::json(StatusCode::OK, body))
}

/// That there is a server. Its id is another after it was made anew, so that nobody takes it for the former; and it
/// says nothing about other locations.
async fn welcome<C: Central>(asker: &Asker<'_, C>, asked: &Asked<'_>) -> Told {
    if !asked.is_reading() {
        return Ok(told::only("GET,HEAD"));
    }
    let here = place(asker.scope, Database::Orders);
    let standing = asker.replica.central().standing(&here).await.map_err(|fault| asker.replica.broken(fault))?;
    let hash = Sha256::digest(format!("server of {}", sequence::instance(&standing, &here)));
    let uuid: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let version = env!("CARGO_PKG_VERSION");
    ok(&json!({ "couchdb": "Welcome", "version": version, "uuid": uuid, "features": [],
                "vendor": { "name": "Comanda", "version": version } }))
}

fn uuids(asked: &Asked, dice: &mut Entropy) -> Told {
    let count = asked.number("count")?.unwrap_or(1);
    if count > UUIDS_MAX {
        return Err(bad(format!("count parameter too large: {UUIDS_MAX} are the most")));
    }
    let made: Vec<String> = (0..count).map(|_| fresh_id(dice)).collect();
    ok(&json!({ "uuids": made }))
}

/// An id that nobody has: 32 lower-case hex digits.
pub(super) fn fresh_id(dice: &mut Entropy) -> String {
    format!("{:032x}", u128::from_be_bytes(dice.bytes()))
}

/// Answers what concerns a database whole.
async fn whole<C: Central>(asker: &Asker<'_, C>, asked: &Asked<'_>, place: &Place, dice: &mut Entropy) -> Told {
    match *asked.method() {
        Method::GET | Method::HEAD => ok(&information(asker, place).await?),
        Method::PUT => Err(no(412, "file_exists", "The database could not be created, the file already exists.")),
        Method::POST => document::create(asker, asked, place.database, dice).await,
        Method::DELETE => Err(forbidden("a database is not deleted from here")),
        _ => Ok(told::only("DELETE,GET,HEAD,POST,PUT")),
    }
}

async fn information<C: Central>(asker: &Asker<'_, C>, place: &Place) -> Result<Value, Problem> {
    let central = asker.replica.central();
    let standing = central.standing(place).await.map_err(|fault| asker.replica.broken(fault))?;
    let population = central.population(place).await.map_err(|fault| asker.replica.broken(fault))?;
    Ok(json!({
        "db_name": place.database.code(),
        "doc_count": population.standing,
        "doc_del_count": population.gone,
        "update_seq": sequence::write(standing.newest, &standing, place),
        "purge_seq": 0,
        "compact_running": false,
        "instance_start_time": sequence::instance(&standing, place),
        "props": {},
    }))
}

/// Who may come in: whoever has a token of this location.
fn security(place: &Place) -> Value {
    json!({ "admins": { "names": [], "roles": ["admin"] },
            "members": { "names": [], "roles": [place.location_id.as_str()] } })
}

/// Takes a local document away, as CouchDB 3 does: whatever revision is named, for it is its writer's alone.
async fn forget_local<C: Central>(asker: &Asker<'_, C>, database: Database, id: &str, dice: &mut Entropy) -> Told {
    match asker.replica.forget_local(asker.scope, database, id, asker.now, dice).await? {
        true => ok(&json!({ "ok": true, "id": format!("_local/{id}"), "rev": "0-0" })),
        false => Err(missing("missing")),
    }
}

/// Answers what our registers ask too, as they are answered.
async fn by_wire<C: Central>(asker: &Asker<'_, C>, asked: &Asked<'_>, dice: &mut Entropy) -> Told {
    let request = if *asked.method() == Method::HEAD {
        let mut http = asked.http.clone();
        *http.method_mut() = Method::GET;
        wire::server::read(&http)?
    } else {
        wire::server::read(asked.http)?
    };
    let answer = asker.replica.answer(asker.scope, &request, asker.now, dice).await;
    Ok(wire::server::write(&request, &answer))
}

/// What the replica answers to a request.
pub(super) async fn answered<C: Central>(
    asker: &Asker<'_, C>,
    request: &Request,
    dice: &mut Entropy,
) -> Result<Answer, Problem> {
    asker.replica.answer(asker.scope, request, asker.now, dice).await
}
