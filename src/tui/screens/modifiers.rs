//! Modifiers: every question about an item on one page, in the order of the menu; the first that needs an answer is
//! marked.

use crate::domain::command::{Command, Pick};
use crate::domain::decide::picks_of;
use crate::domain::id::{ItemId, LineId};
use crate::domain::limits::MODIFIER_QUANTITY_MAX;
use crate::domain::menu::{Item, Menu, Modifier, ModifierGroup};
use crate::domain::order::{Line, LineModifier, Qualifier};
use crate::domain::{Money, Refusal};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::touch::KeySize;
use crate::tui::widgets::{addressed, button, letter, wrapped};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Modifiers of an item to be sold, or of a line to be changed.
#[derive(Debug)]
pub struct Modifiers {
    item: ItemId,
    line: Option<LineId>,
    quantity: u32,
    /// For how many of them.
    of: u32,
    price: Option<Money>,
    picks: Vec<Pick>,
    saying: Option<Qualifier>,
    group: usize,
    /// The first modifier in sight of a group that is turned page by page, and which group that is.
    leaf: (usize, usize),
}

impl Modifiers {
    /// For an item that is not on the order yet.
    pub(super) fn for_new(item: &Item, quantity: u32, price: Option<Money>) -> Modifiers {
        let item = item.item_id.clone();
        Modifiers {
            item,
            line: None,
            quantity,
            of: quantity,
            price,
            picks: Vec::new(),
            saying: None,
            group: 0,
            leaf: (0, 0),
        }
    }

    /// For a line of the order.
    pub(super) fn for_line(line: &Line) -> Modifiers {
        Modifiers {
            item: line.item_id.clone(),
            line: Some(line.line_id),
            quantity: line.quantity,
            of: line.quantity,
            price: None,
            picks: picks_of(line),
            saying: None,
            group: 0,
            leaf: (0, 0),
        }
    }

    fn count(&self, menu: &Menu, group: &ModifierGroup) -> u32 {
        let of_group = |pick: &&Pick| {
            let modifier = menu.modifier(&pick.modifier_id);
            modifier.is_some_and(|it| it.modifier_group_id == group.modifier_group_id)
        };
        let counted = self.picks.iter().filter(of_group).filter(|pick| pick.qualifier != Some(Qualifier::No));
        counted.map(|pick| pick.quantity).sum()
    }

