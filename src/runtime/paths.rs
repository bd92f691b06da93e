//! Where a register keeps its things, and the one place that reads the environment.

use super::Fault;
use crate::tui::display::Face;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Where one register's things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The data directory: store, lock, log and the paper of file printers.
    pub data: PathBuf,
    /// The configuration file.
    pub config: PathBuf,
}

/// Reads one variable of the environment; empty counts as absent.
#[expect(clippy::disallowed_methods, reason = "this is the one place where the environment is read")]
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The file that this program was started from.
///
/// # Errors
/// A [`Fault`] when the machine does not say.
pub fn this_program() -> Result<PathBuf, Fault> {
    std::env::current_exe()
        .map_err(|source| Fault::io("could not find this program's own file", &source, "start it by its full path"))
}

impl Places {
    /// The places of a register: flags first, then systemd's directories, then the XDG base directories.
    ///
    /// # Errors
    /// A [`Fault`] when neither a flag nor the environment says where.
    pub fn of_register(data: Option<PathBuf>, config: Option<PathBuf>) -> Result<Places, Fault> {
        Places::found("comanda", (data, config), &environment)
    }

    /// The places of a screen on a box of its own, found in the same way: each kind has its own, so that a kitchen's
    /// and a guests' screen have room on one box, and what a register keeps in the same home is not touched.
    ///
    /// # Errors
    /// A [`Fault`] when neither a flag nor the environment says where.
    pub fn of_screen(face: Face, data: Option<PathBuf>, config: Option<PathBuf>) -> Result<Places, Fault> {
        Places::found(&format!("comanda-{}", face.code()), (data, config), &environment)
    }

    /// The places of the demonstration: `--data`, or `comanda-demo` beside where a register's data would be.
    ///
    /// systemd's directories are not looked at: a demonstration never touches a real register's data.
    ///
    /// # Errors
    /// A [`Fault`] when neither a flag nor the environment says where.
    pub fn of_demo(data: Option<PathBuf>) -> Result<Places, Fault> {
        let data = match data {
            Some(data) => data,
            None => xdg("XDG_DATA_HOME", ".local/share", &environment)
                .ok_or_else(|| homeless("the demonstration's data", "--data DIR"))?
                .join("comanda-demo"),
        };
        let config = data.join("comanda.toml");
        Ok(Places { data, config })
    }

    fn found(
        name: &str,
        (data, config): (Option<PathBuf>, Option<PathBuf>),
        env: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Places, Fault> {
        let data = data
            .or_else(|| systemd("STATE_DIRECTORY", env))
            .or_else(|| xdg("XDG_DATA_HOME", ".local/share", env).map(|base| base.join(name)))
            .ok_or_else(|| homeless("the data", "--data DIR"))?;
        let config = config
            .or_else(|| systemd("CONFIGURATION_DIRECTORY", env).map(|base| base.join("comanda.toml")))
            .or_else(|| xdg("XDG_CONFIG_HOME", ".config", env).map(|base| base.join(name).join("comanda.toml")))
            .ok_or_else(|| homeless("the configuration", "--config FILE"))?;
        Ok(Places { data, config })
    }

    /// The SQLite file.
    pub fn store_file(&self) -> PathBuf {
        self.data.join("store.db")
    }

    /// The log.
    pub fn log_file(&self) -> PathBuf {
        self.data.join("comanda.log")
    }

    /// The socket through which the command line reaches a running register.
    pub fn control_socket(&self) -> PathBuf {
        self.data.join("control")
    }

    /// Where file printers lay their paper.
    pub fn paper_dir(&self) -> PathBuf {
        self.data.join("paper")
    }

    /// Where a created key goes when the configuration names no place: beside the configuration.
    pub fn usual_key_file(&self) -> PathBuf {
        self.config.with_file_name("store.key")
    }

    /// What this register was given when it was enrolled at its server.
    pub fn server_secret_file(&self) -> PathBuf {
        self.data.join("server.secret")
    }

    /// What this register proposed as its secret to a server whose answer it did not hear.
    pub fn proposed_secret_file(&self) -> PathBuf {
        self.data.join("server.secret.proposed")
    }

    /// Makes the data directory (readable by its owner alone) unless it is there.
    ///
    /// # Errors
    /// A [`Fault`] when it cannot be made or is something else than a directory.
    pub fn prepare_data(&self) -> Result<(), Fault> {
        make_dir(&self.data, "the data directory", "choose another with --data")
    }

    /// Makes the directory of the configuration file unless it is there.
    ///
    /// # Errors
    /// A [`Fault`] when it cannot be made or is something else than a directory.
    pub fn prepare_config(&self) -> Result<(), Fault> {
        match self.config.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => make_dir(parent, "the configuration's directory", "choose another file with --config"),
            None => Ok(()),
        }
    }
}

