//! Images: what they are by their bytes, how large they are, and without what
//! a camera noted besides the picture.

use bytes::Bytes;
use exif::{In, Reader, Tag};
use imagesize::{ImageType, blob_size, image_type};
use img_parts::{
    ImageEXIF,
    jpeg::{Jpeg, JpegSegment, markers},
    png::Png,
    riff::{RiffChunk, RiffContent},
    webp::{self, WebP},
};
use sha2::{Digest, Sha256};

use crate::web::{
    form,
    upload::{MAX_FILE, MAX_FILES},
};

/// How long the words for an image may be, in characters.
const MAX_ALT: usize = 1_000;
/// How many pixels an image has at most: some compress to nothing, and no
/// browser unpacks them.
const MAX_PIXELS: usize = 50_000_000;

/// An image that may become part of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// What it is: `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
    pub media_type: &'static str,
    /// In pixels, as it is seen.
    pub width: i32,
    /// In pixels, as it is seen.
    pub height: i32,
    /// What it shows, in words; may be empty.
    pub alt: String,
    /// Its bytes, without what a camera noted.
    pub bytes: Bytes,
}

impl Image {
    /// Checks the files of a form, and the words for each, in the same order.
    pub fn all(files: &[Bytes], alts: &[String]) -> Result<Vec<Self>, String> {
        if files.len() > MAX_FILES {
            return Err(format!("{MAX_FILES} images fit in one entry. Add the others with the next."));
        }
        let alt = |index: usize| alts.get(index).map_or("", String::as_str);
        files.iter().enumerate().map(|(index, file)| Self::check(file, alt(index))).collect()
    }

    /// Checks an image and takes out what a camera noted besides the picture:
    /// where it was, whose it is.
    ///
    /// Errors are sentences for the person who added it.
    pub fn check(file: &Bytes, alt: &str) -> Result<Self, String> {
        let alt = form::optional_line(alt, MAX_ALT).map_err(|why| format!("The words for the image: {why}"))?;
        if file.is_empty() {
            return Err("This image is empty: the file has no bytes.".into());
        }
        if file.len() > MAX_FILE {
            return Err(format!("This image is too large: {} MB fit.", MAX_FILE >> 20));
        }
        let kind = image_type(file).map_err(|_| OTHER)?;
        let media_type = match kind {
            ImageType::Png => "image/png",
            ImageType::Jpeg => "image/jpeg",
            ImageType::Gif => "image/gif",
            ImageType::Webp => "image/webp",
            _ => return Err(OTHER.into()),
        };
        let size = blob_size(file).ok().filter(|size| size.width > 0 && size.height > 0).ok_or(BROKEN)?;
        if size.width.saturating_mul(size.height) > MAX_PIXELS {
            return Err(format!("This image has {} × {} pixels; 50 million fit.", size.width, size.height));
        }
        let (bytes, turned) = without_notes(kind, file).ok_or(BROKEN)?;
        // What is left of a broken file may be no image any more.
        if blob_size(&bytes).ok() != Some(size) {
            return Err(BROKEN.into());
        }
        let (width, height) =
            (i32::try_from(size.width).map_err(|_| BROKEN)?, i32::try_from(size.height).map_err(|_| BROKEN)?);
        let (width, height) = if turned { (height, width) } else { (width, height) };
        Ok(Self { media_type, width, height, alt, bytes })
    }

    /// What stands for its bytes in a client key.
    pub fn hash(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(&self.bytes))
    }
}

const OTHER: &str = "Only PNG, JPEG, GIF and WebP images can be added. This is something else.";
const BROKEN: &str = "This image can't be read: it is broken or cut off.";

