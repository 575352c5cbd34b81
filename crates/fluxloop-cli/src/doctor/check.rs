//! One check, and all of them.

use fluxloop_config::Survey;
use fluxloop_redact::Redactor;

use crate::exit::Exit;

/// How a check ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    Passed,
    Warned,
    Failed,
    Skipped,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Warned => "warn",
            Self::Failed => "fail",
            Self::Skipped => "skip",
        }
    }
}

/// What was checked, how it ended, and what to do about it.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) state: State,
    pub(super) message: String,
    pub(super) remedy: Option<String>,
    /// The code of the process if this is the first check that failed.
    exit: Exit,
}

impl Check {
    pub(super) fn passed(name: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { name, state: State::Passed, message, remedy: None, exit: Exit::Success }
    }

    pub(super) fn warned(name: &'static str, message: impl Into<String>) -> Self {
        Self { state: State::Warned, ..Self::passed(name, message) }
    }

    pub(super) fn failed(name: &'static str, message: impl Into<String>, exit: Exit) -> Self {
        Self { state: State::Failed, exit, ..Self::passed(name, message) }
    }

    #[must_use]
    pub(super) fn masked(mut self, redactor: &Redactor) -> Self {
        self.message = redactor.mask(&self.message).to_string();
        self.remedy = self.remedy.map(|remedy| redactor.mask(&remedy).to_string());
        self
    }

    #[must_use]
    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// All checks, in their order.
#[derive(Debug, Default)]
pub(super) struct Checks {
    all: Vec<Check>,
}

impl Checks {
    pub(super) fn add(&mut self, check: Check) {
        self.all.push(check);
    }

    pub(super) fn extend(&mut self, checks: impl IntoIterator<Item = Check>) {
        self.all.extend(checks);
    }

    /// Notes that checks are not made, and why.
    pub(super) fn skip(&mut self, names: &[&'static str], why: &str) {
        let skip = |name: &&'static str| Check {
            state: State::Skipped,
            ..Check::passed(name, format!("not checked: {why}"))
        };
        self.all.extend(names.iter().map(skip));
    }

    /// Masks what was said so far.
    pub(super) fn mask_with(&mut self, survey: &Survey) {
        for check in &mut self.all {
            check.message = survey.mask(&check.message).to_string();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Check> {
        self.all.iter()
    }

    /// The code of the first check that failed.
    pub(super) fn exit(&self) -> Exit {
        let failed = self.all.iter().find(|check| check.state == State::Failed);
        failed.map_or(Exit::Success, |check| check.exit)
    }
}
