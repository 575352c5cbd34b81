//! Folds traces into a summary, in constant memory.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fluxloop_redact::Masked;
use fluxloop_statistics as statistics;

use crate::distribution::Distribution;
use crate::repeats::{self, RepeatTally};
use crate::share::SloTally;
use crate::{
    CaseId, CaseWarnings, ChannelTotal, Completeness, EndedEarly, FailureKind, FigureInterval,
    GiveUpReason, GuardKind, JudgeTotal, Measured, Metric, Milliseconds, Outcome, Percentiles,
    RecordingFacts, Results, RunStatus, Share, Shares, Summary, SummaryPercentiles, Targets,
    TokenTotal, ToolCallTotal, Trace, Turn, Verdict, Versions, Warning, WarningCode,
};

/// How many cases a summary names; it counts them all.
const NAMED_CASES: usize = 100;

/// What chance begins with, so that the same cases have the same intervals.
const SEED: u64 = 1;

/// Folds traces into a [`Summary`], in constant memory; with several iterations, in memory that grows
/// with the number of inputs.
///
/// It keeps integers alone, so that the same traces give the same figures in whatever order they
/// come, and in whatever groups their tallies are [merged](Self::merge).
#[derive(Clone, Debug, Default)]
pub struct Tally {
    targets: Targets,
    outcomes: BTreeMap<Outcome, u64>,
    verdicts: BTreeMap<Verdict, u64>,
    failures: BTreeMap<FailureKind, u64>,
    stopped: BTreeMap<GuardKind, u64>,
    slo: SloTally,
    judge: Option<JudgeTotal>,
    total: u64,
    passed: u64,
    /// How many cases an input has at most.
    iterations: u32,
    /// The cases of each input, where an input may have several.
    repeats: Option<RepeatTally>,
    successful: u64,
    successful_nanos: u128,
    attempts: u64,
    retries: BTreeMap<String, u64>,
    resends: u64,
    redirects: u64,
    retries_denied: u64,
    /// The first of them in the order of the inputs.
    retries_denied_to: BTreeSet<(u64, CaseId)>,
    bytes: u64,
    events: u64,
    channels: BTreeMap<Masked, ChannelTotal>,
    tool_calls: ToolCallTotal,
    discarded: u64,
    tokens: TokenTotal,
    completeness: BTreeMap<Completeness, u64>,
    needs_input: u64,
    first_byte: Distribution,
    first_output: Distribution,
    first_token: Distribution,
    chunk_gap: Distribution,
    tpot: Distribution,
    /// In thousandths of a token.
    tokens_per_second: Distribution,
    duration: Distribution,
    own_lag: OwnLag,
    achieved_parallelism: u64,
    warnings: BTreeMap<(WarningCode, Masked), Given>,
    case_warnings: BTreeMap<WarningCode, GivenInCases>,
    resumed_at: Vec<String>,
    ended_early: Option<EndedEarly>,
    recording: Option<RecordingFacts>,
}

/// How often a warning was given, and the least of its hints and examples.
#[derive(Clone, Debug, Default)]
struct Given {
    count: u64,
    hint: Option<Masked>,
    example: Option<Masked>,
}

/// How many cases have a warning, and the first of them in the order of the inputs.
#[derive(Clone, Debug)]
struct GivenInCases {
    cases: u64,
    first: (u64, CaseId),
    warning: Warning,
}

impl Tally {
    /// Starts from nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts from nothing, for a run that has to reach something. Tallies that are merged have the
    /// same targets.
    pub fn with_targets(targets: Targets) -> Self {
        let slo = SloTally::new(targets.objectives.clone());
        Self { targets, slo, ..Self::default() }
    }

    /// The run sends each input this many times. With more than one, the cases of each input are counted.
    /// Tallies that are merged have the same iterations.
    #[must_use]
    pub fn with_iterations(self, iterations: u32) -> Self {
        let repeats = (iterations > 1).then(RepeatTally::default);
        Self { iterations, repeats, ..self }
    }

