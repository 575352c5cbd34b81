//! `fluxloop report`, and the page at the end of a run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use fluxloop_compare::{Comparison, Run, setting_differences};
use fluxloop_config::LoadOptions;
use fluxloop_html::{Arrival, Compared, Page, Recorded, RunCases, RunPage, WARN_BYTES};
use fluxloop_recording::RecordedCase;
use fluxloop_redact::Redactor;
use fluxloop_report::{Compared as ComparedRuns, bytes, comparison_json};
use fluxloop_runner::Replayer;
use fluxloop_store::{PastRecording, StoreError, StoredRun, write_private};
use fluxloop_trace::Trace;
use uuid::Uuid;

use crate::args::LoadArgs;
use crate::compare_command::{Opened, SEED, examples};
use crate::errors::Ended;
use crate::exit::Exit;
use crate::resume::refused;
use crate::runs::RunArg;
use crate::{loading, output};

const REPORT_EXAMPLES: &str = "\
Examples:
  fluxloop report experiments/exp_20260102_030405
  fluxloop report experiments/exp_20260102_030405 experiments/exp_20260103_030405 -o compared.html";

#[derive(Args, Debug)]
#[command(after_help = REPORT_EXAMPLES)]
pub(crate) struct ReportArgs {
    /// The folder of the run, or `last`; with a second run, both are compared
    #[arg(value_name = "RUN", required = true, num_args = 1..=2)]
    pub(crate) runs: Vec<RunArg>,
    /// Write the page to FILE [default: report.html in the folder of the run; of two runs, in the
    /// current folder]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Where the page about two runs goes, unless the user names another file.
const FILE: &str = "report.html";

pub(crate) fn run(args: &ReportArgs) -> Result<Exit, Ended> {
    // What stands in records was masked when they were made.
    let redactor = Arc::new(Redactor::none());
    let open = |folder: &PathBuf| Reported::open(folder, &redactor).map_err(|it| refused(&it));
    let folders = args.runs.iter().map(RunArg::folder_here).collect::<Result<Vec<_>, _>>()?;
    if let [only] = folders.as_slice()
        && let Some(page) = of_other_version(only, &redactor)
    {
        let default = only.join(FILE);
        return finish(page, args.output.as_deref().unwrap_or(&default));
    }
    let mut runs = folders.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let default = match runs.as_slice() {
        [only] => only.stored.report_path(),
        _ => PathBuf::from(FILE),
    };
    let page = match (runs.pop(), runs.pop()) {
        (Some(b), Some(a)) => both(a, b).map_err(|error| refused(&error))?,
        (Some(only), None) => Page::of(only.page(&[]).map_err(|error| refused(&error))?),
        (None, _) => return Ok(Exit::Usage),
    };
    finish(page, args.output.as_deref().unwrap_or(&default))
}

/// The page about a run that another version made, which says so.
fn of_other_version(folder: &Path, redactor: &Arc<Redactor>) -> Option<Page> {
    let error = StoredRun::open(folder, redactor).err()?;
    let StoreError::OtherVersion { found, ours, .. } = error else { return None };
    let shown = output::shown_path(folder).display().to_string();
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
    let why = format!(
        "Its files have the layout of version {found}, and this program reads version {ours}: the \
         page lacks every case. The program that made the run can show it."
    );
    Some(Page::of(RunPage::unreadable(&shown, redactor.mask(&name), why)))
}

/// Writes the page, and says where it is.
fn finish(page: Page, file: &Path) -> Result<Exit, Ended> {
    let size = write(page, file).map_err(|it| Ended::new(Exit::Failure, &it).hint(it.hint()))?;
    if size > WARN_BYTES {
        let size = bytes(size as u64);
        output::warning(format_args!("the page has {size}, which is slow to send and to open"));
    }
    output::result(output::shown_path(file).display());
    Ok(Exit::Success)
}

/// Writes the page of a run that has just ended into its folder, if there is a redactor for it. A
/// page that cannot be written is a warning: the run itself is whole.
pub(crate) fn at_end(folder: &Path, redactor: Option<&Arc<Redactor>>) {
    let Some(redactor) = redactor else { return };
    let written = Reported::open(folder, redactor).and_then(|run| {
        let file = run.stored.report_path();
        write(Page::of(run.page(&[])?), &file)
    });
    if let Err(error) = written {
        let error = Ended::new(Exit::Failure, &error).masked(redactor);
        output::warning(format_args!("report.html was not written: {}", error.text()));
    }
}

/// Writes the page; gives its size in bytes.
fn write(page: Page, file: &Path) -> Result<usize, StoreError> {
    let mut html = Vec::new();
    page.write(&mut html).map_err(|source| StoreError::Io {
        action: fluxloop_store::Action::Write,
        path: file.to_owned(),
        source,
    })?;
    write_private(file, &html)?;
    Ok(html.len())
}

/// A page of two runs.
fn both(a: Reported, b: Reported) -> Result<Page, StoreError> {
    let [a, b] = [a, b].map(Reported::with_facts);
    let (a, b) = (a?, b?);
    let comparison = Comparison::of(&a.run, &b.run, SEED);
    let settings = setting_differences((a.stored.summary(), &a.run), (b.stored.summary(), &b.run));
    let examples = examples(&comparison, &a, &b)?;
    let json = comparison_json(&ComparedRuns {
        runs: [a.compared(), b.compared()],
        comparison: &comparison,
        settings: &settings,
        examples: &examples,
        conditions: &[],
    });
    let compared = Compared::new(json, &comparison, (&a.run, &b.run));
    let [of_a, of_b] = compared.of_interest();
    let a = Reported { folder: a.folder, stored: a.stored }.page(&of_a)?;
    let b = Reported { folder: b.folder, stored: b.stored }.page(&of_b)?;
    Ok(Page::of_two(a, b, compared))
}

/// A run that a page is made of.
struct Reported {
    folder: String,
    stored: StoredRun,
}

impl Reported {
    fn open(folder: &Path, redactor: &Arc<Redactor>) -> Result<Self, StoreError> {
        let shown = output::shown_path(folder).display().to_string();
        let folder_name = redactor.mask(&shown).to_string();
        Ok(Self { folder: folder_name, stored: StoredRun::open(folder, redactor)? })
    }

