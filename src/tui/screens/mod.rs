//! The list of screens. To add one: write its file, add its line.

use crate::tui::scene::Canvas;
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

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
                match self { $( AnyScreen::$Type(screen) => screen.keys(desk) ),* }
            }
            /// Takes one action.
            pub fn update(&mut self, desk: &Desk, action: Action) -> Then {
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
