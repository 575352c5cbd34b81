//! Schemas: whatever a file says, it is refused, or shown as a schema that loads to the same.
//!
//! The input is the file.

use std::fs;

use fluxloop_config::{LoadOptions, show_schema};

/// What has a meaning in a schema, and what comes near.
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
    "#",
    "&a ",
    "*a",
    "~",
    "null",
    "true",
    "false",
    "1",
    "1.0",
    "255",
    "none",
    "auto",
    "sse",
    "jsonl",
    "ag-ui",
    "a2a",
    "replace",
    "list",
    "append",
    "succeeded",
    "failed",
    "withheld",
    "last",
    "ms",
    "$",
    "^",
    "[*]",
    "[0]",
    "..",
    "a.b",
    "a|*",
    "(",
    "${X}",
    "$${",
    "^a+$",
    "extends:",
    "framing:",
    "type:",
    "text:",
    "final_text:",
    "reasoning:",
    "refusal:",
    "channels:",
    "tool_calls:",
    "usage:",
    "finish_reason:",
    "failed_finish_reasons:",
    "model:",
    "reset:",
    "error:",
    "fail_by_name:",
    "needs_input:",
    "end:",
    "expects_end:",
    "sequence:",
    "captures:",
    "server_timings:",
    "select:",
    "layers:",
    "when:",
    "path:",
    "join:",
    "append_when:",
    "group:",
    "rules:",
    "each:",
    "key:",
    "id:",
    "name:",
    "arguments:",
    "result:",
    "input:",
    "output:",
    "total:",
    "cached:",
    "provider:",
    "count:",
    "sum:",
    "sum_of_last_by:",
    "as:",
    "message:",
    "code:",
    "retry_after:",
    "kind:",
    "since:",
    "equals:",
    "in:",
    "exists:",
    "matches:",
    "all:",
    "any:",
    "not:",
    "data:",
    "member:",
    "by:",
    "unit:",
    "or_finish_reason:",
];

/// Loads the input as a schema, shows it, and loads what is shown.
///
/// # Panics
///
/// If loading does, or if what is shown is not shown again as it is.
pub fn schema(input: &[u8]) {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let options = LoadOptions { current_dir: folder.path().to_owned(), ..LoadOptions::default() };
    let write = |bytes: &[u8]| {
        fs::write(folder.path().join("input.yaml"), bytes).expect("the folder is writable");
    };
    write(input);
    let Ok(shown) = show_schema("./input.yaml", &options) else { return };
    write(shown.yaml.as_str().as_bytes());
    let again = show_schema("./input.yaml", &options);
    let again = again.unwrap_or_else(|errors| panic!("{errors}\n{}", shown.yaml));
    assert_eq!(again.yaml, shown.yaml);
}
