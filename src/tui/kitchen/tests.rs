//! Rules of the kitchen screen, on pictures made by hand. Pictures of a register's own store are drawn in `tests/it`.

use super::*;
use crate::domain::LocalNumber;
use crate::domain::id::{Entropy, OrderId};
use crate::domain::kitchen::KitchenLine;
use crate::domain::order::OrderType;
use crate::tui::display::{CHOSEN_PAGE_MS, PAGE_MS, wrapped};
use crate::tui::scene::Scene;
use crate::tui::theme::Theme;
use ratatui::buffer::Buffer;

const NOW: Timestamp = Timestamp { unix_ms: 1_773_491_400_000, offset_min: 60 };

/// A line, which is the same one wherever its number is.
fn line(number: u64, quantity: u32, name: &str, state: LineState) -> KitchenLine {
    let mut dice = Entropy::new(|bytes| bytes.fill(7));
    KitchenLine {
        line_id: LineId::fresh(NOW.plus_millis(number as i64), &mut dice),
        quantity,
        name: name.into(),
        modifiers: Vec::new(),
        note: None,
        course: 1,
        state,
    }
}

fn ticket(number: u32, age_s: i64, lines: Vec<KitchenLine>) -> KitchenTicket {
    let mut dice = Entropy::new(|bytes| bytes.fill(7));
    KitchenTicket {
        sequence: i64::from(number),
        order_id: OrderId::fresh(NOW, &mut dice),
        local_number: LocalNumber(format!("T1-{number:04}")),
        station: "kitchen".into(),
        sent_at: NOW.plus_millis(-1000 * age_s),
        is_addition: false,
        order_type: OrderType::DineIn,
        table: None,
        customer_name: None,
        due_at: None,
        kitchen_notes: None,
        lines,
    }
}

/// An order of which everything was brought.
fn done(number: u32) -> DoneOrder {
    let served = |station: &str, name| KitchenTicket {
        station: station.into(),
        ..ticket(number, 0, vec![line(u64::from(number), 2, name, LineState::Served)])
    };
    let mut dice = Entropy::new(|bytes| bytes.fill(7));
    DoneOrder {
        order_id: OrderId::fresh(NOW.plus_millis(i64::from(number)), &mut dice),
        local_number: LocalNumber(format!("T1-{number:04}")),
        tickets: vec![served("kitchen", "Soup"), served("bar", "Tea")],
    }
}

fn of(tickets: Vec<KitchenTicket>) -> Picture {
    Picture { tickets, ..Picture::default() }
}

fn showing(picture: Picture) -> Kitchen {
    let mut kitchen = Kitchen::new(None, NOW);
    assert!(!kitchen.show(picture, NOW), "what was there before rings no bell");
    kitchen
}

fn drawn(kitchen: &Kitchen, now: Timestamp, link: Link, (width, height): (u16, u16)) -> Buffer {
    let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
    let mut scene = Scene::default();
    kitchen.view(now, link, None, &mut Canvas::new(&mut buffer, &mut scene, Theme::full()));
    buffer
}

fn rows(buffer: &Buffer) -> Vec<String> {
    let row = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..buffer.area.height).map(|y| row(y).trim_end().to_owned()).collect()
}

fn text(kitchen: &Kitchen, now: Timestamp, size: (u16, u16)) -> String {
    rows(&drawn(kitchen, now, Link::Live, size)).join("\n")
}

/// Enough to make for several pages: twenty tickets that fill half a column of 20 rows each.
fn rush() -> Picture {
    let lines = |number: u64| (0..7).map(|nth| line(number * 10 + nth, 1, "Soup", LineState::Sent)).collect();
    of((1..=20).map(|number| ticket(number, 0, lines(u64::from(number)))).collect())
}

