//! Answers that are one body (`stream: none`).

use std::sync::Arc;

use fluxloop_jsonpath::{Found, JsonPath};
use fluxloop_plan::PlainRules;
use fluxloop_sse::Event;
use serde_json::Value;

use crate::aggregate::Aggregate;
use crate::api_error::error_in_event;
use crate::diagnosis::{NoText, path_to_text};
use crate::error::{AggregateError, excerpt};
use crate::facts::Facts;
use crate::keys::{Keys, Seen};
use crate::text::{Appended, Text};

/// How one body becomes text, made ready. Clones share it.
#[derive(Clone, Debug)]
pub struct PlainReader(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    path: JsonPath,
    require_text: bool,
    keys: Keys,
}

impl PlainReader {
    /// Prepares the rules.
    pub fn new(rules: &PlainRules) -> Self {
        let path = rules.output_path.clone();
        let own: &[&JsonPath] = if path.is_singular() { &[&path] } else { &[] };
        let keys = Keys::new(own);
        Self(Arc::new(Compiled {
            require_text: rules.require_text,
            keys,
            path,
        }))
    }

    /// Reads a whole body.
    ///
    /// It is JSON if its media type says so, or if it begins like an object or an array and can be
    /// read as one; then `output_path` tells where the text is. Any other body is the text itself.
    pub fn read(
        &self,
        body: &str,
        media_type: Option<&str>,
        output_char_limit: Option<u64>,
    ) -> Result<Aggregate, AggregateError> {
        let must_be_json = media_type.is_some_and(is_json);
        let mut answer = Answer {
            text: Text::with_limit(output_char_limit),
            ..Answer::default()
        };
        if body.trim().is_empty() {
            return Ok(answer.into_aggregate(body));
        }
        if must_be_json || body.trim_start().starts_with(['{', '[']) {
            match self.0.keys.look(body) {
                (seen, Ok(())) => {
                    self.0.read_json(body, seen, &mut answer)?;
                    return Ok(answer.into_aggregate(body));
                }
                (_, Err(source)) if must_be_json => {
                    return Err(AggregateError::MalformedBody {
                        source,
                        data: excerpt(body),
                    });
                }
                (_, Err(_)) => {}
            }
        }
        answer.take(Found::String(body.into()));
        Ok(answer.into_aggregate(body))
    }
}

impl Compiled {
    fn read_json(
        &self,
        body: &str,
        seen: Seen<'_>,
        answer: &mut Answer,
    ) -> Result<(), AggregateError> {
        if let Some(error) = error_in_event(&Event::message(body), &seen) {
            return Err(error.into());
        }
        answer.facts.read(&seen);
        let mut found_any = false;
        let mut take = |found| {
            found_any = true;
            answer.take(found);
        };
        if self.path.is_singular() {
            seen.into_own(0).into_iter().for_each(take);
        } else {
            self.path
                .find(body, &mut take)
                .map_err(|source| AggregateError::MalformedBody {
                    source,
                    data: excerpt(body),
                })?;
        }
        if found_any || !self.require_text {
            Ok(())
        } else {
            Err(self.no_output(body))
        }
    }

    fn no_output(&self, body: &str) -> AggregateError {
        let value: Value = serde_json::from_str(body).unwrap_or_default();
        let keys = value
            .as_object()
            .map(|members| members.keys().map(|key| excerpt(key)).collect());
        AggregateError::NoOutput {
            path: self.path.as_str().to_owned(),
            keys: keys.unwrap_or_default(),
            path_with_text: path_to_text(&value),
        }
    }
}

/// What is known of a body.
#[derive(Default)]
struct Answer {
    text: Text,
    matched: bool,
    no_text: bool,
    cut: bool,
    facts: Facts,
}

impl Answer {
    fn take(&mut self, found: Found<'_>) {
        match found.into_text() {
            None => self.no_text = true,
            Some(text) => {
                self.matched = true;
                self.cut |= self.text.append(&text) == Appended::Cut;
            }
        }
    }

    fn into_aggregate(self, body: &str) -> Aggregate {
        let no_text = self.text.is_empty().then(|| {
            let value: Value = serde_json::from_str(body).unwrap_or_default();
            Box::new(NoText {
                matched: u64::from(self.matched || self.no_text),
                sample: (!body.is_empty()).then(|| excerpt(body)),
                path_with_text: path_to_text(&value),
                ..NoText::default()
            })
        });
        Aggregate {
            characters: self.text.characters(),
            text: self.text.into_string(),
            limit_reached: self.cut,
            matched: u64::from(self.matched),
            usage: self.facts.usage(),
            finish_reason: self.facts.finish_reason,
            model: self.facts.model,
            no_text,
            ..Aggregate::default()
        }
    }
}

/// Whether a media type is JSON: `application/json`, `text/json`, or a type that ends in `+json`
/// (RFC 6839, section 3.1).
fn is_json(media_type: &str) -> bool {
    let essence = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json")
}
