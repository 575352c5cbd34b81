//! Metrics: histograms over all cases.

use std::collections::BTreeMap;
use std::time::Duration;

use fluxloop_trace::{AttemptOutcome, Milliseconds, Trace};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Histogram, HistogramDataPoint, Metric, ResourceMetrics, ScopeMetrics,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::SCHEMA;
use super::attributes::text;
use super::spans::{OPERATION, provider};
use crate::Run;
use crate::time::{began, due, seconds, unix_nanos};

/// How many groups of attributes are counted apart; what comes after them counts as one group, as
/// SDKs of OpenTelemetry do it.
const GROUPS: usize = 1_000;

/// A metric of the conventions, with the buckets that they ask for.
struct Instrument {
    name: &'static str,
    description: &'static str,
    unit: &'static str,
    bounds: &'static [f64],
}

const TOKENS: Instrument = Instrument {
    name: "gen_ai.client.token.usage",
    description: "Number of input and output tokens used.",
    unit: "{token}",
    bounds: &[
        1.0,
        4.0,
        16.0,
        64.0,
        256.0,
        1_024.0,
        4_096.0,
        16_384.0,
        65_536.0,
        262_144.0,
        1_048_576.0,
        4_194_304.0,
        16_777_216.0,
        67_108_864.0,
    ],
};

const DURATION: Instrument = Instrument {
    name: "gen_ai.client.operation.duration",
    description: "GenAI operation duration.",
    unit: "s",
    bounds: &[
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
    ],
};

const FIRST_CHUNK: Instrument = Instrument {
    name: "gen_ai.client.operation.time_to_first_chunk",
    description: "Time to receive the first chunk.",
    unit: "s",
    bounds: &[
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
    ],
};

const INSTRUMENTS: [&Instrument; 3] = [&DURATION, &FIRST_CHUNK, &TOKENS];

/// What values are counted apart by: keys and values.
type Group = Vec<(&'static str, String)>;

/// The values of one group.
#[derive(Debug)]
struct Values {
    count: u64,
    sum: f64,
    least: f64,
    most: f64,
    buckets: Vec<u64>,
}

/// Counts the metrics of a run.
#[derive(Debug)]
pub(super) struct Metrics {
    began: u64,
    ended: u64,
    values: BTreeMap<(&'static str, Group), Values>,
}

impl Metrics {
    pub(super) fn new(run: &Run) -> Self {
        let began = began(run).map_or(0, unix_nanos);
        let took = Duration::try_from_secs_f64(run.results.duration_seconds).unwrap_or_default();
        let ended = began.saturating_add(Milliseconds::from(took).as_nanos());
        Self { began, ended, values: BTreeMap::new() }
    }

    /// Counts the requests of a case, and its tokens.
    pub(super) fn add(&mut self, trace: &Trace) {
        let end = due(trace).map_or(0, unix_nanos).saturating_add(trace.duration_ms.as_nanos());
        self.ended = self.ended.max(end);
        for turn in &trace.turns {
            let mut group: Group = vec![
                ("gen_ai.operation.name", OPERATION.to_owned()),
                ("gen_ai.provider.name", provider(turn).to_owned()),
            ];
            let model = turn.model.as_ref().map(|model| model.as_str().to_owned());
            group.extend(model.map(|model| ("gen_ai.response.model", model)));
            for attempt in &turn.attempts {
                let mut group = group.clone();
                if attempt.outcome != AttemptOutcome::Succeeded {
                    let kind = attempt.cause.map_or("_OTHER", |cause| cause.name());
                    group.push(("error.type", kind.to_owned()));
                }
                if let Some(first) = attempt.timings.first_output_ms {
                    self.record(&FIRST_CHUNK, group.clone(), seconds(first));
                }
                self.record(&DURATION, group, seconds(attempt.timings.total_ms));
            }
            let Some(usage) = &turn.usage else { continue };
            for (kind, count) in [("input", usage.input), ("output", usage.output)] {
                let mut group = group.clone();
                group.push(("gen_ai.token.type", kind.to_owned()));
                self.record(&TOKENS, group, count as f64);
            }
        }
    }

    fn record(&mut self, instrument: &'static Instrument, group: Group, value: f64) {
        let mut key = (instrument.name, group);
        if self.values.len() >= GROUPS && !self.values.contains_key(&key) {
            key.1 = vec![("otel.metric.overflow", "true".to_owned())];
        }
        let values = self.values.entry(key).or_insert_with(|| Values {
            count: 0,
            sum: 0.0,
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
            buckets: vec![0; instrument.bounds.len() + 1],
        });
        values.count += 1;
        values.sum += value;
        values.least = values.least.min(value);
        values.most = values.most.max(value);
        // The upper bound of a bucket belongs to it.
        values.buckets[instrument.bounds.partition_point(|bound| *bound < value)] += 1;
    }

    /// The request; `None` where nothing was counted.
    pub(super) fn request(
        &self,
        resource: Resource,
        scope: InstrumentationScope,
    ) -> Option<ExportMetricsServiceRequest> {
        let metrics = INSTRUMENTS.into_iter().filter_map(|it| self.metric(it)).collect::<Vec<_>>();
        if metrics.is_empty() {
            return None;
        }
        let scope_metrics =
            ScopeMetrics { scope: Some(scope), metrics, schema_url: SCHEMA.to_owned() };
        let resource_metrics = ResourceMetrics {
            resource: Some(resource),
            scope_metrics: vec![scope_metrics],
            schema_url: SCHEMA.to_owned(),
        };
        Some(ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] })
    }

    fn metric(&self, instrument: &'static Instrument) -> Option<Metric> {
        let ours = self.values.iter().filter(|((name, _), _)| *name == instrument.name);
        let points = ours.map(|((_, group), values)| HistogramDataPoint {
            attributes: group.iter().map(|(key, value)| text(key, value)).collect(),
            start_time_unix_nano: self.began,
            time_unix_nano: self.ended,
            count: values.count,
            sum: Some(values.sum),
            bucket_counts: values.buckets.clone(),
            explicit_bounds: instrument.bounds.to_vec(),
            min: Some(values.least),
            max: Some(values.most),
            ..HistogramDataPoint::default()
        });
        let data_points: Vec<_> = points.collect();
        if data_points.is_empty() {
            return None;
        }
        let aggregation_temporality = AggregationTemporality::Cumulative as i32;
        Some(Metric {
            name: instrument.name.to_owned(),
            description: instrument.description.to_owned(),
            unit: instrument.unit.to_owned(),
            data: Some(Data::Histogram(Histogram { data_points, aggregation_temporality })),
            ..Metric::default()
        })
    }
}
