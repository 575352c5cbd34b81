//! Words for the limit that ended a run early.

use fluxloop_trace::{Amount, EndedBy, EndedEarly};

/// What was reached, with the key and its value: a fragment.
pub fn ended_early(ended: &EndedEarly) -> String {
    let EndedEarly { by, limit, value, .. } = ended;
    let reached = number(*by, *limit, *value);
    let what = match by {
        EndedBy::FirstCases => format!("the first {reached} cases failed alike"),
        EndedBy::SameFailures => format!("{reached} cases in a row failed alike"),
        EndedBy::NeverSucceeded => format!("{reached} cases failed, and none succeeded"),
        EndedBy::Late429 => format!("the server answered 429 to {reached} cases in a row"),
        EndedBy::Failures => format!("{reached} of the cases failed"),
        EndedBy::Requests => format!("{reached} requests were sent"),
        EndedBy::Duration => format!("{reached} are over"),
    };
    format!("{what} ({})", setting(ended))
}

/// How to go on for longer: a full imperative sentence.
pub fn ended_early_remedy(ended: &EndedEarly) -> String {
    let key = ended.by.name();
    match ended.by {
        EndedBy::FirstCases => {
            format!(
                "correct the configuration; `stop.{key}: off` sends all cases without this check"
            )
        }
        EndedBy::Late429 => format!("go on after the wait; `stop.{key}: off` does not wait for it"),
        _ => format!("raise `stop.{key}`, or set it to `off`, to let a run go on for longer"),
    }
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
        // A count is at least one, and no share of everything can be exceeded.
        EndedBy::Failures if limit < Amount::count(1) => {
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
        check(EndedBy::Failures, [7.0, 7.0], "7 of the cases failed (`stop.failures: 7`)");
        check(EndedBy::Duration, [600.0, 600.04], "600s are over (`stop.duration: 600s`)");
    }
}
