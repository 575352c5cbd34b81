//! What is shown of an answer, masked as in a run.

use std::time::Duration;

use fluxloop_aggregate::{Aggregator, AnswerReader, AnswerRules, Took};
use fluxloop_explain::{counted, status_remedy};
use fluxloop_frames::{Frame, FrameKind, Framing};
use fluxloop_learn::{Candidate, Outcome, Proposal, Recorded, Remark, yaml};
use fluxloop_redact::naming::{is_sensitive_header, without_secrets};
use fluxloop_redact::{MASK, Redactor};
use fluxloop_report::visible_line;
use serde_json::{Value, json};

use super::answer::{Answer, Head};
use super::proposed;

/// How many frames that are alike are shown before the rest is counted.
const ALIKE: usize = 2;

/// How many frames are shown at most.
const MAX_SHOWN: usize = 60;

/// What is shown of a value that may be a part of a secret.
const HIDDEN: &str = "(hidden: a secret is torn over several frames)";

/// The longest value that is shown, in bytes.
const SHOWN_BYTES: usize = 100;

/// Everything that was found.
pub(super) struct Findings<'f> {
    pub(super) answer: &'f Answer,
    pub(super) rules: &'f AnswerRules,
    /// Whether the rules are those of a configuration, and not the proposal.
    pub(super) has_settings: bool,
    pub(super) proposal: &'f Proposal,
    pub(super) remarks: &'f [Remark],
}

/// Masks what is shown.
pub(super) struct Masking<'r> {
    redactor: &'r Redactor,
    /// Whether a secret is in a text that came in pieces: then no piece is shown.
    is_torn: bool,
}

impl<'r> Masking<'r> {
    pub(super) fn new(redactor: &'r Redactor, texts: &[String]) -> Self {
        let is_torn = texts.iter().any(|text| redactor.mask_piece(text).1 > 0);
        Self { redactor, is_torn }
    }

    fn text(&self, text: &str) -> String {
        if self.redactor.is_short_secret(text) {
            return MASK.to_owned();
        }
        self.redactor.mask_piece(text).0.to_string()
    }

    /// A value of a frame that is called so.
    fn value(&self, name: &str, value: &Value) -> String {
        if self.is_torn {
            return HIDDEN.to_owned();
        }
        let mut shown = self.text(&self.member(name, value).to_string());
        if shown.len() > SHOWN_BYTES {
            shown.truncate(shown.floor_char_boundary(SHOWN_BYTES));
            shown.push('…');
        }
        visible_line(&shown)
    }

    /// A value of a frame that is called so, as JSON.
    fn member(&self, name: &str, value: &Value) -> Value {
        if self.is_torn {
            return HIDDEN.into();
        }
        let name = name.rsplit('.').next().unwrap_or_default();
        self.json(&without_secrets(name, value))
    }

    /// Masks strings before they are written as JSON.
    fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::Object(members) => {
                let members = members.iter();
                members.map(|(name, value)| (self.text(name), self.json(value))).collect()
            }
            value => value.clone(),
        }
    }

    fn header(&self, name: &str, value: &str) -> String {
        if is_sensitive_header(name) { MASK.to_owned() } else { self.text(value) }
    }
}

/// What rules took from a frame.
struct Explained<'f> {
    frame: &'f Recorded,
    types: Vec<String>,
    took: Vec<Took>,
    fault: Option<String>,
}

