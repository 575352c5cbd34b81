//! Tests of the public API: the frames of each framing, however a body is cut.

mod event_stream;
mod json;
mod jsonl;
mod properties;
mod recognized;
mod seen;
mod sniff;
mod text;
mod whole;
