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
