//! The room: the live page of one incident, its composer, its stream, and the
//! pages of single entries.

pub mod api;
pub mod as_of;
pub mod attachment;
pub mod brief;
pub mod command;
pub mod composer;
pub mod entry;
pub mod excerpt;
pub mod front;
pub mod holding;
pub mod import;
pub mod import_form;
pub mod lanes;
pub mod pages;
pub mod panels;
pub mod pin;
pub mod replay;
pub mod stream;
pub mod tabs;
