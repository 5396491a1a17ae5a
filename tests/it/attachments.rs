//! Images in entries: what is taken for one, where it stands, and that a
//! redaction takes it out for good.

use axum::body::Bytes;
use reqwest::{Method, StatusCode};
use second_story::{terms::Role, timeline::image::Image, web::upload};

use crate::support::{
    Client, Reply, Server, html,
    images::{PLACE, gif, jpeg, jpeg_of_a_phone, png, webp, webp_with_notes},
    key, rows,
};

const PATH: &str = "/incidents/1/timeline";

/// Sends a line with an image.
async fn attach(client: &Client, line: &str, image: &[u8]) -> Reply {
    let key = key();
    let fields = [("kind", "effect"), ("body", line), ("alt", "The graph falls"), ("key", &*key)];
    client.upload(PATH, &fields, &[("graph.png", "image/png", image)]).await
}

/// The address of the first image in a room.
async fn address(client: &Client) -> String {
    let room = client.room(1).await.body;
    let (_, rest) = room.split_once(r#"<img src=""#).expect("an image in the room");
    rest.split_once('"').unwrap().0.to_owned()
}

/// An image as a browser gets it.
async fn fetch(client: &Client, path: &str) -> (StatusCode, Vec<u8>) {
    let response = client.request(Method::GET, path).send().await.unwrap();
    (response.status(), response.bytes().await.unwrap().to_vec())
}

fn checked(bytes: &[u8]) -> Result<Image, String> {
    Image::check(&Bytes::copy_from_slice(bytes), "")
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}

#[tokio::test]
async fn an_image_stands_in_its_entry_and_is_served_as_what_it_is() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let mut live = ana.events(&format!("/incidents/{incident}/events?after=1"), None).await;
    let image = png(640, 480, &[]);
    let reply = attach(&ana, "error rate falls", &image).await;
    assert_eq!((reply.status.as_u16(), reply.location()), (303, "/incidents/1"), "{}", reply.body);

    let path = address(&ana).await;
    let shown = live.next_named("entry").await.unwrap().data;
    for page in [&shown, &ana.room(incident).await.body, &ana.get("/incidents/1/timeline/2").await.body] {
        let entry = html::entry(page, 2);
        assert!(entry.contains("error rate falls"), "{entry}");
        let img = format!(
            r#"<a href="{path}"><img src="{path}" alt="The graph falls" width="320" height="240" loading="lazy"></a>"#
        );
        assert!(page.contains(&img), "{img} in {page}");
    }
    let vera = server.person("Vera", Role::Viewer).await;
    let response = vera.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let headers = response.headers().clone();
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-disposition", r#"inline; filename="incident-1-entry-2.png""#),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-cache"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    assert_eq!(response.bytes().await.unwrap(), image);
    let again = vera.request(Method::GET, &path).header("if-none-match", &headers["etag"]).send().await.unwrap();
    assert_eq!(again.status(), 304);
    assert!(again.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_it_is_is_read_in_its_bytes_and_never_in_its_name() {
    let server = Server::start().await;
    let (ana, _) = server.room().await;
    for (bytes, media_type) in
        [(png(8, 4, &[]), "image/png"), (jpeg(), "image/jpeg"), (gif(), "image/gif"), (webp(), "image/webp")]
    {
        let image = checked(&bytes).unwrap();
        assert_eq!((image.media_type, image.width, image.height), (media_type, 8, 4));
        assert_eq!(image.bytes, bytes, "{media_type}: nothing was to be taken out");
    }
    // A JPEG that says it is a PNG is one, under a name of ours.
    for name in
        ["x.png", "../../../etc/passwd", "<script>alert(1)</script>.svg", "a%0d%0aSet-Cookie: x", "é\u{202e}gpj"]
    {
        let files: &[(&str, &str, &[u8])] = &[(name, "image/svg+xml", &jpeg())];
        let reply = ana.upload(PATH, &[("body", "see"), ("key", &key())], files).await;
        assert_eq!(reply.status, 303, "{name}: {}", reply.body);
    }
    let all = "select count(*) from attachments where media_type = 'image/jpeg'";
    assert_eq!(rows::count(&server.app.db, all).await, 5);
    let reply = ana.get(&address(&ana).await).await;
    assert_eq!(reply.headers["content-disposition"], r#"inline; filename="incident-1-entry-2.jpeg""#);
}

#[tokio::test]
async fn what_is_no_image_of_these_is_refused_and_the_words_are_kept() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let large = [png(8, 4, &[]), vec![0; upload::MAX_FILE]].concat();
    let bmp = [b"BM".to_vec(), vec![0; 60]].concat();
    let cut = jpeg();
    for (what, bytes, why) in [
        ("svg", &b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"[..], "something else"),
        ("html", b"<!doctype html><script>alert(1)</script>", "something else"),
        ("zip", b"PK\x03\x04 and so on and on and on", "something else"),
        ("bmp", &bmp, "something else"),
        ("nothing", b"", "no bytes"),
        ("one byte", b"\x89", "something else"),
        ("a name alone", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "broken"),
        ("a cut PNG", &png(8, 4, &[])[..40], "broken"),
        ("a cut JPEG", &cut[..100], "broken"),
        ("too large", &large, "5 MB fit"),
        ("a bomb", &png(50_000, 1_001, &[]), "50 million fit"),
        ("a bomb in one row", &png(50_000_001, 1, &[]), "50 million fit"),
    ] {
        let reply = attach(&ana, "words that are kept", bytes).await;
        assert_eq!(reply.status, 422, "{what}");
        let said = html::element(&reply.body, "body-error").unwrap();
        assert!(said.contains(why), "{what}: {said}");
        assert!(reply.body.contains(">words that are kept</textarea>"), "{what}");
        assert!(reply.error("image").unwrap().contains("choose the image again"), "{what}");
    }
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 1);
    assert_eq!(rows::count(&server.app.db, "select count(*) from attachments").await, 0);
    assert_eq!(attach(&ana, "x", &png(50_000, 1_000, &[])).await.status, 303, "and 50 million do");
}

#[tokio::test]
async fn what_a_camera_noted_is_taken_out_and_which_way_up_it_is_stays() {
    let plain = checked(&jpeg()).unwrap();
    for (orientation, size) in [(1, (8, 4)), (3, (8, 4)), (6, (4, 8)), (8, (4, 8))] {
        let noted = jpeg_of_a_phone(orientation);
        assert!(holds(&noted, PLACE));
        let image = checked(&noted).unwrap();
        assert!(!holds(&image.bytes, PLACE) && !holds(&image.bytes, "adobe"), "{orientation}");
        assert_eq!((image.width, image.height), size, "as it is seen");
        let kept = image.bytes.windows(6).position(|it| it == b"Exif\0\0").map(|at| image.bytes[at + 6 + 18]);
        assert_eq!(kept, (orientation > 1).then_some(orientation));
        if orientation == 1 {
            assert_eq!(image.bytes, plain.bytes, "the picture itself is untouched");
        }
    }
    let text = [b"Comment\0", PLACE.as_bytes()].concat();
    let chunks: [(&[u8; 4], &[u8]); 4] =
        [(b"gAMA", &[0, 0, 0xb1, 0x8f]), (b"tEXt", &text), (b"iTXt", PLACE.as_bytes()), (b"eXIf", PLACE.as_bytes())];
    let noted = [png(8, 4, &chunks), PLACE.into()].concat();
    assert_eq!(checked(&noted).unwrap().bytes, png(8, 4, &chunks[..1]));

    let noted = webp_with_notes();
    let image = checked(&noted).unwrap();
    assert!(holds(&noted, PLACE) && !holds(&image.bytes, PLACE));
    assert_eq!((image.width, image.height, image.bytes.len() < noted.len()), (8, 4, true));

    let server = Server::start().await;
    let (ana, _) = server.room().await;
    assert_eq!(attach(&ana, "see", &jpeg_of_a_phone(6)).await.status, 303);
    let (_, bytes) = fetch(&ana, &address(&ana).await).await;
    assert!(!holds(&bytes, PLACE));
}

#[tokio::test]
async fn up_to_four_images_make_one_entry_and_need_no_words() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let image = png(8, 4, &[]);
    let files = [("a", "image/png", &image[..]); 5];
    let reply = ana.upload(PATH, &[("body", "five"), ("key", &key())], &files).await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("4 images fit"));
    let fields = [("body", " \u{200b}"), ("key", &*key()), ("alt", ""), ("alt", "second")];
    assert_eq!(ana.upload(PATH, &fields, &files[..4]).await.status, 303);
    let room = ana.room(incident).await.body;
    let entry = room.split_once(r#"id="e2""#).unwrap().1.split_once(r#"id="e3""#).unwrap().0;
    assert_eq!(entry.matches("<img ").count(), 4);
    assert_eq!(entry.matches(r#"alt="image without description""#).count(), 3);
    assert_eq!(entry.matches(">image without description</span>").count(), 3);
    assert!(entry.find(r#"alt="second""#) > entry.find("<img "));

    // Neither words nor an image say nothing; and a command takes no image.
    let nothing = ana.upload(PATH, &[("body", ""), ("key", &key())], &[("", "application/octet-stream", b"")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.error("image").is_none(), "none was chosen");
    let command = ana.upload(PATH, &[("body", "/sev 1"), ("key", &key())], &files[..1]).await;
    assert_eq!(command.status, 422);
    assert!(command.body.contains("A command takes no image"));
    let long = "x".repeat(1_001);
    let words = ana.upload(PATH, &[("body", "x"), ("alt", &long), ("key", &key())], &files[..1]).await;
    assert!(words.body.contains("1001 characters"));
    // The form of a page without a script, with nothing chosen.
    let plain = ana.upload(PATH, &[("body", "plain"), ("key", &key())], &[("", "application/octet-stream", b"")]).await;
    assert_eq!(plain.status, 303);
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 4);
}

#[tokio::test]
async fn whoever_may_not_see_the_incident_does_not_get_its_images() {
    let server = Server::start().await;
    let (ana, _) = server.room().await;
    attach(&ana, "see", &png(8, 4, &[])).await;
    let path = address(&ana).await;
    assert!(server.anybody().get(&path).await.asks_to_sign_in());
    ana.declare("Another").await;
    for other in [
        path.replace("/1/", "/2/"),
        path.replace("/1/", "/99/"),
        "/incidents/1/attachments/019aa000-0000-7000-8000-000000000000".into(),
        "/incidents/1/attachments/x".into(),
    ] {
        assert_eq!(ana.get(&other).await.status, 404, "{other}");
    }
    let vera = server.person("Vera", Role::Viewer).await;
    assert_eq!(attach(&vera, "mine", &png(8, 4, &[])).await.status, 403);
    assert!(attach(&server.anybody(), "mine", &png(8, 4, &[])).await.asks_to_sign_in());
    assert_eq!(rows::count(&server.app.db, "select count(*) from attachments").await, 1);
}

#[tokio::test]
async fn a_redaction_takes_the_image_out_for_good() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let olga = server.person("Olga", Role::Admin).await;
    attach(&ana, "a password", &png(8, 4, &[])).await;
    let path = address(&ana).await;
    let tag = ana.get(&path).await.headers["etag"].clone();
    let mut live = ana.events(&format!("/incidents/{incident}/events?after=3"), None).await;

    let strike = [("strike", "true"), ("reason", "not so")];
    assert_eq!(ana.submit("/incidents/1/timeline/2/corrections", &strike).await.status, 303);
    assert_eq!(ana.get(&path).await.status, 200, "struck out, it is still there");
    let redaction = [("reason", "a password")];
    assert_eq!(olga.submit("/incidents/1/timeline/2/redaction", &redaction).await.status, 303);
    assert_eq!(ana.get(&path).await.status, 404);
    let known = ana.request(Method::GET, &path).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(known.status(), 404, "what a browser kept is no longer good");
    assert_eq!(rows::count(&server.app.db, "select count(*) from attachments").await, 0);
    live.next_named("entry").await.unwrap();
    let shown = live.next_named("entry").await.unwrap().data;
    for page in [&shown, &ana.room(incident).await.body, &ana.get("/incidents/1/timeline/2").await.body] {
        assert!(!page.contains("<img ") && !page.contains("The graph falls"), "{page}");
    }
}

#[tokio::test]
async fn the_same_line_with_the_same_image_is_written_once() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let (one, other) = (png(8, 4, &[]), png(4, 8, &[]));
    let key = key();
    let fields = [("body", "see"), ("alt", "a graph"), ("key", &*key)];
    let send = async |image: &[u8]| ana.upload(PATH, &fields, &[("a", "image/png", image)]).await;
    assert_eq!(send(&one).await.status, 303);
    assert_eq!(send(&one).await.status, 303);
    let reply = send(&other).await;
    reply.assert_refused("image", ">see</textarea>", &key);
    let without = ana.post(PATH, &fields).await;
    assert_eq!(without.status, 422, "without its image it is another line");
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 3);
    assert_eq!(rows::count(&server.app.db, "select count(*) from attachments").await, 1);
}

#[tokio::test]
async fn a_form_with_files_that_cannot_be_read_writes_nothing() {
    let server = Server::start().await;
    let (ana, incident) = server.room().await;
    let send = async |content_type: &str, body: Vec<u8>| {
        let request = ana.request(Method::POST, PATH).header("origin", ana.base());
        ana.send(request.header("content-type", content_type).body(body)).await.status.as_u16()
    };
    let edge = "multipart/form-data; boundary=edge";
    let part = |head: &str, value: &[u8]| {
        [b"--edge\r\nContent-Disposition: form-data; ", head.as_bytes(), b"\r\n\r\n", value].concat()
    };
    for (content_type, body, status) in [
        ("multipart/form-data", vec![], 415),
        (edge, b"--edge--".to_vec(), 422),
        (edge, b"".to_vec(), 400),
        (edge, part("name=\"body\"", b"cut off"), 400),
        (edge, [&part("name=\"body\"", b"\xff\xfe")[..], b"\r\n--edge--"].concat(), 400),
        (edge, [&part("name=\"body\"", &vec![b'a'; 5 << 20])[..], b"\r\n--edge--"].concat(), 413),
        (
            edge,
            [&part("name=\"image\"; filename=\"a\"", &vec![b'a'; upload::MAX_BYTES])[..], b"\r\n--edge--"].concat(),
            413,
        ),
    ] {
        assert_eq!(send(content_type, body.clone()).await, status, "{content_type} {} bytes", body.len());
    }
    assert_eq!(rows::timeline(&server.app.db, incident).await.len(), 1);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_reading_an_image_panic(
        which in 0usize..6,
        cut in 0usize..700,
        changes in proptest::collection::vec((0usize..700, 0u8..=255), 0..8),
    ) {
        let whole = [png(8, 4, &[(b"tEXt", b"a\0b")]), jpeg(), jpeg_of_a_phone(6), webp(), webp_with_notes(), gif()];
        let mut bytes = whole[which].clone();
        for (at, value) in changes {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        bytes.truncate(bytes.len().saturating_sub(cut % bytes.len()));
        if let Ok(image) = checked(&bytes) {
            // Read again, nothing is left to take out.
            proptest::prop_assert_eq!(checked(&image.bytes).unwrap().bytes, image.bytes);
        }
    }
}
