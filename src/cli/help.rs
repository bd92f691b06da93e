//! `comanda help`: what there is to know, by topic: subcommands as the command line defines them, screens and their
//! keys as they say themselves, key scripts, the configuration.

use super::{Failure, definition, say};
use crate::runtime::config::{Answers, commented_default};
use crate::script::in_process::on_a_register;
use crate::script::{REFERENCE, did_you_mean};
use crate::tui::manual::{self, Page};
use crate::tui::{kitchen, pickup, screens};

/// How wide pages of screens are written, in characters.
const PAGE_CHARS: usize = 80;

/// Topics that are neither a subcommand nor a screen, and what is told of them.
const OTHERS: &[(&str, &str)] = &[
    ("keys", "The keys of every screen"),
    ("scripts", "Every command of key scripts"),
    ("config", "Every key of the configuration file, as `comanda init` writes it"),
];

/// Explains a subcommand, a screen and its keys, key scripts or the configuration.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda help                every topic
  comanda help store backup   a subcommand, as with --help
  comanda help pay            a screen of the register, and its keys
  comanda help keys           every screen

In the register, F1 says the same of the screen that one is on.")]
pub(super) struct Args {
    /// A subcommand (store backup), a screen (pay), or: keys, scripts, config
    topic: Vec<String>,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    say(about(&args.topic)?.trim_end())
}

/// What is told of a topic; of none, which there are.
fn about(topic: &[String]) -> Result<String, Failure> {
    let words: Vec<&str> = topic.iter().map(String::as_str).collect();
    let told = match words.as_slice() {
        [] => Some(topics()),
        ["keys"] => Some(text(&pages()?)),
        ["scripts"] => Some(REFERENCE.to_owned()),
        ["config"] => Some(commented_default(&example())),
        _ => None,
    };
    if let Some(told) = told {
        return Ok(told);
    }
    let mut parts: Vec<String> = of_subcommand(&words).into_iter().collect();
    if let [name] = words.as_slice()
        && screen_names().any(|known| known == *name)
    {
        parts.push(text(&pages()?.into_iter().filter(|page| page.name == *name).collect::<Vec<_>>()));
    }
    match parts.is_empty() {
        true => Err(Failure::NoTopic(unknown(&words))),
        false => Ok(parts.join("\n")),
    }
}

/// The help of a subcommand, as `--help` gives it.
fn of_subcommand(words: &[&str]) -> Option<String> {
    let mut command = &mut definition();
    for word in words {
        command = command.find_subcommand_mut(word)?;
    }
    Some(command.render_long_help().to_string())
}

fn screen_names() -> impl Iterator<Item = &'static str> {
    screens::NAMES.iter().copied().chain([kitchen::page().name, pickup::page().name])
}

fn pages() -> Result<Vec<Page>, Failure> {
    let mut pages = on_a_register(screens::pages)?;
    pages.extend([kitchen::page(), pickup::page()]);
    Ok(pages)
}

fn text(pages: &[Page]) -> String {
    manual::lines(pages, PAGE_CHARS).join("\n")
}

/// What a configuration is written about when it is only looked at.
fn example() -> Answers {
    Answers { name: "Chez Dara".to_owned(), location: "L1".to_owned(), register: "T1".to_owned() }
}

fn topics() -> String {
    let mut lines = vec!["Subcommands (comanda help SUBCOMMAND, or comanda SUBCOMMAND --help):".to_owned()];
    let all = definition();
    lines.extend(all.get_subcommands().map(|command| {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        format!("  {:<12} {about}", command.get_name())
    }));
    lines.extend([String::new(), "Screens and their keys (comanda help SCREEN):".to_owned()]);
    let mut row = String::new();
    for name in screen_names() {
        if row.chars().count() + name.chars().count() + 2 > PAGE_CHARS {
            lines.push(std::mem::take(&mut row));
        }
        row.push_str(&format!("{}{name}", if row.is_empty() { "  " } else { ", " }));
    }
    lines.extend([row, String::new(), "Also:".to_owned()]);
    lines.extend(OTHERS.iter().map(|(name, about)| format!("  {name:<12} {about}")));
    lines.join("\n")
}

