//! Poor conditions: servers that break over a document, slow lines, disks that fill up, power that fails.

use super::world::{World, settings};
use super::*;
use crate::sync::wire::client;

fn lost(world: &World, who: usize) -> bool {
    world.registers[who].news.iter().any(|news| matches!(news, News::Lost { .. }))
}

#[test]
fn what_a_power_cut_took_back_is_pulled_again() {
    let mut world = World::new(2, 31);
    world.registers[1].vault.write("thing_1", json!(1));
    world.advance(10_000);
    let medium = world.registers[0].vault.clone();
    assert!(medium.shelf.trees.contains_key("thing_1"));
    for nth in 2..5 {
        world.registers[1].vault.write(&format!("thing_{nth}"), json!(nth));
        world.changed(1);
        world.advance(10_000);
    }
    // What was pulled is gone, and the server has heard already how far it had come.
    world.registers[0].vault = medium;
    world.restart(0, settings(0));
    world.advance(2 * MINUTE);
    for id in ["thing_1", "thing_2", "thing_3", "thing_4"] {
        assert!(is_everywhere(&world, id), "{id}");
    }
}

#[test]
fn what_came_back_without_its_rest_is_pulled_from_the_beginning() {
    let mut world = World::new(2, 35);
    let brought = |world: &mut World, id: &str| {
        world.registers[1].vault.write(id, json!(1));
        world.changed(1);
        world.advance(10_000);
        world.registers[0].vault.shelf.trees.contains_key(id)
    };
    assert!(brought(&mut world, "thing_1"));
    let shelf = &mut world.registers[0].vault.shelf;
    shelf.trees.remove("thing_1");
    shelf.seqs.remove("thing_1");
    assert!(brought(&mut world, "thing_2"));
    assert!(!world.registers[0].vault.shelf.trees.contains_key("thing_1"), "what is pulled once is not pulled again");
    world.registers[0].vault.lacks_some = true;
    assert!(brought(&mut world, "thing_3"));
    assert!(world.registers[0].vault.shelf.trees.contains_key("thing_1"));
    world.advance(2 * MINUTE);
    assert_eq!(world.registers[0].line.state().failing, []);
}

#[test]
fn a_full_disk_shows() {
    let mut world = World::new(1, 32);
    world.advance(5_000);
    world.registers[0].vault.full_for = 1_000_000;
    order(&mut world, 0, "thing_1");
    world.advance(MINUTE);
    let failing = world.registers[0].line.state().failing;
    assert!(failing.iter().any(|it| it.lane == LaneName::Orders && it.why.contains("the disk is full")), "{failing:?}");
    assert!(world.registers[0].news.iter().any(|it| matches!(it, News::Failing { lane: LaneName::Orders, .. })));
    assert!(world.registers[0].vault.log.iter().any(|row| row.lane == "orders" && !row.success));
    world.registers[0].vault.full_for = 0;
    world.advance(6 * MINUTE);
    assert_eq!(world.registers[0].line.state().failing, []);
    assert_eq!(world.registers[0].vault.row("thing_1").state, "done");
}

#[test]
fn a_damaged_record_blocks_nothing() {
    let mut world = World::new(1, 33);
    world.registers[0].vault.damaged.insert("thing_1".into());
    order(&mut world, 0, "thing_1");
    order(&mut world, 0, "thing_2");
    world.advance(10_000);
    let vault = &world.registers[0].vault;
    assert_eq!((vault.row("thing_1").state, vault.row("thing_2").state), ("queued", "done"));
    assert!(vault.row("thing_1").submission.failures > 0);
}

#[test]
fn a_slow_line_carries_less_at_once() {
    let mut world = World::new(1, 34);
    world.wire.bytes_max = Some(3_000);
    for nth in 0..20 {
        world.registers[0].vault.write(&format!("thing_{nth}"), json!("x".repeat(300)));
    }
    world.advance(15 * MINUTE);
    assert_eq!(world.server.shelf.trees.len(), 20);
    assert_eq!(world.registers[0].vault.refused, []);
}

#[test]
fn a_document_over_which_the_server_breaks_holds_up_no_other() {
    let mut world = World::new(1, 35);
    world.server.indigestible.insert("thing_3".into());
    for nth in 0..6 {
        world.registers[0].vault.write(&format!("thing_{nth}"), json!(nth));
    }
    world.advance(40 * MINUTE);
    let vault = &world.registers[0].vault;
    assert_eq!(world.server.shelf.trees.len(), 5);
    assert_eq!((vault.refused.len(), vault.refused[0].doc_id.as_str()), (1, "thing_3"));
    assert!(vault.refused[0].reason.contains("it broke over thing_3"), "{:?}", vault.refused);
    assert_eq!(world.registers[0].line.state().failing, []);
}