    /// How many iterations the inputs have shows in the cases alone, so the cases of each input are
    /// counted.
    #[must_use]
    pub fn with_any_iterations(self) -> Self {
        Self { repeats: Some(RepeatTally::default()), ..self }
    }

    /// Counts a closed case. Durations are taken from successes alone.
    pub fn add(&mut self, trace: &Trace) {
        self.total += 1;
        self.passed += u64::from(trace.passed());
        *self.outcomes.entry(trace.outcome).or_default() += 1;
        *self.verdicts.entry(trace.verdict).or_default() += 1;
        self.slo.add(trace);
        self.iterations = self.iterations.max(trace.iteration.saturating_add(1));
        if let Some(repeats) = &mut self.repeats {
            repeats.add(trace);
        }
        if let Some(judgement) = &trace.judge {
            self.judge.get_or_insert_default().add(judgement);
        }
        if let Some(failure) = &trace.error {
            *self.failures.entry(failure.kind).or_default() += 1;
        }
        if let Some(guard) = trace.termination_reason {
            *self.stopped.entry(guard).or_default() += 1;
        }
        for turn in &trace.turns {
            self.add_turn(turn);
        }
        if trace.turns.iter().any(|turn| !turn.tool_calls.is_empty()) {
            self.tool_calls.cases += 1;
        }
        if let Some(usage) = trace.token_usage {
            self.tokens.cases += 1;
            self.tokens.input += usage.prompt_tokens;
            self.tokens.output += usage.completion_tokens;
            self.tokens.total += usage.total_tokens;
        }
        for warning in &trace.warnings {
            let first = (trace.case_index, trace.case_id.clone());
            self.warn_of_cases(GivenInCases { cases: 1, first, warning: warning.clone() });
        }
        for attempt in trace.attempts() {
            self.attempts += 1;
            self.resends += u64::from(attempt.resend);
            self.redirects += u64::from(attempt.redirects);
            self.bytes += attempt.bytes;
            self.events += attempt.events;
        }
        let mut gave_up = trace.turns.iter().filter_map(|turn| turn.gave_up);
        if gave_up.any(|gave_up| gave_up.reason == GiveUpReason::Budget) {
            self.retries_denied += 1;
            self.name_denied((trace.case_index, trace.case_id.clone()));
        }
        let last = trace.last_turn().filter(|_| trace.outcome == Outcome::Succeeded);
        if let Some(last) = last {
            self.needs_input += u64::from(last.needs_input.is_some());
            if let Some(stream) = &last.stream {
                *self.completeness.entry(stream.completeness).or_default() += 1;
            }
        }
        if trace.success {
            self.add_times(trace);
        }
    }

    fn add_turn(&mut self, turn: &Turn) {
        for attempt in turn.attempts.iter().rev().skip(1) {
            let reason = attempt.cause.map(|cause| cause.reason(attempt.status));
            *self.retries.entry(reason.unwrap_or_default()).or_default() += 1;
        }
        for (name, channel) in turn.channels.iter() {
            let total = self.channels.entry(name).or_default();
            total.cases += 1;
            total.characters += channel.characters;
        }
        let calls = &turn.tool_calls;
        self.tool_calls.calls += calls.len() as u64;
        self.tool_calls.failed += calls.iter().filter(|call| call.error.is_some()).count() as u64;
        self.discarded += turn.discarded;
        if let Some(usage) = &turn.usage {
            self.tokens.reasoning += usage.reasoning.unwrap_or_default();
            self.tokens.cached += usage.cached.unwrap_or_default();
        }
    }

    fn add_times(&mut self, trace: &Trace) {
        self.successful += 1;
        self.successful_nanos += u128::from(trace.duration_ms.as_nanos());
        self.duration.record([Some(trace.duration_ms)]);
        let turns = trace.turns.iter().map(|turn| &turn.timings);
        let last = turns.clone().map(|timings| &timings.last_attempt);
        self.first_byte.record(last.clone().map(|times| times.first_byte_ms));
        self.first_output.record(last.clone().map(|times| times.first_output_ms));
        self.first_token.record(last.map(|times| times.first_token_ms));
        self.chunk_gap.record(turns.clone().map(|times| times.chunk_gap_ms.map(|gaps| gaps.p50)));
        self.tpot.record(turns.clone().map(|times| times.tpot_ms));
        self.tokens_per_second.record_rates(turns.map(|times| times.tokens_per_second));
    }

