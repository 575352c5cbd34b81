//! The log and the panics, both masked.

use std::io::{self, Write};
use std::sync::Arc;

use fluxloop_redact::Redactor;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The crates of ours that log, to which a level without a target applies.
const OWN_CRATES: [&str; 3] = ["fluxloop_cli", "fluxloop_mock", "fluxloop_runner"];

/// Starts the log, if `RUST_LOG` asks for one, and masks what a panic says.
pub(crate) fn install(redactor: &Arc<Redactor>) {
    mask_panics(redactor.clone());
    #[expect(clippy::disallowed_methods, reason = "RUST_LOG is the command line tool's business")]
    let Some(wish) = std::env::var("RUST_LOG").ok().filter(|wish| !wish.is_empty()) else {
        return;
    };
    let started = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(directives(&wish)))
        .with_ansi(false)
        .with_writer(MaskingWriter(redactor.clone()))
        .try_init();
    if started.is_err() {
        crate::output::warning("the log was already started");
    }
}

/// A bare level means our own crates: other people's logs print headers and bodies.
fn directives(wish: &str) -> String {
    wish.split(',')
        .map(str::trim)
        .flat_map(|part| match part.parse::<tracing::Level>() {
            Ok(level) => OWN_CRATES.map(|name| format!("{name}={level}")).to_vec(),
            Err(_) => vec![part.to_owned()],
        })
        .collect::<Vec<_>>()
        .join(",")
}

/// Masks each record before it is written; a record is one call of `write`.
#[derive(Clone)]
struct MaskingWriter(Arc<Redactor>);

impl Write for MaskingWriter {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(record);
        let masked = self.0.mask(text.trim_end_matches('\n'));
        // One record is one line, whatever it quotes.
        writeln!(io::stderr().lock(), "{}", masked.as_str().replace(['\n', '\r'], "\\n"))?;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

impl<'a> MakeWriter<'a> for MaskingWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        self.clone()
    }
}

/// Says what panicked and where, masked, in place of the standard hook.
fn mask_panics(redactor: Arc<Redactor>) {
    std::panic::set_hook(Box::new(move |panic| {
        let text = redactor.mask(&panic.to_string());
        crate::output::note(format_args!("internal fault: {text}"));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_level_concerns_our_own_crates() {
        let directives = directives("debug, hyper=trace");
        assert!(directives.contains("fluxloop_runner=DEBUG"), "{directives}");
        assert!(directives.ends_with("hyper=trace"), "{directives}");
    }
}
