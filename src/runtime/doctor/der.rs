//! How long a certificate holds, read from its DER: as much of X.509 as that takes (RFC 5280, 4.1).

use crate::domain::Timestamp;

/// From when to when a certificate holds; none when it does not read.
pub(super) fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (outer, _) = element(certificate, SEQUENCE)?;
    let (mut rest, _) = element(outer, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest, VERSION)?.1;
    }
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        // Its number, how it is signed, and by whom.
        rest = element(rest, tag)?.1;
    }
    let (both, _) = element(rest, SEQUENCE)?;
    let (begins, rest) = instant(both)?;
    Some((begins, instant(rest)?.0))
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

/// What an element with this tag holds, and what comes behind it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first > 0x80 {
        let (digits, behind) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.len() > 3 {
            return None;
        }
        length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
        rest = behind;
    }
    (found == tag).then(|| rest.split_at_checked(length))?
}

/// An instant, and what comes behind it. Two digits of a year are of 1950 to 2049.
fn instant(bytes: &[u8]) -> Option<(Timestamp, &[u8])> {
    let short = element(bytes, UTC_TIME).map(|it| (it, "20"));
    let ((text, rest), century) = short.or_else(|| element(bytes, GENERALIZED_TIME).map(|it| (it, "")))?;
    let text = std::str::from_utf8(text).ok()?;
    let century = if century == "20" && text.as_bytes().first()? >= &b'5' { "19" } else { century };
    let read = chrono::NaiveDateTime::parse_from_str(&format!("{century}{text}"), "%Y%m%d%H%M%SZ").ok()?;
    Some((Timestamp::utc(read.and_utc().timestamp_millis()), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_how_long_it_holds_and_what_is_none_says_nothing() {
        let mut made = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        // the year in which it ends: two digits, four digits
        for year in [2031, 2049, 2050, 2199] {
            made.not_before = rcgen::date_time_ymd(1999, 1, 2);
            made.not_after = rcgen::date_time_ymd(year, 3, 4);
            let key = rcgen::KeyPair::generate().unwrap();
            let certificate = made.self_signed(&key).unwrap();
            let (begins, ends) = validity(certificate.der()).unwrap();
            assert_eq!(begins.rfc3339(), "1999-01-02T00:00:00.000Z");
            assert_eq!(ends.rfc3339(), format!("{year}-03-04T00:00:00.000Z"));
            for cut in 0..certificate.der().len().min(200) {
                assert_eq!(validity(&certificate.der()[..cut]), None);
            }
        }
        assert_eq!(validity(b""), None);
        assert_eq!(validity(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
