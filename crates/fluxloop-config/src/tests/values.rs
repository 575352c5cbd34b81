//! What values become.

use std::collections::BTreeSet;
use std::time::Duration;

use fluxloop_aggregate::{AnswerRules, ErrorKey, IntegrityRule, RequireDone};
use fluxloop_plan::{
    Arrival, FailureLimit, HttpVersion, OnPartial, Pace, Rate, RateUnit, Redirects, StopLimits,
};
use fluxloop_schema::{Schema, StreamKind};
use insta::assert_snapshot;

use super::Project;
use crate::Loaded;

#[test]
fn the_defaults_of_the_table_are_those_of_the_plan() {
    let plan = Project::http("stream: sse").loaded().plan;
    let clocks = fluxloop_plan::Clocks::default();
    assert_eq!(format!("{:?}", plan.clocks), format!("{clocks:?}"));
    let retry = fluxloop_plan::RetryPolicy::default();
    assert_eq!(format!("{:?}", plan.retry), format!("{retry:?}"));
    let limits = fluxloop_plan::Limits::default();
    assert_eq!(format!("{:?}", plan.limits), format!("{limits:?}"));
    let guards = fluxloop_plan::Guards::default();
    assert_eq!(format!("{:?}", plan.guards), format!("{guards:?}"));
    assert_eq!(plan.stop, StopLimits::default());
    let connection = fluxloop_plan::Connection::default();
    assert_eq!(format!("{:?}", plan.connection), format!("{connection:?}"));
    let rules = AnswerRules::new(StreamKind::Sse, Schema::auto().with_text(None, None));
    assert_eq!(format!("{:?}", plan.response), format!("{rules:?}"));
}

#[test]
fn every_option_arrives() {
    let plan = Project::http(
        "method: PUT\ntimeout: 1m\nconnect_timeout: 0.5\nidle_timeout: 250ms\nevent_timeout: 1h30m\n\
         retry: {attempts: 0, backoff: 0, max_backoff: 1s, status_codes: [500], on_partial: fail, budget: 20%}\n\
         stream: sse\nrequire_done: true\nrequire_text: false\nlenient_content_type: true\nerror_key: note\nintegrity: strict\n\
         redirects: same-origin\nhttp2: prior-knowledge\nlimits: {max_event_bytes: 64KiB, max_response_bytes: 1000}",
    )
    .set(&["runner.guards={max_duration: 2m, output_char_limit: 20000}", "seed=7", "record_channels=counts", "run_delay_seconds=1.5"])
    .loaded()
    .plan;
    assert_eq!(plan.request.method, "PUT");
    assert_eq!(plan.clocks.attempt, Duration::from_mins(1));
    assert_eq!(plan.clocks.connect, Duration::from_millis(500));
    assert_eq!(plan.clocks.idle, Some(Duration::from_millis(250)));
    assert_eq!(plan.clocks.event, Some(Duration::from_mins(90)));
    assert_eq!((plan.retry.attempts, plan.retry.backoff), (0, Duration::ZERO));
    assert_eq!(plan.retry.status_codes, BTreeSet::from([500]));
    assert_eq!(plan.retry.on_partial, OnPartial::Fail);
    assert_eq!(plan.retry.budget.map(|budget| budget.share), Some(0.2));
    assert_eq!(plan.connection.redirects, Redirects::SameOrigin);
    assert_eq!(plan.connection.http_version, HttpVersion::Http2PriorKnowledge);
    assert_eq!((plan.limits.max_event_bytes, plan.limits.max_response_bytes), (65_536, 1000));
    assert_eq!(plan.guards.max_duration, Some(Duration::from_mins(2)));
    assert_eq!(plan.guards.output_char_limit, Some(20_000));
    assert_eq!(plan.seed, Some(7));
    assert_eq!(plan.pace, Pace::Spaced(Duration::from_millis(1500)));
    assert!(!plan.response.require_text && plan.response.lenient_content_type);
    assert_eq!(plan.response.require_done, RequireDone::Always);
    assert_eq!(plan.response.error_key, ErrorKey::Note);
    assert_eq!(plan.response.integrity, IntegrityRule::Strict);
    assert!(!plan.keeps_channels);
}

#[test]
fn limits_of_a_run_have_values_or_are_off() {
    let with = |stop: &str| Project::http("").set(&[&format!("stop={stop}")]).loaded().plan.stop;
    let usual = StopLimits::default();
    assert_eq!(
        with("{first_cases: off, same_failures: 7, never_succeeded: false, late_429: 1}"),
        StopLimits {
            first_cases: None,
            same_failures: Some(7),
            never_succeeded: None,
            late_429: Some(1),
            ..usual
        }
    );
    let duration = Some(Duration::from_mins(90));
    assert_eq!(
        with("{failures: 5%, requests: 1000, duration: 1h30m}"),
        StopLimits {
            failures: Some(FailureLimit::Share(0.05)),
            requests: Some(1000),
            duration,
            ..usual
        }
    );
    let failures = Some(FailureLimit::Count(50));
    assert_eq!(with("{failures: 50}"), StopLimits { failures, ..usual });
    assert_eq!(with("{duration: 90}").duration, Some(Duration::from_secs(90)));
}

