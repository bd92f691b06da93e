//! A new register's first menu: its server's, fetched once, before there is anything to sell. Every later one comes
//! with the line (`sync::menu`).

use super::config::{Config, ServerKind};
use super::paths::Places;
use super::{Fault, carrier, enrolment};
use crate::app::chores::menu_after;
use crate::domain::menu::Menu;
use crate::sync::wire::{Answer, Request, Site};

/// Fetches the menu of this register's server; none where no server is set up that has menus, or none knows this
/// register yet. Waits for two answers, each as long as every other call does.
///
/// # Errors
/// A [`Fault`] that says what the server answered, or why it could not be asked.
pub(super) fn fetch(places: &Places, config: &Config) -> Result<Option<Menu>, Fault> {
    let Some(server) = config.server.as_ref().filter(|server| server.kind == ServerKind::Comanda) else {
        return Ok(None);
    };
    let Some(secret) = enrolment::secret(places)? else { return Ok(None) };
    let doing = "this register has no menu, and could not fetch its server's";
    let fault = |what: String| {
        let remedy = "see that the server runs and has one (`comanda server menu import`), or import one here \
                      (`comanda menu import FILE`)";
        Fault::new(doing, what, remedy)
    };
    let site = server.site().map_err(|bad| Fault::new(doing, bad.to_string(), "correct url under [server]"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Fault::io(doing, &source, "close other programs"))?;
    let ask = |request: &Request, site: &Site, token: Option<&str>| -> Result<Answer, Fault> {
        let read = runtime.block_on(carrier::once(server, request, site, token))?;
        read.map_err(|trouble| fault(trouble.to_string()))
    };
    let other = || fault("it answered something else".to_owned());
    let login = Request::Token { register_id: config.house.register_id.to_string(), secret: secret.as_str().into() };
    let Answer::Token { token, .. } = ask(&login, &site, None)? else { return Err(other()) };
    let all = Request::Menu { since: None, etag: None };
    let Answer::Menu(changes) = ask(&all, &site, Some(&token))? else { return Err(other()) };
    runtime.shutdown_background();
    if changes.items.is_empty() {
        return Err(fault("it has none for this location".to_owned()));
    }
    menu_after(None, &changes).map(Some).map_err(|flaw| fault(format!("it cannot be sold from: {flaw}")))
}
