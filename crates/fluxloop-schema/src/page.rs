//! Reads a preset's page: the story of a protocol, with streams and what has to come of each.

use serde_json::Value;
use thiserror::Error;

/// A preset's page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The preset's name.
    pub preset: String,
    /// The protocol's name.
    pub title: String,
    /// Who agrees with it.
    pub status: Status,
    /// The media type of its answers.
    pub media_type: String,
    /// The paths of URLs at which it is usually served.
    pub paths: Vec<String>,
    /// The section `Request`: what is configured below `runner.http` to ask for such an answer, as
    /// YAML with comments. It is a mapping with `url`.
    pub request: Option<String>,
    /// What has to come of which bytes.
    pub cases: Vec<PageCase>,
    /// How the mock plays the protocol; `None` if the page does not say.
    pub play: Option<PagePlay>,
}

/// How the mock plays a protocol.
///
/// The frames are written as they are sent, with placeholders such as `{{text}}` for what differs
/// from answer to answer; the documentation of the mock lists the placeholders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PagePlay {
    /// The block `mock` of the section `Play`, which is YAML: what the mock expects of a request
    /// and adds to an answer.
    pub settings: Value,
    /// The blocks `play` of the section `Play`, in order: the frames of a good answer.
    pub blocks: Vec<PlayBlock>,
    /// The section `Play whole`: the one JSON document that answers a request without a stream.
    pub whole: Option<Value>,
    /// The section `Play error`: the frames that report a failure inside a stream.
    pub error: Option<String>,
    /// The section `Play refusal`: the JSON document of an answer with an error status.
    pub refusal: Option<Value>,
}

/// Frames that the mock sends together.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayBlock {
    /// When they are sent.
    pub when: PlayWhen,
    /// The frames, with placeholders.
    pub frames: String,
}

/// When the frames of a block are sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PlayWhen {
    /// In every answer (`play`).
    Always,
    /// In an answer that has reasoning (`play reasoning`).
    Reasoning,
    /// Once for each tool call (`play tool_call`).
    ToolCall,
    /// If the request has `true` at these names, one inside of the other
    /// (`play if=stream_options.include_usage`).
    Asked(Vec<String>),
}

/// Who agrees with a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// A server or client that others wrote.
    Checked,
    /// Nobody yet.
    Draft,
}

impl Status {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Draft => "draft",
        }
    }
}

/// Bytes, and what has to come of them.
#[derive(Clone, Debug, PartialEq)]
pub struct PageCase {
    /// The title of its section.
    pub name: String,
    /// How the bytes are read.
    pub fence: Fence,
    /// What else its fence says: `cut`, `status=200`.
    pub options: Vec<String>,
    /// The bytes.
    pub bytes: String,
    /// What has to come of them.
    pub expect: Value,
}

/// How the bytes of a case are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fence {
    /// In the framing of the preset.
    Stream,
    /// As one document.
    Body,
}

/// What is wrong with a page, and in which line.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("line {line}: {what}")]
pub struct PageError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// A fenced block.
struct Block<'p> {
    line: usize,
    word: &'p str,
    options: Vec<String>,
    bytes: String,
}

/// A `##` section with its blocks.
struct Section<'p> {
    line: usize,
    title: &'p str,
    blocks: Vec<Block<'p>>,
}

impl Page {
    /// Parses a page.
    pub fn parse(text: &str) -> Result<Self, PageError> {
        let mut page = Self::front(text)?;
        for section in sections(text)? {
            match section.title {
                "Request" => page.request = Some(section.request()?),
                "Play" => section.play(page.play.get_or_insert_default())?,
                "Play whole" => page.play.get_or_insert_default().whole = Some(section.document()?),
                "Play error" => {
                    page.play.get_or_insert_default().error = Some(section.only()?.bytes);
                }
                "Play refusal" => {
                    page.play.get_or_insert_default().refusal = Some(section.document()?);
                }
                _ if section.blocks.is_empty() => {}
                _ => page.cases.push(section.case()?),
            }
        }
        Ok(page)
    }

    /// The status alone; `None` where there is no sound front matter.
    pub(crate) fn status(text: &str) -> Option<Status> {
        Self::front(text).ok().map(|page| page.status)
    }

