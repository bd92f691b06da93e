//! Walks over the JSON of a menu file and notes everything that has not the right shape.
//!
//! A value of the wrong shape is replaced by a placeholder, so that the references of all others can still be checked.

use super::super::fields::{kind, plain, quoted, whole};
use super::super::limits::{
    CATEGORIES_MAX, ID_CHARS_MAX, ITEM_GROUPS_MAX, ITEM_TAGS_MAX, ITEMS_MAX, MODIFIER_GROUPS_MAX, MODIFIERS_MAX,
    TAXES_MAX, UNKNOWN_KEYS_MAX,
};
use super::hints::{did_you_mean, nearest};
use crate::domain::limits::PRICE_MAX;
use crate::domain::menu::{Category, Flaw, Item, Modifier, ModifierGroup, Parts, Tax};
use crate::domain::tax::TaxRate;
use crate::domain::{CategoryId, Currency, ItemId, ModifierGroupId, ModifierId, Money, OrderType, StationId, TaxId};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

pub(super) const FILE_FIELDS: &[&str] = &["currency", "taxes", "categories", "items", "modifier_groups", "modifiers"];
const TAX_FIELDS: &[&str] = &["tax_id", "name", "rate_basis_points", "included_in_price"];
const CATEGORY_FIELDS: &[&str] = &["category_id", "name", "sort_order", "station"];
const ITEM_FIELDS: &[&str] = &[
    "item_id",
    "category_id",
    "name",
    "price",
    "open_price",
    "tax_id",
    "tax_by_order_type",
    "modifier_group_ids",
    "plu",
    "tags",
    "sort_order",
    "available",
    "station",
];
const GROUP_FIELDS: &[&str] = &["modifier_group_id", "name", "min_selections", "max_selections"];
const MODIFIER_FIELDS: &[&str] = &["modifier_id", "modifier_group_id", "name", "price", "sort_order"];

/// The lists of the format with the fields of their entries, in the order of the format.
pub(super) const LISTS: &[(&str, &[&str])] = &[
    ("taxes", TAX_FIELDS),
    ("categories", CATEGORY_FIELDS),
    ("items", ITEM_FIELDS),
    ("modifier_groups", GROUP_FIELDS),
    ("modifiers", MODIFIER_FIELDS),
];

/// What a walk found out besides the parts.
#[derive(Default)]
pub(super) struct Found {
    /// What has the wrong shape.
    pub(super) flaws: Vec<Flaw>,
    /// Places about which nothing more needs to be said: those of the flaws, and of keys that are only misspelt.
    pub(super) told: HashSet<String>,
    /// Lists of which some entry is not known by its id: references into them may be right.
    holes: HashSet<&'static str>,
}

impl Found {
    fn flaw(&mut self, place: String, what: impl Into<String>) {
        self.told.insert(place.clone());
        self.flaws.push(Flaw { place, what: what.into() });
    }
}

/// Reads the parts; what could not be read is a placeholder in them and a flaw.
pub(super) fn walk(root: &Map<String, Value>) -> (Parts, Found) {
    let mut found = Found::default();
    let file = Entry::open(&mut found, String::new(), root, FILE_FIELDS);
    let euro = || Currency::of("EUR").expect("the table of currencies holds the euro");
    let currency = file.read(&mut found, "currency", None, read_currency).unwrap_or_else(euro);
    let mut parts = Parts {
        currency,
        taxes: file.list(&mut found, "taxes", TAXES_MAX, tax),
        categories: file.list(&mut found, "categories", CATEGORIES_MAX, category),
        items: file.list(&mut found, "items", ITEMS_MAX, |entry, found| item(entry, found, currency)),
        modifier_groups: file.list(&mut found, "modifier_groups", MODIFIER_GROUPS_MAX, group),
        modifiers: file.list(&mut found, "modifiers", MODIFIERS_MAX, |entry, found| modifier(entry, found, currency)),
    };
    fill_holes(&mut parts, &found.holes);
    (parts, found)
}

pub(super) fn tax(entry: &Entry, found: &mut Found) -> Tax {
    let rate = |value: &Value| {
        let hint = if value.is_i64() { "" } else { "; rates are basis points: 20% is 2000" };
        whole(value, 0..=10_000).map(|rate| TaxRate(narrow(rate))).map_err(|what| what + hint)
    };
    Tax {
        tax_id: TaxId(entry.own_id(found, "taxes", "tax_id")),
        name: entry.name(found),
        rate: entry.read(found, "rate_basis_points", None, rate).unwrap_or(TaxRate(0)),
        included_in_price: entry.read(found, "included_in_price", None, flag).unwrap_or(true),
    }
}

