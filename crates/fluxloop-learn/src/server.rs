//! How a server delivers an answer, and what would make that better.

use std::time::Duration;

use fluxloop_frames::{Frame, FrameKind, Framing};

use crate::{Outcome, Proposal, Recording};

/// How many frames an answer needs before anything is said about its delivery.
const MANY_FRAMES: usize = 10;

/// From which wait for the first byte on frames that come together were held back.
const LONG_WAIT: Duration = Duration::from_secs(1);

/// How long nothing may come before proxies close the connection: nginx waits 60 s, many load
/// balancers 30 s.
const LONG_GAP: Duration = Duration::from_secs(15);

/// How an answer came. Everything in it is raw.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// The media type, without parameters.
    pub media_type: Option<String>,
    /// The charset that the media type names.
    pub charset: Option<String>,
    /// How the body was compressed.
    pub coding: Option<String>,
    /// What each read brought, in order.
    pub reads: Vec<Arrival>,
    /// Whether the body ended in good order.
    pub is_clean: bool,
}

/// What a read brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Arrival {
    /// When, since the request was sent.
    pub at: Duration,
    /// How many bytes.
    pub bytes: usize,
    /// How many frames it completed.
    pub frames: usize,
}

/// Something that the server could do better.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remark {
    /// A stable name.
    pub code: &'static str,
    /// What was seen.
    pub seen: String,
    /// What to do about it.
    pub advice: &'static str,
}

impl Remark {
    fn new(code: &'static str, seen: impl Into<String>, advice: &'static str) -> Self {
        Self { code, seen: seen.into(), advice }
    }
}

/// Judges how an answer came.
pub fn remarks(recording: &Recording, proposal: &Proposal, delivery: &Delivery) -> Vec<Remark> {
    let held_back = held_back(delivery, recording.frames.len());
    let coding = delivery.coding.as_deref().filter(|coding| *coding != "identity");
    let mut remarks = Vec::new();
    remarks.extend(media_type(recording.framing, delivery));
    remarks.extend(charset(recording, delivery));
    remarks.extend(held_back.map(|seen| match coding {
        Some(coding) => Remark::new(
            "compression_buffers",
            format!("the body is compressed (`{coding}`), and {seen}"),
            "flush the compressor after each frame, or send streams uncompressed",
        ),
        None => Remark::new(
            "buffered",
            seen,
            "flush after each frame, and turn buffering off in what stands between (nginx: \
             `proxy_buffering off` or the header `x-accel-buffering: no`)",
        ),
    }));
    remarks.extend(gap(delivery));
    remarks.extend(content(recording, proposal, delivery));
    remarks
}

fn media_type(framing: Option<Framing>, delivery: &Delivery) -> Option<Remark> {
    let wanted = match framing? {
        Framing::EventStream => "text/event-stream",
        Framing::Lines => "application/x-ndjson",
        Framing::Json | Framing::Whole => "application/json",
        _ => return None,
    };
    let advice = match wanted {
        "text/event-stream" => "send `content-type: text/event-stream`",
        "application/x-ndjson" => "send `content-type: application/x-ndjson`",
        _ => "send `content-type: application/json`",
    };
    let Some(media_type) = &delivery.media_type else {
        return Some(Remark::new("no_media_type", "the answer has no `content-type`", advice));
    };
    // A document and a stream of documents have the same media type.
    let framing = if framing == Some(Framing::Whole) { Some(Framing::Json) } else { framing };
    let is_right = Framing::of_media_type(media_type) == framing;
    (!is_right).then(|| {
        let seen = format!("`content-type` is `{media_type}`, and the body is of another kind");
        Remark::new("other_media_type", seen, advice)
    })
}

