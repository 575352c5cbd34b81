//! The JSON that vLLM's serving benchmark writes (`vllm bench serve --save-result`), for tools that
//! read its results. [`VLLM_KEYS`] says where each key comes from.

use std::io::Write;

use fluxloop_trace::{Amount, Milliseconds, Quantity, Trace};
use serde_json::{Map, Value, json};

use crate::time::{began, due, nanos_between, seconds};
use crate::{ExportError, Exporter, Options, Run};

/// The keys that are written, as vLLM 0.11 names them, and what stands there. A key of vLLM that is
/// not in this list was not measured, and is left out.
pub const VLLM_KEYS: &[(&str, &str)] = &[
    ("date", "When the run began, as `YYYYmmdd-HHMMSS` in UTC."),
    ("backend", "Always `fluxloop`."),
    ("label", "The name of the run."),
    ("model_id", "The model of the first case that has one, as the provider names it; or null."),
    ("num_prompts", "Closed cases."),
    ("max_concurrency", "The most cases that were under way at once."),
    ("duration", "Seconds that the run took."),
    ("completed", "Cases that succeeded."),
    ("failed", "The others."),
    ("total_input_tokens", "Tokens of the requests, as providers counted them."),
    ("total_output_tokens", "Tokens of the answers, as providers counted them."),
    ("request_throughput", "`completed` in each second."),
    ("request_goodput", "`slo.goodput_per_s`; null without `slo`."),
    ("output_throughput", "`total_output_tokens` in each second."),
    ("total_token_throughput", "Tokens of requests and answers in each second."),
    ("input_lens", "Of each case: tokens of its requests; 0 where the provider did not count."),
    ("output_lens", "Of each case: tokens of its answers; 0 where the provider did not count."),
    ("ttfts", "Of each case: seconds to the first text; 0 where no text came."),
    ("start_times", "Of each case: when it was due, in seconds since the run began."),
    ("errors", "Of each case: the kind of its failure; empty where it succeeded."),
    ("generated_texts", "With `--content`: the answer of each case."),
    (
        "mean_ttft_ms",
        "The mean time to first token of successful cases; absent without one. Also `median_`, `std_` (of the population) and `p99_`, here and below.",
    ),
    ("mean_tpot_ms", "The time for each output token after the first one, where it was measured."),
    ("mean_e2el_ms", "The duration of the case."),
];

/// Writes the document.
pub(crate) struct Vllm<'r, W> {
    run: &'r Run,
    content: bool,
    out: W,
    model: Option<String>,
    columns: Columns,
    ttft: Vec<f64>,
    tpot: Vec<f64>,
    e2el: Vec<f64>,
    completed: u64,
}

/// A value of each case.
#[derive(Default)]
struct Columns {
    input_lens: Vec<u64>,
    output_lens: Vec<u64>,
    ttfts: Vec<f64>,
    start_times: Vec<f64>,
    errors: Vec<&'static str>,
    generated_texts: Vec<String>,
}

impl<'r, W: Write> Vllm<'r, W> {
    /// Begins the document.
    pub(crate) fn begin(run: &'r Run, options: Options, out: W) -> Self {
        Self {
            run,
            content: options.content,
            out,
            model: None,
            columns: Columns::default(),
            ttft: Vec::new(),
            tpot: Vec::new(),
            e2el: Vec::new(),
            completed: 0,
        }
    }

    /// What is known of the whole run.
    fn document(&mut self) -> Map<String, Value> {
        let run = self.run;
        let date = began(run).map(|time| time.strftime("%Y%m%d-%H%M%S").to_string());
        let took = run.results.duration_seconds;
        let rate = |count: u64| if took > 0.0 { count as f64 / took } else { 0.0 };
        let cases = self.columns.ttfts.len() as u64;
        let input: u64 = self.columns.input_lens.iter().sum();
        let output: u64 = self.columns.output_lens.iter().sum();
        let columns = std::mem::take(&mut self.columns);
        let document = json!({
            "date": date,
            "backend": "fluxloop",
            "label": run.name,
            "model_id": self.model,
            "num_prompts": cases,
            "max_concurrency": run.achieved_parallelism,
            "duration": took,
            "completed": self.completed,
            "failed": cases - self.completed,
            "total_input_tokens": input,
            "total_output_tokens": output,
            "request_throughput": rate(self.completed),
            "request_goodput": run.slo.as_ref().map(|slo| slo.goodput_per_s),
            "output_throughput": rate(output),
            "total_token_throughput": rate(input.saturating_add(output)),
            "input_lens": columns.input_lens,
            "output_lens": columns.output_lens,
            "ttfts": columns.ttfts,
            "start_times": columns.start_times,
            "errors": columns.errors,
        });
        let Value::Object(mut document) = document else { return Map::new() };
        if self.content {
            document.insert("generated_texts".to_owned(), json!(columns.generated_texts));
        }
        document
    }
}

