// SPDX-License-Identifier: MIT
//! libmetagame from Rust: a closure as attribution method, errors as a Rust type, panics carried through C, ask and tell.
//! Gradient x input of f = x1 + x1 x2^2 at (3, 2), absent 0: phi_{1->1} = 3, phi_{2->1} = 12, phi_{1->2} = 24, phi_{2->2} = 0.
mod ffi;

use std::ffi::{c_void, CStr, CString};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr::{null, null_mut};

#[derive(Debug)]
struct Error {
    status: i32,
    user_code: i32,
    message: String,
}

/// One C call with an error structure of its own. Statuses >= 0 are states.
fn call(f: impl FnOnce(*mut ffi::Error) -> i32) -> Result<i32, Error> {
    let mut err = ffi::Error { status: 0, user_code: 0, message: [0; 504] };
    let status = f(&mut err);
    let message = unsafe { CStr::from_ptr(err.message.as_ptr()) }.to_string_lossy().into_owned();
    (status >= 0).then_some(status).ok_or(Error { status, user_code: err.user_code, message })
}

/// What the INIT macros give. T is one of the plain C structs, for which zero bytes are a value.
fn init<T>() -> T {
    let mut object = std::mem::MaybeUninit::<T>::uninit();
    unsafe { ffi::metagame_struct_init(object.as_mut_ptr().cast(), std::mem::size_of::<T>()) };
    unsafe { object.assume_init() }
}

/// Of a method, which fills the row of one coalition (bit p = player p): done, or a code (not 0) and a message of the host's.
type Outcome = Result<(), (i32, String)>;
type Method = dyn Fn(u64, &mut [f64]) -> Outcome + Send + Sync;

struct Context {
    method: Box<Method>,
    n_targets: usize,
    panic: std::sync::Mutex<Option<Box<dyn std::any::Any + Send>>>,
}

impl Context {
    /// Evaluates a batch, every coalition in a thread. `masks` has n words, `rows` room for n rows.
    unsafe fn rows(&self, masks: *const u64, n: usize, rows: *mut f64) -> Outcome {
        let (masks, rows) = (std::slice::from_raw_parts(masks, n), std::slice::from_raw_parts_mut(rows, n * self.n_targets));
        std::thread::scope(|scope| {
            let batch = masks.iter().zip(rows.chunks_mut(self.n_targets));
            let threads: Vec<_> = batch.map(|(&mask, row)| scope.spawn(move || (self.method)(mask, row))).collect();
            threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|payload| resume_unwind(payload)))
        })
    }
}

/// A panic must not unwind through C frames: it stops here, and `Game::solve` resumes it after the C call has cleaned up.
unsafe extern "C" fn attribute(user: *mut c_void, masks: *const u64, n: usize, rows: *mut f64, err: *mut ffi::Error) -> i32 {
    let context = &*(user as *const Context);
    let (code, message) = match catch_unwind(AssertUnwindSafe(|| context.rows(masks, n, rows))) {
        Ok(Ok(())) => return 0,
        Ok(Err(failure)) => failure,
        Err(payload) => {
            *context.panic.lock().unwrap() = Some(payload);
            (1, "the callback panicked".into())
        }
    };
    ffi::metagame_error_set(err, CString::new(message).unwrap_or_default().as_ptr());
    code
}

unsafe extern "C" fn destroy(user: *mut c_void) {
    drop(Box::from_raw(user as *mut Context));
}

/// A C handle with its destroy function.
struct Owned(*mut ffi::Handle, unsafe extern "C" fn(*mut ffi::Handle));

impl Drop for Owned {
    fn drop(&mut self) {
        unsafe { (self.1)(self.0) }
    }
}

/// The C game owns the context, which lives as long as the handle.
struct Game<'a>(Owned, &'a Context);