fn unknown(words: &[&str]) -> String {
    let all = definition();
    let mut command = &all;
    let mut told = Vec::new();
    for word in words {
        let Some(next) = command.find_subcommand(word) else { break };
        command = next;
        told.push(*word);
    }
    let wrong = words.get(told.len()).copied().unwrap_or_default();
    let mut known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    if told.is_empty() {
        known.extend(screen_names().map(|name| -> &str { name }));
        known.extend(OTHERS.iter().map(|(name, _)| *name));
    }
    known.sort_unstable();
    known.dedup();
    let right = match known.is_empty() {
        true => format!("{} stands alone", told.join(" ")),
        false => did_you_mean(wrong, &known, "there are:"),
    };
    format!("there is no help on `{}`; {right}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::Key;
    use crate::tui::{Action, Desk, Then};

    #[test]
    fn every_screen_has_a_page_with_the_keys_of_its_foot() {
        let pages = pages().unwrap();
        assert_eq!(pages.iter().map(|page| page.name).collect::<Vec<_>>(), screen_names().collect::<Vec<_>>());
        for page in &pages {
            assert!(!page.says.is_empty() && !page.keys.is_empty(), "{page:?}");
        }
        let lacking = on_a_register(|desk| {
            let examples = screens::examples(desk);
            for name in screens::NAMES {
                assert!(
                    examples.iter().any(|screen| screen.name() == *name),
                    "{name}: write its `fn examples`, of which help learns the keys of its foot"
                );
            }
            let lacks = |screen: &screens::AnyScreen| {
                let page = pages.iter().find(|page| page.name == screen.name()).unwrap();
                let foot = screen.keys(desk).into_iter();
                let on_page = |(key, does): &(Key, &str)| {
                    page.keys.iter().any(|(name, text)| *name == key.to_string() && text.contains(does))
                };
                foot.filter(|it| !on_page(it)).map(|it| format!("{}: {it:?}", page.name)).collect::<Vec<_>>()
            };
            examples.iter().flat_map(lacks).collect::<Vec<_>>()
        });
        assert_eq!(lacking.unwrap(), Vec::<String>::new());
    }

    /// Whether a key stands in a column of keys: by its name, or as one of those that are typed.
    fn stands_in(names: &str, key: Key) -> bool {
        names.split(", ").any(|name| match (name, key) {
            ("text", Key::Char(_)) => true,
            ("A-Z", Key::Char(letter)) => letter.is_ascii_alphabetic(),
            ("0-9", Key::Char(letter)) => letter.is_ascii_digit(),
            // Letters mean the same with and without Shift.
            (name, key) => key.to_string().eq_ignore_ascii_case(name),
        })
    }

    fn does_something(desk: &Desk, nth: usize, key: Key) -> bool {
        let mut screen = screens::examples(desk).swap_remove(nth);
        let before = format!("{screen:?}");
        match screen.update(desk, Action::Press(key)) {
            Then::Stay => format!("{screen:?}") != before,
            // To say why not, or to leave it to the next screen, is not to do it.
            Then::Say(_) | Then::Pass(_) => false,
            Then::Open(_) | Then::Become(_) | Then::Close | Then::Do(_) | Then::Errand(_) => true,
        }
    }

    #[test]
    fn every_key_that_does_something_stands_in_help() {
        use Key::{
            BackTab, Backspace, Char, Delete, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right, Tab, Up,
        };
        let named = [Enter, Esc, Backspace, Delete, Tab, BackTab, Up, Down, Left, Right, PageUp, PageDown, Home, End];
        let typed = ['a', 'A', 'm', 'p', '1', '+', '-', '/'].map(Char);
        let keys: Vec<Key> = named.into_iter().chain(typed).chain((1..=12).map(F)).collect();
        let missing = on_a_register(|desk| {
            let pages = screens::pages(desk);
            let mut missing = Vec::new();
            for (nth, screen) in screens::examples(desk).iter().enumerate() {
                let page = pages.iter().find(|page| page.name == screen.name()).unwrap();
                for key in &keys {
                    let explained = page.keys.iter().any(|(names, _)| stands_in(names, *key));
                    if !explained && does_something(desk, nth, *key) {
                        missing.push(format!("{}: {key}", page.name));
                    }
                }
            }
            missing
        });
        assert_eq!(missing.unwrap(), Vec::<String>::new(), "write them into MORE_KEYS of their screen");
    }

    #[test]
    fn topics_are_found_and_what_is_none_is_told_with_what_is_near() {
        let about = |words: &str| about(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        // topic, part of what is told
        let rows = [
            ("", "Subcommands (comanda help SUBCOMMAND"),
            ("", ", pay"),
            ("register", "Usage: comanda register"),
            ("store backup", "Usage: comanda store backup"),
            ("order", "The screen `order`"),
            ("order", "F3"),
            ("printers", "Usage: comanda printers"),
            ("printers", "The screen `printers`"),
            ("kitchen", "The screen `kitchen`"),
            ("keys", "The screen `modifiers`"),
            ("keys", "The screen `kitchen`"),
            ("pickup", "Usage: comanda pickup"),
            ("pickup", "The screen `pickup`"),
            ("scripts", "Scenario \"offline lunch\""),
            ("config", "[[printer]]"),
        ];
        for (words, part) in rows {
            let told = about(words).unwrap_or_else(|why| panic!("{words}: {why}"));
            assert!(told.contains(part), "{words}: {told}");
        }
        let rows = [
            ("ordr", "there is no help on `ordr`; did you mean order"),
            ("store bakup", "there is no help on `store bakup`; did you mean backup?"),
            ("demo now", "there is no help on `demo now`; demo stands alone"),
            ("xyzzy", "there is no help on `xyzzy`; there are: card, close-review, completions,"),
        ];
        for (words, want) in rows {
            let told = about(words).expect_err(words);
            assert!(matches!(told, Failure::NoTopic(_)) && told.to_string().starts_with(want), "{words}: {told}");
        }
    }
}