#[test]
fn tickets_stand_in_four_columns_of_nineteen_with_the_oldest_at_the_left() {
    use LineState::{Preparing, Ready, Sent, Voided};
    let burger = KitchenLine {
        modifiers: vec!["+ Extra cheese".into(), "- NO Onion".into()],
        note: Some("no salt".into()),
        ..line(1, 2, "Cheeseburger", Sent)
    };
    let first = KitchenTicket {
        table: Some("12".into()),
        customer_name: Some("Bob".into()),
        kitchen_notes: Some("Peanut allergy".into()),
        ..ticket(41, 754, vec![burger, line(2, 1, "Fish", Preparing), line(3, 1, "Chips", Ready)])
    };
    let second = KitchenTicket {
        is_addition: true,
        ..ticket(42, 301, vec![line(4, 3, "Lemon tart", Voided), line(5, 10, "Pizza Margherita", Sent)])
    };
    let third = KitchenTicket {
        due_at: Some(NOW.plus_millis(3_600_000)),
        order_type: OrderType::Takeaway,
        ..ticket(43, 599, vec![KitchenLine { course: 2, ..line(6, 1, "Ice cream", Sent) }])
    };
    let others = [ticket(44, 1, vec![line(7, 1, "Tea", Ready)]), ticket(45, 0, vec![line(8, 1, "Tea", Voided)])];
    let mut picture = of([first, second, third].into_iter().chain(others).collect());
    picture.done = vec![done(40), done(39)];
    let kitchen = Kitchen { station: Some("kitchen".into()), ..showing(picture) };
    let seen = rows(&drawn(&kitchen, NOW, Link::Live, (80, 16)));
    let expected = [
        " kitchen · 3 to make                                             13:30:00  LIVE",
        "T1-0041    12m LATE T1-0042   5:01 WARN T1-0045   0:00 VOID",
        "Dine in 12 Bob      MORE Dine in        Dine in",
        "! Peanut allergy    VOID 3x Lemon tart  VOID 1x Tea",
        "2x Cheeseburger     10x Pizza",
        "  + Extra cheese       Margherita",
        "  - NO Onion",
        "  ! no salt         T1-0043    9:59 NEW",
        "> 1x Fish           Takeaway      14:30",
        "OK 1x Chips         -- course 2 --",
        "                    1x Ice cream",
        "",
        "                    T1-0044  0:01 READY",
        "                    Dine in",
        "                    OK 1x Tea",
        " Done T1-0040 T1-0039        q Quit  < > Page  Tab Station  a All day  r Recall",
    ];
    assert_eq!(seen, expected, "\n{}", seen.join("\n"));
}

#[test]
fn pages_follow_one_another_and_the_oldest_is_on_all_of_them() {
    let mut kitchen = showing(rush());
    let size = (80, 22);
    // after so many seconds: page, some of the tickets that it shows
    let rows: [(i64, &str, &[u32]); 5] = [
        (0, "page 1/3", &[1, 2, 3, 8]),
        (7, "page 1/3", &[1, 2, 3, 8]),
        (8, "page 2/3", &[1, 2, 9, 14]),
        (16, "page 3/3", &[1, 2, 15, 20]),
        (24, "page 1/3", &[1, 2, 3, 8]),
    ];
    for (after_s, page, numbers) in rows {
        let text = text(&kitchen, NOW.plus_millis(1000 * after_s), size);
        assert!(text.contains(page), "{after_s}: {text}");
        for number in numbers {
            assert!(text.contains(&format!("T1-{number:04}")), "{number} after {after_s} s: {text}");
        }
    }
    // A page that somebody chose stays for a while.
    let at = NOW.plus_millis(1000);
    assert_eq!(kitchen.press(at, Key::Left, size), Pressed::Stay);
    assert!(text(&kitchen, at.plus_millis(CHOSEN_PAGE_MS - 1), size).contains("page 3/3"));
    assert!(text(&kitchen, at.plus_millis(CHOSEN_PAGE_MS), size).contains("page 1/3"));
    kitchen.press(at, Key::Right, size);
    assert!(text(&kitchen, at, size).contains("page 1/3"));
}

