package main

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// Requests at a fixed rate, whatever the answers do. Each one's time counts from the moment at which it was due, not
// from the one at which a connection was free for it: a proxy that stops for a second delays all that were due in it,
// and a client that waits politely would report one.
//
// One thread with epoll and a timerfd: the runtime's own timers are late by up to a millisecond, which is more than
// what is measured.
func rate(args []string) error {
	flags := flag.NewFlagSet("rate", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	path := flags.String("path", "/", "")
	perSecond := flags.Float64("rate", 1000, "requests per second")
	connections := flags.Int("connections", 1, "")
	seconds := flags.Float64("seconds", 5, "")
	flags.Parse(args)

	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	p, err := newPacer(*address, *path, *connections, int(*perSecond**seconds)+1)
	if err != nil {
		return err
	}
	p.run(*perSecond, time.Duration(*seconds*float64(time.Second)))
	p.tally.print(time.Since(p.began).Microseconds(), fmt.Sprintf(" unsent=%d", len(p.waiting)-p.head))
	return nil
}

type lane struct {
	fd   int
	busy bool
	due  time.Duration
	head []byte // of the answer, until it is complete
	left int    // bytes of the body that are to come; -1: the head is not complete
}

type pacer struct {
	address *syscall.SockaddrInet4
	request []byte
	poll    int
	timer   int
	lanes   map[int32]*lane
	free    []*lane
	waiting []time.Duration // due times of requests that wait for a connection, from head on
	head    int
	busy    int
	began   time.Time
	buffer  []byte
	tally   tally
}

func newPacer(address, path string, connections, expected int) (*pacer, error) {
	resolved, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return nil, err
	}
	p := &pacer{lanes: map[int32]*lane{}, buffer: make([]byte, 256*1024)}
	p.address = &syscall.SockaddrInet4{Port: resolved.Port}
	copy(p.address.Addr[:], resolved.IP.To4())
	p.request = []byte("GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n")
	p.tally.micros = make([]int64, 0, expected)
	if p.poll, err = syscall.EpollCreate1(0); err != nil {
		return nil, err
	}
	const clockMonotonic = 1
	timer, _, errno := syscall.RawSyscall(syscall.SYS_TIMERFD_CREATE, clockMonotonic, syscall.O_NONBLOCK, 0)
	if errno != 0 {
		return nil, errno
	}
	p.timer = int(timer)
	if err := p.watch(p.timer); err != nil {
		return nil, err
	}
	for i := 0; i < connections; i++ {
		l, err := p.open()
		if err != nil {
			return nil, err
		}
		p.free = append(p.free, l)
	}
	return p, nil
}

