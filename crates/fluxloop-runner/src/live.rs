//! Shows the text of an attempt while it comes.

use std::sync::Arc;

use fluxloop_redact::{Masked, MaskedStream, Redactor};
use fluxloop_trace::{CaseId, RunEvent};

use crate::shared::Shared;
use crate::sink::Events;

/// The text of one attempt, shown while it comes.
///
/// The reader of a stream never waits for that: while there is no room, the text stays where it is
/// gathered anyway, and is shown together with what comes next, or at the end. Nothing is left out.
#[derive(Debug)]
pub(crate) struct LiveText {
    redactor: Arc<Redactor>,
    stream: MaskedStream,
    /// How many bytes of the text were taken.
    taken: usize,
    /// How often the text had been changed elsewhere than at its end when it was last looked at.
    rewrites: u64,
    /// Whether a text was shown that was changed since.
    is_outdated: bool,
}

/// The text of an answer so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextSoFar<'a> {
    pub(crate) text: &'a str,
    /// How often it was changed elsewhere than at its end.
    pub(crate) rewrites: u64,
    /// Whether nothing else came, in which a part of a secret might be.
    pub(crate) is_alone: bool,
}

impl LiveText {
    /// Begins an attempt; `None` if nobody wants its text, as in most runs.
    pub(crate) fn start(shared: &Shared, events: &Events) -> Option<Self> {
        events.wants_text().then(|| Self::new(&shared.plan.redactor))
    }

    fn new(redactor: &Arc<Redactor>) -> Self {
        let (redactor, stream) = (redactor.clone(), redactor.stream());
        Self { redactor, stream, taken: 0, rewrites: 0, is_outdated: false }
    }

    /// Shows what came, if there is room for it.
    pub(crate) fn offer(&mut self, events: &Events, case_id: &CaseId, text: TextSoFar<'_>) {
        if text.text.len() == self.taken && text.rewrites == self.rewrites {
            return;
        }
        let Some(room) = events.spare_room() else { return };
        let shown = self.take(text);
        if !shown.is_empty() {
            room.send(self.event(case_id, shown));
        }
    }

    /// Shows the rest of the text, which is whole or was cut, and waits until there is room:
    /// nothing is read any more.
    pub(crate) async fn finish(
        mut self,
        events: &Events,
        case_id: &CaseId,
        text: TextSoFar<'_>,
        is_whole: bool,
    ) {
        let shown = self.take(text);
        let stream = std::mem::replace(&mut self.stream, self.redactor.stream());
        let end = if is_whole { stream.finish_whole() } else { stream.finish() };
        let text = Masked::concat(&[shown, end]);
        if !text.is_empty() || self.is_outdated {
            events.send(self.event(case_id, text)).await;
        }
    }

    /// What can be shown of the text by now. Where it was changed, it is shown from its beginning.
    fn take(&mut self, TextSoFar { text, rewrites, is_alone }: TextSoFar<'_>) -> Masked {
        if rewrites != self.rewrites {
            self.is_outdated |= self.taken > 0;
            self.stream = self.redactor.stream();
            (self.taken, self.rewrites) = (0, rewrites);
        }
        if !is_alone {
            self.stream.become_piece();
        }
        let more = text.get(self.taken..).unwrap_or_default();
        self.taken = text.len();
        self.stream.push(more)
    }

    fn event(&mut self, case_id: &CaseId, text: Masked) -> RunEvent {
        let is_anew = std::mem::take(&mut self.is_outdated);
        RunEvent::Text { case_id: case_id.clone(), is_anew, text }
    }
}

#[cfg(test)]
mod tests {

    use fluxloop_redact::{Redactor, Secret};
    use fluxloop_trace::TimedEvent;
    use tokio::sync::mpsc::Receiver;
    use tokio::time::Instant;

    use super::*;

    /// What was told since this was last asked.
    fn told(events: &mut Receiver<TimedEvent>) -> Vec<String> {
        let text = |timed: TimedEvent| match timed.event {
            RunEvent::Text { text, is_anew: false, .. } => text.as_str().to_owned(),
            RunEvent::Text { text, .. } => format!("anew: {text}"),
            other => format!("{other:?}"),
        };
        std::iter::from_fn(|| events.try_recv().ok()).map(text).collect()
    }

