//! Both readings of YAML, held together.

use super::*;
use serde_json::{Value, json};

fn read(text: &str) -> Result<Node, Vec<String>> {
    let mut report = Report::default();
    let shown: Arc<Path> = Path::new("f.yaml").into();
    parse(text, &shown, &mut report).ok_or_else(|| {
        report
            .into_faults()
            .iter()
            .map(ToString::to_string)
            .collect()
    })
}

#[track_caller]
fn check(text: &str, expected: &Value) {
    let node = read(text).expect("valid YAML");
    assert_eq!(node.to_json(), *expected);
    let library: Value = serde_yaml::from_str(text).expect("valid YAML");
    assert_eq!(
        node.to_json(),
        library,
        "the library alone reads it differently"
    );
}

#[track_caller]
fn check_fault(text: &str, expected: &str) {
    assert_eq!(read(text).expect_err("a fault"), [expected]);
}
