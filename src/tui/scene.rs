//! What is on the screen besides ink: named regions that scripts read, and labelled targets that a tap hits.
//!
//! It is made anew with every frame, from the same code that draws, so that it cannot say anything else.

use super::Action;
use super::glyphs::Glyphs;
use super::theme::Theme;
use super::touch::KeySize;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::ops::Range;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// When a target acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acts {
    /// As soon as a finger comes down: items, rows, digits, whatever the next tap mends.
    OnDown,
    /// When the finger goes up in the same place: what commits; a finger that slides off takes it back.
    OnUp,
}

/// A place that answers to a tap as to a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// What stands on it, whole even where the screen had to cut it.
    pub label: String,
    /// Its cells.
    pub area: Rect,
    /// What a tap on it does.
    pub action: Action,
    /// When it does it.
    pub acts: Acts,
}

/// The regions and targets of one frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scene {
    /// Named areas: `order`, `items`, `entry`, `status` ...
    pub regions: Vec<(&'static str, Rect)>,
    /// What can be tapped; later ones lie above earlier ones.
    pub targets: Vec<Target>,
    /// The name of the screen that listens.
    pub focus: &'static str,
}

impl Scene {
    /// What lies below a finger on a cell.
    pub fn hit(&self, column: u16, row: u16) -> Option<&Target> {
        self.targets.iter().rev().find(|target| target.area.contains((column, row).into()))
    }
}

/// Where a screen draws. All ink goes through [`Canvas::text`], which lets pass only what the terminal can show.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    scene: &'a mut Scene,
    /// The colours.
    pub theme: Theme,
    /// How large a key must be for a finger; `None` = nobody said that there is a touch panel.
    pub touch: Option<KeySize>,
}