#[test]
fn a_rate_makes_an_open_loop() {
    let with = |set: &[&str]| Project::http("").set(set).loaded().plan.pace;
    let rate = |starts, per| Rate::new(starts, per).expect("a rate");
    assert_eq!(with(&[]), Pace::Spaced(Duration::ZERO));
    let (fifty, arrival) = (rate(50.0, RateUnit::Second), Arrival::Constant);
    assert_eq!(with(&["simulation.rate=50/s"]), Pace::Open { rate: fifty, arrival });
    assert_eq!(with(&["simulation.rate=50"]), Pace::Open { rate: fifty, arrival });
    assert_eq!(
        with(&["simulation={rate: 600/min, arrival: poisson}", "run_delay_seconds=0"]),
        Pace::Open { rate: rate(600.0, RateUnit::Minute), arrival: Arrival::Poisson }
    );
}

#[test]
fn a_placeholder_takes_the_type_that_its_option_expects() {
    let plan = Project::http(
        "timeout: ${T}\nrequire_text: ${B}\nretry: {attempts: '${N}', status_codes: ['${S}']}\nstream: ${M:-sse}",
    )
    .env(&[("T", "1500ms"), ("B", "false"), ("N", "5"), ("S", "500"), ("M", "")])
    .loaded()
    .plan;
    assert_eq!(plan.clocks.attempt, Duration::from_millis(1500));
    assert_eq!((plan.retry.attempts, plan.retry.status_codes), (5, [500].into()));
    assert_eq!((plan.response.stream, plan.response.require_text), (StreamKind::Sse, false));
}

#[test]
fn a_value_never_changes_the_structure_of_the_body() {
    let project = Project::http(
        "body_template:\n  mapping:\n    path: ${P}\n    json: |\n      {\"k\": \"${J}\", \"i\": \"$.input\"}\n    block: |\n      ${B}\n    plain: ${N}\n    $${kept}: $${kept}\n    ${kept}: 1\n",
    )
    .env(&[("P", "$.input"), ("J", "\", \"evil\": \""), ("B", "[1]"), ("N", "5")]);
    let loaded = project.loaded();
    let input = loaded.inputs.iter().next().unwrap().unwrap();
    let case = fluxloop_plan::Case { index: 0, iteration: 0, input };
    let request = loaded.plan.request.render(&case, &loaded.plan.response).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&request.body.unwrap()).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "path": "$.input",
            "json": {"k": "\", \"evil\": \"", "i": "Hello"},
            "block": "[1]\n",
            "plain": "5",
            "$${kept}": "${kept}",
            "${kept}": 1,
        })
    );
}

#[test]
fn proxies_come_from_the_environment_unless_the_target_is_near() {
    let environment = [
        ("HTTP_PROXY", "upper:1"),
        ("http_proxy", "lower:3128"),
        ("ALL_PROXY", "http://all"),
        ("no_proxy", "a,example.org"),
    ];
    let at = |url: &str, lines: &str| {
        let text = format!("base_inputs: [a]\nrunner:\n  http:\n    url: {url}\n    {lines}\n");
        Project::simulation(&text)
            .env(&environment)
            .loaded()
            .plan
            .connection
            .proxy
            .map(|it| it.url().to_string())
    };
    assert_eq!(at("http://example.com", "").as_deref(), Some("http://lower:3128/"));
    assert_eq!(at("https://example.com", "").as_deref(), Some("http://all/"));
    assert_eq!(at("https://x.example.org", ""), None);
    assert_eq!(at("http://127.0.0.1:5", ""), None);
    assert_eq!(at("https://example.com", "proxy: none"), None);
    for target in ["https://example.com", "https://example.org"] {
        assert_eq!(at(target, "proxy: http://own:1").as_deref(), Some("http://own:1/"));
    }
    assert_eq!(at("http://127.0.0.1:5", "proxy: http://own:1").as_deref(), Some("http://own:1/"));
}

#[test]
fn a_proxy_is_shown_with_what_names_it_and_without_its_password() {
    let shown = |lines: &str| {
        let text = format!(
            "base_inputs: [a]\nrunner:\n  http:\n    url: https://example.com\n    {lines}\n"
        );
        let project = Project::simulation(&text).env(&[("HTTPS_PROXY", "http://u:word@env:3128")]);
        project.loaded().plan.connection.proxy.map(|it| it.to_string())
    };
    assert_eq!(shown("").as_deref(), Some("`http://env:3128`, named by `HTTPS_PROXY`"));
    assert_eq!(
        shown("proxy: http://u:word-1@own").as_deref(),
        Some("`http://own`, named by `runner.http.proxy`")
    );
}

