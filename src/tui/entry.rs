//! The entry line's grammar: `[quantity*]PLU` or `[quantity*]letters`.

/// What was typed, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What stands before the `*`, if there is one.
    pub quantity: Option<&'a str>,
    /// What stands after it.
    pub rest: &'a str,
}

impl<'a> Entry<'a> {
    /// Takes a typed line apart.
    pub fn read(typed: &'a str) -> Entry<'a> {
        match typed.split_once('*') {
            Some((quantity, rest)) => Entry { quantity: Some(quantity), rest },
            None => Entry { quantity: None, rest: typed },
        }
    }

    /// Whether the rest is a number that a cashier types for an item.
    pub fn is_plu(&self) -> bool {
        !self.rest.is_empty() && self.rest.bytes().all(|b| b.is_ascii_digit())
    }

    /// The quantity: 1 when none was typed; `Err` holds what was typed when it is no whole number from 1 to 999.
    pub fn count(&self) -> Result<u32, String> {
        let Some(typed) = self.quantity else { return Ok(1) };
        let count = typed.trim().parse().ok().filter(|count| (1..=crate::domain::limits::QUANTITY_MAX).contains(count));
        count.ok_or_else(|| if typed.is_empty() { "nothing".into() } else { typed.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_quantity_and_a_number_or_letters() {
        // typed, quantity or what is wrong with it, rest, is it a number
        let rows: [(&str, Result<u32, &str>, &str, bool); 10] = [
            ("101", Ok(1), "101", true),
            ("2*101", Ok(2), "101", true),
            ("2*che", Ok(2), "che", false),
            ("che", Ok(1), "che", false),
            ("0*che", Err("0"), "che", false),
            ("-1*che", Err("-1"), "che", false),
            ("1000000000*che", Err("1000000000"), "che", false),
            ("99999999999999999999*1", Err("99999999999999999999"), "1", true),
            ("*che", Err("nothing"), "che", false),
            ("3*", Ok(3), "", false),
        ];
        for (typed, count, rest, is_plu) in rows {
            let entry = Entry::read(typed);
            assert_eq!(entry.count(), count.map_err(str::to_owned), "{typed}");
            assert_eq!((entry.rest, entry.is_plu()), (rest, is_plu), "{typed}");
        }
    }
}
