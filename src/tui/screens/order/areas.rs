//! How the display of order entry is divided: for keys, for fingers, and while letters lie over it.

use crate::tui::touch::KeySize;
use ratatui::layout::Rect;

/// The parts; one that is not there is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Areas {
    /// The order.
    pub order: Rect,
    /// Names of the menu's pages.
    pub tabs: Rect,
    /// Items.
    pub items: Rect,
    /// Modifiers of the line under the cursor.
    pub offers: Rect,
    /// The line to type in.
    pub entry: Rect,
}

impl Areas {
    /// Without a panel: a line is a row. Offers have a place where the items keep six rows of two lines without it.
    pub fn of_keys(main: Rect, has_offers: bool) -> Areas {
        let above = Rect { height: main.height.saturating_sub(1), ..main };
        let left = (above.width * 2 / 5).clamp(28, 48).min(above.width);
        let order = Rect { width: left, ..above };
        let right = Rect { x: above.x + left, width: above.width - left, ..above };
        let tabs = Rect { height: 2.min(right.height), ..right };
        let below = right.height.saturating_sub(tabs.height + 1);
        let strip_rows = if has_offers && below >= 12 + 3 { 3 } else { 0 };
        let items_rows = below - strip_rows;
        let items =
            Rect { y: tabs.bottom() + 1, height: items_rows, x: right.x + 1, width: right.width.saturating_sub(1) };
        let offers = Rect { y: items.bottom(), height: strip_rows, ..items };
        let entry = Rect { y: main.bottom().saturating_sub(1), height: 1, ..main };
        Areas { order, tabs, items, offers, entry }
    }

    /// With a panel: page names and the line to type in are as high as a key. Offers have a row where the items keep
    /// four without it.
    pub fn of_touch(main: Rect, size: KeySize, has_offers: bool) -> Areas {
        let left = (main.width * 2 / 5).clamp(20, 48).min(main.width);
        let order = Rect { width: left, ..main };
        let right = Rect { x: main.x + left, width: main.width - left, ..main };
        let tabs = Rect { height: size.rows.min(right.height), ..right };
        let entry = Rect { y: right.bottom().saturating_sub(size.rows), height: size.rows, ..right };
        let between = entry.y.saturating_sub(tabs.bottom());
        let strip = if has_offers && between >= 5 * size.rows { size.rows } else { 0 };
        let items = Rect { y: tabs.bottom(), height: between - strip, ..right };
        let offers = Rect { y: items.bottom(), height: strip, ..right };
        Areas { order, tabs, items, offers, entry }
    }

    /// Above the letters: what is typed at the left, what it finds at the right.
    pub fn below_letters(main: Rect, size: KeySize) -> Areas {
        let above = Rect { height: main.height.saturating_sub(4 * size.rows), ..main };
        let left = (above.width / 4).max(16).min(above.width);
        let entry = Rect { width: left, ..above };
        let items = Rect { x: above.x + left, width: above.width - left, ..above };
        Areas { entry, items, ..Areas::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_of_any_size_can_be_divided() {
        let size = KeySize { columns: 7, rows: 3 };
        for (width, height) in (0..80).flat_map(|width| (0..25).map(move |height| (width, height))) {
            let main = Rect { x: 0, y: 0, width, height };
            for has_offers in [false, true] {
                for areas in [Areas::of_keys(main, has_offers), Areas::of_touch(main, size, has_offers)] {
                    assert!(areas.order.right() <= width && areas.tabs.right() <= width, "{width}x{height} {areas:?}");
                }
            }
            assert!(Areas::below_letters(main, size).items.right() <= width, "{width}x{height}");
        }
    }
}
