//! `fluxloop export`, and the exports at the end of a run.

mod args;
mod at_end;
mod collector;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_config::Environment;
use fluxloop_export::{ExportError, Exporter, JobSummary, Options, exporter};
use fluxloop_redact::Redactor;
use fluxloop_store::{PrivateFile, StoreError, StoredRun, append_text};
use fluxloop_trace::ExportKind;

pub(crate) use self::args::ExportArgs;
pub(crate) use self::at_end::AtEnd;
use self::collector::Collector;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;
use crate::resume::refused;

/// What stands for standard output.
const STDOUT: &str = "-";

/// The file to which GitHub Actions wants the summary of a step to be appended.
const JOB_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

pub(crate) fn run(args: &ExportArgs) -> Result<Exit, Ended> {
    let folder = args.run.folder_here()?;
    let target = Target::of(args, &folder, &Environment::from_process())?;
    let options = Options { content: args.content };
    Export { run: open(&folder)?, options }.to(&target)?;
    Ok(Exit::Success)
}

/// Where an export goes.
#[derive(Debug)]
enum Target {
    /// To standard output.
    Printed(ExportKind),
    /// Into a file.
    File(ExportKind, PathBuf),
    /// Annotations to standard output, the job summary to the end of a file.
    Github(Option<PathBuf>),
    /// To a collector.
    Collector(Collector),
}

impl Target {
    fn of(args: &ExportArgs, folder: &Path, environment: &Environment) -> Result<Self, Ended> {
        let kind = args.to;
        let takes_content = matches!(kind, ExportKind::Otlp | ExportKind::Vllm);
        if args.content && !takes_content {
            return Err(wrong_use("`--content` is for `--to otlp` and `--to vllm`"));
        }
        if args.endpoint.is_some() && kind != ExportKind::Otlp {
            return Err(wrong_use("`--endpoint` is for `--to otlp`"));
        }
        let to_stdout = args.output.as_deref() == Some(Path::new(STDOUT));
        let output = args.output.clone().filter(|_| !to_stdout);
        match kind {
            ExportKind::Otlp if args.output.is_some() => {
                Err(wrong_use("`--to otlp` is sent to a collector: it has no `--output`"))
            }
            ExportKind::Otlp => {
                Collector::new(args.endpoint.as_deref(), environment).map(Self::Collector)
            }
            ExportKind::Github if to_stdout => Ok(Self::Github(None)),
            ExportKind::Github => Ok(Self::Github(output.or_else(|| job_summary(environment)))),
            _ if to_stdout && !kind.is_text() => {
                let message = format!("`{kind}` is not text, and cannot be printed");
                let hint = "name a file with `--output`, or take `--output -` out";
                Err(Ended::message(Exit::Usage, message).hint(Some(hint)))
            }
            _ if to_stdout => Ok(Self::Printed(kind)),
            _ => {
                let in_run = || Some(folder.join(kind.file_name()?));
                let path = output.or_else(in_run);
                path.map(|path| Self::File(kind, path))
                    .ok_or_else(|| wrong_use("name a file with `--output`"))
            }
        }
    }
}

fn wrong_use(message: &str) -> Ended {
    Ended::message(Exit::Usage, message)
}

