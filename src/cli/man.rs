//! `comanda man`: manual pages, from the definitions of the command line.

use super::{Cli, Failure, definition, say, say_bytes};
use crate::runtime::Fault;
use clap::CommandFactory;
use clap_mangen::Man;
use std::io;
use std::path::{Path, PathBuf};

/// Writes manual pages: the main one to standard output, or all of them to a directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda man               the main page; look at it with `| man -l -`
  comanda man man/man1      a page for each subcommand, comanda-store-backup.1 and so on

Pages that are there already are written anew.")]
pub(super) struct Args {
    /// The directory; it is made when there is none
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let Some(directory) = args.directory else {
        let mut page = Vec::new();
        Man::new(Cli::command()).render(&mut page).map_err(|source| unwritten("the manual page", &source))?;
        return say_bytes(&page);
    };
    let pages = write_all(&directory).map_err(|source| unwritten(&directory.display().to_string(), &source))?;
    say(&format!("{pages} pages in {}: read one with `man -l {0}/comanda.1`", directory.display()))
}

fn unwritten(what: &str, source: &io::Error) -> Failure {
    Fault::io(format!("could not write {what}"), source, "name a directory that you may write").into()
}

/// Writes a page for each subcommand, and says how many.
fn write_all(directory: &Path) -> io::Result<usize> {
    std::fs::create_dir_all(directory)?;
    let mut pages = 0;
    let mut rest = vec![definition()];
    while let Some(command) = rest.pop() {
        // What clap adds below every command to explain the others needs no page.
        let is_main = command.get_name() == "comanda";
        rest.extend(command.get_subcommands().filter(|it| is_main || it.get_name() != "help").cloned());
        Man::new(command).generate_to(directory)?;
        pages += 1;
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tests::{each_command, long_flags};
    use std::process::Command;

    #[test]
    fn every_subcommand_has_a_page_with_every_flag() {
        let dir = tempfile::tempdir().unwrap();
        let pages = write_all(dir.path()).unwrap();
        let mut commands = 0;
        each_command(&mut |path, command| {
            commands += 1;
            let file = dir.path().join(format!("{}.1", path.replace(' ', "-")));
            let text = std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
            for flag in long_flags(command) {
                assert!(text.contains(&flag.replace('-', "\\-")), "{path} --{flag}: {text}");
            }
            assert!(text.contains(".SH NAME"), "{path}");
        });
        assert_eq!(pages, commands);
    }

    #[test]
    fn manual_pages_are_read_where_there_is_a_reader() {
        let dir = tempfile::tempdir().unwrap();
        write_all(dir.path()).unwrap();
        let mut read = 0;
        for page in std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()) {
            let mandoc = Command::new("mandoc").args(["-T", "lint", "-W", "error"]).arg(&page).output();
            let read_by = mandoc.or_else(|_| Command::new("man").args(["--warnings", "-l"]).arg(&page).output());
            let Ok(ended) = read_by else { continue };
            assert!(ended.status.success(), "{}: {}", page.display(), String::from_utf8_lossy(&ended.stderr));
            read += 1;
        }
        if read == 0 {
            println!("NOT TESTED: there is neither mandoc nor man here");
        }
    }
}