/// The same picture without what was noted besides it, and whether it is seen
/// turned on its side. `None` when it cannot be taken apart.
fn without_notes(kind: ImageType, file: &Bytes) -> Option<(Bytes, bool)> {
    match kind {
        ImageType::Jpeg => {
            let mut jpeg = Jpeg::from_bytes(picture_of_jpeg(file)).ok()?;
            let turned = keep_orientation(&mut jpeg, |jpeg| jpeg.segments_mut().retain(is_of_the_picture));
            Some((jpeg.encoder().bytes(), turned))
        }
        ImageType::Png => {
            let mut png = Png::from_bytes(file.clone()).ok()?;
            let turned = keep_orientation(&mut png, |png| png.chunks_mut().retain(|it| OF_PNG.contains(&&it.kind())));
            Some((png.encoder().bytes(), turned))
        }
        ImageType::Webp => {
            let mut webp = WebP::from_bytes(file.clone()).ok()?;
            let turned = keep_orientation(&mut webp, |webp| {
                webp.chunks_mut().retain(|it| OF_WEBP.contains(&it.id()));
                forget_xmp(webp);
            });
            Some((webp.encoder().bytes(), turned))
        }
        // No camera writes it.
        _ => Some((file.clone(), false)),
    }
}

/// Strips an image and puts back which way up it is seen, if that was noted.
fn keep_orientation<I: ImageEXIF>(image: &mut I, strip: impl FnOnce(&mut I)) -> bool {
    let noted = image.exif().and_then(|exif| Reader::new().read_raw(exif.to_vec()).ok());
    let noted = noted.and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0));
    let orientation = noted.and_then(|it| u8::try_from(it).ok()).filter(|it| (2..=8).contains(it));
    strip(image);
    image.set_exif(orientation.map(|it| Bytes::copy_from_slice(&exif_of(it))));
    orientation.is_some_and(|it| it >= 5)
}

/// Exif that says which way up a picture is seen, and nothing besides.
const fn exif_of(orientation: u8) -> [u8; 26] {
    let mut exif = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
    exif[18] = orientation;
    exif
}

/// The chunks that make a PNG's picture, and how its colours and frames are meant.
const OF_PNG: &[&[u8; 4]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD",
    b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

/// The chunks that make a WebP's picture, and how its colours and frames are meant.
const OF_WEBP: &[[u8; 4]] = &[
    webp::CHUNK_VP8,
    webp::CHUNK_VP8L,
    webp::CHUNK_VP8X,
    webp::CHUNK_ALPH,
    webp::CHUNK_ANIM,
    webp::CHUNK_ANMF,
    webp::CHUNK_ICCP,
];

/// The flag that says that XMP follows.
fn forget_xmp(webp: &mut WebP) {
    const XMP: u8 = 0b100;
    let extended = webp.chunks_mut().iter_mut().find(|it| it.id() == webp::CHUNK_VP8X);
    if let Some(RiffContent::Data(data)) = extended.map(RiffChunk::content_mut)
        && let Some((flags, rest)) = data.split_first()
    {
        *data = [&[flags & !XMP], rest].concat().into();
    }
}

/// Whether a segment of a JPEG is needed to see it: not the notes of cameras
/// and programs, but what says how its colours are meant.
fn is_of_the_picture(segment: &JpegSegment) -> bool {
    match segment.marker() {
        markers::APP2 => segment.contents().starts_with(b"ICC_PROFILE\0"),
        markers::APP0 | markers::APP14 => true,
        markers::APP1..=markers::APP15 | markers::COM => false,
        _ => true,
    }
}

/// A JPEG up to its end. Behind it phones put a film, and further pictures
/// with notes of their own.
fn picture_of_jpeg(file: &Bytes) -> Bytes {
    let mut at = 2;
    // Fill bytes, restarts and escaped bytes are no markers.
    while let Some(marker) = file.get(at..at + 2) {
        match marker {
            [markers::P, markers::EOI] => return file.slice(..at + 2),
            [markers::P, markers::Z | markers::RST0..=markers::RST7] => at += 2,
            [markers::P, markers::P] => at += 1,
            [markers::P, _] => match file.get(at + 2..at + 4) {
                Some(length) => at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]])),
                None => break,
            },
            _ => at += 1,
        }
    }
    file.clone()
}