#[test]
fn a_server_that_can_write_nothing_refuses_nothing() {
    let mut world = World::new(1, 36);
    for nth in 0..6 {
        let id = format!("thing_{nth}");
        world.registers[0].vault.write(&id, json!(nth));
        world.server.indigestible.insert(id);
    }
    world.server.keeps_no_locals = true;
    world.advance(60 * MINUTE);
    assert_eq!(world.registers[0].vault.refused, []);
    world.server.indigestible.clear();
    world.server.keeps_no_locals = false;
    world.advance(6 * MINUTE);
    assert_eq!(world.server.shelf.trees.len(), 6);
    assert_eq!(world.registers[0].vault.refused, []);
}

#[test]
fn a_document_that_never_comes_holds_up_no_other() {
    let mut world = World::new(2, 37);
    world.wire.delay_ms = 1;
    for nth in 0..3 {
        world.registers[1].vault.write(&format!("thing_{nth}"), json!(nth));
    }
    world.server.left_out.insert("thing_1".into());
    world.advance(30_000);
    assert!((0..3).all(|nth| is_everywhere(&world, &format!("thing_{nth}"))), "it is asked for by itself");
}

#[test]
fn a_database_that_hangs_behind_a_healthy_server_is_no_lost_link() {
    let mut world = World::new(1, 38);
    world.advance(20_000);
    world.wire.only_health = true;
    world.changed(0);
    world.advance(3 * MINUTE);
    assert!(!lost(&world, 0), "{:?}", world.registers[0].news);
    let state = world.registers[0].line.state();
    assert!(matches!(state.link, Link::Online { .. }));
    assert!(!state.failing.is_empty());
}

#[test]
fn a_clock_that_jumps_ahead_is_no_lost_link() {
    let mut world = World::new(1, 39);
    world.advance(20_000);
    world.registers[0].skew_ms = 36_000;
    world.advance(MINUTE);
    assert!(!lost(&world, 0), "{:?}", world.registers[0].news);
}

#[test]
fn many_orders_do_not_keep_documents_waiting_for_long() {
    let mut world = World::new(1, 40);
    world.wire.is_up = false;
    world.advance(10_000);
    for nth in 0..200 {
        order(&mut world, 0, &format!("thing_{nth}"));
    }
    (world.wire.is_up, world.wire.delay_ms) = (true, 1_000);
    while !matches!(link(&world), Link::Online { .. }) {
        world.advance(1_000);
    }
    world.advance(20_000);
    assert!(world.server.accepted.len() > 5, "orders go first");
    assert_eq!(world.registers[0].vault.row("thing_199").state, "queued");
    assert!(world.server.asked.iter().any(|line| line.contains("_changes")));
}

#[test]
fn a_refusal_that_names_another_revision_is_one() {
    let mut world = World::new(1, 41);
    world.server.forbidden.insert("thing_1".into());
    world.server.mistakes_revisions = true;
    world.registers[0].vault.write("thing_1", json!(1));
    world.registers[0].vault.write("thing_2", json!(2));
    world.advance(10_000);
    let vault = &world.registers[0].vault;
    assert_eq!((vault.refused.len(), vault.confirmed.len()), (1, 1));
}

#[test]
fn what_the_server_keeps_but_doubts_is_there_and_goes_to_a_manager() {
    let mut world = World::new(1, 42);
    world.server.doubtful.insert("thing_1".into());
    world.registers[0].vault.write("thing_1", json!(1));
    world.advance(10_000);
    let register = &world.registers[0];
    assert_eq!((register.vault.refused.len(), register.vault.confirmed.len()), (0, 1));
    let why = "kept, but not in the books: subtotal".to_owned();
    assert!(register.news.contains(&News::Review { doc_id: "thing_1".into(), why }));
    // Another document says nothing about it, its own next version does.
    world.server.doubtful.clear();
    world.registers[0].vault.write("thing_2", json!(1));
    world.changed(0);
    world.advance(10_000);
    assert_eq!(world.registers[0].vault.doubted.keys().collect::<Vec<_>>(), ["thing_1"]);
    world.registers[0].vault.write("thing_1", json!(2));
    world.changed(0);
    world.advance(10_000);
    assert!(world.registers[0].vault.doubted.is_empty());
}

#[test]
fn nothing_counts_as_taken_because_somebody_else_says_so() {
    // what a stranger answers everything with, in the middle of a day
    for body in ["{}", "[]", r#"{"ok":true}"#, r#"{"thing_1":{}}"#, "<html>Sign in</html>"] {
        let mut world = World::new(2, 43);
        world.advance(20_000);
        world.server.only = Some((200, body.into()));
        world.registers[0].vault.write("thing_1", json!(1));
        world.changed(0);
        world.advance(1_000);
        world.server.only = None;
        world.advance(2 * MINUTE);
        assert!(is_everywhere(&world, "thing_1"), "{body}");
        assert_eq!(world.registers[0].vault.confirmed.len(), 1, "{body}");
    }
}

