//! Small images, whole and broken, made here byte by byte.

use std::io::Write as _;

use data_encoding::BASE64;
use flate2::{Compression, Crc, write::ZlibEncoder};

/// A place that a camera notes: nobody's business.
pub const PLACE: &str = "GPS 48.1371 N 11.5754 E, the camera of Ana";

/// A progressive JPEG of 8 × 4 pixels.
const JPEG: &str = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wgARCAAEAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUAQEAAAAAAAAAAAAAAAAAAAAB/9oADAMBAAIQAxAAAAGAf//EABYQAQEBAAAAAAAAAAAAAAAAAAIAAf/aAAgBAQABBQIjL//EABcRAQADAAAAAAAAAAAAAAAAAAEAAxH/2gAIAQMBAT8BrXJ//8QAFREBAQAAAAAAAAAAAAAAAAAAAQD/2gAIAQIBAT8BW//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEABj8Cf//EABUQAQEAAAAAAAAAAAAAAAAAAABR/9oACAEBAAE/IYX/2gAMAwEAAgADAAAAEPf/xAAVEQEBAAAAAAAAAAAAAAAAAAAAQf/aAAgBAwEBPxCi/8QAFxEAAwEAAAAAAAAAAAAAAAAAAAERMf/aAAgBAgEBPxB10//EABUQAQEAAAAAAAAAAAAAAAAAAAAh/9oACAEBAAE/EJz/2Q==";
/// A WebP of 8 × 4 pixels.
const WEBP: &str = "UklGRjgAAABXRUJQVlA4ICwAAADwAQCdASoIAAQAB0CWJbACdH8AGBp+6wAA/oQD2YUxKhVWWncNB0ajEiRAAA==";
/// A GIF of 8 × 4 pixels.
const GIF: &str = "R0lGODdhCAAEAIQAANK0gLS0gJa0gNJ4gLR4gJZ4gHi0gFq0gHh4gFp4gDy0gB60gAC0gDx4gB54gAB4gNI8gLQ8gJY8gHg8gFo8gDw8gB48gAA8gNIAgLQAgJYAgHgAgFoAgDwAgB4AgAAAgCwAAAAACAAEAAAIJwA/eOjAYYOGDBguWKhAYYKECBAeOGiQAEEBAgMYLFBwwICAAAACAgA7";

/// A white PNG of this size, with further chunks before its picture.
pub fn png(width: u32, height: u32, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::fast());
    if u64::from(width) * u64::from(height) < 1_000_000 {
        let row: Vec<u8> = std::iter::once(0).chain(std::iter::repeat_n(255, width as usize)).collect();
        (0..height).for_each(|_| rows.write_all(&row).unwrap());
    }
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let picture = rows.finish().unwrap();
    let all = [(b"IHDR", &header[..])].into_iter().chain(chunks.iter().copied());
    for (kind, data) in all.chain([(b"IDAT", &picture[..]), (b"IEND", &[])]) {
        let mut crc = Crc::new();
        crc.update(kind);
        crc.update(data);
        png.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        png.extend(kind);
        png.extend(data);
        png.extend(crc.sum().to_be_bytes());
    }
    png
}

/// A JPEG of 8 × 4 pixels.
pub fn jpeg() -> Vec<u8> {
    BASE64.decode(JPEG.as_bytes()).unwrap()
}

/// The same as a phone writes it: with Exif that says which way up it is and
/// where it was taken, with XMP, a comment, and a film behind it.
pub fn jpeg_of_a_phone(orientation: u8) -> Vec<u8> {
    let plain = jpeg();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0", PLACE.as_bytes()].concat();
    let mut jpeg = plain[..2].to_vec();
    let exif = exif(orientation);
    let segments: [(u8, &[u8]); 4] = [(0xe1, &exif), (0xe1, &xmp), (0xed, PLACE.as_bytes()), (0xfe, PLACE.as_bytes())];
    for (marker, data) in segments {
        jpeg.extend([0xff, marker]);
        jpeg.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
        jpeg.extend(data);
    }
    jpeg.extend(&plain[2..]);
    jpeg.extend(PLACE.as_bytes());
    jpeg
}

/// Exif with an orientation and a description.
fn exif(orientation: u8) -> Vec<u8> {
    let length = u32::try_from(PLACE.len()).unwrap();
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02".to_vec();
    // ImageDescription, ASCII, at offset 38; Orientation, SHORT.
    exif.extend([&b"\x01\x0e\0\x02"[..], &length.to_be_bytes(), &38u32.to_be_bytes()].concat());
    exif.extend([&b"\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation, 0, 0], &0u32.to_be_bytes()].concat());
    exif.extend(PLACE.as_bytes());
    exif
}

/// A WebP of 8 × 4 pixels.
pub fn webp() -> Vec<u8> {
    BASE64.decode(WEBP.as_bytes()).unwrap()
}

/// The same, extended: with XMP that names a place.
pub fn webp_with_notes() -> Vec<u8> {
    let plain = webp();
    let mut chunks = b"WEBPVP8X\x0a\0\0\0\x04\0\0\0\x07\0\0\x03\0\0".to_vec();
    chunks.extend(&plain[12..]);
    chunks.extend([b"XMP ", &u32::try_from(PLACE.len()).unwrap().to_le_bytes()[..], PLACE.as_bytes()].concat());
    let length = u32::try_from(chunks.len()).unwrap().to_le_bytes();
    [b"RIFF", &length[..], &chunks].concat()
}

/// A GIF of 8 × 4 pixels.
pub fn gif() -> Vec<u8> {
    BASE64.decode(GIF.as_bytes()).unwrap()
}
