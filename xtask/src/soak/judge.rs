//! Whether a record is what must come of what the mock did.

use fluxloop_mock::deltas;

use super::evidence::{Attempt, Record, Told};
use super::faults::{self, Effect};

/// `retry.attempts` and the first one.
pub(super) const ATTEMPTS: usize = 3;

/// What must come of one answer.
#[derive(Debug, Default)]
struct Expected<'a> {
    /// The text, if the attempt failed, may have so much more than that.
    surely: &'a str,
    perhaps: &'a str,
    /// Why the attempt fails, unless it may only succeed.
    failure: Option<(&'static str, bool)>,
    /// How sure a success is that it is whole, unless it may only fail.
    success: Option<&'static str>,
}

/// Holds a case against the answers to its requests, in the order in which they came.
pub(super) fn case(record: &Record, input: &str, told: &[Told]) -> Result<(), String> {
    let expected_id = format!("{}/0", record.case_index);
    if record.input != input || record.case_id != expected_id {
        return Err(format!("it is `{}` with `{}`", record.case_id, record.input));
    }
    explain(record, record.attempts(), told)?;
    let attempts = record.attempts();
    let Some(last) = attempts.last().filter(|_| attempts.len() <= ATTEMPTS) else {
        return Err(format!("{} attempts", attempts.len()));
    };
    let succeeded = record.outcome == "succeeded";
    let kind = record.error.as_ref().map(|error| &error.kind);
    if record.outcome != last.outcome || record.success != succeeded || kind != last.cause.as_ref()
    {
        return Err(format!("it is `{}`, and its last attempt is not", record.outcome));
    }
    let kept = last.text.as_deref().unwrap_or_default();
    if !succeeded && kept != record.output {
        return Err(format!("`{}` was kept, and `{kept}` came last", record.output));
    }
    Ok(())
}

/// Whether these attempts can be those that the mock answered so.
///
/// An attempt is one request, or two if a kept connection broke before an answer began. The first
/// of two need not have come to the mock: a connection that it closes when the next request comes
/// gives no answer, and is not in its log.
fn explain(record: &Record, attempts: &[Attempt], told: &[Told]) -> Result<(), String> {
    let Some((attempt, later)) = attempts.split_first() else {
        return match told.first() {
            None => Ok(()),
            Some(told) => Err(format!("request {} is in no attempt", told.number)),
        };
    };
    let one = |skipped: usize| {
        let told = told.get(skipped..).unwrap_or_default();
        let (answer, rest) = told.split_first().ok_or("an attempt never came to the mock")?;
        self::attempt(record, attempt, answer, later.is_empty())
            .map_err(|why| format!("request {}: {why}", answer.number))?;
        explain(record, later, rest)
    };
    let broke = told.first().filter(|told| effect(told) == Some(Effect::Breaks));
    let unanswered = broke.is_some_and(|told| told.reached == "nothing");
    if attempt.resend && (unanswered || broke.is_some_and(is_reset)) {
        one(1).or_else(|_| one(0))
    } else {
        one(0)
    }
}

fn effect(told: &Told) -> Option<Effect> {
    faults::effect(told.fault.as_deref())
}

/// Whether some of what was sent may be lost: what a system has not passed on by then goes away
/// with a reset.
fn is_reset(told: &Told) -> bool {
    told.fault.as_ref().is_some_and(|fault| fault.contains("reset_peer"))
}

/// Holds an attempt against the answer that it got.
fn attempt(record: &Record, attempt: &Attempt, told: &Told, last: bool) -> Result<(), String> {
    let expected = expected(&record.input, told)?;
    let fault = told.fault.as_deref().unwrap_or("no fault");
    let text = if last { Some(&record.output) } else { attempt.text.as_ref() };
    let text = text.map_or("", String::as_str);
    if attempt.outcome == "succeeded" {
        let Some(completeness) = expected.success else {
            return Err(format!("a success after `{fault}`"));
        };
        let found = record.turns[0].stream.as_ref().map(|stream| stream.completeness.as_str());
        let whole = if completeness == "done" { &record.input } else { expected.surely };
        return if last && text == whole && found == Some(completeness) {
            Ok(())
        } else {
            Err(format!("`{fault}` gave `{text}` ({found:?}), not `{whole}` ({completeness})"))
        };
    }
    let Some((kind, retried)) = expected.failure else {
        return Err(format!("{:?} after `{fault}`", attempt.cause));
    };
    if attempt.outcome != "failed" || attempt.cause.as_deref() != Some(kind) {
        return Err(format!("{:?} and not {kind} after `{fault}`", attempt.cause));
    }
    let spent = record.attempts().len() == ATTEMPTS;
    if last && retried && !spent {
        return Err(format!("`{kind}` after `{fault}` was not tried again"));
    }
    if !last && !retried {
        return Err(format!("`{kind}` after `{fault}` was tried again"));
    }
    if text.starts_with(expected.surely) && expected.perhaps.starts_with(text) {
        return Ok(());
    }
    Err(format!("`{fault}` left `{text}`, and `{}` was sent", expected.surely))
}