#[test]
fn whatever_the_window_every_ticket_is_on_some_page() {
    let mut long = rush();
    let lines = (500..540).map(|number| line(number, 1, "A name that needs more than one row", LineState::Sent));
    long.tickets.insert(3, ticket(99, 0, lines.collect()));
    let kitchen = showing(long.clone());
    for (width, height) in [(38, 10), (60, 16), (64, 18), (79, 22), (80, 22), (102, 22), (120, 33), (200, 60)] {
        let seen: Vec<String> =
            (0..60).map(|turn| text(&kitchen, NOW.plus_millis(turn * PAGE_MS), (width, height))).collect();
        for ticket in &long.tickets {
            let number = ticket.local_number.to_string();
            assert!(seen.iter().any(|text| text.contains(&number)), "{number} at {width}x{height}");
        }
    }
    for (width, height) in [(1, 1), (5, 3), (37, 9), (38, 1), (200, 2)] {
        drawn(&kitchen, NOW, Link::Live, (width, height));
    }
}

#[test]
fn what_is_new_rings_once_and_is_reversed_for_three_seconds() {
    let mut kitchen = Kitchen { station: Some("kitchen".into()), ..showing(of(Vec::new())) };
    let [first, more] = [line(1, 1, "Soup", LineState::Sent), line(2, 1, "Fish", LineState::Sent)];
    let reversed = |kitchen: &Kitchen, after_ms: i64| {
        let buffer = drawn(kitchen, NOW.plus_millis(after_ms), Link::Live, (80, 22));
        let theme = Theme::full();
        let flashed = [theme.key, theme.strong, theme.wrong].map(|style| theme.flashed(style));
        let is_reversed = |y: u16| {
            flashed.iter().any(|style| style.fg == Some(buffer[(0, y)].fg) && style.bg == Some(buffer[(0, y)].bg))
        };
        // The head and the foot of the screen look so always.
        let on_board = rows(&buffer).into_iter().zip(0..).skip(1).take(20);
        on_board.filter(|(_, y)| is_reversed(*y)).map(|(row, _)| row).collect::<Vec<_>>()
    };
    let new = of(vec![ticket(1, 0, vec![first.clone()])]);
    assert!(kitchen.show(new.clone(), NOW));
    assert_eq!(reversed(&kitchen, 2_999).len(), 3, "the head and the line");
    assert!(reversed(&kitchen, 3_000).is_empty());
    assert!(!kitchen.show(new, NOW.plus_millis(1)), "nothing new");
    let later = NOW.plus_millis(10_000);
    assert!(kitchen.show(of(vec![ticket(1, 0, vec![first.clone(), more.clone()])]), later));
    assert_eq!(reversed(&kitchen, 10_000), ["1x Fish"]);
    // A void is news; a line that is prepared is none; and another station's news is not ours.
    let voided = KitchenLine { state: LineState::Voided, ..more.clone() };
    let prepared = KitchenLine { state: LineState::Preparing, ..first };
    assert!(kitchen.show(of(vec![ticket(1, 0, vec![prepared.clone(), voided.clone()])]), later.plus_millis(5_000)));
    let others = KitchenTicket { station: "bar".into(), ..ticket(2, 0, vec![line(9, 1, "Tea", LineState::Sent)]) };
    let both = of(vec![ticket(1, 0, vec![prepared, voided]), others]);
    assert!(!kitchen.show(both, later.plus_millis(6_000)));
}