    /// The first group that has too few answers.
    fn unanswered<'m>(&self, menu: &'m Menu, item: &'m Item) -> Option<(usize, &'m ModifierGroup)> {
        menu.groups_of(item).enumerate().find(|(_, group)| self.count(menu, group) < group.min_selections)
    }

    /// Whether nothing more could be answered: every group has as many as it takes.
    fn is_full(&self, menu: &Menu, item: &Item) -> bool {
        menu.groups_of(item).all(|group| group.max_selections.is_some_and(|max| self.count(menu, group) >= max))
    }

    fn finish(&mut self, desk: &Desk) -> Then {
        let Some(item) = desk.menu.item(&self.item) else { return Then::Close };
        if let Some((nth, group)) = self.unanswered(desk.menu, item) {
            self.group = nth;
            let refusal = Refusal::TooFewModifiers { group: group.name.clone(), min: group.min_selections };
            return Then::Say(refusal.to_string());
        }
        let picks = self.picks.clone();
        Then::Do(match self.line {
            Some(line) => Command::SetModifiers { line, of: self.of, picks },
            None => Command::AddItem { item: self.item.clone(), quantity: self.quantity, price: self.price, picks },
        })
    }

    /// Chooses a modifier, once more, or with what was said before (NO, EXTRA).
    fn pick(&mut self, desk: &Desk, modifier: &Modifier) -> Then {
        let Some(item) = desk.menu.item(&self.item) else { return Then::Close };
        let Some(group) = desk.menu.group(&modifier.modifier_group_id) else { return Then::Stay };
        let at = self.picks.iter().position(|pick| pick.modifier_id == modifier.modifier_id);
        let saying = self.saying.take();
        match (at, saying) {
            (Some(at), None) if self.picks[at].qualifier == Some(Qualifier::No) => self.picks[at].qualifier = None,
            (Some(at), None) if group.max_selections == Some(1) => {
                if group.min_selections == 0 {
                    self.picks.remove(at);
                }
            }
            (Some(at), None) => {
                let (count, most) = (self.count(desk.menu, group), MODIFIER_QUANTITY_MAX);
                if let Some(max) = group.max_selections.filter(|&max| count >= max).or((count >= most).then_some(most))
                {
                    return Then::Say(Refusal::TooManyModifiers { group: group.name.clone(), max }.to_string());
                }
                self.picks[at].quantity += 1;
            }
            // - on what is chosen takes one away; on what is not, it says NO; on NO, it says nothing any more.
            (Some(at), Some(Qualifier::No)) => {
                self.picks[at].quantity -= 1;
                if self.picks[at].quantity == 0 {
                    self.picks.remove(at);
                }
            }
            (Some(at), Some(Qualifier::Extra)) => self.picks[at].qualifier = Some(Qualifier::Extra),
            (None, qualifier) => return self.pick_fresh(desk, item, group, modifier, qualifier),
        }
        Then::Stay
    }

    fn pick_fresh(
        &mut self,
        desk: &Desk,
        item: &Item,
        group: &ModifierGroup,
        modifier: &Modifier,
        qualifier: Option<Qualifier>,
    ) -> Then {
        if qualifier != Some(Qualifier::No) {
            if group.max_selections == Some(1) {
                let same = |pick: &Pick| {
                    desk.menu
                        .modifier(&pick.modifier_id)
                        .is_some_and(|it| it.modifier_group_id == group.modifier_group_id)
                };
                self.picks.retain(|pick| !same(pick) || pick.qualifier == Some(Qualifier::No));
            } else if let Some(max) = group.max_selections.filter(|&max| self.count(desk.menu, group) >= max) {
                return Then::Say(Refusal::TooManyModifiers { group: group.name.clone(), max }.to_string());
            }
        }
        self.picks.push(Pick { modifier_id: modifier.modifier_id.clone(), quantity: 1, qualifier });
        let nth = desk.menu.groups_of(item).position(|it| it.modifier_group_id == group.modifier_group_id);
        self.group = nth.unwrap_or(self.group);
        // An item that cannot be made otherwise is asked through to its end; a line is changed until Enter.
        if self.line.is_none() {
            if self.is_full(desk.menu, item) {
                return self.finish(desk);
            }
            if let Some((nth, _)) = self.unanswered(desk.menu, item).filter(|_| self.is_answered(desk.menu, group)) {
                self.group = nth;
            }
        }
        Then::Stay
    }

    fn is_answered(&self, menu: &Menu, group: &ModifierGroup) -> bool {
        self.count(menu, group) >= group.min_selections.max(1)
    }

    /// The rows of the page from the first group in sight on: a heading, then its modifiers.
    fn sections<'m>(&self, menu: &'m Menu, item: &'m Item, area: Rect, touch: Option<KeySize>) -> Sections<'m> {
        let all: Vec<_> = menu
            .groups_of(item)
            .enumerate()
            .map(|(nth, group)| (nth, group, menu.modifiers_of(&group.modifier_group_id).collect::<Vec<_>>()))
            .collect();
        let columns = columns_of(area, touch);
        let height = touch.map_or(1, |size| usize::from(size.rows));
        let rows = |section: &(usize, &ModifierGroup, Vec<&Modifier>)| 1 + section.2.len().div_ceil(columns) * height;
        let letters: usize = all.iter().map(|section| section.2.len()).sum();
        let fits = all.iter().map(rows).sum::<usize>() <= usize::from(area.height) && letters <= 26;
        if fits || touch.is_none() {
            return all.into_iter().skip(if fits { 0 } else { self.group }).collect();
        }
        // A group a page; where one has more than a page, it is turned.
        let Some((nth, group, modifiers)) = all.into_iter().nth(self.group) else { return Vec::new() };
        let part = match self.turned(&modifiers, area, touch) {
            Some((from, page)) => modifiers.into_iter().skip(from).take(page).collect(),
            None => modifiers,
        };
        vec![(nth, group, part)]
    }

    /// Of a group that has more modifiers than a page of keys: the first in sight, and how many a page shows.
    fn turned(&self, modifiers: &[&Modifier], area: Rect, touch: Option<KeySize>) -> Option<(usize, usize)> {
        let places = places_of(area, touch?);
        let from = if self.leaf.0 == self.group { self.leaf.1 } else { 0 };
        (modifiers.len() > places).then(|| (from.min(modifiers.len() - 1), places.saturating_sub(2).max(1)))
    }

    /// Page Up and Page Down with a panel.
    fn turn(&mut self, desk: &Desk, key: Key) {
        let Some(item) = desk.menu.item(&self.item) else { return };
        let Some(group) = desk.menu.groups_of(item).nth(self.group) else { return };
        let modifiers: Vec<&Modifier> = desk.menu.modifiers_of(&group.modifier_group_id).collect();
        let Some((from, page)) = self.turned(&modifiers, self.right(desk), desk.touch()) else { return };
        let to = if key == Key::PageUp { from.saturating_sub(page) } else { from + page };
        self.leaf = (self.group, if to < modifiers.len() { to } else { from });
    }

    fn right(&self, desk: &Desk) -> Rect {
        right_of(desk.main(self.keys(desk).len()))
    }

    fn nth<'m>(&self, desk: &Desk<'m>, nth: usize) -> Option<&'m Modifier> {
        let item = desk.menu.item(&self.item)?;
        let sections = self.sections(desk.menu, item, self.right(desk), desk.touch());
        sections.into_iter().flat_map(|(_, _, modifiers)| modifiers).nth(nth)
    }
}

