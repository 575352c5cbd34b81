//! Words for the limit that ended a run early.

use fluxloop_trace::{Amount, EndedBy, EndedEarly};

use crate::count::counted;

/// What was reached, with the key and its value: a fragment.
pub fn ended_early(ended: &EndedEarly) -> String {
    let EndedEarly { by, limit, value, .. } = ended;
    let reached = number(*by, *limit, *value);
    // A count is whole, and its noun is that of one or of several.
    let whole = value.whole().unwrap_or_default();
    let cases = |one, many| counted(whole, one, many);
    let what = match by {
        EndedBy::FirstCases if whole == 1 => "the first case failed".to_owned(),
        EndedBy::FirstCases => format!("the first {} failed alike", cases("case", "cases")),
        EndedBy::SameFailures if whole == 1 => "a case failed".to_owned(),
        EndedBy::SameFailures => format!("{} in a row failed alike", cases("case", "cases")),
        EndedBy::NeverSucceeded => {
            format!("{} failed, and no case succeeded", cases("case", "cases"))
        }
        EndedBy::Late429 => {
            format!("the server answered 429 to {}", cases("case", "cases in a row"))
        }
        EndedBy::Failures if is_share(*limit) => format!("{reached} of the cases failed"),
        EndedBy::Failures => format!("{} failed", cases("case", "cases")),
        EndedBy::Requests => {
            format!("{} sent", cases("request was", "requests were"))
        }
        EndedBy::Duration => format!("{reached} are over"),
    };
    format!("{what} ({})", setting(ended))
}

/// How to go on for longer: a full imperative sentence. `cause` is what to do about the failure of
/// the case that reached the limit.
pub fn ended_early_remedy(ended: &EndedEarly, cause: Option<&str>) -> String {
    let key = ended.by.name();
    let cause = |before: &str| cause.map(|cause| format!("{before}{cause}")).unwrap_or_default();
    match ended.by {
        EndedBy::FirstCases => {
            // More than the limit have to fail only where their inputs may be the cause.
            let or_inputs = if ended.value > ended.limit { ", or the inputs" } else { "" };
            format!(
                "correct the configuration{or_inputs}{}; `stop.{key}: off` sends all cases without \
                 this check",
                cause(": ")
            )
        }
        EndedBy::Late429 => format!("go on after the wait; `stop.{key}: off` does not wait for it"),
        EndedBy::SameFailures | EndedBy::NeverSucceeded | EndedBy::Failures => format!(
            "remove the cause{}; or raise `stop.{key}`, or set it to `off`, to let a run go on for \
             longer",
            cause(": ")
        ),
        EndedBy::Requests | EndedBy::Duration => {
            format!("raise `stop.{key}`, or set it to `off`, to let a run go on for longer")
        }
    }
}

/// Whether a limit of failures is a share: a count is at least one, and no share of everything can
/// be exceeded.
fn is_share(limit: Amount) -> bool {
    limit < Amount::count(1)
}

/// The limit as the configuration has it: `` `stop.failures: 5%` ``.
fn setting(ended: &EndedEarly) -> String {
    let EndedEarly { by, limit, .. } = ended;
    format!("`stop.{by}: {}`", number(*by, *limit, *limit))
}

/// A number in the unit of its limit.
fn number(by: EndedBy, limit: Amount, value: Amount) -> String {
    let rounded = |number: f64| (number * 10.0).round() / 10.0;
    match by {
        EndedBy::Failures if is_share(limit) => {
            format!("{}%", rounded(value.as_f64() * 100.0))
        }
        EndedBy::Duration => format!("{}s", rounded(value.as_f64())),
        _ => rounded(value.as_f64()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(by: EndedBy, [limit, value]: [f64; 2], expected: &str) {
        let [limit, value] = [limit, value].map(Amount::part);
        assert_eq!(ended_early(&EndedEarly { by, limit, value, after_cases: 9 }), expected);
    }

    #[test]
    fn words_name_the_limit_as_it_is_written() {
        check(
            EndedBy::FirstCases,
            [3.0, 3.0],
            "the first 3 cases failed alike (`stop.first_cases: 3`)",
        );
        check(EndedBy::Failures, [0.05, 0.0612], "6.1% of the cases failed (`stop.failures: 5%`)");
        check(EndedBy::Failures, [7.0, 7.0], "7 cases failed (`stop.failures: 7`)");
        check(EndedBy::Duration, [600.0, 600.04], "600s are over (`stop.duration: 600s`)");
    }

    #[test]
    fn a_limit_of_one_has_one_noun() {
        let one = [1.0, 1.0];
        check(EndedBy::FirstCases, one, "the first case failed (`stop.first_cases: 1`)");
        check(EndedBy::SameFailures, one, "a case failed (`stop.same_failures: 1`)");
        check(EndedBy::Requests, one, "1 request was sent (`stop.requests: 1`)");
        check(EndedBy::Late429, one, "the server answered 429 to 1 case (`stop.late_429: 1`)");
    }

    #[test]
    fn the_remedy_begins_with_the_cause_of_the_failures() {
        let remedy = |by, value| {
            let [limit, value] = [3, value].map(Amount::count);
            ended_early_remedy(&EndedEarly { by, limit, value, after_cases: 9 }, Some("check x"))
        };
        for by in [EndedBy::SameFailures, EndedBy::NeverSucceeded, EndedBy::Failures] {
            assert!(remedy(by, 3).starts_with("remove the cause: check x; or raise `stop."));
        }
        let first = remedy(EndedBy::FirstCases, 3);
        assert!(first.starts_with("correct the configuration: check x; "), "{first}");
        let inputs = remedy(EndedBy::FirstCases, 6);
        assert!(inputs.starts_with("correct the configuration, or the inputs: check x; "));
        assert!(!remedy(EndedBy::Requests, 3).contains("check x"));
    }
}
