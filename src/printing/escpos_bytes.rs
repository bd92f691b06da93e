//! From a page to the bytes that a printer takes.
//!
//! The escpos crate encodes initialisation, styles, sizes, justification, feeds and the full cut, into a buffer of
//! ours. Text never passes through it (its code pages are wrong and what they lack leaves as raw UTF-8), nor do the
//! drawer's pulse (it forgets the two times, and the printer swallows the next two bytes) and the partial cut (it
//! sends a full one): those bytes are written here, as Epson's ESC/POS command reference gives them.

use super::limits::{BUZZ_100MS, BUZZES, PULSE_OFF_2MS, PULSE_ON_2MS};
use super::models::{Buzzer, Cutter, Drawer, Mechanism, Printer};
use super::page::{Align, Laid, Page, Style};
use escpos::driver::Driver;
use escpos::utils::{JustifyMode, Protocol};
use std::cell::RefCell;

/// Leaves the two-byte characters in which Chinese and Japanese printers start, also after `ESC @`.
const LEAVE_KANJI: [u8; 2] = [0x1c, b'.'];
/// Feeds to the blade and cuts all but a point: `GS V`, function B.
const PARTIAL_CUT: [u8; 4] = [0x1d, b'V', 66, 0];

/// The bytes of a page for a printer; each job starts by putting the printer into a known state.
pub fn encode(page: &Page, printer: &Printer) -> Vec<u8> {
    let laid = page.lay(printer.columns, |text| printer.code_page.shown(text));
    encode_laid(&laid, printer).expect("a buffer takes every byte, and sizes are 1 or 2")
}

/// The question that a printer answers with `37 22`, the four bytes and `00` once all before it is on paper: `GS ( H`.
///
/// Printers that do not know it stay silent or answer otherwise; that is for whoever asks to notice.
pub fn fence(ticket: [u8; 4]) -> Vec<u8> {
    let [a, b, c, d] = ticket;
    vec![0x1d, b'(', b'H', 6, 0, 48, 48, a, b, c, d]
}

/// A driver that keeps what it is given.
#[derive(Default)]
struct VecDriver(RefCell<Vec<u8>>);

impl Driver for VecDriver {
    fn name(&self) -> String {
        "buffer".to_owned()
    }

    fn write(&self, data: &[u8]) -> escpos::errors::Result<()> {
        self.0.borrow_mut().extend_from_slice(data);
        Ok(())
    }

    fn read(&self, _: &mut [u8]) -> escpos::errors::Result<usize> {
        Ok(0)
    }

    fn flush(&self) -> escpos::errors::Result<()> {
        Ok(())
    }
}

/// The encoder, and what the printer was last told; `None` = never, so that the first line says it.
struct Pen<'a> {
    printer: &'a Printer,
    out: escpos::printer::Printer<VecDriver>,
    style: Option<Style>,
    align: Align,
}

fn encode_laid(laid: &[Laid], printer: &Printer) -> escpos::errors::Result<Vec<u8>> {
    let out = escpos::printer::Printer::new(VecDriver::default(), Protocol::default(), None);
    // A thermal printer's style after ESC @ is plain; a TM-U220's font then is not the one whose columns we count.
    let style = match printer.mechanism {
        Mechanism::Thermal => Some(Style::PLAIN),
        Mechanism::Impact => None,
    };
    let mut pen = Pen { printer, out, style, align: Align::Left };
    pen.out.init()?;
    if laid.iter().any(|row| matches!(row, Laid::Line { .. })) {
        pen.out.custom(&LEAVE_KANJI)?.custom(&[0x1b, b't', printer.code_page_number])?;
    }
    for row in laid {
        match row {
            Laid::Line { text, style, align } => pen.line(text, *style, *align)?,
            Laid::Feed(lines) => {
                pen.out.feeds(*lines)?;
            }
            Laid::Cut => pen.cut()?,
            Laid::Pulse => pen.pulse()?,
            Laid::Buzz => pen.buzz()?,
        }
    }
    pen.out.print()?;
    Ok(pen.out.driver().0.into_inner())
}

