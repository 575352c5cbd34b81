//! Projects from promptfoo configurations.

use fluxloop_init::{Options, Proposal, from_promptfoo};

fn propose(text: &str) -> Proposal {
    let read = &mut |path: &str| match path {
        "prompts/a.txt" => Ok(b"Say {{word}}\n---\nSing {{word}}\n".to_vec()),
        _ => Err("there is no such file".to_owned()),
    };
    from_promptfoo(text, &Options::new("test"), read).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn check(text: &str, http: &[&str], inputs: &str, remarks: &[&str]) {
    let proposal = propose(text);
    let configuration = &proposal.files[0].content;
    for line in http {
        assert!(configuration.contains(line), "{line} is missing in:\n{configuration}");
    }
    let written = proposal.files[1].content.split_once('\n').expect("a comment").1;
    assert_eq!(written, inputs);
    let what: Vec<_> = proposal.remarks.iter().map(|remark| remark.what.as_str()).collect();
    assert_eq!(what, remarks);
}

#[test]
fn prompts_and_tests_become_inputs() {
    check(
        "description: Tides\nprompts: ['When is {{ tide }} tide in {{town}}?', 'Tide: {{tide}}']\nproviders: \
         [{id: openai:chat:gpt-5.4-mini, config: {temperature: 0}}, openai:gpt-4]\ndefaultTest: {vars: {town: \
         Husum}}\ntests:\n  - vars: {tide: high}\n    assert: [{type: contains, value: six}]\n    \
         options: {}\nsharing: false\n",
        &[
            "name: Tides",
            "url: https://api.openai.com/v1/chat/completions",
            "Authorization: Bearer ${OPENAI_API_KEY}",
            "model: gpt-5.4-mini",
            "temperature: 0",
            "content: $.input",
            "stream_schema: openai-chat",
        ],
        "- id: test-1-prompt-1\n  input: When is high tide in Husum?\n  expect:\n    - type: \
         contains\n      value: six\n  vars:\n    town: Husum\n    tide: high\n- id: \
         test-1-prompt-2\n  input: \"Tide: high\"\n  expect:\n    - type: contains\n      value: \
         six\n  vars:\n    town: Husum\n    tide: high\n",
        &["sharing", "tests: options", "provider openai:gpt-4"],
    );
}

#[test]
fn prompts_of_files_and_lists_of_values_are_multiplied() {
    check(
        "prompts: file://prompts/a.txt\nproviders: ollama:chat:llama3.2\ntests: [{vars: {word: [a, \
         b]}}]\n",
        &["url: http://localhost:11434/api/chat", "model: llama3.2"],
        "- id: test-1-prompt-1\n  input: Say a\n  vars:\n    word: a\n- id: test-1-prompt-2\n  \
         input: Sing a\n  vars:\n    word: a\n- id: test-2-prompt-1\n  input: Say b\n  vars:\n    \
         word: b\n- id: test-2-prompt-2\n  input: Sing b\n  vars:\n    word: b\n",
        &[],
    );
}

#[test]
fn messages_stay_messages() {
    check(
        "prompts:\n  - '[{\"role\": \"system\", \"content\": \"Be brief.\"}, {\"role\": \"user\", \
         \"content\": \"{{q}}\"}]'\nproviders: [anthropic:messages:claude-sonnet-5-5]\ntests: [{vars: \
         {q: 'Who?'}}]\n",
        &["messages: $.messages", "url: https://api.anthropic.com/v1/messages"],
        "- id: test-1\n  messages:\n    - role: system\n      content: Be brief.\n    - role: \
         user\n      content: \"Who?\"\n  vars:\n    q: \"Who?\"\n"
            .replace("\"Who?\"", "Who?")
            .as_str(),
        &["messages"],
    );
}

#[test]
fn a_provider_with_a_url_is_a_request() {
    check(
        "prompts: ['{{prompt}}']\nproviders:\n  - id: https\n    config:\n      url: \
         'https://h.example/ask?v={{env.VERSION}}'\n      headers: {X-Api-Key: K-12345678, \
         Authorization: 'Bearer {{env.AGENT_TOKEN}}'}\n      body: {question: '{{prompt}}', note: \
         'Q: {{prompt}}'}\n      transformResponse: json.answer.text\ntests: [{vars: {prompt: Hi}}]\n",
        &[
            "url: https://h.example/ask?v=${VERSION}",
            "X-Api-Key: ${API_KEY}",
            "Authorization: Bearer ${AGENT_TOKEN}",
            "question: $.input",
            "note: \"Q: {{ $.input }}\"",
            "stream: none",
            "output_path: $.answer.text",
        ],
        "- id: test-1\n  input: Hi\n  vars:\n    prompt: Hi\n",
        &[],
    );
    let secrets = propose(
        "providers: [{id: 'https://h/a', config: {body: '{{prompt}}', headers: {X-Api-Key: K-1}}}]",
    )
    .secrets;
    assert_eq!((secrets[0].name.as_str(), secrets[0].value.expose()), ("API_KEY", "K-1"));
}

#[test]
fn the_prompt_may_stand_anywhere() {
    check(
        "providers:\n  - id: https\n    config:\n      url: 'https://h.example/ask/{{prompt}}'\n      \
         headers: {X-Question: '{{prompt}}', X-Note: 'Q: {{prompt}} {{env.NOTE}}'}\n      \
         queryParams: {q: 'say {{prompt}}', x: 'a&b'}\n      method: GET\nprompts: [Hi]\n",
        &[
            "url: \"https://h.example/ask/{{ $.input }}?q=say%20{{ $.input }}&x=a%26b\"",
            "X-Question: $.input",
            "X-Note: \"Q: {{ $.input }} ${NOTE}\"",
        ],
        "- id: test-1\n  input: Hi\n",
        &[],
    );
}

#[test]
fn inputs_have_no_secrets() {
    check(
        "prompts: ['Say {{word}} with {{api_key}}, sk-abcdefghijklmnop1234']\nproviders:\n  - id: \
         https://h/a\n    config: {body: {q: '{{prompt}}'}, headers: {X-Api-Key: tok-9876543210}}\n\
         tests: [{vars: {word: tok-9876543210, api_key: vK-1234567, password: x1}}]\n",
        &["X-Api-Key: ${API_KEY}"],
        "- id: test-1\n  input: Say *** with ***, ***\n  vars:\n    word: \"***\"\n    api_key: \
         \"***\"\n    password: \"***\"\n",
        &["inputs/questions.yaml"],
    );
}

#[test]
fn settings_of_a_provider_are_sent_as_they_are() {
    check(
        "prompts: [Hi]\nproviders: [{id: 'openai:chat:$.m', config: {stop: '{{ $.x }}', apiBaseUrl: \
         'https://{{env.HOST}}/v1/', apiKeyEnvar: MY_KEY}}]\n",
        &[
            "model: $$.m",
            "stop: \"{${EMPTY:-}{ $.x }}\"",
            "url: https://${HOST}/v1/chat/completions",
            "Authorization: Bearer ${MY_KEY}",
        ],
        "- id: test-1\n  input: Hi\n",
        &[],
    );
}

#[test]
fn what_cannot_be_read_is_an_error() {
    for (text, expected) in [
        ("a: [", "the file is not a promptfoo configuration: it is not valid YAML in line 2"),
        ("prompts: [x]", "the file is not a promptfoo configuration: it has no provider"),
        (
            "providers: [python:x.py]",
            "the file is not a promptfoo configuration: it has no provider that is read: `https`, \
             `openai:…`, `anthropic:…`, `ollama:…`",
        ),
        (
            "prompts: [file://b.txt]\nproviders: [openai:x]",
            "the file is not a promptfoo configuration: `b.txt` cannot be read: no",
        ),
    ] {
        let options = Options::new("test");
        let error = from_promptfoo(text, &options, &mut |_| Err("no".to_owned())).expect_err(text);
        assert_eq!(error.to_string(), expected);
    }
}
