// SPDX-License-Identifier: MIT

// libmetagame from Go: a Go function as attribution method, panics as errors, ask and tell with goroutines.
// Gradient x input of f = x1 + x1 x2^2 at (3, 2), absent 0: the matrix is [[3, 12], [24, 0]].
package main

/*
#cgo pkg-config: metagame
#include <stdlib.h>
#include <metagame.h>

typedef const uint64_t mask_word; // Go has no const of its own
extern int32_t goAttribute(void *, mask_word *, size_t, double *, metagame_error *);
extern void goDestroy(void *);
static inline metagame_status create(metagame_game **out, void *user, metagame_error *err) {
  const int32_t own[] = {0, 1};
  metagame_attributor a = METAGAME_ATTRIBUTOR_INIT;
  a.name = "go function", a.n_players = 2, a.n_targets = 2, a.own_player = own;
  a.user = user, a.attribute = goAttribute, a.destroy = goDestroy;
  return metagame_game_from_attributor(out, &a, NULL, err);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"log"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// Error is what a C call failed with.
type Error struct {
	Status, UserCode int
	Message          string
}

func (e *Error) Error() string { return e.Message }

func check(status C.metagame_status, err *C.metagame_error) error {
	if status >= 0 {
		return nil
	}
	return &Error{int(status), int(err.user_code), C.GoString(&err.message[0])}
}

// Matrix has a row for each target and a column for each player.
type Matrix [2][2]float64

// Game is known to C by the address of a handle, which is pinned until goDestroy.
type Game struct {
	c      *C.metagame_game
	pinner runtime.Pinner
	method func(mask uint64) [2]float64 // coalition -> attributions of both players
}

func newGame(method func(uint64) [2]float64) (*Game, error) {
	g := &Game{method: method}
	handle := cgo.NewHandle(g)
	g.pinner.Pin(&handle)
	var err C.metagame_error
	status := C.create(&g.c, unsafe.Pointer(&handle), &err)
	return g, check(status, &err)
}

// evaluate gives every coalition of a batch a goroutine. A panic must not cross C frames: it becomes an error.
func (g *Game) evaluate(cmasks *C.mask_word, n C.size_t, crows *C.double) (err error) {
	masks := unsafe.Slice((*uint64)(unsafe.Pointer(cmasks)), n)
	rows := unsafe.Slice((*[2]float64)(unsafe.Pointer(crows)), n)
	done := make(chan error)
	for r := range masks {
		go func(r int) {
			var err error
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("panic: %v", p)
				}
				done <- err
			}()
			rows[r] = g.method(masks[r])
		}(r)
	}
	for range masks {
		err = errors.Join(err, <-done)
	}
	return err
}
