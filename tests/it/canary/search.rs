//! Finds keys in text, in any form, whole or in part.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use super::server::MARK;
use super::{forms, keys};
use crate::support::content;

/// So much of a key is too much, in characters.
const TELLING: usize = 8;

/// How many bytes a needle is found by first.
const HEAD: usize = 4;

/// Every eight characters of every form of every key.
pub(super) struct Needles(HashMap<[u8; HEAD], Vec<Needle>>);

struct Needle {
    text: String,
    key: &'static str,
    form: &'static str,
}

impl Needles {
    pub(super) fn all() -> &'static Self {
        static ALL: LazyLock<Needles> = LazyLock::new(Needles::new);
        &ALL
    }

    fn new() -> Self {
        let (mut needles, mut known) = (HashMap::<_, Vec<_>>::new(), HashSet::new());
        for key in keys::all() {
            for form in forms::telling(key.value) {
                for text in windows(&form.telling).filter(|text| known.insert((*text).to_owned())) {
                    let head = *text.as_bytes().first_chunk().expect("eight characters");
                    let text = text.to_owned();
                    let needle = Needle { text, key: key.name, form: form.name };
                    needles.entry(head).or_default().push(needle);
                }
            }
        }
        Self(needles)
    }

    /// What is found in this text: each key and form once, with what stands around it.
    pub(super) fn find(&self, text: &[u8]) -> Vec<String> {
        let text = &*without_trace_ids(text);
        let mut told = HashSet::new();
        let mut found = Vec::new();
        for (at, head) in text.windows(HEAD).enumerate() {
            let Some(needles) = self.0.get(head) else { continue };
            for needle in needles.iter().filter(|it| text[at..].starts_with(it.text.as_bytes())) {
                if told.insert((needle.key, needle.form)) {
                    found.push(format!(
                        "`{}` of {} ({}) in {}",
                        needle.text,
                        needle.key,
                        needle.form,
                        around(text, at)
                    ));
                }
            }
        }
        found
    }

    /// What is found in the files of a folder, but for those that the user wrote, and in their
    /// names.
    pub(super) fn find_below(&self, folder: &Path, written: &[&str]) -> Vec<String> {
        files_below(folder)
            .iter()
            .filter(|name| !written.contains(&name.as_str()))
            .flat_map(|name| {
                let content = content(&folder.join(name));
                let found = self.find(&content).into_iter().chain(self.find(name.as_bytes()));
                found.map(|found| format!("{name}: {found}")).collect::<Vec<_>>()
            })
            .collect()
    }
}

/// The names of all files below a folder.
pub(super) fn files_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it is below").to_string_lossy();
                names.push(name.into_owned());
            }
        }
    }
    names.sort();
    names
}

/// What stands around a place, and which answer the line speaks of.
fn around(text: &[u8], at: usize) -> String {
    let near = &text[at.saturating_sub(60)..text.len().min(at + 40)];
    let start = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let line = String::from_utf8_lossy(
        text[start..].split(|byte| *byte == b'\n').next().unwrap_or_default(),
    );
    let label =
        line.split_once(MARK).map_or("", |(_, rest)| rest.split('"').next().unwrap_or_default());
    format!("`{}` {label}", String::from_utf8_lossy(near))
}

/// The ids of traces are random, and one in a million has eight digits of a key in hexadecimal.
fn without_trace_ids(text: &[u8]) -> Vec<u8> {
    const LENGTH: usize = 36;
    let is_id = |text: &[u8]| {
        text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let mut text = text.to_owned();
    for at in 0..text.len().saturating_sub(LENGTH - 1) {
        if text[at + 8] == b'-' && is_id(&text[at..at + LENGTH]) {
            text[at..at + LENGTH].fill(b'_');
        }
    }
    text
}

/// Every stretch of eight characters.
fn windows(text: &str) -> impl Iterator<Item = &str> {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).skip(TELLING);
    text.char_indices().zip(ends).map(|((start, _), end)| &text[start..end])
}

/// A canary that cannot sing proves nothing.
#[test]
fn every_eight_characters_of_every_form_of_every_key_are_found() {
    let needles = Needles::all();
    for key in keys::all() {
        for form in forms::telling(key.value) {
            for part in windows(&form.telling) {
                let text = format!("before{part}behind");
                assert!(!needles.find(text.as_bytes()).is_empty(), "{}: {part}", form.name);
            }
            assert!(form.sent.contains(&form.telling), "{}", form.name);
        }
    }
}

#[test]
fn less_than_eight_characters_and_innocent_text_are_not() {
    let needles = Needles::all();
    for key in keys::all() {
        let few: String = key.value.chars().take(TELLING - 1).collect();
        assert_eq!(needles.find(format!("<{few}>").as_bytes()), [""; 0]);
    }
    let first = keys::ENVIRONMENT.value.as_bytes().first_chunk().expect("four characters");
    let id = format!("<{:08x}-0000-4000-8000-000000000000>", u32::from_be_bytes(*first));
    assert_eq!(needles.find(id.as_bytes()), [""; 0]);
    let innocent = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    assert_eq!(needles.find_below(&innocent, &[]), [""; 0]);
}