impl<'a> Canvas<'a> {
    /// Draws on a buffer and notes regions and targets in a scene.
    pub fn new(buffer: &'a mut Buffer, scene: &'a mut Scene, theme: Theme) -> Canvas<'a> {
        Canvas { buffer, scene, theme, touch: None }
    }

    /// All of the screen.
    pub fn area(&self) -> Rect {
        self.buffer.area
    }

    /// Names an area for scripts.
    pub fn region(&mut self, name: &'static str, area: Rect) {
        self.scene.regions.push((name, area));
    }

    /// Makes an area answer to a tap as soon as the finger comes down.
    pub fn target(&mut self, label: impl Into<String>, area: Rect, action: Action) {
        self.answers(Acts::OnDown, label.into(), area, action);
    }

    /// Makes an area answer when the finger goes up in it: what sends, pays, voids, opens or leaves.
    pub fn commit(&mut self, label: impl Into<String>, area: Rect, action: Action) {
        self.answers(Acts::OnUp, label.into(), area, action);
    }

    pub(super) fn answers(&mut self, acts: Acts, label: String, area: Rect, action: Action) {
        let area = area.intersection(self.buffer.area);
        if !area.is_empty() {
            self.scene.targets.push(Target { label, area, action, acts });
        }
    }

    /// Shows a target as held down.
    pub fn hold(&mut self, target: &Target) {
        if self.scene.targets.contains(target) {
            self.buffer.set_style(target.area, self.theme.chosen);
        }
    }

    /// Covers an area: what lay below it is no longer seen and no longer hit.
    pub fn cover(&mut self, area: Rect) {
        self.fill(area, self.theme.plain);
        self.scene.targets.clear();
    }

    /// Notes which screen listens.
    pub fn focus(&mut self, name: &'static str) {
        self.scene.focus = name;
    }

    /// Blanks an area in a style.
    pub fn fill(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.buffer.area);
        for row in area.rows() {
            self.buffer.set_stringn(row.x, row.y, " ".repeat(row.width.into()), row.width.into(), style);
        }
    }

    /// Writes text at the left of a row of `width` cells, cut with `…` where it is too long; returns the cells it took.
    pub fn text(&mut self, column: u16, row: u16, width: u16, text: &str, style: Style) -> u16 {
        let bounds = self.buffer.area;
        if row < bounds.top() || row >= bounds.bottom() || column >= bounds.right() || width == 0 {
            return 0;
        }
        let width = width.min(bounds.right() - column);
        let (end, _) = self.buffer.set_stringn(column, row, fit(text, width.into()), width.into(), style);
        if self.theme.mode.glyphs != Glyphs::Any {
            self.stand_in(row, column..end, style);
        }
        end - column
    }

    /// Puts what the terminal can show in the place of what it cannot, cell by cell, so that all widths stay.
    fn stand_in(&mut self, row: u16, columns: Range<u16>, style: Style) {
        let mut column = columns.start;
        while column < columns.end {
            let symbol = self.buffer[(column, row)].symbol();
            let after = (column + cells(symbol).max(1) as u16).min(columns.end);
            if let Some((first, rest)) = self.theme.mode.glyphs.stand_in(symbol) {
                self.buffer[(column, row)].set_char(first).set_style(style);
                for beside in column + 1..after {
                    self.buffer[(beside, row)].set_char(rest).set_style(style);
                }
            }
            column = after;
        }
    }

    /// Writes text at the right of a row of `width` cells.
    pub fn right(&mut self, column: u16, row: u16, width: u16, text: &str, style: Style) {
        let text = fit(text, width.into());
        let cells = cells(&text).min(width.into()) as u16;
        self.text(column + width - cells, row, cells, &text, style);
    }

    /// Writes text in the middle of a row of `width` cells.
    pub fn centre(&mut self, column: u16, row: u16, width: u16, text: &str, style: Style) {
        let text = fit(text, width.into());
        let cells = cells(&text).min(width.into()) as u16;
        self.text(column + (width - cells) / 2, row, cells, &text, style);
    }

    /// Draws a single-line frame with a title, and returns what is inside.
    pub fn frame(&mut self, area: Rect, title: &str, style: Style) -> Rect {
        let area = area.intersection(self.buffer.area);
        if area.width < 2 || area.height < 2 {
            return Rect { width: 0, height: 0, ..area };
        }
        let across = "─".repeat(usize::from(area.width) - 2);
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        self.text(area.x, area.y, area.width, &format!("┌{across}┐"), style);
        self.text(area.x, bottom, area.width, &format!("└{across}┘"), style);
        for row in area.y + 1..bottom {
            self.text(area.x, row, 1, "│", style);
            self.text(right, row, 1, "│", style);
        }
        if !title.is_empty() && area.width > 6 {
            self.text(area.x + 2, area.y, area.width - 4, &format!(" {title} "), style);
        }
        Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
    }
}

/// How many cells a text takes.
pub fn cells(text: &str) -> usize {
    text.width()
}

/// Cuts a text to a number of cells, with `…` where something is missing; control characters are left out, so that no
/// name can speak to the terminal.
pub fn fit(text: &str, most: usize) -> String {
    let clean: String = text.chars().filter(|it| !it.is_control()).collect();
    if clean.width() <= most {
        return clean;
    }
    let mut cut = String::new();
    let mut used = 0;
    for letter in clean.chars() {
        let wide = letter.width().unwrap_or(0);
        if used + wide + 1 > most {
            break;
        }
        cut.push(letter);
        used += wide;
    }
    if most > 0 {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_cells_and_keep_no_control_characters() {
        // text, cells, what is shown
        for (text, most, shown) in [
            ("Cola", 4, "Cola"),
            ("Cola", 3, "Co…"),
            ("宫保鸡丁", 8, "宫保鸡丁"),
            ("宫保鸡丁", 7, "宫保鸡…"),
            ("宫保鸡丁", 6, "宫保…"),
            ("a\u{1b}[31mb", 10, "a[31mb"),
            ("Cola", 0, ""),
        ] {
            assert_eq!(fit(text, most), shown, "{text} in {most}");
        }
    }
}
