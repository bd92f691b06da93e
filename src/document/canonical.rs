//! One text per JSON value (RFC 8785, JSON Canonicalization Scheme), so that equal values hash alike on every machine.
//!
//! One difference: a whole number that JSON wrote without fraction or exponent keeps all its digits, beyond 2^53 too,
//! where the RFC would round it to a double. Nothing that passed through JavaScript holds such a number.

use serde_json::{Map, Number, Value};
use std::fmt::Write;

/// Writes the canonical text of a value.
pub fn canonical(value: &Value) -> String {
    let mut out = Text::default();
    out.value(value);
    out.text
}

/// A canonical text under way.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) text: String,
    /// A double stands in it, which may be written otherwise than it came.
    pub(super) has_double: bool,
}

/// A name and its value.
type Field<'a> = (&'a String, &'a Value);

impl Text {
    /// Writes a value behind what there is.
    pub(super) fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.text.push_str("null"),
            Value::Bool(true) => self.text.push_str("true"),
            Value::Bool(false) => self.text.push_str("false"),
            Value::Number(number) => self.number(number),
            Value::String(text) => self.string(text),
            Value::Array(values) => {
                self.text.push('[');
                for (nth, value) in values.iter().enumerate() {
                    if nth > 0 {
                        self.text.push(',');
                    }
                    self.value(value);
                }
                self.text.push(']');
            }
            Value::Object(fields) => {
                self.text.push('{');
                for (nth, (name, value)) in in_order(fields).enumerate() {
                    if nth > 0 {
                        self.text.push(',');
                    }
                    self.field(name, value);
                }
                self.text.push('}');
            }
        }
    }

    /// Writes a field behind what there is.
    pub(super) fn field(&mut self, name: &str, value: &Value) {
        self.string(name);
        self.text.push(':');
        self.value(value);
    }

    fn string(&mut self, text: &str) {
        let out = &mut self.text;
        out.push('"');
        // Without an early end: so many bytes at once.
        let is_plain = text.bytes().fold(true, |plain, byte| plain & (byte >= b' ') & (byte != b'"') & (byte != b'\\'));
        if is_plain {
            out.push_str(text);
            out.push('"');
            return;
        }
        // What is escaped is one byte each: all between goes over as it is.
        let mut written = 0;
        for (at, byte) in text.bytes().enumerate() {
            if byte >= b' ' && byte != b'"' && byte != b'\\' {
                continue;
            }
            out.push_str(&text[written..at]);
            written = at + 1;
            match byte {
                b'"' => out.push_str("\\\""),
                b'\\' => out.push_str("\\\\"),
                b'\x08' => out.push_str("\\b"),
                b'\t' => out.push_str("\\t"),
                b'\n' => out.push_str("\\n"),
                b'\x0c' => out.push_str("\\f"),
                b'\r' => out.push_str("\\r"),
                control => write!(out, "\\u{control:04x}").expect("a String takes all that is written to it"),
            }
        }
        out.push_str(&text[written..]);
        out.push('"');
    }

    fn number(&mut self, number: &Number) {
        match number.as_f64() {
            Some(float) if number.is_f64() => {
                self.has_double = true;
                self.text.push_str(&ecmascript(float));
            }
            _ => write!(self.text, "{number}").expect("a String takes all that is written to it"),
        }
    }
}

/// Fields in the order of the UTF-16 units of their names.
pub(super) fn in_order(fields: &Map<String, Value>) -> impl Iterator<Item = Field<'_>> {
    let is_sorted = is_in_order(fields);
    let mut sorted: Vec<Field<'_>> = if is_sorted { Vec::new() } else { fields.iter().collect() };
    sorted.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    let as_they_are = is_sorted.then(|| fields.iter()).into_iter().flatten();
    as_they_are.chain(sorted)
}

/// Whether names stand in the order of their UTF-16 units already: in that of their bytes they may, which is the same
/// for ASCII.
fn is_in_order(fields: &Map<String, Value>) -> bool {
    let mut last = "";
    for name in fields.keys() {
        if name.as_str() < last || !name.is_ascii() {
            return false;
        }
        last = name;
    }
    true
}

