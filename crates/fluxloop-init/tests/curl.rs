//! Projects from command lines.

use fluxloop_init::{Options, Proposal, from_curl};

fn propose(line: &str) -> Proposal {
    from_curl(line, &Options::new("test"), &mut |_| Err("no file".to_owned()))
        .unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// What stands below `runner.http`.
fn http(proposal: &Proposal) -> String {
    let (_, http) = proposal.files[0].content.split_once("  http:\n").expect("a request");
    http.lines().flat_map(|line| [line.strip_prefix("    ").unwrap_or(line), "\n"]).collect()
}

#[track_caller]
fn check(line: &str, expected: &str) {
    assert_eq!(http(&propose(line)), expected, "{line}");
}

#[track_caller]
fn check_secrets(line: &str, expected: &[(&str, &str)], shown: &[&str]) {
    let proposal = propose(line);
    let secrets: Vec<_> =
        proposal.secrets.iter().map(|it| (it.name.as_str(), it.value.expose())).collect();
    assert_eq!(secrets, expected, "{line}");
    let files: String = proposal.files.iter().map(|file| file.content.as_str()).collect();
    for (name, value) in expected {
        assert!(!files.contains(value), "{name} stands in:\n{files}");
    }
    for text in shown {
        assert!(files.contains(text), "{text} is missing in:\n{files}");
    }
}

#[test]
fn a_chat_completion_is_recognized() {
    check(
        r#"curl https://api.openai.com/v1/chat/completions -H "Content-Type: application/json" \
  -H "Authorization: Bearer $OPENAI_API_KEY" -d '{
    "model": "gpt-5.4-mini", "messages": [{"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello!"}], "stream": true, "temperature": 0.5}'"#,
        "method: POST\nurl: https://api.openai.com/v1/chat/completions\nheaders:\n  Content-Type: \
         application/json\n  Authorization: Bearer ${OPENAI_API_KEY}\nstream_schema: \
         openai-chat\nbody_template:\n  type: json\n  mapping:\n    model: gpt-5.4-mini\n    \
         messages:\n      - role: system\n        content: Be brief.\n      - role: user\n        \
         content: $.input\n    stream: true\n    temperature: 0.5\n",
    );
}

#[test]
fn keys_become_variables() {
    check_secrets(
        "curl https://h/a -H 'Authorization: Bearer sk-secret-1' -d '{\"input\": \"x\"}'",
        &[("API_KEY", "sk-secret-1")],
        &["Authorization: Bearer ${API_KEY}", "API_KEY=\n"],
    );
    check_secrets(
        "curl https://h/a -H 'x-api-key: K-1' -b 'session=abc; theme=dark' -d '{\"input\": \"x\"}'",
        &[("API_KEY", "K-1"), ("COOKIE", "session=abc; theme=dark")],
        &["x-api-key: ${API_KEY}", "Cookie: ${COOKIE}"],
    );
    check_secrets(
        "curl https://h/a/tok-98765432 -H 'x-auth: my-own words' -H 'Authorization: tok-98765432' \
         --json '{\"input\": \"x\", \"note\": \"see tok-98765432\"}'",
        &[("AUTH", "my-own words"), ("API_KEY", "tok-98765432")],
        &["url: https://h/a/${API_KEY}", "note: see ${API_KEY}", "x-auth: ${AUTH}"],
    );
    check_secrets(
        "curl https://api.anthropic.com/v1/messages -H 'x-api-key: K-7' -d '{\"messages\": []}'",
        &[("ANTHROPIC_API_KEY", "K-7")],
        &["x-api-key: ${ANTHROPIC_API_KEY}"],
    );
    check_secrets(
        "curl 'https://h/a?key=AIza-1234&q=hi' -u 'joe smith:p w@x'",
        &[("PASSWORD", "p w@x"), ("API_KEY", "AIza-1234")],
        &["https://joe%20smith:${PASSWORD}@h/a?key=${API_KEY}&q={{ $.input }}"],
    );
    check_secrets(
        "curl https://h/a --json '{\"input\": \"x\", \"auth\": {\"api_key\": \"K-2-3\", \"n\": 1}}'",
        &[("API_KEY", "K-2-3")],
        &["api_key: ${API_KEY}"],
    );
    check_secrets(
        "export MY_TOKEN=tok-1; curl https://h/a -H \"x: $MY_TOKEN\" -F 'password=pass-w0rd'",
        &[("PASSWORD", "pass-w0rd"), ("MY_TOKEN", "tok-1")],
        &["x: ${MY_TOKEN}"],
    );
    check_secrets(
        "curl https://h/a -d 'my key is sk-abcdefghijklmnop1234' -H 'content-type: text/plain'",
        &[],
        &["my key is ***"],
    );
}

