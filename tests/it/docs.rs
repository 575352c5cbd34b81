//! The examples of the documentation, as a reader runs them.

use std::fs;
use std::path::Path;

use crate::support::Project;

/// The variables that the examples use.
const KEYS: &str = "OPENAI_API_KEY=sk-0123456789\nANTHROPIC_API_KEY=sk-9876543210\n";

/// A fenced block: the words after its fence, and its lines.
struct Block<'d> {
    words: Vec<&'d str>,
    text: String,
}

/// The blocks of each `##` section.
fn sections(page: &str) -> Vec<Vec<Block<'_>>> {
    let mut sections = vec![Vec::new()];
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("## ") {
            sections.push(Vec::new());
        }
        let Some(words) = line.trim_start().strip_prefix("```") else { continue };
        let lines = lines.by_ref().take_while(|line| line.trim_start() != "```");
        let text = lines.flat_map(|line| [line, "\n"]).collect();
        let words = words.split_whitespace().collect();
        sections.last_mut().expect("there is one").push(Block { words, text });
    }
    sections
}

/// Stands for any lines.
const ANY: &str = "…\n";

/// Whether a text is made of these parts, with anything between them.
fn fits(text: &str, expected: &str) -> bool {
    let Some((first, rest)) = expected.split_once(ANY) else { return text == expected };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once(ANY).unwrap_or(("", rest));
    for part in middle.split(ANY) {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

/// The words of a command line, without the quotes around some of them.
fn words(command: &str) -> Vec<&str> {
    let parts = command.split('\'').enumerate();
    let words = parts.flat_map(|(place, part)| match place % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part],
    });
    words.collect()
}

/// Checks that what follows each `$ fluxloop …` is what it prints, and `? CODE` how it ends.
#[track_caller]
fn check_console(project: &Project, text: &str) {
    let mut printed = String::new();
    for command in text.lines().filter_map(|line| line.strip_prefix("$ fluxloop ")) {
        let finished = project.fluxloop(&words(command));
        printed.extend(["$ fluxloop ", command, "\n"]);
        for output in [&finished.stdout, &finished.stderr] {
            printed.extend(output.lines().flat_map(|line| [line, "\n"]));
        }
        let code = finished.code.expect("no signal ends it");
        if code != 0 {
            printed.extend(["? ", &code.to_string(), "\n"]);
        }
    }
    assert!(fits(&printed, text), "{printed}\nis not what the page shows:\n{text}");
}

/// Checks the consoles of a page, in a project that has what they need.
#[track_caller]
pub(crate) fn check_consoles(page: &str, project: &Project) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
    let text = fs::read_to_string(path).expect("it is there");
    let blocks = sections(&text).into_iter().flatten();
    let consoles: Vec<_> = blocks.filter(|block| block.words == ["console"]).collect();
    assert!(!consoles.is_empty(), "{page} has no examples");
    for block in consoles {
        check_console(project, &block.text);
    }
}

/// Runs the examples of a page. The second word of a fence is the name of a file.
#[track_caller]
fn check(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
    let text = fs::read_to_string(path).expect("it is there");
    let mut examples = 0;
    for section in sections(&text) {
        let mut project = Project::empty().file(".env", KEYS);
        for block in section {
            match block.words.as_slice() {
                ["console"] => check_console(&project, &block.text),
                [_, name] => {
                    project = project.file(name, &block.text);
                    let args: &[&str] = match *name {
                        "configs/simulation.yaml" => {
                            &["run", "experiment", "--dry-run", "--set", "base_inputs=[Hi]"]
                        }
                        "mine.yaml" => &["schema", "show", "./mine.yaml"],
                        _ => continue,
                    };
                    let finished = project.fluxloop(args).exits(0);
                    assert!(!finished.stderr.contains("warning"), "{}", finished.stderr);
                }
                _ => continue,
            }
            examples += 1;
        }
    }
    assert_ne!(examples, 0, "{page} has no examples");
}

#[test]
fn examples_of_schemas_print_what_they_show() {
    check("docs/schema.md");
}

#[test]
fn examples_of_the_guide_print_what_they_show() {
    check("docs/guide.md");
}

#[test]
fn examples_of_expectations_print_what_they_show() {
    check("docs/expectations.md");
}

#[test]
fn configurations_of_the_readme_load() {
    check("README.md");
}
