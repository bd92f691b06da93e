//! Every number of documents that has an end, with its unit.

/// Longest menu file, in bytes.
pub const MENU_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most taxes of a menu.
pub const TAXES_MAX: usize = 100;
/// Most categories of a menu.
pub const CATEGORIES_MAX: usize = 500;
/// Most items of a menu.
pub const ITEMS_MAX: usize = 5_000;
/// Most modifier groups of a menu.
pub const MODIFIER_GROUPS_MAX: usize = 500;
/// Most modifiers of a menu.
pub const MODIFIERS_MAX: usize = 20_000;
/// Most modifier groups of one item.
pub const ITEM_GROUPS_MAX: usize = 50;
/// Most tags of one item.
pub const ITEM_TAGS_MAX: usize = 50;
/// Longest id, PLU or tag of a menu, in characters.
pub const ID_CHARS_MAX: usize = 120;
/// Most keys reported as unknown in one entry; a file full of them says the same of each.
pub const UNKNOWN_KEYS_MAX: usize = 20;
/// Most of a stranger's text repeated in a message, in characters.
pub const QUOTE_CHARS_MAX: usize = 40;

/// Most lines read from one order: more than a register enters, for registers add to the same order apart.
pub const ORDER_LINES_MAX: usize = 2_000;
/// Most modifiers read from one line.
pub const LINE_MODIFIERS_MAX: usize = 200;
/// Longest text read from a body, in characters.
pub const BODY_TEXT_CHARS_MAX: usize = 1_000;
/// Highest sum of the lines of an order that is read, in minor units, voided ones too: far from the end of an `i64`.
pub const ORDER_SUM_MAX: i128 = 1_000_000_000_000_000;

/// Most revisions read from one `_revisions`: ten times what CouchDB keeps by default.
pub const HISTORY_REVISIONS_MAX: usize = 10_000;
/// Longest history that is read, in edits: nobody edits so often, and a child must still have a number.
pub const GENERATION_MAX: u32 = 2_000_000_000;
/// Longest `_id` of a document, in bytes.
pub const DOCUMENT_ID_BYTES_MAX: usize = 1_000;
