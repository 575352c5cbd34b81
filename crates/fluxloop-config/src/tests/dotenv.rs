//! Environment files.

use insta::assert_snapshot;

use super::Project;

#[test]
fn values_of_dotenv_use_other_variables_in_any_order() {
    let value = |dotenv: &str| {
        let project = Project::http("").env(&[("E", "env")]).set(&["name=${A}"]);
        project.write(".env", dotenv);
        project.load().map(|loaded| loaded.plan.name).map_err(|errors| errors.to_string())
    };
    for (dotenv, expected) in [
        ("A=${B}\nB=3\n", "3"),
        ("A=\"${NOPE:-dd}\"", "dd"),
        ("A=${E}-${F}\nE=own\nF=${E}", "env-env"),
        ("A=pa$sword", "pa$sword"),
        ("A='${E}'", "${E}"),
        ("A=$${E}", "${E}"),
    ] {
        assert_eq!(value(dotenv).as_deref(), Ok(expected));
    }
    assert_snapshot!(value("A=${UNDEF}").unwrap_err(), @"--set name: variable `A` cannot be used: .env:1:1: variable `UNDEF` is not defined; it is neither in the environment nor in .env or ../.env; set it, or write `${UNDEF:-default}`");
    assert_snapshot!(value("A=${B}\nB=${C:?set C}\nC=${D:-}").unwrap_err(), @"--set name: variable `B` cannot be used: .env:2:1: variable `C` is empty: set C");
    assert_snapshot!(value("A=${A}").unwrap_err(), @"--set name: variable `A` cannot be used: .env:1:1: variable `A` leads back to itself; write its value");
    assert_snapshot!(value("A=${B}\nB=${A}").unwrap_err(), @"--set name: variable `B` cannot be used: .env:2:1: variable `A` leads back to itself; write its value");
    assert_snapshot!(value("A=${A").unwrap_err(), @"--set name: variable `A` cannot be used: .env:1:1: has an unclosed `${`; write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`, and `$${` for a literal `${`");
    let project = Project::http("headers: {X-A: '${A}'}").mock();
    project.write(".env", "A=${UNDEF}");
    assert_eq!(project.loaded().plan.request.headers["x-a"], "<UNDEF>");
}

