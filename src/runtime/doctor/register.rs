//! A register, or a screen that only shows on a box of its own: everything that it needs, in the order in which one
//! mends it. What cannot be looked at, as something before it is broken, is left out where that was told already.

use super::clock::{self, Clock};
use super::finding::{Finding, Findings, Subject, Verdict};
use super::{disk, keys, link, machine, printers, store, terminal};
use crate::domain::House;
use crate::runtime::clock::now;
use crate::runtime::config::{self, Config, ConfigError};
use crate::runtime::lock::Lock;
use crate::runtime::paths::Places;
use crate::store::Reader;
use crate::tui::display::Face;
use crate::tui::machine::Watch;

/// Examines it; a register, where it is not said which screen it is.
pub fn examine(places: &Places, face: Option<Face>) -> Findings {
    let (subject, loaded, makes) = match face {
        None => (Subject::Register, config::load(&places.config), "run `comanda init`".to_owned()),
        Some(face) => {
            let loaded = config::load_screen(face, &places.config);
            (Subject::Screen(face), loaded, format!("run `comanda enroll --{}`", face.code()))
        }
    };
    let mut all = vec![machine::versions(), configuration(&loaded, places, &makes)];
    let config = loaded.ok();
    all.push(machine::data(&places.data, &makes));
    let key_file = config.as_ref().and_then(|config| config.key_file.clone());
    let (finding, key) = keys::store_key(key_file.unwrap_or_else(|| places.usual_key_file()));
    all.push(match face {
        // A screen makes its key when it opens first.
        Some(face) if key.is_none() && !places.usual_key_file().exists() => {
            Finding::doubtful("key", "there is none yet", format!("`comanda {} --server` makes it", face.code()))
        }
        Some(_) | None => finding,
    });
    let is_open = Lock::is_held(&places.data);
    let file = places.store_file();
    let looked = store::examine(&file, key.as_ref(), face);
    all.push(looked.finding);
    if let (Some(config), Some(key), None) = (&config, &key, face) {
        all.push(store::backups(&config.house, config.backup.as_ref(), (&file, key), (now(), is_open)));
    }
    let low_bytes = config.as_ref().map_or(Watch::default().low_disk_bytes, |config| config.low_disk_bytes);
    if places.data.is_dir() {
        all.extend(disk::examine(&places.data, low_bytes));
    }
    let mut ahead_ms = None;
    if let Some(Config { house, server, .. }) = &config {
        let found = link::examine(places, house, server.as_ref());
        ahead_ms = found.ahead_ms;
        all.extend(found.all);
    }
    let clock = Clock { now: now(), is_kept: clock::is_kept(), journal: looked.journal, ahead_ms };
    all.push(clock::judge(&clock));
    all.push(clock::judge_zone(clock::zone_name().as_deref(), now().offset_min));
    all.push(terminal::examine());
    if let (Some(config), None) = (&config, face) {
        let reader = Reader::open(&file, key.as_ref()).ok();
        all.extend(printers::examine(&config.printers, &places.paper_dir(), reader.as_ref(), is_open));
    }
    if let Some(owner) = machine::another_owner(&places.data) {
        all.iter_mut().for_each(|finding| asks_another(finding, owner));
    }
    Findings { subject, at: now(), all }
}

/// Whoever looks at another's secrets is refused, as he should be: that is no reason to give them to him.
fn asks_another(finding: &mut Finding, owner: u32) {
    if finding.verdict == Verdict::Fail && ["key", "token"].contains(&finding.check) {
        finding.remedy = Some(format!("start the doctor as user {owner}, whose data directory it is, and look again"));
    }
}

/// Judges how the configuration was read.
fn configuration(loaded: &Result<Config, ConfigError>, places: &Places, makes: &str) -> Finding {
    let file = places.config.display().to_string();
    let finding = match loaded {
        Ok(Config { house: House { register_id, location_id, .. }, .. }) => {
            Finding::well("configuration", format!("{file}: {register_id} of {location_id}"))
                .with("register", register_id.as_str())
                .with("location", location_id.as_str())
        }
        Err(ConfigError::Unread(fault)) => {
            let remedy = format!("{makes}, or name the right one with --config");
            Finding::broken("configuration", format!("{file}: {}", fault.why), remedy)
        }
        Err(ConfigError::Wrong(mistakes)) => {
            let first =
                mistakes.all.first().map_or_else(String::new, |it| format!("{}:{}: {}", it.line, it.column, it.what));
            let more = match mistakes.all.len() {
                0 | 1 => String::new(),
                many => format!(" (and {} mistakes more)", many - 1),
            };
            let told: Vec<String> =
                mistakes.all.iter().map(|it| format!("{}:{}: {}", it.line, it.column, it.what)).collect();
            let remedy = "correct it; `comanda help config` shows a whole one";
            Finding::broken("configuration", format!("{file}:{first}{more}"), remedy).with("mistakes", told)
        }
    };
    finding.with("file", file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_take_another_s_secrets() {
        // which check, how it is, whether what to do changes
        let rows = [("key", Verdict::Fail, true), ("token", Verdict::Fail, true), ("key", Verdict::Warn, false)];
        for (check, verdict, is_changed) in rows {
            let mut finding = Finding { verdict, ..Finding::broken(check, "user 5 owns it", "chown 0 it") };
            asks_another(&mut finding, 5);
            assert_eq!(finding.remedy.unwrap() != "chown 0 it", is_changed, "{check} {verdict:?}");
        }
        let mut finding = Finding::broken("store", "it is damaged", "restore it");
        asks_another(&mut finding, 5);
        assert_eq!(finding.remedy.as_deref(), Some("restore it"));
    }
}
