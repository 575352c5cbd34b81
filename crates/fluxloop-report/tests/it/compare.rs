//! The comparison of two runs, as it is shown.

use std::time::Duration;

use fluxloop_compare::{Comparison, Condition, Facts, Group, Run, Setting, TextDiff, TextPart};
use fluxloop_redact::{Masked, Redactor};
use fluxloop_report::{
    Compared, ComparedRun, Example, Side, Style, comparison_json, comparison_markdown,
    comparison_screen,
};
use fluxloop_trace::{Milliseconds, RunStatus, SummaryFile, Tally};

const WIDE: Style = Style { color: false, unicode: true, width: 100 };
const COLORED: Style = Style { color: true, ..WIDE };
const NARROW: Style = Style { color: false, unicode: false, width: 60 };

fn file(name: &'static str) -> SummaryFile {
    let (name, date) = (Masked::from_static(name), "2026-11-21T09:15:00Z".to_owned());
    let summary = Tally::new().summary(name, date, RunStatus::Complete, Duration::from_secs(9));
    SummaryFile {
        proxy: None,
        total_runs: 0,
        success_rate: 0.0,
        avg_duration_ms: Milliseconds::default(),
        errors: Vec::new(),
        mock: false,
        source: None,
        config_hash: String::new(),
        inputs_hash: String::new(),
        config: serde_json::json!({}),
        summary,
    }
}

/// Two runs of inputs with this many repeats: the second is slower, fails in some inputs, and is
/// right in one that failed before.
fn runs(repeats: u32) -> [Run; 2] {
    let mut runs = [Run::default(), Run::default()];
    for number in 0..120_u32 {
        let id = Redactor::none().mask(&format!("q-{number}"));
        for (run, (factor, failed)) in
            runs.iter_mut().zip([(1.0, number == 7), (1.3, (20..32).contains(&number))])
        {
            for iteration in 0..repeats {
                let time = 300.0 + f64::from(number * 37 % 100);
                let facts = Facts {
                    iteration,
                    case_index: u64::from(number),
                    passed: !failed,
                    success: !failed,
                    first_token: Some(Milliseconds::from_millis(time * factor)),
                    duration: Milliseconds::from_millis(4.0 * time * factor),
                    output_tokens: Some(200),
                    text: u128::from(number == 50 && factor > 1.0),
                    ..Facts::default()
                };
                run.add(&id, "h", facts);
            }
        }
    }
    let extra = Redactor::none().mask("only here");
    runs[1].add(&extra, "h", Facts::default());
    runs
}

/// An example with text from outside that does what it can.
fn example(group: Group, rate: Option<(u64, u64)>) -> Example {
    let side = |ended: &str| Side {
        facts: Facts { output_tokens: Some(200), ..Facts::default() },
        rate,
        ended: ended.to_owned(),
        tools: "no tool".to_owned(),
    };
    let parts = vec![
        TextPart::LeftOut,
        TextPart::Same("the answer ".to_owned()),
        TextPart::Removed("is 42\n".to_owned()),
        TextPart::Added("is \u{1b}[2J``` 41 ".to_owned()),
        TextPart::Same("and no other".to_owned()),
    ];
    Example {
        group,
        id: "q-20 `\u{202e}".to_owned(),
        sides: [side("succeeded"), side("failed (status): the server answered 503\n@all")],
        text: (group == Group::Changed).then_some(TextDiff { parts, is_cut: true }),
    }
}

/// Shows a comparison of runs with this many repeats.
fn shown(repeats: u32, show: impl Fn(&Compared<'_>) -> String) -> String {
    let [a, b] = runs(repeats);
    let comparison = Comparison::of(&a, &b, 1);
    let rate = (repeats > 1).then_some((3, 5));
    let examples = [example(Group::Regressions, rate), example(Group::Changed, rate)];
    let setting = |name: &str, a: Option<&str>, b: Option<&str>| Setting {
        name: name.to_owned(),
        a: a.map(str::to_owned),
        b: b.map(str::to_owned),
    };
    let settings =
        [setting("runner.http.timeout", Some("5s"), None), setting("inputs", None, None)];
    let conditions = ["regressions > 20", "first_token_p95 > +10%", "duration_p99 > +1s"];
    let conditions = conditions.map(|text| {
        text.parse::<Condition>().expect("it is a condition").judge(&comparison, (&a, &b), 1)
    });
    let files = [file("monday"), file("tuesday")];
    show(&Compared {
        runs: [
            ComparedRun { folder: "runs/monday", file: &files[0], run: &a },
            ComparedRun { folder: "runs/tuesday", file: &files[1], run: &b },
        ],
        comparison: &comparison,
        settings: &settings,
        examples: &examples,
        conditions: &conditions,
    })
}

#[test]
fn the_screen_of_single_cases() {
    insta::assert_snapshot!(shown(1, |compared| comparison_screen(compared, WIDE)));
}

#[test]
fn the_screen_of_repeats() {
    insta::assert_snapshot!(shown(5, |compared| comparison_screen(compared, WIDE)));
}

#[test]
fn the_screen_fits_a_narrow_terminal_without_unicode() {
    let screen = shown(1, |compared| comparison_screen(compared, NARROW));
    let widest = screen.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(60), "{screen}");
    insta::assert_snapshot!(screen);
}

#[test]
fn the_screen_in_color() {
    let screen = shown(1, |compared| comparison_screen(compared, COLORED));
    insta::assert_snapshot!(screen.replace('\u{1b}', "ESC"));
}

#[test]
fn markdown_of_single_cases() {
    insta::assert_snapshot!(shown(1, comparison_markdown));
}

#[test]
fn json_of_repeats() {
    let json: serde_json::Value =
        serde_json::from_str(&shown(5, comparison_json)).expect("it is JSON");
    let groups = json["groups"].as_object().expect("an object").keys();
    assert_eq!(groups.count(), 6);
    let mut json = json;
    json["groups"] = "left out".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).expect("it is JSON"));
}