impl Pen<'_> {
    fn line(&mut self, text: &str, style: Style, align: Align) -> escpos::errors::Result<()> {
        if self.align != align {
            self.out.justify(match align {
                Align::Left => JustifyMode::LEFT,
                Align::Centre => JustifyMode::CENTER,
            })?;
            self.align = align;
        }
        match self.printer.mechanism {
            Mechanism::Thermal => self.dress_thermal(style)?,
            Mechanism::Impact => self.dress_impact(style)?,
        }
        self.style = Some(style);
        let (mut bytes, _) = self.printer.code_page.encode(text);
        bytes.push(b'\n');
        self.out.custom(&bytes)?;
        Ok(())
    }

    fn dress_thermal(&mut self, style: Style) -> escpos::errors::Result<()> {
        let worn = self.style.unwrap_or_default();
        if worn.bold != style.bold {
            self.out.bold(style.bold)?;
        }
        if worn.inverse != style.inverse {
            self.out.reverse(style.inverse)?;
        }
        if (worn.double_width, worn.double_height) != (style.double_width, style.double_height) {
            self.out.size(1 + u8::from(style.double_width), 1 + u8::from(style.double_height))?;
        }
        Ok(())
    }

    /// `ESC !` says font, weight and size at once: bit 3 bold, bit 4 double height, bit 5 double width; bit 0 clear =
    /// font A.
    fn dress_impact(&mut self, style: Style) -> escpos::errors::Result<()> {
        if self.style == Some(style) {
            return Ok(());
        }
        let mode = u8::from(style.bold) << 3 | u8::from(style.double_height) << 4 | u8::from(style.double_width) << 5;
        self.out.custom(&[0x1b, b'!', mode])?;
        if self.style.is_some_and(|worn| worn.inverse) != style.inverse {
            self.out.custom(&[0x1b, b'r', u8::from(style.inverse)])?;
        }
        Ok(())
    }

    fn cut(&mut self) -> escpos::errors::Result<()> {
        match self.printer.cutter {
            Cutter::None => {}
            Cutter::Full => {
                self.out.cut()?;
            }
            Cutter::Partial => {
                self.out.custom(&PARTIAL_CUT)?;
            }
        }
        Ok(())
    }

    fn pulse(&mut self) -> escpos::errors::Result<()> {
        match self.printer.drawer {
            Drawer::None => {}
            Drawer::Pin2 => self.pulse_pin(0)?,
            Drawer::Pin5 => self.pulse_pin(1)?,
        }
        Ok(())
    }

    fn pulse_pin(&mut self, pin: u8) -> escpos::errors::Result<()> {
        self.out.custom(&[0x1b, b'p', pin, PULSE_ON_2MS, PULSE_OFF_2MS])?;
        Ok(())
    }

    fn buzz(&mut self) -> escpos::errors::Result<()> {
        match self.printer.buzzer {
            Buzzer::None => {}
            // Function 97: pattern A (1), so many times.
            Buzzer::Epson => {
                self.out.custom(&[0x1b, b'(', b'A', 3, 0, 97, 1, BUZZES])?;
            }
            Buzzer::Clone => {
                self.out.custom(&[0x1b, b'B', BUZZES, BUZZ_100MS])?;
            }
            Buzzer::DrawerPort => self.pulse_pin(0)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::models::Model;
    use super::*;

    fn printer(model: &str) -> Printer {
        Printer::new("p", Model::named(model).unwrap())
    }

    fn golden(printer: &Printer, draw: impl FnOnce(&mut Page), expected: &[u8]) {
        let mut page = Page::new();
        draw(&mut page);
        assert_eq!(encode(&page, printer), expected, "{page:?}");
    }

    #[test]
    fn every_call_gives_the_bytes_of_the_command_reference() {
        let thermal = printer("generic-80");
        let start = b"\x1b@\x1c.\x1bt\x13";
        let check = |draw: fn(&mut Page), rest: &[u8]| golden(&thermal, draw, &[&start[..], rest].concat());
        check(|page| page.text("Hola", Style::PLAIN), b"Hola\n");
        check(|page| page.text("a-é½€", Style::PLAIN), b"a-\x82\xab\xd5\n");
        check(|page| page.text("b", Style::BOLD), b"\x1bE\x01b\n");
        check(|page| page.text("i", Style::PLAIN.inverse()), b"\x1dB\x01 i \n");
        check(|page| page.text("t", Style::TALL), b"\x1d!\x01t\n");
        check(|page| page.text("l", Style::LARGE), b"\x1d!\x11l\n");
        check(|page| page.centred("c", Style::PLAIN), b"\x1ba\x01c\n");
        let back = |page: &mut Page| {
            page.centred("x", Style::LARGE.bold().inverse());
            page.text("y", Style::PLAIN);
            page.feed(3);
            page.text("z", Style::PLAIN);
        };
        check(back, b"\x1ba\x01\x1bE\x01\x1dB\x01\x1d!\x11 x \n\x1ba\x00\x1bE\x00\x1dB\x00\x1d!\x00y\n\x1bd\x03z\n");
    }

    #[test]
    fn an_impact_printer_gets_its_own_sizes_and_red_for_inverse() {
        let draw = |page: &mut Page| {
            page.text("V", Style::LARGE.inverse());
            page.text("b", Style::BOLD);
            page.text("c", Style::BOLD);
        };
        golden(&printer("epson-tm-u220"), draw, b"\x1b@\x1c.\x1bt\x13\x1b!\x30\x1br\x01 V \n\x1b!\x08\x1br\x00b\nc\n");
    }

    #[test]
    fn cuts_pulses_and_buzzers_are_as_the_printer_has_them() {
        let thermal = printer("generic-80");
        // what the printer has, what is asked of it, bytes after ESC @
        let rows: [(Printer, fn(&mut Page), &[u8]); 10] = [
            (thermal.clone(), Page::cut, b"\x1dV\x42\x00"),
            (thermal.clone().with_cutter(Cutter::Full), Page::cut, b"\x1dVA\x00"),
            (thermal.clone().with_cutter(Cutter::None), Page::cut, b""),
            (thermal.clone(), Page::pulse, b"\x1bp\x00\x19\xfa"),
            (thermal.clone().with_drawer(Drawer::Pin5), Page::pulse, b"\x1bp\x01\x19\xfa"),
            (thermal.clone().with_drawer(Drawer::None), Page::pulse, b""),
            (thermal.clone(), Page::buzz, b""),
            (thermal.clone().with_buzzer(Buzzer::Epson), Page::buzz, b"\x1b(A\x03\x00\x61\x01\x02"),
            (thermal.clone().with_buzzer(Buzzer::Clone), Page::buzz, b"\x1bB\x02\x02"),
            (thermal.with_buzzer(Buzzer::DrawerPort), Page::buzz, b"\x1bp\x00\x19\xfa"),
        ];
        for (printer, draw, rest) in rows {
            golden(&printer, draw, &[b"\x1b@", rest].concat());
        }
    }

    #[test]
    fn a_clone_is_told_its_own_number_of_the_page() {
        let clone = printer("generic-80").with_code_page_number(71);
        golden(&clone, |page| page.text("x", Style::PLAIN), b"\x1b@\x1c.\x1bt\x47x\n");
    }

    #[test]
    fn the_fence_is_as_epson_gives_it() {
        assert_eq!(fence([1, 2, 3, 4]), b"\x1d(H\x06\x0000\x01\x02\x03\x04");
    }
}
