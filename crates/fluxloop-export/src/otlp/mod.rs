//! Spans and metrics as requests to an OpenTelemetry collector (OTLP over HTTP, protobuf), by the
//! semantic conventions for generative AI, version 1.41.

mod attributes;
mod metrics;
mod spans;

use fluxloop_trace::Trace;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use self::attributes::text;
use self::metrics::Metrics;
use crate::{Options, Run};

/// The conventions that names and attributes follow.
const SCHEMA: &str = "https://opentelemetry.io/schemas/1.41.0";

/// How many spans a request has at most.
const SPANS: usize = 512;

/// How many bytes of spans a request has at most, unless one span is larger: collectors refuse
/// requests of more than a few megabytes.
const BYTES: usize = 1 << 20;

/// A request to a collector.
#[derive(Clone, Debug)]
pub struct OtlpRequest {
    /// The path below the endpoint.
    pub path: &'static str,
    /// The body: `application/x-protobuf`.
    pub body: Vec<u8>,
}

impl OtlpRequest {
    /// How many spans or metrics a collector rejected although it took the request, by the body of
    /// its answer (`partial_success`); `None` if it rejected nothing. Both signals have the same form.
    pub fn rejected(answer: &[u8]) -> Option<u64> {
        let partial = ExportTraceServiceResponse::decode(answer).ok()?.partial_success?;
        u64::try_from(partial.rejected_spans).ok().filter(|count| *count > 0)
    }
}

/// Makes requests of the records of a run.
///
/// The ids of spans follow from the ids of traces, so a run that is sent twice gives the same spans.
#[derive(Debug)]
pub struct Otlp {
    content: bool,
    resource: Resource,
    metrics: Metrics,
    spans: Vec<Span>,
    bytes: usize,
}

impl Otlp {
    /// Begins with what is known of the whole run.
    pub fn new(run: &Run, options: Options) -> Self {
        let attributes = vec![
            text("service.name", "fluxloop"),
            text("service.version", &run.versions.fluxloop),
            text("fluxloop.run.name", run.name.as_str()),
            text("fluxloop.run.date", &run.date),
        ];
        let resource = Resource { attributes, ..Resource::default() };
        let metrics = Metrics::new(run);
        Self { content: options.content, resource, metrics, spans: Vec::new(), bytes: 0 }
    }

    /// Adds a case. Gives a request when there is enough for one.
    pub fn case(&mut self, trace: &Trace) -> Option<OtlpRequest> {
        self.metrics.add(trace);
        let mut full = None;
        for span in spans::of(trace, self.content) {
            let bytes = span.encoded_len();
            // The spans of one case are fewer than a request takes, so this happens once at most, or
            // they are very large: then the request is larger, too.
            if full.is_none() && self.is_full(bytes) {
                full = self.take();
            }
            self.bytes += bytes;
            self.spans.push(span);
        }
        full
    }

    fn is_full(&self, more: usize) -> bool {
        !self.spans.is_empty() && (self.spans.len() >= SPANS || self.bytes + more > BYTES)
    }

    /// What is left: spans, and the metrics of all cases.
    #[must_use]
    pub fn finish(mut self) -> Vec<OtlpRequest> {
        let spans = self.take();
        let metrics = self.metrics.request(self.resource, scope());
        let metrics = metrics.map(|request: ExportMetricsServiceRequest| OtlpRequest {
            path: "v1/metrics",
            body: request.encode_to_vec(),
        });
        spans.into_iter().chain(metrics).collect()
    }

