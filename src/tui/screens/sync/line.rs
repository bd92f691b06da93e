//! How the line stands: in the words of the status bar, and what fails.

use super::{About, Part, Row, columns, when};
use crate::tui::Desk;
use crate::tui::link::{Link, age};

pub(super) fn part(desk: &Desk) -> Part {
    let (status, line) = (&desk.status.link, &desk.status.line);
    let ago = |at| format!("{} ({} ago)", when(at), age(desk.now, at));
    let server = match &line.server {
        None => "none is set up: this register works by itself".to_owned(),
        Some(address) if address.is_empty() => "in this program".to_owned(),
        Some(address) => address.clone(),
    };
    let link = match (status.link, line.since) {
        (Link::LocalOnly, _) => "none".to_owned(),
        (Link::Offline, Some(since)) => format!("no answer since {}; it is asked again by itself", ago(since)),
        (Link::Offline, None) => "no answer; it is asked again by itself".to_owned(),
        (Link::Synced | Link::Syncing | Link::Failing, Some(since)) => format!("stands since {}", ago(since)),
        (Link::Synced | Link::Syncing | Link::Failing, None) => "the server is asked for the first time".to_owned(),
    };
    let waiting = match (status.unsent, status.oldest_unsent) {
        (0, _) => "nothing".to_owned(),
        (many, Some(oldest)) => format!("{many}, the oldest since {}", ago(oldest)),
        (many, None) => many.to_string(),
    };
    let review = match status.review {
        0 => "nothing".to_owned(),
        many => format!("{many}: a manager must look (Review, Refused)"),
    };
    let says = [
        ("State", sentence(status.link)),
        ("Server", server),
        ("Link", link),
        ("Last success", status.last_success.map_or_else(|| "none yet".to_owned(), ago)),
        ("Waiting", waiting),
        ("In Review", review),
    ];
    let above = says.map(|(what, says)| columns(&[(what, 12)], &says)).into_iter().chain([String::new()]);
    let failing = line.failing.iter().map(|failing| Row {
        key: failing.lane.clone(),
        words: columns(&[(&failing.lane, 15), (&when(failing.since), 11)], &failing.why),
        below: vec![failing.why.clone(), "It is tried again by itself, the longer it fails the seldomer.".to_owned()],
        about: About::Itself,
    });
    Part {
        above: above.collect(),
        heading: columns(&[("Fails", 15), ("Since", 11)], "Why"),
        rows: failing.collect(),
        none: "Nothing fails.",
    }
}

fn sentence(link: Link) -> String {
    let says = match link {
        Link::LocalOnly => "Local only",
        Link::Synced => "All changes synced",
        Link::Syncing => "Syncing...",
        Link::Offline => "Offline - changes will sync when online",
        Link::Failing => "Sync error - please check connection",
    };
    says.to_owned()
}
