//! What a restaurant is. Pure: no clock, no disk, no wire, no JSON, no async; `now` and dice are arguments.
//!
//! Read in this order: the measures (`money`, `time`, `id`, `tax`), what is sold (`menu`), who sells (`staff`), who
//! buys (`customer`), what was ordered (`order`), what goes on paper (`slip`), what stations still have to make
//! (`kitchen`) and guests wait for (`pickup`), what was paid (`payment`) and can go back (`refund`), what a manager
//! must look at (`review`), and then the one door through which all of it changes: a [`Command`] goes into
//! [`decide()`], a [`Decision`] or a [`Refusal`] comes out.

pub mod command;
pub mod customer;
pub mod decide;
pub mod house;
pub mod id;
pub mod journal;
pub mod kitchen;
pub mod letters;
pub mod limits;
pub mod menu;
pub mod money;
pub mod order;
pub mod payment;
pub mod pickup;
pub mod planted;
pub mod refund;
pub mod refusal;
pub mod review;
pub mod search;
pub mod slip;
pub mod staff;
pub mod stock;
pub mod tax;
pub mod time;

pub use command::Command;
pub use customer::{Contact, Customer};
pub use decide::{Decision, Facts, Write, decide};
pub use house::House;
pub use id::*;
pub use menu::Menu;
pub use money::{Currency, Money};
pub use order::{Line, LineState, Order, OrderType};
pub use payment::{Payment, Tender};
pub use refusal::Refusal;
pub use review::{Matter, MatterKind, Mending, Settlement};
pub use slip::Slip;
pub use staff::{Permission, Role, Staff};
pub use stock::{Mark, Portions, Stock, Tally};
pub use time::{BusinessDate, Timestamp};
