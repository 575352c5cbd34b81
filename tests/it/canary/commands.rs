//! The other commands.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use fluxloop_trace::ExportKind;

use super::search::Needles;
use super::sinks::without_masks;
use super::{Canary, LOG, SSE, WRITTEN, answers, keys, lines, silent};
use crate::support::{Collector, Finished, Project};

/// It shows what it is given, and what lies around is none of its business.
#[test]
fn decode_shows_its_file_and_nothing_else() {
    let project = Project::empty().file(".env", &keys::dotenv()).file("a.sse", "data: x\n\n");
    let mut command = project.command(&["decode", "a.sse"]);
    command.env("RUST_LOG", LOG).env(keys::ENVIRONMENT.name, keys::ENVIRONMENT.value);
    let said = Finished::of(&mut command).exits(0).says(&["\"data\":\"x\""]);
    silent(&Needles::all().find(format!("{}{}", said.stdout, said.stderr).as_bytes()));
}

/// A schema holds no key, and what lies around is none of its business.
#[test]
fn schemas_are_shown_without_what_lies_around() {
    let project = Project::empty().file(".env", &keys::dotenv());
    for args in [&["schema", "list"][..], &["schema", "show", "ag-ui"]] {
        let mut command = project.command(args);
        command.env("RUST_LOG", LOG).env(keys::ENVIRONMENT.name, keys::ENVIRONMENT.value);
        let said = Finished::of(&mut command).exits(0);
        silent(&Needles::all().find(format!("{}{}", said.stdout, said.stderr).as_bytes()));
    }
}

/// It sends a request with keys, and shows an answer in which they come back.
#[test]
fn inspect_shows_no_key_that_comes_back() {
    for (number, answer) in answers::one_of_each_kind().into_iter().enumerate() {
        let canary = Canary::new(vec![answer], SSE);
        // Each answer is a process: the two forms take turns.
        let args: &[&str] =
            if number.is_multiple_of(2) { &["inspect"] } else { &["inspect", "--json"] };
        let mut command = canary.project.command(args);
        command.env(keys::ENVIRONMENT.name, keys::ENVIRONMENT.value).env("RUST_LOG", LOG);
        let said = Finished::of(&mut command);
        assert!(said.code.is_some_and(|code| code < 2), "{said:?}");
        canary.is_silent(&said);
    }
}

/// What is judged again was masked when it was recorded, and is masked once more.
#[test]
fn a_replay_shows_no_key() {
    let canary = Canary::new(answers::in_short(), SSE);
    canary.run(&[]).exits(0);
    let run = canary.project.experiment();
    let run = run.to_str().expect("UTF-8");
    for args in [
        &["replay", run, "--exit-zero"][..],
        &["replay", run, "--exit-zero", "--set", "security.mask=[]"],
    ] {
        let mut command = canary.project.command(args);
        command.env("RUST_LOG", LOG).env(keys::ENVIRONMENT.name, keys::ENVIRONMENT.value);
        let said = Finished::of(&mut command).exits(0);
        silent(&Needles::all().find(format!("{}{}", said.stdout, said.stderr).as_bytes()));
    }
    let said = canary.project.fluxloop(&["record", "drop", run]).exits(0);
    silent(&Needles::all().find(format!("{}{}", said.stdout, said.stderr).as_bytes()));
    silent(&Needles::all().find_below(canary.project.path(), WRITTEN));
}