#[test]
fn only_the_proxy_that_the_url_would_use_is_checked() {
    #[track_caller]
    fn check(url: &str, variables: &[(&str, &str)], expected: Result<Option<&str>, &str>) {
        let text = format!("base_inputs: [a]\nrunner:\n  http:\n    url: {url}\n");
        let loaded = Project::simulation(&text).env(variables).load();
        let proxy = |loaded: Loaded| loaded.plan.connection.proxy.map(|it| it.url().to_string());
        let found = loaded.map(proxy).map_err(|errors| errors.to_string());
        assert_eq!(found, expected.map(|it| it.map(str::to_owned)).map_err(str::to_owned));
    }
    let desktop = [
        ("HTTP_PROXY", "http://h:1"),
        ("HTTPS_PROXY", "http://s:1"),
        ("ALL_PROXY", "nonsense://a:1"),
        ("no_proxy", "near.example, 10.0.0.0/8"),
    ];
    check("http://example.com", &desktop, Ok(Some("http://h:1/")));
    check("https://example.com", &desktop, Ok(Some("http://s:1/")));
    let fault = "environment variable ALL_PROXY: runner.http.proxy: must be the URL of an HTTP or \
                 SOCKS proxy; begin it with `http://`, `https://`, `socks5h://`, `socks5://`, \
                 `socks4a://` or `socks4://`, or set `runner.http.proxy` to `none`";
    check("https://example.com", &desktop[2..], Err(fault));
    for direct in ["https://near.example", "http://10.9.9.9", "http://localhost:1"] {
        check(direct, &desktop[2..], Ok(None));
    }
    for scheme in ["socks4", "socks4a", "socks5", "socks5h"] {
        let url = format!("{scheme}://ada:pw@a:1080");
        check("https://example.com", &[("all_proxy", &url)], Ok(Some(&url)));
    }
    let socks = [("ALL_PROXY", "socks://a:1080")];
    check("https://example.com", &socks, Ok(Some("socks5h://a:1080")));
    let fault = "environment variable ALL_PROXY: runner.http.proxy: is not a valid URL: empty host; \
                 write for example `http://localhost:8000/chat`";
    check("https://example.com", &[("ALL_PROXY", "socks5://")], Err(fault));
}

