//! A process that has ended.

use std::process::Command;

/// A process that has ended, and what it said.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().expect("the program can be started");
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Expects this exit code, and shows everything when it is another one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "exit code\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Expects all of these in what it said, on either side.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        for part in parts {
            assert!(all.contains(part), "`{part}` is missing in:\n{all}");
        }
        self
    }

    /// Expects none of these.
    #[track_caller]
    pub(crate) fn keeps_quiet_about(self, parts: &[&str]) -> Self {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        for part in parts {
            assert!(!all.contains(part), "`{part}` stands in:\n{all}");
        }
        self
    }

    /// Expects that it fits on a screen of 24 lines. The lines of progress on standard error do
    /// not count: on a terminal a bar that goes away stands in their place.
    #[track_caller]
    pub(crate) fn fits_one_screen(self) -> Self {
        let messages = self.stderr.lines().filter(|line| !line.starts_with("[fluxloop]"));
        let lines = self.stdout.lines().count() + messages.count();
        assert!(lines <= 24, "{lines} lines:\n{}\n{}", self.stdout, self.stderr);
        self
    }
}
