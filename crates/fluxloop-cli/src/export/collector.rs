//! The OpenTelemetry collector that takes an export.

use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use fluxloop_config::Environment;
use fluxloop_export::OtlpRequest;
use fluxloop_http::{Progress, RequestError, Transport};
use fluxloop_plan::{Connection, RequestSpec};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use url::Url;

use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;

/// The variables that every exporter of OpenTelemetry reads ("OpenTelemetry Protocol Exporter").
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// How long a request may take: the default of OpenTelemetry's exporters.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 << 10;

/// Where a collector is, and what it wants to know. Headers are secrets.
pub(super) struct Collector {
    endpoint: Url,
    headers: HeaderMap,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("endpoint", &self.shown()).finish_non_exhaustive()
    }
}

impl Collector {
    /// Takes the endpoint from the command line, or else from the environment.
    pub(super) fn new(endpoint: Option<&str>, environment: &Environment) -> Result<Self, Ended> {
        let of_environment = |name| {
            let value = environment.get(name).map(|value| value.expose().trim());
            value.filter(|value| !value.is_empty())
        };
        let Some(written) = endpoint.or_else(|| of_environment(ENDPOINT)) else {
            let hint = format!("add `--endpoint http://localhost:4318`, or set `{ENDPOINT}`");
            let message = "`otlp` needs the URL of a collector";
            return Err(Ended::message(Exit::Configuration, message).hint(Some(hint)));
        };
        let url = written.parse::<Url>().ok();
        let url = url.filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        let Some(endpoint) = url else {
            let message = "the endpoint of the collector is not an http or https URL";
            let hint = Some("write for example `http://localhost:4318`");
            return Err(Ended::message(Exit::Configuration, message).hint(hint));
        };
        let headers = headers(of_environment(HEADERS).unwrap_or_default())?;
        Ok(Self { endpoint, headers })
    }

    /// The server, without what may be secret in the URL.
    pub(super) fn shown(&self) -> String {
        self.endpoint.origin().ascii_serialization()
    }

    /// Makes a connection ready.
    pub(super) fn open(&self) -> Result<Sender<'_>, Ended> {
        let no_runtime = |error: io::Error| Ended::new(Exit::Failure, &error);
        let runtime = Builder::new_current_thread().enable_all().build().map_err(no_runtime)?;
        let transport = Transport::new(&Connection::default(), &self.endpoint, TIMEOUT);
        let transport = transport.map_err(|error| Ended::new(Exit::Failure, &error))?;
        Ok(Sender { collector: self, runtime, transport })
    }

    /// The URL of a signal: its path is appended to that of the endpoint.
    fn url(&self, path: &str) -> Url {
        let mut url = self.endpoint.clone();
        let base = self.endpoint.path().trim_end_matches('/');
        url.set_path(&format!("{base}/{path}"));
        url
    }

    fn failed(&self, why: impl fmt::Display) -> Ended {
        let message = format!("the collector at {} did not take the export: {why}", self.shown());
        let hint = "the run itself is complete; send it again with `fluxloop export RUN --to otlp`: \
                    the same spans have the same ids";
        Ended::message(Exit::Failure, message).hint(Some(hint))
    }
}

