//! The table of countdowns that meet, what none of them loses, and countdowns of any kind for the laws (`laws`).

use super::*;
use proptest::prelude::*;

const SOUP: &str = "soup";

fn at(minute: u32) -> Timestamp {
    Timestamp::from_rfc3339(&format!("2026-03-14T19:{minute:02}:00.000+01:00")).unwrap()
}

fn merged(bodies: &[&Value]) -> Value {
    match resolve(bodies) {
        Verdict::Merged { mut body, review } => {
            assert!(review.is_empty());
            body["_id"] = json!(id_of(&SOUP.into()));
            body
        }
        other => panic!("counts are always merged, not {other:?}"),
    }
}

/// A register in the words of the table: what it knows of the soup, and how it goes on.
#[derive(Clone, Default)]
struct Till {
    name: String,
    body: Option<Value>,
    minute: u32,
}

impl Till {
    fn tally(&self) -> Tally {
        self.body.as_ref().map_or_else(|| Tally::new(SOUP.into()), |body| from_body(body).unwrap())
    }

    /// `=12` counts twelve, `=0` shouts 86, `on` sells it again without a count, `-3` sells three.
    fn does(&mut self, words: &str) {
        for word in words.split_whitespace() {
            let mut tally = self.tally();
            match word.split_at(1) {
                ("=", left) => tally.count(Some(left.parse().unwrap())),
                ("-", sold) => tally.sell(Seller::from(self.name.as_str()), sold.parse().unwrap()),
                _ => tally.count(None),
            }
            self.minute += 1;
            let context = TallyContext {
                location_id: &"L1".into(),
                edited_by: &self.name.as_str().into(),
                updated_at: at(self.minute),
            };
            self.body = Some(to_body(&tally, &context, self.body.as_ref()));
        }
    }

    fn left(&self) -> String {
        self.tally().left().map_or("not counted".into(), |left| left.to_string())
    }
}

/// How to read it: what both registers know when the line is cut; what T1, T2 and T3 do while nobody hears of the
/// others; what is left of the soup, for all of them, once they have met. `=12` is that somebody counts twelve, `=0`
/// shouts 86, `on` sells it again without a count, `-3` sells three portions. Less than nothing is what was sold too
/// many: nothing that was sent is taken back.
#[test]
fn the_table_of_countdowns() {
    // before, T1, T2, T3, left
    let rows = [
        // --- Each sells.
        ("=12", ["-3", "", ""], "9"),
        ("=12", ["-3", "-4", ""], "5"),
        ("=12", ["-1 -1", "-2", "-5 -1"], "2"),
        ("=3", ["-3", "-3", ""], "-3"),
        ("=3", ["-2", "-1", ""], "0"),
        // --- Somebody shouts 86 while others sell: it is sold out everywhere, and what was sold beyond is told.
        ("=12", ["=0", "", ""], "0"),
        ("=12", ["=0", "-2", ""], "-2"),
        ("", ["=0", "", ""], "0"),
        ("", ["=0", "=0", ""], "0"),
        // --- Somebody counts anew: what was sold apart and not told by then comes off, rather one too few.
        ("=12", ["=10", "-4", ""], "6"),
        ("=12 -2", ["=10", "", ""], "10"),
        ("=12", ["-1 =10 -1", "-1", ""], "8"),
        // --- Two say different things at once: that of the greater register counts; what comes later beats both.
        ("=12", ["=5", "=7", ""], "7"),
        ("=12", ["=7", "=5", ""], "5"),
        ("=12", ["=7 =8", "=5", ""], "8"),
        ("=0", ["on", "", ""], "not counted"),
        ("=0", ["on", "=3", ""], "3"),
        ("=0", ["=3", "on", ""], "not counted"),
        ("=0", ["on =4", "on", "-0"], "4"),
    ];
    for (before, does, left) in rows {
        let mut first = Till { name: "T1".into(), ..Till::default() };
        first.does(before);
        let mut tills: Vec<Till> = ["T1", "T2", "T3"].map(|name| Till { name: name.into(), ..first.clone() }).into();
        tills.iter_mut().zip(does).for_each(|(till, words)| till.does(words));
        let bodies: Vec<&Value> = tills.iter().filter_map(|till| till.body.as_ref()).collect();
        let row = format!("{before}: {does:?}");
        let (there, back) = (merged(&bodies), merged(&bodies.iter().rev().copied().collect::<Vec<_>>()));
        assert_eq!(there, back, "{row}: whoever comes first");
        let met = Till { body: Some(there), ..Till::default() };
        assert_eq!(met.left(), left, "{row}");
    }
}

#[test]
fn a_register_that_was_restored_counts_beside_what_it_lost() {
    let mut first = Till { name: "T1".into(), ..Till::default() };
    first.does("=12 -2");
    let backup = first.clone();
    first.does("-3");
    // It sells on from its backup before it hears what it had sold.
    let mut again = Till { name: Seller::new(&"T1".into(), 2).0, ..backup };
    again.does("-1");
    let met = Till { body: Some(merged(&[first.body.as_ref().unwrap(), &again.body.unwrap()])), ..Till::default() };
    assert_eq!(met.left(), "6");
}

