//! What the cashier sees and presses: key → action → [`Screen::update`] → [`Then`]; drawing changes nothing.
//!
//! A screen keeps a cursor and what is half typed, never a copy of what the store knows: that it reads from the
//! [`Desk`]. `keys` and `keymap` turn keys into actions, `scene` is ink plus what can be tapped, `touch` how large that
//! must be for a finger, `theme` the colours, `status` the bar, `paper` what is said of print jobs, `machine` what the
//! box below says of itself, `widgets` what several screens draw, `typing` what fingers type on, `entry` the grammar of
//! the entry line, `screens` the screens themselves, `manual` what help says of them. `display` is what screens share
//! that only show, `kitchen` and `pickup` are these, and `large` the letters that are read from across the room.
//!
//! With a panel ([`Desk::touch`]) everything that answers to a tap has at least the size of a key. Screens get that
//! from `widgets`: the foot, `Grid`, `list` and `dialog` see to it themselves, `typing` draws pads and letters.

pub mod entry;
pub mod glyphs;
pub mod keymap;
pub mod keys;
pub mod link;
pub mod machine;
pub mod manual;
mod paper;
pub mod scene;
pub mod screens;
pub mod status;
pub mod theme;
pub mod touch;
mod typing;
mod widgets;

pub mod display;
pub mod kitchen;
pub mod large;
pub mod pickup;

use crate::domain::command::Command;
use crate::domain::id::{LineId, OrderId};
use crate::domain::order::Header;
use crate::domain::search::SearchIndex;
use crate::domain::{House, Menu, Order, Payment, Staff, Stock, Timestamp};
use crate::store::Reader;
use keys::Key;
use paper::{waits, what};
use ratatui::layout::Rect;
use scene::Canvas;
use screens::AnyScreen;
use status::Status;
use touch::{KeySize, Panel};

/// Fewest columns and rows that a register can be worked with.
pub const SMALLEST: (u16, u16) = (66, 20);

/// What somebody did: a key, or a tap on something that a screen drew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A key, or a tap on its name.
    Press(Key),
    /// A tap on the nth cell of a grid, from 0 on the page shown.
    Cell(usize),
    /// A tap on the nth page (a category, a group), from 0.
    Page(usize),
    /// A tap on the nth offer beside a line, from 0.
    Offer(usize),
    /// A tap on the nth row of a list, from 0 for the first of all rows.
    Row(usize),
}

/// What a screen answers.
#[derive(Debug)]
pub enum Then {
    /// Stay as it is.
    Stay,
    /// Lay a screen on top.
    Open(AnyScreen),
    /// Put a screen in this one's place.
    Become(AnyScreen),
    /// Take this screen away.
    Close,
    /// Take this screen away and give the action to the one below.
    Pass(Action),
    /// Carry a command out; when the house agrees, [`Screen::done`] says what next.
    Do(Command),
    /// Tell the cashier something, without doing anything.
    Say(String),
    /// Something that is not the restaurant's, but the register's own.
    Errand(Errand),
}

/// What a register does besides selling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Try a PIN.
    Login {
        /// As typed.
        pin: String,
    },
    /// Try a manager's PIN for one command.
    Approve {
        /// As typed.
        pin: String,
        /// What needs the manager.
        command: Command,
    },
    /// Lock the register; the order stays.
    Lock,
    /// Try a printer again now.
    RetryPrinter {
        /// Its name.
        name: String,
    },
    /// Put a job that was given up back in its queue.
    RetryJob {
        /// Which.
        job_id: i64,
    },
    /// Take note of a job that was given up, or that asks and is not wanted: the status bar need not show it any more.
    DismissJob {
        /// Which.
        job_id: i64,
    },
    /// Print a job that is old, and asks.
    AgreeJob {
        /// Which.
        job_id: i64,
    },
    /// Stop a printer, or start it again.
    PausePrinter {
        /// Its name.
        name: String,
    },
    /// Print a job once more that was printed.
    ReprintJob {
        /// Which.
        job_id: i64,
    },
    /// Hand a waiting job to the next printer.
    MoveJob {
        /// Which.
        job_id: i64,
    },
    /// Make a backup now.
    BackUp,
    /// Believe the clock again, which leapt ahead.
    TrustClock,
    /// Synchronise everything with the server now.
    SyncNow,
    /// Leave the program.
    Quit,
}

