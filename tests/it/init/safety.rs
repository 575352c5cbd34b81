//! What `init` refuses to write, and where.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

use super::{LINE, SECRETS, files};
use crate::support::{Finished, Project};

/// Where git may be.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

fn fluxloop(project: &Project, args: &[&str]) -> Finished {
    Finished::of(project.command(args).env("PATH", PATH))
}

fn init(project: &Project, line: &str) -> Finished {
    fluxloop(project, &["init", "project", "--from-curl", line])
}

/// Refuses a line, and leaves everything as it was.
#[track_caller]
fn check_refused(project: &Project, line: &str, code: i32, says: &[&str]) {
    let before = files(project.path());
    init(project, line).exits(code).says(says).keeps_quiet_about(&SECRETS);
    assert_eq!(files(project.path()), before, "{line}");
}

#[test]
fn nothing_is_written_of_a_project_that_would_not_load() {
    let project = Project::empty();
    for (rest, cause) in [
        ("--json '{\"input\": \"x\", \"n\": 1e400}'", "too large"),
        ("--cacert none.pem --json '{\"input\": \"x\"}'", "`none.pem` cannot be read"),
        ("-m 1e300 --json '{\"input\": \"x\"}'", "runner.http.timeout"),
        ("-x http://p:99999 --json '{\"input\": \"x\"}'", "invalid port number"),
    ] {
        let line = format!("curl http://h/a {rest}");
        let says = [cause, "nothing was written, because the project would not load"];
        check_refused(&project, &line, 3, &says);
    }
    // Nor one that a file that is there makes unsound, or whose request cannot be made.
    let project = Project::empty().file("configs/project.yaml", "iterations: none\n");
    check_refused(&project, LINE, 3, &["iterations", "nothing was written"]);
    let path = format!("curl http://h/{}?q=x", "a".repeat(65_600));
    check_refused(&Project::empty(), &path, 3, &["more than 65534 bytes", "nothing was written"]);
}

#[test]
fn what_is_in_the_way_is_named() {
    for (path, says) in [
        (".gitignore/x", "`.gitignore` is not a file; nothing was written"),
        (".env/x", "`.env` is not a file; nothing was written"),
        ("inputs", "`inputs` is a file, and not a folder; nothing was written"),
        (".env.example/x", "`.env.example` is a folder, and not a file; nothing was written"),
    ] {
        check_refused(&Project::empty().file(path, ""), LINE, 1, &[says]);
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    use std::os::unix::fs::symlink;
    for name in [".env", ".gitignore", "configs", "inputs"] {
        let outside = Project::empty().file("file", "A=1\n");
        let is_file = name.starts_with('.');
        let target = if is_file { outside.path().join("file") } else { outside.path().to_owned() };
        let project = Project::empty();
        symlink(target, project.path().join(name)).expect("a link");
        let says = format!("`{name}` is a link, which may lead out of the project");
        init(&project, LINE).exits(1).says(&[&says, "nothing was written"]);
        assert_eq!(files(outside.path()), [("file".to_owned(), "A=1\n".to_owned())]);
        let entries = fs::read_dir(project.path()).expect("a folder").count();
        assert_eq!(entries, 1, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn an_env_that_others_could_read_is_private_afterwards() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::empty().file(".env", "X=1\n");
    let path = project.path().join(".env");
    let mode = || fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
    init(&project, LINE).exits(0).says(&["only you can read it, with mode 0600 in place of 0644"]);
    assert_eq!(mode(), 0o600);
    assert!(fs::read_to_string(&path).expect("a file").starts_with("X=1\n"));
}

#[test]
fn files_that_are_not_text_are_added_to() {
    let project = Project::empty();
    fs::write(project.path().join(".gitignore"), b"caf\xe9").expect("a file");
    fs::write(project.path().join(".env"), b"# caf\xe9\nAPI_KEY=mine").expect("a file");
    init(&project, LINE).exits(0).says(&["`.env` already had `API_KEY`"]);
    let read = |name| fs::read(project.path().join(name)).expect("a file");
    assert_eq!(read(".gitignore"), b"caf\xe9\n.env\nexperiments/\n");
    assert!(read(".env").starts_with(b"# caf\xe9\nAPI_KEY=mine\n"));
}

/// Runs git in a folder; whether it could.
fn git(folder: &Path, args: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.current_dir(folder).args(args).env("PATH", PATH).env("GIT_CONFIG_GLOBAL", "/dev/null");
    git.output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_tracked_env_gets_no_secret() {
    let project = Project::empty().file(".env", "X=1\n").file("sub/.gitignore", "");
    if !git(project.path(), &["init", "--quiet"]) {
        // Not captured by the harness, so that it is seen.
        let _ = writeln!(io::stderr(), "SKIPPED: a_tracked_env_gets_no_secret: no `git`");
        return;
    }
    assert!(git(project.path(), &["add", ".env"]));
    let new = init(&project, LINE).exits(0);
    new.says(&["were written to no file", "git tracks `.env`", "git rm --cached .env"])
        .keeps_quiet_about(&SECRETS);
    for (name, content) in files(project.path()) {
        assert!(!SECRETS.iter().any(|secret| content.contains(secret)), "{name}:\n{content}");
    }
    fluxloop(&project, &["doctor"]).says(&["git tracks `.env`", "`git rm --cached .env`"]);
    assert!(git(project.path(), &["rm", "--quiet", "--cached", ".env"]));
    fluxloop(&project, &["doctor"]).keeps_quiet_about(&["git tracks"]);
    // A rule for another folder does not ignore this one's.
    let project = Project::empty().file(".gitignore", "sub/.env\nexperiments/\n");
    assert!(git(project.path(), &["init", "--quiet"]));
    init(&project, LINE).exits(0).says(&["`.env` has the values of"]);
    assert!(git(project.path(), &["check-ignore", "--quiet", ".env"]));
}

#[test]
fn a_promptfoo_file_is_in_no_history() {
    let config = "prompts: [Hi]\nproviders: [{id: 'http://h/a', config: {body: {q: '{{prompt}}'}, \
                  headers: {X-Api-Key: tok-9876543210}}}]\n";
    let project = Project::empty().file("c.yaml", config);
    let new = project.fluxloop(&["init", "project", "--from-promptfoo", "c.yaml"]).exits(0);
    new.says(&["`.env` has the values of `API_KEY`"]).keeps_quiet_about(&["history"]);
}