    /// A page with what stands between the first two `---`.
    fn front(text: &str) -> Result<Self, PageError> {
        let mut lines = text.lines().zip(1..);
        if lines.next().is_none_or(|(line, _)| line != "---") {
            return Err(wrong(1, "a page begins with `---`"));
        }
        let mut page = Self {
            preset: String::new(),
            title: String::new(),
            status: Status::Draft,
            media_type: String::new(),
            paths: Vec::new(),
            request: None,
            cases: Vec::new(),
            play: None,
        };
        for (line, number) in lines {
            if line == "---" {
                return match [&page.preset, &page.title, &page.media_type].map(String::is_empty) {
                    [false, false, false] => Ok(page),
                    _ => Err(wrong(number, "`preset`, `title` and `media_type` are required")),
                };
            }
            let (key, value) = line.split_once(": ").unwrap_or((line, ""));
            match (key, value.trim()) {
                ("preset", name) => name.clone_into(&mut page.preset),
                ("title", title) => title.clone_into(&mut page.title),
                ("media_type", media_type) => media_type.clone_into(&mut page.media_type),
                ("status", "checked") => page.status = Status::Checked,
                ("status", "draft") => page.status = Status::Draft,
                ("paths", list) => {
                    let paths = serde_yaml::from_str(list);
                    page.paths = paths.map_err(|_| wrong(number, "`paths` is a list"))?;
                }
                _ => {
                    return Err(wrong(number, "not a key of a page with a value that it may have"));
                }
            }
        }
        Err(wrong(1, "the `---` that ends the keys is missing"))
    }
}

/// The sections of a page that follow its front matter.
fn sections(text: &str) -> Result<Vec<Section<'_>>, PageError> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            sections.push(Section { line: number, title: title.trim(), blocks: Vec::new() });
        }
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut bytes = String::new();
        let is_closed = lines.by_ref().map(|(line, _)| line).any(|line| {
            let is_end = line == "```";
            if !is_end {
                bytes.extend([line, "\n"]);
            }
            is_end
        });
        if !is_closed {
            return Err(wrong(number, "the block is not closed"));
        }
        let mut words = info.split_whitespace();
        let word = words.next().unwrap_or_default();
        let options = words.map(str::to_owned).collect();
        // Blocks of other words belong to the prose.
        if !["request", "stream", "body", "expect", "play", "mock"].contains(&word) {
            continue;
        }
        match sections.last_mut() {
            Some(section) => section.blocks.push(Block { line: number, word, options, bytes }),
            None => return Err(wrong(number, "a block of a case belongs in a section")),
        }
    }
    Ok(sections)
}

