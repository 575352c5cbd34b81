//! The floors, and how any client is run.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, anyhow, ensure};
use fluxloop_config::LoadOptions;
use fluxloop_http::{Exchange, Progress, Transport};
use fluxloop_plan::{RequestSpec, cases};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::process::{BOTH_CORES, CLIENT_CORE, Cost, measure, pinned};
use super::programs::Clients;
use super::project::Project;

/// The clients, from the one that does least.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum Client {
    /// Reads chunks and throws them away.
    Drain,
    /// Cuts the body into lines, reads each event as a `serde_json::Value`, joins the text.
    Value,
    /// `fluxloop run experiment`.
    FluxLoop,
}

/// What a floor is to do, in the folder of a project.
#[derive(clap::Args)]
pub(super) struct Args {
    client: Client,
    /// How many requests to send
    #[arg(long)]
    streams: u64,
    /// How many may be under way at once
    #[arg(long)]
    parallelism: u64,
}

/// How many requests a client sends, and where it runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) streams: u64,
    /// How many may be under way at once.
    pub(super) parallelism: u64,
    pub(super) cores: &'static str,
}

impl Load {
    /// For a client with a core of its own.
    pub(super) fn pinned(streams: u64, parallelism: u64) -> Self {
        Self { streams, parallelism, cores: CLIENT_CORE }
    }

    /// For a client that shares both cores with its server.
    pub(super) fn shared(streams: u64, parallelism: u64) -> Self {
        Self { streams, parallelism, cores: BOTH_CORES }
    }
}

/// What running a client gave.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    pub(super) cost: Cost,
    /// Time to first token, median and 99th percentile, in milliseconds.
    pub(super) first_token: [f64; 2],
    /// How late the client's own scheduler was, 99th percentile, in milliseconds, if it tells.
    pub(super) own_lag: Option<f64>,
}

impl Client {
    /// Sends every input of a project, and checks that every answer came.
    pub(super) fn run(self, clients: &Clients, project: &Project, load: Load) -> Result<Run> {
        let Load { streams, parallelism, cores } = load;
        let parallelism = format!("--parallelism={parallelism}");
        let folder = project.folder();
        if self != Self::FluxLoop {
            let mut command = pinned(cores, &clients.xtask);
            let name = if self == Self::Drain { "drain" } else { "value" };
            command.args(["bench", "client", name, &format!("--streams={streams}"), &parallelism]);
            let (cost, output) = measure(command, folder)?;
            let told: Value = serde_json::from_str(&output)?;
            return Ok(Run { cost, first_token: percentiles(&told)?, own_lag: None });
        }
        let mut command = pinned(cores, &clients.fluxloop);
        command.args(["run", "experiment", "--yes", "--no-display", &parallelism]);
        let (cost, _) = measure(command, folder)?;
        let summary = take_summary(&folder.join("experiments"))?;
        ensure!(summary["results"]["successful"] == streams, "not every stream succeeded");
        let first_token = percentiles(&summary["percentiles"]["first_token_ms"])?;
        Ok(Run { cost, first_token, own_lag: summary["own_lag_ms"]["p99"].as_f64() })
    }
}

fn percentiles(value: &Value) -> Result<[f64; 2]> {
    let read = |key: &str| value[key].as_f64().with_context(|| format!("no `{key}` in {value}"));
    Ok([read("p50")?, read("p99")?])
}

/// Reads the summary of the only run and removes the run.
fn take_summary(experiments: &Path) -> Result<Value> {
    let run = crate::workspace::only_run(experiments)?;
    let summary = serde_json::from_slice(&fs::read(run.join("summary.json"))?)?;
    fs::remove_dir_all(experiments)?;
    Ok(summary)
}

