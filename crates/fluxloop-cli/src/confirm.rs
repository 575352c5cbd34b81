//! Asks before a large run.

use std::io::{self, BufRead};

use crate::output;

/// The largest run that a person is not asked about.
const UNASKED_RUNS: u64 = 100;

/// The largest run that begins without `--yes` where nobody can be asked.
const UNATTENDED_RUNS: u64 = 10_000;

/// What a run is, as far as it matters before it begins.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a condition by itself")]
pub(crate) struct Asked {
    /// How many cases will be sent.
    pub(crate) left: u64,
    /// `--yes`.
    pub(crate) yes: bool,
    pub(crate) mock: bool,
    pub(crate) resume: bool,
    /// Whether a person can answer.
    pub(crate) terminal: bool,
}

/// Whether a run may begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    Yes,
    No,
    /// Nobody can be asked, and the command line does not say it.
    NeedsYes,
}

/// Whether to go on. A person is asked before more than 100 runs against a real server; where nobody
/// can be asked, more than 10,000 need `--yes`. The mock costs nothing, and who resumes a run has
/// begun it.
pub(crate) fn large_run(asked: Asked) -> Answer {
    let Asked { left, yes, mock, resume, terminal } = asked;
    if yes || mock || left <= UNASKED_RUNS {
        return Answer::Yes;
    }
    if !terminal {
        let is_large = left > UNATTENDED_RUNS && !resume;
        return if is_large { Answer::NeedsYes } else { Answer::Yes };
    }
    output::note(format_args!("{left} runs will be sent. Go on? [y/N]"));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && is_yes(&answer) { Answer::Yes } else { Answer::No }
}

/// Whether a file may be written. Without a person who can be asked, only a flag says so.
pub(crate) fn write(question: &str, yes: bool, terminal: bool) -> bool {
    if yes || !terminal {
        return yes;
    }
    output::note(format_args!("{question} [y/N]"));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && is_yes(&answer)
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNATTENDED: Asked =
        Asked { left: 10_001, yes: false, mock: false, resume: false, terminal: false };

    #[test]
    fn a_person_is_not_asked_before_a_small_or_mocked_run() {
        let person = Asked { terminal: true, ..UNATTENDED };
        assert_eq!(large_run(Asked { left: 100, ..person }), Answer::Yes);
        assert_eq!(large_run(Asked { yes: true, ..person }), Answer::Yes);
        assert_eq!(large_run(Asked { mock: true, ..person }), Answer::Yes);
    }

    #[test]
    fn a_large_unattended_run_needs_yes() {
        assert_eq!(large_run(UNATTENDED), Answer::NeedsYes);
        assert_eq!(large_run(Asked { left: 10_000, ..UNATTENDED }), Answer::Yes);
        assert_eq!(large_run(Asked { yes: true, ..UNATTENDED }), Answer::Yes);
        assert_eq!(large_run(Asked { mock: true, ..UNATTENDED }), Answer::Yes);
        assert_eq!(large_run(Asked { resume: true, ..UNATTENDED }), Answer::Yes);
    }

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("Y\n") && is_yes("yes") && !is_yes("\n") && !is_yes("no"));
    }
}
