//! The forms in which a run is exported.

use crate::closed_list::closed_list;

closed_list! {
    /// A form in which a run is exported. The names are stable.
    ExportKind {
        Events "events"
            "The events of the run as JSON lines."
        Junit "junit"
            "A `JUnit` report: a test case for each case."
        Csv "csv"
            "A table with a row for each case, as CSV."
        Parquet "parquet"
            "The same table as Parquet."
        Github "github"
            "Annotations and a job summary for a job of GitHub Actions."
        Vllm "vllm"
            "The JSON that vLLM's serving benchmark writes."
        Otlp "otlp"
            "Spans and metrics for an OpenTelemetry collector, by the semantic conventions for generative AI."
        Chrome "chrome"
            "A timeline for Perfetto or `chrome://tracing`."
    }
}

impl ExportKind {
    /// The file in the run's folder; `None` for a kind that is printed or sent.
    pub fn file_name(self) -> Option<&'static str> {
        match self {
            Self::Events => Some("events.jsonl"),
            Self::Junit => Some("junit.xml"),
            Self::Csv => Some("cases.csv"),
            Self::Parquet => Some("cases.parquet"),
            Self::Vllm => Some("vllm.json"),
            Self::Chrome => Some("trace.json"),
            Self::Github | Self::Otlp => None,
        }
    }

    /// Whether it is text, which can be printed.
    pub fn is_text(self) -> bool {
        !matches!(self, Self::Parquet | Self::Otlp)
    }
}
