//! The network of a scenario: what the registers ask goes to the server and comes back, through whatever the script
//! does to the way. Everything happens in virtual time, and what happens by chance is thrown with the scenario's own
//! dice.
//!
//! On a good way there and back takes no time at all: whoever waits until everything at this instant is done has waited
//! for the line, too. Who asks for changes of which there are none is kept waiting by the server, until there is one or
//! the wait is over.

use super::line::{BooksView, NetworkChange, ServerChange, Way};
use super::server::Server;
use super::stage::{Setting, StageFault};
use crate::app::{Input, Reply};
use crate::domain::Timestamp;
use crate::domain::id::Entropy;
use crate::runtime::stage::{CarriedCall, dice};
use crate::sync::LineTrouble;

/// Who asked, so that it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asker {
    /// Which register.
    till: usize,
    /// In which of its lives.
    life: u32,
    /// Which of its calls.
    call: u64,
}

/// What is on its way.
enum Leg {
    /// A request arrives at the server.
    Arrives(CarriedCall),
    /// A reply arrives at the register.
    Returns(Reply),
    /// Somebody was kept waiting long enough.
    WaitIsOver,
}

/// Something on its way.
struct Travelling {
    when: Timestamp,
    from: Asker,
    leg: Leg,
}

/// Somebody whom the server keeps waiting for changes.
struct Waiting {
    from: Asker,
    request: http::Request<Vec<u8>>,
}

/// What a request led to.
pub(super) struct Answered {
    /// What goes back.
    pub response: http::Response<Vec<u8>>,
    /// Whoever asked would rather wait, so long.
    pub would_wait_ms: Option<u32>,
    /// Something may have changed for those who wait.
    pub changed: bool,
}

/// What a register is given when it is enrolled.
pub(super) fn secret(register: &str) -> String {
    format!("what {register} was given when it was enrolled")
}

/// What reaches a register.
pub(super) struct Delivery {
    /// Which register.
    pub till: usize,
    /// In which of its lives.
    pub life: u32,
    /// What.
    pub input: Input,
}

/// The network with the server at its end, if there is one.
pub(super) struct Network {
    /// The registers' names, and how the way of each is.
    ways: Vec<(String, Way)>,
    server: Option<Server>,
    dice: Entropy,
    /// In the order in which it set off.
    travelling: Vec<Travelling>,
    waiting: Vec<Waiting>,
}

impl Network {
    /// The network of a scenario, with its server started.
    pub(super) fn of(setting: &Setting) -> Result<Network, StageFault> {
        Ok(Network {
            ways: setting.names().map(|name| (name.to_owned(), Way::Up)).collect(),
            server: setting.server.then(|| Server::open(setting)).transpose()?,
            dice: dice(setting.seed),
            travelling: Vec::new(),
            waiting: Vec::new(),
        })
    }

    /// Takes a register's calls and sends them on their way.
    pub(super) fn send(&mut self, now: Timestamp, till: usize, life: u32, calls: Vec<CarriedCall>) {
        for call in calls {
            let from = Asker { till, life, call: call.id };
            let way = self.ways[till].1;
            match way {
                Way::Up | Way::Cut => self.sets_off(now, from, Leg::Arrives(call)),
                Way::Lag { millis } => self.sets_off(now.plus_millis(millis / 2), from, Leg::Arrives(call)),
                Way::Loss { percent } if self.is_lost(percent) => {}
                Way::Loss { .. } => self.sets_off(now, from, Leg::Arrives(call)),
                Way::Down => {
                    let trouble = LineTrouble::Unreachable("no route to host".to_owned());
                    self.sets_off(now, from, Leg::Returns(Reply(Err(trouble))));
                }
                Way::Silent => {}
                Way::Portal => self.sets_off(now, from, Leg::Returns(Reply(Ok(portal())))),
            }
        }
    }

    fn sets_off(&mut self, when: Timestamp, from: Asker, leg: Leg) {
        self.travelling.push(Travelling { when, from, leg });
    }

    fn is_lost(&mut self, percent: u32) -> bool {
        u32::from(u16::from_be_bytes(self.dice.bytes())) % 100 < percent
    }