#[test]
fn stations_are_chosen_with_tab_and_the_panel_counts_what_is_to_be_made() {
    let tea = KitchenTicket { station: "bar".into(), ..ticket(2, 0, vec![line(9, 2, "Tea", LineState::Sent)]) };
    let mut lines: Vec<KitchenLine> =
        ('a'..='n').zip(20..).map(|(name, nth)| line(nth, 1, &name.to_string(), LineState::Sent)).collect();
    lines.push(line(50, 4, "Soup", LineState::Preparing));
    lines.push(line(51, 5, "Fish", LineState::Ready));
    let mut kitchen = showing(of(vec![ticket(1, 0, lines), tea]));
    // keys, part of what is seen, part of what is not
    type Row<'a> = (&'a [Key], (u16, u16), &'a str, &'a str);
    let rows: [Row; 6] = [
        (&[], (80, 30), "All stations · 2 to make", "All day"),
        (&[Key::Char('a')], (80, 30), "  4 Soup", "  5 Fish"),
        (&[Key::Tab], (80, 30), "bar · 1 to make", "Soup"),
        (&[Key::Tab], (80, 30), "and 4 more", "Tea"),
        (&[Key::BackTab, Key::BackTab, Key::Char('a')], (102, 30), "  2 Tea", "T1-0003"),
        (&[Key::Char('a')], (102, 30), "All stations", "All day"),
    ];
    for (keys, size, there, not_there) in rows {
        for key in keys {
            assert_eq!(kitchen.press(NOW, *key, size), Pressed::Stay);
        }
        // The words of the keys name the panel too.
        let text = text(&kitchen, NOW, size).replace("a All day", "");
        assert!(text.contains(there) && !text.contains(not_there), "{keys:?}:\n{text}");
    }
    for key in [Key::Char('q'), Key::Ctrl('q')] {
        assert_eq!(kitchen.press(NOW, key, (80, 22)), Pressed::Quit);
    }
}

#[test]
fn how_old_the_picture_is_is_said_and_nothing_is_taken_for_an_empty_kitchen() {
    let mut waiting = Kitchen::new(None, NOW);
    waiting.wait_for("there is no store at /srv/till/store.db".into());
    assert!(text(&waiting, NOW, (80, 22)).contains("there is no store at /srv"));
    assert!(!text(&waiting, NOW, (80, 22)).contains("Nothing to make"));
    let kitchen = showing(of(Vec::new()));
    // link, what the head says
    for (link, says) in [
        (Link::Live, "LIVE"),
        (Link::Offline, "the register is closed"),
        (Link::Offline, "OFFLINE"),
        (Link::Stale { seconds: 12 }, "STALE 12s"),
        (Link::Stale { seconds: 15 }, "The store does not answer: this is old"),
    ] {
        let seen = rows(&drawn(&kitchen, NOW, link, (80, 22)));
        assert!(seen[0].contains(says), "{}", seen[0]);
        assert!(seen.join("\n").contains("Nothing to make"));
    }
}

#[test]
fn names_are_broken_between_words() {
    // text, cells, indent, rows
    let rows: [(&str, usize, usize, &[&str]); 5] = [
        ("2x Cheeseburger", 19, 3, &["2x Cheeseburger"]),
        ("1x Pizza Margherita with ham", 12, 3, &["1x Pizza", "   Margheri…", "   with ham"]),
        ("  + Extra cheese", 10, 4, &["  + Extra", "    cheese"]),
        ("1x 宫保鸡丁 米饭", 12, 3, &["1x 宫保鸡丁", "   米饭"]),
        ("", 5, 0, &[""]),
    ];
    for (text, width, indent, broken) in rows {
        assert_eq!(wrapped(text, width, indent), broken, "{text}");
    }
}

