//! The groups of checks on programs that others wrote.

use anyhow::{Result, ensure};

use super::environment::NODE;
use super::scenario::Part;
use super::{browser, editors, judge, proxies, readers, servers, statistics};
use crate::{snapshots, workspace};

/// Checks that share an environment, and take five minutes at most.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Presets that its checks use.
    presets: &'static [&'static str],
    /// Further files and folders of the project that its checks use.
    files: &'static [&'static str],
    /// What its protocols have.
    pub(super) has: &'static [Part],
    /// Whether its clients read our mock, too.
    pub(super) reads_mock: bool,
    pub(super) check: fn(&Self) -> Result<u32>,
}

pub(super) const GROUPS: &[Group] = &[
    Group {
        name: "ag-ui",
        about: "the encoder of `ag-ui-protocol` on FastAPI, compared with npm `@ag-ui/client`",
        presets: &["ag-ui"],
        files: &[],
        has: &[Part::Reasoning, Part::ToolCalls, Part::Results, Part::NeedsInput, Part::Usage],
        reads_mock: true,
        check: servers::check,
    },
    Group {
        name: "vercel",
        about: "UI message streams of npm `ai`, compared with the same package's reader",
        presets: &["vercel-ui"],
        files: &[],
        has: &[
            Part::Reasoning,
            Part::ToolCalls,
            Part::Results,
            Part::Discarded,
            Part::NeedsInput,
            Part::Usage,
        ],
        reads_mock: true,
        check: servers::check,
    },
    Group {
        name: "a2a",
        about: "tasks of `a2a-sdk` over JSON-RPC and REST, compared with its client",
        presets: &["a2a"],
        files: &[],
        has: &[Part::Discarded, Part::NeedsInput],
        reads_mock: false,
        check: servers::check,
    },
    Group {
        name: "mcp",
        about: "tool calls of `mcp` over streamable HTTP, by events and by JSON, compared with its client",
        presets: &["mcp"],
        files: &[],
        has: &[Part::NeedsInput],
        reads_mock: false,
        check: servers::check,
    },
    Group {
        name: "aimock",
        about: "npm `@copilotkit/aimock` in six providers' forms, compared with their own clients",
        presets: &["anthropic", "cohere", "gemini", "ollama", "openai-chat", "openai-responses"],
        files: &[],
        has: &[Part::Reasoning, Part::ToolCalls, Part::Usage],
        reads_mock: true,
        check: servers::check,
    },
    Group {
        name: "langserve",
        about: "chains of text and of messages on `langserve`, compared with its client",
        presets: &["langserve"],
        files: &[],
        has: &[Part::ToolCalls, Part::Usage],
        reads_mock: false,
        check: servers::check,
    },
    Group {
        name: "dify",
        about: "events of Dify, compared with `dify-client-python`",
        presets: &["dify"],
        files: &[],
        has: &[Part::ToolCalls, Part::Results, Part::Discarded, Part::NeedsInput, Part::Usage],
        reads_mock: true,
        check: servers::check,
    },
    Group {
        name: "llmock",
        about: "`llmock`, which breaks its answers and judges what our defaults do then",
        presets: &["cohere"],
        files: &[],
        has: &[],
        reads_mock: false,
        check: judge::check,
    },
    Group {
        name: "proxies",
        about: "nginx, HAProxy, Caddy, squid and tinyproxy of Debian: what is said about their answers",
        presets: &[],
        files: &[],
        has: &[],
        reads_mock: false,
        check: proxies::check,
    },
    Group {
        name: "editors",
        about: "the JSON Schema of the configuration in npm `ajv` and `yaml-language-server`",
        presets: &[],
        files: &["configs/", "docs/", "README.md"],
        has: &[],
        reads_mock: false,
        check: editors::check,
    },
    Group {
        name: "browser",
        about: "report.html in Chromium: what it shows, keyboard, axe, hostile answers, times",
        presets: &[],
        files: &[],
        has: &[],
        reads_mock: false,
        check: browser::check,
    },
    Group {
        name: "statistics",
        about: "intervals and tests of fluxloop-statistics, computed again by `scipy`",
        presets: &[],
        files: &[],
        has: &[],
        reads_mock: false,
        check: statistics::check,
    },
    Group {
        name: "readers",
        about: "exports, read by `junitparser`, `pyarrow`, `duckdb` and `opentelemetry-proto`",
        presets: &[],
        files: &["tests/fixtures/hostile.json"],
        has: &[],
        reads_mock: false,
        check: readers::check,
    },
    Group {
        name: "tests",
        about: "the end-to-end tests with FastAPI, fakellm, and the clients of OpenAI and Anthropic",
        presets: &[],
        files: &["tests/it/support/", "tests/it/third_party/", "tests/fixtures/python/"],
        has: &[],
        reads_mock: false,
        check: tests,
    },
];

