//! What a manager does about what the server did not take.

use super::*;

#[test]
fn each_matter_is_settled_in_its_own_way() {
    // rule, steps, what is written
    check(
        |_, decision| wrote(decision),
        &[
            (
                "rejected: it goes again",
                "as manager; add 1 soup; send; doubt 1 rejected; resubmit 1 rejected",
                "resubmit",
            ),
            (
                "refused: it is offered again",
                "as manager; add 1 soup; send; doubt 1 refused; resubmit 1 refused",
                "offer again",
            ),
            (
                "given up",
                "as manager; add 1 soup; send; doubt 1 rejected; close 1 rejected by hand",
                "give up: by hand",
            ),
            ("cannot be booked: noted", "as manager; add 1 soup; send; doubt 1 flawed; close 1 flawed ok", "note: ok"),
            ("merged: noted", "as manager; add 1 soup; send; doubt 1 merged; close 1 merged ok", "note: ok"),
            (
                "disagree: noted",
                "as manager; add 1 soup; send; doubt 1 quarantined; close 1 quarantined ok",
                "note: ok",
            ),
            ("refused: forgone", "as manager; add 1 soup; send; doubt 1 refused; close 1 refused ok", "forgo"),
            (
                "a manager beside a cashier",
                "add 1 soup; send; doubt 1 rejected; beside manager; resubmit 1 rejected",
                "resubmit",
            ),
            (
                "mended: the next version goes again, and who makes it is told",
                "as manager; add 1 soup; send; doubt 1 rejected; mend 1 rejected table 7",
                "order, kitchen change [], resubmit",
            ),
            (
                "nothing mended: the sums are made anew, nobody is told",
                "as manager; add 1 soup; send; doubt 1 flawed; mend 1 flawed",
                "order, resubmit",
            ),
            (
                "a refused version: the next one is another",
                "as manager; add 1 soup; send; doubt 1 refused; mend 1 refused name Bo",
                "order, kitchen change []",
            ),
            (
                "what nobody makes any more tells nobody",
                "as manager; add 1 soup; send; advance 1 served; doubt 1 rejected; mend 1 rejected name Bo",
                "order, resubmit",
            ),
            (
                "the name of a paid order",
                "as manager; add 1 soup; send; advance 1 served; cash 500; doubt 1 rejected; mend 1 rejected name Bo",
                "order, resubmit",
            ),
        ],
    );
}

#[test]
fn only_what_differs_is_mended() {
    let head = |shop: &Shop, _: &Decision| {
        let header = shop.sent.values().next().unwrap().header.clone();
        let word = |word: Option<String>| word.unwrap_or_else(|| "-".into());
        let words = [header.customer_name, header.table, header.kitchen_notes].map(word);
        format!("{} {}", header.order_type.code(), words.join(" "))
    };
    // rule, steps, the head afterwards
    check(
        head,
        &[
            (
                "one field",
                "as manager; customer Ana; add 1 soup; send; doubt 1 rejected; mend 1 rejected table 7",
                "dine_in Ana 7 -",
            ),
            (
                "emptied",
                "as manager; customer Ana; add 1 soup; send; doubt 1 rejected; mend 1 rejected note hot name",
                "dine_in - - hot",
            ),
            (
                "its type, unpaid",
                "as manager; add 1 soup; send; doubt 1 rejected; mend 1 rejected type takeaway",
                "takeaway - - -",
            ),
            (
                "what was not sent stays for Send",
                "as manager; add 1 soup; send; customer Ana; doubt 1 rejected; mend 1 rejected table 7",
                "dine_in - 7 -",
            ),
        ],
    );
}
