//! Closes a case as a trace. The only place where text is masked.

use std::collections::BTreeMap;

use fluxloop_aggregate::{NoText, ResponseRules};
use fluxloop_explain::{self as explain, Reason, Scene};
use fluxloop_plan::{Case, Input};
use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{
    Attempt, AttemptOutcome, CaseId, Channel, Channels, ConversationState, Failure, Framing,
    GaveUp, GuardKind, MaskedJson, NoTextReport, Outcome, Quoted, RecordVersion, StreamFacts,
    Timings, TokenUsage, Trace, Turn, Usage, Warning, WarningCode,
};
use tokio::time::Instant;
use uuid::{Builder, Uuid};

use crate::attempt::{AttemptEnd, AttemptResult};
use crate::failure::Fault;
use crate::panics::called;
use crate::shared::Shared;

/// How much of a body stands in a record, in characters (2 KiB of ASCII).
const BODY_CHARS: usize = 2048;

/// How much of an event's data stands in a record, in characters.
const SAMPLE_CHARS: usize = 400;

/// How much of the first event that a warning is about stands in a record, in characters.
const EXAMPLE_CHARS: usize = 200;

/// How a case ends.
#[derive(Debug)]
pub(crate) enum CaseEnd {
    /// The last attempt succeeded.
    Succeeded,
    /// Something failed that is no attempt: the request could not be made, or a panic came between
    /// attempts.
    Broken(Box<Fault>),
    /// The last attempt failed; its fault is the case's.
    Failed,
    /// A guard fired in an attempt.
    Stopped(GuardKind),
    /// The run was ended.
    Interrupted,
}

impl CaseEnd {
    /// Something failed outside of every attempt.
    pub(crate) fn broken(reason: Reason, shared: &Shared) -> Self {
        let scene = Scene::new(&shared.plan.request.url);
        Self::Broken(Box::new(Fault::new(reason, &scene)))
    }
}

/// What is known of a case when it ends.
pub(crate) struct Ended {
    pub(crate) end: CaseEnd,
    pub(crate) scheduled: Instant,
    pub(crate) attempts: Vec<AttemptResult>,
    /// Why nothing follows the last attempt, which failed.
    pub(crate) gave_up: Option<GaveUp>,
}

/// Masks, and counts what was masked.
struct Masker<'a> {
    redactor: &'a Redactor,
    places: u64,
}

impl Masker<'_> {
    fn mask(&mut self, text: &str) -> Masked {
        let (masked, places) = self.redactor.mask_counted(text);
        self.places += places as u64;
        masked
    }

    /// Masks an output. One that is not whole may have been cut inside a secret.
    fn output(&mut self, text: &str, is_whole: bool) -> Masked {
        if is_whole {
            return self.mask(text);
        }
        let (masked, places) = self.redactor.mask_cut(text);
        self.places += places as u64;
        masked
    }

    /// Masks every text but inputs and outputs: messages, bodies, names, samples. A stream, a limit
    /// or a quotation may have torn a secret in it, so pieces of secrets are masked, too.
    fn piece(&mut self, text: &str) -> Masked {
        let (masked, places) = self.redactor.mask_piece(text);
        self.places += places as u64;
        masked
    }

    fn option(&mut self, text: Option<&String>) -> Option<Masked> {
        text.map(|text| self.piece(text))
    }

    fn message(&mut self, fault: &Fault) -> Masked {
        let message = self.piece(&fault.message).excerpt(BODY_CHARS);
        Masked::concat([&message, &self.piece(&fault.note)])
    }
}

/// Closes a case. Should that panic, what its attempts left behind is given up for a record that
/// can be made.
pub(crate) fn close(shared: &Shared, case: &Case, case_id: &CaseId, ended: &Ended) -> Trace {
    called(|| trace(shared, case, case_id, ended)).unwrap_or_else(|panic| {
        let end = CaseEnd::broken(panic.into_reason(), shared);
        let scheduled = ended.scheduled;
        let ended = Ended { end, scheduled, attempts: Vec::new(), gave_up: None };
        trace(shared, case, case_id, &ended)
    })
}

