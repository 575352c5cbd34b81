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
    /// What the bar has drawn since it last flushed: a frame goes out by one write, so that
    /// nobody sees half of it.
    frame: Vec<u8>,
    /// The first error. The bar would panic on it, so it is kept for the next event instead.
    error: Option<io::Error>,
}

impl<W: Write> Inner<W> {
    fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.out.write_all(&self.frame).and_then(|()| self.out.flush()).err();
        }
        self.frame.clear();
    }
}

impl<W: Write> Screen<W> {
    pub(super) fn new(out: W, width: u16) -> Self {
        let inner = Inner { out, frame: Vec::new(), error: None };
        Self { inner: Arc::new(Mutex::new(inner)), width }
    }

    /// The first error of the writer, once.
    pub(super) fn take_error(&self) -> io::Result<()> {
        self.lock().error.take().map_or(Ok(()), Err)
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self, text: &str) {
        self.lock().frame.extend_from_slice(text.as_bytes());
    }

    /// Moves the cursor; zero would mean one.
    fn move_cursor(&self, n: usize, direction: char) {
        if n > 0 {
            self.draw(&format!("\u{1b}[{n}{direction}"));
        }
    }
}

impl<W> Clone for Screen<W> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), width: self.width }
    }
}

impl<W> fmt::Debug for Screen<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").field("width", &self.width).finish_non_exhaustive()
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
        self.draw(text);
        self.draw("\n");
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.draw(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.draw("\r\u{1b}[2K");
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        self.lock().flush();
        Ok(())
    }
}
