//! The list of screens. To add one: write its file, add its line.

use crate::tui::keys::Key;
use crate::tui::manual::Page;
use crate::tui::scene::Canvas;
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// The key that explains any screen.
const HELP_KEY: Key = Key::F(1);
/// The key that pulls the demonstration's plug, and puts it back.
pub const PLUG_KEY: Key = Key::Ctrl('p');
/// The key that shows how synchronisation goes, from wherever that is no answer to something else.
pub(super) const SYNC_KEY: Key = Key::Ctrl('l');
/// The key that leads to the customers.
const CUSTOMERS_KEY: Key = Key::Ctrl('k');
/// How many keys the foot shows with room for their words.
const SHORT_FOOT: usize = 6;

mod reasons;

macro_rules! screens {
    ($( $file:ident :: $Type:ident ),* $(,)?) => {
        $( mod $file; pub use $file::$Type; )*

        /// Some screen.
        #[derive(Debug)]
        pub enum AnyScreen { $( #[doc = stringify!($Type)] $Type($Type) ),* }

        /// The name of every screen, in the order of the list.
        pub const NAMES: &[&str] = &[ $( $Type::NAME ),* ];

        /// Every screen as it can stand there.
        pub(crate) fn examples(desk: &Desk) -> Vec<AnyScreen> {
            let mut all: Vec<AnyScreen> = Vec::new();
            $( all.extend($Type::examples(desk).into_iter().map(AnyScreen::from)); )*
            all
        }

        /// What help says of every screen, in the order of the list.
        pub fn pages(desk: &Desk) -> Vec<Page> {
            let examples = examples(desk);
            let feet = |name: &str| {
                let named = examples.iter().filter(|screen| screen.name() == name);
                named.map(|screen| screen.keys(desk)).collect::<Vec<_>>()
            };
            vec![ $( page(desk, $Type::NAME, $Type::HELP, feet($Type::NAME), $Type::MORE_KEYS) ),* ]
        }

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
            /// What help says of it, with the keys of its foot as it stands there now before all others.
            fn page(&self, desk: &Desk) -> Page {
                let feet = |examples: Vec<AnyScreen>| {
                    std::iter::once(self.keys(desk)).chain(examples.iter().map(|it| it.keys(desk))).collect()
                };
                match self { $( AnyScreen::$Type(_) => {
                    let examples = $Type::examples(desk).into_iter().map(AnyScreen::from).collect();
                    page(desk, $Type::NAME, $Type::HELP, feet(examples), $Type::MORE_KEYS)
                } ),* }
            }
            /// Whether it leaves what lies below in sight.
            pub fn is_dialog(&self) -> bool {
                match self { $( AnyScreen::$Type(_) => $Type::IS_DIALOG ),* }
            }
            /// The keys that do something here.
            pub fn keys(&self, desk: &Desk) -> Vec<FootKey> {
                let mut keys = match self { $( AnyScreen::$Type(screen) => screen.keys(desk) ),* };
                let said = keys.iter().any(|(key, _)| *key == HELP_KEY);
                if has_help(self.name()) && !said && keys.len() < SHORT_FOOT {
                    keys.push((HELP_KEY, "Help"));
                }
                if desk.has_plug && keys.len() < SHORT_FOOT {
                    keys.push((PLUG_KEY, "Plug"));
                }
                keys
            }
            /// Takes one action.
            pub fn update(&mut self, desk: &Desk, action: Action) -> Then {
                if action == Action::Press(HELP_KEY) && has_help(self.name()) {
                    return Then::Open(Help::about(vec![self.page(desk)]).into());
                }
                if action == Action::Press(SYNC_KEY) && leads_to_sync(self.name()) {
                    return Then::Open(Sync::opened(desk).into());
                }
                match self { $( AnyScreen::$Type(screen) => screen.update(desk, action) ),* }
            }
            /// Whether what it says changes by the second.
            pub fn ticks(&self) -> bool {
                match self { $( AnyScreen::$Type(screen) => screen.ticks() ),* }
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
    name_and_time::NameAndTime,
    customers::Customers,
    customer_form::CustomerForm,
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
    sold_out::SoldOut,
    machine::ThisRegister,
    sync::Sync,
    mend::Mend,
    close_review::CloseReview,
    versions::Versions,
    manager::Manager,
    help::Help,
}

/// Help lies on top of what it explains: not on itself, and not where nobody is logged in.
fn has_help(name: &str) -> bool {
    name != Help::NAME && name != Login::NAME
}

/// Synchronisation lies on top of what somebody was doing: not of itself, nor where nobody is logged in or a manager is
/// being asked.
pub(super) fn leads_to_sync(name: &str) -> bool {
    let stay = [Login::NAME, Manager::NAME, Help::NAME, Sync::NAME, Mend::NAME, CloseReview::NAME, Versions::NAME];
    !stay.contains(&name)
}

/// A page on which the keys of help, synchronisation and the plug stand also when the foot had no room for them.
fn page(
    desk: &Desk,
    name: &'static str,
    says: &'static [&'static str],
    feet: Vec<Vec<FootKey>>,
    more: &[(&str, &str)],
) -> Page {
    let help = has_help(name).then(|| vec![(HELP_KEY, "Help")]);
    let sync = leads_to_sync(name).then(|| vec![(SYNC_KEY, "Synchronisation")]);
    let plug = desk.has_plug.then(|| vec![(PLUG_KEY, "pulls the network's plug, and puts it back")]);
    Page::new(name, says, feet.into_iter().chain(help).chain(sync).chain(plug), more)
}
