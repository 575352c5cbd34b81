//! `fluxloop show`: a run, or a case of a run.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use fluxloop_redact::Redactor;
use fluxloop_report::{case_line, case_page};
use fluxloop_store::{StoreError, StoredRun};
use fluxloop_trace::{RunEvent, RunStatus, Summary, Tally, Trace};
use jiff::Timestamp;

use crate::args::ShowRunArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::resume::refused;
use crate::run_experiment::summary_reporter;
use crate::{output, sinks};

pub(crate) fn run(args: &ShowRunArgs) -> Result<Exit, Ended> {
    let folder = args.run.folder_here()?;
    // What stands in the files of a run was masked when they were written.
    let stored = StoredRun::open(&folder, &Arc::new(Redactor::none()));
    let stored = stored.map_err(|error| refused(&error))?;
    match &args.case {
        Some(name) => case(&stored, name, args.json),
        None if args.failed => failed(&stored, args.json),
        None => whole(&stored, args.json),
    }
}

/// Does something with each record.
fn each_record(
    stored: &StoredRun,
    mut take: impl FnMut(Trace) -> Result<(), Ended>,
) -> Result<(), Ended> {
    let refused = |error: StoreError| refused(&error);
    for record in stored.records().map_err(refused)? {
        let (_, trace) = record.map_err(refused)?;
        take(trace)?;
    }
    Ok(())
}

/// A record as a line of JSON.
fn json(trace: &Trace) -> Result<String, Ended> {
    serde_json::to_string(trace).map_err(|error| Ended::new(Exit::Failure, &error))
}

/// Whether a name means a case: that of the case, of its input, or of its trace.
fn is_named(trace: &Trace, name: &str) -> bool {
    let id = &trace.case_id;
    id.input_id.as_str() == name || trace.trace_id == name || id.to_string() == name
}

fn case(stored: &StoredRun, name: &str, as_json: bool) -> Result<Exit, Ended> {
    let mut found = 0;
    each_record(stored, |trace| {
        if is_named(&trace, name) {
            if as_json {
                output::result(json(&trace)?);
            } else {
                let gap = if found == 0 { "" } else { "\n" };
                let page = case_page(&trace, output::stdout_style());
                output::result(format_args!("{gap}{}", page.trim_end()));
            }
            found += 1;
        }
        Ok(())
    })?;
    if found > 0 {
        return Ok(Exit::Success);
    }
    let what = format!("no closed case of `{}` is named `{name}`", stored.path().display());
    let hint = "name it as `ID/ITERATION`, `ID` for all iterations, or by its trace id; \
                `fluxloop show RUN --failed` lists the cases that did not pass";
    Err(Ended::message(Exit::Configuration, what).hint(Some(hint)))
}

fn failed(stored: &StoredRun, as_json: bool) -> Result<Exit, Ended> {
    let mut results = output::results();
    let mut found: u64 = 0;
    each_record(stored, |trace| {
        if !trace.passed() {
            found += 1;
            let line =
                if as_json { json(&trace)? } else { case_line(&trace, output::stdout_style()) };
            // A reader that has gone away is no fault of ours.
            let _ = writeln!(results, "{line}");
        }
        Ok(())
    })?;
    let _ = results.flush();
    if found == 0 && !as_json {
        output::note("every closed case passed");
    }
    Ok(Exit::Success)
}

fn whole(stored: &StoredRun, as_json: bool) -> Result<Exit, Ended> {
    let file = stored.summary();
    if as_json {
        let summary = match file.summary.status {
            RunStatus::Running => counted(stored)?,
            _ => file.summary.clone(),
        };
        let file = fluxloop_trace::SummaryFile { summary, ..file.clone() };
        let json = serde_json::to_string_pretty(&file);
        output::result(json.map_err(|error| Ended::new(Exit::Failure, &error))?);
        return Ok(Exit::Success);
    }
    let redactor = Redactor::none();
    let mut reporter = summary_reporter(stored.path(), &redactor);
    if file.source.is_some() {
        reporter = reporter.of_replay();
    }
    let mut show = sinks::Show::result(reporter);
    let mut show = |event| sinks::show_event(&mut show, event);
    let name = file.summary.name.clone();
    // How many cases there were to be is known of a run that has all of them.
    let is_whole = file.summary.status == RunStatus::Complete;
    let total = is_whole.then_some(file.summary.results.total_runs);
    show(RunEvent::RunStarted { name, total, closed: 0 })?;
    each_record(stored, |trace| show(RunEvent::CaseRestored(Arc::new(trace))))?;
    let summary = match file.summary.status {
        RunStatus::Running => {
            output::note("this run goes on, or it was killed: these are the cases that are closed");
            counted(stored)?
        }
        _ => file.summary.clone(),
    };
    show(RunEvent::RunFinished(Arc::new(summary)))?;
    Ok(Exit::Success)
}

/// The figures of the cases that are closed by now.
fn counted(stored: &StoredRun) -> Result<Summary, Ended> {
    let so_far = &stored.summary().summary;
    let mut tally = Tally::new().with_any_iterations();
    let began = so_far.date.parse::<Timestamp>().ok();
    let mut end = began;
    each_record(stored, |trace| {
        let due = trace.last_turn().and_then(|turn| turn.timings.scheduled_at.parse().ok());
        let due: Option<Timestamp> = due;
        let closed = due.map(|due| due + Duration::from_nanos(trace.duration_ms.as_nanos()));
        end = end.max(closed);
        tally.add(&trace);
        Ok(())
    })?;
    let elapsed = began.zip(end).and_then(|(began, end)| end.duration_since(began).try_into().ok());
    let (name, date) = (so_far.name.clone(), so_far.date.clone());
    Ok(tally.summary(name, date, RunStatus::Running, elapsed.unwrap_or_default()))
}