impl Findings<'_> {
    /// Everything, for people.
    pub(super) fn lines(&self, masking: &Masking<'_>) -> Vec<String> {
        let mut lines = self.head(masking);
        lines.extend(self.frames(masking));
        lines.extend(self.proposed(masking));
        if self.answer.head.is_some() && self.answer.is_success() {
            lines.extend(self.judged(masking));
        }
        lines
    }

    fn head(&self, masking: &Masking<'_>) -> Vec<String> {
        let recording = &self.answer.recording;
        let framing = recording.framing.map_or("empty", Framing::name);
        let frames = if recording.is_document() {
            "one JSON document".to_owned()
        } else {
            let count = counted(recording.frames.len() as u64, "frame", "frames");
            format!("{count} ({framing})")
        };
        let Some(head) = &self.answer.head else { return vec![frames] };
        let Head { status, reason, version, headers, at } = head;
        let mut lines = vec![format!("{version} {status} {reason}, after {}", millis(*at))];
        lines.extend(
            headers
                .iter()
                .map(|(name, value)| format!("  {name}: {}", masking.header(name, value))),
        );
        let ended = match &self.answer.broke {
            Some(why) => format!(", then it broke off: {}", masking.text(why)),
            None => String::new(),
        };
        let reads = counted(self.answer.delivery.reads.len() as u64, "read", "reads");
        let took = millis(self.answer.took);
        lines.push(format!("{frames} in {reads}, {took}{ended}"));
        lines
    }

    fn frames(&self, masking: &Masking<'_>) -> Vec<String> {
        let mut lines = vec![String::new(), self.whose().to_owned()];
        let (mut alike, mut shown) = (0, 0);
        let mut before: Option<Vec<String>> = None;
        let explained = self.explained();
        let is_live = self.answer.head.is_some();
        for (number, it) in explained.iter().enumerate() {
            let sign = it.sign();
            alike = if before.as_ref() == Some(&sign) { alike + 1 } else { 1 };
            let is_last_alike = explained.get(number + 1).is_none_or(|next| next.sign() != sign);
            before = Some(sign);
            if shown >= MAX_SHOWN {
                continue;
            }
            if alike <= ALIKE {
                shown += 1;
                lines.extend(it.lines(number, is_live, masking));
            }
            if is_last_alike && alike > ALIKE {
                let until = format!(", until {}", millis(it.frame.at));
                let until = if is_live { until } else { String::new() };
                lines.push(format!("     … {} more like this{until}", alike - ALIKE));
            }
        }
        if shown >= MAX_SHOWN {
            lines.push(format!("     … {} frames in all", explained.len()));
        }
        lines
    }

    fn whose(&self) -> &'static str {
        match (self.has_settings, proposed::setting(self.proposal)) {
            (true, _) => "what the current settings take:",
            (false, Some(_)) => "what the proposal takes:",
            (false, None) => "what is taken without any settings:",
        }
    }

    /// Each frame with what the current settings take from it.
    fn explained(&self) -> Vec<Explained<'_>> {
        let reader = AnswerReader::new(self.rules);
        let mut aggregator = Aggregator::new(&reader, None).explaining();
        let mut has_failed = false;
        let frames = self.answer.recording.frames.iter();
        frames
            .map(|frame| {
                let pushed = (!has_failed).then(|| {
                    if self.answer.recording.is_document() {
                        aggregator.push_document(&frame.data, frame.at)
                    } else {
                        aggregator.push(&frame.frame(), frame.at)
                    }
                });
                let fault = pushed.and_then(Result::err).map(|fault| fault.to_string());
                has_failed |= fault.is_some();
                let (types, took) = aggregator.took().into_iter().partition(|it| it.what == "type");
                let types: Vec<Took> = types;
                let name = |it: &Took| it.value.as_str().map(str::to_owned);
                Explained { frame, types: types.iter().filter_map(name).collect(), took, fault }
            })
            .collect()
    }

    fn proposed(&self, masking: &Masking<'_>) -> Vec<String> {
        let proposal = self.proposal;
        let mut lines = vec![String::new(), "what was learned:".to_owned()];
        if let Some(head) = self.answer.head.as_ref().filter(|_| !self.answer.is_success()) {
            lines.push(format!("  nothing: the server refuses the request with {}", head.status));
            lines.push(format!("  hint: {}", status_remedy(head.status)));
            return lines;
        }
        if let Some(failure) = &proposal.failure {
            let message = visible_line(&masking.text(&failure.message));
            let words = if self.answer.recording.is_document() {
                format!("the answer reports a failure: {message}")
            } else {
                let number = failure.frame + 1;
                format!(
                    "frame {number} reports a failure: {message}; the end of a good answer was not \
                     seen"
                )
            };
            lines.push(format!("  {words}"));
        }
        if let Some(preset) = &proposal.preset {
            let name = preset.value;
            lines.push(format!("  preset `{name}` ({}): {}", preset.confidence, preset.reason));
        }
        let without = if proposal.preset.is_some() { "without a preset: " } else { "" };
        lines.push(format!("  {without}{}", outcome(proposal)));
        let own = proposed::schema(proposal);
        let setting = proposed::setting(proposal);
        let block = setting.as_ref().map(|setting| setting.lines(4));
        // A schema that nobody is sure of is shown, but not as the proposal.
        if let Some(block) = block {
            lines.extend([String::new(), "runner:".to_owned(), "  http:".to_owned()]);
            lines.extend(block.iter().map(|line| masking.text(line)));
        } else {
            lines.extend(own.iter().map(|line| format!("    {}", masking.text(line))));
        }
        if !proposal.others.is_empty() {
            lines.extend([String::new(), "other texts:".to_owned()]);
            lines.extend(proposal.others.iter().map(|it| candidate(it, masking)));
        }
        lines
    }

    fn judged(&self, masking: &Masking<'_>) -> Vec<String> {
        let mut lines = vec![String::new(), "how the server delivers:".to_owned()];
        for Remark { code, seen, advice } in self.remarks {
            lines.push(format!("  {code}: {}; {advice}", masking.text(seen)));
        }
        if self.remarks.is_empty() {
            lines.push("  nothing to complain about".to_owned());
        }
        lines
    }

    /// Everything, for programs.
    pub(super) fn json(&self, masking: &Masking<'_>) -> Value {
        let proposal = self.proposal;
        let frames = self.explained();
        let frames = frames.iter().take(MAX_SHOWN).enumerate();
        let lines = proposal.lines.iter().map(|line| {
            let value = masking.json(&line.value);
            let confidence = line.confidence.to_string();
            json!({"key": line.key, "value": value, "confidence": confidence, "reason": line.reason})
        });
        let others = proposal.others.iter().map(|it| {
            json!({
                "rule": masking.json(&it.rule), "frames": it.frames, "characters": it.characters,
                "sample": masking.text(&it.sample), "note": it.note,
            })
        });
        let remarks = self.remarks.iter().map(
            |it| json!({"code": it.code, "seen": masking.text(&it.seen), "advice": it.advice}),
        );
        let preset = proposal.preset.as_ref().map(|it| {
            json!({"name": it.value, "confidence": it.confidence.to_string(), "reason": it.reason})
        });
        json!({
            "head": self.answer.head.as_ref().map(|head| json!({
                "status": head.status,
                "version": head.version,
                "after_ms": head.at.as_secs_f64() * 1e3,
                "headers": head.headers.iter().map(|(name, value)| {
                    json!([name, masking.header(name, value)])
                }).collect::<Vec<_>>(),
            })),
            "framing": self.answer.recording.framing.map(Framing::name),
            "frame_count": self.answer.recording.frames.len(),
            "frames": frames.map(|(number, it)| it.json(number, masking)).collect::<Vec<_>>(),
            "broke": self.answer.broke.as_ref().map(|why| masking.text(why)),
            "proposal": {
                "outcome": outcome_name(proposal.outcome),
                "preset": preset,
                "failure": proposal.failure.as_ref().map(|it| {
                    json!({"frame": it.frame + 1, "message": masking.text(&it.message)})
                }),
                "lines": lines.collect::<Vec<_>>(),
                "others": others.collect::<Vec<_>>(),
            },
            "remarks": remarks.collect::<Vec<_>>(),
        })
    }
}

