//! Base64 (RFC 4648, sections 4 and 5), alone or in the middle of other bytes.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use secrecy::zeroize::Zeroizing;

use super::Form;

/// Three bytes become four digits, so a secret looks different at each distance from the last
/// multiple of three; digits that its neighbors have a part in are no part of the form.
pub(super) fn add(value: &str, forms: &mut Vec<Form>) {
    for before in 0..3 {
        let bytes = Zeroizing::new([&[0; 2][..before], value.as_bytes()].concat());
        // The digits that `before` bytes have a part in.
        let start = (before * 8).div_ceil(6);
        // Digits that are the secret's alone, and one more if nothing follows it.
        let (own, all) = (bytes.len() * 8 / 6, (bytes.len() * 8).div_ceil(6));
        for alphabet in [STANDARD, URL_SAFE] {
            let encoded = Zeroizing::new(alphabet.encode(&*bytes));
            for end in [own, all, encoded.len()] {
                forms.push(Form::new(encoded[start..end].to_owned()));
            }
        }
    }
}
