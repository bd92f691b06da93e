//! What is handed to a printer for one job: its bytes, and what the printer says when they are on paper.
//!
//! Source: Epson, ESC/POS command reference, `GS ( H` function 48 (process id response) and `GS r` 1 (paper sensor).
//! Both are obeyed in the order of the bytes, so that their answer comes when all before them is done.

use super::escpos_bytes::fence;
use super::models::Proof;
use crate::domain::slip::Slip;

/// How many ids `GS ( H` has for each of its four bytes, from 32 on.
const ID_DIGITS: i64 = 95;
/// The smallest such byte.
const ID_FIRST: u8 = 32;
/// `GS r 1`: how the paper is, answered when all before it was printed.
const ASK_SENSOR: [u8; 3] = [0x1d, b'r', 1];
/// Bits of a sensor's answer that are always clear; a status asked for in real time has one of them set.
const SENSOR_CLEAR: u8 = 0x90;
/// The paper-end bits of a sensor's answer.
const SENSOR_END: u8 = 0x0c;

/// One job, ready for a printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// What it is sent: the job, and the question behind it if there is one.
    pub bytes: Vec<u8>,
    /// What it says then.
    pub awaits: Awaits,
}

/// What a printer says when a job is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaits {
    /// Nothing, and nobody waits: no paper comes of this job.
    Nothing,
    /// Nothing that proves paper; that it took all bytes is the most that can be known.
    Taken,
    /// One byte that says how the paper is.
    Sensor,
    /// `37 22`, this id and `00`.
    Completion([u8; 4]),
}

impl Load {
    /// The bytes of a job with the question behind them that its printer answers.
    pub fn new(slip: &Slip, bytes: Vec<u8>, proof: Proof, job_id: i64) -> Load {
        let mut bytes = bytes;
        let awaits = match (slip, proof) {
            (Slip::DrawerKick, _) => Awaits::Nothing,
            (Slip::Ticket(_) | Slip::Receipt(_) | Slip::Refund(_) | Slip::Test(_), Proof::None) => Awaits::Taken,
            (Slip::Ticket(_) | Slip::Receipt(_) | Slip::Refund(_) | Slip::Test(_), Proof::GsR) => {
                bytes.extend(ASK_SENSOR);
                Awaits::Sensor
            }
            (Slip::Ticket(_) | Slip::Receipt(_) | Slip::Refund(_) | Slip::Test(_), Proof::GsParenH) => {
                let id = process_id(job_id);
                bytes.extend(fence(id));
                Awaits::Completion(id)
            }
        };
        Load { bytes, awaits }
    }
}

impl Awaits {
    /// Whether all that was heard since the job began proves that it is on paper.
    pub fn is_in(self, heard: &[u8]) -> bool {
        match self {
            Awaits::Nothing | Awaits::Taken => false,
            Awaits::Sensor => heard.iter().any(|byte| byte & (SENSOR_CLEAR | SENSOR_END) == 0),
            Awaits::Completion([a, b, c, d]) => heard.windows(7).any(|it| it == [0x37, 0x22, a, b, c, d, 0]),
        }
    }
}

/// A job's number as the four printing characters that `GS ( H` takes; the same again after 81 million jobs.
fn process_id(job_id: i64) -> [u8; 4] {
    let digit = |place: u32| {
        let digit = job_id.rem_euclid(ID_DIGITS.pow(4)) / ID_DIGITS.pow(place) % ID_DIGITS;
        ID_FIRST + u8::try_from(digit).expect("a digit is less than 95")
    };
    [digit(3), digit(2), digit(1), digit(0)]
}

#[cfg(test)]
mod tests {
    use super::super::examples::dine_in;
    use super::super::paper::Paper;
    use super::*;

    fn load(slip: &Slip, proof: Proof) -> Load {
        Load::new(slip, b"x\n".to_vec(), proof, 96)
    }

    #[test]
    fn a_job_ends_with_the_question_that_its_printer_answers() {
        let ticket = Slip::Ticket(dine_in());
        // slip, proof, bytes, what it awaits
        let rows = [
            (&ticket, Proof::None, &b"x\n"[..], Awaits::Taken),
            (&ticket, Proof::GsR, b"x\n\x1dr\x01", Awaits::Sensor),
            (&ticket, Proof::GsParenH, b"x\n\x1d(H\x06\x0000  !!", Awaits::Completion(*b"  !!")),
            (&Slip::DrawerKick, Proof::GsParenH, b"x\n", Awaits::Nothing),
        ];
        for (slip, proof, bytes, awaits) in rows {
            assert_eq!(load(slip, proof), Load { bytes: bytes.to_vec(), awaits }, "{proof:?}");
        }
    }

    #[test]
    fn our_own_printer_gives_the_proof_once_there_is_paper() {
        for proof in [Proof::GsR, Proof::GsParenH] {
            let Load { bytes, awaits } = load(&Slip::Ticket(dine_in()), proof);
            let mut paper = Paper::new(32);
            paper.set_condition(super::super::Condition { paper_out: true, ..Default::default() });
            paper.feed(&bytes).unwrap();
            paper.feed(&[0x10, 0x04, 4]).unwrap();
            let heard = paper.take_replies();
            assert!(!heard.is_empty() && !awaits.is_in(&heard), "a status is no proof: {heard:?}");
            paper.set_condition(super::super::Condition::default());
            assert!(awaits.is_in(&paper.take_replies()), "{proof:?}");
        }
    }

    #[test]
    fn the_proof_of_another_job_and_the_end_of_the_paper_prove_nothing() {
        // awaited, heard, proves
        let rows: [(Awaits, &[u8], bool); 8] = [
            (Awaits::Completion([32, 32, 33, 33]), b"\x12\x37\x22  !!\x00", true),
            (Awaits::Completion([32, 32, 33, 33]), b"\x37\x22  !\"\x00", false),
            (Awaits::Completion([32, 32, 33, 33]), b"\x37\x22  !!", false),
            (Awaits::Sensor, &[0x00], true),
            (Awaits::Sensor, &[0x12, 0x03], true),
            (Awaits::Sensor, &[0x0c], false),
            (Awaits::Sensor, &[0x12, 0x72], false),
            (Awaits::Taken, &[0x00], false),
        ];
        for (awaits, heard, proves) in rows {
            assert_eq!(awaits.is_in(heard), proves, "{awaits:?} {heard:?}");
        }
    }

    #[test]
    fn ids_ascend_and_are_printing_characters() {
        let ids = [0, 1, 94, 95, 9_024, 9_025, 81_450_624].map(process_id);
        assert!(ids.is_sorted() && ids.iter().flatten().all(|byte| (32..=126).contains(byte)), "{ids:?}");
        assert_eq!(process_id(81_450_625), process_id(0));
    }
}
