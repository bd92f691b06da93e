//! The register's end of a stage: takes cues, and reports when all that a cue spoke of is taken and drawn.

use super::{Asked, Cue, LINE_BYTES_MAX, Line, Props, Report};
use crate::app::{Device, Effect, Input};
use crate::domain::Timestamp;
use crate::domain::id::Entropy;
use crate::runtime::{Fault, why};
use crate::tui::scene::Scene;
use rustix::fs::{FileType, fstat};
use serde::de::DeserializeOwned;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader as AsyncBufReader, Lines};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

const DOING: &str = "could not go on stage";
const REMEDY: &str = "only `comanda script --pty` starts a register on a stage";

/// A register that is about to go on stage.
#[derive(Debug)]
pub struct Entrance {
    socket: UnixStream,
    /// What it is opened with.
    pub props: Props,
}

impl Entrance {
    /// Takes standard error for the stage's socket, and this process's terminal for its own.
    ///
    /// # Errors
    /// A [`Fault`] when standard error is no socket, or what comes over it are no props.
    pub fn make() -> Result<Entrance, Fault> {
        let fault = |source: io::Error| Fault::new(DOING, why(&source), REMEDY);
        let about = fstat(io::stderr()).map_err(|source| fault(source.into()))?;
        if FileType::from_raw_mode(about.st_mode) != FileType::Socket {
            return Err(Fault::new(DOING, "standard error is no socket", REMEDY));
        }
        // A session of its own, so that the window's changes are told to this process.
        rustix::process::setsid().map_err(|source| fault(source.into()))?;
        rustix::process::ioctl_tiocsctty(io::stdin()).map_err(|source| fault(source.into()))?;
        let socket = UnixStream::from(io::stderr().as_fd().try_clone_to_owned().map_err(fault)?);
        let mut line = String::new();
        let mut reader = BufReader::new((&socket).take(LINE_BYTES_MAX as u64));
        reader.read_line(&mut line).map_err(fault)?;
        let props = read(&line)?;
        drop(reader);
        Ok(Entrance { socket, props })
    }
}

fn read<T: DeserializeOwned>(line: &str) -> Result<T, Fault> {
    serde_json::from_str(line).map_err(|wrong| Fault::new(DOING, format!("this is no cue: {wrong}"), REMEDY))
}

/// A register on stage.
#[derive(Debug)]
pub(in crate::runtime) struct Actor {
    cues: Lines<AsyncBufReader<OwnedReadHalf>>,
    wings: OwnedWriteHalf,
    now: Timestamp,
    seed: u64,
    secret: Option<String>,
    /// How many inputs are still to be taken before a report is due; none when nothing is due.
    awaits: Option<u32>,
    report: Report,
}

impl Actor {
    /// Goes on stage; the first report is due with the first frame.
    pub fn enter(entrance: Entrance) -> Result<Actor, Fault> {
        let fault = |source: io::Error| Fault::new(DOING, why(&source), REMEDY);
        entrance.socket.set_nonblocking(true).map_err(fault)?;
        let (cues, wings) = tokio::net::UnixStream::from_std(entrance.socket).map_err(fault)?.into_split();
        Ok(Actor {
            cues: AsyncBufReader::new(cues).lines(),
            wings,
            now: entrance.props.now,
            seed: entrance.props.seed,
            secret: entrance.props.secret,
            awaits: Some(0),
            report: Report::default(),
        })
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn entropy(&self) -> Entropy {
        super::dice(self.seed)
    }

    /// What the register was given when it was enrolled at its server, if it has one.
    pub fn secret(&self) -> Option<&str> {
        self.secret.as_deref()
    }

    /// Keeps an effect that asks something of the stage, for the next report.
    pub fn asks(&mut self, effect: &Effect) {
        self.report.asked.extend(Asked::of(effect));
    }

    /// Counts inputs of the terminal that were taken.
    pub fn took(&mut self, inputs: u32) {
        self.awaits = self.awaits.map(|left| left.saturating_sub(inputs));
    }

    /// The next event; typing is answered with [`Line::Ready`] here.
    ///
    /// Nothing is lost when this is called off while it waits for a line.
    pub async fn next(&mut self) -> Result<Input, Fault> {
        loop {
            let fault = |source: io::Error| Fault::new("could not hear the next cue", why(&source), REMEDY);
            let Some(line) = self.cues.next_line().await.map_err(fault)? else {
                return Err(Fault::new("could not hear the next cue", "the prompter has gone", REMEDY));
            };
            let cue: Cue = read(&line)?;
            self.now = cue.now;
            self.awaits = Some(cue.inputs);
            match cue.event {
                Some(event) => return Ok(event.into()),
                None => self.say(&Line::Ready).await?,
            }
        }
    }

    /// Tells what was drawn, once all that the cue spoke of is in it.
    pub async fn drew(&mut self, device: &dyn Device, scene: &Scene) -> Result<(), Fault> {
        self.report.frames += 1;
        if self.awaits.take_if(|left| *left == 0).is_none() {
            return Ok(());
        }
        self.report.show(scene);
        self.report.half_a_key_until = device.half_a_key_until();
        self.hand_in().await
    }

    /// Tells that the register has left and its terminal is given back.
    pub async fn left(&mut self) -> Result<(), Fault> {
        self.report.show(&Scene::default());
        self.report.half_a_key_until = None;
        self.report.frames += 1;
        self.hand_in().await
    }

    async fn hand_in(&mut self) -> Result<(), Fault> {
        let next = Report { frames: self.report.frames, ..Report::default() };
        let report = std::mem::replace(&mut self.report, next);
        self.say(&Line::Report(Box::new(report))).await
    }

    async fn say(&mut self, line: &Line) -> Result<(), Fault> {
        let fault = |source: io::Error| Fault::new("could not report to the prompter", why(&source), REMEDY);
        let mut text = serde_json::to_string(line).map_err(|wrong| fault(wrong.into()))?;
        text.push('\n');
        self.wings.write_all(text.as_bytes()).await.map_err(fault)
    }
}