/// What every group uses: a change of it asks for all of them.
const SHARED: &[&str] = &["Cargo.lock", "Cargo.toml", "crates/", "xtask/src/real/"];

impl Group {
    /// The members of a record that its clients have to give.
    pub(super) fn members(&self) -> impl Iterator<Item = &'static str> {
        self.has.iter().filter_map(|part| match part {
            Part::Reasoning => Some("reasoning"),
            Part::ToolCalls => Some("tool_calls"),
            Part::Usage => Some("usage"),
            Part::Results | Part::Discarded | Part::NeedsInput => None,
        })
    }

    /// Whether a changed file of the project can change what this group finds.
    pub(super) fn uses(&self, file: &str) -> bool {
        if let Some(preset) = file.strip_prefix("crates/fluxloop-schema/presets/") {
            let name = preset.split('.').next().unwrap_or_default();
            return self.presets.contains(&name);
        }
        if let Some(file) = file.strip_prefix("tests/real/") {
            // A file that lies in no group's folder is shared by all.
            return file
                .split_once('/')
                .is_none_or(|(group, _)| [self.name, NODE].contains(&group));
        }
        SHARED.iter().chain(self.files).any(|used| file.starts_with(used))
    }
}

/// The tests of the workspace that start third-party programs; gives how many passed.
fn tests(_: &Group) -> Result<u32> {
    let mut command = workspace::cargo(&["test", "--workspace", "--locked", "--test=it", "--"]);
    let output = command.arg(snapshots::THIRD_PARTY).output()?;
    let [printed, complaints] =
        [output.stdout, output.stderr].map(String::from_utf8).map(Result::unwrap_or_default);
    print!("{printed}");
    eprint!("{complaints}");
    ensure!(output.status.success(), "a test failed");
    ensure!(!complaints.contains("SKIPPED: "), "a test was skipped");
    Ok(passed(&printed))
}

/// How many tests passed, as the test runner prints it.
fn passed(printed: &str) -> u32 {
    let closing = printed.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
    closing.filter_map(|line| line.split(' ').next()?.parse::<u32>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AG_UI: Group = Group {
        name: "ag-ui",
        about: "",
        presets: &["ag-ui"],
        files: &[],
        has: &[],
        reads_mock: false,
        check: |_| Ok(0),
    };

    #[track_caller]
    fn check(file: &str, expected: bool) {
        assert_eq!(AG_UI.uses(file), expected, "{file}");
    }

    #[test]
    fn a_change_of_the_program_asks_for_every_group() {
        check("crates/fluxloop-sse/src/lib.rs", true);
        check("Cargo.lock", true);
        check("docs/guide.md", false);
        check("tests/it/page.rs", false);
    }

    #[test]
    fn a_preset_asks_for_the_groups_that_use_it() {
        check("crates/fluxloop-schema/presets/ag-ui.yaml", true);
        check("crates/fluxloop-schema/presets/ag-ui.md", true);
        check("crates/fluxloop-schema/presets/a2a.yaml", false);
    }

    #[test]
    fn files_of_a_group_ask_for_that_group() {
        check("tests/real/ag-ui/server.py", true);
        check("tests/real/a2a/server.py", false);
        check("tests/real/serve.py", true);
        check("tests/real/node/requirements.txt", true);
    }

    #[test]
    fn passed_tests_of_all_programs_are_added() {
        let printed = "test result: ok. 12 passed; 0 failed; 3 ignored\n\
                    running 1 test\ntest result: ok. 1 passed; 0 failed\n";
        assert_eq!(passed(printed), 13);
    }
}
