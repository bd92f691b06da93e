//! Rules of the guests' screen, on pictures made by hand. Pictures of a register's own store are drawn in `tests/it`.

use super::*;
use crate::domain::LocalNumber;
use crate::domain::id::Entropy;
use crate::tui::display::PAGE_MS;
use crate::tui::large::SCALES;
use crate::tui::scene::Scene;
use crate::tui::theme::{Mode, Theme};
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

const NOW: Timestamp = Timestamp { unix_ms: 1_773_491_400_000, offset_min: 60 };

/// An order that has been in its stage for so many seconds.
fn order(number: u32, stage: Stage, for_s: i64) -> PickupOrder {
    let mut dice = Entropy::new(|bytes| bytes.fill(7));
    PickupOrder {
        order_id: OrderId::fresh(NOW.plus_millis(i64::from(number)), &mut dice),
        local_number: LocalNumber(format!("T1-{number:04}")),
        stage,
        since: NOW.plus_millis(-1000 * for_s),
    }
}

fn of(preparing: &[u32], ready: &[u32]) -> Picture {
    let prepared = preparing.iter().map(|&number| order(number, Stage::Preparing, 60));
    // The greater its number, the later it was ready.
    let ready = ready.iter().map(|&number| order(number, Stage::Ready, 600 - i64::from(number)));
    Picture { orders: prepared.chain(ready).collect() }
}

fn showing(picture: Picture) -> Pickup {
    let mut screen = Pickup::new(NOW);
    assert!(!screen.show(picture, NOW), "what was there before rings no bell");
    screen
}

fn drawn(screen: &Pickup, now: Timestamp, link: Link, mode: Mode, (width, height): (u16, u16)) -> (Buffer, Scene) {
    let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
    let mut scene = Scene::default();
    screen.view(now, link, None, &mut Canvas::new(&mut buffer, &mut scene, Theme::of(mode)));
    (buffer, scene)
}

fn rows(buffer: &Buffer) -> Vec<String> {
    let row = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..buffer.area.height).map(|y| row(y).trim_end().to_owned()).collect()
}

fn seen(screen: &Pickup, now: Timestamp, size: (u16, u16)) -> Vec<String> {
    rows(&drawn(screen, now, Link::Live, Mode::FULL, size).0)
}

#[test]
fn small_windows_show_text_and_larger_ones_large_numbers() {
    let screen = showing(of(&[3, 4], &[1, 2]));
    let text = seen(&screen, NOW, (40, 12));
    let expected = [
        "     PREPARING             READY",
        "",
        " T1-0003  T1-0004    T1-0002   T1-0001",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "                         13:30:00  LIVE",
    ];
    assert_eq!(text, expected, "\n{}", text.join("\n"));
    let large = seen(&screen, NOW, (80, 24));
    let expected = [
        "               PREPARING                                 READY",
        "",
        "      ███  █     ███ ███ ███ ███               ███  █     ███ ███ ███ ███",
        "       █  ██     █ █ █ █ █ █   █                █  ██     █ █ █ █ █ █   █",
        "       █   █  ██ █ █ █ █ █ █ ███                █   █  ██ █ █ █ █ █ █ ███",
        "       █   █     █ █ █ █ █ █   █                █   █     █ █ █ █ █ █ █",
        "       █  ███    ███ ███ ███ ███                █  ███    ███ ███ ███ ███",
        "",
        "      ███  █     ███ ███ ███ █ █               ███  █     ███ ███ ███  █",
        "       █  ██     █ █ █ █ █ █ █ █                █  ██     █ █ █ █ █ █ ██",
        "       █   █  ██ █ █ █ █ █ █ ███                █   █  ██ █ █ █ █ █ █  █",
        "       █   █     █ █ █ █ █ █   █                █   █     █ █ █ █ █ █  █",
        "       █  ███    ███ ███ ███   █                █  ███    ███ ███ ███ ███",
    ];
    assert_eq!(large[..13], expected, "\n{}", large.join("\n"));
}