/// The file of the job summary, on a runner of GitHub Actions.
fn job_summary(environment: &Environment) -> Option<PathBuf> {
    let path = environment.get(JOB_SUMMARY)?.expose();
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// Reads the run in a folder. What stands in records was masked when they were made.
fn open(folder: &Path) -> Result<StoredRun, Ended> {
    StoredRun::open(folder, &Arc::new(Redactor::none())).map_err(|error| refused(&error))
}

/// A run that is exported.
struct Export {
    run: StoredRun,
    options: Options,
}

impl Export {
    fn to(&self, target: &Target) -> Result<(), Ended> {
        match target {
            Target::Printed(kind) => self.print(*kind),
            Target::File(kind, path) => self.write(*kind, path),
            Target::Github(summary) => self.annotate(summary.as_deref()),
            Target::Collector(collector) => self.send(collector),
        }
    }

    /// Gives each case to an exporter, and ends it.
    fn feed(&self, mut exporter: Box<dyn Exporter + '_>) -> Result<(), Failed> {
        self.run.each_in_input_order(|trace| Ok::<_, Failed>(exporter.case(trace)?))?;
        Ok(exporter.finish()?)
    }

    fn exporter<'w>(
        &'w self,
        kind: ExportKind,
        out: impl Write + Send + 'w,
    ) -> Result<Box<dyn Exporter + 'w>, ExportError> {
        exporter(kind, &self.run.summary().summary, self.options, out)
    }

    fn print(&self, kind: ExportKind) -> Result<(), Ended> {
        let out = BufWriter::new(output::stdout());
        let exporter = self.exporter(kind, out).map_err(Failed::from);
        printed(exporter.and_then(|exporter| self.feed(exporter)))
    }

    fn write(&self, kind: ExportKind, path: &Path) -> Result<(), Ended> {
        let stored = |error: StoreError| Ended::new(Exit::Failure, &error).hint(error.hint());
        let mut file = PrivateFile::begin(path).map_err(stored)?;
        let exporter = self.exporter(kind, &mut file).map_err(Failed::from);
        exporter
            .and_then(|exporter| self.feed(exporter))
            .map_err(|error| error.ended(Some(path)))?;
        file.publish().map_err(stored)?;
        output::note(format_args!("exported to {}", output::shown_path(path).display()));
        Ok(())
    }

    fn annotate(&self, summary: Option<&Path>) -> Result<(), Ended> {
        self.print(ExportKind::Github)?;
        let Some(path) = summary else { return Ok(()) };
        let mut page = JobSummary::begin(&self.run.summary().summary);
        let read = self.run.each_in_input_order(|trace| {
            page.case(trace);
            Ok::<_, StoreError>(())
        });
        read.map_err(|error| refused(&error))?;
        append_text(path, &page.finish())
            .map_err(|error| Ended::new(Exit::Failure, &error).hint(error.hint()))
    }

    fn send(&self, collector: &Collector) -> Result<(), Ended> {
        let mut sender = collector.open()?;
        let run = &self.run.summary().summary;
        let mut otlp = fluxloop_export::Otlp::new(run, self.options);
        self.run.each_in_input_order(|trace| match otlp.case(trace) {
            Some(request) => sender.send(request),
            None => Ok(()),
        })?;
        otlp.finish().into_iter().try_for_each(|request| sender.send(request))?;
        output::note(format_args!("exported to {}", collector.shown()));
        Ok(())
    }
}

/// Why an export failed.
enum Failed {
    Read(StoreError),
    Export(ExportError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Read(error)
    }
}

impl From<ExportError> for Failed {
    fn from(error: ExportError) -> Self {
        Self::Export(error)
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        refused(&error)
    }
}

impl Failed {
    /// What ends the command; `path` is the file that was being written.
    fn ended(&self, path: Option<&Path>) -> Ended {
        match self {
            Self::Read(error) => refused(error),
            Self::Export(error) => {
                let ended = Ended::new(Exit::Failure, error);
                match path {
                    Some(path) => {
                        let message = format!("`{}`: {}", path.display(), ended.text());
                        Ended::message(Exit::Failure, message)
                    }
                    None => ended,
                }
            }
        }
    }
}

/// A reader that has gone away (`| head`) is no fault.
fn printed(result: Result<(), Failed>) -> Result<(), Ended> {
    match result {
        Err(Failed::Export(ExportError::Write(error)))
            if output::is_gone(&error, output::stdout_is_terminal()) =>
        {
            Ok(())
        }
        Err(error) => Err(error.ended(None)),
        Ok(()) => Ok(()),
    }
}
