//! The event loop of a register, or of a screen that only shows on a box of its own: terminal, printers, signals and
//! the one alarm, in one order, on one thread.
//!
//! It decides nothing. Keys come before replies: whoever stands at the register waits for no printer. Clock and
//! printers are the machine's, or those of a stage that a script is played on ([`super::stage`]); all else is the same.

use super::backups::{BackupThread, Backups};
use super::carrier::Carrier;
use super::config::{BackupConfig, Config, ServerKind};
use super::control::Control;
use super::disk::{self, DiskWatch};
use super::opening::Opening;
use super::pen::{self, Screen};
use super::printers::{Patience, PrinterThread, Told};
use super::stage::{self, Entrance, actor::Actor};
use super::supervisor::Supervisor;
use super::terminal::{self, Terminal};
use super::touch_panel::TouchPanel;
use super::{Fault, clock, enrolment};
use crate::app::display::{self, DisplaySettings};
use crate::app::{App, Device, Effect, Input, NotReady, SECRET_UNUSABLE, Settings};
use crate::domain::id::Entropy;
use crate::domain::{StationId, Timestamp};
use crate::printing::Load;
use crate::store::care::Checkpointer;
use crate::sync::{Call, LineSettings};
use crate::tui::display::Face;
use crate::tui::machine::Watch;
use crate::tui::scene::Scene;
use crate::tui::theme::Mode;
use crossterm::event::Event;
use ratatui::buffer::Buffer;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long leaving waits for jobs that printers have in hand, so that they need no `DUPLICATE?` at the next start.
const LEAVE_MS: u64 = 3_000;
/// What the login screen says where the machine refuses what a line to the server takes.
const NO_LINE: &str = "No line to the server: the sync screen says why";
/// How long leaving waits for the checkpoint that is under way.
const LAST_CHECKPOINT_MS: u64 = 2_000;

/// Why a register ended otherwise than asked.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The machine refused something.
    #[error(transparent)]
    Machine(#[from] Fault),
    /// The store does not hold what a register needs.
    #[error(transparent)]
    NotReady(#[from] NotReady),
}

/// Who looks over the cashier's shoulder.
pub trait Onlooker {
    /// Sees a frame that was drawn.
    fn frame(&mut self, buffer: &Buffer, scene: &Scene);

    /// Sees what comes from the terminal, before the register does; `false` when it was meant for the onlooker alone.
    fn input(&mut self, now: Timestamp, input: &Input) -> bool;
}

/// What stands at the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Post {
    /// A register.
    Register,
    /// A screen that only shows, with a replica of its own.
    Screen {
        /// Which.
        face: Face,
        /// The station that a kitchen's screen begins with; none = all.
        station: Option<StationId>,
        /// No bell.
        silent: bool,
    },
}

/// For whom a register sells.
pub enum Play<'a> {
    /// For guests.
    Alone,
    /// For guests, and somebody looks on.
    Watched(&'a mut dyn Onlooker),
    /// For a script.
    OnStage(Box<Entrance>),
}

/// Sells, or shows what is to be made, until somebody quits.
///
/// # Errors
/// [`Ended`]; the terminal is given back first.
pub fn run(opening: Opening, mode: Mode, login_notes: Vec<String>, post: Post, play: Play) -> Result<(), Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|source| Fault::io("could not start waiting for events", &source, "close other programs"))?;
    let ended = runtime.block_on(serve(opening, mode, login_notes, post, play));
    // A name of the network that is being looked up on a thread of its own is not waited for.
    runtime.shutdown_background();
    ended
}

/// What works beside the register: on threads of their own each printer, the backups and the look at the disk; as tasks
/// of this thread whatever goes to the server.
struct Hands {
    carrier: Option<Carrier>,
    printers: BTreeMap<String, PrinterThread>,
    backups: Option<BackupThread>,
    _disk: DiskWatch,
}

/// Whose clock, dice and printers the register has.
enum Surroundings {
    /// The machine's.
    Machine(Hands),
    /// A stage's.
    Stage(Box<Actor>),
}

