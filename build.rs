//! Tells cargo what the compiled-in migrations are made of.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
