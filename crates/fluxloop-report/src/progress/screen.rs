//! A terminal that is any writer: what the progress bar needs of one.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::TermLike;

/// A writer that understands the cursor sequences of ECMA-48, section 8.3.
pub(super) struct Screen<W> {
    inner: Arc<Mutex<Inner<W>>>,
    width: u16,
}

struct Inner<W> {
    out: W,
    /// The first error. The bar would panic on it, so it is kept for the next event instead.
    error: Option<io::Error>,
}

impl<W: Write> Screen<W> {
    pub(super) fn new(out: W, width: u16) -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner { out, error: None })),
            width,
        }
    }

    /// The first error of the writer, once.
    pub(super) fn take_error(&self) -> io::Result<()> {
        self.lock().error.take().map_or(Ok(()), Err)
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(&self, write: impl FnOnce(&mut W) -> io::Result<()>) {
        let mut inner = self.lock();
        if inner.error.is_none() {
            inner.error = write(&mut inner.out).err();
        }
    }

    /// Moves the cursor; zero would mean one.
    fn move_cursor(&self, n: usize, direction: char) {
        if n > 0 {
            self.with(|out| write!(out, "\u{1b}[{n}{direction}"));
        }
    }
}

impl<W> Clone for Screen<W> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            width: self.width,
        }
    }
}

impl<W> fmt::Debug for Screen<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen")
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

impl<W: Write + Send> TermLike for Screen<W> {
    fn width(&self) -> u16 {
        self.width
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A');
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B');
        Ok(())
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C');
        Ok(())
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D');
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.with(|out| writeln!(out, "{text}"));
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.with(|out| out.write_all(text.as_bytes()));
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.with(|out| out.write_all(b"\r\x1b[2K"));
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        self.with(Write::flush);
        Ok(())
    }
}
