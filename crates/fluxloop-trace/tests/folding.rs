//! Traces give the same summary in whatever order and groups they are folded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{
    Amount, Attempt, AttemptOutcome, AttemptTimings, CaseId, Channel, Channels, ChunkGap,
    ConversationState, EndedBy, EndedEarly, Failure, FailureKind, GaveUp, GiveUpReason, GuardKind,
    Metric, Milliseconds, Objective, Outcome, Phase, Quantity, Quoted, RecordVersion, RunStatus,
    StreamFacts, Summary, Tally, Targets, Threshold, Timings, TokenUsage, TokensPerSecond,
    ToolCall, Trace, Turn, Verdict, Warning, WarningCode,
};

fn text(text: &str) -> Masked {
    Redactor::none().mask(text)
}

fn any_time(rng: &mut Rng) -> Milliseconds {
    let bits = rng.u32(1..45);
    Milliseconds::from_nanos(rng.u64(..1 << bits))
}

fn any_attempt(rng: &mut Rng, number: u32) -> Attempt {
    Attempt {
        number,
        phase: Phase::Complete,
        outcome: AttemptOutcome::Succeeded,
        cause: None,
        message: None,
        guard: None,
        status: Some(200),
        retry_after_ms: None,
        retry_after_from: None,
        resend: rng.bool(),
        redirects: rng.u8(..3),
        wait_before_ms: any_time(rng),
        started_at: String::new(),
        timings: AttemptTimings::default(),
        bytes: rng.u64(..1 << 30),
        events: rng.u64(..1 << 10),
        characters: rng.u64(..1 << 10),
        text: None,
    }
}

fn any_failure(rng: &mut Rng) -> Failure {
    Failure {
        kind: *rng.choice(FailureKind::ALL).expect("there are kinds"),
        message: text("it failed"),
        hint: text("mend it"),
        phase: Phase::Status,
        status: None,
        clock: None,
        body: None,
        retry_after_ms: None,
        api_type: None,
        seen: None,
    }
}

fn any_channels(rng: &mut Rng) -> Channels {
    let channel = Channel { characters: rng.u64(..1 << 10), ..Channel::default() };
    let others = rng.bool().then(|| (text("citations"), channel.clone()));
    Channels {
        text: rng.bool().then_some(channel),
        others: others.into_iter().collect(),
        ..Channels::default()
    }
}

fn any_call(rng: &mut Rng) -> ToolCall {
    ToolCall { error: rng.bool().then(|| text("it failed")), ..ToolCall::default() }
}

fn any_turn(rng: &mut Rng, input: Quoted, outcome: Outcome, failure: Option<Failure>) -> Turn {
    let reason = if rng.bool() { GiveUpReason::Budget } else { GiveUpReason::Spent };
    let gave_up = failure.as_ref().map(|_| GaveUp { reason, wait_ms: None, furthest: None });
    let gap = any_time(rng);
    let last_attempt = AttemptTimings {
        first_byte_ms: rng.bool().then(|| any_time(rng)),
        first_token_ms: rng.bool().then(|| any_time(rng)),
        ..AttemptTimings::default()
    };
    Turn {
        number: 1,
        input,
        outcome,
        error: failure,
        channels: any_channels(rng),
        tool_calls: (0..rng.u8(..3)).map(|_| any_call(rng)).collect(),
        usage: None,
        captures: BTreeMap::new(),
        needs_input: rng.bool().then(|| text("approval")),
        integrity: None,
        discarded: rng.u64(..3),
        finish_reason: None,
        model: None,
        timings: Timings {
            last_attempt,
            tokens_per_second: TokensPerSecond::of(rng.u64(..500), any_time(rng)),
            tpot_ms: rng.bool().then(|| any_time(rng)),
            chunk_gap_ms: rng.bool().then_some(ChunkGap { p50: gap, p95: gap, max: gap }),
            ..Timings::default()
        },
        stream: rng.bool().then(StreamFacts::default),
        gave_up,
        attempts: (1..rng.u32(1..5)).map(|number| any_attempt(rng, number)).collect(),
    }
}

fn any_tokens(rng: &mut Rng) -> TokenUsage {
    let [prompt_tokens, completion_tokens, total_tokens] = [(); 3].map(|()| rng.u64(..1 << 20));
    TokenUsage { prompt_tokens, completion_tokens, total_tokens }
}