#[test]
fn what_would_be_read_as_a_template_is_escaped() {
    check(
        r#"curl h/a --json '{"input": "x", "a": "$.b", "c": "${D}", "g": "{{ h }}", "i": "$.input"}'"#,
        "method: POST\nurl: http://h/a\nheaders:\n  Content-Type: application/json\n  Accept: \
         application/json\nstream: auto\nstream_schema: auto\nbody_template:\n  type: json\n  \
         mapping:\n    input: $.input\n    a: $$.b\n    c: $${D}\n    g: \"{${EMPTY:-}{ h }}\"\n    \
         i: $$.input\n",
    );
    check(
        "curl 'h/{{ $.a }}?b={{c}}' -g -H 'x: {{ $.d }}' -H 'z: $.e'",
        "method: GET\nurl: http://h/%7B%7B $.a }}?b=%7B%7Bc}}\nheaders:\n  x: \"{${EMPTY:-}{ $.d }}\"\n  \
         z: $$.e\nstream: auto\nstream_schema: auto\n",
    );
}

#[test]
fn forms_texts_and_queries_have_their_input() {
    check(
        "curl h/a -d 'a=1&prompt=hello+world'",
        "method: POST\nurl: http://h/a\nheaders:\n  Content-Type: \
         application/x-www-form-urlencoded\nstream: auto\nstream_schema: \
         auto\nbody_template:\n  type: form\n  mapping:\n    a: \"1\"\n    prompt: $.input\n",
    );
    check(
        "curl -G 'h/a?lang=en' --data-urlencode 'q=hello world' -d n=5",
        "method: GET\nurl: \"http://h/a?lang=en&q={{ $.input }}&n=5\"\nstream: auto\nstream_schema: \
         auto\n",
    );
    check(
        "curl h/a -H 'content-type: text/plain' --data-binary 'hello'",
        "method: POST\nurl: http://h/a\nheaders:\n  content-type: text/plain\nstream: \
         auto\nstream_schema: auto\nbody_template:\n  type: text\n  mapping: $.input\n",
    );
}

#[test]
fn the_connection_is_configured() {
    check(
        "curl h/a -kL -x joe:pw-1@proxy -m 2.5 --retry 3 --cacert ca.pem -E c.pem -d input=x",
        "method: POST\nurl: http://h/a\nheaders:\n  Content-Type: \
         application/x-www-form-urlencoded\nstream: auto\nstream_schema: \
         auto\nbody_template:\n  type: form\n  mapping:\n    input: $.input\ntimeout: \
         \"2500ms\"\nretry:\n  attempts: 3\nredirects: same-origin\nproxy: \
         http://joe:${PROXY_PASSWORD}@proxy:1080\ntls:\n  ca_file: ca.pem\n  client_cert: \
         c.pem\n  client_key: c.pem\n  insecure: true\n",
    );
}

#[test]
fn what_is_lost_is_named() {
    let proposal =
        propose("curl h/a -4 -H 'Accept:' -H 'a: 1' -H 'a: 2' -H 'content-length: 3' -X POST");
    let what: Vec<_> = proposal.remarks.iter().map(|remark| remark.what.as_str()).collect();
    let expected = ["-4", "-H 'Accept:'", "-H 'a: …'", "-H 'content-length: …'", "the input"];
    assert_eq!(what, expected);
    for (line, error) in [
        (
            "curl -X DELETE h",
            "`-X DELETE` cannot be carried over: the methods that are sent are \
                              GET, POST, PUT and PATCH",
        ),
        (
            "curl -X GET h -d x",
            "`-X GET with a body` cannot be carried over: a GET is sent without \
                               a body",
        ),
        (
            "curl h --json \"{\\\"$A\\\": 1}\"",
            "`a variable in a name of the body` cannot be carried over: the configuration replaces \
             nothing in names of members",
        ),
        (
            "curl h -H 'x-key: tok-9876543210' --json '{\"tok-9876543210\": 1}'",
            "a secret of the source would stand in `configs/simulation.yaml`, where no variable can \
             stand for it",
        ),
        ("curl h -H $'x: a\\nb'", "`-H 'x: …'` cannot be carried over: the value has a line break"),
    ] {
        let options = Options::new("test");
        let refused = from_curl(line, &options, &mut |_| Err(String::new())).expect_err(line);
        assert_eq!(refused.to_string(), error);
    }
}

/// What the screen says to check.
#[track_caller]
fn check_remarks(line: &str, expected: &[&str]) {
    let remarks = propose(line).remarks;
    let said: Vec<_> = remarks.iter().map(|it| format!("{}: {}", it.what, it.why)).collect();
    assert_eq!(said, expected, "{line}");
}

#[test]
fn what_is_sent_otherwise_is_named() {
    check_remarks(
        "curl h/a -d '{\"input\": \"x\", \"n\": 1, \"n\": 2}'",
        &[
            "the body: a member stands twice in one object; the last one is sent",
            "Content-Type: the body is JSON, and is sent as `application/json`; curl sends it as a form",
        ],
    );
    check_remarks(
        "curl h/a -H 'content-type: text/plain' -d '{\"input\": \"a:b\", \"n\": {\"n\": \":\"}}'",
        &[],
    );
    check_remarks(
        "curl h/a -d 'debug&q=x'",
        &["the body: `debug` is sent as `debug=`, by which a form means the same"],
    );
    check_remarks(
        "curl h/a -u joe:100%25",
        &[
            "the password: it is stored percent-encoded, as a URL needs it",
            "the input: no member of the body and no parameter looks like the text of the user; \
             write `$.input` where it belongs, or `{{ $.input }}` within a text",
        ],
    );
    let remarks = propose("curl h/a --json \"{'input': 'x'}\"").remarks;
    assert!(
        remarks[0].why.starts_with("it is not valid JSON (key must be a string"),
        "{remarks:?}"
    );
}

