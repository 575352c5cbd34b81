//! What every reporter can do.

use std::io::{self, Write};

use fluxloop_trace::TimedEvent;

/// Shows the events of one run.
pub trait Reporter {
    /// Takes the next events, and has written what they mean when it returns. An error is the
    /// writer's.
    fn events(&mut self, events: &[TimedEvent]) -> io::Result<()>;

    /// Whether it shows text while it comes ([`RunEvent::Text`](fluxloop_trace::RunEvent::Text)).
    fn wants_text(&self) -> bool {
        false
    }
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn events(&mut self, events: &[TimedEvent]) -> io::Result<()> {
        (**self).events(events)
    }

    fn wants_text(&self) -> bool {
        (**self).wants_text()
    }
}

impl<R: Reporter + ?Sized> Reporter for &mut R {
    fn events(&mut self, events: &[TimedEvent]) -> io::Result<()> {
        (**self).events(events)
    }

    fn wants_text(&self) -> bool {
        (**self).wants_text()
    }
}

/// All of them, in order; the first error ends the round.
impl<R: Reporter> Reporter for Vec<R> {
    fn events(&mut self, events: &[TimedEvent]) -> io::Result<()> {
        self.iter_mut().try_for_each(|reporter| reporter.events(events))
    }

    fn wants_text(&self) -> bool {
        self.iter().any(R::wants_text)
    }
}

/// Writes the lines that were gathered, by one write, and begins anew; what cannot be written is
/// not tried again.
pub(crate) fn write_lines(out: &mut impl Write, lines: &mut String) -> io::Result<()> {
    let written = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
    lines.clear();
    written
}