#[test]
fn a_tally_survives_its_body_and_others_words_are_kept() {
    let mut till = Till { name: "T1".into(), ..Till::default() };
    till.does("=12 -2");
    let body = till.body.as_mut().unwrap();
    assert_eq!(body["stamps"], json!({ "mark": [1, "T1"] }));
    assert_eq!((&body["mark"]["left"], &body["sold"]["T1"], changed_at(body)), (&json!(12), &json!(2), Some(at(2))));
    body["allergens"] = json!(["celery"]);
    till.does("=9");
    let body = till.body.unwrap();
    assert_eq!((&body["allergens"], &body["stamps"]["mark"]), (&json!(["celery"]), &json!([2, "T1"])));
    assert_eq!(from_body(&body).unwrap().mark, Some(Mark { left: 9, sold: [("T1".into(), 2)].into() }));
    assert_eq!(item_of(&id_of(&SOUP.into())), Some(SOUP.into()));
}

#[test]
fn what_is_wrong_with_a_body_is_said_with_its_place() {
    // field, what stands there, what is said
    let rows = [
        ("_id", json!("soldout_tea"), "_id: must be soldout_ and the item's id"),
        ("type", json!("order"), "type: `order` is not one that Comanda knows"),
        ("item_id", json!(null), "item_id: is missing"),
        ("mark", json!(3), "mark: must be an object, is a number"),
        ("mark", json!({ "left": -1 }), "mark.left: -1 is not between 0 and 999"),
        ("mark", json!({ "left": 1, "sold": { "T1": "x" } }), "mark.sold.T1: must be a whole number, is text"),
        ("sold", json!([]), "sold: must be an object, is a list"),
        ("sold", json!({ "T1": 1.5 }), "sold.T1: must be a whole number, is 1.5"),
    ];
    for (field, wrong, said) in rows {
        let mut till = Till { name: "T1".into(), ..Till::default() };
        till.does("=12");
        let mut body = till.body.unwrap();
        body[field] = wrong;
        assert_eq!(from_body(&body).unwrap_err().to_string(), format!("the document cannot be read: {said}"));
    }
}

#[test]
fn who_sells_apart_adds_up_and_who_counts_apart_quarrels() {
    for (one, other, adds_up) in [("-1", "-2", true), ("=3", "-2", false), ("=3", "=4", false), ("", "-1", true)] {
        let mut till = Till { name: "T1".into(), ..Till::default() };
        till.does("=12");
        let mut beside = Till { name: "T2".into(), ..till.clone() };
        till.does(one);
        beside.does(other);
        assert_eq!(add_up(&[&till.body.unwrap(), &beside.body.unwrap()]), adds_up, "{one} and {other}");
    }
}

fn any_counts() -> impl Strategy<Value = Value> {
    let count = prop_oneof![
        8 => (0..30_u32).prop_map(|it| json!(it)),
        1 => prop::sample::select(vec![json!(null), json!("x"), json!(2.0), json!(-1), json!({ "a": 1 })]),
    ];
    let seller = prop::sample::select(vec!["T1", "T1.2", "T2", "T3", ""]);
    prop_oneof![
        8 => prop::collection::btree_map(seller, count, 0..4).prop_map(|it| json!(it)),
        1 => prop::sample::select(vec![json!(null), json!(7), json!("none"), json!([1])]),
    ]
}

pub(in crate::document) fn any_tally() -> impl Strategy<Value = Value> {
    let left = prop::sample::select(vec![json!(0), json!(3), json!(12), json!(12.0), json!("many")]);
    let mark = prop_oneof![
        4 => (left, any_counts()).prop_map(|(left, sold)| json!({ "left": left, "sold": sold })),
        1 => Just(Value::Null),
    ];
    let writer = prop::sample::select(vec!["T1", "T2", "T3"]);
    let stamp = prop::option::weighted(0.8, (0..4_u64, writer));
    let rest = (any::<bool>(), any::<bool>(), 0..3_u32);
    (mark, any_counts(), stamp, rest).prop_map(|(mark, sold, stamp, (has_mark, has_sold, minute))| {
        let mut body = json!({ "type": "soldout", "item_id": SOUP, "updated_at": at(minute).rfc3339() });
        if has_mark {
            body["mark"] = mark;
        }
        if has_sold {
            body["sold"] = sold;
        }
        if let Some((counter, writer)) = stamp {
            body["stamps"]["mark"] = json!([counter, writer]);
            body["edited_by"] = json!(writer);
        }
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_sale_is_lost(sales in prop::collection::vec((0..3_usize, 1..9_u32, any::<bool>()), 1..30)) {
        // Three registers sell of a hundred; now and then one of them hears of all the others.
        let mut first = Till { name: "T1".into(), ..Till::default() };
        first.does("=100");
        let mut tills = ["T1", "T2", "T3"].map(|name| Till { name: name.into(), ..first.clone() });
        let mut sold = 0;
        for (who, quantity, hears) in sales {
            tills[who].does(&format!("-{quantity}"));
            sold += i64::from(quantity);
            if hears {
                let bodies: Vec<Value> = tills.iter().filter_map(|till| till.body.clone()).collect();
                tills[who].body = Some(merged(&bodies.iter().collect::<Vec<_>>()));
            }
        }
        let bodies: Vec<&Value> = tills.iter().filter_map(|till| till.body.as_ref()).collect();
        let met = Till { body: Some(merged(&bodies)), ..Till::default() };
        prop_assert_eq!(met.tally().left(), Some(100 - sold));
    }
}