/// Groups in sight, each with its place among all of them and those of its modifiers that are in sight.
type Sections<'m> = Vec<(usize, &'m ModifierGroup, Vec<&'m Modifier>)>;

fn columns_of(area: Rect, touch: Option<KeySize>) -> usize {
    let narrowest = touch.map_or(22, |size| size.columns.max(9));
    usize::from((area.width / narrowest).max(1))
}

/// How many keys stand below one heading.
fn places_of(area: Rect, size: KeySize) -> usize {
    let rows = usize::from(size.down(area.height.saturating_sub(1)));
    (columns_of(area, Some(size)) * rows).min(26)
}

fn right_of(area: Rect) -> Rect {
    let left = (area.width * 2 / 5).clamp(28, 48);
    Rect {
        x: area.x + left + 1,
        width: area.width.saturating_sub(left + 1),
        height: area.height.saturating_sub(1),
        ..area
    }
}

impl Screen for Modifiers {
    const NAME: &'static str = "modifiers";
    const HELP: &'static [&'static str] = &[
        "Press the letter of a modifier to choose it; press it again for one more. Enter is done.",
        "- and then a letter says NO (or takes one away); + and then a letter says EXTRA.",
        "A group marked ! needs an answer. Tab goes to the next group where they do not all fit.",
        "With several of an item, a digit says for how many of them: the rest stays as it was.",
        "On a touch panel, where they do not all fit, a page shows one group: Tab (Next group) goes on.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("A-Z", "chooses the modifier at that letter, once more each time"),
        ("0-9", "for how many of a line of several"),
        ("Right, Down, PgDn", "as Tab"),
        ("Left, Up, PgUp, Shift+Tab", "the group before"),
        ("Delete", "as Backspace"),
    ];

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        let mut keys =
            vec![(Key::Enter, "Done"), (Key::Esc, "Cancel"), (Key::Char('-'), "NO"), (Key::Char('+'), "EXTRA")];
        keys.extend([(Key::Tab, "Next group"), (Key::Backspace, "Take back")]);
        if self.line.is_some() && self.quantity > 1 {
            keys.push((Key::Char('1'), "For one"));
        }
        keys
    }

    fn examples(desk: &Desk) -> Vec<Modifiers> {
        let asked = desk.menu.items().iter().find(|item| !item.modifier_group_ids.is_empty());
        let line = desk.hand.line().filter(|line| desk.menu.item(&line.item_id).is_some());
        let new = asked.map(|item| Modifiers::for_new(item, 1, None));
        new.into_iter().chain(line.map(Modifiers::for_line)).collect()
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let groups = desk.menu.item(&self.item).map_or(1, |item| item.modifier_group_ids.len()).max(1);
        match action {
            Action::Press(Key::Enter) => return self.finish(desk),
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(key @ (Key::PageUp | Key::PageDown)) if desk.touch().is_some() => self.turn(desk, key),
            Action::Press(Key::Tab | Key::Right | Key::Down | Key::PageDown) => self.group = (self.group + 1) % groups,
            Action::Press(Key::BackTab | Key::Left | Key::Up | Key::PageUp) => {
                self.group = (self.group + groups - 1) % groups
            }
            Action::Press(Key::Char('-')) => self.saying = Some(Qualifier::No),
            Action::Press(Key::Char('+')) => self.saying = Some(Qualifier::Extra),
            Action::Press(Key::Backspace | Key::Delete) => drop(self.picks.pop()),
            Action::Press(Key::Char(digit)) if digit.is_ascii_digit() => {
                let of = u32::from(digit as u8 - b'0');
                if self.line.is_none() {
                    return Then::Say(
                        "How many is typed before the item, as in 2*; here, press the letter of a modifier".into(),
                    );
                }
                if of == 0 || of > self.quantity {
                    return Then::Say(format!(
                        "There are {} of it: 1 to {} can be changed",
                        self.quantity, self.quantity
                    ));
                }
                self.of = of;
            }
            Action::Press(Key::Char(typed)) => {
                return match addressed(typed.to_ascii_uppercase()).and_then(|nth| self.nth(desk, nth)) {
                    Some(modifier) => self.pick(desk, modifier),
                    None => Then::Say("There is no modifier at that key".into()),
                };
            }
            Action::Cell(nth) => {
                if let Some(modifier) = self.nth(desk, nth) {
                    return self.pick(desk, modifier);
                }
            }
            Action::Page(nth) => self.group = nth.min(groups - 1),
            Action::Press(_) | Action::Offer(_) | Action::Row(_) => {}
        }
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let Some(item) = desk.menu.item(&self.item) else { return };
        let left = Rect { width: right_of(area).x - area.x - 1, ..area };
        self.view_chosen(desk, canvas, left, item);
        self.view_groups(desk, canvas, right_of(area), item);
        if let Some(qualifier) = self.saying {
            let word = if qualifier == Qualifier::No { "NO" } else { "EXTRA" };
            let says = format!(" {word} ...: which? ");
            canvas.text(area.x + 1, area.bottom() - 1, area.width - 1, &says, canvas.theme.busy);
        }
    }
}

