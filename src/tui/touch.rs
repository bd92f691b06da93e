//! Fingers: how many cells a key must have on a panel of so many millimetres, and what it means that one comes down
//! and goes up.

use super::Action;
use super::scene::{Acts, Scene, Target};
use crate::domain::Timestamp;
use ratatui::layout::Rect;

/// Narrowest key, in millimetres.
pub const KEY_WIDTH_MM: u32 = 15;
/// Lowest key, in millimetres.
pub const KEY_HEIGHT_MM: u32 = 12;
/// Shortest side of a panel, in millimetres.
pub const PANEL_MM_MIN: u16 = 50;
/// Longest side of a panel, in millimetres.
pub const PANEL_MM_MAX: u16 = 2_000;
/// How long after a finger came down or went up the same place takes no second touch, in milliseconds: panels bounce.
pub const BOUNCE_MS: i64 = 60;
/// Fewest keys side by side that every screen gets along with.
const KEYS_ACROSS: u16 = 9;
/// Fewest keys one above the other that every screen gets along with; notice and status have a row each besides.
const KEYS_DOWN: u16 = 6;

/// What a touch panel measures: the picture, without its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panel {
    /// Its width in millimetres.
    pub width_mm: u16,
    /// Its height in millimetres.
    pub height_mm: u16,
}

impl Panel {
    /// A panel of these sides; `None` when one of them is no panel's.
    pub fn of(width_mm: u16, height_mm: u16) -> Option<Panel> {
        let right = |side: u16| (PANEL_MM_MIN..=PANEL_MM_MAX).contains(&side);
        (right(width_mm) && right(height_mm)).then_some(Panel { width_mm, height_mm })
    }

    /// Reads `154x86`, width and height in millimetres.
    pub fn read(text: &str) -> Option<Panel> {
        let (width, height) = text.split_once('x')?;
        Panel::of(width.parse().ok()?, height.parse().ok()?)
    }

    /// The cells that a key of 15x12 mm takes in a window of so many columns and rows.
    pub fn wanted(self, (columns, rows): (u16, u16)) -> KeySize {
        let cells = |least_mm: u32, cells: u16, side_mm: u16| {
            let least = (least_mm * u32::from(cells)).div_ceil(u32::from(side_mm));
            u16::try_from(least).unwrap_or(u16::MAX).max(1)
        };
        KeySize {
            columns: cells(KEY_WIDTH_MM, columns, self.width_mm),
            rows: cells(KEY_HEIGHT_MM, rows, self.height_mm),
        }
    }

    /// The cells that a key gets: as wanted, or as many as leave every screen the keys that it cannot do without. A
    /// register with too fine a font is worse to touch, and works.
    pub fn key(self, (columns, rows): (u16, u16)) -> KeySize {
        let wanted = self.wanted((columns, rows));
        let most = |cells: u16, keys: u16| (cells / keys).max(1);
        KeySize {
            columns: wanted.columns.min(most(columns, KEYS_ACROSS)),
            rows: wanted.rows.min(most(rows.saturating_sub(2), KEYS_DOWN)),
        }
    }
}

/// The fewest cells of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySize {
    /// Side by side.
    pub columns: u16,
    /// One above the other.
    pub rows: u16,
}

impl KeySize {
    /// How many keys stand side by side in so many columns.
    pub fn across(self, columns: u16) -> u16 {
        (columns / self.columns).max(1)
    }

    /// How many keys stand one above the other in so many rows.
    pub fn down(self, rows: u16) -> u16 {
        (rows / self.rows).max(1)
    }
}

/// The finger or the mouse's button: what it touched last, and what it holds down.
#[derive(Debug, Clone, Default)]
pub struct Finger {
    held: Option<Target>,
    last: Option<(Rect, Timestamp)>,
}

impl Finger {
    /// It comes down on a cell: what acts at once does; what commits is held until the finger goes up.
    pub fn down(&mut self, now: Timestamp, scene: &Scene, column: u16, row: u16) -> Option<Action> {
        if self.bounces(now, column, row) {
            return None;
        }
        let target = scene.hit(column, row);
        self.last = target.map(|target| (target.area, now));
        self.held = target.filter(|target| target.acts == Acts::OnUp).cloned();
        target.filter(|target| target.acts == Acts::OnDown).map(|target| target.action.clone())
    }

