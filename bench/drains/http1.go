package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// How long nothing may move before a client gives up.
const patience = 10 * time.Second

// One request, of either version of HTTP.
type request struct {
	method, path string
	upload       int           // bytes of the body, if there is one
	over         time.Duration // how long sending it, or reading the answer, is to take
	slowReader   bool
	last         bool   // Connection: close
	expect       []byte // the whole answer; nil: only its size counts
	size         int
}

func (r request) body() bool { return r.upload > 0 }

// Whether that is the answer that the origin gives.
func (r request) judge(status int, size int, start []byte) outcome {
	switch {
	case status >= 500:
		return outcome{kind: failed, detail: fmt.Sprintf("status %d", status)}
	case status != 200:
		return outcome{kind: wrong, detail: fmt.Sprintf("status %d", status)}
	case r.expect != nil && !bytes.Equal(start, r.expect):
		return outcome{kind: wrong, detail: fmt.Sprintf("answer %.40q", start)}
	case size != r.size:
		return outcome{kind: truncated, detail: fmt.Sprintf("%d bytes (expected: %d)", size, r.size)}
	}
	return outcome{kind: ok}
}

// A connection of a client that looks whether it is still open before it sends a request, as a good client does.
type conn struct {
	net.Conn
	raw      *net.TCPConn
	in       *bufio.Reader
	since    time.Time  // the connect, or the last answer
	fresh    bool       // without an answer so far
	incoming chan error // what the wait for the next byte came to
}

func dial(address string, config *tls.Config) (*conn, error) {
	raw, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, raw: raw.(*net.TCPConn), fresh: true, since: time.Now()}
	if config != nil {
		secure := tls.Client(raw, config)
		must(raw.SetDeadline(time.Now().Add(patience)))
		if err := secure.Handshake(); err != nil {
			raw.Close()
			return nil, fmt.Errorf("TLS handshake, %d ms after the connect: %w", time.Since(c.since).Milliseconds(), err)
		}
		must(raw.SetDeadline(time.Time{}))
		c.Conn = secure
	}
	c.in = bufio.NewReader(c.Conn)
	return c, nil
}

// From now on the connection is watched: for its end, or for an answer. Called once for each request.
func (c *conn) watch() {
	if c.incoming != nil {
		return
	}
	incoming := make(chan error, 1)
	c.incoming = incoming
	go func() {
		_, err := c.in.Peek(1)
		incoming <- err
	}()
}

// Whether an idle connection has ended as far as its client can know, the kernel's buffers included.
func (c *conn) gone() bool {
	over, unread := look(c.raw)
	if over {
		return true
	}
	wait := time.Duration(0)
	if unread {
		wait = 5 * time.Millisecond // for whoever is about to read it: a close_notify, perhaps
	}
	select {
	case <-c.incoming:
		return true // even if it is an answer: to nothing that was asked
	case <-time.After(wait):
		return false
	}
}

// Whether a connection has ended, or else whether bytes have come that nobody has read.
func look(raw *net.TCPConn) (over, unread bool) {
	through, err := raw.SyscallConn()
	if err != nil {
		return true, false
	}
	var n int
	var peeked error
	err = through.Control(func(fd uintptr) {
		n, _, peeked = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	if err != nil || (peeked != nil && peeked != syscall.EAGAIN) {
		return true, false
	}
	return peeked == nil && n == 0, peeked == nil && n > 0
}

// Sends a request and reads its answer to the end.
func (c *conn) exchange(r request) outcome {
	c.moved()
	c.watch()
	rested := time.Since(c.since)
	c.send(r)
	// Whatever sending came to: what was answered before the connection ended counts.
	err := <-c.incoming
	c.incoming = nil
	if err != nil {
		// On a busy machine a client may be the one that was slow: a drain closes what says nothing for a while.
		return outcomeOf(fmt.Errorf("asked after %d ms of rest: %w", rested.Milliseconds(), err), c.fresh, false)
	}
	answer, err := http.ReadResponse(c.in, &http.Request{Method: r.method})
	if err != nil {
		return outcomeOf(err, c.fresh, true)
	}
	defer answer.Body.Close()
	size, start, err := c.read(answer.Body, r)
	if err != nil {
		return outcomeOf(fmt.Errorf("after %d bytes: %w", size, err), c.fresh, true)
	}
	o := r.judge(answer.StatusCode, size, start)
	o.more = !answer.Close && !r.last && o.kind != wrong
	if o.more {
		if err := c.SetDeadline(time.Time{}); err != nil {
			o.more = false
		}
		c.fresh, c.since = false, time.Now()
		c.watch()
	}
	return o
}

// Gives the other side time anew. It fails on a connection that is closed only, which whoever uses it next finds out.
func (c *conn) moved() { _ = c.SetDeadline(time.Now().Add(patience)) }

// In one piece, or slowly; it ends early when an answer comes, or the connection's end.
func (c *conn) send(r request) {
	connection := ""
	if r.last {
		connection = "Connection: close\r\n"
	}
	if !r.body() {
		fmt.Fprintf(c.Conn, "%s %s HTTP/1.1\r\nHost: drain.test\r\n%s\r\n", r.method, r.path, connection)
		return
	}
	_, err := fmt.Fprintf(c.Conn, "%s %s HTTP/1.1\r\nHost: drain.test\r\n%sContent-Length: %d\r\n\r\n",
		r.method, r.path, connection, r.upload)
	for i := 0; i < pieces && err == nil; i++ {
		if len(c.incoming) > 0 {
			return
		}
		_, err = c.Conn.Write(make([]byte, r.upload/pieces))
		c.moved()
		time.Sleep(r.over / pieces)
	}
}

// The size of a body, and its first bytes.
func (c *conn) read(body io.Reader, r request) (int, []byte, error) {
	size := 0
	var start []byte
	piece := make([]byte, 64*1024)
	began := time.Now()
	for {
		n, err := body.Read(piece)
		if len(start) < 1024 {
			start = append(start, piece[:n]...)
		}
		size += n
		c.moved()
		if r.slowReader {
			time.Sleep(time.Until(began.Add(r.over * time.Duration(size) / time.Duration(r.size))))
		}
		if errors.Is(err, io.EOF) {
			return size, start, nil
		}
		if err != nil {
			return size, start, err
		}
	}
}