/// What the order in hand is, read after every change.
#[derive(Debug, Clone, Default)]
pub struct Hand {
    /// The order, if any.
    pub order: Option<Order>,
    /// What the stations know of all of it.
    pub sent_header: Option<Header>,
    /// Its payments.
    pub paid: Vec<Payment>,
    /// The line under the cursor.
    pub cursor: Option<LineId>,
    /// How many changes can be taken back.
    pub undo_depth: u32,
    /// The order that was paid last at this register.
    pub last_paid: Option<OrderId>,
}

impl Hand {
    /// The line under the cursor, or else the last one.
    pub fn line(&self) -> Option<&crate::domain::Line> {
        let order = self.order.as_ref()?;
        self.cursor.and_then(|id| order.line(id)).or(order.lines.last())
    }
}

/// A word to the cashier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What.
    pub text: String,
    /// Something went wrong or was refused.
    pub is_refusal: bool,
    /// The print jobs that it speaks of: where one of them has not gone to its printer, that is said instead.
    pub jobs: Vec<i64>,
}

impl Notice {
    /// That something was done.
    pub fn says(text: impl Into<String>) -> Notice {
        Notice { text: text.into(), is_refusal: false, jobs: Vec::new() }
    }

    /// That something was refused, or went wrong.
    pub fn refuses(text: impl Into<String>) -> Notice {
        Notice { is_refusal: true, ..Notice::says(text) }
    }

    /// What stands there now.
    fn words(&self, desk: &Desk) -> String {
        let waits = |id: &i64| match desk.reader.spool_job(*id) {
            Ok(job) => {
                job.and_then(|it| Some(format!("The {} {}", what(&it.slip), waits(&it, &desk.status.printers)?)))
            }
            Err(fault) => Some(fault.to_string()),
        };
        self.jobs.iter().find_map(waits).unwrap_or_else(|| self.text.clone())
    }
}

/// What a screen may know.
pub struct Desk<'a> {
    /// The time.
    pub now: Timestamp,
    /// The rules of the house.
    pub house: &'a House,
    /// The menu in use.
    pub menu: &'a Menu,
    /// Its search index.
    pub index: &'a SearchIndex,
    /// The register's file.
    pub reader: &'a Reader,
    /// Who is logged in.
    pub staff: Option<&'a Staff>,
    /// The order in hand.
    pub hand: &'a Hand,
    /// What is left of the items that are counted.
    pub stock: &'a Stock,
    /// The other registers that have the order in hand, as far as they could be heard a moment ago.
    pub also_open: &'a [String],
    /// What the status bar says.
    pub status: &'a Status,
    /// The last word to the cashier.
    pub notice: Option<&'a Notice>,
    /// Milliseconds until a PIN is looked at again.
    pub locked_ms: Option<i64>,
    /// Lines that the login screen shows: PINs of a demonstration, where the data lies.
    pub login_notes: &'a [String],
    /// How large the window is.
    pub size: (u16, u16),
    /// What the touch panel measures, if there is one.
    pub panel: Option<Panel>,
    /// The network has a plug that can be pulled: in a demonstration.
    pub has_plug: bool,
}