impl Surroundings {
    fn machine(opening: &Opening, to_loop: &UnboundedSender<Input>) -> Result<Surroundings, Fault> {
        let mut threads = BTreeMap::new();
        for printer in &opening.config.printers {
            let name = printer.name().to_owned();
            let (to_loop, answering) = (to_loop.clone(), name.clone());
            let tell = move |told: Told| {
                let printer = answering.clone();
                let answer = match told {
                    Told::Done { job, outcome } => {
                        tracing::info!(printer, job, ?outcome, "printed");
                        Input::Printed { printer, job, outcome }
                    }
                    Told::Probed(says) => Input::Probed { printer, says },
                };
                // Nobody listens any more only when the register has left; the next start puts the job right.
                to_loop.send(answer).ok();
            };
            let device = printer.device(&opening.places.paper_dir());
            threads.insert(name.clone(), PrinterThread::spawn(device, &name, Patience::USUAL, tell)?);
        }
        let report = |to_loop: &UnboundedSender<Input>| {
            let to_loop = to_loop.clone();
            // As with printers: nobody listens any more only when the register has left.
            move |report| drop(to_loop.send(Input::Machine(report)))
        };
        let (config, places) = (&opening.config, &opening.places);
        let copies = |to: &BackupConfig| {
            Backups::of(&config.house, to.clone(), places.store_file(), opening.key.clone()).spawn(report(to_loop))
        };
        let backups = config.backup.as_ref().map(copies).transpose()?;
        let disk = disk::watch(places.data.clone(), config.low_disk_bytes, report(to_loop))?;
        let carrier = config.server.as_ref().map(|server| Carrier::new(server, to_loop.clone()));
        Ok(Surroundings::Machine(Hands { carrier, printers: threads, backups, _disk: disk }))
    }

    /// What is told of disk and backups.
    fn watch(&self, config: &Config) -> Watch {
        match self {
            Surroundings::Machine(_) => config.watch(),
            Surroundings::Stage(_) => stage::watch(),
        }
    }

    fn back_up(&self) {
        match self {
            Surroundings::Machine(hands) => hands.backups.iter().for_each(BackupThread::nudge),
            Surroundings::Stage(_) => {}
        }
    }

    /// Gives up the backup that is under way.
    fn finish(self) {
        match self {
            Surroundings::Machine(hands) => hands.backups.into_iter().for_each(BackupThread::finish),
            Surroundings::Stage(_) => {}
        }
    }

    fn now(&self) -> Timestamp {
        match self {
            Surroundings::Machine(_) => clock::now(),
            Surroundings::Stage(actor) => actor.now(),
        }
    }

    fn entropy(&self) -> Result<Entropy, Fault> {
        match self {
            Surroundings::Machine(_) => clock::entropy(),
            Surroundings::Stage(actor) => Ok(actor.entropy()),
        }
    }

    fn probe(&self, printer: &str) {
        match self {
            Surroundings::Machine(hands) => hands.printers.get(printer).into_iter().for_each(PrinterThread::probe),
            Surroundings::Stage(_) => {}
        }
    }

    fn print(&self, printer: &str, job: i64, load: Load) {
        match self {
            Surroundings::Machine(hands) => match hands.printers.get(printer) {
                Some(thread) => thread.send(job, load),
                None => tracing::error!(printer, job, "there is no thread for this printer"),
            },
            Surroundings::Stage(_) => {}
        }
    }

    /// Carries a call to the server.
    fn call(&mut self, call: Call) {
        match self {
            Surroundings::Machine(Hands { carrier: Some(carrier), .. }) => carrier.carry(call),
            Surroundings::Machine(Hands { carrier: None, .. }) => {
                tracing::error!(call = call.id, "no server is set up, and none is asked");
            }
            // It was noted: whoever gives the cues answers it.
            Surroundings::Stage(_) => {}
        }
    }

