//! The printers we know: how wide they print, which characters they have, how they cut, kick and buzz.
//!
//! How a printer is reached (TCP, USB, serial, file) is not said here: that is the runtime's.

use super::code_page::CodePage;
use super::limits::{COLUMNS_MAX, COLUMNS_MIN};

/// How a printer parts the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cutter {
    /// A hand tears it.
    None,
    /// Right through.
    Full,
    /// But for a point that holds, so that tickets do not fall.
    Partial,
}

/// Which pin of the drawer port opens the cash drawer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Drawer {
    /// No drawer hangs on this printer.
    None,
    /// Pin 2, the usual one.
    Pin2,
    /// Pin 5, a second drawer.
    Pin5,
}

/// How a printer makes itself heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Buzzer {
    /// Not at all.
    None,
    /// Epson's buzzer: `ESC ( A`, function 97.
    Epson,
    /// A clone's buzzer: `ESC B`.
    Clone,
    /// A buzzer in the place of a drawer: the drawer's pulse sounds it.
    DrawerPort,
}

/// How the characters come on the paper, and thereby which commands shape them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// Heat: sizes by `GS !`, white on black by `GS B`.
    Thermal,
    /// Needles and a ribbon: sizes by `ESC !`; what is white on black elsewhere is red (`ESC r`).
    Impact,
}

/// How a printer proves that a job is on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// Not at all: its jobs end as unconfirmed.
    None,
    /// It answers `GS r 1` when all before it is printed.
    GsR,
    /// It answers `GS ( H` with the job's id when all before it is printed.
    GsParenH,
}

macro_rules! codes {
    ($( $Name:ident { $($Variant:ident = $code:literal),* $(,)? } )*) => { $(
        impl $Name {
            /// The word in the configuration.
            pub fn code(self) -> &'static str {
                match self { $( $Name::$Variant => $code ),* }
            }

            /// Reads its word in the configuration.
            pub fn from_code(code: &str) -> Option<$Name> {
                [$( $Name::$Variant ),*].into_iter().find(|it| it.code() == code)
            }
        }
    )* };
}

codes! {
    Cutter { None = "none", Full = "full", Partial = "partial" }
    Drawer { None = "none", Pin2 = "pin2", Pin5 = "pin5" }
    Buzzer { None = "none", Epson = "epson", Clone = "clone", DrawerPort = "drawer-port" }
    Mechanism { Thermal = "thermal", Impact = "impact" }
    Proof { None = "none", GsR = "gs-r", GsParenH = "gs-paren-h" }
}

/// One row of the table of printers.
#[derive(Debug, PartialEq, Eq)]
pub struct Model {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Characters of font A in a line.
    pub columns: usize,
    /// The page that it is set to.
    pub code_page: CodePage,
    /// How it cuts.
    pub cutter: Cutter,
    /// Where a drawer would hang.
    pub drawer: Drawer,
    /// How it sounds.
    pub buzzer: Buzzer,
    /// How it prints.
    pub mechanism: Mechanism,
    /// How it proves that a job is on paper.
    pub proof: Proof,
}

/// The printers we know.
///
/// Sources: widths are those of the receipt-print-hq printer database and of Epson's technical reference guides
/// (TM-T88V 42, TM-T20II 48, TM-m30 48). The TM-U220's 33 columns are font A on 76 mm paper; that it takes neither
/// `GS !` nor `GS B` was not yet checked on a device. Buzzers of the TM-T20, -T88 and -m30 are optional and external,
/// so none is assumed; say `buzzer = "epson"` where one hangs. Clones get page 858: one that ignores the choice of a
/// page stays at 437, where 80 to AF (hex) hold the same letters but for four signs. `GS ( H` is in Epson's guides
/// of the TM-T20, -T88 (but for the T88III) and -m30, and not of the TM-U220, which has `GS r`; clones are not trusted
/// with either: say `proof = "gs-r"` where one answers.
// To add one: one row, and a legend above it where its source differs.
pub const MODELS: &[Model] = &[
    thermal("generic-80", 48, Cutter::Partial),
    thermal("generic-80-42", 42, Cutter::Partial),
    thermal("generic-58", 32, Cutter::None),
    Model { proof: Proof::GsParenH, ..thermal("epson-tm-t20", 48, Cutter::Partial) },
    Model { proof: Proof::GsParenH, ..thermal("epson-tm-t88", 42, Cutter::Partial) },
    Model { proof: Proof::GsParenH, ..thermal("epson-tm-m30", 48, Cutter::Partial) },
    // Star's thermal printers, set to ESC/POS emulation by their switches or Star's own tool.
    thermal("star-escpos", 48, Cutter::Partial),
    Model { mechanism: Mechanism::Impact, proof: Proof::GsR, ..thermal("epson-tm-u220", 33, Cutter::Partial) },
];

const fn thermal(name: &'static str, columns: usize, cutter: Cutter) -> Model {
    Model {
        name,
        columns,
        code_page: CodePage::Pc858,
        cutter,
        drawer: Drawer::Pin2,
        buzzer: Buzzer::None,
        mechanism: Mechanism::Thermal,
        proof: Proof::None,
    }
}

