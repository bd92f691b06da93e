//! A stage for the tests of the player: a screen of typed text, one printer, a clock. It sells nothing.

use super::line::{BooksView, NetworkChange, OrderView, ServerChange};
use super::picture::{Area, Picture};
use super::stage::{
    JobView, MachineChange, MenuChoice, PrinterFault, PrinterView, Setting, Stage, StageFault, Theatre,
};
use crate::domain::slip::JobState;
use crate::tui::keys::Key;
use std::cell::RefCell;
use std::rc::Rc;

/// Everything that was asked of the stages, in order: `+200`, `key 1`, `tap 3,4`, `settle`.
pub(super) type Diary = Rc<RefCell<Vec<String>>>;

/// Opens [`FakeStage`]s that write into one diary.
#[derive(Default)]
pub(super) struct FakeTheatre {
    pub diary: Diary,
}

impl Theatre for FakeTheatre {
    fn open(&mut self, setting: &Setting) -> Result<Box<dyn Stage>, StageFault> {
        if let MenuChoice::File(path) = &setting.menu {
            let source = std::io::Error::from(std::io::ErrorKind::NotFound).into();
            return Err(StageFault::World { doing: format!("reading {}", path.display()), source });
        }
        Ok(Box::new(FakeStage {
            diary: Rc::clone(&self.diary),
            size: (setting.columns, setting.rows),
            focus: "login",
            entry: String::new(),
            order: Vec::new(),
            disk: Vec::new(),
            printer: PrinterView::default(),
            offline: false,
        }))
    }
}

/// Enter moves what was typed into the order and onto the disk, `1111` logs in, F3 prints the order, F10 quits.
struct FakeStage {
    diary: Diary,
    size: (u16, u16),
    focus: &'static str,
    entry: String,
    order: Vec<String>,
    disk: Vec<String>,
    printer: PrinterView,
    offline: bool,
}

impl FakeStage {
    fn wrote(&self, what: String) -> Result<(), StageFault> {
        self.diary.borrow_mut().push(what);
        Ok(())
    }

    fn enter(&mut self) {
        let typed = std::mem::take(&mut self.entry);
        if self.focus == "login" && typed == "1111" {
            self.focus = "order";
            return;
        }
        self.order.push(typed);
        self.disk.clone_from(&self.order);
    }
}

impl Stage for FakeStage {
    fn key(&mut self, key: Key) -> Result<(), StageFault> {
        match key {
            Key::Enter => self.enter(),
            Key::Char(letter) => self.entry.push(letter),
            Key::F(3) => {
                let state = if self.offline { JobState::Queued } else { JobState::Printed };
                self.printer.jobs.push(JobView { state, text: self.order.join("\n") });
                self.printer.kicks += 1;
            }
            Key::F(10) => return Err(StageFault::Quit),
            other => self.entry.push_str(&format!("<{other}>")),
        }
        self.wrote(format!("key {key}"))
    }

    fn down(&mut self, column: u16, row: u16) -> Result<(), StageFault> {
        self.wrote(format!("down {column},{row}"))
    }

    fn up(&mut self, column: u16, row: u16) -> Result<(), StageFault> {
        self.wrote(format!("up {column},{row}"))?;
        let hit = self.screen().targets.into_iter().find(|(_, area)| area.has(column, row));
        if let Some((label, _)) = hit {
            self.entry = label;
            self.enter();
        }
        Ok(())
    }

    fn resize(&mut self, columns: u16, rows: u16) -> Result<(), StageFault> {
        self.size = (columns, rows);
        Ok(())
    }

    fn advance(&mut self, millis: i64) -> Result<(), StageFault> {
        self.wrote(format!("+{millis}"))
    }

    fn settle(&mut self) -> Result<(), StageFault> {
        self.wrote("settle".to_owned())
    }

    fn screen(&self) -> Picture {
        let (columns, rows) = self.size;
        let mut lines = vec![format!("> {}", self.entry)];
        lines.extend(self.order.iter().cloned());
        lines.resize(usize::from(rows) - 2, String::new());
        lines.push("Cola  Cola light  F3 Print".to_owned());
        lines.push("All changes synced".to_owned());
        let mut picture = Picture::of_lines(columns, rows, &lines.iter().map(String::as_str).collect::<Vec<_>>());
        let area = |column, row, columns, rows| Area { column, row, columns, rows };
        picture.regions = vec![
            ("entry".to_owned(), area(0, 0, columns, 1)),
            ("order".to_owned(), area(0, 1, columns, rows - 3)),
            ("status".to_owned(), area(0, rows - 1, columns, 1)),
        ];
        picture.targets = vec![
            ("Cola".to_owned(), area(0, rows - 2, 4, 1)),
            ("Cola light".to_owned(), area(6, rows - 2, 10, 1)),
            ("F3 Print".to_owned(), area(18, rows - 2, 8, 1)),
        ];
        picture.focus = self.focus.to_owned();
        picture
    }

    fn printer(&mut self, name: &str) -> Result<PrinterView, StageFault> {
        match name {
            "kitchen" => Ok(self.printer.clone()),
            _ => Err(StageFault::NoPrinter { name: name.to_owned(), known: vec!["kitchen".to_owned()] }),
        }
    }

    fn fault(&mut self, printer: &str, fault: PrinterFault) -> Result<(), StageFault> {
        self.printer(printer)?;
        self.offline = fault != PrinterFault::Clear;
        Ok(())
    }

    fn machine(&mut self, change: &MachineChange) -> Result<(), StageFault> {
        self.wrote(change.to_string())
    }

    fn crash(&mut self) -> Result<(), StageFault> {
        self.wrote("crash".to_owned())
    }

    fn go_to(&mut self, register: &str) -> Result<(), StageFault> {
        match register {
            "T1" | "T2" => self.wrote(format!("at {register}")),
            _ => Err(StageFault::NoRegister { name: register.to_owned(), known: vec!["T1".into(), "T2".into()] }),
        }
    }

    fn network(&mut self, change: &NetworkChange) -> Result<(), StageFault> {
        self.wrote(change.to_string())
    }

    fn server(&mut self, change: &ServerChange) -> Result<(), StageFault> {
        self.wrote(change.to_string())
    }

    fn books(&mut self) -> Result<BooksView, StageFault> {
        let text = "T1-0001 number 7\n2 Cola 7.00 sent".to_owned();
        let order = OrderView { local_number: "T1-0001".to_owned(), lines: 1, text };
        Ok(BooksView { orders: vec![order], payments: 2, documents: 3, conflicts: 4, total: "7.00".to_owned() })
    }

    fn restart(&mut self) -> Result<(), StageFault> {
        (self.entry, self.order, self.focus) = (String::new(), self.disk.clone(), "login");
        self.wrote("restart".to_owned())
    }
}
