//! How a dialect lays out its answers: as a page says, or as a custom agent is described.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluxloop_schema::{PRESETS, PagePlay, PlayWhen, Preset};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::template::{Frame, Slot, Values, fill};
use super::{CustomDialect, Refusal};
use crate::{MockError, MockOptions};

/// How one dialect lays out its answers.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The dialect's name.
    pub(crate) name: &'static str,
    /// The paths at which it is served.
    pub(crate) paths: Vec<String>,
    /// The media type of a stream.
    pub(crate) media_type: String,
    /// The frames of a good stream.
    pub(crate) blocks: Vec<Block>,
    /// Whether the protocol sends the text in one piece.
    pub(crate) is_one_piece: bool,
    /// The frames of an error inside a stream.
    pub(crate) error: Vec<Frame>,
    /// The document that answers a request without a stream.
    pub(crate) whole: Option<Value>,
    /// The document of an answer with an error status.
    pub(crate) refusal: Value,
    /// What else it expects and adds.
    pub(crate) settings: Settings,
}

/// Frames that are sent together.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) when: PlayWhen,
    pub(crate) frames: Vec<Frame>,
}

/// What a dialect expects of a request and adds to an answer: the block `mock` of a page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Members of the request without which it is refused, and what each holds.
    pub(crate) requires: BTreeMap<String, Kind>,
    /// Where the input is in the request: the first place that is there counts. Names are separated
    /// by dots.
    pub(crate) input: Vec<String>,
    /// The members, with their values, of a request that asks for a stream; without them every
    /// request does.
    pub(crate) stream_when: Map<String, Value>,
    /// Paths at which answers are whole.
    pub(crate) whole_paths: Vec<String>,
    /// Whether the protocol leaves the path to whoever serves it.
    pub(crate) any_path: bool,
    /// Headers of every answer.
    pub(crate) headers: BTreeMap<String, String>,
    /// Types of errors by status; `500` is for all of 500 and more, `400` for all others.
    pub(crate) errors: BTreeMap<String, String>,
}

/// What a member of a request holds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A text that is not empty.
    Text,
    /// A list that is not empty.
    List,
    /// A text or a list that is not empty.
    TextOrList,
    /// A whole number.
    Number,
}

/// The media type of event streams; every other stream is one of lines.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

static LAYOUTS: LazyLock<Vec<Layout>> =
    LazyLock::new(|| PRESETS.iter().filter_map(Layout::of_page).collect());

impl Layout {
    /// The layout of a preset, as its page says.
    pub(crate) fn of(preset: &Preset) -> &'static Self {
        let found = LAYOUTS.iter().find(|layout| layout.name == preset.name);
        found.expect("every page says how the mock plays it, as a test shows")
    }

    /// The preset that is served at this path.
    pub(crate) fn at(path: &str) -> Option<&'static Self> {
        LAYOUTS.iter().find(|layout| layout.is_at(path))
    }

    /// Whether this is a path at which the dialect is served.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.paths.iter().chain(&self.settings.whole_paths).any(|route| fits(route, path))
    }

    fn of_page(preset: &Preset) -> Option<Self> {
        let page = preset.page()?;
        let PagePlay { settings, blocks, whole, error, refusal } = page.play?;
        let settings = Option::<Settings>::deserialize(settings).expect("the pages are tested");
        let end = if page.media_type == EVENT_STREAM { "\n\n" } else { "\n" };
        let frames =
            |text: &str| -> Vec<Frame> { text.split_inclusive(end).map(Frame::parse).collect() };
        let blocks = blocks.into_iter();
        let mut blocks: Vec<Block> =
            blocks.map(|block| Block { frames: frames(&block.frames), when: block.when }).collect();
        let frames_of_all = blocks.iter_mut().flat_map(|block| &mut block.frames);
        let mut all: Vec<_> = frames_of_all.collect();
        let is_one_piece = all.iter().all(|frame| repeats(frame) != Some(Slot::Text));
        if is_one_piece && let Some(frame) = all.iter_mut().find(|it| it.has(&[Slot::All])) {
            frame.replace(Slot::All, Slot::Text);
        }
        Some(Self {
            name: preset.name,
            paths: page.paths,
            media_type: page.media_type,
            blocks,
            is_one_piece,
            error: error.map(|text| frames(&text)).unwrap_or_default(),
            whole,
            refusal: refusal.unwrap_or_else(|| CustomDialect::default().layout().refusal),
            settings: settings.unwrap_or_default(),
        })
    }

    /// Whether a frame is a line, and not an event.
    pub(crate) fn is_lines(&self) -> bool {
        self.media_type != EVENT_STREAM
    }

    /// Fails if an answer cannot have what these options ask for.
    pub(crate) fn check(&self, options: &MockOptions) -> Result<(), MockError> {
        let has = |when: PlayWhen| self.blocks.iter().any(|block| block.when == when);
        let lacking = |what| Err(MockError::Lacking { dialect: self.name, what });
        match (options.reasoning, options.tool_calls) {
            (true, _) if !has(PlayWhen::Reasoning) => lacking("reasoning"),
            (_, 1..) if !has(PlayWhen::ToolCall) => lacking("tool calls"),
            _ => Ok(()),
        }
    }

    /// What the dialect calls the error of a status.
    pub(crate) fn error_type(&self, status: StatusCode) -> &str {
        let errors = &self.settings.errors;
        let of = |status: &str| errors.get(status).map(String::as_str);
        let (group, usual) = match status.as_u16() {
            500.. => ("500", "server_error"),
            429 => ("429", "rate_limit_error"),
            _ => ("400", "invalid_request_error"),
        };
        of(status.as_str()).or_else(|| of(group)).unwrap_or(usual)
    }

    /// The document of a refusal.
    pub(crate) fn refuse(&self, refusal: &Refusal, values: Values<'_>) -> String {
        let mut values = Values {
            error_type: self.error_type(refusal.status),
            message: &refusal.message,
            param: refusal.param.as_deref(),
            code: refusal.code,
            ..values
        };
        fill(&self.refusal, &mut values).to_string()
    }

    /// The headers of every answer, without its media type.
    pub(crate) fn headers(&self, values: &Values<'_>) -> HeaderMap {
        let headers = self.settings.headers.iter().filter_map(|(name, value)| {
            let name: HeaderName = name.parse().ok()?;
            Some((name, Frame::parse(value).text(values).parse::<HeaderValue>().ok()?))
        });
        headers.collect()
    }
}

/// For what a frame is repeated.
pub(crate) fn repeats(frame: &Frame) -> Option<Slot> {
    let repeating: [&[Slot]; 3] =
        [&[Slot::Text, Slot::Data, Slot::Raw, Slot::SoFar], &[Slot::Reasoning], &[Slot::Arguments]];
    repeating.into_iter().find(|slots| frame.has(slots)).map(|slots| slots[0])
}

/// Whether a path ends in a route, in which `*` stands for any text.
pub(crate) fn fits(route: &str, path: &str) -> bool {
    match route.split_once('*') {
        None => path.ends_with(route),
        Some((before, after)) => path.strip_suffix(after).is_some_and(|path| path.contains(before)),
    }
}
