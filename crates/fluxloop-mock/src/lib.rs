//! Plays a streaming agent: dialects, pace and faults, on a loopback port.
//!
//! A [`MockAgent`] answers like a preset of `fluxloop-schema`, as the preset's page says, like a
//! custom agent ([`Dialect::custom`]) or as a [`Script`] says. Its answer is an echo of the
//! input, byte for byte, so that a test knows what must arrive; reasoning and tool calls can be
//! added. It streams at full speed, or with real pauses, and it breaks on purpose: [`Faults`] say
//! for which request and how, and [`Served`] says afterwards what was done.
//!
//! The page of a preset has a section `Play` with the frames of an answer, in which placeholders
//! such as `{{text}}` stand for what differs from answer to answer; [`placeholders`] lists them. So
//! no protocol has code of its own here.
//!
//! Without a server, [`transcript`] gives the bytes of an answer.
//!
//! ```
//! use fluxloop_mock::{Dialect, MockAgent, MockOptions};
//! use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::TcpStream};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let agent = MockAgent::start(MockOptions {
//!     dialect: Dialect::named("openai-chat").expect("a preset"),
//!     ..MockOptions::default()
//! }).await?;
//!
//! let body = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true}"#;
//! let mut connection = TcpStream::connect(agent.addr()).await?;
//! connection.write_all(format!(
//!     "POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\
//!      content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
//!     body.len(),
//! ).as_bytes()).await?;
//! let mut answer = String::new();
//! connection.read_to_string(&mut answer).await?;
//!
//! assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
//! assert!(answer.contains(r#""delta":{"content":"Hi"}"#));
//! assert!(answer.contains("data: [DONE]\n\n"));
//! assert_eq!(agent.served().completed_streams, 1);
//! # Ok(())
//! # }
//! ```
//!
//! Faults have one written form, in code, in scripts, on a command line and in a request's own
//! header ([`Faults::HEADER`]), so that one mock serves a whole table of cases:
//!
//! ```
//! use fluxloop_mock::{Faults, MockOptions};
//!
//! let rules = ["reset_peer:at=anywhere@30%", "status=503,retry_after=2@10%", "slicer=1+gzip@1"];
//! let rules = rules.map(|rule| rule.parse().expect("a good rule"));
//! let options = MockOptions { faults: Faults::new(rules)?, seed: 7, ..MockOptions::default() };
//! # Ok::<(), fluxloop_mock::MockError>(())
//! ```
//!
//! **Invariant:** the bytes of an answer, and where they break, depend on the options, the request,
//! its number and the version of HTTP alone, whatever else is served meanwhile. There is no chance
//! but the seed, and no clock but for the date that `retry_at` asks for.
//!
//! **Invariant:** what to answer, and what goes wrong with it, is decided without I/O (`play`,
//! `shape`), and a `Program` is all that the server gets; no dialect and no fault knows about
//! sockets, and the server knows neither.
//!
//! **Invariant:** when a [`MockAgent`] is dropped, every task that it started ends.
//!
//! **Invariant:** it never dials out, reads no file and no environment, and logs no header and no
//! body.

mod dialect;
mod error;
mod fault;
mod identity;
mod options;
mod pace;
mod play;
mod program;
mod request;
mod script;
mod served;
mod server;
mod shape;
mod text;

pub use dialect::{Dialect, Layout, placeholders};
pub use error::MockError;
pub use fault::{
    At, Break, Coding, Endless, Fault, FaultDoc, FaultKind, Faults, LineEnd, Malformed, Packing,
    Rule, When,
};
pub use options::{AnswerForm, InputAt, MockOptions, OnServed, Reply};
pub use play::{Transcript, transcript};
pub use request::MockRequest;
pub use script::{Played, Script};
pub use served::{Ended, Reached, Served};
pub use server::{Counts, MockAgent};
pub use text::{count_tokens, deltas};
