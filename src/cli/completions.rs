//! `comanda completions`: what a shell needs to complete command lines, from the definitions of the command line.

use super::{Cli, Failure, say_bytes};
use clap::CommandFactory;
use clap_complete::Shell;

/// Writes what a shell needs to complete command lines, to standard output.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda completions bash   for ~/.local/share/bash-completion/completions/comanda
  comanda completions zsh    for a file _comanda in a directory of $fpath
  comanda completions fish   for ~/.config/fish/completions/comanda.fish

Write it to that file (with >) and open a new shell.")]
pub(super) struct Args {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    say_bytes(&of(args.shell))
}

fn of(shell: Shell) -> Vec<u8> {
    let mut written = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "comanda", &mut written);
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tests::{each_command, long_flags};
    use clap::ValueEnum;
    use std::io::Write;
    use std::process::{Command, Stdio};

    #[test]
    fn every_shell_learns_every_subcommand_and_every_flag() {
        for shell in Shell::value_variants() {
            let text = String::from_utf8(of(*shell)).unwrap();
            each_command(&mut |path, command| {
                assert!(text.contains(command.get_name()), "{shell}: {path}");
                for flag in long_flags(command) {
                    assert!(text.contains(&flag), "{shell}: {path} --{flag}");
                }
            });
        }
    }

    #[test]
    fn shells_that_are_here_read_their_completions() {
        for (shell, program, args) in
            [(Shell::Bash, "bash", "-n"), (Shell::Zsh, "zsh", "-n"), (Shell::Fish, "fish", "-n")]
        {
            let started = Command::new(program).arg(args).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
            let Ok(mut child) = started else {
                println!("NOT TESTED: there is no {program} here");
                continue;
            };
            child.stdin.take().unwrap().write_all(&of(shell)).unwrap();
            let ended = child.wait_with_output().unwrap();
            assert!(ended.status.success(), "{program}: {}", String::from_utf8_lossy(&ended.stderr));
        }
    }
}