    /// The same with what a comparison needs.
    fn with_facts(self) -> Result<Opened, StoreError> {
        let Self { folder, stored } = self;
        let mut run = Run::default();
        for record in stored.records()? {
            let (place, trace) = record?;
            run.add_trace(&trace, place);
        }
        Ok(Opened { folder, stored, run })
    }

    /// Reads all records for the columns, and then those whose texts the page has. Those with the
    /// indices in `first` come first.
    fn page(&self, first: &[u64]) -> Result<RunPage, StoreError> {
        let mut cases = RunCases::new();
        for record in self.stored.records()? {
            let (place, trace) = record?;
            cases.add(&trace, place);
        }
        let mut answers = Answers::open(&self.stored)?;
        for place in cases.choose(first) {
            let trace = self.stored.record_at(place)?;
            let recorded = answers.as_mut().and_then(|answers| answers.of(&trace));
            cases.add_texts(&trace, recorded.as_ref());
        }
        Ok(RunPage::of_file(&self.folder, self.stored.summary(), cases))
    }
}

/// The recorded answers of a run, and the rules by which they were read.
struct Answers {
    recording: PastRecording,
    rules: Option<Replayer>,
}

impl Answers {
    fn open(stored: &StoredRun) -> Result<Option<Self>, StoreError> {
        let Some(recording) = stored.recording()? else { return Ok(None) };
        Ok(Some(Self { recording, rules: rules(stored.path()) }))
    }

    /// What was recorded of a case; `None` where nothing was, or it cannot be read.
    fn of(&mut self, trace: &Trace) -> Option<Recorded> {
        let id = trace.trace_id.parse::<Uuid>().ok()?;
        let case: RecordedCase = self.recording.read(id.as_u128())?.ok()?;
        let arrivals = self.rules.as_ref().map(|rules| rules.arrivals(&case)).unwrap_or_default();
        let arrivals: Vec<Vec<Arrival>> = arrivals
            .into_iter()
            .map(|all| all.into_iter().map(|(at, length)| Arrival { at, length }).collect())
            .collect();
        Some(Recorded::new(&case, &arrivals))
    }
}

/// The rules of a run, as its folder has them. Without them the page does not show when the pieces of
/// a text came.
fn rules(folder: &Path) -> Option<Replayer> {
    let options = loading::options_of_run(folder, &LoadArgs::default()).ok()?;
    let options = LoadOptions { mock: true, dry_run: true, ..options };
    let loaded = fluxloop_config::load(&options).ok()?;
    Some(Replayer::new(loaded.plan))
}
