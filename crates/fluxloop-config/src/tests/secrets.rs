//! What is kept secret.

use fluxloop_plan::Case;
use insta::assert_snapshot;

use super::Project;

const KEY: &str = "sk-live-0123456789";

/// What the plan's redactor makes of a text.
#[track_caller]
fn masked(project: &Project, text: &str) -> String {
    project.loaded().plan.redactor.mask(text).as_str().to_owned()
}

#[test]
fn values_of_sensitive_headers_are_masked_but_not_their_scheme() {
    let project = Project::http("headers: {Authorization: 'Bearer ${V}', X-Other: '${W}'}")
        .env(&[("V", KEY), ("W", "0123456789-open")]);
    assert_eq!(
        masked(&project, &format!("Bearer {KEY} 0123456789-open")),
        "Bearer *** 0123456789-open"
    );
    assert!(project.loaded().plan.request.headers["authorization"].is_sensitive());
    assert_eq!(project.warnings(), "");
}

#[test]
fn a_variable_may_hold_its_own_scheme() {
    let project = Project::http("headers: {Authorization: '${V}'}")
        .env(&[("V", "Bearer sk-live-0123456789")]);
    assert_eq!(masked(&project, "Bearer sk-live-0123456789"), "Bearer ***");
}

#[test]
fn a_key_within_a_sensitive_value_is_masked_by_itself() {
    for (header, value, echo, expected) in [
        ("Authorization: '${V}'", "Token sk-live-0123456789", "bad sk-live-0123456789", "bad ***"),
        ("Authorization: \"Bearer\\t${V}\"", KEY, "bad sk-live-0123456789", "bad ***"),
        ("Authorization: 'Bearer ${V}, x'", KEY, "bad sk-live-0123456789", "bad ***"),
        ("Authorization: 'Basic joe:${V}'", KEY, "bad sk-live-0123456789", "bad ***"),
        ("Authorization: 'Basic ${V}'", "am9lOnBhc3N3b3JkLTE=", "bad password-1", "bad ***"),
        (
            "Cookie: '${V}'",
            "session=sk-live-0123456789; theme=dark",
            "session sk-live-0123456789, dark theme",
            "session ***, dark theme",
        ),
        (
            "Authorization: 'x ${V}'",
            r#"{"client_secret": "sk-live-0123456789"}"#,
            "client_secret sk-live-0123456789",
            "client_secret ***",
        ),
    ] {
        let project = Project::http(&format!("headers: {{{header}}}")).env(&[("V", value)]);
        assert_eq!(masked(&project, echo), expected, "{header}");
        assert_eq!(project.warnings(), "", "{header}");
    }
    let project = Project::http("headers: {Authorization: 'Token ${V}'}")
        .env(&[("V", KEY)])
        .set(&["security.unmask=[V]"]);
    assert_eq!(masked(&project, KEY), KEY);
}

