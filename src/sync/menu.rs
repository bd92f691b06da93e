//! Fetches the menu, or what changed on it, every minute. A menu that cannot be sold from is left, and said so once.

use super::LocalEnd;
use super::limits::ROUND_MS;
use super::line::News;
use super::step::{Desk, Step};
use super::wire::{Answer, Request, Trouble};

/// The lane of the menu.
#[derive(Debug, Default)]
pub(super) struct MenuPuller {
    /// The tick before which it is not asked for again.
    next_at: i64,
    /// What was wrong with the last one; none when it was good.
    refused: Option<String>,
}

impl MenuPuller {
    /// Asks again at the next look.
    pub fn hurry(&mut self) {
        self.next_at = 0;
    }

    pub fn next<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>) -> Result<Step, L::Fault> {
        if desk.tick < self.next_at {
            return Ok(Step::Rest { until: self.next_at });
        }
        let mark = desk.local.menu_mark()?;
        Ok(Step::Ask(Request::Menu { since: mark.cursor, etag: mark.etag }))
    }

    pub fn take<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        asked: &Request,
        outcome: Result<Answer, Trouble>,
    ) -> Result<Step, L::Fault> {
        let mark = if let Request::Menu { since, .. } = asked { since.as_ref() } else { None };
        let changes = match outcome {
            Ok(Answer::Menu(changes)) => changes,
            Ok(_) => {
                self.next_at = desk.tick + ROUND_MS;
                return Ok(Step::Rest { until: self.next_at });
            }
            Err(trouble) => return Ok(Step::Fail(trouble)),
        };
        let parts = [&changes.categories, &changes.items, &changes.modifier_groups, &changes.modifiers, &changes.taxes];
        let count = parts.iter().map(|part| part.len()).sum::<usize>() + changes.deleted.len();
        if count == 0 && !changes.full && mark == Some(&changes.cursor) {
            self.next_at = desk.tick + ROUND_MS;
            return Ok(Step::Rest { until: self.next_at });
        }
        let taken = desk.local.take_menu(desk.now, &changes)?;
        self.next_at = desk.tick + ROUND_MS;
        match taken {
            Ok(()) => {
                self.refused = None;
                if count == 0 {
                    return Ok(Step::Rest { until: self.next_at });
                }
                let items = u32::try_from(count).unwrap_or(u32::MAX);
                desk.news.push(News::Menu { changes: items });
                Ok(Step::Done { items, note: None })
            }
            Err(why) if self.refused.as_ref() == Some(&why) => Ok(Step::Rest { until: self.next_at }),
            Err(why) => {
                desk.news.push(News::MenuRefused { why: why.clone() });
                self.refused = Some(why.clone());
                Ok(Step::Refused { why })
            }
        }
    }
}
