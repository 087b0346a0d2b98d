package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	smallSize = 105
	bulkSize  = 2 << 20
	pieces    = 20
	pieceSize = 4096
	betweenEv = 50 * time.Millisecond
)

// The backend behind every proxy. It outlives all trials, so that nothing that is lost is lost by it.
func origin(args []string) {
	flags := flag.NewFlagSet("origin", flag.ExitOnError)
	address := flags.String("address", "127.0.0.1:23000", "where to listen")
	must(flags.Parse(args))
	small := []byte(strings.Repeat("x", smallSize))
	mux := http.NewServeMux()
	mux.HandleFunc("/short", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Duration(rand.Intn(3000)) * time.Microsecond)
		answer(w, small)
	})
	mux.HandleFunc("/hold", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(milliseconds(r))
		answer(w, small)
	})
	mux.HandleFunc("/stuck", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/down", down)
	mux.HandleFunc("/bulk", func(w http.ResponseWriter, r *http.Request) { answer(w, make([]byte, bulkSize)) })
	mux.HandleFunc("/up", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return // whoever sent it sees the connection end
		}
		answer(w, []byte(fmt.Sprintf("%d bytes", n)))
	})
	mux.HandleFunc("/events", events)
	mux.HandleFunc("/ws", webSocket)
	log.Fatal((&http.Server{Addr: *address, Handler: mux}).ListenAndServe())
}

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	// What cannot be written was not wanted any more: whoever asked counts it.
	_, _ = w.Write(body)
}

func milliseconds(r *http.Request) time.Duration {
	ms, err := strconv.Atoi(r.URL.Query().Get("ms"))
	if err != nil {
		ms = 0
	}
	return time.Duration(ms) * time.Millisecond
}

// As many pieces as always, spread over the time that was asked for.
func down(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", strconv.Itoa(pieces*pieceSize))
	w.Header().Set("X-Accel-Buffering", "no")
	piece := make([]byte, pieceSize)
	for i := 0; i < pieces; i++ {
		if _, err := w.Write(piece); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		time.Sleep(milliseconds(r) / pieces)
	}
}

// Without end: only the proxy or the client ends it.
func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would collect some kilobytes first
	for n := 0; ; n++ {
		if _, err := fmt.Fprintf(w, "data: %d\n\n", n); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(betweenEv):
		}
	}
}

func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Sends back each message, and each Close with its code.
func webSocket(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if key == "" || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		http.Error(w, "expected: a WebSocket", http.StatusUpgradeRequired)
		return
	}
	conn, both, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\n\r\n", acceptKey(key))
	for err == nil {
		var code byte
		var payload []byte
		code, payload, err = readFrame(both.Reader)
		if err == nil {
			_, err = conn.Write(frame(code, payload, false))
		}
		if code == opClose {
			return
		}
	}
}

const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// Short ones only, which is all that is sent here. RFC 6455 §5.2
func readFrame(in *bufio.Reader) (byte, []byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 0, nil, err
	}
	size := int(head[1] & 0x7f)
	if size > 125 {
		return 0, nil, fmt.Errorf("frame with length %d (expected: at most 125)", size)
	}
	var mask [4]byte
	if head[1]&0x80 != 0 {
		if _, err := io.ReadFull(in, mask[:]); err != nil {
			return 0, nil, err
		}
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(in, payload); err != nil {
		return 0, nil, err
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0] & 0x0f, payload, nil
}

func frame(code byte, payload []byte, masked bool) []byte {
	out := []byte{0x80 | code, byte(len(payload))}
	if !masked {
		return append(out, payload...)
	}
	out[1] |= 0x80
	mask := [4]byte{byte(rand.Int()), byte(rand.Int()), byte(rand.Int()), byte(rand.Int())}
	out = append(out, mask[:]...)
	for i, b := range payload {
		out = append(out, b^mask[i%4])
	}
	return out
}
