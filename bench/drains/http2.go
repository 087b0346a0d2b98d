package main

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// As much of RFC 9113 as a client needs that must see every GOAWAY and RST_STREAM itself. Header fields are sent without
// compression, and the server is told to keep no table (RFC 7541), so that of an answer the status can be read alone.
const (
	frameData         = 0
	frameHeaders      = 1
	frameReset        = 3
	frameSettings     = 4
	framePing         = 6
	frameGoAway       = 7
	frameWindowUpdate = 8

	flagEndStream = 1 // of DATA and HEADERS
	flagAck       = 1 // of SETTINGS and PING
	flagEndHeads  = 4
	flagPadded    = 8
	flagPriority  = 32

	settingTable  = 1
	settingPush   = 2
	settingWindow = 4

	refusedStream = 7

	window     = 1 << 20
	noneBefore = -1
)

type h2stream struct {
	id      uint32
	status  int
	size    int
	start   []byte
	window  int64
	first   chan struct{} // closed when the first of the body has come
	done    chan struct{} // closed with the end, of which these say how it came
	isDone  bool
	reset   int64 // the code of RST_STREAM, or noneBefore
	refused bool  // above the last id of a GOAWAY
	broken  error // the connection's end
}

type h2conn struct {
	*tls.Conn
	raw     *net.TCPConn
	in      *bufio.Reader
	writing sync.Mutex

	mu      sync.Mutex
	changed *sync.Cond // windows, or an end
	streams map[uint32]*h2stream
	next    uint32
	window  int64 // for what is sent on the whole connection
	initial int64 // and on each new stream
	fresh   bool
	told    bool // by GOAWAY
	err     error
}

func dialH2(address string, config *tls.Config) (*h2conn, error) {
	config = config.Clone()
	config.NextProtos = []string{"h2"}
	plain, err := dial(address, config)
	if err != nil {
		return nil, err
	}
	c := &h2conn{Conn: plain.Conn.(*tls.Conn), raw: plain.raw, in: plain.in, fresh: true}
	if agreed := c.ConnectionState().NegotiatedProtocol; agreed != "h2" {
		c.Close()
		return nil, fmt.Errorf("ALPN: %q (expected: h2)", agreed)
	}
	c.changed = sync.NewCond(&c.mu)
	c.streams = map[uint32]*h2stream{}
	c.next, c.window, c.initial = 1, 65535, 65535
	settings := setting(nil, settingTable, 0)
	settings = setting(settings, settingPush, 0)
	settings = setting(settings, settingWindow, window)
	begin := append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), h2frame(frameSettings, 0, 0, settings)...)
	begin = append(begin, h2frame(frameWindowUpdate, 0, 0, number(16*window))...)
	if err := c.write(begin); err != nil {
		c.Close()
		return nil, err
	}
	go c.readAll()
	return c, nil
}

func setting(to []byte, id uint16, value uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(to, id), value)
}

func number(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func h2frame(kind, flags byte, stream uint32, payload []byte) []byte {
	n := len(payload)
	out := []byte{byte(n >> 16), byte(n >> 8), byte(n), kind, flags}
	return append(binary.BigEndian.AppendUint32(out, stream), payload...)
}

func (c *h2conn) write(frames []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := c.Conn.Write(frames)
	return err
}

// Whether a new request may go here, as far as the client can know.
func (c *h2conn) open() bool {
	over, unread := look(c.raw)
	if unread {
		time.Sleep(2 * time.Millisecond) // for whoever is about to read it: a GOAWAY, perhaps
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return !over && c.err == nil && !c.told
}

// Opens a stream; nil when the connection may not have another one.
func (c *h2conn) request(r request) (*h2stream, bool) {
	// One writer at a time, so that ids go up as they are sent.
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	if c.err != nil || c.told {
		c.mu.Unlock()
		return nil, false
	}
	s := &h2stream{id: c.next, window: c.initial, reset: noneBefore}
	s.first, s.done = make(chan struct{}), make(chan struct{})
	c.next += 2
	c.streams[s.id] = s
	fresh := c.fresh
	c.mu.Unlock()
	flags := byte(flagEndHeads)
	if !r.body() {
		flags |= flagEndStream
	}
	if err := c.SetWriteDeadline(time.Now().Add(patience)); err == nil {
		// What a failure means for the request is what the reader finds.
		_, _ = c.Conn.Write(h2frame(frameHeaders, flags, s.id, fields(r)))
	}
	return s, fresh
}

func fields(r request) []byte {
	method := byte(0x82)
	if r.method == "POST" {
		method = 0x83
	}
	block := []byte{method, 0x87} // :scheme https
	block = text(append(block, 0x04), r.path)
	block = text(append(block, 0x01), "drain.test")
	if r.body() {
		block = text(append(block, 0x0f, 28-15), strconv.Itoa(r.upload))
	}
	return block
}

func text(to []byte, s string) []byte { return append(append(to, byte(len(s))), s...) }

func (c *h2conn) exchange(r request) outcome {
	s, fresh := c.request(r)
	if s == nil {
		return outcome{kind: notSent}
	}
	if r.body() {
		c.upload(s, r)
	}
	for before := -1; ; {
		select {
		case <-s.done:
			return c.outcomeOf(s, r, fresh)
		case <-time.After(patience):
			c.mu.Lock()
			size := s.size
			c.mu.Unlock()
			if size == before || size == 0 {
				return outcome{kind: late, detail: fmt.Sprintf("stream %d after %d bytes", s.id, size)}
			}
			before = size
		}
	}
}

func (c *h2conn) outcomeOf(s *h2stream, r request, fresh bool) outcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case s.refused:
		return outcome{kind: elsewhere, detail: "GOAWAY"}
	case s.reset == refusedStream:
		return outcome{kind: elsewhere, detail: "REFUSED_STREAM"}
	case s.reset != noneBefore:
		return outcome{kind: streamReset, detail: fmt.Sprintf("code %d after %d bytes", s.reset, s.size)}
	case s.broken != nil && c.told && s.status == 0:
		return outcome{kind: goneAway, detail: fmt.Sprintf("stream %d: %v", s.id, s.broken)}
	case s.broken != nil:
		return outcomeOf(s.broken, fresh, s.status != 0)
	}
	c.fresh = false
	return r.judge(s.status, s.size, s.start)
}

