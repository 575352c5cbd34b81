//! What every reporter can do.

use std::io;

use fluxloop_trace::RunEvent;

/// Shows the events of one run.
pub trait Reporter {
    /// Takes the next event. An error is the writer's.
    fn event(&mut self, event: &RunEvent) -> io::Result<()>;
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        (**self).event(event)
    }
}

impl<R: Reporter + ?Sized> Reporter for &mut R {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        (**self).event(event)
    }
}

/// All of them, in order; the first error ends the round.
impl<R: Reporter> Reporter for Vec<R> {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        self.iter_mut().try_for_each(|reporter| reporter.event(event))
    }
}
