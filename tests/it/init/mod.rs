//! `fluxloop init project`: each project runs at once, nothing is overwritten, and no secret of a
//! command line stands anywhere but in `.env`.

mod exact;
mod lines;
mod recorder;
mod safety;

use std::fs;
use std::path::Path;

use fluxloop_schema::PRESETS;

use crate::support::Project;

/// All files of a project with their contents, but for the runs.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                found.push((
                    name,
                    String::from_utf8_lossy(&fs::read(&path).expect("a file")).into(),
                ));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_preset_runs_at_once() {
    for name in PRESETS.iter().map(|preset| preset.name).chain(["rest", "custom"]) {
        let project = Project::empty();
        let new = project.fluxloop(&["init", "project", "--preset", name]).exits(0);
        new.says(&["fluxloop run experiment --mock", "--dry-run", "configs/simulation.yaml"])
            .keeps_quiet_about(&["warning"]);
        project.run(&["--dry-run"]).exits(0);
        project.run(&["--mock", "--no-display"]).exits(0);
        assert_eq!(project.outputs().len(), 3, "{name}");
        assert!(!files(project.path()).iter().any(|(name, _)| name == ".env"));
    }
}

/// The shipped configurations of presets send what the presets' pages say.
#[test]
fn shipped_configurations_send_what_the_pages_say() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
    for (file, name) in [
        ("openai.yaml", "openai-chat"),
        ("anthropic.yaml", "anthropic"),
        ("ollama.yaml", "ollama"),
        ("ag-ui.yaml", "ag-ui"),
    ] {
        let shown = |project: &Project, args: &[&str]| {
            let shown =
                project.run(&[args, &["--dry-run", "--input", "x"]].concat()).exits(0).stdout;
            // The id of a case that is not in a file is its number, too.
            shown
                .split("\n\n")
                .filter(|part| !part.contains("project"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let project = Project::empty();
        project.fluxloop(&["init", "project", "--preset", name, "--name", name]).exits(0);
        let config = shipped.join(file);
        let config = config.to_str().expect("text");
        assert_eq!(shown(&project, &[]), shown(&project, &["--config", config]), "{name}");
    }
}

#[test]
fn nothing_is_overwritten_without_force() {
    let project = Project::empty().file("configs/simulation.yaml", "a").file(".env.example", "b");
    let before = files(project.path());
    project
        .fluxloop(&["init", "project", "--preset", "ollama"])
        .exits(1)
        .says(&["`configs/simulation.yaml`, `.env.example` would be overwritten", "--force"]);
    assert_eq!(files(project.path()), before);
    project.fluxloop(&["init", "project", "--preset", "ollama", "--force"]).exits(0);
    project.run(&["--mock", "--no-display"]).exits(0);
}

#[test]
fn a_gitignore_is_added_to_and_an_env_is_kept() {
    let project =
        Project::empty().file(".gitignore", "target\n.env").file(".env", "API_KEY=mine\nX=1");
    let line =
        "curl http://h/a -H 'x-api-key: theirs-1' -b 'sid=s-12345678' --json '{\"input\": \"x\"}'";
    project
        .fluxloop(&["init", "project", "--from-curl", line])
        .exits(0)
        .says(&["`.env` already had `API_KEY`", "`.env` has the values of `COOKIE`"]);
    let read = |name: &str| fs::read_to_string(project.path().join(name)).expect("a file");
    assert_eq!(read(".gitignore"), "target\n.env\nexperiments/\n");
    assert_eq!(read(".env"), "API_KEY=mine\nX=1\nCOOKIE=sid=s-12345678\n");
}

/// Secrets of a line, each at another place.
const SECRETS: [&str; 8] = [
    "bearer-Zq81mXv2",
    "xkey-Kp30fLw9",
    "cookie-Rt55bNc1",
    "userpw-Hg72sDj4",
    "query-Yu18kEo6",
    "member-Ai94vTb3",
    "sk-proj-AbCd0123456789EfGh",
    "proxy-Lm67xCz5",
];

const LINE: &str = "curl 'http://127.0.0.1:1/v1/chat/completions?api_key=query-Yu18kEo6' -u \
    'joe:userpw-Hg72sDj4' -H 'X-Token: bearer-Zq81mXv2' -H 'x-api-key: xkey-Kp30fLw9' -b \
    'sid=cookie-Rt55bNc1' -H 'x-note: see sk-proj-AbCd0123456789EfGh' -x \
    http://u:proxy-Lm67xCz5@127.0.0.1:2 --json '{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \
    \"content\": \"Hi\"}], \"stream\": true, \"password\": \"member-Ai94vTb3\"}'";

#[test]
fn secrets_of_a_line_stand_in_no_file_but_env() {
    let project = Project::empty();
    fs::create_dir(project.path().join(".git")).expect("a folder");
    let new = project.fluxloop(&["init", "project", "--from-curl", LINE]).exits(0);
    new.says(&["history", "`.env` has the values of", "openai-chat"]).keeps_quiet_about(&SECRETS);
    for args in [&["--dry-run"][..], &["--mock", "--no-display"]] {
        project.run(args).exits(0).keeps_quiet_about(&SECRETS);
    }
    let files = files(project.path());
    for (name, content) in &files {
        for secret in SECRETS {
            let is_env = name == ".env";
            assert_eq!(content.contains(secret), is_env, "{secret} in {name}:\n{content}");
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(project.path().join(".env")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn without_an_ignored_env_secrets_go_to_no_file() {
    let project = Project::empty().file(".gitignore", ".env\nexperiments/\n!.env\n");
    fs::create_dir(project.path().join(".git")).expect("a folder");
    let new = project.fluxloop(&["init", "project", "--from-curl", LINE]).exits(0);
    new.says(&["were written to no file", "Add `.env` to `.gitignore`"])
        .keeps_quiet_about(&SECRETS);
    for (name, content) in files(project.path()) {
        assert!(!SECRETS.iter().any(|secret| content.contains(secret)), "{name}:\n{content}");
    }
}

#[test]
fn a_promptfoo_configuration_runs_at_once() {
    let config = "prompts: [file://p.txt]\nproviders: [openai:chat:m, exec:other]\ntests:\n  - vars: {a: \
                  one}\n    assert: [{type: contains, value: x}]\n  - vars: {a: two}\n";
    let project = Project::empty().file("pf/c.yaml", config).file("pf/p.txt", "Say {{a}}");
    project.fluxloop(&["init", "project", "--from-promptfoo", "pf/c.yaml"]).exits(0).says(&[
        "`openai-chat`",
        "provider exec:other",
        "OPENAI_API_KEY",
    ]);
    // The mock does not say what is expected.
    project.run(&["--mock", "--no-display"]).exits(10);
    assert_eq!(project.outputs(), ["Say one", "Say two"]);
    assert_eq!(
        project.traces()[0]["expect"],
        serde_json::json!([{"type": "contains", "value": "x"}])
    );
}

/// A schema of the configuration for editors is named if it is there.
#[test]
fn a_schema_file_is_named_in_the_configuration() {
    let project = Project::empty().file("configs/fluxloop.schema.json", "{}");
    project.fluxloop(&["init", "project"]).exits(0);
    let path = project.path().join("configs/simulation.yaml");
    let configuration = fs::read_to_string(path).expect("a file");
    let first = configuration.lines().next();
    assert_eq!(first, Some("# yaml-language-server: $schema=fluxloop.schema.json"));
}

#[test]
fn a_line_is_read_from_standard_input() {
    let project = Project::empty().file("line", "curl h/a --json '{\"input\": \"x\"}'");
    let mut command = project.command(&["init", "project", "sub", "--from-curl", "-"]);
    command.stdin(fs::File::open(project.path().join("line")).expect("a file"));
    crate::support::Finished::of(&mut command).exits(0).says(&[
        "cd sub",
        "`auto`",
        "fluxloop inspect --write",
    ]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let project = Project::empty();
    let init = |args: &[&str]| project.fluxloop(&[&["init", "project"], args].concat());
    init(&["--preset", "olama"]).exits(2).says(&["did you mean `ollama`?"]);
    init(&["--from-curl", "wget http://h"]).exits(3).says(&["does not start with `curl`"]);
    init(&["--preset", "rest", "--from-curl", "-"]).exits(2);
    assert!(files(project.path()).is_empty());
}