    /// It goes up from a cell: what it held acts when it is still below it.
    pub fn up(&mut self, now: Timestamp, scene: &Scene, column: u16, row: u16) -> Option<Action> {
        if let Some((area, when)) = &mut self.last
            && area.contains((column, row).into())
        {
            *when = now;
        }
        let held = self.held.take()?;
        (scene.hit(column, row) == Some(&held)).then_some(held.action)
    }

    /// What is held down, to be shown so.
    pub fn held(&self) -> Option<&Target> {
        self.held.as_ref()
    }

    /// The place counts, not the target: what a bounce meets may be the next screen already.
    fn bounces(&mut self, now: Timestamp, column: u16, row: u16) -> bool {
        let Some((area, when)) = &mut self.last else { return false };
        let bounces = area.contains((column, row).into()) && (0..BOUNCE_MS).contains(&now.millis_since(*when));
        if bounces {
            *when = now;
        }
        bounces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::Key;

    #[test]
    fn a_keys_cells_follow_from_the_millimetres_and_leave_room_for_the_others() {
        // panel, window, wanted, what it gets
        for (panel, window, wanted, gets) in [
            ("154x86", (66, 20), (7, 3), (7, 3)),
            ("345x194", (120, 33), (6, 3), (6, 3)),
            ("304x228", (85, 32), (5, 2), (5, 2)),
            // Too fine a font: as large as can be.
            ("154x86", (100, 30), (10, 5), (10, 4)),
            ("100x60", (66, 20), (10, 4), (7, 3)),
            ("2000x2000", (66, 20), (1, 1), (1, 1)),
            ("50x50", (1, 1), (1, 1), (1, 1)),
        ] {
            let panel = Panel::read(panel).unwrap();
            let cells = |size: KeySize| (size.columns, size.rows);
            assert_eq!((cells(panel.wanted(window)), cells(panel.key(window))), (wanted, gets), "{panel:?}");
        }
        for wrong in ["", "154", "154x", "x86", "154x86mm", "49x86", "154x2001", "-154x86", "154 x 86"] {
            assert_eq!(Panel::read(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn items_act_on_down_what_commits_on_up_in_the_same_place_and_bounces_not_at_all() {
        let target = |label: &str, x, acts| Target {
            label: label.into(),
            area: Rect { x, y: 0, width: 10, height: 3 },
            action: Action::Press(Key::Char(label.chars().next().unwrap())),
            acts,
        };
        let scene =
            Scene { targets: vec![target("item", 0, Acts::OnDown), target("pay", 10, Acts::OnUp)], ..Scene::default() };
        // what happens: milliseconds, down or up, column; the keys that come of all of it
        let rows: [(&[(i64, char, u16)], &str); 11] = [
            (&[(0, 'v', 0), (80, '^', 0)], "i"),
            (&[(0, 'v', 10), (80, '^', 19)], "p"),
            (&[(0, 'v', 10)], ""),
            (&[(0, '^', 10)], ""),
            (&[(0, 'v', 10), (80, '^', 9)], ""),
            (&[(0, 'v', 10), (80, '^', 50)], ""),
            (&[(0, 'v', 0), (80, '^', 10)], "i"),
            (&[(0, 'v', 0), (0, '^', 0), (59, 'v', 1), (59, '^', 1)], "i"),
            (&[(0, 'v', 0), (0, '^', 0), (60, 'v', 1), (60, '^', 1)], "ii"),
            // Each bounce counts from the one before; another place is no bounce.
            (&[(0, 'v', 0), (40, 'v', 0), (80, 'v', 0), (85, 'v', 10), (90, '^', 10)], "ip"),
            (&[(0, 'v', 10), (5, '^', 10), (10, 'v', 10), (100, '^', 10)], "p"),
        ];
        for (events, wanted) in rows {
            let mut finger = Finger::default();
            let mut got = String::new();
            for (at, what, column) in events {
                let now = Timestamp::utc(*at);
                let acted = match what {
                    'v' => finger.down(now, &scene, *column, 1),
                    _ => finger.up(now, &scene, *column, 1),
                };
                got.extend(acted.map(|action| match action {
                    Action::Press(Key::Char(letter)) => letter,
                    other => panic!("{other:?}"),
                }));
            }
            assert_eq!(got, wanted, "{events:?}");
        }
    }
}
