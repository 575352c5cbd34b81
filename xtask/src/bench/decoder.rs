//! The decoder by itself, beside floors and the fastest published decoder.

use anyhow::Result;
use serde::Deserialize;

use super::goal::Goal;
use super::programs::{Programs, figures};
use super::report::Section;
use crate::docs::Page;

/// What the bench found.
pub(super) struct Decoder {
    columns: Vec<Column>,
    hostile: Vec<Hostile>,
}

/// One stream.
#[derive(Deserialize)]
struct Column {
    name: String,
    description: String,
    bytes: f64,
    nanoseconds: Times,
}

/// How long each took for the whole stream.
#[derive(Deserialize)]
struct Times {
    fluxloop: f64,
    #[serde(rename = "sse-core")]
    sse_core: f64,
    memchr2: f64,
    memchr_iter: f64,
}

/// One stream that is made to cost much, and twice as much of it.
#[derive(Deserialize)]
struct Hostile {
    name: String,
    description: String,
    bytes: f64,
    once: f64,
    twice: f64,
}

/// Twice the bytes may take twice the time, and a bit for what a cache does; what is quadratic
/// takes four times as long.
const LINEAR: f64 = 2.5;

/// The columns in which one search for each line is to be beaten: many short events in large
/// chunks.
const AGAINST_MEMCHR2: [&str; 3] = ["a1", "a5", "a6"];

/// Runs the program that measures it.
pub(super) fn measure(programs: &Programs) -> Result<Decoder> {
    let parts = &programs.parts()?.parts;
    Ok(Decoder { columns: figures(parts, &["decoder"])?, hostile: figures(parts, &["hostile"])? })
}

impl Column {
    /// Megabytes a second.
    fn speed(&self, nanoseconds: f64) -> String {
        format!("{:.0}", self.bytes * 1e3 / nanoseconds)
    }

    fn to_sse_core(&self) -> f64 {
        self.nanoseconds.sse_core / self.nanoseconds.fluxloop
    }

    fn to_memchr2(&self) -> f64 {
        self.nanoseconds.memchr2 / self.nanoseconds.fluxloop
    }
}

impl Hostile {
    fn ratio(&self) -> f64 {
        self.twice / self.once
    }
}

impl Section for Decoder {
    fn write(&self, page: &mut Page) {
        page.heading("The decoder");
        page.block(
            "MB of the stream a second, the best of many rounds in which the rows take turns; a \
             ratio says how many times as fast `fluxloop-sse` is.\n\
             The floors do less than any decoder has to: *memchr2* is one search for each line, \
             *memchr_iter* counts the line feeds of each chunk.",
        );
        let head = [
            "stream",
            "`fluxloop-sse`",
            "sse-core 0.2.3",
            "memchr2",
            "memchr_iter",
            "to sse-core",
            "to memchr2",
        ];
        let rows = self.columns.iter().map(|column| {
            let times = &column.nanoseconds;
            [
                format!("{}: {}", column.name, column.description),
                column.speed(times.fluxloop),
                column.speed(times.sse_core),
                column.speed(times.memchr2),
                column.speed(times.memchr_iter),
                format!("{:.2} ×", column.to_sse_core()),
                format!("{:.2} ×", column.to_memchr2()),
            ]
        });
        page.table(head, rows);
        page.block(
            "Streams that are made to cost much: time for each byte, and how many times as long \
             twice the stream takes.",
        );
        let rows = self.hostile.iter().map(|shape| {
            [
                format!("{}: {}", shape.name, shape.description),
                format!("{:.2} ns", shape.once / shape.bytes),
                format!("{:.2} ×", shape.ratio()),
            ]
        });
        page.table(["stream", "for a byte", "twice the stream"], rows);
    }

    fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        for column in &self.columns {
            let name = &column.name;
            let stretch = if name == "b1" { "stretch: " } else { "" };
            let what = format!("{stretch}decoder at least 2 × as fast as sse-core, {name}");
            goals.push(Goal::at_least(what, column.to_sse_core(), 2.0, "×"));
            if AGAINST_MEMCHR2.contains(&name.as_str()) {
                let what = format!("decoder at least as fast as one memchr2 for each line, {name}");
                goals.push(Goal::at_least(what, column.to_memchr2(), 1.0, "×"));
            }
        }
        let worst = self.hostile.iter().map(Hostile::ratio).fold(f64::NAN, f64::max);
        let what = format!("linear: every hostile stream below {LINEAR} × for twice its bytes");
        goals.push(Goal::below(what, worst, LINEAR, "×"));
        goals
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::{met, page_of};
    use super::*;

    /// A decoder that needs so many nanoseconds where sse-core needs 400 and memchr2 200.
    fn measured(name: &str, fluxloop: f64, twice: f64) -> Decoder {
        let times = Times { fluxloop, sse_core: 400.0, memchr2: 200.0, memchr_iter: 50.0 };
        Decoder {
            columns: vec![Column {
                name: name.to_owned(),
                description: "events".to_owned(),
                bytes: 1_000.0,
                nanoseconds: times,
            }],
            hostile: [("calm", 20.0), ("wild", twice)]
                .map(|(name, twice)| Hostile {
                    name: name.to_owned(),
                    description: "bytes".to_owned(),
                    bytes: 100.0,
                    once: 10.0,
                    twice,
                })
                .into(),
        }
    }

    #[test]
    fn speeds_and_ratios_stand_in_one_row() {
        let page = page_of(&measured("a1", 100.0, 21.0));
        assert!(
            page.contains("| a1: events | 10000 | 2500 | 5000 | 20000 | 4.00 × | 2.00 × |"),
            "{page}"
        );
        assert!(page.contains("| wild: bytes | 0.10 ns | 2.10 × |"), "{page}");
    }

    #[test]
    fn every_column_has_its_goals() {
        assert_eq!(met(&measured("a1", 100.0, 21.0)), [true, true, true]);
        assert_eq!(met(&measured("a1", 201.0, 21.0)), [false, false, true]);
        // A search for each line is no bound where a line has several chunks.
        assert_eq!(met(&measured("b1", 200.0, 21.0)), [true, true]);
    }

    #[test]
    fn one_shape_that_is_not_linear_is_enough() {
        assert_eq!(met(&measured("b1", 200.0, 25.0)), [true, false]);
    }
}
