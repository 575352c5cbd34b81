//! What templates become, and what is wrong with them.

use std::sync::Arc;

use fluxloop_aggregate::AnswerRules;
use fluxloop_plan::{
    BodyKind, BodyTemplate, Case, Input, KeyStep, LiteralText, RequestTemplate, TemplateError,
    TemplateFault, TemplateSource, TemplateWarning, TextPosition, ValueTemplate,
};
use fluxloop_schema::{Schema, StreamKind};
use http::{HeaderMap, Method};
use serde_json::{Value, json};

fn case() -> Case {
    let input = Input {
        id: "7".to_owned(),
        input: "How \"far\"?".to_owned(),
        context: Some(json!({ "city": "Rome", "deep": { "n": [1, 2.5] } })),
        metadata: json!({ "tags": ["a", "b"], "draft": true })
            .as_object()
            .expect("an object")
            .clone(),
        ..Input::default()
    };
    Case { index: 3, iteration: 2, input: Arc::new(input) }
}

fn block(text: &str) -> TemplateSource {
    TemplateSource::String { text: text.to_owned(), block: true }
}

/// Compiles; literal text is marked, so that a test sees what was taken for it.
fn compile(
    source: &TemplateSource,
) -> Result<(ValueTemplate, Vec<TemplateWarning>), Vec<TemplateFault>> {
    ValueTemplate::compile(source, &mut |literal| literal.text.replace("${V}", "$.id"))
}

fn compiled(source: impl Into<TemplateSource>) -> ValueTemplate {
    compile(&source.into()).expect("the test's template is valid").0
}

fn render(kind: BodyKind, source: impl Into<TemplateSource>) -> Result<String, TemplateError> {
    let template = RequestTemplate {
        method: Method::POST,
        url: "http://localhost/".parse().expect("a valid URL"),
        url_template: None,
        query: Vec::new(),
        headers: HeaderMap::new(),
        header_templates: Vec::new(),
        body: Some(BodyTemplate { kind, mapping: compiled(source) }),
    };
    let rules = AnswerRules::new(StreamKind::None, Schema::auto());
    let body = template.render(&case(), &rules)?.body.expect("a template makes a body");
    Ok(String::from_utf8(body.to_vec()).expect("bodies are UTF-8"))
}

#[track_caller]
fn check(source: impl Into<TemplateSource>, expected: &str) {
    assert_eq!(render(BodyKind::Json, source).as_deref(), Ok(expected));
}

#[track_caller]
fn check_text(source: impl Into<TemplateSource>, expected: &str) {
    assert_eq!(render(BodyKind::Text, source).as_deref(), Ok(expected));
}

#[track_caller]
fn check_form(source: impl Into<TemplateSource>, expected: &str) {
    assert_eq!(render(BodyKind::Form, source).as_deref(), Ok(expected));
}

#[track_caller]
fn check_fault(
    source: impl Into<TemplateSource>,
    keys: &[KeyStep],
    position: TextPosition,
    message: &str,
) {
    let faults = compile(&source.into()).expect_err("the test's template is faulty");
    let [fault] = faults.as_slice() else { panic!("one fault, not {faults:?}") };
    assert_eq!((fault.keys.as_slice(), fault.position), (keys, Some(position)));
    assert_eq!(fault.to_string(), message);
    assert!(!fault.hint().is_empty());
}

#[track_caller]
fn check_warning(source: impl Into<TemplateSource>, expected: Option<&str>) {
    let (_, warnings) = compile(&source.into()).expect("the test's template is valid");
    let shown: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(shown, expected.into_iter().collect::<Vec<_>>());
}

