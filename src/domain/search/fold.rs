//! Folds text so that what is typed and what is written meet: small letters, no accents, words apart.

use crate::domain::letters::plain;

/// The words of a text in small letters without accents; letters and digits only, `½` as it stands.
pub(super) fn words(text: &str) -> Vec<Vec<char>> {
    let text = text.replace("1/2", "½").replace("1/4", "¼").replace("3/4", "¾");
    let mut words = vec![Vec::new()];
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '\'' | '’' | '`' | '\u{300}'..='\u{36f}' => {} // Miller's is one word; marks that stand apart are accents
            _ if letter.is_alphanumeric() => {
                let word = words.last_mut().expect("there is always a last word");
                match plain(letter) {
                    None => word.push(letter),
                    Some(plain) => word.extend(plain.chars()),
                }
            }
            _ => words.push(Vec::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_small_plain_and_apart() {
        // text, words
        let rows = [
            ("Crème brûlée", "creme brulee"),
            ("Cre\u{300}me", "creme"),
            ("JÄGERSCHNITZEL (groß)", "jagerschnitzel gross"),
            ("Miller's Mirchi", "millers mirchi"),
            ("Fish & Chips", "fish chips"),
            ("½ Board, 1/2 l", "½ board ½ l"),
            ("İzmir Köfte", "izmir kofte"),
            ("Phở Việt", "pho viet"),
            ("宫保鸡丁 Kung-Pao（大）", "宫保鸡丁 kung pao 大"),
            (" & ", ""),
        ];
        for (text, folded) in rows {
            let words: Vec<String> = words(text).into_iter().map(|word| word.into_iter().collect()).collect();
            assert_eq!(words.join(" "), folded, "{text}");
        }
    }
}
