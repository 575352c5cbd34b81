//! Shows the text of an attempt while it comes.

use std::sync::Arc;

use fluxloop_redact::{Masked, MaskedStream, Redactor};
use fluxloop_trace::{CaseId, RunEvent};

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
}

impl LiveText {
    /// Begins an attempt; `None` if nobody wants its text, as in most runs.
    pub(crate) fn start(redactor: &Arc<Redactor>, events: &Events) -> Option<Self> {
        events.wants_text().then(|| Self::new(redactor))
    }

    fn new(redactor: &Arc<Redactor>) -> Self {
        Self { redactor: redactor.clone(), stream: redactor.stream(), taken: 0 }
    }

    /// Shows what came, if there is room for it. A text that was changed elsewhere than at its end
    /// may change again, so it is not shown before it is whole.
    pub(crate) fn offer(&mut self, events: &Events, case_id: &CaseId, text: &str, rewrites: u64) {
        if rewrites > 0 || text.len() == self.taken {
            return;
        }
        let Some(room) = events.spare_room() else { return };
        let text = self.take(text);
        if !text.is_empty() {
            room.send(RunEvent::Text { case_id: case_id.clone(), is_anew: false, text });
        }
    }

    /// Shows the rest of the text, or all of it if it was changed, and waits until there is room:
    /// nothing is read any more.
    pub(crate) async fn finish(
        mut self,
        events: &Events,
        case_id: &CaseId,
        text: &str,
        rewrites: u64,
    ) {
        let is_anew = rewrites > 0 && self.taken > 0;
        if is_anew {
            self = Self::new(&self.redactor);
        }
        let text = Masked::concat(&[self.take(text), self.stream.finish()]);
        if !text.is_empty() || is_anew {
            events.send(RunEvent::Text { case_id: case_id.clone(), is_anew, text }).await;
        }
    }

    /// What can be shown of the text by now.
    fn take(&mut self, text: &str) -> Masked {
        let more = text.get(self.taken..).unwrap_or_default();
        self.taken = text.len();
        self.stream.push(more)
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

    fn case_id() -> CaseId {
        CaseId::new(Masked::from_static("q"), 0)
    }

    #[tokio::test]
    async fn what_might_be_part_of_a_secret_is_held_back() {
        let (events, mut queue) = Events::with_room(8, true, Instant::now());
        let secret = Secret::new("sk-live-0123456789");
        let mut live = LiveText::new(&Redactor::builder().secret("KEY", &secret).build().into());
        let (case_id, text) = (case_id(), "It is sk-live-0123456789, sk-live-0123");
        for end in [5, 9, 14, 27] {
            live.offer(&events, &case_id, &text[..end], 0);
        }
        assert_eq!(told(&mut queue), ["It", " is ***"]);
        live.finish(&events, &case_id, text, 0).await;
        assert_eq!(told(&mut queue), [", ***"]);
    }

    #[tokio::test]
    async fn text_for_which_there_is_no_room_is_told_with_what_follows() {
        let (events, mut queue) = Events::with_room(4, true, Instant::now());
        let (mut live, case_id) = (LiveText::new(&Redactor::none().into()), case_id());
        for end in 1..=6 {
            live.offer(&events, &case_id, &"one two"[..end], 0);
        }
        assert_eq!(told(&mut queue), ["o", "n"]);
        live.offer(&events, &case_id, "one two", 0);
        assert_eq!(told(&mut queue), ["e two"]);
        live.finish(&events, &case_id, "one two", 0).await;
        assert!(told(&mut queue).is_empty());
    }

    #[tokio::test]
    async fn a_text_that_is_lost_is_told_no_further() {
        let (events, mut queue) = Events::with_room(4, true, Instant::now());
        let (mut live, case_id) = (LiveText::new(&Redactor::none().into()), case_id());
        live.offer(&events, &case_id, "one", 0);
        live.finish(&events, &case_id, "", 0).await;
        assert_eq!(told(&mut queue), ["one"]);
    }

    /// What is shown of texts, each after so many changes.
    async fn check_rewrites(texts: &[(&str, u64)], expected: &[&str]) {
        let (events, mut queue) = Events::with_room(8, true, Instant::now());
        let (mut live, case_id) = (LiveText::new(&Redactor::none().into()), case_id());
        let (last, before) = texts.split_last().expect("a text");
        for text in before {
            live.offer(&events, &case_id, text.0, text.1);
        }
        live.finish(&events, &case_id, last.0, last.1).await;
        assert_eq!(told(&mut queue), expected);
    }

    #[tokio::test]
    async fn a_text_that_was_changed_is_shown_when_it_is_whole() {
        check_rewrites(&[("one", 0), ("two", 1), ("two three", 1)], &["one", "anew: two three"])
            .await;
        check_rewrites(&[("one", 0), ("", 1), ("", 1)], &["one", "anew: "]).await;
        check_rewrites(&[("one", 0), ("", 1), ("é", 2)], &["one", "anew: é"]).await;
        check_rewrites(&[("", 0), ("one", 1)], &["one"]).await;
    }

    #[tokio::test]
    async fn a_text_shows_no_part_of_a_secret() {
        let (events, mut queue) = Events::with_room(8, true, Instant::now());
        let secret = Secret::new("sk-live-0123456789");
        let mut live = LiveText::new(&Redactor::builder().secret("KEY", &secret).build().into());
        let (case_id, text) = (case_id(), "It is sk-live-01, and live-0123456 too");
        live.offer(&events, &case_id, &text[..16], 0);
        live.offer(&events, &case_id, text, 0);
        live.finish(&events, &case_id, text, 0).await;
        assert_eq!(told(&mut queue).concat(), "It is ***, and *** too");
    }
}
