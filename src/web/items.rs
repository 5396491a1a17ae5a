//! A list, as programs get it.

use serde::Serialize;
use utoipa::ToSchema;

/// A list, or a page of one.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    items: Vec<T>,
    /// What leads to the next page; null on the last, and where there is one alone.
    next_cursor: Option<String>,
}

impl<T> Items<T> {
    /// A page, and what leads to the next.
    pub fn page(items: impl IntoIterator<Item = impl Into<T>>, next_cursor: Option<String>) -> axum::Json<Self> {
        axum::Json(Self { items: items.into_iter().map(Into::into).collect(), next_cursor })
    }

    /// The whole list.
    pub fn all(items: impl IntoIterator<Item = impl Into<T>>) -> axum::Json<Self> {
        Self::page(items, None)
    }
}
