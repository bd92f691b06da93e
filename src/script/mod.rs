//! Key scripts: what a tester writes to say what is pressed and what must be on the screen and on paper.
//!
//! Read in this order: `scenario` and `line` (a script as values), `parse` with `command`, `elsewhere`, `word` and
//! `follow` (how it is written), `stage` and `picture` with `ink` (what it is played on), `play` with `find` (how it is
//! played), `report` and `snapshot` (what a tester gets to see), `reports` with `cast` and `svg` (what a run leaves
//! behind), `run` (files, sums and exit codes). Both stages share `world` with its `till`s and their `printer`s, the
//! `network` and the `server`; at each till stands a register of this process (`in_process`) or the shipped binary
//! (`in_terminal`). `record` writes a script of what somebody does.
//!
//! One command a line; `#` begins a comment; indentation is free; texts stand in double quotes with `\"`, `\\` and
//! `\n`; durations are `500ms`, `2s`, `3m`, `1h`; columns, rows and jobs count from 1. Regular expressions are not
//! supported: a text is found anywhere in a row, letter by letter, where any run of blanks counts as one, and a `\n` in
//! it goes on with the row below. A setting (`Use`, `Clock`, `Terminal`) stands before the first thing that happens;
//! what is not set is the demonstration menu, 2026-03-14 12:30, and 100x30. Every mistake of a file is told at once, as
//! `file:line:column: what is wrong; what would be right`.
//!
//! | Command | What it does |
//! |---|---|
//! | `Scenario "name"` ... `End` | one test, with a fresh register of its own |
//! | `Use menu demo`, `Use menu "path"` | what is sold; a path starts at the script's folder |
//! | `Use receipt on_request`, `always` | when a receipt is printed |
//! | `Use cash-rounding 5` | what cash totals are rounded to, in minor units; 1 = not at all |
//! | `Use idle-lock 5m` | how long an untouched register stays open |
//! | `Use substitute kitchen receipt` | which printer stands in for which while that one is down |
//! | `Use panel 154x86` | a touch panel of so many millimetres: keys for fingers |
//! | `Use server` | there is a sync server with this menu, at which the register is enrolled |
//! | `Use register T2` | another register of the same location, beside T1; it needs a server, too |
//! | `Use kitchen K1` | a kitchen's screen on a box of its own, enrolled at the server |
//! | `Use pickup P1` | a guests' screen on a box of its own, enrolled at the server |
//! | `Use seed 7` | what the dice of the network begin with |
//! | `Clock 2026-03-14T12:30:00` | the first instant; time passes only by `Advance`, and 200 ms before each key |
//! | `Terminal 100x30`, `Resize 80x24` | columns and rows, at first and later |
//! | `Terminal 80x24 vt16` | what the terminal can show: `full`, `vt16`, `mono`, `ascii` |
//! | `Login "1111"` | types the PIN and Enter, wherever one is asked for; masked in reports and snapshots |
//! | `Type "2*cola" Enter` | types a text, then presses keys |
//! | `Keys F3 Enter 1 2 "+" Down*3` | presses keys by name; `*3` presses one three times |
//! | `Tap "label"`, `Tap region:order "label"` | taps what bears the label, else begins with it, else has it in it |
//! | `Tap @34,7`, `Tap key:F3` | taps a cell, or a key of the foot line |
//! | `Press "label"`, `Release @1,1` | a finger comes down, goes up: a slide; no time passes of itself |
//! | `Expect "text"`, `Expect not "text"` | the screen has it, or has it nowhere |
//! | `Expect large "T1-0001"` | the screen shows it in large letters; also of a region, and `large not` |
//! | `Expect region:order "text"` | a part of the screen has it; `not`, `row`, `count` as below |
//! | `Expect status "text"` | the status bar has it (`region:status`) |
//! | `Expect row 2 "text"`, `Expect count 3 "text"` | the whole row is it; it is there so often |
//! | `Expect focus login`, `Expect label "text"` | the screen on top; something to tap has it in its label |
//! | `On printer kitchen Expect job 1 text "text"` | its first job has it; also `not text`, `state printed` |
//! | `On printer kitchen Expect jobs 2`, `kicks 1` | how many jobs it was given, how often it kicked the drawer |
//! | `On printer kitchen Fault offline` | `offline`, `paper-out`, `cover-open`, `no-proof`, `slow 2s`, `clear` |
//! | `On printer kitchen Fault dies-after 120-bytes` | it breaks in the middle |
//! | `Set clock 2026-03-16T12:30:00` | the machine's clock leaps there |
//! | `Disk 150M` | so much is free where the store lies |
//! | `Backup fails "why"`, `Backup works` | backups fail from now on, or succeed again |
//! | `Advance 60s` | lets virtual time pass |
//! | `Crash`, `Restart` | pulls the plug; starts again on what the disk holds |
//! | `At T2` | what follows is done and expected at that register or screen; at first it is T1 |
//! | `On K1 Expect "text"` | as `Expect`, of the screen of another register, kitchen or pickup |
//! | `Network down`, `up`, `silent` | no way to the server, a good one, one that swallows everything |
//! | `Network lag 800ms`, `loss 30%` | there and back takes so long; so much is lost each way |
//! | `Network cut`, `portal` | every answer is cut in the middle; a captive portal answers for the server |
//! | `Network down for T2` | of one register alone |
//! | `Server down`, `up`, `restart` | it is killed, starts on its database, both |
//! | `Server dies after 3 requests` | it is killed before it answers the third |
//! | `Server price "Cola" 3.00`, `menu "path"` | its operator changes a price, or imports a menu |
//! | `Server clock +1h` | its clock is so much ahead, `-20m` behind; or date and time |
//! | `Server limit 2000-bytes` | its operator sets the largest document that it takes |
//! | `Server revoke T2` | its operator takes a register's secret back |
//! | `Server wipe`, `backup`, `restore` | it is set up anew; backed up; set back to that |
//! | `Server expect orders 2` | what the central database has; also `lines`, `payments`, `documents`, `conflicts` |
//! | `Server expect total 12.50` | what its accepted orders come to |
//! | `Server expect order T1-0001 text "text"` | what it knows of an order has it; also `not text`, `absent` |
//! | `Snapshot "name"` | compares the screen with `snapshots/<script>/<name>.txt`; `--accept` writes it |
//! | `Repeat 50 { ... }` | does what stands in the block over and over |

