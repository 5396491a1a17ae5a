//! A part of a page that is the same for everybody who may see it: kept in
//! finished form, compressed once, sent many times.

use std::{io::Write, sync::OnceLock};

use askama::Template;
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse},
};
use bytes::Bytes;
use flate2::{Compression, Crc, write::DeflateEncoder};

use super::{Answer, no_store, takes_gzip};

/// Where the part stands in the template of its page. No text that is escaped
/// can say so.
pub const PLACE: &str = "<part>";

/// The part: HTML in pieces.
pub struct Part {
    pieces: Vec<Bytes>,
    deflated: OnceLock<Deflated>,
}

/// Compressed, with what gzip wants to know of the plain bytes.
struct Deflated {
    bytes: Vec<u8>,
    plain: Crc,
}

impl Part {
    /// Of these pieces, in order.
    pub fn new(pieces: Vec<Bytes>) -> Self {
        Self { pieces, deflated: OnceLock::new() }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// Answers the page in which it stands, compressed where `headers` take
    /// that. What stands around it is the reader's own, and is not compressed:
    /// lengths would tell what is secret there to whoever can make a browser
    /// ask (BREACH).
    pub fn page(&self, around: &impl Template, headers: &HeaderMap) -> Answer {
        let around = around.render().map_err(anyhow::Error::from)?;
        let (before, after) = around.split_once(PLACE).unwrap_or((&around, ""));
        let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
        if takes_gzip(headers) {
            let gzip = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            let deflated = self.deflated.get_or_init(|| deflate(&self.pieces));
            return Ok(([no_store(), vary, gzip], Html(gzipped(before, deflated, after))).into_response());
        }
        let mut page = Vec::with_capacity(around.len() + self.len());
        page.extend_from_slice(before.as_bytes());
        self.pieces.iter().for_each(|piece| page.extend_from_slice(piece));
        page.extend_from_slice(after.as_bytes());
        Ok(([no_store(), vary], Html(page)).into_response())
    }
}

/// Deflates by itself, to the end of a byte: so it can stand in any stream.
fn deflate(pieces: &[Bytes]) -> Deflated {
    let mut plain = Crc::new();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    for piece in pieces {
        plain.update(piece);
        // Writing into memory does not fail.
        let _ = encoder.write_all(piece);
    }
    let _ = encoder.flush();
    Deflated { bytes: std::mem::take(encoder.get_mut()), plain }
}

/// One gzip stream (RFC 1952) of three parts, the outer ones as they are.
fn gzipped(before: &str, part: &Deflated, after: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(before.len() + part.bytes.len() + after.len() + 64);
    bytes.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    store(&mut bytes, before.as_bytes(), false);
    bytes.extend_from_slice(&part.bytes);
    store(&mut bytes, after.as_bytes(), true);
    let mut crc = Crc::new();
    crc.update(before.as_bytes());
    crc.combine(&part.plain);
    crc.update(after.as_bytes());
    bytes.extend_from_slice(&crc.sum().to_le_bytes());
    bytes.extend_from_slice(&crc.amount().to_le_bytes());
    bytes
}

/// Stored blocks (RFC 1951, 3.2.4): the plain bytes, with their length.
fn store(bytes: &mut Vec<u8>, plain: &[u8], last: bool) {
    let mut rest = plain;
    loop {
        let (block, more) = rest.split_at(rest.len().min(usize::from(u16::MAX)));
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        bytes.push(u8::from(last && more.is_empty()));
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&(!length).to_le_bytes());
        bytes.extend_from_slice(block);
        if more.is_empty() {
            return;
        }
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    fn unzipped(bytes: &[u8]) -> String {
        let mut plain = String::new();
        GzDecoder::new(bytes).read_to_string(&mut plain).unwrap();
        plain
    }

    proptest! {
        #[test]
        fn what_is_compressed_in_parts_reads_as_one(before in ".{0,99}", part in prop::collection::vec(".{0,99}", 0..9), after in ".{0,99}") {
            let pieces: Vec<Bytes> = part.iter().cloned().map(Bytes::from).collect();
            let gzipped = gzipped(&before, &deflate(&pieces), &after);
            prop_assert_eq!(unzipped(&gzipped), format!("{}{}{}", before, part.concat(), after));
        }
    }

    #[test]
    fn parts_may_be_larger_than_a_block_and_hard_to_compress() {
        let mut number = 1_u64;
        let mut noise = |length| -> String {
            let mut next = || {
                number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                char::from(32 + u8::try_from(number >> 58).unwrap_or(0))
            };
            (0..length).map(|_| next()).collect()
        };
        let (before, part, after) = (noise(70_000), noise(300_000), noise(65_535));
        let gzipped = gzipped(&before, &deflate(&[part.clone().into()]), &after);
        assert!(unzipped(&gzipped) == before + &part + &after);
    }
}