#[test]
fn numbers_are_as_large_as_all_of_them_fit() {
    let numbers: Vec<String> = (1..=60).map(|number| format!("T1-{number:04}")).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    // columns and rows of a half, how many numbers, columns of a block (0 = text), pages
    let rows = [
        ((39, 21), 1, 1, 1),
        ((39, 21), 3, 1, 1),
        ((39, 21), 4, 1, 2),
        ((39, 21), 9, 1, 4),
        // More would take too long to come round.
        ((39, 21), 10, 0, 1),
        ((39, 21), 60, 0, 1),
        ((19, 9), 1, 0, 1),
        ((19, 9), 18, 0, 1),
        ((19, 9), 19, 0, 2),
        ((59, 31), 3, 2, 1),
        ((59, 31), 5, 2, 1),
        ((59, 31), 6, 1, 1),
        ((59, 31), 10, 1, 1),
        ((99, 51), 4, 2, 1),
        ((119, 51), 4, 4, 1),
        ((180, 90), 4, 6, 1),
        ((19, 1), 5, 0, 4),
        ((5, 1), 2, 0, 2),
    ];
    for ((width, height), count, block, pages) in rows {
        let area = Rect { x: 3, y: 2, width, height };
        let sheet = Sheet::of(&numbers[..count], area, Held::Last);
        let found = (sheet.scale.map_or(0, |scale| scale.columns), sheet.pages());
        assert_eq!(found, (block, pages), "{count} numbers in {width}x{height}");
        for page in 0..pages {
            let spots = sheet.page(page);
            assert!(spots.iter().all(|(_, spot)| area.intersection(*spot) == *spot), "{count} in {width}x{height}");
            assert!(spots.len() < 2 || spots.iter().any(|(nth, _)| *nth == count - 1), "{count} in {width}x{height}");
        }
        let all: std::collections::BTreeSet<usize> =
            (0..pages).flat_map(|page| sheet.page(page)).map(|(nth, _)| nth).collect();
        assert_eq!(all.len(), count, "all {count} come round in {width}x{height}");
    }
    let stranger = Sheet::of(&["T1-0001", "A/7"], Rect { x: 0, y: 0, width: 59, height: 31 }, Held::First);
    assert_eq!(stranger.scale, None, "there are no blocks for it");
}

#[test]
fn pages_turn_and_the_oldest_stays_on_all_of_them() {
    let all: Vec<u32> = (1..=20).collect();
    let mut screen = showing(of(&all, &all));
    let size = (24, 9);
    let numbers = |screen: &Pickup, now| {
        let [left, right] = [0..11, 12..24].map(|columns| {
            let rows = seen(screen, now, size);
            let part = |row: &String| row.chars().skip(columns.start).take(columns.len()).collect::<String>();
            let rows = rows.iter().skip(1).take(7).map(part).collect::<Vec<_>>().join(" ");
            let numbers = rows.split_whitespace().filter_map(|word| word.strip_prefix("T1-"));
            numbers.map(|number| number.parse::<u32>().unwrap()).collect::<Vec<_>>()
        });
        (left, right)
    };
    // seconds, what is prepared, what is ready
    let rows: [(i64, &[u32], &[u32]); 5] = [
        (0, &[1, 2, 3, 4, 5, 6], &[20, 19, 18, 17, 16, 1]),
        (8, &[1, 7, 8, 9, 10, 11], &[15, 14, 13, 12, 11, 1]),
        (16, &[1, 12, 13, 14, 15, 16], &[10, 9, 8, 7, 6, 1]),
        (24, &[1, 17, 18, 19, 20], &[5, 4, 3, 2, 1]),
        (32, &[1, 2, 3, 4, 5, 6], &[20, 19, 18, 17, 16, 1]),
    ];
    for (after_s, preparing, ready) in rows {
        let (left, right) = numbers(&screen, NOW.plus_millis(after_s * 1000));
        assert_eq!((left.as_slice(), right.as_slice()), (preparing, ready), "{after_s}");
    }
    assert!(seen(&screen, NOW.plus_millis(PAGE_MS), size)[0].contains("2/4"));
    // Somebody turns back; then something becomes ready, and is seen at once.
    assert_eq!(screen.press(NOW, Key::Left, size), Pressed::Stay);
    assert_eq!(numbers(&screen, NOW.plus_millis(PAGE_MS)).1, [5, 4, 3, 2, 1]);
    screen.press(NOW, Key::PageDown, size);
    assert_eq!(numbers(&screen, NOW).1[0], 20);
    screen.press(NOW, Key::Right, size);
    let now = NOW.plus_millis(9_000);
    assert!(screen.show(of(&all[..19], &(1..=21).collect::<Vec<_>>()), now));
    assert_eq!(numbers(&screen, now).1[0], 21);
}

