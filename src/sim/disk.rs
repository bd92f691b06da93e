//! A disk that fails, and what of it a power cut leaves: a VFS that stands before the system's own, remembers what was
//! written since the last sync, and refuses when it is told to.
//!
//! Each thread has its own disks, known by their directories: what no world has taken is handed on untouched. A file of
//! SQLite is the header below and behind it the file of the system's VFS (sqlite.org/vfs.html, "shims").

#![expect(unsafe_code, reason = "a VFS is C's: this one hands everything on to the system's, and remembers writes")]

use super::dice::Dice;
use rusqlite::ffi;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr, OsString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A write, or a cut, that no sync has made sure of yet.
struct Unsure {
    offset: u64,
    /// What stood there before, as far as something did.
    before: Vec<u8>,
    /// What was written; none for a cut.
    wrote: Option<Vec<u8>>,
    /// How long the file was before, in bytes.
    length_before: u64,
}

/// How a disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ailment {
    /// There is no room.
    Full,
    /// It reports errors.
    Errors,
}

/// The disk below one directory.
#[derive(Default)]
struct Disk {
    /// What is not sure, by file; cut short, a file's name is its last part.
    unsure: BTreeMap<OsString, Vec<Unsure>>,
    /// How many writes and syncs still succeed, and how they fail then.
    ailment: Option<(u32, Ailment)>,
    /// How often it refused since it was mended last.
    refused: u32,
}

thread_local! {
    static DISKS: RefCell<BTreeMap<PathBuf, Disk>> = const { RefCell::new(BTreeMap::new()) };
}

/// What a power cut took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lost {
    /// Writes that no sync had made sure of.
    pub unsure: usize,
    /// Those of them that are on the medium all the same.
    pub kept: usize,
    /// One of them is there only in part.
    pub torn: bool,
}

/// Takes a directory under watch, on this thread: what SQLite writes in it from now on is remembered.
///
/// # Panics
/// When SQLite has no VFS of the system to hand on to.
pub fn watch(directory: &Path) {
    install();
    DISKS.with_borrow_mut(|disks| disks.insert(directory.to_owned(), Disk::default()));
}

/// Forgets a directory.
pub fn forget(directory: &Path) {
    DISKS.with_borrow_mut(|disks| disks.remove(directory));
}

/// Makes a disk fail after so many more writes and syncs.
pub fn ail(directory: &Path, after: u32, ailment: Ailment) {
    with(directory, |disk| disk.ailment = Some((after, ailment)));
}

/// Mends a disk, and says how often it has refused.
pub fn mend(directory: &Path) -> u32 {
    with(directory, |disk| {
        disk.ailment = None;
        std::mem::take(&mut disk.refused)
    })
    .unwrap_or(0)
}

/// How often a disk has refused since it was mended last.
pub fn refusals(directory: &Path) -> u32 {
    with(directory, |disk| disk.refused).unwrap_or(0)
}

/// Copies a file and its log as they are: what `kill -9` leaves.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy_as_is(store: &Path, copy: &Path) -> std::io::Result<()> {
    for end in ["", "-wal"] {
        match std::fs::copy(beside(store, end), beside(copy, end)) {
            Ok(_) => {}
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(source),
        }
    }
    Ok(())
}

/// Copies a file and its log as a power cut leaves them: what was synced, and of the rest what the dice say.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy_after_power_cut(store: &Path, copy: &Path, dice: &mut Dice) -> std::io::Result<Lost> {
    let directory = store.parent().unwrap_or(Path::new(""));
    let mut lost = Lost::default();
    // All is lost, or a first part stays, or whatever the disk had got round to.
    let (first, any) = (dice.chance(300), dice.chance(300));
    for end in ["", "-wal"] {
        let file = beside(store, end);
        let mut bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => return Err(source),
        };
        let name = file.file_name().unwrap_or_default().to_owned();
        with(directory, |disk| {
            let unsure = disk.unsure.get(&name).map_or(&[][..], Vec::as_slice);
            unsure.iter().rev().for_each(|write| undo(&mut bytes, write));
            lost.unsure += unsure.len();
            let most = dice.place(unsure.len() + 1);
            for (nth, write) in unsure.iter().enumerate() {
                let stays = if first { nth < most } else { any && dice.chance(500) };
                if stays {
                    lost.kept += 1;
                    let half = dice.chance(100);
                    lost.torn |= half;
                    redo(&mut bytes, write, half);
                }
            }
        });
        std::fs::write(beside(copy, end), bytes)?;
    }
    Ok(lost)
}

fn undo(bytes: &mut Vec<u8>, write: &Unsure) {
    let at = usize::try_from(write.offset).unwrap_or(usize::MAX);
    bytes.resize(usize::try_from(write.length_before).unwrap_or(0), 0);
    if let Some(place) = bytes.get_mut(at..at.saturating_add(write.before.len())) {
        place.copy_from_slice(&write.before);
    }
}