pub(super) fn category(entry: &Entry, found: &mut Found) -> Category {
    Category {
        category_id: CategoryId(entry.own_id(found, "categories", "category_id")),
        name: entry.name(found),
        sort_order: entry.sort_order(found),
        station: StationId(entry.id(found, "station")),
    }
}

pub(super) fn item(entry: &Entry, found: &mut Found, currency: Currency) -> Item {
    let station = entry.read(found, "station", Some(None), |value| id(value).map(Some));
    Item {
        item_id: ItemId(entry.own_id(found, "items", "item_id")),
        category_id: CategoryId(entry.id(found, "category_id")),
        name: entry.name(found),
        price: entry.price(found, currency),
        open_price: entry.read(found, "open_price", Some(false), flag).unwrap_or(false),
        tax_id: TaxId(entry.id(found, "tax_id")),
        tax_by_order_type: tax_by_order_type(entry, found),
        modifier_group_ids: entry
            .ids(found, "modifier_group_ids", ITEM_GROUPS_MAX)
            .into_iter()
            .map(ModifierGroupId)
            .collect(),
        plu: entry.read(found, "plu", Some(String::new()), plu).unwrap_or_default(),
        tags: entry.ids(found, "tags", ITEM_TAGS_MAX),
        sort_order: entry.sort_order(found),
        available: entry.read(found, "available", Some(true), flag).unwrap_or(true),
        station: station.flatten().map(StationId),
    }
}

fn tax_by_order_type(entry: &Entry, found: &mut Found) -> BTreeMap<OrderType, TaxId> {
    const NAME: &str = "tax_by_order_type";
    let none = Map::new();
    let object = |value: &Value| match value {
        Value::Object(fields) => Ok(Some(fields.clone())),
        other => Err(format!("must be an object of order types and their tax_id, is {}", kind(other))),
    };
    let fields = entry.read(found, NAME, Some(None), object).flatten().unwrap_or(none);
    let place = entry.place_of(NAME);
    let inner = Entry::open(found, place, &fields, &OrderType::ALL.map(OrderType::code));
    let named = OrderType::ALL.into_iter().filter(|order_type| fields.contains_key(order_type.code()));
    named.map(|order_type| (order_type, TaxId(inner.id(found, order_type.code())))).collect()
}

pub(super) fn group(entry: &Entry, found: &mut Found) -> ModifierGroup {
    let count = |value: &Value| whole(value, 0..=i64::from(u32::MAX)).map(narrow::<u32>);
    let own_id = entry.own_id(found, "modifier_groups", "modifier_group_id");
    let least = entry.read(found, "min_selections", None, count).unwrap_or(0);
    ModifierGroup {
        name: entry.name(found),
        // Nobody can belong to a group whose id could not be read: it asks for nothing.
        min_selections: if is_placeholder(&own_id) { 0 } else { least },
        modifier_group_id: ModifierGroupId(own_id),
        max_selections: entry.read(found, "max_selections", Some(None), |value| count(value).map(Some)).flatten(),
    }
}

pub(super) fn modifier(entry: &Entry, found: &mut Found, currency: Currency) -> Modifier {
    Modifier {
        modifier_id: ModifierId(entry.id(found, "modifier_id")),
        // Without it some group lacks a member, and which one is not known.
        modifier_group_id: ModifierGroupId(entry.own_id(found, "modifiers", "modifier_group_id")),
        name: entry.name(found),
        price: entry.price(found, currency),
        sort_order: entry.sort_order(found),
    }
}

