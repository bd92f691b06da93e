//! Finding texts in rows and targets by their labels. Blanks at both ends of a row do not count, and any run of blanks
//! counts as one, so that scripts outlive a change of columns.

use super::limits::LABELS_SHOWN;
use super::picture::{Area, Picture, printable};
use super::scenario::{Place, TapAt, quoted};
use crate::tui::large::{Large, SCALES};

/// The text with every run of blanks as one, and none at its ends.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How often the rows hold the text. A line break in it goes on with the row below.
pub(super) fn count(lines: &[String], text: &str) -> usize {
    let rows: Vec<String> = lines.iter().map(|line| squeezed(line)).collect();
    let parts: Vec<String> = text.split('\n').map(squeezed).collect();
    match parts.as_slice() {
        [one] if one.is_empty() => 0,
        [one] => rows.iter().map(|row| row.matches(one.as_str()).count()).sum(),
        many => rows.windows(many.len()).filter(|rows| rows.iter().zip(many).all(|(row, it)| row.contains(it))).count(),
    }
}

/// Whether the row is the text and nothing else.
pub(super) fn is_row(line: &str, text: &str) -> bool {
    squeezed(line) == squeezed(text)
}

/// Whether a place shows a text in large letters, of whatever size.
///
/// # Errors
/// [`no_region`], when the screen has no such place.
pub(super) fn is_shown_large(picture: &Picture, place: &Place, text: &str) -> Result<bool, String> {
    let areas = match place {
        Place::Screen => vec![Area { column: 0, row: 0, columns: picture.columns, rows: picture.rows }],
        Place::Region(name) => areas(picture, name)?,
    };
    let Some(large) = Large::of(text) else { return Ok(false) };
    let drawn = |scale| {
        let (width, height) = large.size(scale);
        let blocks =
            |column: u16, row: u16| large.rows()[usize::from(row / scale.rows)][usize::from(column / scale.columns)];
        areas.iter().any(|area| {
            let columns = area.column..(area.column + area.columns + 1).saturating_sub(width);
            let rows = area.row..(area.row + area.rows + 1).saturating_sub(height);
            rows.flat_map(|row| columns.clone().map(move |column| (column, row))).any(|(left, top)| {
                // On a terminal that has no blocks, what is drawn and what is not may change places.
                [true, false].iter().any(|block| {
                    let is_drawn = |column: u16, row: u16| is_block(picture, column, row) == *block;
                    let mut cells = (0..height).flat_map(|row| (0..width).map(move |column| (column, row)));
                    let is_it = cells.all(|(column, row)| blocks(column, row) == is_drawn(left + column, top + row));
                    // What goes on beside it is a part of something else.
                    let beside = [left.checked_sub(1), Some(left + width)];
                    let beside = beside.into_iter().flatten().filter(|column| area.has(*column, top));
                    let ends = |column: u16| (top..top + height).all(|row| !is_drawn(column, row));
                    is_it && beside.into_iter().all(ends)
                })
            })
        })
    };
    Ok(SCALES.into_iter().any(drawn))
}

/// Whether a cell is a block, or a reversed blank, which stands for one.
fn is_block(picture: &Picture, column: u16, row: u16) -> bool {
    let symbol = picture.cells.get(usize::from(row)).and_then(|cells| cells.get(usize::from(column)));
    match symbol.map(String::as_str) {
        Some("█") => true,
        Some(" ") => picture.ink(column, row).reversed,
        Some(_) | None => false,
    }
}

/// Whether something that can be tapped has the text in its label.
pub(super) fn has_label(picture: &Picture, text: &str) -> bool {
    let text = squeezed(text);
    picture.targets.iter().any(|(label, _)| squeezed(label).contains(&text))
}