impl<W: Write> Exporter for Vllm<'_, W> {
    fn case(&mut self, trace: &Trace) -> Result<(), ExportError> {
        let tokens = trace.token_usage.unwrap_or_default();
        let time = |quantity: Quantity| quantity.of(trace).map(Amount::as_f64);
        let ttft = time(Quantity::FirstToken);
        self.columns.input_lens.push(tokens.prompt_tokens);
        self.columns.output_lens.push(tokens.completion_tokens);
        self.columns.ttfts.push(ttft.unwrap_or_default() / 1e3);
        let start = began(self.run).zip(due(trace));
        let start = start.map_or(0, |(began, due)| nanos_between(began, due));
        self.columns.start_times.push(seconds(Milliseconds::from_nanos(start)));
        let problem = (!trace.success).then(|| crate::problem::Problem::of(trace)).flatten();
        self.columns.errors.push(problem.map_or("", |problem| problem.kind));
        if self.content {
            self.columns.generated_texts.push(trace.output.as_str().to_owned());
        }
        if self.model.is_none() {
            self.model = trace.model.as_ref().map(|model| model.as_str().to_owned());
        }
        if trace.success {
            self.completed += 1;
            self.ttft.extend(ttft);
            self.tpot.extend(time(Quantity::Tpot));
            self.e2el.extend(time(Quantity::Duration));
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        let mut document = self.document();
        for (name, values) in
            [("ttft", &mut self.ttft), ("tpot", &mut self.tpot), ("e2el", &mut self.e2el)]
        {
            for (figure, value) in figures(values) {
                document.insert(format!("{figure}_{name}_ms"), value.into());
            }
        }
        serde_json::to_writer(&mut self.out, &document)?;
        self.out.write_all(b"\n")?;
        Ok(self.out.flush()?)
    }
}

/// Mean, median, standard deviation and 99th percentile; nothing of nothing.
fn figures(values: &mut [f64]) -> Vec<(&'static str, f64)> {
    if values.is_empty() {
        return Vec::new();
    }
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let percentiles = [("median", percentile(values, 0.5)), ("p99", percentile(values, 0.99))];
    [("mean", mean), ("std", variance.sqrt())].into_iter().chain(percentiles).collect()
}

/// A percentile of sorted values, with linear interpolation, as numpy computes it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank is not negative, and smaller than the number of values"
)]
fn percentile(sorted: &[f64], quantile: f64) -> f64 {
    let rank = quantile * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[rank.floor() as usize], sorted[rank.ceil() as usize]);
    below + (above - below) * rank.fract()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fluxloop_trace::ExportKind;

    use super::*;
    use crate::sample::{self, export};

    #[test]
    fn percentiles_are_those_of_numpy() {
        let mut values = [4.0, 1.0, 3.0, 2.0];
        let figures: Vec<_> = figures(&mut values).into_iter().map(|(_, value)| value).collect();
        assert_eq!(figures, [2.5, 1.118_033_988_749_895, 2.5, 3.969_999_999_999_999_8]);
    }

    #[test]
    fn the_keys_are_those_of_the_table() {
        let written = export(ExportKind::Vllm, &sample::cases());
        insta::assert_snapshot!(written);
        let written: Map<String, Value> = serde_json::from_str(&written).expect("it is JSON");
        let written: BTreeSet<&str> = written.keys().map(String::as_str).collect();
        let listed = VLLM_KEYS.iter().map(|(key, _)| *key);
        let listed: BTreeSet<&str> = listed.filter(|key| *key != "generated_texts").collect();
        let is_figure =
            |key: &&&str| ["median_", "std_", "p99_"].iter().any(|it| key.starts_with(it));
        let others: BTreeSet<&str> = written.iter().filter(|it| !is_figure(it)).copied().collect();
        assert_eq!(others, listed);
    }

    #[test]
    fn a_run_without_cases_has_no_figures() {
        insta::assert_snapshot!(export(ExportKind::Vllm, &[]));
    }
}
