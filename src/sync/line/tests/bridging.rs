//! A line between two ends that both keep documents, as a bridge has it.

use super::world::{World, settings};
use super::*;

fn bridging(world: &mut World) {
    world.restart(0, settings(0));
    world.registers[0].line = Line::bridging(settings(0));
}

#[test]
fn a_bridge_moves_documents_both_ways_and_notes_how_far_it_came_before_it_leaves() {
    let mut world = World::new(2, 61);
    bridging(&mut world);
    for who in [0, 1] {
        world.registers[who].vault.write(&format!("thing_{who}"), json!(who));
        world.changed(who);
    }
    world.advance(3_000);
    assert!(is_everywhere(&world, "thing_0") && is_everywhere(&world, "thing_1"));
    let line = &mut world.registers[0].line;
    assert_eq!(line.state().failing, []);
    assert!(line.is_settled() && line.is_caught_up() && !line.is_noted(), "the feed is waited at");
    line.note_at_once();
    world.advance(500);
    let line = &world.registers[0].line;
    assert!(line.is_settled() && line.is_caught_up() && line.is_noted());
    // Whoever begins again goes on from there: nothing of it is looked at again.
    bridging(&mut world);
    world.registers[0].news.clear();
    world.advance(3_000);
    assert_eq!(world.registers[0].news, [News::Reached]);
    assert!(world.registers[0].line.is_noted(), "no row that is known was read");
    // And it follows.
    world.registers[1].vault.write("thing_2", json!(2));
    world.changed(1);
    world.advance(1_000);
    assert!(is_everywhere(&world, "thing_2"));
}
