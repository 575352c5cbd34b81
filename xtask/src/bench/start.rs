//! How long it takes from the start of the process to the first byte of a request.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};

use super::goal::Goal;
use super::process::{CLIENT_CORE, pinned};
use super::programs::Programs;
use super::project::{Project, Secrets};
use super::report::Section;
use super::statistics::median;
use crate::docs::Page;

/// A short answer, after which there is nothing more to say.
const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
                      Connection: close\r\n\r\n\
                      data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n";

/// How often the listener looks for a connection: an error of the figure.
const INTERVAL: Duration = Duration::from_micros(100);

/// Milliseconds of each start.
pub(super) struct Start(Vec<f64>);

/// Starts `fluxloop` with one input, again and again.
pub(super) fn measure(programs: &Programs, rounds: u32) -> Result<Start> {
    let clients = programs.clients()?;
    let starts: Result<_> = (0..=2 * rounds).map(|_| first_request(&clients.fluxloop)).collect();
    let starts = Start(starts?);
    println!("start: {:.1?} ms to the first request", starts.0);
    Ok(starts)
}

/// Milliseconds from the start of a process to the first bytes of its request.
pub(super) fn first_request(program: &Path) -> Result<f64> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let project = Project::new(&url, 1, Secrets::One)?;
    let mut command = pinned(CLIENT_CORE, program);
    command.args(["run", "experiment", "--yes", "--no-display"]).current_dir(project.folder());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = SystemTime::now();
    let mut child = command.spawn().context("`sh` could not be started")?;
    let mut connection = accept(&listener, &mut child)?;
    ensure!(connection.read(&mut [0; 4096])? > 0, "the client sent nothing");
    let elapsed = started.elapsed()?.as_secs_f64() * 1e3;
    connection.write_all(ANSWER.as_bytes())?;
    drop(connection);
    ensure!(child.wait()?.success(), "the client that was started failed");
    Ok(elapsed)
}

/// The first connection, unless the client ends without any.
fn accept(listener: &TcpListener, child: &mut Child) -> Result<TcpStream> {
    loop {
        match listener.accept() {
            Ok((connection, _)) => {
                connection.set_nonblocking(false)?;
                return Ok(connection);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        ensure!(child.try_wait()?.is_none(), "the client sent no request");
        std::thread::sleep(INTERVAL);
    }
}

impl Section for Start {
    fn write(&self, page: &mut Page) {
        page.heading("From the start to the first request");
        let slowest = self.0.iter().copied().fold(f64::NAN, f64::max);
        page.block(&format!(
            "`fluxloop run experiment` with one input, from the start of the process to the first \
             bytes of its request: {:.1} ms, the median of {} starts; the slowest took {slowest:.1} \
             ms.",
            median(self.0.iter().copied()),
            self.0.len(),
        ));
    }

    fn goals(&self) -> Vec<Goal> {
        let what = "start to first request below 30 ms".to_owned();
        vec![Goal::below(what, median(self.0.iter().copied()), 30.0, "ms")]
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::{met, page_of};
    use super::*;

    #[test]
    fn the_median_start_counts() {
        let start = Start(vec![20.0, 99.0, 21.0]);
        assert_eq!(met(&start), [true]);
        let page = page_of(&start);
        assert!(
            page.contains("21.0 ms, the median of 3 starts; the slowest took 99.0 ms"),
            "{page}"
        );
        assert_eq!(met(&Start(vec![31.0])), [false]);
    }
}
