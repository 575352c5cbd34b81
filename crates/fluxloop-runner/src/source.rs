//! Where the cases of a run come from.

use std::collections::HashSet;
use std::error::Error;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::task::Poll;

use fluxloop_plan::Case;

/// Gives the cases of a run, in their order.
pub trait CaseSource: Send {
    /// Why a case cannot be read.
    type Error: Into<Box<dyn Error + Send + Sync>> + Send;

    /// The next case. After `None` or an error it is not called again.
    ///
    /// Cancel safe: a future that is dropped before it is ready loses no case. It must not block
    /// the thread, because all cases of the run are driven meanwhile.
    fn next(&mut self) -> impl Future<Output = Option<Result<Case, Self::Error>>> + Send;

    /// How many cases there are, those included that an earlier part of the run has closed. `None`
    /// when it is not known beforehand.
    fn total(&self) -> Option<u64>;
}

/// Cases that are in memory, or made as fast.
#[derive(Debug)]
pub struct CaseList<I> {
    cases: I,
    total: u64,
}

impl<I> CaseList<I> {
    /// So many cases.
    pub fn new(total: u64, cases: impl IntoIterator<IntoIter = I>) -> Self {
        Self { cases: cases.into_iter(), total }
    }
}

impl<I, E> CaseSource for CaseList<I>
where
    I: Iterator<Item = Result<Case, E>> + Send,
    E: Into<Box<dyn Error + Send + Sync>> + Send,
{
    type Error = E;

    async fn next(&mut self) -> Option<Result<Case, E>> {
        self.cases.next()
    }

    fn total(&self) -> Option<u64> {
        Some(self.total)
    }
}

/// The cases that are left of a source, of which the next one can be looked at.
pub(crate) struct CasesLeft<S: CaseSource> {
    source: S,
    /// The places of those that are closed already.
    closed: HashSet<u64>,
    next: Next<S::Error>,
}

/// What is known of the next case.
pub(crate) enum Next<E> {
    /// It has not been read.
    Unread,
    /// It can begin.
    Case(Case),
    /// It cannot be read.
    Failed(E),
    /// There are no more.
    End,
}

impl<S: CaseSource> CasesLeft<S> {
    pub(crate) fn new(source: S, closed: HashSet<u64>) -> Self {
        Self { source, closed, next: Next::Unread }
    }

    /// Whether the next case can begin.
    pub(crate) fn is_case(&self) -> bool {
        matches!(self.next, Next::Case(_))
    }

    /// Reads the next case, unless that was done before. Cancel safe.
    pub(crate) async fn read(&mut self) -> &Next<S::Error> {
        while let Next::Unread = self.next {
            self.next = match self.source.next().await {
                Some(Ok(case)) if self.closed.contains(&case.index) => Next::Unread,
                Some(Ok(case)) => Next::Case(case),
                Some(Err(error)) => Next::Failed(error),
                None => Next::End,
            };
        }
        &self.next
    }

    /// Reads the next case if that needs no waiting, and says whether it is known now.
    pub(crate) async fn read_now(&mut self) -> bool {
        let mut read = pin!(self.read());
        poll_fn(|context| Poll::Ready(read.as_mut().poll(context).is_ready())).await
    }

    /// Takes the next case: the one after it is unread.
    pub(crate) fn take(&mut self) -> Next<S::Error> {
        mem::replace(&mut self.next, Next::Unread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(index: u64) -> Case {
        Case { index, iteration: 0, input: std::sync::Arc::default() }
    }

    #[tokio::test]
    async fn closed_cases_are_skipped() {
        let all = CaseList::new(4, (0..4).map(|index| Ok::<_, String>(case(index))));
        let mut left = CasesLeft::new(all, HashSet::from([0, 1, 3]));
        assert!(!left.is_case() && left.read_now().await);
        assert!(matches!(left.read().await, Next::Case(case) if case.index == 2));
        assert!(left.is_case() && matches!(left.take(), Next::Case(_)));
        assert!(matches!(left.read().await, Next::End));
    }

    #[tokio::test]
    async fn a_case_is_read_once_until_it_is_taken() {
        let all = CaseList::new(2, [Ok(case(0)), Err("the file is gone")]);
        let mut left = CasesLeft::new(all, HashSet::new());
        left.read().await;
        assert!(matches!(left.read().await, Next::Case(case) if case.index == 0));
        assert!(matches!(left.take(), Next::Case(_)));
        assert!(matches!(left.read().await, Next::Failed("the file is gone")));
    }
}
