//! How long to wait after failures: exponential, with full jitter, so that registers do not come back all at once.

use super::limits::{BACKOFF_FIRST_MS, BACKOFF_FLOOR_MS, BACKOFF_LONGEST_MS, RETRY_AFTER_MS_MAX};
use crate::domain::id::Entropy;

/// The wait after the `failures`-th failure in a row (from 1), in milliseconds. `asked` is what the server asked for.
///
/// Full jitter: anything up to a ceiling that doubles (AWS Architecture Blog, "Exponential Backoff And Jitter").
pub(super) fn wait_ms(failures: u32, asked: Option<u64>, dice: &mut Entropy) -> i64 {
    let doublings = failures.saturating_sub(1).min(30);
    let ceiling = (BACKOFF_FIRST_MS << doublings).min(BACKOFF_LONGEST_MS);
    let rolled = u64::from_be_bytes(dice.bytes()) % (ceiling + 1);
    let wait = rolled.max(BACKOFF_FLOOR_MS).max(asked.unwrap_or(0).min(RETRY_AFTER_MS_MAX));
    i64::try_from(wait).expect("the longest wait is an hour")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes_and_honour_what_is_asked() {
        // failures, asked, wait at the lowest roll and at the highest
        let rows = [
            (0, None, 250, 1_000),
            (1, None, 250, 1_000),
            (2, None, 250, 2_000),
            (5, None, 250, 16_000),
            (9, None, 250, 256_000),
            (10, None, 250, 300_000),
            (u32::MAX, None, 250, 300_000),
            (1, Some(120_000), 120_000, 120_000),
            (10, Some(120_000), 120_000, 300_000),
            (1, Some(u64::MAX), 3_600_000, 3_600_000),
        ];
        for (failures, asked, lowest, highest) in rows {
            let mut low = Entropy::new(|bytes| bytes.fill(0));
            assert_eq!(wait_ms(failures, asked, &mut low), lowest, "{failures} {asked:?}");
            let doublings = failures.saturating_sub(1).min(30);
            let ceiling = (BACKOFF_FIRST_MS << doublings).min(BACKOFF_LONGEST_MS);
            let mut high = Entropy::new(move |bytes| bytes.copy_from_slice(&ceiling.to_be_bytes()));
            assert_eq!(wait_ms(failures, asked, &mut high), highest, "{failures} {asked:?}");
        }
    }
}