fn trace(shared: &Shared, case: &Case, case_id: &CaseId, ended: &Ended) -> Trace {
    let mut masker = Masker { redactor: &shared.plan.redactor, places: 0 };
    let last = ended.attempts.last();
    let ended_at = match (&ended.end, last) {
        (CaseEnd::Succeeded | CaseEnd::Failed, Some(last)) => last.ended,
        // It may have ended in a wait.
        _ => Instant::now(),
    };
    let (outcome, guard) = outcome_of(&ended.end);
    let input = Quoted::from(masker.mask(&case.input.input));
    let output = Quoted::from(output(&mut masker, last));
    let (conversation, conversation_state) = ConversationState::of(&input, &output);
    let turn = turn(shared, &mut masker, ended, [&input, &output]);
    Trace {
        version: RecordVersion,
        trace_id: trace_id(shared.trace_ids, case.index).to_string(),
        case_id: case_id.clone(),
        case_index: case.index,
        iteration: case.iteration,
        persona: case.input.persona.as_ref().map(|persona| masker.mask(persona)),
        input,
        metadata: metadata(&mut masker, &case.input),
        output,
        success: Trace::counts_as_success(outcome, guard),
        outcome,
        error: turn.error.clone(),
        duration_ms: ended_at.saturating_duration_since(ended.scheduled).into(),
        token_usage: TokenUsage::sum([turn.usage]),
        finish_reason: turn.finish_reason.clone(),
        model: turn.model.clone(),
        warnings: last.map(|last| warnings(&mut masker, last)).unwrap_or_default(),
        conversation,
        conversation_state,
        observation_count: turn.attempts.len(),
        termination_reason: guard,
        input_hash: case.input.fingerprint(&shared.plan.redactor).to_string(),
        redactions: masker.places,
        turns: vec![turn],
    }
}

fn output(masker: &mut Masker<'_>, last: Option<&AttemptResult>) -> Masked {
    let Some((last, answer)) = last.and_then(|last| Some((last, last.answer.as_ref()?))) else {
        return Masked::default();
    };
    masker.output(&answer.text, last.has_whole_text())
}

fn metadata(masker: &mut Masker<'_>, input: &Input) -> BTreeMap<Masked, MaskedJson> {
    let mut mask = |text: &str| masker.mask(text);
    let members = input.metadata.iter();
    members.map(|(name, value)| (mask(name), MaskedJson::of(value, &mut mask))).collect()
}

/// The question and its answer, `texts`, with all attempts.
fn turn(
    shared: &Shared,
    masker: &mut Masker<'_>,
    ended: &Ended,
    [input, output]: [&Quoted; 2],
) -> Turn {
    let Ended { end, scheduled, attempts, gave_up } = ended;
    let last = attempts.last();
    let answer = last.and_then(|last| last.answer.as_ref());
    let failure = match (end, last.map(|last| &last.end)) {
        (CaseEnd::Broken(fault), _) | (CaseEnd::Failed, Some(AttemptEnd::Failed(fault))) => {
            Some(failure(masker, fault))
        }
        _ => None,
    };
    let records = attempts.iter().zip(1..).map(|(result, number)| {
        // What the last one had is the output, and may be huge.
        let known = (number as usize == attempts.len()).then_some(output);
        attempt(shared, masker, result, number, known)
    });
    let records = records.collect();
    Turn {
        number: 1,
        input: input.clone(),
        outcome: outcome_of(end).0,
        error: failure,
        channels: last.map(channels).unwrap_or_default(),
        usage: answer.and_then(|answer| answer.usage.as_ref()).map(usage),
        finish_reason: answer.and_then(|answer| masker.option(answer.finish_reason.as_ref())),
        model: answer.and_then(|answer| masker.option(answer.model.as_ref())),
        timings: timings(shared, *scheduled, attempts),
        stream: last.and_then(|last| stream_facts(shared, masker, last)),
        gave_up: gave_up.filter(|_| matches!(end, CaseEnd::Failed)),
        attempts: records,
    }
}

