//! Who may print, and who may open files: what leaves the program leaves it masked, so there are few
//! ways out, and each is known.

use super::sources::{crate_of, is_comment, production};
use super::violation::Violation;

/// One way in or out.
struct Outlet {
    /// What code says that uses it.
    words: &'static [&'static str],
    /// The files and folders that may.
    users: &'static [&'static str],
    mend: &'static str,
}

const OUTLETS: &[Outlet] = &[
    Outlet {
        words: &["io::stdout", "io::stderr", "Term::std", "print!(", "println!(", ".print()"],
        users: &["crates/fluxloop-cli/src/output.rs"],
        mend: "print by the module `output` of fluxloop-cli, or write to what the caller gives",
    },
    Outlet {
        words: &[
            "DirBuilder",
            "File::create",
            "File::options",
            "OpenOptions",
            "create_dir",
            "fs::copy",
            "fs::hard_link",
            "fs::remove",
            "fs::rename",
            "fs::write",
        ],
        users: &[
            "crates/fluxloop-store/src/",
            "crates/fluxloop-cli/src/mock_log.rs",
            "crates/fluxloop-cli/src/init/write.rs",
            // What it writes is the same for everybody.
            "crates/fluxloop-cli/src/config_command/schema.rs",
        ],
        mend: "let fluxloop-store write it; beside it there are only the log of the mock, new \
               projects and the schema for editors",
    },
    Outlet {
        words: &["File::open", "fs::read"],
        users: &[
            "crates/fluxloop-config/src/",
            "crates/fluxloop-store/src/",
            "crates/fluxloop-cli/src/decode/input.rs",
            "crates/fluxloop-cli/src/init/there.rs",
            // A captured answer, and the configuration that is changed.
            "crates/fluxloop-cli/src/inspect/",
            "crates/fluxloop-cli/src/mock_command.rs",
            // What Linux tells of a process is a file.
            "crates/fluxloop-cli/src/signals.rs",
        ],
        mend: "let fluxloop-config or fluxloop-store read it",
    },
];

/// Checks one file of the code that users get.
pub(super) fn check(file: &str, text: &str) -> Vec<Violation> {
    if crate_of(file).is_none() || file.contains("/tests/") || file.ends_with("/tests.rs") {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for (number, line) in production(text).filter(|(_, line)| !is_comment(line)) {
        for Outlet { words, users, mend } in OUTLETS {
            let word = words.iter().find(|word| line.contains(*word));
            if let Some(word) = word.filter(|_| !users.iter().any(|user| file.starts_with(user))) {
                let what = format!("`{word}` is not for this file");
                violations.push(Violation::new(file, number, what, *mend));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_words(file: &str, line: &str, expected: &[&str]) {
        let shown: Vec<_> = check(file, line).iter().map(|found| found.what.clone()).collect();
        let expected = expected.iter().map(|word| format!("`{word}` is not for this file"));
        assert_eq!(shown, expected.collect::<Vec<_>>());
    }

    #[test]
    fn only_the_module_for_output_prints() {
        let line = "    writeln!(io::stderr(), \"x\");\n";
        check_words("crates/fluxloop-cli/src/signals.rs", line, &["io::stderr"]);
        check_words("crates/fluxloop-report/src/line.rs", "eprintln!(\"x\");\n", &["println!("]);
        check_words("crates/fluxloop-cli/src/output.rs", line, &[]);
    }

    #[test]
    fn only_the_store_and_the_log_of_the_mock_write_files() {
        let line = "    std::fs::write(path, text)?;\n";
        check_words("crates/fluxloop-runner/src/case.rs", line, &["fs::write"]);
        check_words("crates/fluxloop-cli/src/mock_log.rs", line, &[]);
        check_words("crates/fluxloop-store/src/files.rs", line, &[]);
    }

    #[test]
    fn only_those_who_have_to_read_files_open_them() {
        let line = "    let file = File::open(path)?;\n";
        check_words("crates/fluxloop-http/src/client.rs", line, &["File::open"]);
        check_words("crates/fluxloop-config/src/inputs/stream.rs", line, &[]);
    }

    #[test]
    fn tests_and_comments_may_say_anything() {
        check_words("crates/fluxloop-sse/src/lib.rs", "//! fs::write(\n", &[]);
        check_words("crates/fluxloop-sse/src/lib.rs", "#[cfg(test)]\nfs::write(\n", &[]);
        check_words("crates/fluxloop-sse/tests/it/x.rs", "fs::write(\n", &[]);
        check_words("crates/fluxloop-sse/src/x/tests.rs", "fs::write(\n", &[]);
        check_words("xtask/src/ci.rs", "println!(\"x\");\n", &[]);
    }
}
