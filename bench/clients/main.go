// The clients that wrk and h2load are not: whole transfers, a fixed rate, TLS handshakes, many open connections. Each
// prints one line, RESULT name=value ...; times are in microseconds.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
)

func main() {
	modes := map[string]func([]string) error{
		"transfer": transfer,
		"rate":     rate,
		"tls":      handshakes,
		"idle":     idle,
		"events":   events,
	}
	if len(os.Args) < 2 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "client: expected one of: transfer, rate, tls, idle, events")
		os.Exit(2)
	}
	if err := modes[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "client %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

// What was counted, and how long each success took.
type tally struct {
	micros []int64
	errors int64
	first  error // the first error stands for the others
}

func (t *tally) fail(err error) {
	t.errors++
	if t.first == nil {
		t.first = err
	}
}

func (t *tally) add(o *tally) {
	t.micros = append(t.micros, o.micros...)
	t.errors += o.errors
	if t.first == nil {
		t.first = o.first
	}
}

func (t *tally) print(elapsedMicros int64, more string) {
	sort.Slice(t.micros, func(i, j int) bool { return t.micros[i] < t.micros[j] })
	at := func(share float64) int64 {
		if len(t.micros) == 0 {
			return 0
		}
		return t.micros[int(share*float64(len(t.micros)-1))]
	}
	fmt.Printf("RESULT requests=%d us=%d errors=%d p50=%d p90=%d p99=%d max=%d%s\n",
		len(t.micros), elapsedMicros, t.errors, at(0.5), at(0.9), at(0.99), at(1), more)
	if t.first != nil {
		fmt.Printf("FIRST %s\n", strings.ReplaceAll(t.first.Error(), "\n", " "))
	}
}