impl Desk<'_> {
    /// Writes an amount in the menu's currency.
    pub fn digits(&self, amount: crate::domain::Money) -> String {
        self.menu.currency().digits(amount)
    }

    /// How large a key must be for a finger, when there is a touch panel.
    pub fn touch(&self) -> Option<KeySize> {
        self.panel.map(|panel| panel.key(self.size))
    }

    /// Where a screen of so many foot keys draws: the window without notice, foot and status.
    pub fn main(&self, foot_keys: usize) -> Rect {
        let (width, height) = self.size;
        let below = 2 + widgets::foot_rows(self.touch(), width, foot_keys);
        Rect { x: 0, y: 0, width, height: height.saturating_sub(below) }
    }
}

/// One key of the foot line: the key, and what it does.
pub type FootKey = (Key, &'static str);

/// One screen: one file, one line in `screens!`.
pub trait Screen {
    /// Its name in scripts (`Expect focus pay`) and in help.
    const NAME: &'static str;
    /// What somebody should know who sees it for the first time; help shows it.
    const HELP: &'static [&'static str];
    /// Keys that do something here and have no room at the foot: their names, and what they do; help lists them.
    /// `A-Z`, `0-9` and `text` stand for what is typed.
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[];
    /// Whether it leaves what lies below in sight.
    const IS_DIALOG: bool = false;

    /// The keys that do something here; drawn at the foot, listed in help.
    fn keys(&self, desk: &Desk) -> Vec<FootKey>;
    /// It as it can stand there, one for each foot that it has: whom help asks for its keys.
    fn examples(_desk: &Desk) -> Vec<Self>
    where
        Self: Sized,
    {
        Vec::new()
    }
    /// Takes one action.
    fn update(&mut self, desk: &Desk, action: Action) -> Then;
    /// Whether what it says changes by the second: then it is drawn as often.
    fn ticks(&self) -> bool {
        false
    }
    /// Draws; sees everything, changes nothing.
    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect);
    /// Says what next after its command was carried out.
    fn done(&mut self, _desk: &Desk) -> Then {
        Then::Close
    }
}

/// Draws the whole display: the screens, the foot line, the notice and the status bar.
pub fn view(desk: &Desk, stack: &[AnyScreen], canvas: &mut Canvas) {
    let all = canvas.area();
    canvas.fill(all, canvas.theme.plain);
    if all.height == 0 {
        return;
    }
    let status_row = Rect { y: all.bottom() - 1, height: 1, ..all };
    let link = desk.status.view(desk.now, canvas, status_row);
    let (columns, rows) = SMALLEST;
    if all.width < columns || all.height < rows {
        let says = [
            format!("This window is {}x{}.", all.width, all.height),
            format!("Comanda needs {columns}x{rows}."),
            "Nothing is lost:".to_owned(),
            "make it larger.".to_owned(),
        ];
        for (row, line) in says.iter().enumerate().take(usize::from(all.height - 1)) {
            canvas.text(all.x, all.y + row as u16, all.width, line, canvas.theme.strong);
        }
        canvas.focus("too-small");
        return;
    }
    let Some(top) = stack.last() else { return };
    canvas.touch = desk.touch();
    let keys = top.keys(desk);
    let main = desk.main(keys.len());
    let notice = Rect { y: main.bottom(), height: 1, ..all };
    let foot = Rect { y: notice.bottom(), height: status_row.y.saturating_sub(notice.bottom()), ..all };
    let lowest = stack.iter().rposition(|screen| !screen.is_dialog()).unwrap_or(0);
    for screen in &stack[lowest..] {
        screen.view(desk, canvas, main);
    }
    canvas.focus(top.name());
    canvas.region("foot", foot);
    widgets::foot(canvas, foot, &keys);
    canvas.region("notice", notice);
    if let Some(said) = desk.notice {
        let style = if said.is_refusal { canvas.theme.wrong } else { canvas.theme.busy };
        canvas.text(notice.x, notice.y, notice.width, &format!(" {} ", said.words(desk)), style);
    }
    // A row of a panel is lower than a finger: there More leads to it.
    if screens::leads_to_sync(top.name()) && canvas.touch.is_none() {
        canvas.target("Synchronisation", link, Action::Press(screens::SYNC_KEY));
    }
}
