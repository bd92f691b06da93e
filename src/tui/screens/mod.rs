//! The list of screens. To add one: write its file, add its line.

use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// The key that explains any screen.
const HELP_KEY: Key = Key::F(1);
/// How many keys the foot shows with room for their words.
const SHORT_FOOT: usize = 6;

mod reasons;

macro_rules! screens {
    ($( $file:ident :: $Type:ident ),* $(,)?) => {
        $( mod $file; pub use $file::$Type; )*

        /// Some screen.
        #[derive(Debug)]
        pub enum AnyScreen { $( #[doc = stringify!($Type)] $Type($Type) ),* }

        /// Every screen's name and what help says of it, in the order of the list.
        pub const ALL: &[(&str, &[&str])] = &[ $( ($Type::NAME, $Type::HELP) ),* ];

        $( impl From<$Type> for AnyScreen {
            fn from(screen: $Type) -> AnyScreen {
                AnyScreen::$Type(screen)
            }
        } )*

        impl AnyScreen {
            /// Its name in scripts and help.
            pub fn name(&self) -> &'static str {
                match self { $( AnyScreen::$Type(_) => $Type::NAME ),* }
            }
            /// What help says of it.
            pub fn help(&self) -> &'static [&'static str] {
                match self { $( AnyScreen::$Type(_) => $Type::HELP ),* }
            }
            /// Whether it leaves what lies below in sight.
            pub fn is_dialog(&self) -> bool {
                match self { $( AnyScreen::$Type(_) => $Type::IS_DIALOG ),* }
            }
            /// The keys that do something here.
            pub fn keys(&self, desk: &Desk) -> Vec<FootKey> {
                let mut keys = match self { $( AnyScreen::$Type(screen) => screen.keys(desk) ),* };
                let said = keys.iter().any(|(key, _)| *key == HELP_KEY);
                if self.has_help() && !said && keys.len() < SHORT_FOOT {
                    keys.push((HELP_KEY, "Help"));
                }
                keys
            }
            /// Takes one action.
            pub fn update(&mut self, desk: &Desk, action: Action) -> Then {
                if action == Action::Press(HELP_KEY) && self.has_help() {
                    return Then::Open(Help::about(self.name(), self.help(), self.keys(desk)).into());
                }
                match self { $( AnyScreen::$Type(screen) => screen.update(desk, action) ),* }
            }
            /// Draws.
            pub fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
                match self { $( AnyScreen::$Type(screen) => screen.view(desk, canvas, area) ),* }
            }
            /// Says what next after its command was carried out.
            pub fn done(&mut self, desk: &Desk) -> Then {
                match self { $( AnyScreen::$Type(screen) => screen.done(desk) ),* }
            }
        }
    };
}

screens! {
    login::Login,
    order::OrderEntry,
    modifiers::Modifiers,
    price::Price,
    note::Note,
    order_type::TypeChoice,
    customer::Customer,
    void::Void,
    orders::Orders,
    detail::Detail,
    refund::Refund,
    give_back::GiveBack,
    correct::Correct,
    tickets::Tickets,
    pass::Pass,
    pay::Pay,
    card::Card,
    paid::Paid,
    more::More,
    no_sale::NoSale,
    printers::Printers,
    manager::Manager,
    help::Help,
}

impl AnyScreen {
    /// Help lies on top of what it explains: not on itself, and not where nobody is logged in.
    fn has_help(&self) -> bool {
        !matches!(self, AnyScreen::Help(_) | AnyScreen::Login(_))
    }
}
