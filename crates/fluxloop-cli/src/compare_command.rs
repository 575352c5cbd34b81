//! `fluxloop compare`: two runs of the same inputs.

use std::path::Path;
use std::sync::Arc;

use fluxloop_compare::{Comparison, Condition, Judged, Run, setting_differences};
use fluxloop_redact::Redactor;
use fluxloop_report::{
    Compared, ComparedRun, Example, comparison_json, comparison_markdown, comparison_screen,
};
use fluxloop_store::{StoreError, StoredRun, write_private};

use crate::args::CompareArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;
use crate::resume::refused;

/// What chance begins with: two comparisons of the same runs give the same figures.
pub(crate) const SEED: u64 = 1;

/// What stands for standard output.
const STDOUT: &str = "-";

pub(crate) fn run(args: &CompareArgs) -> Result<Exit, Ended> {
    let conditions = conditions(&args.fail_on)?;
    let to_stdout = args.markdown.as_deref() == Some(Path::new(STDOUT));
    if args.json && to_stdout {
        let message = "`--json` and `--markdown -` both write to standard output";
        let hint = "write Markdown to a file: `--markdown FILE`";
        return Err(Ended::message(Exit::Usage, message).hint(Some(hint)));
    }
    let [a, b] = [&args.a, &args.b].map(|run| open(&run.folder_here()?));
    let (a, b) = (a?, b?);
    let comparison = Comparison::of(&a.run, &b.run, SEED);
    let judged: Vec<Judged> = conditions
        .into_iter()
        .map(|condition| condition.judge(&comparison, (&a.run, &b.run), SEED))
        .collect();
    let examples = examples(&comparison, &a, &b).map_err(|error| refused(&error))?;
    let settings = setting_differences((a.stored.summary(), &a.run), (b.stored.summary(), &b.run));
    let compared = Compared {
        runs: [a.compared(), b.compared()],
        comparison: &comparison,
        settings: &settings,
        examples: &examples,
        conditions: &judged,
    };

    if let Some(file) = args.markdown.as_deref().filter(|_| !to_stdout) {
        write_private(file, comparison_markdown(&compared).as_bytes())
            .map_err(|error| Ended::new(Exit::Failure, &error).hint(error.hint()))?;
    }
    if args.json {
        output::result(comparison_json(&compared));
    } else if to_stdout {
        output::result(comparison_markdown(&compared).trim_end());
    } else {
        output::result(comparison_screen(&compared, output::stdout_style()).trim_end());
    }
    let fails = judged.iter().any(Judged::fails);
    Ok(if fails { Exit::CasesFailed } else { Exit::Success })
}

/// The conditions of `--fail-on`.
fn conditions(texts: &[String]) -> Result<Vec<Condition>, Ended> {
    let parsed = texts.iter().map(|text| {
        text.parse::<Condition>().map_err(|error| {
            Ended::message(Exit::Usage, format!("`--fail-on`: {error}")).hint(Some(error.hint()))
        })
    });
    parsed.collect()
}

/// A run and the facts about its cases.
pub(crate) struct Opened {
    pub(crate) folder: String,
    pub(crate) stored: StoredRun,
    pub(crate) run: Run,
}

impl Opened {
    pub(crate) fn compared(&self) -> ComparedRun<'_> {
        let Self { folder, stored, run } = self;
        ComparedRun { folder, file: stored.summary(), run }
    }
}

/// Reads the run in a folder. What stands in records was masked when they were made.
fn open(folder: &Path) -> Result<Opened, Ended> {
    let read = || {
        let stored = StoredRun::open(folder, &Arc::new(Redactor::none()))?;
        let mut run = Run::default();
        for record in stored.records()? {
            let (place, trace) = record?;
            run.add_trace(&trace, place);
        }
        Ok((stored, run))
    };
    let (stored, run) = read().map_err(|error: StoreError| refused(&error))?;
    Ok(Opened { folder: output::shown_path(folder).display().to_string(), stored, run })
}

/// The inputs that are shown with their answers.
pub(crate) fn examples(
    comparison: &Comparison,
    a: &Opened,
    b: &Opened,
) -> Result<Vec<Example>, StoreError> {
    let shown = comparison.shown(&a.run, &b.run).into_iter();
    let read = shown.map(|shown| {
        let [one, other] = shown.cases;
        let one = a.stored.record_at(one.place)?;
        let other = b.stored.record_at(other.place)?;
        Ok(Example::new(shown, (&a.run, &b.run), [&one, &other]))
    });
    read.collect()
}
