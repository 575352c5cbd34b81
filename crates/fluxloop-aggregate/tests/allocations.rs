//! What a stream allocates does not grow with the number of its events, counted.

use allocation_counter::measure;
use fluxloop_aggregate::{Aggregator, EventFilter, Push, StreamReader, StreamRules, TextPath};
use fluxloop_frames::Frame;
use fluxloop_jsonpath::JsonPath;

/// An event of a chat completion that carries a piece of text.
fn chat(text: &str) -> String {
    let delta = format!(r#"{{"content":"{text}"}}"#);
    format!(
        r#"{{"id":"c","model":"m","choices":[{{"delta":{delta},"finish_reason":null}}],"usage":null}}"#
    )
}

/// An event of an Anthropic message that carries a piece of text.
fn block(text: &str) -> String {
    format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{text}"}}}}"#
    )
}

/// After two events of a stream, the next ones allocate nothing, as long as the room for the text
/// lasts.
#[track_caller]
fn check(event_type: &str, path: &str, filter: EventFilter, event: fn(&str) -> String) {
    let text = TextPath::Path(JsonPath::parse(path).expect("the test's path is valid"));
    let rules = StreamReader::new(&StreamRules { text, filter, ..StreamRules::default() });
    let events = [" one", " two", "", ", three"].map(event);
    for limit in [None, Some(200)] {
        let mut aggregator = Aggregator::new(&rules, limit);
        let mut push = |data: &String| {
            aggregator.push(&Frame::new(event_type, data)).expect("the test's events are right")
        };
        for data in &events[..2] {
            push(data);
        }
        let counted = measure(|| {
            for data in events.iter().cycle().take(40) {
                assert_ne!(push(data), Push::LimitReached);
            }
        });
        assert_eq!(counted.count_total, 0, "with the limit {limit:?}");
    }
}

#[test]
fn events_of_a_chat_completion_allocate_nothing() {
    check("message", "choices[0].delta.content", EventFilter::All, chat);
}

#[test]
fn events_of_a_message_allocate_nothing() {
    let filter = EventFilter::Only(vec!["content_block_delta".to_owned()]);
    check("content_block_delta", "delta.text", filter, block);
}

#[test]
fn an_aggregator_allocates_nothing_before_its_first_event() {
    let rules = StreamReader::new(&StreamRules::default());
    assert_eq!(measure(|| drop(Aggregator::new(&rules, Some(1)))).count_total, 0);
}
