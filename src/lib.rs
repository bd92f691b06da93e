//! Comanda: a text-mode, offline-first point of sale for restaurants. This page is the map of the house.
//!
//! What a restaurant means by a word (order, line, station, ticket, void, tender, business day) the code means
//! too: one word, one meaning. README.md says what the program does; here stands how it is built and where a
//! change belongs.
//!
//! # The rules of the house
//!
//! 1. **Walls.** A room knows only the rooms below it, and `tests/it/walls.rs` fails on an arrow that is not in
//!    its table:
//!
//!    ```text
//!    domain ◀ document ◀ {store, sync}   domain ◀ printing      {domain, document, store::Reader} ◀ tui
//!    store, sync, printing, tui ◀ app ◀ runtime ◀ cli          {app, tui, runtime, server} ◀ script ◀ cli
//!    {domain, document, sync} ◀ server ◀ runtime               {app, server, printing, tui} ◀ sim ◀ cli
//!    ```
//!
//!    [`store`] and `server::central` hold the only SQL, [`runtime`] alone asks the machine for anything. What is
//!    heavy (SQLite, the terminal, tokio) stands behind the features `register` and `server`, PostgreSQL and SQL Server
//!    behind `postgres` and `sqlserver`: the pure rooms build without it.
//! 2. **Purity.** [`domain`], [`document`], [`sync`] and [`printing`] have no clock, dice, disk, wire, thread or log:
//!    `now` and [`Entropy`](domain::id::Entropy) are arguments. `.clippy.toml` bans the functions that would cheat.
//! 3. **One door.** Whatever a cashier does is a [`Command`](domain::Command). The pure function
//!    [`decide()`](domain::decide()) answers with a [`Decision`](domain::Decision) or a
//!    [`Refusal`](domain::Refusal); the doer is a dumb `match`. Screens, the app and the store decide nothing.
//!    What comes from the command line (another menu, other staff) is a [`Chore`](app::chores::Chore), handed to the
//!    running register over a socket in its data directory.
//! 4. **Nothing waits.** No printer stands between a key and its frame: each has a thread, and its jobs are rows
//!    of the spool before anybody hands them over. An [`Effect`](app::Effect) is only a nudge, so starting is
//!    recovering.
//! 5. **What the cashier was told is on disk.** A command, its journal row, its outbox rows and its print jobs are
//!    one transaction. What is entered is committed before it is drawn
//!    ([`Durability::Draft`](store::Durability::Draft), survives `kill -9`); what is sent, paid, or voided after
//!    sending is on the medium before the screen says so ([`Durability::Synced`](store::Durability::Synced),
//!    survives a power cut). No key waits for the medium but Send, Pay and their like, and those once; checkpoints
//!    begin the log anew behind the keys (`tests/it/frugal.rs`).
//! 6. **Everything has an end.** Sizes, counts and waits are numbers with their unit in the `limits.rs` of their
//!    room. No `_ =>` over an enum of ours: a new variant breaks the build where it matters.
//!
//! # The rooms, in reading order
//!
//! - [`domain`]: what a restaurant is: money, tax, menu, staff, customer, order, payment, what can go back, what is
//!   left of an item; commands, refusals, and how they are decided
//! - [`document`]: domain things as they rest and travel: JSON bodies, revisions and their trees, what becomes of
//!   versions that quarrel, the menu's exchange format
//! - [`store`]: the register's one SQLite file: reading, writing, drafts, journal, outbox, spool; check, backup,
//!   restore
//! - [`sync`]: what is asked of a server and what its answers mean: messages for both ends, and pure machines for
//!   submission, menu, replication and the link, composed into a [`Line`](sync::Line)
//! - [`printing`]: paper: layouts, the table of printers, ESC/POS bytes, a printer that reads them back, the
//!   spooler
//! - [`tui`]: what the cashier sees and presses: keys, fingers, screens, the status bar, what each terminal can show,
//!   the manual
//! - [`app`]: one register, whole: every input in one order, answered with effects; nothing is decided. `app::line`
//!   joins the machines of [`sync`] to the store; `app::display` is a screen that only shows (the kitchen's, the
//!   guests') on a box of its own, with a replica that only reads
//! - [`runtime`]: the hands: clock, dice, places, keys, the lock, the terminal, printers, backups, signals, calls to
//!   the server, the server's own sockets, the event loop; and the stage on which a script plays the shipped binary
//! - [`script`]: key scripts: what a tester writes, played under a virtual clock on the app or on the binary, with
//!   several registers and screens, a network and a server where it says so; written from a live session
//! - [`server`]: what a server accepts, keeps and hands out, over a central database behind a trait; who is let in,
//!   CouchDB's protocol, a cache that is never needed, and `server::http`, which puts all of it behind addresses; no
//!   sockets. `server::bridge` is the database as an end of replication with a CouchDB: what a register's store is to
//!   the machines of [`sync`]
//! - `sim`: the simulated world (feature `sim`): registers, kitchens' screens, a server of one or two locations,
//!   network, disk, printers and guests in one thread from one seed; checkers for what is promised, and known-wrong
//!   variants that must be found
//! - [`cli`]: one file a subcommand
//!
//! # How a key flows
//!
//! [`runtime::register`] reads a key from the terminal and gives it, with the time, to
//! [`App::handle`](app::App::handle). The [`keymap`](tui::keymap) makes it an [`Action`](tui::Action) (Esc and a
//! digit is a function key). The screen on top answers with a [`Then`](tui::Then): stay, open, close, say, or do a
//! [`Command`](domain::Command). To do it, the app begins one transaction, reads the [`Facts`](domain::Facts),
//! asks [`decide()`](domain::decide()), carries out each [`Write`](domain::Write), appends the journal's row, and
//! commits. Print jobs that are due become effects; the runtime hands them to printers' threads, whose answers
//! come back as [`Input`](app::Input). Then one frame is drawn, from what the store now says: a screen keeps a
//! cursor, not a copy. One thread gives all inputs a total order, keys before answers.
//!
//! # How an order reaches the server
//!
//! Send writes the order's document, its revision tree and its outbox row in the key's own transaction. After every
//! input the app lets the [`Line`](sync::Line) do what is due: it asks the store through
//! [`LocalEnd`](sync::LocalEnd), and answers with calls, each an [`Effect`](app::Effect) that [`runtime::carrier`]
//! carries out beside the keys. Nothing is told to others before it is on the medium. What comes back is an
//! [`Input`](app::Input), read against what was asked, and one short transaction: acceptance, what was pulled and its
//! checkpoint together, and the settling of leaves that quarrel ([`resolve()`](document::resolve())), the same bytes on
//! every register. What is left of items travels the same way, in documents whose counts add up
//! ([`soldout`](document::soldout)); who has an order open is told beside it, in a local document that nobody waits for
//! (`sync::presence`). What the server does not take waits in Review ([`domain::review`]), where a manager mends,
//! resubmits or closes it on the sync screen.
//!
//! # To add one
//!
//! - **A screen**: its file in `tui/screens/`, its line in `screens!` ([`tui::screens`]), and its `examples`, of which
//!   help learns its keys. What answers to a tap goes through `tui::widgets`; `tests/it/touch.rs` is led to it.
//! - **A screen that only shows**: its folder in `tui/` with its [`Display`](tui::display::Display), its variant of
//!   [`Face`](tui::display::Face), what it reads beside a register (`runtime`) and of a replica (`app::display`), its
//!   file in `cli/`, and its rows of `VIEW_ONLY` in `tests/it/walls.rs`.
//! - **A character that terminals lack**: its row in `SIGNS` (`tui/glyphs.rs`); a letter with an accent: its row in
//!   `domain/letters.rs`.
//! - **A printer model**: its row in [`printing::MODELS`].
//! - **A way to reach a printer**: what [`runtime::printers`] says at its top.
//! - **A thing a cashier can do**: its variant of [`Command`](domain::Command) and its arm in
//!   [`decide()`](domain::decide()); the compiler names the rest.
//! - **A subcommand**: its file in `cli/`, its variant and its arm in `cli/mod.rs`.
//! - **Something that the doctor looks at**: its file in `runtime/doctor/`, which reads and judges apart, and its line
//!   in `register` or `server` there; its name stands in `comanda doctor --help`.
//! - **Something that a server counts**: its field of `server::http`'s `Metrics` and its lines in `metrics/answer.rs`;
//!   labels come from a fixed list.
//! - **A command of key scripts**: its line in `VERBS` (`script/command.rs`), and what is said there. A setting: its
//!   field in `Setting`, and in `house_of` or `Props`, so that both stages have it.
//! - **A central database**: its folder in `server/central/` with migrations of the same numbers and the rooms that
//!   `central/verbs.rs` names, what `central/chosen.rs` says at its top, and its module in `central/conformance.rs`,
//!   which tries every rule on it.
//! - **Something that servers share**: its verb in `server/cache/`, sealed there, and what is true without it.
//! - **A route of the server**: its variants of `sync::wire`'s `Request` and `Answer`, and its operation in
//!   `assets/openapi.json`; `tests/it/serve/openapi.rs` holds the one against the other.
//! - **Something to fuzz**: its file in `tests/fuzz/` and its line in `targets.rs` there.
//! - **A synced document type**: its file with `to_body`, `from_body` and `resolve`, its `mod`, its line in
//!   `documents!` (`document/documents.rs`), and what its bodies may say in `document/laws.rs`.
//! - **A change of the store's schema**: the next file in `store/migrations/` and its line in `store/schema.rs`.
//!   No migration is ever edited.
//! - **A database for the package of the server**: its name in `packaging/build`, where `databases` is read.
//! - **A room**: its line here, and its rows in `tests/it/walls.rs`.
//!
//! # What is deliberately absent today
//!
//! Central databases other than SQLite, PostgreSQL and SQL Server, a server above the one in the shop, guests' screens
//! in the simulated world. Also later: shifts with X and Z reports, discounts, tables, covers and courses; customers
//! are never deleted, and no order keeps the address that it went to.

#[cfg(feature = "register")]
pub mod app;
#[cfg(feature = "register")]
pub mod cli;
pub mod document;
pub mod domain;
pub mod printing;
#[cfg(feature = "register")]
pub mod runtime;
#[cfg(feature = "register")]
pub mod script;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "sim")]
pub mod sim;
#[cfg(feature = "register")]
pub mod store;
pub mod sync;
#[cfg(feature = "register")]
pub mod tui;