    /// The line to the server, if there is one, and what the login screen says of it. What only the line needs, and the
    /// machine refuses, keeps nobody from selling.
    fn line(&mut self, opening: &Opening) -> Result<(Option<LineSettings>, Option<String>), Fault> {
        let hands = match self {
            Surroundings::Machine(hands) => hands,
            Surroundings::Stage(actor) => {
                let line = |secret| stage::line(secret, &opening.config.house, &opening.store);
                return Ok((actor.secret().map(line).transpose()?, None));
            }
        };
        let (Some(server), Some(carrier)) = (&opening.config.server, &mut hands.carrier) else {
            return Ok((None, None));
        };
        let Some((line, fault)) = enrolment::line_settings(opening)? else { return Ok((None, None)) };
        tracing::info!(?line, "a server is set up");
        let mut note = enrolment::login_note(server, &line);
        if let Some(fault) = fault {
            tracing::error!(%fault, "the register sells without it");
            match server.kind {
                // Enrolled again it gets another.
                ServerKind::Comanda => note = Some(SECRET_UNUSABLE.to_owned()),
                ServerKind::Couch { .. } => carrier.refuse(fault),
            }
        }
        if let Some(fault) = carrier.fault() {
            tracing::error!(%fault, "the register sells without a line");
            note = Some(NO_LINE.to_owned());
        }
        Ok((Some(line), note))
    }

    fn plug(&mut self, is_in: bool) {
        match self {
            Surroundings::Machine(hands) => hands.carrier.iter_mut().for_each(|carrier| carrier.plug(is_in)),
            Surroundings::Stage(_) => {}
        }
    }

    /// What a stage should know of an effect, besides what is done for it here.
    fn note(&mut self, effect: &Effect) {
        match self {
            Surroundings::Machine(_) => {}
            Surroundings::Stage(actor) => actor.asks(effect),
        }
    }

    fn typed(&mut self, events: u32) {
        match self {
            Surroundings::Machine(_) => {}
            Surroundings::Stage(actor) => actor.took(events),
        }
    }

    async fn drew(&mut self, device: &dyn Device, scene: &Scene) -> Result<(), Fault> {
        match self {
            Surroundings::Machine(_) => Ok(()),
            Surroundings::Stage(actor) => actor.drew(device, scene).await,
        }
    }

    /// What comes unasked: the alarm of the machine, or the next cue of a stage.
    async fn next(&mut self, alarm_at: Timestamp) -> Result<Input, Fault> {
        match self {
            Surroundings::Machine(_) => {
                alarm(u64::try_from(alarm_at.millis_since(clock::now())).unwrap_or(0)).await;
                Ok(Input::Woke)
            }
            Surroundings::Stage(actor) => actor.next().await,
        }
    }

    async fn left(&mut self) -> Result<(), Fault> {
        match self {
            Surroundings::Machine(_) => Ok(()),
            Surroundings::Stage(actor) => actor.left().await,
        }
    }
}

/// Who runs checkpoints.
enum Checkpoints {
    /// A thread, so that no key pays for an fsync that is not its own.
    Thread {
        /// Told that one is due.
        nudge: Sender<()>,
        /// Ends with it.
        ended: Receiver<()>,
    },
    /// The loop itself: on a stage, where what may be told to a server must be no matter of luck.
    InTurn(Checkpointer),
}

impl Checkpoints {
    /// `tell` hears what each put on the medium, where others wait for it.
    fn start(opening: &Opening, tell: Option<UnboundedSender<Input>>) -> Result<Checkpoints, Fault> {
        let doing = "could not start the thread of checkpoints";
        let checkpointer = Checkpoints::open(opening)?;
        let (nudge, nudges) = channel::<()>();
        let (ends, ended) = channel::<()>();
        let work = move || {
            let _ends_with_the_thread = ends;
            // Closed before that is told: nobody ends the process under a connection that is being closed.
            let checkpointer = checkpointer;
            while nudges.recv().is_ok() {
                // Several nudges are one: what is in the log by now is carried over at once.
                while nudges.try_recv().is_ok() {}
                let settled = settled(&checkpointer);
                if let Some(tell) = &tell {
                    // The loop may have ended: then nobody waits.
                    tell.send(settled).ok();
                }
            }
        };
        let spawned = std::thread::Builder::new().name("checkpoints".into()).spawn(work);
        spawned.map_err(|source| Fault::io(doing, &source, "close other programs"))?;
        Ok(Checkpoints::Thread { nudge, ended })
    }

