//! Closes a case as a trace. The only place where text is masked.

mod asked;
mod content;
mod masker;

use std::collections::BTreeMap;
use std::sync::Arc;

use fluxloop_aggregate::{ChunkGaps, Content, NoText, Only, Proof};
use fluxloop_explain::{self as explain, Reason, Scene};
use fluxloop_plan::Case;
use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{
    Attempt, AttemptOutcome, AttemptTimings, CaseId, ChunkGap, Completeness, ConversationState,
    Failure, Framing, GaveUp, GuardKind, Milliseconds, NoTextReport, Outcome, Quoted,
    RecordVersion, StreamFacts, Timings, TokenUsage, Trace, Turn, Verdict, Warning,
};
use tokio::time::Instant;

pub(crate) use self::asked::{Asked, trace_id};
use self::content::Keeping;
use self::masker::Masker;
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
    /// Knows the secrets of the case.
    pub(crate) redactor: Arc<Redactor>,
    pub(crate) scheduled: Instant,
    /// When it was closed; it may have ended in a wait.
    pub(crate) closed: Instant,
    pub(crate) attempts: Vec<AttemptResult>,
    /// Why nothing follows the last attempt, which failed.
    pub(crate) gave_up: Option<GaveUp>,
}

/// A case as it is recorded, and how many places of its answer were masked.
pub(crate) struct Closed {
    pub(crate) trace: Trace,
    pub(crate) masked_places: u64,
}

/// Closes a case. Should that panic, what its attempts left behind is given up for a record that
/// can be made.
pub(crate) fn close(shared: &Shared, asked: &Asked<'_>, ended: &Ended) -> Closed {
    called(|| trace(shared, asked, ended)).unwrap_or_else(|panic| {
        let end = CaseEnd::broken(panic.into_reason(), shared);
        let Ended { redactor, scheduled, closed, .. } = ended;
        let (redactor, scheduled, closed) = (redactor.clone(), *scheduled, *closed);
        let attempts = Vec::new();
        let ended = Ended { end, redactor, scheduled, closed, attempts, gave_up: None };
        trace(shared, asked, &ended)
    })
}

fn trace(shared: &Shared, asked: &Asked<'_>, ended: &Ended) -> Closed {
    let mut masker = Masker::new(&ended.redactor);
    let last = ended.attempts.last();
    let ended_at = match (&ended.end, last) {
        (CaseEnd::Succeeded | CaseEnd::Failed, Some(last)) => last.ended,
        _ => ended.closed,
    };
    let (outcome, guard) = outcome_of(&ended.end);
    let facts = asked.facts(shared, &mut masker);
    let output = masker.of_answer(|masker| Quoted::from(output(masker, &ended.attempts)));
    let (conversation, conversation_state) = ConversationState::of(&facts.input, &output);
    let keeping = asked.keeping(shared);
    let turn = turn(shared, &mut masker, ended, &keeping, [&facts.input, &output]);
    let masked_places = masker.in_answer;
    let mut trace = Trace {
        version: RecordVersion,
        trace_id: facts.trace_id,
        case_id: facts.case_id,
        case_index: facts.case_index,
        iteration: facts.iteration,
        persona: facts.persona,
        input: facts.input,
        metadata: facts.metadata,
        expected: facts.expected,
        expect: facts.expect,
        output,
        success: Trace::counts_as_success(outcome, guard),
        outcome,
        verdict: Verdict::None,
        expectations: None,
        judge: None,
        error: turn.error.clone(),
        duration_ms: ended_at.saturating_duration_since(ended.scheduled).into(),
        token_usage: TokenUsage::sum([turn.usage.as_ref()]),
        finish_reason: turn.finish_reason.clone(),
        model: turn.model.clone(),
        warnings: last.map(|last| warnings(shared, &mut masker, last)).unwrap_or_default(),
        conversation,
        conversation_state,
        observation_count: turn.attempts.len(),
        termination_reason: guard,
        input_hash: facts.input_hash,
        redactions: facts.redactions + masker.places,
        turns: vec![turn],
    };
    shared.judging.judge_again(&mut trace, &ended.redactor);
    Closed { trace, masked_places }
}

fn output(masker: &mut Masker<'_>, attempts: &[AttemptResult]) -> Masked {
    let last = attempts.split_last();
    let Some((last, earlier, content)) =
        last.and_then(|(it, rest)| Some((it, rest, it.content()?)))
    else {
        return Masked::default();
    };
    let has_text = |it: &AttemptResult| it.content().is_some_and(Content::has_text);
    let text = &content.text.text;
    if earlier.iter().any(has_text) || content::is_torn(masker.redactor, content) {
        masker.piece(text)
    } else if last.has_whole_text() {
        masker.mask(text)
    } else {
        masker.cut(text)
    }
}