impl Modifiers {
    fn view_chosen(&self, desk: &Desk, canvas: &mut Canvas, area: Rect, item: &Item) {
        canvas.region("chosen", area);
        let theme = canvas.theme;
        let inside = canvas.frame(Rect { height: area.height.saturating_sub(1), ..area }, "Modifiers", theme.faint);
        let title = if self.of < self.quantity {
            format!("{} of {} {}", self.of, self.quantity, item.name)
        } else {
            format!("{} {}", self.quantity, item.name)
        };
        canvas.text(inside.x + 1, inside.y, inside.width - 1, &title, theme.strong);
        let mut each = self.price.unwrap_or(item.price);
        let chosen: Vec<LineModifier> = self
            .picks
            .iter()
            .filter_map(|pick| {
                let modifier = desk.menu.modifier(&pick.modifier_id)?;
                Some(LineModifier {
                    modifier_id: pick.modifier_id.clone(),
                    name: modifier.name.clone(),
                    price: modifier.price,
                    quantity: pick.quantity,
                    qualifier: pick.qualifier,
                })
            })
            .collect();
        for (nth, modifier) in chosen.iter().enumerate() {
            each += modifier.adds();
            let row = inside.y + 1 + nth as u16;
            if row < inside.bottom().saturating_sub(1) {
                let amount = if modifier.adds().is_zero() { String::new() } else { desk.digits(modifier.adds()) };
                canvas.text(inside.x + 2, row, inside.width.saturating_sub(10), &modifier.words(), theme.plain);
                canvas.right(inside.x, row, inside.width.saturating_sub(1), &amount, theme.plain);
            }
        }
        let total = format!("{} each", desk.digits(each));
        canvas.right(inside.x, inside.bottom().saturating_sub(1), inside.width.saturating_sub(1), &total, theme.strong);
    }

