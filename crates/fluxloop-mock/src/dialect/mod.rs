//! What the mock plays.

mod layout;
mod prompt;
mod refusal;
mod template;

use std::slice::from_ref;
use std::sync::Arc;

use fluxloop_schema::{PRESETS, PagePlay, Preset, preset};
use layout::LAYOUTS;
pub use layout::Layout;
pub(crate) use layout::{EVENT_STREAM, repeats};
pub(crate) use prompt::{Prompt, find};
pub(crate) use refusal::Refusal;
use serde_json::Value;
pub(crate) use template::{Call, Frame, Slot, Values, fill};

use crate::request::MockRequest;
use crate::{MockError, MockOptions, Script};

/// What the mock plays.
///
/// Requests to other paths than those of the dialect and [`MockOptions::paths`] get 404.
#[derive(Clone, Debug, Default)]
pub enum Dialect {
    /// Each preset at its own paths, and a custom agent at `/chat` and [`MockOptions::paths`]. Where
    /// presets share a path, the body of the request decides.
    #[default]
    Auto,
    /// A preset as its page says, at the page's paths and [`MockOptions::paths`].
    Preset(&'static Preset),
    /// A custom agent at [`MockOptions::paths`], or if there are no such paths, at any path: only
    /// its owner knows where it is served.
    Custom(Arc<Layout>),
    /// Answers as written, at any path.
    Script(Script),
}

impl Dialect {
    /// The names that [`named`](Self::named) knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ["auto", "custom"].into_iter().chain(PRESETS.iter().map(|preset| preset.name))
    }

    /// The dialect of this name: `auto`, `custom` or a preset. `openai` is short for `openai-chat`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "custom" => Some(Self::Custom(Arc::new(Layout::default_agent().clone()))),
            "openai" => Self::named("openai-chat"),
            name => preset(name).map(Self::Preset),
        }
    }

    /// A custom agent whose stream of this media type is played like the page of a preset.
    /// `text/event-stream` is a stream of events; any other stream has lines.
    pub fn custom(media_type: &str, play: PagePlay) -> Self {
        Self::Custom(Arc::new(Layout::custom(media_type, play)))
    }

    /// The preset that is usually served at a URL's path; of several presets, the first.
    ///
    /// ```
    /// use fluxloop_mock::Dialect;
    ///
    /// let dialect = Dialect::for_path("/openai/v1/chat/completions").expect("a path of OpenAI's");
    /// assert_eq!(dialect.name(), "openai-chat");
    /// assert!(Dialect::for_path("/chat").is_none());
    /// ```
    pub fn for_path(path: &str) -> Option<Self> {
        let layout = LAYOUTS.iter().find(|layout| layout.is_at(path))?;
        preset(layout.name).map(Self::Preset)
    }

    /// Its name; `script` for a script.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Preset(preset) => preset.name,
            Self::Custom(_) => "custom",
            Self::Script(_) => "script",
        }
    }

    /// Fails if it cannot answer as these options ask. What `auto` plays is checked for each
    /// request.
    pub(crate) fn check(&self, options: &MockOptions) -> Result<(), MockError> {
        match self {
            Self::Preset(_) | Self::Custom(_) => self.layouts()[0].check(options),
            Self::Auto | Self::Script(_) => Ok(()),
        }
    }

    fn layouts(&self) -> &[Layout] {
        match self {
            Self::Auto => &LAYOUTS,
            Self::Preset(preset) => from_ref(Layout::of(preset)),
            Self::Custom(layout) => from_ref(layout),
            Self::Script(_) => &[],
        }
    }

    /// How it answers this request, and whether it is served at its path; `None` for a script.
    pub(crate) fn layout(&self, request: &MockRequest, more: &[String]) -> Option<(&Layout, bool)> {
        let path = request.path.as_str();
        let more_has_it = more.iter().any(|it| it == path);
        if let Self::Custom(layout) = self {
            return Some((layout, more.is_empty() || more_has_it));
        }
        let at_path: Vec<&Layout> =
            self.layouts().iter().filter(|layout| layout.is_at(path)).collect();
        let found = match at_path.as_slice() {
            // Several protocols share the path: the body says which of them is spoken. A custom
            // agent is at the end of the list, and takes what no protocol has.
            [_, second, ..] if !second.is_custom() => {
                let document: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                let protocols = at_path.iter().filter(|layout| !layout.is_custom());
                // Of several that fit equally well, the first.
                protocols.rev().max_by_key(|layout| layout.fitness(&document)).copied()
            }
            all => all.first().copied(),
        };
        Some((found.or(self.layouts().last())?, found.is_some() || more_has_it))
    }

    /// All paths at which it is served with these [`MockOptions::paths`]; without any path, it is
    /// served everywhere. `*` stands for any text, and a path may have more before it.
    pub fn paths<'a>(&'a self, more: &'a [String]) -> Vec<&'a str> {
        let layouts = if let Self::Custom(_) = self { &[] } else { self.layouts() };
        let mut paths = Vec::new();
        for path in layouts.iter().flat_map(Layout::paths).chain(more.iter().map(String::as_str)) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }
}

/// Every placeholder of a preset's page: its name and its meaning.
pub fn placeholders() -> &'static [(&'static str, &'static str)] {
    Slot::DOCS
}