/// The question and its answer, `texts`, with all attempts.
fn turn(
    shared: &Shared,
    masker: &mut Masker<'_>,
    ended: &Ended,
    keeping: &Keeping,
    [input, output]: [&Quoted; 2],
) -> Turn {
    let Ended { end, scheduled, attempts, gave_up, .. } = ended;
    let last = attempts.last();
    let nothing = Content::default();
    let content = last.and_then(AttemptResult::content).unwrap_or(&nothing);
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
    let outcome = outcome_of(end).0;
    Turn {
        number: 1,
        input: input.clone(),
        outcome,
        error: failure,
        channels: masker.of_answer(|it| content::channels(it, content, keeping)),
        tool_calls: masker.of_answer(|it| content::tool_calls(it, content, keeping)),
        usage: content.usage.as_ref().map(|usage| content::usage(masker, usage)),
        captures: content::captures(masker, content),
        needs_input: masker
            .option(content.needs_input.as_ref().filter(|_| outcome == Outcome::Succeeded)),
        integrity: content::integrity(content),
        discarded: content.discarded,
        finish_reason: masker.option(content.finish_reason.as_ref()),
        model: masker.option(content.model.as_ref()),
        timings: timings(shared, masker, *scheduled, attempts),
        stream: last.and_then(|last| stream_facts(shared, masker, last)),
        gave_up: gave_up.filter(|_| matches!(end, CaseEnd::Failed)),
        attempts: records,
    }
}

fn timings(
    shared: &Shared,
    masker: &mut Masker<'_>,
    scheduled: Instant,
    attempts: &[AttemptResult],
) -> Timings {
    let last = attempts.last();
    let timings = Timings {
        scheduled_at: shared.clock.iso(scheduled),
        sent_at: attempts.first().map(|first| shared.clock.iso(first.started)),
        last_attempt: last.map(attempt_timings).unwrap_or_default(),
        prefix_ms: last.map(prefix_times).unwrap_or_default(),
        chunk_gap_ms: last.and_then(|last| last.answer.gaps).map(chunk_gap),
        ..Timings::default()
    };
    let Some((last, content)) = last.and_then(|last| Some((last, last.content()?))) else {
        return timings;
    };
    let is_spread = last.answer.most_in_a_read.saturating_mul(2) < content.frames;
    let last_output = last.answer.times.last_output;
    let tokens = content.usage.as_ref().map_or(0, |usage| masker.number(usage.output));
    let server = content::server_timings(masker, content);
    let is_steady = is_spread && content.discarded == 0;
    Timings { server, ..timings.with_tokens(tokens, last_output.map(Into::into), is_steady) }
}

fn attempt_timings(result: &AttemptResult) -> AttemptTimings {
    let times = &result.answer.times;
    AttemptTimings {
        connect_ms: result.connect.map(Into::into),
        headers_ms: result.headers.map(Into::into),
        first_byte_ms: times.first_byte.map(Into::into),
        first_event_ms: times.first_frame.map(Into::into),
        first_output_ms: times.first_output.map(Into::into),
        first_token_ms: times.first_text.map(Into::into),
        last_token_ms: times.last_text.map(Into::into),
        total_ms: (result.ended - result.started).into(),
    }
}

fn prefix_times(last: &AttemptResult) -> BTreeMap<u64, Milliseconds> {
    last.prefixes.iter().map(|(characters, at)| (*characters, (*at).into())).collect()
}

fn chunk_gap(gaps: ChunkGaps) -> ChunkGap {
    ChunkGap { p50: gaps.p50.into(), p95: gaps.p95.into(), max: gaps.max.into() }
}

/// What a fault says, masked.
pub(crate) fn message(redactor: &Redactor, fault: &Fault) -> Masked {
    fault_message(&mut Masker::new(redactor), fault)
}

fn fault_message(masker: &mut Masker<'_>, fault: &Fault) -> Masked {
    let message = masker.piece(&fault.words.message).excerpt(BODY_CHARS);
    Masked::concat([&message, &masker.piece(&fault.note)])
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
    let hint = fault.words.hint.as_deref().unwrap_or_else(|| explain::remedy(fault.kind));
    Failure {
        kind: fault.kind,
        message: fault_message(masker, fault),
        hint: masker.piece(hint),
        phase: fault.phase,
        status: fault.status,
        clock: fault.clock(),
        body: fault.body().map(|body| masker.piece(body).excerpt(BODY_CHARS)),
        retry_after_ms: fault.retry_after.map(Into::into),
        api_type: masker.option(fault.api_type()),
        seen: fault.seen().map(|seen| no_text(masker, seen)),
    }
}

