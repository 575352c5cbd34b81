//! Servers and clients as processes.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

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
    /// Starts a program that prints its URL as the last word of its first line.
    pub(super) fn start(mut command: Command, log: &Path) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            .spawn()
            .with_context(|| format!("{command:?} could not be started"))?;
        let mut stdout = BufReader::new(child.stdout.take().context("it has no output")?);
        let (line, first) = mpsc::channel();
        thread::spawn(move || {
            let mut text = String::new();
            let _ = stdout.read_line(&mut text);
            let _ = line.send(text);
            // A full pipe would stop the server.
            let _ = std::io::copy(&mut stdout, &mut std::io::sink());
        });
        let mut server = Self { child, url: String::new() };
        let line = first.recv_timeout(START).unwrap_or_default();
        line.trim().rsplit(' ').next().unwrap_or_default().clone_into(&mut server.url);
        ensure!(server.url.starts_with("http"), "the server did not start:\n{}", tail(log));
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
