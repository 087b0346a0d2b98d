package main

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	betweenMessages = 100 * time.Millisecond
	silence         = 5 * time.Second // far more than lies between two messages, or events
)

// One client whose WebSocket is open all the time. How it began is one report, how it ended another.
func (m *mix) webSockets(secure bool) {
	address, config := m.config(secure)
	for !m.isOver() {
		began := time.Now()
		c, err := dial(address, config)
		o := outcome{kind: ok}
		if err != nil {
			o = outcomeOf(err, true, false)
		} else {
			o = c.upgrade()
		}
		if m.done("websocket", began, o) {
			return
		}
		if o.kind == ok {
			m.report.add("websocket", began, outcome{kind: m.talk(c)})
		}
		if c != nil {
			c.Close()
		}
	}
}

func (c *conn) upgrade() outcome {
	nonce := make([]byte, 16)
	_, err := rand.Read(nonce)
	must(err)
	key := base64.StdEncoding.EncodeToString(nonce)
	must(c.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprintf(c.Conn, "GET /ws HTTP/1.1\r\nHost: drain.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", key)
	if err == nil {
		_, err = c.in.Peek(1)
	}
	if err != nil {
		return outcomeOf(err, true, false)
	}
	answer, err := http.ReadResponse(c.in, &http.Request{Method: "GET"})
	switch {
	case err != nil:
		return outcomeOf(err, true, true)
	case answer.StatusCode >= 500:
		return outcome{kind: failed, detail: answer.Status}
	case answer.StatusCode != 101 || answer.Header.Get("Sec-WebSocket-Accept") != acceptKey(key):
		return outcome{kind: wrong, detail: answer.Status}
	}
	return outcome{kind: ok}
}

// Messages to and fro until somebody ends it; gives who and how.
func (m *mix) talk(c *conn) string {
	ends := make(chan string, 1)
	go func() { ends <- c.listen() }()
	ticker := time.NewTicker(betweenMessages)
	defer ticker.Stop()
	for {
		select {
		case how := <-ends:
			return how
		case <-m.over:
			must(c.SetWriteDeadline(time.Now().Add(patience)))
			// Whoever closed first, it is over.
			_, _ = c.Conn.Write(frame(opClose, binary.BigEndian.AppendUint16(nil, 1000), true))
			return endClient
		case <-ticker.C:
			// If it fails, the reader knows why.
			_, _ = c.Conn.Write(frame(opText, []byte("how do you do"), true))
		}
	}
}

func (c *conn) listen() string {
	for {
		if err := c.SetDeadline(time.Now().Add(silence)); err != nil {
			return endBroken
		}
		code, payload, err := readFrame(c.in)
		switch {
		case err != nil:
			return endOf(err)
		case code == opPing:
			_, _ = c.Conn.Write(frame(opPong, payload, true)) // if it fails, the next read says why
		case code == opClose:
			_, _ = c.Conn.Write(frame(opClose, payload, true))
			if len(payload) < 2 {
				return endClose + "without"
			}
			return fmt.Sprintf("%s%d", endClose, binary.BigEndian.Uint16(payload))
		}
	}
}

// One client that reads an event stream all the time: how it began is one report, how it ended another.
func (m *mix) events(secure bool) {
	address, config := m.config(secure)
	for !m.isOver() {
		began := time.Now()
		c, lines, o := m.stream(address, config)
		if m.done("events", began, o) {
			return
		}
		if o.kind == ok {
			m.report.add("events", began, outcome{kind: m.follow(c, lines)})
		}
		if c != nil {
			c.Close()
		}
	}
}

// A stream whose first event has come.
func (m *mix) stream(address string, config *tls.Config) (*conn, *bufio.Reader, outcome) {
	c, err := dial(address, config)
	if err != nil {
		return nil, nil, outcomeOf(err, true, false)
	}
	must(c.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(c.Conn, "GET /events HTTP/1.1\r\nHost: drain.test\r\n\r\n")
	if err == nil {
		_, err = c.in.Peek(1)
	}
	if err != nil {
		return c, nil, outcomeOf(err, true, false)
	}
	answer, err := http.ReadResponse(c.in, &http.Request{Method: "GET"})
	if err != nil {
		return c, nil, outcomeOf(err, true, true)
	}
	if answer.StatusCode != 200 {
		return c, nil, short.judge(answer.StatusCode, 0, nil)
	}
	lines := bufio.NewReader(answer.Body)
	if _, err := lines.ReadString('\n'); err != nil {
		return c, nil, outcomeOf(fmt.Errorf("before the first event: %w", err), true, true)
	}
	return c, lines, outcome{kind: ok}
}

// Reads until somebody ends it; gives who and how.
func (m *mix) follow(c *conn, lines *bufio.Reader) string {
	for !m.isOver() {
		must(c.SetReadDeadline(time.Now().Add(silence)))
		_, err := lines.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF):
			return endClean
		case err != nil:
			return endOf(err)
		}
	}
	return endClient
}

func (m *mix) eventsH2() {
	for !m.isOver() {
		began := time.Now()
		c, err := dialH2(m.secure, plainTLS)
		if err != nil {
			if m.done("events", began, outcomeOf(err, true, false)) {
				return
			}
			continue
		}
		s, o := c.streamH2()
		if m.done("events", began, o) {
			c.Close()
			return
		}
		if o.kind == ok {
			m.report.add("events", began, outcome{kind: m.followH2(c, s)})
		}
		c.Close()
	}
}

func (c *h2conn) streamH2() (*h2stream, outcome) {
	r := request{method: "GET", path: "/events"}
	s, fresh := c.request(r)
	if s == nil {
		return nil, outcome{kind: notSent}
	}
	select {
	case <-s.first:
		return s, outcome{kind: ok}
	case <-s.done:
		o := c.outcomeOf(s, r, fresh)
		if o.kind == ok {
			o = outcome{kind: truncated, detail: "before the first event"}
		}
		return s, o
	case <-time.After(patience):
		return s, outcome{kind: late}
	}
}

func (m *mix) followH2(c *h2conn, s *h2stream) string {
	select {
	case <-m.over:
		return endClient
	case <-s.done:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case s.reset != noneBefore:
		return endReset
	case s.broken != nil:
		return endOf(s.broken)
	}
	return endClean
}