impl<'p> Section<'p> {
    fn case(self) -> Result<PageCase, PageError> {
        let name = self.title.to_owned();
        let line = self.line;
        let blocks = <[Block<'p>; 2]>::try_from(self.blocks);
        let [input, output] = blocks
            .map_err(|_| wrong(line, "a case has one `stream` or `body`, then one `expect`"))?;
        let fence = match input.word {
            "stream" => Fence::Stream,
            "body" => Fence::Body,
            _ => return Err(wrong(input.line, "the first block of a case is `stream` or `body`")),
        };
        if output.word != "expect" {
            return Err(wrong(output.line, "the second block of a case is `expect`"));
        }
        let expect = serde_json::from_str(&output.bytes).map_err(|error| {
            wrong(output.line + error.line(), format!("not a JSON document: {error}"))
        })?;
        Ok(PageCase { name, fence, options: input.options, bytes: input.bytes, expect })
    }

    fn play(self, play: &mut PagePlay) -> Result<(), PageError> {
        for Block { line, word, options, bytes } in self.blocks {
            if word == "mock" {
                let settings = serde_yaml::from_str(&bytes);
                play.settings = settings.map_err(|error| wrong(line, error.to_string()))?;
                continue;
            }
            let when = match options.as_slice() {
                _ if word != "play" => None,
                [] => Some(PlayWhen::Always),
                [option] if option == "reasoning" => Some(PlayWhen::Reasoning),
                [option] if option == "tool_call" => Some(PlayWhen::ToolCall),
                [option] => option
                    .strip_prefix("if=")
                    .map(|names| PlayWhen::Asked(names.split('.').map(str::to_owned).collect())),
                _ => None,
            };
            let blocks = "`mock`, `play`, `play reasoning`, `play tool_call` or `play if=NAME`";
            let when = when.ok_or_else(|| wrong(line, format!("expected {blocks}")))?;
            play.blocks.push(PlayBlock { when, frames: bytes });
        }
        Ok(())
    }

    fn document(self) -> Result<Value, PageError> {
        let block = self.only()?;
        serde_json::from_str(&block.bytes).map_err(|error| {
            wrong(block.line + error.line(), format!("not a JSON document: {error}"))
        })
    }

    fn request(self) -> Result<String, PageError> {
        let line = self.line;
        let blocks = <[Block<'_>; 1]>::try_from(self.blocks);
        let Some([block]) = blocks.ok().filter(|[block]| block.word == "request") else {
            return Err(wrong(line, "this section has one block, `request`"));
        };
        let parsed: Result<Value, _> = serde_yaml::from_str(&block.bytes);
        let parsed = parsed.map_err(|error| wrong(block.line, error.to_string()))?;
        if !parsed["url"].is_string() {
            return Err(wrong(block.line, "a request has a `url`"));
        }
        Ok(block.bytes)
    }

    fn only(self) -> Result<Block<'p>, PageError> {
        let line = self.line;
        match <[Block<'_>; 1]>::try_from(self.blocks) {
            Ok([block]) if block.word == "play" => Ok(block),
            _ => Err(wrong(line, "this section has one block, `play`")),
        }
    }
}

fn wrong(line: usize, what: impl Into<String>) -> PageError {
    PageError { line, what: what.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FRONT: &str = "---\npreset: plain\ntitle: Plain\nstatus: checked\nmedia_type: \
                         text/event-stream\npaths: [/chat, /ask]\n---\n";

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        assert_eq!(Page::parse(text).expect_err("no error").to_string(), expected);
    }

    #[test]
    fn a_page_has_keys_and_cases() {
        let text = format!(
            "{FRONT}\nProse.\n\n## Facts\n\nMore prose.\n\n## Normal\n\n```stream cut \
             status=200\ndata: a\n\n```\n\n```expect\n{{\"text\": \"a\"}}\n```\n\n## \
             Play\n\n```play\ndata: {{{{text}}}}\n\n```\n"
        );
        let page = Page::parse(&text).unwrap();
        assert_eq!((page.preset.as_str(), page.title.as_str()), ("plain", "Plain"));
        assert_eq!(page.status, Status::Checked);
        assert_eq!(page.paths, ["/chat", "/ask"]);
        let blocks = page.play.expect("the page has a section `Play`").blocks;
        assert_eq!(blocks, [block(PlayWhen::Always, "data: {{text}}\n\n")]);
        let [case] = page.cases.as_slice() else { panic!("{:?}", page.cases) };
        assert_eq!((case.name.as_str(), case.fence), ("Normal", Fence::Stream));
        assert_eq!(case.options, ["cut", "status=200"]);
        assert_eq!(case.bytes, "data: a\n\n");
        assert_eq!(case.expect, json!({"text": "a"}));
    }

    fn block(when: PlayWhen, frames: &str) -> PlayBlock {
        PlayBlock { when, frames: frames.to_owned() }
    }

    #[test]
    fn a_play_has_blocks_and_documents() {
        let text = format!(
            "{FRONT}## Play\n```mock\ninput: [query]\n```\n```play \
             reasoning\na\n```\n```play tool_call\nb\n```\n```play if=options.usage\nc\n```\n## \
             Play whole\n```play\n{{\"text\": \"{{{{all}}}}\"}}\n```\n## Play \
             error\n```play\nd\n```\n"
        );
        let expected = PagePlay {
            settings: json!({"input": ["query"]}),
            blocks: vec![
                block(PlayWhen::Reasoning, "a\n"),
                block(PlayWhen::ToolCall, "b\n"),
                block(PlayWhen::Asked(vec!["options".into(), "usage".into()]), "c\n"),
            ],
            whole: Some(json!({"text": "{{all}}"})),
            error: Some("d\n".to_owned()),
            refusal: None,
        };
        assert_eq!(Page::parse(&text).unwrap().play, Some(expected));
    }

    #[test]
    fn an_error_names_its_line() {
        check_error("# Plain\n", "line 1: a page begins with `---`");
        check_error("---\npreset: x\n", "line 1: the `---` that ends the keys is missing");
        check_error(
            "---\npreset: x\nstatus: fine\n---\n",
            "line 3: not a key of a page with a value that it may have",
        );
        check_error(
            "---\npreset: x\n---\n",
            "line 3: `preset`, `title` and `media_type` are required",
        );
        check_error(&format!("{FRONT}```stream\n"), "line 8: the block is not closed");
        check_error(
            &format!("{FRONT}## A\n```stream\n```\n"),
            "line 8: a case has one `stream` or `body`, then one `expect`",
        );
        check_error(
            &format!("{FRONT}## Request\n```request\nmethod: POST\n```\n"),
            "line 9: a request has a `url`",
        );
        check_error(
            &format!("{FRONT}## Play\n```play often\n```\n"),
            "line 9: expected `mock`, `play`, `play reasoning`, `play tool_call` or `play if=NAME`",
        );
        check_error(
            &format!("{FRONT}## A\n```stream\n```\n```expect\n{{\n```\n"),
            "line 13: not a JSON document: EOF while parsing an object at line 2 column 0",
        );
    }
}
