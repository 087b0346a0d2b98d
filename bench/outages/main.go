// A backend that can be made to fail, and clients that count what was lost by it; see outages in the directory above.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("expected: backend or clients")
	}
	switch os.Args[1] {
	case "backend":
		backend(os.Args[2:])
	case "clients":
		clients(os.Args[2:])
	default:
		log.Fatalf("%s (expected: backend or clients)", os.Args[1])
	}
}

// Writes down each request before it does anything for it, so that one that is lost can be told from one that never came.
func backend(args []string) {
	flags := flag.NewFlagSet("backend", flag.ExitOnError)
	address := flags.String("address", "127.0.0.1:22001", "where to listen")
	name := flags.String("name", "a", "what it says that it is")
	received := flags.String("received", "", "file of the ids of what came")
	must(flags.Parse(args))
	file, err := os.OpenFile(*received, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	must(err)
	var delay, status atomic.Int64
	status.Store(200)
	mux := http.NewServeMux()
	mux.HandleFunc("/control", func(w http.ResponseWriter, r *http.Request) {
		set(&delay, r.URL.Query().Get("delay"))
		set(&status, r.URL.Query().Get("status"))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if id := r.Header.Get("X-Id"); id != "" {
			fmt.Fprintln(file, id) // one write, which O_APPEND keeps whole
		}
		_, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(delay.Load())*time.Millisecond + time.Duration(rand.Intn(4000))*time.Microsecond)
		w.Header().Set("X-Backend", *name)
		w.WriteHeader(int(status.Load()))
		fmt.Fprintf(w, "%s\n", *name)
	})
	server := &http.Server{Addr: *address, Handler: mux}
	stopped := make(chan struct{})
	go func() {
		end := make(chan os.Signal, 1)
		signal.Notify(end, syscall.SIGTERM)
		<-end
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			log.Print(err)
		}
		close(stopped)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-stopped
}

func set(to *atomic.Int64, text string) {
	if text == "" {
		return
	}
	value, err := strconv.ParseInt(text, 10, 64)
	must(err)
	to.Store(value)
}

// Each client keeps its connection and sends one request after the other. It never repeats one: what fails is lost.
func clients(args []string) {
	flags := flag.NewFlagSet("clients", flag.ExitOnError)
	address := flags.String("address", "", "host and port of the proxy")
	count := flags.Int("count", 32, "clients")
	lasts := flags.Duration("for", 10*time.Second, "how long they go on")
	patience := flags.Duration("timeout", 10*time.Second, "for one request")
	must(flags.Parse(args))
	var number atomic.Int64
	var all sync.WaitGroup
	results := make(chan string, 10_000)
	printed := make(chan struct{})
	go func() {
		out := bufio.NewWriter(os.Stdout)
		for line := range results {
			fmt.Fprintln(out, line)
		}
		must(out.Flush())
		close(printed)
	}()
	end := time.Now().Add(*lasts)
	for i := 0; i < *count; i++ {
		all.Add(1)
		go func(posts bool) {
			defer all.Done()
			one := client{address: *address, patience: *patience}
			for time.Now().Before(end) {
				results <- one.ask(fmt.Sprint(number.Add(1)), posts)
			}
			one.close()
		}(i%4 == 0)
	}
	all.Wait()
	close(results)
	<-printed
}

type client struct {
	address  string
	patience time.Duration
	conn     net.Conn
	in       *bufio.Reader
}

// id, method, beginning and end in milliseconds of the system's clock, status or 0, backend or what went wrong
func (c *client) ask(id string, posts bool) string {
	method, body := "GET", ""
	if posts {
		method, body = "POST", strings.Repeat("x", 200)
	}
	from := time.Now()
	status, who, err := c.exchange(id, method, body)
	if err != nil {
		who = strings.ReplaceAll(err.Error(), "\t", " ")
		c.close()
		// Refused connections would make a busy loop of it.
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%d\t%s", id, method, from.UnixMilli(), time.Now().UnixMilli(), status, who)
}

func (c *client) exchange(id, method, body string) (int, string, error) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.address, c.patience)
		if err != nil {
			return 0, "", err
		}
		c.conn, c.in = conn, bufio.NewReader(conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, "", err
	}
	_, err := fmt.Fprintf(c.conn, "%s /x HTTP/1.1\r\nHost: outages.test\r\nX-Id: %s\r\nContent-Length: %d\r\n\r\n%s",
		method, id, len(body), body)
	if err != nil {
		return 0, "", err
	}
	answer, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	if _, err = io.Copy(io.Discard, answer.Body); err != nil {
		return 0, "", err
	}
	if answer.Close {
		c.close()
	}
	who := answer.Header.Get("X-Backend")
	if who == "" {
		who = "proxy " + answer.Header.Get("Proxy-Status")
	}
	return answer.StatusCode, who, nil
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
	}
	c.conn = nil
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