pub mod limits;
pub mod scenario;

mod command;
mod elsewhere;
mod follow;
pub mod line;
pub mod parse;
mod word;

mod ink;
pub mod picture;
pub mod stage;

mod find;
pub mod play;

mod cast;
pub mod report;
mod reports;
pub mod snapshot;
mod svg;

mod network;
#[cfg(not(feature = "server"))]
#[path = "no_server.rs"]
mod server;
#[cfg(feature = "server")]
mod server;

mod printer;
mod till;
mod world;

pub mod in_process;
pub mod in_terminal;
pub mod run;

pub mod record;

#[cfg(test)]
mod fake;

pub use ink::{Colour, Ink};
pub use line::{BooksView, NetworkChange, ServerChange};
pub use parse::{ScriptError, parse};
pub use picture::{Area, Picture};
pub use play::{Played, play};
pub use record::Recorder;
pub use report::{Failure, Input};
pub use reports::{Wanted, Witness};
pub use run::{Summary, exit_code, run_files};
pub use scenario::Scenario;
pub use snapshot::{FileSnapshots, Snapshots};
pub use stage::{JobView, MachineChange, MenuChoice, PrinterFault, PrinterView, Setting, Stage, StageFault, Theatre};
pub(crate) use word::did_you_mean;

/// Every command in one line: an example that can be played, two blanks, what it does. For `comanda script --help`.
pub const REFERENCE: &str = r##"Scenario "offline lunch"                      begins a test with a fresh register
End                                           ends it
Use menu demo                                 sells from the demonstration menu (the default)
Use menu "menus/large.json"                   sells from this menu, found from the script's folder
Use receipt on_request                        prints receipts on request, or: always
Use cash-rounding 5                           rounds cash totals to 5 minor units (1 = not at all)
Use idle-lock 5m                              locks an untouched register after this time
Use substitute kitchen receipt                prints the kitchen's tickets on receipt while kitchen is down
Use panel 154x86                              draws keys for fingers on a touch panel of so many millimetres
Use server                                    has a sync server with this menu; the register is enrolled there
Use register T2                               has another register of the location, beside T1, at the same server
Use kitchen K1                                has a kitchen's screen on a box of its own, enrolled at the server
Use pickup P1                                 has a guests' screen on a box of its own, enrolled at the server
Use seed 7                                    what the dice of the network begin with
Clock 2026-03-14T12:30:00                     sets the virtual clock at the start
Terminal 100x30                               columns and rows at the start
Terminal 80x24 vt16                           and what it can show: full, vt16 (a console), mono, ascii
Login "1111"                                  types this PIN and Enter, wherever one is asked for; masked in reports
Type "2*cheeseburger" Enter                   types a text, then presses keys
Keys F3 Enter 1 2 "+" Down*3                  presses keys: F1 to F12, Alt+x, Ctrl+x, single characters, and
Keys Esc Backspace Delete Tab Shift+Tab       Enter Space Up Down Left Right PgUp PgDn Home End
Tap "Extra cheese"                            taps what bears this label, or begins with it, or has it in it
Tap region:order "Cola"                       looks for the label in one region only
Tap @34,7                                     taps column 34 of row 7, counted from 1
Tap key:F3                                    taps a key of the foot line
Press "F4 Pay"                                puts a finger down, without time passing; named as for Tap
Release @1,1                                  takes it up, there or elsewhere
Resize 80x24                                  gives the terminal another size
Expect "Total"                                the screen has this text in a row (blanks count as one)
Expect not "Error"                            the screen has it nowhere
Expect large "T1-0001"                        the screen shows it in large letters; also: large not "text", a region
Expect region:order "2 Cheeseburger"          a region has it
Expect region:order not "Cola"                a region has it nowhere
Expect region:order row 2 "1 Cola 3.00"       the whole second row of a region is this
Expect count 3 "Cola"                         the screen has it three times; also after region:NAME
Expect status "Offline"                       the status bar has it
Expect focus login                            the screen of this name is on top; also: focus not NAME
Expect label "Extra cheese"                   something to tap has it in its label; also: label not "text"
On printer kitchen Expect job 1 text "2x"     the first job of a printer has this text
On printer kitchen Expect job 1 not text "Tea"  the first job has it nowhere
On printer kitchen Expect job 1 state printed  how far a job is: queued, sending, printed, unconfirmed, failed
On printer kitchen Expect jobs 2              how many jobs a printer was given
On printer register Expect kicks 1            how often it kicked the drawer
On printer kitchen Fault paper-out            breaks a printer: offline, paper-out, cover-open, no-proof
On printer kitchen Fault slow 300ms           makes every job take this long
On printer kitchen Fault dies-after 120-bytes  lets it die after so many bytes
On printer kitchen Fault clear                mends it
Set clock 2026-03-16T12:30:00                 lets the machine's clock leap there
Disk 150M                                     so much is free where the store lies
Backup fails "it does not exist"              lets backups fail from now on, or: works
Advance 60s                                   lets virtual time pass: ms, s, m, h
Crash                                         pulls the plug
Restart                                       starts again on what the disk holds
At T2                                         goes to another register or screen: what follows is done there
On T1 Expect "Total"                          as Expect, of the screen of another register or box, and goes back
Network down                                  there is no way to the server; up = there is a good one
Network silent                                everything is swallowed on the way, and nobody says so
Network lag 800ms                             there and back takes so long
Network loss 30%                              so much is lost, there and again on the way back
Network cut                                   every answer is cut in the middle: what was asked has arrived
Network portal                                a captive portal answers everything with a page of its own
Network down for T2                           of this register alone; after any of these
Server down                                   kills the server; up = starts it on its database; restart = both
Server dies after 3 requests                  kills it when it has carried them out, before it answers the last
Server price "Cola" 3.00                      its operator changes the price of an item
Server menu "menus/large.json"                its operator imports this menu, found from the script's folder
Server clock +1h                              its clock is so much ahead, or -20m behind, or shows a date and time
Server limit 2000-bytes                       its operator sets the largest document that it takes
Server revoke T2                              its operator takes this register's secret back
Server wipe                                   its database is lost, and it is set up anew
Server backup                                 makes a backup of its database
Server restore                                its database is lost, and it is set back to that backup
Server expect orders 2                        so many orders are accepted; also lines, payments, documents, conflicts
Server expect total 12.50                     what the accepted orders come to together
Server expect order T1-0001 text "2 Cola"     what it knows of an accepted order has this text
Server expect order T1-0001 not text "Tea"    has it nowhere
Server expect order T1-0002 absent            no such order was accepted
Snapshot "after restart"                      compares the screen with the one kept by --accept
Repeat 50 { Type "101" Enter }                does a block over and over; it may span lines"##;