    /// When the next thing arrives.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        self.travelling.iter().map(|it| it.when).min()
    }

    /// The next thing that arrives: at a register, it is handed on; at the server, it is answered, and none comes of it
    /// at once.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Delivery> {
        let first = (0..self.travelling.len()).min_by_key(|at| (self.travelling[*at].when, *at))?;
        let Travelling { from, leg, .. } = self.travelling.remove(first);
        match leg {
            Leg::Returns(reply) => {
                let input = Input::Replied { call: from.call, reply };
                return Some(Delivery { till: from.till, life: from.life, input });
            }
            Leg::Arrives(call) => self.arrives(now, from, &call),
            Leg::WaitIsOver => {
                if let Some(at) = self.waiting.iter().position(|it| it.from == from) {
                    let waiting = self.waiting.remove(at);
                    self.asks_again(now, waiting, true);
                }
            }
        }
        None
    }

    fn arrives(&mut self, now: Timestamp, from: Asker, call: &CarriedCall) {
        let Some(request) = call.request() else { return };
        let answered = self.server.as_mut().and_then(|server| server.answers(now, &request));
        let Some(answered) = answered else {
            let refused = LineTrouble::Unreachable("connection refused".to_owned());
            return self.goes_home(now, from, Reply(Err(refused)));
        };
        if self.server.as_mut().is_some_and(Server::dies_now) {
            self.hangs_up(now, None);
            return self.goes_home(now, from, Reply(Err(cut_off("connection reset by peer"))));
        }
        match answered.would_wait_ms {
            Some(wait_ms) => {
                self.waiting.push(Waiting { from, request });
                self.sets_off(now.plus_millis(i64::from(wait_ms)), from, Leg::WaitIsOver);
            }
            None => self.goes_home(now, from, Reply(Ok(answered.response))),
        }
        if answered.changed {
            self.something_changed(now);
        }
    }

    /// Who waits is asked again, and told if there is something.
    fn something_changed(&mut self, now: Timestamp) {
        for waiting in std::mem::take(&mut self.waiting) {
            self.asks_again(now, waiting, false);
        }
    }

    fn asks_again(&mut self, now: Timestamp, waiting: Waiting, is_over: bool) {
        let answered = self.server.as_mut().and_then(|server| server.answers(now, &waiting.request));
        match answered {
            Some(answered) if answered.would_wait_ms.is_some() && !is_over => self.waiting.push(waiting),
            Some(answered) => {
                let from = waiting.from;
                self.travelling.retain(|it| it.from != from || !matches!(it.leg, Leg::WaitIsOver));
                self.goes_home(now, from, Reply(Ok(answered.response)));
            }
            None => {}
        }
    }

    /// A reply goes back on the way that it came.
    fn goes_home(&mut self, now: Timestamp, from: Asker, reply: Reply) {
        let way = self.ways[from.till].1;
        match way {
            Way::Up => self.sets_off(now, from, Leg::Returns(reply)),
            Way::Lag { millis } => self.sets_off(now.plus_millis(millis - millis / 2), from, Leg::Returns(reply)),
            Way::Loss { percent } if self.is_lost(percent) => {}
            Way::Loss { .. } => self.sets_off(now, from, Leg::Returns(reply)),
            Way::Cut => {
                let cut = reply.0.and_then(|_| Err(cut_off("the connection was closed in the middle")));
                self.sets_off(now, from, Leg::Returns(Reply(cut)));
            }
            Way::Down | Way::Silent | Way::Portal => {}
        }
    }

    /// The connections of a register break, or of all; whoever is not to hear of it waits in vain.
    fn hangs_up(&mut self, now: Timestamp, till: Option<usize>) {
        let is_meant = |from: &Asker| till.is_none_or(|till| till == from.till);
        let told = match till.map(|till| self.ways[till].1) {
            Some(Way::Silent) => Vec::new(),
            Some(_) => {
                let under_way = self.travelling.iter().filter(|it| !matches!(it.leg, Leg::WaitIsOver));
                under_way.map(|it| it.from).chain(self.waiting.iter().map(|it| it.from)).filter(is_meant).collect()
            }
            // The server has gone: what travels goes on, and finds nobody.
            None => self.waiting.iter().map(|it| it.from).collect(),
        };
        self.waiting.retain(|it| !is_meant(&it.from));
        self.travelling.retain(|it| !is_meant(&it.from) || (till.is_none() && !matches!(it.leg, Leg::WaitIsOver)));
        for from in told {
            self.sets_off(now, from, Leg::Returns(Reply(Err(cut_off("connection reset by peer")))));
        }
    }

    /// Changes the way of one register, or of all.
    pub(super) fn change(&mut self, now: Timestamp, change: &NetworkChange) -> Result<(), StageFault> {
        self.server()?;
        let known = || self.ways.iter().map(|(name, _)| name.clone()).collect();
        let meant: Vec<usize> = (0..self.ways.len())
            .filter(|till| change.register.as_ref().is_none_or(|name| *name == self.ways[*till].0))
            .collect();
        if meant.is_empty() {
            return Err(StageFault::NoRegister { name: change.register.clone().unwrap_or_default(), known: known() });
        }
        for till in meant {
            self.ways[till].1 = change.way;
            match change.way {
                Way::Down | Way::Silent | Way::Portal => self.hangs_up(now, Some(till)),
                Way::Up | Way::Lag { .. } | Way::Loss { .. } | Way::Cut => {}
            }
        }
        Ok(())
    }

    /// Changes the server.
    pub(super) fn change_server(&mut self, now: Timestamp, change: &ServerChange) -> Result<(), StageFault> {
        let server = self.server()?;
        server.change(now, change)?;
        match change {
            ServerChange::Down | ServerChange::Restart | ServerChange::Wipe | ServerChange::Restore => {
                self.hangs_up(now, None);
            }
            ServerChange::Menu(_) | ServerChange::Price { .. } => self.something_changed(now),
            ServerChange::Up
            | ServerChange::Dies { .. }
            | ServerChange::Clock(_)
            | ServerChange::Limit { .. }
            | ServerChange::Revoke(_)
            | ServerChange::Backup => {}
        }
        Ok(())
    }

    /// What the central database says.
    pub(super) fn books(&mut self) -> Result<BooksView, StageFault> {
        self.server()?.books()
    }

    fn server(&mut self) -> Result<&mut Server, StageFault> {
        self.server.as_mut().ok_or(StageFault::NoServer)
    }
}

fn cut_off(why: &str) -> LineTrouble {
    LineTrouble::CutOff(why.to_owned())
}

/// What a hotel answers to everything, until somebody pays for the hour.
fn portal() -> http::Response<Vec<u8>> {
    let page = "<html><title>Harbour Hotel Wi-Fi</title><body>Welcome! Please log in.</body></html>";
    let response = http::Response::builder().status(200).header("content-type", "text/html");
    response.body(page.as_bytes().to_vec()).expect("a status and a header that are right")
}
