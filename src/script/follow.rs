//! Follows what a scenario does without playing it: nothing is asked of a register or screen that lies crashed, of one
//! that is not there, or of a server where there is none.

use super::scenario::{Act, Step};
use super::stage::Setting;
use super::word::{Wrong, did_you_mean};
use std::collections::BTreeSet;

/// Where a scenario stands: at which register it is, and which of them lie crashed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Standing<'a> {
    at: &'a str,
    crashed: BTreeSet<&'a str>,
}

/// What cannot be done in these steps, each with its line.
pub(super) fn impossible(setting: &Setting, steps: &[Step]) -> Vec<(usize, Wrong)> {
    let mut follower = Follower { setting, found: Vec::new() };
    let first = Standing { at: setting.names().next().unwrap_or_default(), crashed: BTreeSet::new() };
    follower.follow(steps, first);
    follower.found
}

struct Follower<'a> {
    setting: &'a Setting,
    found: Vec<(usize, Wrong)>,
}

impl<'a> Follower<'a> {
    fn wrong(&mut self, step: &Step, what: impl Into<String>) {
        let found = (step.line, Wrong::at(step.column, what));
        if !self.found.contains(&found) {
            self.found.push(found);
        }
    }

    fn is_known(&mut self, step: &Step, name: &str) {
        let known: Vec<&str> = self.setting.names().collect();
        if !known.contains(&name) {
            let kind = if self.setting.screens.is_empty() { "register" } else { "register or screen" };
            let right = did_you_mean(name, &known, &format!("its {kind}s are"));
            self.wrong(step, format!("there is no {kind} {name} in this scenario; {right}"));
        }
    }

    fn follow(&mut self, steps: &'a [Step], before: Standing<'a>) -> Standing<'a> {
        let mut now = before;
        for step in steps {
            if now.crashed.contains(now.at) && step.act.needs_register() {
                self.wrong(step, format!("{} comes after Crash; write Restart before it", step.act.word()));
            }
            match &step.act {
                Act::Crash => {
                    now.crashed.insert(now.at);
                }
                Act::Restart => {
                    if !now.crashed.remove(now.at) {
                        self.wrong(step, "nothing has crashed; write Crash before Restart");
                    }
                }
                Act::Repeat { steps, .. } => now = self.repeat(step, steps, now),
                Act::At(name) => {
                    self.is_known(step, name);
                    now.at = name;
                }
                Act::ExpectOn { device, .. } => {
                    self.is_known(step, device);
                    if now.crashed.contains(device.as_str()) {
                        self.wrong(step, format!("{device} lies crashed; write At {device} and Restart before it"));
                    }
                }
                Act::Network(change) => {
                    self.needs_server(step);
                    change.register.iter().for_each(|name| self.is_known(step, name));
                }
                Act::Server(_) | Act::Books(_) => self.needs_server(step),
                Act::Login(_)
                | Act::Type { .. }
                | Act::Keys(_)
                | Act::Tap(_)
                | Act::Press(_)
                | Act::Release(_)
                | Act::Resize { .. }
                | Act::Expect(_)
                | Act::Paper { .. }
                | Act::Fault { .. }
                | Act::Machine(_)
                | Act::Advance(_)
                | Act::Snapshot(_) => {}
            }
        }
        now
    }

    fn repeat(&mut self, step: &Step, steps: &'a [Step], before: Standing<'a>) -> Standing<'a> {
        let mut after = self.follow(steps, before.clone());
        if after.at != before.at && after.crashed == before.crashed {
            // It begins again at another register.
            after = self.follow(steps, after);
        }
        if after.crashed != before.crashed {
            self.wrong(step, "this Repeat cannot begin again as it ends; put Crash and Restart both into it");
        }
        after
    }

    fn needs_server(&mut self, step: &Step) {
        if !self.setting.server {
            let what = format!("{} needs a server; write Use server at the start of the scenario", step.act.word());
            self.wrong(step, what);
        }
    }
}