/// The cell that a tap goes to, column and row from 0.
///
/// # Errors
/// What is on the screen instead, as a text for the tester.
pub(super) fn tapped(picture: &Picture, at: &TapAt) -> Result<(u16, u16), String> {
    let region = match at {
        TapAt::Cell { column, row } if *column > picture.columns || *row > picture.rows => {
            return Err(format!("the screen has {} columns and {} rows", picture.columns, picture.rows));
        }
        TapAt::Cell { column, row } => return Ok((column.saturating_sub(1), row.saturating_sub(1))),
        TapAt::Label { region, .. } => region.as_ref(),
        TapAt::Key(_) => None,
    };
    let areas = match region {
        Some(name) => Some(areas(picture, name)?),
        None => None,
    };
    let here = targets(picture, areas.as_deref());
    for fit in [Fit::Exact, Fit::Begins, Fit::Contains] {
        let found: Vec<_> = here.iter().filter(|(label, _)| fits(at, fit, label)).collect();
        match found.as_slice() {
            [] => {}
            [(_, area)] => return Ok(area.middle()),
            many => {
                let labels = listed(many.iter().copied());
                return Err(format!(
                    "{} things bear that label; name more of it, or its region (Tap region:NAME \"label\"):\n{labels}",
                    many.len()
                ));
            }
        }
    }
    Err(format!("nothing bears that label; {}", choice(&here)))
}

/// How well a label must fit: the first of these under which any does is the one that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Exact,
    Begins,
    Contains,
}

fn fits(at: &TapAt, fit: Fit, label: &str) -> bool {
    match (at, fit) {
        (TapAt::Label { label: wanted, .. }, Fit::Exact) => label == squeezed(wanted),
        (TapAt::Label { label: wanted, .. }, Fit::Begins) => label.starts_with(&squeezed(wanted)),
        (TapAt::Label { label: wanted, .. }, Fit::Contains) => label.contains(&squeezed(wanted)),
        (TapAt::Key(key), Fit::Exact) => label == format!("key:{key}") || label == key.to_string(),
        (TapAt::Key(key), Fit::Begins) => label.starts_with(&format!("{key} ")),
        (TapAt::Key(_), Fit::Contains) | (TapAt::Cell { .. }, Fit::Exact | Fit::Begins | Fit::Contains) => false,
    }
}

/// What can be tapped, one label a line.
pub(super) fn labels(picture: &Picture) -> String {
    choice(&targets(picture, None))
}

fn choice(targets: &[(String, Area)]) -> String {
    match targets {
        [] => "nothing there can be tapped".to_owned(),
        targets => format!("what can be tapped:\n{}", listed(targets.iter())),
    }
}

/// The areas of a region.
///
/// # Errors
/// [`no_region`], when the screen has none of that name.
fn areas(picture: &Picture, name: &str) -> Result<Vec<Area>, String> {
    let areas: Vec<Area> = picture.regions.iter().filter(|(known, _)| known == name).map(|(_, area)| *area).collect();
    if areas.is_empty() { Err(no_region(picture, name)) } else { Ok(areas) }
}

/// Says which regions there are instead.
pub(super) fn no_region(picture: &Picture, name: &str) -> String {
    match picture.region_names().as_slice() {
        [] => format!("the screen has no region {name}; it has none at all"),
        names => format!("the screen has no region {name}; its regions are {}", names.join(", ")),
    }
}

/// Each target once, whose middle lies in one of the areas.
fn targets(picture: &Picture, areas: Option<&[Area]>) -> Vec<(String, Area)> {
    let mut found: Vec<(String, Area)> = Vec::new();
    for (label, area) in &picture.targets {
        let (column, row) = area.middle();
        let inside = areas.is_none_or(|areas| areas.iter().any(|it| it.has(column, row)));
        let target = (squeezed(label), *area);
        if area.columns > 0 && area.rows > 0 && inside && !found.contains(&target) {
            found.push(target);
        }
    }
    found
}