#[test]
fn a_literal_under_a_secret_name_of_body_or_metadata_is_a_secret() {
    let project = Project::simulation(
        "base_inputs: [a]\nmetadata: {api_key: K1-metadata, max_tokens: '1000000000', token: 1234567890}\n\
         runner:\n  http:\n    url: http://localhost\n    body_template:\n      mapping:\n        \
         q: $.input\n        sort_key: createdAt\n        auth: {token: K2-of-body}\n        keys: [K3-in-list]\n        \
         api_key: $.metadata.key\n        token: '{{ $.input }}-of-input'\n        \
         stop_token: <|end-of-text|>\n        model: gpt-of-body\n        \
         json: |\n          {\"secret\": \"K4-in-json\", \"pwd\": \"sh0rt\", \"n\": \"n-in-json\"}\n",
    );
    let keys = "K1-metadata K2-of-body K3-in-list K4-in-json";
    assert_eq!(masked(&project, keys), "*** *** *** ***");
    let others = "createdAt 1000000000 1234567890 -of-input <|end-of-text|> gpt-of-body n-in-json";
    assert_eq!(masked(&project, others), others);
    assert_snapshot!(project.warnings(), @r##"
configs/simulation.yaml:10:23: runner.http.body_template.mapping.auth.token: a secret stands here as it is; put it into `.env` and write `${NAME}` here
configs/simulation.yaml:11:16: runner.http.body_template.mapping.keys[0]: a secret stands here as it is; put it into `.env` and write `${NAME}` here
configs/simulation.yaml:17:11: runner.http.body_template.mapping.json.secret: a secret stands here as it is; put it into `.env` and write `${NAME}` here
configs/simulation.yaml:17:11: runner.http.body_template.mapping.json.pwd: a secret stands here as it is; put it into `.env` and write `${NAME}` here
configs/simulation.yaml:2:21: metadata.api_key: a secret stands here as it is; put it into `.env` and write `${NAME}` here
`runner.http.body_template.mapping.json.pwd` is a secret of fewer than 8 characters, which is not masked where it occurs in other text
"##);
    let written = project.loaded().settings.as_written().clone();
    let mapping = &written["runner"]["http"]["body_template"]["mapping"];
    assert_eq!(written["metadata"]["api_key"], "***");
    assert_eq!(mapping["auth"]["token"], "***");
    assert_eq!(mapping["json"]["pwd"], "***");
    assert_eq!(mapping["api_key"], "$.metadata.key");
}

#[test]
fn only_a_plain_word_under_a_secret_name_is_none() {
    let names = "api_key: qWErTyUiOpAsDfGhJkLzXcVb\n\
        sort_key: createdAt\n\
        db_password: correct-Horse!battery_Staple\n\
        client_secret: correct horse\n\
        auth: {type: service_account, password: Tr/ub+adour&Zebra}";
    let texts = "qWErTyUiOpAsDfGhJkLzXcVb, createdAt, correct-Horse!battery_Staple, correct horse, \
                 service_account, Tr/ub+adour&Zebra";
    for (before, key, indent) in [
        ("metadata:\n", "metadata", "  "),
        (
            "runner:\n  http:\n    url: http://localhost\n    body_template:\n      mapping:\n        \
             q: $.input\n",
            "runner.http.body_template.mapping",
            "        ",
        ),
    ] {
        let lines: Vec<String> = names.lines().map(|line| format!("{indent}{line}\n")).collect();
        let project = Project::simulation(&format!("base_inputs: [a]\n{before}{}", lines.concat()))
            .set(&["runner.http.url=http://localhost"]);
        assert_eq!(masked(&project, texts), "***, createdAt, ***, ***, service_account, ***");
        let written = project.loaded().settings.to_yaml();
        for secret in ["qWErTy", "correct", "Zebra"] {
            assert!(!written.contains(secret), "{written}");
        }
        assert!(written.contains("createdAt") && written.contains("service_account"), "{written}");
        for name in ["api_key", "db_password", "client_secret", "auth.password"] {
            let warning = format!("{key}.{name}: a secret stands here as it is");
            assert!(project.warnings().contains(&warning), "{}", project.warnings());
        }
    }
}

#[test]
fn what_is_below_a_secret_name_is_under_it() {
    let project = Project::simulation(
        "base_inputs: [a]\nmetadata: {credentials: {github: K1-metadata}, secrets: {stripe: [[K2-metadata]]}}\n\
         runner:\n  http:\n    url: http://localhost\n    query:\n      filter: |\n        {\"auth\": {\"value\": \"K3-in-query\"}}\n    \
         body_template:\n      mapping:\n        \
         q: $.input\n        auth: {user: joe, value: K4-of-body}\n        api_keys: {list: [{x: K5-of-body}]}\n        \
         json: |\n          {\"cookie\": {\"x\": [\"K6-in-json\"]}}\n",
    );
    let keys = "K1-metadata K2-metadata K3-in-query K4-of-body K5-of-body K6-in-json";
    assert_eq!(masked(&project, keys), "*** *** *** *** *** ***");
    let written = project.loaded().settings.to_yaml();
    assert!(!keys.split(' ').any(|key| written.contains(key)), "{written}");
    assert!(written.contains("joe"), "{written}");
    assert_eq!(project.warnings().matches("a secret stands here as it is").count(), 6);
}

#[test]
fn a_schema_of_a_tool_has_the_names_of_secrets_and_none() {
    let project = Project::http(
        "body_template:\n  mapping:\n    q: $.input\n    tools:\n    - parameters:\n        \
         properties:\n          access_token: {type: string, description: The token of the user}\n    \
         event:\n      properties: {token: K1-of-body}\n",
    );
    assert_eq!(masked(&project, "The token of the user K1-of-body"), "The token of the user ***");
    let written = project.loaded().settings.to_yaml();
    assert!(written.contains("The token of the user") && !written.contains("K1"), "{written}");
}

#[test]
fn a_literal_of_the_body_warns_where_others_can_see_it() {
    let path = "runner.http.body_template.mapping.api_key=sk-live-0123456789";
    let project = Project::http("").set(&[path]);
    assert_eq!(masked(&project, KEY), "***");
    assert!(project.warnings().contains("api_key: a secret on the command line stands in"));
    let project =
        Project::http("").env(&[("FLUXLOOP__RUNNER__HTTP__BODY_TEMPLATE__MAPPING__API_KEY", KEY)]);
    assert_eq!(masked(&project, KEY), "***");
    assert!(!project.warnings().contains("a secret"), "{}", project.warnings());
}

#[test]
fn names_make_secrets_of_dotenv_and_of_used_variables() {
    let project = Project::http("headers: {X-A: '${USED_TOKEN}', X-B: '${MAX_TOKENS}'}").env(&[
        ("USED_TOKEN", "token-in-use"),
        ("OTHER_TOKEN", "token-elsewhere"),
        ("MAX_TOKENS", "10000000000"),
    ]);
    project
        .write(".env", "DB_PASSWORD='pass word 1'\nPLAIN=plain-value\nUSED_TOKEN=token-hidden\n");
    assert_eq!(
        masked(
            &project,
            "token-in-use token-hidden token-elsewhere 10000000000 pass word 1 plain-value"
        ),
        "*** *** token-elsewhere 10000000000 *** plain-value"
    );
}

#[test]
fn mask_and_unmask_have_the_last_word() {
    let project = Project::http("headers: {X-A: '${TENANT}', x-api-key: '${PUBLIC_KEY}'}")
        .set(&["security.mask=[TENANT]", "security.unmask=[PUBLIC_KEY, GONE]"])
        .env(&[("TENANT", "tenant-0815"), ("PUBLIC_KEY", "public-0815")]);
    assert_eq!(masked(&project, "tenant-0815 public-0815"), "*** public-0815");
    assert_snapshot!(project.warnings(), @"--set security.unmask: variable `GONE` is not defined");
}

#[test]
fn urls_and_parameters_hold_secrets_too() {
    let project = Project::simulation(
        "base_inputs: [a]\nrunner:\n  http:\n    url: https://${U}:${P}@example.com/v1?key=${K}&model=m\n    query: {api_key: '${Q}', q: $.input}\n",
    )
    .env(&[("U", "user-name-1"), ("P", "password-1"), ("K", "key-in-url-1"), ("Q", "key-in-query-1")]);
    assert_eq!(
        masked(&project, "user-name-1 password-1 key-in-url-1 key-in-query-1"),
        "*** *** *** ***"
    );
    assert_eq!(project.warnings(), "");
}

#[test]
fn literal_secrets_warn_and_are_masked_everywhere() {
    let project = Project::simulation(
        "description: uses sk-live-0123456789\nbase_inputs: [a]\nrunner:\n  http:\n    url: https://u:literal-pass@example.com/?token=literal-token\n    headers:\n      Authorization: Basic sk-live-0123456789\n      Cookie: a=b\n      Idempotency-Key: not-a-secret\n    query: {key: literal-query, q: $.input}\n",
    );
    assert_snapshot!(project.warnings(), @r##"
configs/simulation.yaml:5:10: runner.http.url: a secret stands here as it is; put it into `.env` and write `${NAME}` here
configs/simulation.yaml:7:22: runner.http.headers.Authorization: a secret stands here as it is; put it into `.env` and write `${NAME}` here
configs/simulation.yaml:8:15: runner.http.headers.Cookie: a secret stands here as it is; put it into `.env` and write `${NAME}` here
configs/simulation.yaml:10:18: runner.http.query.key: a secret stands here as it is; put it into `.env` and write `${NAME}` here
configs/simulation.yaml:1:14: description: a secret stands here as it is; put it into `.env` and write `${NAME}` here
`runner.http.headers.Cookie` is a secret of fewer than 8 characters, which is not masked where it occurs in other text
"##);
    let written = project.loaded().settings.as_written().to_string();
    for secret in [KEY, "literal-", "a=b"] {
        assert!(!written.contains(secret), "{written}");
    }
    assert!(written.contains("Basic ***") && written.contains("not-a-secret"), "{written}");
}

#[test]
fn secrets_in_keys_and_numbers_are_masked_too() {
    let project = Project::http("").set(&[
        "metadata.918273640519=a",
        "metadata.pin=918273640519",
        "metadata.year=2024",
    ]);
    project.write(".env", "PIN_SECRET=918273640519\n");
    let metadata = project.loaded().settings.as_written()["metadata"].clone();
    assert_eq!(metadata, serde_json::json!({ "***": "a", "pin": "***", "year": 2024 }));
}

#[test]
fn defaults_of_secret_variables_are_secrets() {
    let project = Project::http(
        "headers: {X-A: '${API_KEY:-fallback-key-1}', Authorization: '${A:-fallback-auth-1}'}",
    );
    assert_eq!(masked(&project, "fallback-key-1 fallback-auth-1"), "*** ***");
    let written = project.loaded().settings.as_written().to_string();
    assert!(!written.contains("fallback"), "{written}");
}

#[test]
fn short_secrets_and_clear_text_warn() {
    let project = Project::simulation(
        "base_inputs: [a]\nrunner: {http: {url: 'http://example.com', headers: {x-api-key: '${K}'}}}",
    )
    .env(&[("K", "short")]);
    assert_snapshot!(project.warnings(), @r##"
`K` is a secret of fewer than 8 characters, which is not masked where it occurs in other text
configs/simulation.yaml:2:22: runner.http.url: a secret goes to `example.com` without encryption; use https
"##);
    assert!(!project.mock().warnings().contains("without encryption"));
    let mask = |lines: &str| {
        let project = Project::http(lines).env(&[("REGION", "eu-north-1a")]);
        project.set(&["runner.http.url=http://example.com", "security.mask=[REGION]"]).warnings()
    };
    assert!(mask("headers: {X-A: '${REGION}'}").contains("without encryption"));
    assert_eq!(mask(""), "");
    let near = Project::http("headers: {x-api-key: '${K}'}").env(&[("K", KEY)]);
    assert_eq!(near.warnings(), "");
}

#[test]
fn a_password_of_a_proxy_goes_to_the_proxy() {
    let check = |url: &str, proxy: &str, expected: &str| {
        let set = [&*format!("runner.http.url={url}"), &*format!("runner.http.proxy={proxy}")];
        let project = Project::http("").env(&[("PROXY_PASSWORD", KEY)]).set(&set);
        assert_eq!(project.warnings(), expected, "{url} by {proxy}");
    };
    let clear =
        "--set runner.http.proxy: a secret goes to `10.8.8.8` without encryption; use https";
    check("https://h.example/", "http://u:${PROXY_PASSWORD}@10.8.8.8:3128", clear);
    check("http://10.9.9.9/", "http://u:${PROXY_PASSWORD}@10.8.8.8:3128", clear);
    check("http://10.9.9.9/", "https://u:${PROXY_PASSWORD}@10.8.8.8:3128", "");
    check("http://10.9.9.9/", "http://u:${PROXY_PASSWORD}@127.0.0.1:3128", "");
    check("http://localhost/", "http://u:${PROXY_PASSWORD}@10.8.8.8:3128", clear);
    check("https://h.example/", "http://10.8.8.8:3128", "");
    let project = Project::simulation("base_inputs: [a]\nrunner: {http: {url: 'http://10.9.9.9'}}");
    let project = project.env(&[("HTTP_PROXY", "http://u:password@10.8.8.8:1")]);
    assert_snapshot!(project.warnings(), @"environment variable HTTP_PROXY: runner.http.proxy: a secret goes to `10.8.8.8` without encryption; use https");
    let project = Project::simulation("base_inputs: [a]\nrunner: {http: {url: 'http://10.9.9.9'}}");
    let project = project.env(&[("HTTP_PROXY", "http://u:password@127.0.0.1:1")]);
    assert_eq!(project.warnings(), "");
}

#[test]
fn a_secret_header_in_clear_text_warns_by_any_way() {
    let check = |url: &str, proxy: &str, expected: &str| {
        let set = [&*format!("runner.http.url={url}"), &*format!("runner.http.proxy={proxy}")];
        let project = Project::http("headers: {x-api-key: '${K}'}").env(&[("K", KEY)]).set(&set);
        assert_eq!(project.warnings(), expected, "{url} by {proxy}");
    };
    let to_server =
        "--set runner.http.url: a secret goes to `10.9.9.9` without encryption; use https";
    let to_proxy =
        "--set runner.http.proxy: a secret goes to `10.8.8.8` without encryption; use https";
    check("http://10.9.9.9/", "none", to_server);
    check("http://10.9.9.9/", "http://10.8.8.8:3128", to_server);
    check("http://10.9.9.9/", "http://127.0.0.1:3128", to_server);
    check("http://localhost/", "http://10.8.8.8:3128", to_proxy);
    check("http://localhost/", "socks5h://10.8.8.8:1080", to_proxy);
    check("http://localhost/", "https://10.8.8.8:3128", "");
    check("http://localhost/", "http://127.0.0.1:3128", "");
    check("https://10.9.9.9/", "http://10.8.8.8:3128", "");
}

#[test]
fn a_host_with_a_secret_in_it_is_masked_in_the_warning() {
    let project = Project::simulation(
        "base_inputs: [a]\nrunner: {http: {url: 'http://eu-${API_KEY}.example.com'}}",
    )
    .env(&[("API_KEY", "ZQ7XW2VK9JHB4N1MFD")]);
    assert_snapshot!(project.warnings(), @"configs/simulation.yaml:2:22: runner.http.url: a secret goes to `eu-***.example.com` without encryption; use https");
    let warnings = format!("{:?}", project.loaded().warnings).to_lowercase();
    assert!(!warnings.contains("zq7xw2vk9"), "{warnings}");
}

#[test]
fn the_process_environment_wins_over_both_dotenv_files() {
    let mut project = Project::new(&[
        (
            "agent/configs/simulation.yaml",
            "name: ${A}-${B}-${C}\nbase_inputs: [a]\nrunner: {http: {url: 'http://localhost'}}",
        ),
        ("agent/.env", "A=near\nB=near\n"),
        (".env", "A=far\nB=far\nC=far\n"),
        ("own.env", "A=own\nB=own\nC=own\n"),
    ])
    .env(&[("A", "process")]);
    project.options.config = Some("agent/configs/simulation.yaml".into());
    assert_eq!(project.loaded().plan.name, "process-near-far");
    project.options.env_file = Some("own.env".into());
    assert_eq!(project.loaded().plan.name, "process-own-own");
    project.options.env_file = Some("none.env".into());
    assert_snapshot!(project.errors(), @r##"
agent/configs/simulation.yaml:1:12: name: variable `B` is not defined; it is neither in the environment nor in none.env; set it, or write `${B:-default}`
agent/configs/simulation.yaml:1:17: name: variable `C` is not defined; it is neither in the environment nor in none.env; set it, or write `${C:-default}`
none.env: cannot be read: there is no such file
"##);
}

#[test]
fn mock_and_dry_run_fill_in_what_is_undefined() {
    let project = Project::http(
        "headers: {Authorization: 'Bearer ${KEY}', X-A: '${A:-default}${B:?message}'}",
    );
    assert!(project.load().is_err());
    let project = project.mock();
    let headers = project.loaded().plan.request.headers;
    assert_eq!(headers["authorization"], "Bearer <KEY>");
    assert_eq!(headers["x-a"], "default<B>");
    assert_snapshot!(project.warnings(), @"not defined, so their names in `<>` stand for them: `B`, `KEY`");
    assert_eq!(masked(&project, "<KEY>-is-shown"), "<KEY>-is-shown");
    let project = project.set(&["runner.http.url=http://example.com"]);
    assert!(!project.warnings().contains("without encryption"));
}

#[test]
fn what_is_filled_in_never_makes_a_value_invalid() {
    let project = Project::simulation(
        "name: ${NAME}\nbase_inputs: [a]\nrunner:\n  http:\n    url: ${BASE_URL}/${MY_PATH}/x\n    timeout: ${T}\n    retry: {attempts: '${N}'}\n    stream: ${S}\n    stream_output_path: delta\n",
    )
    .mock();
    let plan = project.loaded().plan;
    assert_eq!(plan.name, "<NAME>");
    assert_eq!(plan.request.url.as_str(), "https://base-url/%3CMY_PATH%3E/x");
    assert_eq!((plan.clocks.attempt.as_secs(), plan.retry.attempts), (60, 2));
    for (written, url) in [
        ("https://${MY_HOST}:${PORT:-8443}/", "https://my-host:8443/"),
        ("http://h:${PORT}/x", "http://h/x"),
        ("http://${HOST}:${PORT}/x", "http://host/x"),
        ("http://u:${PW}@h/", "http://u:%3CPW%3E@h/"),
    ] {
        let project = Project::http("").set(&[&format!("runner.http.url={written}")]).mock();
        assert_eq!(project.loaded().plan.request.url.as_str(), url);
    }
}

#[test]
fn every_option_can_use_an_undefined_variable_where_nothing_real_is_sent() {
    let options = [
        "runner.http.stream_output_path=${T}",
        "runner.http.stream_done={path: \"${T}\", equals: x}",
        "runner.http.stream_event_filter=[\"${T}\"]",
        "runner.http.retry={status_codes: [\"${T}\"], budget: \"${T}\"}",
        "runner.http.tls={ca_file: \"${T}\", client_key: \"${T}\", client_cert: c.pem}",
        "runner.http.proxy=${T}",
        "output_directory=${T:?where to?}",
        "runner.http.limits.max_event_bytes=${T}",
        "runner.http.require_done=${T}",
        "tags=[\"${T}\"]",
    ];
    for option in options {
        let mut project = Project::http("stream: sse").set(&[option]);
        assert!(project.load().is_err(), "{option}");
        project.options.dry_run = true;
        let note = "not defined, so their names in `<>` stand for them: `T`";
        assert_eq!(project.warnings(), note, "{option}");
        project.options.dry_run = false;
        assert_eq!(project.mock().warnings(), note, "{option}");
    }
    let project = Project::http("").set(&["inputs_file=${T}"]).mock();
    assert_snapshot!(project.errors(), @"--set inputs_file: variable `T` is not defined; it is neither in the environment nor in .env or ../.env; set it, or write `${T:-default}`");
}

#[test]
fn files_of_tls_need_not_be_there_with_the_mock() {
    let project = Project::http("tls: {ca_file: none.pem, client_key: none.pem}");
    assert!(project.load().is_err());
    assert_eq!(project.mock().warnings(), "");
}

#[test]
fn a_password_in_a_url_cannot_name_another_host() {
    let project = Project::http("").env(&[("PW", "p@ss/word:1")]);
    let project = project.set(&["runner.http.url=http://user:${PW}@127.0.0.1:1/x"]);
    let url = project.loaded().plan.request.url;
    assert_eq!((url.host_str(), url.port()), (Some("127.0.0.1"), Some(1)));
    assert_eq!(url.password(), Some("p%40ss%2Fword%3A1"));
    assert_eq!(masked(&project, "p@ss/word:1 p%40ss%2Fword%3A1"), "*** ***");
    assert_eq!(project.warnings(), "");
}

#[test]
fn a_header_that_the_environment_sets_is_secret_without_a_warning() {
    let project = Project::http("")
        .env(&[("FLUXLOOP__RUNNER__HTTP__HEADERS__X_API_KEY", "sk-live-0123456789")]);
    assert_eq!(masked(&project, KEY), "***");
    assert_eq!(project.warnings(), "");
    assert!(!project.loaded().settings.as_written().to_string().contains(KEY));
}

#[test]
fn debug_shows_names_and_no_values() {
    let project = Project::http("headers: {Authorization: 'Bearer ${KEY}', X-Tenant: OPEN}")
        .env(&[("KEY", KEY), ("HTTPS_PROXY", "http://u:sk-live-0123456789@p/")])
        .set(&[
            "name=${KEY}",
            "runner.http.url=http://u:${KEY}@localhost/${KEY}?${KEY}=OPEN",
            "runner.http.query={q: OPEN}",
            "runner.http.stream_event_filter=['${KEY}']",
            "runner.http.body_template={mapping: {a: ['${KEY}', OPEN]}}",
            "base_inputs=[OPEN, {id: OPEN, input: i, context: OPEN}]",
        ]);
    let loaded = project.loaded();
    let case =
        Case { index: 0, iteration: 0, input: loaded.inputs.iter().next().unwrap().unwrap() };
    let spec = loaded.plan.request.render(&case, &loaded.plan.response).unwrap();
    let shown =
        format!("{:?} {loaded:?} {loaded:#?} {case:?} {spec:?}", project.options.environment);
    assert!(shown.contains("KEY") && shown.contains("x-tenant"), "{shown}");
    assert!(!shown.contains(KEY) && !shown.contains("OPEN"), "{shown}");
}

#[test]
fn a_secret_in_the_path_of_a_file_is_shown_by_its_name() {
    let project = Project::http("tls: {ca_file: '${V}', client_cert: 'pki/${K}.pem', client_key: '${PKI_PATH}/k.pem'}\nheaders: {x-api-key: '${V}'}")
        .env(&[("V", KEY), ("K", "pin-4"), ("API_KEY", KEY), ("PKI_PATH", "pki")])
        .set(&["security.mask=[K]", "inputs_file=${API_KEY}"]);
    assert_snapshot!(project.errors(), @r##"
configs/simulation.yaml:5:20: runner.http.tls.ca_file: `${V}` cannot be read: there is no such file
configs/simulation.yaml:5:41: runner.http.tls.client_cert: `pki/${K}.pem` cannot be read: there is no such file
configs/simulation.yaml:5:69: runner.http.tls.client_key: `pki/k.pem` cannot be read: there is no such file
--set inputs_file: `${API_KEY}` cannot be read: there is no such file
"##);
    project.write(format!("{KEY}/in.yaml").as_str(), "- {input: [");
    let project = project.set(&["runner.http.tls=null", "inputs_file=${API_KEY}/in.yaml"]);
    assert_snapshot!(project.errors(), @"${API_KEY}/in.yaml:1:11: a `[` is opened here and never closed; close it with `]`");
}

#[test]
fn credentials_of_a_url_are_secret_as_the_client_sends_them() {
    for url in ["http://ada:${PW}@h/", "http://ada:pw-%31%32@h/", "http://${USER_AND_PW}@h/"] {
        let project = Project::http("")
            .set(&[&format!("runner.http.url={url}")])
            .env(&[("PW", "pw-12"), ("USER_AND_PW", "ada:pw-12")]);
        // What a server quotes: the header, the header without padding, the pair itself.
        assert_eq!(masked(&project, "Basic YWRhOnB3LTEy, ada:pw-12"), "Basic ***, ***", "{url}");
    }
    let project = Project::http("").env(&[("PW", "~~~?")]);
    let project = project.set(&["runner.http.proxy=http://ada:${PW}@proxy"]);
    assert_eq!(masked(&project, "YWRhOn5+fj8= YWRhOn5-fj8"), "*** ***");
    let project = project.set(&["runner.http.url=http://ada:${PW}@h/", "security.unmask=[PW]"]);
    assert_eq!(masked(&project, "YWRhOn5+fj8="), "YWRhOn5+fj8=");
}

#[test]
fn a_short_password_of_a_proxy_warns_wherever_the_proxy_is_named() {
    let warnings = |proxy: &str, variables: &[(&str, &str)]| {
        Project::http("")
            .set(&["runner.http.url=https://example.com", &format!("runner.http.proxy={proxy}")])
            .env(variables)
            .warnings()
    };
    assert_snapshot!(warnings("null", &[("HTTPS_PROXY", "http://joe:pw1@proxy")]), @r##"
`HTTPS_PROXY` is a secret of fewer than 8 characters, which is not masked where it occurs in other text
environment variable HTTPS_PROXY: runner.http.proxy: a secret goes to `proxy` without encryption; use https
"##);
    assert_snapshot!(warnings("https://joe:${PW}@proxy", &[("PW", "pw1")]), @"`PW` is a secret of fewer than 8 characters, which is not masked where it occurs in other text");
    assert_snapshot!(warnings("null", &[("https_proxy", "joe:password-1@proxy")]), @"environment variable https_proxy: runner.http.proxy: a secret goes to `proxy` without encryption; use https");
    assert_snapshot!(warnings("null", &[("https_proxy", "http://proxy")]), @"");
    let project = Project::http("").set(&["runner.http.url=https://example.com"]);
    let project = project.env(&[("HTTPS_PROXY", "http://user-name-1:password-1@proxy")]);
    assert_eq!(masked(&project, "user-name-1 password-1"), "*** ***");
}

#[test]
fn a_secret_on_the_command_line_warns_of_the_list_of_processes() {
    let project = Project::http("").set(&[
        "runner.http.headers.Authorization=Bearer sk-live-0123456789",
        "runner.http.headers.x-api-key=${NAME}",
    ]);
    let project = project.env(&[("NAME", KEY)]);
    assert_snapshot!(project.warnings(), @"--set runner.http.headers.Authorization: a secret on the command line stands in the list of processes and in the shell's history; put it into `.env` and write `${NAME}` here, in single quotes");
    assert_eq!(masked(&project, KEY), "***");
}

#[test]
fn a_secret_on_the_command_line_warns_wherever_it_stands() {
    let mut project = Project::http("headers: {x-api-key: '${V}'}").env(&[("V", KEY)]).set(&[
        "runner.http.headers={x-api-key: sk-live-0123456789}",
        "runner.http.query.q=is-sk-live-0123456789",
        "runner.http.query.sk-live-0123456789=a",
        "runner.http.query.r=${V}",
        "name=harmless",
    ]);
    project.options.output = Some("out-sk-live-0123456789".into());
    assert_snapshot!(project.warnings(), @r##"
--set runner.http.headers: runner.http.headers.x-api-key: a secret on the command line stands in the list of processes and in the shell's history; put it into `.env` and write `${NAME}` here, in single quotes
--set runner.http.query.q: a secret on the command line stands in the list of processes and in the shell's history; put it into `.env` and write `${NAME}` here, in single quotes
--set runner.http.query.***: a secret on the command line stands in the list of processes and in the shell's history; put it into `.env` and write `${NAME}` here, in single quotes
--output: a secret on the command line stands in the list of processes and in the shell's history; use a value without it
"##);
}

#[test]
fn what_a_secret_of_dotenv_is_made_of_is_secret() {
    let project = Project::http("headers: {Authorization: 'Bearer ${CRED}', X-A: '${OTHER}'}");
    project.write(
        ".env",
        "CRED=\"id.${HALF}\"\nHALF=\"${TEAM}!${ID}\"\nTEAM=team-name-1\nID=no\nOTHER=\"a-${OPEN}\"\nOPEN=open-value\n",
    );
    assert_eq!(masked(&project, "team-name-1 no open-value"), "*** no open-value");
    assert_eq!(project.warnings(), "");
    let project = project.set(&["security.unmask=[TEAM]"]);
    assert_eq!(masked(&project, "team-name-1"), "team-name-1");
}

#[test]
fn a_secret_that_only_the_folder_of_results_uses_is_known() {
    let project =
        Project::http("").set(&["output_directory=out/${API_KEY}"]).env(&[("API_KEY", KEY)]);
    assert_eq!(masked(&project, &format!("out/{KEY}/exp_1")), "out/***/exp_1");
}