fn charset(recording: &Recording, delivery: &Delivery) -> Option<Remark> {
    let is_plain = delivery.media_type.as_deref().is_some_and(|it| it.starts_with("text/"));
    let has_more = recording.frames.iter().any(|frame| !frame.data.is_ascii());
    match delivery.charset.as_deref() {
        Some(charset) if !charset.eq_ignore_ascii_case("utf-8") => Some(Remark::new(
            "other_charset",
            format!("the charset is `{charset}`"),
            "send UTF-8: event streams and JSON have no other encoding",
        )),
        None if is_plain && has_more && recording.framing != Some(Framing::EventStream) => {
            let seen = "text beyond ASCII comes without a charset";
            Some(Remark::new("no_charset", seen, "add `; charset=utf-8` to `content-type`"))
        }
        _ => None,
    }
}

/// Whether frames that were made one after another came together.
fn held_back(delivery: &Delivery, frames: usize) -> Option<String> {
    let most = delivery.reads.iter().max_by_key(|read| read.frames)?;
    let first = delivery.reads.iter().find(|read| read.bytes > 0)?;
    if frames < MANY_FRAMES || most.frames * 2 < frames {
        return None;
    }
    let millis = most.at.as_millis();
    let is_late = first.at >= LONG_WAIT;
    let when = if is_late { "after a long wait, " } else { "" };
    Some(format!("{when}{} of {frames} frames came in one read at {millis} ms", most.frames))
}

/// A long time in which nothing came, not even a comment.
fn gap(delivery: &Delivery) -> Option<Remark> {
    let pairs = delivery.reads.windows(2);
    let longest = pairs.map(|pair| pair[1].at.saturating_sub(pair[0].at)).max()?;
    (longest >= LONG_GAP).then(|| {
        let seen = format!("nothing came for {} s", longest.as_secs());
        let advice = "send a comment (`: keep-alive`) every 10 to 15 s, so that no proxy gives up";
        Remark::new("no_keep_alive", seen, advice)
    })
}