#[test]
fn what_was_done_is_shown_again_one_after_the_other_and_goes_by_itself() {
    let mut picture = of(vec![ticket(50, 60, vec![line(1, 1, "Fish", LineState::Sent)])]);
    picture.done = vec![done(40), done(39)];
    let mut kitchen = showing(picture);
    // key and how many milliseconds after the last one it is pressed; what is shown; what is not
    let rows: [(Option<Key>, i64, &[&str], &[&str]); 8] = [
        (None, 0, &["T1-0050", "1x Fish", "1 to make"], &["2x Soup", "DONE"]),
        (
            Some(Key::Char('r')),
            0,
            &["T1-0040", "DONE", "OK 2x Soup", "OK 2x Tea", "1x Fish", "1 to make"],
            &["T1-0039 "],
        ),
        (Some(Key::Char('r')), 0, &["T1-0039", "DONE", "OK 2x Soup"], &["T1-0040 "]),
        (Some(Key::Char('r')), 0, &["1x Fish"], &["DONE", "Soup"]),
        (Some(Key::Char('r')), 0, &["DONE"], &[]),
        (None, RECALLED_MS - 1, &["DONE"], &[]),
        (None, 1, &["1x Fish"], &["DONE"]),
        (Some(Key::Char('r')), 0, &["T1-0040"], &["T1-0039 "]),
    ];
    let mut now = NOW;
    for (nth, (key, passed, shown, hidden)) in rows.into_iter().enumerate() {
        now = now.plus_millis(passed);
        key.map(|key| kitchen.press(now, key, (80, 22)));
        // Without the foot, which names what was done.
        let seen = rows_above_foot(&kitchen, now);
        shown.iter().for_each(|part| assert!(seen.contains(part), "{nth}: {part}: {seen}"));
        hidden.iter().for_each(|part| assert!(!seen.contains(part), "{nth}: not {part}: {seen}"));
    }
    kitchen.press(now, Key::Esc, (80, 22));
    assert!(!rows_above_foot(&kitchen, now).contains("DONE"));
    // Of another station nothing is shown.
    kitchen.station = Some("grill".into());
    kitchen.press(now, Key::Char('r'), (80, 22));
    assert!(!rows_above_foot(&kitchen, now).contains("DONE"));
}

fn rows_above_foot(kitchen: &Kitchen, now: Timestamp) -> String {
    let mut seen = rows(&drawn(kitchen, now, Link::Live, (80, 22)));
    seen.pop();
    seen.join("\n")
}

#[test]
fn a_screen_on_its_own_box_says_how_it_stands_to_its_server() {
    let mut kitchen = Kitchen::of_server(None, NOW);
    kitchen.show(of(vec![ticket(41, 60, vec![line(1, 1, "Fish", LineState::Sent)])]), NOW);
    let head = |link, trouble| {
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width: 80, height: 12 });
        let mut scene = Scene::default();
        kitchen.view(NOW, link, trouble, &mut Canvas::new(&mut buffer, &mut scene, Theme::full()));
        rows(&buffer).remove(0)
    };
    // milliseconds since the feed was heard (none: no link), what is known of the trouble, what the head says
    let rows = [
        (Some(0), None, " All stations · 1 to make                                        13:30:00  LIVE"),
        (Some(5_000), None, " All stations · 1 to make                                        13:30:00  LIVE"),
        (Some(5_001), None, " All stations · 1 to make                                    13:30:00  STALE 5s"),
        (Some(12_999), None, " All stations · 1 to make                                   13:30:00  STALE 12s"),
        (Some(15_000), None, " The server is silent: this is old                          13:30:00  STALE 15s"),
        (
            Some(15_000),
            Some("no room"),
            " no room: this is old                                       13:30:00  STALE 15s",
        ),
        (None, None, " All stations · no link to the server                         13:30:00  OFFLINE"),
        (
            None,
            Some("away since noon"),
            " All stations · away since noon                               13:30:00  OFFLINE",
        ),
    ];
    for (silent_ms, trouble, says) in rows {
        let link = silent_ms.map_or(Link::Offline, Link::heard_before);
        assert_eq!(head(link, trouble), says, "{silent_ms:?}");
    }
}

#[test]
fn what_is_sold_out_stands_at_the_head_and_what_is_counted_down_beside_the_tickets() {
    let mut picture = of(vec![ticket(1, 0, vec![line(1, 2, "Soup", LineState::Sent)])]);
    picture.counted = vec![("Cheeseburger".into(), 0), ("Fish".into(), -2), ("Lemon tart".into(), 3)];
    let kitchen = showing(picture);
    let narrow = text(&kitchen, NOW, (80, 22));
    assert!(narrow.starts_with(" All stations · 1 to make    86 Cheeseburger, Fish "), "{narrow}");
    let wide = rows(&drawn(&kitchen, NOW, Link::Live, (110, 22)));
    let panel: Vec<&str> = wide.iter().map(|row| row.get(88..).unwrap_or_default().trim_end()).collect();
    assert_eq!(panel[1..5], [" All day", "  2 Soup", " Left", "  3 Lemon tart"], "{wide:?}");
}
