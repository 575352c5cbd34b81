//! What makes an answer fail.

use fluxloop_frames::Frame;
use fluxloop_jsonpath::RawFound;
use fluxloop_schema::ErrorKind;
use serde::de::IgnoredAny;

use super::{Noted, Odd, Seen, State};
use crate::aggregator::Push;
use crate::api_error::{ApiError, error_in_json, failure_in_frame, failure_in_json, means_error};
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
                ErrorKind::Failed if rule.is_own => return Err(ContentFault::Ruled(error)),
                ErrorKind::Failed => return Err(ContentFault::Reported(error)),
                ErrorKind::Withheld => return Err(ContentFault::Withheld(error)),
                ErrorKind::Noted => self.note(error, look, false),
            }
        }
        self.fail_by_name(rules, look, seen)?;
        let member = look.raw(rules.places.error).filter(|error| means_error(*error));
        if let Some(error) = member {
            return self.fail_by_member(reader.rules.error_key, error, look, seen, passes);
        }
        self.suspect(rules, look, seen);
        Ok(())
    }

    /// Notes the failure that a frame may be which gave nothing.
    fn suspect(&mut self, rules: &Compiled, look: &Look<'_>, seen: &Seen) {
        let mut signs = rules.places.failures.iter();
        let is_suspect = self.taken.is_empty()
            && matches!(seen.says, NameSays::Nothing)
            && signs.any(|slot| look.value(*slot).is_some());
        if let Some(error) = is_suspect.then(|| failure_in_frame(look.data)).flatten() {
            self.explain(|| Took::of_json("error", "the frame", look.data));
            self.note(error, look, false);
        }
    }

    fn fail_by_name(
        &mut self,
        rules: &Compiled,
        look: &Look<'_>,
        seen: &Seen,
    ) -> Result<(), ContentFault> {
        let says_failed = matches!(seen.says, NameSays::Failed | NameSays::PartFailed);
        if !says_failed
            || rules.ignores_failing_names
            || share_a_bit(&rules.judged_types, look.types())
        {
            return Ok(());
        }
        let name = self.types.name(seen.of_type);
        let error = ApiError::of_failure(look.data, name).named_by_frame(name);
        let name = self.explained.is_some().then(|| name.to_owned());
        self.explain(|| Took::new("error", Some("the type's name".to_owned()), name));
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
        // A frame that is about a part of the run reports what happened to the part.
        let is_part = matches!(seen.says, NameSays::Part | NameSays::PartFailed);
        if key == ErrorKey::Failure && !is_part && (seen.is_untyped || passes) {
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
        if frame.event_type.eq_ignore_ascii_case("error") {
            let value = line.split_once(':').map_or("", |(_, value)| value).trim();
            if value.starts_with(['{', '[', '"'])
                && serde_json::from_str::<IgnoredAny>(value).is_ok()
            {
                let error = error_in_json(value).unwrap_or_else(|| ApiError::of_failure(value, ""));
                return Err(ContentFault::Reported(error));
            }
        }
        self.stray.take(line);
        if self.stray.error.is_none() {
            self.oddities.lines.note(line);
        }
        Ok(Push::More)
    }

    /// The error that counts once the answer has ended. What only became a warning is noted.
    pub(crate) fn late_error(&mut self) -> Option<ApiError> {
        if self.done && self.stray.error.is_some() {
            self.oddities.lines.note(&self.stray.document);
        }
        let noted = self.noted.as_ref().filter(|noted| !noted.is_followed && !self.done);
        let stray = self.stray.error.as_ref().filter(|_| !self.done);
        let late = noted.map(|noted| noted.error.clone()).or_else(|| stray.cloned());
        if stray.is_some() {
            self.oddities.lines = Odd::default();
        }
        self.failed |= late.is_some();
        late
    }
}

/// The longest document that is put together from lines that are not fields, in bytes.
const MAX_STRAY: usize = 8 << 10;

/// JSON that stands in an event stream without being the data of an event.
#[derive(Debug, Default)]
pub(super) struct Stray {
    /// The lines of the last document so far, and how many brackets are open in it.
    document: String,
    open: i64,
    /// The first error that such a document is.
    error: Option<ApiError>,
}

impl Stray {
    /// Takes a line: a document may have many.
    fn take(&mut self, line: &str) {
        if self.error.is_some() {
            return;
        }
        let is_first = line.starts_with(['{', '[']) || self.document.is_empty();
        if is_first {
            self.document.clear();
            self.open = 0;
        }
        if is_first && !line.trim_ascii_start().starts_with(['{', '[']) {
            return;
        }
        self.document.push_str(line);
        self.document.push('\n');
        // Brackets in a text are rare, and cost no more than the error.
        self.open += line
            .bytes()
            .map(|byte| match byte {
                b'{' | b'[' => 1,
                b'}' | b']' => -1,
                _ => 0,
            })
            .sum::<i64>();
        if self.open <= 0 {
            self.error = failure_in_json(&self.document);
        }
        if (self.open <= 0 && self.error.is_none()) || self.document.len() > MAX_STRAY {
            self.document.clear();
        }
    }
}