fn any_trace(rng: &mut Rng, place: u64) -> Trace {
    let outcome = *rng.choice(&Outcome::ALL).expect("there are outcomes");
    let guard = (outcome == Outcome::Stopped).then(|| rng.choice(GuardKind::ALL)).flatten();
    let failure = (outcome == Outcome::Failed).then(|| any_failure(rng));
    let nothing = Quoted::from(Masked::default());
    let iteration = rng.u32(..3);
    let turn = any_turn(rng, nothing.clone(), outcome, failure.clone());
    let (conversation, conversation_state) = ConversationState::of(&nothing, &nothing);
    Trace {
        version: RecordVersion,
        trace_id: String::new(),
        case_id: CaseId::new(text(&format!("q-{}", rng.u8(..))), iteration),
        case_index: place,
        iteration,
        persona: None,
        input: nothing.clone(),
        metadata: [].into(),
        expected: None,
        expect: None,
        output: nothing,
        success: Trace::counts_as_success(outcome, guard),
        outcome,
        verdict: *rng.choice(Verdict::ALL).expect("there are verdicts"),
        expectations: None,
        judge: None,
        error: failure,
        duration_ms: any_time(rng),
        token_usage: rng.bool().then(|| any_tokens(rng)),
        finish_reason: None,
        model: None,
        warnings: (0..rng.u8(..2)).map(|_| any_warning(rng)).collect(),
        conversation,
        conversation_state,
        observation_count: turn.attempts.len(),
        termination_reason: guard,
        input_hash: String::new(),
        redactions: 0,
        turns: vec![turn],
    }
}

fn any_warning(rng: &mut Rng) -> Warning {
    let code = *rng.choice(WarningCode::ALL).expect("there are codes");
    let example = rng.bool().then(|| text(&format!("example {}", rng.u8(..3))));
    let message = text(&format!("warning {}", rng.u8(..3)));
    Warning { count: rng.u64(1..4), example, ..Warning::new(code, message) }
}

fn any_end(rng: &mut Rng) -> EndedEarly {
    EndedEarly {
        after_cases: rng.u64(..2),
        by: *rng.choice(EndedBy::ALL).expect("there are limits"),
        limit: Amount::count(rng.u64(..9)),
        value: Amount::part(rng.f64()),
    }
}

fn summary(tally: &Tally) -> String {
    let elapsed = Duration::from_secs(7);
    let summary = tally.summary(text("run"), String::new(), RunStatus::EndedEarly, elapsed);
    serde_json::to_string(&summary).expect("a summary is JSON")
}

/// What a tally counts.
enum Fact {
    Trace(Box<Trace>),
    Warning(Warning),
    UnderWay(u64),
    EndedEarly(EndedEarly),
}

/// A threshold for each metric, and an objective for each quantity.
fn targets() -> Targets {
    let limit = Amount::count(90);
    let thresholds = Metric::all().map(|metric| Threshold { metric, limit });
    let objectives = Quantity::ALL.iter().map(|quantity| Objective { quantity: *quantity, limit });
    Targets { thresholds: thresholds.collect(), objectives: objectives.collect() }
}

fn fold<'t>(iterations: u32, facts: impl IntoIterator<Item = &'t Fact>) -> Tally {
    let mut tally = Tally::with_targets(targets()).with_iterations(iterations);
    for fact in facts {
        match fact {
            Fact::Trace(trace) => tally.add(trace),
            Fact::Warning(warning) => tally.warn(warning.clone()),
            Fact::UnderWay(count) => tally.note_parallelism(*count),
            Fact::EndedEarly(ended) => tally.note_ended_early(*ended),
        }
    }
    tally
}

/// The record of a case after it was written and read.
fn read_back(fact: Fact) -> Fact {
    let Fact::Trace(trace) = fact else { return fact };
    let line = serde_json::to_string(&trace).expect("a record is JSON");
    let read = Arc::new(Redactor::none()).reading(|| serde_json::from_str(&line));
    Fact::Trace(Box::new(read.expect("it was written")))
}

/// Folds the same in another order, cut into groups that are merged in another order still.
fn fold_in_groups(rng: &mut Rng, iterations: u32, facts: &mut [Fact]) -> Tally {
    rng.shuffle(facts);
    let mut rest = &*facts;
    let mut groups = Vec::new();
    while !rest.is_empty() {
        let (group, others) = rest.split_at(rng.usize(1..=rest.len()));
        groups.push(fold(iterations, group));
        rest = others;
    }
    while groups.len() > 1 {
        let other = groups.swap_remove(rng.usize(..groups.len()));
        let into = rng.usize(..groups.len());
        groups[into].merge(&other);
    }
    groups.pop().unwrap_or_else(|| fold(iterations, []))
}