fn channels(last: &AttemptResult) -> Channels {
    let answer = last.answer.as_ref().filter(|answer| answer.has_text());
    let text = answer.map(|answer| Channel {
        characters: answer.characters,
        first_ms: last.timings.first_token_ms,
        last_ms: last.timings.last_token_ms,
    });
    Channels { text }
}

fn timings(shared: &Shared, scheduled: Instant, attempts: &[AttemptResult]) -> Timings {
    let last = attempts.last();
    let timings = Timings {
        scheduled_at: shared.clock.iso(scheduled),
        sent_at: attempts.first().map(|first| shared.clock.iso(first.started)),
        last_attempt: last.map(|last| last.timings).unwrap_or_default(),
        chunk_gap_ms: last.and_then(|last| last.chunk_gap),
        ..Timings::default()
    };
    let Some((last, answer)) = last.and_then(|last| Some((last, last.answer.as_ref()?))) else {
        return timings;
    };
    let spread = last.most_in_a_read.saturating_mul(2) < answer.events;
    timings.with_tokens(answer.usage.map_or(0, |usage| usage.completion_tokens), spread)
}

/// The id of a case's trace: random for the run (RFC 9562, section 5.4), and another one for each
/// case, without asking the system each time.
fn trace_id(run: u128, case_index: u64) -> Uuid {
    // A bijection (the end of `SplitMix64`), so that no two cases have the same. It stands in both
    // halves, because a version 4 overwrites some bits of each.
    let mixed = (case_index ^ (case_index >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let mixed = u128::from(mixed ^ (mixed >> 31));
    Builder::from_random_bytes((run ^ mixed ^ (mixed << 64)).to_be_bytes()).into_uuid()
}

/// What a fault says, masked.
pub(crate) fn message(redactor: &Redactor, fault: &Fault) -> Masked {
    Masker { redactor, places: 0 }.message(fault)
}

/// The name of a case as records and events tell it: ids come from the inputs, which may quote a
/// secret.
pub(crate) fn case_id(redactor: &Redactor, case: &Case) -> CaseId {
    CaseId::new(redactor.mask(&case.input.id), case.iteration)
}

fn outcome_of(end: &CaseEnd) -> (Outcome, Option<GuardKind>) {
    match end {
        CaseEnd::Succeeded => (Outcome::Succeeded, None),
        CaseEnd::Failed | CaseEnd::Broken(_) => (Outcome::Failed, None),
        CaseEnd::Stopped(guard) => (Outcome::Stopped, Some(*guard)),
        CaseEnd::Interrupted => (Outcome::Interrupted, None),
    }
}

fn failure(masker: &mut Masker<'_>, fault: &Fault) -> Failure {
    let hint = fault.hint.as_deref().unwrap_or_else(|| explain::remedy(fault.kind));
    Failure {
        kind: fault.kind,
        message: masker.message(fault),
        hint: masker.piece(hint),
        phase: fault.phase,
        status: fault.status,
        clock: fault.clock,
        body: fault.body.as_ref().map(|body| masker.piece(body).excerpt(BODY_CHARS)),
        retry_after_ms: fault.retry_after.map(Into::into),
        api_type: masker.option(fault.api_type.as_ref()),
        seen: fault.seen.as_ref().map(|seen| no_text(masker, seen)),
    }
}

fn no_text(masker: &mut Masker<'_>, seen: &NoText) -> NoTextReport {
    let at = seen.text_at.as_ref();
    NoTextReport {
        by_type: by_type(masker, &seen.by_type),
        passed: seen.passed,
        matched: seen.matched,
        sample: seen.sample.as_ref().map(|sample| masker.piece(sample).excerpt(SAMPLE_CHARS)),
        tool_calls: seen.tool_calls,
        path_with_text: masker.option(at.and_then(|at| at.path.as_ref())),
        event_with_text: masker.option(at.map(|at| &at.event_type)),
    }
}

fn attempt(
    shared: &Shared,
    masker: &mut Masker<'_>,
    result: &AttemptResult,
    number: u32,
    known: Option<&Quoted>,
) -> Attempt {
    let (outcome, fault, guard) = match &result.end {
        AttemptEnd::Succeeded => (AttemptOutcome::Succeeded, None, None),
        AttemptEnd::Failed(fault) => (AttemptOutcome::Failed, Some(fault), None),
        AttemptEnd::Stopped(guard) => (AttemptOutcome::Stopped, None, Some(*guard)),
        AttemptEnd::Interrupted => (AttemptOutcome::Interrupted, None, None),
    };
    let answer = result.answer.as_ref();
    let broken = fault.and(answer).filter(|answer| !answer.text.is_empty());
    Attempt {
        number,
        phase: result.phase,
        outcome,
        cause: fault.map(|fault| fault.kind),
        message: fault.map(|fault| masker.message(fault)),
        guard,
        status: result.status,
        resend: result.resend,
        redirects: result.redirects,
        wait_before_ms: result.waited.into(),
        started_at: shared.clock.iso(result.started),
        timings: result.timings,
        bytes: result.bytes,
        events: answer.map_or(0, |answer| answer.events),
        characters: answer.map_or(0, |answer| answer.characters),
        text: broken.map(|answer| {
            known.map_or_else(|| masker.output(&answer.text, false), Quoted::to_masked)
        }),
    }
}

fn stream_facts(
    shared: &Shared,
    masker: &mut Masker<'_>,
    last: &AttemptResult,
) -> Option<StreamFacts> {
    let answer = last.answer.as_ref()?;
    Some(StreamFacts {
        framing: match shared.plan.response {
            ResponseRules::EventStream(_) => Framing::Sse,
            ResponseRules::Plain(_) => Framing::None,
        },
        events: answer.events,
        by_type: by_type(masker, &answer.by_type),
        passed: answer.passed,
        matched: answer.matched,
        skipped: answer.skipped,
        completeness: last.completeness,
    })
}

/// Types that read alike when they are masked are counted together.
fn by_type(masker: &mut Masker<'_>, counts: &BTreeMap<String, u64>) -> BTreeMap<Masked, u64> {
    let mut types = BTreeMap::new();
    for (name, count) in counts {
        *types.entry(masker.piece(name)).or_default() += count;
    }
    types
}

fn warnings(masker: &mut Masker<'_>, last: &AttemptResult) -> Vec<Warning> {
    let mut of = |code, words: &str, count, example: Option<&String>| Warning {
        count,
        example: example.map(|example| masker.piece(example).excerpt(EXAMPLE_CHARS)),
        ..Warning::new(code, masker.piece(words))
    };
    let own = last.warnings.iter();
    let mut all: Vec<_> = own.map(|(code, words)| of(*code, words, 1, None)).collect();
    let answer = last.answer.iter().flat_map(|answer| &answer.warnings);
    all.extend(answer.map(|warning| {
        let (code, count, example) = facts(warning);
        of(code, &explain::warning(warning), count, example)
    }));
    all
}

/// The code of what concerns the answer, in how many events, and the first of them.
fn facts(warning: &fluxloop_aggregate::Warning) -> (WarningCode, u64, Option<&String>) {
    use fluxloop_aggregate::Warning as Answer;
    match warning {
        Answer::CutEvent { data } => (WarningCode::UnfinishedFrame, 1, Some(data)),
        Answer::TextAfterDone(count) => (WarningCode::TextAfterEnd, *count, None),
        Answer::NoJson { events, data } => (WarningCode::NotJson, *events, Some(data)),
        Answer::Composite(count) => (WarningCode::ListWithText, *count, None),
        Answer::Page => (WarningCode::HtmlPage, 1, None),
        Answer::ReadLeniently { .. } => (WarningCode::OtherMediaType, 1, None),
    }
}

fn usage(usage: &fluxloop_aggregate::Usage) -> Usage {
    Usage { input: usage.prompt_tokens, output: usage.completion_tokens, total: usage.total_tokens }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_case_of_a_run_has_a_trace_id_of_its_own() {
        let run = Uuid::new_v4().as_u128();
        let ids: HashSet<_> = (0..100_000).map(|index| trace_id(run, index)).collect();
        assert_eq!(ids.len(), 100_000);
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
        assert_ne!(trace_id(run, 7), trace_id(run ^ 1 << 100, 7), "runs differ");
    }
}