fn content(recording: &Recording, proposal: &Proposal, delivery: &Delivery) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if recording.frames.is_empty() {
        return remarks;
    }
    if proposal.failure.is_some() {
        let seen = "the answer reports a failure";
        let advice = "inspect an answer that succeeds: a failure shows neither end nor counts";
        remarks.push(Remark::new("failed", seen, advice));
    } else if recording.is_cut || !delivery.is_clean {
        let seen = "the body stops before its end";
        let advice = "look for a crash or a time limit of the server, or of what stands between";
        remarks.push(Remark::new("cut", seen, advice));
    } else if recording.is_whole && !proposal.has_end && proposal.outcome == Outcome::Learned {
        let seen = "nothing marks the end of the answer";
        let advice = "end each answer with a frame of its own, so that a cut one is known as such";
        remarks.push(Remark::new("no_end", seen, advice));
    }
    let is_plain = |frame: &&crate::Recorded| {
        frame.kind == FrameKind::Data && frame.event_type == Frame::MESSAGE
    };
    let are_plain = recording.frames.iter().filter(is_plain).count() == recording.frames.len();
    if recording.framing == Some(Framing::EventStream) && are_plain && proposal.has_types_in_data {
        let seen = "the types of events are in the data alone";
        let advice =
            "name them in `event:` lines too, so that clients can tell events apart unread";
        remarks.push(Remark::new("types_in_data", seen, advice));
    }
    let is_usable = proposal.outcome == Outcome::Learned && proposal.failure.is_none();
    if !proposal.has_usage && is_usable && recording.is_whole {
        let seen = "no counts of tokens came";
        let advice = if recording.is_document() {
            "send them with the answer; some protocols want to be asked for them"
        } else {
            "send them with the last frame; some protocols want to be asked for them"
        };
        remarks.push(Remark::new("no_usage", seen, advice));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use fluxloop_schema::StreamKind;

    use super::*;
    use crate::{Recorder, learn};

    fn answer(events: &str) -> (Recording, Proposal) {
        let mut recorder = Recorder::new(StreamKind::Auto, 1 << 20);
        recorder.feed(events.as_bytes(), Duration::ZERO);
        let recording = recorder.finish(Duration::ZERO);
        let proposal = learn(&recording);
        (recording, proposal)
    }

    fn stream() -> String {
        let words = "the lamp turns twice a minute and then it stops for the night";
        let event = |word: &str| format!("data: {{\"type\": \"zup\", \"v\": \"{word} \"}}\n\n");
        words.split(' ').map(event).collect()
    }

    /// A delivery about which nothing is to be said.
    fn good() -> Delivery {
        let read = |at: u64| Arrival { at: Duration::from_millis(at), bytes: 9, frames: 1 };
        Delivery {
            media_type: Some("text/event-stream".to_owned()),
            reads: (0..20).map(read).collect(),
            is_clean: true,
            ..Delivery::default()
        }
    }

    #[track_caller]
    fn check(events: &str, delivery: &Delivery, expected: &[&str]) {
        let (recording, proposal) = answer(events);
        let found = remarks(&recording, &proposal, delivery);
        let codes: Vec<&str> = found.iter().map(|it| it.code).collect();
        assert_eq!(codes, expected, "{found:#?}");
    }

    #[test]
    fn a_good_answer_has_no_remark() {
        let counts = "data: {\"n\": {\"a\": 5, \"b\": 13, \"c\": 18}}\n\ndata: [DONE]\n\n";
        check(&(stream().replace("\"type\"", "\"x\"") + counts), &good(), &[]);
    }

    #[test]
    fn what_is_missing_is_named() {
        check(&stream(), &good(), &["no_end", "no_usage"]);
        let two = stream() + "data: {\"type\": \"wex\"}\n\ndata: {\"type\": \"wex\"}\n\n";
        check(&two, &good(), &["no_end", "types_in_data", "no_usage"]);
        let cut = Delivery { is_clean: false, ..good() };
        check(&stream(), &cut, &["cut", "no_usage"]);
    }

    #[test]
    fn the_media_type_is_that_of_the_body() {
        let missing = Delivery { media_type: None, ..good() };
        check(&stream(), &missing, &["no_media_type", "no_end", "no_usage"]);
        let other = Delivery { media_type: Some("text/html".to_owned()), ..good() };
        check(&stream(), &other, &["other_media_type", "no_end", "no_usage"]);
        let charset = Delivery { charset: Some("latin1".to_owned()), ..good() };
        check(&stream(), &charset, &["other_charset", "no_end", "no_usage"]);
    }

    #[test]
    fn frames_that_come_together_were_held_back() {
        let at_once = vec![Arrival { at: Duration::from_secs(3), bytes: 900, frames: 13 }];
        let buffered = Delivery { reads: at_once, ..good() };
        check(&stream(), &buffered, &["buffered", "no_end", "no_usage"]);
        let compressed = Delivery { coding: Some("gzip".to_owned()), ..buffered };
        check(&stream(), &compressed, &["compression_buffers", "no_end", "no_usage"]);
    }

    #[test]
    fn a_failure_is_no_bad_end() {
        let failed = "event: run.failed\ndata: {\"why\": \"no more tokens\"}\n\n";
        check(&(stream() + failed), &good(), &["failed"]);
    }

    #[test]
    fn a_document_has_the_media_type_of_json() {
        let json = Delivery { media_type: Some("application/json".to_owned()), ..good() };
        check("{\"answer\": \"The lamp turns.\"}", &json, &["no_usage"]);
        check("{\"answer\": \"The lamp turns.\"}", &good(), &["other_media_type", "no_usage"]);
    }

    #[test]
    fn silence_needs_comments() {
        let mut delivery = good();
        delivery.reads.push(Arrival { at: Duration::from_secs(20), bytes: 9, frames: 1 });
        check(&stream(), &delivery, &["no_keep_alive", "no_end", "no_usage"]);
    }
}