#[test]
fn passwords_are_sent_as_they_are() {
    for (line, stored) in [
        ("curl h -u 'joe:p@ss 50%'", "p@ss 50%"),
        ("curl h -u 'joe:100%25'", "100%2525"),
        ("curl h -u $'joe:a\\nb'", "a%0Ab"),
        ("curl http://joe:p%40ss@h", "p@ss"),
        ("curl http://joe:100%2525@h", "100%2525"),
        ("curl http://joe:%FFx@h", "%FFx"),
    ] {
        let proposal = propose(line);
        assert_eq!(proposal.secrets[0].value.expose(), stored, "{line}");
        assert!(http(&proposal).contains("url: http://joe:${PASSWORD}@h\n"), "{line}");
    }
}

#[test]
fn a_secret_has_no_spelling_that_stays() {
    check_secrets(
        r#"curl 'h/a?key=tok%2F98765432%3D&x=tok/98765432=' -H 'x-api-key: tok/98765432=' -H 'Referer: https://h/?a=tok%2f98765432%3D' --json '{"input": "see tok/98765432=", "a": "dG9rLzk4NzY1NDMyPQ==", "b": "{\"k\": \"tok\\/98765432=\"}"}'"#,
        &[
            ("API_KEY", "tok%2F98765432%3D"),
            ("API_KEY_2", "tok/98765432="),
            ("REFERER_KEY", "tok%2f98765432%3D"),
            ("A_KEY", "dG9rLzk4NzY1NDMyPQ=="),
            ("B_KEY", "tok\\/98765432="),
        ],
        &[
            "a?key=${API_KEY}&x=${API_KEY_2}",
            "a=${REFERER_KEY}",
            "a: ${A_KEY}",
            r#"b: "{\"k\": \"${B_KEY}\"}""#,
            "- see ***",
        ],
    );
    // User and password as the client sends them.
    check_secrets(
        "curl h -u joe:pw-1234 -H 'x: Basic am9lOnB3LTEyMzQ=' --json '{\"a\": \"joe:pw-1234\"}'",
        &[("PASSWORD", "pw-1234"), ("X_KEY", "am9lOnB3LTEyMzQ="), ("A_KEY", "joe:pw-1234")],
        &["x: Basic ${X_KEY}", "a: ${A_KEY}"],
    );
    check_secrets(
        "curl h -H \"x-key: ${K:-tok-98765432}\" -H \"y: ${Y:-tok-98765432}\" -b \"sid=tok-1$SID; theme=dark\"",
        &[("K", "tok-98765432"), ("COOKIE", "tok-1"), ("Y", "tok-98765432")],
        &["x-key: ${K}", "\"y\": ${Y}", "Cookie: sid=${COOKIE}${SID}; theme=dark"],
    );
    check_secrets(
        "curl h -H 'content-type: text/xml' -d '<a><api_key>K-1-2</api_key> password=K-3-4&x</a>'",
        &[("API_KEY", "K-1-2"), ("PASSWORD", "K-3-4")],
        &["<api_key>${API_KEY}</api_key> password=${PASSWORD}&x"],
    );
    check_secrets(
        "curl h -H 'x-key: K-1' -H \"Authorization: Bearer $KEY $API_KEY\" --json '{\"a\": \"K-1\"}'",
        &[("API_KEY_2", "K-1")],
        &["x-key: ${API_KEY_2}", "a: ${API_KEY_2}"],
    );
}

#[test]
fn ids_of_a_run_are_those_of_the_case() {
    check(
        r#"curl h/agent --json '{"threadId": "t", "runId": "r", "messages": [{"id": "m", "role": "user", "content": "x"}]}'"#,
        "method: POST\nurl: http://h/agent\nheaders:\n  Content-Type: application/json\n  Accept: \
         application/json\nstream_schema: ag-ui\nbody_template:\n  type: json\n  mapping:\n    \
         threadId: \"t-{{ $.id }}-{{ $.iteration }}\"\n    runId: \"r-{{ $.id }}-{{ $.iteration \
         }}\"\n    messages:\n      - id: \"m-{{ $.id }}-{{ $.iteration }}\"\n        role: user\n        \
         content: $.input\n",
    );
}

#[test]
fn many_secrets_take_little_time() {
    let keys = (0..2000).map(|number| format!("sk-proj-Ab0Ab0Ab0Ab0{number:04}"));
    let line = format!("curl h --json '{{\"a\": \"{}\"}}'", keys.collect::<Vec<_>>().join(" "));
    let start = std::time::SystemTime::now();
    assert_eq!(propose(&line).secrets.len(), 2000);
    let took = start.elapsed().expect("a clock that goes on");
    // It was 19 s with an optimized build, and is well below a second.
    assert!(took.as_secs() < 10, "{took:?}");
}
