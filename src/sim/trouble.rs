//! What goes wrong in an evening: which troubles, how often, how long each lasts.

use super::dice::Dice;
use super::network::Way;
use super::paper::Mood;

/// One trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// `kill -9` between two inputs.
    Kill,
    /// The power of a box is cut.
    PowerCut,
    /// A box dies in the middle of a write.
    DiesWriting,
    /// The power is cut in the middle of a write.
    PowerCutWriting,
    /// A disk refuses to write for a while.
    BadDisk,
    /// A printer misbehaves for a while.
    Printer(Mood),
    /// A clock is set wrong, and right again later.
    Clock,
    /// A way to the server becomes worse for a while.
    Way(Way),
    /// `kill -9` of the server.
    ServerKill,
    /// The server's power is cut.
    ServerPowerCut,
    /// The server's disk refuses to write for a while.
    ServerBadDisk,
    /// The server accepts no orders and payments for a while, and takes and hands out documents all the same.
    ServerBusy,
    /// No trouble: the server is backed up.
    ServerBackup,
    /// The server is restored from its backup, or set up anew where there is none.
    ServerSetBack,
    /// The line fails on the last evening before the house is shut for five weeks, and then the server does.
    Holidays,
}

/// How often each comes in an evening that knows it.
const WEIGHTS: &[(u64, Trouble)] = &[
    (6, Trouble::Kill),
    (5, Trouble::PowerCut),
    (4, Trouble::DiesWriting),
    (4, Trouble::PowerCutWriting),
    (4, Trouble::BadDisk),
    (2, Trouble::Printer(Mood::Away)),
    (2, Trouble::Printer(Mood::NoPaper)),
    (2, Trouble::Printer(Mood::Jams)),
    (2, Trouble::Printer(Mood::Mute)),
    (2, Trouble::Printer(Mood::Open)),
    (2, Trouble::Printer(Mood::Dies)),
    (2, Trouble::Printer(Mood::Slow)),
    (3, Trouble::Clock),
    (6, Trouble::Way(Way::Rough)),
    (4, Trouble::Way(Way::Bad)),
    (5, Trouble::Way(Way::Refused)),
    (5, Trouble::Way(Way::Hole)),
    (2, Trouble::Way(Way::Portal)),
    (4, Trouble::ServerKill),
    (3, Trouble::ServerPowerCut),
    (2, Trouble::ServerBadDisk),
    (2, Trouble::ServerBusy),
    (1, Trouble::ServerBackup),
    (1, Trouble::ServerSetBack),
    (2, Trouble::Holidays),
];

/// The troubles of one evening: some of all, so that not everything hides behind everything else.
#[derive(Debug)]
pub struct Troubles {
    known: Vec<(u64, Trouble)>,
    /// How long there is peace between two, on average, in milliseconds.
    pause_ms: i64,
}

impl Troubles {
    /// The troubles of an evening.
    pub fn of(dice: &mut Dice) -> Troubles {
        let known: Vec<_> = WEIGHTS.iter().copied().filter(|_| dice.chance(600)).collect();
        let known = if known.is_empty() { vec![(1, Trouble::Kill), (1, Trouble::PowerCut)] } else { known };
        Troubles { known, pause_ms: dice.one_of(&[20_000, 45_000, 90_000]) }
    }

    /// When the next one comes, and which.
    pub fn next(&self, dice: &mut Dice) -> (i64, Trouble) {
        (dice.between(1_000, 2 * self.pause_ms), dice.weighted(&self.known))
    }
}

/// By how much a clock is set wrong, in milliseconds.
pub fn leap(dice: &mut Dice) -> i64 {
    let most = dice.one_of(&[2_000, 90_000, 20 * 60_000, 3 * 3_600_000, 40 * 86_400_000]);
    dice.between(-most, most)
}
