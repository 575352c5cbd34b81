//! The exit codes, which scripts may rely on.

use std::process::ExitCode;

/// How the process ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// The run reached what it had to: every threshold is met.
    Success,
    /// The run could not be done: I/O, a lock that is held, a fault of this program.
    Failure,
    /// The command line was not understood.
    Usage,
    /// The configuration or the inputs are missing or faulty.
    Configuration,
    /// A threshold is not met, or a limit of `stop` ended the run before its last case.
    CasesFailed,
    /// Ended by Ctrl-C (SIGINT).
    Interrupted,
    /// Ended by SIGTERM, or by SIGHUP: the terminal has gone.
    Terminated,
}

impl Exit {
    /// Every code, in order.
    pub const ALL: [Self; 7] = [
        Self::Success,
        Self::Failure,
        Self::Usage,
        Self::Configuration,
        Self::CasesFailed,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number. 130 and 143 are what a shell makes of a signal: 128 and its number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::CasesFailed => 10,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// What it says, for the reference.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => {
                "every threshold is met; without `thresholds`: every case succeeded, and every \
                 expectation is met"
            }
            Self::Failure => {
                "the run could not be done: files, a lock that is held, or a fault of this program"
            }
            Self::Usage => "the command line was not understood",
            Self::Configuration => {
                "the configuration is missing or faulty, there are no inputs, or a resumed run \
                 does not match"
            }
            Self::CasesFailed => {
                "a threshold is not met, or a limit of `stop` ended the run before its last case \
                 (`ended_early`); without `thresholds`: a case did not succeed, or an expectation \
                 is not met; `--exit-zero` makes that 0. `compare`: a condition of `--fail-on` is met"
            }
            Self::Interrupted => "ended by Ctrl-C (SIGINT); what was done is on disk",
            Self::Terminated => {
                "ended by SIGTERM, or because the terminal has gone (SIGHUP; not under `nohup`); \
                 what was done is on disk"
            }
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
