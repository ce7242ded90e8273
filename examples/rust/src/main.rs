// SPDX-License-Identifier: MIT
//! Gradient x input of f = x1 + x1 x2^2 at (3, 2), absent 0: the matrix is [[3, 12], [24, 0]].
mod ffi;

use ffi::*;
use std::ffi::{c_void, CStr, CString};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr::{null, null_mut};
use std::slice::{from_raw_parts, from_raw_parts_mut};
use std::sync::{Arc, Mutex};

#[derive(Debug)]
struct Error {
    status: i32,
    user_code: i32,
    message: String,
}
type Result<T> = std::result::Result<T, Error>;
type Matrix = [[f64; 2]; 2];

/// A C call; statuses below 0 are errors.
fn call(f: impl FnOnce(ErrOut) -> i32) -> Result<i32> {
    let mut err = CError { status: 0, user_code: 0, message: [0; 504] };
    let status = f(&mut err);
    let message = unsafe { CStr::from_ptr(err.message.as_ptr()) }.to_string_lossy().into_owned();
    (status >= 0).then_some(status).ok_or(Error { status, user_code: err.user_code, message })
}

struct Context {
    method: Box<dyn Fn(u64) -> Result<[f64; 2]> + Send + Sync>, // coalition -> attributions of both players
    panic: Mutex<Option<Box<dyn std::any::Any + Send>>>,
}

impl Context {
    /// Evaluates a batch, each coalition in a thread, whose panic goes on here.
    unsafe fn evaluate(&self, masks: *const u64, n: usize, rows: *mut f64) -> Result<()> {
        let batch = from_raw_parts(masks, n).iter().zip(from_raw_parts_mut(rows.cast(), n));
        let run = |(&mask, row): (_, &mut _)| (self.method)(mask).map(|answer| *row = answer);
        std::thread::scope(|scope| {
            let threads: Vec<_> = batch.map(|task| scope.spawn(move || run(task))).collect();
            threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|p| resume_unwind(p)))
        })
    }
}

/// A panic must not unwind through C frames: it waits in the context until the C call has cleaned up.
unsafe extern "C" fn attribute(
    user: *mut c_void, masks: *const u64, n: usize, rows: *mut f64, err: ErrOut,
) -> i32 {
    let context = &*user.cast::<Context>();
    let outcome = catch_unwind(AssertUnwindSafe(|| context.evaluate(masks, n, rows)));
    let outcome = outcome.unwrap_or_else(|panic| {
        *context.panic.lock().unwrap() = Some(panic);
        Err(Error { status: 0, user_code: 1, message: "panic".into() })
    });
    let Err(error) = outcome else { return 0 };
    metagame_error_set(err, CString::new(error.message).unwrap_or_default().as_ptr());
    error.user_code
}

unsafe extern "C" fn destroy(user: *mut c_void) {
    drop(Arc::from_raw(user.cast::<Context>()));
}

/// A C handle and its destroy function.
struct Owned(*mut Handle, unsafe extern "C" fn(*mut Handle));

impl Drop for Owned {
    fn drop(&mut self) {
        unsafe { (self.1)(self.0) }
    }
}

struct Game(Owned, Arc<Context>);

impl Game {
    fn new(method: impl Fn(u64) -> Result<[f64; 2]> + Send + Sync + 'static) -> Result<Self> {
        let context = Arc::new(Context { method: Box::new(method), panic: Mutex::default() });
        let own_player = [0, 1];
        let attributor = Attributor {
            struct_size: std::mem::size_of::<Attributor>(),
            name: c"closure".as_ptr(),
            n_players: 2,
            n_targets: 2,
            own_player: own_player.as_ptr(),
            user: Arc::into_raw(context.clone()) as *mut c_void,
            attribute: Some(attribute),
            destroy: Some(destroy),
            ..unsafe { std::mem::zeroed() }
        };
        let mut game = Owned(null_mut(), metagame_game_destroy);
        call(|err| unsafe { metagame_game_from_attributor(&mut game.0, &attributor, null(), err) })?;
        Ok(Game(game, context))
    }

    /// The matrix of the result that a C call makes; a panic of the method goes on here.
    fn matrix(&self, make: impl FnOnce(Out, ErrOut) -> i32) -> Result<Matrix> {
        let mut result = Owned(null_mut(), metagame_result_destroy);
        let outcome = call(|err| make(&mut result.0, err));
        if let Some(panic) = self.1.panic.lock().unwrap().take() {
            resume_unwind(panic);
        }
        outcome.map(|_| unsafe { *metagame_result_matrix(result.0).cast() })
    }

    fn solve(&self) -> Result<Matrix> {
        self.matrix(|out, err| unsafe { metagame_solve(out, self.0 .0, null(), err) })
    }

    /// The same without callback: the host asks, evaluates as it likes, and tells.
    fn ask_tell(&self) -> Result<Matrix> {
        let mut session = Owned(null_mut(), metagame_session_destroy);
        call(|err| unsafe { metagame_session_create(&mut session.0, self.0 .0, null(), err) })?;
        let mut r = Request { struct_size: std::mem::size_of::<Request>(), ..unsafe { std::mem::zeroed() } };
        while call(|err| unsafe { metagame_session_ask(session.0, &mut r, err) })? == 0 {
            unsafe { self.1.evaluate(r.masks, r.n_masks, r.rows) }?;
            call(|err| unsafe { metagame_session_tell(session.0, r.ticket, r.rows, r.n_masks, err) })?;
        }
        self.matrix(|out, err| unsafe { metagame_session_finish(out, session.0, err) })
    }
}

fn main() -> Result<()> {
    let game = Game::new(|mask| {
        let (x1, x2) = ((mask & 1) as f64 * 3.0, (mask >> 1 & 1) as f64 * 2.0);
        Ok([x1 + x1 * x2 * x2, 2.0 * x1 * x2 * x2])
    })?;
    let (solved, told) = (game.solve()?, game.ask_tell()?);
    println!("matrix: {solved:?}\nask and tell: {told:?}");
    assert_eq!([solved, told], [[[3.0, 12.0], [24.0, 0.0]]; 2]);

    let offline = Game::new(|_| Err(Error { status: 0, user_code: 7, message: "model offline".into() }))?;
    let error = offline.solve().expect_err("the callback failed");
    println!("error {}, code {}: {}", error.status, error.user_code, error.message);

    let panicking = Game::new(|_| resume_unwind(Box::new("in the closure")))?; // panic! without its report
    let panic = catch_unwind(AssertUnwindSafe(|| panicking.solve())).expect_err("the callback panicked");
    println!("panic carried: {}", panic.downcast_ref::<&str>().unwrap());
    Ok(())
}
