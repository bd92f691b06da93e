//! Menus, made once for all who ask for the same. The database is asked each time which version is the newest; what
//! that comes to is kept in mind.

use super::asking::no;
use super::door::Door;
use crate::server::cache::MenuKey;
use crate::server::central::Central;
use crate::server::scope::Scope;
use crate::sync::wire::{Answer, MenuChanges, Problem, Request, server};
use axum::body::{Body, Bytes};
use axum::response::Response;
use http::Method;

/// Whether a request asks for a menu.
pub(super) fn is_asked(asked: &http::Request<Vec<u8>>) -> bool {
    asked.method() == Method::GET && asked.uri().path() == "/api/v1/menu/sync"
}

/// Answers with what somebody lacks of the menu.
///
/// # Errors
/// What is wrong with the request, or that the database failed.
pub(super) async fn hand_out<C: Central>(
    door: &Door<C>,
    scope: &Scope,
    asked: &http::Request<Vec<u8>>,
) -> Result<Response, Problem> {
    let request = server::read(asked)?;
    let Request::Menu { since, etag } = &request else {
        return Err(no(404, "not_found", "there is no menu at this address".into()));
    };
    let lacking = door.work(|| door.replica.lacking_menu(scope, since.as_deref(), etag.as_deref())).await?;
    let Some(lacking) = lacking else {
        return Ok(server::write(&request, &Ok(Answer::MenuUnchanged)).map(Body::from));
    };
    let key = MenuKey { location_id: scope.location_id.clone(), cursor: lacking.cursor.clone(), since: lacking.since };
    let ask = async {
        let changes = door.work(|| door.replica.menu_of(&lacking)).await?;
        Ok::<_, Problem>(server::write(&request, &Ok(Answer::Menu(changes))).into_body())
    };
    let text = door.cache.menu(&key, ask).await?;
    // The head is that of every menu.
    let empty = MenuChanges { etag: Some(lacking.etag()), ..MenuChanges::default() };
    let response = server::write(&request, &Ok(Answer::Menu(empty)));
    Ok(response.map(|_| Body::from(Bytes::from_owner(text))))
}
