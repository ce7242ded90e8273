// SPDX-License-Identifier: MIT
// Asks pkg-config where libmetagame is; no crate is needed for that.
use std::process::Command;

fn pkg_config(arguments: &[&str]) -> String {
    let tool = std::env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".into());
    let output = Command::new(tool).args(arguments).output().expect("pkg-config cannot be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("pkg-config printed something that is not UTF-8")
}

fn main() {
    for flag in pkg_config(&["--libs", "metagame >= 0.1"]).split_whitespace() {
        if let Some(directory) = flag.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={directory}");
        } else if let Some(library) = flag.strip_prefix("-l") {
            println!("cargo:rustc-link-lib=dylib={library}");
        }
    }
    // An example may be run from where it was built; a packaged program would not write this down.
    let libdir = pkg_config(&["--variable=libdir", "metagame"]);
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", libdir.trim());
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
}
