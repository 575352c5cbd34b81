//! Faults in their written form.

use super::grammar::Cursor;
use crate::{Fault, FaultDoc, FaultKind};

/// Every fault, small enough for a test that plays them all.
pub(crate) fn examples() -> impl Iterator<Item = &'static str> {
    FaultDoc::all().map(|doc| match doc.name {
        "status" => "status=500",
        "header" => "header=\"a: b\"",
        "bandwidth" => "bandwidth=10KiB",
        "long_line" => "long_line=1KiB",
        "slicer" => "slicer=100,variation=50,delay=1ms",
        name => name,
    })
}

/// The text is shown as it was written, and means this.
#[track_caller]
fn check(text: &str, expected: &str) {
    let fault: Fault = text.parse().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(fault.to_string(), text);
    assert_eq!(format!("{:?}", fault.kind), expected);
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let error = text.parse::<Fault>().expect_err("it makes no sense").to_string();
    assert_eq!(error, format!("the fault `{text}`: {expected}"));
}

#[test]
fn every_fault_is_known_by_its_name() {
    for text in examples() {
        let fault: Fault = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(fault.to_string().parse::<Fault>().expect("written by us"), fault, "{text}");
    }
}

#[test]
fn the_documentation_names_the_arguments_that_are_read() {
    for (example, doc) in examples().zip(FaultDoc::all()) {
        let usage = doc.usage.replace("NAME: VALUE", "").replace("POS", "at,deltas,inside,bytes");
        let words = usage.split([',', ':', '[', ']', '…']).skip(1);
        let keys = words.map(|word| word.split('=').next().unwrap_or_default());
        let mut keys: Vec<_> = keys.filter(|key| !key.is_empty()).collect();
        let mut given = Cursor { rest: example }.fault().expect("a good fault");
        FaultKind::read(&mut given).expect("a good fault");
        given.known.sort_unstable();
        keys.sort_unstable();
        assert_eq!(given.known, keys, "{}", doc.usage);
    }
}

