//! The mock's faults in words.

use std::time::Duration;

use fluxloop_mock::{
    At, Break, Coding, Endless, Fault, FaultKind, LineEnd, Malformed, Packing, Rule, When,
};

/// What a rule does, as a fragment that begins in lower case.
pub(super) fn words(rule: &Rule) -> String {
    let faults: Vec<_> = rule.faults.iter().map(fault).collect();
    format!("{}{}", faults.join(", and "), when(&rule.when))
}

fn when(when: &When) -> String {
    match when {
        When::Always => String::new(),
        When::Numbers(numbers) if numbers.end().get() == 1 => ", once".to_owned(),
        When::Numbers(numbers) => format!(", at requests {} to {}", numbers.start(), numbers.end()),
        When::Percent(percent) => format!(", at {percent} % of the requests"),
    }
}

fn fault(fault: &Fault) -> String {
    match &fault.kind {
        kind @ FaultKind::Status { status, .. } => {
            format!("the server answers with status {}{}", status.as_u16(), wait(kind))
        }
        FaultKind::Redirect { status, to: None } => {
            format!("the server redirects to the same address ({})", status.as_u16())
        }
        FaultKind::Redirect { status, to: Some(to) } => {
            let to = String::from_utf8_lossy(to.as_bytes());
            format!("the server redirects to `{to}` ({})", status.as_u16())
        }
        FaultKind::Garbage(_) => "the server speaks something else than HTTP".to_owned(),
        FaultKind::ContentType(None) => "the answer names no media type".to_owned(),
        FaultKind::ContentType(Some(name)) => {
            format!("the answer names itself `{}`", String::from_utf8_lossy(name.as_bytes()))
        }
        FaultKind::Header((name, value)) => {
            format!("the answer says `{name}: {}`", String::from_utf8_lossy(value.as_bytes()))
        }
        FaultKind::ManyHeaders { count, size } => {
            format!("the answer has {count} headers of {size} bytes")
        }
        FaultKind::Error { error_type, whole: true, .. } => {
            format!("status 200 and one JSON body that reports `{error_type}`")
        }
        FaultKind::Error { error_type, after, .. } => {
            format!("the stream reports `{error_type}`{}", after_text(*after))
        }
        FaultKind::Malformed { what, after } => {
            let what = match what {
                Malformed::Cut => "JSON that is cut off",
                Malformed::Text => "words in place of JSON",
                Malformed::Deep => "ten thousand nested lists",
            };
            format!("an event holds {what}{}", after_text(*after))
        }
        FaultKind::InvalidUtf8(after) => {
            format!("the text holds bytes that are no UTF-8{}", after_text(*after))
        }
        FaultKind::Endless { what, after, every } => {
            let every =
                if every.is_zero() { String::new() } else { format!(", every {}", show(*every)) };
            format!("{}{}{every}", endless(*what), after_text(*after))
        }
        FaultKind::Bom => "a byte order mark stands before the stream".to_owned(),
        FaultKind::LongLine(bytes) => format!("a comment of {bytes} bytes comes first"),
        FaultKind::LineEnds(LineEnd::CrLf) => "lines end with CR LF".to_owned(),
        FaultKind::LineEnds(LineEnd::Cr) => "lines end with CR".to_owned(),
        FaultKind::OneChunk => "the whole stream comes at once".to_owned(),
        FaultKind::Compress { coding, how } => compressed(*coding, *how),
        FaultKind::ShortLength(_) => "the answer is shorter than it announces".to_owned(),
        FaultKind::UntilClose => "only the end of the connection ends the answer".to_owned(),
        FaultKind::Latency { latency, .. } => format!("everything comes {} late", show(*latency)),
        FaultKind::Bandwidth(rate) => format!("{rate} bytes come per second"),
        FaultKind::Slicer { size, delay, .. } => {
            let pieces = if *size == 1 { "single bytes" } else { "small pieces" };
            let wait =
                if delay.is_zero() { String::new() } else { format!(", {} apart", show(*delay)) };
            format!("the answer comes in {pieces}{wait}")
        }
        FaultKind::SlowClose(delay) => {
            format!("the connection closes {} after the answer", show(*delay))
        }
        FaultKind::CloseIdle(None) => "a kept connection closes when it is used again".to_owned(),
        FaultKind::CloseIdle(Some(idle)) => {
            format!("a kept connection closes after {}", show(*idle))
        }
        FaultKind::LimitData(bytes) => breaks(Break::Close, bytes.map_or(At::Anywhere, At::Bytes)),
        FaultKind::Break { how, at } => breaks(*how, *at),
    }
}

