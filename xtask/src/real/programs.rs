//! Servers and clients as processes.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};

/// How long a server may take until it listens.
const START: Duration = Duration::from_secs(30);

/// How long a client or a run may take.
const END: Duration = Duration::from_mins(3);

/// How many lines of a log a message has.
const SHOWN: usize = 30;

/// A server until it is dropped.
pub(super) struct Server {
    child: Child,
    pub(super) url: String,
}

impl Server {
    /// Starts a program that prints a line with its URL when it listens.
    pub(super) fn start(mut command: Command, log: &Path) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            .spawn()
            .with_context(|| format!("{command:?} could not be started"))?;
        let stdout = BufReader::new(child.stdout.take().context("it has no output")?);
        let (url, found) = mpsc::channel();
        thread::spawn(move || {
            // Every line is read: a full pipe would stop the server.
            for line in stdout.lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once(" http://") {
                    let _ = url.send(format!("http://{address}"));
                }
            }
        });
        let mut server = Self { child, url: String::new() };
        let found = found.recv_timeout(START);
        server.url = found.map_err(|_| anyhow!("the server did not start:\n{}", tail(log)))?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end; gives its exit code and what it printed.
pub(super) fn output(mut command: Command, log: &Path) -> Result<(Option<i32>, String)> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(File::create(log)?)
        .spawn()
        .with_context(|| format!("{command:?} could not be started"))?;
    let mut stdout = child.stdout.take().context("it has no output")?;
    let (text, whole) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stdout.read_to_end(&mut bytes);
        let _ = text.send(bytes);
    });
    let Ok(bytes) = whole.recv_timeout(END) else {
        child.kill()?;
        child.wait()?;
        bail!("{command:?} takes longer than {END:?}:\n{}", tail(log));
    };
    Ok((child.wait()?.code(), String::from_utf8_lossy(&bytes).into_owned()))
}

/// The same, of a program that has to succeed.
pub(super) fn success(command: Command, log: &Path) -> Result<String> {
    let (code, text) = output(command, log)?;
    ensure!(code == Some(0), "{} ended with {code:?}:\n{text}{}", log.display(), tail(log));
    Ok(text)
}

/// The end of a log.
pub(super) fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

/// `fluxloop`, as a development build.
pub(super) fn fluxloop() -> Result<PathBuf> {
    crate::workspace::built(&["build", "--locked", "--package=fluxloop-cli"], "fluxloop")
}
