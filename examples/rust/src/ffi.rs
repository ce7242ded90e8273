// SPDX-License-Identifier: MIT
//! The part of metagame.h used here, by hand. Statuses stay i32: as a Rust enum, a value from a newer library would be undefined.
use std::os::raw::{c_char, c_void};

pub const OK: i32 = 0;
pub const E_CALLBACK: i32 = -40;
pub const THREADSAFE: u64 = 1;

/// metagame_game, metagame_session, metagame_result: only ever pointed to.
pub enum Handle {}

#[repr(C)]
pub struct Error {
    pub status: i32,
    pub user_code: i32,
    pub message: [c_char; 504],
}

#[repr(C)]
pub struct Attributor {
    pub struct_size: usize,
    pub name: *const c_char,
    pub masking_id: *const c_char,
    pub n_players: u32,
    pub n_targets: u32,
    pub own_player: *const i32,
    pub flags: u64,
    pub max_batch: u64,
    pub user: *mut c_void,
    pub attribute: Option<unsafe extern "C" fn(*mut c_void, *const u64, usize, *mut f64, *mut Error) -> i32>,
    pub values: *const Handle, // from here the formula form, which stays empty: null pointers of any type
    pub value_output: u64,
    pub formula: [*const c_void; 3],
    pub destroy: Option<unsafe extern "C" fn(*mut c_void)>,
}

#[repr(C)]
pub struct Request {
    pub struct_size: usize,
    pub ticket: u64,
    pub masks: *const u64,
    pub n_masks: usize,
    pub mask_words: usize,
    pub n_players: u32,
    pub row_len: u32,
    pub kind: i32,
    pub reserved: i32,
    pub rows: *mut f64,
}

#[rustfmt::skip]
extern "C" {
    pub fn metagame_struct_init(object: *mut c_void, struct_size: usize);
    pub fn metagame_error_set(err: *mut Error, message: *const c_char);
    pub fn metagame_game_from_attributor(out: *mut *mut Handle, attributor: *const Attributor, allocator: *const c_void,
                                         err: *mut Error) -> i32;
    pub fn metagame_game_destroy(game: *mut Handle);
    pub fn metagame_solve(out: *mut *mut Handle, game: *const Handle, options: *const c_void, err: *mut Error) -> i32;
    pub fn metagame_session_create(out: *mut *mut Handle, game: *const Handle, options: *const c_void, err: *mut Error) -> i32;
    pub fn metagame_session_ask(session: *mut Handle, request: *mut Request, err: *mut Error) -> i32;
    pub fn metagame_session_tell(session: *mut Handle, ticket: u64, rows: *const f64, n_rows: usize, err: *mut Error) -> i32;
    pub fn metagame_session_finish(out: *mut *mut Handle, session: *mut Handle, err: *mut Error) -> i32;
    pub fn metagame_session_destroy(session: *mut Handle);
    pub fn metagame_result_matrix(result: *const Handle) -> *const f64;
    pub fn metagame_result_destroy(result: *mut Handle);
}
