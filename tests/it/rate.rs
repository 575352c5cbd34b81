//! An open loop: cases begin when they are due, however long answers take.

use serde_json::Value;

use crate::support::{Project, Server};

/// Ten inputs at this rate.
fn project(url: &str, simulation: &str) -> Project {
    Project::new(&format!(
        "base_inputs: [a, b, c, d, e, f, g, h, i, j]\nsimulation: {{{simulation}}}\nseed: 7\n\
         runner:\n  guards: {{max_duration: 1200ms}}\n  http:\n    url: {url}\n    \
         stream: sse\n    stream_output_path: delta\n"
    ))
}

/// A time of each case in the order of the inputs, in microseconds since the first case was due.
fn times(traces: &[Value], name: &str) -> Vec<i64> {
    let at = |trace: &Value, name: &str| {
        let time = trace["turns"][0]["timings"][name].as_str().expect("a time");
        time.parse::<jiff::Timestamp>().expect("ISO 8601").as_microsecond()
    };
    let first = at(&traces[0], "scheduled_at");
    traces.iter().map(|trace| at(trace, name) - first).collect()
}

/// What the summary says about the rate.
fn warning(project: &Project) -> Option<String> {
    let summary = project.json("summary.json");
    let warnings = summary["warnings"].as_array().cloned().unwrap_or_default();
    let mut texts = warnings.iter().map(|it| it["message"].as_str().expect("text").to_owned());
    texts.find(|text| text.contains("later than they were due"))
}

#[test]
fn cases_are_due_at_equal_gaps_and_begin_no_sooner() {
    let server = Server::echo();
    let project = project(&server.url("/chat"), "rate: 20/s, parallelism: 10");
    project.run(&[]).exits(0);
    let traces = project.traces();
    let due = times(&traces, "scheduled_at");
    assert_eq!(due, (0..10).map(|case| case * 50_000).collect::<Vec<_>>());
    let sent = times(&traces, "sent_at");
    assert!(due.iter().zip(&sent).all(|(due, sent)| due <= sent), "{sent:?}");
    assert_eq!(warning(&project), None, "{sent:?}");
}

#[test]
fn slow_answers_do_not_move_the_schedule_but_are_told_and_counted() {
    let server = Server::script(
        r#"{"answers": [{"steps": [{"pause": "150ms"},
            {"event": {"type": "message", "data": {"delta": "slow"}}}]}]}"#,
    );
    let project = project(&server.url("/chat"), "rate: 600/min");
    let finished = project.run(&["--set", "simulation.rate=3000/min"]).exits(0);
    let traces = project.traces();
    let due = times(&traces, "scheduled_at");
    assert_eq!(due, (0..10).map(|case| case * 20_000).collect::<Vec<_>>());

    // The last case waited for nine others: that is in its duration, but neither in the times of
    // its attempt nor what its guard counts.
    let last = &traces[9];
    let (duration, attempt) = (&last["duration_ms"], &last["turns"][0]["timings"]["total_ms"]);
    assert!(duration.as_f64() >= Some(10.0 * 150.0 - 180.0), "{duration}");
    assert!(attempt.as_f64() < Some(1200.0), "{attempt}");

    finished.says(&["of 10 cases began later than they were due, by up to"]);
    let warning = warning(&project).expect("the summary says that the rate was not reached");
    assert!(warning.contains("asked for 3000/min, reached"), "{warning}");
    assert!(warning.contains("all 1 that `parallelism` allows were under way"), "{warning}");
}

#[test]
fn a_pause_of_the_server_makes_every_later_case_as_late_as_it_was_long() {
    let server = Server::script(
        r#"{"answers": [{"status": 429, "headers": {"retry-after": "0.5"}, "steps": []},
            {"steps": [{"event": {"type": "message", "data": {"delta": "ok"}}}]}]}"#,
    );
    let project = project(&server.url("/chat"), "rate: 20/s, parallelism: 10");
    project.run(&[]).exits(0);
    let traces = project.traces();
    let (due, sent) = (times(&traces, "scheduled_at"), times(&traces, "sent_at"));
    assert_eq!(due, (0..10).map(|case| case * 50_000).collect::<Vec<_>>());
    // The first case that the pause held had been due within a gap after the 429.
    assert!(sent[9] - due[9] >= 450_000, "{sent:?}");
    let warning = warning(&project).expect("the summary says that the rate was not kept");
    assert!(
        warning.ends_with(
            "the server answered 429, and everybody waited as long as it asked; lower `rate`"
        ),
        "{warning}"
    );
}

#[test]
fn poisson_arrivals_are_those_of_the_seed() {
    let server = Server::echo();
    let due = |seed: &str| {
        let keys = "rate: 200/s, arrival: poisson, parallelism: 10";
        let project = project(&server.url("/chat"), keys);
        project.run(&["--set", seed]).exits(0);
        times(&project.traces(), "scheduled_at")
    };
    let first = due("seed=7");
    assert!(first.is_sorted(), "{first:?}");
    assert_eq!(first.len(), 10);
    let again = due("seed=7");
    // Two runs do not begin at the same fraction of a microsecond.
    assert!(first.iter().zip(&again).all(|(one, other)| one.abs_diff(*other) <= 1), "{again:?}");
    assert_ne!(first, due("seed=8"));
}
