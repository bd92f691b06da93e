//! Asking for a PIN or a code: unseen on a terminal, a new PIN twice; one line where standard input is something else.

use super::Failure;
use crate::domain::limits::{PIN_DIGITS_MAX, PIN_DIGITS_MIN};
use crate::domain::staff::is_pin;
use crate::runtime::{terminal, why};
use std::io::{self, BufRead, IsTerminal};
use zeroize::Zeroizing;

/// Longest line of standard input that is looked at, in bytes.
const LINE_BYTES_MAX: u64 = 256;

/// Asks for a new PIN for somebody.
///
/// # Errors
/// A sentence when it was given up, is no PIN, or was typed differently the second time.
pub(super) fn new_pin(name: &str) -> Result<Zeroizing<String>, Failure> {
    if !io::stdin().is_terminal() {
        return checked(line_of(io::stdin().lock())?);
    }
    let prompt = format!("New PIN for {name} ({PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits): ");
    let first = checked(typed(&prompt)?)?;
    let second = typed("The same PIN again: ")?;
    if *first != *second {
        return Err(Failure::Refused("the two PINs differ; nothing was changed: start again".into()));
    }
    Ok(first)
}

/// Asks for the code that a server's operator made.
///
/// # Errors
/// A sentence when it was given up, or is no code.
pub(super) fn code() -> Result<Zeroizing<String>, Failure> {
    let code = match io::stdin().is_terminal() {
        true => typed("The code that the server's operator made for this register: ")?,
        false => line_of(io::stdin().lock())?,
    };
    let code = Zeroizing::new(code.trim().to_owned());
    if code.is_empty() || code.chars().any(char::is_control) {
        let sentence = "there is no code; nothing was changed: `comanda server enroll` makes one, at the server";
        return Err(Failure::Refused(sentence.into()));
    }
    Ok(code)
}

fn typed(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    let given_up = || Failure::Refused("given up; nothing was changed".into());
    terminal::hidden_line(prompt)?.ok_or_else(given_up)
}

fn line_of(input: impl BufRead) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::with_capacity(usize::try_from(LINE_BYTES_MAX).unwrap_or(0)));
    input.take(LINE_BYTES_MAX).read_line(&mut line).map_err(|source| {
        let sentence = format!("could not read standard input: {}: write one line", why(&source));
        Failure::Refused(sentence)
    })?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn checked(pin: Zeroizing<String>) -> Result<Zeroizing<String>, Failure> {
    if is_pin(&pin) {
        return Ok(pin);
    }
    let sentence = format!("a PIN is {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits; nothing was changed: try another");
    Err(Failure::Refused(sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_of_input_is_a_pin_or_refused() {
        for (input, pin) in
            [("1234\n", Some("1234")), ("1234\r\n9", Some("1234")), ("12", None), ("", None), ("12a4", None)]
        {
            let read = line_of(input.as_bytes()).and_then(checked).ok();
            assert_eq!(read.as_ref().map(|pin| pin.as_str()), pin, "{input:?}");
        }
    }
}
