// SPDX-License-Identifier: MIT

// libmetagame from Go: a Go function as attribution method, panics as errors, ask and tell with goroutines.
// Gradient x input of f = x1 + x1 x2^2 at (3, 2), absent 0: the matrix is [[3, 12], [24, 0]].
package main

/*
#cgo pkg-config: metagame
#include <stdlib.h>
#include <metagame.h>

typedef const uint64_t mask_word; // Go has no const of its own
extern int goAttribute(void *, mask_word *, size_t, double *, metagame_error *);
extern void goDestroy(void *);
static inline metagame_status create(metagame_game **out, void *user, metagame_error *err) {
  const int32_t own[] = {0, 1};
  metagame_attributor a = METAGAME_ATTRIBUTOR_INIT;
  a.name = "go", a.n_players = a.n_targets = 2, a.own_player = own, a.user = user, a.attribute = goAttribute;
  return a.destroy = goDestroy, metagame_game_from_attributor(out, &a, NULL, err);
}
*/
import "C"

import (
	"fmt"
	"log"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

func check(status C.metagame_status, err *C.metagame_error) error {
	if status >= 0 {
		return nil
	}
	return fmt.Errorf("error %d, code %d: %s", status, err.user_code, C.GoString(&err.message[0]))
}

type Matrix [2][2]float64 // a row for each target, a column for each player

// Game is known to C by the address of a handle, which is pinned until goDestroy.
type Game struct {
	c      *C.metagame_game
	pinner runtime.Pinner
	method func(mask uint64) [2]float64 // coalition -> attributions of both players
}

func newGame(method func(uint64) [2]float64) (*Game, error) {
	g, err := &Game{method: method}, C.metagame_error{}
	handle := cgo.NewHandle(g)
	g.pinner.Pin(&handle)
	return g, check(C.create(&g.c, unsafe.Pointer(&handle), &err), &err)
}

// evaluate gives every coalition of a batch a goroutine. A panic must not cross C frames: it becomes an error.
func (g *Game) evaluate(cmasks *C.mask_word, n C.size_t, crows *C.double) (err error) {
	masks, rows := unsafe.Slice((*uint64)(cmasks), n), unsafe.Slice((*[2]float64)(unsafe.Pointer(crows)), n)
	done := make(chan any)
	for r := range masks {
		go func(r int) {
			defer func() { done <- recover() }()
			rows[r] = g.method(masks[r])
		}(r)
	}
	for range masks {
		if p := <-done; p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}
	return err
}

//export goAttribute
func goAttribute(user unsafe.Pointer, m *C.mask_word, n C.size_t, rows *C.double, e *C.metagame_error) C.int {
	err := (*cgo.Handle)(user).Value().(*Game).evaluate(m, n, rows)
	if err == nil {
		return 0
	}
	message := C.CString(err.Error())
	defer C.free(unsafe.Pointer(message))
	C.metagame_error_set(e, message)
	return 7 // any code of the host's own
}

//export goDestroy
func goDestroy(user unsafe.Pointer) {
	(*cgo.Handle)(user).Value().(*Game).pinner.Unpin()
	(*cgo.Handle)(user).Delete()
}

// take copies the matrix: no pointer into a result is kept.
func take(result **C.metagame_result, status C.metagame_status, cerr *C.metagame_error) (m Matrix, err error) {
	defer C.metagame_result_destroy(*result)
	if err = check(status, cerr); err == nil {
		m = *(*Matrix)(unsafe.Pointer(C.metagame_result_matrix(*result)))
	}
	return m, err
}

func (g *Game) solve() (Matrix, error) {
	result, cerr := (*C.metagame_result)(nil), C.metagame_error{}
	return take(&result, C.metagame_solve(&result, g.c, nil, &cerr), &cerr)
}

// askTell does the same without callback: the host asks, evaluates as it likes, and tells.
func (g *Game) askTell() (Matrix, error) {
	session, result, cerr := (*C.metagame_session)(nil), (*C.metagame_result)(nil), C.metagame_error{}
	status := C.metagame_session_create(&session, g.c, nil, &cerr)
	defer C.metagame_session_destroy(session)
	request := C.metagame_request{struct_size: C.sizeof_metagame_request}
	for status == C.METAGAME_OK {
		if status = C.metagame_session_ask(session, &request, &cerr); status != C.METAGAME_OK {
			break
		}
		if err := g.evaluate(request.masks, request.n_masks, request.rows); err != nil {
			return Matrix{}, err
		}
		status = C.metagame_session_tell(session, request.ticket, request.rows, request.n_masks, &cerr)
	}
	if status == C.METAGAME_DONE {
		status = C.metagame_session_finish(&result, session, &cerr)
	}
	return take(&result, status, &cerr)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	game := must(newGame(func(mask uint64) [2]float64 {
		x1, x2 := 3*float64(mask&1), 2*float64(mask>>1&1)
		return [2]float64{x1 + x1*x2*x2, 2 * x1 * x2 * x2}
	}))
	defer C.metagame_game_destroy(game.c)
	solved, told := must(game.solve()), must(game.askTell())
	fmt.Printf("matrix: %v\nask and tell: %v\n", solved, told)
	if want := (Matrix{{3, 12}, {24, 0}}); solved != want || told != want {
		log.Fatal("not ", want)
	}

	bad := must(newGame(func(uint64) [2]float64 { panic("in the Go function") }))
	defer C.metagame_game_destroy(bad.c)
	_, err := bad.solve() // the panic, carried as an error
	fmt.Println(err)
}
