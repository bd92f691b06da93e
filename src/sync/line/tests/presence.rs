//! Who has an order open: told while it is in hand, forgotten when nothing more is heard, and in nobody's way.

use super::*;

const ORDER: &str = "order_0195b7a1-0000-7000-8000-000000000001";
const OTHER: &str = "order_0195b7a1-0000-7000-8000-000000000002";

fn opens(world: &mut World, who: usize, order: Option<&str>) {
    holds(world, who, order, false);
}

/// An order that was entered at this register is sent, and stays in hand.
fn sends(world: &mut World, who: usize, order: &str) {
    holds(world, who, Some(order), true);
}

fn holds(world: &mut World, who: usize, order: Option<&str>, is_new: bool) {
    let now = world.at(who);
    world.registers[who].line.opens(now, order, is_new);
}

fn seen(world: &World, who: usize) -> String {
    world.registers[who].line.also_open().join(" ")
}

fn calls(world: &World) -> usize {
    world.server.asked.iter().filter(|line| line.contains("_local/presence")).count()
}

#[test]
fn registers_with_one_order_in_hand_hear_of_each_other() {
    let mut world = World::new(3, 31);
    world.advance(2_000);
    opens(&mut world, 0, Some(ORDER));
    world.advance(1_000);
    assert_eq!(seen(&world, 0), "");
    opens(&mut world, 1, Some(ORDER));
    world.advance(1_000);
    assert_eq!(seen(&world, 1), "T0", "whoever comes later sees it at once");
    world.advance(5_000);
    assert_eq!(seen(&world, 0), "T1", "and is seen at the next look");
    opens(&mut world, 2, Some(ORDER));
    world.advance(6_000);
    assert_eq!((seen(&world, 0), seen(&world, 1), seen(&world, 2)), ("T1 T2".into(), "T0 T2".into(), "T0 T1".into()));
    // It holds for as long as they have it, and no longer.
    world.advance(10 * MINUTE);
    assert_eq!(seen(&world, 0), "T1 T2");
    opens(&mut world, 1, Some(OTHER));
    world.advance(6_000);
    assert_eq!((seen(&world, 0), seen(&world, 1)), ("T2".into(), String::new()));
    opens(&mut world, 2, None);
    world.advance(6_000);
    assert_eq!(seen(&world, 0), "");
    let rows = &world.registers[0].vault.log;
    assert!(rows.iter().all(|row| row.lane != "presence"), "it is no work that is logged");
}

#[test]
fn what_a_dead_register_told_is_over_within_half_a_minute_whatever_clocks_show() {
    for skew_ms in [0, -3_600_000, 86_400_000] {
        let mut world = World::new(2, 32);
        world.registers[1].skew_ms = skew_ms;
        world.advance(2_000);
        opens(&mut world, 0, Some(ORDER));
        opens(&mut world, 1, Some(ORDER));
        world.advance(12_000);
        assert_eq!(seen(&world, 0), "T1", "{skew_ms}");
        // Another process stands in its place, with nothing in hand.
        world.restart(1, settings(1));
        world.advance(30_000);
        assert_eq!(seen(&world, 0), "", "{skew_ms}");
        world.advance(5 * MINUTE);
        assert_eq!(seen(&world, 0), "", "what it told is not new again: {skew_ms}");
        let kept = &world.server.locals["orders presence"]["registers"];
        assert!(kept.get("T1").is_none() && kept.get("T0").is_some(), "{kept}");
    }
}

#[test]
fn without_a_line_nobody_is_seen_and_with_it_everybody_again() {
    let mut world = World::new(2, 33);
    world.advance(2_000);
    opens(&mut world, 0, Some(ORDER));
    opens(&mut world, 1, Some(ORDER));
    world.advance(12_000);
    world.wire.is_up = false;
    world.advance(12_000);
    assert!(matches!(link(&world), Link::Offline { .. }));
    assert_eq!((seen(&world, 0), seen(&world, 1)), (String::new(), String::new()));
    world.wire.is_up = true;
    world.advance(40_000);
    assert_eq!((seen(&world, 0), seen(&world, 1)), ("T1".into(), "T0".into()));
}

