//! Known-wrong variants of this program, to test its testers: the simulated world must find each of them.
//!
//! They exist under the feature `sim` alone, and there only in a thread that was told to have one: without the feature
//! [`is_planted`] is a constant false, and what it guards is not compiled. A defect is planted where the right thing
//! is decided: `if planted::is_planted(Defect::TimerAddsUp) { the wrong thing }`.
//!
//! To add one: its variant, its name and its sentence in the table of [`Defect::ALL`], and the branch that is wrong.

#[cfg(feature = "sim")]
use std::cell::Cell;

/// A mistake that is easily made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defect {
    /// A checkpoint is written before the batch that it covers.
    CheckpointBeforeBatch,
    /// An answer is read against what is so now, not against what was asked.
    ReplyAgainstPresentState,
    /// The server accepts an order again when it is submitted again.
    AcceptanceWithoutIdempotency,
    /// A merge of two versions loses a line that one of them alone has.
    MergeDropsALine,
    /// An order is pruned before the server has accepted it.
    PruneBeforeAcceptance,
    /// Every nudge begins another timer beside the one that runs.
    TimerAddsUp,
    /// What is too large to be pushed together with the rest is passed over.
    TooLargeSkips,
    /// Merging three versions depends on which two are merged first.
    ResolveNotAssociative,
    /// A kitchen that starts again has forgotten what it was to make.
    KitchenForgets,
    /// A kitchen tells how old a ticket is by the clock of the register that sent it.
    AgesByAnotherClock,
    /// A kitchen says LIVE as long as there is a link, whether its feed was heard or not.
    UnheardIsLive,
    /// The feed of one location answers with another's documents.
    FeedOfAnotherLocation,
    /// A ticket that a substitute prints does not say for which station it is.
    SubstituteUnmarked,
}

impl Defect {
    /// Every defect with its name on the command line, and what it does in a sentence.
    pub const ALL: &'static [(Defect, &'static str, &'static str)] = &[
        (
            Defect::CheckpointBeforeBatch,
            "checkpoint-before-batch",
            "a pull notes its checkpoint before its batch: what is cut off in between is never pulled again",
        ),
        (
            Defect::ReplyAgainstPresentState,
            "reply-against-present-state",
            "an answer counts for what is next in the outbox when it comes, not for what was submitted",
        ),
        (
            Defect::AcceptanceWithoutIdempotency,
            "acceptance-without-idempotency",
            "an order that is submitted twice, since its answer was lost, is accepted twice",
        ),
        (Defect::MergeDropsALine, "merge-drops-a-line", "a merge keeps only one version's last line"),
        (
            Defect::PruneBeforeAcceptance,
            "prune-before-acceptance",
            "an old order is removed from the register though the server has not accepted it",
        ),
        (
            Defect::TimerAddsUp,
            "timer-adds-up",
            "every change begins a timer beside the one that runs, so that exchanges become more and more",
        ),
        (
            Defect::TooLargeSkips,
            "too-large-skips",
            "a batch that the server finds too large is passed over instead of cut in halves",
        ),
        (
            Defect::ResolveNotAssociative,
            "resolve-not-associative",
            "what three quarrelling versions become depends on the order in which they met",
        ),
        (
            Defect::KitchenForgets,
            "kitchen-forgets",
            "a kitchen's screen that starts again has forgotten what was to be made, and its feed goes on behind that",
        ),
        (
            Defect::AgesByAnotherClock,
            "ages-by-another-clock",
            "a kitchen's screen tells ages by the clock of the register that sent the order",
        ),
        (
            Defect::UnheardIsLive,
            "unheard-is-live",
            "a kitchen's screen says LIVE while there is a link, though its feed has long been silent",
        ),
        (
            Defect::FeedOfAnotherLocation,
            "feed-of-another-location",
            "the feed of one location answers with the documents of another",
        ),
        (
            Defect::SubstituteUnmarked,
            "substitute-unmarked",
            "a ticket that comes out of a substitute does not say for which station it is",
        ),
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        Defect::ALL.iter().find(|(defect, ..)| *defect == self).map_or("", |(_, name, _)| name)
    }

    /// What it does, in a sentence.
    pub fn sentence(self) -> &'static str {
        Defect::ALL.iter().find(|(defect, ..)| *defect == self).map_or("", |(.., sentence)| sentence)
    }

    /// The defect of that name.
    pub fn named(name: &str) -> Option<Defect> {
        Defect::ALL.iter().find(|(_, its, _)| *its == name).map(|(defect, ..)| *defect)
    }
}

#[cfg(feature = "sim")]
thread_local! {
    static PLANTED: Cell<Option<Defect>> = const { Cell::new(None) };
}

/// Whether this thread is to make that mistake.
#[cfg(feature = "sim")]
pub fn is_planted(defect: Defect) -> bool {
    PLANTED.get() == Some(defect)
}

/// Whether this thread is to make that mistake: never, without the feature `sim`.
#[cfg(not(feature = "sim"))]
pub const fn is_planted(_: Defect) -> bool {
    false
}

/// Plants a defect in this thread, or none, until the guard is dropped.
#[cfg(feature = "sim")]
pub fn plant(defect: Option<Defect>) -> Planted {
    Planted { before: PLANTED.replace(defect) }
}

/// Keeps a defect planted. Dropped, it puts things as they were.
#[cfg(feature = "sim")]
#[derive(Debug)]
#[must_use = "the defect goes with it"]
pub struct Planted {
    before: Option<Defect>,
}

#[cfg(feature = "sim")]
impl Drop for Planted {
    fn drop(&mut self) {
        PLANTED.set(self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_defect_has_one_name_and_one_sentence() {
        let names: BTreeSet<_> = Defect::ALL.iter().map(|(_, name, _)| name).collect();
        let defects: BTreeSet<_> = Defect::ALL.iter().map(|(defect, ..)| defect).collect();
        assert_eq!((names.len(), defects.len()), (Defect::ALL.len(), Defect::ALL.len()));
        for (defect, name, sentence) in Defect::ALL {
            assert_eq!(Defect::named(name), Some(*defect));
            assert_eq!((defect.name(), defect.sentence()), (*name, *sentence));
            assert!(!is_planted(*defect), "nothing is planted unasked");
        }
    }

    #[cfg(feature = "sim")]
    #[test]
    fn a_defect_goes_with_its_guard() {
        let outer = plant(Some(Defect::TimerAddsUp));
        let inner = plant(None);
        assert!(!is_planted(Defect::TimerAddsUp));
        drop(inner);
        assert!(is_planted(Defect::TimerAddsUp) && !is_planted(Defect::TooLargeSkips));
        drop(outer);
        assert!(!is_planted(Defect::TimerAddsUp));
    }
}