#[test]
fn what_becomes_ready_rings_once_and_is_reversed_for_some_seconds() {
    let mut screen = showing(of(&[2, 3], &[1]));
    let ready_at = NOW.plus_millis(1_000);
    let style_of = |screen: &Pickup, now, mode, nth: usize| {
        let (buffer, scene) = drawn(screen, now, Link::Live, mode, (80, 24));
        let (_, ready) = scene.regions.iter().find(|(name, _)| *name == "ready").copied().unwrap();
        let cell = buffer[(ready.x, ready.y + 2 + 6 * nth as u16)].clone();
        (cell.fg, cell.bg, cell.modifier.contains(Modifier::REVERSED))
    };
    assert!(!screen.show(of(&[2, 3, 4], &[1]), ready_at), "what is ordered rings no bell");
    assert!(screen.show(of(&[3, 4], &[1, 2]), ready_at));
    assert!(!screen.show(of(&[3, 4], &[1, 2]), ready_at.plus_millis(1)), "nothing new");
    for (name, mode) in Mode::NAMED {
        let [fresh, old] = [0, 1].map(|nth| style_of(&screen, ready_at.plus_millis(FLASH_MS - 1), mode, nth));
        assert_ne!(fresh, old, "{name}");
        assert_eq!(style_of(&screen, ready_at.plus_millis(FLASH_MS), mode, 0), old, "{name}");
    }
    // More is ordered with it: it is prepared again, and rings when that is ready.
    let later = ready_at.plus_millis(60_000);
    assert!(!screen.show(of(&[2, 3, 4], &[1]), later));
    assert!(screen.show(of(&[3, 4], &[1, 2]), later.plus_millis(1)));
    // What is fetched leaves without a sound.
    assert!(!screen.show(of(&[3, 4], &[2]), later.plus_millis(2)));
}

#[test]
fn guests_are_told_when_what_they_see_is_old() {
    let screen = showing(of(&[2], &[1]));
    let own = Pickup { away: Pickup::of_server(NOW).away, ..showing(of(&[2], &[1])) };
    let foot = |screen: &Pickup, link, trouble| {
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width: 80, height: 24 });
        let mut scene = Scene::default();
        screen.view(NOW, link, trouble, &mut Canvas::new(&mut buffer, &mut scene, Theme::full()));
        rows(&buffer).pop().unwrap_or_default()
    };
    let old = " Please ask at the counter ·";
    let rows = [
        (&screen, Link::Live, None, "                                                                 13:30:00  LIVE"),
        (&screen, Link::Stale { seconds: 14 }, None, "              13:30:00  STALE 14s"),
        (&screen, Link::Stale { seconds: 15 }, None, " this is old "),
        (&screen, Link::Stale { seconds: 15 }, Some("no room"), " no room "),
        (&screen, Link::Offline, None, " the register is closed "),
        (&own, Link::Offline, None, " no link to the server "),
        (&own, Link::Offline, Some("away since noon"), " away since noon "),
    ];
    for (screen, link, trouble, says) in rows {
        let told = foot(screen, link, trouble);
        assert!(told.contains(says), "{link:?} {trouble:?}: {told}");
        assert_eq!(told.starts_with(old), says.len() < 25, "{told}");
        assert!(seen(screen, NOW, (80, 24)).join("").contains("█"), "what was ready stays ready");
    }
}

#[test]
fn whatever_the_window_it_is_drawn_and_before_there_is_a_store_it_says_why() {
    let mut waiting = Pickup::new(NOW);
    waiting.wait_for("there is no store at /srv/till/store.db".into());
    assert!(seen(&waiting, NOW, (80, 24)).join(" ").contains("there is no store at /srv"));
    let all: Vec<u32> = (1..=40).collect();
    let screens = [showing(of(&[], &[])), showing(of(&all, &all)), showing(of(&[1], &[2])), waiting];
    for (screen, (width, height)) in screens.iter().flat_map(|screen| {
        [(1, 1), (23, 6), (24, 5), (24, 6), (40, 12), (66, 20), (80, 24), (80, 40), (120, 40), (200, 60), (400, 99)]
            .map(|size| (screen, size))
    }) {
        for (_, mode) in Mode::NAMED {
            let (buffer, _) = drawn(screen, NOW, Link::Offline, mode, (width, height));
            let text = rows(&buffer).join("\n");
            assert_eq!(text.contains("Make it 24x6"), width > 12 && (width < 24 || height < 6), "{width}x{height}");
        }
    }
    // Titles are read from across the room, too.
    let tall = seen(&showing(of(&[1], &[2])), NOW, (120, 40)).join("\n");
    assert!(!tall.contains("READY"), "{tall}");
    assert_eq!(SCALES.map(|scale| scale.rows), [3, 2, 1, 1]);
}

#[test]
fn nothing_but_pages_and_leaving_answers_to_a_key() {
    let all: Vec<u32> = (1..=40).collect();
    let mut screen = showing(of(&all, &all));
    let before = format!("{screen:?}");
    let typed = ('!'..='~').filter(|letter| !['q', 'Q'].contains(letter)).map(Key::Char);
    let others = [Key::Enter, Key::Esc, Key::Backspace, Key::Delete, Key::Tab, Key::BackTab, Key::Up, Key::Home];
    for key in typed.chain(others).chain((1..=12).map(Key::F)) {
        assert_eq!(screen.press(NOW, key, (80, 24)), Pressed::Stay);
    }
    assert_eq!(format!("{screen:?}"), before);
    for key in [Key::Char('q'), Key::Char('Q'), Key::Ctrl('q')] {
        assert_eq!(screen.press(NOW, key, (80, 24)), Pressed::Quit);
    }
}
