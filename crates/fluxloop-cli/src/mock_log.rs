//! What `fluxloop mock` served, as JSON Lines.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use fluxloop_mock::{Fault, OnServed, Served};
use serde_json::{Value, json};

use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;

/// Opens a log, to which one line per answer is appended.
pub(crate) fn open(path: &Path) -> Result<OnServed, Ended> {
    let file = OpenOptions::new().append(true).create(true).open(path).map_err(|error| {
        let message = format!("`{}` cannot be written: {error}", path.display());
        Ended::message(Exit::Failure, message)
    })?;
    // Nothing more is written after the first failure, which is told.
    let file = Mutex::new(Some(file));
    Ok(Arc::new(move |served| {
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(error)) = file.as_mut().map(|file| write(file, served)) {
            output::warning(format_args!("the log cannot be written any more: {error}"));
            *file = None;
        }
    }))
}

/// One write for one line: whoever reads the log sees whole lines.
fn write(file: &mut File, served: &Served) -> std::io::Result<()> {
    file.write_all(format!("{}\n", line(served)).as_bytes())
}

fn line(served: &Served) -> Value {
    let Served { number, case, input, faults, status, text, characters, bytes, reached, ended } =
        served;
    let faults: Vec<_> = faults.iter().map(Fault::to_string).collect();
    json!({
        "number": number,
        "case": case,
        "input": input,
        "fault": (!faults.is_empty()).then(|| faults.join("+")),
        "status": status,
        "text": text,
        "characters": characters,
        "bytes": bytes,
        "reached": name(reached),
        "ended": name(ended),
    })
}

/// The variant's name in lower case.
fn name(value: impl Debug) -> String {
    format!("{value:?}").to_lowercase()
}

#[cfg(test)]
mod tests {
    use fluxloop_mock::{Ended, Reached};

    use super::*;

    #[test]
    fn a_line_says_everything() {
        let served = Served {
            number: 3,
            case: Some("a".to_owned()),
            input: Some("Hi".to_owned()),
            faults: ["bom", "close:deltas=1"].map(|it| it.parse().expect("a fault")).to_vec(),
            status: Some(200),
            text: Some("Hi".to_owned()),
            characters: 2,
            bytes: 100,
            reached: Reached::Head,
            ended: Ended::Broken,
        };
        let expected = r#"{"number":3,"case":"a","input":"Hi","fault":"bom+close:deltas=1","status":200,"text":"Hi","characters":2,"bytes":100,"reached":"head","ended":"broken"}"#;
        assert_eq!(line(&served).to_string(), expected);
    }
}
