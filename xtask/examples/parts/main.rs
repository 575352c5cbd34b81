//! Measures parts of the client by themselves, and prints what it found as one line of JSON.
//!
//! `cargo xtask bench` builds it as a release is built, runs it on one core and makes tables of
//! it. Rows are measured in turn, and the best of many rounds counts: what else the machine does
//! can only make a round slower, so the best one is what the code itself takes.

#![expect(clippy::print_stdout, reason = "the figures are its output")]

mod clock;
mod decoder;
mod events;
mod extraction;
mod loops;
mod ways;

use clap::Parser;
use serde_json::Value;

/// Measures a part of the client by itself.
#[derive(Parser)]
enum Part {
    /// Streams of events, beside floors and another decoder
    Decoder,
    /// Streams that are made to cost much, at one size and twice that
    Hostile,
    /// The text of one event, beside other ways to find it
    Extraction,
    /// Runs a hot loop so often and nothing else, for a profiler
    Loop(loops::Args),
}

fn main() {
    println!("{}", Part::parse().measure());
}

impl Part {
    fn measure(self) -> Value {
        match self {
            Self::Decoder => decoder::columns(),
            Self::Hostile => decoder::hostile(),
            Self::Extraction => extraction::documents(),
            Self::Loop(args) => loops::run(&args),
        }
    }
}
