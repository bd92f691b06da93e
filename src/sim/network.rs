//! The network between registers and their server: what becomes of each request and each response on its way.

use super::dice::Dice;
use crate::sync::LineTrouble;

/// How the way between a register and the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Well: a few milliseconds, nothing is lost.
    Clear,
    /// Slow, and now and then something is lost, doubled, cut off or out of order.
    Rough,
    /// Most is lost.
    Bad,
    /// Nothing gets through, and that is told at once.
    Refused,
    /// Nothing gets through, and nobody says so.
    Hole,
    /// Somebody else answers: a captive portal.
    Portal,
}

impl Way {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Way::Clear => "is clear",
            Way::Rough => "is rough",
            Way::Bad => "is bad",
            Way::Refused => "is cut",
            Way::Hole => "swallows everything",
            Way::Portal => "ends at a captive portal",
        }
    }
}

/// What becomes of a request.
#[derive(Debug, Default)]
pub struct Outward {
    /// After how many milliseconds it arrives, each time that it does.
    pub arrives: Vec<i64>,
    /// What the register is told instead, and when.
    pub told: Option<(i64, Result<http::Response<Vec<u8>>, LineTrouble>)>,
}

/// Sends a request on its way.
pub fn outward(way: Way, dice: &mut Dice) -> Outward {
    let mut out = Outward::default();
    match way {
        Way::Clear => out.arrives.push(dice.between(3, 60)),
        Way::Rough | Way::Bad => {
            let (lost, doubled) = if way == Way::Rough { (60, 60) } else { (500, 150) };
            if dice.chance(lost) {
                if dice.chance(300) {
                    out.told = Some((dice.between(100, 15_000), Err(LineTrouble::TimedOut)));
                }
                return out;
            }
            out.arrives.push(delay(way, dice));
            if dice.chance(doubled) {
                out.arrives.push(delay(way, dice));
            }
        }
        Way::Refused => {
            out.told = Some((dice.between(1, 40), Err(LineTrouble::Unreachable("no route to host".to_owned()))));
        }
        Way::Hole => {
            if dice.chance(500) {
                out.told = Some((dice.between(5_000, 30_000), Err(LineTrouble::TimedOut)));
            }
        }
        Way::Portal => {
            let (status, page) = dice.one_of(&[
                (200, "<html>Welcome to Hotel Wi-Fi: please log in</html>"),
                (302, ""),
                (403, "<html>Forbidden by your provider</html>"),
                (404, "<html>Not found</html>"),
                (502, "<html>Bad gateway</html>"),
                (200, "{}"),
            ]);
            out.told = Some((dice.between(5, 400), Ok(foreign(status, page))));
        }
    }
    out
}

/// What becomes of a response: when the register hears of it, each time that it does, and what it hears.
pub fn homeward(
    way: Way,
    response: &http::Response<Vec<u8>>,
    dice: &mut Dice,
) -> Vec<(i64, Result<http::Response<Vec<u8>>, LineTrouble>)> {
    match way {
        Way::Clear => vec![(dice.between(3, 60), Ok(response.clone()))],
        Way::Rough | Way::Bad => {
            let (lost, cut, doubled) = if way == Way::Rough { (60, 30, 50) } else { (400, 100, 100) };
            if dice.chance(lost) {
                return Vec::new();
            }
            let after_ms = delay(way, dice);
            if dice.chance(cut) {
                return vec![(after_ms, cut_off(response, dice))];
            }
            let mut heard = vec![(after_ms, Ok(response.clone()))];
            if dice.chance(doubled) {
                heard.push((delay(way, dice), Ok(response.clone())));
            }
            heard
        }
        // The way was clear when it was asked: what comes back now is lost.
        Way::Refused | Way::Hole | Way::Portal => Vec::new(),
    }
}

/// Only a part of the answer came, and that is known or not.
fn cut_off(response: &http::Response<Vec<u8>>, dice: &mut Dice) -> Result<http::Response<Vec<u8>>, LineTrouble> {
    if dice.chance(600) {
        return Err(LineTrouble::CutOff("the connection was closed in the middle".to_owned()));
    }
    let mut part = response.clone();
    let length = dice.place(part.body().len());
    part.body_mut().truncate(length);
    Ok(part)
}

fn delay(way: Way, dice: &mut Dice) -> i64 {
    match dice.below(10) {
        0 => dice.between(1_000, if way == Way::Bad { 40_000 } else { 12_000 }),
        1..=3 => dice.between(200, 2_000),
        _ => dice.between(5, 300),
    }
}

fn foreign(status: u16, page: &str) -> http::Response<Vec<u8>> {
    let built = http::Response::builder().status(status).header("content-type", "text/html");
    built.body(page.as_bytes().to_vec()).expect("a status and a header that are right")
}