#[test]
fn it_costs_little_and_nothing_when_no_order_is_in_hand() {
    let mut world = World::new(1, 34);
    world.advance(10 * MINUTE);
    assert_eq!(calls(&world), 0);
    opens(&mut world, 0, Some(ORDER));
    world.advance(MINUTE);
    // A look every four seconds, a word at every third one; and no probe beside them.
    let minute = calls(&world);
    assert!((12..=22).contains(&minute), "{minute}");
    opens(&mut world, 0, None);
    world.advance(10_000);
    let before = calls(&world);
    world.advance(10 * MINUTE);
    assert_eq!(calls(&world), before, "it says so once");
}

#[test]
fn an_order_that_is_sent_and_put_aside_costs_nothing_and_one_that_stays_in_hand_is_told() {
    let mut world = World::new(2, 37);
    world.advance(2_000);
    for nth in 0..20 {
        sends(&mut world, 0, if nth % 2 == 0 { ORDER } else { OTHER });
        world.advance(900);
        opens(&mut world, 0, None);
        world.advance(300);
    }
    world.advance(MINUTE);
    assert_eq!(calls(&world), 0);
    sends(&mut world, 0, ORDER);
    world.advance(1_500);
    assert_eq!(calls(&world), 2, "a look and a word");
    opens(&mut world, 1, Some(ORDER));
    world.advance(500);
    assert_eq!(seen(&world, 1), "T0");
    // Put aside, and another one taken up at once: told together.
    let before = calls(&world);
    opens(&mut world, 0, None);
    world.advance(400);
    opens(&mut world, 0, Some(OTHER));
    world.advance(100);
    assert_eq!(calls(&world), before + 2);
    // However often orders are sent and put aside, that it was put aside is told in time.
    opens(&mut world, 0, None);
    for _ in 0..10 {
        world.advance(300);
        sends(&mut world, 0, ORDER);
        world.advance(300);
        opens(&mut world, 0, None);
    }
    let kept = &world.server.locals["orders presence"]["registers"]["T0"]["order"];
    assert_ne!(kept, OTHER, "it was put aside six seconds ago");
}

#[test]
fn a_server_that_keeps_no_such_documents_troubles_nobody() {
    let mut world = World::new(2, 35);
    world.server.keeps_no_locals = true;
    world.advance(2_000);
    opens(&mut world, 0, Some(ORDER));
    opens(&mut world, 1, Some(ORDER));
    order(&mut world, 0, "thing_1");
    world.advance(2 * MINUTE);
    assert_eq!(seen(&world, 0), "");
    assert_eq!(world.registers[0].vault.row("thing_1").state, "done");
    let failing = world.registers[0].line.state().failing;
    assert!(failing.iter().all(|it| it.lane != LaneName::Presence), "{failing:?}");
}

#[test]
fn what_anybody_may_write_there_harms_nobody() {
    let mut world = World::new(1, 36);
    world.advance(2_000);
    let many: serde_json::Map<String, serde_json::Value> =
        (0..1_000).map(|nth| (format!("X{nth}"), json!({ "order": ORDER, "beat": nth }))).collect();
    for (says, others) in [
        (json!({ "registers": 7 }), 0),
        (json!({ "registers": { "T2": null, "T3": { "order": 5 }, "T4": { "order": ORDER } } }), 1),
        (json!({ "registers": { "x".repeat(5_000): { "order": ORDER, "beat": 1 } } }), 0),
        (json!({ "registers": many }), 100),
    ] {
        opens(&mut world, 0, None);
        world.advance(MINUTE);
        let rev = world.server.locals.get("orders presence").and_then(|it| it.get("_rev")).cloned();
        let mut body = says.clone();
        body["_rev"] = rev.unwrap_or(json!("0-1"));
        world.server.locals.insert("orders presence".into(), body);
        opens(&mut world, 0, Some(ORDER));
        world.advance(2_000);
        assert_eq!(world.registers[0].line.also_open().len(), others, "{}", says.to_string().get(..60).unwrap_or(""));
    }
}

#[test]
fn what_nobody_answers_is_no_success() {
    let mut world = World::new(1, 36);
    world.advance(2_000);
    opens(&mut world, 0, Some(ORDER));
    world.advance(1_000);
    world.wire.only_health = true;
    // What was under way comes to its end.
    world.advance(40_000);
    let before = world.registers[0].line.state().last_success;
    world.advance(3 * MINUTE);
    assert_eq!(world.registers[0].line.state().last_success, before);
}
