// The backend and the clients of bench/drain: a mixed load whose clients repeat nothing, and say how each request ended.
package main

import (
	"log"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("expected: origin, clients, hold or rest")
	}
	switch os.Args[1] {
	case "origin":
		origin(os.Args[2:])
	case "clients":
		clients(os.Args[2:])
	case "hold":
		hold(os.Args[2:])
	case "rest":
		rest(os.Args[2:])
	default:
		log.Fatalf("%s (expected: origin, clients, hold or rest)", os.Args[1])
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
