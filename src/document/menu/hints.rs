//! Guesses what was meant by a word that is not known.

/// The known word that is nearest to a wrong one: at most two edits away, or with the same beginning.
pub(super) fn nearest<'k>(wrong: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let wrong: Vec<char> = wrong.chars().take(LONGEST + 1).map(|it| it.to_ascii_lowercase()).collect();
    if wrong.len() > LONGEST {
        return None;
    }
    let far = |known: &str| {
        let known: Vec<char> = known.chars().map(|it| it.to_ascii_lowercase()).collect();
        let shorter = wrong.len().min(known.len());
        let edits = edits(&wrong, &known);
        let alike = wrong.iter().zip(&known).take_while(|(a, b)| a == b).count();
        let begins_alike = alike >= 3 && (alike == shorter || alike * 3 >= wrong.len().max(known.len()) * 2);
        match edits {
            0 | 1 if shorter > 1 => Some(edits),
            2 if shorter > 4 => Some(2),
            _ => begins_alike.then_some(3),
        }
    };
    known.filter_map(|word| Some((far(word)?, word))).min_by_key(|&(far, _)| far).map(|(_, word)| word)
}

/// A hint to append to a sentence; empty when nothing is near.
pub(super) fn did_you_mean<'k>(wrong: &str, known: impl Iterator<Item = &'k str>) -> String {
    nearest(wrong, known).map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}

/// Longer words are not compared, in characters.
const LONGEST: usize = 40;

/// Letters inserted, deleted, replaced or swapped with a neighbour to turn one word into the other.
fn edits(one: &[char], other: &[char]) -> usize {
    let mut before = vec![0; other.len() + 1];
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, &a) in one.iter().enumerate() {
        let mut next = vec![i + 1; other.len() + 1];
        for (j, &b) in other.iter().enumerate() {
            let replaced = row[j] + usize::from(a != b);
            next[j + 1] = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a == other[j - 1] && one[i - 1] == b {
                next[j + 1] = next[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut row, next);
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_word_is_taken_for_its_neighbour() {
        let known = ["price", "plu", "tags", "tax_id", "station", "category_id", "modifier_group_ids"];
        // what stands there, what was meant
        let rows = [
            ("prise", Some("price")),
            ("Price", Some("price")),
            ("pirce", Some("price")),
            ("tag", Some("tags")),
            ("taxid", Some("tax_id")),
            ("category", Some("category_id")),
            ("modifier_groups", Some("modifier_group_ids")),
            ("colour", None),
            ("x", None),
            ("", None),
        ];
        for (wrong, meant) in rows {
            assert_eq!(nearest(wrong, known.into_iter()), meant, "{wrong}");
        }
        assert_eq!(nearest(&"price".repeat(1_000_000), known.into_iter()), None);
    }
}
