//! Instants with the offset of the place where they happened, and the business day. Time is always handed in.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

/// An instant and the offset from UTC of the place where it happened. Ordered by the instant alone.
///
/// Ordering of facts never relies on it: sequences do (a box without a clock battery starts in the past).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timestamp {
    /// Milliseconds since the Unix epoch, UTC.
    pub unix_ms: i64,
    /// Minutes east of UTC.
    pub offset_min: i16,
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.unix_ms.cmp(&other.unix_ms).then(self.offset_min.cmp(&other.offset_min))
    }
}

impl Timestamp {
    /// The instant `unix_ms`, seen at UTC.
    pub fn utc(unix_ms: i64) -> Timestamp {
        Timestamp { unix_ms, offset_min: 0 }
    }

    /// This instant, `millis` later (or earlier, when negative).
    pub fn plus_millis(self, millis: i64) -> Timestamp {
        Timestamp { unix_ms: self.unix_ms.saturating_add(millis), ..self }
    }

    /// Milliseconds from `earlier` to this instant; negative when it is not earlier.
    pub fn millis_since(self, earlier: Timestamp) -> i64 {
        self.unix_ms.saturating_sub(earlier.unix_ms)
    }

    /// As chrono has it; instants outside chrono's range fall back to the epoch.
    pub fn local(self) -> DateTime<FixedOffset> {
        let offset = FixedOffset::east_opt(i32::from(self.offset_min) * 60)
            .unwrap_or_else(|| FixedOffset::east_opt(0).expect("UTC is an offset"));
        DateTime::from_timestamp_millis(self.unix_ms).unwrap_or_default().with_timezone(&offset)
    }

    /// Writes RFC 3339 with milliseconds and offset, as documents carry it.
    pub fn rfc3339(self) -> String {
        self.local().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    }

    /// Reads RFC 3339; `None` when it is not.
    pub fn from_rfc3339(text: &str) -> Option<Timestamp> {
        let read = DateTime::parse_from_rfc3339(text).ok()?;
        let offset_min = i16::try_from(read.offset().local_minus_utc() / 60).ok()?;
        Some(Timestamp { unix_ms: read.timestamp_millis(), offset_min })
    }

    /// Hours and minutes on the wall: `19:05`.
    pub fn clock(self) -> String {
        self.local().format("%H:%M").to_string()
    }

    /// Date and time as a receipt prints them: `2026-03-14 19:05`.
    pub fn date_and_clock(self) -> String {
        self.local().format("%Y-%m-%d %H:%M").to_string()
    }

    /// The next time the wall shows `minute_of_day` (0 to 1439), today or tomorrow.
    pub fn next_at(self, minute_of_day: u32) -> Timestamp {
        let local = self.local();
        let midnight = self.unix_ms
            - i64::from(chrono::Timelike::num_seconds_from_midnight(&local)) * 1000
            - i64::from(local.timestamp_subsec_millis());
        let today = midnight + i64::from(minute_of_day) * 60_000;
        let at = if today + 60_000 <= self.unix_ms { today + 86_400_000 } else { today };
        Timestamp { unix_ms: at, ..self }
    }
}

/// Reads a time of day as typed, `19:30`, `1930`, `7:05` or `19`, as a minute of the day.
pub fn read_clock(typed: &str) -> Option<u32> {
    let typed = typed.trim();
    let (hours, minutes) = match typed.split_once([':', '.', 'h']) {
        Some((hours, "")) => (hours, "0"),
        Some(parts) => parts,
        None if typed.len() > 2 => typed.is_char_boundary(typed.len() - 2).then(|| typed.split_at(typed.len() - 2))?,
        None => (typed, "0"),
    };
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// The day that a sale belongs to. It ends at the house's hour, not at midnight, and only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BusinessDate(pub NaiveDate);

impl BusinessDate {
    /// The business day of `now` when days start at `day_starts_min` minutes after midnight.
    pub fn of(now: Timestamp, day_starts_min: u32) -> BusinessDate {
        BusinessDate((now.local() - TimeDelta::minutes(i64::from(day_starts_min))).date_naive())
    }
}

impl std::fmt::Display for BusinessDate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    #[test]
    fn the_business_day_ends_at_the_hour_of_the_house() {
        // instant, the house's hour in minutes, business date
        for (now, starts, date) in [
            ("2026-03-14T23:59:00+01:00", 240, "2026-03-14"),
            ("2026-03-15T03:59:59+01:00", 240, "2026-03-14"),
            ("2026-03-15T04:00:00+01:00", 240, "2026-03-15"),
            ("2026-03-15T00:00:00+01:00", 0, "2026-03-15"),
        ] {
            assert_eq!(BusinessDate::of(at(now), starts).to_string(), date, "{now}");
        }
    }

    #[test]
    fn instants_survive_rfc3339() {
        let now = at("2026-03-14T19:05:06.789+01:00");
        assert_eq!(now.rfc3339(), "2026-03-14T19:05:06.789+01:00");
        assert_eq!((now.clock(), now.offset_min), ("19:05".into(), 60));
    }

    #[test]
    fn a_time_of_day_is_today_or_tomorrow() {
        let now = at("2026-03-14T19:05:06.789+01:00");
        assert_eq!(now.next_at(19 * 60 + 30).rfc3339(), "2026-03-14T19:30:00.000+01:00");
        assert_eq!(now.next_at(18 * 60).rfc3339(), "2026-03-15T18:00:00.000+01:00");
    }

    #[test]
    fn clocks_are_read_as_people_type_them() {
        for (typed, minutes) in
            [("19:30", 1170), ("1930", 1170), ("705", 425), ("7.05", 425), ("19", 1140), ("19h", 1140)]
        {
            assert_eq!(read_clock(typed), Some(minutes), "{typed}");
        }
        for typed in ["", "24:00", "12:60", "x", "1é", "-1:00", "12345"] {
            assert_eq!(read_clock(typed), None, "{typed}");
        }
    }
}
