package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"strings"
	"sync"
	"time"
)

var (
	plainTLS = &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}} // made for this run alone
	loads    = []string{"short", "tls-short", "kept", "tls-kept", "h2", "h2-down", "h2-up", "down", "up", "websocket", "events"}
	short    = request{method: "GET", path: "/short", expect: []byte(strings.Repeat("x", smallSize)), size: smallSize}
)

// How long a client waits after a loss: refused connections would make a busy loop.
const afterLoss = 100 * time.Millisecond

// Everybody who asks at the same time, until they are told to end.
type mix struct {
	plain, secure string
	slow          time.Duration
	untilRefused  bool
	wanted        map[string]bool
	report        report
	over          chan struct{}
	all           sync.WaitGroup
}

// The mixed load. It ends with its input, or after -for; or, with -until-refused, when nobody gets a connection any more.
func clients(args []string) {
	flags := flag.NewFlagSet("clients", flag.ExitOnError)
	m := &mix{over: make(chan struct{})}
	flags.StringVar(&m.plain, "address", "", "host and port of the proxy")
	flags.StringVar(&m.secure, "tls-address", "", "and for TLS")
	flags.DurationVar(&m.slow, "slow", 700*time.Millisecond, "how long a slow transfer takes")
	flags.BoolVar(&m.untilRefused, "until-refused", false, "whether a refused connection is a client's end")
	lasts := flags.Duration("for", time.Minute, "how long at most")
	without := flags.String("without", "", "loads to leave out, with commas")
	must(flags.Parse(args))
	m.report.out = bufio.NewWriter(os.Stdout)
	m.report.well = map[string]int{}
	m.report.cold = map[string]int{}
	m.wanted = map[string]bool{}
	for _, load := range loads {
		if !strings.Contains(","+*without+",", ","+load+",") {
			m.report.cold[load] = warmAfter
			m.wanted[load] = true
		}
	}
	go m.endWithInput()
	time.AfterFunc(*lasts, func() { m.end() })
	m.start()
	m.all.Wait()
	must(m.report.close())
}

var once sync.Once

func (m *mix) end() { once.Do(func() { close(m.over) }) }

func (m *mix) endWithInput() {
	// Whatever reading comes to, it is over then.
	_, _ = io.Copy(io.Discard, os.Stdin)
	m.end()
}

func (m *mix) isOver() bool {
	select {
	case <-m.over:
		return true
	default:
		return false
	}
}

// A time between two requests of a client, from low to high.
func between(low, high time.Duration) func() time.Duration {
	return func() time.Duration { return low + time.Duration(rand.Int63n(int64(high-low))) }
}

func (m *mix) start() {
	down := request{method: "GET", path: fmt.Sprintf("/down?ms=%d", m.slow.Milliseconds()), size: pieces * pieceSize}
	bulk := request{method: "GET", path: "/bulk", over: m.slow, slowReader: true, size: bulkSize}
	up := request{method: "POST", path: "/up", upload: pieces * 1024, over: m.slow}
	up.expect = []byte(fmt.Sprintf("%d bytes", up.upload))
	up.size = len(up.expect)
	last := short
	last.last = true

	soon, later := between(0, 50*time.Millisecond), between(50*time.Millisecond, 400*time.Millisecond)
	m.many("short", 4, func() { m.http1("short", false, last, between(0, 20*time.Millisecond)) })
	m.many("short", 1, m.bursts)
	m.many("tls-short", 2, func() { m.http1("tls-short", true, last, soon) })
	m.many("kept", 6, func() { m.http1("kept", false, short, soon) })
	m.many("kept", 12, func() { m.http1("kept", false, short, later) })
	m.many("tls-kept", 4, func() { m.http1("tls-kept", true, short, soon) })
	m.many("tls-kept", 8, func() { m.http1("tls-kept", true, short, later) })
	for i := 0; i < 3; i++ {
		shared := &h2client{address: m.secure}
		m.many("h2", 3, func() { m.http2("h2", shared, short, soon) })
		m.many("h2-down", 1, func() { m.http2("h2-down", shared, down, soon) })
		m.many("h2-up", 1, func() { m.http2("h2-up", shared, up, soon) })
	}
	seldom := &h2client{address: m.secure}
	m.many("h2", 1, func() { m.http2("h2", seldom, short, later) })
	m.many("down", 3, func() { m.http1("down", false, down, soon) })
	m.many("down", 2, func() { m.http1("down", true, down, soon) })
	m.many("down", 2, func() { m.http1("down", false, bulk, soon) })
	m.many("up", 3, func() { m.http1("up", false, up, soon) })
	m.many("up", 2, func() { m.http1("up", true, up, soon) })
	m.many("websocket", 4, func() { m.webSockets(false) })
	m.many("websocket", 2, func() { m.webSockets(true) })
	m.many("events", 3, func() { m.events(false) })
	m.many("events", 2, func() { m.events(true) })
	m.many("events", 1, m.eventsH2)
}

// Unless their load was left out.
func (m *mix) many(load string, count int, client func()) {
	if !m.wanted[load] {
		return
	}
	m.all.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			defer m.all.Done()
			client()
		}()
	}
}

