//! Where keys travel: to the origin that the configuration names, and nowhere else.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Finished, Project, Server, content};

const KEY: &str = "sk-live-0123456789+/=";
const PASSWORD: &str = "pw-12";

/// What must not be seen: the key as it is, and escaped for a URL; user and password in base64.
const SECRETS: [&str; 4] = [KEY, "sk-live", "sk-live-0123456789%2B%2F%3D", "YWRhOnB3LTEy"];

/// Another origin, at which nothing may arrive.
struct Elsewhere(TcpListener);

impl Elsewhere {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        // Who connects is in the queue by the time the run has ended.
        listener.set_nonblocking(true).expect("a socket");
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().expect("an address").port()
    }

    /// Expects that nobody ever connected.
    #[track_caller]
    fn check_untouched(&self) {
        let visitor = self.0.accept();
        let nobody = visitor.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        assert!(nobody, "{visitor:?}");
    }
}

/// A project that sends its secrets in every way there is.
fn project(url: &str, keys: &str) -> Project {
    let url = url.replace("http://", "http://ada:${PW}@");
    Project::new(&format!(
        "runner:\n  http:\n    url: \"{url}?api_key=${{API_KEY}}\"\n    headers:\n      x-api-key: \
         ${{API_KEY}}\n      x-goog-api-key: ${{API_KEY}}\n      Cookie: session=${{API_KEY}}\n      \
         X-Plain: ${{API_KEY}}\n    body_template: {{ mapping: {{ input: $.input, key: \
         \"${{API_KEY}}\", all: \"$.messages[*].content\" }} }}\n    stream: sse\n    stream_output_path: delta\n    timeout: 5s\n    \
         retry: {{ attempts: 0 }}\n{keys}"
    ))
    .file(".env", &format!("API_KEY='{KEY}'\nPW={PASSWORD}\n"))
}

fn inputs(count: usize) -> String {
    let inputs: Vec<_> = (0..count).map(|number| number.to_string()).collect();
    format!("base_inputs: {}\n", json!(inputs))
}

fn redirect(status: u16, location: &str) -> Value {
    json!({"status": status, "headers": {"location": location}, "steps": []})
}

fn hello(headers: &Value) -> Value {
    json!({"headers": headers, "steps": [{"event": {"data": {"delta": "Hello"}}}]})
}

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];
const VERSIONS: [&str; 2] = ["auto", "prior-knowledge"];
const RULES: [&str; 2] = ["none", "same-origin"];

/// Expects that these redirects lead nowhere, over both versions and by both rules.
#[track_caller]
fn check_stays(elsewhere: &Elsewhere, locations: &[String]) {
    let redirects = locations.iter().flat_map(|to| STATUSES.map(|status| redirect(status, to)));
    let answers: Vec<Value> = redirects.collect();
    for (version, rule) in VERSIONS.iter().flat_map(|version| RULES.map(|rule| (version, rule))) {
        let server = Server::script(&json!({ "answers": answers }).to_string());
        let keys =
            format!("    http2: {version}\n    redirects: {rule}\n{}", inputs(answers.len()));
        let project = project(&server.url("/chat"), &keys);
        let args = ["--verbose", "--set", "stop.never_succeeded=off"];
        project.run(&args).exits(10).keeps_quiet_about(&SECRETS);
        elsewhere.check_untouched();
        assert_eq!(server.agent().served().requests, answers.len() as u64, "{version} {rule}");
        for trace in project.traces() {
            assert_eq!(trace["error"]["kind"], "redirect", "{version} {rule}: {trace:#}");
        }
    }
}

#[test]
fn nothing_reaches_another_origin() {
    let elsewhere = Elsewhere::listen();
    let port = elsewhere.port();
    check_stays(
        &elsewhere,
        &[
            format!("http://127.0.0.1:{port}/chat"),
            format!("https://127.0.0.1:{port}/chat"),
            format!("http://localhost:{port}/chat"),
            format!("//127.0.0.1:{port}/chat"),
            format!("\\\\127.0.0.1:{port}/chat"),
            format!("http:\\\\127.1:{port}/chat"),
            format!("http:/\t/0x7f000001:{port}/"),
            format!("http://ada:{PASSWORD}@127.0.0.1:{port}/"),
            format!("http://api.example@127.0.0.1:{port}/"),
            format!("ws://127.0.0.1:{port}/"),
        ],
    );
}