impl Model {
    /// Looks a model up by its name in the configuration.
    pub fn named(name: &str) -> Option<&'static Model> {
        MODELS.iter().find(|model| model.name == name)
    }
}

/// A printer of the house: a model, and what the configuration says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printer {
    /// Its name in the configuration; jobs of the spool name it so.
    pub name: String,
    /// The model that it started from.
    pub model: &'static str,
    /// Characters in a line.
    pub columns: usize,
    /// Which characters it has.
    pub code_page: CodePage,
    /// What `ESC t` must say to get that page; clones differ from [`CodePage::number`].
    pub code_page_number: u8,
    /// How it cuts.
    pub cutter: Cutter,
    /// Where its drawer hangs.
    pub drawer: Drawer,
    /// How it sounds.
    pub buzzer: Buzzer,
    /// How it prints.
    pub mechanism: Mechanism,
    /// How it proves that a job is on paper.
    pub proof: Proof,
}

impl Printer {
    /// A printer as its model is.
    pub fn new(name: &str, model: &'static Model) -> Printer {
        Printer {
            name: name.to_owned(),
            model: model.name,
            columns: model.columns,
            code_page: model.code_page,
            code_page_number: model.code_page.number(),
            cutter: model.cutter,
            drawer: model.drawer,
            buzzer: model.buzzer,
            mechanism: model.mechanism,
            proof: model.proof,
        }
    }

    /// With another number of columns, kept between [`COLUMNS_MIN`] and [`COLUMNS_MAX`].
    pub fn with_columns(self, columns: usize) -> Printer {
        Printer { columns: columns.clamp(COLUMNS_MIN, COLUMNS_MAX), ..self }
    }

    /// With another code page, under the number that Epson gave it.
    pub fn with_code_page(self, code_page: CodePage) -> Printer {
        Printer { code_page, code_page_number: code_page.number(), ..self }
    }

    /// With another number for its code page; set the page first.
    pub fn with_code_page_number(self, code_page_number: u8) -> Printer {
        Printer { code_page_number, ..self }
    }

    /// With another cutter.
    pub fn with_cutter(self, cutter: Cutter) -> Printer {
        Printer { cutter, ..self }
    }

    /// With its drawer elsewhere.
    pub fn with_drawer(self, drawer: Drawer) -> Printer {
        Printer { drawer, ..self }
    }

    /// With another buzzer.
    pub fn with_buzzer(self, buzzer: Buzzer) -> Printer {
        Printer { buzzer, ..self }
    }

    /// With another proof.
    pub fn with_proof(self, proof: Proof) -> Printer {
        Printer { proof, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_their_own_names_and_widths_that_layouts_know() {
        for (at, model) in MODELS.iter().enumerate() {
            assert!((COLUMNS_MIN..=COLUMNS_MAX).contains(&model.columns), "{}", model.name);
            assert!(MODELS[..at].iter().all(|other| other.name != model.name), "{}", model.name);
            assert_eq!(Model::named(model.name), Some(model));
        }
        assert_eq!(Model::named("abacus"), None);
    }

    #[test]
    fn the_configuration_overrides_the_model() {
        let printer = Printer::new("kitchen", Model::named("generic-58").unwrap())
            .with_columns(42)
            .with_code_page(CodePage::Pc437)
            .with_cutter(Cutter::Full)
            .with_drawer(Drawer::None)
            .with_buzzer(Buzzer::Clone);
        assert_eq!((printer.columns, printer.code_page_number, printer.cutter), (42, 0, Cutter::Full));
        assert_eq!((printer.drawer, printer.buzzer, printer.model), (Drawer::None, Buzzer::Clone, "generic-58"));
        assert_eq!(printer.clone().with_code_page_number(71).code_page_number, 71);
        assert_eq!((printer.clone().with_columns(1).columns, printer.with_columns(999).columns), (24, 64));
    }

    #[test]
    fn words_of_the_configuration_are_read_back() {
        for cutter in [Cutter::None, Cutter::Full, Cutter::Partial] {
            assert_eq!(Cutter::from_code(cutter.code()), Some(cutter));
        }
        for drawer in [Drawer::None, Drawer::Pin2, Drawer::Pin5] {
            assert_eq!(Drawer::from_code(drawer.code()), Some(drawer));
        }
        for buzzer in [Buzzer::None, Buzzer::Epson, Buzzer::Clone, Buzzer::DrawerPort] {
            assert_eq!(Buzzer::from_code(buzzer.code()), Some(buzzer));
        }
        for mechanism in [Mechanism::Thermal, Mechanism::Impact] {
            assert_eq!(Mechanism::from_code(mechanism.code()), Some(mechanism));
        }
        for proof in [Proof::None, Proof::GsR, Proof::GsParenH] {
            assert_eq!(Proof::from_code(proof.code()), Some(proof));
        }
        assert_eq!(Cutter::from_code("scissors"), None);
    }
}