/// Headers as `key=value,key=value`, values percent-encoded.
fn headers(written: &str) -> Result<HeaderMap, Ended> {
    let mut headers = HeaderMap::new();
    for pair in written.split(',').filter(|pair| !pair.trim().is_empty()) {
        let header = pair.split_once('=').and_then(|(name, value)| {
            let name = name.trim().parse::<HeaderName>().ok()?;
            let value = percent_decode_str(value.trim()).collect::<Vec<u8>>();
            let mut value = HeaderValue::from_bytes(&value).ok()?;
            value.set_sensitive(true);
            Some((name, value))
        });
        let Some((name, value)) = header else {
            let message = format!("`{HEADERS}` is not a list of headers");
            let hint = Some("write it as `NAME=VALUE,NAME=VALUE`, values percent-encoded");
            return Err(Ended::message(Exit::Configuration, message).hint(hint));
        };
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Sends requests to a collector, one after the other. A request that fails is not sent again: there
/// is one loop of retries, in the runner.
pub(super) struct Sender<'c> {
    collector: &'c Collector,
    runtime: Runtime,
    transport: Transport,
}

impl Sender<'_> {
    /// Sends one request, and waits until the collector has taken it.
    pub(super) fn send(&mut self, request: OtlpRequest) -> Result<(), Ended> {
        let mut headers = self.collector.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let path = request.path;
        let spec = RequestSpec {
            method: Method::POST,
            url: self.collector.url(path),
            headers,
            body: Some(Bytes::from(request.body)),
        };
        let failed = |why: &dyn fmt::Display| self.collector.failed(why);
        // A timer can be made only inside of the runtime.
        let answered = async { timeout(TIMEOUT, exchange(&self.transport, &spec)).await };
        let answered = self.runtime.block_on(answered);
        match answered {
            Err(_) => Err(failed(&format_args!("no answer within {} s", TIMEOUT.as_secs()))),
            Ok(Err(error)) => Err(failed(&error)),
            Ok(Ok((status, _))) if !status.is_success() => {
                Err(failed(&format_args!("it answered {status}")))
            }
            Ok(Ok((_, body))) => {
                if let Some(rejected) = OtlpRequest::rejected(&body) {
                    output::warning(format_args!(
                        "the collector at {} rejected {rejected} items of a request to `{path}`",
                        self.collector.shown(),
                    ));
                }
                Ok(())
            }
        }
    }
}

/// One request, and the beginning of its answer.
async fn exchange(
    transport: &Transport,
    request: &RequestSpec,
) -> Result<(http::StatusCode, Vec<u8>), RequestError> {
    let mut exchange = transport.send(request, &Progress::default()).await?;
    let mut body = Vec::new();
    while let Some(chunk) = exchange.chunk().await? {
        body.extend_from_slice(&chunk.bytes);
        if body.len() > ANSWER_BYTES {
            break;
        }
    }
    Ok((exchange.status(), body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collector(variables: &[(&str, &str)]) -> Result<Collector, Ended> {
        Collector::new(None, &variables.iter().copied().collect())
    }

    #[test]
    fn the_path_of_a_signal_follows_that_of_the_endpoint() {
        let check = |endpoint: &str, expected: &str| {
            let collector = collector(&[(ENDPOINT, endpoint)]).expect("it is a URL");
            assert_eq!(collector.url("v1/traces").as_str(), expected);
        };
        check("http://localhost:4318", "http://localhost:4318/v1/traces");
        check("http://localhost:4318/otlp/", "http://localhost:4318/otlp/v1/traces");
    }

    #[test]
    fn headers_are_decoded_and_never_shown() {
        let written = "api-key=a%20b, x-team = c";
        let collector = collector(&[(ENDPOINT, "http://u:pw@h:1"), (HEADERS, written)]);
        let collector = collector.expect("they are headers");
        assert_eq!(collector.headers["api-key"], "a b");
        assert_eq!(collector.headers["x-team"], "c");
        assert_eq!(format!("{collector:?}"), "Collector { endpoint: \"http://h:1\", .. }");
    }

    #[test]
    fn what_is_wrong_is_told_without_the_value() {
        let check = |variables: &[(&str, &str)], expected: &str| {
            let ended = collector(variables).expect_err("it is wrong");
            assert_eq!(ended.text(), expected);
        };
        check(&[], "`otlp` needs the URL of a collector");
        check(&[(ENDPOINT, "")], "`otlp` needs the URL of a collector");
        check(&[(ENDPOINT, "h:1")], "the endpoint of the collector is not an http or https URL");
        let headers = [(ENDPOINT, "http://h"), (HEADERS, "secret")];
        check(&headers, "`OTEL_EXPORTER_OTLP_HEADERS` is not a list of headers");
    }
}
