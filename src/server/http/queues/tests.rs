//! Who is next, who does not wait at all, and how often orders that come at once are decided.

use super::*;
use crate::domain::Menu;
use crate::domain::menu::fixtures;
use crate::server::auth::{Bearer, Keys};
use crate::server::central::conformance::{Lasting, on_each_central, wait};
use crate::server::http::answering::let_in;
use crate::server::http::door::Door;
use crate::server::http::metrics::metrics;
use crate::server::http::{Limits, alone};
use crate::server::replica::tests::{dice, now, sent};
use crate::server::{CentralDatabase, Replica, Role, Scope};
use axum::extract::State;
use http_body_util::BodyExt;
use serde_json::Value;
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

on_each_central! {
    who_waits_has_no_turn_with_the_database_and_may_go_away,
    orders_that_come_at_once_are_decided_once,
    what_two_servers_are_handed_at_once_is_accepted_once,
}

fn looks(asked: &mut (impl Future<Output = Result<Front, No>> + Unpin)) -> Option<Front> {
    match Pin::new(asked).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(front) => Some(front.unwrap_or_else(|no| panic!("{:?}", no.problem))),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn who_came_first_is_first_and_who_goes_away_keeps_nobody_waiting() {
    let (queues, here) = (Queues::new(10_000), LocationId::from("L1"));
    let first = queues.front(&here).await.unwrap_or_else(|no| panic!("{:?}", no.problem));
    let mut second = Box::pin(queues.front(&here));
    let mut gone = Box::pin(queues.front(&here));
    let mut third = Box::pin(queues.front(&here));
    assert!(looks(&mut second).is_none() && looks(&mut gone).is_none() && looks(&mut third).is_none());
    drop(first);
    assert!(looks(&mut third).is_none(), "the second is before him");
    let held = looks(&mut second).unwrap();
    assert!(looks(&mut third).is_none() && looks(&mut gone).is_none());
    drop(gone);
    drop(held);
    assert!(looks(&mut third).is_some());
}

#[tokio::test]
async fn another_location_does_not_wait_and_those_without_orders_are_forgotten() {
    let queues = Queues::new(10_000);
    let name = |nth: usize| LocationId(format!("L{nth}"));
    let mut held = Vec::new();
    for nth in 0..20 {
        held.push(queues.front(&name(nth)).await.unwrap_or_else(|no| panic!("{:?}", no.problem)));
    }
    assert_eq!(queues.of.lock().unwrap().len(), 20);
    drop(held);
    drop(queues.front(&name(20)).await);
    assert_eq!(queues.of.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let (queues, here) = (Queues::new(20), LocationId::from("L1"));
    let held = queues.front(&here).await;
    let no = queues.front(&here).await.expect_err("somebody is before him");
    assert_eq!((no.problem.status, no.problem.code.as_str(), no.retry_after_s), (503, "busy", Some(QUEUE_S)));
    drop(held);
    assert!(queues.front(&here).await.is_ok(), "who gave up is in nobody's way");
}

/// Orders that come at once.
const ORDERS: u8 = 40;

fn scope(role: Role) -> Scope {
    Scope { location_id: "L1".into(), role }
}

/// Doors to so many servers over one database, which has a menu.
fn doors(count: u64) -> Vec<Arc<Door<CentralDatabase>>> {
    let lasting = Lasting::new();
    let open = |nth: u64| {
        let replica = Replica::new(lasting.open(&mut dice(nth)), Default::default());
        let (keys, thrown) = (Keys::new(&[[9; 32]]).unwrap(), AtomicU64::new(nth << 16));
        // Each request has dice of its own.
        let dice = move || dice(thrown.fetch_add(1, Ordering::Relaxed));
        Arc::new(Door::new(replica, keys, Box::new(now), Box::new(dice), alone().0, Limits::default()))
    };
    let doors: Vec<_> = (1..=count).map(open).collect();
    let menu = Menu::assemble(fixtures::parts()).unwrap();
    wait(doors[0].replica.import_menu(&scope(Role::Admin), &menu, now(), &mut dice(0))).unwrap();
    doors
}

/// Hands in an order, and answers with its number.
async fn hands_in(door: Arc<Door<CentralDatabase>>, nth: u8) -> u64 {
    let role = Role::Register("T1".into());
    let bearer = Bearer { scope: scope(role), name: "T1".into(), generation: 1 };
    let body = sent(nth).1.to_string().into_bytes();
    let asked = http::Request::post("/api/v1/orders/create").body(body).unwrap();
    let answer = let_in(&door, bearer, asked).await.unwrap_or_else(|no| panic!("{:?}", no.problem));
    let status = answer.status();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&text));
    let said: Value = serde_json::from_slice(&text).unwrap();
    said["order_number"].as_str().unwrap().parse().unwrap()
}

/// Hands in all orders at once, to the doors in turn; answers with the numbers that they got.
fn all_at_once(doors: &[Arc<Door<CentralDatabase>>]) -> BTreeSet<u64> {
    let doors = doors.to_vec();
    wait(async move {
        let asks: Vec<_> = (0..ORDERS)
            .map(|nth| tokio::spawn(hands_in(Arc::clone(&doors[usize::from(nth) % doors.len()]), nth)))
            .collect();
        let mut numbers = BTreeSet::new();
        for asked in asks {
            numbers.insert(asked.await.unwrap());
        }
        numbers
    })
}

/// How many batches came to this.
fn batches(door: &Arc<Door<CentralDatabase>>, outcome: &str) -> u64 {
    let told = wait(async { metrics(State(Arc::clone(door))).await.into_body().collect().await.unwrap().to_bytes() });
    let (text, name) =
        (String::from_utf8(told.to_vec()).unwrap(), format!("comanda_batches_total{{outcome=\"{outcome}\"}} "));
    text.lines().find_map(|line| line.strip_prefix(&name)).unwrap().parse().unwrap()
}

fn who_waits_has_no_turn_with_the_database_and_may_go_away() {
    let doors = doors(1);
    wait(async {
        let door = &doors[0];
        let held = door.queues.front(&"L1".into()).await;
        let mut waiting: Vec<_> = (0..8).map(|nth| Box::pin(hands_in(Arc::clone(door), nth))).collect();
        let mut look = Context::from_waker(Waker::noop());
        assert!(waiting.iter_mut().all(|asked| asked.as_mut().poll(&mut look).is_pending()));
        drop(door.all_turns().await);
        let mut last = waiting.split_off(7);
        assert!(last[0].as_mut().poll(&mut look).is_pending());
        drop(waiting);
        drop(held);
        assert_eq!(last.remove(0).await, 1, "those who went away handed in nothing");
    });
}

fn orders_that_come_at_once_are_decided_once() {
    let doors = doors(1);
    let before = batches(&doors[0], "done");
    assert_eq!(all_at_once(&doors), (1..=u64::from(ORDERS)).collect());
    assert_eq!((batches(&doors[0], "done") - before, batches(&doors[0], "moved")), (u64::from(ORDERS), 0));
}

fn what_two_servers_are_handed_at_once_is_accepted_once() {
    assert_eq!(all_at_once(&doors(2)), (1..=u64::from(ORDERS)).collect());
}
