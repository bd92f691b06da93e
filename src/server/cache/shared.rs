//! A cache that several server processes have in common.

use std::pin::Pin;

/// A cache that several server processes have in common. No verb fails, and none holds anybody up: what is not known in
/// time is not known.
pub trait Shared: Send + Sync {
    /// What is kept under a name, as somebody kept it; none when there is nothing, or it was not said in time.
    /// Something empty is what cannot be what was kept.
    fn fetch<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send + 'a>>;
    /// Keeps something for so many milliseconds. It may get lost.
    fn keep(&self, name: String, bytes: Vec<u8>, ms: u64);
    /// Forgets what is kept under a name, if it can.
    fn forget(&self, name: String);
    /// Tells every process that listens, also this one. It may get lost.
    fn tell(&self, message: Vec<u8>);
    /// How it stands.
    fn state(&self) -> State;
}

/// How a shared cache stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct State {
    /// It answers.
    pub is_there: bool,
    /// How often it broke off, or did not answer in time.
    pub failures: u64,
    /// How much was neither kept nor told: it was away, or too much came at once.
    pub lost: u64,
}