/// A case that took so long, of which the first token is known or not.
fn case(outcome: Outcome, took: f64, first_token: Option<f64>) -> Trace {
    let mut trace = any_trace(&mut Rng::with_seed(0), 0);
    (trace.outcome, trace.success) = (outcome, outcome == Outcome::Succeeded);
    trace.duration_ms = Milliseconds::from_millis(took);
    let first_token = first_token.map(Milliseconds::from_millis);
    trace.turns[0].timings.last_attempt.first_token_ms = first_token;
    trace
}

/// Cases against an objective for the first token and one for the duration, of 100 ms each, in a run
/// of two seconds: the cases that kept all, and those that count; the same of the first token.
#[track_caller]
fn check_slo(cases: &[Trace], all: Option<(u64, u64)>, first_token: Option<(u64, u64)>) {
    let objective = |quantity| Objective { quantity, limit: Amount::count(100) };
    let objectives = [Quantity::FirstToken, Quantity::Duration].map(objective).to_vec();
    let mut tally = Tally::with_targets(Targets { objectives, ..Targets::default() });
    for case in cases {
        tally.add(case);
    }
    let elapsed = Duration::from_secs(2);
    let summary = tally.summary(text("run"), String::new(), RunStatus::Complete, elapsed);
    let slo = summary.slo.expect("there are objectives");
    let counts = |share: fluxloop_trace::Share| (share.cases, share.of);
    assert_eq!(slo.attainment.map(counts), all);
    assert_eq!(slo.objectives[&Quantity::FirstToken].kept.map(counts), first_token);
    let good = all.map_or(0, |(good, _)| good);
    assert!((slo.goodput_per_s - good as f64 / 2.0).abs() < 1e-9, "{}", slo.goodput_per_s);
}

#[test]
fn a_case_attains_the_objectives_that_apply_to_it() {
    use Outcome::{Failed, Interrupted, Stopped, Succeeded};
    let good = case(Succeeded, 90.0, Some(100.0));
    let late = case(Succeeded, 90.0, Some(100.1));
    let slow = case(Succeeded, 100.1, Some(10.0));
    let without_token = case(Succeeded, 90.0, None);
    check_slo(&[good.clone(), late, slow], Some((1, 3)), Some((2, 3)));
    check_slo(&[good.clone(), without_token], Some((2, 2)), Some((1, 1)));
    let (failed, stopped) = (case(Failed, 1.0, Some(1.0)), case(Stopped, 1.0, Some(1.0)));
    check_slo(&[good, failed, stopped], Some((1, 3)), Some((1, 3)));
    check_slo(&[case(Interrupted, 1.0, Some(1.0))], None, None);
}

/// An iteration of the input `id`, the place of which follows from the id.
fn repeat(id: &str, iteration: u32, outcome: Outcome, failure: Option<FailureKind>) -> Trace {
    let kind = failure.unwrap_or(FailureKind::NoText);
    let failure = Failure { kind, ..any_failure(&mut Rng::with_seed(0)) };
    let error = (outcome == Outcome::Failed).then_some(failure);
    let case_index = u64::from(id.as_bytes()[0]) * 8 + u64::from(iteration);
    let (case_id, verdict) = (CaseId::new(text(id), iteration), Verdict::None);
    Trace { case_id, case_index, iteration, verdict, error, ..case(outcome, 1.0, None) }
}

#[test]
fn iterations_show_in_the_cases_too() {
    let cases = || {
        (0..30_u32).map(|number| {
            let (id, iteration) = (format!("a{}", number / 2), number % 2);
            let outcome = if number % 5 == 0 { Outcome::Stopped } else { Outcome::Succeeded };
            repeat(&id, iteration, outcome, None)
        })
    };
    let known = repeats(2, cases());
    let mut tally = Tally::new().with_any_iterations();
    cases().for_each(|case| tally.add(&case));
    let elapsed = Duration::ZERO;
    let seen = tally.summary(text("run"), String::new(), RunStatus::Complete, elapsed);
    assert_eq!((&seen.intervals, &seen.repeats), (&known.intervals, &known.repeats));
    assert!(known.repeats.is_some_and(|repeats| repeats.flaky > 0));
    let single = |tally: Tally| {
        let mut tally = tally;
        cases().filter(|case| case.iteration == 0).for_each(|case| tally.add(&case));
        let summary = tally.summary(text("run"), String::new(), RunStatus::Complete, elapsed);
        assert!(summary.repeats.is_none());
        summary.intervals
    };
    assert_eq!(single(Tally::new().with_any_iterations()), single(Tally::new()));
}

fn repeats(iterations: u32, cases: impl IntoIterator<Item = Trace>) -> Summary {
    let mut tally = Tally::new().with_iterations(iterations);
    cases.into_iter().for_each(|case| tally.add(&case));
    tally.summary(text("run"), String::new(), RunStatus::Complete, Duration::ZERO)
}

