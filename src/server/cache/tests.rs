//! What comes from a shared cache is right, or it is not used.

use super::limits::{MENUS_KEPT, SHARED_BYTES_MAX};
use super::*;
use crate::document::Database;
use crate::server::central::Place;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

/// A shared cache that is a map.
#[derive(Clone, Default)]
struct Map(Arc<Mutex<(HashMap<String, Vec<u8>>, Vec<Vec<u8>>)>>);

impl Shared for Map {
    fn fetch<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send + 'a>> {
        Box::pin(async move { self.0.lock().unwrap().0.get(name).cloned() })
    }

    fn keep(&self, name: String, bytes: Vec<u8>, _: u64) {
        self.0.lock().unwrap().0.insert(name, bytes);
    }

    fn forget(&self, name: String) {
        self.0.lock().unwrap().0.remove(&name);
    }

    fn tell(&self, message: Vec<u8>) {
        self.0.lock().unwrap().1.push(message);
    }

    fn state(&self) -> State {
        State { is_there: true, ..State::default() }
    }
}

fn cache(key: u8, seed: u8, map: &Map) -> Cache {
    let cache = Cache::new([key; 32], &mut Entropy::new(move |bytes| bytes.fill(seed)));
    cache.share(Box::new(map.clone()));
    cache
}

fn key(location: &str, cursor: &str, since: u64) -> MenuKey {
    MenuKey { location_id: location.into(), cursor: cursor.into(), since }
}

async fn menu(cache: &Cache, key: &MenuKey, truth: &str) -> String {
    let found = cache.menu(key, async { Ok::<_, ()>(truth.as_bytes().to_vec()) }).await.unwrap();
    String::from_utf8(found.to_vec()).unwrap()
}

/// From memory, from the shared cache, from the database; what was wrong.
fn counts(cache: &Cache) -> [u64; 4] {
    let Counts { menus_remembered, menus_shared, menus_asked, wrong, .. } = cache.counts();
    [menus_remembered, menus_shared, menus_asked, wrong]
}

#[tokio::test]
async fn a_menu_is_made_once_for_all_processes() {
    let map = Map::default();
    let (one, two) = (cache(1, 1, &map), cache(1, 2, &map));
    // who asks, for which, what the database would say, what is answered
    let rows = [
        (&one, key("L1", "1-a", 0), "first", "first"),
        (&one, key("L1", "1-a", 0), "-", "first"),
        (&two, key("L1", "1-a", 0), "-", "first"),
        (&two, key("L2", "1-a", 0), "of L2", "of L2"),
        (&two, key("L1", "2-a", 0), "second", "second"),
        (&two, key("L1", "2-a", 1), "what changed", "what changed"),
        (&one, key("L1", "2-a", 0), "-", "second"),
    ];
    for (nth, (who, key, truth, right)) in rows.into_iter().enumerate() {
        assert_eq!(menu(who, &key, truth).await, right, "row {nth}");
    }
    assert_eq!((counts(&one), counts(&two)), ([1, 1, 1, 0], [0, 1, 3, 0]));
}

#[tokio::test]
async fn a_menu_that_is_asked_for_by_many_at_once_is_made_once() {
    let cache = Arc::new(cache(1, 1, &Map::default()));
    let asks = (0..50).map(|_| {
        let cache = Arc::clone(&cache);
        tokio::spawn(async move { menu(&cache, &key("L1", "1-a", 0), "it").await })
    });
    for ask in asks.collect::<Vec<_>>() {
        assert_eq!(ask.await.unwrap(), "it");
    }
    assert_eq!(counts(&cache), [49, 0, 1, 0]);
}