/// Plays a floor: one task for each slot, in the runtime that the command line tool has.
pub(super) fn run(args: &Args) -> Result<()> {
    let loaded = fluxloop_config::load(&LoadOptions::from_process()?)?;
    let plan = loaded.plan;
    let first = cases(loaded.inputs.iter(), plan.iterations).next().context("no inputs")??;
    let request = plan.request.render(&first, &plan.response)?;
    let transport = Transport::new(&plan.connection, &request.url, plan.clocks.connect)?;
    let slots =
        Slots { client: args.client, transport, request, left: AtomicU64::new(args.streams) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut times = runtime.block_on(drive(Arc::new(slots), args.parallelism))?;
    times.sort_by(f64::total_cmp);
    println!("{}", json!({"p50": rank(&times, 0.5), "p99": rank(&times, 0.99)}));
    Ok(())
}

/// The nearest rank of sorted values.
fn rank(sorted: &[f64], share: f64) -> Option<f64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is small, and not negative"
    )]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// What the slots share.
struct Slots {
    client: Client,
    transport: Transport,
    request: RequestSpec,
    left: AtomicU64,
}

async fn drive(slots: Arc<Slots>, parallelism: u64) -> Result<Vec<f64>> {
    let mut tasks = JoinSet::new();
    for _ in 0..parallelism {
        let slots = slots.clone();
        tasks.spawn(async move { slots.work().await });
    }
    let mut times = Vec::new();
    while let Some(worked) = tasks.join_next().await {
        times.extend(worked??);
    }
    Ok(times)
}

impl Slots {
    /// Sends requests while there are any; their times to the first bytes, in milliseconds.
    async fn work(&self) -> Result<Vec<f64>> {
        let mut times = Vec::new();
        let take = |left: u64| left.checked_sub(1);
        while self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
            let started = Instant::now();
            let exchange = self.transport.send(&self.request, &Progress::default()).await?;
            ensure!(exchange.status().is_success(), "status {}", exchange.status());
            let first = match self.client {
                Client::Value => read_values(exchange).await?,
                Client::Drain | Client::FluxLoop => drain(exchange).await?,
            };
            times.push(first.duration_since(started).as_secs_f64() * 1e3);
        }
        Ok(times)
    }
}

/// Reads to the end and keeps nothing but when the first bytes came.
async fn drain(mut exchange: Exchange) -> Result<Instant> {
    let mut first = None;
    while let Some(chunk) = exchange.chunk().await? {
        first.get_or_insert(chunk.at);
    }
    first.ok_or_else(|| anyhow!("an empty answer"))
}

/// Reads as a client without any care does.
async fn read_values(mut exchange: Exchange) -> Result<Instant> {
    let (mut first, mut pending, mut text) = (None, Vec::new(), String::new());
    while let Some(chunk) = exchange.chunk().await? {
        first.get_or_insert(chunk.at);
        pending.extend_from_slice(&chunk.bytes);
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &pending) {
            read_line(&pending[start..end], &mut text)?;
            start = end + 1;
        }
        pending.drain(..start);
    }
    ensure!(!text.is_empty(), "an answer without text");
    first.ok_or_else(|| anyhow!("an empty answer"))
}

fn read_line(line: &[u8], text: &mut String) -> Result<()> {
    let Some(data) = line.strip_prefix(b"data: ").filter(|data| *data != b"[DONE]") else {
        return Ok(());
    };
    let event: Value = serde_json::from_slice(data)?;
    text.push_str(event["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let times: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(rank(&times, 0.5), Some(100.0));
        assert_eq!(rank(&times, 0.99), Some(198.0));
        assert_eq!(rank(&times[..1], 0.5), Some(1.0));
        assert_eq!(rank(&[], 0.5), None);
    }

    #[test]
    fn text_is_joined_from_events_that_have_some() {
        let mut text = String::new();
        for line in [
            r#"data: {"choices":[{"delta":{"role":"assistant"}}]}"#,
            r#"data: {"choices":[{"delta":{"content":"a"}}]}"#,
            "",
            r#"data: {"choices":[{"delta":{"content":" b"}}]}"#,
            "data: [DONE]",
        ] {
            read_line(line.as_bytes(), &mut text).expect("the line is in order");
        }
        assert_eq!(text, "a b");
    }
}