func (c *h2conn) upload(s *h2stream, r request) {
	piece := r.upload / pieces
	for i := 0; i < pieces; i++ {
		if !c.allowed(s, int64(piece)) {
			return
		}
		flags := byte(0)
		if i == pieces-1 {
			flags = flagEndStream
		}
		if err := c.write(h2frame(frameData, flags, s.id, make([]byte, piece))); err != nil {
			return // the reader finds what it means
		}
		time.Sleep(r.over / pieces)
	}
}

// Waits until that much may be sent; false when the stream has ended before.
func (c *h2conn) allowed(s *h2stream, size int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !s.isDone && (c.window < size || s.window < size) {
		c.changed.Wait()
	}
	c.window -= size
	s.window -= size
	return !s.isDone
}

func (c *h2conn) readAll() {
	var err error
	for err == nil {
		err = c.readFrame()
	}
	c.mu.Lock()
	c.err = err
	for _, s := range c.streams {
		s.broken = err
		c.end(s)
	}
	c.mu.Unlock()
	c.Close()
}

// With the lock held.
func (c *h2conn) end(s *h2stream) {
	if !s.isDone {
		s.isDone = true
		close(s.done)
	}
	delete(c.streams, s.id)
	c.changed.Broadcast()
}

func (c *h2conn) readFrame() error {
	var head [9]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return err
	}
	payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(c.in, payload); err != nil {
		return err
	}
	kind, flags, id := head[3], head[4], binary.BigEndian.Uint32(head[5:])&0x7fffffff
	switch kind {
	case frameSettings:
		return c.settings(flags, payload)
	case framePing:
		if flags&flagAck == 0 {
			return c.write(h2frame(framePing, flagAck, 0, payload))
		}
	case frameData:
		return c.data(flags, id, payload)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.streams[id]
	switch {
	case kind == frameGoAway && len(payload) >= 8:
		c.goAway(binary.BigEndian.Uint32(payload) & 0x7fffffff)
	case kind == frameWindowUpdate && len(payload) == 4:
		more := int64(binary.BigEndian.Uint32(payload) & 0x7fffffff)
		if id == 0 {
			c.window += more
		} else if s != nil {
			s.window += more
		}
		c.changed.Broadcast()
	case kind == frameReset && s != nil && len(payload) == 4:
		s.reset = int64(binary.BigEndian.Uint32(payload))
		c.end(s)
	case kind == frameHeaders && s != nil:
		return c.headers(s, flags, payload)
	}
	return nil
}

func (c *h2conn) goAway(last uint32) {
	c.told = true
	for id, s := range c.streams {
		if id > last {
			s.refused = true
			c.end(s)
		}
	}
}

func (c *h2conn) settings(flags byte, payload []byte) error {
	if flags&flagAck != 0 {
		return nil
	}
	c.mu.Lock()
	for ; len(payload) >= 6; payload = payload[6:] {
		if binary.BigEndian.Uint16(payload) == settingWindow {
			value := int64(binary.BigEndian.Uint32(payload[2:]))
			for _, s := range c.streams {
				s.window += value - c.initial
			}
			c.initial = value
		}
	}
	c.changed.Broadcast()
	c.mu.Unlock()
	return c.write(h2frame(frameSettings, flagAck, 0, nil))
}

func (c *h2conn) data(flags byte, id uint32, payload []byte) error {
	used := uint32(len(payload))
	if flags&flagPadded != 0 && len(payload) > int(payload[0]) {
		payload = payload[1 : len(payload)-int(payload[0])]
	}
	c.mu.Lock()
	s := c.streams[id]
	if s != nil {
		if s.size == 0 && len(payload) > 0 {
			close(s.first)
		}
		s.size += len(payload)
		if len(s.start) < 1024 {
			s.start = append(s.start, payload...)
		}
		if flags&flagEndStream != 0 {
			c.end(s)
		}
	}
	c.mu.Unlock()
	if used == 0 {
		return nil
	}
	more := h2frame(frameWindowUpdate, 0, 0, number(used))
	if s != nil && flags&flagEndStream == 0 {
		more = append(more, h2frame(frameWindowUpdate, 0, id, number(used))...)
	}
	// An answer may still be coming in when nothing can be sent any more.
	_ = c.write(more)
	return nil
}

// With the lock held.
func (c *h2conn) headers(s *h2stream, flags byte, block []byte) error {
	if flags&flagPadded != 0 && len(block) > 0 {
		block = block[1:]
	}
	if flags&flagPriority != 0 && len(block) >= 5 {
		block = block[5:]
	}
	if s.status < 200 { // what follows the answer are trailers
		status, err := statusOf(block)
		if err != nil {
			return err
		}
		s.status = status
	}
	if flags&flagEndStream != 0 {
		c.end(s)
	}
	return nil
}