    fn in_turn(opening: &Opening) -> Result<Checkpoints, Fault> {
        Checkpoints::open(opening).map(Checkpoints::InTurn)
    }

    fn open(opening: &Opening) -> Result<Checkpointer, Fault> {
        let doing = "could not prepare checkpoints";
        Checkpointer::open(&opening.places.store_file(), Some(&opening.key))
            .map_err(|fault| Fault::new(doing, fault.to_string(), "run `comanda store check`"))
    }

    /// One is due; answers with what came of it, when it is over.
    fn due(&self) -> Option<Input> {
        match self {
            Checkpoints::Thread { nudge, .. } => {
                // The thread lives as long as this does; if it is gone, the log only grows.
                nudge.send(()).ok();
                None
            }
            Checkpoints::InTurn(checkpointer) => Some(settled(checkpointer)),
        }
    }

    fn finish(self) {
        let Checkpoints::Thread { nudge, ended } = self else { return };
        drop(nudge);
        if ended.recv_timeout(Duration::from_millis(LAST_CHECKPOINT_MS)).is_err() {
            tracing::debug!("leaving: no checkpoint is under way");
        }
    }
}

/// Carries the log over into the store, and says up to where documents are on the medium because of it.
fn settled(checkpointer: &Checkpointer) -> Input {
    let moved = checkpointer.passive();
    if let Err(fault) = &moved {
        tracing::warn!(%fault, "the log was not carried over into the store; it is tried again");
    }
    Input::Settled(moved.ok().and_then(|moved| moved.settled))
}

/// Names this start of the machine, so that the next start of the register knows whether the power was cut.
fn boot_id() -> String {
    let read = std::fs::read_to_string(Path::new("/proc/sys/kernel/random/boot_id"));
    read.map(|id| id.trim().to_owned()).unwrap_or_else(|_| "unknown".to_owned())
}

pub(super) fn terminal_fault(source: &io::Error) -> Fault {
    Fault::io("could not use the terminal", source, "start the register in another terminal")
}

fn hear(kind: SignalKind) -> Result<Signal, Fault> {
    signal(kind).map_err(|source| Fault::io("could not listen for signals", &source, "close other programs"))
}

/// Listens for the signals that end a program in good order.
pub(super) fn hear_all() -> Result<Signals, Fault> {
    Ok(Signals {
        terminate: hear(SignalKind::terminate())?,
        hang_up: hear(SignalKind::hangup())?,
        interrupt: hear(SignalKind::interrupt())?,
    })
}

/// The signals that end a register in good order.
pub(super) struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hang_up.recv() => "SIGHUP",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// The device and the hands that do what it asks.
struct Running<'a> {
    device: Box<dyn Device>,
    mode: Mode,
    onlooker: Option<&'a mut dyn Onlooker>,
    surroundings: Surroundings,
    answers: UnboundedReceiver<Input>,
    control: Control,
    checkpoints: Checkpoints,
    touch: Option<TouchPanel>,
    alarm: Timestamp,
    has_quit: bool,
}

