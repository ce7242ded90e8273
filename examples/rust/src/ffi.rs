// SPDX-License-Identifier: MIT
//! The part of metagame.h used here. Statuses stay i32: an enum could not hold those of a newer library.
use std::ffi::{c_char, c_void};

pub enum Handle {} // a game, session or result: only ever pointed to
pub type Out = *mut *mut Handle;
pub type ErrOut = *mut CError;

#[repr(C)]
pub struct CError {
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
    pub attribute: Option<unsafe extern "C" fn(*mut c_void, *const u64, usize, *mut f64, ErrOut) -> i32>,
    pub formula: [u64; 5], // the formula form, not used
    pub destroy: Option<unsafe extern "C" fn(*mut c_void)>,
    pub semivalue: *const c_void, // not used
}

#[repr(C)]
pub struct Request {
    pub struct_size: usize,
    pub ticket: u64,
    pub masks: *const u64,
    pub n_masks: usize,
    pub shape: [u64; 3], // mask_words; n_players and row_len; kind and reserved
    pub rows: *mut f64,
}

#[link(name = "metagame")]
extern "C" {
    pub fn metagame_error_set(err: ErrOut, message: *const c_char);
    pub fn metagame_game_from_attributor(out: Out, a: *const Attributor, m: *const c_void, e: ErrOut) -> i32;
    pub fn metagame_game_destroy(game: *mut Handle);
    pub fn metagame_solve(out: Out, game: *mut Handle, options: *const c_void, err: ErrOut) -> i32;
    pub fn metagame_session_create(out: Out, game: *mut Handle, opt: *const c_void, err: ErrOut) -> i32;
    pub fn metagame_session_ask(session: *mut Handle, request: *mut Request, err: ErrOut) -> i32;
    pub fn metagame_session_tell(s: *mut Handle, ticket: u64, rows: *const f64, n: usize, e: ErrOut) -> i32;
    pub fn metagame_session_finish(out: Out, session: *mut Handle, err: ErrOut) -> i32;
    pub fn metagame_session_destroy(session: *mut Handle);
    pub fn metagame_result_matrix(result: *mut Handle) -> *const f64;
    pub fn metagame_result_destroy(result: *mut Handle);
}
