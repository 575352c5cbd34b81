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
        &["https://joe%20smith:${PASSWORD}@h/a?key=${API_KEY}", "q: $.input"],
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
        r#"curl h/a --json '{"input": "x", "a": "$.b", "c": "${D}", "g": "{{ h }}"}'"#,
        "method: POST\nurl: http://h/a\nheaders:\n  Content-Type: application/json\n  Accept: \
         application/json\nstream: auto\nstream_schema: auto\nbody_template:\n  type: json\n  \
         mapping:\n    input: $.input\n    a: $$.b\n    c: $${D}\n    g: \"{{ h }}\"\n",
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
        "method: GET\nurl: http://h/a?lang=en\nquery:\n  q: $.input\n  \"n\": \"5\"\nstream: \
         auto\nstream_schema: auto\n",
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
            "curl h --json '{\"a\": \"{{ $.b }}\"}'",
            "`a text with `{{ $.… }}`` cannot be carried over: it would be \
                                   a value of the input in a template",
        ),
    ] {
        let options = Options::new("test");
        let refused = from_curl(line, &options, &mut |_| Err(String::new())).expect_err(line);
        assert_eq!(refused.to_string(), error);
    }
}
