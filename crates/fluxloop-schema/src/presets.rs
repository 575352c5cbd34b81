//! The schemas that come with the program.

use serde_json::Value;

use crate::page::{Page, Status};
use crate::{Schema, load};

/// A schema that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name in the configuration.
    pub name: &'static str,
    /// The schema.
    pub yaml: &'static str,
    /// The page about its protocol, in Markdown; see [`Page`].
    pub page: &'static str,
}

macro_rules! presets {
    ($($name:literal,)*) => {
        /// The presets of protocols, in the order in which they are listed.
        pub const PRESETS: &[Preset] = &[$(Preset {
            name: $name,
            yaml: include_str!(concat!("../presets/", $name, ".yaml")),
            page: include_str!(concat!("../presets/", $name, ".md")),
        },)*];
    };
}

presets! {
    "openai-chat",
    "openai-responses",
    "anthropic",
    "gemini",
    "gemini-interactions",
    "vercel-ui",
    "ag-ui",
    "a2a",
    "mcp",
    "langgraph",
    "langserve",
    "ollama",
    "cohere",
    "mistral-conversations",
    "dify",
    "coze",
    "flowise",
    "bedrock-converse-json",
    "dashscope",
}

/// What is known of all protocols: what a schema extends that names no other. It has no page.
pub const AUTO: Preset =
    Preset { name: "auto", yaml: include_str!("../presets/auto.yaml"), page: "" };

/// The preset of that name, `auto` included.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().chain([&AUTO]).find(|preset| preset.name == name)
}

impl Preset {
    /// Its page; `None` for `auto`.
    ///
    /// # Panics
    ///
    /// Never for a preset of this crate.
    pub fn page(&self) -> Option<Page> {
        (!self.page.is_empty()).then(|| Page::parse(self.page).expect("the pages are tested"))
    }

    /// The rules.
    ///
    /// # Panics
    ///
    /// Never for a preset of this crate.
    pub fn schema(&self) -> Schema {
        let loaded = load(&Value::from(self.name), self.name, &mut |_, _| None);
        loaded.expect("the presets are tested").schema
    }

    /// The schema as it is merged. A draft is not trusted to name every end and every failure, so
    /// no end is expected because of it, and no failure is known by its name alone.
    pub(crate) fn value(&self) -> Value {
        let mut value: Value = serde_yaml::from_str(self.yaml).expect("the presets are tested");
        let is_draft = Page::status(self.page) == Some(Status::Draft);
        if let Some(members) = value.as_object_mut().filter(|_| is_draft) {
            members.retain(|key, _| key != "expects_end");
            members.insert("fail_by_name".to_owned(), false.into());
        }
        value
    }
}

impl Schema {
    /// The preset `auto`.
    pub fn auto() -> Self {
        AUTO.schema()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_loads_without_a_warning() {
        for preset in PRESETS.iter().chain([&AUTO]) {
            let loaded = load(&Value::from(preset.name), preset.name, &mut |_, _| None);
            let warnings = loaded.unwrap_or_else(|faults| panic!("{faults:?}")).warnings;
            assert!(warnings.is_empty(), "{}: {warnings:?}", preset.name);
        }
    }

    #[test]
    fn a_page_names_its_preset() {
        for preset in PRESETS {
            let page = Page::parse(preset.page).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(page.preset, preset.name);
            assert!(page.request.is_some(), "{}: the page has no section `Request`", preset.name);
        }
    }

    #[test]
    fn no_key_of_a_preset_is_written_twice() {
        for preset in PRESETS.iter().chain([&AUTO]) {
            let read = serde_yaml::from_str::<serde_yaml::Value>(preset.yaml);
            assert!(read.is_ok(), "{}: {read:?}", preset.name);
        }
    }
}
