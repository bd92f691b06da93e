//! `comanda sim`: evenings of a simulated restaurant, for whoever changes the program.

use super::{Failure, say};
use crate::domain::planted::Defect;
use crate::runtime::clock;
use crate::runtime::scratch::Scratch;
use crate::sim::{self, Counts, Evening};
use std::process::ExitCode;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Lets evenings of a simulated restaurant go wrong, and checks that no promise was broken.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda sim --seed 7
  comanda sim --seed 1 --evenings 200 --jobs 2
  comanda sim --seed 1 --evenings 1000000 --minutes 60
  comanda sim --seed 7 --trace
  comanda sim --seed 1 --evenings 500 --plant merge-drops-a-line --enough 3
  comanda sim --defects

An evening is one thread, one seed and virtual time: registers and kitchens'
screens are killed, lose their power and their disks fail, printers jam, clocks
are set wrong; some evenings have two locations at one server. Then there is
peace, and then everything is checked. Equal seeds give equal traces, and equal
hashes of them, on every machine.

Nothing of a real register is touched. Ends with 0 when every evening was clean,
1 when a promise was broken. With --plant a known mistake is made: then it ends
with 0 when it was found. What is wrong without it as well finds nothing.")]
pub(super) struct Args {
    /// The seed of the first evening
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many evenings: the seeds that follow
    #[arg(long, default_value_t = 1)]
    evenings: u64,
    /// Writes every line of the trace
    #[arg(long)]
    trace: bool,
    /// Makes a known mistake, which must be found
    #[arg(long, value_name = "DEFECT", value_parser = defect)]
    plant: Option<Defect>,
    /// Ends as soon as so many evenings have found something
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    enough: Option<u64>,
    /// Begins no evening any more after so many minutes
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u64).range(1..))]
    minutes: Option<u64>,
    /// How many evenings pass at the same time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=64))]
    jobs: u64,
    /// Lists the mistakes that can be planted
    #[arg(long)]
    defects: bool,
}

fn defect(name: &str) -> Result<Defect, String> {
    Defect::named(name).ok_or_else(|| {
        let names: Vec<&str> = Defect::ALL.iter().map(|(_, name, _)| *name).collect();
        format!("there is no such defect; there are: {}", names.join(", "))
    })
}

pub(super) fn run(args: Args) -> Result<ExitCode, Failure> {
    if args.defects {
        for (_, name, sentence) in Defect::ALL {
            say(&format!("{name:<34} {sentence}"))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    // What a mistake makes the program say when it stops is in the report; nobody wants it twice.
    std::panic::set_hook(Box::new(|_| {}));
    let scratch = Scratch::in_memory()?;
    let began = clock::instant();
    let seeds = args.seed..args.seed.saturating_add(args.evenings);
    let (passed, found) = (AtomicU64::new(0), AtomicU64::new(0));
    let is_enough = || {
        let is_late = args.minutes.is_some_and(|minutes| began.elapsed().as_secs() >= minutes * 60);
        is_late || args.enough.is_some_and(|enough| found.load(Relaxed) >= enough)
    };
    let pass = |seed, defect| sim::evening(seed, defect, scratch.path()).map_err(Failure::Refused);
    let evenings = |job: u64| -> Result<(Vec<u64>, Counts), Failure> {
        let (mut dirty, mut counts) = (Vec::new(), Counts::default());
        for seed in seeds.clone().filter(|seed| seed % args.jobs == job) {
            if is_enough() {
                break;
            }
            let evening = pass(seed, args.plant)?;
            passed.fetch_add(1, Relaxed);
            counts.add(&evening.counts);
            tell(&args, &evening)?;
            if evening.is_clean() {
                continue;
            }
            if args.plant.is_some() && !pass(seed, None)?.is_clean() {
                say(&format!("seed {seed:<6} is not clean without it either"))?;
                continue;
            }
            found.fetch_add(1, Relaxed);
            dirty.push(seed);
        }
        Ok((dirty, counts))
    };
    let all = std::thread::scope(|scope| {
        let evenings = &evenings;
        let running: Vec<_> = (0..args.jobs).map(|job| scope.spawn(move || evenings(job))).collect();
        running.into_iter().map(|it| it.join().expect("evenings stop in horror one by one")).collect::<Vec<_>>()
    });
    let (mut dirty, mut counts) = (Vec::new(), Counts::default());
    for done in all {
        let (found, counted) = done?;
        dirty.extend(found);
        counts.add(&counted);
    }
    dirty.sort_unstable();
    let seconds = began.elapsed().as_secs_f64();
    let seeds: Vec<String> = dirty.iter().map(u64::to_string).collect();
    let named = if seeds.is_empty() { "none".to_owned() } else { seeds.join(", ") };
    let covered: Vec<String> = counts.0.iter().map(|(what, times)| format!("{times} {what}")).collect();
    say(&format!("{} evenings in {seconds:.1} s: {}", passed.load(Relaxed), covered.join(", ")))?;
    say(&format!("evenings with something wrong: {} ({named})", dirty.len()))?;
    let is_as_hoped = match args.plant {
        None => dirty.is_empty(),
        Some(_) => found.load(Relaxed) >= args.enough.unwrap_or(1),
    };
    Ok(if is_as_hoped { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(args: &Args, evening: &Evening) -> Result<(), Failure> {
    if args.trace {
        say(&evening.trace.lines().join("\n"))?;
    }
    if evening.is_clean() || args.plant.is_some() && args.evenings > 1 {
        let verdict = evening.wrong.first().map_or("clean", String::as_str);
        say(&format!("seed {:<6} {} {verdict}", evening.seed, evening.trace.hash()))
    } else {
        say(&evening.report(args.plant))
    }
}
