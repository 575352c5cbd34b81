//! Secrets in inputs.

use super::*;

const KEY: &str = "sk-proj-Ab0Ab0Ab0Ab0Ab0Ab0Ab0Ab0Ab0Ab0";

/// A message names what is wrong, and no key.
#[track_caller]
fn check_masked(case: &Case, expected: &str) {
    let errors = case.errors();
    assert!(errors.contains(expected) && !errors.contains("Ab0Ab0"), "{errors}");
}

#[test]
fn messages_mask_keys_that_stand_for_names() {
    check_masked(&Case::new("i.csv", format!("{KEY},b\nx,y\n")), "there is `***`, `b`");
    check_masked(&Case::new("i.csv", format!("input,{KEY},{KEY}\nx,y,z\n")), "column `***` twice");
    check_masked(&Case::new("i.jsonl", json!({KEY: "x", "b": 1}).to_string()), "`***`");
    let persona = json!({"input": "a", "persona": KEY}).to_string();
    check_masked(&Case::new("i.jsonl", &persona).personas(&["nobody"]), "the inputs have `***`");
    let vars = format!("- vars: {{{KEY}: x, b: y}}\n");
    check_masked(&section("i.yaml", &vars, "preset: promptfoo"), "`***`, `b`");
    let listed = Case::with("i.jsonl", &persona, "personas: [x]\n").warnings();
    assert!(listed.contains("`***`") && !listed.contains("Ab0"), "{listed}");
}

/// A secret in an entry is masked in what comes back.
#[track_caller]
fn check_known(entry: &serde_json::Value, keys: &str, is_secret: bool) {
    let case = section("i.jsonl", &entry.to_string(), keys);
    let redactor = load(&case.options).unwrap().plan.redactor;
    let masked = redactor.mask("S3cret-of-input").as_str() == "***";
    assert_eq!(masked, is_secret, "{entry}");
}

#[test]
fn secrets_of_expectations_and_bodies_are_masked() {
    let secret = json!({"password": "S3cret-of-input"});
    check_known(&json!({"input": "a", "expected": secret}), "limit: 1", true);
    check_known(&json!({"input": "a", "expect": [{"equals": secret}]}), "limit: 1", true);
    let batch = |body: serde_json::Value| json!({"custom_id": "x", "body": body});
    let body = batch(json!({"input": "a", "metadata": secret, "password": "x"}));
    check_known(&body, "preset: openai-batch", true);
    let said = batch(
        json!({"messages": [{"role": "user", "content": "a", "password": "S3cret-of-input"}]}),
    );
    check_known(&said, "preset: openai-batch", false);
    let tests =
        json!({"vars": {"q": "a"}, "assert": [{"type": "webhook", "token": "S3cret-of-input"}]});
    check_known(&tests, "preset: promptfoo", true);
}

#[test]
fn a_persona_beyond_the_first_ten_thousand_is_found() {
    let lines: String = (0..10_050)
        .map(|n| json!({"input": "a", "persona": format!("p{n}")}).to_string() + "\n")
        .collect();
    assert_eq!(Case::new("i.jsonl", lines).personas(&["p10049"]).shown(), ["10049: a (p10049)"]);
}