impl Running<'_> {
    fn take(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            inputs.extend(self.take_one(input));
        }
    }

    /// Takes one input, and does what the register asks; answers with what comes of that at once.
    fn take_one(&mut self, input: Input) -> Vec<Input> {
        let mut next = Vec::new();
        for effect in self.device.handle(self.surroundings.now(), input) {
            self.surroundings.note(&effect);
            match effect {
                Effect::Probe { printer } => self.surroundings.probe(&printer),
                Effect::Print { printer, job, load } => self.surroundings.print(&printer, job, load),
                Effect::Answer(said) => self.control.answer(said),
                Effect::Alarm(at) => self.alarm = at,
                Effect::BackUp => self.surroundings.back_up(),
                Effect::Bell => ring(),
                Effect::Call(call) => self.surroundings.call(call),
                Effect::Plug { is_in } => self.surroundings.plug(is_in),
                Effect::Checkpoint => next.extend(self.checkpoints.due()),
                Effect::Quit => self.has_quit = true,
            }
        }
        next
    }

    /// Whether the store answers.
    fn lives(&self) -> bool {
        match self.device.store().reader().last_document_seq() {
            Ok(_) => true,
            Err(fault) => {
                tracing::error!(cause = %fault.source, "a sign of life: the store could not {}", fault.doing);
                false
            }
        }
    }

    /// Takes what came from the terminal, unless it was meant for the onlooker, who is told with a bell.
    fn take_typed(&mut self, input: Input) {
        let now = self.surroundings.now();
        match self.onlooker.as_mut().is_none_or(|onlooker| onlooker.input(now, &input)) {
            true => self.take(input),
            false => ring(),
        }
    }

    /// Waits for the jobs that printers have in hand.
    async fn leave(mut self) {
        let wait = async {
            while self.device.is_printing() {
                let Some(answer) = self.answers.recv().await else { break };
                self.take(answer);
            }
        };
        if tokio::time::timeout(Duration::from_millis(LEAVE_MS), wait).await.is_err() {
            tracing::warn!("left while a printer was still printing");
        }
        self.surroundings.finish();
        self.checkpoints.finish();
    }
}

/// The bell of the terminal; a terminal that is gone rings nothing.
pub(super) fn ring() {
    let mut out = io::stdout();
    out.write_all(b"\x07").and_then(|()| out.flush()).ok();
}

fn input_of(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) => terminal::key_from(key).map(Input::Key),
        Event::Mouse(mouse) => terminal::finger_from(mouse),
        Event::Resize(columns, rows) => Some(Input::Resized { columns, rows }),
        Event::FocusGained | Event::FocusLost | Event::Paste(_) => None,
    }
}

async fn serve(
    opening: Opening,
    mode: Mode,
    mut login_notes: Vec<String>,
    post: Post,
    play: Play<'_>,
) -> Result<(), Ended> {
    let (to_loop, answers): (UnboundedSender<Input>, _) = unbounded_channel();
    let (mut surroundings, onlooker) = match play {
        Play::Alone => (Surroundings::machine(&opening, &to_loop)?, None),
        Play::Watched(onlooker) => (Surroundings::machine(&opening, &to_loop)?, Some(onlooker)),
        Play::OnStage(entrance) => (Surroundings::Stage(Box::new(Actor::enter(*entrance)?)), None),
    };
    let mut supervisor = match surroundings {
        Surroundings::Machine(_) => Supervisor::found(),
        Surroundings::Stage(_) => Supervisor::nobody(),
    };
    let (line, note) = surroundings.line(&opening)?;
    login_notes.extend(note);
    // On a stage it is the script that pulls it.
    let has_plug = opening.demo && line.is_some() && matches!(surroundings, Surroundings::Machine(_));
    // Whatever is told to others waits until it is on the medium.
    let waits = line.is_some().then(|| to_loop.clone());
    let control = Control::open(&opening.places.control_socket(), to_loop)?;
    let checkpoints = match (&surroundings, &line) {
        (Surroundings::Stage(_), Some(_)) => Checkpoints::in_turn(&opening)?,
        (Surroundings::Stage(_) | Surroundings::Machine(_), _) => Checkpoints::start(&opening, waits)?,
    };
    let mut signals = hear_all()?;
    let size = terminal::size()?;
    let Opening { config, store, lock: _held_to_the_end, .. } = opening;
    let touch = config.touch.clone();
    let (now, dice) = (surroundings.now(), surroundings.entropy()?);
    let device: Box<dyn Device> = match post {
        Post::Register => {
            let settings = Settings {
                watch: surroundings.watch(&config),
                substitutes: config.substitutes(),
                house: config.house,
                printers: config.printers.into_iter().map(|printer| printer.printer).collect(),
                routes: config.routes,
                login_notes,
                size,
                panel: config.panel,
                line,
                has_plug,
                boot_id: boot_id(),
            };
            Box::new(App::open(store, settings, dice, now)?)
        }
        Post::Screen { face, station, silent } => {
            let no_server = || Fault::new("could not open the screen", "no server is set up", "write [server]");
            let line = line.ok_or_else(no_server)?;
            let (kitchen, pickup) = (config.kitchen, config.pickup);
            let settings = DisplaySettings { line, kitchen, pickup, station, silent, size };
            display::open(face, store, settings, dice, now)?
        }
    };
    let mut running = Running {
        device,
        mode,
        onlooker,
        surroundings,
        answers,
        control,
        checkpoints,
        touch,
        alarm: now,
        has_quit: false,
    };
    let taken = Terminal::enter()?;
    let sold = serve_events(&mut running, &mut signals, &mut supervisor).await;
    supervisor.leaves();
    let left = taken.leave();
    running.device.leave(running.surroundings.now());
    let told = running.surroundings.left().await;
    running.leave().await;
    sold?;
    told?;
    Ok(left?)
}