/// What must come of an answer to this input.
fn expected<'a>(input: &'a str, told: &Told) -> Result<Expected<'a>, String> {
    let fault = told.fault.as_deref();
    let effect = effect(told).ok_or_else(|| format!("no such fault: {fault:?}"))?;
    let said = first(input, |_, characters| characters <= told.characters);
    Ok(match effect {
        Effect::Whole => Expected { success: Some("done"), ..Expected::default() },
        Effect::Early => Expected { surely: said, success: Some("framed"), ..Expected::default() },
        Effect::Fails { kind, deltas, retried } => {
            let said = first(input, |count, _| count <= deltas);
            Expected {
                surely: said,
                perhaps: said,
                failure: Some((kind, retried)),
                ..Expected::default()
            }
        }
        // A reset throws away what the client has not read yet, the end too.
        Effect::Breaks if told.reached == "end" => Expected {
            perhaps: input,
            failure: is_reset(told).then_some(("truncated", true)),
            success: Some("done"),
            ..Expected::default()
        },
        Effect::Breaks => Expected {
            surely: if is_reset(told) { "" } else { said },
            // The next delta may be whole without the end of its chunk, which is all that the mock
            // did not send; after the last one, that holds for the end marker.
            perhaps: next(input, said),
            failure: Some(("truncated", true)),
            success: (said == input).then_some("done"),
        },
    })
}

/// The longest beginning of a text for which this holds of its number of deltas and characters.
fn first(text: &str, holds: impl Fn(usize, usize) -> bool) -> &str {
    let (mut bytes, mut characters) = (0, 0);
    for (delta, count) in deltas(text).zip(1..) {
        characters += delta.chars().count();
        if !holds(count, characters) {
            break;
        }
        bytes += delta.len();
    }
    &text[..bytes]
}

