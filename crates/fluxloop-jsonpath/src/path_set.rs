//! Several paths, looked up in one pass.

use std::ops::Range;
use std::sync::Arc;

use crate::found::RawFound;
use crate::scan::{Hits, Lookup, PathTree, Place};
use crate::{Found, JsonError, JsonPath, Step};

/// Up to how many different paths need no allocation.
const SLOTS_ON_STACK: usize = 32;

/// Several paths of names and indices that are looked up in one pass over the JSON text.
///
/// ```
/// use fluxloop_jsonpath::{JsonPath, PathSet};
///
/// let paths = [JsonPath::parse("type")?, JsonPath::parse("usage.output_tokens")?];
/// let set = PathSet::new(&paths).expect("both have names alone");
///
/// let mut tokens = None;
/// set.scan(r#"{"type": "message_delta", "usage": {"output_tokens": 15}}"#, |path, found| {
///     if path == 1 {
///         tokens = found.into_text();
///     }
/// })?;
/// assert_eq!(tokens.as_deref(), Some("15"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Cheap to clone. The documents of one stream are better given to a [`StreamScanner`].
///
/// [`StreamScanner`]: crate::StreamScanner
#[derive(Clone, Debug)]
pub struct PathSet {
    joined: Arc<Joined>,
}

#[derive(Debug)]
struct Joined {
    tree: PathTree,
    /// For each path, in the order it came, its slot in the tree.
    slots: Vec<usize>,
    /// For each slot, its paths.
    paths: Vec<Vec<usize>>,
}

impl PathSet {
    /// Joins paths. `None` if one of them is not [singular](JsonPath::is_singular).
    pub fn new<'p>(paths: impl IntoIterator<Item = &'p JsonPath>) -> Option<Self> {
        let paths: Option<Vec<&[Step]>> = paths.into_iter().map(JsonPath::steps).collect();
        Some(Self::of_steps(&paths?))
    }

    /// Joins paths that are given by their steps.
    pub(crate) fn of_steps(paths: &[&[Step]]) -> Self {
        let mut sorted = paths.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let slots: Vec<usize> =
            paths.iter().map(|path| sorted.partition_point(|other| other < path)).collect();
        let mut paths = vec![Vec::new(); sorted.len()];
        for (path, slot) in slots.iter().enumerate() {
            paths[*slot].push(path);
        }
        let joined = Joined { tree: PathTree::new(&sorted), slots, paths };
        Self { joined: Arc::new(joined) }
    }

    /// Calls `visit` with the place of each path that finds a value, in the order of the paths,
    /// and with that value.
    ///
    /// Nothing is visited unless the whole text is valid JSON. Nothing is allocated for up to 32
    /// paths and strings without escapes.
    pub fn scan<'j>(
        &self,
        json: &'j str,
        mut visit: impl FnMut(usize, Found<'j>),
    ) -> Result<(), JsonError> {
        self.look(json, |path, place, is_plain| {
            visit(path, RawFound::new(&json[place], is_plain).read());
        })
    }

    /// Does what [`scan`](Self::scan) does, for those who want few of the values: what is found is
    /// not looked at.
    pub fn scan_raw<'j>(
        &self,
        json: &'j str,
        mut visit: impl FnMut(usize, RawFound<'j>),
    ) -> Result<(), JsonError> {
        self.look(json, |path, place, is_plain| visit(path, RawFound::new(&json[place], is_plain)))
    }

    /// How many paths were joined.
    pub(crate) fn len(&self) -> usize {
        self.joined.slots.len()
    }

    /// Calls `visit` with each path that finds a value, in any order, and with where the value
    /// stands. Returns whether no string of the document has a backslash. Its time does not depend
    /// on how many paths find nothing. The caller keeps the room.
    pub(crate) fn look_in(
        &self,
        json: &str,
        room: &mut Room,
        mut visit: impl FnMut(usize, Range<usize>),
    ) -> Result<bool, JsonError> {
        let Joined { tree, paths, .. } = &*self.joined;
        room.places.resize(paths.len(), Place::default());
        room.found.clear();
        room.found.resize(paths.len().div_ceil(64), 0);
        let hits = Hits { places: &mut room.places, found: &mut room.found };
        let (hits, is_plain) = Lookup::run(tree, json, hits)?;
        for (number, word) in hits.found.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let slot = 64 * number + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let (begin, end) = hits.places[slot];
                for path in &paths[slot] {
                    visit(*path, begin..end);
                }
            }
        }
        Ok(is_plain)
    }

    /// Calls `visit` with the place of each path that finds a value, in the order of the paths,
    /// with where the value stands, and with whether no string of the document has a backslash.
    fn look(
        &self,
        json: &str,
        visit: impl FnMut(usize, Range<usize>, bool),
    ) -> Result<(), JsonError> {
        const NOWHERE: Place = (0, 0);
        match self.joined.paths.len() {
            0..=1 => self.look_with(json, &mut [NOWHERE; 1], &mut [0], visit),
            2..=SLOTS_ON_STACK => {
                self.look_with(json, &mut [NOWHERE; SLOTS_ON_STACK], &mut [0], visit)
            }
            many => {
                let (mut places, mut found) = (vec![NOWHERE; many], vec![0; many.div_ceil(64)]);
                self.look_with(json, &mut places, &mut found, visit)
            }
        }
    }

    fn look_with(
        &self,
        json: &str,
        places: &mut [Place],
        found: &mut [u64],
        mut visit: impl FnMut(usize, Range<usize>, bool),
    ) -> Result<(), JsonError> {
        let (hits, is_plain) = Lookup::run(&self.joined.tree, json, Hits { places, found })?;
        for (path, slot) in self.joined.slots.iter().enumerate() {
            if let Some((begin, end)) = hits.get(*slot) {
                visit(path, begin..end, is_plain);
            }
        }
        Ok(())
    }
}

/// Room for what the paths of a set find, kept from one document to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room {
    places: Vec<Place>,
    found: Vec<u64>,
}