/// Makes a directory and its parents, mode 0700, unless it is there.
pub(crate) fn make_dir(dir: &Path, what: &str, remedy: &str) -> Result<(), Fault> {
    let doing = || format!("could not make {what} {}", dir.display());
    match std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir) {
        Ok(()) => Ok(()),
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
            Err(Fault::new(doing(), "a file of that name is in its place", remedy))
        }
        Err(source) => Err(Fault::io(doing(), &source, remedy)),
    }
}

/// systemd hands a list with colons between; the first is ours.
fn systemd(name: &str, env: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let list = env(name)?;
    std::env::split_paths(&list).next().filter(|first| first.is_absolute())
}

/// A base directory of the XDG specification (0.8), which says that a relative path is to be ignored.
fn xdg(name: &str, under_home: &str, env: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(name).or_else(|| absolute("HOME").map(|home| home.join(under_home)))
}

fn homeless(what: &str, flag: &str) -> Fault {
    let doing = format!("could not find a place for {what}");
    Fault::new(doing, "the environment names no home directory", format!("say where with {flag}, or set HOME"))
}

/// The file whose name is `path`'s with `end` behind it, as SQLite names its log.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flags, environment (blank-separated NAME=value) | data, config; `-` = none.
    const ROWS: &[(&str, &str, &str, &str, &str)] = &[
        ("/d", "/c.toml", "HOME=/home/a", "/d", "/c.toml"),
        ("-", "-", "HOME=/home/a", "/home/a/.local/share/comanda", "/home/a/.config/comanda/comanda.toml"),
        ("-", "-", "HOME=/h XDG_DATA_HOME=/x XDG_CONFIG_HOME=/y", "/x/comanda", "/y/comanda/comanda.toml"),
        ("-", "-", "HOME=/h XDG_DATA_HOME=x", "/h/.local/share/comanda", "/h/.config/comanda/comanda.toml"),
        (
            "-",
            "-",
            "STATE_DIRECTORY=/var/lib/comanda:/b CONFIGURATION_DIRECTORY=/etc/comanda HOME=/h",
            "/var/lib/comanda",
            "/etc/comanda/comanda.toml",
        ),
        ("/d", "-", "CONFIGURATION_DIRECTORY=/etc/comanda", "/d", "/etc/comanda/comanda.toml"),
        ("here", "c.toml", "", "here", "c.toml"),
    ];

    #[test]
    fn flags_come_before_systemd_and_systemd_before_xdg() {
        for (data, config, variables, data_at, config_at) in ROWS {
            let flag = |text: &str| (text != "-").then(|| PathBuf::from(text));
            let env = |name: &str| {
                let found = variables.split(' ').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
                found.map(OsString::from)
            };
            let places = Places::found("comanda", (flag(data), flag(config)), &env).unwrap();
            assert_eq!((places.data, places.config), (PathBuf::from(data_at), PathBuf::from(config_at)), "{variables}");
            let kitchen = Places::found("comanda-kitchen", (flag(data), flag(config)), &env).unwrap();
            let own = |path: &str| path.replace("/comanda/", "/comanda-kitchen/");
            let data_at =
                if *data == "-" { data_at.replace("/comanda", "/comanda-kitchen") } else { (*data_at).into() };
            let is_given = variables.contains("DIRECTORY");
            if !is_given {
                assert_eq!(kitchen.data, PathBuf::from(data_at), "{variables}");
                assert_eq!(kitchen.config, PathBuf::from(own(config_at)), "{variables}");
            }
        }
    }

    #[test]
    fn without_a_home_the_flag_is_named() {
        let fault = Places::found("comanda", (None, None), &|_| None).unwrap_err();
        assert!(fault.to_string().contains("--data DIR"), "{fault}");
    }

    #[test]
    fn a_data_directory_is_made_for_its_owner_alone_and_a_file_in_its_place_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let places = Places { data: dir.path().join("a/b"), config: dir.path().join("c.toml") };
        places.prepare_data().unwrap();
        places.prepare_data().unwrap();
        assert_eq!(places.data.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::write(dir.path().join("file"), "").unwrap();
        for (data, why) in [("file", "a file of that name"), ("file/under", "not a directory")] {
            let places = Places { data: dir.path().join(data), ..places.clone() };
            let fault = places.prepare_data().unwrap_err().to_string();
            assert!(fault.contains(why) && fault.contains("--data"), "{fault}");
        }
    }
}
