//! Plain letters for letters with accents: for a search, and for paper and screens that lack the accents.

/// The plain letters that custom writes for a letter with an accent or a ligature, capitals for capitals; `None` when
/// it is plain already, or there are none.
pub fn plain(letter: char) -> Option<&'static str> {
    if letter.is_ascii() {
        return None;
    }
    LETTERS.iter().find(|(_, letters)| letters.contains(letter)).map(|&(plain, _)| plain)
}

// The letters of Latin-1, Latin Extended-A, -B and Additional whose Unicode decomposition starts with a plain letter,
// and those that custom writes with one or two. To add one: the plain letters, then all that they stand for.
const LETTERS: &[(&str, &str)] = &[
    ("A", "ÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦḀẠẢẤẦẨẪẬẮẰẲẴẶ"),
    ("AE", "ÆǼ"),
    ("B", "ƁḂḄḆ"),
    ("C", "ÇĆĈĊČḈ"),
    ("D", "ÐĎĐḊḌḎḐḒ"),
    ("DZ", "ǄǱ"),
    ("Dz", "ǅǲ"),
    ("E", "ÈÉÊËĒĔĖĘĚƏȄȆȨḔḖḘḚḜẸẺẼẾỀỂỄỆ"),
    ("F", "Ḟ"),
    ("G", "ĜĞĠĢǤǦǴḠ"),
    ("H", "ĤĦȞḢḤḦḨḪ"),
    ("I", "ÌÍÎÏĨĪĬĮİǏȈȊḬḮỈỊ"),
    ("IJ", "Ĳ"),
    ("J", "Ĵ"),
    ("K", "ĶǨḰḲḴ"),
    ("L", "ĹĻĽŁḶḸḺḼ"),
    ("LJ", "Ǉ"),
    ("Lj", "ǈ"),
    ("M", "ḾṀṂ"),
    ("N", "ÑŃŅŇŊǸṄṆṈṊ"),
    ("NJ", "Ǌ"),
    ("Nj", "ǋ"),
    ("O", "ÒÓÔÕÖØŌŎŐƠǑǪǬǾȌȎȪȬȮȰṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢ"),
    ("OE", "Œ"),
    ("P", "ṔṖ"),
    ("R", "ŔŖŘȐȒṘṚṜṞ"),
    ("S", "ŚŜŞŠȘṠṢṤṦṨ"),
    ("SS", "ẞ"),
    ("T", "ŢŤŦȚṪṬṮṰ"),
    ("Th", "Þ"),
    ("U", "ÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖṲṴṶṸṺỤỦỨỪỬỮỰ"),
    ("V", "ṼṾ"),
    ("W", "ŴẀẂẄẆẈ"),
    ("X", "ẊẌ"),
    ("Y", "ÝŶŸȲẎỲỴỶỸ"),
    ("Z", "ŹŻŽẐẒẔ"),
    ("a", "àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ"),
    ("ae", "æǽ"),
    ("b", "ḃḅḇ"),
    ("c", "çćĉċčḉ"),
    ("d", "ðďđḋḍḏḑḓ"),
    ("dz", "ǆǳ"),
    ("e", "èéêëēĕėęěǝȅȇȩəḕḗḙḛḝẹẻẽếềểễệ"),
    ("f", "ƒḟ"),
    ("g", "ĝğġģǥǧǵḡ"),
    ("h", "ĥħȟḣḥḧḩḫẖ"),
    ("i", "ìíîïĩīĭįıǐȉȋḭḯỉị"),
    ("ij", "ĳ"),
    ("j", "ĵǰ"),
    ("k", "ķĸǩḱḳḵ"),
    ("l", "ĺļľłḷḹḻḽ"),
    ("lj", "ǉ"),
    ("m", "ḿṁṃ"),
    ("n", "ñńņňŋǹṅṇṉṋ"),
    ("nj", "ǌ"),
    ("o", "òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ"),
    ("oe", "œ"),
    ("p", "ṕṗ"),
    ("r", "ŕŗřȑȓṙṛṝṟ"),
    ("s", "śŝşšſșṡṣṥṧṩẛ"),
    ("ss", "ß"),
    ("t", "ţťŧțṫṭṯṱẗ"),
    ("th", "þ"),
    ("u", "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự"),
    ("v", "ṽṿ"),
    ("w", "ŵẁẃẅẇẉẘ"),
    ("x", "ẋẍ"),
    ("y", "ýÿŷȳẏẙỳỵỷỹ"),
    ("z", "źżžẑẓẕ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_plain_or_has_plain_ones() {
        // letter, what stands for it
        for (letter, stands) in
            [('é', Some("e")), ('Ł', Some("L")), ('ß', Some("ss")), ('Æ', Some("AE")), ('ế', Some("e"))]
        {
            assert_eq!(plain(letter), stands, "{letter}");
        }
        for letter in ['e', ' ', '½', '宫', 'Ж'] {
            assert_eq!(plain(letter), None, "{letter}");
        }
    }

    #[test]
    fn every_letter_stands_in_one_row_and_all_that_stands_for_it_is_ascii() {
        let mut seen = std::collections::BTreeSet::new();
        for (plain, letters) in LETTERS {
            assert!(plain.chars().all(|it| it.is_ascii_alphabetic()), "{plain}");
            assert!(letters.chars().all(|letter| !letter.is_ascii() && seen.insert(letter)), "{plain}: {letters}");
        }
    }
}
