//! How large numbers are drawn, and which of them stand on a page: in rows from the left to the right, as large as all
//! of them fit; what does not fit takes turns, and the oldest stays.

use crate::tui::large::{Large, SCALES, Scale};
use crate::tui::scene::cells;
use ratatui::layout::Rect;

/// For how many numbers there is always room at least, so that they do not change their size with every order.
const ROOM_FOR_MIN: usize = 3;
/// Most pages of large numbers: small ones that are seen now are better than large ones that take minutes to come.
const LARGE_PAGES_MAX: usize = 4;

/// Which number stays in sight on every page: the oldest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// The first.
    First,
    /// The last.
    Last,
}

/// Numbers, laid out for one area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    /// None = as text.
    pub scale: Option<Scale>,
    area: Rect,
    /// Columns and rows of a number.
    size: (u16, u16),
    /// How many stand side by side.
    across: u16,
    /// From one row of numbers to the next, in rows.
    step: u16,
    slots: usize,
    count: usize,
    held: Held,
}

impl Sheet {
    /// Lays numbers out as large as all fit; else on a few pages of large letters; else as text.
    pub(super) fn of(numbers: &[&str], area: Rect, held: Held) -> Sheet {
        let large: Option<Vec<Large>> = numbers.iter().map(|number| Large::of(number)).collect();
        let text = (numbers.iter().map(|number| cells(number)).max().unwrap_or(0) as u16, 1);
        let laid = |scale, size| Sheet::laid(numbers.len(), area, held, scale, size);
        let as_large = |scale: Scale| {
            let sizes = large.iter().flatten().map(|number| number.size(scale));
            laid(Some(scale), sizes.fold((0, 0), |(width, height), it| (it.0.max(width), it.1.max(height))))
        };
        if large.is_none() || numbers.is_empty() {
            return laid(None, text);
        }
        let sheets: Vec<Sheet> = SCALES.into_iter().map(as_large).collect();
        let fits = |sheet: &&Sheet| sheet.slots >= sheet.count.max(ROOM_FOR_MIN);
        let in_turns = |sheet: &&Sheet| sheet.slots > 1 && sheet.pages() <= LARGE_PAGES_MAX;
        let chosen = sheets.iter().find(fits).or_else(|| sheets.last().filter(in_turns));
        chosen.cloned().unwrap_or_else(|| laid(None, text))
    }

    fn laid(count: usize, area: Rect, held: Held, scale: Option<Scale>, size: (u16, u16)) -> Sheet {
        // Two blocks between numbers side by side, and a row between those below one another, where there is room.
        let beside = scale.map_or(2, |scale| 2 * scale.columns);
        let across = (area.width + beside) / (size.0.max(1) + beside);
        // Text is cut where it must be.
        let across = if scale.is_none() { across.max(1) } else { across };
        let rows_of = |step: u16| (area.height + step - size.1) / step.max(1);
        let loose = usize::from(across) * usize::from(rows_of(size.1 + 1));
        let step = if scale.is_some() || loose >= count { size.1 + 1 } else { size.1 };
        let slots = usize::from(across) * usize::from(rows_of(step));
        Sheet { scale, area, size, across: across.max(1), step, slots, count, held }
    }

    /// How many pages they take.
    pub(super) fn pages(&self) -> usize {
        if self.count <= self.slots { 1 } else { (self.count - self.kept()).div_ceil(self.turning()) }
    }

    /// How many stay in sight: the oldest, where there is room for another one beside it.
    fn kept(&self) -> usize {
        usize::from(self.slots > 1)
    }

    /// How many a page turns.
    fn turning(&self) -> usize {
        (self.slots - self.kept().min(self.slots)).max(1)
    }

    /// Which numbers stand on a page, and where.
    pub(super) fn page(&self, page: usize) -> Vec<(usize, Rect)> {
        let shown: Vec<usize> = if self.count <= self.slots {
            (0..self.count).collect()
        } else {
            let (kept, turning) = (self.kept(), self.turning());
            let others = match self.held {
                Held::First => kept..self.count,
                Held::Last => 0..self.count - kept,
            };
            let turned = others.skip(page * turning).take(turning);
            match self.held {
                Held::First => (0..kept).chain(turned).collect(),
                Held::Last => turned.chain(self.count - kept..self.count).collect(),
            }
        };
        let spot = |nth: usize| {
            let (row, column) = (nth as u16 / self.across, nth as u16 % self.across);
            let width = self.area.width / self.across;
            let (x, y) = (self.area.x + column * width, self.area.y + row * self.step);
            Rect { x, y, width, height: self.size.1 }
        };
        shown.into_iter().enumerate().map(|(nth, which)| (which, spot(nth))).collect()
    }
}
