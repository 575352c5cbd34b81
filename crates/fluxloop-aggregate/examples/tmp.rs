#![allow(missing_docs, unused)]
#[path = "../../../xtask/examples/parts/events.rs"]
mod events;
use std::time::Duration;
use fluxloop_aggregate::*;
use fluxloop_schema::*;
fn main() {
    let times: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let schema = std::env::args().nth(2);
    let path = fluxloop_jsonpath::JsonPath::parse("choices[0].delta.content").unwrap();
    let schema = match schema.as_deref() {
        Some(name) => preset(name).unwrap().load().schema,
        None => Schema::auto().with_text(Some(vec![TypePattern { text: "message".into(), is_prefix: false }]), Some(path)),
    };
    let reader = AnswerReader::new(&AnswerRules::new(StreamKind::Sse, schema));
    let stream = events::answer();
    for _ in 0..times {
        let head = Head { status: 200, media_type: Some("text/event-stream".to_owned()) };
        let limits = AnswerLimits { output_char_limit: None, max_frame_bytes: 16 << 20, max_body_bytes: 256 << 20 };
        let mut answer = Answer::new(&reader, head, limits);
        for chunk in stream.as_bytes().chunks(16 * 1024) { answer.feed(chunk, Duration::ZERO); }
        let r = answer.end(BodyEnd::Clean { proved: true }, Duration::ZERO);
        assert_eq!(r.content.unwrap().matched, events::DELTAS + 1);
    }
}
