//! Tells the text of an attempt while it comes.

use fluxloop_redact::{Masked, MaskedStream};
use fluxloop_trace::{CaseId, RunEvent};

use crate::shared::Shared;
use crate::sink::Events;

/// The text of one attempt, told while it comes.
///
/// The reader of a stream never waits for that: while there is no room, the text stays where it is
/// gathered anyway, and is told together with what comes next, or at the end. Nothing is left out.
#[derive(Debug)]
pub(crate) struct LiveText {
    stream: MaskedStream,
    /// How many bytes of the text were taken.
    taken: usize,
}

impl LiveText {
    /// Begins an attempt; `None` if nobody wants its text, as in most runs.
    pub(crate) fn start(shared: &Shared, events: &Events) -> Option<Self> {
        events.wants_text().then(|| Self { stream: shared.plan.redactor.stream(), taken: 0 })
    }

    /// Tells what came, if there is room for it. `text` is the whole text so far.
    pub(crate) fn offer(&mut self, events: &Events, case_id: &CaseId, text: &str) {
        if text.len() == self.taken {
            return;
        }
        let Some(room) = events.spare_room() else { return };
        let shown = self.stream.push(&text[self.taken..]);
        self.taken = text.len();
        if !shown.is_empty() {
            room.send(RunEvent::Text { case_id: case_id.clone(), text: shown });
        }
    }

    /// Tells the rest of the text, which is whole or was cut, and waits until there is room:
    /// nothing is read any more.
    pub(crate) async fn finish(
        mut self,
        events: &Events,
        case_id: &CaseId,
        text: &str,
        is_whole: bool,
    ) {
        let rest = text.get(self.taken..).unwrap_or_default();
        let shown = self.stream.push(rest);
        let end = if is_whole { self.stream.finish_whole() } else { self.stream.finish() };
        let text = Masked::concat(&[shown, end]);
        if !text.is_empty() {
            events.send(RunEvent::Text { case_id: case_id.clone(), text }).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fluxloop_redact::{Redactor, Secret};
    use fluxloop_trace::TimedEvent;
    use tokio::sync::mpsc::Receiver;
    use tokio::time::Instant;

    use super::*;

    /// What was told since this was last asked.
    fn told(events: &mut Receiver<TimedEvent>) -> Vec<String> {
        let text = |timed: TimedEvent| match timed.event {
            RunEvent::Text { text, .. } => text.as_str().to_owned(),
            other => format!("{other:?}"),
        };
        std::iter::from_fn(|| events.try_recv().ok()).map(text).collect()
    }

    fn case_id() -> CaseId {
        CaseId::new(Masked::from_static("q"), 0)
    }

    fn live(redactor: &Arc<Redactor>) -> LiveText {
        LiveText { stream: redactor.stream(), taken: 0 }
    }

    #[tokio::test]
    async fn what_might_begin_a_secret_is_told_when_it_is_none() {
        let (events, mut queue) = Events::with_room(8, true, Instant::now());
        let secret = Secret::new("sk-live-0123456789");
        let mut live = live(&Redactor::builder().secret("KEY", &secret).build().into());
        let (case_id, text) = (case_id(), "It is sk-live-0123456789, sk-live-0123");
        for end in [5, 9, 14, 27] {
            live.offer(&events, &case_id, &text[..end]);
        }
        assert_eq!(told(&mut queue), ["It i", "s ", "***, "]);
        live.finish(&events, &case_id, text, false).await;
        assert_eq!(told(&mut queue), ["***"]);
    }

    #[tokio::test]
    async fn text_for_which_there_is_no_room_is_told_with_what_follows() {
        let (events, mut queue) = Events::with_room(4, true, Instant::now());
        let (mut live, case_id) = (live(&Redactor::none().into()), case_id());
        for end in 1..=6 {
            live.offer(&events, &case_id, &"one two"[..end]);
        }
        assert_eq!(told(&mut queue), ["o", "n"]);
        live.offer(&events, &case_id, "one two");
        assert_eq!(told(&mut queue), ["e two"]);
        live.finish(&events, &case_id, "one two", true).await;
        assert!(told(&mut queue).is_empty());
    }

    #[tokio::test]
    async fn a_text_that_is_lost_is_told_no_further() {
        let (events, mut queue) = Events::with_room(4, true, Instant::now());
        let (mut live, case_id) = (live(&Redactor::none().into()), case_id());
        live.offer(&events, &case_id, "one");
        live.finish(&events, &case_id, "", false).await;
        assert_eq!(told(&mut queue), ["one"]);
    }
}
