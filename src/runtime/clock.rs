//! The clock and the dice of the machine, as the domain wants them handed in.

use super::Fault;
use crate::domain::id::Entropy;
use crate::domain::time::Timestamp;
use chrono::Local;
use std::time::Instant;

/// The wall's time with the offset of the place where the machine stands.
#[expect(clippy::disallowed_methods, reason = "this is the one place where the wall's time comes from")]
pub fn now() -> Timestamp {
    let local = Local::now();
    let offset_min = i16::try_from(local.offset().local_minus_utc() / 60).unwrap_or(0);
    Timestamp { unix_ms: local.timestamp_millis(), offset_min }
}

/// The monotonic clock, for waits and deadlines; it never jumps when somebody sets the wall's time.
#[expect(clippy::disallowed_methods, reason = "this is the one place where the monotonic clock is read")]
pub fn instant() -> Instant {
    Instant::now()
}

/// Fills a slice with the kernel's random bytes.
///
/// # Errors
/// A [`Fault`] when the kernel has none to give (a sandbox that forbids the call).
#[expect(clippy::disallowed_methods, reason = "this is the one place where random bytes come from")]
pub fn random(bytes: &mut [u8]) -> Result<(), Fault> {
    getrandom::fill(bytes).map_err(|source| {
        let doing = "could not get random bytes from the kernel";
        Fault::new(doing, source.to_string(), "allow the getrandom system call to this process")
    })
}

/// The kernel's dice, as the domain wants them.
///
/// # Errors
/// A [`Fault`] when the kernel gives no random bytes; it is asked once here, so that it is known before anything opens.
pub fn entropy() -> Result<Entropy, Fault> {
    random(&mut [0; 1])?;
    Ok(Entropy::new(|bytes| random(bytes).expect("the kernel gave random bytes before, and does not stop giving them")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_and_the_dice_answer() {
        assert!(now().unix_ms > 1_700_000_000_000, "after 2023");
        assert!(instant() <= instant());
        let mut entropy = entropy().unwrap();
        assert_ne!(entropy.bytes::<16>(), entropy.bytes::<16>());
    }
}
