//! Files that patterns and lists name.

use super::*;

/// A case with further files, whose inputs the key `file` names.
fn files(names: &[&str], file: &str) -> Case {
    let case = section("i.jsonl", "\"a\"", "limit: 100");
    for name in names {
        let path = case.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("\"{name}\"")).unwrap();
    }
    let config = case.folder.path().join("agent.yaml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(config, text.replace("i.jsonl", file)).unwrap();
    case
}

#[test]
fn a_project_folder_may_have_brackets() {
    let mut case = files(&["p[x]/d/a.jsonl", "p[x]/d/b.jsonl"], "'d/*.jsonl'");
    let from = case.folder.path().join("agent.yaml");
    let folder = case.folder.path().join("p[x]");
    std::fs::rename(from, folder.join("agent.yaml")).unwrap();
    case.options.current_dir = folder;
    assert_eq!(case.shown(), ["0: p[x]/d/a.jsonl", "1: p[x]/d/b.jsonl"]);
}

#[test]
fn a_file_that_is_named_twice_is_sent_once() {
    let case = files(&["d/a.jsonl", "d/b.jsonl"], "['d/*.jsonl', d/b.jsonl]");
    assert_eq!(case.shown(), ["0: d/a.jsonl", "1: d/b.jsonl"]);
    assert_snapshot!(case.warnings(), @"agent.yaml:1:16: inputs.file: the same file is named more than once, and sent once: `d/b.jsonl`");
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_sends_each_file_once() {
    let case = files(&["d/e/a.jsonl"], "'d/**/*.jsonl'");
    let folder = case.folder.path().join("d");
    for (to, name) in [(".", "loop"), ("e/a.jsonl", "link.jsonl"), ("..", "e/up")] {
        std::os::unix::fs::symlink(to, folder.join(name)).unwrap();
    }
    std::fs::hard_link(folder.join("e/a.jsonl"), folder.join("z.jsonl")).unwrap();
    assert_eq!(case.shown(), ["0: d/e/a.jsonl"]);
    assert_eq!(case.warnings(), "");
}

#[cfg(unix)]
#[test]
fn what_fits_and_cannot_be_read_is_named() {
    let case = files(&["d/a.jsonl"], "'d/*.jsonl'");
    std::os::unix::fs::symlink("nowhere", case.folder.path().join("d/b.jsonl")).unwrap();
    assert_snapshot!(case.errors(), @"agent.yaml:1:16: inputs.file: `d/b.jsonl` cannot be read: there is no such file; the link leads nowhere");
}

#[test]
fn a_name_that_is_not_a_file_says_why() {
    let errors = |file: &str| files(&[], file).errors();
    assert_snapshot!(errors("['i.jsonl', 'x/*.csv']"), @"agent.yaml:1:16: inputs.file: no file fits `x/*.csv`; a pattern starts in the project's folder, and `*` and `**` do not match names that begin with a dot");
    assert_snapshot!(errors("'*.{csv,json}'"), @"agent.yaml:1:16: inputs.file: no file fits `*.{csv,json}`; `{a,b}` is not supported: write a list of patterns");
    assert_snapshot!(errors("'~/i.jsonl'"), @"agent.yaml:1:16: inputs.file: `~` is not expanded here; write the whole path, or `${HOME}/…`");
    assert_snapshot!(errors("'https://x/i.jsonl'"), @"agent.yaml:1:16: inputs.file: `https://x/i.jsonl` cannot be read: there is no such file; an address is not read: download the file first");
    assert_snapshot!(errors("'{i,j}.jsonl'"), @"agent.yaml:1:16: inputs.file: `{i,j}.jsonl` cannot be read: there is no such file; `{a,b}` is not supported: write a list of patterns");
}

#[test]
fn a_folder_names_its_files() {
    let errors = |names: &[&str], file: &str| files(names, file).errors();
    assert_snapshot!(errors(&["d/train.jsonl", "d/test.jsonl", "d/.x.jsonl", "d/README.md"], "d"), @"agent.yaml:1:16: inputs.file: `d` cannot be read: it is a folder; name one of its files: `d/test.jsonl`, `d/train.jsonl`; or write a pattern such as `d/*.jsonl`");
    assert_snapshot!(errors(&["d/en/a.csv"], "d/"), @"agent.yaml:1:16: inputs.file: `d` cannot be read: it is a folder; write its file, `d/en/a.csv`, or a pattern such as `d/*.jsonl`");
    assert_snapshot!(errors(&["d/README.md"], "d"), @"agent.yaml:1:16: inputs.file: `d` cannot be read: it is a folder; write a pattern such as `d/*.jsonl`");
    let many: Vec<String> = (0..8).map(|number| format!("d/{number}.csv")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(errors(&many, "d").contains("`d/5.csv` and 2 more; or"));
}

#[test]
fn a_pattern_that_fits_several_splits_warns() {
    let case = files(&["d/train.jsonl", "d/test.jsonl"], "'d/*.jsonl'");
    assert_snapshot!(case.warnings(), @"agent.yaml:1:16: inputs.file: fits files of several splits of a data set, and all of them are sent: `d/test.jsonl`, `d/train.jsonl`; name the file that is meant, for example `d/test.jsonl`");
    assert_eq!(case.shown().len(), 2);
    let listed = files(&["d/train.jsonl", "d/test.jsonl"], "[d/train.jsonl, d/test.jsonl]");
    assert_eq!(listed.warnings(), "");
}

/// The inputs of a case whose pipe gets a writer once the wait for one is reported, and the report.
#[cfg(unix)]
fn waits(mut case: Case, write: impl FnOnce(&Path) + Send + 'static) -> (Vec<String>, String) {
    let (said, reports) = std::sync::mpsc::channel();
    let after = std::time::Duration::from_millis(20);
    case.options.waiting = Some(crate::Waiting::new(after, move |what| {
        // Of a slow machine, later waits are reported, too.
        let _ = said.send(what.to_owned());
    }));
    let folder = case.folder.path().to_owned();
    let writer = std::thread::spawn(move || {
        let report: String = reports.recv().unwrap();
        write(&folder);
        report
    });
    let shown = case.shown();
    (shown, writer.join().unwrap())
}

#[cfg(unix)]
fn make_pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[cfg(unix)]
#[test]
fn a_pipe_without_a_writer_is_reported_and_read() {
    let case = files(&[], "pipe.jsonl");
    make_pipe(&case.folder.path().join("pipe.jsonl"));
    let write = |folder: &Path| std::fs::write(folder.join("pipe.jsonl"), "\"a\"\n").unwrap();
    let (shown, report) = waits(case, write);
    assert_eq!(shown, ["0: a"]);
    assert_eq!(
        report,
        "waiting for a program that writes to the pipe `pipe.jsonl`; Ctrl-C stops waiting"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_the_only_file() {
    let case = files(&[], "[i.jsonl, pipe.jsonl]");
    make_pipe(&case.folder.path().join("pipe.jsonl"));
    assert_snapshot!(case.errors(), @"agent.yaml:1:16: inputs.file: `pipe.jsonl` cannot be read: it is no regular file; send what it holds to standard input, and write `-` alone");
}

#[test]
fn many_files_are_read_in_their_order() {
    let names: Vec<String> = (0..150).map(|number| format!("d/{number:03}.jsonl")).collect();
    let case = files(&names.iter().map(String::as_str).collect::<Vec<_>>(), "'d/*.jsonl'");
    let shown = case.shown();
    assert_eq!((shown.len(), &*shown[99]), (100, "99: d/099.jsonl"));
    let inputs = case.inputs();
    assert_eq!(inputs.total(), 100);
}

#[test]
fn a_file_that_is_opened_again_must_be_the_same() {
    let names: Vec<String> = (0..150).map(|number| format!("d/{number:03}.jsonl")).collect();
    let case =
        files(&names.iter().map(String::as_str).collect::<Vec<_>>(), "'d/*.jsonl', shuffle: true");
    let inputs = case.inputs();
    std::fs::remove_file(case.folder.path().join("d/149.jsonl")).unwrap();
    std::fs::remove_file(case.folder.path().join("d/000.jsonl")).unwrap();
    let faults: Vec<String> =
        inputs.iter().filter_map(Result::err).map(|it| it.to_string()).collect();
    assert!(
        faults.len() <= 1
            && faults.iter().all(|it| it.contains("d/149.jsonl") && it.contains("changed")),
        "{faults:?}"
    );
}
