//! What a user reads when something is wrong.

use insta::assert_snapshot;

use super::Project;
use crate::{KeyKind, keys};

#[test]
fn ten_faults_are_reported_at_once() {
    let project = Project::simulation(
        r#"name: [a, b]
iteration: 3
simulation:
  parallelism: 0
runner:
  http:
    method: PSOT
    url: localhost:8000/chat
    tiemout: 5s
    timeout: 60 parsecs
    headers:
      Authorization: "Bearer ${OPENAI_API_KY}"
      X-Trace: "${TRACE"
      "bad name": x
    retry:
      status_codes: [200, 502]
      status_codes: [503]
    stream: see
    stream_output_path: "choices[0.delta"
    body_template:
      mapping:
        input: "$.input["
        messages: |
          [
            {"role": "user",, "content": "$.input"}
          ]
guards:
  max_duration: 0
"#,
    );
    assert_snapshot!(project.errors(), @r##"
configs/simulation.yaml:1:7: name: must be text, not a list
configs/simulation.yaml:2:1: iteration: unknown key; did you mean `iterations`?
configs/simulation.yaml:4:16: simulation.parallelism: must be from 1 to 10000
configs/simulation.yaml:7:13: runner.http.method: is none of `GET`, `POST`, `PUT`, `PATCH`; did you mean `POST`?
configs/simulation.yaml:8:10: runner.http.url: must be an http or https URL; begin it with `http://` or `https://`
configs/simulation.yaml:9:5: runner.http.tiemout: unknown key; did you mean `timeout`?
configs/simulation.yaml:10:14: runner.http.timeout: is not a duration (`250ms`, `60s`, `1h30m`, or seconds)
configs/simulation.yaml:12:30: runner.http.headers.Authorization: variable `OPENAI_API_KY` is not defined; it is neither in the environment nor in .env or ../.env; set it, or write `${OPENAI_API_KY:-default}`
configs/simulation.yaml:13:17: runner.http.headers.X-Trace: has an unclosed `${`; write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`, and `$${` for a literal `${`
configs/simulation.yaml:14:7: runner.http.headers.bad…: is not a valid header name; write letters, digits and `-`, and a space after the colon
configs/simulation.yaml:16:22: runner.http.retry.status_codes[0]: must be from 300 to 599
configs/simulation.yaml:17:7: runner.http.retry.status_codes: is written twice, first in line 16; keep one of them
configs/simulation.yaml:18:13: runner.http.stream: is none of `sse`, `jsonl`, `json`, `text`, `auto`, `none`; did you mean `sse`?
configs/simulation.yaml:19:35: runner.http.stream_output_path: is not a valid path: found `.` instead of `]`
configs/simulation.yaml:22:25: runner.http.body_template.mapping.input: is not a valid path: the path ends where a quoted name, an index, a slice, `*` or `?` should stand; a string that begins with `$.` is a path; put a value into a longer text as `{{ $.input }}`, and begin with `$$.` for a literal `$.`
configs/simulation.yaml:25:29: runner.http.body_template.mapping.messages: begins like JSON, and is none: key must be a string; a block scalar that begins with `[` or `{` is read as JSON; write a text that begins so in quotes
configs/simulation.yaml:27:1: guards: unknown key; did you mean `runner.guards`?
"##);
}

#[test]
fn other_kinds_of_runners_are_named() {
    let runner = |text: &str| Project::simulation(&format!("base_inputs: [a]\n{text}")).errors();
    assert_snapshot!(runner("runner:\n  module_path: agent\n  function_name: run\n"), @"configs/simulation.yaml:3:3: runner: this tool runs agents over HTTP and needs `runner.http`; add `runner: {http: {url: …}}`; Python and subprocess runners belong to FluxLoop itself");
    assert_snapshot!(runner(""), @"configs/simulation.yaml: runner.http.url: is required; write for example `runner: {http: {url: http://localhost:8000/chat}}`");
    assert_snapshot!(runner("runner:\n  http:\n    method: GET\n"), @"configs/simulation.yaml:4:5: runner.http.url: is required; write for example `url: http://localhost:8000/chat`");
    assert_snapshot!(runner("runner:\n  http: http://localhost\n"), @"configs/simulation.yaml:3:9: runner.http: must be a mapping of keys to values, not text");
    assert_snapshot!(runner("runner:\n  http:\n    url:\n"), @"configs/simulation.yaml:4:5: runner.http.url: is required; write for example `url: http://localhost:8000/chat`");
}

#[test]
fn keys_in_the_wrong_place_are_recognized() {
    assert_snapshot!(Project::simulation("base_inputs: [a]\nurl: http://localhost\nmax_duration: 5s\nheaders: {}\nrunner: {http: {url: 'http://localhost', attempts: 3, guards: {}, bodytemplate: {}}}").errors(), @r##"
configs/simulation.yaml:2:1: url: unknown key; did you mean `runner.http.url`?
configs/simulation.yaml:3:1: max_duration: unknown key; did you mean `runner.guards.max_duration`?
configs/simulation.yaml:4:1: headers: unknown key; did you mean `runner.http.headers`?
configs/simulation.yaml:5:42: runner.http.attempts: unknown key; did you mean `runner.http.retry.attempts`?
configs/simulation.yaml:5:55: runner.http.guards: unknown key; did you mean `runner.guards`?
configs/simulation.yaml:5:67: runner.http.bodytemplate: unknown key; did you mean `body_template`?
"##);
}

#[test]
fn a_rate_that_cannot_be_kept_is_refused() {
    let with = |set: &[&str]| Project::http("").set(set).errors();
    assert_snapshot!(with(&["simulation.rate=often"]), @"--set simulation.rate: is not a rate such as `50/s`, `600/min` or `3600/h`");
    assert_snapshot!(with(&["simulation.rate=true"]), @"--set simulation.rate: must be a rate such as `50/s`, `600/min` or `3600/h`, not `true` or `false`");
    assert_snapshot!(with(&["simulation.rate=0/s"]), @"--set simulation.rate: must be from 1/h to 100000/s");
    assert_snapshot!(with(&["simulation.rate=2e6/s"]), @"--set simulation.rate: must be from 1/h to 100000/s");
    assert_snapshot!(with(&["simulation.arrival=poison"]), @"--set simulation.arrival: is none of `constant`, `poisson`; did you mean `poisson`?");
    assert_snapshot!(with(&["simulation.rate=5/s", "run_delay_seconds=1"]), @"--set run_delay_seconds: cannot be used together with `simulation.rate`; keep one of them");
    assert_snapshot!(Project::http("").set(&["simulation.arrival=poisson"]).warnings(), @"--set simulation.arrival: has a meaning only with `rate`");
}

#[test]
fn a_broken_file_gets_one_fault() {
    assert_snapshot!(Project::simulation("runner:\n  http:\n   url: a: b\n").errors(), @"configs/simulation.yaml:3:9: runner.http: a text without quotes has a colon and a space (`: `) in it; put the text in quotes");
    assert_snapshot!(Project::simulation("- a\n").errors(), @"configs/simulation.yaml:1:1: the file must be a mapping of keys to values, not a list");
    let project = Project::simulation("");
    project.write("configs/simulation.yaml", b"name: \xff\n");
    assert_snapshot!(project.errors(), @"configs/simulation.yaml:1:7: is not UTF-8 text; save it as UTF-8");
}

#[test]
fn values_of_the_wrong_shape_are_named() {
    assert_snapshot!(Project::http(
        "timeout: [1]\nconnect_timeout: -1\nidle_timeout: 0s\nrequire_done: 'yes'\nrequire_text: maybe\n\
         retry: {attempts: 2.5, budget: 20, backoff: true, status_codes: 503}\nlimits: {max_event_bytes: 64 KB/s}\n\
         headers: [a]\nquery: x\nstream_done: finished\nhttp2: 'yes'\ntls: {ca_file: none.pem, client_key: key.pem}\n\
         redirects: same_origin\nproxy: 'proxy:3128'"
    ).errors(), @r##"
configs/simulation.yaml:5:14: runner.http.timeout: must be a duration (`250ms`, `60s`, `1h30m`, or seconds), not a list
configs/simulation.yaml:6:22: runner.http.connect_timeout: is not a duration (`250ms`, `60s`, `1h30m`, or seconds)
configs/simulation.yaml:7:19: runner.http.idle_timeout: must be longer than zero
configs/simulation.yaml:8:19: runner.http.require_done: is not `auto`, `true` or `false`
configs/simulation.yaml:9:19: runner.http.require_text: is not `true` or `false`
configs/simulation.yaml:10:23: runner.http.retry.attempts: is not a whole number from 0 to 100
configs/simulation.yaml:10:36: runner.http.retry.budget: is not a share such as `20%`, or `off`
configs/simulation.yaml:10:49: runner.http.retry.backoff: must be a duration (`250ms`, `60s`, `1h30m`, or seconds), not `true` or `false`
configs/simulation.yaml:10:69: runner.http.retry.status_codes: must be a list of HTTP statuses, not a number
configs/simulation.yaml:11:31: runner.http.limits.max_event_bytes: is not a size (`64KiB`, `1MiB`, or bytes)
configs/simulation.yaml:12:14: runner.http.headers: must be a map of names to values, not a list
configs/simulation.yaml:13:12: runner.http.query: must be a map of names to templates, not text
configs/simulation.yaml:14:18: runner.http.stream_done: is not `auto` or one of its three forms; write `auto`, `{event: NAME}`, `{data: TEXT}`, or `{path: PATH, equals: VALUE}`
configs/simulation.yaml:15:12: runner.http.http2: is none of `auto`, `prior-knowledge`
configs/simulation.yaml:16:20: runner.http.tls.ca_file: `none.pem` cannot be read: there is no such file
configs/simulation.yaml:16:42: runner.http.tls.client_key: `key.pem` cannot be read: there is no such file
configs/simulation.yaml:16:42: runner.http.tls.client_key: needs `client_cert` beside it
configs/simulation.yaml:17:16: runner.http.redirects: is none of `none`, `same-origin`; did you mean `same-origin`?
configs/simulation.yaml:18:12: runner.http.proxy: must be the URL of an HTTP or SOCKS proxy; begin it with `http://`, `https://`, `socks5h://`, `socks5://`, `socks4a://` or `socks4://`, or set `runner.http.proxy` to `none`
"##);
}

/// The position and the key of every fault; the values of variables are what is wrong.
#[track_caller]
fn check_places(http: &str, expected: &[&str]) {
    let errors = Project::http(http).errors();
    let places = errors.lines().filter_map(|line| line.split_once(": variable").map(|it| it.0));
    let places: Vec<_> = places.map(|it| it.replace("configs/simulation.yaml:", "")).collect();
    assert_eq!(places, expected, "{errors}");
}

#[test]
fn a_variable_is_found_where_it_stands() {
    check_places("headers: {X: '${NO_A:-x} ${NO}'}", &["5:30: runner.http.headers.X"]);
    check_places("headers: {X: '$${NO} ${NO}'}", &["5:26: runner.http.headers.X"]);
}

#[test]
fn equal_literals_of_a_template_keep_their_places() {
    let body = |mapping: &str| format!("body_template:\n  mapping:\n    a: {mapping}");
    let key = "runner.http.body_template.mapping.a";
    check_places(
        &body("'-${NO}-{{ $.input }}-${NO}-'"),
        &[&format!("7:14: {key}"), &format!("7:34: {key}")],
    );
    check_places(
        &body("|\n      -${NO}\n      {{ $.input }}-${NO}\n      ${NO}"),
        &[&format!("8:12: {key}"), &format!("9:25: {key}"), &format!("10:11: {key}")],
    );
    check_places(&body("|\n      [\"$.input\", \"${NO}\"]"), &[&format!("8:24: {key}[1]")]);
    check_places(
        &body("|\n      [\"$.input\", \"${NO}\", \"${NO}\"]"),
        &[&format!("8:11: {key}[1]"), &format!("8:11: {key}[2]")],
    );
}

#[test]
fn contradictions_are_errors() {
    assert_snapshot!(Project::http("method: GET\nbody_template: {mapping: {input: $.input}}").errors(), @"configs/simulation.yaml:6:30: runner.http.body_template: a GET request has no body; use `query` to carry the input, or another `method`");
    assert_snapshot!(Project::http("stream: websocket").errors(), @"configs/simulation.yaml:5:13: runner.http.stream: `websocket` is not supported yet; use `sse`, `jsonl`, `json`, `text`, `auto` or `none`");
    assert_snapshot!(Project::http("stream_output_path: delta").errors(), @"configs/simulation.yaml:5:25: runner.http.stream_output_path: has a meaning only with a `stream` such as `sse`; add `stream: sse`, or use `output_path` for an answer in one piece");
    assert_snapshot!(Project::http("body_template: {type: form}").errors(), @"configs/simulation.yaml:5:20: runner.http.body_template.mapping: is required; write for example `mapping: {input: $.input}`");
    assert_snapshot!(Project::http("body_template: {type: form, mapping: [1]}").errors(), @"configs/simulation.yaml:5:42: runner.http.body_template.mapping: a form body needs a mapping of names to values; write `mapping:` with one key for each field of the form");
    assert_snapshot!(Project::http("stream: sse\nstream_done: {path: a}").errors(), @"configs/simulation.yaml:6:18: runner.http.stream_done: needs `equals` beside it");
    assert_snapshot!(Project::http("stream: sse\nstream_done: {evnt: a}").errors(), @"configs/simulation.yaml:6:19: runner.http.stream_done.evnt: unknown key; did you mean `event`?");
    assert_snapshot!(Project::http("stream: sse\nstream_done: {event: a, data: b}").errors(), @"configs/simulation.yaml:6:18: runner.http.stream_done: is not `auto` or one of its three forms; write `auto`, `{event: NAME}`, `{data: TEXT}`, or `{path: PATH, equals: VALUE}`");
    assert_snapshot!(Project::http("stream: sse\nstream_event_filter: []").errors(), @"configs/simulation.yaml:6:26: runner.http.stream_event_filter: is empty; name at least one event type, or leave the filter out");
}

#[test]
fn a_header_without_a_blank_behind_its_colon_is_a_fault_that_does_not_quote_it() {
    assert_snapshot!(Project::http("headers: {Authorization:Bearer sk-live-0123456789}").errors(), @"configs/simulation.yaml:5:15: runner.http.headers.Authorization…: is not a valid header name; write letters, digits and `-`, and a space after the colon");
    assert_snapshot!(Project::http("").set(&["runner.http.headers={X-Key:sk-live-0123456789}"]).errors(), @"--set runner.http.headers: runner.http.headers.X-Key…: is not a valid header name; write letters, digits and `-`, and a space after the colon");
}

#[test]
fn variables_cannot_smuggle_anything_into_the_request() {
    let project = Project::http("headers: {X-A: 'a${V}', x-a: b, Content-Length: 5}\n")
        .env(&[("V", "x\r\nY: z")]);
    assert_snapshot!(project.errors(), @r##"
configs/simulation.yaml:5:20: runner.http.headers.X-A: has a line break in its value, from variable `V`; use visible ASCII characters and inner spaces only, in one line
configs/simulation.yaml:5:29: runner.http.headers.x-a: is the same header as `X-A` in line 5; keep one of them
configs/simulation.yaml:5:37: runner.http.headers.Content-Length: cannot be set: it follows from the body; leave it out
"##);
    let project =
        Project::simulation("base_inputs: [a]\nrunner: {http: {url: 'http://localhost/${V}'}}")
            .env(&[("V", "x\ny")]);
    assert_snapshot!(project.errors(), @"configs/simulation.yaml:2:22: runner.http.url: has a line break in the URL, from variable `V`; remove it, or write it percent-encoded");
}

#[test]
fn undefined_variables_say_where_they_were_looked_for() {
    let project = Project::http("headers:\n  X-A: ${NOBODY}\n  X-B: ${EMPTY:?ask the platform team}\n  Authorization: Bearer ${EMPTY}")
        .env(&[("EMPTY", "")]);
    assert_snapshot!(project.errors(), @r##"
configs/simulation.yaml:6:12: runner.http.headers.X-A: variable `NOBODY` is not defined; it is neither in the environment nor in .env or ../.env; set it, or write `${NOBODY:-default}`
configs/simulation.yaml:7:12: runner.http.headers.X-B: variable `EMPTY` is empty: ask the platform team
configs/simulation.yaml:8:22: runner.http.headers.Authorization: carries a secret, and is empty; define the variable, or leave the header out
"##);
}

#[test]
fn every_misspelt_placeholder_of_a_text_is_told() {
    assert_snapshot!(Project::http("headers: {X-A: '${A-b} ${A:=b} ${C}'}").errors(), @r##"
configs/simulation.yaml:5:21: runner.http.headers.X-A: has a form of `${` that is not supported; write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`, and `$${` for a literal `${`
configs/simulation.yaml:5:28: runner.http.headers.X-A: has a form of `${` that is not supported; write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`, and `$${` for a literal `${`
configs/simulation.yaml:5:36: runner.http.headers.X-A: variable `C` is not defined; it is neither in the environment nor in .env or ../.env; set it, or write `${C:-default}`
"##);
}

#[test]
fn a_variable_with_a_similar_name_is_suggested() {
    let project = Project::http("headers: {X-A: '${OPENAI_API_KY}'}")
        .env(&[("OPENAI_API_KEY", "sk-live-0123456789")]);
    assert_snapshot!(project.errors(), @"configs/simulation.yaml:5:21: runner.http.headers.X-A: variable `OPENAI_API_KY` is not defined; did you mean `OPENAI_API_KEY`? it is neither in the environment nor in .env or ../.env; set it, or write `${OPENAI_API_KY:-default}`");
}

#[test]
fn no_message_holds_a_value() {
    let secret = "hunter2hunter2";
    // The paths of files are shown: nobody could mend them otherwise.
    for key in keys().iter().filter(|key| !matches!(key.kind, KeyKind::File | KeyKind::Files)) {
        let path = format!("{}={secret} {{ {secret}", key.path);
        let project = Project::http("").set(&[&path]).env(&[("V", secret)]);
        let shown = match project.load() {
            Ok(loaded) => format!("{:?}", loaded.warnings),
            Err(errors) => format!("{errors} {errors:?}"),
        };
        assert!(!shown.contains(secret), "{}: {shown}", key.path);
    }
}

#[test]
fn arguments_are_checked_like_files() {
    let project = Project::http("")
        .set(&["nonsense", "runner.http.timeout=[1", "runner.http.url=x y", "itertions=3"])
        .env(&[
            ("FLUXLOOP__RUNNER__HTTP__TIMEOUTS", "5s"),
            ("FLUXLOOP____X", "1"),
            ("FLUXLOOP_API_KEY", "x"),
        ]);
    assert_snapshot!(project.errors(), @r##"
environment variable FLUXLOOP__RUNNER__HTTP__TIMEOUTS: runner.http.timeouts: unknown key; write `FLUXLOOP__RUNNER__HTTP__TIMEOUT`
environment variable FLUXLOOP____X: unknown key
--set itertions: unknown key; did you mean `iterations`?
--set runner.http.timeout: a `[` is opened here and never closed; close it with `]`
--set runner.http.url: has a space in the URL; remove it, or write it percent-encoded
--set: must be `key=value`; for example `--set runner.http.timeout=30s`
"##);
}

#[test]
fn what_is_missing_is_told_apart() {
    let project = Project::new(&[]);
    assert_snapshot!(project.errors(), @"no configuration found; looked for `configs/simulation.yaml`, `fluxloop/configs/simulation.yaml`");
    let project = Project::simulation("runner: {http: {url: 'http://localhost'}}");
    let errors = project.load().unwrap_err();
    assert_snapshot!(format!("{errors}\n{}", errors.hint().unwrap()), @r##"
configs/simulation.yaml: no inputs: neither `inputs_file` nor `base_inputs` is set
the smallest thing to write is `base_inputs: ["Hello"]`
"##);
}

#[test]
fn what_is_wrong_is_told_without_the_secrets_that_are_known_by_then() {
    const KEY: &str = "sk-live-0123456789";
    let check = |lines: &str, set: &str, expected: &str| {
        let mut project = Project::http(lines).set(&[set]);
        project.write(".env", format!("API_KEY={KEY}\n"));
        project.options.personas = vec![format!("p-{KEY}")];
        let errors = project.load().map(|_| ()).expect_err("faults");
        assert!(errors.to_string().contains(expected), "{errors}");
        assert!(!format!("{errors} {errors:?} {errors:#?}").contains(KEY), "{errors}");
    };
    check("", "name=a", "--personas: no input has the persona `p-***`");
    check("", &format!("{KEY}=x"), "--set ***: unknown key");
    check("", &format!("inputs_file=in-{KEY}.jsonl"), "inputs_file: `in-***.jsonl` cannot be read");
    check("", &format!("metadata.{KEY}=["), "--set metadata.***: a `[` is opened");
    check(&format!("{KEY}: x"), "name=a", "runner.http.***: unknown key");
    // A header that is wrong, and secret by its place alone.
    check(
        "headers: {Authorization: \"sk-other-0123456789\\x07\"}",
        "sk-other-0123456789\u{7}=x",
        "--set ***: unknown key",
    );
    // A file that cannot be read.
    let mut project = Project::simulation("a: [");
    project.write(".env", format!("API_KEY={KEY}\n"));
    project.write(&format!("{KEY}/agent.yaml"), "a: [");
    project.options.config = Some(format!("{KEY}/agent.yaml").into());
    project.options.env_file = Some(".env".into());
    assert_snapshot!(project.errors(), @"***/agent.yaml:1:4: a: a `[` is opened here and never closed; close it with `]`");
}

/// Removes, doubles and breaks what stands in a configuration; the loader must answer, whatever it
/// says, and never quote the secret.
#[test]
fn broken_configurations_neither_panic_nor_tell_secrets() {
    let secret = "hunter2hunter2";
    let text = include_str!("../../../../configs/full.yaml")
        .replace("X-Case: fluxloop", &format!("Authorization: Bearer {secret}"));
    let project = Project::simulation(&text);
    let check = |text: &str| {
        project.write("configs/simulation.yaml", text);
        let shown = match project.load() {
            Ok(loaded) => format!("{:?}", loaded.warnings),
            Err(errors) => format!("{errors} {errors:?}"),
        };
        assert!(!shown.contains(secret), "{text}\n{shown}");
    };
    let lines: Vec<&str> = text.lines().collect();
    for skipped in (0..lines.len()).step_by(3) {
        check(&[&lines[..skipped], &lines[skipped + 1..]].concat().join("\n"));
    }
    let places: Vec<usize> = text.char_indices().map(|(index, _)| index).step_by(101).collect();
    for (place, c) in places.into_iter().zip("\"'[]{}:\t*&!|>%@`\n-?#,$\0".chars().cycle()) {
        check(&format!("{}{c}{}", &text[..place], &text[place..]));
        check(&text[..place]);
    }
}

#[test]
fn every_item_of_a_list_is_looked_at() {
    assert_snapshot!(Project::http("retry: {status_codes: [1000, abc]}\nstream: sse\nstream_event_filter: ['${A}', '${B}']").errors(), @r##"
configs/simulation.yaml:5:28: runner.http.retry.status_codes[0]: must be from 300 to 599
configs/simulation.yaml:5:34: runner.http.retry.status_codes[1]: must be from 300 to 599
configs/simulation.yaml:7:28: runner.http.stream_event_filter[0]: variable `A` is not defined; it is neither in the environment nor in .env or ../.env; set it, or write `${A:-default}`
configs/simulation.yaml:7:36: runner.http.stream_event_filter[1]: variable `B` is not defined; it is neither in the environment nor in .env or ../.env; set it, or write `${B:-default}`
"##);
}

#[test]
fn numbers_out_of_their_range_are_named() {
    assert_snapshot!(Project::http("timeout: 99999h\nidle_timeout: '1e999'\nconnect_timeout: 40000000\nlimits: {max_event_bytes: 0}").set(&["runner.guards.output_char_limit=0"]).errors(), @r##"
configs/simulation.yaml:5:14: runner.http.timeout: must not be longer than a year
configs/simulation.yaml:6:19: runner.http.idle_timeout: must not be longer than a year
configs/simulation.yaml:7:22: runner.http.connect_timeout: must not be longer than a year
configs/simulation.yaml:8:31: runner.http.limits.max_event_bytes: must be at least 1
--set runner.guards.output_char_limit: must be at least 1
"##);
    assert_snapshot!(Project::simulation("seed: 340282366920938463463374607431768211455\n").errors(), @r##"
configs/simulation.yaml: runner.http.url: is required; write for example `runner: {http: {url: http://localhost:8000/chat}}`
configs/simulation.yaml:1:7: seed: is not a whole number from 0
"##);
}

#[test]
fn what_the_command_line_got_wrong_is_usage() {
    let errors = Project::http("").set(&["iterations"]).load().unwrap_err();
    assert!(errors.is_usage());
    let errors = Project::http("").set(&["a..b=3"]).load().unwrap_err();
    assert_snapshot!(errors, @"--set: has an empty part in its key; put one dot between two keys, and a key with a dot in quotes");
    assert!(errors.is_usage());
    assert!(!Project::http("").set(&["iterations=x"]).load().unwrap_err().is_usage());
}

#[test]
fn files_that_are_none_are_not_overlooked() {
    let mut project = Project::http("");
    std::fs::create_dir(project.path("configs/project.yaml")).unwrap();
    assert_snapshot!(project.errors(), @"configs/project.yaml: cannot be read: it is a folder");
    #[cfg(unix)]
    {
        std::fs::remove_dir(project.path("configs/project.yaml")).unwrap();
        std::os::unix::fs::symlink("nowhere", project.path("configs/input.yaml")).unwrap();
        assert_snapshot!(project.errors(), @"configs/input.yaml: cannot be read: there is no such file");
    }
    project.options.config = Some("configs".into());
    assert_snapshot!(project.errors(), @"configs: cannot be read: it is a folder");
}

#[test]
fn a_project_with_a_similar_name_is_suggested() {
    let mut project = Project::new(&[("fluxloop/agent1/configs/simulation.yaml", "")]);
    project.options.project = Some("agnt1".into());
    assert_snapshot!(project.errors(), @"no configuration found; looked for `fluxloop/agnt1/configs/simulation.yaml`; did you mean `--project agent1`?");
}

#[test]
fn messages_say_each_thing_once() {
    let mut project = Project::http("").set(&["personas=[[a], {nme: x}]"]);
    project.options.iterations = Some(0);
    assert_snapshot!(project.errors(), @r##"
--set personas: personas[0]: must be a name, or a map with `name`
--set personas: personas[1]: must be a name, or a map with `name`
--iterations: must be from 1 to 1000000
"##);
}

#[test]
fn a_line_break_in_a_name_makes_no_line_of_its_own() {
    let project = Project::simulation(
        "personas: [a]\nbase_inputs: [{input: a, persona: \"b\\nwarning: forged\"}]\nrunner: {http: {url: 'http://localhost'}}",
    );
    assert_snapshot!(project.warnings(), @r##"configs/simulation.yaml:1:11: personas: inputs name personas that are not listed here: `b\nwarning: forged`"##);
    let project = Project::http("\"x\\nconfigs/simulation.yaml:1:1: forged\": a");
    assert_snapshot!(project.errors(), @r##"configs/simulation.yaml:5:5: runner.http.x\nconfigs/simulation.yaml:1:1: forged: unknown key"##);
}

#[test]
fn variables_of_dotenv_that_use_each_other_over_and_over_are_refused() {
    let errors = |dotenv: &str| {
        let project = Project::http("headers: {X-A: '${V0}'}");
        project.write(".env", dotenv);
        project.errors()
    };
    let chain: Vec<_> = (0..10_000).map(|n| format!("V{n}=${{V{}}}\n", n + 1)).collect();
    assert_snapshot!(errors(&(chain.concat() + "V10000=x\n")), @"configs/simulation.yaml:5:21: runner.http.headers.X-A: variable `V100` cannot be used: .env:101:1: leads through more than 100 other variables; write the value out");
    let doubling = (0..40).map(|n| format!("V{n}=${{V{0}}}${{V{0}}}\n", n + 1));
    let doubling: Vec<_> = doubling.collect();
    assert_snapshot!(errors(&(doubling.concat() + "V40=x\n")), @"configs/simulation.yaml:5:21: runner.http.headers.X-A: variable `V20` cannot be used: .env:21:1: with this, the values of all variables are longer than 1 MiB; shorten them");
    let long = "x".repeat(2 << 20);
    assert_snapshot!(errors(&format!("V0={long}\n")), @"configs/simulation.yaml:5:21: runner.http.headers.X-A: variable `V0` cannot be used: .env:1:1: with this, the values of all variables are longer than 1 MiB; shorten them");
    assert_snapshot!(errors(&format!("V0={}\nW={}\n", "${W}".repeat(100_000), "x".repeat(1000))), @"configs/simulation.yaml:5:21: runner.http.headers.X-A: variable `V0` cannot be used: .env:1:1: with this, the values of all variables are longer than 1 MiB; shorten them");
}

/// A device stands for any file that never ends.
#[cfg(unix)]
#[test]
fn files_that_never_end_are_refused() {
    let mut project = Project::http("tls: {ca_file: /dev/zero}");
    std::fs::create_dir(project.path(".git")).expect("a folder");
    std::os::unix::fs::symlink("/dev/zero", project.path(".gitignore")).expect("a link");
    project.write(".env", "A=b");
    assert_snapshot!(project.errors(), @"configs/simulation.yaml:5:20: runner.http.tls.ca_file: `/dev/zero` holds no certificate in PEM form");
    let inputs = Project::http("").set(&["inputs_file=/dev/zero"]);
    assert_snapshot!(inputs.errors(), @"--set inputs_file: `/dev/zero` cannot be read: it is no regular file; send what it holds to standard input, and write `-` alone");
    project.options.env_file = Some("/dev/zero".into());
    assert_snapshot!(project.errors(), @r##"
/dev/zero: is larger than 64 MiB; a long list of inputs belongs into JSON Lines or CSV, which are read as a stream
configs/simulation.yaml:5:20: runner.http.tls.ca_file: `/dev/zero` holds no certificate in PEM form
"##);
    project.options.config = Some("/dev/zero".into());
    assert_snapshot!(project.errors(), @"/dev/zero: is larger than 64 MiB; a long list of inputs belongs into JSON Lines or CSV, which are read as a stream");
}

#[test]
fn of_many_faults_the_first_are_shown() {
    let errors = |faults: usize| {
        let keys: Vec<String> = (0..faults).map(|n| format!("k{n}: 1\n")).collect();
        Project::http(&format!("\n{}", keys.concat())).load().expect_err("faults")
    };
    assert_eq!(errors(50).to_string().lines().count(), 50);
    assert_eq!(errors(51).to_string().lines().count(), 51);
    let errors = errors(5_000);
    let shown = errors.to_string();
    assert!(shown.ends_with("runner.http.k49: unknown key\nand 4950 more"), "{shown}");
}

#[test]
fn a_url_that_the_parser_takes_may_be_none_for_the_client() {
    let check = |url: &str, expected: &str| {
        for key in ["url", "proxy"] {
            let project = Project::http("").env(&[("PPP", "1/evil")]);
            let errors = project.set(&[&format!("runner.http.{key}={url}")]).errors();
            assert_eq!(errors, format!("--set runner.http.{key}: {expected}"), "{url}");
        }
    };
    let scheme = "must be an http or https URL; begin it with `http://` or `https://`";
    for url in
        ["http:/u:pw@h", "http:u:pw@h", r"HTTP:/\u:pw@h", r"http:\\u:pw@h", "http:/u:${PPP}@h/"]
    {
        check(url, scheme);
    }
    let long = format!("http://h/{}", "a".repeat(65_526));
    let bytes = "is not a valid URL: it has more than 65534 bytes; write for example `http://localhost:8000/chat`";
    check(&long, bytes);
    let host = "is not a valid URL: empty host; write for example `http://localhost:8000/chat`";
    for url in ["http:///u:pw@h", r"https://\u:pw@h", "http:////h"] {
        check(url, host);
    }
}

#[test]
fn what_arguments_and_variables_nest_too_deeply_is_refused() {
    let load = |levels: usize, value: &str| {
        let key = format!("metadata{}", ".a".repeat(levels - 1));
        let set = Project::http("").set(&[&format!("{key}={value}")]).load().map(|_| ());
        let name = format!("FLUXLOOP__{}", key.to_uppercase().replace('.', "__"));
        let variable = Project::http("").env(&[(&name, value)]).load().map(|_| ());
        [set, variable]
    };
    for (levels, value) in [(120, "1"), (118, "{b: [1]}")] {
        assert!(load(levels, value).iter().all(Result::is_ok), "{levels} levels of {value}");
    }
    for (levels, value) in [(121, "1"), (119, "{b: [1]}"), (20_000, "1")] {
        for errors in load(levels, value) {
            let errors = errors.expect_err("a fault").to_string();
            let expected =
                "is nested too deeply; 120 lists and mappings inside of each other are the most";
            assert!(errors.ends_with(expected), "{errors}");
        }
    }
}

#[test]
fn variables_bring_so_much_and_no_more() {
    let project = |times: usize| {
        let text = "${LONG}".repeat(times);
        let lines =
            format!("body_template: {{mapping: {{i: $.input, a: \"{text}\", b: \"{text}\"}}}}");
        Project::http(&lines).env(&[("LONG", &"x".repeat(1 << 20))])
    };
    assert!(project(2).load().is_ok());
    assert_snapshot!(
        project(10).errors(),
        @"configs/simulation.yaml:5:123: runner.http.body_template.mapping.b: with this, variables bring more than 16 MiB into the configuration; shorten them, or use them less often"
    );
}