#[test]
fn a_chain_of_redirects_ends_at_the_border_of_the_origin() {
    let elsewhere = Elsewhere::listen();
    let away = format!("http://127.0.0.1:{}/", elsewhere.port());
    for (version, status) in
        VERSIONS.iter().flat_map(|version| STATUSES.map(|status| (version, status)))
    {
        let answers = [redirect(status, "second"), redirect(status, &away)];
        let server = Server::script(&json!({ "answers": answers }).to_string());
        let keys = format!("    http2: {version}\n    redirects: same-origin\n{}", inputs(1));
        let project = project(&server.url("/chat/first"), &keys);
        project.run(&[]).exits(10).keeps_quiet_about(&SECRETS);
        elsewhere.check_untouched();
        let requests = server.agent().requests();
        let [first, second] = requests.as_slice() else { panic!("{} requests", requests.len()) };
        assert_eq!((&*second.path, &*second.query), ("/chat/second", ""));
        // Method and body stay where the standard keeps them.
        let kept = matches!(status, 307 | 308);
        assert_eq!(second.method == first.method, kept, "{status}");
        assert_eq!(second.body == first.body, kept, "{status}");
        assert_eq!(second.headers["x-api-key"], KEY);
        assert!(!second.headers.contains_key("referer"), "{:?}", second.headers);
    }
}

#[test]
fn no_cookie_is_kept_and_no_other_service_is_tried() {
    let elsewhere = Elsewhere::listen();
    let other = format!("h2=\"127.0.0.1:{0}\"; ma=99, h3=\":{0}\"", elsewhere.port());
    let headers = json!({"set-cookie": "id=1; Path=/", "alt-svc": other, "refresh": "0; url=/x"});
    let moved = json!({"status": 307, "steps": [], "headers":
        {"location": "/chat", "set-cookie": "id=2; Path=/", "alt-svc": other}});
    for version in VERSIONS {
        let answers = [moved.clone(), hello(&headers), hello(&headers)];
        let server = Server::script(&json!({ "answers": answers }).to_string());
        let keys = format!("    http2: {version}\n    redirects: same-origin\n{}", inputs(2));
        let project = project(&server.url("/chat"), &keys);
        project.run(&[]).exits(0);
        elsewhere.check_untouched();
        let requests = server.agent().requests();
        assert_eq!(requests.len(), 3);
        for request in &requests {
            assert_eq!(request.headers["cookie"], format!("session={KEY}").as_str());
        }
    }
}

/// What every part that logs is asked to say. The library behind some paths logs every character.
const LOG: &str = "trace,hyper=trace,hyper_util=trace,reqwest=trace,h2=trace,rustls=trace,\
                   tower=trace,jsonpath_lib=trace,log=trace";

/// Runs it with the whole log, and expects that neither what is said nor what is stored holds a
/// secret.
#[track_caller]
fn check_quiet(project: &Project, environment: &[(&str, &str)], code: i32, says: &str) {
    for arguments in [&["run", "experiment", "--verbose"][..], &["run", "experiment"]] {
        let mut command = project.command(arguments);
        let command = command.env("RUST_LOG", LOG).envs(environment.iter().copied());
        let said = Finished::of(command).exits(code).says(&[says]).keeps_quiet_about(&SECRETS);
        said.keeps_quiet_about(&["jsonpath_lib", "cHJveHk6cHctMTI", "proxy:pw-12", "ada:pw-12"]);
    }
    for run in project.experiments() {
        for entry in fs::read_dir(run).expect("a folder") {
            let path = entry.expect("an entry").path();
            let text = String::from_utf8_lossy(&content(&path)).into_owned();
            let leak = SECRETS.iter().find(|secret| text.contains(**secret));
            assert_eq!(leak, None, "{}", path.display());
        }
    }
}

#[test]
fn no_message_shows_a_secret_of_the_url_whatever_fails() {
    let closed = format!("http://127.0.0.1:{}/chat", Elsewhere::listen().port());
    let one = inputs(1);
    check_quiet(&project(&closed, &one), &[], 10, "connect");
    let server = Server::echo();
    check_quiet(&project(&server.url("/chat"), &one), &[], 0, "succeeded");
    let tls = server.url("/chat").replace("http://", "https://ada:${PW}@");
    check_quiet(&project(&tls, &one), &[], 10, "does not speak TLS");
    for version in VERSIONS {
        let keys = format!("    http2: {version}\n    idle_timeout: 200ms\n{one}");
        for (answer, says) in [
            (
                json!({"headers": {"content-type": "text/event-stream"},
                "steps": [{"comment": "alive"}, "stall"]}),
                "timeout",
            ),
            (redirect(302, &format!("https://h.example/?key={KEY}")), "redirect"),
            (json!({"steps": ["close"]}), ""),
            (
                json!({"status": 401, "steps": [{"send":
                format!("/?api_key={KEY} Basic YWRhOnB3LTEy ada:{PASSWORD}")}]}),
                "401",
            ),
        ] {
            let server = Server::script(&json!({ "answers": [answer] }).to_string());
            let project = project(&server.url("/chat"), &keys);
            check_quiet(&project, &[], 10, says);
        }
    }
}

