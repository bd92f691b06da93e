//! Counts how often SQLite syncs a file, thread by thread: a VFS that stands before the system's own and hands
//! everything on. A sync is what a key must not pay for, but for its own; on a card it takes 5 to 100 ms.

#![expect(unsafe_code, reason = "a VFS is C's: this one copies the system's and counts one of its calls")]

use rusqlite::ffi;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::{c_char, c_int};
use std::sync::{Mutex, OnceLock};

type Open =
    unsafe extern "C" fn(*mut ffi::sqlite3_vfs, *const c_char, *mut ffi::sqlite3_file, c_int, *mut c_int) -> c_int;

/// The methods of a file, with a sync that counts, before those that do the work. What SQLite sees is the first field.
#[repr(C)]
struct Counting {
    seen: ffi::sqlite3_io_methods,
    below: &'static ffi::sqlite3_io_methods,
}

thread_local! {
    static SYNCS: Cell<u64> = const { Cell::new(0) };
}
static OPEN_BELOW: OnceLock<Open> = OnceLock::new();
/// One set of methods for each that the system has, by address; they live as long as the process.
static METHODS: Mutex<BTreeMap<usize, &'static Counting>> = Mutex::new(BTreeMap::new());

/// From now on, every file that SQLite opens in this process is counted.
pub fn install() {
    OPEN_BELOW.get_or_init(|| {
        // SAFETY: SQLite's default VFS lives as long as the process and is only read; the copy is never freed.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let below = ffi::sqlite3_vfs_find(std::ptr::null());
            assert!(!below.is_null(), "SQLite has a VFS");
            let mut counting = *below;
            counting.pNext = std::ptr::null_mut();
            counting.zName = c"counting".as_ptr();
            counting.xOpen = Some(open);
            let counting: &'static mut ffi::sqlite3_vfs = Box::leak(Box::new(counting));
            let registered = ffi::sqlite3_vfs_register(counting, 1);
            assert_eq!(registered, ffi::SQLITE_OK);
            (*below).xOpen.expect("a VFS opens files")
        }
    });
}

/// How many syncs this thread has made since it began.
pub fn so_far() -> u64 {
    SYNCS.get()
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let below = OPEN_BELOW.wait();
    // SAFETY: what SQLite hands in is handed on as it is. A file that was opened has methods, which are never freed;
    // those that take their place begin with a table of the same shape.
    unsafe {
        let opened = below(vfs, name, file, flags, flags_out);
        if let Some(methods) = (*file).pMethods.as_ref() {
            (*file).pMethods = std::ptr::from_ref(counting(methods)).cast();
        }
        opened
    }
}

fn counting(below: &'static ffi::sqlite3_io_methods) -> &'static Counting {
    let mut all = METHODS.lock().expect("nothing panics while it holds this");
    all.entry(std::ptr::from_ref(below).addr()).or_insert_with(|| {
        let seen = ffi::sqlite3_io_methods { xSync: Some(sync), ..*below };
        Box::leak(Box::new(Counting { seen, below }))
    })
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    SYNCS.set(SYNCS.get() + 1);
    // SAFETY: only files that `open` gave these methods to come here.
    unsafe {
        let counting: &Counting = &*(*file).pMethods.cast();
        counting.below.xSync.expect("a file can be synced")(file, flags)
    }
}
