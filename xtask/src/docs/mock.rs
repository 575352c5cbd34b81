//! `mock.md`: what the mock plays, and how a page says so.

use fluxloop_mock::placeholders;
use fluxloop_schema::PRESETS;

use super::Page;
use super::page::code;

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("The mock");
    page.block(
        "`fluxloop mock` serves an agent on a loopback port, and `fluxloop run experiment --mock` \
         plays one in the same process. The answer is an echo of the input.",
    );
    page.heading("Dialects");
    page.block(
        "`--dialect NAME` plays a preset, `custom` or `auto`. A preset is played at its own paths, \
         with anything before them. `auto` plays all presets (where two share a path, the body of \
         the request decides) and a custom agent at `/chat`. `--path PATH` adds a path, for the custom \
         agent in the case of `auto`. A request to another path gets 404, whose message lists the \
         paths, so that a typo in `url` does not pass. Only `custom` without `--path` is played at \
         every path, because the mock cannot know where your agent is served. `--reasoning` and \
         `--tool-calls N` add reasoning and tool calls; the mock refuses to start if the protocol \
         lacks them.",
    );
    page.block(
        "A wrong method gets 405 with `Allow`. A body with another content type than JSON gets 415 \
         (a form, for example, as `curl -d` sends it without a header), unless a custom agent \
         finds its input there.",
    );
    page.table(
        ["dialect", "paths"],
        PRESETS.iter().map(|preset| {
            let paths = preset.page().map(|page| page.paths).unwrap_or_default();
            [code(preset.name), paths.iter().map(code).collect::<Vec<_>>().join(", ")]
        }),
    );
    page.block(
        "`--mock` plays the preset that `stream_schema` is or extends. Without it, the URL, \
         `stream_event_filter` or `stream_output_path` may name OpenAI or Anthropic; any other \
         configuration gets a custom agent, which sends its text where the configuration looks \
         for it. `--mock=NAME` plays the dialect of that name.",
    );
    page.heading("Limits");
    page.block(LIMITS);
    page.heading("How a preset is played");
    page.block(
        "The mock has no code for any protocol. The page of a preset has these sections:\n\n\
         - `## Play`: blocks `play` with the frames of an answer. In an event stream a blank line \
         ends a frame, otherwise a line is a frame. `play reasoning` is sent only in an answer \
         with reasoning, `play tool_call` once for each tool call, and `play if=NAME` if the \
         request has `true` at that place (names separated by dots).\n\
         - `## Play whole`: one JSON document, which answers a request without a stream. A text \
         that is a placeholder and nothing else becomes its value: a number, an object or null. \
         An element of a list that is about a tool call is repeated for each call; what the \
         answer does not have is left out.\n\
         - `## Play error`: the frames of an error inside a stream.\n\
         - `## Play refusal`: the JSON document of an answer with an error status.",
    );
    page.block("A block `mock` in `## Play` is YAML and says what else the mock knows:");
    page.table(
        ["key", "meaning"],
        [
            ["requires", "members without which a request is refused, and what each holds: `text`, `list`, `text_or_list` or `number`"],
            ["input", "where the input is: names separated by dots; the first place that is there counts"],
            ["known_by", "members that only requests of this protocol have, where protocols share a path"],
            ["stream_when", "the members, with their values, of a request that asks for a stream"],
            ["whole_paths", "paths at which an answer is whole"],
            ["documents", "documents that answer `GET`, by their paths"],
            ["headers", "headers of every answer"],
            ["errors", "types of errors by status; `500` is for all of 500 and more, `400` for all others"],
        ]
        .map(|[key, meaning]| [code(key), meaning.to_owned()]),
    );
    page.heading("Placeholders");
    page.block(
        "In frames, texts are escaped as in a JSON string. `{{stop|tool_calls}}`, with any two \
         words, is the second word in an answer with tool calls, and the first word otherwise.",
    );
    page.table(
        ["placeholder", "what stands in its place"],
        placeholders()
            .iter()
            .map(|(name, meaning)| [code(format!("{{{{{name}}}}}")), (*meaning).to_owned()]),
    );
    page
}

const LIMITS: &str = "\
Whatever its clients ask for, the mock keeps at most 1 GiB of requests and answers in memory, of which those above 1 MiB have at most 256 MiB, and serves 16,384 connections at the same time.
A request may have 8 MiB, an answer 64 MiB, and what a fault makes in memory 16 MiB.
A larger request or answer gets 413; a request that waits five seconds for memory gets 503.";
