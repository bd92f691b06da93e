//! What is told of the cache: how often it was of use, and how the shared one stands.

use super::exposition::Exposition;
use crate::server::cache::Counts;

/// Tells it. Without a shared cache nothing is said of one.
pub(super) fn tell(counts: &Counts, all: &mut Exposition) {
    let means = "Menus that were handed out, by where they came from.";
    all.counter("comanda_menus_total", means)
        .say(&[("from", "memory")], counts.menus_remembered)
        .say(&[("from", "cache")], counts.menus_shared)
        .say(&[("from", "database")], counts.menus_asked);
    let Some(shared) = counts.shared else { return };
    all.gauge("comanda_cache_up", "1 while the shared cache answers.").say(&[], u8::from(shared.is_there));
    let means = "How often the shared cache broke off, was not reached, or did not answer in time.";
    all.counter("comanda_cache_failures_total", means).say(&[], shared.failures);
    let means = "What was neither kept in the shared cache nor told over it.";
    all.counter("comanda_cache_lost_total", means).say(&[], shared.lost);
    let means = "What came from the shared cache and was not used, because it was not ours or not whole.";
    all.counter("comanda_cache_wrong_total", means).say(&[], counts.wrong);
    all.counter("comanda_cache_messages_total", "Messages between servers over the shared cache.")
        .say(&[("way", "told")], counts.told)
        .say(&[("way", "heard")], counts.heard);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::cache::State;

    #[test]
    fn a_server_without_a_shared_cache_says_nothing_of_one() {
        let said = |counts: &Counts| {
            let mut all = Exposition::default();
            tell(counts, &mut all);
            all.text()
        };
        let mut counts = Counts { menus_remembered: 3, menus_asked: 1, wrong: 2, heard: 4, ..Counts::default() };
        let text = said(&counts);
        assert!(text.contains("comanda_menus_total{from=\"memory\"} 3\n") && !text.contains("comanda_cache"), "{text}");
        counts.shared = Some(State { is_there: true, failures: 5, lost: 6 });
        let text = said(&counts);
        for line in [
            "comanda_cache_up 1\n",
            "comanda_cache_failures_total 5\n",
            "comanda_cache_lost_total 6\n",
            "comanda_cache_wrong_total 2\n",
            "comanda_cache_messages_total{way=\"heard\"} 4\n",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}
