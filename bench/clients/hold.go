package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Opens all connections with one request on each, says so, and holds them. For each line on its input it counts anew
// how many are still open; it ends with its input.
func idle(args []string) error {
	flags := flag.NewFlagSet("idle", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	path := flags.String("path", "/", "")
	connections := flags.Int("connections", 1, "")
	flags.Parse(args)

	open, failed := openAll(*connections, 32, func() (net.Conn, error) {
		conn, err := net.DialTimeout("tcp", *address, 10*time.Second)
		if err != nil {
			return nil, err
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", *path, *address)
		response, err := http.ReadResponse(bufio.NewReaderSize(conn, 1024), nil)
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
		}
		if err == nil && response.StatusCode != 200 {
			err = fmt.Errorf("status %d (expected: 200)", response.StatusCode)
		}
		return conn, err
	})
	fmt.Printf("RESULT open=%d errors=%d\n", len(open), failed)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		still := 0
		for _, conn := range open {
			// One that is open and idle has nothing to read: that it takes too long is the good answer.
			conn.SetReadDeadline(time.Now().Add(20 * time.Microsecond))
			_, err := conn.Read(make([]byte, 1))
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				still++
			}
		}
		fmt.Printf("RESULT open=%d errors=%d\n", still, failed)
	}
	return lines.Err()
}

func openAll(count, atOnce int, dial func() (net.Conn, error)) (open []net.Conn, failed int) {
	var lock sync.Mutex
	var all sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for i := 0; i < count; i++ {
		places <- struct{}{}
		all.Add(1)
		go func() {
			defer all.Done()
			conn, err := dial()
			lock.Lock()
			defer lock.Unlock()
			if err == nil {
				open = append(open, conn)
			} else {
				if failed == 0 {
					fmt.Fprintf(os.Stderr, "first failure: %v\n", err)
				}
				failed++
			}
			<-places
		}()
	}
	all.Wait()
	return open, failed
}

// Opens event streams, says when each has had its first event, then counts: for each line on its input it tells how
// many events came so far.
func events(args []string) error {
	flags := flag.NewFlagSet("events", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	path := flags.String("path", "/events?ms=100", "")
	connections := flags.Int("connections", 1, "")
	flags.Parse(args)

	var count, broken int64
	open, failed := openAll(*connections, 32, func() (net.Conn, error) {
		conn, err := net.DialTimeout("tcp", *address, 10*time.Second)
		if err != nil {
			return nil, err
		}
		conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n", *path, *address)
		in := bufio.NewReaderSize(conn, 1024)
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return nil, err
		}
		if response.StatusCode != 200 {
			return nil, fmt.Errorf("status %d (expected: 200)", response.StatusCode)
		}
		body := bufio.NewReaderSize(response.Body, 256)
		if _, err := body.ReadSlice('\n'); err != nil {
			return nil, err
		}
		conn.SetReadDeadline(time.Time{})
		go func() {
			for {
				line, err := body.ReadSlice('\n')
				if err != nil {
					atomic.AddInt64(&broken, 1)
					return
				}
				if len(line) > 5 && line[0] == 'd' {
					atomic.AddInt64(&count, 1)
				}
			}
		}()
		return conn, nil
	})
	tell := func() {
		lost := atomic.LoadInt64(&broken)
		fmt.Printf("RESULT open=%d errors=%d events=%d\n",
			int64(len(open))-lost, int64(failed)+lost, atomic.LoadInt64(&count))
	}
	tell()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		tell()
	}
	return lines.Err()
}
