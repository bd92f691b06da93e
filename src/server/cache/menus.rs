//! What a location's menu comes to, as it is written into an answer: for a version of the menu and what the asker has
//! of it already, always the same. Whoever asks first has it made, the others wait for that.

use super::limits::{MENUS_KEPT, MENUS_KEPT_BYTES, SHARED_BYTES_MAX, SHARED_MS};
use super::{Cache, add};
use crate::domain::LocationId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

/// Which menu.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::server) struct MenuKey {
    /// Whose.
    pub location_id: LocationId,
    /// Its version, as the database said it just now: the number of its last change, and the incarnation of its feed.
    pub cursor: String,
    /// Up to where the asker has it; 0 for all of it.
    pub since: u64,
}

impl MenuKey {
    /// What it is called in a shared cache.
    fn name(&self) -> String {
        format!("menu:{}:{}:{}", self.location_id, self.cursor, self.since)
    }
}

/// Those that this process has in mind.
#[derive(Debug, Default)]
pub(super) struct Menus {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    menus: HashMap<MenuKey, Menu>,
    /// How often one was asked for.
    asked: u64,
}

#[derive(Debug, Default)]
struct Menu {
    /// Empty as long as somebody makes it.
    text: Arc<OnceCell<Arc<[u8]>>>,
    /// When it was asked for last.
    asked: u64,
}

impl Menu {
    fn bytes(&self) -> usize {
        self.text.get().map_or(0, |text| text.len())
    }
}

impl Menus {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are, and how many bytes they have.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        let kept = self.lock();
        (kept.menus.len(), kept.menus.values().map(Menu::bytes).sum())
    }

    /// The place of a menu.
    fn of(&self, key: &MenuKey) -> Arc<OnceCell<Arc<[u8]>>> {
        let mut kept = self.lock();
        kept.asked += 1;
        let asked = kept.asked;
        let menu = kept.menus.entry(key.clone()).or_default();
        menu.asked = asked;
        Arc::clone(&menu.text)
    }

    /// Forgets one that could not be made.
    fn failed(&self, key: &MenuKey) {
        let mut kept = self.lock();
        if kept.menus.get(key).is_some_and(|menu| !menu.text.initialized()) {
            kept.menus.remove(key);
        }
    }

    /// Forgets other versions of the same menu, and what is too much.
    fn tidy(&self, newest: &MenuKey) {
        let mut kept = self.lock();
        kept.menus.retain(|key, _| key.location_id != newest.location_id || key.cursor == newest.cursor);
        loop {
            let bytes: usize = kept.menus.values().map(Menu::bytes).sum();
            if kept.menus.len() <= MENUS_KEPT && bytes <= MENUS_KEPT_BYTES {
                return;
            }
            let oldest = kept.menus.iter().min_by_key(|(_, menu)| menu.asked).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { return };
            kept.menus.remove(&oldest);
        }
    }
}

impl Cache {
    /// A menu: as this process has it in mind, as another one has made it, or as the database says.
    pub(in crate::server) async fn menu<E>(
        &self,
        key: &MenuKey,
        ask: impl Future<Output = Result<Vec<u8>, E>> + Send,
    ) -> Result<Arc<[u8]>, E> {
        let mut is_new = false;
        let make = async {
            is_new = true;
            if let Some(text) = self.fetch(key).await {
                add(&self.counted.shared);
                return Ok(text);
            }
            let text = ask.await?;
            add(&self.counted.asked);
            self.keep(key, &text);
            Ok(text.into())
        };
        let place = self.menus.of(key);
        let found = place.get_or_try_init(|| make).await.cloned();
        match &found {
            Ok(_) if is_new => self.menus.tidy(key),
            Ok(_) => add(&self.counted.remembered),
            Err(_) => self.menus.failed(key),
        }
        found
    }

    /// What the shared cache says of a menu. Something wrong is taken away there.
    async fn fetch(&self, key: &MenuKey) -> Option<Arc<[u8]>> {
        let shared = self.shared.get()?;
        let name = self.seal.name(&key.name());
        let sealed = shared.fetch(&name).await?;
        let text = self.seal.open(&name, &sealed);
        if text.is_none() {
            self.note_wrong("a menu");
            shared.forget(name);
        }
        text.map(Arc::from)
    }

    fn keep(&self, key: &MenuKey, text: &[u8]) {
        let Some(shared) = self.shared.get().filter(|_| text.len() <= SHARED_BYTES_MAX) else { return };
        let name = self.seal.name(&key.name());
        let sealed = self.seal.seal(&name, text);
        shared.keep(name, sealed, SHARED_MS);
    }
}