    fn name_denied(&mut self, case: (u64, CaseId)) {
        self.retries_denied_to.insert(case);
        if self.retries_denied_to.len() > NAMED_CASES {
            self.retries_denied_to.pop_last();
        }
    }

    /// Adds what another tally has counted.
    pub fn merge(&mut self, other: &Self) {
        add_counts(&mut self.outcomes, &other.outcomes);
        add_counts(&mut self.verdicts, &other.verdicts);
        self.slo.merge(&other.slo);
        self.iterations = self.iterations.max(other.iterations);
        if let (Some(repeats), Some(more)) = (&mut self.repeats, &other.repeats) {
            repeats.merge(more);
        }
        if let Some(more) = &other.judge {
            self.judge.get_or_insert_default().merge(more);
        }
        add_counts(&mut self.failures, &other.failures);
        add_counts(&mut self.stopped, &other.stopped);
        self.total += other.total;
        self.passed += other.passed;
        self.successful += other.successful;
        self.successful_nanos += other.successful_nanos;
        self.attempts += other.attempts;
        add_counts(&mut self.retries, &other.retries);
        self.resends += other.resends;
        self.redirects += other.redirects;
        self.retries_denied += other.retries_denied;
        for case in &other.retries_denied_to {
            self.name_denied(case.clone());
        }
        self.bytes += other.bytes;
        self.events += other.events;
        for (name, more) in &other.channels {
            let total = self.channels.entry(name.clone()).or_default();
            total.cases += more.cases;
            total.characters += more.characters;
        }
        self.tool_calls.cases += other.tool_calls.cases;
        self.tool_calls.calls += other.tool_calls.calls;
        self.tool_calls.failed += other.tool_calls.failed;
        self.discarded += other.discarded;
        self.tokens.cases += other.tokens.cases;
        self.tokens.input += other.tokens.input;
        self.tokens.output += other.tokens.output;
        self.tokens.total += other.tokens.total;
        self.tokens.reasoning += other.tokens.reasoning;
        self.tokens.cached += other.tokens.cached;
        add_counts(&mut self.completeness, &other.completeness);
        self.needs_input += other.needs_input;
        self.first_byte.merge(&other.first_byte);
        self.first_output.merge(&other.first_output);
        self.first_token.merge(&other.first_token);
        self.chunk_gap.merge(&other.chunk_gap);
        self.tpot.merge(&other.tpot);
        self.tokens_per_second.merge(&other.tokens_per_second);
        self.duration.merge(&other.duration);
        other.case_warnings.values().cloned().for_each(|given| self.warn_of_cases(given));
        self.own_lag.0.merge(&other.own_lag.0);
        self.note_parallelism(other.achieved_parallelism);
        other.warnings().for_each(|warning| self.warn(warning));
        other.resumed_at.iter().cloned().for_each(|at| self.note_resumed(at));
        if let Some(more) = &other.recording {
            self.recording.get_or_insert_default().add(more);
        }
        other.ended_early.into_iter().for_each(|ended| self.note_ended_early(ended));
    }

    /// Notes how many cases are under way.
    pub fn note_parallelism(&mut self, under_way: u64) {
        self.achieved_parallelism = self.achieved_parallelism.max(under_way);
    }

    /// Takes over how late this process itself was.
    pub fn set_own_lag(&mut self, lag: OwnLag) {
        self.own_lag = lag;
    }

    /// Notes something that concerns the run as a whole. What is said again is counted.
    pub fn warn(&mut self, warning: Warning) {
        let Warning { code, message, count, hint, example } = warning;
        let given = self.warnings.entry((code, message)).or_default();
        given.count += count;
        given.hint = least(given.hint.take(), hint);
        given.example = least(given.example.take(), example);
    }

