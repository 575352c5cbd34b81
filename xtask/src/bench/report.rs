//! `docs/performance.md`: the tables, and the goals beside them.

use std::fs;

use anyhow::{Context, Result};

use super::burst::{self, Burst};
use super::client::Run;
use super::paced::{self, PACES, Paced};
use super::{machine, memory};
use crate::docs::Page;
use crate::workspace;

/// The names of the clients in the tables.
const DRAIN: &str = "bare drain";
const VALUE: &str = "plain client with `serde_json::Value`";
const FLUXLOOP: &str = "`fluxloop run experiment`";

/// Writes the page.
pub(super) fn write(burst: &Burst, memory: &[(u64, Run)], paced: &Paced) -> Result<()> {
    let mut page = Page::generated("cargo xtask bench", "Performance");
    introduce(&mut page)?;
    bursts(&mut page, burst);
    pacing(&mut page, paced);
    memories(&mut page, memory);
    goals(&mut page, burst, memory, paced);
    page.heading("Parts by themselves");
    page.block(
        "The decoder and the extraction have benches of their own, with their floors beside them:",
    );
    page.verbatim("cargo bench -p fluxloop-sse\ncargo bench -p fluxloop-jsonpath");
    let path = workspace::root().join("docs/performance.md");
    fs::write(&path, page.into_text()).context("docs/performance.md could not be written")?;
    println!("wrote docs/performance.md");
    Ok(())
}

fn introduce(page: &mut Page) -> Result<()> {
    let machine = machine::describe()?;
    page.block(&format!(
        "Measured by `cargo xtask bench` on: {machine}.\n\
         The mock agent has one core, the client that is measured another, and they talk over \
         loopback.\n\
         Absolute figures hold for this machine; the ratios are what the goals are about."
    ));
    page.block(&format!(
        "- *{DRAIN}*: the runtime, the HTTP client, the settings and the request of `fluxloop`; \
           the answer is read to its end and thrown away.\n\
         - *{VALUE}*: the same, and the body is cut into lines, each event becomes a \
           `serde_json::Value`, and the text is joined.\n\
         - *{FLUXLOOP}*: everything is on: the conformant decoder, a filter, a path, masking, \
           clocks, traces on disk, a line of progress for each request."
    ));
    Ok(())
}

fn bursts(page: &mut Page, burst: &Burst) {
    page.heading("At full speed");
    page.block(&format!(
        "Each answer has {} events of about 230 bytes, written back to back.\n\
         Each client sends {} requests and keeps so many under way; CPU time is user and system \
         time for 1,000 streams, start of the process included.\n\
         Medians; the ratio to the bare drain, too, is the median of the ratios round by round.",
        burst::DELTAS,
        burst::STREAMS,
    ));
    let [few, many] = burst::PARALLELISM;
    let rows = [DRAIN, VALUE, FLUXLOOP].into_iter().enumerate().map(|(client, name)| {
        let [few, many] = [burst[0][client], burst[1][client]];
        [
            name.to_owned(),
            format!("{:.3} s ({:.2})", few.cpu, few.ratios[0]),
            format!("{:.3} s ({:.2})", many.cpu, many.ratios[0]),
            format!("{:.0} / {:.0}", few.peak, many.peak),
            format!("{:.0} / {:.0}", few.rate, many.rate),
        ]
    });
    let (few_head, many_head) =
        (format!("CPU, {few} at once (ratio)"), format!("CPU, {many} at once (ratio)"));
    page.table(["client", &few_head, &many_head, "peak MB", "streams/s"], rows);
}

fn pacing(page: &mut Page, paced: &Paced) {
    page.heading("At the pace of a model");
    page.block(
        "The server waits before the first event and between events; the time to first token that \
         a client reports can only be later than that.\n\
         Connections are opened within the measurement.",
    );
    let rows = PACES.iter().zip(paced).flat_map(|(pace, runs)| {
        [DRAIN, FLUXLOOP].into_iter().zip(runs).map(move |(name, run)| {
            [
                format!("{} at once, first event after {} ms", pace.parallelism, pace.server.delay),
                name.to_owned(),
                format!("{:.1} ms", run.first_token[0]),
                format!("{:.1} ms", run.first_token[1]),
                format!("{:.0}", run.cost.peak),
                run.own_lag.map_or_else(|| "–".to_owned(), |lag| format!("{lag:.1} ms")),
            ]
        })
    });
    let head = ["pace", "client", "first token, p50", "p99", "peak MB", "own lag, p99"];
    page.table(head, rows);
    page.block(&format!(
        "Medians of {} runs; the own lag, which `summary.json` reports, is the largest of them.",
        paced::ROUNDS
    ));
}

fn memories(page: &mut Page, rows: &[(u64, Run)]) {
    page.heading("By the number of inputs");
    page.block(&format!(
        "Short answers, {} at once; the run with one input is the start of the process.",
        memory::PARALLELISM
    ));
    let rows = rows.iter().map(|(inputs, run)| {
        [
            inputs.to_string(),
            format!("{:.1}", run.cost.peak),
            format!("{:.2} s", run.cost.cpu),
            format!("{:.2} s", run.cost.elapsed),
        ]
    });
    page.table(["inputs", "peak MB", "CPU", "elapsed"], rows);
}

fn goals(page: &mut Page, burst: &Burst, memory: &[(u64, Run)], paced: &Paced) {
    page.heading("Goals");
    page.block("Each is a promise to be held against this page, met or not.");
    let mut rows = Vec::new();
    for (row, parallelism) in burst.iter().zip(burst::PARALLELISM) {
        let [of_the_drain, of_the_value, _] = row[2].ratios;
        let of_drain = format!("CPU at most 1.25 × the bare drain, {parallelism} at once");
        rows.push(goal(of_drain, of_the_drain, 1.25, "×"));
        let of_value = format!("CPU below the plain client, {parallelism} at once");
        rows.push(goal(of_value, of_the_value, 1.0, "×"));
    }
    for (pace, [drain, ours]) in PACES.iter().zip(paced) {
        let (count, truth) = (pace.parallelism, pace.server.delay as f64);
        if count == PACES[0].parallelism {
            let what = format!("first token, p50, within 5 % of the truth, {count} at once");
            rows.push(goal(what, ours.first_token[0] / truth, 1.05, "×"));
        }
        let what = format!("first token, p99, at most 1.1 × the bare drain, {count} at once");
        rows.push(goal(what, ours.first_token[1] / drain.first_token[1], 1.1, "×"));
        if count == PACES[1].parallelism {
            let what = format!("memory at most 1.1 × the bare drain, {count} at once");
            rows.push(goal(what, ours.cost.peak / drain.cost.peak, 1.1, "×"));
            let what = format!("stretch: first token, p99, below 1.5 × the truth, {count} at once");
            rows.push(goal(what, ours.first_token[1] / truth, 1.5, "×"));
        }
    }
    let by_inputs = |inputs: u64| memory.iter().find(|(count, _)| *count == inputs);
    if let (Some((_, few)), Some((inputs, many))) = (by_inputs(1_000), memory.last()) {
        let what = format!("memory with {inputs} inputs within 50 MB of that with 1000");
        rows.push(goal(what, many.cost.peak - few.cost.peak, 50.0, "MB"));
    }
    page.table(["goal", "measured", "met"], rows);
}

fn goal(what: String, measured: f64, limit: f64, unit: &str) -> [String; 3] {
    let met = if measured <= limit { "yes" } else { "**no**" };
    [what, format!("{measured:.2} {unit}"), met.to_owned()]
}
