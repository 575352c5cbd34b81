//! Finds runs on disk: what `RUN` means, and `fluxloop runs`.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use fluxloop_config::find_output_directory;
use fluxloop_explain::counted;
use fluxloop_redact::Redactor;
use fluxloop_report::{ListedRun, runs_json, runs_table};
use fluxloop_store::{StoredRun, linked_run, remove_run, runs_in};
use jiff::Timestamp;

use crate::args::{LoadArgs, RunsArgs, RunsListArgs, RunsPruneArgs, RunsWhat};
use crate::errors::Ended;
use crate::exit::Exit;
use crate::resume::refused;
use crate::{confirm, findings, loading, output};

/// What names the newest run.
const LAST: &str = "last";

/// A run, as the user names it: its folder, or `last`.
#[derive(Clone, Debug)]
pub(crate) struct RunArg(PathBuf);

impl FromStr for RunArg {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.into()))
    }
}

impl RunArg {
    /// The folder of the run, in the project that `load` means where the run is `last`.
    pub(crate) fn folder(&self, load: &LoadArgs) -> Result<PathBuf, Ended> {
        let Self(path) = self;
        if path.as_os_str() != LAST || path.exists() {
            return Ok(linked_run(path).unwrap_or_else(|| path.clone()));
        }
        let parent = folder_of_runs(load, None)?;
        runs_in(&parent).into_iter().next().map(|run| output::shown_path(&run)).ok_or_else(|| {
            let what = format!("there is no run in `{}`", output::shown_path(&parent).display());
            let hint = "begin a run with `fluxloop run experiment`, or give the folder of a run";
            Ended::message(Exit::Configuration, what).hint(Some(hint))
        })
    }

    /// The folder of the run; `last` is the newest run of the project that is found from the current
    /// folder.
    pub(crate) fn folder_here(&self) -> Result<PathBuf, Ended> {
        self.folder(&LoadArgs::default())
    }
}

/// The folder in which the runs of a project are.
fn folder_of_runs(load: &LoadArgs, output: Option<&Path>) -> Result<PathBuf, Ended> {
    if let Some(output) = output {
        return Ok(output.to_owned());
    }
    let options = loading::options(load)?;
    find_output_directory(&options).map_err(|errors| findings::ended(&errors))
}

/// `fluxloop runs`.
pub(crate) fn run(args: &RunsArgs) -> Result<Exit, Ended> {
    match &args.what {
        RunsWhat::List(args) => list(args),
        RunsWhat::Prune(args) => prune(args),
    }
}

/// A run as far as it can be read.
fn listed(folder: &Path) -> ListedRun {
    let shown = output::shown_path(folder).display().to_string();
    // What stands in `summary.json` was masked when it was written.
    let read = StoredRun::open(folder, &Arc::new(Redactor::none()));
    ListedRun {
        folder: shown,
        file: read.map(|run| run.summary().clone()).map_err(|it| it.to_string()),
    }
}

fn list(args: &RunsListArgs) -> Result<Exit, Ended> {
    let parent = folder_of_runs(&args.load, args.output.as_deref())?;
    let folders = runs_in(&parent);
    let shown = args.limit.unwrap_or(usize::MAX).min(folders.len());
    let runs: Vec<ListedRun> = folders[..shown].iter().map(|folder| listed(folder)).collect();
    if args.json {
        output::result(runs_json(&runs));
        return Ok(Exit::Success);
    }
    let parent = output::shown_path(&parent);
    if runs.is_empty() {
        output::note(format_args!("there is no run in `{}`", parent.display()));
        return Ok(Exit::Success);
    }
    output::result(runs_table(&runs, output::stdout_style()).trim_end());
    if shown < folders.len() {
        output::note(format_args!("and {} more in `{}`", folders.len() - shown, parent.display()));
    }
    Ok(Exit::Success)
}

/// Removes the oldest runs.
fn prune(args: &RunsPruneArgs) -> Result<Exit, Ended> {
    let parent = folder_of_runs(&args.load, args.output.as_deref())?;
    let now = Timestamp::now();
    let old: Vec<PathBuf> = runs_in(&parent)
        .into_iter()
        .skip(args.keep.unwrap_or(0))
        .filter(|run| args.older.is_none_or(|age| is_older(run, now, age)))
        .collect();
    if old.is_empty() {
        output::note("no run is to be removed");
        return Ok(Exit::Success);
    }
    let count = counted(old.len() as u64, "run", "runs");
    for run in &old {
        output::result(output::shown_path(run).display());
    }
    if args.dry_run {
        output::note(format_args!("{count} would be removed; nothing was removed"));
        return Ok(Exit::Success);
    }
    if !confirm::write(&format!("remove {count} with all records?"), args.yes, output::can_ask()) {
        let hint = "add `--yes` where nobody can be asked, or see with `--dry-run` what would go";
        return Err(Ended::message(Exit::Failure, "nothing was removed").hint(Some(hint)));
    }
    for run in &old {
        remove_run(run).map_err(|error| refused(&error))?;
    }
    output::note(format_args!("removed {count}"));
    Ok(Exit::Success)
}

/// Whether a run began longer ago than `age`. A run whose date cannot be read is not old.
fn is_older(folder: &Path, now: Timestamp, age: Duration) -> bool {
    let run = StoredRun::open(folder, &Arc::new(Redactor::none())).ok();
    let began = run.and_then(|run| run.summary().summary.date.parse::<Timestamp>().ok());
    began.is_some_and(|began| now.duration_since(began).as_secs_f64() > age.as_secs_f64())
}