/// Every command that looks at a configuration, with keys in each layer, and in what the server says.
#[test]
fn commands_that_look_at_the_configuration_show_no_key() {
    let canary = Canary::new(answers::in_short(), SSE);
    // Each of these stands where nothing but its place says that it is a secret.
    let literals = [
        "Ux7gRb3nKe9c",
        "Aq2wZs8eDx5r",
        "Hy6uJi1kOl4p",
        "Vb3nMc7xLk0j",
        "Tg5rFe9dWs2a",
        "Rk8vTm2pLs5q",
    ];
    let [header, proxy, argument, unknown, variable, beside] = literals;
    // A stronger layer hides the header, and then it stands in a text.
    let weaker = format!(
        "runner: {{http: {{headers: {{x-api-key: {header}, x-session-token: 'Bearer {beside} {{{{ $.id }}}}'}}, proxy: 'http://u:{proxy}@p.invalid:1'}}}}
metadata: {{other: 'not {header} any more'}}
"
    );
    let project = canary.project.file("configs/project.yaml", &weaker);
    let headers = format!("runner.http.headers.x-auth-token=Bearer {argument}");
    let unknown = format!("runner.http.tokne={unknown}");
    let misshapen = format!("runner.http.headers='x-api-key: {argument}'");
    let commands: &[&[&str]] = &[
        &["config", "validate"],
        &["config", "show"],
        &["config", "show", "--origins"],
        &["config", "env"],
        &["config", "explain", "runner.http"],
        &["config", "explain", "runner.http.headers"],
        &["config", "explain", "runner.http.headers.cookie"],
        &["config", "explain", "runner.http.query.token"],
        &["config", "explain", "runner.http.url"],
        &["config", "explain", "runner.http.proxy"],
        &["config", "explain", "metadata"],
        &["config", "explain", "name"],
        &["doctor"],
        &["doctor", "--send"],
        &["doctor", "--report"],
    ];
    for set in [None, Some(&headers), Some(&unknown), Some(&misshapen)] {
        for json in [false, true] {
            for args in commands.iter().filter(|args| {
                let is_plain = !json && set.is_none();
                is_plain || !args.contains(&"--report") && !args.contains(&"--send")
            }) {
                let mut args = args.to_vec();
                args.extend(set.into_iter().flat_map(|set| ["--set", set]));
                args.extend(json.then_some("--json"));
                let mut command = project.command(&args);
                command
                    .env("RUST_LOG", LOG)
                    .env(keys::ENVIRONMENT.name, keys::ENVIRONMENT.value)
                    .env("FLUXLOOP__RUNNER__HTTP__HEADERS__X_OTHER_KEY", variable)
                    .env("ALL_PROXY", format!("http://u:{variable}@q.invalid:1"));
                let said = Finished::of(&mut command);
                let all = format!("{}{}", said.stdout, said.stderr);
                assert!(!said.stdout.is_empty() || !said.stderr.is_empty(), "{args:?}");
                let found = literals.iter().find(|literal| all.contains(**literal));
                assert_eq!(found, None, "{args:?}: {all}");
                let leaks = Needles::all().find(all.as_bytes());
                assert!(leaks.is_empty(), "{args:?}: {leaks:?}\n{all}");
            }
        }
    }
    silent(&Needles::all().find_below(project.path(), WRITTEN));
}

/// What a comparison prints in each of its forms, of two runs whose texts differ.
fn compared(flags: &[&str]) -> (Canary, Vec<String>) {
    let canary = Canary::new(answers::in_short(), SSE);
    let limit = ["--set", "runner.guards.output_char_limit=20"];
    let folders = [("one", &[][..]), ("two", &limit)].map(|(name, more)| {
        canary.run(&[flags, more, &["--output", name]].concat()).exits(0);
        canary.project.experiments_in(name)[0].display().to_string()
    });
    let forms = [&[][..], &["--json"], &["--markdown", "-"], &["--markdown", "report.md"]];
    let said = forms.map(|form| {
        let args = [&["compare", &folders[0], &folders[1]], form].concat();
        let mut command = canary.project.command(&args);
        let said = Finished::of(command.env("RUST_LOG", LOG)).exits(0);
        format!("{}{}", said.stdout, said.stderr)
    });
    (canary, said.into())
}