/// The wait that a status asks for.
fn wait(status: &FaultKind) -> String {
    let FaultKind::Status { retry_after, retry_after_ms, retry_at, .. } = status else {
        return String::new();
    };
    let headers = [("retry-after", retry_after), ("retry-after-ms", retry_after_ms)];
    let asked = headers.iter().find_map(|(name, value)| {
        Some(format!(", with `{name}: {}`", value.as_ref()?.to_str().ok()?))
    });
    let date = retry_at.map(|wait| format!(", with a date in `retry-after`, {} later", show(wait)));
    asked.or(date).unwrap_or_default()
}

/// What takes the place of the text.
fn endless(what: Endless) -> &'static str {
    match what {
        Endless::Line => "a line never ends",
        Endless::Event => "an event never ends",
        Endless::Comments => "nothing but comments comes, without end",
        Endless::Text => "text comes without end",
    }
}

fn compressed(coding: Coding, how: Packing) -> String {
    let coding = match coding {
        Coding::Gzip => "gzip",
        Coding::Deflate => "deflate",
        Coding::Brotli => "br",
        Coding::Zstd => "zstd",
    };
    match how {
        Packing::Flushed => format!("the body is compressed ({coding}), event by event"),
        Packing::Whole => format!("the body is compressed ({coding}), in one piece"),
        Packing::Truncated => format!("half of the compressed body ({coding}) is missing"),
        Packing::Lying => format!("the header says {coding}, and the body is not compressed"),
        Packing::Bomb => format!("the body ({coding}) grows without end when it is decompressed"),
    }
}

fn breaks(how: Break, at: At) -> String {
    let at = place(at);
    match how {
        Break::Close => format!("the connection is closed {at}"),
        Break::ResetPeer => format!("the connection is reset {at}"),
        Break::Timeout(None) => format!("the server falls silent {at}"),
        Break::Timeout(Some(wait)) => {
            format!("the server falls silent {at}, and closes the connection {} later", show(wait))
        }
        Break::End => format!("the body ends {at}, in good order"),
        Break::BadChunk => format!("a chunk has no proper size {at}"),
        Break::GoAway { code: None, .. } => {
            format!("the server sends GOAWAY {at}, and ends what is under way")
        }
        Break::GoAway { code: Some(_), .. } => {
            format!("the server sends GOAWAY {at}, and closes the connection")
        }
        Break::RstStream(_) | Break::RefusedStream => {
            format!("the server resets the HTTP/2 stream {at}")
        }
    }
}

fn place(at: At) -> String {
    match at {
        At::Start => "before any byte of the answer".to_owned(),
        At::Head => "behind the head of the answer".to_owned(),
        At::Deltas(0) => "before any text".to_owned(),
        At::Deltas(deltas) => format!("after {}", pieces(deltas)),
        At::Inside(deltas) => format!("inside the event that follows {}", pieces(deltas)),
        At::Done => "behind the done marker".to_owned(),
        At::Bytes(bytes) => format!("after {bytes} bytes"),
        At::Anywhere => "anywhere".to_owned(),
    }
}

/// Behind a clause: where it happens.
fn after_text(deltas: usize) -> String {
    match deltas {
        0 => String::new(),
        _ => format!(", after {}", pieces(deltas)),
    }
}

fn pieces(deltas: usize) -> String {
    format!("{deltas} {} of text", if deltas == 1 { "piece" } else { "pieces" })
}

/// A duration as the mock's rules write it.
fn show(duration: Duration) -> String {
    format!("{duration:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: &str, expected: &str) {
        assert_eq!(words(&rule.parse().expect("a rule")), expected);
    }

    #[test]
    fn a_rule_is_told_with_its_place_and_its_time() {
        check("reset_peer:deltas=2@1", "the connection is reset after 2 pieces of text, once");
        check(
            "close@1-2",
            "the connection is closed before any byte of the answer, at requests 1 to 2",
        );
        check(
            "timeout=50ms,at=head@30%",
            "the server falls silent behind the head of the answer, and closes the connection 50ms later, at 30 % of the requests",
        );
        check(
            "gzip+end:inside=1",
            "the body is compressed (gzip), event by event, and the body ends inside the event that follows 1 piece of text, in good order",
        );
    }

    #[test]
    fn a_status_is_told_with_the_wait_that_it_asks_for() {
        check(
            "status=503,retry_after=soon",
            "the server answers with status 503, with `retry-after: soon`",
        );
        check(
            "status=503,retry_at=2s",
            "the server answers with status 503, with a date in `retry-after`, 2s later",
        );
        check("status=500", "the server answers with status 500");
    }
}