/// Adds what may be hidden in the entries that could not be read, so that nobody's reference to it is a flaw.
fn fill_holes(parts: &mut Parts, holes: &HashSet<&'static str>) {
    if holes.contains("taxes") {
        let mut known: HashSet<TaxId> = parts.taxes.iter().map(|it| it.tax_id.clone()).collect();
        for id in parts.items.iter().flat_map(|it| it.tax_by_order_type.values().chain([&it.tax_id])) {
            if known.insert(id.clone()) {
                let (name, rate) = (PLACEHOLDER.into(), TaxRate(0));
                parts.taxes.push(Tax { tax_id: id.clone(), name, rate, included_in_price: true });
            }
        }
    }
    if holes.contains("categories") {
        let mut known: HashSet<CategoryId> = parts.categories.iter().map(|it| it.category_id.clone()).collect();
        for id in parts.items.iter().map(|it| &it.category_id) {
            if known.insert(id.clone()) {
                let (name, station) = (PLACEHOLDER.into(), PLACEHOLDER.into());
                parts.categories.push(Category { category_id: id.clone(), name, sort_order: 0, station });
            }
        }
    }
    if holes.contains("modifier_groups") {
        let mut known: HashSet<ModifierGroupId> =
            parts.modifier_groups.iter().map(|it| it.modifier_group_id.clone()).collect();
        let of_items = parts.items.iter().flat_map(|it| &it.modifier_group_ids);
        for id in of_items.chain(parts.modifiers.iter().map(|it| &it.modifier_group_id)) {
            if known.insert(id.clone()) {
                let (name, modifier_group_id) = (PLACEHOLDER.into(), id.clone());
                let group = ModifierGroup { modifier_group_id, name, min_selections: 0, max_selections: None };
                parts.modifier_groups.push(group);
            }
        }
    }
    if holes.contains("modifiers") {
        for (nth, group) in parts.modifier_groups.iter().enumerate() {
            parts.modifiers.push(Modifier {
                modifier_id: ModifierId(format!("\0hole {nth}")),
                modifier_group_id: group.modifier_group_id.clone(),
                name: PLACEHOLDER.into(),
                price: Money::ZERO,
                sort_order: 0,
            });
        }
    }
}

/// Stands for a name that could not be read.
const PLACEHOLDER: &str = "-";

/// Ids that were read hold no control characters.
fn is_placeholder(id: &str) -> bool {
    id.starts_with('\0')
}

/// One JSON object of the file, its place, and what it should hold.
pub(super) struct Entry<'v> {
    place: String,
    fields: &'v Map<String, Value>,
    /// Absent fields that some unknown key was meant for.
    misspelt: Vec<String>,
    /// The entry is no object at all, which was told: it has placeholders for everything.
    hollow: bool,
}

impl<'v> Entry<'v> {
    /// Tells keys that are not known and what they may have been meant for.
    pub(super) fn open(found: &mut Found, place: String, fields: &'v Map<String, Value>, known: &[&str]) -> Entry<'v> {
        let mut entry = Entry { place, fields, misspelt: Vec::new(), hollow: false };
        let unknown = || fields.keys().filter(|key| !known.contains(&key.as_str()));
        for key in unknown().take(UNKNOWN_KEYS_MAX) {
            let hint = did_you_mean(key, known.iter().copied());
            found.flaw(entry.place_of(&plain(key)), format!("is not a key of the format{hint}"));
            let absent = known.iter().copied().filter(|name| !fields.contains_key(*name));
            entry.misspelt.extend(nearest(key, absent).map(str::to_owned));
        }
        let more = unknown().skip(UNKNOWN_KEYS_MAX).count();
        if more > 0 {
            let place = if entry.place.is_empty() { "file".into() } else { entry.place.clone() };
            found.flaws.push(Flaw { place, what: format!("holds {more} more keys that are not of the format") });
        }
        entry
    }

    fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    /// Reads a field. `None` when it cannot be read, which was told then; a field with a default may be absent or null.
    fn read<T>(
        &self,
        found: &mut Found,
        name: &str,
        default: Option<T>,
        convert: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let place = self.place_of(name);
        match (self.fields.get(name), default) {
            _ if self.hollow => return None,
            (None, _) if self.misspelt.iter().any(|it| it == name) => {
                found.told.insert(place);
            }
            (None | Some(Value::Null), Some(default)) => return Some(default),
            (None, None) => found.flaw(place, "is missing"),
            (Some(value), _) => match convert(value) {
                Ok(read) => return Some(read),
                Err(what) => found.flaw(place, what),
            },
        }
        None
    }

    fn name(&self, found: &mut Found) -> String {
        self.read(found, "name", None, text).unwrap_or_else(|| PLACEHOLDER.into())
    }

    fn sort_order(&self, found: &mut Found) -> i64 {
        self.read(found, "sort_order", Some(0), |value| whole(value, i64::MIN..=i64::MAX)).unwrap_or(0)
    }

    fn price(&self, found: &mut Found, currency: Currency) -> Money {
        self.read(found, "price", None, |value| read_price(value, currency)).unwrap_or(Money::ZERO)
    }

    /// An id that stands for nothing when it cannot be read; no other is equal to it.
    fn id(&self, found: &mut Found, name: &str) -> String {
        self.read(found, name, None, id).unwrap_or_else(|| format!("\0{}", self.place_of(name)))
    }

    /// The id by which the entries of `list` are known to others.
    fn own_id(&self, found: &mut Found, list: &'static str, name: &str) -> String {
        let id = self.id(found, name);
        if is_placeholder(&id) {
            found.holes.insert(list);
        }
        id
    }

    fn ids(&self, found: &mut Found, name: &str, most: usize) -> Vec<String> {
        let list = self.read(found, name, Some(Vec::new()), |value| {
            let list = value.as_array().ok_or_else(|| format!("must be a list, is {}", kind(value)))?;
            if list.len() > most {
                return Err(format!("holds {} entries; {most} are the most", list.len()));
            }
            Ok(list.iter().map(id).collect())
        });
        let place = self.place_of(name);
        let each = |(at, read): (usize, Result<String, String>)| {
            read.unwrap_or_else(|what| {
                found.flaw(format!("{place}[{at}]"), what);
                format!("\0{place}[{at}]")
            })
        };
        list.unwrap_or_default().into_iter().enumerate().map(each).collect()
    }

    /// Reads a list of the file. Modifiers and their groups may be absent; of all else there must be one.
    fn list<T>(
        &self,
        found: &mut Found,
        name: &'static str,
        most: usize,
        read: impl Fn(&Entry, &mut Found) -> T,
    ) -> Vec<T> {
        let known = LISTS.iter().find(|(list, _)| *list == name).map_or(&[][..], |(_, fields)| fields);
        let optional = name.starts_with("modifier");
        let nothing = Value::Array(Vec::new());
        let value = match self.fields.get(name) {
            None | Some(Value::Null) if optional && !self.misspelt.iter().any(|it| it == name) => &nothing,
            Some(list @ Value::Array(_)) => list,
            _ => {
                let list = |value: &Value| Err::<(), _>(format!("must be a list, is {}", kind(value)));
                self.read(found, name, None, list);
                found.holes.insert(name);
                return Vec::new();
            }
        };
        let list = value.as_array().map_or(&[][..], Vec::as_slice);
        if list.is_empty() && !optional {
            found.flaw(name.into(), "must hold at least one entry");
            found.holes.insert(name);
        }
        if list.len() > most {
            found.flaw(name.into(), format!("holds {} entries; {most} are the most", list.len()));
            found.holes.insert(name);
        }
        let hollow = Map::new();
        let each = |(at, value): (usize, &Value)| {
            let place = format!("{name}[{at}]");
            match value.as_object() {
                Some(fields) => read(&Entry::open(found, place, fields, known), found),
                None => {
                    found.flaw(place.clone(), format!("must be an object, is {}", kind(value)));
                    read(&Entry { place, fields: &hollow, misspelt: Vec::new(), hollow: true }, found)
                }
            }
        };
        list.iter().take(most).enumerate().map(each).collect()
    }
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Err(format!("must be text, is a number; write \"{number}\"")),
        other => Err(format!("must be text, is {}", kind(other))),
    }
}

