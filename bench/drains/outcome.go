package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

// How a request ended. All but ok, elsewhere and, after a listener has closed for good, refused are losses.
const (
	ok           = "ok"
	elsewhere    = "elsewhere"     // the server said that it did nothing with it: GOAWAY with a lower id, REFUSED_STREAM
	refused      = "refused"       // no connection
	connectReset = "connect-reset" // connected, and the connection ended before the first byte of its first answer
	closed       = "closed"        // an open connection, of which nobody had said that it would end, did before an answer
	truncated    = "truncated"     // an answer that began and did not end
	failed       = "5xx"
	streamReset  = "stream-reset"
	goneAway     = "goaway" // at or below the id that GOAWAY had promised to serve
	late         = "timeout"
	wrong        = "wrong"    // an answer, but not the one
	notSent      = "not-sent" // the connection was found to end before: no request at all
)

// How what has no end of its own ended: WebSockets and event streams. A code of a Close is added to endClose.
const (
	endClose  = "end-close-"
	endClean  = "end-clean"  // the last chunk, or END_STREAM
	endBroken = "end-broken" // the connection, without a word
	endReset  = "end-reset"
	endLate   = "end-silent" // nothing came any more
	endClient = "end-client" // by us, with the trial
)

type outcome struct {
	kind   string
	detail string
	more   bool // the connection may be used for another request
}

// What an error says about a request: of whose answer something had come, or whose connection was fresh.
func outcomeOf(err error, fresh, answered bool) outcome {
	detail := strings.NewReplacer("\t", " ", "\n", " ").Replace(err.Error())
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return outcome{kind: refused, detail: detail}
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return outcome{kind: late, detail: detail}
	case answered:
		return outcome{kind: truncated, detail: detail}
	case fresh:
		return outcome{kind: connectReset, detail: detail}
	}
	return outcome{kind: closed, detail: detail}
}

// How a stream without an end ended, by the error that reading it gave.
func endOf(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return endReset
	case errors.As(err, &timeout) && timeout.Timeout():
		return endLate
	}
	return endBroken
}

// Takes what clients report; everything but what went well is a line of its own, as it comes:
// load, beginning and end in microseconds of the system's clock, outcome, detail.
type report struct {
	mu   sync.Mutex
	out  *bufio.Writer
	well map[string]int
	cold map[string]int // how many of each load must go well yet before all are warm
}

const warmAfter = 4 // requests of each load

func (r *report) add(load string, began time.Time, o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o.kind == ok {
		r.well[load]++
		r.warm(load)
		return
	}
	fmt.Fprintf(r.out, "%s\t%d\t%d\t%s\t%s\n", load, began.UnixMicro(), time.Now().UnixMicro(), o.kind, o.detail)
}

// Says once that each load has had its first answers: a program that has just started is not what is to be measured.
func (r *report) warm(load string) {
	if r.cold[load] == 0 {
		return
	}
	r.cold[load]--
	if r.cold[load] == 0 {
		delete(r.cold, load)
	}
	if len(r.cold) == 0 {
		fmt.Fprintf(r.out, "all\t%d\t%d\twarm\t\n", time.Now().UnixMicro(), time.Now().UnixMicro())
		must(r.out.Flush())
	}
}

// At the end: how many of each load went well.
func (r *report) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	loads := make([]string, 0, len(r.well))
	for load := range r.well {
		loads = append(loads, load)
	}
	sort.Strings(loads)
	for _, load := range loads {
		fmt.Fprintf(r.out, "%s\t0\t0\tok\t%d\n", load, r.well[load])
	}
	return r.out.Flush()
}
