//! This register: its disk, its backups, its clock, and what to do about each.

use crate::domain::Timestamp;
use crate::tui::keys::Key;
use crate::tui::machine::{ClockDoubt, Machine, size};
use crate::tui::scene::Canvas;
use crate::tui::widgets::wrapped;
use crate::tui::{Action, Desk, Errand, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// How this register's machine stands.
#[derive(Debug, Default)]
pub struct ThisRegister;

/// A subject: what it is called, whether all is well, and what there is to say.
struct Told {
    what: &'static str,
    is_well: bool,
    says: Vec<String>,
}

fn disk(machine: &Machine) -> Told {
    let limit = size(machine.watch.low_disk_bytes);
    let says = match &machine.free {
        None => vec!["not looked at yet".to_owned()],
        Some(Ok(free)) if machine.disk_alarm().is_none() => vec![format!("{} free where the store lies", size(*free))],
        Some(Ok(free)) => vec![
            format!("DISK: only {} free where the store lies (told below {limit})", size(*free)),
            "Make room: move old backups, logs and paper files away. A full disk sells nothing.".to_owned(),
        ],
        Some(Err(why)) => vec![
            format!("DISK?: nobody can tell how much is free: {why}"),
            "Look at the medium that the data directory lies on.".to_owned(),
        ],
    };
    Told { what: "Disk", is_well: machine.disk_alarm().is_none(), says }
}

fn backup(machine: &Machine, now: Timestamp) -> Told {
    let is_well = !machine.backup_alarm(now);
    let Some(plan) = &machine.watch.backup else {
        let says = vec!["none is set up: name a directory under [backup] in the configuration".to_owned()];
        return Told { what: "Backup", is_well, says };
    };
    let mut says = vec![format!("into {} every {} min", plan.directory, plan.every_ms / 60_000)];
    if let Some(why) = &machine.no_backup {
        says.push(format!("BACKUP!: it could not be made: {why}"));
        says.push("It is tried again every minute; B tries it now.".to_owned());
    } else if !is_well {
        says.push("BACKUP!: the last one is overdue; B makes one now.".to_owned());
    }
    match &machine.last_backup {
        None => says.push("No backup of this register lies there yet, as far as it can be seen.".to_owned()),
        Some(last) => {
            let age = age(now.millis_since(last.at));
            says.push(format!("Last one: {}, {age}: {}", last.at.date_and_clock(), last.file));
            if last.same_disk {
                says.push("It lies on the same disk as the store: it does not outlive that disk.".to_owned());
            }
        }
    }
    Told { what: "Backup", is_well, says }
}

fn age(millis: i64) -> String {
    match millis / 60_000 {
        minutes if minutes < 1 => "just now".to_owned(),
        minutes if minutes < 120 => format!("{minutes} min ago"),
        minutes => format!("{} h ago", minutes / 60),
    }
}

fn clock(machine: &Machine, now: Timestamp) -> Told {
    let says = now.date_and_clock();
    let set = "Set the clock of this machine (timedatectl). Selling goes on; times on paper are wrong until then.";
    let says = match machine.clock {
        None => vec![says],
        Some(ClockDoubt::BeforeProgram) => {
            vec![format!("CLOCK?: it says {says}, which is before this program was made"), set.to_owned()]
        }
        Some(ClockDoubt::BehindJournal(last)) => {
            let last = last.date_and_clock();
            vec![format!("CLOCK?: it says {says}, but something was journaled at {last} already"), set.to_owned()]
        }
        Some(ClockDoubt::LeaptAhead(from)) => {
            let from = from.date_and_clock();
            vec![format!("CLOCK?: it leapt from {from} to {says}"), format!("C says that it is right now. Else: {set}")]
        }
    };
    Told { what: "Clock", is_well: machine.clock.is_none(), says }
}

impl Screen for ThisRegister {
    const NAME: &'static str = "this-register";
    const HELP: &'static [&'static str] = &[
        "The disk that the store lies on, the automatic backup, and the clock.",
        "What is wrong stands on the status bar too: DISK 150M, BACKUP!, CLOCK?.",
        "B makes a backup now. C says that the clock is right after it leapt ahead.",
        "A backup comes back with `comanda store restore FILE`, the register closed.",
    ];

    fn examples(_desk: &Desk) -> Vec<ThisRegister> {
        vec![ThisRegister]
    }

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![(Key::Char('B'), "Back up now"), (Key::Char('C'), "Clock is right"), (Key::Esc, "Back")]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let machine = &desk.status.machine;
        match action {
            Action::Press(Key::Esc) => Then::Close,
            Action::Press(Key::Char('b' | 'B')) if machine.watch.backup.is_some() => Then::Errand(Errand::BackUp),
            Action::Press(Key::Char('b' | 'B')) => {
                Then::Say("No backup is set up: name a directory under [backup] in the configuration".into())
            }
            Action::Press(Key::Char('c' | 'C')) => match machine.clock {
                Some(ClockDoubt::LeaptAhead(_)) => Then::Errand(Errand::TrustClock),
                Some(ClockDoubt::BeforeProgram | ClockDoubt::BehindJournal(_)) => {
                    Then::Say("This clock cannot be right: set the clock of this machine".into())
                }
                None => Then::Say("Nobody doubts the clock".into()),
            },
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => Then::Stay,
        }
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        canvas.region("this-register", area);
        let inside = canvas.frame(area, "This register", theme.faint);
        let machine = &desk.status.machine;
        let mut row = inside.y;
        for told in [disk(machine), backup(machine, desk.now), clock(machine, desk.now)] {
            let style = if told.is_well { theme.strong } else { theme.wrong };
            canvas.text(inside.x + 1, row, 8, told.what, style);
            let room = inside.width.saturating_sub(11);
            for line in told.says.iter().flat_map(|says| wrapped(says, room, room, inside.height)) {
                if row < inside.bottom() {
                    canvas.text(inside.x + 10, row, room, &line, theme.plain);
                }
                row += 1;
            }
            row += 1;
        }
    }
}
