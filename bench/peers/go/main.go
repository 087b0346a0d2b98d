// A reverse proxy of Go's standard library, as one would tune it: connections kept, buffers used again.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte  { return *b.pool.Get().(*[]byte) }
func (b *buffers) Put(x []byte) { b.pool.Put(&x) }

func main() {
	address := flag.String("address", "", "host:port")
	tlsAddress := flag.String("tls-address", "", "host:port; empty: no TLS")
	certificate := flag.String("certificate", "", "")
	key := flag.String("key", "", "")
	backendFile := flag.String("backends", "", "file with one host:port on each line")
	routes := flag.Int("routes", 0, "number of routes; 0: everything goes to the backends")
	flag.Parse()

	text, err := os.ReadFile(*backendFile)
	if err != nil {
		log.Fatal(err)
	}
	backends := strings.Fields(string(text))
	var next uint64
	proxy := &httputil.ReverseProxy{
		Director: func(r *http.Request) {
			r.Header.Set("X-Forwarded-Host", r.Host)
			r.Header.Set("X-Forwarded-Proto", "http")
			if r.TLS != nil {
				r.Header.Set("X-Forwarded-Proto", "https")
			}
			r.URL.Scheme = "http"
			r.URL.Host = backends[0]
			if len(backends) > 1 {
				r.URL.Host = backends[atomic.AddUint64(&next, 1)%uint64(len(backends))]
			}
		},
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			MaxIdleConnsPerHost: 16384,
			IdleConnTimeout:     5 * time.Minute,
			DisableCompression:  true,
			WriteBufferSize:     32 * 1024,
			ReadBufferSize:      32 * 1024,
		},
		BufferPool: &buffers{sync.Pool{New: func() any { b := make([]byte, 32*1024); return &b }}},
	}

	var handler http.Handler = proxy
	if *routes > 0 {
		mux := http.NewServeMux()
		for i := 0; i < *routes; i++ {
			mux.Handle(fmt.Sprintf("/r%05d/", i), proxy)
		}
		handler = mux
	}
	if *tlsAddress != "" {
		go func() { log.Fatal(http.ListenAndServeTLS(*tlsAddress, *certificate, *key, handler)) }()
	}
	log.Fatal(http.ListenAndServe(*address, handler))
}