func (m *mix) config(secure bool) (string, *tls.Config) {
	if secure {
		return m.secure, plainTLS
	}
	return m.plain, nil
}

// Reports a request; true when its client is to stop asking.
func (m *mix) done(load string, began time.Time, o outcome) bool {
	if o.kind == notSent {
		return false
	}
	m.report.add(load, began, o)
	if o.kind == refused && m.untilRefused {
		return true
	}
	if o.kind != ok && o.kind != elsewhere {
		time.Sleep(afterLoss)
	}
	return false
}

// One client that keeps its connection, if its requests say nothing else.
func (m *mix) http1(load string, secure bool, r request, pause func() time.Duration) {
	address, config := m.config(secure)
	var c *conn
	for !m.isOver() {
		if c != nil && c.gone() {
			c.Close()
			c = nil
		}
		began := time.Now()
		o := outcome{}
		if c == nil {
			var err error
			if c, err = dial(address, config); err != nil {
				c, o = nil, outcomeOf(err, true, false)
			}
		}
		if c != nil {
			o = c.exchange(r)
		}
		if c != nil && !o.more {
			c.Close()
			c = nil
		}
		if m.done(load, began, o) {
			break
		}
		time.Sleep(pause())
	}
	if c != nil {
		c.Close()
	}
}

// Many connections at one moment, so that some wait in the kernel's queue.
func (m *mix) bursts() {
	r := short
	r.last = true
	for !m.isOver() {
		var all sync.WaitGroup
		var mu sync.Mutex
		stop := false
		for i := 0; i < 16; i++ {
			all.Add(1)
			go func() {
				defer all.Done()
				began := time.Now()
				c, err := dial(m.plain, nil)
				o := outcome{}
				if err != nil {
					o = outcomeOf(err, true, false)
				} else {
					o = c.exchange(r)
					c.Close()
				}
				ends := m.done("short", began, o)
				mu.Lock()
				stop = stop || ends
				mu.Unlock()
			}()
		}
		all.Wait()
		if stop {
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
}

// Several clients' one connection.
type h2client struct {
	address string
	mu      sync.Mutex
	conn    *h2conn
	users   int
}

// The connection that new requests go to; a new one when the last one is known to end.
func (h *h2client) current() (*h2conn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn != nil && h.conn.open() {
		return h.conn, nil
	}
	h.conn = nil
	c, err := dialH2(h.address, plainTLS)
	if err != nil {
		return nil, err
	}
	h.conn = c
	return c, nil
}

func (h *h2client) join(by int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.users += by
	if h.users == 0 && h.conn != nil {
		h.conn.Close()
	}
}

func (m *mix) http2(load string, shared *h2client, r request, pause func() time.Duration) {
	shared.join(1)
	defer shared.join(-1)
	for !m.isOver() {
		began := time.Now()
		o := outcome{}
		c, err := shared.current()
		if err != nil {
			o = outcomeOf(err, true, false)
		} else {
			o = c.exchange(r)
			c.endIfTold()
		}
		if m.done(load, began, o) {
			return
		}
		time.Sleep(pause())
	}
}

// A client that was told to go closes its connection when nothing is left on it.
func (c *h2conn) endIfTold() {
	c.mu.Lock()
	ends := c.told && len(c.streams) == 0
	c.mu.Unlock()
	if ends {
		c.Close()
	}
}

// One request that takes a while, for the time to the end of a proxy that has it.
func hold(args []string) {
	flags := flag.NewFlagSet("hold", flag.ExitOnError)
	address := flags.String("address", "", "host and port of the proxy")
	path := flags.String("path", "/hold?ms=2000", "what is asked for")
	must(flags.Parse(args))
	c, err := dial(*address, nil)
	must(err)
	fmt.Println("sent")
	r := short
	r.path = *path
	o := c.exchange(r)
	fmt.Println(o.kind)
}

// Connections on which nothing happens after a first request, in each protocol.
func rest(args []string) {
	flags := flag.NewFlagSet("rest", flag.ExitOnError)
	address := flags.String("address", "", "host and port of the proxy")
	secure := flags.String("tls-address", "", "and for TLS")
	count := flags.Int("connections", 4, "of each kind")
	must(flags.Parse(args))
	for i := 0; i < *count; i++ {
		must(rests(dial(*address, nil)))
		must(rests(dial(*secure, plainTLS)))
		c, err := dialH2(*secure, plainTLS)
		must(err)
		go func() {
			for c.open() {
				time.Sleep(10 * time.Millisecond)
			}
			c.Close()
		}()
		if o := c.exchange(short); o.kind != ok {
			must(errors.New(o.kind + ": " + o.detail))
		}
	}
	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	must(err)
}

// Closes the connection when the other side has.
func rests(c *conn, err error) error {
	if err != nil {
		return err
	}
	if o := c.exchange(short); o.kind != ok {
		return errors.New(o.kind + ": " + o.detail)
	}
	go func() {
		<-c.incoming
		c.Close()
	}()
	return nil
}
