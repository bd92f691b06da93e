//! The menu: categories, items, modifier groups, modifiers and taxes, checked as a whole before anyone sells from it.

use super::id::{CategoryId, ItemId, ModifierGroupId, ModifierId, StationId, TaxId};
use super::limits::{MODIFIER_QUANTITY_MAX, PRICE_MAX};
use super::money::{Currency, Money};
use super::order::OrderType;
use super::tax::{LineTax, TaxRate};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

/// A tag on an item that puts it on the register's first page as well.
pub const FAVOURITE: &str = "favourite";

/// A tax of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tax {
    /// Its id.
    pub tax_id: TaxId,
    /// Its name on receipts.
    pub name: String,
    /// Its rate.
    pub rate: TaxRate,
    /// Whether menu prices contain it.
    pub included_in_price: bool,
}

/// A page of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub category_id: CategoryId,
    /// Its name on screen.
    pub name: String,
    /// Its place among the categories.
    pub sort_order: i64,
    /// Where its items are made, unless an item says otherwise.
    pub station: StationId,
}

/// Something that is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub item_id: ItemId,
    /// Its page.
    pub category_id: CategoryId,
    /// Its name on screen and paper.
    pub name: String,
    /// Its price before modifiers.
    pub price: Money,
    /// The cashier types the price.
    pub open_price: bool,
    /// Its tax.
    pub tax_id: TaxId,
    /// Its tax for order types that differ.
    pub tax_by_order_type: BTreeMap<OrderType, TaxId>,
    /// Its modifier groups, in the order in which they are asked.
    pub modifier_group_ids: Vec<ModifierGroupId>,
    /// The number that a cashier types; empty when it has none.
    pub plu: String,
    /// Free words; [`FAVOURITE`] is the one that the register knows.
    pub tags: Vec<String>,
    /// Its place in its category.
    pub sort_order: i64,
    /// False when it is sold out (86).
    pub available: bool,
    /// Where it is made, when not where its category is.
    pub station: Option<StationId>,
}

/// A question about an item: which of these, how many at least and at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModifierGroup {
    /// Its id.
    pub modifier_group_id: ModifierGroupId,
    /// Its name on screen.
    pub name: String,
    /// Fewest that must be chosen; more than 0 makes the group required.
    pub min_selections: u32,
    /// Most that may be chosen; `None` = no limit.
    pub max_selections: Option<u32>,
}

/// One answer to such a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modifier {
    /// Its id.
    pub modifier_id: ModifierId,
    /// Its group.
    pub modifier_group_id: ModifierGroupId,
    /// Its name on screen and paper.
    pub name: String,
    /// Added to the item's price.
    pub price: Money,
    /// Its place in its group.
    pub sort_order: i64,
}

/// What a menu is made of, before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The currency of every price.
    pub currency: Currency,
    /// Its taxes.
    pub taxes: Vec<Tax>,
    /// Its pages.
    pub categories: Vec<Category>,
    /// What is sold.
    pub items: Vec<Item>,
    /// The questions.
    pub modifier_groups: Vec<ModifierGroup>,
    /// The answers.
    pub modifiers: Vec<Modifier>,
}

/// One thing that is wrong with a menu, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The place in the exchange format: `items[12].price`.
    pub place: String,
    /// What is wrong with it and what would be right.
    pub what: String,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.place, self.what)
    }
}

/// A menu that was checked: every reference resolves, every required question can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    parts: Parts,
    item_at: HashMap<ItemId, usize>,
    plu_at: HashMap<String, usize>,
    group_at: HashMap<ModifierGroupId, usize>,
    modifier_at: HashMap<ModifierId, usize>,
    modifiers_of: HashMap<ModifierGroupId, Vec<usize>>,
    items_of: HashMap<CategoryId, Vec<usize>>,
    category_order: Vec<usize>,
}

