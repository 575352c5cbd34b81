//! Configurations: whatever a file says, it is loaded or its faults are told, without a secret.
//!
//! The input is the file.

use std::fs;

use fluxloop_config::{LoadOptions, load};

/// What has a meaning in a configuration, and what comes near.
pub(crate) const TOKENS: &[&str] = &[
    "\n",
    "\n  ",
    "\n    ",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "'",
    "\"",
    "|\n",
    ">\n",
    "#",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "!!int ",
    "---\n",
    "? ",
    "~",
    "null",
    "true",
    "1e3",
    "0x10",
    "${API_KEY}",
    "${API_KEY:-x}",
    "${API_KEY:?set it}",
    "$${",
    "${",
    "$API_KEY",
    "${NONE}",
    "runner:",
    "http:",
    "url:",
    "http://h/",
    "method:",
    "timeout:",
    "5s",
    "stream:",
    "sse",
    "none",
    "stream_event_filter:",
    "stream_output_path:",
    "output_path:",
    "stream_done:",
    "headers:",
    "Authorization:",
    "body_template:",
    "mapping:",
    "type:",
    "query:",
    "retry:",
    "attempts:",
    "status_codes:",
    "limits:",
    "guards:",
    "tls:",
    "proxy:",
    "security:",
    "mask:",
    "unmask:",
    "base_inputs:",
    "personas:",
    "iterations:",
    "input:",
    "name:",
    "tags:",
    "$.input",
    "output_directory:",
];

/// The value of the variable `API_KEY`. No input of a fuzzer has it by chance.
const SECRET: &str = "zq7xw2vk9jhb4n1mfd";

/// Loads the input as a configuration, as a run, as a run against the mock and as a dry run.
///
/// # Panics
///
/// If loading does, or if a message or what is kept of the configuration holds the secret.
pub fn config(input: &[u8]) {
    if String::from_utf8_lossy(input).contains(&SECRET[..6]) {
        return;
    }
    let may_unmask = String::from_utf8_lossy(input).contains("unmask");
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let file = folder.path().join("input.yaml");
    fs::write(&file, input).expect("the folder is writable");
    for (mock, dry_run) in [(false, false), (true, false), (false, true)] {
        let options = LoadOptions {
            config: Some(file.clone()),
            current_dir: folder.path().to_owned(),
            environment: [("API_KEY", SECRET)].into_iter().collect(),
            mock,
            dry_run,
            ..LoadOptions::default()
        };
        check(&options, may_unmask);
    }
}

fn check(options: &LoadOptions, may_unmask: bool) {
    match load(options) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                hides(&format!("{warning} {warning:?}"));
            }
            for finding in &loaded.findings {
                hides(&format!("{finding:?}"));
            }
            hides(&loaded.settings.to_yaml());
            hides(&loaded.settings.as_written().to_string());
            // The inputs are read as far as a run would.
            for input in loaded.inputs.iter().take(100) {
                if let Err(error) = input {
                    hides(&format!("{error} {error:?}"));
                }
            }
        }
        // The path of a file is shown, and with it a variable that `security.unmask` may name.
        Err(_) if may_unmask => {}
        Err(errors) => hides(&format!("{errors} {errors:?} {:?}", errors.findings())),
    }
}

fn hides(shown: &str) {
    assert!(!shown.contains(SECRET), "the secret is shown in {shown}");
}