fn redo(bytes: &mut Vec<u8>, write: &Unsure, half: bool) {
    let at = usize::try_from(write.offset).unwrap_or(usize::MAX);
    let Some(wrote) = &write.wrote else { return bytes.truncate(at) };
    let wrote = if half { &wrote[..wrote.len() / 2] } else { &wrote[..] };
    if bytes.len() < at + wrote.len() {
        bytes.resize(at + wrote.len(), 0);
    }
    bytes[at..at + wrote.len()].copy_from_slice(wrote);
}

/// The file beside `path` whose name is longer by `suffix`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn with<T>(directory: &Path, act: impl FnOnce(&mut Disk) -> T) -> Option<T> {
    DISKS.with_borrow_mut(|disks| disks.get_mut(directory).map(act))
}

/// The header of a file; the file of the system's VFS lies behind it.
#[repr(C)]
struct Shim {
    base: ffi::sqlite3_file,
    /// Where it lies, when it is watched; owned by this.
    place: *mut Place,
}

/// A watched file: its directory and its name.
struct Place {
    directory: PathBuf,
    name: OsString,
}

type Open =
    unsafe extern "C" fn(*mut ffi::sqlite3_vfs, *const c_char, *mut ffi::sqlite3_file, c_int, *mut c_int) -> c_int;
type Delete = unsafe extern "C" fn(*mut ffi::sqlite3_vfs, *const c_char, c_int) -> c_int;

static BELOW: OnceLock<(Open, Delete)> = OnceLock::new();

fn install() {
    BELOW.get_or_init(|| {
        // SAFETY: SQLite's default VFS lives as long as the process and is only read; the copy is never freed.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK, "SQLite starts");
            let below = ffi::sqlite3_vfs_find(std::ptr::null());
            assert!(!below.is_null(), "SQLite has a VFS");
            let mut ours = *below;
            ours.pNext = std::ptr::null_mut();
            ours.zName = c"simulated".as_ptr();
            ours.szOsFile += c_int::try_from(size_of::<Shim>()).expect("a header is small");
            ours.xOpen = Some(open);
            ours.xDelete = Some(delete);
            let ours: &'static mut ffi::sqlite3_vfs = Box::leak(Box::new(ours));
            assert_eq!(ffi::sqlite3_vfs_register(ours, 1), ffi::SQLITE_OK, "SQLite takes a VFS");
            ((*below).xOpen.expect("a VFS opens files"), (*below).xDelete.expect("a VFS deletes files"))
        }
    });
}

/// The file of the system's VFS behind a header.
///
/// # Safety
/// `file` was opened by [`open`].
unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: SQLite gave room for the header and the file behind it.
    unsafe { file.cast::<Shim>().add(1).cast() }
}

/// The methods of the file behind a header.
///
/// # Safety
/// As [`real`].
unsafe fn methods(file: *mut ffi::sqlite3_file) -> &'static ffi::sqlite3_io_methods {
    // SAFETY: a file that was opened has methods, which are never freed.
    unsafe { &*(*real(file)).pMethods }
}

/// Does something with the disk of a watched file.
///
/// # Safety
/// As [`real`].
unsafe fn on_disk<T>(file: *mut ffi::sqlite3_file, act: impl FnOnce(&mut Disk, &OsStr) -> T) -> Option<T> {
    // SAFETY: the place belongs to the file and goes with it.
    let place = unsafe { (*file.cast::<Shim>()).place.as_ref() }?;
    with(&place.directory, |disk| act(disk, &place.name))
}

/// What a write or a sync comes to when the disk fails.
fn refusal(disk: &mut Disk, if_errors: c_int) -> Option<c_int> {
    let (left, ailment) = disk.ailment.as_mut()?;
    if *left > 0 {
        *left -= 1;
        return None;
    }
    disk.refused += 1;
    Some(match ailment {
        Ailment::Full => ffi::SQLITE_FULL,
        Ailment::Errors => if_errors,
    })
}

