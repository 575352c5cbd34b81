//! The configurations that the project ships.

use std::path::{Path, PathBuf};

use fluxloop_plan::{InputPlace, KeyStep};

use crate::{LoadOptions, Loaded, keys, load};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

fn sample(name: &str) -> Loaded {
    let options =
        LoadOptions { config: Some(samples().join(name)), mock: true, ..LoadOptions::default() };
    load(&options).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn every_sample_loads_without_a_warning() {
    let mut seen = 0;
    for entry in std::fs::read_dir(samples()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let loaded = sample(&name);
        let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
        let expected: &[&str] = match name.as_str() {
            "openai.yaml" => {
                &["not defined, so their names in `<>` stand for them: `OPENAI_API_KEY`"]
            }
            "anthropic.yaml" => {
                &["not defined, so their names in `<>` stand for them: `ANTHROPIC_API_KEY`"]
            }
            _ => &[],
        };
        assert_eq!(warnings, expected, "{name}");
        assert!(loaded.inputs.total() > 1, "{name}");
        assert!(loaded.inputs.iter().all(|input| input.is_ok()), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[test]
fn the_mock_finds_the_input_of_every_sample() {
    for name in ["simulation.yaml", "openai.yaml", "anthropic.yaml", "rest.yaml", "full.yaml"] {
        let places = sample(name).plan.request.input_places();
        assert!(!places.is_empty(), "{name}");
    }
    let places = sample("simulation.yaml").plan.request.input_places();
    assert_eq!(places, [InputPlace::Json(vec![KeyStep::Key("input".to_owned())])]);
}

#[test]
fn the_full_sample_mentions_every_key() {
    let text = std::fs::read_to_string(samples().join("full.yaml")).unwrap();
    for key in keys() {
        let name = key.path.rsplit('.').next().unwrap();
        let is_key = |line: &str| {
            let line = line.trim_start().trim_start_matches("# ");
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'))
        };
        assert!(text.lines().any(is_key), "{} is missing", key.path);
    }
}

#[test]
fn the_full_sample_shows_the_defaults() {
    let full = sample("full.yaml").settings;
    for key in keys() {
        let Some(default) = key.default else { continue };
        let pointer = format!("/{}", key.path.replace('.', "/"));
        let Some(shown) = full.as_written().pointer(&pointer) else { continue };
        let default: serde_json::Value = serde_yaml::from_str(default).unwrap();
        // The folder is written absolutely.
        if !["runner.http.stream", "output_directory"].contains(&key.path) {
            assert_eq!(*shown, default, "{}", key.path);
        }
    }
}