#[test]
fn repeats_that_never_reached_the_agent_are_left_out() {
    use FailureKind::{Connect, Dns, Local, Proxy, Tls};
    use Outcome::{Failed, Interrupted, Stopped, Succeeded};
    let failed = |id, iteration, kind| repeat(id, iteration, Failed, Some(kind));
    let summary = repeats(
        3,
        [
            repeat("b", 0, Succeeded, None),
            repeat("b", 1, Stopped, None),
            failed("b", 2, Proxy),
            repeat("a", 0, Succeeded, None),
            repeat("a", 1, Succeeded, None),
            failed("a", 2, Connect),
            repeat("c", 0, Succeeded, None),
            failed("c", 1, Dns),
            failed("c", 2, Tls),
            failed("d", 0, Local),
            repeat("d", 1, Interrupted, None),
        ],
    );
    let facts = summary.repeats.expect("there are iterations");
    assert_eq!((facts.iterations, facts.inputs, facts.flaky), (3, 3, 1));
    assert_eq!(facts.flaky_inputs, [text("b")]);
    let third = 1.0 / 3.0;
    let [one, all] = [facts.one, facts.all].map(|it| it.expect("there are repeats"));
    assert_eq!((one.k, one.inputs, all.k, all.inputs), (1, 3, 3, 1));
    assert!((one.pass_at_k - (third + 2.0) / 3.0).abs() < 1e-6, "{one:?}");
    assert!((all.pass_at_k - 1.0).abs() < 1e-6 && all.pass_hat_k < 1e-6, "{all:?}");
}

#[test]
fn flaky_inputs_are_named_in_their_order() {
    let ids = ["c", "a", "b"];
    let summary = repeats(
        2,
        ids.into_iter().flat_map(|id| {
            let second = if id == "b" { Outcome::Succeeded } else { Outcome::Stopped };
            [repeat(id, 1, Outcome::Succeeded, None), repeat(id, 0, second, None)]
        }),
    );
    assert_eq!(summary.repeats.expect("iterations").flaky_inputs, [text("a"), text("c")]);
}

/// The interval of the share that passed, in thousandths.
#[track_caller]
fn check_passed(iterations: u32, cases: impl IntoIterator<Item = Trace>, expected: (f64, f64)) {
    let summary = repeats(iterations, cases);
    let interval = summary.intervals[&Metric::Passed].expect("there are cases");
    let thousandths = |end: Amount| (1_000.0 * end.as_f64()).round();
    assert_eq!((thousandths(interval.low), thousandths(interval.high)), expected);
}

#[test]
fn shares_of_iterations_have_the_interval_of_their_inputs() {
    let outcome = |good| if good { Outcome::Succeeded } else { Outcome::Stopped };
    let name = |number: u32| format!("{}{number}", char::from(b'a'));
    // Wilson (1927): 15 of 20.
    let single = (0..20).map(|number| repeat(&name(number), 0, outcome(number < 15), None));
    check_passed(1, single, (531.0, 888.0));
    let all = (0..20).flat_map(|number| {
        (0..9).map(move |iteration| repeat(&name(number), iteration, outcome(true), None))
    });
    // Repeats that agree prove no more than one of them: 20 of 20.
    check_passed(9, all, (839.0, 1_000.0));
}

#[test]
fn summaries_do_not_depend_on_order_or_grouping() {
    for seed in 0..8 {
        let mut rng = Rng::with_seed(seed);
        // More than a hundred are denied a retry now and then, and only a hundred are named.
        let cases = rng.u64(..2_000);
        let mut facts: Vec<Fact> =
            (0..cases).map(|place| Fact::Trace(Box::new(any_trace(&mut rng, place)))).collect();
        facts.extend((0..rng.usize(..9)).map(|_| Fact::Warning(any_warning(&mut rng))));
        facts.extend((0..rng.usize(..9)).map(|_| Fact::UnderWay(rng.u64(..99))));
        facts.extend((0..rng.usize(..3)).map(|_| Fact::EndedEarly(any_end(&mut rng))));
        // As one iteration, and as several.
        let iterations = rng.u32(1..4);
        let expected = summary(&fold(iterations, &facts));
        // As a resumed run does it: of records that were written and read back.
        facts = facts.into_iter().map(read_back).collect();
        for _ in 0..5 {
            assert_eq!(
                summary(&fold_in_groups(&mut rng, iterations, &mut facts)),
                expected,
                "seed {seed}"
            );
        }
    }
}
