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
    match f(&mut err) {
        state @ 0.. => Ok(state),
        status => {
            let text = |pointer| unsafe { CStr::from_ptr(pointer) }.to_string_lossy();
            let message = format!("{}: {}", text(unsafe { ffi::metagame_status_name(status) }), text(err.message.as_ptr()));
            Err(Error { status, user_code: err.user_code, message })
        }
    }
}

/// What the INIT macros give. T is one of the plain C structs, for which zero bytes are a value.
fn init<T>() -> T {
    let mut object = std::mem::MaybeUninit::zeroed();
    unsafe {
        ffi::metagame_struct_init(object.as_mut_ptr() as *mut c_void, std::mem::size_of::<T>());
        object.assume_init()
    }
}

/// Fills the row of one coalition (bit p = player p), or fails with a code and a message of the host's.
type Method = Box<dyn Fn(u64, &mut [f64]) -> Result<(), (i32, String)> + Send + Sync>;

struct Context {
    method: Method,
    n_targets: usize,
    panic: std::sync::Mutex<Option<Box<dyn std::any::Any + Send>>>,
}

impl Context {
    fn rows(&self, masks: &[u64], rows: &mut [f64]) -> Result<(), (i32, String)> {
        masks.iter().zip(rows.chunks_exact_mut(self.n_targets)).try_for_each(|(&mask, row)| (self.method)(mask, row))
    }
}

/// A panic must not unwind through C frames: it stops here, and `Game::solve` resumes it after the C call has cleaned up.
unsafe extern "C" fn attribute(user: *mut c_void, masks: *const u64, n: usize, rows: *mut f64, err: *mut ffi::Error) -> i32 {
    let context = &*(user as *const Context);
    let (masks, rows) = (std::slice::from_raw_parts(masks, n), std::slice::from_raw_parts_mut(rows, n * context.n_targets));
    let (code, message) = match catch_unwind(AssertUnwindSafe(|| context.rows(masks, rows))) {
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

/// The C game owns the context, which lives as long as `handle`.
struct Game<'a> {
    handle: *mut ffi::Handle,
    context: &'a Context,
}

impl Drop for Game<'_> {
    fn drop(&mut self) {
        unsafe { ffi::metagame_game_destroy(self.handle) }
    }
}

impl Game<'_> {
    fn new(own_player: &[i32], method: Method) -> Result<Self, Error> {
        let context = Box::into_raw(Box::new(Context { method, n_targets: own_player.len(), panic: None.into() }));
        let (mut attributor, mut handle) = (init::<ffi::Attributor>(), null_mut());
        attributor.name = c"closure".as_ptr();
        attributor.n_players = 2;
        attributor.n_targets = own_player.len() as u32;
        attributor.own_player = own_player.as_ptr();
        attributor.flags = ffi::THREADSAFE; // a Method is Sync
        attributor.user = context as *mut c_void;
        attributor.attribute = Some(attribute);
        attributor.destroy = Some(destroy);
        call(|err| unsafe { ffi::metagame_game_from_attributor(&mut handle, &attributor, null(), err) })?;
        Ok(Game { handle, context: unsafe { &*context } })
    }

    fn take_matrix(&self, result: *mut ffi::Handle) -> Vec<f64> {
        let n = 2 * self.context.n_targets;
        let matrix = unsafe { std::slice::from_raw_parts(ffi::metagame_result_matrix(result), n) }.to_vec();
        unsafe { ffi::metagame_result_destroy(result) };
        matrix
    }

    fn solve(&self) -> Result<Vec<f64>, Error> {
        let mut result = null_mut();
        let outcome = call(|err| unsafe { ffi::metagame_solve(&mut result, self.handle, null(), err) });
        if let Some(payload) = self.context.panic.lock().unwrap().take() {
            resume_unwind(payload);
        }
        outcome.map(|_| self.take_matrix(result))
    }

    /// The same by ask and tell: every coalition of a batch gets a thread.
    fn ask_tell(&self) -> Result<Vec<f64>, Error> {
        struct Session(*mut ffi::Handle);
        impl Drop for Session {
            fn drop(&mut self) {
                unsafe { ffi::metagame_session_destroy(self.0) }
            }
        }
        let (mut session, mut request, mut result) = (Session(null_mut()), init::<ffi::Request>(), null_mut());
        call(|err| unsafe { ffi::metagame_session_create(&mut session.0, self.handle, null(), err) })?;
        while call(|err| unsafe { ffi::metagame_session_ask(session.0, &mut request, err) })? != ffi::DONE {
            let masks = unsafe { std::slice::from_raw_parts(request.masks, request.n_masks) };
            let mut rows = vec![0.0; masks.len() * self.context.n_targets];
            let context = self.context;
            std::thread::scope(|scope| {
                let cut = rows.chunks_mut(context.n_targets).zip(masks.chunks(1));
                let threads: Vec<_> = cut.map(|(row, mask)| scope.spawn(move || context.rows(mask, row))).collect();
                threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|payload| resume_unwind(payload)))
            })
            .map_err(|(user_code, message)| Error { status: ffi::E_CALLBACK, user_code, message })?;
            call(|err| unsafe { ffi::metagame_session_tell(session.0, request.ticket, rows.as_ptr(), masks.len(), err) })?;
        }
        call(|err| unsafe { ffi::metagame_session_finish(&mut result, session.0, err) })?;
        Ok(self.take_matrix(result))
    }
}

fn main() -> Result<(), Error> {
    let game = Game::new(&[0, 1], Box::new(|mask, row| {
        let (x1, x2) = ((mask & 1) as f64 * 3.0, (mask >> 1 & 1) as f64 * 2.0);
        row.copy_from_slice(&[x1 + x1 * x2 * x2, 2.0 * x1 * x2 * x2]);
        Ok(())
    }))?;
    let (solved, told) = (game.solve()?, game.ask_tell()?);
    println!("matrix: {solved:?}\nask and tell: {told:?}");
    assert!(solved.iter().zip([3.0, 12.0, 24.0, 0.0]).all(|(a, b)| (a - b).abs() <= 1e-12));
    assert!(solved.iter().zip(&told).all(|(a, b)| a.to_bits() == b.to_bits()));

    let failing = Game::new(&[0, 1], Box::new(|_, _| Err((7, "the model is offline".into()))))?;
    let error = failing.solve().expect_err("the callback failed");
    println!("error: {} {}", error.status, error.user_code);
    assert!((error.status, error.user_code) == (ffi::E_CALLBACK, 7) && error.message.contains("the model is offline"));

    std::panic::set_hook(Box::new(|_| ())); // the next panic is meant: no report of it on stderr
    let panicking = Game::new(&[0, 1], Box::new(|_, _| std::panic::panic_any("in the closure")))?;
    let payload = catch_unwind(AssertUnwindSafe(|| panicking.solve())).expect_err("the callback panicked");
    let carried = payload.downcast_ref::<&str>() == Some(&"in the closure");
    println!("panic carried: {carried}");
    assert!(carried);
    Ok(())
}
