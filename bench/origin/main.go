// The origin of what nginx alone cannot do: it reads an upload to its end before it answers, and sends event streams.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"
	"sync"
	"time"
)

func main() {
	address := flag.String("address", "127.0.0.1:21001", "where to listen")
	flag.Parse()
	http.HandleFunc("/upload", upload)
	http.HandleFunc("/events", events)
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "for=%s; forwarded: %s", r.Header.Get("X-Forwarded-For"), r.Header.Get("Forwarded"))
	})
	log.Fatal(http.ListenAndServe(*address, nil))
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 256*1024); return &b }}

// Answers with the number of bytes read, so that the client can tell whether all arrived.
func upload(w http.ResponseWriter, r *http.Request) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	var count int64
	for {
		n, err := r.Body.Read(*buffer)
		count += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Printf("upload: %v after %d bytes", err, count)
			return
		}
	}
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprintf(w, "%d", count)
}

// Sends an event each ?ms= milliseconds until the client goes.
func events(w http.ResponseWriter, r *http.Request) {
	ms, err := strconv.Atoi(r.URL.Query().Get("ms"))
	if err != nil || ms < 1 {
		http.Error(w, "ms: "+r.URL.Query().Get("ms")+" (expected: milliseconds between events)", 400)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	// nginx gathers answers in buffers unless it is told not to; HAProxy and the others pass on what comes.
	w.Header().Set("X-Accel-Buffering", "no")
	flusher := w.(http.Flusher)
	flusher.Flush()
	ticker := time.NewTicker(time.Duration(ms) * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
			if _, err := fmt.Fprintf(w, "data: %08d\n\n", n); err != nil {
				return
			}
			flusher.Flush()
		}
	}
}
