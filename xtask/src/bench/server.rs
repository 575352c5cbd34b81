//! The server: the mock agent, in a process of its own.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStdin};
use std::time::Duration;

use anyhow::{Context, Result};
use fluxloop_mock::{Dialect, MockAgent, MockOptions, Reply};

use super::process::{BOTH_CORES, SERVER_CORE, pinned};
use super::programs::Clients;

/// What the server plays.
#[derive(Clone, Copy, clap::Args)]
pub(super) struct Args {
    /// Deltas of text in an answer
    #[arg(long)]
    pub(super) deltas: usize,
    /// Milliseconds before the first byte
    #[arg(long, default_value_t = 0)]
    pub(super) delay: u64,
    /// Milliseconds between deltas
    #[arg(long, default_value_t = 0)]
    pub(super) gap: u64,
}

/// Serves until standard input ends: whoever started this is gone then, or wants no more.
pub(super) fn run(args: &Args) -> Result<()> {
    let options = MockOptions {
        dialect: Dialect::named("openai-chat").expect("a preset"),
        reply: Reply::Text(vec!["answers"; args.deltas].join(" ").into()),
        delay: Duration::from_millis(args.delay),
        chunk_gap: Duration::from_millis(args.gap),
        ..MockOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let agent = runtime.block_on(MockAgent::start(options))?;
    println!("{}", agent.url());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// A server that runs until this is dropped.
pub(super) struct Server {
    child: Child,
    /// Its end is the server's.
    stdin: Option<ChildStdin>,
    url: String,
}

impl Server {
    /// Starts the mock agent on its core.
    pub(super) fn start(clients: &Clients, args: Args) -> Result<Self> {
        Self::start_role("serve", SERVER_CORE, clients, args)
    }

    /// Starts the plain server on the cores that its client uses too.
    pub(super) fn start_plain(clients: &Clients, args: Args) -> Result<Self> {
        Self::start_role("serve-plain", BOTH_CORES, clients, args)
    }

    fn start_role(role: &str, cores: &str, clients: &Clients, args: Args) -> Result<Self> {
        let mut command = pinned(cores, &clients.xtask);
        command
            .args(["bench", role])
            .arg(format!("--deltas={}", args.deltas))
            .arg(format!("--delay={}", args.delay))
            .arg(format!("--gap={}", args.gap))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped());
        let mut child = command.spawn().context("`taskset` could not be started")?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        let stdout = child.stdout.take().context("the server has no output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let url = line.trim().to_owned();
        anyhow::ensure!(url.starts_with("http"), "the server did not start");
        Ok(Self { child, stdin, url })
    }

    /// Its URL, without a path.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // Its status does not matter any more.
        let _ = self.child.wait();
    }
}
