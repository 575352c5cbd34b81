//! How a dialect lays out its answers: as a page says, or as a custom agent is described.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluxloop_schema::{PRESETS, PagePlay, PlayBlock, PlayWhen, Preset};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::template::{Frame, Slot, Values, fill};
use super::{Refusal, find};
use crate::{MockError, MockOptions};

/// How one dialect lays out its answers.
#[derive(Clone, Debug)]
pub struct Layout {
    pub(crate) name: &'static str,
    pub(crate) paths: Vec<String>,
    pub(crate) media_type: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) is_one_piece: bool,
    pub(crate) error: Vec<Frame>,
    /// The document that answers a request without a stream.
    pub(crate) whole: Option<Value>,
    /// The document of an answer with an error status.
    pub(crate) refusal: Value,
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
    /// Members that only requests of this protocol have, among those of protocols that share its
    /// path. Names and numbers are separated by dots.
    pub(crate) known_by: Vec<String>,
    /// Where the input is in the request: the first place that is there counts. Names are separated
    /// by dots.
    pub(crate) input: Vec<String>,
    /// The members, with their values, of a request that asks for a stream; without them every
    /// request does.
    pub(crate) stream_when: Map<String, Value>,
    pub(crate) whole_paths: Vec<String>,
    /// Documents that answer GET, by their paths.
    pub(crate) documents: BTreeMap<String, Value>,
    pub(crate) headers: BTreeMap<String, String>,
    /// Types of errors by status; `500` is for all of 500 and more, `400` for all others.
    pub(crate) errors: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Text,
    List,
    TextOrList,
    Number,
}

/// The media type of event streams; every other stream is one of lines.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

const CUSTOM: &str = "custom";

/// Every preset, and the default of custom agents at the end.
pub(super) static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    let pages = PRESETS.iter().filter_map(|preset| {
        let page = preset.page()?;
        Some(Layout::new(preset.name, page.paths, &page.media_type, page.play?))
    });
    let frames = "event: message\ndata: {\"delta\":\"{{text}}\"}\n\n\
                  event: done\ndata: {\"finish_reason\":\"stop\"}\n\n";
    let play = PagePlay {
        blocks: vec![PlayBlock { when: PlayWhen::Always, frames: frames.to_owned() }],
        whole: Some(json!({"output": "{{all}}"})),
        ..PagePlay::default()
    };
    pages.chain([Layout::custom(EVENT_STREAM, play)]).collect()
});

impl Layout {
    /// The layout of a preset, as its page says.
    pub(crate) fn of(preset: &Preset) -> &'static Self {
        let found = LAYOUTS.iter().find(|layout| layout.name == preset.name);
        found.expect("every page says how the mock plays it, as a test shows")
    }

    pub(super) fn default_agent() -> &'static Self {
        LAYOUTS.last().expect("the last one is the default agent")
    }

    pub(super) fn is_at(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.paths().any(|route| fits(route, path))
    }

    /// How well a request fits among those of protocols that share its path: as one that only this
    /// protocol has, as one that has what this protocol requires, as any, or not at all.
    pub(super) fn fitness(&self, document: &Value) -> u8 {
        let Settings { known_by, requires, .. } = &self.settings;
        let has = |path: &String| find(document, path).is_some();
        match requires.keys().all(has) {
            _ if !known_by.is_empty() && known_by.iter().all(has) => 3,
            true if !requires.is_empty() => 2,
            true => 1,
            false => 0,
        }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        let Settings { whole_paths, documents, .. } = &self.settings;
        self.paths.iter().chain(whole_paths).chain(documents.keys()).map(String::as_str)
    }

    pub(super) fn document(&self, path: &str) -> Option<&Value> {
        let mut documents = self.settings.documents.iter();
        documents.find_map(|(route, document)| fits(route, path).then_some(document))
    }

    pub(super) fn custom(media_type: &str, mut play: PagePlay) -> Self {
        play.settings = json!({"input": ["messages", "input"]});
        let error = r#"{"error":{"type":"{{error_type}}","message":"{{message}}"}}"#;
        play.error = Some(match media_type {
            EVENT_STREAM => format!("event: error\ndata: {error}\n\n"),
            _ => format!("{error}\n"),
        });
        Self::new(CUSTOM, vec!["/chat".to_owned()], media_type, play)
    }

    pub(super) fn is_custom(&self) -> bool {
        self.name == CUSTOM
    }

    fn new(name: &'static str, paths: Vec<String>, media_type: &str, play: PagePlay) -> Self {
        let PagePlay { settings, blocks, whole, error, refusal } = play;
        let settings = Option::<Settings>::deserialize(settings).expect("the pages are tested");
        let end = if media_type == EVENT_STREAM { "\n\n" } else { "\n" };
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
        let usual = json!({"error": {"type": "{{error_type}}", "message": "{{message}}"}});
        Self {
            name,
            paths,
            media_type: media_type.to_owned(),
            blocks,
            is_one_piece,
            error: error.map(|text| frames(&text)).unwrap_or_default(),
            whole,
            refusal: refusal.unwrap_or(usual),
            settings: settings.unwrap_or_default(),
        }
    }

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
