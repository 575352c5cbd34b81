//! Outcome, verdict and exit code: what comes of a run.

use fluxloop_trace::{Outcome, Verdict};

/// One run of the program, and what comes of it. Every case asks for `one two three`, and is answered
/// by the same words.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// What the row shows.
    pub what: &'static str,
    /// What the configuration says about it, as YAML in flow style.
    pub config: &'static str,
    /// The mock's fault of each case; `none` is the answer as it should be.
    pub faults: &'static [&'static str],
    /// What the configuration says when the complete run is resumed, if it is.
    pub resumed: Option<&'static str>,
    /// Further arguments.
    pub args: &'static [&'static str],
    /// The outcome of the last case.
    pub outcome: Outcome,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether it passed.
    pub passed: bool,
    /// The exit code of the run.
    pub exit: i32,
}

const GOOD: &str = "none";
const BAD: &str = "status=503";

const fn row(
    what: &'static str,
    config: &'static str,
    (outcome, verdict): (Outcome, Verdict),
    exit: i32,
) -> Judged {
    let passed = matches!(
        (outcome, verdict),
        (Outcome::Succeeded | Outcome::Stopped, Verdict::Met) | (Outcome::Succeeded, Verdict::None)
    );
    Judged {
        what,
        config,
        faults: &[GOOD],
        resumed: None,
        args: &[],
        outcome,
        verdict,
        passed,
        exit,
    }
}

impl Judged {
    const fn of(self, faults: &'static [&'static str]) -> Self {
        Self { faults, ..self }
    }

    const fn resumed(self, config: &'static str) -> Self {
        Self { resumed: Some(config), ..self }
    }

    const fn exit_zero(self) -> Self {
        Self { args: &["--exit-zero"], ..self }
    }
}

const PLAIN: (Outcome, Verdict) = (Outcome::Succeeded, Verdict::None);
const MET: (Outcome, Verdict) = (Outcome::Succeeded, Verdict::Met);
const UNMET: (Outcome, Verdict) = (Outcome::Succeeded, Verdict::Unmet);
const FAILED: (Outcome, Verdict) = (Outcome::Failed, Verdict::None);

/// Every row.
pub const JUDGED: &[Judged] = &[
    row("nothing is expected", "{}", PLAIN, 0),
    row("what is expected is there", "{expect: [{contains: two}]}", MET, 0),
    row("what is expected is missing", "{expect: [{contains: four}]}", UNMET, 10),
    row(
        "one of two expectations is not met",
        "{expect: [{contains: two}, {characters: {at_most: 3}}]}",
        UNMET,
        10,
    ),
    row("the record does not say enough", "{}", (Outcome::Succeeded, Verdict::Unjudged), 10)
        .resumed("{expect: [{prefix: {characters: 3, within: 5s}}]}"),
    row("the case failed: nothing is judged", "{expect: [{contains: two}]}", FAILED, 10).of(&[BAD]),
    row(
        "cut by `output_char_limit`, which counts as success",
        "{expect: [{contains: one}], runner: {guards: {output_char_limit: 5}}}",
        (Outcome::Stopped, Verdict::Met),
        0,
    ),
    row(
        "the rest of a cut text is not known",
        "{expect: [{not_contains: four}], runner: {guards: {output_char_limit: 5}}}",
        (Outcome::Stopped, Verdict::Unmet),
        10,
    ),
    row(
        "stopped by `max_duration`, which does not count as success",
        "{expect: [{contains: one}], runner: {guards: {max_duration: 1s}}}",
        (Outcome::Stopped, Verdict::None),
        10,
    )
    .of(&["timeout:deltas=1"]),
    row("half of the cases may fail", "{thresholds: {success: 50%}}", FAILED, 0).of(&[GOOD, BAD]),
    row("too many cases failed", "{thresholds: {success: 60%}}", FAILED, 10).of(&[GOOD, BAD]),
    row(
        "no expectation has to be met, and cases have to succeed",
        "{expect: [{contains: four}], thresholds: {expectations: 0%}}",
        UNMET,
        0,
    ),
    row(
        "a time does not switch `success: 100%` off",
        "{thresholds: {first_token_p95: 1m}}",
        FAILED,
        10,
    )
    .of(&[GOOD, BAD]),
    row("a time that is kept", "{thresholds: {first_token_p95: 1m}}", PLAIN, 0),
    row("a time that is not kept", "{thresholds: {first_token_p95: 1us}}", PLAIN, 10),
    row("a threshold without data", "{thresholds: {expectations: 50%}}", PLAIN, 10),
    row("objectives alone decide nothing", "{slo: {first_token: 1us}}", PLAIN, 0),
    row(
        "unless a threshold says so",
        "{slo: {first_token: 1us}, thresholds: {slo_attainment: 90%}}",
        PLAIN,
        10,
    ),
    row(
        "a limit of `stop` ended the run",
        "{thresholds: {success: 0%}, stop: {failures: 1}}",
        FAILED,
        10,
    )
    .of(&[BAD, GOOD, GOOD]),
    row("`--exit-zero`", "{expect: [{contains: four}]}", UNMET, 0).exit_zero(),
    row("judged again by other expectations", "{expect: [{contains: four}]}", MET, 0)
        .resumed("{expect: [{contains: two}]}"),
];