    fn so_far(text: &str, rewrites: u64) -> TextSoFar<'_> {
        TextSoFar { text, rewrites, is_alone: true }
    }

    fn case_id() -> CaseId {
        CaseId::new(Masked::from_static("q"), 0)
    }

    #[tokio::test]
    async fn what_might_begin_a_secret_is_told_when_it_is_none() {
        let (events, mut queue) = Events::with_room(8, true, Instant::now());
        let secret = Secret::new("sk-live-0123456789");
        let mut live = LiveText::new(&Redactor::builder().secret("KEY", &secret).build().into());
        let (case_id, text) = (case_id(), "It is sk-live-0123456789, sk-live-0123");
        for end in [5, 9, 14, 27] {
            live.offer(&events, &case_id, so_far(&text[..end], 0));
        }
        assert_eq!(told(&mut queue), ["It i", "s ", "***, "]);
        live.finish(&events, &case_id, so_far(text, 0), false).await;
        assert_eq!(told(&mut queue), ["***"]);
    }

    #[tokio::test]
    async fn text_for_which_there_is_no_room_is_told_with_what_follows() {
        let (events, mut queue) = Events::with_room(4, true, Instant::now());
        let (mut live, case_id) = (LiveText::new(&Redactor::none().into()), case_id());
        for end in 1..=6 {
            live.offer(&events, &case_id, so_far(&"one two"[..end], 0));
        }
        assert_eq!(told(&mut queue), ["o", "n"]);
        live.offer(&events, &case_id, so_far("one two", 0));
        assert_eq!(told(&mut queue), ["e two"]);
        live.finish(&events, &case_id, so_far("one two", 0), true).await;
        assert!(told(&mut queue).is_empty());
    }

    #[tokio::test]
    async fn a_text_that_is_lost_is_told_no_further() {
        let (events, mut queue) = Events::with_room(4, true, Instant::now());
        let (mut live, case_id) = (LiveText::new(&Redactor::none().into()), case_id());
        live.offer(&events, &case_id, so_far("one", 0));
        live.finish(&events, &case_id, so_far("", 0), false).await;
        assert_eq!(told(&mut queue), ["one"]);
    }

    /// What is shown of texts, each after so many changes.
    async fn check_rewrites(texts: &[(&str, u64)], expected: &[&str]) {
        let (events, mut queue) = Events::with_room(8, true, Instant::now());
        let (mut live, case_id) = (LiveText::new(&Redactor::none().into()), case_id());
        let (last, before) = texts.split_last().expect("a text");
        for text in before {
            live.offer(&events, &case_id, so_far(text.0, text.1));
        }
        live.finish(&events, &case_id, so_far(last.0, last.1), true).await;
        assert_eq!(told(&mut queue), expected);
    }

    #[tokio::test]
    async fn a_text_that_is_changed_is_shown_from_its_beginning() {
        check_rewrites(
            &[("one", 0), ("two", 1), ("two three", 1)],
            &["one", "anew: two", " three"],
        )
        .await;
        check_rewrites(&[("one", 0), ("", 1), ("", 1)], &["one", "anew: "]).await;
        check_rewrites(&[("one", 0), ("", 1), ("é", 2)], &["one", "anew: é"]).await;
        check_rewrites(&[("", 0), ("one", 1)], &["one"]).await;
    }

    #[tokio::test]
    async fn a_text_that_is_not_alone_shows_no_part_of_a_secret() {
        let (events, mut queue) = Events::with_room(8, true, Instant::now());
        let secret = Secret::new("sk-live-0123456789");
        let mut live = LiveText::new(&Redactor::builder().secret("KEY", &secret).build().into());
        let (case_id, text) = (case_id(), "It is sk-live-01, and live-0123456 too");
        live.offer(&events, &case_id, so_far(&text[..16], 0));
        live.offer(&events, &case_id, TextSoFar { is_alone: false, ..so_far(text, 0) });
        live.finish(&events, &case_id, TextSoFar { is_alone: false, ..so_far(text, 0) }, true)
            .await;
        assert_eq!(told(&mut queue).concat(), "It is ***, and *** too");
    }
}