impl Menu {
    /// Checks the parts and puts them in order: a menu that came as documents, in the order of their ids, is the same
    /// as the one that was read from a file.
    ///
    /// # Errors
    /// Every flaw at once, each with its place, in the order of the exchange format.
    pub fn assemble(mut parts: Parts) -> Result<Menu, Vec<Flaw>> {
        let flaws = flaws(&parts);
        if !flaws.is_empty() {
            return Err(flaws);
        }
        put_in_order(&mut parts);
        let mut category_order: Vec<usize> = (0..parts.categories.len()).collect();
        category_order.sort_by_key(|&at| parts.categories[at].sort_order);
        let mut items_of: HashMap<CategoryId, Vec<usize>> = HashMap::new();
        for (at, item) in parts.items.iter().enumerate() {
            items_of.entry(item.category_id.clone()).or_default().push(at);
        }
        items_of.values_mut().for_each(|all| all.sort_by_key(|&at| parts.items[at].sort_order));
        let mut modifiers_of: HashMap<ModifierGroupId, Vec<usize>> = HashMap::new();
        for (at, modifier) in parts.modifiers.iter().enumerate() {
            modifiers_of.entry(modifier.modifier_group_id.clone()).or_default().push(at);
        }
        modifiers_of.values_mut().for_each(|all| all.sort_by_key(|&at| parts.modifiers[at].sort_order));
        let plus = parts.items.iter().enumerate().filter(|(_, item)| !item.plu.is_empty());
        Ok(Menu {
            item_at: positions(parts.items.iter().map(|item| item.item_id.clone())),
            plu_at: plus.map(|(at, item)| (item.plu.clone(), at)).collect(),
            group_at: positions(parts.modifier_groups.iter().map(|group| group.modifier_group_id.clone())),
            modifier_at: positions(parts.modifiers.iter().map(|modifier| modifier.modifier_id.clone())),
            modifiers_of,
            items_of,
            category_order,
            parts,
        })
    }

    /// What it was made of.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The currency of every price.
    pub fn currency(&self) -> Currency {
        self.parts.currency
    }

    /// The categories in their order.
    pub fn categories(&self) -> impl Iterator<Item = &Category> {
        self.category_order.iter().map(|&at| &self.parts.categories[at])
    }

    /// The items of a category in their order.
    pub fn items_of(&self, category: &CategoryId) -> impl Iterator<Item = &Item> {
        self.items_of.get(category).into_iter().flatten().map(|&at| &self.parts.items[at])
    }

    /// The items tagged as favourites, in the order of the menu.
    pub fn favourites(&self) -> impl Iterator<Item = &Item> {
        self.parts.items.iter().filter(|item| item.tags.iter().any(|tag| tag == FAVOURITE))
    }

    /// Every item.
    pub fn items(&self) -> &[Item] {
        &self.parts.items
    }

    /// The item of that id.
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.item_at.get(id).map(|&at| &self.parts.items[at])
    }

    /// The item that carries that number.
    pub fn item_by_plu(&self, plu: &str) -> Option<&Item> {
        self.plu_at.get(plu).map(|&at| &self.parts.items[at])
    }

    /// The group of that id.
    pub fn group(&self, id: &ModifierGroupId) -> Option<&ModifierGroup> {
        self.group_at.get(id).map(|&at| &self.parts.modifier_groups[at])
    }

    /// The groups of an item, in the order in which they are asked.
    pub fn groups_of<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = &'a ModifierGroup> {
        item.modifier_group_ids.iter().filter_map(|id| self.group(id))
    }

    /// The modifier of that id.
    pub fn modifier(&self, id: &ModifierId) -> Option<&Modifier> {
        self.modifier_at.get(id).map(|&at| &self.parts.modifiers[at])
    }

    /// The modifiers of a group in their order.
    pub fn modifiers_of(&self, group: &ModifierGroupId) -> impl Iterator<Item = &Modifier> {
        self.modifiers_of.get(group).into_iter().flatten().map(|&at| &self.parts.modifiers[at])
    }

    /// Where an item is made.
    pub fn station_of(&self, item: &Item) -> StationId {
        item.station.clone().unwrap_or_else(|| {
            let category = self.parts.categories.iter().find(|it| it.category_id == item.category_id);
            category.expect("a checked menu names no unknown category").station.clone()
        })
    }

    /// Every station that makes something, in alphabetical order.
    pub fn stations(&self) -> Vec<StationId> {
        let of_items = self.parts.items.iter().filter_map(|item| item.station.clone());
        let mut all: Vec<_> = self.parts.categories.iter().map(|it| it.station.clone()).chain(of_items).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The tax of an item for an order type, as a line captures it.
    pub fn tax_of(&self, item: &Item, order_type: OrderType) -> LineTax {
        let id = item.tax_by_order_type.get(&order_type).unwrap_or(&item.tax_id);
        let tax = self.parts.taxes.iter().find(|tax| tax.tax_id == *id);
        let tax = tax.expect("a checked menu names no unknown tax");
        let (tax_id, name) = (tax.tax_id.clone(), tax.name.clone());
        LineTax { tax_id, name, rate: tax.rate, included: tax.included_in_price }
    }
}

