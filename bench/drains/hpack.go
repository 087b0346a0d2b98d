package main

import (
	"errors"
	"strconv"
)

var errStatus = errors.New("an answer whose first field is not :status as a client without a table could read it")

// :status is the first field of an answer, from the static table or as a literal: RFC 9113 §8.3.2, RFC 7541 §6.
func statusOf(block []byte) (int, error) {
	for len(block) > 0 && block[0]&0xe0 == 0x20 { // the size of the table
		more := block[0]&0x1f == 0x1f
		block = block[1:]
		for more && len(block) > 0 {
			more = block[0]&0x80 != 0
			block = block[1:]
		}
	}
	if len(block) == 0 {
		return 0, errStatus
	}
	indexed := [7]int{200, 204, 206, 304, 400, 404, 500}
	if b := block[0]; b >= 0x88 && b <= 0x8e {
		return indexed[b-0x88], nil
	}
	name := block[0] & 0x3f
	if block[0]&0x40 == 0 {
		name = block[0] & 0x0f
	}
	if block[0]&0x80 != 0 || name < 8 || name > 14 || len(block) < 2 || len(block) < 2+int(block[1]&0x7f) {
		return 0, errStatus
	}
	value := block[2 : 2+int(block[1]&0x7f)]
	if block[1]&0x80 != 0 {
		value = digits(value)
	}
	return strconv.Atoi(string(value))
}

// Three digits in Huffman code: 0 to 2 are five bits each, 3 to 9 are six. RFC 7541 appendix B
func digits(code []byte) []byte {
	var bits uint32
	for i := 0; i < 4; i++ {
		bits <<= 8
		if i < len(code) {
			bits |= uint32(code[i])
		}
	}
	var out []byte
	for len(out) < 3 {
		if five := bits >> 27; five <= 2 {
			out = append(out, '0'+byte(five))
			bits <<= 5
			continue
		}
		six := bits >> 26
		if six < 0x19 || six > 0x1f {
			return nil
		}
		out = append(out, '3'+byte(six-0x19))
		bits <<= 6
	}
	return out
}