fn no_text(masker: &mut Masker<'_>, seen: &NoText) -> NoTextReport {
    let at = seen.text_at.as_ref();
    NoTextReport {
        by_type: by_type(masker, &seen.by_type),
        by_data_type: by_type(masker, &seen.by_data_type),
        passed: seen.passed,
        matched: seen.matched,
        sample: seen.sample.as_ref().map(|sample| masker.piece(sample).excerpt(SAMPLE_CHARS)),
        tool_calls: seen.only == Some(Only::ToolCalls),
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
    let content = result.content();
    let text = content.map(|content| &content.text);
    let broken = fault.and(text).filter(|text| !text.text.is_empty());
    Attempt {
        number,
        phase: result.phase,
        outcome,
        cause: fault.map(|fault| fault.kind),
        message: fault.map(|fault| fault_message(masker, fault)),
        guard,
        status: result.status,
        retry_after_ms: fault.and_then(|fault| fault.retry_after).map(Into::into),
        retry_after_from: fault.and_then(|fault| fault.retry_after_from),
        resend: result.resend,
        redirects: result.redirects,
        wait_before_ms: result.waited.into(),
        started_at: shared.clock.iso(result.started),
        timings: attempt_timings(result),
        bytes: result.answer.bytes,
        events: content.map_or(0, |content| content.frames),
        characters: text.map_or(0, |text| text.characters),
        text: broken.map(|text| known.map_or_else(|| masker.piece(&text.text), Quoted::to_masked)),
    }
}

fn stream_facts(
    shared: &Shared,
    masker: &mut Masker<'_>,
    last: &AttemptResult,
) -> Option<StreamFacts> {
    let content = last.content()?;
    Some(StreamFacts {
        framing: last.answer.framing.map(framing).unwrap_or_default(),
        schema: masker.piece(&shared.plan.response.schema.name),
        events: content.frames,
        by_type: by_type(masker, &content.by_type),
        by_data_type: by_type(masker, &content.by_data_type),
        passed: content.passed,
        matched: content.matched,
        skipped: content.skipped,
        completeness: match last.answer.proof {
            Proof::Done => Completeness::Done,
            Proof::Framed => Completeness::Framed,
            Proof::Nothing => Completeness::Unverified,
        },
    })
}

fn framing(framing: fluxloop_frames::Framing) -> Framing {
    match framing {
        fluxloop_frames::Framing::EventStream => Framing::Sse,
        fluxloop_frames::Framing::Lines => Framing::Jsonl,
        fluxloop_frames::Framing::Json => Framing::Json,
        fluxloop_frames::Framing::Text => Framing::Text,
        _ => Framing::None,
    }
}

/// Types that read alike when they are masked are counted together.
fn by_type(masker: &mut Masker<'_>, counts: &BTreeMap<String, u64>) -> BTreeMap<Masked, u64> {
    let mut types = BTreeMap::new();
    for (name, count) in counts {
        *types.entry(masker.piece(name)).or_default() += count;
    }
    types
}

fn warnings(shared: &Shared, masker: &mut Masker<'_>, last: &AttemptResult) -> Vec<Warning> {
    let own = last.warnings.iter().map(|(code, words)| Warning::new(*code, masker.piece(words)));
    let mut all: Vec<_> = own.collect();
    let answer = last.content().into_iter().flat_map(|content| &content.warnings);
    all.extend(answer.map(|warning| {
        let (code, words) = explain::warning(warning, shared.plan.response.text_by);
        let hint = words.hint.as_deref().unwrap_or_else(|| explain::warning_remedy(code));
        let example = warning.example.as_ref();
        Warning {
            count: warning.count,
            hint: Some(masker.piece(hint)),
            example: example.map(|it| masker.piece(it).excerpt(EXAMPLE_CHARS)),
            ..Warning::new(code, masker.piece(&words.message))
        }
    }));
    all
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_case_of_a_run_has_a_trace_id_of_its_own() {
        let run = uuid::Uuid::new_v4().as_u128();
        let ids: HashSet<_> = (0..100_000).map(|index| trace_id(run, index)).collect();
        assert_eq!(ids.len(), 100_000);
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
        assert_ne!(trace_id(run, 7), trace_id(run ^ 1 << 100, 7), "runs differ");
    }
}