    fn take(&mut self) -> Option<OtlpRequest> {
        let spans = std::mem::take(&mut self.spans);
        self.bytes = 0;
        if spans.is_empty() {
            return None;
        }
        let scope_spans = ScopeSpans { scope: Some(scope()), spans, schema_url: SCHEMA.to_owned() };
        let resource_spans = ResourceSpans {
            resource: Some(self.resource.clone()),
            scope_spans: vec![scope_spans],
            schema_url: SCHEMA.to_owned(),
        };
        let request = ExportTraceServiceRequest { resource_spans: vec![resource_spans] };
        Some(OtlpRequest { path: "v1/traces", body: request.encode_to_vec() })
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "fluxloop".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

    use super::*;
    use crate::sample;

    fn requests(cases: &[Trace], options: Options) -> Vec<OtlpRequest> {
        let mut otlp = Otlp::new(&sample::run(cases), options);
        let mut requests: Vec<_> = cases.iter().filter_map(|trace| otlp.case(trace)).collect();
        requests.extend(otlp.finish());
        requests
    }

    fn spans(requests: &[OtlpRequest]) -> Vec<Span> {
        let traces = requests.iter().filter(|request| request.path == "v1/traces");
        let decoded = traces.map(|request| {
            ExportTraceServiceRequest::decode(&*request.body).expect("it is a request")
        });
        let spans = decoded.flat_map(|it| it.resource_spans).flat_map(|it| it.scope_spans);
        spans.flat_map(|it| it.spans).collect()
    }

    #[test]
    fn a_case_is_a_span_and_each_request_is_one_in_it() {
        let requests = requests(&sample::cases(), Options::default());
        let spans = spans(&requests);
        assert_eq!(spans.len(), 4 + 5);
        let [case, attempt] = [&spans[0], &spans[1]];
        assert_eq!((case.name.as_str(), attempt.name.as_str()), ("fluxloop.case", "chat small-1"));
        assert_eq!(attempt.parent_span_id, case.span_id);
        assert_eq!(case.end_time_unix_nano - case.start_time_unix_nano, 1_000_000_000);
        let failed = spans.iter().filter(|span| {
            span.status.as_ref().is_some_and(|it| it.code == StatusCode::Error as i32)
        });
        // Two requests that failed, their case, the case that is not as expected, the stopped case.
        assert_eq!(failed.count(), 5);
        let names: std::collections::BTreeSet<_> =
            spans.iter().map(|it| (&it.trace_id, &it.span_id)).collect();
        assert_eq!(names.len(), spans.len());
    }

    #[test]
    fn questions_and_answers_are_left_out_unless_they_are_asked_for() {
        let holds = |requests: &[OtlpRequest]| {
            requests.iter().any(|it| it.body.windows(5).any(|bytes| bytes == b"world"))
        };
        let cases = sample::cases();
        assert!(!holds(&requests(&cases, Options::default())));
        assert!(holds(&requests(&cases, Options { content: true })));
    }

    #[test]
    fn requests_are_small() {
        let cases: Vec<_> = (0..1_000).map(|place| sample::case(place % 40, "q", "a")).collect();
        let requests = requests(&cases, Options::default());
        assert_eq!(requests.len(), 5);
        assert_eq!(spans(&requests).len(), 2_000);
        assert!(requests.iter().all(|request| request.body.len() < 2 * BYTES));
    }

    #[test]
    fn metrics_are_histograms_of_all_cases() {
        let requests = requests(&sample::cases(), Options::default());
        let last = requests.last().expect("there are metrics");
        assert_eq!(last.path, "v1/metrics");
        let decoded = ExportMetricsServiceRequest::decode(&*last.body).expect("it is a request");
        let metrics = &decoded.resource_metrics[0].scope_metrics[0].metrics;
        let shown = metrics.iter().map(|metric| {
            let Some(Data::Histogram(histogram)) = &metric.data else { panic!("{metric:?}") };
            let points = histogram.data_points.iter().map(|it| (it.count, it.sum));
            format!("{} {:?}\n", metric.name, points.collect::<Vec<_>>())
        });
        insta::assert_snapshot!(shown.collect::<String>());
    }

    #[test]
    fn a_run_without_cases_sends_nothing() {
        assert!(requests(&[], Options::default()).is_empty());
    }
}
