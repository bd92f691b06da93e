//! The server of a program that was built without one: there is none, and a scenario that wants it is told so.

use super::line::{BooksView, ServerChange};
use super::network::Answered;
use super::stage::{Setting, StageFault};
use crate::domain::Timestamp;

/// A server that nobody can have.
pub(super) enum Server {}

impl Server {
    pub(super) fn open(_: &Setting) -> Result<Server, StageFault> {
        Err(StageFault::WithoutServer)
    }

    pub(super) fn answers(&mut self, _: Timestamp, _: &http::Request<Vec<u8>>) -> Option<Answered> {
        match *self {}
    }

    pub(super) fn dies_now(&mut self) -> bool {
        match *self {}
    }

    pub(super) fn change(&mut self, _: Timestamp, _: &ServerChange) -> Result<(), StageFault> {
        match *self {}
    }

    pub(super) fn books(&mut self) -> Result<BooksView, StageFault> {
        match *self {}
    }
}
