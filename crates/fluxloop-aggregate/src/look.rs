//! One frame, as the rules look at it.

use std::cell::RefCell;

use fluxloop_jsonpath::{Document, JsonError, RawFound, StreamScanner, TooManyMatches};

use crate::compile::{Bits, Compiled, Place, Slot, set_bit};
use crate::known::DONE_DATA;
use crate::types::NameSays;

/// The longest data that keeps a connection open and is not JSON, in bytes.
const MAX_SIGN_OF_LIFE: usize = 32;

/// One frame, as the rules look at it.
#[derive(Debug)]
pub(crate) struct Look<'f> {
    pub(crate) data: &'f str,
    /// The values that paths found, where the data is JSON.
    values: Option<&'f StreamScanner>,
    types: &'f Bits,
    found: &'f Bits,
    /// What wide paths have read so far.
    documents: RefCell<Vec<(Slot, Document<'f>)>>,
}

impl<'f> Look<'f> {
    /// The types of the frame, as bits.
    #[inline]
    pub(crate) fn types(&self) -> &Bits {
        self.types
    }

    /// The paths that found a value, as bits.
    #[inline]
    pub(crate) fn found(&self) -> &Bits {
        self.found
    }

    /// Whether the data is JSON, as far as anybody asked.
    pub(crate) fn is_json(&self) -> bool {
        self.values.is_some()
    }

    /// What stands at a place, null included.
    #[inline]
    pub(crate) fn raw(&self, slot: Slot) -> Option<RawFound<'f>> {
        self.values?.value(slot, self.data)
    }

    /// What stands at a place. Most servers write members that do not apply as null.
    #[inline]
    pub(crate) fn value(&self, slot: Slot) -> Option<RawFound<'f>> {
        self.raw(slot).filter(|found| !found.is_null())
    }

    /// The text at a place; that of a number, too.
    pub(crate) fn text(&self, slot: Slot) -> Option<String> {
        self.value(slot)?.read().into_text().map(std::borrow::Cow::into_owned)
    }

    /// Visits every value at a place, null included.
    #[inline]
    pub(crate) fn each(&self, place: &Place, visit: &mut dyn FnMut(RawFound<'f>)) {
        // What is found too often is looked at no further; who needs to know asks `try_each`.
        let _ = self.try_each(place, visit);
    }

    /// Visits every value at a place, null included.
    #[inline]
    pub(crate) fn try_each(
        &self,
        place: &Place,
        visit: &mut dyn FnMut(RawFound<'f>),
    ) -> Result<(), TooManyMatches> {
        let Some(found) = self.raw(place.slot) else { return Ok(()) };
        let Some(rest) = &place.rest else {
            visit(found);
            return Ok(());
        };
        // What follows selects inside a list or an object.
        if !found.as_json().starts_with(['[', '{']) {
            return Ok(());
        }
        let mut documents = self.documents.borrow_mut();
        let known = documents.iter().position(|(slot, _)| *slot == place.slot);
        let at = if let Some(at) = known {
            at
        } else {
            // The document was read before, so that its parts can be read.
            let Ok(document) = Document::read(found.as_json()) else { return Ok(()) };
            documents.push((place.slot, document));
            documents.len() - 1
        };
        rest.find_in(&documents[at].1, visit)
    }

    /// Whether the data, without white space around it, is this text.
    pub(crate) fn is_data(&self, text: &str) -> bool {
        let first = text.as_bytes().first();
        self.data == text
            || (self.data.trim_ascii_start().as_bytes().first() == first
                && self.data.trim_ascii() == text)
    }

    /// Whether the data begins like a JSON object, array or string.
    pub(crate) fn begins_like_json(&self) -> bool {
        let first = self.data.trim_ascii_start().as_bytes().first();
        matches!(first, Some(b'{' | b'[' | b'"')) && !self.is_no_document()
    }

    /// Whether the data is blank, the end marker of many servers, or a word that keeps a connection
    /// open: nobody expects JSON there.
    pub(crate) fn is_no_document(&self) -> bool {
        let data = self.data.trim_ascii();
        data.is_empty()
            || data == DONE_DATA
            || (data.len() <= MAX_SIGN_OF_LIFE && NameSays::of(data) == NameSays::Alive)
    }
}

/// Takes frames one after another, and looks at each of them once.
#[derive(Debug)]
pub(crate) struct Eyes {
    scanner: StreamScanner,
    /// The types of the frame.
    types: Bits,
    /// The paths that found a value in it.
    found: Bits,
    /// The rules that have work in it.
    awake: Bits,
    /// Whether the data of the frame was read.
    is_read: bool,
}

impl Eyes {
    pub(crate) fn new(rules: &Compiled) -> Self {
        let (types, found, awake) = (Bits::new(), Bits::new(), Bits::new());
        Self { scanner: rules.scanner(), types, found, awake, is_read: false }
    }

    /// Reads the data of the next frame. Where it is not JSON, only the rules that need no path have
    /// work. Returns why it is not JSON.
    #[inline]
    pub(crate) fn read(&mut self, data: &str, rules: &Compiled) -> Option<JsonError> {
        let was_read = std::mem::replace(&mut self.is_read, false);
        let read = if data.is_empty() { Err(None) } else { self.scanner.next(data).map_err(Some) };
        self.is_read = read.is_ok();
        if !(was_read && read == Ok(true)) {
            self.found.clear();
            if self.is_read {
                self.scanner.found().for_each(|slot| set_bit(&mut self.found, slot));
            }
            rules.wake(&self.found, &mut self.awake);
        }
        read.err().flatten()
    }

    /// The frame that was read last, as rules look at it.
    #[inline]
    pub(crate) fn look<'f>(&'f self, data: &'f str) -> Look<'f> {
        let (types, found) = (&self.types, &self.found);
        Look { data, values: self.values(), types, found, documents: RefCell::default() }
    }

    /// Begins the types of a frame: it has no type yet.
    #[inline]
    pub(crate) fn begin_types(&mut self, rules: &Compiled) -> &mut Bits {
        self.types.clear();
        self.types.resize(rules.words_of_types(), 0);
        &mut self.types
    }

    /// What the paths found, where the data is JSON, and the types so far.
    pub(crate) fn parts(&mut self) -> (Option<&StreamScanner>, &mut Bits) {
        (self.is_read.then_some(&self.scanner), &mut self.types)
    }

    /// What the paths found, where the data is JSON.
    #[inline]
    fn values(&self) -> Option<&StreamScanner> {
        self.is_read.then_some(&self.scanner)
    }

    /// Names what was learned about the structure of frames, where the last one was read.
    #[inline]
    pub(crate) fn generation(&self) -> Option<(u64, usize)> {
        self.is_read.then(|| self.scanner.generation())
    }

    /// Whether one of these values was another one in frames of this structure.
    pub(crate) fn vary(&self, slots: &[Slot]) -> bool {
        slots.iter().any(|slot| self.scanner.varies(*slot))
    }

    pub(crate) fn awake(&self) -> &Bits {
        &self.awake
    }
}
