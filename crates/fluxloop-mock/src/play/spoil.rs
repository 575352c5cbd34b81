//! Puts the faults into an answer.

use std::time::Duration;

use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::stage::{Stage, has_no_body};
use super::{Play, Protocol, Then};
use crate::fault::{At, Break, FaultKind};
use crate::identity;
use crate::program::{Cut, Op, Program};
use crate::script::Head;
use crate::shape::{Length, break_off, edit, encode, end_early, frame, shape};

impl Stage<'_> {
    pub(super) fn spoil(&self, mut play: Play) -> Play {
        play.served.faults = self.faults.to_vec();
        let Some(mut head) = play.head.take() else { return play };
        let mut chance = identity::rng(self.options.seed, self.number, 5);
        let mut body = std::mem::take(&mut play.program);
        for fault in self.faults {
            spoil_head(&mut head, &fault.kind);
            body = edit(body, &fault.kind);
            if let Some((Break::End, at)) = fault.kind.breaks() {
                body = end_early(body, at, &mut chance);
            }
        }
        for fault in self.faults {
            if let FaultKind::Compress { coding, how } = fault.kind {
                head.headers
                    .insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
                body = encode(body, coding, how);
            }
        }
        if self.faults.iter().any(|it| matches!(it.kind.breaks(), Some((_, At::Start)))) {
            play.delay = Duration::ZERO;
        }
        match self.protocol {
            Protocol::Http1 { chunks, keep_alive } => {
                let length = self.length(&head, &body, play.sized, chunks);
                let (program, then) = self.by_hand(&head, &body, length, keep_alive, &mut chance);
                (play.program, play.then, play.sized) = (program, then, false);
            }
            Protocol::Http2 => {
                self.announce(&mut head, &body, play.sized);
                play.program = self.finish(body, &mut chance);
                play.sized = false;
                // What breaks before the first byte has no head either.
                play.head = (!self.breaks_at_start()).then_some(head);
            }
        }
        play
    }

    fn length(&self, head: &Head, body: &Program, sized: bool, chunks: bool) -> Length {
        let short = self.faults.iter().find_map(|fault| match fault.kind {
            FaultKind::ShortLength { bytes } => Some(bytes),
            _ => None,
        });
        let until_close = self.faults.iter().any(|it| it.kind == FaultKind::UntilClose);
        match short {
            _ if has_no_body(head.status) => Length::Nothing,
            Some(bytes) => Length::Announced((body.sent() as u64).saturating_add(bytes)),
            None if until_close => Length::UntilClose,
            None if sized && !body.is_endless() => Length::Announced(body.sent() as u64),
            None if !chunks => Length::UntilClose,
            None => Length::Chunked,
        }
    }

    /// HTTP/2 has frames of its own, but a length may be announced there too.
    fn announce(&self, head: &mut Head, body: &Program, sized: bool) {
        if let Length::Announced(bytes) = self.length(head, body, sized, true) {
            head.headers.insert(header::CONTENT_LENGTH, bytes.into());
        }
    }

    /// Every byte of an answer over HTTP/1.1, and what becomes of the connection.
    fn by_hand(
        &self,
        head: &Head,
        body: &Program,
        length: Length,
        keep_alive: bool,
        chance: &mut Rng,
    ) -> (Program, Then) {
        let (mut close, mut cut, mut idle, mut linger) = (!keep_alive, false, None, None);
        for fault in self.faults {
            match fault.kind {
                FaultKind::ShortLength { .. } => cut = true,
                FaultKind::SlowClose { delay } => linger = Some(delay),
                FaultKind::CloseIdle { idle: after } => idle = Some(after),
                FaultKind::Break { how: Break::GoAway { code: None, .. }, .. } => close = true,
                _ => {}
            }
        }
        close |= linger.is_some() || length == Length::UntilClose;
        let framed = frame(head, body, length, close);
        let mut program = self.finish(framed, chance);
        let is_cut = matches!(program.ops.last(), Some(Op::Cut(_) | Op::Stall));
        if cut && !is_cut {
            program.ops.push(Op::Cut(Cut::Close));
        }
        let then = match (linger, idle) {
            (Some(delay), _) => Then::Linger(delay),
            _ if close => Then::Close,
            (_, Some(after)) => Then::CloseIdle(after),
            _ => Then::KeepAlive,
        };
        (program, then)
    }

    /// Breaks off what breaks, and slows down what is slow.
    fn finish(&self, mut program: Program, chance: &mut Rng) -> Program {
        let http2 = self.protocol == Protocol::Http2;
        for fault in self.faults {
            if let Some((how, at)) = fault.kind.breaks() {
                program = break_off(program, how, at, http2, chance);
            }
        }
        for fault in self.faults {
            program = shape(program, &fault.kind, chance);
        }
        program
    }

    fn breaks_at_start(&self) -> bool {
        self.faults.iter().any(|fault| match fault.kind.breaks() {
            Some((Break::End | Break::GoAway { code: None, .. }, _)) | None => false,
            Some((_, at)) => at == At::Start,
        })
    }
}

fn spoil_head(head: &mut Head, fault: &FaultKind) {
    match fault {
        FaultKind::ContentType { value: Some(other) } => {
            head.headers.insert(header::CONTENT_TYPE, other.clone());
        }
        FaultKind::ContentType { value: None } => {
            head.headers.remove(header::CONTENT_TYPE);
        }
        FaultKind::Header { header: (name, value) } => {
            add(&mut head.headers, name.clone(), value.clone());
        }
        FaultKind::ManyHeaders { count, size } => {
            let value: HeaderValue = "x".repeat(*size).parse().expect("letters are a header value");
            for number in 1..=*count {
                let name: HeaderName =
                    format!("x-filler-{number}").parse().expect("letters, digits and `-`");
                add(&mut head.headers, name, value.clone());
            }
        }
        _ => {}
    }
}

/// Adds a header, unless there are so many (24,576) that no more can be kept.
fn add(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    let _ = headers.try_append(name, value);
}