#[test]
fn a_comparison_shows_no_key_and_each_form_would_be_heard() {
    let (canary, said) = compared(&[]);
    silent(&Needles::all().find(said.concat().as_bytes()));
    silent(&Needles::all().find_below(canary.project.path(), WRITTEN));
    let unmasked = without_masks();
    let (canary, said) = compared(&unmasked.iter().map(String::as_str).collect::<Vec<_>>());
    for (number, said) in said.iter().enumerate() {
        assert!(!Needles::all().find(said.as_bytes()).is_empty(), "form {number}");
    }
    let report = fs::read(canary.project.path().join("report.md")).expect("it is written");
    assert!(!Needles::all().find(&report).is_empty());
}

/// What `show` and `runs` print of a run in each of their forms.
fn shown(flags: &[&str]) -> Vec<(&'static str, String)> {
    let canary = Canary::new(answers::in_short(), SSE);
    canary.run(flags).exits(0);
    let traces = canary.project.traces();
    // Without masks, a case with a key in its answer.
    let has_key = |trace: &&serde_json::Value| {
        !Needles::all().find(trace["output"].to_string().as_bytes()).is_empty()
    };
    let case = traces.iter().find(has_key).unwrap_or(&traces[0])["case_id"].as_str();
    let case = case.expect("a name").to_owned();
    let forms: [(&str, &[&str]); 8] = [
        ("a run", &["show", "last"]),
        ("a run as JSON", &["show", "last", "--json"]),
        ("a case", &["show", "last", &case]),
        ("a case as JSON", &["show", "last", &case, "--json"]),
        ("failures", &["show", "last", "--failed"]),
        ("failures as JSON", &["show", "last", "--failed", "--json"]),
        ("runs", &["runs", "list"]),
        ("removed", &["runs", "prune", "--keep", "0", "--yes"]),
    ];
    let said = forms.map(|(form, args)| {
        let mut command = canary.project.command(args);
        command.env("RUST_LOG", LOG).env(keys::ENVIRONMENT.name, keys::ENVIRONMENT.value);
        let said = Finished::of(&mut command).exits(0);
        (form, format!("{}{}", said.stdout, said.stderr))
    });
    said.into()
}

#[test]
fn show_and_runs_show_no_key_and_a_case_would_be_heard() {
    for (form, said) in shown(&[]) {
        let leaks = Needles::all().find(said.as_bytes());
        assert!(leaks.is_empty(), "{form}: {leaks:?}\n{said}");
    }
    let unmasked = without_masks();
    let said = shown(&unmasked.iter().map(String::as_str).collect::<Vec<_>>());
    for (form, said) in said.iter().filter(|(form, _)| form.starts_with("a case")) {
        assert!(!Needles::all().find(said.as_bytes()).is_empty(), "{form}");
    }
}

/// What was recorded and what stands in records was masked before.
#[test]
fn a_page_of_two_runs_shows_no_key() {
    let (canary, _) = compared(&[]);
    let folder = |name: &str| {
        let mut runs = fs::read_dir(canary.project.path().join(name)).expect("a folder");
        runs.next().expect("a run").expect("a folder").path().display().to_string()
    };
    let said = canary.project.fluxloop(&["report", &folder("one"), &folder("two")]).exits(0);
    silent(&Needles::all().find(format!("{}{}", said.stdout, said.stderr).as_bytes()));
    assert!(canary.project.path().join("report.html").is_file());
    silent(&Needles::all().find_below(canary.project.path(), WRITTEN));
}

