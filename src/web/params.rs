//! What the address of a request says. Parts that cannot be read are answered
//! with a page of ours: no such page, or a parameter that makes no sense.

use axum::extract::FromRequestParts;

use super::Failure;

/// The parameters of a path; 404 where one is none of ours.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Failure))]
pub struct Path<T>(pub T);

/// The query; 400 where it cannot be read. Fields may repeat.
#[derive(FromRequestParts)]
#[from_request(via(axum_extra::extract::Query), rejection(Failure))]
pub struct Query<T>(pub T);