/// Puts categories and the items of each in their order; those that say the same place stay as they stand.
fn put_in_order(parts: &mut Parts) {
    parts.categories.sort_by_key(|it| it.sort_order);
    let page = positions(parts.categories.iter().map(|it| it.category_id.clone()));
    parts.items.sort_by_key(|it| (page.get(&it.category_id).copied(), it.sort_order));
}

fn positions<K: Eq + Hash>(ids: impl Iterator<Item = K>) -> HashMap<K, usize> {
    ids.enumerate().map(|(at, id)| (id, at)).collect()
}

/// Collects flaws as a walk over the parts finds them.
#[derive(Default)]
struct Flaws(Vec<Flaw>);

impl Flaws {
    fn unless(&mut self, right: bool, place: impl FnOnce() -> String, what: impl FnOnce() -> String) {
        if !right {
            self.0.push(Flaw { place: place(), what: what() });
        }
    }

    /// Ids and names must say something and stand once.
    fn ids<'a>(&mut self, list: &str, field: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (at, id) in ids.enumerate() {
            let place = || format!("{list}[{at}].{field}");
            self.unless(!id.is_empty(), place, || "must not be empty".into());
            let first = *seen.entry(id).or_insert(at);
            self.unless(first == at, place, || format!("`{id}` stands at {list}[{first}] already"));
        }
    }

    fn names<'a>(&mut self, list: &str, names: impl Iterator<Item = &'a str>) {
        for (at, name) in names.enumerate() {
            let place = || format!("{list}[{at}].name");
            let longest = super::limits::TEXT_CHARS_MAX;
            self.unless(!name.trim().is_empty(), place, || "must not be empty".into());
            self.unless(name.chars().count() <= longest, place, || format!("is longer than {longest} characters"));
            self.unless(!name.chars().any(char::is_control), place, || {
                "holds a control character; names are plain text".into()
            });
        }
    }

    fn price(&mut self, place: String, price: Money) {
        self.unless(
            (0..=PRICE_MAX).contains(&price.0),
            || place,
            || format!("{} is not between 0 and {PRICE_MAX} minor units", price.0),
        );
    }
}

fn flaws(parts: &Parts) -> Vec<Flaw> {
    let mut found = Flaws::default();
    found.ids("taxes", "tax_id", parts.taxes.iter().map(|it| it.tax_id.as_str()));
    found.names("taxes", parts.taxes.iter().map(|it| it.name.as_str()));
    for (at, tax) in parts.taxes.iter().enumerate() {
        found.unless(
            tax.rate.0 <= 10_000,
            || format!("taxes[{at}].rate_basis_points"),
            || format!("{} is more than 10000 (100%)", tax.rate.0),
        );
    }
    found.ids("categories", "category_id", parts.categories.iter().map(|it| it.category_id.as_str()));
    found.names("categories", parts.categories.iter().map(|it| it.name.as_str()));
    for (at, category) in parts.categories.iter().enumerate() {
        let place = || format!("categories[{at}].station");
        found.unless(!category.station.as_str().is_empty(), place, || "must name a station".into());
    }
    item_flaws(parts, &mut found);
    modifier_flaws(parts, &mut found);
    found.0
}

