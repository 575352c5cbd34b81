//! Asks before a large run.

use std::io::{self, BufRead};

use crate::output;

/// The largest run that needs no question.
const UNASKED_RUNS: u64 = 100;

/// Whether to go on. Only a person is asked, and only before more than 100 runs against a real
/// server: scripts and the mock are never kept waiting.
pub(crate) fn large_run(total: u64, yes: bool, mock: bool, terminal: bool) -> bool {
    if total <= UNASKED_RUNS || yes || mock || !terminal {
        return true;
    }
    output::note(format_args!("{total} runs will be sent. Go on? [y/N]"));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && is_yes(&answer)
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

    #[test]
    fn only_a_person_before_a_large_real_run_is_asked() {
        assert!(large_run(100, false, false, true));
        assert!(large_run(101, true, false, true));
        assert!(large_run(101, false, true, true));
        assert!(large_run(101, false, false, false));
    }

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("Y\n") && is_yes("yes") && !is_yes("\n") && !is_yes("no"));
    }
}