#[tokio::test]
async fn what_is_wrong_in_the_shared_cache_is_thrown_away() {
    let map = Map::default();
    let first = cache(1, 1, &map);
    menu(&first, &key("L1", "1-a", 0), "right").await;
    menu(&first, &key("L2", "1-a", 0), "of another").await;
    let entries = map.0.lock().unwrap().0.clone();
    let of = |location: &str| entries.iter().find(|(name, _)| name.contains(location)).unwrap();
    let (name, sealed) = of(":L1:");
    let cut = &sealed[..sealed.len() - 1];
    for bytes in [&of(":L2:").1[..], b"", b"junk", b"{}", cut] {
        map.0.lock().unwrap().0.insert(name.clone(), bytes.to_vec());
        let other = cache(1, 2, &map);
        assert_eq!(menu(&other, &key("L1", "1-a", 0), "right").await, "right");
        assert_eq!(counts(&other), [0, 0, 1, 1]);
        assert_eq!(map.0.lock().unwrap().0.get(name), Some(sealed), "the right one is in its place");
    }
}

#[tokio::test]
async fn servers_that_have_another_key_do_not_meet() {
    let map = Map::default();
    let (one, other) = (cache(1, 1, &map), cache(2, 2, &map));
    assert_eq!(menu(&one, &key("L1", "1-a", 0), "ours").await, "ours");
    assert_eq!(menu(&other, &key("L1", "1-a", 0), "theirs").await, "theirs");
    assert_eq!((counts(&one), counts(&other)), ([0, 0, 1, 0], [0, 0, 1, 0]));
}

#[tokio::test]
async fn a_menu_that_could_not_be_made_is_made_the_next_time() {
    let cache = cache(1, 1, &Map::default());
    let failed = cache.menu(&key("L1", "1-a", 0), async { Err::<Vec<u8>, _>("no") }).await;
    assert_eq!(failed, Err("no"));
    assert_eq!(menu(&cache, &key("L1", "1-a", 0), "right").await, "right");
}

#[tokio::test]
async fn what_is_kept_has_an_end() {
    let map = Map::default();
    let cache = cache(1, 1, &map);
    for nth in 0..MENUS_KEPT + 3 {
        menu(&cache, &key(&format!("L{nth}"), "1-a", 0), "a").await;
    }
    assert_eq!(cache.menus.size().0, MENUS_KEPT);
    menu(&cache, &key("L9999", "2-a", 0), &"x".repeat(SHARED_BYTES_MAX + 1)).await;
    assert!(!map.0.lock().unwrap().0.keys().any(|name| name.contains("L9999")), "too large to be shared");
    for since in 0..30 {
        menu(&cache, &key("L9999", "2-a", since), &"x".repeat(SHARED_BYTES_MAX)).await;
    }
    let (_, bytes) = cache.menus.size();
    assert!(bytes <= limits::MENUS_KEPT_BYTES, "{bytes}");
}

#[test]
fn what_is_told_is_heard_by_others_alone_and_only_when_it_is_ours() {
    let map = Map::default();
    let (one, two, stranger) = (cache(1, 1, &map), cache(1, 2, &map), cache(2, 3, &map));
    let place = Place { location_id: "L1".into(), database: Database::Customers };
    let told = [
        Told::Changed(place),
        Told::Counted { peers: vec![("10.0.0.1".parse().unwrap(), 7)], tokens: vec![("L1/T1".into(), 3)] },
    ];
    for told in &told {
        one.tell(told);
        let message = map.0.lock().unwrap().1.pop().unwrap();
        assert_eq!((one.hear(&message), two.hear(&message)), (None, Some(told.clone())));
        assert_eq!(stranger.hear(&message), None);
    }
    assert_eq!((one.counts().told, one.counts().heard, two.counts().heard), (2, 0, 2));
    assert_eq!((one.counts().wrong, stranger.counts().wrong), (0, 2));
    let long = vec![0; limits::TOLD_BYTES_MAX + 1];
    for junk in [&b""[..], b"junk", &[0; 40], &long, &one.seal.seal(&one.channel(), b"{\"by\":1}")] {
        assert_eq!(two.hear(junk), None);
    }
    assert_eq!(two.counts().wrong, 5);
}