#[test]
fn no_message_shows_the_credentials_of_a_proxy() {
    let one = inputs(1);
    let proxied = |proxy: &str, target: &str, code, says: &str| {
        let proxy = proxy.replace("http://", &format!("http://proxy:{PASSWORD}@"));
        let secret = [("HTTP_PROXY", proxy.as_str()), ("HTTPS_PROXY", proxy.as_str())];
        check_quiet(&project("http://agent.example/chat", &one), &secret[..1], code, says);
        let by_key = project(target, &format!("    proxy: \"{proxy}\"\n{one}"));
        check_quiet(&by_key, &[], code, says);
    };
    let server = Server::echo();
    proxied(&server.url(""), "http://agent.example/chat", 0, "succeeded");
    let closed = format!("http://127.0.0.1:{}", Elsewhere::listen().port());
    proxied(&closed, "http://agent.example/chat", 10, "proxy");
    // The proxy alone was told who we are, and it was told.
    let told: Vec<_> = server
        .agent()
        .requests()
        .iter()
        .map(|it| it.headers.contains_key("proxy-authorization"))
        .collect();
    assert_eq!(told, [true; 4]);
}

#[test]
fn a_key_on_the_command_line_draws_a_warning_and_is_not_repeated() {
    let server = Server::echo();
    let project = Project::new(&format!(
        "base_inputs: [a]\nrunner: {{ http: {{ url: '{}', stream: sse, stream_output_path: delta }} }}\n",
        server.url("/chat")
    ));
    let key = format!("runner.http.headers.Authorization=Bearer {KEY}");
    let said = project.run(&["--verbose", "--set", &key]).exits(0);
    said.says(&["warning", "list of processes", "${NAME}"]).keeps_quiet_about(&SECRETS);
    // Without quotes, the shell makes two arguments of it.
    let unquoted = ["--set", "runner.http.headers.Authorization=Bearer", KEY];
    for arguments in [&[&*key][..], &["--sett", &key], &["--set", &key, &key], &unquoted] {
        project.run(arguments).exits(2).keeps_quiet_about(&SECRETS);
    }
}

#[test]
fn the_list_of_processes_shows_no_key_and_no_other_process() {
    let server = Server::script(r#"{"answers": [{"steps": ["stall"]}]}"#);
    let project = project(&server.url("/chat"), &inputs(1));
    let mut child = project
        .command(&[
            "run",
            "experiment",
            "--verbose",
            "--set",
            "runner.http.headers.x-api-key=${API_KEY}",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let begun = lines.map_while(Result::ok).any(|line| line.contains("attempt 1"));
    let proc = |file: &str| fs::read(format!("/proc/{}/{file}", child.id())).expect("it runs");
    let arguments = String::from_utf8_lossy(&proc("cmdline")).into_owned();
    let children = proc(&format!("task/{}/children", child.id()));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(begun && arguments.contains("${API_KEY}"), "{arguments:?}");
    assert!(!arguments.contains(KEY) && children.is_empty(), "{arguments:?} {children:?}");
}

#[test]
fn a_secret_that_names_a_file_or_a_folder_is_not_shown() {
    let server = Server::echo();
    for (keys, code, says) in [
        ("inputs_file: ${API_KEY}\n", 3, "`${API_KEY}` cannot be read"),
        ("base_inputs: [a]\noutput_directory: out-${NAME_KEY}\n", 0, "out-***"),
        ("base_inputs: [a]\noutput_directory: /proc/${NAME_KEY}\n", 1, "/proc/***"),
        (
            "base_inputs: [a]\nname: n ${API_KEY}\ntags: ['${API_KEY}']\nmetadata: { k: '${API_KEY}' }\n",
            0,
            "n ***",
        ),
    ] {
        let project = project(&server.url("/chat"), keys)
            .file(".env", &format!("API_KEY='{KEY}'\nPW={PASSWORD}\nNAME_KEY=sk-live-folder\n"));
        check_quiet(&project, &[], code, says);
    }
}
