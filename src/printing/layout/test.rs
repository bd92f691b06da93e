//! The test page: what a printer is called, how wide it prints, and which characters it has.

use super::finish;
use crate::domain::slip::PrinterTest;
use crate::printing::models::Printer;
use crate::printing::page::{Page, Style};

/// Letters that menus write and code pages differ in.
const SAMPLE: &str = "àâäå éèêë ñ ç ø ß ÀÄÅ ÉÈ Ñ Ç ÖØ Ü £ ¥ € ½ ¼ ¿ ¡ ° - + * #";

/// Lays a test page out.
pub(super) fn layout(test: &PrinterTest, printer: &Printer) -> Page {
    let mut page = Page::new();
    page.centred("PRINTER TEST", Style::BOLD);
    page.centred(&test.printer, Style::LARGE.inverse());
    page.centred(test.asked_at.clock(), Style::PLAIN);
    page.pair("Model", printer.model, Style::PLAIN);
    page.pair("Columns", printer.columns.to_string(), Style::PLAIN);
    page.pair("Code page", printer.code_page.code(), Style::PLAIN);
    page.pair("Cutter", printer.cutter.code(), Style::PLAIN);
    page.pair("Proof", printer.proof.code(), Style::PLAIN);
    page.rule();
    page.text(ruler(printer.columns), Style::PLAIN);
    page.text("The last digit must stand at the edge of the paper, on one line.", Style::PLAIN);
    page.rule();
    page.text("These letters must be right:", Style::PLAIN);
    page.text(SAMPLE, Style::PLAIN);
    page.rule();
    page.text("bold", Style::BOLD);
    page.text("white on black", Style::PLAIN.inverse());
    page.text("tall", Style::TALL);
    page.text("large", Style::LARGE);
    finish(&mut page, printer);
    page
}

/// `123456789012`: as many digits as the line has characters.
fn ruler(columns: usize) -> String {
    (1..=columns).map(|column| char::from(b'0' + (column % 10) as u8)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::examples::{at, printer};
    use super::*;

    #[test]
    fn a_test_page_names_its_printer_and_fills_its_line() {
        let test = PrinterTest { printer: "kitchen".into(), asked_at: at("19:05") };
        for columns in [24, 32, 42, 48] {
            let text = layout(&test, &printer(columns)).to_text_on(&printer(columns));
            assert!(text.contains("kitchen") && text.contains("19:05") && text.contains("é"), "{text}");
            let ruled = text.lines().find(|line| line.starts_with("1234567890")).unwrap();
            assert_eq!(ruled.len(), columns);
        }
    }
}