fn listed<'a>(targets: impl ExactSizeIterator<Item = &'a (String, Area)>) -> String {
    let more = targets.len().saturating_sub(LABELS_SHOWN);
    let mut lines: Vec<String> = targets
        .take(LABELS_SHOWN)
        .map(|(label, area)| {
            let (column, row) = area.middle();
            format!("{} @{},{}", quoted(&printable(label)), u32::from(column) + 1, u32::from(row) + 1)
        })
        .collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::Key;

    #[test]
    fn blanks_do_not_decide_and_rows_do() {
        let rows: Vec<String> = ["  2  Cheeseburger   17.00 ", "1 Cola Cola", "", "3 Tea"].map(str::to_owned).into();
        // text, how often
        for (text, often) in [
            ("2 Cheeseburger 17.00", 1),
            ("Cola", 2),
            ("17.00 1 Cola", 0),
            ("17.00\n1 Cola", 1),
            ("Cola\n\n3", 1),
            ("cola", 0),
            ("", 0),
            (" \n \n \n \n ", 0),
        ] {
            assert_eq!(count(&rows, text), often, "{text:?}");
        }
        assert!(is_row(&rows[0], "2 Cheeseburger 17.00") && !is_row(&rows[0], "2 Cheeseburger"));
    }

    #[test]
    fn large_letters_are_read_in_every_size_and_either_way_round() {
        let mut picture = Picture::of_lines(
            24,
            12,
            &[
                "",
                "  ███  █",
                "   █  ██     READY",
                "   █   █",
                "   █   █    ██████",
                "   █  ███     ██",
                "              ██",
                "              ██",
                "              ██",
            ],
        );
        let region = Area { column: 8, row: 3, columns: 16, rows: 9 };
        picture.regions.push(("right".to_owned(), region));
        let right = Place::Region("right".to_owned());
        // place, text, whether it is there
        let rows = [
            (Place::Screen, "T1", true),
            (Place::Screen, "t1", true),
            (Place::Screen, "1", true),
            (Place::Screen, "T11", false),
            (Place::Screen, "READY", false),
            (Place::Screen, "7", false),
            (right.clone(), "1", false),
            // Blocks that are two cells wide.
            (right.clone(), "T", true),
            (right.clone(), "T1", false),
        ];
        for (place, text, there) in rows {
            assert_eq!(is_shown_large(&picture, &place, text), Ok(there), "{place} {text}");
        }
        // What stands on reversed blanks where there are no blocks.
        picture.inks = vec![vec![Default::default(); 24]; 12];
        for (row, cells) in picture.cells.iter_mut().enumerate() {
            for (column, cell) in cells.iter_mut().enumerate().filter(|(_, cell)| *cell != "█") {
                *cell = " ".to_owned();
                picture.inks[row][column].reversed = true;
            }
        }
        assert_eq!(is_shown_large(&picture, &right, "T"), Ok(false), "blocks are blocks");
        picture.cells.iter_mut().flatten().for_each(|cell| *cell = " ".to_owned());
        assert_eq!(is_shown_large(&picture, &right, "T"), Ok(true));
        let none = Place::Region("left".to_owned());
        assert!(is_shown_large(&picture, &none, "T").unwrap_err().contains("no region left"));
    }

    #[test]
    fn a_label_is_found_exactly_else_by_its_start_else_anywhere() {
        let area = |column, row| Area { column, row, columns: 3, rows: 1 };
        let mut picture = Picture::blank(40, 10);
        picture.regions.push(("order".to_owned(), Area { column: 0, row: 5, columns: 40, rows: 5 }));
        let labels =
            [("Cola", 0, 0), ("Cola light", 4, 0), ("Pepsi  Cola", 8, 0), ("F3 Send", 0, 9), ("F3 Send", 0, 9)];
        let more = [("Tea", 0, 2), ("Tea", 4, 6), ("Green tea", 8, 2), ("key:F10", 4, 9)];
        picture.targets = labels.iter().chain(&more).map(|(it, at, row)| ((*it).to_owned(), area(*at, *row))).collect();
        let label = |text: &str| TapAt::Label { region: None, label: text.to_owned() };
        let order = |text: &str| TapAt::Label { region: Some("order".to_owned()), label: text.to_owned() };
        // tap, cell
        for (tap, cell) in [
            (label("Cola"), Some((1, 0))),
            (label("Cola l"), Some((5, 0))),
            (label("Pepsi Cola"), Some((9, 0))),
            (label("light"), Some((5, 0))),
            (label("Send"), Some((1, 9))),
            (label("Col"), None),
            (label("e"), None),
            (label("Soup"), None),
            (label("Tea"), None),
            (order("Tea"), Some((5, 6))),
            (order("Green"), None),
            (TapAt::Key(Key::F(3)), Some((1, 9))),
            (TapAt::Key(Key::F(10)), Some((5, 9))),
            (TapAt::Key(Key::F(1)), None),
            (TapAt::Cell { column: 40, row: 10 }, Some((39, 9))),
            (TapAt::Cell { column: 41, row: 10 }, None),
        ] {
            assert_eq!(tapped(&picture, &tap).ok(), cell, "{tap}");
        }
        assert_eq!(
            tapped(&picture, &label("Tea")).unwrap_err(),
            "2 things bear that label; name more of it, or its region (Tap region:NAME \"label\"):\n\
             \"Tea\" @2,3\n\"Tea\" @6,7"
        );
    }
}