fn item_flaws(parts: &Parts, found: &mut Flaws) {
    let taxes: HashSet<_> = parts.taxes.iter().map(|it| &it.tax_id).collect();
    let categories: HashSet<_> = parts.categories.iter().map(|it| &it.category_id).collect();
    let groups: HashSet<_> = parts.modifier_groups.iter().map(|it| &it.modifier_group_id).collect();
    found.ids("items", "item_id", parts.items.iter().map(|it| it.item_id.as_str()));
    found.names("items", parts.items.iter().map(|it| it.name.as_str()));
    let mut plus: HashMap<&str, usize> = HashMap::new();
    for (at, item) in parts.items.iter().enumerate() {
        let place = |field: &str| format!("items[{at}].{field}");
        found.price(place("price"), item.price);
        found.unless(
            categories.contains(&item.category_id),
            || place("category_id"),
            || format!("there is no category `{}`", item.category_id),
        );
        found.unless(taxes.contains(&item.tax_id), || place("tax_id"), || format!("there is no tax `{}`", item.tax_id));
        for (order_type, tax) in &item.tax_by_order_type {
            found.unless(
                taxes.contains(tax),
                || place(&format!("tax_by_order_type.{}", order_type.code())),
                || format!("there is no tax `{tax}`"),
            );
        }
        let named = item.station.as_ref().is_none_or(|station| !station.as_str().is_empty());
        found.unless(named, || place("station"), || "must name a station".into());
        for (nth, group) in item.modifier_group_ids.iter().enumerate() {
            let place = || place(&format!("modifier_group_ids[{nth}]"));
            found.unless(groups.contains(group), place, || format!("there is no modifier group `{group}`"));
            let first = item.modifier_group_ids.iter().position(|it| it == group);
            found.unless(first == Some(nth), place, || format!("`{group}` is asked twice"));
        }
        if item.plu.is_empty() {
            continue;
        }
        let digits = item.plu.bytes().all(|b| b.is_ascii_digit()) && item.plu.len() <= 8;
        found.unless(digits, || place("plu"), || format!("`{}` is not a number of up to 8 digits", item.plu));
        let first = *plus.entry(&item.plu).or_insert(at);
        found.unless(first == at, || place("plu"), || format!("{} is the number of items[{first}] already", item.plu));
    }
}

fn modifier_flaws(parts: &Parts, found: &mut Flaws) {
    let group_ids = || parts.modifier_groups.iter().map(|it| it.modifier_group_id.as_str());
    found.ids("modifier_groups", "modifier_group_id", group_ids());
    found.names("modifier_groups", parts.modifier_groups.iter().map(|it| it.name.as_str()));
    let groups: HashSet<_> = parts.modifier_groups.iter().map(|it| &it.modifier_group_id).collect();
    let mut members: HashMap<&ModifierGroupId, u32> = HashMap::new();
    for modifier in &parts.modifiers {
        *members.entry(&modifier.modifier_group_id).or_default() += 1;
    }
    for (at, group) in parts.modifier_groups.iter().enumerate() {
        let place = |field: &str| format!("modifier_groups[{at}].{field}");
        let (min, max) = (group.min_selections, group.max_selections);
        found.unless(max != Some(0), || place("max_selections"), || "must be at least 1, or null for no limit".into());
        found.unless(
            max.is_none_or(|max| min <= max),
            || place("min_selections"),
            || format!("{min} is more than max_selections"),
        );
        let known = members.get(&group.modifier_group_id).copied().unwrap_or(0);
        found.unless(
            min == 0 || known > 0,
            || place("min_selections"),
            || format!("asks for {min}, and the group has no modifiers"),
        );
        let most = known.saturating_mul(MODIFIER_QUANTITY_MAX);
        found.unless(
            known == 0 || min <= most,
            || place("min_selections"),
            || format!("asks for {min}, and the group's modifiers can be had {most} times at most"),
        );
    }
    found.ids("modifiers", "modifier_id", parts.modifiers.iter().map(|it| it.modifier_id.as_str()));
    found.names("modifiers", parts.modifiers.iter().map(|it| it.name.as_str()));
    for (at, modifier) in parts.modifiers.iter().enumerate() {
        found.price(format!("modifiers[{at}].price"), modifier.price);
        let group = &modifier.modifier_group_id;
        found.unless(
            groups.contains(group),
            || format!("modifiers[{at}].modifier_group_id"),
            || format!("there is no modifier group `{group}`"),
        );
    }
}
