//! What is said about mistakes in configurations: `crates/fluxloop-config/tests/mistakes`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::support::{Finished, Project};

/// A configuration that would be sound.
const SOUND: &str = "\
name: demo
base_inputs:
  - \"Hello\"
  - \"How are you?\"
runner:
  http:
    method: POST
    url: \"http://127.0.0.1:9/chat\"
    timeout: 30s
    stream: sse
    stream_output_path: delta
";

/// How many mistakes in files may point to no line: those of an empty file and of other formats.
const MOST_WITHOUT_LINE: usize = 5;

/// An entry; the page beside the files explains it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    title: String,
    swap: Option<(String, String)>,
    http: Option<String>,
    top: Option<String>,
    config: Option<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    args: Vec<String>,
    argv: Option<Vec<String>>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(rename = "in")]
    folder: Option<String>,
    exit: Option<i32>,
    at: Option<String>,
    #[serde(default)]
    cause: Words,
    #[serde(default)]
    remedy: Words,
    #[serde(default)]
    quiet: bool,
}

/// One text, or several that have to be there.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Words {
    #[default]
    None,
    One(String),
    All(Vec<String>),
}

impl Words {
    fn missing_in(&self, text: &str) -> Option<&str> {
        let all = match self {
            Self::None => &[][..],
            Self::One(word) => std::slice::from_ref(word),
            Self::All(words) => words,
        };
        all.iter().map(String::as_str).find(|word| !text.contains(word))
    }
}

impl Mistake {
    fn configuration(&self) -> String {
        let mut text = self.config.clone().unwrap_or_else(|| SOUND.to_owned());
        if let Some((from, to)) = &self.swap {
            assert!(text.contains(from), "{}: `{from}` is not in the configuration", self.title);
            text = text.replacen(from, to, 1);
        }
        for line in self.http.iter().flat_map(|lines| lines.lines()) {
            text.extend(["    ", line, "\n"]);
        }
        for line in self.top.iter().flat_map(|lines| lines.lines()) {
            text.extend([line, "\n"]);
        }
        text
    }

    fn play(&self) -> Finished {
        let mut project = Project::new(&self.configuration());
        for (path, text) in &self.files {
            project = project.file(path, text);
        }
        let mut args = vec!["run".to_owned(), "experiment".to_owned(), "--dry-run".to_owned()];
        args.extend(self.args.iter().cloned());
        let args = self.argv.clone().unwrap_or(args);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut command = project.command(&args);
        if let Some(folder) = &self.folder {
            let folder = project.path().join(folder);
            fs::create_dir_all(&folder).expect("a folder");
            fs::create_dir_all(folder.join(".git")).expect("a folder");
            command.current_dir(folder);
        }
        Finished::of(command.envs(&self.env))
    }

    /// What is wrong with what is said.
    fn fault(&self, said: &Finished) -> Option<String> {
        let words = words_of(&said.stderr);
        let exit = if self.quiet { 0 } else { self.exit.unwrap_or(3) };
        if said.code != Some(exit) {
            return Some(format!("exit {:?}", said.code));
        }
        if self.quiet {
            let is_quiet = !words.contains("error:") && !words.contains("warning:");
            return (!is_quiet).then(|| "it complains".to_owned());
        }
        let at = self.at.as_deref().unwrap_or_default();
        // A line, but none that only begins with its number.
        let is_placed = words.lines().any(|line| {
            line.split_once(at)
                .is_some_and(|(_, rest)| !rest.starts_with(|c: char| c.is_ascii_digit()))
        });
        let heads = words.matches("error: ").count() + words.matches("warning: ").count();
        let helps = words.matches("= help: ").count() + words.matches("hint: ").count();
        match (self.cause.missing_in(&words), self.remedy.missing_in(&words)) {
            _ if !is_placed => Some(format!("it does not point to {at}")),
            (Some(word), _) => Some(format!("the cause lacks `{word}`")),
            (_, Some(word)) => Some(format!("the remedy lacks `{word}`")),
            _ if exit != 2 && heads != helps => Some(format!("{heads} messages, {helps} remedies")),
            _ => None,
        }
    }
}

/// What is said, without the lines that are quoted.
fn words_of(stderr: &str) -> String {
    let is_quotation = |line: &&str| {
        let line = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
        line.trim_start().starts_with('|')
    };
    stderr.lines().filter(|line| !is_quotation(line)).collect::<Vec<_>>().join("\n")
}

fn mistakes() -> Vec<Mistake> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fluxloop-config/tests/mistakes");
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "yaml"));
    paths.sort();
    paths.iter().flat_map(|path| read(path)).collect()
}