async fn serve_events(
    running: &mut Running<'_>,
    signals: &mut Signals,
    supervisor: &mut Supervisor,
) -> Result<(), Fault> {
    let mut screen = pen::screen(running.mode).map_err(|source| terminal_fault(&source))?;
    let mut events = listen(running.touch.take())?;
    // Asked once more, now that changes are heard: it may have changed since the register was opened.
    let (columns, rows) = terminal::size()?;
    running.take(Input::Resized { columns, rows });
    while !running.has_quit {
        let scene = draw(running, &mut screen)?;
        running.surroundings.drew(&*running.device, &scene).await?;
        supervisor.ready();
        tokio::select! {
            biased;
            event = events.recv() => {
                let mut next = event;
                while let Some(event) = next {
                    let event = event.map_err(|source| terminal_fault(&source))?;
                    running.surroundings.typed(1);
                    input_of(event).into_iter().for_each(|input| running.take_typed(input));
                    // Whatever was typed meanwhile is taken before a frame is drawn, unless somebody wants to see each.
                    let goes_on = !running.has_quit && running.onlooker.is_none();
                    next = if goes_on { events.try_recv().ok() } else { None };
                }
            }
            which = signals.next() => {
                tracing::info!(which, "told to leave");
                running.has_quit = true;
            }
            Some(answer) = running.answers.recv() => running.take(answer),
            input = running.surroundings.next(running.alarm) => running.take(input?),
            // Last: when nothing of all that waits any more.
            () = supervisor.wants_to_hear() => supervisor.answer(running.lives()),
        }
    }
    Ok(())
}

/// Reads the terminal on a thread of its own, which ends with the process: a read cannot be called off. So does a touch
/// panel beside it.
pub(super) fn listen(touch: Option<TouchPanel>) -> Result<UnboundedReceiver<io::Result<Event>>, Fault> {
    // From here on a change of the window is heard, not only once the thread has begun to read.
    crossterm::event::poll(Duration::ZERO).map_err(|source| terminal_fault(&source))?;
    let (to_loop, events) = unbounded_channel();
    touch.map(|touch| touch.listen(to_loop.clone())).transpose()?;
    let read = move || {
        loop {
            let event = crossterm::event::read();
            let is_over = event.is_err();
            if to_loop.send(event).is_err() || is_over {
                return;
            }
        }
    };
    let spawned = std::thread::Builder::new().name("terminal".into()).spawn(read);
    spawned
        .map_err(|source| Fault::io("could not start the thread of the terminal", &source, "close other programs"))?;
    Ok(events)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that waits for the alarm")]
pub(super) async fn alarm(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

fn draw(running: &mut Running, screen: &mut Screen) -> Result<Scene, Fault> {
    let (now, mut scene) = (running.surroundings.now(), Scene::default());
    let drawn = screen.draw(|frame| {
        scene = running.device.view(now, running.mode, frame.buffer_mut());
        running.onlooker.iter_mut().for_each(|onlooker| onlooker.frame(frame.buffer_mut(), &scene));
    });
    drawn.map_err(|source| terminal_fault(&source))?;
    Ok(scene)
}
