//! Panics in a case: they end a part of it as a fault would, and what is known by then stays.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use fluxloop_explain::Reason;

/// What a panic carried.
pub(crate) struct Panic(Box<dyn Any + Send>);

/// Drives a future to its end or into a panic. What it borrowed is left as it was when it panicked:
/// whoever reads on in there must be content with half of a change.
///
/// The future is lent, because taken it would stand in this one twice.
pub(crate) async fn caught<F: Future>(mut future: Pin<&mut F>) -> Result<F::Output, Panic> {
    poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(Panic(panic))),
    })
    .await
}

/// Calls a function, which may panic.
pub(crate) fn called<T>(function: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(function)).map_err(Panic)
}

impl Panic {
    /// What it carried, as the reason of a failure.
    pub(crate) fn into_reason(self) -> Reason {
        let Self(panic) = self;
        Reason::Panic(match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => match panic.downcast::<&'static str>() {
                Ok(text) => (*text).to_owned(),
                Err(_) => "of an unknown kind".to_owned(),
            },
        })
    }
}
