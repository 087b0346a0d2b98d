package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Closed loop of large bodies on kept connections. What is under way when the time is over is finished and counted, so
// that no proxy has work on its account for which no request stands.
func transfer(args []string) error {
	flags := flag.NewFlagSet("transfer", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	path := flags.String("path", "/", "")
	upload := flags.Int64("upload", 0, "bytes to send with each request; 0: GET")
	expect := flags.Int64("expect", -1, "bytes of each answer")
	connections := flags.Int("connections", 1, "")
	seconds := flags.Float64("seconds", 5, "")
	flags.Parse(args)

	began := time.Now()
	end := began.Add(time.Duration(*seconds * float64(time.Second)))
	tallies := make([]tally, *connections)
	var all sync.WaitGroup
	for i := range tallies {
		all.Add(1)
		go func(t *tally) {
			defer all.Done()
			c := carrier{address: *address, path: *path, upload: *upload, expect: *expect}
			defer c.close()
			for time.Now().Before(end) {
				start := time.Now()
				if err := c.exchange(); err != nil {
					t.fail(err)
					c.close()
					time.Sleep(10 * time.Millisecond) // not a flood of failures
					continue
				}
				t.micros = append(t.micros, time.Since(start).Microseconds())
			}
		}(&tallies[i])
	}
	all.Wait()
	sum := tally{}
	for i := range tallies {
		sum.add(&tallies[i])
	}
	sum.print(time.Since(began).Microseconds(), "")
	return nil
}

// One connection and its buffers.
type carrier struct {
	address, path  string
	upload, expect int64
	conn           net.Conn
	in             *bufio.Reader
	block          []byte
}

func (c *carrier) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

func (c *carrier) exchange() error {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.address, 5*time.Second)
		if err != nil {
			return err
		}
		c.conn = conn
		c.in = bufio.NewReaderSize(conn, 64*1024)
		c.block = make([]byte, 256*1024)
	}
	c.conn.SetDeadline(time.Now().Add(60 * time.Second))
	if err := c.send(); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if c.upload > 0 {
		said, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		if response.StatusCode != 200 || string(said) != fmt.Sprint(c.upload) {
			return fmt.Errorf("status %d, %q (expected: 200, %d bytes read by the origin)", response.StatusCode, said, c.upload)
		}
		return nil
	}
	var got int64
	for {
		n, err := response.Body.Read(c.block)
		got += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if response.StatusCode != 200 || got != c.expect {
		return fmt.Errorf("status %d, %d bytes (expected: 200, %d)", response.StatusCode, got, c.expect)
	}
	return nil
}

func (c *carrier) send() error {
	var head strings.Builder
	if c.upload == 0 {
		fmt.Fprintf(&head, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", c.path, c.address)
		_, err := io.WriteString(c.conn, head.String())
		return err
	}
	fmt.Fprintf(&head, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", c.path, c.address, c.upload)
	if _, err := io.WriteString(c.conn, head.String()); err != nil {
		return err
	}
	for left := c.upload; left > 0; {
		n := int64(len(c.block))
		if left < n {
			n = left
		}
		if _, err := c.conn.Write(c.block[:n]); err != nil {
			return err
		}
		left -= n
	}
	return nil
}