/// A server that has one leaf of a quarrel, and the register that settled it: the other leaf went on, and this one
/// ended.
fn settled(seed: u64) -> World {
    let mut world = World::new(1, seed);
    world.registers[0].vault.write("thing_1", json!(1));
    world.changed(0);
    world.advance(20_000);
    let mut elsewhere = world.registers[0].vault.clone();
    let theirs = elsewhere.write("thing_1", json!("theirs"));
    world.server.shelf.graft(&theirs);
    let vault = &mut world.registers[0].vault;
    vault.write("thing_1", json!("ours"));
    vault.shelf.graft(&theirs);
    vault.write("thing_1", json!("both"));
    vault.write("thing_1", json!("both"));
    vault.end("thing_1", theirs.revision());
    world.changed(0);
    world
}

fn lives_at_the_server(world: &World) -> bool {
    world.server.shelf.trees["thing_1"].winner().is_some_and(|winner| !winner.deleted)
}

#[test]
fn the_end_of_a_leaf_does_not_go_without_what_it_was_settled_into() {
    let mut world = settled(44);
    let diffs = |world: &World| world.server.asked.iter().filter(|line| line.contains("_revs_diff")).count();
    let before = diffs(&world);
    let mut was_edited = false;
    for _ in 0..5_000 {
        world.advance(1);
        assert!(lives_at_the_server(&world));
        // The server has just said what it lacks, and the register has not heard it yet.
        if diffs(&world) > before && !was_edited {
            was_edited = true;
            world.registers[0].vault.write("thing_1", json!("edited"));
            world.changed(0);
        }
    }
    assert!(was_edited);
    world.advance(MINUTE);
    assert!(is_everywhere(&world, "thing_1"));
}

#[test]
fn the_end_of_a_leaf_stays_behind_with_what_is_too_large() {
    let mut world = settled(45);
    world.server.bytes_max = Some(1_000);
    world.registers[0].vault.write("thing_1", json!("x".repeat(2_000)));
    world.registers[0].vault.write("thing_2", json!(2));
    world.advance(MINUTE);
    assert!(lives_at_the_server(&world));
    let refused: Vec<&str> = world.registers[0].vault.refused.iter().map(|it| it.doc_id.as_str()).collect();
    assert_eq!(refused, ["thing_1", "thing_1"], "what lives, and the end of the other");
    assert!(is_everywhere(&world, "thing_2"));
}

#[test]
fn secrets_do_not_show_and_endless_sequences_are_no_answer() {
    let request = Request::Token { register_id: "T1".into(), secret: "hush".into() };
    assert!(!format!("{request:?}").contains("hush"));
    let changes = Request::Changes { database: Database::Orders, since: None, limit: 1, wait_ms: None };
    for (long, is_read) in [(16 * 1024, true), (16 * 1024 + 1, false)] {
        let body = json!({ "results": [], "last_seq": "%".repeat(long), "pending": 0 }).to_string();
        let told = client::read(&changes, &Response::new(body.into_bytes()));
        assert_eq!(told.is_ok(), is_read, "{long}");
    }
}

#[test]
fn a_feed_that_failed_is_well_as_soon_as_it_works_again() {
    let mut world = World::new(1, 46);
    world.advance(20_000);
    world.server.has_no_feed = true;
    world.advance(40_000);
    let failing = |world: &World| world.registers[0].line.state().failing.len();
    assert_eq!(failing(&world), 2, "orders and customers");
    world.server.has_no_feed = false;
    // No longer than the longest wait after so many failures; a long poll would be 25 s more.
    world.advance(17_000);
    assert_eq!(failing(&world), 0);
}

#[test]
fn what_was_asked_to_wait_long_goes_when_the_link_is_back() {
    let mut world = World::new(1, 47);
    world.advance(20_000);
    world.server.only = Some((503, "<html>Maintenance</html>".into()));
    world.server.retry_after = Some("3600");
    order(&mut world, 0, "thing_1");
    world.advance(60_000);
    assert!(matches!(link(&world), Link::Offline { .. }));
    let row = world.registers[0].vault.row("thing_1");
    assert!(row.submission.failures > 0 && row.not_before.is_some(), "it was asked to wait");
    world.server.only = None;
    world.advance(30_000);
    assert_eq!(world.registers[0].vault.row("thing_1").state, "done");
}

#[test]
fn a_no_is_no_success() {
    let mut world = World::new(1, 48);
    world.server.rejected.insert("thing_1".into());
    world.advance(20_000);
    let last = |world: &World| world.registers[0].line.state().last_success;
    let before = last(&world);
    world.registers[0].vault.queue(local_end::Lane::Orders, "thing_1", None);
    world.registers[0].line.changed();
    world.advance(200);
    assert_eq!(world.registers[0].vault.row("thing_1").submission.rejections, 1);
    assert_eq!(last(&world), before);
}