    fn warn_of_cases(&mut self, more: GivenInCases) {
        let code = more.warning.code;
        let Some(given) = self.case_warnings.get_mut(&code) else {
            self.case_warnings.insert(code, more);
            return;
        };
        let cases = given.cases + more.cases;
        if more.first < given.first {
            *given = more;
        }
        given.cases = cases;
    }

    /// What was said of the run, by code and words.
    fn warnings(&self) -> impl Iterator<Item = Warning> {
        self.warnings.iter().map(|((code, message), Given { count, hint, example })| Warning {
            code: *code,
            message: message.clone(),
            count: *count,
            hint: hint.clone(),
            example: example.clone(),
        })
    }

    /// What was recorded of the answers.
    pub fn set_recording(&mut self, facts: RecordingFacts) {
        self.recording = Some(facts);
    }

    /// Notes which limit ended the run early. Of several, the first in their order stays, whichever
    /// came first.
    pub fn note_ended_early(&mut self, ended: EndedEarly) {
        self.ended_early = self.ended_early.into_iter().chain([ended]).min();
    }

    /// Notes when the run was resumed (ISO 8601, UTC).
    pub fn note_resumed(&mut self, at: String) {
        let place = self.resumed_at.partition_point(|earlier| *earlier <= at);
        self.resumed_at.insert(place, at);
    }

    /// How late this process itself was, if that was ever measured.
    pub fn own_lag(&self) -> Option<Percentiles> {
        self.own_lag.0.percentiles()
    }

    /// The time to first token of the successes, if any had one.
    pub fn first_token(&self) -> Option<Percentiles> {
        self.first_token.percentiles()
    }

    /// How many cases are counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many of them count as a success.
    pub fn successful(&self) -> u64 {
        self.successful
    }

    /// The figures so far. `date` is when the run began, `elapsed` how long it has taken.
    pub fn summary(
        &self,
        name: Masked,
        date: String,
        status: RunStatus,
        elapsed: Duration,
    ) -> Summary {
        let shares = self.shares();
        let summary = Summary {
            name,
            date,
            status,
            recording: self.recording.clone(),
            ended_early: self.ended_early.filter(|_| status == RunStatus::EndedEarly),
            resumed_at: self.resumed_at.clone(),
            results: Results {
                total_runs: self.total,
                successful: self.successful,
                failed: self.total - self.successful,
                success_rate: shares.success.share,
                avg_duration_ms: mean(self.successful_nanos, self.successful),
                duration_seconds: elapsed.as_secs_f64(),
            },
            outcomes: self.outcomes.clone(),
            verdicts: self.verdicts.clone(),
            shares,
            intervals: self.intervals(shares),
            repeats: self.repeats().map(|repeats| repeats.facts(self.iterations)),
            thresholds: Vec::new(),
            slo: self.slo.figures(elapsed.as_secs_f64()),
            judge: self.judge.clone(),
            failures: self.failures.clone(),
            stopped: self.stopped.clone(),
            attempts: self.attempts,
            retries: self.retries.clone(),
            resends: self.resends,
            redirects: self.redirects,
            retries_denied: self.retries_denied,
            retries_denied_to: self.retries_denied_to.iter().map(|(_, id)| id.clone()).collect(),
            bytes: self.bytes,
            events: self.events,
            channels: self.channels.clone(),
            tool_calls: self.tool_calls,
            discarded: self.discarded,
            tokens: self.tokens,
            completeness: self.completeness.clone(),
            needs_input: self.needs_input,
            percentiles: SummaryPercentiles {
                first_byte_ms: self.first_byte.percentiles(),
                first_output_ms: self.first_output.percentiles(),
                first_token_ms: self.first_token.percentiles(),
                chunk_gap_ms: self.chunk_gap.percentiles(),
                tpot_ms: self.tpot.percentiles(),
                tokens_per_second: self.tokens_per_second.rates(),
                duration_ms: self.duration.percentiles(),
            },
            achieved_parallelism: self.achieved_parallelism,
            own_lag_ms: self.own_lag(),
            warnings: self.warnings().collect(),
            case_warnings: self
                .case_warnings
                .values()
                .map(|GivenInCases { cases, first, warning }| CaseWarnings {
                    cases: *cases,
                    case_id: first.1.clone(),
                    first: warning.clone(),
                })
                .collect(),
            versions: Versions {
                fluxloop: env!("CARGO_PKG_VERSION").into(),
                artifacts: Versions::ARTIFACTS,
            },
        };
        Summary { thresholds: self.targets.judge(&summary), ..summary }
    }