fn plu(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    if text.chars().nth(ID_CHARS_MAX).is_some() {
        return Err(format!("is longer than {ID_CHARS_MAX} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("holds a control character".into());
    }
    Ok(text)
}

fn id(value: &Value) -> Result<String, String> {
    let text = plu(value)?;
    if text.is_empty() { Err("must not be empty".into()) } else { Ok(text) }
}

fn flag(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("must be true or false, is {}", kind(value)))
}

fn read_price(value: &Value, currency: Currency) -> Result<Money, String> {
    let unit = currency.minor_per_major();
    let meant = match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map(|major| (major * unit as f64).round()),
        Value::String(typed) => currency.read(typed.trim()).map(|money| money.0 as f64),
        _ => return whole(value, i64::MIN..=i64::MAX).map(Money),
    };
    let example = meant.filter(|minor| (0.0..=PRICE_MAX as f64).contains(minor));
    let example = example.map(|minor| format!(": {minor}")).unwrap_or_default();
    let is = match value {
        Value::Number(number) => number.to_string(),
        other => kind(other).into(),
    };
    Err(format!("must be a whole number, is {is}; prices are whole minor units{example}"))
}

pub(super) fn read_currency(value: &Value) -> Result<Currency, String> {
    let code = text(value)?;
    Currency::of(&code).ok_or_else(|| {
        let known: Vec<&str> = Currency::codes().collect();
        let hint = did_you_mean(&code, known.iter().copied());
        let (count, all) = (known.len(), known.join(", "));
        format!("{} is not one of the {count} currencies that Comanda knows ({all}){hint}", quoted(&code))
    })
}

fn narrow<T: TryFrom<i64>>(checked: i64) -> T {
    T::try_from(checked).unwrap_or_else(|_| unreachable!("{checked} was checked against its range"))
}