/// Writes a double as ECMAScript's `Number::toString` does (ECMA-262, 6.1.6.1.20).
///
/// Rust's `{:e}` already finds the shortest digits that read back as the same double; layout and ties are ECMAScript's.
fn ecmascript(float: f64) -> String {
    if float == 0.0 {
        return "0".into(); // -0 too
    }
    let scientific = even_of_a_tie(float.abs(), format!("{:e}", float.abs()));
    let (mantissa, exponent) = scientific.split_once('e').expect("{:e} writes an exponent");
    let digits = mantissa.replace('.', "");
    // The value is 0.digits times ten to the power of `point`.
    let point = exponent.parse::<i32>().expect("{:e} writes a whole exponent") + 1;
    let count = i32::try_from(digits.len()).expect("a double has at most 17 digits");
    let sign = if float < 0.0 { "-" } else { "" };
    let zeros = |many: i32| "0".repeat(usize::try_from(many).unwrap_or(0));
    if count <= point && point <= 21 {
        return format!("{sign}{digits}{}", zeros(point - count));
    }
    if 0 < point && point <= 21 {
        let (whole, part) = digits.split_at(usize::try_from(point).expect("it is positive"));
        return format!("{sign}{whole}.{part}");
    }
    if -6 < point && point <= 0 {
        return format!("{sign}0.{}{digits}", zeros(-point));
    }
    let (first, rest) = digits.split_at(1);
    let dot = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{dot}{rest}e{:+}", point - 1)
}

/// Of two shortest texts equally near to a double, ECMAScript takes the even one (note 2 there), Rust the upper.
fn even_of_a_tie(float: f64, scientific: String) -> String {
    let digits = scientific.bytes().take_while(|&b| b != b'e').filter(u8::is_ascii_digit).count();
    let longer = format!("{float:.digits$e}");
    let (mantissa, exponent) = longer.split_once('e').expect("{:e} writes an exponent");
    let Some(lower) = mantissa.strip_suffix('5') else { return scientific };
    let exact = format!("{float:.DIGITS_OF_ANY_DOUBLE$e}");
    let is_tie = exact.split('e').next().is_some_and(|exact| exact.trim_end_matches('0') == mantissa);
    let lower = format!("{}e{exponent}", lower.trim_end_matches('.'));
    let is_even = |text: &str| {
        let last = text.bytes().take_while(|&b| b != b'e').last();
        last.is_some_and(|digit| digit.is_multiple_of(2))
    };
    let reads_back = lower.parse() == Ok(float);
    if is_tie && reads_back && is_even(&lower) { lower } else { scientific }
}

/// No double has more decimal digits than this.
const DIGITS_OF_ANY_DOUBLE: usize = 767;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_ecmascript_writes_them() {
        // IEEE 754 bits, text (RFC 8785, appendix B)
        let rows = [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ];
        for (bits, text) in rows {
            assert_eq!(ecmascript(f64::from_bits(bits)), text, "{bits:x}");
        }
    }

    #[test]
    fn values_are_written_one_way_only() {
        // JSON as it came, canonical text (the fourth and fifth: RFC 8785, 3.2.2 and 3.2.3)
        let rows = [
            ("[ 1, 1.0, 1e0, -0, -0.0, 0.10, 1E+2 ]", "[1,1,1,0,0,0.1,100]"),
            (r#"{ "b": {"d": null, "c": true}, "a": [] }"#, r#"{"a":[],"b":{"c":true,"d":null}}"#),
            ("18446744073709551615", "18446744073709551615"),
            (
                r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
                    "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#,
                concat!(
                    r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#,
                    r#""string":"€$\u000f\nA'B\"\\\\\"/"}"#
                ),
            ),
            (
                r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
                    "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"o with diaeresis"}"#,
                concat!(
                    r#"{"\r":"Carriage Return","1":"One",""#,
                    "\u{80}\":\"Control\",\"ö\":\"o with diaeresis\",\"€\":\"Euro Sign\",",
                    "\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}",
                ),
            ),
            (r#""\b\t\n\f\r\u0000\u001f\u007f""#, "\"\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}\""),
        ];
        for (json, text) in rows {
            assert_eq!(canonical(&serde_json::from_str(json).unwrap()), text, "{json}");
        }
    }
}