impl Game<'_> {
    fn new(own_player: &[i32], method: impl Fn(u64, &mut [f64]) -> Outcome + Send + Sync + 'static) -> Result<Self, Error> {
        let method = Box::new(method);
        let context = Box::into_raw(Box::new(Context { method, n_targets: own_player.len(), panic: None.into() }));
        let (mut attributor, mut game) = (init::<ffi::Attributor>(), Owned(null_mut(), ffi::metagame_game_destroy));
        attributor.name = c"closure".as_ptr();
        attributor.n_players = 2;
        attributor.n_targets = own_player.len() as u32;
        attributor.own_player = own_player.as_ptr();
        attributor.flags = ffi::THREADSAFE; // the method is Sync
        attributor.user = context.cast();
        attributor.attribute = Some(attribute);
        attributor.destroy = Some(destroy);
        call(|err| unsafe { ffi::metagame_game_from_attributor(&mut game.0, &attributor, null(), err) })?;
        Ok(Game(game, unsafe { &*context }))
    }

    /// Runs a C call that makes a result, and copies its matrix. A panic of the callback goes on from here.
    fn matrix(&self, make: impl FnOnce(&mut *mut ffi::Handle, *mut ffi::Error) -> i32) -> Result<Vec<f64>, Error> {
        let mut result = Owned(null_mut(), ffi::metagame_result_destroy);
        let outcome = call(|err| make(&mut result.0, err));
        if let Some(payload) = self.1.panic.lock().unwrap().take() {
            resume_unwind(payload);
        }
        outcome
            .map(|_| unsafe { std::slice::from_raw_parts(ffi::metagame_result_matrix(result.0), 2 * self.1.n_targets) }.to_vec())
    }

    fn solve(&self) -> Result<Vec<f64>, Error> {
        self.matrix(|result, err| unsafe { ffi::metagame_solve(result, self.0 .0, null(), err) })
    }

    /// The same without callback: the host asks, evaluates where and how it likes, and tells.
    fn ask_tell(&self) -> Result<Vec<f64>, Error> {
        let (mut request, mut session) = (init::<ffi::Request>(), Owned(null_mut(), ffi::metagame_session_destroy));
        call(|err| unsafe { ffi::metagame_session_create(&mut session.0, self.0 .0, null(), err) })?;
        while call(|err| unsafe { ffi::metagame_session_ask(session.0, &mut request, err) })? == ffi::OK {
            let (n, rows) = (request.n_masks, request.rows);
            let evaluated = unsafe { self.1.rows(request.masks, n, rows) };
            evaluated.map_err(|(user_code, message)| Error { status: ffi::E_CALLBACK, user_code, message })?;
            call(|err| unsafe { ffi::metagame_session_tell(session.0, request.ticket, rows, n, err) })?;
        }
        self.matrix(|result, err| unsafe { ffi::metagame_session_finish(result, session.0, err) })
    }
}

fn main() -> Result<(), Error> {
    let game = Game::new(&[0, 1], |mask, row| {
        let (x1, x2) = ((mask & 1) as f64 * 3.0, (mask >> 1 & 1) as f64 * 2.0);
        row.copy_from_slice(&[x1 + x1 * x2 * x2, 2.0 * x1 * x2 * x2]);
        Ok(())
    })?;
    let (solved, told) = (game.solve()?, game.ask_tell()?);
    println!("matrix: {solved:?}\nask and tell: {told:?}");
    assert_eq!((&solved, &told), (&vec![3.0, 12.0, 24.0, 0.0], &solved));

    let failing = Game::new(&[0, 1], |_, _| Err((7, "the model is offline".into())))?;
    let error = failing.solve().expect_err("the callback failed");
    assert!((error.status, error.user_code) == (ffi::E_CALLBACK, 7) && error.message.contains("the model is offline"));

    let panicking = Game::new(&[0, 1], |_, _| std::panic::panic_any("in the closure"))?;
    std::panic::set_hook(Box::new(|_| ())); // the next panic is meant: no report of it on stderr
    let payload = catch_unwind(AssertUnwindSafe(|| panicking.solve())).expect_err("the callback panicked");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"in the closure"));
    println!("panic carried, ok");
    Ok(())
}
