//! What `fluxloop export` takes.

use std::path::PathBuf;

use clap::Args;
use fluxloop_trace::ExportKind;

use crate::runs::RunArg;

const EXPORT_EXAMPLES: &str = "\
Examples:
  fluxloop export experiments/exp_20260102_030405 --to junit
  fluxloop export experiments/exp_20260102_030405 --to csv -o -
  fluxloop export experiments/exp_20260102_030405 --to otlp --endpoint http://localhost:4318";

#[derive(Args, Debug)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(crate) struct ExportArgs {
    /// The folder of the run, or `last`; it may be under way
    #[arg(value_name = "RUN")]
    pub(crate) run: RunArg,
    /// The form: `events`, `junit`, `csv`, `parquet`, `github`, `vllm`, `otlp` or `chrome`
    #[arg(long, value_name = "KIND", value_parser = export_kind)]
    pub(crate) to: ExportKind,
    /// The file to write; `-` prints text [default: a file in the folder of the run]. With `github`,
    /// the file to which the job summary is appended [default: `$GITHUB_STEP_SUMMARY`]
    #[arg(short, long, value_name = "FILE|-")]
    pub(crate) output: Option<PathBuf>,
    /// Where the collector is, for `otlp` [default: `$OTEL_EXPORTER_OTLP_ENDPOINT`]. The headers of
    /// the request are those of `$OTEL_EXPORTER_OTLP_HEADERS`
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Write questions and answers too, with `otlp` and `vllm`
    #[arg(long)]
    pub(crate) content: bool,
}

/// A form of an export by its name.
fn export_kind(name: &str) -> Result<ExportKind, String> {
    let kind = ExportKind::ALL.iter().find(|kind| kind.name() == name).copied();
    kind.ok_or_else(|| format!("known forms are `{}`", ExportKind::NAMES.join("`, `")))
}
