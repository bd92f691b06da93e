//! A screen that only shows, on a box of its own: its places are opened, and it is seated at its terminal like any
//! device.

use super::opening::{NotOpened, Opening};
use super::paths::Places;
use super::register::{self, Ended, Play, Post};
use super::{Fault, clock, config, enrolment, key_file, logging};
use crate::domain::StationId;
use crate::runtime::key_file::KeySource;
use crate::runtime::lock::Lock;
use crate::store::{OpenFault, Store};
use crate::tui::display::Face;
use crate::tui::theme::Mode;

/// What such a screen is started with.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Which screen.
    pub face: Face,
    /// Its things.
    pub places: Places,
    /// Where its server is now, when not where the configuration says.
    pub server: Option<String>,
    /// The station that a kitchen's screen begins with; none = all.
    pub station: Option<StationId>,
    /// No bell.
    pub silent: bool,
    /// What the terminal can show.
    pub mode: Mode,
}

/// Shows what it shows, as the server tells it, until somebody quits.
///
/// # Errors
/// [`NotOpened`] and [`Ended`]; the terminal is given back first.
pub fn run(setting: Setting) -> Result<(), NotShown> {
    let opening = open(setting.face, setting.places, setting.server)?;
    logging::start(&opening.places.log_file())?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "{} opens", setting.face.words());
    let post = Post::Screen { face: setting.face, station: setting.station, silent: setting.silent };
    Ok(register::run(opening, setting.mode, Vec::new(), post, Play::Alone)?)
}

/// Why such a screen was not shown, or ended otherwise than asked.
#[derive(Debug, thiserror::Error)]
pub enum NotShown {
    /// The machine refused something.
    #[error(transparent)]
    Machine(#[from] Fault),
    /// Its things could not be opened.
    #[error(transparent)]
    NotOpened(#[from] NotOpened),
    /// The address that was given is none.
    #[error("{0}")]
    Address(String),
    /// It ended.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// Nobody at the server knows it.
    #[error("this screen is not enrolled at its server: `comanda enroll --{}` asks for the code", .0.code())]
    NotEnrolled(Face),
}

/// Opens the configuration, the lock, the key and the store, which are made on the first run.
fn open(face: Face, places: Places, url: Option<String>) -> Result<Opening, NotShown> {
    let mut config = config::load_screen(face, &places.config).map_err(NotOpened::from)?;
    if let (Some(server), Some(url)) = (&mut config.server, url) {
        let url = url.trim_end_matches('/');
        if let Some(flaw) = config::url_flaw(url, server.is_plain()) {
            return Err(NotShown::Address(flaw));
        }
        url.clone_into(&mut server.url);
    }
    places.prepare_data()?;
    let lock = Lock::take(&places.data, face.code())?;
    if enrolment::is_unknown(&places)? {
        return Err(NotShown::NotEnrolled(face));
    }
    let key_file = config.key_file.clone().unwrap_or_else(|| places.usual_key_file());
    let key = match KeySource::found(key_file) {
        KeySource::File(file) if matches!(file.try_exists(), Ok(false)) => key_file::create(&file)?,
        found => found.read()?,
    };
    let made = Store::open_or_create(&places.store_file(), Some(&key), &mut clock::entropy()?);
    let store = made.map_err(|fault| filled_again(fault, &places))?;
    Ok(Opening { places, config, key, store, lock, demo: false })
}

/// All that is worth anything in this store the server has, too.
fn filled_again(fault: OpenFault, places: &Places) -> Fault {
    let remedy = format!("or delete {} and start again: the server fills it", places.store_file().display());
    Fault::new("the screen's store did not open", fault.to_string(), remedy)
}
