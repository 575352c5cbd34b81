//! What a run writes is what the JSON Schemas of the reference describe.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{FailureKind, RunEvent, SummaryFile, TimedEvent, Trace, Warning, WarningCode};
use serde_json::{Value, json};

use crate::support::{Project, Server};

/// A schema of the reference.
struct Schema(Value);

impl Schema {
    fn of(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/schema");
        let text = fs::read_to_string(folder.join(format!("{name}.schema.json")));
        Self(serde_json::from_str(&text.expect("it is there")).expect("it is JSON"))
    }

    #[track_caller]
    fn check(&self, value: &Value) {
        if let Err(fault) = self.fits(&self.0, value, "$") {
            panic!("{fault}\n{value:#}");
        }
    }

    /// Holds a value against the words that our schemas use, and refuses members that the schema
    /// does not name.
    fn fits(&self, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = self.0.pointer(reference.trim_start_matches('#'));
            return self.fits(target.expect("it is defined"), value, path);
        }
        self.fits_choice(schema, value, path)?;
        if let Some(expected) = schema.get("const").filter(|expected| *expected != value) {
            return Err(format!("{path}: {value} is not {expected}"));
        }
        if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
            return Err(format!("{path}: {value} is none of {}", schema["enum"]));
        }
        if !has_type(&schema["type"], value) {
            return Err(format!("{path}: {value} is not of type {}", schema["type"]));
        }
        for (place, item) in value.as_array().into_iter().flatten().enumerate() {
            self.fits(&schema["items"], item, &format!("{path}[{place}]"))?;
        }
        self.fits_members(schema, value, path)
    }

    fn fits_choice(&self, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
        for (word, most) in [("anyOf", usize::MAX), ("oneOf", 1)] {
            let Some(choices) = schema[word].as_array() else { continue };
            // Its own members belong to the schema around each choice.
            let around = schema["properties"].as_object().cloned().unwrap_or_default();
            let fitting = choices.iter().filter(|choice| {
                let mut choice = (*choice).clone();
                if !around.is_empty() {
                    choice["properties"].as_object_mut().expect("members").extend(around.clone());
                }
                self.fits(&choice, value, path).is_ok()
            });
            let fitting = fitting.count();
            if !(1..=most).contains(&fitting) {
                return Err(format!("{path}: {value} fits {fitting} of `{word}`"));
            }
        }
        Ok(())
    }

    fn fits_members(&self, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
        let Some(members) = value.as_object() else { return Ok(()) };
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().expect("a name");
            if !members.contains_key(name) {
                return Err(format!("{path}: `{name}` is missing"));
            }
        }
        let is_described = schema["properties"].is_object() && schema.get("oneOf").is_none();
        for (name, member) in members {
            let path = format!("{path}.{name}");
            match (schema["properties"].get(name), schema.get("additionalProperties")) {
                (Some(schema), _) | (None, Some(schema)) => self.fits(schema, member, &path)?,
                (None, None) if is_described => return Err(format!("{path} is not described")),
                (None, None) => {}
            }
        }
        Ok(())
    }
}

fn has_type(expected: &Value, value: &Value) -> bool {
    match expected {
        Value::Null => true,
        Value::Array(types) => types.iter().any(|expected| has_type(expected, value)),
        expected => match expected.as_str().unwrap_or_default() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("no schema of ours has the type `{other}`"),
        },
    }
}

/// A run with successes, a retry, and failures of several kinds.
fn mixed(server: &Server) -> Project {
    let project = Project::new(&format!(
        r#"
base_inputs:
  - {{ input: "one two three", persona: ada, topic: [a, {{ b: 1.5 }}], metadata: {{ fault: none }} }}
  - {{ input: again, metadata: {{ fault: "status=429" }} }}
  - {{ input: refused, metadata: {{ fault: "status=400" }} }}
  - {{ input: cut, metadata: {{ fault: "close:deltas=1" }} }}
  - {{ input: later, metadata: {{ fault: "status=503,retry_after=600" }} }}
  - "no fault"
runner:
  guards: {{ output_char_limit: 9 }}
  http:
    url: "{}"
    stream: sse
    stream_output_path: delta
    query: {{ x_mock_fault: $.metadata.fault }}
    retry: {{ attempts: 1, backoff: 1ms }}
"#,
        server.url("/chat")
    ));
    project.run(&[]).exits(10);
    project
}

#[test]
fn records_and_summary_fit_their_schemas() {
    let project = mixed(&Server::echo());
    let schema = Schema::of("trace");
    let traces = project.traces();
    assert_eq!(traces.len(), 6);
    for trace in &traces {
        schema.check(trace);
    }
    Schema::of("summary").check(&project.json("summary.json"));
}

#[test]
fn events_fit_their_schema() {
    let project = mixed(&Server::echo());
    let reading = Arc::new(Redactor::none());
    let traces = project.traces();
    let trace: Trace =
        reading.reading(|| serde_json::from_value(traces[0].clone())).expect("a record");
    let summary: SummaryFile = reading
        .reading(|| serde_json::from_value(project.json("summary.json")))
        .expect("a summary");
    let (text, case_id) = (Masked::from_static("text"), trace.case_id.clone());
    let (trace, id) = (Arc::new(trace), || case_id.clone());
    let wait = Duration::from_micros(1_234_567);
    let events = [
        RunEvent::RunStarted { name: text.clone(), total: Some(2), closed: 1 },
        RunEvent::RunStarted { name: text.clone(), total: None, closed: 0 },
        RunEvent::CaseRestored(trace.clone()),
        RunEvent::CaseStarted { case_id: id() },
        RunEvent::AttemptStarted { case_id: id(), number: 1 },
        RunEvent::FirstText { case_id: id(), after: wait },
        RunEvent::Text { case_id: id(), is_anew: true, text: text.clone() },
        RunEvent::RetryPlanned {
            case_id: id(),
            number: 1,
            cause: FailureKind::Status,
            status: Some(503),
            message: text.clone(),
            wait,
        },
        RunEvent::CaseFinished(trace),
        RunEvent::Warning(Warning::new(WarningCode::OwnLag, text)),
        RunEvent::RunFinished(Arc::new(summary.summary)),
    ];
    let schema = Schema::of("event");
    for event in events {
        let event = serde_json::to_value(TimedEvent::new(wait, event)).expect("it is JSON");
        assert_eq!(event["at_ms"], 1234.567);
        schema.check(&event);
    }
}

#[test]
fn a_wrong_record_does_not_fit() {
    let schema = Schema::of("trace");
    let right = mixed(&Server::echo()).traces().remove(0);
    for (name, wrong) in [
        ("version", json!(1)),
        ("output", json!(null)),
        ("outcome", json!("done")),
        ("turns", json!([{}])),
        ("metadata", json!([])),
        ("unknown", json!(1)),
    ] {
        let mut record = right.clone();
        record[name] = wrong;
        assert!(schema.fits(&schema.0, &record, "$").is_err(), "{name}");
    }
}
