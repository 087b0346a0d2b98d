package main

import (
	"bufio"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// A new connection, a handshake and one request, again and again.
func handshakes(args []string) error {
	flags := flag.NewFlagSet("tls", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	path := flags.String("path", "/", "")
	resume := flags.Bool("resume", false, "resume the session of the connection before")
	connections := flags.Int("connections", 1, "")
	seconds := flags.Float64("seconds", 5, "")
	flags.Parse(args)

	began := time.Now()
	end := began.Add(time.Duration(*seconds * float64(time.Second)))
	tallies := make([]tally, *connections)
	resumed := make([]int, *connections)
	var all sync.WaitGroup
	for i := range tallies {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			// The certificate was made for this run: no one vouches for it.
			config := &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"}
			if *resume {
				config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
			}
			for time.Now().Before(end) {
				start := time.Now()
				again, err := once(*address, *path, config)
				if err != nil {
					tallies[i].fail(err)
					time.Sleep(10 * time.Millisecond)
					continue
				}
				if again {
					resumed[i]++
				}
				tallies[i].micros = append(tallies[i].micros, time.Since(start).Microseconds())
			}
		}(i)
	}
	all.Wait()
	sum, count := tally{}, 0
	for i := range tallies {
		sum.add(&tallies[i])
		count += resumed[i]
	}
	sum.print(time.Since(began).Microseconds(), fmt.Sprintf(" resumed=%d", count))
	return nil
}

func once(address, path string, config *tls.Config) (bool, error) {
	plain, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return false, err
	}
	defer plain.Close()
	plain.SetDeadline(time.Now().Add(20 * time.Second))
	conn := tls.Client(plain, config)
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path); err != nil {
		return false, err
	}
	// Tickets of TLS 1.3 come behind the handshake, and are seen while the answer is read.
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		return false, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if err == nil && response.StatusCode != 200 {
		err = fmt.Errorf("status %d (expected: 200)", response.StatusCode)
	}
	// Up to the server's close: the side that closes first keeps the port for a minute.
	io.Copy(io.Discard, in)
	return conn.ConnectionState().DidResume, err
}