#[test]
fn a_line_of_dotenv_that_nothing_uses_stops_no_run() {
    let project = Project::http("headers: {X-A: '${A}'}");
    let lines = "A=1\nB=\"x\"y\nMY APP: x\nsk-live-0123456789\nC=${NOPE}\nD=${B}\nE=${\n";
    project.write(".env", lines);
    assert_eq!(project.loaded().plan.request.headers["x-a"], "1");
    assert_snapshot!(project.warnings(), @r##"
.env:3:1: `=` is missing after the name; write `NAME=value`; this run does not need the line
.env:4:1: `=` is missing after the name; write `NAME=value`; this run does not need the line
.env:5:1: variable `NOPE` is not defined; it is neither in the environment nor in .env or ../.env; set it, or write `${NOPE:-default}`; this run does not need the line
.env:6:1: variable `B` cannot be used: .env:2:1: text follows the closing quote; only a comment may stand there; this run does not need the line
.env:7:1: has an unclosed `${`; write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`, and `$${` for a literal `${`; this run does not need the line
"##);
    for name in ["B", "D", "C", "E", "B:-default", "MY"] {
        let project = Project::http(&format!("headers: {{X-A: '${{{name}}}'}}"));
        project.write(".env", lines);
        let errors = project.errors();
        assert!(errors.contains("cannot be used: .env:") && !errors.contains('\n'), "{errors}");
    }
    let project = Project::http("headers: {X-A: '${D}'}").mock();
    project.write(".env", lines);
    assert_eq!(project.loaded().plan.request.headers["x-a"], "<B>");
    project.write(".env", "x y\n".repeat(5_000));
    assert_eq!(project.warnings().lines().count(), 2);
    let lines: Vec<_> = (0..30).map(|n| format!("V{n}=${{\n")).collect();
    project.write(".env", lines.concat());
    assert!(project.warnings().ends_with(
        "20 more lines of environment files cannot be read; this run does not need them"
    ));
}

#[test]
fn a_dotenv_has_so_many_variables_and_no_more() {
    let project = Project::http("");
    let lines = |count: usize| (0..count).map(|n| format!("V{n}=x\n")).collect::<Vec<_>>().concat();
    project.write(".env", lines(20_000));
    assert_eq!(project.warnings(), "");
    project.write(".env", lines(20_001));
    assert_snapshot!(project.errors(), @".env: has more than 20000 variables; keep those that this project needs");
}

#[cfg(unix)]
#[test]
fn a_dotenv_can_be_a_pipe_and_nothing_else_than_a_file() {
    let project = Project::http("headers: {X-A: '${A}'}");
    let path = project.path(".env");
    std::os::unix::fs::symlink("nowhere", &path).expect("a link");
    assert!(project.errors().starts_with(".env: cannot be read: there is no such file\n"));
    std::fs::remove_file(&path).expect("the link is there");
    std::fs::create_dir(&path).expect("a folder");
    assert!(project.errors().starts_with(".env: cannot be read: it is a folder\n"));
    std::fs::remove_dir(&path).expect("the folder is there");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.is_ok_and(|status| status.success()));
    let writer = std::thread::spawn(move || std::fs::write(path, "A=piped\n"));
    assert_eq!(project.loaded().plan.request.headers["x-a"], "piped");
    writer.join().expect("no panic").expect("somebody reads");
}

#[test]
fn a_dotenv_that_git_would_commit_warns() {
    let project = Project::http("");
    project.write(".env", "A=1\n");
    assert_eq!(project.warnings(), "");
    project.write(".git/HEAD", "");
    assert_snapshot!(project.warnings(), @"git does not ignore `.env`; add it to `.gitignore`");
    project.write(".gitignore", "/target\n.env\n");
    assert_eq!(project.warnings(), "");
}

#[test]
fn each_broken_line_says_its_cause() {
    let error = |line: &str| {
        let project = Project::http("headers: {X-A: '${A}'}");
        project.write(".env", format!("{line}\n"));
        let errors = project.errors();
        errors.split_once(".env:1:1: ").expect("the line").1.to_owned()
    };
    assert_snapshot!(error("A='x"), @"the quote is not closed; close it, or leave it out");
    assert_snapshot!(error("A=\"x\"y"), @"text follows the closing quote; only a comment may stand there");
    assert_snapshot!(error("A: x"), @"`:` follows the name; write `NAME=value`");
    assert_snapshot!(error("A x"), @"`=` is missing after the name; write `NAME=value`");
    assert_snapshot!(error("set A=x"), @"`set` belongs to the command prompt of Windows; write `NAME=value`");
    assert_snapshot!(error("A=${B-x}"), @"has a form of `${` that is not supported; write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`, and `$${` for a literal `${`");
}

#[test]
fn lines_of_dotenv_without_effect_warn() {
    let warnings = |dotenv: &str| {
        let project = Project::http("headers: {X-A: '${A:-x}'}").env(&[("A", "")]);
        project.write(".env", dotenv);
        project.warnings()
    };
    assert_snapshot!(warnings("B=1\nC=$B\nD='$B'\nE=$NOPE\nF=$B.\n"), @".env:2:1: `$B` is literal text; write `${B}` for the variable");
    assert_snapshot!(warnings("https_proxy=http://p:1\n"), @"`https_proxy` in `.env` has no effect: a proxy comes from the environment of the process, or from `runner.http.proxy`, for example `proxy: ${https_proxy}`");
    assert_snapshot!(warnings("A=1\n"), @"variable `A` is empty in the environment, which hides its value in `.env`; remove it from the environment (`unset A`)");
}