/// The directory that is watched and the name in it, of a file that SQLite names.
///
/// # Safety
/// `name` is null or ends with a zero byte.
unsafe fn place_of(name: *const c_char) -> Option<Place> {
    if name.is_null() {
        return None;
    }
    // SAFETY: SQLite's names end with a zero byte.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()));
    let directory = path.parent()?.to_owned();
    let is_watched = DISKS.with_borrow(|disks| disks.contains_key(&directory));
    is_watched.then(|| Place { directory, name: path.file_name().unwrap_or_default().to_owned() })
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let (below, _) = BELOW.wait();
    // SAFETY: what SQLite hands in is handed on as it is; the room behind the header is the system's.
    unsafe {
        let shim = file.cast::<Shim>();
        (*shim).base.pMethods = std::ptr::null();
        (*shim).place = std::ptr::null_mut();
        let opened = below(vfs, name, real(file), flags, flags_out);
        if (*real(file)).pMethods.is_null() {
            return opened;
        }
        (*shim).base.pMethods = &METHODS;
        let watched = flags & (ffi::SQLITE_OPEN_MAIN_DB | ffi::SQLITE_OPEN_WAL) != 0;
        if let Some(place) = place_of(name).filter(|_| watched) {
            (*shim).place = Box::into_raw(Box::new(place));
        }
        opened
    }
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let (_, below) = BELOW.wait();
    // SAFETY: handed on as it is.
    unsafe {
        if let Some(Place { directory, name }) = place_of(name) {
            with(&directory, |disk| disk.unsure.remove(&name));
        }
        below(vfs, name, sync)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the place was made in `open` and is freed once, here.
    unsafe {
        let place = std::mem::replace(&mut (*file.cast::<Shim>()).place, std::ptr::null_mut());
        if !place.is_null() {
            drop(Box::from_raw(place));
        }
        methods(file).xClose.expect("a file can be closed")(real(file))
    }
}

/// How long a file is, and what stands in it from `offset` on.
///
/// # Safety
/// As [`real`].
unsafe fn stands(file: *mut ffi::sqlite3_file, offset: u64, length: usize) -> (u64, Vec<u8>) {
    // SAFETY: the buffer has the room that is read into it.
    unsafe {
        let mut size: i64 = 0;
        methods(file).xFileSize.expect("a file has a size")(real(file), &mut size);
        let size = u64::try_from(size).unwrap_or(0);
        let there = usize::try_from(size.saturating_sub(offset)).unwrap_or(usize::MAX).min(length);
        let mut before = vec![0_u8; there];
        if there > 0 {
            let (amount, at) = (c_int::try_from(there).unwrap_or(0), i64::try_from(offset).unwrap_or(0));
            methods(file).xRead.expect("a file can be read")(real(file), before.as_mut_ptr().cast(), amount, at);
        }
        (size, before)
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, amount: c_int, offset: i64) -> c_int {
    // SAFETY: SQLite hands in `amount` bytes.
    unsafe {
        if let Some(Some(refused)) = on_disk(file, |disk, _| refusal(disk, ffi::SQLITE_IOERR_WRITE)) {
            return refused;
        }
        let (length, at) = (usize::try_from(amount).unwrap_or(0), u64::try_from(offset).unwrap_or(0));
        if !(*file.cast::<Shim>()).place.is_null() {
            let (length_before, before) = stands(file, at, length);
            let wrote = std::slice::from_raw_parts(from.cast::<u8>(), length).to_vec();
            let unsure = Unsure { offset: at, before, wrote: Some(wrote), length_before };
            on_disk(file, |disk, name| disk.unsure.entry(name.to_owned()).or_default().push(unsure));
        }
        methods(file).xWrite.expect("a file can be written")(real(file), from, amount, offset)
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: handed on as it is.
    unsafe {
        if !(*file.cast::<Shim>()).place.is_null() {
            let at = u64::try_from(size).unwrap_or(0);
            let (length_before, before) = stands(file, at, usize::MAX);
            let unsure = Unsure { offset: at, before, wrote: None, length_before };
            on_disk(file, |disk, name| disk.unsure.entry(name.to_owned()).or_default().push(unsure));
        }
        methods(file).xTruncate.expect("a file can be cut")(real(file), size)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: no file is touched: the medium is what is remembered here.
    unsafe {
        let synced = on_disk(file, |disk, name| match refusal(disk, ffi::SQLITE_IOERR_FSYNC) {
            Some(refused) => refused,
            None => {
                disk.unsure.remove(name);
                ffi::SQLITE_OK
            }
        });
        match synced {
            Some(result) => result,
            None => methods(file).xSync.expect("a file can be synced")(real(file), flags),
        }
    }
}

/// Methods that are handed on as they come.
macro_rules! handed_on {
    ($( $ours:ident $theirs:ident ( $($arg:ident: $Type:ty),* ) -> $Returns:ty; )*) => { $(
        unsafe extern "C" fn $ours(file: *mut ffi::sqlite3_file $(, $arg: $Type)*) -> $Returns {
            // SAFETY: handed on as it is; the system's VFS has every method of version 3.
            unsafe { methods(file).$theirs.expect("the system's VFS has it")(real(file) $(, $arg)*) }
        }
    )* };
}

handed_on! {
    read xRead(to: *mut c_void, amount: c_int, offset: i64) -> c_int;
    file_size xFileSize(size: *mut i64) -> c_int;
    lock xLock(level: c_int) -> c_int;
    unlock xUnlock(level: c_int) -> c_int;
    check_reserved_lock xCheckReservedLock(out: *mut c_int) -> c_int;
    file_control xFileControl(op: c_int, arg: *mut c_void) -> c_int;
    sector_size xSectorSize() -> c_int;
    device_characteristics xDeviceCharacteristics() -> c_int;
    shm_map xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int;
    shm_lock xShmLock(offset: c_int, n: c_int, flags: c_int) -> c_int;
    shm_barrier xShmBarrier() -> ();
    shm_unmap xShmUnmap(delete: c_int) -> c_int;
    fetch xFetch(offset: i64, amount: c_int, out: *mut *mut c_void) -> c_int;
    unfetch xUnfetch(offset: i64, page: *mut c_void) -> c_int;
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};