impl Explained<'_> {
    /// What frames have in common that are alike.
    fn sign(&self) -> Vec<String> {
        let took = self.took.iter().map(|it| format!("{} {:?}", it.what, it.from));
        let types = std::iter::once(self.frame.event_type.clone()).chain(self.types.clone());
        types.chain(took).chain(self.fault.clone()).collect()
    }

    fn kind(&self, masking: &Masking<'_>) -> String {
        let mut names: Vec<&str> = self.types.iter().map(String::as_str).collect();
        if self.frame.event_type != Frame::MESSAGE || names.is_empty() {
            names.insert(0, &self.frame.event_type);
        }
        let names = visible_line(&masking.text(&names.join(", ")));
        match self.frame.kind {
            FrameKind::Line => "a line that is not a field".to_owned(),
            FrameKind::NoData => format!("{names} without data"),
            FrameKind::Data => names,
        }
    }

    fn lines(&self, number: usize, is_live: bool, masking: &Masking<'_>) -> Vec<String> {
        let at = if is_live { format!(" {:>10}", millis(self.frame.at)) } else { String::new() };
        let mut lines = vec![format!("{:>4}{at}  {}", number + 1, self.kind(masking))];
        let took = self.took.iter().map(|it| format!("       {}", explanation(it, masking)));
        lines.extend(took);
        if let Some(fault) = &self.fault {
            lines.push(format!("       the answer fails: {}", visible_line(&masking.text(fault))));
        } else if self.took.is_empty() {
            let data = serde_json::from_str(&self.frame.data);
            let data = data.unwrap_or_else(|_| Value::from(self.frame.data.as_str()));
            lines.push(format!("       nothing; the data is {}", masking.value("", &data)));
        }
        lines
    }

    fn json(&self, number: usize, masking: &Masking<'_>) -> Value {
        let took = self.took.iter().map(|it| {
            json!({
                "what": it.what,
                "from": it.from.as_ref().map(|from| masking.text(from)),
                "value": masking.member(it.from.as_deref().unwrap_or_default(), &it.value),
            })
        });
        json!({
            "number": number + 1,
            "at_ms": self.frame.at.as_secs_f64() * 1e3,
            "type": self.kind(masking),
            "took": took.collect::<Vec<_>>(),
            "fault": self.fault.as_ref().map(|fault| masking.text(fault)),
        })
    }
}

