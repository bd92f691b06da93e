//! How many files and sockets this process may hold at once.

use super::limits::DESCRIPTORS_KEPT;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit to the hard one, and says for how many connections there are descriptors.
pub(super) fn for_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        if let Err(why) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%why, "the limit of open files stays as it is");
        }
    }
    let current =
        getrlimit(Resource::Nofile).current.map_or(usize::MAX, |it| usize::try_from(it).unwrap_or(usize::MAX));
    current.saturating_sub(DESCRIPTORS_KEPT).max(1)
}