    fn view_groups(&self, desk: &Desk, canvas: &mut Canvas, area: Rect, item: &Item) {
        canvas.region("modifiers", area);
        let theme = canvas.theme;
        let touch = canvas.touch;
        let columns = columns_of(area, touch);
        let height = touch.map_or(1, |size| size.rows);
        let width = area.width / columns as u16;
        let (mut row, mut nth) = (area.y, 0);
        for (group_nth, group, modifiers) in self.sections(desk.menu, item, area, touch) {
            if row >= area.bottom() {
                break;
            }
            let count = self.count(desk.menu, group);
            let mark = if count < group.min_selections { "!" } else { " " };
            let takes = match (group.min_selections, group.max_selections) {
                (0, None) => "any".to_owned(),
                (0, Some(max)) => format!("up to {max}"),
                (min, None) => format!("at least {min}"),
                (min, Some(max)) if min == max => format!("choose {min}"),
                (min, Some(max)) => format!("{min} to {max}"),
            };
            let heading = format!("{mark} {} ({takes}, {count} chosen)", group.name);
            let style = if group_nth == self.group { theme.strong } else { theme.faint };
            canvas.text(area.x, row, area.width, &heading, style);
            if touch.is_none() {
                canvas.target(group.name.clone(), Rect { y: row, height: 1, ..area }, Action::Page(group_nth));
            }
            row += 1;
            for chunk in modifiers.chunks(columns) {
                for (column, modifier) in chunk.iter().enumerate() {
                    let x = area.x + column as u16 * width;
                    let spot = Rect { x, y: row, width: width - 1, height };
                    if row < area.bottom() {
                        self.view_modifier(desk, canvas, spot, modifier, nth);
                    }
                    nth += 1;
                }
                row += height;
            }
            let all: Vec<&Modifier> = desk.menu.modifiers_of(&group.modifier_group_id).collect();
            if let Some(size) = touch
                && self.turned(&all, area, touch).is_some()
            {
                // The last two places of the page turn it.
                let places = places_of(area, size);
                for (at, words, key) in [(places - 2, "< Page", Key::PageUp), (places - 1, "Page >", Key::PageDown)] {
                    let (x, y) = ((at % columns) as u16 * width, (at / columns) as u16 * height);
                    button(canvas, Rect { x: area.x + x, y: area.y + 1 + y, width, height }, words, key);
                }
            }
        }
    }

    fn view_modifier(&self, desk: &Desk, canvas: &mut Canvas, spot: Rect, modifier: &Modifier, nth: usize) {
        let theme = canvas.theme;
        let pick = self.picks.iter().find(|pick| pick.modifier_id == modifier.modifier_id);
        let (mark, style) = match pick {
            None => (String::new(), theme.key),
            Some(Pick { qualifier: Some(Qualifier::No), .. }) => ("NO ".to_owned(), theme.wrong),
            Some(Pick { qualifier: Some(Qualifier::Extra), .. }) => ("EXTRA ".to_owned(), theme.chosen),
            Some(Pick { quantity: 1, .. }) => ("* ".to_owned(), theme.chosen),
            Some(Pick { quantity, .. }) => (format!("{quantity} "), theme.chosen),
        };
        canvas.fill(spot, style);
        let mut x = spot.x;
        if let Some(letter) = letter(nth) {
            x += canvas.text(x, spot.y, 2, &format!("{letter} "), theme.address);
        }
        let price = if modifier.price.is_zero() { String::new() } else { desk.digits(modifier.price) };
        let room = spot.right().saturating_sub(x);
        let name = format!("{mark}{}", modifier.name);
        if spot.height > 1 {
            let below = u16::from(!price.is_empty());
            for (row, line) in wrapped(&name, room, spot.width, spot.height - below).iter().enumerate() {
                let x = if row == 0 { x } else { spot.x };
                canvas.text(x, spot.y + row as u16, spot.right() - x, line, style);
            }
            canvas.right(spot.x, spot.bottom() - 1, spot.width, &price, style);
        } else {
            let name_room = room.saturating_sub(price.len() as u16 + 1);
            canvas.text(x, spot.y, name_room, &name, style);
            canvas.right(x, spot.y, room, &price, style);
        }
        let gap = u16::from(canvas.touch.is_some());
        let answers = Rect { width: spot.width + gap, ..spot };
        canvas.target(modifier.name.clone(), answers, Action::Cell(nth));
    }
}
