//! What the mock plays.

mod custom;
mod layout;
mod place;
mod prompt;
mod refusal;
mod template;

use std::borrow::Cow;

pub use custom::{CustomDialect, CustomEnd};
use fluxloop_schema::{PRESETS, Preset, preset};
pub(crate) use layout::{EVENT_STREAM, Layout, repeats};
pub use place::{PathStep, Place};
pub(crate) use prompt::{Prompt, find};
pub(crate) use refusal::Refusal;
pub(crate) use template::{Call, Frame, Slot, Values, fill};

use crate::{MockError, MockOptions, Script};

/// What the mock plays.
///
/// A preset is played as its page says, at the page's paths and at what
/// [`MockOptions::also_at`](crate::MockOptions::also_at) names.
#[derive(Clone, Debug)]
pub enum Dialect {
    /// Each preset at its own paths, and this agent everywhere else.
    Auto(CustomDialect),
    /// A preset.
    Preset(&'static Preset),
    /// An agent of one's own, at any path.
    Custom(CustomDialect),
    /// Answers as written, at any path.
    Script(Script),
}

impl Default for Dialect {
    fn default() -> Self {
        Self::Auto(CustomDialect::default())
    }
}

impl Dialect {
    /// The names that [`named`](Self::named) knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ["auto", "custom"].into_iter().chain(PRESETS.iter().map(|preset| preset.name))
    }

    /// The dialect of this name: `auto`, `custom` (both as their default is) or a preset. `openai`
    /// is short for `openai-chat`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::default()),
            "custom" => Some(Self::Custom(CustomDialect::default())),
            "openai" => Self::named("openai-chat"),
            name => preset(name).map(Self::Preset),
        }
    }

    /// The preset that is usually served at a URL's path.
    ///
    /// ```
    /// use fluxloop_mock::Dialect;
    ///
    /// let dialect = Dialect::for_path("/openai/v1/chat/completions").expect("a path of OpenAI's");
    /// assert_eq!(dialect.name(), "openai-chat");
    /// assert!(Dialect::for_path("/chat").is_none());
    /// ```
    pub fn for_path(path: &str) -> Option<Self> {
        Layout::at(path).and_then(|layout| Self::named(layout.name))
    }

    /// Its name; `script` for a script.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Auto(_) => "auto",
            Self::Preset(preset) => preset.name,
            Self::Custom(_) => "custom",
            Self::Script(_) => "script",
        }
    }

    /// Fails if it cannot answer as these options ask.
    pub(crate) fn check(&self, options: &MockOptions) -> Result<(), MockError> {
        match self {
            Self::Auto(agent) => agent.check(),
            Self::Preset(preset) => Layout::of(preset).check(options),
            Self::Custom(agent) => agent.check().and_then(|()| agent.layout().check(options)),
            Self::Script(_) => Ok(()),
        }
    }

    /// How it answers at this path, and whether it is served there; nothing for a script.
    pub(crate) fn layout(
        &self,
        path: &str,
        also_at: Option<&str>,
    ) -> Option<(Cow<'static, Layout>, bool)> {
        let custom = |custom: &CustomDialect| (Cow::Owned(custom.layout()), true);
        Some(match self {
            Self::Auto(agent) => match Layout::at(path) {
                Some(layout) => (Cow::Borrowed(layout), true),
                None => custom(agent),
            },
            Self::Preset(preset) => {
                let layout = Layout::of(preset);
                let is_served =
                    layout.settings.any_path || also_at == Some(path) || layout.is_at(path);
                (Cow::Borrowed(layout), is_served)
            }
            Self::Custom(agent) => custom(agent),
            Self::Script(_) => return None,
        })
    }
}

/// Every placeholder of a preset's page: its name and its meaning.
pub fn placeholders() -> &'static [(&'static str, &'static str)] {
    Slot::DOCS
}