/// Every kind of export of one run: what was printed, what was written, what a collector was sent.
fn exported(flags: &[&str]) -> Vec<(&'static str, Vec<u8>)> {
    let canary = Canary::new(answers::in_short(), SSE);
    canary.run(flags).exits(0);
    let run = canary.project.experiment().display().to_string();
    let collector = Collector::start();
    let all = ExportKind::ALL.iter().map(|kind| {
        let mut args = vec!["export", &run, "--to", kind.name()];
        let is_sent = *kind == ExportKind::Otlp;
        let endpoint = format!("{}/?key={}", collector.url(), keys::value("LONGER_SECRET"));
        match kind {
            ExportKind::Otlp => args.extend(["--content", "--endpoint", &endpoint]),
            ExportKind::Github => args.extend(["--output", "summary.md"]),
            ExportKind::Vllm => args.extend(["--content", "--output", "export"]),
            _ => args.extend(["--output", "export"]),
        }
        let mut command = canary.project.command(&args);
        command.env("RUST_LOG", LOG);
        if is_sent {
            let headers = format!("api-key={}", keys::value("OPENAI_API_KEY"));
            command.env("OTEL_EXPORTER_OTLP_HEADERS", headers);
        }
        let said = Finished::of(&mut command).exits(0);
        let mut all = format!("{}{}", said.stdout, said.stderr).into_bytes();
        for file in ["export", "summary.md"] {
            all.extend(fs::read(canary.project.path().join(file)).unwrap_or_default());
            let _ = fs::remove_file(canary.project.path().join(file));
        }
        all.extend(collector.bodies().concat());
        (kind.name(), all)
    });
    let all = all.collect();
    silent(&if flags.is_empty() {
        Needles::all().find_below(canary.project.path(), WRITTEN)
    } else {
        Vec::new()
    });
    all
}

#[test]
fn no_export_shows_a_key_and_each_would_be_heard() {
    for (kind, all) in exported(&[]) {
        let leaks = Needles::all().find(&all);
        assert!(leaks.is_empty(), "{kind}: {leaks:?}");
    }
    let unmasked = without_masks();
    // A case that fails is what annotations quote.
    let flags: Vec<_> = unmasked.iter().map(String::as_str).collect();
    for (kind, all) in exported(&flags) {
        // A timeline holds names of cases, and nothing else of them.
        assert!(!Needles::all().find(&all).is_empty(), "{kind} would not be heard");
    }
}

/// Clients of others bring their keys to it, and it knows none of them.
#[test]
fn the_mock_tells_nothing_of_the_keys_that_it_is_sent() {
    let project = Project::empty();
    let key = keys::value("OPENAI_API_KEY");
    let log = project.path().join("mock.log");
    let stderr = File::create(project.path().join("stderr")).expect("a file");
    let mut mock = project
        .command(&["mock", "--listen", "127.0.0.1:0", "--log", "mock.log", "--require-key", key])
        .env("RUST_LOG", LOG)
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .expect("it starts");
    let mut stdout = BufReader::new(mock.stdout.take().expect("a pipe"));
    let mut said = String::new();
    stdout.read_line(&mut said).expect("text");
    let address = said.trim().rsplit("http://").next().expect("an address").to_owned();
    for path in ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/chat"] {
        for given in [key, keys::value("LONGER_SECRET")] {
            ask(&address, path, given);
        }
    }
    mock.kill().expect("it can be ended");
    mock.wait().expect("it ends");
    stdout.read_to_string(&mut said).expect("text");
    assert_eq!(lines(log), 8, "one for each request");
    let needles = Needles::all();
    let mut leaks = needles.find(said.as_bytes());
    leaks.extend(needles.find_below(project.path(), &[]));
    silent(&leaks);
    assert!(!fs::read(project.path().join("stderr")).expect("the log").is_empty());
}

/// A request that carries a key wherever clients put one.
fn ask(address: &str, path: &str, key: &str) {
    let body = r#"{"messages":[{"role":"user","content":"hi"}],"input":"hi","stream":true,"max_tokens":9}"#;
    let odd = "a%2B".to_owned() + key;
    let request = format!(
        "POST {path}?key={key}&token={odd} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer \
         {key}\r\nx-api-key: {key}\r\nx-goog-api-key: {key}\r\ncookie: session={key}\r\nx-other: \
         {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n\
         {body}",
        body.len(),
    );
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    assert!(answer.starts_with(b"HTTP/1.1 "), "{}", String::from_utf8_lossy(&answer));
    silent(&Needles::all().find(&answer));
}