#[track_caller]
fn check_lost(source: impl Into<TemplateSource>, expected: &str) {
    let error = render(BodyKind::Json, source).expect_err("the test's input lacks something");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn scalars_and_key_order_are_kept() {
    check(
        json!({ "z": 1, "a": [null, true, 1.5, "text"], "m": {} }),
        r#"{"z":1,"a":[null,true,1.5,"text"],"m":{}}"#,
    );
}

#[test]
fn a_path_becomes_the_value_of_any_type() {
    check(json!("$.input"), r#""How \"far\"?""#);
    check(json!("$.iteration"), "2");
    check(json!("$.context.deep"), r#"{"n":[1,2.5]}"#);
    check(json!("$.metadata.draft"), "true");
    check(json!("$['id']"), r#""7""#);
    check(json!("$[\"id\"]"), r#""7""#);
}

#[test]
fn a_path_that_may_find_several_values_becomes_an_array() {
    check(json!("$.metadata.tags[*]"), r#"["a","b"]"#);
    check(json!("$.metadata.tags[:1]"), r#"["a"]"#);
    check(json!("$..city"), r#"["Rome"]"#);
}

#[test]
fn messages_default_to_one_of_the_user() {
    check(json!("$.messages"), r#"[{"role":"user","content":"How \"far\"?"}]"#);
    check(json!("$.messages[-1].content"), r#""How \"far\"?""#);
}

#[test]
fn persona_and_context_may_be_null() {
    check(json!(["$.persona"]), "[null]");
    check_text(json!("<{{ $.persona }}>"), "<>");
}

#[test]
fn two_dollars_are_a_literal_one() {
    check(json!("$$.input"), r#""$.input""#);
    check(json!("$$[0]"), r#""$[0]""#);
    check(json!("$$.input {{ $.id }}"), r#""$.input 7""#);
    check(json!(["$", "$5", "$$", "$$x", " $.x"]), r#"["$","$5","$$","$$x"," $.x"]"#);
}

#[test]
fn braces_put_the_text_of_a_value_into_a_text() {
    check(json!("<{{ $.input }}>"), r#""<How \"far\"?>""#);
    check(json!("{{$.id}}{{  $.iteration  }}"), r#""72""#);
    check(json!("{{ $.context.deep }}"), r#""{\"n\":[1,2.5]}""#);
    check(json!("{{ $.metadata.tags[*] }}"), r#""[\"a\",\"b\"]""#);
    check(json!("{{{ $.id }}}"), r#""{7}""#);
}

#[test]
fn braces_around_anything_else_are_text() {
    check(json!("{{ name }} {{}} {{ $.id"), r#""{{ name }} {{}} {{ $.id""#);
    check(json!("{{ name }} {{ $.id }}"), r#""{{ name }} 7""#);
}

#[test]
fn a_block_that_begins_like_json_is_json() {
    let source =
        "[\n  {\"role\": \"user\", \"content\": \"$.input\"}, \"${V}\", \"<{{ $.id }}>\"\n]\n";
    check(block(source), r#"[{"role":"user","content":"How \"far\"?"},"$.id","<7>"]"#);
    check(block("{\"z\": 1, \"a\": 2}"), r#"{"z":1,"a":2}"#);
}

#[test]
fn only_a_block_is_json() {
    check(json!("[1]"), r#""[1]""#);
    check(json!({ "a": "{\"b\": 1}" }), r#"{"a":"{\"b\": 1}"}"#);
}

#[test]
fn a_block_may_be_a_path_or_a_text() {
    check(block("$.input\n"), r#""How \"far\"?""#);
    check(block("{{ $.id }}, then\n"), "\"7, then\\n\"");
    check(block("two\nlines\n"), "\"two\\nlines\\n\"");
}

#[test]
fn what_replaces_a_literal_is_never_read_again() {
    // The value of the variable is `$.id`.
    check(json!("${V}"), r#""$.id""#);
    check(json!("a ${V} {{ $.iteration }} ${V}"), r#""a $.id 2 $.id""#);
    check(json!("{{ ${V} }}"), r#""{{ $.id }}""#);
}

#[test]
fn literals_come_with_their_keys_and_places() {
    let mut seen = Vec::new();
    let source = json!({ "a": ["x", "$.input"], "b": "ü {{ $.id }} z" }).into();
    let mut literal = |LiteralText { keys, text, start }: LiteralText<'_>| {
        let start = start.expect("it is not in block JSON");
        seen.push(format!("{keys:?} {start} {text}"));
        text.to_owned()
    };
    ValueTemplate::compile(&source, &mut literal).unwrap();
    assert_eq!(seen, [r#"[Key("a"), Index(0)] 0 x"#, r#"[Key("b")] 0 ü "#, r#"[Key("b")] 12  z"#]);
}

#[test]
fn text_bodies_are_the_text_of_the_value() {
    check_text(json!("$.input"), "How \"far\"?");
    check_text(json!({ "a": "$.iteration" }), r#"{"a":2}"#);
    check_text(json!(5), "5");
}

#[test]
fn forms_have_a_field_for_each_member() {
    check_form(json!({ "q": "$.input", "n": 1, "b": true }), "q=How+%22far%22%3F&n=1&b=true");
    check_form(json!({ "a&b": "é+ " }), "a%26b=%C3%A9%2B+");
    check_form(json!({ "list": "$.metadata.tags" }), "list=%5B%22a%22%2C%22b%22%5D");
    check_form(json!("$.context"), "city=Rome&deep=%7B%22n%22%3A%5B1%2C2.5%5D%7D");
}

#[test]
fn null_leaves_a_field_out() {
    check_form(json!({ "p": "$.persona", "n": null, "id": "$.id" }), "id=7");
}

#[test]
fn a_form_needs_a_mapping() {
    assert!(BodyTemplate::new(BodyKind::Form, compiled(json!(["a"]))).is_err());
    assert!(BodyTemplate::new(BodyKind::Form, compiled(json!({}))).is_ok());
    assert!(BodyTemplate::new(BodyKind::Json, compiled(json!(["a"]))).is_ok());
    assert_eq!(render(BodyKind::Form, json!("$.input")), Err(TemplateError::NoForm));
}

#[test]
fn a_path_that_cannot_be_read_is_a_fault() {
    let keys = [KeyStep::Key("a".to_owned()), KeyStep::Index(1)];
    let message = "is not a valid path: the path ends where `]` should stand";
    check_fault(json!({ "a": [1, "$.x[0"] }), &keys, TextPosition::Character(5), message);
    let position = TextPosition::Character(10);
    check_fault(json!("ä {{ $.x[0 }}"), &[], position, message);
}

#[test]
fn a_text_after_a_path_is_a_fault() {
    let faults = compile(&json!("$.input and more").into()).unwrap_err();
    assert_eq!(faults[0].position, Some(TextPosition::Character(8)));
}

#[test]
fn a_block_that_is_no_json_is_a_fault() {
    check_fault(
        block("[\n  {\"a\": $.input}\n]\n"),
        &[],
        TextPosition::Line { line: 2, column: 9 },
        "begins like JSON, and is none: expected value",
    );
}

#[test]
fn all_faults_are_found() {
    let source = json!({ "a": "$.x[", "b": { "c": "{{ $.y[ }} {{ $.z[ }}" } });
    assert_eq!(compile(&source.into()).unwrap_err().len(), 3);
}

#[test]
fn a_bare_path_in_a_text_draws_a_warning() {
    let warning = "`$.input` within a longer text is not replaced";
    check_warning(json!("Answer $.input."), Some(warning));
    check_warning(json!("{{ $.id }}: $.input"), Some(warning));
    check_warning(json!("pay $.5 or $.inputs or $input"), None);
    check(json!("Answer $.input."), r#""Answer $.input.""#);
}

#[test]
fn a_name_that_no_input_has_draws_a_warning() {
    check_warning(
        json!("$.question"),
        Some(
            "`$.question` finds nothing in any input, which has `input`, `messages`, `persona`, \
             `iteration`, `context`, `metadata`, `vars`, `body`, `id`",
        ),
    );
    check_warning(json!("$..question"), None);
}

#[test]
fn a_path_that_finds_nothing_names_the_key_and_what_there_is() {
    check_lost(
        json!({ "a b": [{ "c": "$.metadata.topic" }] }),
        "`runner.http.body_template.mapping[\"a b\"][0].c`: `$.metadata.topic` finds nothing in \
         this input, which has `$.input`, `$.messages`, `$.iteration`, `$.context.city`, \
         `$.context.deep`, `$.metadata.tags`, `$.metadata.draft`, `$.id`",
    );
    for path in ["$.persona.name", "$.metadata.tags[5]", "$.messages[*].name", "$.question"] {
        assert!(render(BodyKind::Json, json!({ "a": path })).is_err(), "{path}");
        assert!(render(BodyKind::Text, json!(format!("<{{{{ {path} }}}}>"))).is_err(), "{path}");
    }
}

#[test]
fn it_is_known_what_reads_the_input() {
    for path in ["$.input", "$.messages", "$.context.city", "$.persona", "$..content"] {
        assert!(compiled(json!({ "a": [path] })).reads_input(), "{path}");
        assert!(compiled(json!(format!("<{{{{ {path} }}}}>"))).reads_input(), "{path}");
    }
    for text in ["input", "$.iteration", "$.id", "$$.input"] {
        assert!(!compiled(json!({ "a": [text] })).reads_input(), "{text}");
    }
}

#[test]
fn values_of_any_json_survive() {
    let source: Value =
        json!({ "a": [{ "b": -1e-7 }, 18_446_744_073_709_551_615_u64, "\u{7f}\"\\"] });
    check(source.clone(), &source.to_string());
}