/// This beginning of a text and one more delta.
fn next<'a>(text: &'a str, beginning: &str) -> &'a str {
    let delta = deltas(&text[beginning.len()..]).next().unwrap_or_default();
    &text[..beginning.len() + delta.len()]
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{Failure, Stream, Turn};
    use super::*;

    const INPUT: &str = "case 7 to the sky";

    /// A request: the fault, how many characters the mock said, how far it came.
    type Request = (&'static str, usize, &'static str);

    /// An attempt: the cause or `succeeded`, whether it was sent twice, its text.
    type Tried = (&'static str, bool, &'static str);

    const GOOD: Request = ("", 17, "end");
    const CLOSE: Request = ("close", 0, "nothing");
    const CUT: Request = ("close:deltas=3", 9, "head");
    const WHOLE: Tried = ("succeeded", false, INPUT);

    fn told(number: u64, (fault, characters, reached): Request) -> Told {
        let fault = (!fault.is_empty()).then(|| fault.to_owned());
        Told { number, input: None, fault, characters, reached: reached.to_owned() }
    }

    fn tried((cause, resend, text): Tried) -> Attempt {
        if cause == "succeeded" {
            return Attempt { outcome: cause.to_owned(), resend, ..Attempt::default() };
        }
        let text = (!text.is_empty()).then(|| text.to_owned());
        Attempt { outcome: "failed".to_owned(), cause: Some(cause.to_owned()), resend, text }
    }

    /// What is wrong with these attempts after these requests; nothing is the empty text.
    #[track_caller]
    fn check(completeness: &str, requests: &[Request], attempts: &[Tried], expected: &str) {
        let (cause, _, output) = *attempts.last().expect("there is an attempt");
        let succeeded = cause == "succeeded";
        let record = Record {
            case_index: 7,
            case_id: "7/0".to_owned(),
            input: INPUT.to_owned(),
            output: output.to_owned(),
            outcome: if succeeded { "succeeded" } else { "failed" }.to_owned(),
            success: succeeded,
            error: (!succeeded).then(|| Failure { kind: cause.to_owned() }),
            turns: [Turn {
                attempts: attempts.iter().copied().map(tried).collect(),
                stream: Some(Stream { completeness: completeness.to_owned() }),
            }],
        };
        let told: Vec<_> = (1..).zip(requests).map(|(number, it)| told(number, *it)).collect();
        let found = case(&record, INPUT, &told).err().unwrap_or_default();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_good_answer_is_a_success_with_the_whole_text() {
        check("done", &[GOOD], &[WHOLE], "");
        check(
            "done",
            &[GOOD],
            &[("succeeded", false, "case 7 to the")],
            "request 1: `no fault` gave `case 7 to the` (Some(\"done\")), not `case 7 to the sky` (done)",
        );
        check(
            "framed",
            &[GOOD],
            &[WHOLE],
            "request 1: `no fault` gave `case 7 to the sky` (Some(\"framed\")), not `case 7 to the sky` (done)",
        );
        check(
            "done",
            &[GOOD],
            &[("timeout", false, "")],
            "request 1: Some(\"timeout\") after `no fault`",
        );
    }

    #[test]
    fn each_request_stands_in_one_attempt() {
        check("done", &[GOOD, GOOD], &[WHOLE], "request 2 is in no attempt");
        check("done", &[], &[WHOLE], "an attempt never came to the mock");
        check("done", &[CUT, GOOD], &[("truncated", false, "case 7 to"), WHOLE], "");
        check(
            "done",
            &[CUT],
            &[("truncated", false, "case 7 to"), WHOLE],
            "an attempt never came to the mock",
        );
    }

    #[test]
    fn what_broke_unanswered_was_sent_again_or_failed() {
        check("done", &[CLOSE, GOOD], &[("succeeded", true, INPUT)], "");
        check("done", &[CLOSE, GOOD], &[("truncated", false, ""), WHOLE], "");
        check("done", &[CLOSE, GOOD], &[WHOLE], "request 1: a success after `close`");
        // The first one met a connection that the mock had closed.
        check("done", &[GOOD], &[("succeeded", true, INPUT)], "");
        check("done", &[CLOSE, CLOSE, GOOD], &[("truncated", true, ""), WHOLE], "");
        check("done", &[CLOSE, GOOD], &[("truncated", true, ""), WHOLE], "");
    }

    #[test]
    fn a_broken_answer_leaves_what_was_sent_of_it() {
        let cut = |text| [("truncated", false, text), WHOLE];
        let left =
            |text| format!("request 1: `close:deltas=3` left `{text}`, and `case 7 to` was sent");
        check("done", &[CUT, GOOD], &cut("case 7 to the"), "");
        for text in ["case 7", "case 7 to the sky", "case 7 tocase"] {
            check("done", &[CUT, GOOD], &cut(text), &left(text));
        }
        check(
            "done",
            &[CUT],
            &[("succeeded", false, "case 7 to")],
            "request 1: a success after `close:deltas=3`",
        );
        check("done", &[("reset_peer:at=anywhere", 17, "head")], &[WHOLE], "");
        check("done", &[("close:at=done", 17, "end")], &[WHOLE], "");
    }

    #[test]
    fn a_reset_may_lose_what_was_sent() {
        let whole = ("reset_peer:at=anywhere", 17, "end");
        check("done", &[whole, GOOD], &[("truncated", false, "case 7"), WHOLE], "");
        check("done", &[whole], &[WHOLE], "");
        let reset = ("reset_peer:deltas=3", 9, "head");
        for text in ["", "case", "case 7 to the"] {
            check("done", &[reset, GOOD], &[("truncated", false, text), WHOLE], "");
        }
        check("done", &[reset, GOOD], &[("succeeded", true, INPUT)], "");
        check(
            "done",
            &[reset, GOOD],
            &[("truncated", false, "case 7 to the sky"), WHOLE],
            "request 1: `reset_peer:deltas=3` left `case 7 to the sky`, and `` was sent",
        );
    }

    #[test]
    fn an_early_end_is_marked() {
        let early = ("end:deltas=3", 9, "head");
        check("framed", &[early], &[("succeeded", false, "case 7 to")], "");
        check(
            "done",
            &[early],
            &[("succeeded", false, "case 7 to")],
            "request 1: `end:deltas=3` gave `case 7 to` (Some(\"done\")), not `case 7 to` (framed)",
        );
    }

    #[test]
    fn what_is_tried_again_is_tried_until_it_succeeds_or_three_times() {
        let busy: Request = ("status=503", 0, "head");
        let refused: Tried = ("status", false, "");
        check("done", &[busy, busy, GOOD], &[refused, refused, WHOLE], "");
        check("done", &[busy, busy, busy], &[refused, refused, refused], "");
        check(
            "done",
            &[busy, busy],
            &[refused, refused],
            "request 2: `status` after `status=503` was not tried again",
        );
        check(
            "done",
            &[("status=500", 0, "head"), GOOD],
            &[refused, WHOLE],
            "request 1: `status` after `status=500` was tried again",
        );
    }
}
