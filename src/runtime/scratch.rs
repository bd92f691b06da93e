//! A directory that is gone when it is no longer needed: for registers that only a script plays on.

use super::{Fault, clock};
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A directory of one's own; dropping it removes it with all that lies in it.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one where the system keeps what is temporary.
    ///
    /// # Errors
    /// A [`Fault`] when it cannot be made.
    pub fn new() -> Result<Scratch, Fault> {
        Scratch::below(&std::env::temp_dir())
    }

    /// Makes one in memory where the system has such a place, else where it keeps what is temporary.
    ///
    /// # Errors
    /// A [`Fault`] when it cannot be made.
    #[cfg(feature = "sim")]
    pub fn in_memory() -> Result<Scratch, Fault> {
        Scratch::below(Path::new("/dev/shm")).or_else(|_| Scratch::new())
    }

    fn below(place: &Path) -> Result<Scratch, Fault> {
        let mut random = [0; 8];
        clock::random(&mut random)?;
        let path = place.join(format!("comanda-{:016x}", u64::from_be_bytes(random)));
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|source| Fault::io(format!("could not make {}", path.display()), &source, "set TMPDIR"))?;
        Ok(Scratch(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(source) = fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), why = super::why(&source), "a temporary directory stays behind");
        }
    }
}
