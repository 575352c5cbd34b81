//! What makes an answer fail.

use fluxloop_frames::Frame;
use fluxloop_jsonpath::RawFound;
use fluxloop_schema::ErrorKind;

use super::{Noted, Seen, State};
use crate::aggregator::Push;
use crate::api_error::{ApiError, error_in_json, means_error};
use crate::compile::{Compiled, share_a_bit};
use crate::error::ContentFault;
use crate::excerpt::excerpt;
use crate::explain::Took;
use crate::look::Look;
use crate::reader::Prepared;
use crate::rules::ErrorKey;
use crate::types::NameSays;

impl State {
    /// The error that a frame reports: by a rule, by the name of its type, by its member `error`.
    #[inline]
    pub(super) fn fail(
        &mut self,
        reader: &Prepared,
        look: &Look<'_>,
        seen: &Seen,
        passes: bool,
    ) -> Result<(), ContentFault> {
        let rules = &reader.compiled;
        if let Some(rule) = rules.errors.iter().find(|rule| rule.when.holds(look)) {
            self.explain(|| Took::when("error", &rule.when, rules));
            let mut error = ApiError::at(&rule.parts, look);
            if error.error_type.is_none() {
                error = error.named_by_frame(self.types.name(seen.of_type));
            }
            match rule.kind {
                ErrorKind::Failed => return Err(ContentFault::Reported(error)),
                ErrorKind::Withheld => return Err(ContentFault::Withheld(error)),
                ErrorKind::Noted => self.note(error, look, false),
            }
        }
        self.fail_by_name(rules, look, seen)?;
        let member = look.raw(rules.places.error).filter(|error| means_error(*error));
        match member {
            Some(error) => self.fail_by_member(reader.rules.error_key, error, look, seen, passes),
            None => Ok(()),
        }
    }

    fn fail_by_name(
        &mut self,
        rules: &Compiled,
        look: &Look<'_>,
        seen: &Seen,
    ) -> Result<(), ContentFault> {
        let says_nothing = seen.says == NameSays::Nothing || rules.ignores_failing_names;
        if says_nothing || share_a_bit(&rules.judged_types, look.types()) {
            return Ok(());
        }
        let name = self.types.name(seen.of_type);
        let name = self.explained.is_some().then(|| name.to_owned());
        self.explain(|| Took::new("error", Some("the type's name".to_owned()), name));
        let error = ApiError::of_failure(look.data);
        if seen.says == NameSays::Failed {
            return Err(ContentFault::Reported(error));
        }
        self.note(error, look, true);
        Ok(())
    }

    fn fail_by_member(
        &mut self,
        key: ErrorKey,
        error: RawFound<'_>,
        look: &Look<'_>,
        seen: &Seen,
        passes: bool,
    ) -> Result<(), ContentFault> {
        if key == ErrorKey::Ignore {
            return Ok(());
        }
        self.explain(|| Took::of_json("error", "error", error.as_json()));
        let error = ApiError::of_value(&error.read(), look.data);
        if key == ErrorKey::Failure && (seen.is_untyped || passes) {
            return Err(ContentFault::Reported(error));
        }
        self.note(error, look, seen.says == NameSays::PartFailed);
        Ok(())
    }

    /// Keeps an error that may turn out to be one of the answer.
    fn note(&mut self, error: ApiError, look: &Look<'_>, is_part: bool) {
        self.is_quiet = false;
        let count = self.noted.as_ref().map_or(0, |noted| noted.count) + 1;
        let example = excerpt(look.data);
        let example = self.noted.take().map_or(example, |noted| noted.example);
        self.noted = Some(Noted { error, example, count, is_followed: false, is_part });
    }

    /// Takes a line of an event stream that is not a field.
    pub(crate) fn take_line(&mut self, frame: &Frame<'_>) -> Result<Push, ContentFault> {
        self.grew = false;
        if self.done {
            return Ok(Push::Done);
        }
        let line = frame.data;
        if frame.event_type == "error" {
            let value = line.split_once(':').map_or("", |(_, value)| value).trim();
            if value.starts_with('{') {
                let error = error_in_json(value).unwrap_or_else(|| ApiError::of_failure(value));
                return Err(ContentFault::Reported(error));
            }
        }
        let error = line.starts_with('{').then(|| error_in_json(line)).flatten();
        match error {
            Some(error) => {
                self.stray_error.get_or_insert(error);
            }
            None => self.oddities.lines.note(line),
        }
        Ok(Push::More)
    }

    /// The error that counts once the answer has ended.
    pub(crate) fn late_error(&mut self) -> Option<ApiError> {
        let noted = self.noted.as_ref().filter(|noted| !noted.is_followed && !self.done);
        let stray = self.stray_error.as_ref().filter(|_| !self.done);
        noted.map(|noted| noted.error.clone()).or_else(|| stray.cloned())
    }
}