#[test]
fn a_fault_means_what_is_written() {
    check(
        "status=503,retry_after=2",
        r#"Status { status: 503, retry_after: Some("2"), retry_after_ms: None, retry_at: None, headers: [], body: None }"#,
    );
    check(
        "status=429,retry_after=-1,retry_after_ms=1500",
        r#"Status { status: 429, retry_after: Some("-1"), retry_after_ms: Some("1500"), retry_at: None, headers: [], body: None }"#,
    );
    check(
        r#"status=503,retry_at=30s,body="a, \"b\"\n""#,
        r#"Status { status: 503, retry_after: None, retry_after_ms: None, retry_at: Some(30s), headers: [], body: Some(b"a, \"b\"\n") }"#,
    );
    check(
        r#"status=500,header="a: b",header="a: c""#,
        r#"Status { status: 500, retry_after: None, retry_after_ms: None, retry_at: None, headers: [("a", "b"), ("a", "c")], body: None }"#,
    );
    check(
        "redirect=302,to=http://127.0.0.1:1/x",
        r#"Redirect { status: 302, to: Some("http://127.0.0.1:1/x") }"#,
    );
    check(r#"garbage="\x00\xff""#, r#"Garbage { bytes: b"\0\xff" }"#);
    check(r#"garbage="Grüße, ""#, r#"Garbage { bytes: b"Gr\xc3\xbc\xc3\x9fe, " }"#);
    check("content_type", "ContentType { value: None }");
    check(r#"content_type="""#, r#"ContentType { value: Some("") }"#);
    check(
        "error=overloaded_error,whole",
        r#"Error { error_type: "overloaded_error", message: "the mock fails", after: 0, whole: true }"#,
    );
    check("endless=comments,every=250ms", "Endless { what: Comments, after: 0, every: 250ms }");
    check("long_line=64KiB", "LongLine { bytes: 65536 }");
    check("slicer=10,variation=3,delay=1.5s", "Slicer { size: 10, variation: 3, delay: 1.5s }");
    check("timeout=7s,inside=2", "Break { how: Timeout { close_after: Some(7s) }, at: Inside(2) }");
    check("timeout:at=head", "Break { how: Timeout { close_after: None }, at: Head }");
    check("limit_data=100", "LimitData { bytes: Some(100) }");
    check("reset_peer:bytes=100", "Break { how: ResetPeer, at: Bytes(100) }");
    check("close:at=anywhere", "Break { how: Close, at: Anywhere }");
    check(
        "goaway=ENHANCE_YOUR_CALM,last=3,deltas=1",
        "Break { how: GoAway { code: Some(11), last: 3 }, at: Deltas(1) }",
    );
    check("goaway=graceful", "Break { how: GoAway { code: None, last: 0 }, at: Start }");
    check("rst_stream=99", "Break { how: RstStream { code: 99 }, at: Start }");
}

#[test]
fn what_would_take_all_memory_or_leave_the_calendar_is_refused_with_its_bound() {
    let a_size = "expected a number of bytes such as `100`, `64KiB` or `8MiB`, at most `16MiB`";
    check("long_line=16MiB", "LongLine { bytes: 16777216 }");
    check("limit_data=16MiB", "LimitData { bytes: Some(16777216) }");
    for name in ["long_line", "limit_data"] {
        let over = format!("{name}=16777217");
        check_refused(&over, &format!("`{over}`: {a_size}"));
    }
    check_refused("long_line=100GiB", &format!("`long_line=100GiB`: {a_size}"));
    check_refused("close:bytes=17MiB", &format!("`bytes=17MiB`: {a_size}"));
    check("many_headers=20000", "ManyHeaders { count: 20000, size: 16 }");
    check_refused(
        "many_headers=20001",
        "`many_headers=20001`: expected a number of headers, at most 20000",
    );
    check_refused("many_headers=1,size=1GiB", &format!("`size=1GiB`: {a_size}"));
    check_refused(
        "many_headers=2,size=16MiB",
        "`many_headers` needs values of at most `16MiB` together",
    );
    let a_duration = "expected a duration such as `250ms`, `1.5s` or `2m`, at most `525600m`";
    check(
        "status=503,retry_at=525600m",
        "Status { status: 503, retry_after: None, retry_after_ms: None, retry_at: Some(31536000s), headers: [], body: None }",
    );
    check_refused(
        "status=503,retry_at=6000000000m",
        &format!("`retry_at=6000000000m`: {a_duration}"),
    );
    check_refused("latency=525601m", &format!("`latency=525601m`: {a_duration}"));
    // Nobody makes these bytes.
    check("short_length=100GiB", "ShortLength { bytes: 107374182400 }");
    check("bandwidth=1GiB", "Bandwidth { rate: 1073741824 }");
}

#[test]
fn what_makes_no_sense_is_refused_with_what_would() {
    check_refused("", "expected the name of a fault at its end");
    check_refused("close,", "expected the name of an argument at its end");
    check_refused("close:at=end", "`at=end`: expected `start`, `head`, `done` or `anywhere`");
    check_refused(
        "close:deltas=1,bytes=2",
        "only one of `at`, `deltas`, `inside` and `bytes` can hold",
    );
    check_refused("close:deltas=1,deltas=2", "`deltas` stands there twice");
    check_refused("close:deltas", "`deltas` needs a value");
    check_refused("bom=1", "`bom` takes no value directly after its name");
    check_refused("bom:at=head", "`bom` has no argument `at`");
    check_refused("status", "`status` needs a status from 200 to 999");
    check_refused("status=199", "`status=199`: expected a status from 200 to 999");
    check_refused("header=x", "`header=x`: expected `name: value`");
    check_refused(
        "latency=soon",
        "`latency=soon`: expected a duration such as `250ms`, `1.5s` or `2m`, at most `525600m`",
    );
    check_refused(
        "slicer=4,variation=4",
        "`slicer` needs pieces of 1 byte or more: the variation must be below the size",
    );
    check_refused("garbage=\"a", "a quote is not closed");
    check_refused("garbage=\"\\q\"", "unknown escape at `\\q\\\"`");
    check_refused("bom@30%", "expected `,` or the end at `@30%`");
    let error = "slicr".parse::<Fault>().expect_err("a typing error");
    assert!(error.to_string().contains("unknown fault `slicr`, known are `status`, `redirect`"));
}
