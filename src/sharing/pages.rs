//! `/s/{token}`: what a link shows, without a sign-in, and live.

use std::{convert::Infallible, sync::Arc};

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, Method},
    response::Response,
};
use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    asking::AskForm,
    links,
    screens::Rendered,
    view::Look,
    visitor::{Visitor, unlisted},
};
use crate::{
    App,
    people::streams::{self, Held},
    timeline::key::fresh,
    web::{
        Answer, Failure,
        events::{self, PING, frame},
        form::Errors,
        page_with,
    },
};

impl Visitor {
    /// What their link shows.
    pub fn look(&self) -> Look {
        let link = &self.link;
        Look { incident: link.incident, names: link.names, may_ask: link.may_ask, shows_summary: link.shows_summary }
    }
}

/// The page of a link.
#[derive(Template)]
#[template(path = "sharing/screen.html")]
pub struct ScreenPage {
    pub(super) path: String,
    pub(super) rendered: Arc<Rendered>,
    pub(super) may_ask: bool,
    /// Questions that others wait for, offered before a new one is asked.
    pub(super) similar: Vec<(Uuid, String)>,
    pub(super) form: AskForm,
    pub(super) errors: Errors,
}

impl ScreenPage {
    /// As it is when one comes.
    pub(super) async fn of(app: &App, visitor: &Visitor) -> Result<Self, Failure> {
        let rendered = app.screens.newest(app, visitor.look()).await?;
        Ok(Self {
            path: visitor.path(),
            may_ask: visitor.link.may_ask && rendered.shown.is_open,
            rendered,
            similar: Vec::new(),
            form: AskForm::default(),
            errors: Errors::default(),
        })
    }

    /// With a question that was not taken, and why.
    pub(super) fn again(self, form: AskForm, errors: Errors) -> Self {
        Self { form: AskForm { key: fresh(), ..form }, errors, ..self }
    }

    /// Answers it under a status.
    pub(super) fn answer(&self, status: axum::http::StatusCode) -> Answer {
        Ok(unlisted(page_with(status, self)?))
    }
}

/// `GET /s/{token}`: counted, but not by whom.
pub async fn show(State(app): State<App>, visitor: Visitor, method: Method, headers: HeaderMap) -> Answer {
    // What only looks ahead has not been seen by anybody.
    let looks_ahead = headers.get("sec-purpose").is_some_and(|purpose| purpose.as_bytes().starts_with(b"prefetch"));
    if method == Method::GET && !looks_ahead {
        links::count_view(&app.db, visitor.link.id).await?;
    }
    ScreenPage::of(&app, &visitor).await?.answer(axum::http::StatusCode::OK)
}

/// `GET /s/{token}/events`: the view whenever it changes.
pub async fn events(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let held = app.streams.hold(streams::Shown { session: visitor.link.id, incident: None });
    let (screen, shown) = app.screens.watch(&app, visitor.look()).await?;
    let reader = Reader { held, shown, first: true };
    let events = reader.events();
    let events = stream::StreamExt::map(events, move |event| {
        // Held for as long as somebody watches.
        let _ = &screen;
        Ok::<_, Infallible>(event)
    });
    Ok(unlisted(events::response(events)))
}

/// Somebody who has the view open.
struct Reader {
    held: Held,
    shown: watch::Receiver<Arc<Rendered>>,
    first: bool,
}

impl Reader {
    /// What they are sent, until they leave or their link ends.
    fn events(self) -> impl Stream<Item = Bytes> {
        stream::unfold(self, async |mut reader| reader.next().await.map(|bytes| (bytes, reader)))
    }

    async fn next(&mut self) -> Option<Bytes> {
        if std::mem::take(&mut self.first) {
            return Some(self.shown.borrow_and_update().event.clone());
        }
        tokio::select! {
            () = self.held.ended.cancelled() => None,
            changed = self.shown.changed() => changed.ok().map(|()| self.shown.borrow_and_update().event.clone()),
            () = tokio::time::sleep(PING) => Some(frame("ping", None, ".")),
        }
    }
}
