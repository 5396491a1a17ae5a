//! The room: the live page of one incident, its composer, its stream, and the
//! pages of single entries.

pub mod api;
pub mod attachment;
pub mod command;
pub mod composer;
pub mod entry;
pub mod excerpt;
pub mod import;
pub mod import_form;
pub mod pages;
pub mod panels;
pub mod stream;
