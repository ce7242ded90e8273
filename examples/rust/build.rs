// SPDX-License-Identifier: MIT
// Asks pkg-config where libmetagame is; no crate is needed for that.
fn main() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    let mut tool = std::process::Command::new("pkg-config");
    let output = tool.args(["--variable=libdir", "metagame"]).output().expect("pkg-config cannot be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let libdir = String::from_utf8(output.stdout).expect("the path is not UTF-8");
    println!("cargo:rustc-link-search=native={}", libdir.trim());
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", libdir.trim()); // to run it from where it was built
}