#[test]
fn certificates_are_read_when_loading() {
    let project = Project::http("tls: {ca_file: ca.pem, client_cert: c.pem, client_key: k.pem}");
    project.write("ca.pem", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
    project.write("c.pem", "-----BEGIN CERTIFICATE-----\nBB==\n-----END CERTIFICATE-----\n");
    project.write("k.pem", "-----BEGIN PRIVATE KEY-----\nCC==\n-----END PRIVATE KEY-----\n");
    let tls = project.loaded().plan.connection.tls;
    assert!(tls.ca_pem.unwrap().starts_with(b"-----BEGIN"));
    let identity = tls.client_identity.unwrap();
    assert!(identity.expose().contains("BB==") && identity.expose().contains("CC=="));
    project.write("k.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
    project.write("ca.pem", "nonsense");
    assert_snapshot!(project.errors(), @r##"
configs/simulation.yaml:5:20: runner.http.tls.ca_file: `ca.pem` holds no certificate in PEM form
configs/simulation.yaml:5:60: runner.http.tls.client_key: `k.pem` holds no private key without a password in PEM form
"##);
}

/// A text at a place that takes values of the case, written as other programs want it.
#[track_caller]
fn check_unreplaced(text: &str, right: &str) {
    let warning = format!("` is not replaced; write `{right}` to put the value there");
    for (key, project) in [
        // A space in a URL is a fault of its own.
        ("url", url(&format!("http://h/x/{}/y", text.replace(' ', "")))),
        ("headers.x-a", Project::http(&format!("headers: {{x-a: 'a {text} b'}}"))),
        ("query.q", Project::http(&format!("query: {{q: 'a {text} b'}}"))),
        ("body_template.mapping.a", mapping(&format!("{{a: 'a {text} b', b: $.input}}"))),
    ] {
        let warnings = project.warnings();
        assert!(warnings.contains(&format!("runner.http.{key}: ")), "{key}: {text}: {warnings}");
        assert!(warnings.contains(&warning), "{key}: {text}: {warnings}");
    }
}

fn url(url: &str) -> Project {
    Project::simulation(&format!("base_inputs: [a]\nrunner:\n  http:\n    url: '{url}'\n"))
}

fn mapping(mapping: &str) -> Project {
    Project::http(&format!("body_template: {{mapping: {mapping}}}"))
}

#[test]
fn a_value_that_is_not_replaced_warns_wherever_it_stands() {
    check_unreplaced("{{ id }}", "{{ $.id }}");
    check_unreplaced("{{metadata.user}}", "{{ $.metadata.user }}");
    check_unreplaced("{{ .id }}", "{{ $.id }}");
    check_unreplaced("{{ user.name }}", "{{ $.metadata.user.name }}");
}

#[test]
fn a_path_without_braces_in_a_url_or_header_warns() {
    let header = Project::http("headers: {x-a: case-$.id}").warnings();
    assert_snapshot!(header, @"configs/simulation.yaml:5:20: runner.http.headers.x-a: `$.id` within a longer text is not replaced; write `{{ $.id }}` to put the value there");
    assert_snapshot!(url("http://h/x$.id").warnings(), @"configs/simulation.yaml:4:10: runner.http.url: `$.id` within a longer text is not replaced; write `{{ $.id }}` to put the value there");
    assert_eq!(Project::http("headers: {x-a: '{{ a b }} {{ 1 }} {{}} {{ $.id }}'}").warnings(), "");
}

#[test]
fn keys_that_contradict_the_kind_of_answer_warn() {
    assert_snapshot!(Project::http("stream: sse\noutput_path: a").warnings(), @"configs/simulation.yaml:6:18: runner.http.output_path: has a meaning only with `stream: none`");
    let loaded = Project::http("stream: sse\noutput_path: a").loaded();
    let remedy = &loaded.findings[0].remedy;
    assert!(remedy.as_str().contains("set `stream: none`"), "{remedy}");
    assert_snapshot!(Project::http("stream_event_filter: a\nrequire_done: true").warnings(), @r##"
configs/simulation.yaml:5:26: runner.http.stream_event_filter: has a meaning only with a `stream` such as `sse`
configs/simulation.yaml:6:19: runner.http.require_done: has a meaning only with a `stream` such as `sse`
"##);
    assert_snapshot!(Project::http("tls: {insecure: true}").warnings(), @"configs/simulation.yaml:5:21: runner.http.tls.insecure: certificates are not checked: anybody in between can read the traffic");
}

#[test]
fn a_request_without_its_input_warns() {
    assert_snapshot!(Project::http("body_template: {mapping: {a: 1}}").warnings(), @"configs/simulation.yaml:4:10: runner.http: nothing of the input is in the request, so that all requests are the same; use `$.input` in `body_template.mapping` or in `query`");
    assert_snapshot!(Project::http("method: GET").warnings(), @"configs/simulation.yaml:4:10: runner.http: nothing of the input is in the request, so that all requests are the same; use `$.input` in `query`");
    assert_snapshot!(Project::http("method: GET\nquery: {q: $.input}").warnings(), @"");
    assert_snapshot!(Project::http("body_template: {mapping: {a: 'Say $.input!'}}").warnings(), @r##"
configs/simulation.yaml:5:34: runner.http.body_template.mapping.a: `$.input` within a longer text is not replaced; write `{{ $.input }}` to put the value there
configs/simulation.yaml:4:10: runner.http: nothing of the input is in the request, so that all requests are the same; use `$.input` in `body_template.mapping` or in `query`
"##);
}

#[test]
fn a_dollar_without_braces_warns_in_headers_and_urls() {
    assert_snapshot!(Project::http("headers: {X-A: $NAME}").warnings(), @"configs/simulation.yaml:5:20: runner.http.headers.X-A: `$NAME` is literal text; write `${NAME}` for the variable");
}

#[test]
fn a_name_of_metadata_in_braces_warns() {
    let project =
        Project::http("body_template: {mapping: {a: '{{language}} {{ $.input }} {{ a b }}'}}");
    assert_snapshot!(project.warnings(), @"configs/simulation.yaml:5:34: runner.http.body_template.mapping.a: `{{ language }}` is not replaced; write `{{ $.metadata.language }}` to put the value there");
}

#[test]
fn names_without_a_path_in_braces_warn() {
    assert_snapshot!(Project::http("body_template: {mapping: {a: 'Say {{ input }}!', b: $.inptu, c: $.input}}").warnings(), @r##"
configs/simulation.yaml:5:34: runner.http.body_template.mapping.a: `{{ input }}` is not replaced; write `{{ $.input }}` to put the value there
configs/simulation.yaml:5:57: runner.http.body_template.mapping.b: `$.inptu` finds nothing in any input, which has `input`, `messages`, `persona`, `iteration`, `context`, `metadata`, `vars`, `body`, `id`; the further keys of an input are its metadata: `$.metadata.inptu`; a literal text begins with `$$.`
"##);
}
