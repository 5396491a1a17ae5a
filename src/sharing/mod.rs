//! Sharing with readers who have no sign-in: secret links to an incident's
//! leadership view, and what stands behind them. A link shows what its view
//! shows and nothing more, in the page, its title and its stream.

pub mod api;
pub mod asking;
mod facts;
pub mod links;
pub mod pages;
pub mod screens;
pub mod share_links;
pub mod view;
pub mod visitor;
