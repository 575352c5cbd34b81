//! The log and the panics, both masked.

use std::fmt::Display;
use std::io::{self, Write};
use std::panic::{PanicHookInfo, set_hook};
use std::sync::Arc;

use fluxloop_redact::{Masked, Redactor};
use fluxloop_report::visible;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::output;

/// The crates of ours that log, to which a level without a target applies.
const OWN_CRATES: [&str; 3] = ["fluxloop_cli", "fluxloop_mock", "fluxloop_runner"];

/// Tells of a panic what cannot be a secret: where, and what stands in the program. This holds until
/// the secrets are known.
pub(crate) fn hide_panics() {
    set_hook(Box::new(|panic| tell(panic, &without_values(panic))));
}

/// Tells the whole message of a panic from now on, masked, and starts the log.
pub(crate) fn install(redactor: &Arc<Redactor>) {
    let knows_secrets = redactor.clone();
    set_hook(Box::new(move |panic| tell(panic, &with_values(panic, &knows_secrets))));
    start(redactor);
}

/// Starts the log, if `RUST_LOG` asks for one.
pub(crate) fn start(redactor: &Arc<Redactor>) {
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
        output::warning("the log was already started");
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

/// Masks each record before it is written, pieces of secrets too, because libraries log what they
/// read, wherever it is cut; a record is one call of `write`.
#[derive(Clone)]
struct MaskingWriter(Arc<Redactor>);

impl Write for MaskingWriter {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(record);
        let (masked, _) = self.0.mask_piece(text.trim_end_matches('\n'));
        output::note(one_line(&masked));
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for MaskingWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        self.clone()
    }
}

/// One record is one line, whatever it quotes.
fn one_line(text: &Masked) -> String {
    visible(text.as_str()).replace('\n', "\\n")
}

fn tell(panic: &PanicHookInfo<'_>, text: &Masked) {
    let place: &dyn Display = panic.location().map_or(&"an unknown place", |place| place);
    output::note(format_args!("internal fault at {place}: {}", one_line(text)));
}

/// A panic whose message was put together holds values.
fn without_values(panic: &PanicHookInfo<'_>) -> Masked {
    let text = panic.payload().downcast_ref::<&'static str>();
    Masked::from_static(text.unwrap_or(&"a message that may hold a secret"))
}

fn with_values(panic: &PanicHookInfo<'_>, redactor: &Redactor) -> Masked {
    let text = panic.payload_as_str();
    text.map_or(Masked::from_static("no message"), |text| redactor.mask_piece(text).0)
}

#[cfg(test)]
mod tests {
    use std::panic::{catch_unwind, set_hook, take_hook};
    use std::sync::Mutex;
    use std::thread;

    use fluxloop_redact::Secret;

    use super::*;

    const KEY: &str = "sk-live-0123456789";

    /// What a hook says of panics with and without a secret. There is one hook for all tests, so it
    /// listens to this thread alone.
    fn said(hook: impl Fn(&PanicHookInfo<'_>) -> Masked + Send + Sync + 'static) -> Vec<String> {
        let (said, here) = (Arc::new(Mutex::new(Vec::new())), thread::current().id());
        let says = said.clone();
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if thread::current().id() == here {
                says.lock().expect("no panic in a hook").push(hook(panic).to_string());
            } else {
                before(panic);
            }
        }));
        let _ = catch_unwind(|| panic!("no key"));
        let _ = catch_unwind(|| panic!("the key {KEY} is too long"));
        let _ = take_hook();
        said.lock().expect("no panic in a hook").clone()
    }

    #[test]
    fn a_panic_tells_values_only_when_the_secrets_are_known() {
        assert_eq!(said(without_values), ["no key", "a message that may hold a secret"]);
        let redactor = Redactor::builder().secret("KEY", &Secret::new(KEY)).build();
        let known = said(move |panic| with_values(panic, &redactor));
        assert_eq!(known, ["no key", "the key *** is too long"]);
    }

    #[test]
    fn a_record_is_one_line_without_controls() {
        let text = Masked::from_static("one\r\ntwo \u{1b}[2J");
        assert_eq!(one_line(&text), "one\\u{d}\\ntwo \\u{1b}[2J");
    }

    #[test]
    fn a_bare_level_concerns_our_own_crates() {
        let directives = directives("debug, hyper=trace");
        assert!(directives.contains("fluxloop_runner=DEBUG"), "{directives}");
        assert!(directives.ends_with("hyper=trace"), "{directives}");
    }
}