func (p *pacer) watch(fd int) error {
	return syscall.EpollCtl(p.poll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

func (p *pacer) open() (*lane, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Connect(fd, p.address); err != nil {
		syscall.Close(fd)
		return nil, err
	}
	syscall.SetNonblock(fd, true)
	syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	l := &lane{fd: fd, left: -1}
	p.lanes[int32(fd)] = l
	return l, p.watch(fd)
}

func (p *pacer) now() time.Duration { return time.Since(p.began) }

func (p *pacer) run(perSecond float64, length time.Duration) {
	p.began = time.Now()
	var issued int
	due := func() time.Duration { return time.Duration(float64(issued) / perSecond * float64(time.Second)) }
	// What has not come back then was lost, or the proxy cannot keep up at all; both are told.
	giveUp := length + 5*time.Second
	for {
		now := p.now()
		for ; due() <= now && due() < length; issued++ {
			p.waiting = append(p.waiting, due())
		}
		p.dispatch()
		over := due() >= length
		if over && p.busy == 0 && p.head == len(p.waiting) || now > giveUp {
			break
		}
		next := due()
		if over {
			next = giveUp
		}
		p.arm(next - p.now())
		p.wait()
	}
	for _, l := range p.lanes {
		if l.busy {
			p.tally.fail(fmt.Errorf("no answer within 5 s of the end"))
		}
	}
}

func (p *pacer) dispatch() {
	for p.head < len(p.waiting) && len(p.free) > 0 {
		// First in, first out: with the last one used first, idle connections would grow old.
		l := p.free[0]
		p.free = p.free[1:]
		l.due, l.busy, l.left, l.head = p.waiting[p.head], true, -1, l.head[:0]
		p.head++
		p.busy++
		if n, err := syscall.Write(l.fd, p.request); err != nil || n != len(p.request) {
			p.broken(l, fmt.Errorf("write: %d bytes, %v", n, err))
		}
	}
}

// Sets the timer; that also takes back that it has run out.
func (p *pacer) arm(in time.Duration) {
	if in < 1 {
		in = 1
	}
	spec := [4]int64{0, 0, int64(in / time.Second), int64(in % time.Second)}
	syscall.RawSyscall6(syscall.SYS_TIMERFD_SETTIME, uintptr(p.timer), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
}

func (p *pacer) wait() {
	var events [64]syscall.EpollEvent
	// Raw: nothing else runs in this process that would want the processor meanwhile.
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(p.poll), uintptr(unsafe.Pointer(&events)),
		uintptr(len(events)), ^uintptr(0), 0, 0)
	if errno != 0 {
		return // a signal; the loop looks at the time anyway
	}
	for _, e := range events[:n] {
		if l := p.lanes[e.Fd]; l != nil {
			p.read(l)
		}
	}
}

func (p *pacer) read(l *lane) {
	for {
		n, err := syscall.Read(l.fd, p.buffer)
		if err == syscall.EAGAIN || err == syscall.EINTR {
			return
		}
		if err != nil || n <= 0 {
			p.broken(l, fmt.Errorf("connection ended: %v", err))
			return
		}
		if !l.busy {
			p.broken(l, fmt.Errorf("bytes that nobody asked for: %q", p.buffer[:min(n, 80)]))
			return
		}
		if err := p.take(l, p.buffer[:n]); err != nil {
			p.broken(l, err)
			return
		}
		if n < len(p.buffer) {
			return
		}
	}
}

func (p *pacer) take(l *lane, bytesRead []byte) error {
	if l.left < 0 {
		l.head = append(l.head, bytesRead...)
		end := bytes.Index(l.head, []byte("\r\n\r\n"))
		if end < 0 {
			return nil
		}
		length, err := bodyLength(l.head[:end])
		if err != nil {
			return err
		}
		l.left = length - (len(l.head) - end - 4)
	} else {
		l.left -= len(bytesRead)
	}
	if l.left < 0 {
		return fmt.Errorf("more bytes than Content-Length says")
	}
	if l.left == 0 {
		p.tally.micros = append(p.tally.micros, (p.now() - l.due).Microseconds())
		l.busy = false
		p.busy--
		p.free = append(p.free, l)
		p.dispatch()
	}
	return nil
}

func bodyLength(head []byte) (int, error) {
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 200")) {
		return 0, fmt.Errorf("answer %q (expected: HTTP/1.1 200)", head[:min(len(head), 20)])
	}
	for _, line := range bytes.Split(head, []byte("\r\n")) {
		name, value, found := bytes.Cut(line, []byte(":"))
		if found && bytes.EqualFold(name, []byte("content-length")) {
			return strconv.Atoi(string(bytes.TrimSpace(value)))
		}
	}
	return 0, fmt.Errorf("an answer without Content-Length")
}

// Ends a connection that is of no more use, and puts a new one in its place.
func (p *pacer) broken(l *lane, why error) {
	if l.busy {
		p.tally.fail(why)
		p.busy--
	}
	delete(p.lanes, int32(l.fd))
	syscall.Close(l.fd)
	for i, f := range p.free {
		if f == l {
			p.free = append(p.free[:i:i], p.free[i+1:]...)
			break
		}
	}
	fresh, err := p.open()
	if err != nil {
		p.tally.fail(err)
		return
	}
	p.free = append(p.free, fresh)
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}