/// A line about what a rule took.
fn explanation(took: &Took, masking: &Masking<'_>) -> String {
    let from = took.from.as_ref().map(|from| masking.text(from));
    let value = masking.value(took.from.as_deref().unwrap_or_default(), &took.value);
    let line = match (&from, &took.value) {
        (Some(from), Value::Null) => format!("{} <- {from}", took.what),
        (Some(from), _) => format!("{} <- {from}: {value}", took.what),
        (None, Value::Null) => took.what.clone(),
        (None, _) => format!("{} <- the data: {value}", took.what),
    };
    visible_line(&line)
}

fn outcome(proposal: &Proposal) -> String {
    match proposal.outcome {
        Outcome::Learned => match proposal.lines.iter().find(|line| line.key == "text") {
            Some(text) => format!("the text ({}): {}", text.confidence, text.reason),
            None => "the text".to_owned(),
        },
        Outcome::OnlyReasoning => "only reasoning came: ask for an answer with text".to_owned(),
        Outcome::Failed => {
            "nothing about the text: ask for an answer that does not fail".to_owned()
        }
        Outcome::TooLittle if proposal.is_document() => {
            "no text of the body reads like an answer: ask for a longer one, or name its place in \
             `runner.http.output_path`"
                .to_owned()
        }
        Outcome::TooLittle => {
            "too little to learn from: text has to come in three frames or more; \
                               ask for a longer answer"
                .to_owned()
        }
        Outcome::Undecided => {
            "cannot decide which text is the answer: see the candidates".to_owned()
        }
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Learned => "learned",
        Outcome::OnlyReasoning => "only_reasoning",
        Outcome::TooLittle => "too_little",
        Outcome::Failed => "failed",
        Outcome::Undecided => "undecided",
    }
}

fn candidate(candidate: &Candidate, masking: &Masking<'_>) -> String {
    let Candidate { rule, frames, characters, sample, note } = candidate;
    let rule = masking.text(&yaml(rule));
    let sample = masking.value("", &Value::from(sample.as_str()));
    let frames = counted(*frames as u64, "frame", "frames");
    let characters = counted(*characters as u64, "character", "characters");
    format!("  {rule}: {frames}, {characters}, {note}: {sample}")
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