fn read(path: &Path) -> Vec<Mistake> {
    let text = fs::read_to_string(path).expect("a file");
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_mistake_is_placed_explained_and_mended() {
    let mistakes = mistakes();
    let mut faults = Vec::new();
    for mistake in &mistakes {
        let said = mistake.play();
        if let Some(fault) = mistake.fault(&said) {
            faults.push(format!("{}: {fault}\n{}", mistake.title, said.stderr));
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {} fall short:\n\n{}",
        faults.len(),
        mistakes.len(),
        faults.join("\n")
    );
}

#[test]
fn few_mistakes_point_to_no_line() {
    let is_without = |mistake: &&Mistake| {
        let at = mistake.at.as_deref().unwrap_or_default();
        let line = at.rsplit_once(':').map(|(_, line)| line);
        let is_in_file =
            mistake.args.is_empty() && mistake.argv.is_none() && mistake.env.is_empty();
        is_in_file && !mistake.quiet && line.is_none_or(|line| line.parse::<usize>().is_err())
    };
    let mistakes = mistakes();
    let without: Vec<_> = mistakes.iter().filter(is_without).map(|it| &it.title).collect();
    assert!(without.len() <= MOST_WITHOUT_LINE, "{}: {without:?}", without.len());
}

#[test]
fn an_entry_that_is_not_met_is_found() {
    let text =
        "- {title: x, top: 'zebra: 1', at: configs/simulation.yaml:12, cause: no such words}";
    let mistakes: Vec<Mistake> = serde_yaml::from_str(text).expect("an entry");
    let said = mistakes[0].play();
    assert_eq!(mistakes[0].fault(&said).as_deref(), Some("the cause lacks `no such words`"));
}

/// Places for a secret, each with what a person may have written around it.
const PLACES: &[&str] = &[
    "runner:\n  http:\n    headers: {Authorization: SECRET, X: y}\n",
    "runner:\n  http:\n    headers:\n      Authorization: SECRET\n      X: y\n",
    "runner:\n  http:\n    headers:\n      Authorization:\n        SECRET\n      X: y\n",
    "runner:\n  http:\n    headers:\n      Authorization: |\n        Bearer\n        SECRET\n      X: y\n",
    "runner:\n  http:\n    headers: {\n      Cookie:\n        SECRET, X:\n        y}\n",
    "runner:\n  http:\n    url: http://joe:SECRET@127.0.0.1:9/\n    timeout: 5s\n",
    "runner:\n  http:\n    url: http://127.0.0.1:9/?anything=SECRET\n    timeout: 5s\n",
    "runner:\n  http:\n    api_key: SECRET\n    timeout: 5s\n",
    "runner:\n  http:\n    body_template:\n      mapping:\n        all: |\n          {\"password\": \"SECRET\"}\n",
    "metadata:\n  password:\n    one: SECRET\n    two: [x, SECRET]\nname: a\n",
    "metadata: {shared: &it SECRET}\nrunner: {http: {headers: {Authorization: *it}}}\n",
    "metadata:\n  list:\n    - name: API_KEY\n      value: SECRET\n",
    "name: a # SECRET\nseed: 1\n",
    "# SECRET\nname: a\n",
    "name: ${NAME_OF_KEY:-SECRET}\nseed: 1\n",
];

#[test]
fn no_message_shows_a_secret_wherever_the_mistake_is() {
    const SECRET: &str = "hunter2hunter2";
    for place in PLACES {
        let text = place.replace("SECRET", SECRET);
        let lines: Vec<&str> = text.lines().collect();
        for at in 0..=lines.len() {
            let near = lines[at.min(lines.len() - 1)];
            let indent = &near[..near.len() - near.trim_start().len()];
            for mistake in ["zebra: 1", "zebra: [", "zebra: \""] {
                let mistake = format!("{indent}{mistake}");
                let broken = [&lines[..at], &[mistake.as_str()], &lines[at..]].concat().join("\n");
                let project = Project::new(&format!("{broken}\n"));
                project.run(&["--dry-run"]).keeps_quiet_about(&[SECRET]);
            }
        }
    }
}

/// Text of a URL that looks like the beginning of something, over and over: each beginning is looked
/// at once. What is quadratic takes more than twenty seconds here.
#[test]
fn a_long_url_of_beginnings_is_read_at_once() {
    for part in ["{", "{{ $.", "$", "$(", "%", "://", "${", "@", "a:b@", "-----BEGIN "] {
        let text = part.replace(' ', "").repeat(40_000 / part.len());
        let project = Project::new(&format!(
            "base_inputs: [a]\nrunner:\n  http:\n    url: 'http://127.0.0.1:1/{text}'\n"
        ));
        let begun = tokio::time::Instant::now();
        project.run(&["--dry-run"]);
        assert!(begun.elapsed().as_secs() < 10, "{part}: {:?}", begun.elapsed());
    }
}
