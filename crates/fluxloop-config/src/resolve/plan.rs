//! The whole plan.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use fluxloop_plan::{Plan, RecordMode};

use super::Reader;
use super::judge::AsRun;
use super::proxy::{PROXY, is_loopback};
use crate::error::{Fault, Oddity};
use crate::yaml::{Node, Shape};

/// What a configuration is without its inputs. `judge` is the configuration of the judge.
pub(crate) fn plan<'a>(
    reader: &mut Reader<'a>,
    folder_name: &str,
    mock: bool,
    judge: Option<&'a AsRun>,
) -> Option<Plan> {
    reader.take_custody();
    // Before the plan, whose redactor has to know every variable that is used.
    reader.written_judge = reader.judge(judge);
    let plan = endpoint(reader, folder_name, mock);
    let filled_in = reader.variables.filled_in();
    if !filled_in.is_empty() {
        reader.report.warn_all(Oddity::FilledIn(filled_in));
    }
    plan
}

/// What is sent, and how its answer is read.
pub(super) fn endpoint(reader: &mut Reader<'_>, folder_name: &str, mock: bool) -> Option<Plan> {
    let name = reader.text("name").filter(|name| !name.trim().is_empty());
    reader.notes();
    let iterations = reader.integer("iterations");
    let parallelism = reader.integer("simulation.parallelism");
    let seed = reader.integer("seed");
    let pace = reader.pace();
    let channels = reader.one_of("record_channels");
    let record = reader.one_of("record");
    let parts = reader.has_http_runner().then(|| {
        let request = reader.request();
        // Without the variables of the proxy.
        let to_server = reader.secret_travels();
        let connection = reader.connection(request.as_ref().map(|it| &it.url), mock);
        (request, connection, reader.response(), to_server)
    });
    let response = parts.as_ref().and_then(|(_, _, response, _)| response.as_ref());
    let named = response.map(|rules| rules.schema.channels.keys().cloned().collect());
    reader.written_judging = reader.judging(named);
    let (clocks, retry) = (reader.clocks(), reader.retry());
    let (guards, limits) = (reader.guards(), reader.limits());
    let stop = reader.stop();
    let redactor = Arc::new(reader.redactor());
    let (request, connection, response, to_server) = parts?;
    // A run against the mock does not leave the machine.
    if let Some(request) = request.as_ref().filter(|_| !mock) {
        if to_server {
            reader.warn_clear_text("runner.http.url", None, &request.url, &redactor);
        }
        if let Some(proxy) = &connection.proxy {
            // The server is this machine, so its own URL draws no warning; a proxy elsewhere reads
            // what is not encrypted for the server.
            let reads_all =
                to_server && request.url.scheme() == "http" && is_loopback(&request.url);
            if reader.custody.to_proxy || reads_all {
                reader.warn_clear_text(PROXY, Some(proxy.name()), proxy.url(), &redactor);
            }
        }
    }
    Some(Plan {
        name: name.unwrap_or_else(|| folder_name.to_owned()),
        iterations: NonZeroU32::new(u32::try_from(iterations?).ok()?)?,
        parallelism: NonZeroUsize::new(usize::try_from(parallelism?).ok()?)?,
        seed,
        pace,
        request: request?,
        connection,
        clocks,
        retry,
        response: response?,
        keeps_channels: channels? == "all",
        record: match record? {
            "all" => RecordMode::All,
            "failures" => RecordMode::Failures,
            "off" => RecordMode::Off,
            _ => RecordMode::Auto,
        },
        guards,
        stop,
        limits,
        redactor,
    })
}

impl Reader<'_> {
    /// What is kept with the results and has no other effect; its placeholders must be sound.
    fn notes(&mut self) {
        self.text("description");
        self.texts("tags", true);
        if let Some(metadata) = self.node("metadata") {
            self.expand_tree(metadata, "metadata");
        }
    }

    /// Whether there is something to run; if not, says which runner this tool has.
    fn has_http_runner(&mut self) -> bool {
        let is_map = |node: &Node| matches!(node.shape, Shape::Map(_));
        if self.is_written("runner.http") {
            // Whatever is no mapping was reported with the keys.
            return self.root.at_key("runner.http").is_some_and(is_map);
        }
        if self.is_written("runner")
            && let Some(runner) = self.root.get("runner")
        {
            if is_map(runner) {
                self.fault(runner, "runner", Fault::NoHttpRunner);
            }
        } else {
            self.missing("runner.http.url", "runner: {http: {url: http://localhost:8000/chat}}");
        }
        false
    }
}