    /// The intervals of shares and percentiles; of percentiles of which there are too few cases,
    /// `None`.
    fn intervals(&self, shares: Shares) -> BTreeMap<Metric, Option<FigureInterval>> {
        let Shares { success, expectations, passed } = shares;
        let shares = [
            (Metric::Success, Some(success), repeats::SUCCESS),
            (Metric::Expectations, expectations, repeats::EXPECTATIONS),
            (Metric::Passed, Some(passed), repeats::PASSED),
        ];
        let shares = shares.into_iter().filter_map(|(metric, share, of)| {
            let inputs = self.repeats().map(|repeats| repeats.shares(of));
            // Repeats that nobody counted by input say too little.
            let is_known = self.iterations <= 1 || inputs.is_some();
            Some((metric, Some(share_interval(share.filter(|_| is_known)?, inputs)?)))
        });
        let measured = [
            (Measured::FirstByte, &self.first_byte),
            (Measured::FirstOutput, &self.first_output),
            (Measured::FirstToken, &self.first_token),
            (Measured::ChunkGap, &self.chunk_gap),
            (Measured::Tpot, &self.tpot),
            (Measured::TokensPerSecond, &self.tokens_per_second),
            (Measured::Duration, &self.duration),
        ];
        let percentiles = measured.into_iter().flat_map(|(measured, distribution)| {
            let intervals = distribution.intervals(self.iterations.into());
            intervals.map(move |(quantile, it)| (Metric::Percentile(measured, quantile), it))
        });
        shares.chain(percentiles).collect()
    }

    /// The cases of each input, where an input has several.
    fn repeats(&self) -> Option<&RepeatTally> {
        self.repeats.as_ref().filter(|_| self.iterations > 1)
    }

    fn shares(&self) -> Shares {
        let count = |verdict| self.verdicts.get(&verdict).copied().unwrap_or_default();
        let met = count(Verdict::Met);
        let judged = met + count(Verdict::Unmet) + count(Verdict::Unjudged);
        Shares {
            success: Share::new(self.successful, self.total),
            expectations: Share::of_some(met, judged),
            passed: Share::new(self.passed, self.total),
        }
    }
}

/// The interval of a share of all cases.
fn share_interval(share: Share, inputs: Option<Vec<statistics::Share>>) -> Option<FigureInterval> {
    let interval = match inputs {
        Some(inputs) => statistics::share_interval(&inputs, SEED)?,
        None => statistics::wilson(statistics::Share::new(share.cases, share.of)?),
    };
    Some(interval.into())
}

/// The smaller of two texts, so that their order does not matter.
fn least(one: Option<Masked>, other: Option<Masked>) -> Option<Masked> {
    one.into_iter().chain(other).min()
}

fn add_counts<K: Clone + Ord>(sums: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        *sums.entry(key.clone()).or_default() += count;
    }
}

/// The mean duration, to the nearest nanosecond; of nothing it is zero.
fn mean(nanos: u128, count: u64) -> Milliseconds {
    let count = u128::from(count.max(1));
    Milliseconds::from_nanos(u64::try_from((nanos + count / 2) / count).unwrap_or(u64::MAX))
}

/// How late a process itself was, again and again, in constant memory.
#[derive(Clone, Debug, Default)]
pub struct OwnLag(Distribution);

impl OwnLag {
    /// Notes how late it was once.
    pub fn note(&mut self, lag: Duration) {
        self.0.record([Some(lag.into())]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_cases_nothing_is_divided_by_zero() {
        let summary = Tally::new().summary(
            Masked::default(),
            String::new(),
            RunStatus::Complete,
            Duration::ZERO,
        );
        assert_eq!(summary.results.success_rate.to_bits(), 0.0_f64.to_bits());
        assert!(summary.percentiles.duration_ms.is_none());
    }
}
