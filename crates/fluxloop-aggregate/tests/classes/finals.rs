//! Texts that repeat a group whole, and texts that are an end marker by chance.

use serde_json::json;

use crate::{Reading, by_schema, check, events};

/// Pieces at `t` and whole texts at `w`, in groups of two names.
fn rules() -> Reading {
    by_schema(&json!({
        "text": { "path": "t", "group": ["g", "n"] },
        "final_text": { "path": "w", "group": ["g", "n"] },
        "reset": [{ "when": { "path": "r", "exists": true } }],
    }))
}

#[test]
fn a_final_text_without_pieces_is_the_text_of_its_group() {
    let [one, whole] =
        [r#"{"t": "One. ", "g": "a", "n": 0}"#, r#"{"w": "One. ", "g": "a", "n": 0}"#];
    let two = r#"{"w": "Two.", "g": "b", "n": 0}"#;
    let both = "succeeded \"One. Two.\", warns only_final_text";
    check(&rules(), &events(&[one, whole, two]), both);
    check(&rules(), &events(&[whole, r#"{"t": "Two.", "g": "b", "n": 0}"#]), both);
    check(&rules(), &events(&[r#"{"w": "One. ", "g": "z"}"#, r#"{"w": "Two.", "g": "a"}"#]), both);
    check(&rules(), &events(&[one, whole]), "succeeded \"One. \"");
    // A name that is missing stands for any.
    check(&rules(), &events(&[one, r#"{"w": "One. ", "g": "a"}"#]), "succeeded \"One. \"");
    let differs = "succeeded \"One. \", warns final_text_differs";
    check(&rules(), &events(&[one, r#"{"w": "One more.", "g": "a"}"#]), differs);
    // Some servers name the group anew.
    check(&rules(), &events(&[one, r#"{"w": "One. ", "g": "x", "n": 0}"#]), "succeeded \"One. \"");
    // What was taken back does not come again.
    let frames = [one, r#"{"w": "Two.", "g": "b", "n": 0}"#, r#"{"r": 1}"#, r#"{"t": "Anew."}"#];
    check(&rules(), &events(&frames), "succeeded \"Anew.\"");
}

#[test]
fn a_marker_inside_a_text_stays_where_it_came() {
    let piece = |text: &str| format!(r#"{{"t": "{text}", "g": "a"}}"#);
    let [start, marker, end] = ["It is ", "[DONE]", "."].map(piece);
    check(&rules(), &events(&[&start, &marker, &end]), "succeeded \"It is [DONE].\"");
    let other = r#"{"t": " B", "g": "b"}"#;
    check(&rules(), &events(&[&start, &marker, other]), "succeeded \"It is [DONE] B\"");
    let reset = r#"{"r": 1}"#;
    check(&rules(), &events(&[&start, &marker, reset, &end]), "succeeded \".\"");
}

#[test]
fn a_server_that_says_when_it_replaces_may_replace_with_nothing() {
    let replaces = json!({ "path": "t", "join": "replace", "append_when": { "path": "more", "exists": true } });
    let rules = by_schema(&json!({ "text": replaces }));
    let [said, more, withdrawn] = [r#"{"t": "Bad"}"#, r#"{"t": "!", "more": 1}"#, r#"{"t": ""}"#];
    check(&rules, &events(&[said, more, r#"{"t": "", "more": 1}"#]), "succeeded \"Bad!\"");
    check(&rules, &events(&[said, withdrawn, r#"{"t": "Good"}"#]), "succeeded \"Good\"");
    check(&rules, &events(&[said, more, withdrawn]), "no_text \"\"");
    // Of a text that only grows, an empty piece says nothing.
    let grows = by_schema(&json!({ "text": { "path": "t", "join": "replace" } }));
    check(&grows, &events(&[said, withdrawn]), "succeeded \"Bad\"");
}
