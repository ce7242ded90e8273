// SPDX-License-Identifier: MIT

// libmetagame from Go: a Go function as attribution method, panics recovered into errors, ask and tell with goroutines.
// Gradient x input of f = x1 + x1 x2^2 at (3, 2), absent 0: phi_{1->1} = 3, phi_{2->1} = 12, phi_{1->2} = 24, phi_{2->2} = 0.
package main

/*
#cgo pkg-config: metagame
#include <stdlib.h>
#include <metagame.h>

extern int32_t goAttribute(void *, uint64_t *, size_t, double *, metagame_error *); // exported Go functions cannot say const
extern void goDestroy(void *);
static inline int32_t attribute(void *user, const uint64_t *masks, size_t n, double *rows, metagame_error *err) {
  return goAttribute(user, (uint64_t *)masks, n, rows, err);
}
static inline metagame_status create(metagame_game **out, const int32_t *own, uint32_t n_targets, void *user, metagame_error *err) {
  metagame_attributor a = METAGAME_ATTRIBUTOR_INIT;
  a.name = "go function", a.n_players = 2, a.n_targets = n_targets, a.own_player = own;
  a.user = user, a.attribute = attribute, a.destroy = goDestroy;
  return metagame_game_from_attributor(out, &a, NULL, err);
}
static inline metagame_request request(void) { metagame_request r = METAGAME_REQUEST_INIT; return r; }
*/
import "C"

import (
	"errors"
	"fmt"
	"log"
	"runtime"
	"runtime/cgo"
	"slices"
	"strings"
	"unsafe"
)

// Method fills the row of one coalition (bit p = player p).
type Method func(mask uint64, row []float64) error

// Game is known to C by the address of a handle, which is pinned until goDestroy.
type Game struct {
	c        *C.metagame_game
	pinner   runtime.Pinner
	method   Method
	nTargets int
}

func check(status C.metagame_status, err *C.metagame_error) error {
	if status >= 0 {
		return nil
	}
	return fmt.Errorf("%s: %s", C.GoString(C.metagame_status_name(status)), C.GoString(&err.message[0]))
}

func newGame(own []int32, method Method) (*Game, error) {
	g := &Game{method: method, nTargets: len(own)}
	handle := cgo.NewHandle(g)
	g.pinner.Pin(&handle)
	var cerr C.metagame_error
	status := C.create(&g.c, (*C.int32_t)(&own[0]), C.uint32_t(len(own)), unsafe.Pointer(&handle), &cerr)
	return g, check(status, &cerr)
}

// row evaluates one coalition. A panic must neither cross C frames nor end the program, so it becomes an error here.
func (g *Game) row(mask uint64, row []float64) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return g.method(mask, row)
}

// rows gives every coalition of a batch a goroutine. Masks and rows are C memory, not used after the return.
func (g *Game) rows(cmasks *C.uint64_t, n C.size_t, crows *C.double) (err error) {
	masks, rows := unsafe.Slice((*uint64)(cmasks), int(n)), unsafe.Slice((*float64)(crows), int(n)*g.nTargets)
	done := make(chan error)
	for r := range masks {
		go func(r int) { done <- g.row(masks[r], rows[r*g.nTargets:(r+1)*g.nTargets]) }(r)
	}
	for range masks {
		err = errors.Join(err, <-done)
	}
	return err
}

//export goAttribute
func goAttribute(user unsafe.Pointer, masks *C.uint64_t, n C.size_t, rows *C.double, cerr *C.metagame_error) C.int32_t {
	err := (*(*cgo.Handle)(user)).Value().(*Game).rows(masks, n, rows)
	if err == nil {
		return 0
	}
	message := C.CString(err.Error())
	defer C.free(unsafe.Pointer(message))
	C.metagame_error_set(cerr, message)
	return 1
}

//export goDestroy
func goDestroy(user unsafe.Pointer) {
	handle := *(*cgo.Handle)(user)
	handle.Value().(*Game).pinner.Unpin()
	handle.Delete()
}

// take copies the matrix: no pointer into a result is kept.
func (g *Game) take(result *C.metagame_result, err error) ([]float64, error) {
	defer C.metagame_result_destroy(result)
	if err != nil {
		return nil, err
	}
	return slices.Clone(unsafe.Slice((*float64)(C.metagame_result_matrix(result)), 2*g.nTargets)), nil
}

func (g *Game) solve() ([]float64, error) {
	var result *C.metagame_result
	var cerr C.metagame_error
	err := check(C.metagame_solve(&result, g.c, nil, &cerr), &cerr)
	return g.take(result, err)
}

// askTell does the same without callback: the host asks, evaluates where and how it likes, and tells.
func (g *Game) askTell() ([]float64, error) {
	var session *C.metagame_session
	var result *C.metagame_result
	var cerr C.metagame_error
	err := check(C.metagame_session_create(&session, g.c, nil, &cerr), &cerr)
	defer C.metagame_session_destroy(session)
	for err == nil {
		r := C.request()
		status := C.metagame_session_ask(session, &r, &cerr)
		if err = check(status, &cerr); status != C.METAGAME_OK {
			break
		}
		if err = g.rows(r.masks, r.n_masks, r.rows); err == nil {
			err = check(C.metagame_session_tell(session, r.ticket, r.rows, r.n_masks, &cerr), &cerr)
		}
	}
	if err == nil {
		err = check(C.metagame_session_finish(&result, session, &cerr), &cerr)
	}
	return g.take(result, err)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	game := must(newGame([]int32{0, 1}, func(mask uint64, row []float64) error {
		x1, x2 := 3*float64(mask&1), 2*float64(mask>>1&1)
		row[0], row[1] = x1+x1*x2*x2, 2*x1*x2*x2
		return nil
	}))
	defer C.metagame_game_destroy(game.c)
	solved, asked := must(game.solve()), must(game.askTell())
	fmt.Println("matrix:", solved)
	fmt.Println("ask and tell:", asked)
	if want := []float64{3, 12, 24, 0}; !slices.Equal(solved, want) || !slices.Equal(asked, want) {
		log.Fatal("not ", want)
	}

	bad := must(newGame([]int32{0, 1}, func(uint64, []float64) error { panic("in the Go function") }))
	defer C.metagame_game_destroy(bad.c)
	_, err := bad.solve()
	if err == nil || !strings.Contains(err.Error(), "panic: in the Go function") {
		log.Fatal("the panic was lost: ", err)
	}
	fmt.Println("panic recovered, ok")
}
