//! Says what must hold for any input whatever, for fuzzers and for tests.
//!
//! A property is a function that takes bytes and panics if they break it. libFuzzer calls it with
//! what it comes up with (`tests/fuzz`), `cargo test` with the inputs in `tests/fuzz/corpus`, and
//! `cargo xtask fuzz`, where there is no nightly compiler, with mutations of these.
//!
//! Each property says how it reads its bytes; the encodings are text, so that an input can be read
//! and written by hand.
//!
//! **Invariant:** a property is a function of its input alone: no clock, no chance, no state that
//! outlives a call. What broke it once breaks it again.

mod config;
mod frames;
mod jsonpath;
mod redact;
mod resume;
mod retry_after;
mod schema;
mod sse;
mod target;

pub use config::config;
pub use frames::{json, jsonl, sniff, text};
pub use jsonpath::jsonpath;
pub use redact::redact;
pub use resume::resume;
pub use retry_after::retry_after;
pub use schema::schema;
pub use sse::sse;
pub use target::{TARGETS, Target};
