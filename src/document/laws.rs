//! The laws of merges, held against every type of document: whatever bodies meet, in whatever order and grouping, every
//! register writes the same, and nothing that a stranger wrote is lost.

use super::canonical::canonical;
use super::customer::resolve_tests::any_customer;
use super::documents::DocumentType;
use super::merge::Verdict;
use super::order::resolve_tests::any_order;
use super::soldout::tests::any_tally;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Some body of one document of a type. A new type breaks the build here.
fn any_body(of: DocumentType) -> BoxedStrategy<Value> {
    match of {
        DocumentType::Order => any_order().boxed(),
        DocumentType::Payment => any_payment().boxed(),
        DocumentType::SoldOut => any_tally().boxed(),
        DocumentType::Customer => any_customer().boxed(),
        DocumentType::Category
        | DocumentType::Item
        | DocumentType::ModifierGroup
        | DocumentType::Modifier
        | DocumentType::Tax
        | DocumentType::Conflict => any_record(of.code()).boxed(),
    }
}

/// A payment, most of which tell of the same money.
fn any_payment() -> impl Strategy<Value = Value> {
    let amount = prop_oneof![9 => Just(json!(1000)), 1 => Just(json!(1000.0)), 1 => Just(json!(900))];
    let tip = prop_oneof![4 => Just(None), 4 => Just(Some(json!(0))), 1 => Just(Some(json!(null)))];
    let reference = prop::option::of(prop_oneof![Just(json!("slip 12")), Just(json!(null))]);
    let noted = prop::option::of(prop_oneof![Just(json!(1)), Just(json!(2.0)), Just(json!({ "a": 1 }))]);
    (amount, tip, reference, noted).prop_map(|(amount, tip, reference, noted)| {
        let mut body = json!({ "type": "payment", "order": "order_1", "tender": "card", "amount": amount });
        for (name, value) in [("tip", tip), ("reference", reference), ("batch", noted)] {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        body
    })
}

/// What is only read, or only told.
fn any_record(code: &'static str) -> impl Strategy<Value = Value> {
    let said = prop::option::of(prop_oneof![Just(json!("Ana")), Just(json!(null)), Just(json!(7)), Just(json!([7.0]))]);
    prop::collection::vec(said, 3).prop_map(move |said| {
        let mut body = json!({ "type": code });
        for (name, value) in ["name", "resolved_at", "register_id"].into_iter().zip(said) {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        body
    })
}

/// The same, with a field that only a stranger knows.
fn any_bodies(of: DocumentType) -> impl Strategy<Value = Vec<Value>> {
    let kept = (any_body(of), 0..4_u8).prop_map(|(mut body, nth)| {
        body[format!("stranger_{nth}")] = json!(nth);
        body
    });
    prop::collection::vec(kept, 2..=5)
}

/// What was merged, as canonical JSON; or that nothing was.
fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Merged { body, review: _ } => canonical(body),
        Verdict::Quarantined { field } => format!("they quarrel about {field}"),
        Verdict::LeftToServer => "the server settles it".to_owned(),
    }
}

fn hold(of: DocumentType, bodies: &[Value], seed: u64) -> Result<(), TestCaseError> {
    let all: Vec<&Value> = bodies.iter().collect();
    let verdict = of.resolve(&all);
    let at_once = told(&verdict);
    // In any order.
    let mut turned = all.clone();
    turned.rotate_left(usize::try_from(seed % 5).unwrap() % all.len());
    prop_assert_eq!(&told(&of.resolve(&turned)), &at_once);
    turned.reverse();
    prop_assert_eq!(&told(&of.resolve(&turned)), &at_once);
    let Verdict::Merged { body: result, .. } = &verdict else { return Ok(()) };
    let merged = |one: &Value, other: &Value| match of.resolve(&[one, other]) {
        Verdict::Merged { body, .. } => Ok(body),
        other => Err(TestCaseError::fail(format!("what merges at once merges in steps: {other:?}"))),
    };
    // In any grouping: two are merged, then two of what there is, until one is left.
    let mut left: Vec<Value> = turned.into_iter().cloned().collect();
    let mut dice = seed;
    while left.len() > 1 {
        let one = left.swap_remove(usize::try_from(dice % 7).unwrap() % left.len());
        let other = left.swap_remove(usize::try_from(dice / 7 % 7).unwrap() % left.len());
        left.push(merged(&one, &other)?);
        dice = dice.rotate_right(11);
    }
    prop_assert_eq!(&canonical(&left[0]), &at_once);
    // Twice, and with what is in it already.
    prop_assert_eq!(&told(&of.resolve(&[result])), &at_once);
    prop_assert_eq!(&canonical(&merged(result, result)?), &at_once);
    prop_assert_eq!(&canonical(&merged(result, all[0])?), &at_once);
    // Nothing that a stranger wrote is lost.
    for body in bodies {
        for name in body.as_object().unwrap().keys().filter(|name| name.starts_with("stranger_")) {
            prop_assert_eq!(&result[name], &body[name]);
        }
    }
    Ok(())
}

#[test]
fn merging_obeys_its_laws_whatever_is_merged() {
    for &of in DocumentType::ALL {
        // No file of failures: a failure becomes a row of the type's own table.
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) };
        let mut runner = proptest::test_runner::TestRunner::new(config);
        let held = runner.run(&(any_bodies(of), any::<u64>()), |(bodies, seed)| hold(of, &bodies, seed));
        held.unwrap_or_else(|broken| panic!("{}: {broken}", of.code()));
    }
}
