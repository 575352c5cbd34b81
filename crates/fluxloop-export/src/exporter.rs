//! What every exporter can do.

use std::io::{self, Write};

use fluxloop_trace::{ExportKind, Summary, Trace};

use crate::{chrome, csv, events, github, junit, vllm};

/// The figures of a run. Of a run that is under way, or was killed, they are those of its beginning.
pub type Run = Summary;

/// What an export holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether `vllm` and `otlp` hold questions and answers.
    pub content: bool,
}

/// Why a run could not be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The writer refused something.
    #[error("could not write the export")]
    Write(#[from] io::Error),
    /// A value could not be brought into the form.
    #[error("could not write the export as {form}")]
    Form {
        /// The form.
        form: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// This program was built without the kind.
    #[error("this program was built without the export `{0}`")]
    NotBuilt(ExportKind),
    /// The kind is sent to a collector, and not written.
    #[error("the export `{0}` is sent to a collector, and not written")]
    Sent(ExportKind),
}

impl ExportError {
    /// For `map_err`: an error of the library that writes this form. One that a writer caused stays
    /// that writer's.
    pub(crate) fn form<E>(form: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Form { form, source: source.into() }
    }
}

impl From<serde_json::Error> for ExportError {
    fn from(error: serde_json::Error) -> Self {
        Self::Write(error.into())
    }
}

/// Writes one run in one form.
pub trait Exporter {
    /// Takes the record of the next case, in the order of the inputs.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn case(&mut self, trace: &Trace) -> Result<(), ExportError>;

    /// Writes what comes after the last case.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn finish(self: Box<Self>) -> Result<(), ExportError>;
}

/// The exporter of a kind, which writes to `out`.
///
/// # Errors
///
/// [`ExportError::NotBuilt`] for a kind that this build leaves out, [`ExportError::Sent`] for
/// `otlp`, and what the writer refuses.
pub fn exporter<'w>(
    kind: ExportKind,
    run: &'w Run,
    options: Options,
    out: impl Write + Send + 'w,
) -> Result<Box<dyn Exporter + 'w>, ExportError> {
    Ok(match kind {
        ExportKind::Events => Box::new(events::Events::begin(run, out)?),
        ExportKind::Junit => Box::new(junit::Junit::begin(run, out)),
        ExportKind::Csv => Box::new(csv::Csv::begin(out)?),
        #[cfg(feature = "parquet")]
        ExportKind::Parquet => Box::new(crate::parquet::Parquet::begin(out)?),
        #[cfg(not(feature = "parquet"))]
        ExportKind::Parquet => return Err(ExportError::NotBuilt(kind)),
        ExportKind::Github => Box::new(github::Annotations::begin(run, out)?),
        ExportKind::Vllm => Box::new(vllm::Vllm::begin(run, options, out)),
        ExportKind::Otlp => return Err(ExportError::Sent(kind)),
        ExportKind::Chrome => Box::new(chrome::Chrome::begin(run, out)?),
    })
}
